//! Operators in the words of the language. In: an operator, and what it compares. Out: the words.

use super::{Comparison, PartPlace};
use crate::catalog::Family;

/// A comparison of values of a family. Moments and days are before and after each other: `less than 7 days ago` would say the opposite of what it says of numbers.
pub(super) fn operator(operator: Comparison, family: &Family) -> &'static str {
    match (operator, family) {
        (Comparison::Equal, _) => "equals",
        (Comparison::NotEqual, _) => "does not equal",
        (Comparison::Greater, Family::Time) => "is after",
        (Comparison::AtLeast, Family::Time) => "is not before",
        (Comparison::Less, Family::Time) => "is before",
        (Comparison::AtMost, Family::Time) => "is not after",
        (Comparison::Greater, _) => "is greater than",
        (Comparison::AtLeast, _) => "is at least",
        (Comparison::Less, _) => "is less than",
        (Comparison::AtMost, _) => "is at most",
    }
}

/// Where in a text another one is.
pub(super) fn place(place: PartPlace, negated: bool) -> &'static str {
    match (place, negated) {
        (PartPlace::Anywhere, false) => "contains",
        (PartPlace::Anywhere, true) => "does not contain",
        (PartPlace::Start, false) => "starts with",
        (PartPlace::Start, true) => "does not start with",
        (PartPlace::End, false) => "ends with",
        (PartPlace::End, true) => "does not end with",
    }
}
