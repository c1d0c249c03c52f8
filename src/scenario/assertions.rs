//! What the rows of test files show of a project's assertions. In: the model and all test files. Out: an error for each assertion that does not hold for
//! somebody whom a file names, a warning for each that could be tried on nobody. That nothing is found proves nothing about other rows.

use std::collections::BTreeSet;

use super::{Actor, Scenarios, data, row_text, session};
use crate::access::evaluate::{Data, Evaluator, Session};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Assertion, Model, RoleId, RoleUse, Subject};

/// Tries all assertions on all files.
pub fn try_assertions(model: &Model, files: &[(String, Scenarios)], now: i64) -> Vec<Diagnostic> {
    if model.assertions.is_empty() {
        return Vec::new();
    }
    let samples: Vec<Sample<'_>> = files.iter().map(|(_, scenarios)| Sample::new(model, scenarios, now)).collect();
    model.assertions.iter().flat_map(|assertion| try_assertion(model, assertion, &samples)).collect()
}

fn try_assertion(model: &Model, assertion: &Assertion, samples: &[Sample<'_>]) -> Vec<Diagnostic> {
    let included = included(model, assertion.role.subject);
    let trials: Vec<Trial<'_>> = samples.iter().map(|sample| sample.try_assertion(model, assertion, &included)).collect();
    let violated = std::iter::zip(samples, &trials).filter_map(|(sample, trial)| match *trial {
        Trial::Violated { who, row } => Some(violated(model, assertion, sample, who, row)),
        Trial::Held | Trial::Untried => None,
    });
    let found: Vec<Diagnostic> = violated.collect();
    if trials.iter().all(|trial| matches!(trial, Trial::Untried)) {
        let obstacle = samples.iter().map(|sample| sample.obstacle(model, assertion)).max();
        return vec![untried(model, assertion, obstacle.unwrap_or(Obstacle::NoFile))];
    }
    found
}

/// A test file as the evaluator takes it.
struct Sample<'a> {
    scenarios: &'a Scenarios,
    /// `None` when a value cannot be read without a server.
    data: Option<Data>,
    /// Everybody whom it names, once, and where.
    sessions: Vec<(String, Session)>,
}

/// What came of an assertion in one file.
enum Trial<'a> {
    Violated {
        who: &'a str,
        row: usize,
    },
    Held,
    /// There is nobody and no record that it is about.
    Untried,
}

/// Why an assertion could not be tried; the later ones come closer to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    NoFile,
    Unreadable,
    NoRow,
    NoHolder,
    NoRecord,
    RawSql,
}

impl<'a> Sample<'a> {
    fn new(model: &Model, scenarios: &'a Scenarios, now: i64) -> Sample<'a> {
        let of_scenarios =
            scenarios.scenarios.iter().map(|scenario| (format!("in the scenario \"{}\"", scenario.name), scenario.actor.clone()));
        let of_users =
            scenarios.users.iter().map(|(name, identity)| (format!("as the user {name}"), Actor::signed_in(identity.clone())));
        let mut known = BTreeSet::new();
        let mut sessions = Vec::new();
        for (place, actor) in of_scenarios.chain(of_users) {
            let Ok(session) = session(model, &actor, now) else { continue };
            if known.insert(format!("{} {:?} {} {:?}", session.database_role, session.identity, session.claims, session.settings))
            {
                sessions.push((place, session));
            }
        }
        Sample { scenarios, data: data(model, scenarios, now).ok(), sessions }
    }

    fn try_assertion(&self, model: &Model, assertion: &Assertion, included: &[RoleId]) -> Trial<'_> {
        let Some(data) = &self.data else { return Trial::Untried };
        let counts = |role: &RoleUse| match role.subject {
            Subject::Anyone => true,
            Subject::Authenticated => assertion.role.subject != Subject::Anyone,
            Subject::Role(id) => included.contains(&id),
        };
        let mut outcome = Trial::Untried;
        for (who, session) in &self.sessions {
            let evaluator = Evaluator::new(model, data, session);
            for (position, row) in data.rows(assertion.table).iter().enumerate() {
                let condition = assertion.condition.as_ref();
                let is_meant =
                    condition.is_none_or(|condition| evaluator.condition(condition, assertion.table, row) == Some(true));
                if !is_meant || !evaluator.holds(&assertion.role, row) {
                    continue;
                }
                if evaluator.reaches_as(assertion.table, assertion.operation, &counts, row) {
                    return Trial::Violated { who, row: position };
                }
                outcome = Trial::Held;
            }
        }
        outcome
    }

