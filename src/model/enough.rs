//! How many other rows a statement needs: a constant, or what a value says. It does not know which rows.

use super::value::Value;

/// How many rows are enough.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Enough {
    /// So many; one or more.
    Rows(u32),
    /// As many as a value says, as it is seen from the record. Unknown where that is empty.
    Value {
        /// A whole number.
        number: Value,
        /// Whether there has to be one more.
        more: bool,
    },
}

impl Enough {
    /// One row.
    pub const ONE: Enough = Enough::Rows(1);

    /// The value that says it.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Enough::Rows(_) => None,
            Enough::Value { number, .. } => Some(number),
        }
    }

    /// The same, to be changed.
    pub fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Enough::Rows(_) => None,
            Enough::Value { number, .. } => Some(number),
        }
    }

    /// Whether so many rows are certainly no fewer than another number of them.
    pub fn is_at_least(&self, other: &Enough) -> bool {
        match (self, other) {
            (Enough::Rows(own), Enough::Rows(other)) => own >= other,
            (Enough::Value { number, more }, Enough::Value { number: other, more: others }) => number == other && more >= others,
            _ => false,
        }
    }
}
