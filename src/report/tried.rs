//! What the scenarios show of the rules. In: the test files. Out: how much of the rules they saw at work, which rules by which scenario, and what they did not see.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::rules::place;
use crate::diagnostic::Sources;
use crate::model::Model;
use crate::scenario::{self, Coverage, InMemory, Outcome, Scenarios, Unreadable};

/// What the scenarios show.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Tests {
    /// How many there are.
    pub scenarios: usize,
    /// How many single expectations they have.
    pub expectations: usize,
    /// Those that do not hold.
    pub failed: Vec<Failed>,
    /// How much was seen: rules, grants, statements; of scenarios that hold.
    pub coverage: Vec<Part>,
    /// What no scenario shows.
    pub gaps: Vec<Gap>,
    /// Test files with errors, of which nothing is known.
    pub unread: Vec<String>,
}

/// A scenario that does not hold.
#[derive(Debug, Clone, Serialize)]
pub struct Failed {
    /// Its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// How many of its expectations do not hold, or could not be decided.
    pub expectations: usize,
}

/// How much of something was seen.
#[derive(Debug, Clone, Serialize)]
pub struct Part {
    /// `rules`, `grants` or `statements`
    pub what: &'static str,
    /// So many were seen.
    pub seen: usize,
    /// Of so many.
    pub of: usize,
}

/// Something that no scenario shows.
#[derive(Debug, Clone, Serialize)]
pub struct Gap {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// What it is.
    pub what: String,
    /// What is missing.
    pub missing: String,
}

/// A value in a test file that only a server could read: the file, and the value.
pub type TriedError = (String, Box<Unreadable>);

/// What the scenarios of a project show, and by which rules they do it.
#[derive(Debug, Default)]
pub struct Tried {
    pub(super) tests: Tests,
    /// Scenarios by the id of each rule that grants something in them.
    pub(super) of_rules: BTreeMap<String, BTreeSet<String>>,
}

impl Tried {
    /// Tries all scenarios in memory.
    pub fn new(
        model: &Model,
        sources: &Sources,
        files: &[(String, Scenarios)],
        unread: Vec<String>,
        now: i64,
    ) -> Result<Tried, TriedError> {
        let mut tried = Tried { tests: Tests { unread, ..Tests::default() }, of_rules: BTreeMap::new() };
        let mut coverage = Coverage::new(model);
        for (name, scenarios) in files {
            tried.file(model, name, scenarios, now, &mut coverage).map_err(|value| (name.clone(), Box::new(value)))?;
        }
        let part = |what, part: scenario::Part| Part { what, seen: part.seen, of: part.of };
        if tried.tests.scenarios > 0 {
            let parts = [("rules", coverage.rules()), ("grants", coverage.grants()), ("statements", coverage.statements())];
            let actions = Some(("actions", coverage.actions())).filter(|(_, part)| part.of > 0);
            tried.tests.coverage = parts.into_iter().chain(actions).map(|(what, one)| part(what, one)).collect();
            let gap = |gap: scenario::Gap| {
                let (file, line) = place(sources, gap.span);
                Gap { file, line, what: gap.what, missing: gap.missing }
            };
            tried.tests.gaps = coverage.gaps().into_iter().map(gap).collect();
        }
        Ok(tried)
    }

    fn file(
        &mut self,
        model: &Model,
        name: &str,
        scenarios: &Scenarios,
        now: i64,
        coverage: &mut Coverage<'_>,
    ) -> Result<(), Unreadable> {
        let memory = InMemory::new(model, scenarios, now)?;
        for scenario in &scenarios.scenarios {
            let stage = memory.stage(scenario)?;
            let all = stage.run()?;
            self.tests.scenarios += 1;
            self.tests.expectations += all.len();
            let wrong = all.iter().filter(|one| one.holds() != Some(true)).count();
            if wrong > 0 {
                let (file, name) = (name.to_owned(), scenario.name.clone());
                self.tests.failed.push(Failed { file, name, expectations: wrong });
                continue;
            }
            coverage.add(scenario, &stage, &all)?;
            for one in all.iter().filter(|one| one.expected && one.outcome == Outcome::Allowed) {
                for used in stage.granting(one.cell)? {
                    let id = model.id_of_rule(used.table, model.rule(used));
                    self.of_rules.entry(id).or_default().insert(scenario.name.clone());
                }
            }
        }
        Ok(())
    }
}
