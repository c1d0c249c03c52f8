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
        "everyone" | "everybody" | "anybody" | "visitor" | "visitors" | "guest" | "guests" | "nobody" | "all" | "public"
        | "anon" | "anonymous" => ("`Anyone` is everybody, signed in or not", "Anyone"),
        "user" | "users" | "logged in user" | "signed in" | "logged in" | "authenticated user" | "authenticated users" => {
            ("`Authenticated` is everybody who is signed in", "Authenticated")
        }
        _ => {
            let rest = ["every ", "all ", "each ", "a ", "an ", "the role ", "the ", "role "]
                .iter()
                .find_map(|article| words.strip_prefix(article))?;
            let is_meant = |known: &str| key(known) == rest || Some(key(known).as_str()) == rest.strip_suffix('s');
            return known.into_iter().find(|known| is_meant(known)).map(Habit::write);
        }
    };
    Some(Habit::new(help, meant))
}

/// For tables.
pub(super) fn of_table(name: &str) -> Option<&'static str> {
    if ["row ", "rows ", "entry ", "entries ", "record in ", "record from ", "records in ", "records from "]
        .iter()
        .any(|begin| key(name).starts_with(begin))
    {
        return Some("rows of a table are `any record of comments`; those that point at the record are `any Comments`");
    }
    let every = ["every table", "all tables", "each table", "any table", "every", "all"].contains(&key(name).as_str());
    every.then_some(
        "write `on every table`, or `on every table with <column>`, which all that are meant have, or name the tables: `on invoices, orders`",
    )
}

/// What is meant by words that are no condition, and by which of them. The range is in bytes of `text`.
pub(super) struct Meant {
    pub(super) help: String,
    pub(super) edit: Option<(Range<usize>, String)>,
}

/// For conditions, as they are written.
pub(super) fn of_condition(text: &str) -> Option<Meant> {
    if let Some(meant) = of_access(text).or_else(|| of_rows(text)) {
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

/// `cannot read Project`, `may edit Project`: the access of another record, with other words for it.
fn of_access(text: &str) -> Option<Meant> {
    const CAN: [(&str, &str); 7] = [
        ("can not ", "not can"),
        ("cannot ", "not can"),
        ("cant ", "not can"),
        ("may not ", "not can"),
        ("may ", "can"),
        ("has access to ", "can read"),
        ("can ", "can"),
    ];
    let lower = text.to_ascii_lowercase();
    let (begin, meant) = CAN.iter().find(|(begin, _)| lower.starts_with(begin))?;
    if meant.ends_with("read") {
        return Some(Meant { help: "write `can read`".to_owned(), edit: Some((0..begin.len(), "can read ".to_owned())) });
    }
    let rest = &lower[begin.len()..];
    let (verb, of) = rest.split_once(' ').unwrap_or((rest, ""));
    let operation = match verb {
        "read" | "view" | "see" | "select" | "access" | "open" => "read",
        "update" | "edit" | "write" | "change" | "modify" => "update",
        "delete" | "remove" => "delete",
        _ => return None,
    };
    if of.is_empty() {
        let help = format!("say of which other record: `can {operation} Project`, where a path of this one leads");
        return Some(Meant { help, edit: None });
    }
    let meant = format!("{meant} {operation} ");
    Some(Meant { help: format!("write `{}`", meant.trim_end()), edit: Some((0..begin.len() + verb.len() + 1, meant)) })
}

/// `it has no Tasks`, `there are some Tasks`: what is said of rows begins with how many there are.
fn of_rows(text: &str) -> Option<Meant> {
    const SUBJECTS: [&str; 8] =
        ["it ", "this record ", "the record ", "there is ", "there are ", "there exists ", "has ", "have "];
    let lower = text.to_ascii_lowercase();
    let exist =
        [("there exists ", "any "), ("there exist ", "any "), ("exists ", "any "), ("exist ", "any "), ("none of ", "no ")];
    if let Some((words, meant)) = exist.iter().find(|(words, _)| lower.starts_with(words))
        && !["no ", "any ", "some ", "a ", "an "].iter().any(|count| lower[words.len()..].starts_with(count))
    {
        let whole = format!("{meant}{}", &text[words.len()..]);
        return Some(Meant { help: format!("write `{}`", whole.trim_end()), edit: Some((0..words.len(), (*meant).to_owned())) });
    }
    if let Some((number, rows)) = lower.split_once(' ')
        && let Some(count) = number.parse().ok().or_else(|| crate::syntax::number_in_words(number))
        && count > 0
    {
        let help = format!("write `at least {count} {rows}`, `fewer than {} {rows}`, or both, joined by `and`", count + 1);
        return Some(Meant { help, edit: None });
    }
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
