//! `schema.yaml` to a catalog. All references are resolved here, so that later stages hold positions, not names.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value};

use super::{Catalog, Column, ColumnRef, QualifiedName, Table, TableId, Type, check_identifier, words};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span};
use crate::yaml::{self, OneOrMany, OrderedMap, UniqueMap};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SchemaFile {
    version: u32,
    #[serde(default)]
    enums: UniqueMap<Vec<String>>,
    tables: UniqueMap<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    label: Option<String>,
    primary_key: Option<OneOrMany>,
    #[serde(default)]
    unique: Vec<OneOrMany>,
    #[serde(default)]
    indexes: Vec<OneOrMany>,
    columns: OrderedMap<ColumnEntry>,
}

/// `type`, `type not null`, or a mapping.
struct ColumnEntry(ColumnFields);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFields {
    r#type: String,
    #[serde(default = "yes")]
    nullable: bool,
    references: Option<String>,
    label: Option<String>,
    default: Option<String>,
    sequence: Option<String>,
    #[serde(default)]
    generated: bool,
    #[serde(default)]
    identity: bool,
    #[serde(default)]
    set_by_trigger: bool,
}

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for ColumnEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = ColumnEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type like `uuid not null`, or a mapping with `type:`")
            }

            fn visit_str<E>(self, text: &str) -> Result<ColumnEntry, E> {
                let lower = text.trim_end().to_lowercase();
                let short = lower.strip_suffix("not null").map(|rest| &text[..rest.len()]);
                Ok(ColumnEntry(ColumnFields {
                    r#type: short.unwrap_or(text).trim().to_owned(),
                    nullable: short.is_none(),
                    references: None,
                    label: None,
                    default: None,
                    sequence: None,
                    generated: false,
                    identity: false,
                    set_by_trigger: false,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<ColumnEntry, A::Error> {
                ColumnFields::deserialize(value::MapAccessDeserializer::new(entries)).map(ColumnEntry)
            }
        }
        deserializer.deserialize_any(Entry)
    }
}

/// Reads the schema file. `None` when it is not YAML of the right shape; otherwise every wrong name in it has its message and the
/// rest is usable.
pub fn load(sources: &Sources, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> Option<Catalog> {
    let parsed: SchemaFile = match yaml::parse(sources, file) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    };
    let mut loader = Loader { text: &sources.get(file).text, file, catalog: Catalog::default(), diagnostics };
    if parsed.version != 1 {
        loader.error(Code::Yaml, &["version"], format!("version {} of the schema file is not known", parsed.version));
    }
    loader.enums(parsed.enums);
    loader.tables(parsed.tables);
    Some(loader.catalog)
}

struct Loader<'a> {
    text: &'a str,
    file: FileId,
    catalog: Catalog,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Loader<'_> {
    fn place(&self, path: &[&str]) -> Span {
        yaml::locate(self.text, self.file, path)
    }

    fn error(&mut self, code: Code, path: &[&str], title: impl Into<String>) {
        let diagnostic = Diagnostic::new(code, self.place(path), title);
        self.diagnostics.push(diagnostic);
    }

    fn enums(&mut self, enums: UniqueMap<Vec<String>>) {
        for (key, values) in enums.0 {
            match QualifiedName::parse(&key) {
                Ok(name) => drop(self.catalog.enums.insert(name, values)),
                Err(reason) => self.error(Code::Identifier, &["enums", &key], reason),
            }
        }
    }

    fn tables(&mut self, tables: UniqueMap<TableEntry>) {
        let mut entries: Vec<(QualifiedName, String, TableEntry)> = Vec::new();
        for (key, entry) in tables.0 {
            match QualifiedName::parse(&key) {
                Ok(name) => entries.push((name, key, entry)),
                Err(reason) => self.error(Code::Identifier, &["tables", &key], reason),
            }
        }
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        let mut references = Vec::new();
        // One pass over the text finds the tables' places; `locate` would be quadratic for many tables.
        let places = table_places(self.text, self.file);
        for (id, (name, key, entry)) in (0u32..).map(TableId).zip(entries) {
            let span = places.get(&key).copied().unwrap_or(Span::new(self.file, 0, 0));
            let table = self.table(name, &key, entry, span, id, &mut references);
            self.catalog.by_name.insert(table.name.clone(), id);
            let mut keys = vec![words(&table.name.name)];
            keys.extend(table.label.as_deref().map(words));
            keys.dedup();
            for key in keys {
                self.catalog.by_words.entry(key).or_default().push(id);
            }
            self.catalog.tables.push(table);
        }
        for reference in references {
            self.reference(&reference);
        }
    }

    fn table(
        &mut self,
        name: QualifiedName,
        key: &str,
        entry: TableEntry,
        span: Span,
        id: TableId,
        references: &mut Vec<Reference>,
    ) -> Table {
        let mut columns: Vec<Column> = Vec::new();
        for (column, ColumnEntry(mut fields)) in entry.columns.0 {
            if let Err(reason) = check_identifier(&column) {
                self.error(Code::Identifier, &["tables", key, "columns", &column], reason);
                continue;
            }
            let target = fields.references.take();
            let is_reference = target.is_some();
            if let Some(target) = target {
                let from = ColumnRef { table: id, column: u32::try_from(columns.len()).unwrap_or(u32::MAX) };
                references.push(Reference { column: from, target, table_key: key.to_owned(), column_key: column.clone() });
            }
            columns.push(self.column(key, column, fields, is_reference));
        }
        let mut table =
            Table { name, label: entry.label, columns, primary_key: Vec::new(), unique: Vec::new(), indexes: Vec::new(), span };
        table.primary_key = match entry.primary_key {
            Some(names) => self.key(&table, key, "primary_key", &names),
            None => table.column_named("id").into_iter().collect(),
        };
        for index in table.primary_key.clone() {
            table.columns[index as usize].nullable = false;
        }
        table.unique = entry.unique.iter().map(|names| self.key(&table, key, "unique", names)).collect();
        table.indexes = entry.indexes.iter().map(|names| self.key(&table, key, "indexes", names)).collect();
        table
    }

    fn column(&mut self, table_key: &str, name: String, fields: ColumnFields, is_reference: bool) -> Column {
        let path = ["tables", table_key, "columns", name.as_str()];
        let parsed = Type::parse(&fields.r#type, &self.catalog.enums);
        let r#type = parsed.unwrap_or_else(|no_type| {
            let diagnostic = Diagnostic::new(Code::UnknownType, self.place(&path), no_type.reason);
            self.diagnostics.push(no_type.help.into_iter().fold(diagnostic, Diagnostic::with_help));
            Type::Other(QualifiedName::new("pg_catalog", "unknown"))
        });
        let sequence = fields.sequence.and_then(|text| match QualifiedName::parse(&text) {
            Ok(name) => Some(name),
            Err(reason) => {
                self.error(Code::Identifier, &["tables", table_key, "columns", &name, "sequence"], reason);
                None
            }
        });
        self.check_default(&path, fields.default.as_deref());
        let mut keys = vec![words(&name)];
        if is_reference {
            keys.extend(keys[0].strip_suffix(" id").map(str::to_owned));
        }
        keys.extend(fields.label.as_deref().map(words));
        Column {
            name,
            r#type,
            nullable: fields.nullable,
            references: None,
            default: fields.default,
            sequence,
            generated: fields.generated,
            identity: fields.identity,
            set_by_trigger: fields.set_by_trigger,
            keys,
        }
    }

    /// A default is an expression of SQL, in which a text stands in single quotes; a word alone would be the name of a column, which no default may have.
    fn check_default(&mut self, path: &[&str], default: Option<&str>) {
        let Some(text) = default.map(str::trim) else { return };
        let is_word = text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_ascii_digit());
        let lower = text.to_lowercase();
        let known = ["true", "false", "null", "localtime", "localtimestamp", "user", "session_user", "system_user"];
        if !is_word || known.contains(&lower.as_str()) || lower.starts_with("current_") {
            return;
        }
        let title = format!("the default `{text}` is no expression of SQL");
        let diagnostic = Diagnostic::new(Code::DefaultExpression, self.place(&[path, &["default"]].concat()), title);
        self.diagnostics.push(
            diagnostic.with_help(format!("a text stands in single quotes, and these in double ones: `default: \"'{text}'\"`")),
        );
    }

    fn key(&mut self, table: &Table, table_key: &str, entry: &str, names: &OneOrMany) -> Vec<u32> {
        let mut columns = Vec::new();
        for name in &names.0 {
            match table.column_named(name) {
                Some(column) => columns.push(column),
                None => {
                    let span = self.place(&["tables", table_key, entry]);
                    let title = format!("`{}` has no column `{name}`", table.name);
                    let known = table.columns.iter().map(|column| column.name.as_str());
                    let diagnostic = Diagnostic::new(Code::SchemaColumn, span, title);
                    let near = crate::diagnostic::did_you_mean(name, known);
                    self.diagnostics.push(match near {
                        Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                        None => diagnostic,
                    });
                }
            }
        }
        columns
    }

    /// Resolves `table`, `table.column` or `schema.table.column`.
    fn reference(&mut self, reference: &Reference) {
        let path = ["tables", reference.table_key.as_str(), "columns", reference.column_key.as_str(), "references"];
        let resolved = self.resolve(&reference.target);
        match resolved {
            Ok(target) => {
                if !self.catalog.is_unique(target) {
                    self.no_key(&path, target);
                }
                self.check_types(&path, reference.column, target);
                let column =
                    &mut self.catalog.tables[reference.column.table.0 as usize].columns[reference.column.column as usize];
                column.references = Some(target);
            }
            Err((code, title, near)) => {
                let diagnostic = Diagnostic::new(code, self.place(&path), title)
                    .with_note("references are written `table.column`, or `table` for its primary key");
                self.diagnostics.push(match near {
                    Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                    None => diagnostic,
                });
            }
        }
    }

    /// PostgreSQL has no foreign key between values that it cannot compare.
    fn check_types(&mut self, path: &[&str], from: ColumnRef, target: ColumnRef) {
        let (own, other) = (&self.catalog.column(from).r#type, &self.catalog.column(target).r#type);
        let is_unknown = |r#type: &Type| *r#type == Type::Other(QualifiedName::new("pg_catalog", "unknown"));
        if own.family() == other.family() || is_unknown(own) || is_unknown(other) {
            return;
        }
        let name = format!("{}.{}", self.catalog.table(target.table).name, self.catalog.column(target).name);
        let title = format!("a `{own}` cannot reference `{name}`, which is `{other}`");
        let diagnostic = Diagnostic::new(Code::ReferenceType, self.place(path), title);
        self.diagnostics.push(diagnostic.with_help("give both columns the type that they have in the database"));
    }

    /// Many rows could have the value that is referenced, so a path that follows the reference could end at any of them.
    fn no_key(&mut self, path: &[&str], target: ColumnRef) {
        let table = self.catalog.table(target.table);
        let column = &self.catalog.column(target).name;
        let diagnostic = Diagnostic::new(Code::NoKey, self.place(path), format!("`{}.{column}` is no key", table.name))
            .with_label("what is referenced has to be a primary key, or unique, of one column")
            .with_help(format!("if it is unique, say so at `{}`: `unique: [{column}]`", table.name));
        let composite = std::iter::once(&table.primary_key).chain(&table.unique).find(|key| key.contains(&target.column));
        let diagnostic = match composite {
            Some(key) => {
                let names: Vec<&str> = key.iter().map(|&index| table.columns[index as usize].name.as_str()).collect();
                diagnostic.with_help(format!(
                    "references of several columns cannot be said yet: leave `references:` out, and ask for the row by all of ({}): \
                     `any record of {} where (… equals this record's … and …)`",
                    names.join(", "),
                    table.name
                ))
            }
            None => diagnostic,
        };
        self.diagnostics.push(diagnostic);
    }

    fn resolve(&self, target: &str) -> Result<ColumnRef, (Code, String, Option<String>)> {
        let mut parts = super::names::split(target).map_err(|reason| (Code::Identifier, reason, None))?;
        let whole = match parts.as_slice() {
            [table] => self.catalog.by_name(&QualifiedName::new("public", table.as_str())),
            [schema, table] => self.catalog.by_name(&QualifiedName::new(schema.as_str(), table.as_str())),
            _ => None,
        };
        if let Some(id) = whole {
            return match self.catalog.table(id).primary_key.as_slice() {
                [column] => Ok(ColumnRef { table: id, column: *column }),
                _ => {
                    let title = format!("`{target}` has no primary key of one column; name the column that is referenced");
                    Err((Code::SchemaColumn, title, None))
                }
            };
        }
        let column = parts.pop().unwrap_or_default();
        let name = match parts.as_slice() {
            [table] => QualifiedName::new("public", table.as_str()),
            [schema, table] => QualifiedName::new(schema.as_str(), table.as_str()),
            _ => QualifiedName::new("public", column.as_str()),
        };
        let Some(id) = self.catalog.by_name(&name) else {
            let known: Vec<String> = self.catalog.tables().map(|(_, table)| table.name.to_string()).collect();
            let near = crate::diagnostic::did_you_mean(&name.to_string(), known.iter().map(String::as_str));
            return Err((Code::SchemaTable, format!("there is no table `{name}`"), near));
        };
        let table = self.catalog.table(id);
        table.column_named(&column).map(|column| ColumnRef { table: id, column }).ok_or_else(|| {
            let known = table.columns.iter().map(|column| column.name.as_str());
            let near = crate::diagnostic::did_you_mean(&column, known);
            (Code::SchemaColumn, format!("`{name}` has no column `{column}`"), near)
        })
    }
}

struct Reference {
    column: ColumnRef,
    target: String,
    table_key: String,
    column_key: String,
}

/// The places of the keys that are indented once below an unindented `tables:`.
fn table_places(text: &str, file: FileId) -> HashMap<String, Span> {
    let mut places = HashMap::new();
    let (mut offset, mut inside, mut indent) = (0, false, None);
    for line in text.split_inclusive('\n') {
        let content = line.trim_start_matches(' ');
        let depth = line.len() - content.len();
        let is_entry = !content.trim().is_empty() && !content.starts_with('#');
        if is_entry && depth == 0 {
            inside = content.starts_with("tables:");
            indent = None;
        } else if is_entry && inside && depth == *indent.get_or_insert(depth) {
            let key = content.split_once(": ").map_or(content.trim_end().trim_end_matches(':'), |(key, _)| key);
            let key = key.trim_end_matches(':').trim();
            let span = Span::new(file, offset + depth, offset + depth + key.len());
            places.insert(key.trim_matches('\'').to_owned(), span);
        }
        offset += line.len();
    }
    places
}