    /// Why nothing could be tried here.
    fn obstacle(&self, model: &Model, assertion: &Assertion) -> Obstacle {
        let Some(data) = &self.data else { return Obstacle::Unreadable };
        let rows = data.rows(assertion.table);
        if rows.is_empty() {
            return Obstacle::NoRow;
        }
        let of_session = |(_, session): &(String, Session)| {
            let evaluator = Evaluator::new(model, data, session);
            if !rows.iter().any(|row| evaluator.holds(&assertion.role, row)) {
                return Obstacle::NoHolder;
            }
            rows.iter().zip(&assertion.condition).for_each(|(row, condition)| {
                evaluator.condition(condition, assertion.table, row);
            });
            if evaluator.met_raw_sql() { Obstacle::RawSql } else { Obstacle::NoRecord }
        };
        self.sessions.iter().map(of_session).max().unwrap_or(Obstacle::NoHolder)
    }
}

fn violated(model: &Model, assertion: &Assertion, sample: &Sample<'_>, who: &str, row: usize) -> Diagnostic {
    let rows = sample.scenarios.rows.get(&assertion.table);
    let shown = rows.and_then(|rows| rows.get(row)).map(row_text).unwrap_or_default();
    let (word, table) = (assertion.operation.word(), &model.catalog.table(assertion.table).name);
    let title = format!("the sample rows show that this is possible: {word} `{table}` {shown}");
    Diagnostic::new(Code::Violated, assertion.span, title)
        .with_note(who)
        .with_help("narrow the rules of this role, or correct the assertion")
}

fn untried(model: &Model, assertion: &Assertion, obstacle: Obstacle) -> Diagnostic {
    let (table, role) = (&model.catalog.table(assertion.table).name, model.subject_name(assertion.role.subject));
    let row = format!("write one under `rows` of a *.test.yaml file: `{table}: [{{ … }}]`");
    let (why, help) = match obstacle {
        Obstacle::NoFile => (
            "there is no test file".to_owned(),
            format!("write a *.test.yaml file with `rows` of `{table}`, and somebody under `users` who is {role}"),
        ),
        Obstacle::Unreadable => (
            "a value in the test files can only be read by a server".to_owned(),
            "write a value that is plain, or a scenario that tries the same: `cannot`".to_owned(),
        ),
        Obstacle::NoRow => (format!("no test file has a row of `{table}`"), row),
        Obstacle::NoHolder => (
            format!("no test file names anybody who is {role} for a row of `{table}`"),
            format!("name somebody under `users`, with the rows that make them {role}; or a scenario's `as`"),
        ),
        Obstacle::NoRecord => (format!("its condition holds for no row of `{table}` and anybody who is {role}"), row),
        Obstacle::RawSql => (
            "its condition has raw SQL, which only a server knows".to_owned(),
            "compare columns, or try the same by a scenario, which a server is asked: `cannot`".to_owned(),
        ),
    };
    Diagnostic::new(Code::Untried, assertion.span, format!("this has been tried on nobody: {why}"))
        .with_note(
            "`never` changes nothing in the database: it says what is to be tried on the rows and actors of the test files",
        )
        .with_help(help)
}

/// A role and all that it includes.
fn included(model: &Model, subject: Subject) -> Vec<RoleId> {
    let Subject::Role(role) = subject else { return Vec::new() };
    let (mut found, mut next) = (vec![role], 0);
    while let Some(&current) = found.get(next) {
        next += 1;
        for &other in &model.role(current).includes {
            if !found.contains(&other) {
                found.push(other);
            }
        }
    }
    found
}
