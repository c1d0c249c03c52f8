//! Values that stand beside each other: `is "a" or "b"`, `is in (…)`, `is less than or equal to`. In: a place that does not parse. Out: the list, or the
//! comparison once more.

use std::ops::Range;

use super::tokens::{Kind, Token, stand_at, tokens};
use super::{Advice, Place};

/// What an operator asks of each of the values behind it.
#[derive(Clone, Copy, PartialEq)]
enum Asks {
    /// Whether it is the same; of one or more.
    Equal { negated: bool },
    /// Whether it is the same; a list, though no parentheses need stand there.
    OneOf { negated: bool },
    /// Something that has no list: the comparison stands once more.
    Other { negated: bool },
}

/// Operators, the longer ones first.
const OPERATORS: [(&[&str], Asks); 22] = [
    (&["is", "not", "one", "of"], Asks::OneOf { negated: true }),
    (&["is", "not", "any", "of"], Asks::OneOf { negated: true }),
    (&["is", "one", "of"], Asks::OneOf { negated: false }),
    (&["is", "any", "of"], Asks::OneOf { negated: false }),
    (&["is", "none", "of"], Asks::OneOf { negated: true }),
    (&["is", "not", "either"], Asks::OneOf { negated: true }),
    (&["is", "not", "in"], Asks::OneOf { negated: true }),
    (&["is", "in"], Asks::OneOf { negated: false }),
    (&["is", "either"], Asks::OneOf { negated: false }),
    (&["is", "neither"], Asks::OneOf { negated: true }),
    (&["is", "not"], Asks::Equal { negated: true }),
    (&["does", "not", "equal"], Asks::Equal { negated: true }),
    (&["does", "not", "contain"], Asks::Other { negated: true }),
    (&["does", "not", "start", "with"], Asks::Other { negated: true }),
    (&["does", "not", "end", "with"], Asks::Other { negated: true }),
    (&["not", "in"], Asks::OneOf { negated: true }),
    (&["is"], Asks::Equal { negated: false }),
    (&["in"], Asks::OneOf { negated: false }),
    (&["equals"], Asks::Equal { negated: false }),
    (&["contains"], Asks::Other { negated: false }),
    (&["starts", "with"], Asks::Other { negated: false }),
    (&["ends", "with"], Asks::Other { negated: false }),
];

/// What ends the words before an operator, from the back.
const BEFORE_SUBJECT: [&str; 9] = ["where", "when", "then", "and", "or", "not", "(", ":", "}"];

pub(super) fn list(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let mut index = 0;
    while let Some(token) = tokens.get(index).filter(|token| token.range.start <= place.position) {
        let known = OPERATORS.iter().find(|(words, _)| token.kind == Kind::Word && stand_at(&tokens, index, words));
        let Some((words, asks)) = known else {
            index += 1;
            continue;
        };
        if let Some(found) = list_at(place, &tokens, index, words.len(), *asks) {
            return Some(found);
        }
        index += words.len();
    }
    None
}

/// The list behind the operator at a token, if that is where the place is.
fn list_at(place: &Place<'_>, tokens: &[Token<'_>], index: usize, length: usize, asks: Asks) -> Option<Advice> {
    let (begin, behind) = (tokens[index].range.start, index + length);
    let last_of_operator = tokens[behind - 1].range.end;
    let text_of = |range: Range<usize>| place.text.get(range).unwrap_or_default();
    if let (Some(open), Asks::OneOf { negated }) = (tokens.get(behind).filter(|token| token.is("(")), asks) {
        let meant = one_of(negated);
        let is_known = text_of(begin..last_of_operator).eq_ignore_ascii_case(meant);
        return if is_known || place.position != open.range.start { None } else { place.edit(begin..last_of_operator, meant) };
    }
    let (values, end) = chain(tokens, behind)?;
    let next = tokens.iter().find(|token| token.range.start >= end).map_or(place.text.len(), |token| token.range.start);
    if place.position > next || (values.len() == 1 && !matches!(asks, Asks::OneOf { .. })) {
        return None;
    }
    let written: Vec<&str> = values.iter().map(|value| value.text).collect();
    match asks {
        Asks::Equal { negated } | Asks::OneOf { negated } => {
            place.edit(begin..end, &format!("{} ({})", one_of(negated), written.join(", ")))
        }
        Asks::Other { negated } => {
            let subject = tokens[..index].iter().rev().take_while(|token| !token.is_any(&BEFORE_SUBJECT)).last()?.range.start;
            let joins_all = negated || tokens[behind..].iter().find(|token| token.kind == Kind::Word)?.is("and");
            let comparison = text_of(subject..last_of_operator);
            let all: Vec<String> = written.iter().map(|value| format!("{comparison} {value}")).collect();
            place.edit(subject..end, &format!("({})", all.join(if joins_all { " and " } else { " or " })))
        }
    }
}

fn one_of(negated: bool) -> &'static str {
    if negated { "is not one of" } else { "is one of" }
}

