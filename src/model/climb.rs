//! Rows above a row: those that a reference of a table to itself leads to, however often it is followed. In: where it begins, and which reference. Out: what has
//! to be there for the answer to be known. It does not know what is asked of the rows.

use crate::catalog::ColumnRef;

use super::value::{Hop, Link, Outer, Path, Value};

/// A reference of a table to itself that is followed from a row on. That row and all that it leads to are the rows that are meant, each once, so that
/// a circle in the data ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Climb {
    /// The reference, and the key that it has.
    pub parent: Hop,
    /// The column of the row at which it begins, and its value as it is seen from the record. Without, the link leads to that row.
    pub start: Option<(ColumnRef, Value)>,
    /// Whether the reference has been followed once to get there. Where it leads nowhere then, there are no rows; that much is known.
    pub is_followed: bool,
}

impl Climb {
    /// Whether the link leads to the row at which it begins, and may be empty for that: there are no rows then.
    pub fn may_lead_nowhere(&self) -> bool {
        self.is_followed && self.start.is_none()
    }

    /// What must not be empty for it to be known that there are no such rows.
    pub fn needed(&self, link: Option<&Link>) -> Option<Value> {
        let value = match (&self.start, link) {
            (Some((_, value)), _) => value.clone(),
            (None, link) => Value::Record(link?.path.clone()),
        };
        if !self.is_followed {
            return Some(value);
        }
        match value {
            Value::Record(path) => before(&path).map(Value::Record),
            Value::Outer(outer) => before(&outer.path).map(|path| Value::Outer(Outer { path, ..outer })),
            // There may be no row of the user.
            Value::User(path) => Some(Value::User(before(&path).unwrap_or(Path { column: self.parent.target, ..path }))),
            other => Some(other),
        }
    }
}

/// The path without its last step.
fn before(path: &Path) -> Option<Path> {
    let (last, hops) = path.hops.split_last()?;
    Some(Path { table: path.table, hops: hops.to_vec(), column: last.foreign_key })
}
