//! The access of another record, as a condition asks for it. It does not know what decides about it.

use super::operation::Operation;
use super::value::Path;
use crate::catalog::ColumnRef;

/// What [`Atom::Can`](super::Atom::Can) asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Can {
    /// What is done with it: read, update or delete.
    pub operation: Operation,
    /// To its key.
    pub path: Path,
    /// The column that the path's end references.
    pub target: ColumnRef,
    /// True for "cannot".
    pub negated: bool,
}
