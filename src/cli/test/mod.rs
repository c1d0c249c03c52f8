//! `rowgate test`: runs the scenarios of the test files, in memory or on a server, and says what is not as they say.

mod depth;
mod emit;
mod formats;
mod generate;
mod report;
mod server;
mod watch;

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};

use self::depth::Depth;
use self::emit::EmitArgument;
use self::generate::GenerateArgument;
use self::report::{Failing, FileReport, Report, ScenarioReport};
use self::server::ServerArgument;
use super::actors::{self, TestFile};
use super::look::Look;
use super::named::Named;
use super::output::{Output, count, count_that};
use super::{Error, ProjectArgument, Verdict, compile, loader};
use crate::access::evaluate::Reason;
use crate::catalog::TableId;
use crate::db::{self, Client};
use crate::diagnostic::{LineIndex, Sources};
use crate::model::Model;
use crate::scenario::{self, Cell, Coverage, InMemory, Outcome, Scenario, Stage, Tried};
use crate::yaml::Places;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Only scenarios with this in their name, whatever the case; can be given several times.
    #[arg(long, value_name = "TEXT")]
    scenario: Vec<String>,
    /// Only what is expected of this table; can be given several times.
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    #[command(flatten)]
    server: ServerArgument,
    #[command(flatten)]
    generate: GenerateArgument,
    #[command(flatten)]
    emit: EmitArgument,
    /// Say what of the rules the scenarios have seen at work, and name what they have not: each rule and grant used, each statement true, false and unknown.
    #[arg(long)]
    coverage: bool,
    /// Say how much the scenarios would notice: leave out each statement, grant and boundary of the rules in turn, and name what nobody would miss.
    #[arg(long, conflicts_with_all = ["scenario", "table"])]
    mutate: bool,
    /// Run them again whenever a file of the project changes.
    #[arg(long, conflicts_with_all = ["emit", "generate", "format"])]
    watch: bool,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    format: TestFormat,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TestFormat {
    /// For people.
    Text,
    /// For programs of your own.
    Json,
    /// JUnit's XML, which test reports of GitLab, Jenkins, Azure and others read.
    Junit,
    /// TAP, which `prove` and others read.
    Tap,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    if arguments.watch {
        let root = loader::find(arguments.project.project.as_deref())?;
        return watch::forever(&root, output, || once(arguments, output));
    }
    once(arguments, output)
}

fn once(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let now = jiff::Timestamp::now().as_microsecond();
    if let Some(verdict) = arguments.generate.run(&root, (&meaning.model, &compiled.sources), now, output)? {
        return Ok(verdict);
    }
    let files = actors::test_files(&compiled, output);
    if files.read.iter().all(|(_, file)| file.scenarios.is_empty()) {
        // What is wrong with those that there are is told already.
        return if files.unread.is_empty() { Err(Error::NoScenarios) } else { Ok(Verdict::Findings) };
    }
    let chosen = Chosen::new(arguments, &meaning.model, &files.read)?;
    if let Some(verdict) = arguments.emit.run(&meaning.model, &files.read, now, output)? {
        return Ok(verdict);
    }
    let mut running = arguments.server.start(&compiled, output)?;
    let mut report = Report { files: Vec::new() };
    let mut coverage = arguments.coverage.then(|| Coverage::new(&meaning.model));
    let mut frozen = Vec::new();
    for file in &files.read {
        let run = Run::new(&meaning.model, file, &compiled.sources, now, arguments.server.both);
        let mut client = running.as_mut().map(|running| &mut running.client);
        // No server can be told that it is another time: what it said could not be compared.
        if file.1.now.is_some() && client.take().is_some() {
            frozen.push(file.0.as_str());
        }
        report.files.extend(run.report(&chosen, client, coverage.as_mut())?);
    }
    if !frozen.is_empty() {
        let files = frozen.join(", ");
        output.note(&format!("tried in memory alone, since a server's clock does not stand still: {files} (`now:`)"));
    }
    let mut depth = Depth::default();
    if let Some(coverage) = &coverage {
        depth.cover(coverage, &compiled.sources);
    }
    match (arguments.mutate, report.holds()) {
        (true, true) => {
            let mutated = scenario::mutate(&meaning.model, &files.read, now);
            depth.mutate(mutated.map_err(|failed| Error::value(&failed.0, failed.1))?, &compiled.sources);
        }
        (true, false) => output.note("what nobody would miss is told once all scenarios hold"),
        (false, _) => {}
    }
    output.result(&match arguments.format {
        TestFormat::Text => report.text(output.look()) + &depth.text(output.look()),
        TestFormat::Json => format!("{:#}\n", report.json(&depth)),
        TestFormat::Junit => formats::junit(&report),
        TestFormat::Tap => formats::tap(&report),
    })?;
    if matches!(arguments.format, TestFormat::Junit | TestFormat::Tap) {
        // These formats have no place for it.
        depth.text(Look::PLAIN).lines().for_each(|line| output.message(line));
    }
    say(&report, &files.unread, output);
    Ok(if report.holds() && depth.is_whole() && files.unread.is_empty() { Verdict::Clean } else { Verdict::Findings })
}

