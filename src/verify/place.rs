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

impl<'a> Grant<'a> {
    /// The column, or several with commas between them, and the table.
    pub(super) fn column(&self) -> Option<(&'a str, &'a str)> {
        let (table, column) = first_word(self.place);
        let column = column.strip_prefix(" (")?.strip_suffix(')')?;
        (!table.is_empty()).then_some((column, table))
    }

    /// The name of what it is at, without a schema before it: `docs`, `crm`, `f`.
    pub fn object(&self) -> &'a str {
        let place = ["schema ", "function ", "setting "].into_iter().find_map(|word| self.place.strip_prefix(word));
        let place = place.unwrap_or(self.place);
        let is_outside = |at: usize| place[..at].matches('"').count().is_multiple_of(2);
        let end = place.match_indices([' ', '(']).find(|(at, _)| is_outside(*at)).map_or(place.len(), |(at, _)| at);
        let start = place[..end].match_indices('.').rfind(|(at, _)| is_outside(*at)).map_or(0, |(at, _)| at + 1);
        place[start..end].trim_matches('"')
    }

    /// What it is about, in words.
    pub(super) fn said(&self) -> String {
        let Some((columns, table)) = self.column() else { return self.place.to_owned() };
        let is_outside = |at: usize| columns[..at].matches('"').count().is_multiple_of(2);
        let word = if columns.match_indices(',').any(|(at, _)| is_outside(at)) { "columns" } else { "column" };
        format!("{word} {columns} of {table}")
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

#[cfg(test)]
mod tests {
    use super::of_grant;

    #[test]
    fn what_a_right_is_at_has_a_name_of_its_own() {
        for (name, wanted) in [
            ("SELECT on public.docs to app", "docs"),
            ("SELECT on public.docs (id, title) to app", "docs"),
            ("SELECT on \"my.own\".\"all (docs)\" (\"a b\") to \"the app\"", "all (docs)"),
            ("USAGE on schema crm to PUBLIC", "crm"),
            ("EXECUTE on function crm.f(integer,text) to app", "f"),
            ("SET on setting session_replication_role to app", "session_replication_role"),
        ] {
            assert_eq!(of_grant(name).map(|right| right.object()), Some(wanted));
        }
    }
}
