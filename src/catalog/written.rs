//! Which texts PostgreSQL reads as a value of which type, as far as can be told without a server. In: a text and a type. Out: whether it may be one; a text is
//! refused only where no server would take it.

use super::{Enums, Type};

/// Whether a text may be a value of a type. Of what the language does not know, every text may.
pub fn may_be(enums: &Enums, r#type: &Type, text: &str) -> bool {
    let trimmed = text.trim();
    match r#type {
        Type::SmallInt => is_whole(trimmed, |digits| digits.parse::<i16>().is_ok()),
        Type::Integer => is_whole(trimmed, |digits| digits.parse::<i32>().is_ok()),
        Type::BigInt => is_whole(trimmed, |digits| digits.parse::<i64>().is_ok()),
        // `NaN` and `Infinity` are numbers there, and here.
        Type::Numeric(_) | Type::Real | Type::Double => trimmed.parse::<f64>().is_ok() || is_of_version_16(trimmed),
        Type::Boolean => is_boolean(&trimmed.to_ascii_lowercase()),
        Type::Uuid => {
            let digits: Vec<char> = trimmed.trim_matches(['{', '}']).chars().filter(|&c| c != '-').collect();
            digits.len() == 32 && digits.iter().all(char::is_ascii_hexdigit)
        }
        Type::Date | Type::Timestamp | Type::TimestampTz => is_moment(trimmed),
        // As PostgreSQL writes arrays, perhaps with the numbers of their first elements.
        Type::Array(_) => trimmed.starts_with(['{', '[']),
        Type::Enum(name) => enums.get(name).is_none_or(|values| values.iter().any(|value| value == text)),
        _ => true,
    }
}

fn is_whole(text: &str, fits: impl Fn(&str) -> bool) -> bool {
    fits(text) || is_of_version_16(text)
}

/// Groups of digits, and digits of another base.
fn is_of_version_16(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']);
    let lower = digits.to_ascii_lowercase();
    let is_of_base = ["0x", "0b", "0o"].iter().any(|base| lower.starts_with(base));
    is_of_base || (digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('_'))
}

/// PostgreSQL takes the beginning of a word, too, where it is that of one alone.
fn is_boolean(text: &str) -> bool {
    let begins = |word: &str, least: usize| text.len() >= least && word.starts_with(text);
    let words = [("true", 1), ("false", 1), ("yes", 1), ("no", 1), ("on", 2), ("off", 2), ("1", 1), ("0", 1)];
    words.into_iter().any(|(word, least)| begins(word, least))
}

/// A moment has a digit, or is a word that stands for one; and what begins as a day of the calendar is one.
fn is_moment(text: &str) -> bool {
    const WORDS: [&str; 8] = ["now", "today", "tomorrow", "yesterday", "epoch", "infinity", "-infinity", "+infinity"];
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    }
    let Some((day, rest)) = text.split_at_checked(10) else { return true };
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, day] = parts[..] else { return true };
    let numbers = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>());
    match (numbers, year.len(), rest.contains(['B', 'b'])) {
        ((Ok(year), Ok(month), Ok(day)), 4, false) => day > 0 && day <= days_of(year, month),
        _ => true,
    }
}

/// How many days a month has; none, where there is no such month.
fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}
