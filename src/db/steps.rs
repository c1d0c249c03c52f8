//! Actions on a server: does the steps of a scenario and tries its calls, as the roles that the application would use. In: a transaction of a role that may act as
//! these, and sees all rows. Out: the rows as they are then, and what is not as the scenario says.

use std::collections::{BTreeMap, BTreeSet};

use postgres::Transaction;

use super::session::{act, is_denial, is_violation};
use super::statements::{key_condition, key_expression, sql_value};
use super::{DatabaseError, describe_error};
use crate::catalog::{QualifiedName, Table, TableId};
use crate::model::{Action, Creation, Model};
use crate::objects::quote::{identifier, qualified};
use crate::scenario::{Actor, Call, SampleRow, Scenario, Scenarios, unlike};
use crate::yaml::Value;

/// The rows of each table behind the steps of a scenario, those that were made last; and what is not as it says.
pub(super) struct Stepped {
    pub(super) rows: BTreeMap<TableId, Vec<SampleRow>>,
    /// What was tried, and what happened instead.
    pub(super) failures: Vec<(String, String)>,
}

/// Does the steps of a scenario, and leaves the transaction to the role that it belongs to.
pub(super) fn step(
    transaction: &mut Transaction<'_>,
    model: &Model,
    scenarios: &Scenarios,
    scenario: &Scenario,
) -> Result<Stepped, DatabaseError> {
    let mut stepped = Stepped { rows: scenarios.rows.clone(), failures: Vec::new() };
    let listed: Vec<TableId> = scenario.leaves.iter().flat_map(BTreeMap::keys).copied().collect();
    let before = images(transaction, model, &listed)?;
    for step in &scenario.after {
        let Some(action) = step.call.action(model) else { continue };
        action.create.iter().try_for_each(|creation| continue_numbers(transaction, model.catalog.table(creation.table)))?;
        let fields = fields(transaction, model, action, &stepped)?;
        let mut savepoint = transaction.transaction()?;
        let answer = call(&mut savepoint, model, scenarios.sign_in.as_deref(), &step.actor, &step.call)?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(reason) => {
                savepoint.rollback()?;
                stepped.failures.push((format!("after {}", step.call.text(model)), format!("denied: {reason}")));
                return Ok(stepped);
            }
        };
        savepoint.batch_execute("RESET ROLE; RESET SESSION AUTHORIZATION")?;
        savepoint.commit()?;
        take_changes(transaction, model, action, &fields, &mut stepped)?;
        for creation in &action.create {
            let row = made(transaction, model.catalog.table(creation.table), creation, &answer)?;
            stepped.rows.entry(creation.table).or_default().extend(row);
        }
    }
    for (&table, patterns) in scenario.leaves.iter().flatten() {
        let failures = left(transaction, model.catalog.table(table), patterns, before.get(&table))?;
        stepped.failures.extend(failures.into_iter().map(|what| ("after the steps".to_owned(), what)));
    }
    Ok(stepped)
}

/// Tries a call, which leaves nothing behind. What it says is why it is refused.
pub(super) fn try_call(
    transaction: &mut Transaction<'_>,
    model: &Model,
    sign_in: Option<&str>,
    actor: &Actor,
    tried: &Call,
) -> Result<Result<(), String>, DatabaseError> {
    if let Some(action) = tried.action(model) {
        action.create.iter().try_for_each(|creation| continue_numbers(transaction, model.catalog.table(creation.table)))?;
    }
    let mut savepoint = transaction.transaction()?;
    let answer = call(&mut savepoint, model, sign_in, actor, tried)?;
    savepoint.rollback()?;
    Ok(answer.map(|_| ()))
}

/// What the action's function answers to the actor. A constraint that is violated undoes all of it.
fn call(
    transaction: &mut Transaction<'_>,
    model: &Model,
    sign_in: Option<&str>,
    actor: &Actor,
    call: &Call,
) -> Result<Result<serde_json::Value, String>, DatabaseError> {
    let (Some(action), Some(guards)) = (call.action(model), &model.guards) else {
        return Ok(Err("there is no such action".to_owned()));
    };
    let table = model.catalog.table(action.table);
    let given = std::iter::zip(&action.by, &call.arguments);
    let given: Vec<String> =
        given.map(|(&column, value)| sql_value(table, &table.columns[column as usize].name, value)).collect();
    let function = qualified(&QualifiedName::new(&guards.schema, &action.name));
    act(transaction, model, sign_in, actor)?;
    match transaction.query_one(&format!("SELECT {function}({})::text", given.join(", ")), &[]) {
        Ok(row) => Ok(Ok(serde_json::from_str(row.get(0)).unwrap_or_default())),
        Err(error) if is_denial(&error) || is_violation(&error) => Ok(Err(describe_error(&error))),
        Err(error) => Err(error),
    }
}

/// Lets the numbers that the database draws follow those of the rows that were written with theirs; this is undone with the transaction.
fn continue_numbers(transaction: &mut Transaction<'_>, table: &Table) -> Result<(), DatabaseError> {
    let name = qualified(&table.name);
    for column in table.columns.iter().filter(|column| column.identity || column.sequence.is_some()) {
        let own = identifier(&column.name);
        let next = format!("SELECT (coalesce(max({own}), 0) + 1)::bigint FROM {name}");
        let next: i64 = transaction.query_one(&next, &[])?.get(0);
        transaction.batch_execute(&match &column.sequence {
            Some(sequence) => format!("ALTER SEQUENCE {} RESTART WITH {next}", qualified(sequence)),
            None => format!("ALTER TABLE {name} ALTER COLUMN {own} RESTART WITH {next}"),
        })?;
    }
    Ok(())
}

