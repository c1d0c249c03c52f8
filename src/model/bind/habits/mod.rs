//! Names that other languages have for what has another one here. In: a name that nothing has, and what stands before it. Out: what is meant.

mod times;
mod values;

use std::ops::Range;

use super::key;
use crate::ast;
use crate::catalog::Type;
use crate::diagnostic::{Diagnostic, Span};

pub(super) use values::of_value;

/// What somebody probably meant.
pub(super) struct Habit {
    help: String,
    /// What stands in its place, where that is one thing, and how many bytes before the name are part of that.
    meant: Option<(usize, String)>,
    /// What may be meant as well.
    or: Option<Box<Habit>>,
}

/// Where a name stands.
pub(super) struct Around<'a> {
    /// What stands before it.
    pub(super) before: &'a str,
    /// The type of what it is compared with.
    pub(super) beside: Option<&'a Type>,
}

impl Habit {
    fn new(help: impl Into<String>, meant: impl Into<String>) -> Habit {
        Habit { help: help.into(), meant: Some((0, meant.into())), or: None }
    }

    fn write(meant: impl Into<String>) -> Habit {
        let meant = meant.into();
        Habit { help: format!("write `{meant}`"), meant: Some((0, meant)), or: None }
    }

    fn help(help: impl Into<String>) -> Habit {
        Habit { help: help.into(), meant: None, or: None }
    }

    pub(super) fn advise(&self, diagnostic: Diagnostic, written: Span) -> Diagnostic {
        let diagnostic = match &self.meant {
            Some((before, meant)) => {
                let start = (written.start as usize).saturating_sub(*before);
                diagnostic.with_edit(&self.help, Span::new(written.file, start, written.end as usize), meant)
            }
            None => diagnostic.with_help(&self.help),
        };
        match &self.or {
            Some(or) => or.advise(diagnostic, written),
            None => diagnostic,
        }
    }
}

/// For roles.
pub(super) fn of_role<'c>(label: &ast::Label, known: impl Iterator<Item = &'c str>) -> Option<Habit> {
    let words = key(&label.text);
    let (help, meant) = match words.as_str() {
        "everyone" | "everybody" | "anybody" | "all" | "public" | "anon" | "anonymous" => {
            ("`Anyone` is everybody, signed in or not", "Anyone")
        }
        "user" | "users" | "logged in user" | "signed in" | "logged in" | "authenticated user" | "authenticated users" => {
            ("`Authenticated` is everybody who is signed in", "Authenticated")
        }
        _ => {
            let rest = ["every ", "all ", "each ", "a ", "an ", "the "].iter().find_map(|article| words.strip_prefix(article))?;
            let is_meant = |known: &str| key(known) == rest || Some(key(known).as_str()) == rest.strip_suffix('s');
            return known.into_iter().find(|known| is_meant(known)).map(Habit::write);
        }
    };
    Some(Habit::new(help, meant))
}

/// For tables.
pub(super) fn of_table(name: &str) -> Option<&'static str> {
    let every = ["every table", "all tables", "each table", "any table", "every", "all"].contains(&key(name).as_str());
    every.then_some(
        "write `on every table with <column>`, which all that are meant have, or name the tables: `on invoices, orders`",
    )
}

/// What is meant by words that are no condition, and by which of them. The range is in bytes of `text`.
pub(super) struct Meant {
    pub(super) help: String,
    pub(super) edit: Option<(Range<usize>, String)>,
}

/// For conditions, as they are written.
pub(super) fn of_condition(text: &str) -> Option<Meant> {
    if let Some(meant) = of_rows(text) {
        return Some(meant);
    }
    if let Some((range, operator)) = crate::syntax::nearly_operator(text) {
        let behind = text[range.end..].trim();
        let (range, meant) = match values::user(&key(behind)) {
            true => (range.start..text.trim_end().len(), format!("{operator} Logged in User")),
            false => (range, operator.to_owned()),
        };
        return Some(Meant { help: format!("write `{meant}`"), edit: Some((range, meant)) });
    }
    let lower = text.to_ascii_lowercase();
    if let Some(rest) = ["every ", "all ", "each "].iter().find_map(|word| lower.strip_prefix(word)) {
        let rows = &text[text.len() - rest.len()..];
        return Some(Meant { help: format!("that all are so is that none is not: `no {rows} where (not (…))`"), edit: None });
    }
    let (help, edit) = crate::syntax::quantity(text)?;
    Some(Meant { help, edit })
}

/// `it has no Tasks`, `there are some Tasks`: what is said of rows begins with how many there are.
fn of_rows(text: &str) -> Option<Meant> {
    const SUBJECTS: [&str; 8] =
        ["it ", "this record ", "the record ", "there is ", "there are ", "there exists ", "has ", "have "];
    let lower = text.to_ascii_lowercase();
    let mut start = 0;
    while let Some(words) = SUBJECTS.iter().find(|words| lower[start..].starts_with(**words)) {
        start += words.len();
    }
    let rest = &lower[start..];
    let counts = ["no ", "any ", "at least ", "fewer than "].iter().any(|word| rest.starts_with(word));
    let some = ["some ", "a ", "an "].iter().find(|word| rest.starts_with(**word)).map_or(0, |word| word.len());
    let (range, meant) = match some {
        0 if start > 0 && counts => (0..start, ""),
        0 => return None,
        some => (0..start + some, "any "),
    };
    let whole = format!("{meant}{}", &text[range.end..]);
    Some(Meant { help: format!("write `{}`", whole.trim_end()), edit: Some((range, meant.to_owned())) })
}

/// Words that are true of everything, or of nothing.
pub(super) fn of_truth(words: &str) -> Option<&'static str> {
    match words {
        "true" | "always" | "everything" | "anything" | "all" => Some(
            "leave it out, with the word before it: without `where`, a rule is about every record, and without `when`, a grant is one",
        ),
        "false" | "nothing" | "no" => Some("what no rule allows is denied: leave the rule out"),
        _ => None,
    }
}
