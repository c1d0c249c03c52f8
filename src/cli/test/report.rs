//! What came of scenarios, as data, and for people. In: cells that were tried. Out: text, or JSON of the same.

use serde_json::json;

use super::super::look::{Look, harmless};
use super::super::output::count;
use super::super::why;
use super::depth::Depth;
use crate::access::evaluate::Reason;
use crate::scenario::{Outcome, Scenario, Tried};

/// All files.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) files: Vec<FileReport>,
}

/// One test file.
#[derive(Debug)]
pub(super) struct FileReport {
    pub(super) name: String,
    pub(super) scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Debug)]
pub(super) struct ScenarioReport {
    pub(super) name: String,
    /// Line and column of its name, from 1 on.
    pub(super) place: (usize, usize),
    /// Expectations that hold.
    pub(super) held: usize,
    /// Expectations that nobody knows of.
    pub(super) unknown: usize,
    pub(super) failures: Vec<Failing>,
}

/// An expectation that does not hold.
#[derive(Debug)]
pub(super) struct Failing {
    /// What was tried: `read items 11`.
    pub(super) what: String,
    pub(super) operation: Option<&'static str>,
    pub(super) table: Option<String>,
    /// What it is done to: the key of a row, or what is particular.
    pub(super) object: String,
    /// Whether it is an operation on a row as it is.
    pub(super) is_row: bool,
    pub(super) expected: bool,
    pub(super) outcome: Outcome,
    /// What is wrong, in words behind what was tried.
    pub(super) says: String,
    pub(super) place: (usize, usize),
    pub(super) why: Option<Reason>,
}

impl ScenarioReport {
    pub(super) fn new(scenario: &Scenario, tried: &[&Tried], place: (usize, usize), failures: Vec<Failing>) -> ScenarioReport {
        let unknown = tried.iter().filter(|one| one.holds().is_none()).count();
        let held = tried.len().saturating_sub(unknown + failures.len());
        ScenarioReport { name: scenario.name.clone(), place, held, unknown, failures }
    }

    /// The failures as people are told them: one for all rows of a table that fail alike.
    pub(super) fn told(&self) -> Vec<Told<'_>> {
        let mut told: Vec<Told<'_>> = Vec::new();
        for failure in &self.failures {
            let is_alike = |other: &&mut Told<'_>| {
                let first = other.first;
                let own = (first.operation, &first.table, &first.says, first.is_row);
                failure.is_row && own == (failure.operation, &failure.table, &failure.says, true)
            };
            match told.iter_mut().find(is_alike) {
                Some(other) => other.objects.push(&failure.object),
                None => told.push(Told { first: failure, objects: vec![&failure.object] }),
            }
        }
        told
    }
}

/// Failures that are alike.
pub(super) struct Told<'a> {
    pub(super) first: &'a Failing,
    objects: Vec<&'a str>,
}

/// So many keys are named.
const KEYS: usize = 12;

impl Told<'_> {
    /// `read items 21, 22 stands under "can", and reaches no row`
    pub(super) fn text(&self) -> String {
        let Failing { what, says, operation, table, .. } = self.first;
        let (Some(operation), Some(table), [_, _, ..]) = (operation, table, self.objects.as_slice()) else {
            return format!("{what} {says}");
        };
        let mut keys = self.objects.iter().take(KEYS).copied().collect::<Vec<_>>().join(", ");
        if self.objects.len() > KEYS {
            keys.push_str(&format!(" and {} more", self.objects.len() - KEYS));
        }
        format!("{operation} {table} {keys}: each {says}")
    }

    /// Why, in lines; of several, of the first.
    pub(super) fn reasons(&self, look: Look) -> Vec<String> {
        let mut lines = Vec::new();
        if let Outcome::Rejected(said) = &self.first.outcome {
            lines.extend(said.lines().map(harmless));
        }
        if let Some(reason) = &self.first.why {
            let mut text = String::new();
            why::write(&reason.deciding(), 0, look, &mut text);
            lines.extend(text.lines().map(str::to_owned));
        }
        lines
    }
}

impl Report {
    pub(super) fn scenarios(&self) -> impl Iterator<Item = &ScenarioReport> {
        self.files.iter().flat_map(|file| &file.scenarios)
    }

    /// How many expectations hold, do not, and are not decided.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let sum = |of: fn(&ScenarioReport) -> usize| self.scenarios().map(of).sum();
        (sum(|one| one.held), sum(|one| one.failures.len()), sum(|one| one.unknown))
    }

    pub(super) fn holds(&self) -> bool {
        self.scenarios().all(|scenario| scenario.failures.is_empty())
    }

    /// For people.
    pub(super) fn text(&self, look: Look) -> String {
        let mut out = String::new();
        for file in &self.files {
            out.push_str(&format!("{}\n", look.paint(&file.name, "1")));
            for scenario in &file.scenarios {
                let (word, colour) = if scenario.failures.is_empty() { ("ok", "32") } else { ("failed", "31") };
                let number = count(scenario.held + scenario.failures.len() + scenario.unknown, "expectation");
                let word = look.paint(&format!("{word:<6}"), colour);
                let line = format!("  {word}  {}  {}", harmless(&scenario.name), look.dim(&number));
                out.push_str(&format!("{}\n", look.wrapped(&line, 10)));
                for told in scenario.told() {
                    let place = format!("{}:{}:{}", file.name, told.first.place.0, told.first.place.1);
                    let line = look.wrapped(&format!("    {}", look.paint(&harmless(&told.text()), "1")), 6);
                    out.push_str(&format!("{line}\n      {}\n", look.dim(&place)));
                    for line in told.reasons(look.within(6)) {
                        out.push_str(&format!("      {line}\n"));
                    }
                }
            }
        }
        out
    }

    /// For programs.
    pub(super) fn json(&self, depth: &Depth) -> serde_json::Value {
        let failing = |failing: &Failing| {
            json!({
                "what": failing.what,
                "operation": failing.operation,
                "table": failing.table,
                "object": failing.object,
                "expected": if failing.expected { "allowed" } else { "denied" },
                "outcome": failing.outcome.word(),
                "says": failing.says,
                "line": failing.place.0,
                "column": failing.place.1,
                "why": failing.why,
            })
        };
        let scenario = |file: &FileReport, scenario: &ScenarioReport| {
            json!({
                "file": file.name,
                "scenario": scenario.name,
                "line": scenario.place.0,
                "column": scenario.place.1,
                "held": scenario.held,
                "undecided": scenario.unknown,
                "failures": scenario.failures.iter().map(failing).collect::<Vec<_>>(),
            })
        };
        let all = self.files.iter().flat_map(|file| file.scenarios.iter().map(move |one| scenario(file, one)));
        let mut json = json!({ "scenarios": all.collect::<Vec<_>>() });
        depth.json().into_iter().for_each(|(name, value)| json[name] = value);
        json
    }
}
