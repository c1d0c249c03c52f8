//! What is right elsewhere: roles that are left out, a condition among them, `then` without its grant, a moment counted from another one. In: a place that does
//! not parse. Out: where it belongs.

use super::roles::last_role;
use super::tokens::{Kind, Token, stand_at, tokens};
use super::{Advice, Place, ends_with_word};

/// `for Doctor except Nurse`, and `except Author is Logged in User`.
pub(super) fn excepted(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    let first = last_role(&tokens)?;
    if place.found.eq_ignore_ascii_case("except") && !place.expects("`where`") {
        return place.help(
            "a rule gives to the roles that it names, whatever else somebody holds: leave out what is not meant; what limits all is a `boundary`",
        );
    }
    let except = first.checked_sub(1).filter(|&at| tokens[at].is("except"))?;
    let is_compared = ["is", "equals", "contains", "does"].iter().any(|word| place.found.eq_ignore_ascii_case(word));
    let advice = place.edit(tokens[except].range.clone(), "or")?;
    let help = "roles stand behind `except`; a condition is joined to the others by `or`".to_owned();
    is_compared.then_some(Advice { help, ..advice })
}

/// `where … unless …`, `where … then …`
pub(super) fn joined(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("`and`") {
        return None;
    }
    if place.found.eq_ignore_ascii_case("unless") {
        return place.instead("or");
    }
    let is_then = place.found.eq_ignore_ascii_case("then") && !place.expects("`then`");
    if is_then { place.help("what holds after an update belongs to its grant: `allow update when … then …`") } else { None }
}

/// `4 hours after Opened At`, `18 years before today`: moments are counted from now.
pub(super) fn counted(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("`ago`") || !["before", "after", "from"].iter().any(|word| place.found.eq_ignore_ascii_case(word)) {
        return None;
    }
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let number = at.checked_sub(2).filter(|&number| tokens[number].kind == Kind::Number)?;
    let length = place.text.get(tokens[number].range.start..tokens[at - 1].range.end)?;
    let is_past = tokens[at].is("before");
    if let Some(now) = tokens.get(at + 1).filter(|next| next.is_any(&["now", "today"])) {
        let meant = if is_past { format!("{length} ago") } else { format!("in {length}") };
        return place.edit(tokens[number].range.start..now.range.end, &meant);
    }
    let moment = if is_past { format!("in {length}") } else { format!("{length} ago") };
    place
        .help(format!("moments are counted from now: compare the other one with `{moment}`, as in `Opened At is after {moment}`"))
}

/// `allow update before 24 hours`
pub(super) fn until(place: &Place<'_>) -> Option<Advice> {
    let is_time = ["before", "after", "within", "until", "for"].iter().any(|word| place.found.eq_ignore_ascii_case(word));
    let behind = tokens(place.text.get(place.position + place.found.len()..)?);
    let is_length = behind.first().is_some_and(|token| token.kind == Kind::Number);
    let help = "how long something may be done is a condition of the grant: `when Created At is after 24 hours ago`";
    if is_time && is_length && place.expects("`when`") { place.help(help) } else { None }
}

/// `update (owner) to Logged in User`, `create with Owner set to …`
pub(super) fn preset(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("`setting`") {
        return None;
    }
    if place.found.eq_ignore_ascii_case("to") {
        return place.help("what the database fills in is no field of the list: `update setting Owner to …`");
    }
    if place.found.eq_ignore_ascii_case("set") {
        return place.instead("setting");
    }
    if !place.found.eq_ignore_ascii_case("with") {
        return None;
    }
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let words = tokens[at + 1..].iter().take_while(|token| token.kind == Kind::Word && !token.is("set")).count();
    let set = at + 1 + words;
    if words == 0 || !stand_at(&tokens, set, &["set", "to"]) {
        return None;
    }
    let field = place.text.get(tokens[at + 1].range.start..tokens[set - 1].range.end)?;
    place.edit(place.position..tokens[set + 1].range.end, &format!("setting {field} to"))
}

/// `case insensitive`
pub(super) fn case(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let known: [&[&str]; 4] =
        [&["case", "insensitive"], &["case", "insensitively"], &["case", "-", "insensitive"], &["case", "-", "insensitively"]];
    let words = known.into_iter().find(|words| stand_at(&tokens, at, words)).filter(|_| place.expects("`ignoring case`"))?;
    place.edit(place.position..tokens[at + words.len() - 1].range.end, "ignoring case")
}

/// `Text contains "x" is false`
pub(super) fn truth(place: &Place<'_>) -> Option<Advice> {
    const OPERATORS: [(&[&str], &str); 5] = [
        (&["contains"], "does not contain"),
        (&["starts", "with"], "does not start with"),
        (&["ends", "with"], "does not end with"),
        (&["equals"], "does not equal"),
        (&["is"], "is not"),
    ];
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let value = tokens.get(at + 1).filter(|next| tokens[at].is("is") && next.is_any(&["true", "false"]))?;
    if !place.expects("`and`") {
        return None;
    }
    if value.is("true") {
        return place.edit(place.before().len()..value.range.end, "");
    }
    let literal = at.checked_sub(1).filter(|&literal| tokens[literal].is_literal());
    let negated = literal.and_then(|literal| {
        let (words, meant) = OPERATORS
            .iter()
            .find(|(words, _)| literal.checked_sub(words.len()).is_some_and(|start| stand_at(&tokens, start, words)))?;
        let text = format!("{meant} {}", tokens[literal].text);
        place.edit(tokens[literal - words.len()].range.start..value.range.end, &text)
    });
    negated.or_else(|| place.help("that a comparison is false is `not (…)`"))
}

/// `Doctor in Ward`
pub(super) fn within(place: &Place<'_>) -> Option<Advice> {
    let before = place.before();
    if !place.is_word() || !ends_with_word(before, "in") || place.expected != ["`any`"] {
        return None;
    }
    let found = place.found;
    let help = format!("held in the record's own is `of {found}`, held anywhere `in any {found}`");
    Some(Advice { help, ..place.edit(before.len() - "in".len()..before.len(), "of")? })
}

/// `2026-01-31`
pub(super) fn day(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position && token.is("-"))?;
    let (first, last): (&Token<'_>, &Token<'_>) = (tokens.get(at.checked_sub(1)?)?, tokens.get(at + 3)?);
    let range = first.range.start..last.range.end;
    let written = place.text.get(range.clone())?;
    if crate::syntax::is_day(written) { place.edit(range, &format!("date \"{written}\"")) } else { None }
}