/// Values from a token on that a comma or a word joins, and where the last one ends.
fn chain<'t, 'a>(tokens: &'t [Token<'a>], first: usize) -> Option<(Vec<&'t Token<'a>>, usize)> {
    let mut values = vec![tokens.get(first).filter(|token| token.is_literal())?];
    let mut index = first + 1;
    loop {
        let joins = tokens[index..].iter().take_while(|token| token.is_any(&[",", "or", "and", "nor", "not"])).count();
        let value = tokens.get(index + joins).filter(|token| joins > 0 && token.is_literal());
        let Some(value) = value else { break };
        // What is compared itself begins another condition.
        if tokens.get(index + joins + 1).is_some_and(|next| next.is_any(&["is", "equals", "does"])) {
            break;
        }
        values.push(value);
        index += joins + 1;
    }
    let end = values.last()?.range.end;
    Some((values, end))
}

/// `is not equal to "x"`, `is equal to 3`
pub(super) fn equal(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position).filter(|&at| tokens[at].is_literal())?;
    let before = |words: &[&str]| at.checked_sub(words.len()).filter(|&begin| stand_at(&tokens, begin, words));
    let (begin, meant) = before(&["is", "not", "equal", "to"])
        .map(|begin| (begin, "is not"))
        .or_else(|| before(&["is", "equal", "to"]).map(|begin| (begin, "is")))?;
    place.edit(tokens[begin].range.start..tokens[at - 1].range.end, meant)
}

/// `Number between 1 and 3`
pub(super) fn between(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    let at = tokens.iter().rposition(|token| token.is("between"))?;
    let is_range = tokens.get(at + 1).is_some_and(Token::is_literal) && tokens.get(at + 2).is_some_and(|token| token.is("and"));
    let has_operator = at.checked_sub(1).is_none_or(|before| tokens[before].is_any(&["is", "not"]));
    let is_last = tokens.len() == at + 4;
    if !is_range || has_operator || !is_last { None } else { place.edit(tokens[at].range.clone(), "is between") }
}

/// `is less than or equal to 3`, `is greater than or equal to`
pub(super) fn bound(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let at = tokens.iter().position(|token| token.range.start == place.position)?;
    let begin = at.checked_sub(2)?;
    let behind = ["equal", "equals", "the"].iter().any(|word| tokens.get(at + 1).is_some_and(|token| token.is(word)));
    if !place.found.eq_ignore_ascii_case("or") || !behind {
        return None;
    }
    let meant = match () {
        () if stand_at(&tokens, begin, &["less", "than"]) => "at most",
        () if stand_at(&tokens, begin, &["greater", "than"]) => "at least",
        () => return None,
    };
    let last = if tokens.get(at + 2).is_some_and(|token| token.is("to")) { at + 2 } else { at + 1 };
    place.edit(tokens[begin].range.start..tokens[last].range.end, meant)
}

/// ``any Notes by `author_id` ``: what stands behind `by` is part of a label.
pub(super) fn by(place: &Place<'_>) -> Option<Advice> {
    let (name, _) = place.text[place.position..].strip_prefix('`')?.split_once('`')?;
    if !super::ends_with_word(place.before(), "by") {
        return None;
    }
    let large = |word: &str| {
        let first = word.chars().next().map(char::to_uppercase).into_iter().flatten();
        first.chain(word.chars().skip(1)).collect::<String>()
    };
    let label: Vec<String> = name.split('_').filter(|word| !word.is_empty()).map(large).collect();
    let advice = place.edit(place.position..place.position + name.len() + 2, &label.join(" "))?;
    Some(Advice { help: "behind `by` stands a label, without backticks".to_owned(), ..advice })
}

/// `does not have any of`
pub(super) fn have(place: &Place<'_>) -> Option<Advice> {
    const PHRASES: [(&[&str], &str); 14] = [
        (&["does", "not", "have", "any", "of"], "has none of"),
        (&["do", "not", "have", "any", "of"], "has none of"),
        (&["does", "not", "have", "one", "of"], "has none of"),
        (&["has", "at", "least", "one", "of"], "has any of"),
        (&["shares", "any", "of"], "has any of"),
        (&["share", "any", "of"], "has any of"),
        (&["includes", "any", "of"], "has any of"),
        (&["includes", "all", "of"], "has all of"),
        (&["have", "any", "of"], "has any of"),
        (&["have", "all", "of"], "has all of"),
        (&["contains", "any", "of"], "has any of"),
        (&["contains", "one", "of"], "has any of"),
        (&["contains", "all", "of"], "has all of"),
        (&["contains", "none", "of"], "has none of"),
    ];
    let tokens = tokens(place.text);
    let near = tokens.iter().enumerate().filter(|(_, token)| token.range.start <= place.position);
    let found = near.filter_map(|(index, token)| {
        let (words, meant) = PHRASES.iter().find(|(words, _)| stand_at(&tokens, index, words))?;
        let end = tokens[index + words.len() - 1].range.end;
        let next = tokens.get(index + words.len()).map_or(place.text.len(), |token| token.range.start);
        (next >= place.position).then_some((token.range.start..end, *meant))
    });
    let (range, meant) = found.into_iter().next()?;
    place.edit(range, meant)
}
