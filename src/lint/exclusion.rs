//! Two statements about one value that leave nothing of it: a text that starts with one thing and is another, a moment before yesterday and after today. In: two statements
//! that are both true of one record. Out: whether no value is so. Letters may count alike (citext, `ignoring case`), so where that matters both ways are looked at.

use std::cmp::Ordering;

use crate::access::Atom;
use crate::catalog::Family;
use crate::model::{Comparison, Duration, Literal, PartPlace, TimeUnit, Value};

/// Whether no value makes both true.
pub(super) fn leave_nothing(one: &Atom, other: &Atom) -> bool {
    ends_cross(one, other) || texts_differ(one, other)
}

/// Whether two constants are one value, as far as can be told: of texts, letter by letter.
pub(super) fn is_same(one: &Literal, other: &Literal) -> bool {
    one.text == other.text || order(one, other) == Some(Ordering::Equal)
}

/// Bounds that leave nothing between them: above 10 and below 5, before today and after today.
fn ends_cross(one: &Atom, other: &Atom) -> bool {
    let (Some((value, low, low_included)), Some((of, high, high_included))) = (lower_end(one), upper_end(other)) else {
        return false;
    };
    let both_included = low_included && high_included;
    value == of
        && match (low, high) {
            (Value::Literal(low), Value::Literal(high)) => match order(low, high) {
                Some(Ordering::Greater) => true,
                Some(Ordering::Equal) => !both_included,
                _ => false,
            },
            (low, high) if low == high => !both_included,
            (low, high) => matches!((seconds(low), seconds(high)), (Some((least, _)), Some((_, most))) if least > most),
        }
}

/// The value that a statement bounds from below, by what, and whether that is among what is left.
fn lower_end(atom: &Atom) -> Option<(&Value, &Value, bool)> {
    match atom {
        Atom::Compare { left, operator: Comparison::Greater, right } => Some((left, right, false)),
        Atom::Compare { left, operator: Comparison::AtLeast | Comparison::Equal, right } => Some((left, right, true)),
        _ => None,
    }
}

fn upper_end(atom: &Atom) -> Option<(&Value, &Value, bool)> {
    match atom {
        Atom::Compare { left, operator: Comparison::Less, right } => Some((left, right, false)),
        Atom::Compare { left, operator: Comparison::AtMost | Comparison::Equal, right } => Some((left, right, true)),
        _ => None,
    }
}

/// Numbers and days that are written so that they can be compared here.
fn order(one: &Literal, other: &Literal) -> Option<Ordering> {
    if one.is_day && other.is_day {
        return Some(one.text.cmp(&other.text));
    }
    let number = |literal: &Literal| match literal.r#type.family() {
        Family::Number if literal.text.len() <= 15 => literal.text.parse::<f64>().ok(),
        _ => None,
    };
    number(one)?.partial_cmp(&number(other)?)
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How many seconds a moment lies from now, at least and at most: days have 23 to 25 hours, and months and years are of several lengths.
fn seconds(value: &Value) -> Option<(i64, i64)> {
    match value {
        Value::Now(_) => Some((0, 0)),
        Value::Today(_) => Some((-DAY - HOUR, 0)),
        Value::Tomorrow(_) => Some((0, DAY + HOUR)),
        Value::Shifted(Duration { amount, unit }, _) => {
            let amount = i64::from(*amount);
            let (short, long, slack) = match unit {
                TimeUnit::Second => (1, 1, 0),
                TimeUnit::Minute => (60, 60, 0),
                TimeUnit::Hour => (HOUR, HOUR, 0),
                TimeUnit::Day => (DAY, DAY, HOUR),
                TimeUnit::Week => (7 * DAY, 7 * DAY, HOUR),
                TimeUnit::Month => (28 * DAY, 31 * DAY, HOUR),
                TimeUnit::Year => (365 * DAY, 366 * DAY, HOUR),
            };
            let (one, other) = (amount * short, amount * long);
            Some((one.min(other) - slack, one.max(other) + slack))
        }
        _ => None,
    }
}

/// What a statement says of a text.
struct Text<'a> {
    whole: &'a Value,
    /// The texts that it may be, or the part that it has.
    says: Says<'a>,
    /// Whether letters count alike.
    ignores_case: bool,
}

enum Says<'a> {
    Is(Vec<&'a str>),
    Has { place: PartPlace, part: &'a str, negated: bool },
}

fn text_of(atom: &Atom) -> Option<Text<'_>> {
    let ignores_case = matches!(atom, Atom::IgnoringCase(_));
    let (whole, says) = match atom.without_case() {
        Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(right) } => (left, Says::Is(vec![&right.text])),
        Atom::OneOf { value, list, negated: false } => (value, Says::Is(list.iter().map(|item| item.text.as_str()).collect())),
        Atom::Part { whole, place, part: Value::Literal(part), negated } => {
            (whole, Says::Has { place: *place, part: &part.text, negated: *negated })
        }
        _ => return None,
    };
    Some(Text { whole, says, ignores_case })
}

