//! What a schema file should say of a database. In: facts. Out: each table's keys, columns and references in the words of the file, in a stable order. It does not know what a
//! file says already.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{ColumnFacts, Facts, ReferenceFacts, TableFacts};
use super::{names, types};
use crate::catalog::{QualifiedName, Type, sequence_of, words};

/// What the file should say of a table.
pub(super) struct Table {
    pub(super) name: QualifiedName,
    pub(super) remark: Option<String>,
    /// Whether it is somebody else's, of whom whoever deploys may ask no more than to read it.
    pub(super) external: bool,
    pub(super) primary_key: Vec<String>,
    pub(super) unique: Vec<Vec<String>>,
    pub(super) indexes: Vec<Vec<String>>,
    pub(super) columns: Vec<Column>,
    pub(super) foreign_keys: Vec<ForeignKey>,
}

/// What the file should say of a column.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) remark: Option<String>,
    pub(super) type_text: String,
    pub(super) r#type: Option<Type>,
    pub(super) collation: Option<String>,
    pub(super) references: Option<Target>,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
    pub(super) sequence: Option<String>,
    pub(super) generated: bool,
    pub(super) identity: bool,
}

/// What a reference of one column leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) table: QualifiedName,
    pub(super) column: String,
    /// As the file says it.
    pub(super) text: String,
}

/// A reference of several columns.
pub(super) struct ForeignKey {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) target: QualifiedName,
    pub(super) target_columns: Vec<String>,
    /// `table (column, column)`, or the table alone.
    pub(super) text: String,
}

/// What the file should say.
pub(super) struct Wanted {
    pub(super) tables: Vec<Table>,
    /// The enums that columns have.
    pub(super) enums: BTreeSet<QualifiedName>,
}

