//! A first test file for a project. In: a compiled project. Out: a file that is not there yet, with what the rules let each of its people do.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::{Output, write_file};
use super::super::{Error, Verdict};
use crate::diagnostic::Sources;
use crate::model::Model;
use crate::scenario::{self, Coverage, First, InMemory, Scenarios};

#[derive(Debug, Args)]
pub(super) struct GenerateArgument {
    /// Run nothing: write a first test file, with somebody for each role, rows of which conditions are true, false and unknown, and what the rules let each do, to be read and corrected
    /// [default: first.test.yaml in the project's folder]
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, conflicts_with_all = ["emit", "postgres", "database_url", "coverage", "mutate", "format"])]
    generate: Option<Option<PathBuf>>,
}

impl GenerateArgument {
    /// Writes what is asked for; `None` where nothing is.
    pub(super) fn run(&self, root: &Path, model: &Model, now: i64, output: &Output) -> Result<Option<Verdict>, Error> {
        let Some(path) = &self.generate else { return Ok(None) };
        let path = path.clone().unwrap_or_else(|| root.join("first.test.yaml"));
        if path.exists() {
            return Err(Error::Exists(path));
        }
        let first = First::new(model, now);
        let name = path.display().to_string();
        let (found, broken) = read(model, &name, &first.outline());
        let Some(scenarios) = found else {
            output.note("no rows could be made up for these tables: write a test file by hand");
            broken.iter().for_each(|title| output.message(&format!("  {title}")));
            return Ok(Some(Verdict::Findings));
        };
        let text = first.text(model, &scenarios, now).map_err(|value| Error::value(&name, value))?;
        write_file(&path, &text)?;
        output.result(&format!("{name}\n"))?;
        if let (Some(scenarios), _) = read(model, &name, &text) {
            say(model, &scenarios, &name, now, output)?;
        }
        Ok(Some(Verdict::Clean))
    }
}

/// A text as the test file that it is to be; or what is wrong with it.
fn read(model: &Model, name: &str, text: &str) -> (Option<Scenarios>, Vec<String>) {
    let (mut sources, mut broken) = (Sources::default(), Vec::new());
    let file = sources.add(name, text);
    let scenarios = scenario::load(&sources, file, model, &mut broken);
    (scenarios, broken.into_iter().map(|one| one.title).collect())
}

/// How much of the rules it shows.
fn say(model: &Model, scenarios: &Scenarios, name: &str, now: i64, output: &Output) -> Result<(), Error> {
    let mut coverage = Coverage::new(model);
    let failed = |value| Error::value(name, value);
    let memory = InMemory::new(model, scenarios, now).map_err(failed)?;
    for scenario in &scenarios.scenarios {
        let stage = memory.stage(scenario).map_err(failed)?;
        coverage.add(scenario, &stage, &stage.run().map_err(failed)?).map_err(failed)?;
    }
    let (grants, statements) = (coverage.grants(), coverage.statements());
    output.message(&format!(
        "it shows {} of {} grants, and {} of {} statements true, false and unknown; `rowgate test --coverage` names the rest",
        grants.seen, grants.of, statements.seen, statements.of
    ));
    output.help("read it line by line: it says what the rules do, not what they should");
    Ok(())
}
