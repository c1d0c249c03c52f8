//! Comparisons of texts in which case does not count: both sides in lower case, then letter by letter.

use super::datum::has_part;
use super::truth::{Scope, any};
use super::{Datum, Evaluator, Truth};
use crate::model::{Atom, Comparison, Value};

impl Evaluator<'_> {
    /// What a comparison is on a row when upper and lower case are the same.
    pub(super) fn ignoring_case(&self, atom: &Atom, scope: &Scope<'_>) -> Truth {
        let text = |value: &Value| self.value(value, scope).and_then(lower);
        match atom {
            Atom::Compare { left, operator, right } => {
                let equal = text(left)? == text(right)?;
                match operator {
                    Comparison::Equal => Some(equal),
                    Comparison::NotEqual => Some(!equal),
                    _ => None,
                }
            }
            Atom::OneOf { value, list, negated } => {
                let value = text(value)?;
                Some(list.iter().any(|item| item.text.to_lowercase() == value) != *negated)
            }
            Atom::Member { value, set, negated } => {
                if !self.has_start(set) {
                    return None;
                }
                let value = text(value)?;
                let found = self.set(set).into_iter().filter_map(lower).any(|element| element == value);
                self.if_whole(found, set).map(|found| found != *negated)
            }
            Atom::Contains { array, element, negated } => {
                let (elements, part) = (self.elements(array, element, scope)?, text(element)?);
                any(elements.into_iter().map(|element| lower(element).map(|element| element == part)))
                    .map(|found| found != *negated)
            }
            Atom::Part { whole, place, part, negated } => {
                let (whole, part) = (text(whole)?, text(part)?);
                Some(has_part(&whole, *place, &part) != *negated)
            }
            Atom::Has { whole, all, of, negated } => {
                let lower = |value: &Datum| lower(value.clone());
                let same = |left: &Datum, right: &Datum| lower(left).is_some_and(|left| Some(left) == lower(right));
                self.has([whole, of], *all, scope, same).map(|has| has != *negated)
            }
            _ => None,
        }
    }
}

/// A text in lower case; `None` for what is none.
fn lower(value: Datum) -> Option<String> {
    match value {
        Datum::Text(text) | Datum::Citext(text) => Some(text.to_lowercase()),
        _ => None,
    }
}
