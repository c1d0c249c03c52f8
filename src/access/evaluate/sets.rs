//! What lists have in common. Elements that are NULL in a column's array are none; what is badly formed in a list of the token leaves open what it is.

use super::{Datum, Evaluator, Row, Truth};
use crate::model::{Collection, Value};

/// The elements of a list, and whether there are others of which nothing is known.
struct Elements {
    known: Vec<Datum>,
    are_all: bool,
}

impl Evaluator<'_> {
    /// Whether a list has any, or all, of another's elements. All of nothing is unknown.
    pub(super) fn has(&self, lists: [&Collection; 2], all: bool, row: &Row, same: impl Fn(&Datum, &Datum) -> bool) -> Truth {
        let [whole, of] = lists.map(|list| self.collection(list, row));
        let (whole, of) = (whole?, of?);
        let is_there = |wanted: &Datum| whole.known.iter().any(|element| same(element, wanted));
        if !all {
            let found = of.known.iter().any(is_there);
            return if found || (whole.are_all && of.are_all) { Some(found) } else { None };
        }
        if !of.known.iter().all(is_there) {
            return whole.are_all.then_some(false);
        }
        (of.are_all && !of.known.is_empty()).then_some(true)
    }

    fn collection(&self, list: &Collection, row: &Row) -> Option<Elements> {
        let complete = |known| Some(Elements { known, are_all: true });
        match list {
            Collection::Set(set) => self.is_signed_in().then(|| self.set(set)).and_then(complete),
            Collection::List(items) => complete(items.iter().filter_map(|item| self.literal(item)).collect()),
            Collection::Value(value) => {
                let Datum::Array(mut elements) = self.value(value, row)? else { return None };
                let count = elements.len();
                elements.retain(|element| !element.is_null());
                let are_all = elements.len() == count || !matches!(value, Value::Claim(..));
                Some(Elements { known: elements, are_all })
            }
        }
    }
}
