//! Why a database decides otherwise than the rules: what other commands find in it. In: a project and a connection. Out: causes, those that name the table or the
//! role first, each with what mends it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Error;
use super::output::count;
use crate::db::{self, Client, Standing};
use crate::doctor::{self, Severity};
use crate::objects::{Object, State};
use crate::plan;
use crate::project::Meaning;
use crate::sql;

/// Something in a database that the rules do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    /// What it is.
    pub(super) says: String,
    /// What that means for people.
    pub(super) means: String,
    /// The statement that mends it, or what to do.
    pub(super) mends: Option<String>,
}

/// `about` are names, those that say most first. What is otherwise than it was applied, what the last step finds, and whether other rules are in force than those of the folder. What may not be read, is left out.
pub(super) fn of_database(client: &mut Client, meaning: &Meaning, desired: &State, about: &[&str]) -> Vec<Cause> {
    let (mut found, others) = recorded(client, desired).unwrap_or_else(|error| (vec![unread(&error)], None));
    let query = sql::findings_by_a_session(&meaning.model, &meaning.encoding, &desired.objects);
    let last_step = db::ask_last_step(client, &query).unwrap_or_default();
    let is_new = |one: &db::Found| one.closes.is_none() || !found.iter().any(|known| known.mends == one.closes);
    let more: Vec<Cause> = last_step
        .into_iter()
        .filter(|one| one.fails && is_new(one))
        .map(|one| Cause {
            says: format!("{}: {}", one.what, one.lets),
            means: sql::about_finding(one.number as usize).1.to_owned(),
            mends: one.closes,
        })
        .collect();
    found.extend(more);
    found.sort_by_key(|cause| about.iter().position(|name| is_named(&cause.says, name)).unwrap_or(about.len()));
    others.into_iter().chain(found).collect()
}

/// Whether a sentence has a name as a word, with a schema before it or not.
fn is_named(says: &str, name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or(name);
    says.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

fn unread(error: &Error) -> Cause {
    let says = format!("what was applied to this database is not known: {error}");
    Cause { says, means: "other rules than those of the folder may be in force".to_owned(), mends: error.help() }
}

/// What is otherwise than it was applied; and whether other rules than these were.
fn recorded(client: &mut Client, desired: &State) -> Result<(Vec<Cause>, Option<Cause>), Error> {
    let Some(record) = desired.record() else { return Ok((Vec::new(), None)) };
    let tables: BTreeSet<String> = desired.objects.iter().filter_map(Object::table).collect();
    db::trust_record(client, record, &Vec::from_iter(tables))?;
    let applied = match db::read_record(client, record)? {
        Standing::Recorded(applied) => applied,
        Standing::Nothing | Standing::Unrecorded => return Err(Error::NothingApplied(record.schema.clone())),
    };
    let differences = db::read_differences(client, record)?;
    let drifted = differences.iter().filter(|one| !one.is_expected()).map(|difference| {
        let finding = difference.explain();
        Cause { says: finding.says, means: finding.means, mends: finding.undo }
    });
    let changes = plan::changes(&applied.state, desired).len();
    let others = (changes > 0).then(|| Cause {
        says: format!("other rules are in force than those of the folder: {} not applied", is_are(changes)),
        means: "the database decides by the rules that were applied last".to_owned(),
        mends: Some("`rowgate plan` lists the changes, and `rowgate apply` makes them".to_owned()),
    });
    Ok((drifted.collect(), others))
}

fn is_are(changes: usize) -> String {
    format!("{} {}", count(changes, "change"), if changes == 1 { "is" } else { "are" })
}

/// What is wrong with the login that the application uses. Who asks becomes it for that long.
pub(super) fn of_login(client: &mut Client, meaning: &Meaning, login: &str) -> Result<Vec<Cause>, Error> {
    let tables: Vec<_> = meaning.encoding.tables.keys().copied().collect();
    let asked = db::Asked { model: &meaning.model, tables: &tables, last_step: "" };
    let facts = db::look_at_login(client, login, &asked).map_err(Error::Database)?;
    let found = doctor::examine(&meaning.model, &facts, &BTreeSet::new(), sql::about_finding);
    let is_about = |finding: &doctor::Finding| finding.id.starts_with("login-") || finding.severity == Severity::Failure;
    let cause = |finding: doctor::Finding| Cause { says: finding.says, means: finding.means, mends: finding.mends };
    Ok(found.into_iter().filter(is_about).map(cause).collect())
}
