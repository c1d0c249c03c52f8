//! Words of a schema file as text, in the style of those that are written by hand. In: what the file should say. Out: lines.

use super::names;
use super::wanted::{Column, ForeignKey, Table, Wanted};
use crate::catalog::Enums;
use crate::yaml::scalar;

/// A whole file.
pub(super) fn file(wanted: &Wanted, enums: &Enums) -> String {
    let mut text = "version: 1\n".to_owned();
    let mut used = enums.iter().filter(|(name, _)| wanted.enums.contains(name)).peekable();
    if used.peek().is_some() {
        text.push_str("\nenums:\n");
        for (name, values) in used {
            text.push_str(&format!("  {}: {}\n", scalar(&names::qualified(name)), list(values)));
        }
    }
    if wanted.tables.is_empty() {
        return format!("{text}\ntables: {{}}\n");
    }
    text.push_str("\ntables:\n");
    let tables: Vec<String> = wanted.tables.iter().map(|table| indented(&self::table(table))).collect();
    text.push_str(&tables.join("\n"));
    text
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

/// `[a, b]`
pub(super) fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// `[a, [b, c]]`
pub(super) fn lists(all: &[Vec<String>]) -> String {
    let one = |names: &Vec<String>| if let [name] = names.as_slice() { scalar(name) } else { list(names) };
    format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Whether the primary key goes without saying.
pub(super) fn is_usual_key(key: &[String], has_id: bool) -> bool {
    if has_id { *key == ["id".to_owned()] } else { key.is_empty() }
}

/// A table with its name, not indented.
pub(super) fn table(table: &Table) -> String {
    let mut lines: Vec<String> = table.remark.iter().map(|remark| format!("# {remark}")).collect();
    lines.push(format!("{}:", scalar(&names::qualified(&table.name))));
    if table.external {
        lines.push("  external: true".to_owned());
    }
    let has_id = table.columns.iter().any(|column| column.name == "id");
    if !is_usual_key(&table.primary_key, has_id) {
        lines.push(format!("  primary_key: {}", list(&table.primary_key)));
    }
    for (key, all) in [("unique", &table.unique), ("indexes", &table.indexes)] {
        if !all.is_empty() {
            lines.push(format!("  {key}: {}", lists(all)));
        }
    }
    if table.columns.is_empty() {
        lines.push("  columns: {}".to_owned());
    } else {
        lines.push("  columns:".to_owned());
    }
    lines.extend(table.columns.iter().map(|column| format!("    {}", self::column(column, &table.primary_key, true))));
    if !table.foreign_keys.is_empty() {
        lines.push("  foreign_keys:".to_owned());
        lines.extend(table.foreign_keys.iter().map(|key| format!("    {}", foreign_key(key))));
    }
    lines.join("\n")
}

/// `page: { columns: [workspace_id, page_id], references: pages }`
pub(super) fn foreign_key(key: &ForeignKey) -> String {
    format!("{}: {{ columns: {}, references: {} }}", scalar(&key.name), list(&key.columns), scalar(&key.text))
}

/// `name: text not null`
pub(super) fn column(column: &Column, primary_key: &[String], with_remark: bool) -> String {
    let remark = column.remark.as_ref().filter(|_| with_remark).map(|remark| format!(" # {remark}"));
    let value = self::value(column, primary_key.contains(&column.name));
    format!("{}: {value}{}", scalar(&column.name), remark.unwrap_or_default())
}

/// A column's value: a type alone, or all that there is to say.
pub(super) fn value(column: &Column, in_key: bool) -> String {
    value_as(column, &column.type_text, in_key)
}

/// The same with the type written in a way of one's own.
pub(super) fn value_as(column: &Column, type_text: &str, in_key: bool) -> String {
    let is_empty_said = in_key || column.nullable;
    let pairs = pairs(column, is_empty_said);
    if pairs.is_empty() {
        return scalar(type_text);
    }
    let is_word = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_.() ".contains(c));
    if pairs.len() == 1 && pairs[0].0 == "nullable" && is_word(type_text) {
        return format!("{} not null", type_text);
    }
    let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{ type: {}, {} }}", scalar(type_text), pairs.join(", "))
}

/// What is said beside the type, as key and value.
pub(super) fn pairs(column: &Column, is_empty_said: bool) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    pairs.extend(column.collation.as_ref().map(|name| ("collation", scalar(name))));
    pairs.extend(column.references.as_ref().map(|target| ("references", scalar(&target.text))));
    if !is_empty_said {
        pairs.push(("nullable", "false".to_owned()));
    }
    pairs.extend(column.default.as_ref().map(|default| ("default", scalar(default))));
    pairs.extend(column.sequence.as_ref().map(|name| ("sequence", scalar(name))));
    for (key, is_so) in [("generated", column.generated), ("identity", column.identity)] {
        if is_so {
            pairs.push((key, "true".to_owned()));
        }
    }
    pairs
}
