//! What is done with rows.

/// An operation on rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Seeing them.
    Read,
    /// Making new ones.
    Create,
    /// Changing them.
    Update,
    /// Removing them.
    Delete,
}

impl Operation {
    /// All four, in the order in which they are printed.
    pub const ALL: [Operation; 4] = [Operation::Read, Operation::Create, Operation::Update, Operation::Delete];

    /// Whether a record has to be readable for it, before and after.
    pub fn needs_read(self) -> bool {
        matches!(self, Operation::Update | Operation::Delete)
    }

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }
}
