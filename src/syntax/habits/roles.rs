//! Lists of roles as people say them: `Teacher or Student of Class`, `any Teacher`. In: a place in a list of roles that does not parse. Out: the list.

use super::tokens::{Token, tokens};
use super::{Advice, Place};

/// Whether a list of roles has begun that several may stand in, and where its last role begins.
pub(super) fn last_role(tokens: &[Token<'_>]) -> Option<usize> {
    let begins = |token: &Token<'_>| token.is_any(&["for", "except", ",", "{", "}", "never"]);
    let at = tokens.iter().rposition(begins)?;
    let list = tokens[..=at].iter().rev().find(|token| !token.is(",") && begins(token))?;
    list.is_any(&["for", "except"]).then_some(at + 1)
}

/// `Teacher or Student of Class`: a comma stands between roles, and each says what it is held within.
pub(super) fn several(place: &Place<'_>) -> Option<Advice> {
    let is_role = place.expects("`of`") || place.expected.is_empty();
    if !is_role || !["or", "and", "&", "/", "|"].iter().any(|word| place.found.eq_ignore_ascii_case(word)) {
        return None;
    }
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let first = last_role(&tokens[..at])?;
    let is_scope = |token: &Token<'_>| token.is_any(&["of", "in", "by"]);
    let has_scope = tokens[first..at].iter().any(is_scope);
    let ends = |token: &&Token<'_>| token.is_any(&["{", "}", ",", "where", "and", "or"]);
    let end = tokens[at + 1..].iter().find(ends).map_or(place.text.len(), |token| token.range.start);
    let scope = tokens[at + 1..].iter().find(|token| is_scope(token) && token.range.start < end);
    let scope = scope.filter(|_| !has_scope).and_then(|token| place.text.get(token.range.start..end)).map(str::trim_end);
    let meant = scope.map_or_else(|| ",".to_owned(), |scope| format!(" {scope},"));
    let range = place.before().len()..place.position + place.found.len();
    let advice = place.edit(range, &meant)?;
    Some(Advice { help: "a comma stands between roles, and each says what it is held within".to_owned(), ..advice })
}

/// `Class's Teacher`, `Class.Teacher`
pub(super) fn possessive(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("`of`") || !place.found.starts_with(['\'', '.', '’']) {
        return None;
    }
    let before = tokens(place.before());
    let first = last_role(&before)?;
    let scope = place.text.get(before.get(first)?.range.start..place.position)?;
    let behind = &place.text[place.position + place.found.chars().next()?.len_utf8()..];
    let role = if place.found == "." { behind } else { behind.strip_prefix("s ")? };
    let role = role.split(['{', ',', '\n']).next().unwrap_or_default().trim_end();
    let end = place.text.len() - behind.len() + (if place.found == "." { 0 } else { 2 }) + role.len();
    place.edit(before[first].range.start..end, &format!("{role} of {scope}"))
}

/// `any Teacher of Class`
pub(super) fn any(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("a role") || !["any", "no"].iter().any(|word| place.found.eq_ignore_ascii_case(word)) {
        return None;
    }
    let rest = &place.text[place.position + place.found.len()..];
    let role = rest.split(['{', ',', '\n']).next().unwrap_or_default().trim();
    if role.contains(" of ") || role.contains(" in ") {
        let end = place.text.len() - rest.trim_start().len();
        return place.edit(place.position..end, "");
    }
    place.help(format!("write the role alone: `for {role}`; who holds it anywhere is `{role} in any <membership>`"))
}

/// `Teacher in any`
pub(super) fn membership(place: &Place<'_>) -> Option<Advice> {
    let is_open = super::ends_with_word(place.before(), "in any") && place.expects("a name");
    if is_open { place.help("say of which membership: `in any Team`, by its name in rowgate.yaml") } else { None }
}

/// A condition beside the roles, before the rule or behind it.
pub(super) fn condition(place: &Place<'_>) -> Option<Advice> {
    if !["when", "where", "if"].iter().any(|word| place.found.eq_ignore_ascii_case(word)) {
        return None;
    }
    let help = "what has to hold stands in the braces of the rule: `{ where … allow … }`, or `{ allow … when … }`";
    let is_beside = (place.expects("`of`") || place.expects("a role")) && last_role(&tokens(place.before())).is_some();
    let is_behind = place.expects("`rule`") && place.before().ends_with(['{', '}']);
    if is_beside || is_behind { place.help(help) } else { None }
}
