//! What predicates say of the record as it was before an update. In: a predicate on the record that the update leaves. Out: whether it compares the two, what is left of
//! it where only one of them can be seen, and the columns of the former one that it reads.

use std::collections::BTreeSet;

use super::{Atom, Predicate};
use crate::catalog::Table;
use crate::model::{Path, Value};

impl Predicate {
    /// Whether it says something of the record as it was.
    pub fn speaks_of_former(&self) -> bool {
        let mut found = false;
        self.for_each_atom(&mut |atom| found |= atom.speaks_of_former());
        found
    }

    /// What is left of it without what it says of the record as it was: true of every record that it can be true of. Predicates have no negation, so what
    /// is taken for true makes the whole no less true.
    pub fn without_former(&self) -> Predicate {
        match self {
            Predicate::All(parts) => Predicate::all(parts.iter().map(Predicate::without_former)),
            Predicate::Any(parts) => Predicate::any(parts.iter().map(Predicate::without_former)),
            Predicate::Atom(atom) if atom.speaks_of_former() => Predicate::Always,
            other => other.clone(),
        }
    }

    /// The paths of the record as it was, at whichever depth they stand.
    pub fn former_paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.for_each_atom(&mut |atom| atom.collect_former(&mut paths));
        paths
    }
}

impl Atom {
    /// Whether it says something of the record as it was.
    pub fn speaks_of_former(&self) -> bool {
        let mut paths = Vec::new();
        self.collect_former(&mut paths);
        !paths.is_empty()
    }

    fn collect_former<'a>(&'a self, paths: &mut Vec<&'a Path>) {
        let former = |value: &'a Value| match value {
            Value::Former(path) => Some(path),
            _ => None,
        };
        paths.extend(self.values().into_iter().filter_map(former));
        if let Atom::Exists(exists) = self {
            paths.extend(exists.operands.iter().filter_map(former));
            for predicate in [&exists.predicate, &exists.through] {
                predicate.for_each_atom(&mut |atom| atom.collect_former(paths));
            }
        }
    }
}

/// The columns of the record as it was that a predicate reads: what it compares, and the keys at which its paths begin.
pub fn former_columns(table: &Table, predicate: &Predicate) -> BTreeSet<u32> {
    let first = |path: &Path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column;
    predicate.former_paths().into_iter().flat_map(|path| table.stored(first(path))).collect()
}
