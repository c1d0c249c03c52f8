//! What people gained and lost, as data and for people. In: what was found. Out: lines of text.

use std::collections::BTreeSet;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::super::columns::{self, Shown};
use super::super::look::{Look, harmless};
use super::super::output::count;
use crate::report::Who;
use crate::scenario::Holding;

/// What somebody gained or lost.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    /// Whether it came or went.
    pub(super) gained: bool,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// A role that is held.
    Role(Holding),
    /// What is done with some records.
    Records {
        operation: &'static str,
        /// The table; of an action, its name.
        table: String,
        /// The fields that came or went; empty where that is all of the record, and where an operation has none.
        fields: Option<Vec<String>>,
        number: usize,
        /// The keys of the records.
        keys: Vec<String>,
    },
}

/// Somebody for whom something changed.
#[derive(Debug, Serialize)]
pub(super) struct Affected {
    #[serde(flatten)]
    pub(super) who: Who,
    pub(super) changed: Vec<Changed>,
}

/// All that changed on the rows of a test file or of a database.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    /// The test file; empty for a database.
    pub(super) file: Option<String>,
    pub(super) people: Vec<Affected>,
    /// How many people were asked about.
    pub(super) asked: usize,
    /// The tables of which only the first records were looked at.
    pub(super) cut: Vec<String>,
    /// Whether some answer depended on raw SQL, which only a server knows.
    pub(super) raw_sql: bool,
    /// What some session was asked for and does not say.
    pub(super) unsaid: BTreeSet<String>,
}

/// So wide are the keys of one line, where there are several.
const KEYS: usize = 40;

/// So wide is a list of fields.
const FIELDS: usize = 30;

/// Somebody's name, and what changed for them line by line.
pub(super) fn text(since: &str, found: &[Found], look: Look) -> String {
    let mut text = String::new();
    for one in found {
        let of = one.file.as_ref().filter(|_| found.len() > 1).map(|file| format!(", on the rows of {file}")).unwrap_or_default();
        let whom =
            |gained: bool| one.people.iter().filter(|person| person.changed.iter().any(|one| one.gained == gained)).count();
        let (gain, lose, all) = (whom(true), whom(false), one.asked);
        text.push_str(&match one.people.len() {
            0 => format!("since {since}{of}: nobody of {all} reaches more or less\n"),
            _ => format!("since {since}{of}: {gain} of {all} gained, {lose} lost\n"),
        });
        lines(&one.people, look.within(2)).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

fn lines(people: &[Affected], look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    for Affected { who, changed } in people {
        for (index, Changed { gained, what }) in changed.iter().enumerate() {
            let who = if index == 0 { harmless(&who.to_string()) } else { String::new() };
            let (word, colour) = if *gained { ("gained", "1;91") } else { ("lost", "32") };
            let (what, which) = in_words(what);
            lines.push(vec![who.into(), Shown { text: word.to_owned(), colour }, what.into(), which.into()]);
        }
    }
    columns::lines(&lines, look)
}

/// What is done with which table, and with which records.
fn in_words(what: &What) -> (String, String) {
    match what {
        What::Role(holding) => (holding.to_string(), "held".to_owned()),
        What::Records { operation, table, fields, number, keys } => {
            let fields = fields.as_ref().map(|fields| format!(" ({})", some(fields, FIELDS))).unwrap_or_default();
            let keys = if keys.is_empty() { String::new() } else { format!(": {}", some(keys, KEYS)) };
            (format!("{operation} {table}{fields}"), format!("{}{keys}", count(*number, "record")))
        }
    }
}

/// The first ones, as many as fit but at least one, and how many others there are.
fn some(names: &[String], width: usize) -> String {
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 && text.width() + name.width() > width {
            return format!("{text} and {} more", names.len() - index);
        }
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(name);
    }
    text
}
