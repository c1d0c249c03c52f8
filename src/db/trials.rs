//! Statements that scenarios try, and the scene for each. In: a transaction of a role that sees all rows, a row and an operation. Out: what a statement did.

use std::collections::BTreeSet;

use postgres::Transaction;

use super::session::{is_denial, is_violation};
use super::statements::{key_condition, key_expression, key_text, updates};
use super::{DatabaseError, describe_error};
use crate::catalog::{Table, TableId};
use crate::model::Operation;
use crate::objects::quote::{identifier, literal, qualified};
use crate::scenario::{Cell, Outcome, SampleRow};
use crate::yaml::Value;

/// Something that is tried on one row, in each form that a client may give it; all forms must do the same.
pub(super) struct Trial<'a> {
    pub(super) cell: Cell,
    pub(super) what: String,
    pub(super) operation: Operation,
    pub(super) row: &'a SampleRow,
    pub(super) statements: Vec<String>,
    /// The row that it must not become, where that is what is tried.
    pub(super) becomes: Option<&'a SampleRow>,
}

/// Updates that make a row that may be changed equal to one that may not, key included, and the other way around. None of them may
/// succeed: giving away and taking are what WITH CHECK and USING stop, each alone.
pub(super) fn crossings<'a>(id: TableId, table: &Table, rows: &'a [SampleRow], changeable: &BTreeSet<usize>) -> Vec<Trial<'a>> {
    let mut trials = Vec::new();
    for (from, row) in rows.iter().enumerate() {
        for (to, other) in rows.iter().enumerate().filter(|(to, _)| changeable.contains(to) != changeable.contains(&from)) {
            let what = format!("update {} {} to what {} is", table.name, key_text(table, row), key_text(table, &rows[to]));
            let statements = updates(table, row, other);
            let cell = Cell::Row(id, Operation::Update, from);
            trials.push(Trial { cell, what, operation: Operation::Update, row, statements, becomes: Some(other) });
        }
    }
    trials
}

/// What a row has in a column now.
pub(super) fn current(
    transaction: &mut Transaction<'_>,
    table: &Table,
    row: &SampleRow,
    column: &str,
) -> Result<Value, DatabaseError> {
    let (column, name) = (identifier(column), qualified(&table.name));
    let query = format!("SELECT {column}::text FROM {name} WHERE {}", key_condition(table, row));
    let found = transaction.query_opt(&query, &[])?.and_then(|row| row.get::<_, Option<String>>(0));
    Ok(found.map_or(Value::Null, Value::String))
}

/// A trigger that keeps a change to the row whose key `rowgate.probed` holds: it runs between USING and WITH CHECK, before every other
/// trigger, and skips all other rows.
pub(super) fn install_trigger(transaction: &mut Transaction<'_>, table: &Table) -> Result<(), DatabaseError> {
    let body = format!(
        "BEGIN IF {} IS DISTINCT FROM current_setting('rowgate.probed') THEN RETURN NULL; END IF; \
         IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
        key_expression(table, "OLD.")
    );
    transaction.batch_execute(&format!(
        "CREATE FUNCTION pg_temp.rowgate_probe() RETURNS trigger LANGUAGE plpgsql AS {};
         CREATE TRIGGER \" rowgate_probe\" BEFORE UPDATE OR DELETE ON {}
         FOR EACH ROW EXECUTE FUNCTION pg_temp.rowgate_probe()",
        literal(&body),
        qualified(&table.name)
    ))
}

/// Sets the scene as the connection's own role. A row that is to be made is taken away first, as if it had never been there; what
/// is to be changed is told to the trigger.
pub(super) fn prepare(transaction: &mut Transaction<'_>, table: &Table, trial: &Trial<'_>) -> Result<(), DatabaseError> {
    let (name, condition) = (qualified(&table.name), key_condition(table, trial.row));
    let script = match trial.operation {
        Operation::Create => return make_room(transaction, table, trial.row),
        _ => {
            let key = key_expression(table, "");
            format!("SELECT set_config('rowgate.probed', (SELECT {key} FROM {name} WHERE {condition}), true)")
        }
    };
    transaction.batch_execute(&script)
}

/// Takes away the row that another one is to become, whose key would be in the way before triggers were asked.
pub(super) fn make_room(transaction: &mut Transaction<'_>, table: &Table, row: &SampleRow) -> Result<(), DatabaseError> {
    let (name, condition) = (qualified(&table.name), key_condition(table, row));
    transaction.batch_execute(&format!(
        "SET LOCAL session_replication_role = replica; DELETE FROM {name} WHERE {condition}; \
         SET LOCAL session_replication_role = origin"
    ))
}

/// What a statement did, and whether that was to violate a constraint. That is no denial: PostgreSQL asks the policies first, and they let the
/// statement through.
pub(super) fn execute(transaction: &mut Transaction<'_>, statement: &str) -> Result<(Outcome, bool), DatabaseError> {
    match transaction.execute(statement, &[]) {
        Ok(0) => Ok((Outcome::NoRow, false)),
        Ok(_) => Ok((Outcome::Allowed, false)),
        Err(error) if is_denial(&error) => Ok((Outcome::Rejected(describe_error(&error)), false)),
        Err(error) if is_violation(&error) => Ok((Outcome::Allowed, true)),
        Err(error) => Err(error),
    }
}
