//! How many and how long ago, as people say it: `at most 3 Notes`, `7 days`, `7 days old`. In: a place that does not parse. Out: what is meant.

use std::ops::Range;

use super::tokens::{Kind, stand_at, tokens};
use super::{Advice, Place, condition_start};

/// Words for how many, by how many more, and whether that is the least.
const QUANTITIES: [(&str, i64, bool); 9] = [
    ("at least ", 0, true),
    ("fewer than ", 0, false),
    ("less than ", 0, false),
    ("at most ", 1, false),
    ("no more than ", 1, false),
    ("not more than ", 1, false),
    ("up to ", 1, false),
    ("more than ", 1, true),
    ("exactly ", 0, true),
];

/// What is meant by words that are no condition: advice, and what to write instead of which part of them.
pub type Meant = (String, Option<(Range<usize>, String)>);

/// `at most 2 Children`, `more than 2 Children`, `exactly two Children`: counts have two words, and numbers in digits.
pub fn quantity(text: &str) -> Option<Meant> {
    let lower = text.to_ascii_lowercase();
    let (words, more, is_least) = QUANTITIES.iter().find(|(words, ..)| lower.starts_with(words))?;
    let (number, rows) = text.get(words.len()..)?.trim_start().split_once(' ')?;
    let number: i64 = number.parse().ok().or_else(|| number_in_words(&number.to_ascii_lowercase()))?;
    let count = number.checked_add(*more)?;
    if *words == "exactly " {
        let help = format!("write `at least {count} {rows} … and fewer than {} {rows} …`", count + 1);
        return Some((help, None));
    }
    let meant = format!("{} {count}", if *is_least { "at least" } else { "fewer than" });
    let end = text.len() - rows.len() - 1;
    let is_so = text.get(..end).is_some_and(|written| written.eq_ignore_ascii_case(&meant));
    (!is_so).then(|| (format!("write `{meant}`"), Some((0..end, meant))))
}

/// A number in English words.
pub fn number_in_words(word: &str) -> Option<i64> {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    words.iter().position(|known| *known == word).and_then(|number| i64::try_from(number).ok())
}

/// A count of rows behind `'s`, which makes no name of a condition.
pub(super) fn rows(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("a comparison") {
        return None;
    }
    let before = place.before();
    let start = condition_start(before);
    let (help, edit) = quantity(&before[start..])?;
    Some(Advice { help, edit: edit.map(|(range, text)| (start + range.start..start + range.end, text)), secondary: None })
}

/// A length of time without `ago`, and an age.
pub(super) fn moment(place: &Place<'_>) -> Option<Advice> {
    const AGES: [(&[&str], &str); 6] = [
        (&["less", "than"], "after"),
        (&["fewer", "than"], "after"),
        (&["at", "most"], "not before"),
        (&["greater", "than"], "before"),
        (&["more", "than"], "before"),
        (&["at", "least"], "not after"),
    ];
    if !place.expects("`ago`") {
        return None;
    }
    let tokens = tokens(place.text);
    let behind = tokens.iter().position(|token| token.range.start >= place.position).unwrap_or(tokens.len());
    let number = behind.checked_sub(2).filter(|&index| tokens[index].kind == Kind::Number)?;
    let length = place.text.get(tokens[number].range.start..tokens[number + 1].range.end)?;
    if place.found.eq_ignore_ascii_case("old") {
        let begin = number.checked_sub(2)?;
        let (_, operator) = AGES.iter().find(|(words, _)| stand_at(&tokens, begin, words))?;
        let end = place.position + place.found.len();
        return place.edit(tokens[begin].range.start..end, &format!("{operator} {length} ago"));
    }
    place.help(format!("write `{length} ago` for a moment that has passed, `in {length}` for one that is to come"))
}
