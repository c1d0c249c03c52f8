//! What a deployment goes through: one transaction, or several where the server has no room for its locks. In: a deployment, and which way each table changes. Out: scripts.

use super::Error;
use super::deployment::Deployment;
use super::effects::Effects;
use super::names::CONFIG;
use crate::config::Provider;
use crate::objects::{Object, State};
use crate::plan::{self, TooLarge, Way};

/// The transactions of a deployment for whose locks there is no room in one.
pub(super) fn scripts(
    deployment: &Deployment,
    title: &str,
    (from, open): (&State, &[Object]),
    effects: &Effects<'_>,
    room: usize,
) -> Result<Vec<String>, Error> {
    let too_large = |TooLarge { locks }| Error::TooLarge { locks, room };
    let is_by_itself = deployment.began_from_nothing() || !asks_as_caller(deployment);
    let way = |table: &str| if is_by_itself { effects.way(table) } else { Way::Both };
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
        // What serves nothing any more is closed at the end.
        let open = if is_last { open } else { &[] };
        plan::transaction(how, from, state, &plan::closing(open, plan::changes(from, state)))
    };
    Ok(states.iter().enumerate().map(script).collect())
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
