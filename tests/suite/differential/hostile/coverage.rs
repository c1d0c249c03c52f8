//! What was used, how often, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

/// Of one ingredient or way.
#[derive(Default, Clone)]
pub struct Count {
    /// Statements that set it up, and those that the server refused.
    pub accepted: usize,
    pub refused: usize,
    /// Names that mean the session's object instead of the server's.
    pub resolved: usize,
    pub equal: usize,
    pub errors: usize,
    /// Errors other than a refusal where something was meant to be done.
    pub narrower: usize,
}

#[derive(Default, Clone)]
pub struct Coverage {
    counts: BTreeMap<String, Count>,
    /// Errors by their words, where something was meant to be done.
    errors: BTreeMap<String, usize>,
    /// One error for each way and code.
    reasons: BTreeMap<(String, String), String>,
}

impl Coverage {
    fn of(&mut self, name: &str) -> &mut Count {
        self.counts.entry(name.to_owned()).or_default()
    }

    pub fn prepared(&mut self, name: &str, accepted: usize, refused: usize) {
        let count = self.of(name);
        count.accepted += accepted;
        count.refused += refused;
    }

    pub fn resolved(&mut self, name: &str, names: usize) {
        self.of(name).resolved += names;
    }

    pub fn equal(&mut self, way: &str, ingredients: &BTreeSet<&'static str>) {
        ingredients.iter().copied().chain([way, "all"]).for_each(|name| self.of(name).equal += 1);
    }

    pub fn failed(&mut self, way: &str, ingredients: &BTreeSet<&'static str>, code: &str, text: &str, meant: bool) {
        for name in ingredients.iter().copied().chain([way, "all"]) {
            let count = self.of(name);
            count.errors += 1;
            count.narrower += usize::from(meant);
        }
        self.reasons.entry((way.to_owned(), code.to_owned())).or_insert_with(|| text.to_owned());
        if meant && !code.starts_with("23") {
            let words = text.split('\n').next().unwrap_or_default();
            let words: String = words.chars().filter(|c| !c.is_ascii_digit()).collect();
            *self.errors.entry(format!("{way}: {words}")).or_default() += 1;
        }
    }

    pub fn add(&mut self, other: &Coverage) {
        for (name, count) in &other.counts {
            let own = self.of(name);
            own.accepted += count.accepted;
            own.refused += count.refused;
            own.resolved += count.resolved;
            own.equal += count.equal;
            own.errors += count.errors;
            own.narrower += count.narrower;
        }
        for (what, text) in &other.reasons {
            self.reasons.entry(what.clone()).or_insert_with(|| text.clone());
        }
        for (words, count) in &other.errors {
            *self.errors.entry(words.clone()).or_default() += count;
        }
    }

    /// Decisions that were tried in a hostile session.
    pub fn decisions(&self) -> usize {
        self.counts.get("all").map_or(0, |count| count.equal + count.errors)
    }

    pub fn count(&self, name: &str) -> Count {
        self.counts.get(name).cloned().unwrap_or_default()
    }

    /// Ways that never led to an answer, with an error for each of their codes.
    fn print_vain(&self) {
        for ((way, code), text) in &self.reasons {
            if self.counts.get(way).is_none_or(|count| count.equal == 0) {
                println!("  never an answer: {way} ({code}): {}", text.replace('\n', " "));
            }
        }
    }

    pub fn print(&self) {
        println!("hostile sessions, by ingredient, way and circumstance:");
        println!(
            "  {:52} {:>8} {:>8} {:>8} {:>9} {:>9} {:>12}",
            "", "set up", "refused", "in force", "the same", "errors", "though meant"
        );
        for (name, count) in &self.counts {
            println!(
                "  {name:52} {:>8} {:>8} {:>8} {:>9} {:>9} {:>12}",
                count.accepted, count.refused, count.resolved, count.equal, count.errors, count.narrower
            );
        }
        self.print_vain();
        let mut errors: Vec<(&String, &usize)> = self.errors.iter().collect();
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        println!("errors where something was meant, the most frequent:");
        errors.iter().take(40).for_each(|(words, count)| println!("  {count:>7} {words}"));
    }
}
