//! Which of a project's tables a database does not have. In: a connection and names. Out: those that are missing.

use super::rows::{ask, text};
use super::{Client, DatabaseError};
use crate::catalog::QualifiedName;
use crate::objects::quote;

/// The names of those that are no relation of the database, in the order given.
pub fn missing_tables(client: &mut Client, tables: &[QualifiedName]) -> Result<Vec<String>, DatabaseError> {
    let mut transaction = super::record::begin(client)?;
    let names: Vec<String> = tables.iter().map(|table| quote::literal(&quote::qualified(table))).collect();
    let query = format!(
        "SELECT name FROM unnest(ARRAY[{}]::text[]) WITH ORDINALITY AS wanted (name, number) WHERE to_regclass(name) IS NULL ORDER BY number",
        names.join(", ")
    );
    Ok(ask(&mut transaction, &query)?.iter().map(|row| text(row, 0)).collect())
}
