//! The words in which statements are written. In: what was noted while they were bound. Out: the words of one.

use std::sync::Arc;

use super::condition::Condition;

/// The statements of one rule, boundary, membership or action, each with its words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written(Arc<[(Condition, Box<str>)]>);

impl Written {
    /// What was noted while the conditions were bound.
    pub(super) fn new(noted: Vec<(Condition, Box<str>)>) -> Written {
        Written(noted.into())
    }

    /// The words of a condition that was written as one statement.
    pub(super) fn words(&self, condition: &Condition) -> Option<&str> {
        self.0.iter().find(|(written, _)| written == condition).map(|(_, words)| &**words)
    }
}
