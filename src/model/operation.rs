//! What is done with rows.

use crate::ast::OperationWord;

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

    /// Those that a rule's word is about.
    pub(crate) fn of_word(word: OperationWord) -> Vec<Operation> {
        match word {
            OperationWord::Create => vec![Operation::Create],
            OperationWord::Read => vec![Operation::Read],
            OperationWord::Update => vec![Operation::Update],
            OperationWord::Delete => vec![Operation::Delete],
            OperationWord::All => Operation::ALL.to_vec(),
        }
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