/// How much was tried, and what was not.
fn say(report: &Report, unread: &[String], output: &Output) {
    let (held, failed, unknown) = report.counts();
    let failing = report.scenarios().filter(|one| !one.failures.is_empty()).count();
    let all = report.scenarios().count();
    output.message(&match failing {
        0 => format!("{}, {}", count_that(all, "scenario", "holds", "hold"), count(held, "expectation")),
        _ => format!("{failing} of {} failed, {failed} of {}", count(all, "scenario"), count(held + failed, "expectation")),
    });
    if unknown > 0 {
        output.note(&format!(
            "{} not decided: raw SQL is known to a server alone",
            count_that(unknown, "expectation", "was", "were")
        ));
    }
    if !unread.is_empty() {
        let files: Vec<String> = unread.iter().map(|file| format!("`{file}`")).collect();
        output.note(&format!("nothing in {} was run: its errors are told above", files.join(", ")));
    }
}

/// What somebody wants to be run.
struct Chosen {
    scenarios: Vec<String>,
    tables: Vec<TableId>,
}

impl Chosen {
    fn new(arguments: &Arguments, model: &Model, files: &[TestFile]) -> Result<Chosen, Error> {
        let scenarios = || files.iter().flat_map(|(_, file)| &file.scenarios);
        let wanted = Chosen {
            scenarios: arguments.scenario.iter().map(|text| text.to_lowercase()).collect(),
            tables: arguments.table.iter().map(|name| super::table(model, name)).collect::<Result<_, _>>()?,
        };
        for (text, typed) in std::iter::zip(&wanted.scenarios, &arguments.scenario) {
            if !scenarios().any(|scenario| scenario.name.to_lowercase().contains(text)) {
                return Err(Error::unknown(Named::Scenario, typed, scenarios().map(|scenario| scenario.name.clone())));
            }
        }
        Ok(wanted)
    }

    fn has(&self, scenario: &Scenario) -> bool {
        let name = scenario.name.to_lowercase();
        let is_named = self.scenarios.is_empty() || self.scenarios.iter().any(|text| name.contains(text));
        is_named && (self.tables.is_empty() || self.tables.iter().any(|table| scenario.tables.contains(table)))
    }

    fn has_cell(&self, scenario: &Scenario, tried: &Tried) -> bool {
        let table = tried.cell.about(scenario).map(|(_, table)| table);
        // Whether the steps can be done is what everything else rests on.
        self.tables.is_empty() || table.is_none_or(|table| self.tables.contains(&table))
    }
}

/// A test file that is run.
struct Run<'a> {
    model: &'a Model,
    file: &'a TestFile,
    text: &'a str,
    places: Places<'a>,
    lines: LineIndex,
    now: i64,
    /// In memory, too, where there is a server.
    both: bool,
}

