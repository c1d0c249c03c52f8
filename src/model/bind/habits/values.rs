//! Values as people say them: `null`, `Current User`, `equal to 3`. In: a name that no column has, what stands before it. Out: what is meant.

use super::{Around, Habit, key, times};
use crate::ast;
use crate::catalog::Type;

/// Words behind `is` that belong to an operator: what stands there instead, and behind `is not`, where `not` goes, too.
const TAILS: [(&str, &str, Option<&str>); 24] = [
    ("equal to ", "", None),
    ("not equal to ", "not ", None),
    ("different from ", "not ", None),
    ("equals ", "", None),
    ("identical to ", "", None),
    ("no more than ", "at most ", None),
    ("no less than ", "at least ", None),
    ("no fewer than ", "at least ", None),
    ("up to ", "at most ", None),
    ("more than ", "greater than ", Some("at most ")),
    ("bigger than ", "greater than ", Some("at most ")),
    ("larger than ", "greater than ", Some("at most ")),
    ("higher than ", "greater than ", Some("at most ")),
    ("greater than ", "greater than ", Some("at most ")),
    ("above ", "greater than ", Some("at most ")),
    ("over ", "greater than ", Some("at most ")),
    ("fewer than ", "less than ", Some("at least ")),
    ("less than ", "less than ", Some("at least ")),
    ("smaller than ", "less than ", Some("at least ")),
    ("lower than ", "less than ", Some("at least ")),
    ("below ", "less than ", Some("at least ")),
    ("under ", "less than ", Some("at least ")),
    ("later than ", "after ", None),
    ("earlier than ", "before ", None),
];

/// For values.
pub(crate) fn of_value(label: &ast::Label, around: &Around<'_>) -> Option<Habit> {
    let words = key(&label.text);
    match words.as_str() {
        _ if label.exact => return None,
        "null" | "nil" | "nothing" | "none" | "not null" => {
            return Some(Habit::new(
                "write `is empty` or `is not empty`",
                if words == "not null" { "not empty" } else { "empty" },
            ));
        }
        words if user(words) => return Some(Habit::write("Logged in User")),
        "there" => {
            return Some(Habit::help("that a value is missing is `… is empty`, that no rows point at the record `no …`"));
        }
        "nobody" | "no one" | "signed in" => {
            return Some(Habit::help(
                "with nobody signed in, `Logged in User is empty` is true; else `Logged in User is not empty`",
            ));
        }
        "self" | "this" | "it" | "record" | "the record" | "row" | "this row" => return Some(Habit::write("this record")),
        "readable" | "visible" | "editable" => {
            return Some(Habit::help("the access to another record is `can read …`, `can update …`, `can delete …`"));
        }
        "current date" => return Some(Habit::write("today")),
        "current timestamp" | "current time" => return Some(Habit::write("now")),
        words if words.ends_with(" look up by row") || words.ends_with(" look up by list") => {
            return Some(Habit::help("`look up by …` stands before the first `where`"));
        }
        _ => {}
    }
    if let Some(habit) = of_presence(&words, around).or_else(|| of_range(label)) {
        return Some(habit);
    }
    if let Some(meant) = of_truth(&words, around).or_else(|| words.strip_prefix("minus ").map(|rest| format!("-{rest}"))) {
        return Some(Habit::write(meant));
    }
    if let Some(claim) = words.strip_prefix("claim ").filter(|claim| !claim.contains(' ')) {
        return Some(Habit::write(format!("Claim \"{claim}\"")));
    }
    if ["length of ", "size of ", "sum of ", "total of ", "average of "].iter().any(|begin| words.starts_with(begin)) {
        return Some(Habit::help(
            "nothing is computed here: `sql \"…\"` takes an expression of SQL, and `derived:` in the schema file names what is computed of a record",
        ));
    }
    times::of_value(&words, around).or_else(|| of_operator(label, &words, around)).or_else(|| of_number(label))
}

