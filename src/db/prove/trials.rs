//! What is tried: every operation on every row, updates and deletes with and without a WHERE, new rows with and without RETURNING. In: rows. Out: statements, and what became of them
//! for somebody.

use std::collections::BTreeSet;

use postgres::{SimpleQueryMessage, Transaction};

use super::actors::Who;
use super::rows::{Rows, insert, key};
use crate::catalog::{ColumnRef, Table, TableId};
use crate::db::session::{act, is_denial, is_violation};
use crate::db::{DatabaseError, describe_error};
use crate::model::{Model, Operation};
use crate::objects::quote::{identifier, literal, qualified};

/// Of each table, so many changes of rows are tried.
const UPDATES: usize = 60;

/// Something that is tried.
pub(super) struct Trial {
    pub table: TableId,
    pub operation: Operation,
    /// The key of the row that it is about, where it is there.
    key: Option<String>,
    /// Of what reads, nothing: all rows of a table are read at once.
    statement: Option<String>,
    /// Whether it has no WHERE.
    pub is_blind: bool,
    /// The column that is changed.
    pub changes: Option<u32>,
    /// For people.
    pub words: String,
    pub row: String,
}

/// What became of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    /// A right is missing, or no row was reached.
    Denied,
    /// The server could not say: an expression ends the statement with an error, which reaches nothing.
    Failed(String),
}

impl Decision {
    pub fn is_allowed(&self) -> bool {
        *self == Decision::Allowed
    }

    /// With the error, where there was one.
    pub fn error(&self) -> Option<&String> {
        match self {
            Decision::Failed(error) => Some(error),
            Decision::Allowed | Decision::Denied => None,
        }
    }

    /// What an error of the server is.
    fn of_error(error: &DatabaseError) -> Decision {
        if is_denial(error) { Decision::Denied } else { Decision::Failed(describe_error(error)) }
    }
}

/// Everything, in the same order for everybody.
pub(super) fn all(model: &Model, rows: &Rows) -> Vec<Trial> {
    let mut all = Vec::new();
    let mut chance = Rows::by_chance();
    for (id, table) in model.catalog.tables() {
        let there = rows.there.get(&id).map_or(&[][..], Vec::as_slice);
        for (key, row) in there {
            let trial = |operation, statement: Option<String>, words: String, is_blind| Trial {
                table: id,
                operation,
                key: Some(key.clone()),
                statement,
                is_blind,
                changes: None,
                words,
                row: row.clone(),
            };
            all.push(trial(Operation::Read, None, format!("SELECT FROM {}", qualified(&table.name)), false));
            let [by_key, blind] = forms(table, key, &format!("DELETE FROM {}", qualified(&table.name)));
            all.push(trial(Operation::Delete, Some(by_key.clone()), by_key, false));
            all.push(trial(Operation::Delete, Some(blind.clone()), blind, true));
        }
        updates(model, rows, (id, table), &mut chance, &mut all);
        for row in rows.new.get(&id).into_iter().flatten() {
            let words = row.iter().map(|(&index, value)| {
                format!("{} = {}", table.columns[index as usize].name, value.as_deref().unwrap_or("NULL"))
            });
            let words = words.collect::<Vec<_>>().join(", ");
            let statement = insert(table, row, |column| !column.generated && !column.identity);
            for form in [statement.clone(), format!("{statement} RETURNING 1")] {
                let operation = Operation::Create;
                let (row, words) = (words.clone(), form.clone());
                all.push(Trial {
                    table: id,
                    operation,
                    key: None,
                    statement: Some(form),
                    is_blind: false,
                    changes: None,
                    words,
                    row,
                });
            }
        }
    }
    all
}

/// A statement about one row by its key, and about all of them: what narrows the second to the row is a trigger.
fn forms(table: &Table, row: &str, statement: &str) -> [String; 2] {
    [format!("{statement} WHERE {} = {}", key(table, ""), literal(row)), statement.to_owned()]
}

fn updates(model: &Model, rows: &Rows, (id, table): (TableId, &Table), chance: &mut Rows, all: &mut Vec<Trial>) {
    let there = rows.there.get(&id).map_or(&[][..], Vec::as_slice);
    let mut changes = Vec::new();
    for (key, row) in there {
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| !column.generated && !column.identity) {
            for value in rows.choices(&model.catalog, ColumnRef { table: id, column: index }).into_iter().take(8) {
                let value = value.map_or_else(|| "NULL".to_owned(), |value| literal(&value));
                changes.push((
                    key,
                    row,
                    index,
                    format!("UPDATE {} SET {} = {value}", qualified(&table.name), identifier(&column.name)),
                ));
            }
        }
    }
    while changes.len() > UPDATES {
        let place = chance.next(changes.len());
        changes.swap_remove(place);
    }
    for (key, row, index, change) in changes {
        for (form, is_blind) in std::iter::zip(forms(table, key, &change), [false, true]) {
            let (operation, words) = (Operation::Update, form.clone());
            all.push(Trial {
                table: id,
                operation,
                key: Some(key.clone()),
                statement: Some(form),
                is_blind,
                changes: Some(index),
                words,
                row: row.clone(),
            });
        }
    }
}

