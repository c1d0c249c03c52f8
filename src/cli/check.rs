//! `rowgate check`: all messages of a project, nothing else.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;

use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict, advice, loader};
use crate::diagnostic::{self, Diagnostic, Severity, Sources, Span};
use crate::model::Model;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    format: FormatArgument,
    /// Treat warnings as errors: exit with 1 when there is one.
    #[arg(long)]
    strict: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let root = loader::find(arguments.project.project.as_deref())?;
    let is_text = arguments.format.format == Format::Text;
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
            // The process ends soon; taking a large project apart would take longer than to check some files of it.
            std::mem::forget(compiled.meaning);
            (told, advice, compiled.sources, origins, counts)
        }
        Err(failed) => (failed.diagnostics, Vec::new(), failed.sources, Origins::new(), None),
    };
    match arguments.format.format {
        Format::Text => output.diagnostics(&diagnostics, &sources),
        // Advice is part of the JSON only: as text it has been told.
        Format::Json => {
            let all: Vec<_> = diagnostics.iter().chain(&advice).map(|one| json(one, &sources, &origins)).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
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

/// A message as data, with the rules and grants that it is about.
fn json(diagnostic: &Diagnostic, sources: &Sources, origins: &Origins) -> serde_json::Value {
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let about: BTreeSet<&String> = labels.filter_map(|label| origins.get(&label.span)).collect();
    let mut json = diagnostic::render_json(diagnostic, sources);
    json["about"] = serde_json::json!(about);
    json
}
