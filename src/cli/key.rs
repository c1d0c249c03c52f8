//! The key of a record as somebody types it, of the test files and of a database alike. In: a table, and a text. Out: a value for each column of its key; or why the text is
//! none.

use super::not_asked::NotAsked;
use crate::access::evaluate::{self, Datum};
use crate::catalog::{TableId, Type};
use crate::model::Model;
use crate::scenario::{SampleRow, Scenarios, plain_text};
use crate::yaml;

/// The values of a key as its columns' types read them.
pub(super) fn read(model: &Model, table: TableId, key: &str, now: i64) -> Result<Vec<(u32, Datum)>, NotAsked> {
    of_texts(model, table, &texts(model, table, key)?, now).ok_or_else(|| NotAsked::NoKey {
        table: model.catalog.table(table).name.to_string(),
        key: key.to_owned(),
        columns: typed(model, table, &model.catalog.table(table).primary_key),
    })
}

/// A key as it was typed, its columns with their values.
pub(super) fn as_typed(model: &Model, table: TableId, key: &str, now: i64) -> Result<SampleRow, NotAsked> {
    read(model, table, key, now)?;
    let entry = model.catalog.table(table);
    let value = |(&column, text): (&u32, String)| (entry.columns[column as usize].name.clone(), yaml::Value::String(text));
    Ok(std::iter::zip(&entry.primary_key, texts(model, table, key)?).map(value).collect())
}

/// The values of a key, one text for each of its columns; nothing where one is none of its column's type.
pub(super) fn of_texts(model: &Model, table: TableId, texts: &[String], now: i64) -> Option<Vec<(u32, Datum)>> {
    let key = &model.catalog.table(table).primary_key;
    if key.is_empty() || key.len() != texts.len() {
        return None;
    }
    std::iter::zip(key, texts).map(|(&column, text)| Some((column, value_of(model, table, column, text, now)?))).collect()
}

/// The position of a test file's record with a key. Values are compared as the database would: `07` is the number 7.
pub(super) fn position(
    model: &Model,
    scenarios: &Scenarios,
    table: TableId,
    key: &str,
    now: i64,
) -> Result<Option<usize>, NotAsked> {
    let wanted = read(model, table, key, now)?;
    let columns = &model.catalog.table(table).columns;
    let has = |row: &SampleRow| {
        wanted.iter().all(|(column, value)| {
            let text = row.get(&columns[*column as usize].name).map(plain_text);
            let own = text.and_then(|text| value_of(model, table, *column, &text, now));
            own.is_some_and(|own| own.equals(value) == Some(true))
        })
    };
    Ok(scenarios.rows.get(&table).and_then(|rows| rows.iter().position(has)))
}

/// What is typed for each column.
fn texts(model: &Model, table: TableId, key: &str) -> Result<Vec<String>, NotAsked> {
    let entry = model.catalog.table(table);
    Ok(match entry.primary_key.as_slice() {
        [] => return Err(NotAsked::NoPrimaryKey(entry.name.to_string())),
        // A text may have commas.
        [_] => vec![key.to_owned()],
        _ => parts(key),
    })
}

/// The values of a key of several columns.
pub(super) fn parts(key: &str) -> Vec<String> {
    key.split(',').map(|value| value.trim().to_owned()).collect()
}

/// A text as the value of a column; nothing for what the server would refuse.
pub(super) fn value_of(model: &Model, table: TableId, column: u32, text: &str, now: i64) -> Option<Datum> {
    let r#type = &model.catalog.table(table).columns[column as usize].r#type;
    let fits = match r#type {
        Type::SmallInt | Type::Integer | Type::BigInt => text.parse::<i64>().is_ok(),
        Type::Uuid => evaluate::is_well_formed(r#type, text),
        _ => true,
    };
    evaluate::parse(&model.catalog, r#type, text, now).filter(|_| fits)
}

/// Columns with their types.
pub(super) fn typed(model: &Model, table: TableId, columns: &[u32]) -> Vec<String> {
    let entry = model.catalog.table(table);
    let column = |&column: &u32| format!("{} {}", entry.columns[column as usize].name, entry.columns[column as usize].r#type);
    columns.iter().map(column).collect()
}