impl<'a> Run<'a> {
    fn new(model: &'a Model, file: &'a TestFile, sources: &'a Sources, now: i64, both: bool) -> Run<'a> {
        let text = &sources.get(file.1.file).text;
        Run { model, file, text, places: Places::new(text, file.1.file), lines: LineIndex::new(text), now, both }
    }

    /// The scenarios of one file, as far as they are chosen.
    fn report(
        &self,
        chosen: &Chosen,
        client: Option<&mut Client>,
        mut coverage: Option<&mut Coverage<'_>>,
    ) -> Result<Option<FileReport>, Error> {
        let (name, scenarios) = self.file;
        let wanted: Vec<&Scenario> = scenarios.scenarios.iter().filter(|scenario| chosen.has(scenario)).collect();
        if wanted.is_empty() {
            return Ok(None);
        }
        let is_needed = client.is_none() || self.both || coverage.is_some();
        let memory = match InMemory::new(self.model, scenarios, self.now) {
            Err(value) if is_needed => return Err(Error::value(name, value)),
            memory => memory.ok(),
        };
        let of_server = match client {
            Some(client) => Some(db::run_in_transaction(client, self.model, scenarios, &wanted).map_err(Error::not_run)?),
            None => None,
        };
        let mut reports = Vec::new();
        for (index, scenario) in wanted.into_iter().enumerate() {
            // Reasons are the evaluator's, wherever it was tried.
            let stage = match memory.as_ref().map(|memory| memory.stage(scenario)).transpose() {
                Err(value) if is_needed => return Err(Error::value(name, value)),
                stage => stage.ok().flatten(),
            };
            let of_memory = match stage.as_ref().filter(|_| is_needed).map(Stage::run).transpose() {
                Err(value) => return Err(Error::value(name, value)),
                Ok(tried) => tried,
            };
            if let (Some(coverage), Some(stage), Some(tried)) = (coverage.as_mut(), &stage, &of_memory) {
                coverage.add(scenario, stage, tried).map_err(|value| Error::value(name, value))?;
            }
            let of_server = of_server.as_ref().and_then(|all| all.get(index));
            reports.push(self.scenario(chosen, scenario, stage.as_ref(), of_memory.as_deref(), of_server.map(Vec::as_slice)));
        }
        Ok(Some(FileReport { name: name.clone(), scenarios: reports }))
    }

    fn scenario(
        &self,
        chosen: &Chosen,
        scenario: &Scenario,
        stage: Option<&Stage<'_>>,
        of_memory: Option<&[Tried]>,
        of_server: Option<&[Tried]>,
    ) -> ScenarioReport {
        let tried = of_server.or(of_memory).unwrap_or_default();
        let tried: Vec<&Tried> = tried.iter().filter(|tried| chosen.has_cell(scenario, tried)).collect();
        let place = self.place(&name_of(scenario));
        let compared = of_memory.filter(|_| of_server.is_some() && self.both).unwrap_or_default();
        let compared: BTreeMap<Cell, &Tried> = compared.iter().map(|one| (one.cell, one)).collect();
        let other = |one: &Tried| {
            let known = compared.get(&one.cell)?;
            let differs = known.outcome != Outcome::Unknown && known.outcome.word() != one.outcome.word();
            differs.then(|| known.outcome.word())
        };
        let mut failures = Vec::new();
        for one in &tried {
            let says = match (one.holds() == Some(false), other(one)) {
                (false, None) => continue,
                (true, None) => one.says(scenario),
                (true, Some(other)) => format!("{}; the rules say: {other}", one.says(scenario)),
                (false, Some(other)) => format!("is as expected, and {} where the rules say: {other}", one.outcome.word()),
            };
            let why = stage.filter(|_| one.holds() == Some(false)).and_then(|stage| stage.why(one.cell).ok().flatten());
            // A reason for the opposite explains nothing: the database does not do what the rules say.
            let explains = |why: &Reason| of_server.is_none() || (why.truth == Some(true)) == (one.outcome == Outcome::Allowed);
            failures.push(self.failing(scenario, one, says, why.filter(explains)));
        }
        ScenarioReport::new(scenario, &tried, place, failures)
    }

    fn failing(&self, scenario: &Scenario, tried: &Tried, says: String, why: Option<Reason>) -> Failing {
        let (model, scenarios) = (self.model, &self.file.1);
        let about = tried.cell.about(scenario);
        Failing {
            what: tried.cell.text(model, scenarios, scenario),
            operation: about.map(|(operation, _)| operation.word()),
            table: about.map(|(_, table)| model.catalog.table(table).name.to_string()),
            object: tried.cell.object(model, scenarios, scenario),
            is_row: matches!(tried.cell, Cell::Row(..)),
            expected: tried.expected,
            outcome: tried.outcome.clone(),
            says,
            place: self.place(&tried.cell.place(model, scenario)),
            why,
        }
    }

    /// Line and column, from 1 on.
    fn place(&self, steps: &[String]) -> (usize, usize) {
        self.lines.position(self.text, self.places.locate(steps).start)
    }
}

fn name_of(scenario: &Scenario) -> Vec<String> {
    vec!["scenarios".to_owned(), format!("[{}]", scenario.position), "name".to_owned()]
}
