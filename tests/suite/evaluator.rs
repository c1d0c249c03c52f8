//! The evaluator against what people wrote down: the expectations of every case and example, without a server.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Evaluator, Reason, Row, Session};
use rowgate::access::{self, Answer, Predicate, RoleReview};
use rowgate::model::{Held, Model, Operation, RoleUse, Scope, Subject};
use rowgate::scenario::{self, Cell, InMemory, Outcome, Scenarios};

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
    let words = |error: scenario::Unreadable| error.to_string();
    let memory = InMemory::new(model, scenarios, now_microseconds()).map_err(words)?;
    let mut failures = Vec::new();
    for scenario in &scenarios.scenarios {
        let stage = memory.stage(scenario).map_err(words)?;
        for tried in stage.run().map_err(words)? {
            let what = tried.cell.text(model, scenarios, scenario);
            if tried.cell == Cell::Steps && tried.holds() == Some(false) {
                failures.extend(tried.says(scenario).split("; ").map(|failure| format!("{}: {failure}", scenario.name)));
            } else if tried.holds() == Some(false) {
                failures.push(format!("{}: {what} {}", scenario.name, tried.says(scenario)));
            }
            // The reasons add up to the answer, which fields can only take away from.
            let reason = stage.why(tried.cell).map_err(words)?;
            let is_of_fields = tried.outcome.word() == "otherwise";
            let disagrees = |reason: &Reason| (reason.truth == Some(true)) != (tried.outcome == Outcome::Allowed);
            if tried.outcome != Outcome::Unknown && !is_of_fields && reason.as_ref().is_some_and(disagrees) {
                failures.push(format!(
                    "{}: {what}: {:?} because {:?}",
                    scenario.name,
                    tried.outcome,
                    reason.as_ref().map(Reason::deciding)
                ));
            }
        }
        let session = scenario::session(model, &scenario.actor, now_microseconds()).map_err(words)?;
        let written = scenario::data(model, scenarios, now_microseconds()).map_err(words)?;
        review_adds_up(model, &written, &session, &mut failures);
        changes_add_up(model, &written, &session, &mut failures);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// So many rows of a table are changed into each other.
const CHANGED: usize = 2;

/// Why rows can or cannot become each other, whole or in one field, and be made anew, is what can be done.
fn changes_add_up(model: &Model, data: &Data, session: &Session, failures: &mut Vec<String>) {
    let evaluator = Evaluator::new(model, data, session);
    for &table in model.tables.keys() {
        let columns = 0u32..u32::try_from(model.catalog.table(table).columns.len()).unwrap_or(0);
        let rows = &data.rows(table)[..data.rows(table).len().min(CHANGED)];
        for (from, to) in rows.iter().flat_map(|from| rows.iter().map(move |to| (from, to))) {
            let mut written: Vec<Row> = vec![to.clone()];
            written.extend(columns.clone().map(|column| {
                let mut one = from.clone();
                one[column as usize] = to[column as usize].clone();
                one
            }));
            for written in written {
                let changed = columns.clone().filter(|&at| from[at as usize] != written[at as usize]).collect();
                let reason = evaluator.why_change(table, from, &written, &changed);
                let is_done = evaluator.update(table, from, &written);
                if (reason.truth == Some(true)) != is_done && !evaluator.met_raw_sql() {
                    failures.push(format!("{from:?} to {written:?}: {is_done}, because {:?}", reason.deciding()));
                }
                if reason.lacks().is_empty() != (reason.truth == Some(true)) {
                    failures.push(format!("{from:?} to {written:?} lacks nothing, and is not possible"));
                }
            }
        }
        for (row, supplied) in rows.iter().flat_map(|row| [0, columns.end.saturating_sub(1)].map(|column| (row, column))) {
            let supplied: BTreeSet<u32> = (0..=supplied).collect();
            let reason = evaluator.why_create(table, row, &supplied);
            let is_done = evaluator.create(table, row, &supplied);
            if (reason.truth == Some(true)) != is_done && !evaluator.met_raw_sql() {
                failures.push(format!("{row:?} with {supplied:?}: {is_done}, because {:?}", reason.deciding()));
            }
        }
    }
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

fn now_microseconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(0)
}
