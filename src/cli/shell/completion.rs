//! What a line of the shell could go on with. In: names, and a line as far as it is written. Out: what fits the last word.

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};

/// How statements begin, and the words of the shell itself.
const BEGINNINGS: [&str; 10] =
    ["SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO", "WITH", "VALUES", "EXPLAIN", "as", "quit"];

/// The names that there are.
pub(super) struct Names {
    /// Tables and their columns, as SQL writes them.
    pub(super) of_tables: Vec<String>,
    /// Whom one can be.
    pub(super) people: Vec<String>,
}

impl Names {
    /// Where the last word begins, and what it could be.
    fn fitting(&self, line: &str) -> (usize, Vec<&str>) {
        let is_inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '"' | '-');
        let names_somebody = line.strip_prefix("as ");
        let at = match names_somebody {
            Some(name) => line.len() - name.len(),
            None => {
                line.char_indices().rev().take_while(|(_, letter)| is_inside(*letter)).last().map_or(line.len(), |(at, _)| at)
            }
        };
        let word = line[at..].to_lowercase();
        let known: Vec<&str> = match (names_somebody, line[..at].trim().is_empty()) {
            (Some(_), _) => self.people.iter().map(String::as_str).collect(),
            (None, true) => BEGINNINGS.to_vec(),
            (None, false) => self.of_tables.iter().map(String::as_str).collect(),
        };
        (at, known.into_iter().filter(|name| name.to_lowercase().starts_with(&word)).collect())
    }
}

impl Completer for Names {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let (at, found) = self.fitting(&line[..position]);
        let pair = |name: &str| Pair { display: name.to_owned(), replacement: format!("{name} ") };
        Ok((at, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {}

impl Validator for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn a_word_becomes_what_may_stand_there() {
        let of_tables = ["items", "items_old", "name"].map(str::to_owned).to_vec();
        let names = Names { of_tables, people: ["Ann Lee", "Bob"].map(str::to_owned).to_vec() };
        for (line, at, wanted) in [
            (
                "",
                0,
                &["SELECT", "INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO", "WITH", "VALUES", "EXPLAIN", "as", "quit"][..],
            ),
            ("  del", 2, &["DELETE FROM"]),
            ("select * from IT", 14, &["items", "items_old"]),
            ("select na", 7, &["name"]),
            ("select count(na", 13, &["name"]),
            ("as an", 3, &["Ann Lee"]),
            ("as ann l", 3, &["Ann Lee"]),
            ("as x", 3, &[]),
            ("select \u{e9}t", 7, &[]),
        ] {
            assert_eq!(names.fitting(line), (at, wanted.to_vec()), "{line}");
        }
    }
}
