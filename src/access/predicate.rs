//! Predicates: conditions without negation, trees of all and any over single statements. What a statement says of other rows is a predicate, and the
//! access of another record is written out, so nothing behind this module meets a negation, a delegation or a condition. Making one of others puts
//! them side by side, and no more; what follows from what, and how it is said shortly, is the matter of [`decide`](super::decide).
//!
//! A policy admits a row when its expression is true; false and unknown both deny. With every negation pushed into the statements
//! (De Morgan holds in three-valued logic), only "true or not" matters at each node.

use std::convert::Infallible;
use std::sync::Arc;

use crate::catalog::TableId;
use crate::model::{self, AboutOthers, Link, Operation, Path, Value};

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

/// A single statement.
pub type Atom = model::Atom<Exists, Infallible>;

/// Whether some row of a table makes a predicate true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exists {
    /// The table.
    pub table: TableId,
    /// What ties its rows to the record; without it, any row will do.
    pub link: Option<Link>,
    /// On a row of the table. Says nothing of the record itself.
    pub predicate: Predicate,
    /// The values from outside of its rows that they are compared with. Where one is empty, that there is no such row is not known. What decides about
    /// access has none: who has no claim cannot reach a record by it.
    pub operands: Vec<Value>,
    /// Whether the answer depends on who is signed in.
    pub of_user: bool,
    /// The operation, where it stands for the access of the linked record.
    pub delegates: Option<Operation>,
    /// True for "no row".
    pub negated: bool,
}

impl AboutOthers for Exists {
    fn path(&self) -> Option<&Path> {
        self.link.as_ref().map(|link| &link.path)
    }

    fn opposite(self) -> Exists {
        Exists { negated: !self.negated, ..self }
    }
}

impl AboutOthers for Infallible {
    fn path(&self) -> Option<&Path> {
        match *self {}
    }

    fn opposite(self) -> Infallible {
        self
    }
}

/// The columns of the record itself that a statement reads: what it compares, and the keys at which its paths begin.
pub fn own_columns(atom: &Atom) -> Vec<u32> {
    atom.record_paths().into_iter().map(|path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column).collect()
}
