//! `rowgate who --role`: everybody who holds a role, and through what. In: a role, and everybody. Out: a line for each way to hold it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::actors::{self, SessionArgument, TestFiles};
use super::super::columns;
use super::super::look::Look;
use super::super::output::{Output, count};
use super::super::people::{Person, everybody};
use super::super::{Error, Named, samples};
use super::{Arguments, users};
use crate::access::evaluate::{Evaluator, Row, Rows};
use crate::db;
use crate::model::{Model, RoleId};
use crate::scenario::{self, Holding};

/// Somebody who holds a role.
#[derive(Debug, Serialize)]
pub(super) struct Holder {
    who: String,
    /// The role that is held, which may be one that includes what was asked for.
    #[serde(flatten)]
    held: Holding,
}

/// A role of the project by its name.
pub(super) fn role(model: &Model, name: &str) -> Result<RoleId, Error> {
    let found = model.roles.iter().position(|role| role.name.eq_ignore_ascii_case(name));
    let id = found.and_then(|index| u32::try_from(index).ok()).map(RoleId);
    id.ok_or_else(|| Error::unknown(Named::Role, name, model.roles.iter().map(|role| role.name.as_str())))
}

/// Who holds a role by the rows of the test files.
pub(super) fn holders_in_samples(
    model: &Model,
    files: &TestFiles,
    role: RoleId,
    said: &SessionArgument,
    now: i64,
) -> Result<Vec<Holder>, Error> {
    if files.read.is_empty() {
        return Err(Error::NoRows { unread: files.unread.clone() });
    }
    let mut held = Vec::new();
    for file in &files.read {
        let data = actors::data(model, file, now)?;
        let people = everybody(model, file, said, now)?;
        let written = |table, row: &Row| samples::source(&data, &file.1, table, row).cloned();
        held.extend(holders(model, role, &data, &people, &written));
    }
    Ok(held)
}

/// The same by those of a database.
pub(super) fn holders_in_database(
    model: &Model,
    role: RoleId,
    arguments: &Arguments,
    url: &str,
    output: &Output,
) -> Result<Vec<Holder>, Error> {
    let mut client = db::connect(url)?;
    let rows = db::look(&mut client, model)?;
    let people = users(model, &rows, arguments, output)?;
    let held = holders(model, role, &rows, &people, &|table, row| Some(rows.written(table, row)));
    rows.finish()?;
    Ok(held)
}

/// Who holds a role, by itself or because they hold one that includes it. `written` is a row of a membership as it is written.
fn holders(model: &Model, role: RoleId, rows: &dyn Rows, people: &[Person], written: &scenario::RowWritten<'_>) -> Vec<Holder> {
    let wanted = model.holders(role);
    let mut found = Vec::new();
    for Person { name, session } in people {
        let evaluator = Evaluator::new(model, rows, session);
        let mut known = BTreeSet::new();
        for (role, held) in scenario::held(model, &evaluator, written) {
            if wanted.contains(&role) && known.insert(held.clone()) {
                found.push(Holder { who: name.clone(), held });
            }
        }
    }
    found
}

pub(super) fn text_of_holders(role: &str, held: &[Holder], look: Look) -> String {
    let people: BTreeSet<&str> = held.iter().map(|holder| holder.who.as_str()).collect();
    let mut text = format!("{role}: {}\n", count(people.len(), "holder"));
    let mut last = "";
    let mut lines = Vec::new();
    for holder in held {
        let who = if holder.who == last { String::new() } else { holder.who.clone() };
        last = &holder.who;
        lines.push(vec![who.into(), holder.held.to_string().into()]);
    }
    columns::lines(&lines, look.within(2)).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    text
}
