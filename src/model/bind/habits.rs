//! Names that other languages have for what has another one here. In: a name that nothing has. Out: what is meant.

use std::ops::Range;

use super::key;
use crate::ast;
use crate::diagnostic::{Diagnostic, Span};

/// What somebody probably meant.
pub(super) struct Habit {
    help: &'static str,
    /// What stands in its place, where that is one thing.
    meant: Option<&'static str>,
}

impl Habit {
    pub(super) fn advise(&self, diagnostic: Diagnostic, written: Span) -> Diagnostic {
        match self.meant {
            Some(meant) => diagnostic.with_edit(self.help, written, meant),
            None => diagnostic.with_help(self.help),
        }
    }
}

/// For values.
pub(super) fn of_value(label: &ast::Label) -> Option<Habit> {
    let (help, meant) = match key(&label.text).as_str() {
        _ if label.exact => return None,
        "null" | "nothing" | "none" | "not null" => ("write `is empty` or `is not empty`", "empty"),
        "current user" | "logged in" | "current user id" | "me" | "myself" | "auth uid" => {
            ("write `Logged in User`", "Logged in User")
        }
        "current date" => ("write `today`", "today"),
        "current timestamp" | "current time" => ("write `now`", "now"),
        words if words.ends_with(" look up by row") || words.ends_with(" look up by list") => {
            return Some(Habit { help: "`look up by …` stands before the first `where`", meant: None });
        }
        _ => return None,
    };
    Some(Habit { help, meant: Some(meant) })
}

/// For roles.
pub(super) fn of_role(label: &ast::Label) -> Option<Habit> {
    let (help, meant) = match key(&label.text).as_str() {
        "everyone" | "everybody" | "anybody" | "all" | "public" | "anon" | "anonymous" => {
            ("`Anyone` is everybody, signed in or not", "Anyone")
        }
        "user" | "users" | "logged in user" | "signed in" | "logged in" | "authenticated user" | "authenticated users" => {
            ("`Authenticated` is everybody who is signed in", "Authenticated")
        }
        _ => return None,
    };
    Some(Habit { help, meant: Some(meant) })
}

/// What is meant by words that are no condition, and by which of them. The range is in bytes of `text`.
pub(super) struct Meant {
    pub(super) help: String,
    pub(super) edit: Option<(Range<usize>, String)>,
}

/// For conditions, as they are written.
pub(super) fn of_condition(text: &str) -> Option<Meant> {
    if let Some((range, operator)) = crate::syntax::nearly_operator(text) {
        return Some(Meant { help: format!("write `{operator}`"), edit: Some((range, operator.to_owned())) });
    }
    let lower = text.to_ascii_lowercase();
    if let Some(rest) = ["every ", "all ", "each "].iter().find_map(|word| lower.strip_prefix(word)) {
        let rows = &text[text.len() - rest.len()..];
        return Some(Meant { help: format!("that all are so is that none is not: `no {rows} where (not (…))`"), edit: None });
    }
    quantity(text, &lower)
}

/// `at most 2 Children`, `more than 2 Children`, `exactly two Children`: counts have two words, and numbers in digits.
fn quantity(text: &str, lower: &str) -> Option<Meant> {
    const WORDS: [(&str, i64, bool); 8] = [
        ("at least ", 0, true),
        ("fewer than ", 0, false),
        ("less than ", 0, false),
        ("at most ", 1, false),
        ("no more than ", 1, false),
        ("up to ", 1, false),
        ("more than ", 1, true),
        ("exactly ", 0, true),
    ];
    let (words, more, is_least) = WORDS.iter().find(|(words, ..)| lower.starts_with(words))?;
    let (number, rows) = text[words.len()..].trim_start().split_once(' ')?;
    let number: i64 = number.parse().ok().or_else(|| number_in_words(&number.to_ascii_lowercase()))?;
    let count = number.checked_add(*more)?;
    if *words == "exactly " {
        let help = format!("write `at least {count} {rows} … and fewer than {} {rows} …`", count + 1);
        return Some(Meant { help, edit: None });
    }
    let meant = format!("{} {count}", if *is_least { "at least" } else { "fewer than" });
    let end = text.len() - rows.len() - 1;
    Some(Meant { help: format!("write `{meant}`"), edit: Some((0..end, meant)) })
}

fn number_in_words(word: &str) -> Option<i64> {
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
    words.iter().position(|known| *known == word).and_then(|number| i64::try_from(number).ok())
}
