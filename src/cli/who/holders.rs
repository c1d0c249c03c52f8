//! `rowgate who --role`: everybody who holds a role, and through what. In: a role, and everybody. Out: a line for each way to hold it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::actors::{self, SessionArgument, TestFiles};
use super::super::columns;
use super::super::look::{Look, harmless};
use super::super::notes::Notes;
use super::super::output::count;
use super::super::people::{Person, everybody};
use super::super::{Error, Named, in_force, samples};
use super::{Arguments, users};
use crate::access::evaluate::{Evaluator, Row, Rows};
use crate::db;
use crate::model::{Model, RoleId, RoleUse, Scope, Subject};
use crate::objects::State;
use crate::project::Meaning;
use crate::report::Who;
use crate::scenario::{self, Holding};

/// Somebody who holds a role.
#[derive(Debug, Serialize)]
pub(super) struct Holder {
    #[serde(flatten)]
    who: Who,
    /// The role that is held, which may be one that includes what was asked for.
    #[serde(flatten)]
    held: Holding,
}

/// Everybody who does.
#[derive(Debug, Default)]
pub(super) struct Holders {
    pub(super) holders: Vec<Holder>,
    /// What some session was asked for and does not say.
    pub(super) unsaid: BTreeSet<String>,
}

/// A role by its name: one of the project, or `Authenticated` or `Anyone`, which nobody configures and rules are for as for any other.
pub(super) fn role(model: &Model, name: &str) -> Result<Subject, Error> {
    let of_project = (0u32..).take(model.roles.len()).map(|index| Subject::Role(RoleId(index)));
    let known: Vec<Subject> = of_project.chain([Subject::Authenticated, Subject::Anyone]).collect();
    let found = known.iter().find(|subject| model.subject_name(**subject).eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| Error::unknown(Named::Role, name, known.iter().map(|subject| model.subject_name(*subject))))
}

/// Who holds a role by the rows of the test files.
pub(super) fn holders_in_samples(
    model: &Model,
    files: &TestFiles,
    role: Subject,
    said: &SessionArgument,
    now: i64,
) -> Result<Holders, Error> {
    if files.read.is_empty() {
        return Err(Error::NoRows { unread: files.unread.clone() });
    }
    let mut held = Holders::default();
    for file in &files.read {
        let data = actors::data(model, file, now)?;
        let people = everybody(model, file, said, now)?;
        let written = |table, row: &Row| samples::source(&data, &file.1, table, row).cloned();
        held.add(model, role, &data, &people, &written);
    }
    Ok(held)
}

/// The same by those of a database.
pub(super) fn holders_in_database(
    (meaning, state): (&Meaning, &State),
    role: Subject,
    arguments: &Arguments,
    url: &str,
    notes: &mut Notes,
) -> Result<Holders, Error> {
    let (model, mut held) = (&meaning.model, Holders::default());
    let mut client = db::connect(url)?;
    let rows = db::look(&mut client, model)?;
    let people = users(model, &rows, arguments, notes)?;
    held.add(model, role, &rows, &people, &|table, row| Some(rows.written(table, row)));
    rows.finish()?;
    notes.otherwise(in_force::otherwise(&mut client, meaning, state));
    Ok(held)
}

impl Holders {
    /// Who holds a role, by itself or because they hold one that includes it. `written` is a row of a membership as it is written.
    fn add(&mut self, model: &Model, role: Subject, rows: &dyn Rows, people: &[Person], written: &scenario::RowWritten<'_>) {
        for Person { who, session } in people {
            let evaluator = Evaluator::new(model, rows, session);
            // Only what this role asks for is missed.
            let is_held = evaluator.holds(&RoleUse { subject: role, scope: anywhere(model, role) }, &Row::new());
            self.unsaid.extend(evaluator.unsaid());
            let held: Vec<Holding> = match role {
                Subject::Role(role) => {
                    let wanted = model.holders(role);
                    let all = scenario::held(model, &evaluator, written).into_iter();
                    all.filter(|(role, _)| wanted.contains(role)).map(|(_, held)| held).collect()
                }
                // Nothing makes somebody hold it but their session.
                Subject::Authenticated | Subject::Anyone => {
                    is_held.then(|| Holding { role: model.subject_name(role).to_owned(), within: None }).into_iter().collect()
                }
            };
            let mut known = BTreeSet::new();
            let held = held.into_iter().filter(|held| known.insert(held.clone()));
            self.holders.extend(held.map(|held| Holder { who: who.clone(), held }));
        }
    }
}

/// Wherever it is held.
fn anywhere(model: &Model, role: Subject) -> Scope {
    match role {
        Subject::Role(id) if model.scope_of(id).is_some() => Scope::Anywhere,
        _ => Scope::Unscoped,
    }
}

pub(super) fn text_of_holders(role: &str, held: &[Holder], look: Look) -> String {
    let people: BTreeSet<&str> = held.iter().map(|holder| holder.who.who.as_str()).collect();
    let mut text = format!("{role}: {}\n", count(people.len(), "holder"));
    let mut last = "";
    let mut lines = Vec::new();
    for holder in held {
        let who = if holder.who.who == last { String::new() } else { harmless(&holder.who.to_string()) };
        last = &holder.who.who;
        lines.push(vec![who.into(), holder.held.to_string().into()]);
    }
    columns::lines(&lines, look.within(2)).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    text
}
