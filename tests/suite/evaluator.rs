//! The evaluator against what people wrote down: the expectations of every case and example, without a server.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Evaluator, Session, Without};
use rowgate::access::{self, Answer, Predicate, RoleReview};
use rowgate::model::{Held, Model, Operation, RoleUse, Scope, Subject};
use rowgate::scenario::{self, After, Attempt, Scenarios};

use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    let folders = ["tests/cases", "policies"].iter().flat_map(|folder| folders(&root().join(folder)));
    let trials = folders.map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trial(format!("evaluator::{name}"), move || {
            // Cases that are about errors have nothing to evaluate.
            let Ok(compiled) = project::compile(&folder) else { return Ok(()) };
            let Some(meaning) = &compiled.meaning else { return Ok(()) };
            compiled.scenarios().0.iter().try_for_each(|(_, scenarios)| expectations(&meaning.model, scenarios))
        })
    });
    trials.collect()
}

/// What raw SQL decides is left out: only a server knows it.
pub fn expectations(model: &Model, scenarios: &Scenarios) -> Result<(), String> {
    let now = now_microseconds();
    let written = scenario::data(model, scenarios, now).map_err(|error| error.to_string())?;
    let mut failures = Vec::new();
    for scenario in &scenarios.scenarios {
        let after = After::new(model, scenarios, scenario, written.clone(), now).map_err(|error| error.to_string())?;
        failures.extend(after.failures.iter().map(|failure| format!("{}: {failure}", scenario.name)));
        let data = &after.data;
        for (call, expected) in &scenario.calls {
            let possible = scenario::is_possible(model, data, &scenario.actor, call, now).map_err(|error| error.to_string())?;
            if possible != *expected {
                failures.push(format!("{}: do {}: {possible}", scenario.name, call.text(model)));
            }
        }
        let session = scenario::session(model, &scenario.actor, now).map_err(|error| error.to_string())?;
        for &table in &scenario.tables {
            for (position, row) in data.rows(table).iter().enumerate() {
                for operation in Operation::ALL {
                    let mut supplied = after.supplied[&table][position].clone();
                    supplied.retain(|column| !model.presets(table, Operation::Create).contains_key(column));
                    // What is to be made is not there yet, and perhaps it is what a role comes from.
                    let without = Without::new(data, row);
                    let evaluator = Evaluator::new(model, data, &session);
                    let without = Evaluator::new(model, &without, &session);
                    let allowed = match operation {
                        Operation::Read => evaluator.read(table, row),
                        Operation::Create => without.create(table, row, &supplied),
                        Operation::Update => evaluator.update(table, row, row),
                        Operation::Delete => evaluator.delete(table, row),
                    };
                    // The reasons add up to the answer.
                    if operation != Operation::Create {
                        let why = evaluator.why(table, operation, row);
                        if (why.truth == Some(true)) != evaluator.reaches(table, operation, row) {
                            failures.push(format!("{}: {why:?}", scenario.name));
                        }
                    }
                    let listed = scenario.reached.get(&(table, operation)).is_some_and(|rows| rows.contains(&position));
                    if allowed != listed && !evaluator.met_raw_sql() && !without.met_raw_sql() {
                        let word = operation.word();
                        failures.push(format!("{}: {word} {row:?}: {allowed}", scenario.name));
                    }
                }
            }
        }
        for (attempt, expected) in &scenario.attempts {
            let read = |row| scenario::read_row(model, attempt.table(), row, now).map_err(|error| error.to_string());
            let evaluator = Evaluator::new(model, data, &session);
            let allowed = match attempt {
                Attempt::Create(table, row) => evaluator.create(*table, &read(row)?, &supplied(model, *table, row)),
                Attempt::See(table, position, fields) => {
                    let seen: Vec<u32> = evaluator.read_fields(*table, &data.rows(*table)[*position]).into_iter().collect();
                    // An empty field tells nothing, so it need not be listed.
                    let row = &data.rows(*table)[*position];
                    let told = |list: &[u32]| list.iter().copied().filter(|&c| !row[c as usize].is_null()).collect::<Vec<_>>();
                    told(&seen) == told(fields)
                }
                Attempt::Update(table, position, set) => {
                    let before = &data.rows(*table)[*position];
                    let changed = scenario::read_change(model, *table, before, set, now).map_err(|error| error.to_string())?;
                    evaluator.update(*table, before, &changed)
                }
            };
            if allowed != *expected && !evaluator.met_raw_sql() {
                failures.push(format!("{}: {attempt:?}: {allowed}", scenario.name));
            }
        }
    }
    for scenario in &scenarios.scenarios {
        let session = scenario::session(model, &scenario.actor, now).map_err(|error| error.to_string())?;
        review_adds_up(model, &written, &session, &mut failures);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// What the roles of a session may do by the review, each alone, is what the session may do: of fields, all that it can read; of changes, nothing
/// that it cannot do, and all that needs no second role.
fn review_adds_up(model: &Model, data: &Data, session: &Session, failures: &mut Vec<String>) {
    let evaluator = Evaluator::new(model, data, session);
    let review = access::review(model);
    for (&table, roles) in &review.tables {
        let mut clauses = model.boundaries.iter().filter_map(|boundary| boundary.tables.get(&table)).flatten();
        let excepts = clauses.any(|clause| !clause.except.is_empty());
        for (row, operation) in data.rows(table).iter().flat_map(|row| Operation::ALL.map(|operation| (row, operation))) {
            let held = |subject: Subject| match subject {
                Subject::Anyone => session.identity == Datum::Null,
                Subject::Authenticated => evaluator.holds(&RoleUse { subject, scope: Scope::Unscoped }, row),
                // By itself, that is: what a role of the database includes is held without being signed in.
                Subject::Role(id) => {
                    let role = match &model.role(id).held {
                        Held::DatabaseRole(name) => name,
                        _ => &model.identity.signed_in_role,
                    };
                    session.database_role == *role && evaluator.holds(&RoleUse { subject, scope: Scope::Anywhere }, row)
                }
            };
            let is_true = |answer: &Answer| {
                let met = |predicate: &Predicate| {
                    evaluator.condition_for(operation, &predicate.to_condition(), table, row) == Some(true)
                };
                answer.ways.iter().any(|way| met(&way.before))
            };
            let held: Vec<&RoleReview> = roles.iter().filter(|role| held(role.subject)).collect();
            let named = held.iter().filter(|role| matches!(role.subject, Subject::Role(_))).count();
            let answers: Vec<&Answer> =
                held.iter().flat_map(|role| &role.operations[&operation]).filter(|answer| is_true(answer)).collect();
            let fields: BTreeSet<u32> = answers.iter().flat_map(|answer| answer.columns.iter().copied()).collect();
            let (agrees, needs_all) = match operation {
                Operation::Read => {
                    let seen = evaluator.read_fields(table, row);
                    (fields.is_subset(&seen), fields == seen || excepts)
                }
                Operation::Create => (fields.iter().all(|&field| evaluator.create(table, row, &[field].into())), true),
                _ => {
                    let reached = evaluator.reaches(table, operation, row);
                    (answers.is_empty() || reached, !reached || !answers.is_empty() || named > 1)
                }
            };
            if !(evaluator.met_raw_sql() || agrees && needs_all) {
                let (name, word) = (&model.catalog.table(table).name, operation.word());
                failures.push(format!("review of {word} {name} {row:?} for {session:?}: {fields:?}, {answers:?}"));
            }
        }
    }
}

fn supplied(model: &Model, table: rowgate::catalog::TableId, row: &scenario::SampleRow) -> BTreeSet<u32> {
    row.keys().filter_map(|name| model.catalog.table(table).column_named(name)).collect()
}

fn now_microseconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(0)
}
