//! What lists have in common. Elements that are NULL in a column's array are none; what is badly formed in a list of the token leaves open what it is,
//! and a set of the user's what else is in it, where what its memberships are compared with is missing.

use super::datum::json_equal;
use super::truth::{Scope, any};
use super::{Datum, Evaluator, Row, Truth};
use crate::catalog::Family;
use crate::model::{Collection, Set, Value};

/// The elements of a list, and whether there are others of which nothing is known.
struct Elements {
    known: Vec<Datum>,
    are_all: bool,
}

impl Evaluator<'_> {
    /// Whether a list has any, or all, of another's elements. All of nothing is unknown.
    pub(super) fn has(
        &self,
        lists: [&Collection; 2],
        all: bool,
        scope: &Scope<'_>,
        same: impl Fn(&Datum, &Datum) -> bool,
    ) -> Truth {
        let [whole, of] = lists.map(|list| self.collection(list, scope));
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

    /// Whether an array, a JSON array or a claim has an element.
    pub(super) fn contains(&self, array: &Value, element: &Value, scope: &Scope<'_>) -> Truth {
        let part = self.value(element, scope).filter(|part| !part.is_null())?;
        if let Some(elements) = self.elements(array, element, scope) {
            return any(elements.iter().map(|element| part.equals(element)));
        }
        match self.value(array, scope)? {
            Datum::Json(json) => {
                let wanted = match element {
                    Value::Literal(literal) if matches!(literal.r#type.family(), Family::Number | Family::Boolean) => {
                        serde_json::from_str(&literal.text).ok()?
                    }
                    _ => part.to_json()?,
                };
                Some(json.as_array().is_some_and(|elements| elements.iter().any(|element| json_equal(element, &wanted))))
            }
            _ => None,
        }
    }

    /// The elements of an array or of a list in the token, each as a value of the type of what is looked for; empty where it is none.
    pub(super) fn elements(&self, array: &Value, wanted: &Value, scope: &Scope<'_>) -> Option<Vec<Datum>> {
        let Value::Claim(claim, _) = array else {
            return match self.value(array, scope)? {
                Datum::Array(elements) => Some(elements),
                _ => None,
            };
        };
        self.read_claims(claim, &self.type_of(wanted))
    }

    /// Whether it is known of all memberships whether they count for a set.
    fn is_whole(&self, set: &Set) -> bool {
        let table = self.model.membership(set.membership).table;
        let scope = Scope { among_others: false, table, row: &Row::new(), outer: None, former: None };
        !self.model.operands_of_set(set).iter().any(|value| self.is_missing(value, &scope))
    }

    /// What is found in a set is known; that it is not, only of all that might be in it.
    pub(super) fn if_whole(&self, found: bool, set: &Set) -> Truth {
        (found || self.is_whole(set)).then_some(found)
    }

    fn collection(&self, list: &Collection, scope: &Scope<'_>) -> Option<Elements> {
        let complete = |known| Some(Elements { known, are_all: true });
        match list {
            Collection::Set(set) => self.has_start(set).then(|| Elements { known: self.set(set), are_all: self.is_whole(set) }),
            Collection::List(items) => complete(items.iter().filter_map(|item| self.literal(item)).collect()),
            Collection::Value(value) => {
                let Datum::Array(mut elements) = self.value(value, scope)? else { return None };
                let count = elements.len();
                elements.retain(|element| !element.is_null());
                let are_all = elements.len() == count || !matches!(value, Value::Claim(..));
                Some(Elements { known: elements, are_all })
            }
        }
    }
}
