//! The values that a single statement compares, in words. In: a statement and a record. Out: what each is, and what it is there.

use super::truth::{Among, Scope};
use super::why::Compared;
use super::{Datum, Evaluator, Row};
use crate::catalog::{TableId, Type};
use crate::model::{Atom, RoleUse, Scope as RoleScope, Set, Value};

/// Whether the text of a statement says what the value is.
fn is_said(value: &Value) -> bool {
    matches!(value, Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..))
}

impl Evaluator<'_> {
    /// What is compared; constants of a rule and moments that it reckons from the present are in its text.
    pub(super) fn compared(&self, atom: &Atom, table: TableId, among: Among<'_>) -> Vec<Compared> {
        let scope = Scope::of(table, among);
        let values: Vec<&Value> = match atom {
            Atom::Compare { left, right, .. } => vec![left, right],
            Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => vec![value],
            Atom::Contains { array, element, .. } => vec![array, element],
            Atom::Part { whole, part, .. } => vec![whole, part],
            Atom::IgnoringCase(inner) => return self.compared(inner, table, among),
            _ => Vec::new(),
        };
        // What is looked for among what the user has says little without that.
        let among = match atom {
            Atom::Member { set, .. } => {
                let found = Datum::Array(self.set(set));
                let r#type = Type::Array(Box::new(self.type_of_set(set)));
                Some(Compared { what: self.describe().set(set), value: self.shown(&found, &r#type) })
            }
            _ => None,
        };
        let told = values.into_iter().filter(|value| !is_said(value));
        let compared = told.map(|value| {
            let found = self.value(value, &scope).unwrap_or(Datum::Null);
            Compared { what: self.describe().value(value), value: self.shown(&found, &self.type_of(value)) }
        });
        compared.chain(among).collect()
    }

    fn type_of_set(&self, set: &Set) -> Type {
        let key = self.model.membership(set.membership).within.map(|within| self.model.catalog.column(within).r#type.clone());
        match &set.tail {
            Some(tail) => self.model.catalog.column(tail.column).r#type.clone(),
            None => key.unwrap_or(Type::Text),
        }
    }

    /// What a role has to be held of: nobody holds one of what is not there.
    pub(super) fn held_within(&self, role: &RoleUse, row: &Row) -> Vec<Compared> {
        let RoleScope::Of(path) = &role.scope else { return Vec::new() };
        let found = self.path(path, row).unwrap_or(Datum::Null);
        let r#type = &self.model.catalog.column(path.column).r#type;
        vec![Compared { what: self.describe().path(path), value: self.shown(&found, r#type) }]
    }

    /// A field of a record as people write it; nothing where it is empty.
    pub fn field(&self, table: TableId, row: &Row, column: u32) -> Option<String> {
        let r#type = &self.model.catalog.table(table).columns[column as usize].r#type;
        self.shown(row.get(column as usize)?, r#type)
    }

    /// A value as people write it; nothing for none.
    pub(super) fn shown(&self, value: &Datum, r#type: &Type) -> Option<String> {
        match (value, r#type) {
            (Datum::Null, _) => None,
            (Datum::Enum(position), Type::Enum(of)) => self.model.catalog.enums().get(of)?.get(*position).cloned(),
            (Datum::Array(items), Type::Array(element)) => {
                let items = items.iter().map(|item| self.shown(item, element).unwrap_or_else(|| "NULL".to_owned()));
                Some(format!("[{}]", items.collect::<Vec<_>>().join(", ")))
            }
            (Datum::Tuple(items), _) => {
                Some(items.iter().map(|item| item.text().unwrap_or_default()).collect::<Vec<_>>().join(", "))
            }
            (other, _) => Some(other.text().unwrap_or_else(|| "a value without a text".to_owned())),
        }
    }
}