/// Who is signed in.
pub(super) fn user(words: &str) -> bool {
    const USERS: [&str; 20] = [
        "user",
        "the user",
        "users",
        "current user",
        "the current user",
        "logged in",
        "logged in user",
        "logged in users",
        "loggedinuser",
        "currentuser",
        "userid",
        "session user",
        "the logged in user",
        "signed in user",
        "authenticated user",
        "current user id",
        "user id",
        "me",
        "myself",
        "auth uid",
    ];
    USERS.contains(&words)
}

/// `is equal to 3`, `is not more than 3`: the value stands behind words of the operator.
fn of_operator(label: &ast::Label, words: &str, around: &Around<'_>) -> Option<Habit> {
    let before = around.before.trim_end();
    let (operator, negated) = match before.to_ascii_lowercase() {
        lower if lower.ends_with(" is not") => (3, true),
        lower if lower.ends_with(" is") => (0, false),
        _ => return None,
    };
    let (tail, meant, opposite) = TAILS.iter().find(|(tail, ..)| words.starts_with(tail))?;
    let value = label.text.get(tail.len()..)?;
    let value = if user(&key(value)) { "Logged in User" } else { value };
    match (negated, opposite) {
        (true, Some(opposite)) => {
            let blanks = around.before.len() - before.len();
            let meant = format!("{opposite}{value}");
            Some(Habit { help: format!("write `is {meant}`"), meant: Some((operator + blanks, meant)), or: None })
        }
        _ if *tail == *meant => None,
        _ => Some(Habit {
            help: format!("write `{}{meant}{value}`", if negated { "is not " } else { "is " }),
            meant: Some((0, format!("{meant}{value}"))),
            or: None,
        }),
    }
}

/// `is set`, `is not given`, `is missing`: whether there is a value.
fn of_presence(words: &str, around: &Around<'_>) -> Option<Habit> {
    let before = around.before.trim_end();
    let lower = before.to_ascii_lowercase();
    let negated = lower.ends_with(" is not");
    let is_there = match words {
        "set" | "given" | "present" | "defined" | "known" | "filled" | "filled in" | "there" => true,
        "empty list" | "an empty list" | "empty array" | "missing" | "unset" | "undefined" | "unknown" | "absent" | "blank" => {
            false
        }
        _ => return None,
    };
    let blanks = around.before.len() - before.len();
    match (negated, is_there) {
        (true, is_there) => {
            let meant = if is_there { "empty" } else { "not empty" };
            Some(Habit { help: format!("write `is {meant}`"), meant: Some(("not".len() + blanks, meant.to_owned())), or: None })
        }
        (false, is_there) if lower.ends_with(" is") => {
            let meant = if is_there { "not empty" } else { "empty" };
            Some(Habit { help: format!("write `is {meant}`"), meant: Some((0, meant.to_owned())), or: None })
        }
        _ => None,
    }
}

/// `is yes`, of a truth value.
fn of_truth(words: &str, around: &Around<'_>) -> Option<String> {
    let meant = match words {
        "yes" | "y" | "on" | "1" => "true",
        "no" | "n" | "off" | "0" => "false",
        _ => return None,
    };
    (around.beside == Some(&Type::Boolean)).then(|| meant.to_owned())
}

/// `between 1 to 5`, `from 1 to 5`
fn of_range(label: &ast::Label) -> Option<Habit> {
    let (low, high) = ["between ", "from "].iter().find_map(|begin| label.text.strip_prefix(begin))?.split_once(" to ")?;
    Some(Habit::write(format!("between {low} and {high}")))
}

/// `number Notes`, `count of Notes`
fn of_number(label: &ast::Label) -> Option<Habit> {
    let lower = label.text.to_ascii_lowercase();
    let begins = ["number ", "count of ", "count ", "the number of "].into_iter().find(|words| lower.starts_with(words))?;
    let rows = label.text.get(begins.len()..).filter(|rows| begins.ends_with(" of ") || rows.starts_with(char::is_uppercase))?;
    Some(Habit::write(format!("number of {rows}")))
}
