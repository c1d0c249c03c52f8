//! A schema file that is there already, brought up to date. In: its text, and what it should say. Out: the edits. What a database does not know stays: labels, classes, derived columns,
//! remarks, references without a constraint, the order of things, and how they are written. What it knows and says otherwise is replaced.

use std::collections::BTreeSet;

use super::facts::{Facts, Scope};
use super::names;
use super::print;
use super::update_column::{self, Compared};
use super::wanted::{ForeignKey, Table, Wanted};
use crate::catalog::QualifiedName;
use crate::yaml::document::{Entry, Kind, Node};
use crate::yaml::{Edits, scalar};

/// What goes on while a file is compared.
pub(super) struct Update<'a> {
    pub(super) source: &'a str,
    pub(super) top: &'a Node,
    pub(super) facts: &'a Facts,
    pub(super) edits: Edits,
    /// What is no longer there.
    pub(super) removed: Vec<String>,
}

impl Update<'_> {
    /// Compares the whole file.
    pub(super) fn run(&mut self, wanted: &Wanted) {
        self.enums(wanted);
        let Some(tables) = self.top.get("tables") else { return };
        let (map, mut gone) = (&tables.value, Vec::new());
        for entry in map.entries() {
            let Ok(name) = QualifiedName::parse(&entry.key) else { continue };
            match wanted.tables.iter().find(|table| table.name == name) {
                Some(table) => self.table(table, entry),
                None if self.facts.scope.has(&name) => {
                    self.removed.push(format!("table {name}"));
                    gone.push(entry);
                }
                None => {}
            }
        }
        self.edits.remove(map, &gone, self.source);
        self.new_tables(wanted, tables);
    }

    /// Tables that the file does not have, each behind the one whose name comes before its own.
    fn new_tables(&mut self, wanted: &Wanted, tables: &Entry) {
        let map = &tables.value;
        let known: Vec<(QualifiedName, &Entry)> =
            map.entries().iter().filter_map(|entry| Some((QualifiedName::parse(&entry.key).ok()?, entry))).collect();
        let missing: Vec<&Table> =
            wanted.tables.iter().filter(|table| known.iter().all(|(name, _)| *name != table.name)).collect();
        let is_block = matches!(map.kind, Kind::Map { flow: false, .. });
        if !is_block && !missing.is_empty() {
            let all: Vec<String> = missing.iter().map(|table| print::table(table)).collect();
            let text: String = all.join("\n\n").lines().map(|line| format!("\n  {line}").trim_end().to_owned()).collect();
            return self.edits.set(tables, &text);
        }
        let apart = self.source.get(map.span.clone()).is_some_and(|text| text.contains("\n\n"));
        for table in missing {
            let before =
                known.iter().filter(|(name, _)| *name < table.name && !self.is_removed(name)).max_by(|a, b| a.0.cmp(&b.0));
            self.edits.insert(&print::table(table), map, before.map(|(_, entry)| *entry), self.source, apart);
        }
    }

    fn is_removed(&self, name: &QualifiedName) -> bool {
        self.removed.contains(&format!("table {name}"))
    }

    fn enums(&mut self, wanted: &Wanted) {
        let known = self.top.get("enums");
        let (mut said, mut gone, mut last) = (BTreeSet::new(), Vec::new(), None);
        for entry in known.map_or(&[][..], |known| known.value.entries()) {
            let Ok(name) = QualifiedName::parse(&entry.key) else { continue };
            match self.facts.enums.get(&name) {
                Some(values) if entry.value.texts() != *values => self.edits.set(entry, &print::list(values)),
                Some(_) => {}
                None if self.is_in_scope(&name) => {
                    self.removed.push(format!("enum {name}"));
                    gone.push(entry);
                    continue;
                }
                None => {}
            }
            last = Some(entry);
            said.insert(name);
        }
        if let Some(known) = known {
            self.edits.remove(&known.value, &gone, self.source);
        }
        let missing: Vec<String> = self
            .facts
            .enums
            .iter()
            .filter(|(name, _)| wanted.enums.contains(name) && !said.contains(name))
            .map(|(name, values)| format!("{}: {}", scalar(&names::qualified(name)), print::list(values)))
            .collect();
        match known.filter(|known| !known.value.entries().is_empty()) {
            _ if missing.is_empty() => {}
            Some(known) => {
                missing.iter().for_each(|text| self.edits.insert(text, &known.value, last, self.source, false));
            }
            None => {
                let text: String = missing.iter().map(|text| format!("\n  {text}")).collect();
                match known {
                    Some(known) => self.edits.set(known, text.trim_start_matches(' ')),
                    None => self.edits.insert(&format!("enums:{text}"), self.top, self.top.get("version"), self.source, true),
                }
            }
        }
    }

    fn is_in_scope(&self, name: &QualifiedName) -> bool {
        let Scope { schemas, patterns } = &self.facts.scope;
        patterns.is_empty() && schemas.contains(&name.schema)
    }

    fn table(&mut self, table: &Table, entry: &Entry) {
        let Kind::Map { .. } = entry.value.kind else {
            return self.edits.set(entry, &format!("\n{}", rest_of(&print::table(table), entry.indent)));
        };
        let map = &entry.value;
        // Of a table of others, the file has what its rules need; and as which type that is read, it says itself.
        if ["external", "policies_only"].iter().any(|key| map.get(key).is_some()) {
            return;
        }
        let derived: Vec<&str> = map
            .get("derived")
            .map_or(&[][..], |derived| derived.value.entries())
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        self.primary_key(table, map);
        self.lists("unique", &table.unique, map, &[]);
        self.lists("indexes", &table.indexes, map, &derived);
        let Some(columns) = map.get("columns") else { return };
        self.columns(table, columns);
        self.foreign_keys(table, map);
    }

    fn primary_key(&mut self, table: &Table, map: &Node) {
        let has_id = table.columns.iter().any(|column| column.name == "id");
        let usual = print::is_usual_key(&table.primary_key, has_id);
        match map.get("primary_key") {
            Some(entry) if entry.value.texts() == table.primary_key => {}
            Some(entry) if usual => self.edits.remove(map, &[entry], self.source),
            Some(entry) => self.edits.set(entry, &print::list(&table.primary_key)),
            None if usual => {}
            None => {
                self.edits.insert(&format!("primary_key: {}", print::list(&table.primary_key)), map, None, self.source, false)
            }
        }
    }

    /// Lists of columns, of which `own` names are of the file alone.
    fn lists(&mut self, key: &str, wanted: &[Vec<String>], map: &Node, own: &[&str]) {
        let entry = map.get(key);
        let said: Vec<Vec<String>> = match entry.map(|entry| &entry.value.kind) {
            Some(Kind::List { items }) => items.iter().map(Node::texts).collect(),
            _ => Vec::new(),
        };
        let is_own = |names: &&Vec<String>| names.iter().any(|name| own.contains(&name.as_str()));
        let mut kept: Vec<Vec<String>> = said.iter().filter(|names| wanted.contains(names) || is_own(names)).cloned().collect();
        let new: Vec<&Vec<String>> = wanted.iter().filter(|names| !kept.contains(names)).collect();
        if new.is_empty() && kept.len() == said.len() {
            return;
        }
        kept.extend(new.into_iter().cloned());
        let text = print::lists(&kept);
        match entry {
            Some(entry) if kept.is_empty() => self.edits.remove(map, &[entry], self.source),
            Some(entry) => self.edits.set(entry, &text),
            None => self.edits.insert(&format!("{key}: {text}"), map, None, self.source, false),
        }
    }

    fn columns(&mut self, table: &Table, columns: &Entry) {
        let map = &columns.value;
        let Kind::Map { flow, .. } = map.kind else { return };
        let mut gone = Vec::new();
        for entry in map.entries() {
            match table.columns.iter().find(|column| column.name == entry.key) {
                Some(column) => {
                    let compared = Compared { source: self.source, facts: self.facts, column, table };
                    update_column::compare(&compared, entry, &mut self.edits);
                }
                None => {
                    self.removed.push(format!("column {}.{}", table.name, entry.key));
                    gone.push(entry);
                }
            }
        }
        self.edits.remove(map, &gone, self.source);
        let mut before: Option<&Entry> = None;
        for column in &table.columns {
            match map.get(&column.name) {
                Some(entry) => before = Some(entry),
                None => {
                    let text = print::column(column, &table.primary_key, !flow);
                    self.edits.insert(&text, map, before, self.source, false);
                }
            }
        }
    }

    fn foreign_keys(&mut self, table: &Table, map: &Node) {
        let known = map.get("foreign_keys");
        let entries = known.map_or(&[][..], |known| known.value.entries());
        let is_said = |wanted: &ForeignKey| entries.iter().any(|entry| is_same_key(entry, wanted));
        let missing: Vec<String> = table.foreign_keys.iter().filter(|key| !is_said(key)).map(print::foreign_key).collect();
        if missing.is_empty() {
            return;
        }
        match known.filter(|_| !entries.is_empty()) {
            Some(known) => {
                missing.iter().for_each(|text| self.edits.insert(text, &known.value, entries.last(), self.source, false))
            }
            None if matches!(map.kind, Kind::Map { flow: true, .. }) => {
                let text = format!("foreign_keys: {{ {} }}", missing.join(", "));
                self.edits.insert(&text, map, map.entries().last(), self.source, false);
            }
            None => {
                let text: String = missing.iter().map(|text| format!("\n  {text}")).collect();
                self.edits.insert(&format!("foreign_keys:{text}"), map, map.entries().last(), self.source, false);
            }
        }
    }
}

