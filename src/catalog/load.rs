//! `schema.yaml` to a catalog. All references are resolved here, so that later stages hold positions, not names.

use std::collections::HashMap;

use super::file::{ColumnEntry, ColumnFields, DerivedFields, Reference, SchemaFile, TableEntry};
use super::{
    Catalog, Column, ColumnRef, Derived, QualifiedName, Table, TableId, Term, Type, check_identifier, defaults, derived, words,
};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span};
use crate::yaml::{self, OneOrMany, UniqueMap};

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

pub(super) struct Loader<'a> {
    text: &'a str,
    file: FileId,
    pub(super) catalog: Catalog,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Loader<'_> {
    pub(super) fn place(&self, path: &[&str]) -> Span {
        yaml::locate(self.text, self.file, path)
    }

    pub(super) fn error(&mut self, code: Code, path: &[&str], title: impl Into<String>) {
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
        let (mut references, mut foreign_keys) = (Vec::new(), Vec::new());
        // One pass over the text finds the tables' places; `locate` would be quadratic for many tables.
        let places = table_places(self.text, self.file);
        for (id, (name, key, mut entry)) in (0u32..).map(TableId).zip(entries) {
            let span = places.get(&key).copied().unwrap_or(Span::new(self.file, 0, 0));
            let of_several = std::mem::take(&mut entry.foreign_keys);
            let mut table = self.table(name, &key, entry, span, id, &mut references);
            for (name, fields) in of_several.0 {
                foreign_keys.extend(self.foreign_key(&mut table, &key, name, fields, id));
            }
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
        for foreign_key in foreign_keys {
            self.resolve(&foreign_key);
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
        let holder = self.holder(key, &entry);
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
                references.push(Reference {
                    column: from,
                    target,
                    table_key: key.to_owned(),
                    column_key: column.clone(),
                    section: "columns",
                });
            }
            columns.push(self.column(key, column, fields, is_reference));
        }
        let derived = Vec::new();
        let mut table = Table {
            name,
            label: entry.label,
            whole_rows: entry.whole_rows,
            force_row_security: entry.force_row_security,
            holder,
            columns,
            derived,
            primary_key: Vec::new(),
            unique: Vec::new(),
            indexes: Vec::new(),
            span,
        };
        table.primary_key = match entry.primary_key {
            Some(names) => self.key(&table, key, "primary_key", &names),
            None => table.column_named("id").into_iter().collect(),
        };
        for index in table.primary_key.clone() {
            table.columns[index as usize].nullable = false;
        }
        table.unique = entry.unique.iter().map(|names| self.key(&table, key, "unique", names)).collect();
        for (name, fields) in entry.derived.0 {
            self.derived(&mut table, key, name, fields, id, references);
        }
        self.check_types_of_others(key, &table);
        table.indexes = entry.indexes.iter().map(|names| self.index(&table, key, names)).collect();
        table
    }

    fn column(&mut self, table_key: &str, name: String, fields: ColumnFields, is_reference: bool) -> Column {
        let path = ["tables", table_key, "columns", name.as_str()];
        let r#type = self.type_of(&path, &fields.r#type);
        let sequence = fields.sequence.and_then(|text| match QualifiedName::parse(&text) {
            Ok(name) => Some(name),
            Err(reason) => {
                self.error(Code::Identifier, &["tables", table_key, "columns", &name, "sequence"], reason);
                None
            }
        });
        let collation = fields.collation.and_then(|text| self.collation(&path, &r#type, &text));
        self.check_default(&path, &r#type, fields.default.as_deref());
        let class = fields.class.filter(|class| self.is_class(&path, class));
        let mut keys = vec![words(&name)];
        if is_reference {
            keys.extend(keys[0].strip_suffix(" id").map(str::to_owned));
            keys.extend(keys[0].strip_suffix(" ids").map(|name| format!("{name}s")));
        }
        keys.extend(fields.label.as_deref().map(words));
        Column {
            name,
            r#type,
            collation,
            nullable: fields.nullable,
            references: None,
            elements: None,
            default: fields.default,
            sequence,
            generated: fields.generated,
            identity: fields.identity,
            set_by_trigger: fields.set_by_trigger,
            class,
            keys,
        }
    }

    /// A column that is derived, where it can be.
    fn derived(
        &mut self,
        table: &mut Table,
        table_key: &str,
        name: String,
        fields: DerivedFields,
        id: TableId,
        references: &mut Vec<Reference>,
    ) {
        let path = ["tables", table_key, "derived", name.as_str()];
        if let Err(reason) = check_identifier(&name) {
            self.error(Code::Identifier, &path, reason);
            return;
        }
        if table.value_named(&name).is_some() {
            self.error(Code::DerivedColumn, &path, format!("`{}` has a column `{name}` already", table.name));
            return;
        }
        let at = u32::try_from(table.columns.len() + table.derived.len()).unwrap_or(u32::MAX);
        let is_reference = fields.references.is_some();
        if let Some(target) = fields.references {
            references.push(Reference {
                column: ColumnRef { table: id, column: at },
                target,
                table_key: table_key.to_owned(),
                column_key: name.clone(),
                section: "derived",
            });
        }
        let mut keys = vec![words(&name)];
        if is_reference {
            keys.extend(keys[0].strip_suffix(" id").map(str::to_owned));
        }
        keys.extend(fields.label.as_deref().map(words));
        let r#type = self.type_of(&path, &fields.r#type);
        // What is said of lengths would cut a value off, and make another of it.
        let r#type = if matches!(r#type, Type::Numeric(_)) { Type::Numeric(String::new()) } else { r#type };
        let term = self.term(table_key, &name, &fields.sql, &table.columns, &r#type);
        let column = Column::made(name, r#type, keys);
        table.derived.push(Derived { column, term });
    }

    /// What a derived column is made of.
    fn term(&mut self, table_key: &str, name: &str, sql: &str, columns: &[Column], r#type: &Type) -> Term {
        derived::parse(sql, columns, r#type).unwrap_or_else(|reason| {
            let place = self.place(&["tables", table_key, "derived", name, "sql"]);
            let diagnostic = Diagnostic::new(Code::DerivedColumn, place, format!("`{name}` cannot be derived so: {reason}"));
            self.diagnostics.push(diagnostic.with_help(
                "what else PostgreSQL can compute is a column of the database: `GENERATED ALWAYS AS (…) STORED`, and `generated: true` here",
            ));
            Term::Text(String::new())
        })
    }

    fn type_of(&mut self, path: &[&str], text: &str) -> Type {
        Type::parse(text, &self.catalog.enums).unwrap_or_else(|no_type| {
            let diagnostic = Diagnostic::new(Code::UnknownType, self.place(path), no_type.reason);
            self.diagnostics.push(no_type.help.into_iter().fold(diagnostic, Diagnostic::with_help));
            Type::Other(QualifiedName::new("pg_catalog", "unknown"))
        })
    }

    /// A collation by its name; without a schema it is one of PostgreSQL's.
    fn collation(&mut self, column: &[&str], r#type: &Type, text: &str) -> Option<QualifiedName> {
        let element = if let Type::Array(element) = r#type { element } else { r#type };
        let path: Vec<&str> = column.iter().copied().chain(["collation"]).collect();
        if element.family() != super::Family::Text {
            self.error(Code::Yaml, &path, format!("only texts have a collation, and this is `{type}`"));
            return None;
        }
        let parsed = if text.contains('.') { QualifiedName::parse(text) } else { Ok(QualifiedName::new("pg_catalog", text)) };
        match parsed {
            Ok(name) => Some(name),
            Err(reason) => {
                self.error(Code::Identifier, &path, reason);
                None
            }
        }
    }

    /// A class is a word of the rules, so that `personal fields` can be written.
    fn is_class(&mut self, path: &[&str], class: &str) -> bool {
        let is_word = class.chars().all(|c| c.is_alphanumeric() || c == '_') && !class.starts_with(|c: char| c.is_ascii_digit());
        let reserved = ["and", "or", "where", "allow", "when", "then", "except", "for", "never", "setting", "fields"];
        let is_class = is_word && !class.is_empty() && !reserved.contains(&class.to_lowercase().as_str());
        if !is_class {
            let reason = format!("`{class}` is no word that rules could say: letters, digits and `_`, as in `class: personal`");
            self.error(Code::Identifier, &[path, &["class"]].concat(), reason);
        }
        is_class
    }

    fn check_default(&mut self, path: &[&str; 4], r#type: &Type, default: Option<&str>) {
        let Some(wrong) = default.and_then(|default| defaults::check(path[3], r#type, default, &self.catalog.enums)) else {
            return;
        };
        let diagnostic = Diagnostic::new(Code::DefaultExpression, self.place(&[&path[..], &["default"]].concat()), wrong.title);
        self.diagnostics.push(diagnostic.with_help(wrong.help));
    }

    fn key(&mut self, table: &Table, table_key: &str, entry: &str, names: &OneOrMany) -> Vec<u32> {
        self.named(table, table_key, entry, names, Table::column_named)
    }

    /// An index, which can also be on what is derived.
    fn index(&mut self, table: &Table, table_key: &str, names: &OneOrMany) -> Vec<u32> {
        self.named(table, table_key, "indexes", names, Table::value_named)
    }

    fn named(
        &mut self,
        table: &Table,
        table_key: &str,
        entry: &str,
        names: &OneOrMany,
        find: impl Fn(&Table, &str) -> Option<u32>,
    ) -> Vec<u32> {
        let mut columns = Vec::new();
        for name in &names.0 {
            match find(table, name) {
                Some(column) => columns.push(column),
                None => {
                    let span = self.place(&["tables", table_key, entry]);
                    let title = format!("`{}` has no column `{name}`", table.name);
                    let known = table.columns.iter().map(|column| column.name.as_str());
                    let diagnostic = Diagnostic::new(Code::SchemaColumn, span, title);
                    let near = crate::diagnostic::did_you_mean(name, known);
                    self.diagnostics.push(diagnostic.with_nearest(near));
                }
            }
        }
        columns
    }
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