fn texts_differ(one: &Atom, other: &Atom) -> bool {
    let (Some(one), Some(other)) = (text_of(one), text_of(other)) else { return false };
    if one.whole != other.whole {
        return false;
    }
    match (&one.says, &other.says) {
        // Where letters do not fit in any case, they do not fit.
        (Says::Is(texts), Says::Has { place, part, negated: false }) => {
            texts.iter().all(|text| !has(&text.to_lowercase(), *place, &part.to_lowercase()))
        }
        (Says::Is(texts), Says::Has { place, part, negated: true }) => {
            let (is_in, ignores) = (|text: &str, part: &str| has(text, *place, part), other.ignores_case);
            let is_excluded =
                |text: &str| if ignores { is_in(&text.to_lowercase(), &part.to_lowercase()) } else { is_in(text, part) };
            texts.iter().all(|text| is_excluded(text)) && (ignores || !one.ignores_case)
        }
        (Says::Has { place, part, negated: false }, Says::Has { place: of, part: without, negated: true }) => {
            let is_part = match (place, of) {
                (_, PartPlace::Anywhere) => has as fn(&str, PartPlace, &str) -> bool,
                (place, of) if place == of => has,
                _ => return false,
            };
            let ignores = other.ignores_case;
            let same =
                if ignores { is_part(&part.to_lowercase(), *of, &without.to_lowercase()) } else { is_part(part, *of, without) };
            same && (ignores || !one.ignores_case)
        }
        (Says::Has { place, part, negated: false }, Says::Has { place: of, part: also, negated: false }) => {
            let (part, also) = (part.to_lowercase(), also.to_lowercase());
            place == of && *place != PartPlace::Anywhere && !has(&part, *place, &also) && !has(&also, *place, &part)
        }
        _ => false,
    }
}

fn has(text: &str, place: PartPlace, part: &str) -> bool {
    match place {
        PartPlace::Anywhere => text.contains(part),
        PartPlace::Start => text.starts_with(part),
        PartPlace::End => text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::leave_nothing;
    use crate::access::Atom;
    use crate::catalog::{ColumnRef, TableId, Type};
    use crate::model::{Comparison, Duration, Literal, PartPlace, Path, TimeUnit, Value};

    fn value() -> Value {
        let (table, column) = (TableId(0), ColumnRef { table: TableId(0), column: 0 });
        Value::Record(Path { table, hops: Vec::new(), column })
    }

    fn literal(text: &str) -> Value {
        Value::Literal(Literal { text: text.to_owned(), r#type: Type::Text, is_day: false })
    }

    fn part(place: PartPlace, text: &str, negated: bool) -> Atom {
        Atom::Part { whole: value(), place, part: literal(text), negated }
    }

    fn compare(operator: Comparison, right: Value) -> Atom {
        Atom::Compare { left: value(), operator, right }
    }

    #[test]
    fn texts_that_do_not_fit_leave_nothing() {
        use PartPlace::{Anywhere, End, Start};
        let is = |text: &str| compare(Comparison::Equal, literal(text));
        for (one, other, expected) in [
            (is("b"), part(Start, "a", false), true),
            (is("ab"), part(Start, "a", false), false),
            (is("Ab"), part(Start, "a", false), false),
            (is("ab"), part(Start, "a", true), true),
            (is("Ab"), part(Start, "a", true), false),
            (is("Ab"), Atom::IgnoringCase(Box::new(part(Start, "a", true))), true),
            (Atom::IgnoringCase(Box::new(is("ab"))), part(Start, "a", true), false),
            (part(Start, "ab", false), part(Start, "b", false), true),
            (part(Start, "ab", false), part(Start, "a", false), false),
            (part(Start, "ab", false), part(End, "c", false), false),
            (part(Anywhere, "ab", false), part(Anywhere, "c", false), false),
            (part(Start, "ab", false), part(Start, "a", true), true),
            (part(Start, "ab", false), part(Anywhere, "b", true), true),
            (part(Anywhere, "ab", false), part(Start, "a", true), false),
        ] {
            assert_eq!(leave_nothing(&one, &other), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn moments_that_cross_leave_nothing() {
        let ago = |amount, unit| Value::Shifted(Duration { amount, unit }, Type::Date);
        let (now, today) = (Value::Now(Type::Date), Value::Today(Type::Date));
        for (after, before, expected) in [
            (ago(-1, TimeUnit::Day), ago(-2, TimeUnit::Day), true),
            (ago(-2, TimeUnit::Day), ago(-1, TimeUnit::Day), false),
            (now.clone(), ago(-1, TimeUnit::Hour), true),
            (now.clone(), ago(1, TimeUnit::Hour), false),
            (now.clone(), today.clone(), false),
            (ago(1, TimeUnit::Day), today.clone(), true),
            // A month may be shorter than 30 days.
            (ago(-30, TimeUnit::Day), ago(-1, TimeUnit::Month), false),
            (ago(-27, TimeUnit::Day), ago(-1, TimeUnit::Month), true),
        ] {
            let found = leave_nothing(&compare(Comparison::Greater, after.clone()), &compare(Comparison::Less, before.clone()));
            assert_eq!(found, expected, "{after:?} {before:?}");
        }
    }
}
