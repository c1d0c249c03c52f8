//! The short form of a reason: of each statement the parts that make it what it is.

use super::why::Reason;

impl Reason {
    /// Without what changes nothing: what holds of that which all has to hold, what does not of that of which something has to. A statement with a single such part is that part.
    #[must_use]
    pub fn deciding(&self) -> Reason {
        let is_true = |part: &&Reason| part.truth == Some(true);
        let count = self.parts.iter().filter(is_true).count();
        let parts: Vec<Reason> = match self.truth {
            // All of them have to hold, or some.
            Some(true) if count == self.parts.len() || count == 0 => self.parts.iter().map(Reason::deciding).collect(),
            Some(true) => self.parts.iter().filter(is_true).map(Reason::deciding).collect(),
            // A negation is false because its part is true.
            _ if self.parts.len() == 1 && count == 1 => self.parts.iter().map(Reason::deciding).collect(),
            _ => self.parts.iter().filter(|part| !is_true(part)).map(Reason::deciding).collect(),
        };
        // Several grants may ask the same.
        let mut said: Vec<Reason> = Vec::new();
        for part in parts {
            if !said.contains(&part) {
                said.push(part);
            }
        }
        match <[Reason; 1]>::try_from(said) {
            Ok([only]) if only.truth == self.truth => match only.parts.is_empty() && only.text.len() < self.text.len() {
                // A rule says more than the condition that it consists of; of several conditions, the last one is not the rule.
                true if self.parts.len() == 1 && self.text.ends_with(&only.text) => Reason { parts: Vec::new(), ..self.clone() },
                _ => only,
            },
            Ok(only) => Reason { parts: only.into(), ..self.clone() },
            Err(parts) => Reason { parts, ..self.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::access::evaluate::{Reason, Statement};

    fn said(text: &str, truth: bool) -> Reason {
        Reason::single(Statement::Condition { condition: text.to_owned() }, text.to_owned(), Some(truth))
    }

    fn of(text: &str, parts: Vec<Reason>) -> Reason {
        Reason::all(Statement::Condition { condition: text.to_owned() }, text.to_owned(), parts)
    }

    #[test]
    fn the_condition_that_decides_is_told_wherever_it_stands() {
        for (first, last, decides) in [(false, true, "A is 1"), (true, false, "B is 2")] {
            let all = of("\"r\" where A is 1 and B is 2", vec![said("A is 1", first), said("B is 2", last)]);
            assert_eq!(all.deciding().text, decides);
        }
        let single = of("\"r\" where A is 1", vec![said("A is 1", false)]);
        assert_eq!(single.deciding().text, "\"r\" where A is 1");
    }
}
