//! What is said of other rows, apart: of them alone, and of them and the record.

use crate::access::{Atom, Exists, Predicate};
use crate::model::{Enough, Value};

/// What is said of such rows alone, and what is said of them and the record.
pub(super) struct Split {
    pub(super) closed: Predicate,
    pub(super) open: Predicate,
}

impl Split {
    /// `None` where something needs more than the columns of the rows and of the record.
    pub(super) fn of(exists: &Exists) -> Option<Split> {
        let link = exists.link.as_ref().filter(|link| link.path.hops.is_empty())?;
        if exists.negated
            || exists.enough != Enough::ONE
            || exists.anew.is_some()
            || exists.climb.is_some()
            || link.column.table != exists.table
        {
            return None;
        }
        let (open, closed): (Vec<&Predicate>, Vec<&Predicate>) =
            exists.predicate.conjuncts().iter().partition(|part| part.speaks_of_rows_beyond(0));
        if open.is_empty() || !open.iter().all(|part| is_by_columns(part)) {
            return None;
        }
        let all = |parts: Vec<&Predicate>| Predicate::all(parts.into_iter().cloned());
        Some(Split { closed: all(closed), open: all(open) })
    }
}

/// Whether statements compare columns, constants and what the session says, and nothing else.
fn is_by_columns(predicate: &Predicate) -> bool {
    let is_simple = |value: &&Value| match value {
        Value::Record(path) => path.hops.is_empty(),
        Value::Outer(outer) => outer.up == 1 && outer.path.hops.is_empty(),
        _ => true,
    };
    let mut simple = true;
    predicate.for_each_atom(&mut |atom| {
        simple &= match atom {
            Atom::Compare { .. } | Atom::OneOf { .. } | Atom::Empty { .. } | Atom::Part { .. } => {
                atom.values().iter().all(is_simple)
            }
            _ => false,
        };
    });
    simple
}
