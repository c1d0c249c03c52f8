//! What somebody who acts in a scenario may do at all. In: a transaction, and who acts. Out: the keys that they see, the columns that they have a right to.

use std::collections::BTreeSet;

use postgres::Transaction;

use super::session::{act, is_denial};
use super::statements::{key_expression, key_names};
use super::{DatabaseError, describe_error};
use crate::catalog::Table;
use crate::model::Model;
use crate::objects::quote::qualified;
use crate::scenario::{Actor, Scenario, Scenarios};

/// Who acts.
pub(super) struct Acts<'a> {
    model: &'a Model,
    sign_in: Option<&'a str>,
    actor: &'a Actor,
}

impl<'a> Acts<'a> {
    pub(super) fn new(model: &'a Model, scenarios: &'a Scenarios, scenario: &'a Scenario) -> Acts<'a> {
        Acts { model, sign_in: scenarios.sign_in.as_deref(), actor: &scenario.actor }
    }

    /// Until the end of the transaction.
    pub(super) fn become_actor(&self, transaction: &mut Transaction<'_>) -> Result<(), DatabaseError> {
        act(transaction, self.model, self.sign_in, self.actor)
    }
}

/// The keys of the rows that the actor sees, or why it may not read the key.
pub(super) fn keys(
    acts: &Acts<'_>,
    transaction: &mut Transaction<'_>,
    table: &Table,
    source: &str,
) -> Result<Result<BTreeSet<String>, String>, DatabaseError> {
    let mut savepoint = transaction.transaction()?;
    acts.become_actor(&mut savepoint)?;
    let seen = match savepoint.query(&format!("SELECT {} FROM {source}", key_expression(table, "")), &[]) {
        Ok(found) => Ok(found.iter().map(|row| row.get(0)).collect()),
        Err(error) if is_denial(&error) => Err(describe_error(&error)),
        Err(error) => return Err(error),
    };
    savepoint.rollback()?;
    Ok(seen)
}

/// Whether some column may be read, but not the key.
pub(super) fn has_hidden_key(acts: &Acts<'_>, transaction: &mut Transaction<'_>, table: &Table) -> Result<bool, DatabaseError> {
    let role = acts.actor.database_role(acts.model);
    let name = qualified(&table.name);
    let query = "SELECT has_any_column_privilege($1::text::name, $2::text, 'SELECT')";
    if !transaction.query_one(query, &[&role, &name])?.get::<_, bool>(0) {
        return Ok(false);
    }
    for column in key_names(table) {
        let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'SELECT')";
        if !transaction.query_one(query, &[&role, &name, &column])?.get::<_, bool>(0) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A column that the actor may update at all, so that a change of nothing can be tried.
pub(super) fn unchanged(
    acts: &Acts<'_>,
    transaction: &mut Transaction<'_>,
    table: &Table,
) -> Result<Option<String>, DatabaseError> {
    let role = acts.actor.database_role(acts.model);
    let query = "SELECT has_column_privilege($1::text::name, $2::text, $3::text, 'UPDATE')";
    for column in table.columns.iter().filter(|column| !column.generated) {
        if transaction.query_one(query, &[&role, &qualified(&table.name), &column.name])?.get(0) {
            return Ok(Some(column.name.clone()));
        }
    }
    Ok(None)
}
