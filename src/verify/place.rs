//! The names of facts, taken apart: they are SQL with words between.

use std::borrow::Cow;

use crate::objects::quote;

/// A table and what is on it, each as SQL: the last space outside of quotes is between them.
pub(super) fn of_table(name: &str) -> (&str, &str) {
    let mut is_quoted = false;
    let mut space = None;
    for (at, character) in name.char_indices() {
        match character {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => space = Some(at),
            _ => {}
        }
    }
    space.map_or((name, ""), |at| (&name[..at], &name[at + 1..]))
}

/// The first name, and what is behind it.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    let is_outside = |at: usize| text[..at].matches('"').count().is_multiple_of(2);
    let end = text.match_indices(' ').find(|(at, _)| is_outside(*at)).map_or(text.len(), |(at, _)| at);
    (&text[..end], &text[end..])
}

/// What stands on either side of a word, that outside of quotes.
pub(super) fn around<'a>(name: &'a str, word: &str) -> (&'a str, &'a str) {
    let outside = |at: usize| name[..at].matches('"').count().is_multiple_of(2);
    let found = name.match_indices(word).find(|(at, _)| outside(*at));
    found.map_or((name, ""), |(at, _)| (&name[..at], &name[at + word.len()..]))
}

/// A right of somebody at something.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// What it allows: `SELECT`.
    pub privilege: &'a str,
    /// At what: `public.docs`, `public.docs (title)`, `schema crm`, `function crm.f(integer)`.
    pub place: &'a str,
    /// Whose it is, as SQL.
    pub grantee: &'a str,
}

/// `SELECT on public.docs (title) to app_user`
pub fn of_grant(name: &str) -> Option<Grant<'_>> {
    let (privilege, rest) = name.split_once(" on ")?;
    // A name may say ` to ` in quotes: who it is for stands last, and has no space but in quotes.
    let (place, grantee) = of_table(rest);
    Some(Grant { privilege, place: place.strip_suffix(" to")?, grantee })
}

impl Grant<'_> {
    /// The column, and the table.
    fn column(&self) -> Option<(&str, &str)> {
        let (table, column) = of_table(self.place);
        let column = column.strip_prefix('(')?.strip_suffix(')')?;
        (!table.is_empty()).then_some((column, table))
    }

    /// What it is about, in words.
    pub(super) fn said(&self) -> String {
        self.column().map_or_else(|| self.place.to_owned(), |(column, table)| format!("column {column} of {table}"))
    }

    /// `SELECT (title) ON public.docs`
    pub(super) fn statement(&self) -> String {
        if let Some((column, table)) = self.column() {
            return format!("{} ({column}) ON {table}", self.privilege);
        }
        let kinds = [("schema ", "SCHEMA "), ("function ", "ROUTINE "), ("setting ", "PARAMETER ")];
        let place = kinds.into_iter().find_map(|(word, sql)| Some(format!("{sql}{}", self.place.strip_prefix(word)?)));
        // Of relations, only sequences have it.
        let sequence = if self.privilege == "USAGE" { "SEQUENCE " } else { "" };
        format!("{} ON {}", self.privilege, place.unwrap_or_else(|| format!("{sequence}{}", self.place)))
    }
}

/// A name as SQL.
pub(super) fn quoted(name: &str) -> Cow<'_, str> {
    quote::identifier(name)
}
