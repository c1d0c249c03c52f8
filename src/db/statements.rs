//! The text of the statements that scenarios are made of.

use crate::catalog::{Table, Type};
use crate::objects::quote::{identifier, literal, qualified, r#type as type_name};
use crate::scenario::{SampleRow, plain_text};
use crate::yaml::Value;

/// An update of one row, by its key and blind: without a WHERE, PostgreSQL reads no column and asks no policy of SELECT. What narrows
/// the blind form to the row is a trigger, see [`prepare`].
pub(super) fn updates(table: &Table, row: &SampleRow, set: &SampleRow) -> Vec<String> {
    let assignments = set.iter().map(|(name, value)| format!("{} = {}", identifier(name), sql_value(table, name, value)));
    let blind = format!("UPDATE {} SET {}", qualified(&table.name), assignments.collect::<Vec<_>>().join(", "));
    vec![format!("{blind} WHERE {}", key_condition(table, row)), blind]
}

/// A delete of one row, by its key and blind.
pub(super) fn deletes(table: &Table, row: &SampleRow) -> Vec<String> {
    let blind = format!("DELETE FROM {}", qualified(&table.name));
    vec![format!("{blind} WHERE {}", key_condition(table, row)), blind]
}

/// The statement that inserts a row.
pub fn insert(table: &Table, row: &SampleRow) -> String {
    if row.is_empty() {
        return format!("INSERT INTO {} DEFAULT VALUES", qualified(&table.name));
    }
    let columns: Vec<_> = row.keys().map(|name| identifier(name)).collect();
    let values: Vec<String> = row.iter().map(|(name, value)| sql_value(table, name, value)).collect();
    format!("INSERT INTO {} ({}) VALUES ({})", qualified(&table.name), columns.join(", "), values.join(", "))
}

pub(super) fn key_names(table: &Table) -> impl Iterator<Item = &str> {
    table.primary_key.iter().map(|&index| table.columns[index as usize].name.as_str())
}

/// The key as one text, its columns behind `prefix`.
pub(super) fn key_expression(table: &Table, prefix: &str) -> String {
    let names: Vec<String> = key_names(table).map(|name| format!("{prefix}{}", identifier(name))).collect();
    format!("jsonb_build_array({})::text", names.join(", "))
}

pub(super) fn key_condition(table: &Table, row: &SampleRow) -> String {
    let parts = key_names(table).map(|name| {
        let value = row.get(name).map_or_else(|| "NULL".to_owned(), |value| sql_value(table, name, value));
        format!("{} = {value}", identifier(name))
    });
    parts.collect::<Vec<_>>().join(" AND ")
}

pub(super) fn key_text(table: &Table, row: &SampleRow) -> String {
    let values: Vec<String> = key_names(table).map(|name| row.get(name).map(plain_text).unwrap_or_default()).collect();
    values.join(", ")
}

/// A value as an SQL constant that takes the type of its column.
pub(super) fn sql_value(table: &Table, column: &str, value: &Value) -> String {
    let is_array = table.column_named(column).is_some_and(|index| matches!(table.columns[index as usize].r#type, Type::Array(_)));
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Sequence(items) if is_array => {
            let item = |item: &Value| if *item == Value::Null { "NULL".to_owned() } else { literal(&plain_text(item)) };
            let items: Vec<String> = items.iter().map(item).collect();
            if items.is_empty() {
                "'{}'".to_owned()
            } else {
                format!("ARRAY[{}]::{}", items.join(", "), array_type(table, column))
            }
        }
        other => literal(&plain_text(other)),
    }
}

pub(super) fn array_type(table: &Table, column: &str) -> String {
    let index = table.column_named(column).unwrap_or(0);
    type_name(&table.columns[index as usize].r#type)
}
