//! Masking views and the tables below them. In: a transaction. Out: those that are there, and what to ask in the place of a table to which somebody has no right.

use postgres::Transaction;

use super::DatabaseError;
use super::rows::{ask, number};
use super::session::{is_forbidden, relation};
use crate::catalog::QualifiedName;
use crate::model::Model;
use crate::objects::quote::{literal, qualified};

/// A masking view and the table below it.
pub(super) type Masked = (QualifiedName, QualifiedName);

/// All that are there.
pub(super) fn views(transaction: &mut Transaction<'_>, model: &Model) -> Result<Vec<Masked>, DatabaseError> {
    let Some(masking) = &model.masking else { return Ok(Vec::new()) };
    let view = |(_, table): (_, &crate::catalog::Table)| {
        (QualifiedName::new(masking.schema.as_str(), table.name.name.as_str()), table.name.clone())
    };
    let wanted: Vec<Masked> = model.catalog.tables().map(view).collect();
    let names: Vec<String> = wanted.iter().map(|(view, _)| literal(&view.name)).collect();
    let query = format!(
        "SELECT wanted.number FROM pg_catalog.unnest(ARRAY[{}]::pg_catalog.text[]) WITH ORDINALITY AS wanted (name, number) \
         JOIN pg_catalog.pg_class AS class ON class.relname = wanted.name AND class.relkind = 'v' \
         JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace AND namespace.nspname = {} ORDER BY 1",
        names.join(", "),
        literal(&masking.schema)
    );
    let found = ask(transaction, &query)?;
    Ok(found.iter().filter_map(|row| wanted.get((number(row, 0) as usize).checked_sub(1)?).cloned()).collect())
}

/// What to read in the place of a table, where that is what a statement was refused for: whoever may read the masking view, and, of a statement that writes, may write the table.
pub(super) fn instead(
    transaction: &mut Transaction<'_>,
    (model, role): (&Model, &str),
    statement: &str,
    error: &DatabaseError,
) -> Result<Option<String>, DatabaseError> {
    let Some(said) = error.as_db_error().filter(|_| is_forbidden(error)) else { return Ok(None) };
    for (view, table) in views(transaction, model)? {
        if is_word(said.message(), &table.name) && may(transaction, role, (&view, &table), statement)? {
            let (view, table) = (qualified(&view), qualified(&table));
            return Ok(Some(format!("what may be read of {table} is in the masking view {view}: name that")));
        }
    }
    Ok(None)
}

/// Whether a role may read some of a view, and do with the table below it what a statement does beside reading.
fn may(
    transaction: &mut Transaction<'_>,
    role: &str,
    (view, table): (&QualifiedName, &QualifiedName),
    statement: &str,
) -> Result<bool, DatabaseError> {
    let holds = |function: &str, of: &QualifiedName, right: &str| {
        format!("pg_catalog.{function}({}::pg_catalog.name, {}, '{right}')", literal(role), relation(of))
    };
    let start = statement.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let word: String = start.chars().take_while(char::is_ascii_alphabetic).collect();
    let writes = match word.to_ascii_lowercase().as_str() {
        "insert" => holds("has_any_column_privilege", table, "INSERT"),
        "update" => holds("has_any_column_privilege", table, "UPDATE"),
        "delete" => holds("has_table_privilege", table, "DELETE"),
        _ => "true".to_owned(),
    };
    let reads = holds("has_any_column_privilege", view, "SELECT");
    let found = ask(transaction, &format!("SELECT 1 WHERE {reads} AND {writes}"))?;
    Ok(!found.is_empty())
}

/// Whether a text has a name as a word.
fn is_word(text: &str, name: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
        !before.is_some_and(is_part) && !behind.is_some_and(is_part)
    })
}
