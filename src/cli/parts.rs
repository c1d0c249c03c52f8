//! What a deployment goes through: one transaction, or several where the server has no room for its locks. In: a deployment, and what it gives and takes. Out: scripts.

use std::collections::BTreeMap;

use super::Error;
use super::compared::Compared;
use super::deployment::Deployment;
use super::names::CONFIG;
use crate::access::Direction;
use crate::config::Provider;
use crate::db::{self, Openness};
use crate::objects::{State, quote};
use crate::plan::{self, TooLarge, Way};

/// How far tables are open before a first deployment; nothing of others, of which the rules of before say it.
pub(super) fn openness(deployment: &mut Deployment) -> Result<BTreeMap<String, Openness>, Error> {
    if !deployment.began_from_nothing() {
        return Ok(BTreeMap::new());
    }
    let Some(meaning) = &deployment.compiled.meaning else { return Ok(BTreeMap::new()) };
    let roles = meaning.model.application_roles().into_iter().map(str::to_owned).collect::<Vec<_>>();
    db::read_openness(&mut deployment.client, &roles).map_err(Error::Database)
}

/// The transactions of a deployment for whose locks there is no room in one.
pub(super) fn scripts(
    deployment: &Deployment,
    title: &str,
    from: &State,
    compared: Option<&Compared>,
    openness: &BTreeMap<String, Openness>,
    room: usize,
) -> Result<Vec<String>, Error> {
    let too_large = |TooLarge { locks }| Error::TooLarge { locks, room };
    let asks_as_caller = asks_as_caller(deployment);
    let way = |table: &str| way(deployment, compared, asks_as_caller, openness, table);
    // Half is left to everybody else.
    let states = plan::parts(from, &deployment.desired, way, room / 2).map_err(too_large)?;
    let begun = deployment.desired.digest();
    // Until it is through, what it began with is what the next attempt has to know.
    let before = deployment.applied().into_iter().flat_map(|applied| &applied.sources);
    let mut between: Vec<(&str, &str)> = before.map(|(name, text)| (name.as_str(), text.as_str())).collect();
    between.push((if deployment.began_from_nothing() { plan::BEGUN_FROM_NOTHING } else { plan::BEGUN }, &begun));
    let texts = deployment.compiled.texts();
    let script = |(number, state): (usize, &State)| {
        let from = if number == 0 { from } else { &states[number - 1] };
        let is_last = number + 1 == states.len();
        let title = format!("{title}, part {} of {}", number + 1, states.len());
        let sources = if is_last { &texts } else { &between };
        let how = plan::Deployment { title: &title, sources, repairs: false };
        plan::transaction(how, from, state, &plan::changes(from, state))
    };
    Ok(states.iter().enumerate().map(script).collect())
}

/// Which way what may be done with a table changes.
fn way(
    deployment: &Deployment,
    compared: Option<&Compared>,
    asks_as_caller: bool,
    openness: &BTreeMap<String, Openness>,
    table: &str,
) -> Way {
    let changed = match compared {
        // What was there before, others granted: all of it is limited, or nothing is, or it is not known.
        None if deployment.began_from_nothing() => {
            return match openness.get(table) {
                None => Way::Widens,
                Some(Openness::Whole) => Way::Narrows,
                Some(Openness::Partly) => Way::Both,
            };
        }
        Some(Compared::Changed(changed)) if !asks_as_caller => changed,
        _ => return Way::Both,
    };
    let Some(meaning) = &deployment.compiled.meaning else { return Way::Both };
    let of_table = changed.iter().filter(|one| quote::qualified(&meaning.model.catalog.table(one.table).name) == table);
    let directions: Vec<Direction> = of_table.map(|one| one.direction).collect();
    if directions.iter().all(|direction| *direction == Direction::Narrower) {
        Way::Narrows
    } else if directions.iter().all(|direction| *direction == Direction::Wider) {
        Way::Widens
    } else {
        Way::Both
    }
}

/// Whether what is asked of one table may depend on the rules of another: where something reads as whoever asks.
fn asks_as_caller(deployment: &Deployment) -> bool {
    let config = &deployment.compiled.config;
    if config.identity.provider == Provider::Function || !config.accepted.policies.0.is_empty() {
        return true;
    }
    let now = deployment.compiled.texts();
    let before = deployment.applied().into_iter().flat_map(|applied| &applied.sources);
    let mut texts = now.into_iter().chain(before.map(|(name, text)| (name.as_str(), text.as_str())));
    texts.any(|(name, text)| name != CONFIG && has_raw_sql(text))
}

/// Also true of `sql "…"` in a comment.
fn has_raw_sql(text: &str) -> bool {
    let is_word = |at: usize| !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_');
    text.match_indices("sql").any(|(at, word)| is_word(at) && text[at + word.len()..].trim_start().starts_with('"'))
}

#[cfg(test)]
mod tests {
    use super::has_raw_sql;

    #[test]
    fn raw_sql_is_found_however_it_is_spaced() {
        assert!(has_raw_sql("where sql\n  \"a = 1\""));
        assert!(!has_raw_sql("where Title is \"mysql\" and `sql` is \"x\""));
    }
}
