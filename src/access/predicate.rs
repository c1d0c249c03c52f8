//! Predicates: conditions without negation, trees of all and any over single statements. What a statement says of other rows is a predicate, and the
//! access of another record is written out, so nothing behind this module meets a negation, a delegation or a condition. Making one of others puts
//! them side by side, and no more; what follows from what, and how it is said shortly, is the matter of [`decide`](super::decide).
//!
//! A policy admits a row when its expression is true; false and unknown both deny. With every negation pushed into the statements
//! (De Morgan holds in three-valued logic), only "true or not" matters at each node.

use std::convert::Infallible;
use std::sync::Arc;

use crate::catalog::{Table, TableId};
use crate::model::{self, AboutOthers, Climb, Enough, Link, Operation, Path, Value};

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

    /// The paths of the row that is so many rows further out than the one that this is about.
    fn collect_outer<'a>(&'a self, up: u32, paths: &mut Vec<&'a Path>) {
        self.for_each_atom(&mut |atom| {
            paths.extend(atom.values().into_iter().filter_map(|value| match value {
                Value::Outer(outer) if outer.up == up => Some(&outer.path),
                _ => None,
            }));
            if let Atom::Exists(exists) = atom {
                exists.predicate.collect_outer(up + 1, paths);
            }
        });
    }

    /// The same where one more row stands between the row that this is about and those further out.
    pub fn moved_inward(&self) -> Predicate {
        self.moved(0)
    }

    fn moved(&self, depth: u32) -> Predicate {
        let parts = |parts: &[Predicate]| parts.iter().map(|part| part.moved(depth)).collect();
        match self {
            Predicate::All(all) => Predicate::All(parts(all)),
            Predicate::Any(any) => Predicate::Any(parts(any)),
            Predicate::Atom(atom) if atom.speaks_of_outer(depth) => Predicate::from(atom.moved(depth)),
            other => other.clone(),
        }
    }

    /// Whether it speaks of rows that are more than so many rows further out.
    pub fn speaks_of_rows_beyond(&self, up: u32) -> bool {
        let mut found = false;
        self.for_each_atom(&mut |atom| found |= atom.speaks_of_outer(up));
        found
    }

    /// The paths of the row next further out that it reads.
    pub fn outer_paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.collect_outer(1, &mut paths);
        paths
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

/// Whether enough rows of a table make a predicate true.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exists {
    /// The table.
    pub table: TableId,
    /// What ties its rows to the record; without it, any row will do.
    pub link: Option<Link>,
    /// Where rows above the one that it leads to are meant, and that one.
    pub climb: Option<Climb>,
    /// What has to be true of the rows that the climb leads over: where the record is left out, it does not lead over it.
    pub through: Predicate,
    /// On a row of the table; what it says of the record itself are [`Value::Outer`]s.
    pub predicate: Predicate,
    /// How many rows are enough.
    pub enough: Enough,
    /// The values from outside of its rows that they are compared with. Where one is empty, that there is no such row is not known. What decides about
    /// access has none: who has no claim cannot reach a record by it.
    pub operands: Vec<Value>,
    /// Whether the answer depends on who is signed in.
    pub of_user: bool,
    /// The operation, where it stands for the access of the linked record.
    pub delegates: Option<Operation>,
    /// The table that the statement which asks changes, where that changes the answer: it has to be asked anew for each record.
    pub anew: Option<TableId>,
    /// True for "not so many", and so for "no row".
    pub negated: bool,
}

impl AboutOthers for Exists {
    fn paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.link.iter().map(|link| &link.path).collect();
        paths.extend(self.enough.value().and_then(Value::record));
        self.predicate.collect_outer(1, &mut paths);
        paths
    }

    fn opposite(self) -> Exists {
        Exists { negated: !self.negated, ..self }
    }

    fn start(&self) -> Option<&Value> {
        self.climb.as_ref()?.start.as_ref().map(|(_, value)| value)
    }

    fn values(&self) -> Vec<&Value> {
        self.start().into_iter().chain(self.enough.value()).collect()
    }

    fn values_mut(&mut self) -> Vec<&mut Value> {
        let start = self.climb.as_mut().and_then(|climb| climb.start.as_mut()).map(|(_, value)| value);
        start.into_iter().chain(self.enough.value_mut()).collect()
    }
}

impl AboutOthers for Infallible {
    fn paths(&self) -> Vec<&Path> {
        match *self {}
    }

    fn opposite(self) -> Infallible {
        self
    }
}

impl Atom {
    /// Whether it speaks of rows that are more than so many rows further out.
    fn speaks_of_outer(&self, depth: u32) -> bool {
        let is_outer = |value: &Value| matches!(value, Value::Outer(outer) if outer.up > depth);
        let within = |exists: &Exists| {
            let mut found = false;
            exists.predicate.for_each_atom(&mut |atom| found |= atom.speaks_of_outer(depth + 1));
            found || exists.operands.iter().any(is_outer)
        };
        self.values().into_iter().any(is_outer) || matches!(self, Atom::Exists(exists) if within(exists))
    }

    /// The same where one more row stands so many rows further out.
    fn moved(&self, depth: u32) -> Atom {
        let shift = |value: &mut Value| {
            if let Value::Outer(outer) = value
                && outer.up > depth
            {
                outer.up += 1;
            }
        };
        let mut moved = self.clone();
        moved.values_mut().into_iter().for_each(shift);
        if let Atom::Exists(exists) = &mut moved {
            exists.predicate = exists.predicate.moved(depth + 1);
            exists.through = exists.through.moved(depth + 1);
            exists.operands.iter_mut().for_each(shift);
        }
        moved
    }
}

/// The columns of the record itself that a statement reads, the record being one of `table`: what it compares, and the keys at which its paths begin; of
/// what is derived, what it is derived from.
pub fn own_columns(table: &Table, atom: &Atom) -> Vec<u32> {
    let first = |path: &Path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column;
    atom.record_paths().into_iter().flat_map(|path| table.stored(first(path))).collect()
}
