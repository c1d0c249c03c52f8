//! Days beside moments, as they were written: `Due At is after today` is bound by where the day ends. In: comparisons of bound conditions. Out: what they said of the day.

use super::{Atom, Comparison, Condition, Value};

/// A comparison with the end of today, as one with today. The language has no other word for that end. A value that is written as it is bound stays.
pub(super) fn as_written(operator: Comparison, right: &Value) -> (Comparison, &Value) {
    /// Only its word is used.
    static TODAY: Value = Value::Today(crate::catalog::Type::Date);
    match (operator, right) {
        (Comparison::Less, Value::Tomorrow(_)) => (Comparison::AtMost, &TODAY),
        (Comparison::AtLeast, Value::Tomorrow(_)) => (Comparison::Greater, &TODAY),
        _ => (operator, right),
    }
}

/// The value that two conditions together say is of today.
pub(super) fn whole<'a>(from: &'a Condition, to: &Condition) -> Option<&'a Value> {
    both(from, Comparison::AtLeast, to, Comparison::Less)
        .filter(|(_, low, high)| matches!((low, high), (Value::Today(_), Value::Tomorrow(_))))
        .map(|(left, ..)| left)
}

/// The value that one of two conditions says is of another day.
pub(super) fn another(parts: &[Condition]) -> Option<&Value> {
    let [before, after] = parts else { return None };
    both(before, Comparison::Less, after, Comparison::AtLeast)
        .filter(|(_, low, high)| matches!((low, high), (Value::Today(_), Value::Tomorrow(_))))
        .map(|(left, ..)| left)
}

/// The value that two conditions compare, and with what.
fn both<'a, 'b>(
    first: &'a Condition,
    of_first: Comparison,
    second: &'b Condition,
    of_second: Comparison,
) -> Option<(&'a Value, &'a Value, &'b Value)> {
    let (Condition::Atom(first), Condition::Atom(second)) = (first, second) else { return None };
    match (&**first, &**second) {
        (Atom::Compare { left, operator: one, right }, Atom::Compare { left: same, operator: other, right: end })
            if left == same && (*one, *other) == (of_first, of_second) =>
        {
            Some((left, right, end))
        }
        _ => None,
    }
}
