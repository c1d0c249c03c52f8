//! Moments as people say them: `in the past`, `older than 7 days`, `an hour ago`. In: words that no column has, what they are compared with. Out: the
//! comparison that is meant.

use super::{Around, Habit};
use crate::catalog::Type;
use crate::syntax::number_in_words;

const UNITS: [&str; 7] = ["second", "minute", "hour", "day", "week", "month", "year"];

/// Words before a length of time, the operator that is meant, and whether the moment is to come.
const SPANS: [(&str, &str, bool); 22] = [
    ("older than ", "before ", false),
    ("more than ", "before ", false),
    ("longer ago than ", "before ", false),
    ("newer than ", "after ", false),
    ("younger than ", "after ", false),
    ("within the last ", "after ", false),
    ("within the past ", "after ", false),
    ("within the next ", "before ", true),
    ("in the last ", "after ", false),
    ("in the past ", "after ", false),
    ("in the next ", "before ", true),
    ("within ", "after ", false),
    ("since ", "not before ", false),
    ("until ", "not after ", true),
    ("over ", "before ", false),
    ("the last ", "after ", false),
    ("the past ", "after ", false),
    ("last ", "", false),
    ("next ", "", true),
    ("in ", "", true),
    ("about ", "", false),
    ("", "", false),
];

pub(super) fn of_value(words: &str, around: &Around<'_>) -> Option<Habit> {
    let now = if around.beside == Some(&Type::Date) { "today" } else { "now" };
    match words {
        "in the past" | "past" | "over" => return Some(Habit::write(format!("before {now}"))),
        "in the future" | "future" => return Some(Habit::write(format!("after {now}"))),
        "tomorrow" => return Some(day("in 1 day", around)),
        "yesterday" => return Some(day("1 day ago", around)),
        "since yesterday" => return Some(Habit::write("not before 1 day ago")),
        "since now" => return Some(Habit::write(format!("after {now}"))),
        "until now" => return Some(Habit::write(format!("not after {now}"))),
        "until tomorrow" => return Some(Habit::write("not after in 1 day")),
        _ => {}
    }
    if let Some(moment) = moved(words) {
        return Some(Habit::write(moment));
    }
    let words = words.strip_suffix(" of now").or_else(|| words.strip_suffix(" of today")).unwrap_or(words);
    let before = around.before.trim_end().to_ascii_lowercase();
    let blanks = around.before.len() - before.len();
    // How much before the words is a negation, which goes into the operator.
    let (words, negation) = match words.strip_prefix("no ") {
        Some(rest) => (rest, Some(0)),
        None => (words, before.ends_with(" is not").then_some("not".len() + blanks)),
    };
    let (begins, operator, is_to_come) = SPANS.iter().find(|(begins, ..)| words.starts_with(begins))?;
    let (length, has_ago) = length(words.strip_prefix(begins)?)?;
    if begins.is_empty() && !has_ago {
        return None;
    }
    let moment = if *is_to_come && !has_ago { format!("in {length}") } else { format!("{length} ago") };
    if *begins == "within " && !has_ago {
        return Some(within(&length, now, negation));
    }
    if let Some(negation) = negation {
        let meant = format!("{}{moment}", negated(operator));
        return Some(Habit { meant: Some((negation, meant.clone())), ..Habit::write(format!("is {meant}")) });
    }
    // Behind an operator of its own, only the moment is missing.
    Some(Habit::write(if before.ends_with(" is") { format!("{operator}{moment}") } else { moment }))
}

/// `now minus 7 days`, `today plus 1 week`
fn moved(words: &str) -> Option<String> {
    let rest = words.strip_prefix("now ").or_else(|| words.strip_prefix("today "))?;
    let (direction, rest) = rest.split_once(' ')?;
    let (length, _) = length(rest)?;
    match direction {
        "minus" | "less" => Some(format!("{length} ago")),
        "plus" | "and" => Some(format!("in {length}")),
        _ => None,
    }
}

/// The operator that says the opposite; of the instant itself, rather less than more is true.
fn negated(operator: &str) -> &'static str {
    match operator {
        "before " => "not before ",
        "after " | "not before " => "before ",
        "not after " => "after ",
        _ => "not ",
    }
}

/// `within 4 hours` is said of what was and of what will be.
fn within(length: &str, now: &str, negation: Option<usize>) -> Habit {
    let (was, will_be) = match negation {
        None => (format!("after {length} ago"), format!("between {now} and in {length}")),
        Some(_) => (format!("before {length} ago"), format!("after in {length}")),
    };
    let habit = |said: &str, meant: String| Habit {
        help: format!("if the {said} {length} are meant, write `is {meant}`"),
        meant: Some((negation.unwrap_or_default(), meant)),
        or: None,
    };
    Habit { or: Some(Box::new(habit("next", will_be))), ..habit("last", was) }
}

/// Of a day it is the day; of a moment, the same time of that day.
fn day(meant: &str, around: &Around<'_>) -> Habit {
    match around.beside {
        Some(Type::Date) => Habit::write(meant),
        _ => Habit::new(
            format!("`{meant}` is that moment, to the second; of days, `today` and `date \"2026-01-31\"` are all of them"),
            meant,
        ),
    }
}

/// `an hour`, `7 days ago`: the length in digits, and whether `ago` stands behind it.
fn length(words: &str) -> Option<(String, bool)> {
    let (words, has_ago) = match words.strip_suffix(" ago").or_else(|| words.strip_suffix(" old")) {
        Some(rest) => (rest, true),
        None => (words, false),
    };
    let (number, unit) = words.split_once(' ').unwrap_or(("a", words));
    let number = match number {
        "a" | "an" => 1,
        digits => digits.parse().ok().or_else(|| number_in_words(digits))?,
    };
    let unit = UNITS.iter().find(|known| unit == **known || unit.strip_suffix('s') == Some(**known))?;
    Some((format!("{number} {unit}{}", if number == 1 { "" } else { "s" }), has_ago))
}