/// Keeps what has no WHERE to the row that is meant, before anything else looks at it.
pub(super) fn narrow(transaction: &mut Transaction<'_>, model: &Model, rows: &Rows) -> Result<(), DatabaseError> {
    for &id in rows.there.keys() {
        let table = model.catalog.table(id);
        let (name, function) = (qualified(&table.name), format!("pg_temp.rowgate_prove_{}", id.0));
        let body = format!(
            "BEGIN IF {} IS DISTINCT FROM current_setting('rowgate.tried') THEN RETURN NULL; END IF; \
             IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
            key(table, "OLD.")
        );
        transaction.batch_execute(&format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS {}; \
             CREATE TRIGGER \" rowgate_prove\" BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}(); \
             ALTER TABLE {name} ENABLE ALWAYS TRIGGER \" rowgate_prove\"",
            literal(&body)
        ))?;
    }
    Ok(())
}

/// Whether each trial is allowed to somebody, who acts as `role`.
pub(super) fn decide(
    transaction: &mut Transaction<'_>,
    model: &Model,
    sign_in: Option<&str>,
    (who, role): (&Who, &str),
    trials: &[Trial],
) -> Result<Vec<Decision>, DatabaseError> {
    let mut savepoint = transaction.transaction()?;
    act(&mut savepoint, model, sign_in, &who.actor)?;
    if role != who.role {
        savepoint.batch_execute(&format!("SET LOCAL ROLE NONE; SET LOCAL ROLE {}", identifier(role)))?;
    }
    let (mut decisions, mut seen) = (Vec::new(), (None, Ok(BTreeSet::new())));
    for trial in trials {
        decisions.push(match (&trial.statement, &trial.key) {
            (Some(statement), key) => run(&mut savepoint, statement, key.as_deref())?,
            (None, key) => {
                if seen.0 != Some(trial.table) {
                    seen = (Some(trial.table), read(&mut savepoint, model.catalog.table(trial.table))?);
                }
                match &seen.1 {
                    Ok(keys) if key.as_ref().is_some_and(|key| keys.contains(key)) => Decision::Allowed,
                    Ok(_) => Decision::Denied,
                    Err(decision) => decision.clone(),
                }
            }
        });
    }
    savepoint.rollback()?;
    Ok(decisions)
}

/// The keys of the rows that somebody sees; or what all of them are where the server refuses.
fn read(transaction: &mut Transaction<'_>, table: &Table) -> Result<Result<BTreeSet<String>, Decision>, DatabaseError> {
    let mut savepoint = transaction.transaction()?;
    let answer = savepoint.simple_query(&format!("SELECT {} FROM {}", key(table, ""), qualified(&table.name)));
    let keys = |message| if let SimpleQueryMessage::Row(row) = message { row.get(0).map(str::to_owned) } else { None };
    let seen = match answer {
        Ok(messages) => Ok(messages.into_iter().filter_map(keys).collect()),
        Err(error) if error.as_db_error().is_some() => Err(Decision::of_error(&error)),
        Err(error) => return Err(error),
    };
    savepoint.rollback()?;
    Ok(seen)
}

/// Whether a statement reaches a row. A constraint of a table that is violated refuses nothing that policies allow: they are asked first. Those of domains are asked before, so that
/// nothing is known.
fn run(transaction: &mut Transaction<'_>, statement: &str, key: Option<&str>) -> Result<Decision, DatabaseError> {
    transaction
        .batch_execute(&format!("SAVEPOINT rowgate_tried; SET LOCAL rowgate.tried = {}", literal(key.unwrap_or_default())))?;
    let answer = transaction.simple_query(statement);
    let is_reached = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::CommandComplete(count) if *count > 0);
    let is_of_table = |error: &DatabaseError| error.as_db_error().is_some_and(|server| server.datatype().is_none());
    let decision = match answer {
        Ok(messages) if messages.iter().any(is_reached) => Decision::Allowed,
        Ok(_) => Decision::Denied,
        Err(error) if is_violation(&error) => {
            if is_of_table(&error) {
                Decision::Allowed
            } else {
                Decision::Denied
            }
        }
        Err(error) if error.as_db_error().is_some() => Decision::of_error(&error),
        Err(error) => return Err(error),
    };
    transaction.batch_execute("ROLLBACK TO SAVEPOINT rowgate_tried; RELEASE SAVEPOINT rowgate_tried")?;
    Ok(decision)
}
