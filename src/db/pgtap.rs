//! Scenarios as a script for pgTAP (<https://pgtap.org>): the same statements as the same actors, one test for each. In: a test file. Out: the text of a transaction that is rolled back.
//! What needs steps or calls is skipped, and the script says so.

use std::fmt::Write;

use super::session::acting;
use super::statements::{insert, key_condition, sql_value};
use crate::catalog::{QualifiedName, Table, TableId};
use crate::model::{Model, Operation};
use crate::objects::quote::{identifier, literal, qualified};
use crate::scenario::{self, Attempt, Cell, Denial, Expected, SampleRow, Scenario, Scenarios, Unreadable};

/// Tries a statement as somebody, undoes it, and tells what it did. A constraint that is violated is no denial: policies are asked first.
const TRY: &str =
    "CREATE FUNCTION pg_temp.rowgate_try(scene text, acting text, statement text) RETURNS text LANGUAGE plpgsql AS $try$
DECLARE
  touched bigint;
BEGIN
  EXECUTE scene;
  EXECUTE acting;
  EXECUTE statement;
  GET DIAGNOSTICS touched = ROW_COUNT;
  RAISE EXCEPTION USING ERRCODE = 'RGTAP', MESSAGE = CASE WHEN touched > 0 THEN 'allowed' ELSE 'no row' END;
EXCEPTION
  WHEN SQLSTATE 'RGTAP' THEN RETURN SQLERRM;
  WHEN insufficient_privilege THEN RETURN 'rejected';
  WHEN integrity_constraint_violation THEN RETURN 'allowed';
END
$try$;
";

/// The script of a test file called `name`.
pub fn pgtap(model: &Model, name: &str, scenarios: &Scenarios, now: i64) -> Result<String, Unreadable> {
    let mut tests = Vec::new();
    if scenarios.now.is_some() {
        tests.push(format!("SELECT * FROM skip({}, 1);\n", literal("a server's clock does not stand still: `now:`")));
    }
    for one in scenarios.scenarios.iter().filter(|_| scenarios.now.is_none()) {
        let writer = Writer { model, scenarios, scenario: one, now };
        writer.scenario(&mut tests)?;
    }
    let mut script = format!(
        "-- {name}, for pgTAP: as a superuser, in a database whose tables are empty and in which the rules are in force.\n\
         -- Made by `rowgate test --emit pgtap`; do not edit.\nBEGIN;\nCREATE EXTENSION IF NOT EXISTS pgtap;\n{TRY}\
         SET LOCAL session_replication_role = replica;\n"
    );
    for (&id, rows) in &scenarios.rows {
        rows.iter().for_each(|row| script.push_str(&format!("{};\n", insert(model.catalog.table(id), row))));
    }
    script.push_str("SET LOCAL session_replication_role = origin;\n");
    writeln!(script, "SELECT plan({});", tests.len()).ok();
    tests.iter().for_each(|test| script.push_str(test));
    script.push_str("SELECT * FROM finish();\nROLLBACK;\n");
    Ok(script)
}

struct Writer<'a> {
    model: &'a Model,
    scenarios: &'a Scenarios,
    scenario: &'a Scenario,
    now: i64,
}

/// A statement as an expression of SQL, and the scene for it.
struct Statement {
    scene: String,
    text: String,
}

impl Statement {
    fn plain(text: &str) -> Statement {
        Statement { scene: String::new(), text: literal(text) }
    }
}

