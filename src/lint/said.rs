//! What rules say, as predicates to be compared with each other. In: conditions. Out: predicates in which the access of another record is a statement
//! of which nothing is known.

use crate::access::Predicate;
use crate::access::decide::{Conjunction, are_contradictory, cases};
use crate::model::{Atom, Condition, Grant, Model, Operation};

use super::conjunction::{excludes, exhausts};
use super::exclusion::leave_nothing;

/// True where all of these conditions are.
pub(super) fn all<'a>(model: &Model, conditions: impl IntoIterator<Item = &'a Condition>) -> Predicate {
    Predicate::all(conditions.into_iter().map(|condition| Predicate::of(model, &without_access(condition))))
}

/// What a grant says of the record as it is; and of what an update leaves.
pub(super) fn states(grant: &Grant) -> Vec<Option<&Condition>> {
    let mut states = vec![grant.when.as_ref()];
    states.extend((grant.operation == Operation::Update).then_some(grant.then.as_ref()));
    states
}

/// Whether no record makes a predicate true, as far as statements tell by themselves.
pub(super) fn is_impossible(model: &Model, predicate: &Predicate) -> bool {
    cases(predicate).is_some_and(|cases| cases.iter().all(|case| contradicts_itself(model, case)))
}

/// Whether no record makes all of these true, as far as they tell by themselves, and by what values there are. That an enum has no others is known here
/// alone: a value may be added to it in the database, and what is generated has to be right for it, too.
pub(super) fn contradicts_itself(model: &Model, case: &Conjunction) -> bool {
    are_contradictory(case)
        || case.iter().any(|atom| is_never_empty(model, atom))
        || exhausts(model, case)
        || case.iter().any(|atom| excludes(case, atom) || case.iter().any(|other| leave_nothing(atom, other)))
}

/// Whether a statement asks that a column of the record is empty which never is.
pub(super) fn is_never_empty(model: &Model, atom: &crate::access::Atom) -> bool {
    let crate::access::Atom::Empty { value, negated: false } = atom else { return false };
    value.record().is_some_and(|path| {
        let is_stored = model.catalog.table(path.table).derivation(path.column.column).is_none();
        path.hops.is_empty() && is_stored && !model.catalog.column(path.column).nullable
    })
}

/// The same with raw SQL in the place of `can …`: equal where it is, and otherwise unknown.
fn without_access(condition: &Condition) -> Condition {
    let parts = |parts: &[Condition]| parts.iter().map(without_access).collect();
    match condition {
        Condition::All(all) => Condition::All(parts(all)),
        Condition::Any(any) => Condition::Any(parts(any)),
        Condition::Not(inner) => Condition::Not(Box::new(without_access(inner))),
        Condition::Atom(atom) => match &**atom {
            Atom::Can(can) => {
                let text = format!("can {} {:?}", can.operation.word(), can.path);
                Condition::from(Atom::Sql { table: can.path.table, text, negated: can.negated })
            }
            _ => condition.clone(),
        },
    }
}
