//! Answers of a server as texts, which is what the simple protocol has. In: a question, or a row. Out: rows, or a value; what is not there is empty.

use postgres::{SimpleQueryMessage, SimpleQueryRow, Transaction};

use crate::catalog::QualifiedName;
use crate::db::DatabaseError;

/// The rows of an answer.
pub(in crate::db) fn ask(transaction: &mut Transaction<'_>, query: &str) -> Result<Vec<SimpleQueryRow>, DatabaseError> {
    let rows = |message| if let SimpleQueryMessage::Row(row) = message { Some(row) } else { None };
    Ok(transaction.simple_query(query)?.into_iter().filter_map(rows).collect())
}

pub(in crate::db) fn text(row: &SimpleQueryRow, column: usize) -> String {
    row.get(column).unwrap_or_default().to_owned()
}

pub(in crate::db) fn number(row: &SimpleQueryRow, column: usize) -> u32 {
    row.get(column).and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(in crate::db) fn is(row: &SimpleQueryRow, column: usize) -> bool {
    row.get(column) == Some("t")
}

pub(in crate::db) fn name(row: &SimpleQueryRow, column: usize) -> QualifiedName {
    QualifiedName::new(text(row, column), text(row, column + 1))
}
