//! Conditions of the model to predicates, and back to be said in words.

use super::decide::simplify;
use super::predicate::{Atom, Exists, Predicate};
use crate::model::{self, Can, Condition, Link, Model};

impl Predicate {
    /// The predicate of a condition that asks for no other record's access, said shortly.
    pub fn of(model: &Model, condition: &Condition) -> Predicate {
        simplify(convert(model, condition, false, &mut |_| Predicate::Never))
    }

    /// The same as a condition, to be said in words.
    pub fn to_condition(&self) -> Condition {
        match self {
            Predicate::Always => Condition::All(Vec::new()),
            Predicate::Never => Condition::Any(Vec::new()),
            Predicate::All(parts) => Condition::All(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Any(parts) => Condition::Any(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Atom(atom) => Condition::from(atom.as_written()),
        }
    }
}

/// Says when the record that a statement leads to can be reached, as a predicate on that record.
pub(super) type Delegated<'a> = dyn FnMut(&Can) -> Predicate + 'a;

/// The predicate of a condition, nested as it is and not yet simplified: what stands together is to be simplified together. Negations are pushed into the
/// statements; one without an opposite denies.
pub(super) fn convert(model: &Model, condition: &Condition, negated: bool, access: &mut Delegated<'_>) -> Predicate {
    let parts = |parts: &[Condition], access: &mut Delegated<'_>| -> Vec<Predicate> {
        parts.iter().map(|part| convert(model, part, negated, access)).collect()
    };
    match (condition, negated) {
        (Condition::Not(inner), _) => convert(model, inner, !negated, access),
        (Condition::All(all), false) | (Condition::Any(all), true) => Predicate::All(parts(all, access)),
        (Condition::Any(any), false) | (Condition::All(any), true) => Predicate::Any(parts(any, access)),
        (Condition::Atom(atom), _) => {
            let found = statement(model, atom, access);
            let said = if negated { found.and_then(Atom::negate) } else { found };
            said.map_or(Predicate::Never, |atom| match &atom {
                // Nobody reaches any: true of none, which is unknown where the user matters and nobody is signed in.
                Atom::Exists(exists) if !exists.negated && exists.predicate == Predicate::Never => Predicate::Never,
                _ => Predicate::from(atom),
            })
        }
    }
}

/// `None` for what denies.
fn statement(model: &Model, atom: &model::Atom, access: &mut Delegated<'_>) -> Option<Atom> {
    let exists = match atom {
        model::Atom::Exists(exists) => Exists {
            table: exists.table,
            predicate: simplify(convert(model, &exists.condition, false, access)),
            operands: exists.operands_from_outside().into_iter().cloned().collect(),
            of_user: model.mentions_user(&exists.condition),
            link: exists.link.clone(),
            delegates: None,
            negated: exists.negated,
        },
        model::Atom::Can(can) => Exists {
            table: can.target.table,
            predicate: access(can),
            link: Some(Link { path: can.path.clone(), column: can.target }),
            operands: Vec::new(),
            of_user: model.access_mentions_user(can.target.table, can.operation),
            delegates: Some(can.operation),
            negated: can.negated,
        },
        plain_one => return plain(plain_one),
    };
    Some(Atom::Exists(Box::new(exists)))
}

/// A statement of the model; `None` where it is one about other rows.
pub fn plain(atom: &model::Atom) -> Option<Atom> {
    Some(match atom.clone() {
        model::Atom::Exists(_) | model::Atom::Can(_) => return None,
        model::Atom::Compare { left, operator, right } => Atom::Compare { left, operator, right },
        model::Atom::OneOf { value, list, negated } => Atom::OneOf { value, list, negated },
        model::Atom::Member { value, set, negated } => Atom::Member { value, set, negated },
        model::Atom::Empty { value, negated } => Atom::Empty { value, negated },
        model::Atom::EmptySet { set, negated } => Atom::EmptySet { set, negated },
        model::Atom::Contains { array, element, negated } => Atom::Contains { array, element, negated },
        model::Atom::Part { whole, place, part, negated } => Atom::Part { whole, place, part, negated },
        model::Atom::Has { whole, all, of, negated } => Atom::Has { whole, all, of, negated },
        model::Atom::IgnoringCase(inner) => Atom::IgnoringCase(Box::new(plain(&inner)?)),
        model::Atom::Sql { table, text, negated } => Atom::Sql { table, text, negated },
        model::Atom::SignedIn => Atom::SignedIn,
        model::Atom::HoldsGlobally { membership, roles } => Atom::HoldsGlobally { membership, roles },
    })
}

fn as_written(atom: Atom) -> model::Atom {
    match atom {
        Atom::Exists(exists) => match (exists.delegates, exists.link) {
            (Some(operation), Some(Link { path, column: target })) => {
                model::Atom::Can(Can { operation, path, target, negated: exists.negated })
            }
            (_, link) => {
                let (table, condition, negated) = (exists.table, exists.predicate.to_condition(), exists.negated);
                model::Atom::Exists(Box::new(model::Exists { table, link, condition, negated }))
            }
        },
        Atom::Compare { left, operator, right } => model::Atom::Compare { left, operator, right },
        Atom::OneOf { value, list, negated } => model::Atom::OneOf { value, list, negated },
        Atom::Member { value, set, negated } => model::Atom::Member { value, set, negated },
        Atom::Empty { value, negated } => model::Atom::Empty { value, negated },
        Atom::EmptySet { set, negated } => model::Atom::EmptySet { set, negated },
        Atom::Contains { array, element, negated } => model::Atom::Contains { array, element, negated },
        Atom::Part { whole, place, part, negated } => model::Atom::Part { whole, place, part, negated },
        Atom::Has { whole, all, of, negated } => model::Atom::Has { whole, all, of, negated },
        Atom::IgnoringCase(inner) => model::Atom::IgnoringCase(Box::new(as_written(*inner))),
        Atom::Sql { table, text, negated } => model::Atom::Sql { table, text, negated },
        Atom::SignedIn => model::Atom::SignedIn,
        Atom::HoldsGlobally { membership, roles } => model::Atom::HoldsGlobally { membership, roles },
        Atom::Can(never) => match never {},
    }
}

impl Atom {
    /// The same as a statement of the model, to be said in words.
    pub fn as_written(&self) -> model::Atom {
        as_written(self.clone())
    }
}
