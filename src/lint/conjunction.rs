//! Questions to statements that are all true of one record. In: a case of a predicate. Out: whether it says something of a column. They
//! are asked for warnings, so texts that are written differently count as different here, whatever their collation says.

use std::sync::Arc;

use super::exclusion::is_same;
use crate::access::decide::{Conjunction, are_contradictory, join};
use crate::access::{Atom, own_columns};
use crate::catalog::{Catalog, ColumnRef, Type};
use crate::model::{Comparison, Literal, Model, Path, Value};

/// A column of the record itself.
pub(super) fn own(column: ColumnRef) -> Value {
    Value::Record(Path { table: column.table, hops: Vec::new(), column })
}

/// `Column equals Logged in User`
pub(super) fn equals_user(model: &Model, column: ColumnRef) -> Atom {
    Atom::Compare { left: own(column), operator: Comparison::Equal, right: model.user_as(column) }
}

/// Whether a record of the case may also make these true.
pub(super) fn allows(case: &Conjunction, others: &[Arc<Atom>]) -> bool {
    !are_contradictory(&join(case, others)) && !others.iter().any(|atom| excludes(case, atom))
}

/// Whether the case names constants for a value, and none of them, or just those, is what `test` wants.
pub(super) fn excludes(case: &Conjunction, test: &Atom) -> bool {
    let Some((value, wanted)) = constants(test) else { return false };
    let has = |list: &[Literal], item: &Literal| list.iter().any(|other| is_same(other, item));
    case.iter().any(|atom| match &**atom {
        Atom::OneOf { value: other, list, negated: true } => other == value && wanted.iter().all(|item| has(list, item)),
        Atom::Compare { left, operator: Comparison::NotEqual, right: Value::Literal(right) } => {
            left == value && wanted.iter().all(|item| is_same(item, right))
        }
        Atom::Empty { value: other, negated: false } => other == value,
        atom => constants(atom).is_some_and(|(other, list)| other == value && !wanted.iter().any(|item| has(list, item))),
    })
}

/// Whether the case excludes all values that a column of few can have: both of a boolean, those of an enum.
pub(super) fn exhausts(model: &Model, case: &Conjunction) -> bool {
    let excluded = |atom: &Atom| match atom {
        Atom::Compare { left: value @ Value::Record(_), operator: Comparison::NotEqual, right: Value::Literal(right) } => {
            Some((value.clone(), vec![right.text.clone()]))
        }
        Atom::OneOf { value: value @ Value::Record(_), list, negated: true } => {
            Some((value.clone(), list.iter().map(|item| item.text.clone()).collect()))
        }
        _ => None,
    };
    let all: Vec<(Value, Vec<String>)> = case.iter().filter_map(|atom| excluded(atom)).collect();
    all.iter().any(|(value, _)| {
        let Some(path) = value.record() else { return false };
        let of_value = |text: &str| all.iter().any(|(other, texts)| other == value && texts.iter().any(|one| one == text));
        match &model.catalog.column(path.column).r#type {
            Type::Boolean => ["true", "false"].into_iter().all(of_value),
            Type::Enum(name) => model.catalog.enums().get(name).is_some_and(|values| values.iter().all(|value| of_value(value))),
            _ => false,
        }
    })
}

/// The value and the constants that it may equal, when that is what a statement says.
fn constants(atom: &Atom) -> Option<(&Value, &[Literal])> {
    match atom {
        Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(right) } => {
            Some((left, std::slice::from_ref(right)))
        }
        Atom::OneOf { value, list, negated: false } => Some((value, list)),
        _ => None,
    }
}

/// Whether the case says which values a column may have, by naming them, an upper end, or what they have to fit. What it excludes says
/// nothing of the rest.
pub(super) fn limits(catalog: &Catalog, case: &Conjunction, column: ColumnRef) -> bool {
    let (table, name) = (catalog.table(column.table), catalog.column(column).name.as_str());
    case.iter().any(|atom| match atom.without_case() {
        Atom::Compare { operator: Comparison::NotEqual, .. } => false,
        Atom::Compare {
            operator: Comparison::Greater | Comparison::AtLeast,
            right: Value::Literal(_) | Value::Former(_),
            ..
        } => false,
        Atom::OneOf { negated, .. } | Atom::Member { negated, .. } | Atom::Contains { negated, .. } if *negated => false,
        Atom::Part { negated: true, .. } | Atom::Has { negated: true, .. } | Atom::Empty { negated: true, .. } => false,
        // Nothing is known of raw SQL; whoever names the column there has thought of it.
        Atom::Sql { text, .. } => text.contains(name),
        atom => own_columns(table, atom).contains(&column.column),
    })
}

/// Whether the case says that a column is not empty. Where nothing else is asked of it, that names what may be written as any value does.
pub(super) fn says_there_is_one(case: &Conjunction, column: ColumnRef) -> bool {
    let value = own(column);
    case.iter().any(|atom| matches!(&**atom, Atom::Empty { value: other, negated: true } if *other == value))
}

/// Whether the case is about records that belong to the user by something else than `mine`: those of the people that one leads, say.
pub(super) fn is_about_others(model: &Model, case: &Conjunction, mine: &Atom) -> bool {
    let belongs = |atom: &Atom| match atom {
        Atom::Compare { left: Value::Record(_), operator: Comparison::Equal, right } if model.is_user(right) => atom != mine,
        Atom::Exists(exists) => exists.delegates.is_some() && !exists.negated,
        _ => false,
    };
    !case.iter().any(|atom| **atom == *mine) && case.iter().any(|atom| belongs(atom))
}

/// Whether the case is about what belongs to the user beyond a key of the record: `Team's Owner equals Logged in User`.
pub(super) fn owns_target(model: &Model, case: &Conjunction, key: ColumnRef) -> bool {
    let begins = |path: &Path| path.hops.first().map_or(path.column, |hop| hop.foreign_key) == key;
    case.iter().any(|atom| match atom.without_case() {
        Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right } if model.is_user(right) => begins(path),
        Atom::Exists(exists) if exists.delegates.is_some() && !exists.negated => {
            exists.link.as_ref().is_some_and(|link| begins(&link.path))
        }
        _ => false,
    })
}

/// Whether the case is true only of somebody who has a row in the user table.
pub(super) fn needs_user_row(case: &Conjunction) -> bool {
    case.iter().any(|atom| match atom.without_case() {
        Atom::Empty { value: Value::User(_), negated } => *negated,
        Atom::Member { negated, .. } => !negated,
        Atom::EmptySet { negated, .. } => *negated,
        Atom::HoldsGlobally { .. } => true,
        atom => atom.values().into_iter().any(|value| matches!(value, Value::User(_))),
    })
}
