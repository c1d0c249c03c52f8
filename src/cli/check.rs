//! `rowgate check`: all messages of a project, nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Args;

use super::output::{Output, count, count_that};
use super::reported::{self, Place, Reported, Reporting, ReportingArgument};
use super::{Error, ProjectArgument, Verdict, advice, loader};
use crate::diagnostic::{self, Diagnostic, Severity, Sources, Span};
use crate::model::Model;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    format: ReportingArgument,
    /// Treat warnings as errors: exit with 1 when there is one.
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let root = loader::find(arguments.project.project.as_deref())?;
    let format = arguments.format.format;
    let is_text = format == Reporting::Text;
    let mut not_run = 0;
    let (diagnostics, advice, sources, origins, counts) = match loader::compile(&root)? {
        Ok(compiled) => {
            let (advice, told): (Vec<_>, Vec<_>) =
                compiled.check().into_iter().partition(|found| found.severity() == Severity::Advice);
            if is_text {
                advice::print(&advice, output);
            }
            let counts = compiled.meaning.as_ref().map(|meaning| {
                let rules: usize = meaning.model.tables.values().map(|rules| rules.len()).sum();
                format!("{} on {}, no errors", count(rules, "rule"), count(meaning.model.tables.len(), "table"))
            });
            let origins =
                compiled.meaning.as_ref().filter(|_| !is_text).map_or_else(Origins::new, |meaning| origins(&meaning.model));
            not_run = compiled.scenarios().0.iter().map(|(_, file)| file.scenarios.len()).sum();
            // The process ends soon; taking a large project apart would take longer than to check some files of it.
            std::mem::forget(compiled.meaning);
            (told, advice, compiled.sources, origins, counts)
        }
        Err(failed) => (failed.diagnostics, Vec::new(), failed.sources, Origins::new(), None),
    };
    // Advice is not part of the text any more: it has been told.
    let all = || diagnostics.iter().chain(&advice);
    match format {
        Reporting::Text => output.diagnostics(&diagnostics, &sources),
        Reporting::Json => {
            let all: Vec<_> = all().map(|one| json(one, &sources, &origins)).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
        Reporting::Github | Reporting::Sarif | Reporting::Junit => {
            let all: Vec<Reported> = all().map(|one| reported(&root, one, &sources)).collect();
            output.result(&reported::render(format, "check", &root, &all).unwrap_or_default())?;
        }
    }
    if not_run > 0 {
        let (number, them) = (count_that(not_run, "scenario", "was", "were"), if not_run == 1 { "it" } else { "them" });
        output.note(&format!("{number} not run: `rowgate test` runs {them}"));
    }
    if let Some(counts) = counts.filter(|_| is_text && !diagnostic::has_errors(&diagnostics)) {
        output.message(&counts);
    }
    let failing = diagnostic::has_errors(&diagnostics) || (arguments.strict && !diagnostics.is_empty());
    Ok(if failing { Verdict::Findings } else { Verdict::Clean })
}

/// The ids of rules and grants by the places where they are written.
type Origins = BTreeMap<Span, String>;

fn origins(model: &Model) -> Origins {
    let mut origins = Origins::new();
    for (&table, rules) in &model.tables {
        for rule in rules.iter() {
            origins.insert(rule.span, model.id_of_rule(table, rule));
            origins.extend(rule.grants.iter().map(|grant| (grant.span, model.id_of_grant(table, rule, grant))));
        }
    }
    origins
}

/// A message for the programs of others.
fn reported(root: &Path, diagnostic: &Diagnostic, sources: &Sources) -> Reported {
    let span = diagnostic.primary.span;
    let file = |span: Span| reported::seen_from_top(root, Path::new(&sources.get(span.file).name));
    let label = Some(diagnostic.primary.text.clone()).filter(|text| !text.is_empty());
    let others = diagnostic.secondary.iter().map(|label| {
        let (line, _) = sources.position(label.span.file, label.span.start);
        format!("{}:{line}: {}", file(label.span).display(), label.text)
    });
    let notes = diagnostic.notes.iter().map(|note| format!("note: {note}"));
    let helps = diagnostic.helps.iter().map(|help| format!("help: {}", help.in_words()));
    Reported {
        code: diagnostic.code.as_str().to_owned(),
        about: diagnostic.code.summary().to_owned(),
        severity: diagnostic.severity(),
        says: diagnostic.title.clone(),
        more: label.into_iter().chain(others).chain(notes).chain(helps).collect(),
        place: Some(Place {
            file: file(span),
            start: sources.position(span.file, span.start),
            end: sources.position(span.file, span.end),
        }),
    }
}

/// A message as data, with the rules and grants that it is about.
fn json(diagnostic: &Diagnostic, sources: &Sources, origins: &Origins) -> serde_json::Value {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let about: BTreeSet<&String> = labels.filter_map(|label| origins.get(&label.span)).collect();
    let mut json = diagnostic::render_json(diagnostic, sources);
    json["about"] = serde_json::json!(about);
    json
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::reported;
    use crate::diagnostic::{Code, Diagnostic, Sources, Span};

    #[test]
    fn all_that_a_message_says_is_said_once() {
        let mut sources = Sources::default();
        let file = sources.add("docs.policy", "table docs {\n  rule \"a\"\n}\n");
        let span = Span { file, start: 0, end: 5 };
        let found = Diagnostic::new(Code::Syntax, span, "title")
            .with_label("label")
            .with_secondary(Span { start: 15, end: 19, ..span }, "another")
            .with_note("reason")
            .with_edit("did you mean `tables`?", span, "tables")
            .with_edit("write it", span, " so ")
            .with_edit("leave it out", span, "");
        let more = reported(Path::new("access"), &found, &sources).more;
        let helps = ["help: did you mean `tables`?", "help: write it: `so`", "help: leave it out"];
        assert_eq!(more, [["label", "access/docs.policy:2: another", "note: reason"], helps].concat());
    }
}
