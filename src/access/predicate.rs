//! Predicates: conditions without negation. In: conditions of the model. Out: trees of all and any over single statements. Making one of others puts
//! them side by side, and no more; what follows from what, and how it is said shortly, is the matter of [`decide`](super::decide).
//!
//! A policy admits a row when its expression is true; false and unknown both deny. With every negation pushed into the statements
//! (De Morgan holds in three-valued logic), only "true or not" matters at each node.

use std::sync::Arc;

use super::decide::simplify;
use super::statement::{Atom, convert};
use crate::model::{Condition, Model};

/// A condition without negation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// Admits nothing.
    Never,
    /// Admits everything.
    Always,
    /// All of them; two or more, none of them another `All`.
    All(Vec<Predicate>),
    /// Any of them; two or more, none of them another `Any`.
    Any(Vec<Predicate>),
    /// A single statement; shared, because grants and clauses repeat it.
    Atom(Arc<Atom>),
}

impl From<Atom> for Predicate {
    fn from(atom: Atom) -> Predicate {
        Predicate::Atom(Arc::new(atom))
    }
}

impl Predicate {
    /// The predicate of a condition that asks for no other record's access, said shortly.
    pub fn of(model: &Model, condition: &Condition) -> Predicate {
        simplify(convert(model, condition, false, &mut |_| Predicate::Never))
    }

    /// Calls `visit` with every statement about the row itself.
    pub fn for_each_atom<'a>(&'a self, visit: &mut impl FnMut(&'a Atom)) {
        self.for_each_shared(&mut |atom| visit(atom));
    }

    /// Calls `visit` with every statement about the row itself, as it is shared.
    pub(crate) fn for_each_shared<'a>(&'a self, visit: &mut impl FnMut(&'a Arc<Atom>)) {
        match self {
            Predicate::Never | Predicate::Always => {}
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| part.for_each_shared(visit)),
            Predicate::Atom(atom) => visit(atom),
        }
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

    /// True where all are.
    pub fn all(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Predicate::Always => {}
                Predicate::Never => return Predicate::Never,
                Predicate::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Predicate::Always,
            1 => flat.swap_remove(0),
            _ => Predicate::All(flat),
        }
    }

    /// True where any is.
    pub fn any(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Predicate::Never => {}
                Predicate::Always => return Predicate::Always,
                Predicate::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Predicate::Never,
            1 => flat.swap_remove(0),
            _ => Predicate::Any(flat),
        }
    }

    /// The statement, where it is a single one.
    pub(crate) fn as_atom(&self) -> Option<&Arc<Atom>> {
        match self {
            Predicate::Atom(atom) => Some(atom),
            _ => None,
        }
    }

    /// The parts that must all be true.
    pub(crate) fn conjuncts(&self) -> &[Predicate] {
        match self {
            Predicate::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }
}