/// What each row has in each of the fields that an action sets.
type Fields = Vec<Vec<Option<String>>>;

fn fields(transaction: &mut Transaction<'_>, model: &Model, action: &Action, stepped: &Stepped) -> Result<Fields, DatabaseError> {
    let table = model.catalog.table(action.table);
    let columns = action.set.iter().map(|field| format!("{}::text", identifier(&table.columns[field.column as usize].name)));
    let columns = columns.collect::<Vec<_>>().join(", ");
    let mut all = Vec::new();
    for row in stepped.rows.get(&action.table).into_iter().flatten() {
        let query = format!("SELECT {columns} FROM {} WHERE {}", qualified(&table.name), key_condition(table, row));
        let found = transaction.query_opt(&query, &[])?;
        all.push((0..action.set.len()).map(|index| found.as_ref().and_then(|found| found.get(index))).collect());
    }
    Ok(all)
}

/// Takes the fields that an action has set over into the row that it found.
fn take_changes(
    transaction: &mut Transaction<'_>,
    model: &Model,
    action: &Action,
    before: &Fields,
    stepped: &mut Stepped,
) -> Result<(), DatabaseError> {
    let after = fields(transaction, model, action, stepped)?;
    let columns = &model.catalog.table(action.table).columns;
    let rows = stepped.rows.get_mut(&action.table).into_iter().flatten();
    for ((row, before), after) in rows.zip(before).zip(&after).filter(|((_, before), after)| before != after) {
        debug_assert_eq!(before.len(), after.len());
        for (field, value) in std::iter::zip(&action.set, after) {
            let value = value.clone().map_or(Value::Null, Value::String);
            row.insert(columns[field.column as usize].name.clone(), value);
        }
    }
    Ok(())
}

/// The row that an action has made, with its key and what the action gives; `None` where it has no key to be found by.
fn made(
    transaction: &mut Transaction<'_>,
    table: &Table,
    creation: &Creation,
    answer: &serde_json::Value,
) -> Result<Option<SampleRow>, DatabaseError> {
    if table.primary_key.is_empty() {
        return Ok(None);
    }
    let mut key = SampleRow::new();
    for &column in &table.primary_key {
        let name = &table.columns[column as usize].name;
        let value = match &answer[table.name.to_string()][name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        key.insert(name.clone(), Value::String(value));
    }
    let names: BTreeSet<&str> = creation
        .fields
        .iter()
        .map(|field| field.column)
        .chain(table.primary_key.iter().copied())
        .map(|column| table.columns[column as usize].name.as_str())
        .collect();
    let columns = names.iter().map(|name| format!("{}::text", identifier(name))).collect::<Vec<_>>().join(", ");
    let query = format!("SELECT {columns} FROM {} WHERE {}", qualified(&table.name), key_condition(table, &key));
    let found = transaction.query_one(&query, &[])?;
    let value = |(index, name): (usize, &&str)| {
        let value: Option<String> = found.get(index);
        ((*name).to_owned(), value.map_or(Value::Null, Value::String))
    };
    Ok(Some(names.iter().enumerate().map(value).collect()))
}

/// The rows of a table by their keys.
type Images = BTreeMap<String, String>;

fn images(
    transaction: &mut Transaction<'_>,
    model: &Model,
    tables: &[TableId],
) -> Result<BTreeMap<TableId, Images>, DatabaseError> {
    let mut all = BTreeMap::new();
    for &id in tables {
        all.insert(id, images_of(transaction, model.catalog.table(id), "true")?);
    }
    Ok(all)
}

fn images_of(transaction: &mut Transaction<'_>, table: &Table, condition: &str) -> Result<Images, DatabaseError> {
    let query = format!(
        "SELECT {}, row_data::text FROM {} AS row_data WHERE {condition}",
        key_expression(table, "row_data."),
        qualified(&table.name)
    );
    Ok(transaction.query(&query, &[])?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// What is wrong with what the steps have left in a table: they have changed and made the rows that are listed, and no others.
fn left(
    transaction: &mut Transaction<'_>,
    table: &Table,
    patterns: &[SampleRow],
    before: Option<&Images>,
) -> Result<Vec<String>, DatabaseError> {
    let is_written = |(key, image): &(String, String)| before.and_then(|before| before.get(key)) != Some(image);
    let written: Vec<String> =
        images_of(transaction, table, "true")?.into_iter().filter(is_written).map(|(key, _)| key).collect();
    let mut matches = Vec::new();
    for pattern in patterns {
        let is_it = pattern
            .iter()
            .map(|(name, value)| format!("row_data.{} IS NOT DISTINCT FROM {}", identifier(name), sql_value(table, name, value)));
        let condition = is_it.chain(["true".to_owned()]).collect::<Vec<_>>().join(" AND ");
        let found = images_of(transaction, table, &condition)?;
        matches.push((0..written.len()).filter(|&position| found.contains_key(&written[position])).collect());
    }
    Ok(unlike(&table.name.to_string(), patterns, written.len(), &matches))
}
