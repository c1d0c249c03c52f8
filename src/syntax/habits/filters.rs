//! Rows whose `where` has no parentheses: `any Approvals where Status is "approved"`. In: a text and where the word stands. Out: the condition in parentheses.

use super::tokens::{Kind, Token, tokens};
use super::{Advice, Place};

/// Words that end what stands before them, at no depth.
const ENDS: [&str; 14] =
    ["allow", "when", "then", "except", "where", "setting", "never", "condition", "rule", "table", "boundary", "}", ")", ","];

/// Words of comparisons.
const OPERATORS: [&str; 6] = ["is", "equals", "contains", "does", "starts", "ends"];

/// A `where` of rows, before the place or at it.
pub(super) fn rows(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let near = tokens.iter().enumerate().filter(|(_, token)| token.range.start <= place.position);
    let mut found = near.filter(|(index, token)| token.is("where") && is_of_rows(place.text, &tokens, *index));
    let (at, token) = found.next_back()?;
    let is_same_line = !place.text[token.range.start..place.position].contains('\n');
    is_same_line.then(|| advice(place.text, &tokens, at))
}

/// What is said of a `where` at a byte of a text.
pub(in crate::syntax) fn parenthesized(text: &str, start: usize) -> (String, Option<(std::ops::Range<usize>, String)>) {
    let tokens = tokens(text);
    let at = tokens.iter().position(|token| token.range.start >= start).unwrap_or_default();
    let advice = advice(text, &tokens, at);
    (advice.help, advice.edit)
}

/// Whether words for rows stand before a `where`, on its line, and no parenthesis behind it.
fn is_of_rows(text: &str, tokens: &[Token<'_>], at: usize) -> bool {
    let begins = |token: &Token<'_>| token.is_any(&ENDS) || token.is_any(&["and", "not", "(", ":", "{"]);
    let is_or = |index: usize| tokens[index].is("or") && !tokens.get(index + 1).is_some_and(|next| next.is("its"));
    let first = (0..at).rev().take_while(|&index| !begins(&tokens[index]) && !is_or(index)).last();
    let (Some(first), None) = (first, tokens.get(at + 1).filter(|next| next.is("("))) else { return false };
    let words = &tokens[first..at];
    let count = |one: &str, two: &str| words.len() > 3 && words[0].is(one) && words[1].is(two);
    let are_rows = (words.len() > 1 && words[0].is_any(&["any", "no"]))
        || (words.len() > 2 && words[0].is("number") && words[1].is("of"))
        || (count("at", "least") || count("fewer", "than")) && words[2].kind == Kind::Number;
    let is_compared = words.iter().any(|word| word.is_any(&OPERATORS));
    let is_on_line = !text[tokens[at - 1].range.end..tokens[at].range.start].contains('\n');
    are_rows && !is_compared && is_on_line
}

/// A single condition gets its parentheses. Where several are joined, or a number is compared behind it, its end is the writer's to say.
fn advice(text: &str, tokens: &[Token<'_>], at: usize) -> Advice {
    let help = "what is asked of the rows stands in parentheses: `where (…)`; a clause of the rule begins on a line of its own";
    let general = Advice { help: help.to_owned(), edit: None, secondary: None };
    let is_number = tokens[..at].iter().rev().take_while(|token| token.kind == Kind::Word).any(|token| token.is("number"));
    let (mut depth, mut last) = (0usize, None);
    for token in tokens.get(at + 1..).unwrap_or_default() {
        let begins = last.map_or(tokens[at].range.end, |last: &Token<'_>| last.range.end);
        if depth == 0 && token.is_any(&["and", "or"]) {
            return general;
        }
        if depth == 0 && (token.is_any(&ENDS) || text[begins..token.range.start].contains('\n')) {
            break;
        }
        depth = if token.is("(") { depth + 1 } else { depth.saturating_sub(usize::from(token.is(")"))) };
        last = Some(token);
    }
    let Some(last) = last.filter(|_| !is_number) else { return general };
    let condition = text[tokens[at].range.end..last.range.end].trim();
    let range = tokens[at].range.start..last.range.end;
    Advice { edit: Some((range, format!("where ({condition})"))), ..general }
}
