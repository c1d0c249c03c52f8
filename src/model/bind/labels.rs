//! Labels to tables, columns and paths.

use super::Binder;
use crate::ast;
use crate::catalog::{ColumnRef, QualifiedName, TableId, Type, words};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Hop, Path};

impl Binder<'_> {
    /// The table that a rule names.
    pub(super) fn table(&mut self, name: &ast::TableName) -> Option<TableId> {
        let written = &name.name.text;
        let schema = name.schema.as_ref().map_or("public", |schema| schema.text.as_str());
        if let Some(id) = self.catalog.by_name(&QualifiedName::new(schema, written.as_str())) {
            return Some(id);
        }
        let candidates: Vec<TableId> =
            if name.name.exact || name.schema.is_some() { Vec::new() } else { self.catalog.by_words(&words(written)).to_vec() };
        match candidates.as_slice() {
            [only] => Some(*only),
            [] => {
                let title = format!("there is no table `{}`", self.sources.slice(name.span()));
                let known: Vec<String> = self.catalog.tables().map(|(_, table)| table.name.to_string()).collect();
                let diagnostic = Diagnostic::new(Code::UnknownTable, name.span(), title).with_suggestion(
                    name.span(),
                    written,
                    known.iter().map(String::as_str),
                );
                let help = super::habits::of_table(written).unwrap_or("add it to the schema file");
                self.report(if diagnostic.helps.is_empty() { diagnostic.with_help(help) } else { diagnostic });
                None
            }
            several => {
                let names: Vec<String> = several.iter().map(|&id| format!("`{}`", self.catalog.table(id).name)).collect();
                let title = format!("`{written}` fits several tables");
                let diagnostic = Diagnostic::new(Code::AmbiguousLabel, name.span(), title)
                    .with_note(format!("it fits {}", names.join(", ")))
                    .with_help("write the table's name with its schema");
                self.report(diagnostic);
                None
            }
        }
    }

    /// The column of `table` that a label names.
    pub(super) fn column(&mut self, table: TableId, label: &ast::Label) -> Option<ColumnRef> {
        self.column_behind("", table, label)
    }

    /// The same of a label that some words lead to: `Project's `.
    fn column_behind(&mut self, before: &str, table: TableId, label: &ast::Label) -> Option<ColumnRef> {
        let found = self.columns(table, label);
        match found.as_slice() {
            [only] => Some(ColumnRef { table, column: *only }),
            [] => {
                let diagnostic = self.unknown_column(table, label, before);
                self.report(diagnostic);
                None
            }
            several => {
                let diagnostic = self.ambiguous_column(table, label, several);
                self.report(diagnostic);
                None
            }
        }
    }

    pub(super) fn columns(&self, table: TableId, label: &ast::Label) -> Vec<u32> {
        let table = self.catalog.table(table);
        if label.exact {
            table.value_named(&label.text).into_iter().collect()
        } else {
            table.columns_by_words(&words(&label.text))
        }
    }

    fn ambiguous_column(&self, table: TableId, label: &ast::Label, candidates: &[u32]) -> Diagnostic {
        let entry = self.catalog.table(table);
        let name = |&index: &u32| format!("`{}`", self.catalog.column(ColumnRef { table, column: index }).name);
        let names: Vec<String> = candidates.iter().map(name).collect();
        let leads_on = Self::leads_on(label, &self.sources.get(label.span.file).text);
        let fits = |&&index: &&u32| !leads_on || self.catalog.column(ColumnRef { table, column: index }).references.is_some();
        let first = candidates.iter().find(fits).or(candidates.first()).map(name);
        let title = format!("`{}` fits several columns of `{}`", label.text, entry.name);
        Diagnostic::new(Code::AmbiguousLabel, label.span, title).with_note(format!("it fits {}", names.join(", "))).with_edit(
            "write the exact name in backticks",
            label.span,
            first.unwrap_or_default(),
        )
    }

    /// Walks a path of labels from `table`.
    pub(super) fn path(&mut self, table: TableId, path: &ast::Path) -> Option<Path> {
        self.path_behind("", table, path)
    }

    /// The same of a path that begins behind some words, `User's `.
    pub(super) fn path_behind(&mut self, start: &str, table: TableId, path: &ast::Path) -> Option<Path> {
        let (last, relations) = path.steps.split_last()?;
        let mut before = start.to_owned();
        let mut bound = Path { table, hops: Vec::new(), column: ColumnRef { table, column: 0 } };
        let mut current = table;
        for step in relations {
            let column = self.column_behind(&before, current, step)?;
            before = format!("{before}{}'s ", super::sense::written(step));
            bound.hops.push(self.hop(column, step.span)?);
            current = bound.hops.last()?.target.table;
        }
        bound.column = self.column_behind(&before, current, last)?;
        Some(bound)
    }

    /// The step along a column's foreign key.
    pub(super) fn hop(&mut self, foreign_key: ColumnRef, span: Span) -> Option<Hop> {
        let column = self.catalog.column(foreign_key);
        if let Some(target) = column.references {
            return Some(Hop { foreign_key, target });
        }
        self.through_array(foreign_key, span)?;
        let title = format!("`{}` references no table", self.column_name(foreign_key));
        let help = match column.r#type {
            Type::Json | Type::Jsonb => format!(
                "name its part in the schema file: `derived: {{ part: {{ type: text, sql: \"{} ->> 'part'\" }} }}`",
                column.name
            ),
            Type::Text | Type::Varchar(_) | Type::Date | Type::Timestamp | Type::TimestampTz | Type::Array(_) => "add `references:` to the column in the schema file, if it is a foreign key; what is computed of it is named under `derived:` there, or is `sql \"…\"`".to_owned(),
            _ => "add `references:` to the column in the schema file, if it is a foreign key".to_owned(),
        };
        let diagnostic =
            Diagnostic::new(Code::NotARelation, span, title).with_label("the path cannot go on from here").with_help(help);
        self.report(diagnostic);
        None
    }

    /// A path to a row, by the key of the row that is wanted, whichever key it leads to.
    pub(super) fn to_key(&self, path: Path, key: ColumnRef) -> Path {
        let leads_to_other = self.catalog.entity(path.column).is_some_and(|other| other != key);
        match self.catalog.column(path.column).references {
            Some(target) if leads_to_other && target.table == key.table => {
                let hop = Hop { foreign_key: path.column, target };
                path.through(hop, key)
            }
            None if leads_to_other && path.column.table == key.table => Path { column: key, ..path },
            _ => path,
        }
    }

    /// Walks a path of exact names joined by dots, as the configuration has them, from `table`.
    pub(super) fn config_path(&mut self, table: TableId, text: &str, place: &[&str]) -> Option<Path> {
        let names: Vec<&str> = text.split('.').map(str::trim).collect();
        let (last, relations) = names.split_last()?;
        let mut bound = Path { table, hops: Vec::new(), column: ColumnRef { table, column: 0 } };
        let mut current = table;
        for name in relations {
            let column = self.config_step(current, name, place)?;
            let span = self.config_place(place);
            bound.hops.push(self.hop(column, span)?);
            current = bound.hops.last()?.target.table;
        }
        bound.column = self.config_step(current, last, place)?;
        Some(bound)
    }

    /// A column of a path, or a reference of several.
    fn config_step(&mut self, table: TableId, name: &str, place: &[&str]) -> Option<ColumnRef> {
        match self.catalog.table(table).tuple_named(name) {
            Some(column) => Some(ColumnRef { table, column }),
            None => self.config_column(table, name, place),
        }
    }

    /// The column with this exact name, as the configuration has it.
    pub(super) fn config_column(&mut self, table: TableId, name: &str, place: &[&str]) -> Option<ColumnRef> {
        let entry = self.catalog.table(table);
        if let Some(column) = entry.column_named(name) {
            return Some(ColumnRef { table, column });
        }
        if entry.tuple_named(name).is_some() {
            let title = format!("`{}.{name}` is a reference of several columns, and one is needed", entry.name);
            let found = Diagnostic::new(Code::SchemaColumn, self.config_place(place), title);
            self.report(found.with_help("name a column, or go on from the reference in a `path:`"));
            return None;
        }
        let title = format!("`{}` has no column `{name}`", entry.name);
        let near = crate::diagnostic::did_you_mean(name, entry.columns.iter().map(|column| column.name.as_str()));
        let diagnostic = Diagnostic::new(Code::SchemaColumn, self.config_place(place), title);
        self.report(match near {
            Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
            None => diagnostic.with_help("write the column's exact name; join the steps of a path with dots"),
        });
        None
    }

    /// The table with this exact name, as the configuration has it.
    pub(super) fn config_table(&mut self, name: &str, place: &[&str]) -> Option<TableId> {
        self.config_table_or(name, place, || "add it to the schema file, or correct the name".to_owned())
    }

    /// The same, with what to do where there is none of a similar name.
    pub(super) fn config_table_or(&mut self, name: &str, place: &[&str], help: impl FnOnce() -> String) -> Option<TableId> {
        let found = QualifiedName::parse(name).ok().and_then(|name| self.catalog.by_name(&name));
        if found.is_none() {
            let title = format!("there is no table `{name}` in the schema file");
            let known: Vec<String> = self.catalog.tables().map(|(_, table)| table.name.to_string()).collect();
            let near = crate::diagnostic::did_you_mean(name, known.iter().map(String::as_str));
            let diagnostic = Diagnostic::new(Code::SchemaTable, self.config_place(place), title);
            self.report(match near {
                Some(near) => diagnostic.with_help(format!("did you mean `{near}`?")),
                None => diagnostic.with_help(help()),
            });
        }
        found
    }
}
