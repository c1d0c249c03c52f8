//! What is in force in a database, beside the rules of the folder. In: a project and a connection, of somebody who need not be who deploys. Out: what was applied last, by which rules, and
//! what is otherwise since; in short, whether the database decides as the rules of the folder say.

use std::collections::BTreeSet;

use super::Error;
use super::compared;
use super::output::{count, count_that};
use crate::db::{self, Applied, Client, RecordError, Standing};
use crate::model::Model;
use crate::objects::{Object, State, quote};
use crate::plan;
use crate::project::{Compiled, Meaning};
use crate::verify::Difference;

/// What was applied, and what is otherwise now.
pub(super) struct InForce {
    pub(super) applied: Box<Applied>,
    /// Without logins, and without who came to inspect and is no part of any answer.
    pub(super) differences: Vec<Difference>,
}

/// What was applied last to a database, read as whoever connects or, where they may not, as the role of inspection that they may act as.
pub(super) fn applied(client: &mut Client, model: &Model, desired: &State) -> Result<Box<Applied>, Error> {
    let Some(record) = desired.record() else { return Err(Error::NoTexts) };
    let tables: BTreeSet<String> = desired.objects.iter().filter_map(Object::table).collect();
    let tables = Vec::from_iter(tables);
    match as_reader(client, model, |client, role| db::read_record_as(client, role, record, &tables))? {
        Standing::Recorded(applied) => Ok(applied),
        Standing::Nothing | Standing::Unrecorded => Err(Error::NothingApplied(record.schema.clone())),
    }
}

/// The rules that were applied, by the texts that the record has of them; `None` where these are not known to be those.
pub(super) fn rules_of(applied: &Applied) -> Option<(Compiled, State)> {
    let compiled = compared::as_it_was(&applied.sources)?;
    let state = compiled.state().filter(|state| state.digest() == applied.digest)?;
    Some((compiled, state))
}

fn as_reader<T>(
    client: &mut Client,
    model: &Model,
    read: impl Fn(&mut Client, Option<&str>) -> Result<T, RecordError>,
) -> Result<T, Error> {
    match (read(client, None), model.inspection_role.as_deref()) {
        (Err(error), Some(role)) => Ok(read(client, Some(role)).map_err(|_| error)?),
        (found, _) => Ok(found?),
    }
}

impl InForce {
    pub(super) fn read(client: &mut Client, model: &Model, desired: &State) -> Result<InForce, Error> {
        let applied = applied(client, model, desired)?;
        let Some(record) = desired.record() else { return Err(Error::NoTexts) };
        let mut differences = as_reader(client, model, |client, role| db::read_differences_as(client, role, record))?;
        differences.retain(|one| !one.is_expected());
        leave_out_readers(client, model, &mut differences);
        Ok(InForce { applied, differences })
    }

    /// How much of the rules of the folder is not applied.
    pub(super) fn changes<'a>(&'a self, desired: &'a State) -> Vec<plan::Change<'a>> {
        plan::changes(&self.applied.state, desired)
    }
}

/// Who may act as the role of inspection and is nobody whom a session of the application can be, reads and decides nothing.
fn leave_out_readers(client: &mut Client, model: &Model, differences: &mut Vec<Difference>) {
    let Some(role) = model.inspection_role.as_deref().map(quote::identifier) else { return };
    let reader = |one: &Difference| one.new_member().filter(|(_, of)| *of == role).map(|(member, _)| member.to_owned());
    let readers: Vec<String> = differences.iter().filter_map(reader).collect();
    if readers.is_empty() {
        return;
    }
    let names: Vec<&str> = readers.iter().map(String::as_str).collect();
    // Where that is not known, all of them are told.
    let Ok(acted_as) = db::acted_as(client, &model.application_roles(), &names) else { return };
    differences.retain(|one| reader(one).is_none_or(|member| acted_as.contains(&member)));
}

/// That a database decides otherwise than the rules of the folder say, or may; `None` where what was applied are these, and nothing is otherwise since.
pub(super) fn otherwise(client: &mut Client, meaning: &Meaning, desired: &State) -> Option<String> {
    let found = match InForce::read(client, &meaning.model, desired) {
        Ok(found) => found,
        Err(Error::NothingApplied(schema)) => {
            return Some(format!(
                "the database has no record of these rules in the schema {schema}: what decides there is not known"
            ));
        }
        Err(error) => return Some(format!("what decides in the database is not known: {error}")),
    };
    let changes = found.changes(desired).len();
    let others = (changes > 0).then(|| format!("{} not applied", count_that(changes, "change of the rules", "is", "are")));
    let differences = found.differences.len();
    let since = (differences > 0).then(|| format!("{} from what was applied", count(differences, "difference")));
    let all: Vec<String> = others.into_iter().chain(since).collect();
    (!all.is_empty()).then(|| format!("the database decides otherwise than the rules of the folder: {}", all.join(", and ")))
}

/// What undoes a difference for which no single statement is known.
pub(super) fn advice(applied: &State, difference: &Difference) -> &'static str {
    if plan::is_of_the_rules(applied, difference) { MADE_AGAIN } else { NOT_OF_THE_RULES }
}

/// In something that the rules make.
pub(super) const MADE_AGAIN: &str = "`rowgate apply --repair` makes it again";

/// In something that others made.
pub(super) const NOT_OF_THE_RULES: &str = "it is not of the rules: whoever made it can put it back, and `rowgate apply --repair` takes it as it is, if the last step allows it";

/// What to do where a database decides otherwise.
pub(super) const OTHERWISE: &str =
    "`rowgate verify` lists what is otherwise, and `rowgate why` asks the database itself about one of them";
