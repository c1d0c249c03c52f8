//! Comparisons of texts in which case does not count: both sides in lower case, as the collation of the first column has it, then letter by letter.

use super::datum::has_part;
use super::truth::{Scope, any};
use super::{Datum, Evaluator, Truth};
use crate::model::{Atom, Comparison, Value};

/// Which letters have a case.
#[derive(Clone, Copy, PartialEq)]
enum Letters {
    /// Those that the collation `C` knows.
    Ascii,
    All,
}

impl Evaluator<'_> {
    /// What a comparison is on a row when upper and lower case are the same.
    pub(super) fn ignoring_case(&self, atom: &Atom, scope: &Scope<'_>) -> Truth {
        let text = |value: &Value, letters: Letters| self.value(value, scope).and_then(|value| lower(value, letters));
        match atom {
            Atom::Compare { left, operator, right } => {
                let letters = self.letters(&[left, right]);
                let equal = text(left, letters)? == text(right, letters)?;
                match operator {
                    Comparison::Equal => Some(equal),
                    Comparison::NotEqual => Some(!equal),
                    _ => None,
                }
            }
            Atom::OneOf { value, list, negated } => {
                let letters = self.letters(&[value]);
                let value = text(value, letters)?;
                Some(list.iter().any(|item| letters.lower(&item.text) == value) != *negated)
            }
            Atom::Member { value, set, negated } => {
                if !self.has_start(set) {
                    return None;
                }
                let letters = self.letters(&[value]);
                let value = text(value, letters)?;
                let found = self.set(set).into_iter().filter_map(|one| lower(one, letters)).any(|element| element == value);
                self.if_whole(found, set).map(|found| found != *negated)
            }
            Atom::Contains { array, element, negated } => {
                let letters = self.letters(&[array, element]);
                let (elements, part) = (self.elements(array, element, scope)?, text(element, letters)?);
                any(elements.into_iter().map(|element| lower(element, letters).map(|element| element == part)))
                    .map(|found| found != *negated)
            }
            Atom::Part { whole, place, part, negated } => {
                let letters = self.letters(&[whole, part]);
                let (whole, part) = (text(whole, letters)?, text(part, letters)?);
                Some(has_part(&whole, *place, &part) != *negated)
            }
            Atom::Has { whole, all, of, negated } => {
                let values: Vec<&Value> = [whole, of].into_iter().filter_map(|list| list.value()).collect();
                let letters = self.letters(&values);
                let lower = |value: &Datum| lower(value.clone(), letters);
                let same = |left: &Datum, right: &Datum| lower(left).is_some_and(|left| Some(left) == lower(right));
                self.has([whole, of], *all, scope, same).map(|has| has != *negated)
            }
            _ => None,
        }
    }

    /// As the first value has it that is a column. Of other collations than these two kinds nothing is known.
    fn letters(&self, values: &[&Value]) -> Letters {
        let column = values.iter().find_map(|value| value.column());
        let collation = column.and_then(|column| self.model.catalog.column(column).collation.as_ref());
        let is_ascii = collation.is_some_and(|name| name.schema == "pg_catalog" && ["C", "POSIX"].contains(&name.name.as_str()));
        if is_ascii { Letters::Ascii } else { Letters::All }
    }
}

impl Letters {
    fn lower(self, text: &str) -> String {
        match self {
            Letters::Ascii => text.to_ascii_lowercase(),
            Letters::All => text.to_lowercase(),
        }
    }
}

/// A text in lower case; `None` for what is none.
fn lower(value: Datum, letters: Letters) -> Option<String> {
    match value {
        Datum::Text(text) | Datum::Citext(text) => Some(letters.lower(&text)),
        _ => None,
    }
}
