//! `rowgate check`: all messages of a project, nothing else.

use clap::Args;

use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict, advice, loader};
use crate::diagnostic::{self, Diagnostic, Severity, Sources};

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
    let (diagnostics, advice, sources, counts) = match loader::compile(&root)? {
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
            // The process ends soon; taking a large project apart would take longer than to check some files of it.
            std::mem::forget(compiled.meaning);
            (told, advice, compiled.sources, counts)
        }
        Err(failed) => (failed.diagnostics, Vec::new(), failed.sources, None),
    };
    print(&diagnostics, &advice, &sources, arguments.format.format, output)?;
    if let Some(counts) = counts.filter(|_| is_text && !diagnostic::has_errors(&diagnostics)) {
        output.message(&counts);
    }
    let failing = diagnostic::has_errors(&diagnostics) || (arguments.strict && !diagnostics.is_empty());
    Ok(if failing { Verdict::Findings } else { Verdict::Clean })
}

/// Advice is part of the JSON only: as text it has been told.
fn print(
    diagnostics: &[Diagnostic],
    advice: &[Diagnostic],
    sources: &Sources,
    format: Format,
    output: &Output,
) -> Result<(), Error> {
    match format {
        Format::Text => output.diagnostics(diagnostics, sources),
        Format::Json => {
            let all: Vec<_> =
                diagnostics.iter().chain(advice).map(|diagnostic| diagnostic::render_json(diagnostic, sources)).collect();
            output.result(&format!("{:#}\n", serde_json::Value::Array(all)))?;
        }
    }
    Ok(())
}