/// Whether an entry of `foreign_keys` is about the same columns and leads to the same ones. One that names another key of the table, or none, is not.
fn is_same_key(entry: &Entry, wanted: &ForeignKey) -> bool {
    let own = entry.value.get("columns").map(|columns| columns.value.texts()).unwrap_or_default();
    let target = entry.value.get("references").and_then(|target| target.value.text()).unwrap_or_default();
    let (table, columns) = target.split_once('(').unwrap_or((target, ""));
    if QualifiedName::parse(table.trim()).as_ref() != Ok(&wanted.target) {
        return false;
    }
    let other: Vec<String> = match columns.trim_end().strip_suffix(')') {
        Some(columns) => columns.split(',').map(|column| column.trim().trim_matches('"').to_owned()).collect(),
        None if own == wanted.columns => return wanted.text == names::qualified(&wanted.target),
        None => return false,
    };
    // In whichever order, as long as the pairs are the same.
    let pairs = |own: &[String], other: &[String]| {
        std::iter::zip(own, other).map(|(a, b)| (a.clone(), b.clone())).collect::<BTreeSet<_>>()
    };
    own.len() == other.len() && pairs(&own, &other) == pairs(&wanted.columns, &wanted.target_columns)
}

/// The lines of a table behind its first, as deep as the entry that they are put into.
fn rest_of(text: &str, indent: usize) -> String {
    let lines = text.lines().skip_while(|line| line.starts_with('#')).skip(1);
    lines.map(|line| format!("{:indent$}{line}", "")).collect::<Vec<_>>().join("\n")
}
