//! A first test file for a project. In: a compiled project. Out: a file that is not there yet, with what the rules let each of its people do.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::{Output, count, write_file};
use super::super::{Error, Verdict};
use crate::diagnostic::{Sources, Span};
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
    pub(super) fn run(
        &self,
        root: &Path,
        (model, sources): (&Model, &Sources),
        now: i64,
        output: &Output,
    ) -> Result<Option<Verdict>, Error> {
        let Some(path) = &self.generate else { return Ok(None) };
        let path = path.clone().unwrap_or_else(|| root.join("first.test.yaml"));
        if path.exists() {
            return Err(Error::FileExists(path));
        }
        let name = path.display().to_string();
        let (text, broken) = text(model, &name, now)?;
        let Some(text) = text else {
            output.note("no rows could be made up for these tables: write a test file by hand");
            broken.iter().for_each(|title| output.message(&format!("  {title}")));
            return Ok(Some(Verdict::Findings));
        };
        write_file(&path, &text)?;
        output.result(&format!("{name}\n"))?;
        if let (Some(scenarios), _) = read(model, &name, &text) {
            say(model, scenarios, (&name, sources), now, output)?;
        }
        Ok(Some(Verdict::Clean))
    }
}

/// What is added may call for more: each time, the file is read again.
const ROUNDS: usize = 3;

/// The text of a file; or what is wrong with its rows.
fn text(model: &Model, name: &str, now: i64) -> Result<(Option<String>, Vec<String>), Error> {
    let failed = |value| Error::value(name, value);
    let (mut first, mut best) = (First::new(model, now), None);
    for _ in 0..=ROUNDS {
        let (found, broken) = read(model, name, &first.outline());
        // What was added last may be what no table would take.
        let Some(scenarios) = found else { return Ok((best, broken)) };
        let text = first.text(&scenarios).map_err(failed)?;
        let (found, broken) = read(model, name, &text);
        let Some(scenarios) = found else { return Ok((best, broken)) };
        best = Some(text);
        if !first.complete(scenarios).map_err(failed)? {
            break;
        }
    }
    Ok((best, Vec::new()))
}

/// A text as the test file that it is to be; or what is wrong with it.
fn read(model: &Model, name: &str, text: &str) -> (Option<Scenarios>, Vec<String>) {
    let (mut sources, mut broken) = (Sources::default(), Vec::new());
    let file = sources.add(name, text);
    let scenarios = scenario::load(&sources, file, model, &mut broken);
    (scenarios, broken.into_iter().map(|one| one.title).collect())
}

/// How much of the rules it shows, and what not.
fn say(model: &Model, scenarios: Scenarios, (name, sources): (&str, &Sources), now: i64, output: &Output) -> Result<(), Error> {
    let mut coverage = Coverage::new(model);
    let failed = |value| Error::value(name, value);
    let memory = InMemory::new(model, &scenarios, now).map_err(failed)?;
    for scenario in &scenarios.scenarios {
        let stage = memory.stage(scenario).map_err(failed)?;
        coverage.add(scenario, &stage, &stage.run().map_err(failed)?).map_err(failed)?;
    }
    drop(memory);
    let (grants, statements) = (coverage.grants(), coverage.statements());
    let mut said = format!(
        "it shows {} of {}, and {} of {} true, false and unknown",
        grants.seen,
        count(grants.of, "grant"),
        statements.seen,
        count(statements.of, "statement"),
    );
    let mut missed = Vec::new();
    if scenario::is_quick(model, &scenarios) {
        let files = [(name.to_owned(), scenarios)];
        let mutated = scenario::mutate(model, &files, now).map_err(|failed| Error::value(&failed.0, failed.1))?;
        let parts = count(mutated.noticed + mutated.missed.len(), "part");
        said.push_str(&format!("; of {parts} of the rules, {} would be missed", mutated.noticed));
        missed = mutated.missed;
    } else {
        said.push_str("; `rowgate test --mutate` says which parts of the rules nobody would miss");
    }
    output.message(&said);
    let gaps = coverage.gaps().into_iter().map(|gap| (gap.span, format!("{}: {}", gap.what, gap.missing)));
    let missed = missed.into_iter().map(|missed| (missed.span, format!("{}: nobody would miss it", missed.what)));
    let rest: Vec<(Span, String)> = gaps.chain(missed).collect();
    if !rest.is_empty() {
        output.note("no row or change that was tried shows what follows. It may take several rows together, be known to a server alone, or follow from other rules, so that nothing can show it");
    }
    for (span, what) in rest {
        let span = sources.resolve(span);
        let (line, column) = sources.position(span.file, span.start);
        output.message(&format!("  {what}\n    {}:{line}:{column}", sources.get(span.file).name));
    }
    output.help("read it line by line: it says what the rules do, not what they should");
    Ok(())
}
