//! What may be done, as people say it: `read and update`, `all except delete`, `setting A = "x", B = "y"`. In: a place in a grant that does not parse.
//! Out: what is meant.

use super::tokens::{Token, tokens};
use super::words::OPERATIONS;
use super::{Advice, Place};

const OWN: [&str; 4] = ["create", "read", "update", "delete"];

/// The operation that a word is, or stands for.
fn operation(word: &str) -> Option<&'static str> {
    let own = OWN.into_iter().chain(["all"]).find(|own| word.eq_ignore_ascii_case(own));
    own.or_else(|| OPERATIONS.iter().find(|(other, _)| word.eq_ignore_ascii_case(other)).map(|(_, own)| *own))
}

pub(super) fn operations(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("`allow`") && !place.expects("`delete`") && !place.expects("a class of fields") {
        return None;
    }
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let (token, next) = (&tokens[at], tokens.get(at + 1));
    if token.is("only") {
        return place.edit(token.range.start..next?.range.start, "");
    }
    if token.is("all") && next.is_some_and(|next| next.is_any(&["columns", "fields", "of"])) {
        return place.edit(token.range.start..next?.range.end, "");
    }
    let is_except = at.checked_sub(2).is_some_and(|all| tokens[all].is("all") && tokens[all + 1].is("except"));
    if let (true, Some(_)) = (is_except, operation(token.text)) {
        return all_but(place, &tokens, at);
    }
    let meant = operation(next?.text)?;
    if !token.is_any(&["and", "&", "or"]) {
        return None;
    }
    if place.before().ends_with(',') {
        return place.edit(token.range.start..next?.range.end, meant);
    }
    let advice = place.edit(place.before().len()..next?.range.end, &format!(", {meant}"))?;
    Some(Advice { help: "a comma stands between operations".to_owned(), ..advice })
}

/// `all except delete`
fn all_but(place: &Place<'_>, tokens: &[Token<'_>], at: usize) -> Option<Advice> {
    let listed = tokens[at..].iter().take_while(|token| token.is_any(&[",", "and", "or"]) || operation(token.text).is_some());
    let listed: Vec<&Token<'_>> = listed.collect();
    let without: Vec<&str> = listed.iter().filter_map(|token| operation(token.text)).collect();
    let rest: Vec<&str> = OWN.into_iter().filter(|own| !without.contains(own)).collect();
    let end = listed.iter().rev().find(|token| operation(token.text).is_some())?.range.end;
    place.edit(tokens.get(at.checked_sub(2)?)?.range.start..end, &rest.join(", "))
}

/// `setting A = "x"`, `setting A to "x", B to "y"`
pub(super) fn preset(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    let clause = tokens.iter().rev().find(|token| token.is_any(&["setting", "allow", "where", "when", "then", "{"]))?;
    if !clause.is("setting") {
        return None;
    }
    if place.found == "," {
        // `create (title) setting Owner to Logged in User, update (title)`
        let behind = &place.text[place.position + 1..];
        let next = behind.split(|c: char| !c.is_alphanumeric() && c != '_').find(|word| !word.is_empty());
        if next.is_some_and(|next| operation(next).is_some()) {
            let advice = place.edit(place.before().len()..place.position + 1, " allow")?;
            let help = "`setting` ends the operations of an `allow`, which share what it sets: write `allow` before the next one";
            return Some(Advice { help: help.to_owned(), ..advice });
        }
        return place.edit(place.before().len()..place.position + 1, " and");
    }
    if !place.expects("`to`") {
        return None;
    }
    if place.found == "=" || place.found == ":" {
        return place.edit(place.before().len()..place.position + 1, " to");
    }
    let word = tokens.last().filter(|token| token.is_any(&["is", "equals", "as"]))?;
    place.edit(word.range.clone(), "to")
}

/// `condition Own = …`
pub(super) fn definition(place: &Place<'_>) -> Option<Advice> {
    let line = place.before().rsplit(['\n', '{', '}']).next().unwrap_or_default();
    let is_defined = line.trim_start().to_lowercase().starts_with("condition ");
    if place.found == "=" && is_defined { place.edit(place.before().len()..place.position + 1, ":") } else { None }
}
