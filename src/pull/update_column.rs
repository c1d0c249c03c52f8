//! A column that a schema file has, beside what it should say. In: both. Out: edits of the one value. A type or a default that is written otherwise and means the same stays.

use super::facts::Facts;
use super::print;
use super::wanted::{Column, Table, Target};
use crate::catalog::{QualifiedName, Type};
use crate::yaml::document::{Entry, Kind, Node};
use crate::yaml::{Edits, scalar};

/// A column that is compared.
pub(super) struct Compared<'a> {
    pub(super) source: &'a str,
    pub(super) facts: &'a Facts,
    pub(super) column: &'a Column,
    pub(super) table: &'a Table,
}

/// Compares a column with its entry.
pub(super) fn compare(update: &Compared<'_>, entry: &Entry, edits: &mut Edits) {
    let column = update.column;
    let in_key = update.table.primary_key.contains(&column.name);
    match &entry.value.kind {
        Kind::Map { .. } => map(update, in_key, entry, edits),
        Kind::Text(text) => short(update, in_key, entry, text, edits),
        Kind::Nothing | Kind::List { .. } => edits.set(entry, &print::value(column, in_key)),
    }
}

/// `type` or `type not null`.
fn short(update: &Compared<'_>, in_key: bool, entry: &Entry, text: &str, edits: &mut Edits) {
    let column = update.column;
    let lower = text.trim_end().to_lowercase();
    let without = lower.strip_suffix("not null").map(|rest| &text[..rest.len()]);
    let is_same_type = is_type(without.unwrap_or(text), update);
    let is_same_null = in_key || column.nullable == without.is_none();
    if is_same_type && is_same_null && print::pairs(column, true).is_empty() {
        return;
    }
    let text = if is_same_type { without.unwrap_or(text).trim() } else { &column.type_text };
    // Who wrote `not null` at a key meant it.
    let value = print::value_as(column, text, in_key && without.is_none());
    edits.set(entry, &value);
}

/// A mapping: each key that a database knows, and the others stay.
fn map(update: &Compared<'_>, in_key: bool, entry: &Entry, edits: &mut Edits) {
    let map = &entry.value;
    let changes = changes(update, in_key, map);
    let gone: Vec<&Entry> = changes.iter().filter(|(_, value)| value.is_none()).filter_map(|(key, _)| map.get(key)).collect();
    edits.remove(map, &gone, update.source);
    let last = map.entries().iter().rev().find(|entry| gone.iter().all(|other| other.start != entry.start));
    for (key, value) in &changes {
        match (map.get(key), value) {
            (Some(entry), Some(value)) => edits.set(entry, value),
            (None, Some(value)) => edits.insert(&format!("{key}: {value}"), map, last, update.source, false),
            (_, None) => {}
        }
    }
}

/// Keys that say otherwise, with what they should say; nothing where they should not be there.
fn changes(update: &Compared<'_>, in_key: bool, value: &Node) -> Vec<(&'static str, Option<String>)> {
    let column = update.column;
    let said = |key: &str| value.get(key).and_then(|entry| entry.value.text());
    let mut changes = Vec::new();
    if !said("type").is_some_and(|text| is_type(text, update)) {
        changes.push(("type", Some(scalar(&column.type_text))));
    }
    if !in_key && (said("nullable") != Some("false")) != column.nullable {
        changes.push(("nullable", (!column.nullable).then(|| "false".to_owned())));
    }
    if let Some(target) = &column.references
        && !said("references").is_some_and(|text| leads_to(text, target, update))
    {
        changes.push(("references", Some(scalar(&target.text))));
    }
    let collation = |text: &str| text.strip_prefix("pg_catalog.").unwrap_or(text).trim_matches('"').to_owned();
    if said("collation").map(collation) != column.collation.as_deref().map(collation) {
        changes.push(("collation", column.collation.as_deref().map(scalar)));
    }
    if said("default").map(meaning) != column.default.as_deref().map(meaning) {
        changes.push(("default", column.default.as_deref().map(scalar)));
    }
    let name = |text: &str| QualifiedName::parse(text).ok();
    if said("sequence").and_then(name) != column.sequence.as_deref().and_then(name) {
        changes.push(("sequence", column.sequence.as_deref().map(scalar)));
    }
    for (key, is_so) in [("generated", column.generated), ("identity", column.identity)] {
        if (said(key) == Some("true")) != is_so {
            changes.push((key, is_so.then(|| "true".to_owned())));
        }
    }
    changes
}

/// Whether a type is the column's: the same one, or the domain itself.
fn is_type(text: &str, update: &Compared<'_>) -> bool {
    let column = update.column;
    let said = Type::parse(text, &update.facts.enums).ok();
    let is_domain = || {
        let domain = column.remark.as_deref().and_then(|remark| remark.strip_prefix("domain "));
        domain.is_some_and(|domain| QualifiedName::parse(domain).ok() == QualifiedName::parse(text.trim()).ok())
    };
    (said.is_some() && said == column.r#type) || is_domain()
}

/// Whether what a reference says can be this column.
fn leads_to(text: &str, target: &Target, update: &Compared<'_>) -> bool {
    if text == target.text {
        return true;
    }
    let Ok(parsed) = QualifiedName::parse(text) else {
        // Schema, table and column.
        let Some((table, column)) = text.rsplit_once('.') else { return false };
        return QualifiedName::parse(table).as_ref() == Ok(&target.table) && column.trim_matches('"') == target.column;
    };
    let key = update.facts.tables.iter().find(|table| table.name == target.table).map(|table| table.primary_key.as_slice());
    let is_key = key == Some(std::slice::from_ref(&target.column));
    let of_public = target.table.schema == "public" && parsed.schema == target.table.name && parsed.name == target.column;
    (parsed == target.table && is_key) || (of_public && text.contains('.'))
}

/// A default without blanks around it, and a constant without its type.
fn meaning(text: &str) -> String {
    let text = text.trim();
    let constant = text.rsplit_once("::").map(|(constant, _)| constant.trim()).filter(|constant| {
        constant.len() > 1
            && constant.starts_with('\'')
            && constant.ends_with('\'')
            && !constant[1..constant.len() - 1].replace("''", "").contains('\'')
    });
    constant.unwrap_or(text).to_owned()
}
