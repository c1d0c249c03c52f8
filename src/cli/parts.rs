//! What a deployment goes through: one transaction, or several where the server has no room for its locks. In: a deployment, and what it gives and takes. Out: states.

use super::Error;
use super::compared::Compared;
use super::deployment::Deployment;
use super::names::CONFIG;
use crate::access::Direction;
use crate::config::Provider;
use crate::db::{self, Standing};
use crate::objects::{State, quote};
use crate::plan::{self, TooLarge, Way};

/// The states that lead to what is desired, this one included. `locks`: how many one transaction would take; `is_at_once`: whether it has to be one, because policies of others
/// give way to the rules in it.
pub(super) fn of(
    deployment: &mut Deployment,
    from: &State,
    (locks, is_at_once): (usize, bool),
    compared: Option<&Compared>,
) -> Result<Vec<State>, Error> {
    let room = db::lock_room(&mut deployment.client).map_err(Error::Database)?;
    if locks <= room {
        return Ok(vec![deployment.desired.clone()]);
    }
    // What is made anew, or again, begins with something else than what was recorded.
    if is_at_once || !deployment.differences.is_empty() || matches!(deployment.standing, Standing::Unrecorded) {
        return Err(Error::TooLarge { locks, room });
    }
    let too_large = |TooLarge { locks }| Error::TooLarge { locks, room };
    let asks_as_caller = asks_as_caller(deployment);
    // Half is left to everybody else.
    plan::parts(from, &deployment.desired, |table| way(deployment, compared, asks_as_caller, table), room / 2).map_err(too_large)
}

/// The transactions that lead from one state to the next.
pub(super) fn scripts(deployment: &Deployment, title: &str, from: &State, states: &[State]) -> Vec<String> {
    let begun = deployment.desired.digest();
    // Until it is through, what it began with is what the next attempt has to know.
    let before = deployment.applied().into_iter().flat_map(|applied| &applied.sources);
    let mut between: Vec<(&str, &str)> = before.map(|(name, text)| (name.as_str(), text.as_str())).collect();
    between.push((plan::BEGUN, &begun));
    let texts = deployment.compiled.texts();
    let script = |(number, state): (usize, &State)| {
        let from = if number == 0 { from } else { &states[number - 1] };
        let is_last = number + 1 == states.len();
        let title = format!("{title}, part {} of {}", number + 1, states.len());
        let sources = if is_last { &texts } else { &between };
        let how = plan::Deployment { title: &title, sources, repairs: false };
        plan::transaction(how, from, state, &plan::changes(from, state))
    };
    states.iter().enumerate().map(script).collect()
}

/// Which way what may be done with a table changes.
fn way(deployment: &Deployment, compared: Option<&Compared>, asks_as_caller: bool, table: &str) -> Way {
    let changed = match compared {
        // Nothing was there: what is said of a table only limits what others granted.
        None if deployment.began_from_nothing() => return Way::Narrows,
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
