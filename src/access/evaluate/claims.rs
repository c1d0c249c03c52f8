//! Which texts of a session are values of a type. What is badly formed is empty.

use std::cmp::Ordering;

use super::{Datum, Decimal, Number};
use crate::catalog::Type;

/// Whether a text is written as values of a type are. Of types that are not told by their form, reading them tells.
pub fn is_well_formed(r#type: &Type, text: &str) -> bool {
    match r#type {
        Type::Uuid => {
            let groups: Vec<&str> = text.split('-').collect();
            let is_hexadecimal = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
            groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hexadecimal)
        }
        Type::SmallInt | Type::Integer | Type::BigInt => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            is_digits(digits, 19) && (digits.len() < 19 || matches!(digits.as_bytes()[0], b'1'..=b'8'))
        }
        Type::Numeric(_) | Type::Double => is_decimal(text, 100, 100),
        Type::Real => is_decimal(text, 38, 30),
        Type::Boolean => matches!(text, "true" | "false"),
        _ => true,
    }
}

/// A number of a list as one that a narrower column can have, or nothing.
pub(super) fn within(value: Datum, r#type: &Type) -> Datum {
    let (least, greatest) = match r#type {
        Type::SmallInt => ("-32768", "32767"),
        Type::Integer => ("-2147483648", "2147483647"),
        _ => return value,
    };
    let order = |text: &str| {
        let end = Datum::Number(Number::Exact(Decimal::parse(text)?));
        value.compare(&end, &|left, right| left.cmp(right))
    };
    let fits = order(least).is_some_and(Ordering::is_ge) && order(greatest).is_some_and(Ordering::is_le);
    if fits { value } else { Datum::Null }
}

/// Seconds since 1970 as microseconds, rounded as the server does it; `None` for what is none.
pub(super) fn seconds(text: &str) -> Option<i64> {
    /// From 1970 to 2000, which the server counts from.
    const EPOCH: i32 = 946_684_800;
    if !is_decimal(text, 11, 30) {
        return None;
    }
    let since_2000 = ((text.parse::<f64>().ok()? - f64::from(EPOCH)) * 1e6).round_ties_even();
    Some(since_2000 as i64 + i64::from(EPOCH) * 1_000_000)
}

fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits, and perhaps more of them behind a point.
fn is_decimal(text: &str, whole: usize, fraction: usize) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.split_once('.') {
        None => is_digits(digits, whole),
        Some((before, after)) => is_digits(before, whole) && is_digits(after, fraction),
    }
}
