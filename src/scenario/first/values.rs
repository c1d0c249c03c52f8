//! Values that make conditions true and false. In: a model. Out: for each column that a condition compares, what to try; for any column, some values of its type.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{ColumnRef, Family, Type};
use crate::model::{Atom, Claim, Comparison, Condition, Held, Literal, Model, Value};

/// Texts as they are written in a test file, by column.
#[derive(Debug, Default)]
pub(super) struct Values {
    of_columns: BTreeMap<ColumnRef, Vec<String>>,
    /// Columns whose values are compared with each other.
    linked: BTreeMap<ColumnRef, Vec<ColumnRef>>,
    /// Columns of the user's row of which it is asked whether they have anything.
    asked_for: BTreeSet<ColumnRef>,
}

/// Moments that have passed, and that have not come.
pub(super) const PAST: &str = "2001-01-01";
pub(super) const FUTURE: &str = "2999-01-01";

/// What is more than all other values here.
pub(super) fn beyond(r#type: &Type) -> Option<&'static str> {
    match r#type.family() {
        Family::Time => Some("3000-01-01"),
        Family::Number => Some("99"),
        _ => None,
    }
}

impl Values {
    pub(super) fn new(model: &Model) -> Values {
        let mut values = Values::default();
        for rules in model.tables.values() {
            rules.iter().flat_map(|rule| rule.conditions()).for_each(|condition| values.read(condition));
        }
        for boundary in &model.boundaries {
            boundary.tables.values().flatten().for_each(|clause| values.read(&clause.condition));
        }
        model.memberships.iter().flat_map(|membership| membership.conditions()).for_each(|condition| values.read(condition));
        model.actions.iter().for_each(|action| values.read(&action.condition));
        for role in &model.roles {
            match &role.held {
                Held::User(atom) | Held::Membership { test: atom, .. } => values.atom(atom),
                Held::Claim(_) | Held::DatabaseRole(_) => {}
            }
        }
        values
    }

    fn read(&mut self, condition: &Condition) {
        condition.for_each_atom(&mut |atom| self.atom(atom));
    }

    fn atom(&mut self, atom: &Atom) {
        // That something is compared at all is a reason to have several values of it.
        atom.values().into_iter().flat_map(columns).for_each(|column| self.add(column, []));
        match atom.without_case() {
            Atom::Compare { left, operator, right } => {
                for (value, other) in [(left, right), (right, left)] {
                    if let (Some(column), Value::Literal(literal)) = (column(value), other) {
                        self.add(column, beside(literal, *operator));
                    }
                    if let (Some(column), Some(other)) = (column(value), column(other)) {
                        self.linked.entry(column).or_default().push(other);
                    }
                }
            }
            Atom::OneOf { value, list, .. } => {
                if let Some(column) = column(value) {
                    self.add(column, list.iter().map(|literal| literal.text.clone()));
                }
            }
            Atom::Empty { value: value @ Value::User(_), .. } => self.asked_for.extend(column(value)),
            Atom::Part { whole, part: Value::Literal(part), .. } => {
                if let Some(column) = column(whole) {
                    self.add(column, [part.text.clone()]);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, column: ColumnRef, texts: impl IntoIterator<Item = String>) {
        let known = self.of_columns.entry(column).or_default();
        for text in texts {
            if !known.contains(&text) {
                known.push(text);
            }
        }
    }

    /// Whether it is asked whether a column has anything, so that it has to have something.
    pub(super) fn is_asked_for(&self, column: ColumnRef) -> bool {
        self.asked_for.contains(&column)
    }

    /// The columns that one is compared with.
    pub(super) fn linked(&self, column: ColumnRef) -> &[ColumnRef] {
        self.linked.get(&column).map_or(&[], Vec::as_slice)
    }

    /// What to try in a column that references nothing: what conditions compare it with, and something else. Nothing where any value will do, or none.
    pub(super) fn of(&self, model: &Model, column: ColumnRef) -> Vec<String> {
        let r#type = &model.catalog.column(column).r#type;
        let Some(mut found) = self.of_columns.get(&column).cloned() else {
            let first = match r#type.family() {
                Family::Enum(name) => model.catalog.enums().get(&name).and_then(|values| values.first().cloned()),
                _ => None,
            };
            return first.into_iter().collect();
        };
        let others = match r#type.family() {
            Family::Time => vec![FUTURE.to_owned(), PAST.to_owned()],
            Family::Enum(name) => model.catalog.enums().get(&name).cloned().unwrap_or_default(),
            _ if *r#type == Type::Boolean => vec!["true".to_owned(), "false".to_owned()],
            _ if found.is_empty() => Vec::new(),
            _ => any(r#type, 9).into_iter().collect(),
        };
        for other in others.into_iter().take(6) {
            if !found.contains(&other) {
                found.push(other);
            }
        }
        found
    }
}

/// Some value of a type, another for each number; `None` for types that only a server knows.
pub(super) fn any(r#type: &Type, number: usize) -> Option<String> {
    Some(match r#type {
        Type::Uuid => format!("00000000-0000-4000-8000-{number:012}"),
        Type::Text | Type::Varchar(_) | Type::Citext(_) => format!("x{number}"),
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double => number.to_string(),
        Type::Boolean => "false".to_owned(),
        Type::Date | Type::Timestamp | Type::TimestampTz => PAST.to_owned(),
        Type::Interval => "1 day".to_owned(),
        Type::Json | Type::Jsonb => "{}".to_owned(),
        Type::Array(_) => "{}".to_owned(),
        Type::Enum(_) | Type::Tuple(_) | Type::Other(_) => return None,
    })
}

/// What a token has to say that a test of it is true.
pub(super) fn claim(atom: &Atom) -> Option<(&Claim, String)> {
    match atom.without_case() {
        Atom::Compare { left, operator: Comparison::Equal, right } => match (left, right) {
            (Value::Claim(claim, _), Value::Literal(literal)) => Some((claim, literal.text.clone())),
            _ => None,
        },
        Atom::Contains { array: Value::Claim(claim, _), element: Value::Literal(literal), .. } => {
            Some((claim, literal.text.clone()))
        }
        Atom::OneOf { value: Value::Claim(claim, _), list, .. } => Some((claim, list.first()?.text.clone())),
        _ => None,
    }
}

/// The columns that a value depends on in the end.
pub(super) fn columns(value: &Value) -> Vec<ColumnRef> {
    column(value).into_iter().collect()
}

/// The column that a value is read from, whoever's it is.
fn column(value: &Value) -> Option<ColumnRef> {
    match value {
        Value::Record(path) | Value::User(path) | Value::Former(path) => Some(path.column),
        Value::Outer(outer) => Some(outer.path.column),
        Value::Referenced(of) => Some(of.path.column),
        _ => None,
    }
}

/// A constant; of numbers, also what is next to it.
pub(super) fn beside(literal: &Literal, operator: Comparison) -> Vec<String> {
    let is_order = !matches!(operator, Comparison::Equal | Comparison::NotEqual);
    match literal.text.parse::<i64>() {
        Ok(number) if is_order => [number, number.saturating_sub(1), number.saturating_add(1)].map(|one| one.to_string()).into(),
        _ => vec![literal.text.clone()],
    }
}
