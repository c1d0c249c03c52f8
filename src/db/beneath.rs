//! A statement on masking views as one on the tables below them. In: the text of a statement, views and their tables. Out: the text with the tables' names. Texts, remarks and names of
//! columns stay.

use crate::catalog::QualifiedName;
use crate::objects::quote::qualified;

/// The statement on the tables. A view is named with its schema; what the search path finds is for the search path to say.
pub(super) fn beneath(statement: &str, views: &[(QualifiedName, QualifiedName)]) -> String {
    let mut out = String::new();
    let mut rest = statement;
    // Behind a dot, a name is a part of another.
    let mut is_part = false;
    while !rest.is_empty() {
        let (schema, length) = name(rest);
        let Some(schema) = schema.filter(|_| !is_part) else {
            let length = if length > 0 { length } else { other(rest, &out) };
            out.push_str(&rest[..length]);
            is_part = rest[..length].trim_end().ends_with('.') || is_part && rest[..length].trim().is_empty();
            rest = &rest[length..];
            continue;
        };
        let relation = behind_dot(&rest[length..]);
        let found = relation.and_then(|(relation, more)| {
            let of = |(view, _): &&(QualifiedName, QualifiedName)| view.schema == schema && view.name == relation;
            Some((views.iter().find(of)?, length + more))
        });
        let length = match found {
            Some(((_, table), length)) => {
                out.push_str(&qualified(table));
                length
            }
            None => {
                out.push_str(&rest[..length]);
                length
            }
        };
        is_part = false;
        rest = &rest[length..];
    }
    out
}

/// The name behind a dot, and how much of the text both are.
fn behind_dot(text: &str) -> Option<(String, usize)> {
    let dot = text.trim_start().strip_prefix('.')?;
    let start = text.len() - dot.trim_start().len();
    let (name, length) = name(&text[start..]);
    Some((name?, start + length))
}

/// The name that a text begins with, as the catalog has it, and how much of the text it is.
fn name(text: &str) -> (Option<String>, usize) {
    if let Some(quoted) = text.strip_prefix('"') {
        let mut ends = quoted.match_indices('"').map(|(at, _)| at);
        let mut skipped = None;
        let end = ends.find(|&at| {
            let is_double = skipped != Some(at) && quoted[at + 1..].starts_with('"');
            let is_second = skipped == Some(at);
            skipped = is_double.then_some(at + 1);
            !is_double && !is_second
        });
        let end = end.unwrap_or(quoted.len());
        return (Some(quoted[..end].replace("\"\"", "\"")), (end + 2).min(text.len()));
    }
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    if !text.starts_with(is_start) {
        return (None, 0);
    }
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    (Some(text[..length].to_lowercase()), length)
}

/// How much of a text is one piece that has no names in it.
fn other(text: &str, before: &str) -> usize {
    let behind = |start: usize, end: &str| text[start..].find(end).map_or(text.len(), |at| start + at + end.len());
    if text.starts_with('\'') {
        let has_escapes =
            before.ends_with(['e', 'E']) && !before[..before.len() - 1].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        return string(text, has_escapes);
    }
    if text.starts_with("--") {
        return behind(2, "\n");
    }
    if text.starts_with("/*") {
        return remark(text);
    }
    if let Some(tag) = text.strip_prefix('$').and_then(|rest| rest.split_once('$')).map(|(tag, _)| tag)
        && tag.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !tag.starts_with(|c: char| c.is_ascii_digit())
    {
        let tag = format!("${tag}$");
        return behind(tag.len(), &tag);
    }
    // A number keeps the letters that it has.
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    }
    text.chars().next().map_or(0, char::len_utf8)
}

/// A text in quotes.
fn string(text: &str, has_escapes: bool) -> usize {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' if has_escapes => drop(letters.next()),
            '\'' if letters.peek().is_some_and(|(_, next)| *next == '\'') => drop(letters.next()),
            '\'' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A remark, in which others may stand.
fn remark(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if text[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::beneath;
    use crate::catalog::QualifiedName;

    #[test]
    fn names_of_views_and_nothing_else() {
        let view = |schema: &str, name: &str| (QualifiedName::new("shown", name), QualifiedName::new(schema, name));
        let views = [view("public", "samples"), view("lab", "My \"own\"")];
        for (statement, expected) in [
            ("SELECT * FROM shown.samples", "SELECT * FROM public.samples"),
            ("SELECT s.id FROM Shown . \"samples\" s", "SELECT s.id FROM public.samples s"),
            ("SELECT shown.samples.id FROM shown.samples", "SELECT public.samples.id FROM public.samples"),
            ("TABLE shown.\"My \"\"own\"\"\"", "TABLE lab.\"My \"\"own\"\"\""),
            ("SELECT 'shown.samples', E'\\'shown.samples', $$shown.samples$$, $a$ shown.samples $a$", ""),
            ("SELECT 1 -- shown.samples\n /* shown.samples /* */ shown.samples */ + 1", ""),
            ("SELECT x.shown.samples, shown.others, \"SHOWN\".samples, sshown.samples, 'it''s shown.samples', $1", ""),
            ("SELECT 1e5, a.b, 'open", ""),
            ("", ""),
        ] {
            let expected = if expected.is_empty() { statement } else { expected };
            assert_eq!(beneath(statement, &views), expected);
        }
    }
}