impl Wanted {
    /// What facts come to.
    pub(super) fn new(facts: &Facts) -> Wanted {
        let keys: BTreeMap<&QualifiedName, &[String]> =
            facts.tables.iter().map(|table| (&table.name, table.primary_key.as_slice())).collect();
        // A role that owns nothing is not the one that deploys, so that all the tables being others' says nothing.
        let deploys = facts.tables.iter().any(|table| table.foreign_owner.is_none());
        let mut tables: Vec<Table> = facts.tables.iter().map(|table| self::table(table, facts, &keys)).collect();
        let of_others = tables.iter_mut().filter(|table| deploys && table.remark.is_some());
        of_others.for_each(Table::make_external);
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        let types = tables.iter().flat_map(|table| &table.columns).filter_map(|column| column.r#type.as_ref());
        let enums = types.filter_map(enum_of).collect();
        Wanted { tables, enums }
    }
}

impl Table {
    /// What is read of it is all that matters; and types of other schemas cannot be named by look-ups.
    fn make_external(&mut self) {
        self.external = true;
        self.remark = self.remark.take().map(|remark| remark.split(": ").next().unwrap_or_default().to_owned());
        for column in &mut self.columns {
            (column.default, column.sequence, column.generated, column.identity) = (None, None, false, false);
            let name = column.r#type.as_ref().and_then(enum_of).filter(|name| name.schema != "public");
            if let Some(name) = name {
                let is_array = matches!(column.r#type, Some(Type::Array(_)));
                column.remark = Some(format!("enum {}", names::qualified(&name)));
                (column.type_text, column.r#type) = if is_array {
                    ("text[]".to_owned(), Some(Type::Array(Box::new(Type::Text))))
                } else {
                    ("text".to_owned(), Some(Type::Text))
                };
            }
        }
    }
}

fn enum_of(r#type: &Type) -> Option<QualifiedName> {
    match r#type {
        Type::Enum(name) => Some(name.clone()),
        Type::Array(element) => enum_of(element),
        _ => None,
    }
}

type Keys<'a> = BTreeMap<&'a QualifiedName, &'a [String]>;

fn table(found: &TableFacts, facts: &Facts, keys: &Keys<'_>) -> Table {
    let mut references: Vec<&ReferenceFacts> =
        found.references.iter().filter(|reference| keys.contains_key(&reference.target)).collect();
    references.sort();
    let columns: Vec<Column> = found.columns.iter().map(|one| column(one, found, facts, &references, keys)).collect();
    let foreign_keys = foreign_keys(&columns, &references, keys);
    let remark = found.foreign_owner.as_ref().map(|owner| format!("owned by {owner}: the role that deploys cannot protect it"));
    let sorted = |lists: &[Vec<String>]| {
        let lists: BTreeSet<Vec<String>> = lists.iter().filter(|list| **list != found.primary_key).cloned().collect();
        lists.into_iter().collect::<Vec<_>>()
    };
    let unique = sorted(&found.unique);
    let mut indexes = sorted(&found.indexes);
    indexes.retain(|index| !unique.contains(index));
    let primary_key = found.primary_key.clone();
    Table { name: found.name.clone(), remark, external: false, primary_key, unique, indexes, columns, foreign_keys }
}

fn column(found: &ColumnFacts, table: &TableFacts, facts: &Facts, references: &[&ReferenceFacts], keys: &Keys<'_>) -> Column {
    let written = types::of(found, facts);
    let single = references.iter().filter(|reference| reference.columns.len() == 1);
    let target = single.filter(|reference| reference.columns[0].0 == found.name).map(|reference| target(reference, keys)).next();
    let is_text = matches!(&written.r#type, Some(Type::Text | Type::Varchar(_) | Type::Citext(_) | Type::Array(_)));
    let collation = found.collation.as_ref().filter(|_| is_text).map(|name| match name.schema.as_str() {
        "pg_catalog" => names::part(&name.name),
        schema => format!("{}.{}", names::part(schema), names::part(&name.name)),
    });
    let drawn = found.default.as_deref().filter(|_| !found.generated).and_then(sequence);
    let default = found.default.as_deref().filter(|_| drawn.is_none()).map(|text| without_cast(text, found).to_owned());
    let renamed = found.identity.as_ref().filter(|name| **name != sequence_of(&table.name, &found.name));
    let in_key = table.primary_key.contains(&found.name);
    Column {
        name: found.name.clone(),
        remark: written.remark,
        type_text: written.text,
        r#type: written.r#type,
        collation,
        references: target,
        nullable: found.nullable && !written.not_null && !in_key,
        default,
        sequence: drawn.as_ref().or(renamed).map(names::qualified),
        generated: found.generated,
        identity: found.identity.is_some(),
    }
}

fn target(reference: &ReferenceFacts, keys: &Keys<'_>) -> Target {
    let column = reference.columns[0].1.clone();
    let table = names::qualified(&reference.target);
    let is_key = keys.get(&reference.target).is_some_and(|key| **key == [column.clone()]);
    let text = if is_key { table } else { format!("{table}.{}", names::part(&column)) };
    Target { table: reference.target.clone(), column, text }
}

/// The sequence that a default draws from, if it does nothing else.
fn sequence(default: &str) -> Option<QualifiedName> {
    let name = default.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?;
    QualifiedName::parse(&name.replace("''", "'")).ok()
}

/// A constant without its type, which is that of the column.
fn without_cast<'a>(default: &'a str, column: &ColumnFacts) -> &'a str {
    let Some((constant, r#type)) = default.rsplit_once("::") else { return default };
    let is_constant = constant.len() > 1 && constant.starts_with('\'') && constant.ends_with('\'');
    let is_one = is_constant && !constant[1..constant.len() - 1].replace("''", "").contains('\'');
    if is_one && (r#type == column.type_text || r#type == column.bare_type) { constant } else { default }
}

/// The references of several columns, each with a name that rules do not take for a column's.
fn foreign_keys(columns: &[Column], references: &[&ReferenceFacts], keys: &Keys<'_>) -> Vec<ForeignKey> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for column in columns {
        let name = words(&column.name);
        taken.extend(name.strip_suffix(" id").filter(|_| column.references.is_some()).map(str::to_owned));
        taken.insert(name);
    }
    let mut found = Vec::new();
    for reference in references.iter().filter(|reference| reference.columns.len() > 1) {
        let stems = reference.columns.iter().rev().filter_map(|(own, _)| own.strip_suffix("_id").map(str::to_owned));
        let candidates = stems.chain([reference.target.name.clone(), reference.name.clone()]);
        let Some(name) = candidates.into_iter().find(|name| taken.insert(words(name))) else { continue };
        let (own, other): (Vec<String>, Vec<String>) = reference.columns.iter().cloned().unzip();
        let table = names::qualified(&reference.target);
        let is_key = keys.get(&reference.target).is_some_and(|key| **key == *other);
        let parts: Vec<String> = other.iter().map(|column| names::part(column)).collect();
        let text = if is_key { table } else { format!("{table} ({})", parts.join(", ")) };
        found.push(ForeignKey { name, columns: own, target: reference.target.clone(), target_columns: other, text });
    }
    found
}