impl Writer<'_> {
    fn scenario(&self, tests: &mut Vec<String>) -> Result<(), Unreadable> {
        let name = &self.scenario.name;
        if !self.scenario.after.is_empty() {
            let why = format!("{name}: it has steps, which `rowgate test` does");
            tests.push(format!("SELECT * FROM skip({}, 1);\n", literal(&why)));
            return Ok(());
        }
        let acts = acting(self.model, self.scenarios.sign_in.as_deref(), &self.scenario.actor);
        let expected = Expected::new(self.scenario);
        let mut add = |what: String, statement: &Statement, wanted: Wanted| {
            let Statement { scene, text } = statement;
            let tried = format!("pg_temp.rowgate_try({}, {}, {text})", literal(scene), literal(&acts));
            let said = literal(&format!("{name}: {what}"));
            tests.push(match wanted {
                Wanted::Is(outcome) => format!("SELECT is({tried}, {}, {said});\n", literal(outcome)),
                Wanted::IsNot(outcome) => format!("SELECT isnt({tried}, {}, {said});\n", literal(outcome)),
            });
        };
        for &table in &self.scenario.tables {
            for position in 0..self.scenarios.rows.get(&table).map_or(0, Vec::len) {
                for operation in Operation::ALL {
                    let cell = Cell::Row(table, operation, position);
                    let Some(statement) = self.of_row(table, operation, position)? else { continue };
                    add(cell.text(self.model, self.scenarios, self.scenario), &statement, wanted(&expected, cell));
                }
            }
        }
        for (index, (attempt, _)) in self.scenario.attempts.iter().enumerate() {
            let cell = Cell::Attempt(index);
            for (what, statement, is_seen) in self.of_attempt(cell, attempt) {
                add(what, &statement, is_seen.unwrap_or_else(|| wanted(&expected, cell)));
            }
        }
        for (call, _) in &self.scenario.calls {
            let why = format!("{name}: do {}: `rowgate test` tries calls", call.text(self.model));
            tests.push(format!("SELECT * FROM skip({}, 1);\n", literal(&why)));
        }
        Ok(())
    }

    /// What is particular, in words, and as statements; and what is wanted of each where that is not what is wanted of the whole.
    fn of_attempt(&self, cell: Cell, attempt: &Attempt) -> Vec<(String, Statement, Option<Wanted>)> {
        let what = cell.text(self.model, self.scenarios, self.scenario);
        let table = self.model.catalog.table(attempt.table());
        match attempt {
            Attempt::Create(_, row) => {
                vec![(what, Statement { scene: absent(table, row), text: literal(&insert(table, row)) }, None)]
            }
            Attempt::Update(_, position, set) => {
                let Some(row) = self.row(attempt.table(), *position) else { return Vec::new() };
                let set = set.iter().map(|(name, value)| format!("{} = {}", identifier(name), sql_value(table, name, value)));
                let (set, condition) = (set.collect::<Vec<_>>().join(", "), key_condition(table, row));
                let text = format!("UPDATE {} SET {set} WHERE {condition}", qualified(&table.name));
                vec![(what, Statement::plain(&text), None)]
            }
            Attempt::See(_, position, fields) => {
                let Some(row) = self.row(attempt.table(), *position) else { return Vec::new() };
                let is_told = |name: &String| row.get(name).is_some_and(|value| !value.is_null());
                // An empty field tells nothing.
                let told = (0u32..).zip(&table.columns).filter(|(_, column)| is_told(&column.name));
                let one = |(index, column): (u32, &crate::catalog::Column)| {
                    let is_there = format!("{} IS NOT NULL AND {}", identifier(&column.name), key_condition(table, row));
                    let is_seen = if fields.contains(&index) { Wanted::Is("allowed") } else { Wanted::IsNot("allowed") };
                    (format!("{what}: {}", column.name), self.select(table, &is_there), Some(is_seen))
                };
                told.map(one).collect()
            }
        }
    }

    fn row(&self, table: TableId, position: usize) -> Option<&SampleRow> {
        self.scenarios.rows.get(&table)?.get(position)
    }

    /// An operation on a row as it is.
    fn of_row(&self, id: TableId, operation: Operation, position: usize) -> Result<Option<Statement>, Unreadable> {
        let (table, Some(row)) = (self.model.catalog.table(id), self.row(id, position)) else { return Ok(None) };
        let (name, condition) = (qualified(&table.name), key_condition(table, row));
        Ok(Some(match operation {
            Operation::Read => self.select(table, &condition),
            Operation::Delete => Statement::plain(&format!("DELETE FROM {name} WHERE {condition}")),
            Operation::Create => {
                let mut supplied = row.clone();
                let presets = self.model.presets(id, operation);
                presets.keys().for_each(|&column| drop(supplied.remove(&table.columns[column as usize].name)));
                Statement { scene: absent(table, row), text: literal(&insert(table, &supplied)) }
            }
            Operation::Update => {
                // A change of nothing; where nothing may be changed at all, any column will be refused.
                let may_change = scenario::changeable(self.model, &self.scenario.actor, id, self.now)?;
                let first = || (0u32..).zip(&table.columns).find(|(_, column)| !column.generated).map(|(index, _)| index);
                let Some(column) = may_change.or_else(first).and_then(|index| table.columns.get(index as usize)) else {
                    return Ok(None);
                };
                let column = identifier(&column.name);
                let begin = literal(&format!("UPDATE {name} SET {column} = "));
                let value = format!("quote_nullable((SELECT {column}::text FROM {name} WHERE {condition}))");
                let text = format!("{begin} || {value} || {}", literal(&format!(" WHERE {condition}")));
                Statement { scene: String::new(), text }
            }
        }))
    }

    /// Rows of a table as the application reads them: of its masking view, if there is one.
    fn select(&self, table: &Table, condition: &str) -> Statement {
        let name = qualified(&table.name);
        let Some(masking) = &self.model.masking else {
            return Statement::plain(&format!("SELECT FROM {name} WHERE {condition}"));
        };
        let view = qualified(&QualifiedName::new(masking.schema.as_str(), table.name.name.as_str()));
        let text = format!(
            "'SELECT FROM ' || coalesce(to_regclass({})::text, {}) || {}",
            literal(&view),
            literal(&name),
            literal(&format!(" WHERE {condition}"))
        );
        Statement { scene: String::new(), text }
    }
}

/// Which outcome a test wants.
#[derive(Clone, Copy)]
enum Wanted {
    Is(&'static str),
    IsNot(&'static str),
}

fn wanted(expected: &Expected<'_>, cell: Cell) -> Wanted {
    match (expected.of(cell), expected.how(cell)) {
        (true, _) => Wanted::Is("allowed"),
        (false, Some(denial)) => Wanted::Is(Denial::word(denial)),
        (false, None) => Wanted::IsNot("allowed"),
    }
}

/// What takes a row away that is to be made.
fn absent(table: &Table, row: &SampleRow) -> String {
    format!(
        "SET LOCAL session_replication_role = replica; DELETE FROM {} WHERE {}; SET LOCAL session_replication_role = origin",
        qualified(&table.name),
        key_condition(table, row)
    )
}
