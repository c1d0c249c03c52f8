//! What `--set` says a record is to have. In: `column=value` as it was typed. Out: values by column, or which of them none of its column's type can be, and how one is written.

use super::not_asked::NotAsked;
use super::{Error, Named};
use crate::catalog::{Column, ColumnRef, TableId, Type, words};
use crate::db::LiveRows;
use crate::model::Model;
use crate::scenario::{self, SampleRow, plain_text};
use crate::yaml::Value;

/// `column=value`, each a field of the record: `[a, b]` is a list, and nothing behind the sign is an empty field.
pub(super) fn pairs(model: &Model, table: TableId, set: &[String]) -> Result<SampleRow, Error> {
    let columns = &model.catalog.table(table).columns;
    let pair = |text: &String| -> Result<_, Error> {
        let (name, value) = text.split_once('=').ok_or_else(|| Error::SetArgument(text.clone()))?;
        let named = columns.iter().find(|column| words(&column.name) == words(name));
        let known = || columns.iter().map(|column| column.name.as_str());
        let named = named.ok_or_else(|| Error::unknown(Named::Column, name, known()))?;
        let value = scenario::value_of_text(value);
        if let Some((reason, help)) = scenario::no_value(model.catalog.enums(), &named.r#type, &value) {
            return Err(no_value(model, table, named, reason, help).into());
        }
        Ok((named.name.clone(), value))
    };
    let mut all = SampleRow::new();
    for text in set {
        let (name, value) = pair(text)?;
        if all.insert(name.clone(), value).is_some() {
            return Err(Error::SetTwice(name));
        }
    }
    Ok(all)
}

/// Values that the server alone reads, such as `31 Jan 2026`, become what it reads them as.
pub(super) fn read_by_server(set: &mut SampleRow, model: &Model, table: TableId, rows: &LiveRows<'_>) -> Result<(), Error> {
    let entry = model.catalog.table(table);
    for (name, value) in set {
        let Some(column) = entry.column_named(name) else { continue };
        if scenario::is_readable(model, ColumnRef { table, column }, value, rows.now()) {
            continue;
        }
        *value = match rows.read_value(ColumnRef { table, column }, value)? {
            Ok(read) => read.map_or(Value::Null, Value::String),
            Err(words) => {
                let reason = format!("`{}` is none: the database says: {words}", plain_text(value));
                return Err(no_value(model, table, &entry.columns[column as usize], reason, None).into());
            }
        };
    }
    Ok(())
}

fn no_value(model: &Model, table: TableId, column: &Column, reason: String, help: Option<String>) -> NotAsked {
    NotAsked::NoValue {
        column: column.name.clone(),
        table: model.catalog.table(table).name.to_string(),
        r#type: column.r#type.to_string(),
        reason,
        help: help.or_else(|| example(&column.r#type).map(|example| format!("write {example}"))),
    }
}

/// How a value of a type is written.
fn example(r#type: &Type) -> Option<String> {
    Some(match r#type {
        Type::SmallInt => format!("a whole number from {} to {}", i16::MIN, i16::MAX),
        Type::Integer => format!("a whole number from {} to {}", i32::MIN, i32::MAX),
        Type::BigInt => format!("a whole number from {} to {}", i64::MIN, i64::MAX),
        Type::Numeric(_) | Type::Real | Type::Double => "a number, such as `12.50`".to_owned(),
        Type::Boolean => "`true` or `false`".to_owned(),
        Type::Date => "a day, such as `2026-01-31`, or `today`".to_owned(),
        Type::Timestamp => "a moment, such as `2026-01-31 12:00`, or `now`".to_owned(),
        Type::TimestampTz => "a moment, such as `2026-01-31 12:00+00`, or `now`".to_owned(),
        Type::Interval => "a length of time, such as `1 day 02:00:00`".to_owned(),
        Type::Uuid => "it as `00000000-0000-4000-8000-000000000001`".to_owned(),
        Type::Json | Type::Jsonb => "JSON, such as `{\"a\": 1}`".to_owned(),
        Type::Array(element) => format!("a list, such as `[a, b]`, each {element}"),
        Type::Text | Type::Varchar(_) | Type::Citext(_) | Type::Enum(_) | Type::Tuple(_) | Type::Other(_) => return None,
    })
}
