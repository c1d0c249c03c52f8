//! Conditions as their authors wrote them. In: a bound condition, and what was written in the same place. Out: the words of the text; of what was not written so, a description.
//!
//! What tells an author about one rule of theirs (`why`, `as`, what scenarios have not seen or would not miss) quotes, so that they find the words again. What is compared between
//! versions, or stands in what is deployed, describes: it has to be the same where the meaning is, however it was written.

use super::describe::Describe;
use super::{Condition, Written};

impl Written {
    /// A condition in the words of the text; of several statements, with those of each.
    pub fn quote(&self, describe: Describe<'_>, condition: &Condition) -> String {
        if let Some(words) = self.words(condition) {
            return words.to_owned();
        }
        let all = |parts: &[Condition], word: &str| {
            let part = |part: &Condition| match part {
                Condition::All(_) | Condition::Any(_) if !self.has(part) => format!("({})", self.quote(describe, part)),
                _ => self.quote(describe, part),
            };
            parts.iter().map(part).collect::<Vec<_>>().join(word)
        };
        match condition {
            // Where nothing of it was written so, it is described as a whole.
            _ if !self.has_part(condition) => describe.condition(condition),
            Condition::All(parts) => all(parts, " and "),
            Condition::Any(parts) => all(parts, " or "),
            Condition::Not(inner) => format!("not ({})", self.quote(describe, inner)),
            Condition::Atom(_) => describe.condition(condition),
        }
    }

    fn has(&self, condition: &Condition) -> bool {
        self.words(condition).is_some()
    }

    fn has_part(&self, condition: &Condition) -> bool {
        self.has(condition)
            || match condition {
                Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| self.has_part(part)),
                Condition::Not(inner) => self.has_part(inner),
                Condition::Atom(_) => false,
            }
    }
}
