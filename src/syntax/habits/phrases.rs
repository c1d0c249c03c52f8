//! Phrases of plain English that are nearly one of the language: `is the same as`, `is on or after`, `is like "A%"`, `5kg`. In: a place that does not parse.
//! Out: what is meant.

use super::tokens::{Kind, stand_at, tokens};
use super::{Advice, Place, ends_with_word};

/// Words that say what an operator says.
const PHRASES: [(&[&str], &str); 9] = [
    (&["is", "the", "same", "as"], "is"),
    (&["is", "same", "as"], "is"),
    (&["is", "not", "the", "same", "as"], "is not"),
    (&["is", "on", "date"], "is date"),
    (&["is", "at", "date"], "is date"),
    (&["is", "on", "or", "after"], "is not before"),
    (&["is", "on", "or", "before"], "is not after"),
    (&["is", "after", "or", "on"], "is not before"),
    (&["is", "before", "or", "on"], "is not after"),
];

/// One of these around the place.
pub(super) fn known(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let near = tokens.iter().enumerate().filter(|(_, token)| token.range.start <= place.position);
    let mut found = near.filter_map(|(index, token)| {
        let (words, meant) = PHRASES.iter().find(|(words, _)| stand_at(&tokens, index, words))?;
        let end = tokens[index + words.len() - 1].range.end;
        // A day begins with a word of its own.
        let next = tokens.get(index + words.len() + 1).map_or(place.text.len(), |token| token.range.start);
        (next >= place.position).then_some((token.range.start..end, *meant))
    });
    let (range, meant) = found.next_back()?;
    place.edit(range, meant)
}

/// `is like "A%"`: what stands between the signs for anything.
pub(super) fn pattern(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position && token.kind == Kind::Text)?;
    let like = at.checked_sub(1).filter(|&like| tokens[like].is_any(&["like", "ilike"]))?;
    let negated = like.checked_sub(1).is_some_and(|not| tokens[not].is("not"));
    let first = if negated { like - 1 } else { like };
    let first = first.checked_sub(1).filter(|&is| tokens[is].is_any(&["is", "does"])).unwrap_or(first);
    let pattern = tokens[at].text.trim_matches('"');
    let part = pattern.trim_start_matches('%').trim_end_matches('%');
    if part.is_empty() || part.contains(['%', '_', '\\']) {
        return None;
    }
    let (operator, opposite) = match (pattern.starts_with('%'), pattern.ends_with('%')) {
        (true, true) => ("contains", "does not contain"),
        (true, false) => ("ends with", "does not end with"),
        (false, true) => ("starts with", "does not start with"),
        (false, false) => ("is", "is not"),
    };
    let ignoring = if tokens[like].is("ilike") { " ignoring case" } else { "" };
    let meant = format!("{} \"{part}\"{ignoring}", if negated { opposite } else { operator });
    place.edit(tokens[first].range.start..tokens[at].range.end, &meant)
}

/// `Tags has "urgent"`
pub(super) fn element(place: &Place<'_>) -> Option<Advice> {
    let is_value = place.found.starts_with('"') || place.found.starts_with(|c: char| c.is_ascii_digit());
    let word = ["has", "have"].into_iter().find(|word| is_value && ends_with_word(place.before(), word))?;
    let end = place.before().len();
    place.edit(end - word.len()..end, "contains")
}

/// `5kg`: numbers have no units, but for lengths of time.
pub(super) fn unit(place: &Place<'_>) -> Option<Advice> {
    let digits = place.found.len() - place.found.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let is_unit = digits > 0 && place.found[digits..].chars().all(char::is_alphabetic) && digits < place.found.len();
    is_unit.then(|| place.instead(&place.found[..digits])).flatten()
}

/// `rule Own for …`: names stand in double quotes.
pub(super) fn name(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("a text in double quotes") || !place.is_word() {
        return None;
    }
    let line = place.text[place.position..].lines().next().unwrap_or_default();
    let end = [" for ", " on ", " {"].iter().filter_map(|word| line.find(word)).min().unwrap_or(place.found.len());
    place.edit(place.position..place.position + end, &format!("\"{}\"", line[..end].trim_end()))
}

/// `allow read, }`
pub(super) fn comma(place: &Place<'_>) -> Option<Advice> {
    let ends = place.found.is_empty() || place.found == "}";
    let before = place.before();
    if ends && place.expects("`delete`") && before.ends_with(',') { place.edit(before.len() - 1..before.len(), "") } else { None }
}

/// `where … and where …`: the word that begins a condition stands once.
pub(super) fn clause(place: &Place<'_>) -> Option<Advice> {
    let is_again = ["where", "when"].iter().any(|word| place.found.eq_ignore_ascii_case(word));
    let joins = ["and", "or"].iter().any(|word| ends_with_word(place.before(), word));
    if !is_again || !joins || !place.expects("a condition") {
        return None;
    }
    let behind = &place.text[place.position + place.found.len()..];
    let end = place.text.len() - behind.trim_start().len();
    place.edit(place.position..end, "")
}

/// `User can read Project`: it is the signed-in user who can.
pub(super) fn subject(place: &Place<'_>) -> Option<Advice> {
    if !place.found.eq_ignore_ascii_case("can") || !place.expects("a comparison") {
        return None;
    }
    let before = place.before();
    let lower = before.to_ascii_lowercase();
    let users = ["the logged in user", "logged in user", "the current user", "current user", "the user", "user", "they", "one"];
    let words = users.into_iter().find(|words| ends_with_word(&lower, words))?;
    place.edit(before.len() - words.len()..place.position, "")
}
