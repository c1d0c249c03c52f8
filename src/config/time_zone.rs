//! Which names of time zones are accepted: those that every server and client reads alike. In: a name. Out: what is wrong with it. Names are
//! looked up where the machine has the database of time zones; otherwise only their form is checked.

use crate::diagnostic::did_you_mean;

/// Why a name is not accepted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) title: String,
    /// What PostgreSQL would do with it.
    pub(super) note: Option<&'static str>,
    pub(super) help: String,
}

/// What the machine knows of time zones. Names are listed only where one is wrong: it takes as long as reading a large project.
trait Database {
    /// Whether there is a zone of this name; `None` where nothing is known of any.
    fn has(&self, name: &str) -> Option<bool>;
    fn names(&self) -> Vec<String>;
}

/// The machine's own.
struct Machine;

impl Database for Machine {
    fn has(&self, name: &str) -> Option<bool> {
        let database = jiff::tz::db();
        (!database.is_definitively_empty()).then(|| database.get(name).is_ok_and(|zone| !zone.is_unknown()))
    }

    fn names(&self) -> Vec<String> {
        jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect()
    }
}

/// What is wrong with a name, on this machine.
pub(super) fn problem(name: &str) -> Option<Problem> {
    problem_in(&Machine, name)
}

/// `UTC`, or an area and a place in it that the database has; where there is none, any.
fn problem_in(database: &impl Database, name: &str) -> Option<Problem> {
    if name == "UTC" {
        return None;
    }
    let (title, note) = if let Some(rest) = name.strip_prefix("right/").or(name.strip_prefix("posix/")) {
        return Some(Problem { title: unknown(name), note: None, help: format!("write `{rest}`") });
    } else if has_offset(name) {
        let note = "behind a name, PostgreSQL counts offsets the other way round (POSIX): `UTC+3` and `Etc/GMT+3` are three hours behind UTC";
        (format!("`{name}` is an offset, not the name of a time zone"), Some(note))
    } else if !name.contains('/') && is_word(name) {
        let note = "PostgreSQL takes a name without an area for an abbreviation first, and every client may choose another list of these \
                    (`timezone_abbreviations`)";
        (format!("`{name}` does not say which place it means"), Some(note))
    } else if !name.contains('/') || !name.split('/').all(is_word) {
        (format!("`{name}` is not the name of a time zone"), None)
    } else if database.has(name).unwrap_or(true) {
        return None;
    } else {
        (unknown(name), Some("policies with an unknown time zone can be made, and every query that asks them fails"))
    };
    Some(Problem { title, note, help: help(name, &database.names()) })
}

fn unknown(name: &str) -> String {
    format!("there is no time zone `{name}`")
}

/// Letters, `_` and `-`, as in `Port-au-Prince`.
fn is_word(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_alphabetic()) && part.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '_' | '-'))
}

/// `UTC+3`, `Etc/GMT-2`, `EST5EDT`, `+02:00`. Those below `Etc` mean the same everywhere, and hardly ever what their authors think.
fn has_offset(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.contains(|c: char| c.is_ascii_digit()) && last.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':'))
}

/// The name that was probably meant: a close one, or the one whose place is called so.
fn help(name: &str, known: &[String]) -> String {
    // Of three letters, some place is always near.
    let is_abbreviation = !name.contains('/') && name.chars().all(|c| c.is_ascii_uppercase());
    let places =
        || known.iter().filter(|other| other.contains('/') && other.split('/').all(is_word) && !other.starts_with("Etc/"));
    let near = did_you_mean(name, places().map(String::as_str)).or_else(|| {
        let place_of = |other: &str| other.rsplit('/').next().unwrap_or_default().to_owned();
        let all: Vec<String> = places().map(|other| place_of(other)).collect();
        let place = did_you_mean(name, all.iter().map(String::as_str))?;
        places().find(|other| place_of(other) == place).cloned()
    });
    match near.filter(|_| !is_abbreviation) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write `UTC`, or an area and a place: `Europe/Vienna`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, problem_in};

    /// Nothing is known where there is no name.
    impl Database for Vec<String> {
        fn has(&self, name: &str) -> Option<bool> {
            (!self.is_empty()).then(|| self.iter().any(|other| other.eq_ignore_ascii_case(name)))
        }

        fn names(&self) -> Vec<String> {
            self.clone()
        }
    }

    fn told(name: &str, known: &[&str]) -> Option<(String, String)> {
        let known: Vec<String> = known.iter().map(|name| (*name).to_owned()).collect();
        problem_in(&known, name).map(|problem| (problem.title, problem.help))
    }

    const KNOWN: [&str; 8] = [
        "UTC",
        "EST",
        "Etc/GMT+3",
        "Etc/UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
        "America/Port-au-Prince",
        "Japan",
    ];

    #[test]
    fn places_and_utc_are_accepted() {
        for name in
            ["UTC", "Europe/Berlin", "europe/berlin", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/UTC"]
        {
            assert_eq!(told(name, &KNOWN), None, "{name}");
        }
    }

    #[test]
    fn what_is_read_differently_is_not() {
        for name in ["EST", "CET", "Japan", "utc", "GMT"] {
            assert!(told(name, &KNOWN).is_some_and(|told| told.0.contains("does not say which place")), "{name}");
        }
        for name in ["UTC+3", "Etc/GMT+3", "EST5EDT", "+02:00", "<+03>-3", "GMT0"] {
            assert!(told(name, &KNOWN).is_some(), "{name}");
        }
        for name in ["", "/", "Europe/", "/Berlin", "Europe/Ber lin", "UTC; DROP TABLE x", "Europe/Berlin'", "Europe/Wien\u{e9}"]
        {
            assert!(told(name, &[]).is_some(), "{name}");
        }
    }

    #[test]
    fn what_was_meant_is_said() {
        let help = |name: &str| told(name, &KNOWN).map(|told| told.1);
        assert_eq!(help("Europe/Berln").as_deref(), Some("did you mean `Europe/Berlin`?"));
        assert_eq!(help("Berlin").as_deref(), Some("did you mean `Europe/Berlin`?"));
        assert_eq!(help("right/Europe/Berlin").as_deref(), Some("write `Europe/Berlin`"));
        assert_eq!(help("EST").as_deref(), Some("write `UTC`, or an area and a place: `Europe/Vienna`"));
    }

    #[test]
    fn without_a_database_only_the_form_is_checked() {
        assert_eq!(told("Europe/Nowhere", &[]), None);
        assert_eq!(told("Europe/Nowhere", &KNOWN).map(|told| told.0).as_deref(), Some("there is no time zone `Europe/Nowhere`"));
        assert!(told("EST", &[]).is_some() && told("UTC+3", &[]).is_some());
    }

    #[test]
    fn this_machine_is_asked() {
        let is_there = !jiff::tz::db().is_definitively_empty();
        assert_eq!(super::problem("Europe/Vienna"), None);
        assert_eq!(super::problem("Europe/Wien").is_some(), is_there);
        assert_eq!(super::problem("Etc/Unknown").is_some(), is_there);
    }
}
