//! `rowgate diff`: what a change of the rules gives and takes, for reviewers; or what the next migration would change, as a diff of SQL.

use std::path::Path;

use clap::{Args, ValueEnum};
use similar::{ChangeTag, TextDiff};

use super::output::Output;
use super::{Error, ProjectArgument, Verdict, compared, compile, migrate, revision};
use crate::objects::State;
use crate::project::Compiled;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Compare with the project as this revision of git has it: what changed for whom, and which way.
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// How what changed is printed.
    #[arg(long, value_enum, default_value_t = Shape::Text, requires = "since")]
    format: Shape,
    /// Exit with 1 when there is a difference.
    #[arg(long)]
    exit_code: bool,
    /// Exit with 1 when somebody may do more than before, as far as is known.
    #[arg(long, requires = "since")]
    fail_on_widening: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// Paragraphs.
    Text,
    /// A table, as pull requests show it.
    Markdown,
    /// An object.
    Json,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    if let Some(revision) = &arguments.since {
        return since(arguments, &root, &compiled, revision, output);
    }
    let Some(desired) = compiled.state() else { return Ok(Verdict::Findings) };
    let current = migrate::recorded(&root.join(&compiled.config.migrations.folder))?;
    let (before, after) = (text(&current), text(&desired));
    if before == after {
        output.message("no difference to the last migration");
        return Ok(Verdict::Clean);
    }
    output.result(&unified(["last migration", "rules"], [&before, &after], output.styled_results()))?;
    Ok(if arguments.exit_code { Verdict::Findings } else { Verdict::Clean })
}

/// What changed for whom.
fn since(arguments: &Arguments, root: &Path, compiled: &Compiled, revision: &str, output: &Output) -> Result<Verdict, Error> {
    let Some(meaning) = &compiled.meaning else { return Ok(Verdict::Findings) };
    let compared = compared::with_texts(compiled, &revision::texts(root, revision)?);
    output.result(&match arguments.format {
        Shape::Text => compared.text(&meaning.model, output.styled_results()),
        Shape::Markdown => compared.markdown(&meaning.model),
        Shape::Json => format!("{:#}\n", compared.json(&meaning.model)),
    })?;
    let is_found = arguments.exit_code && !compared.is_nothing() || arguments.fail_on_widening && compared.may_widen();
    Ok(if is_found { Verdict::Findings } else { Verdict::Clean })
}

/// Every object's statements, without remarks: a rule that moved to another line is no difference.
fn text(state: &State) -> String {
    let mut text = String::new();
    for object in &state.objects {
        for statement in object.create() {
            text.push_str(&statement);
            text.push_str(";\n");
        }
        text.push('\n');
    }
    text
}

/// The lines in which two texts differ, with some around them; above them, what the texts are called.
pub(super) fn unified([from, to]: [&str; 2], [before, after]: [&str; 2], styled: bool) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut out = format!("--- {from}\n+++ {to}\n");
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        out.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let (sign, colour) = match change.tag() {
                ChangeTag::Delete => ("-", "\u{1b}[31m"),
                ChangeTag::Insert => ("+", "\u{1b}[32m"),
                ChangeTag::Equal => (" ", ""),
            };
            let line = change.value().trim_end_matches('\n');
            if styled && !colour.is_empty() {
                out.push_str(&format!("{colour}{sign}{line}\u{1b}[0m\n"));
            } else {
                out.push_str(&format!("{sign}{line}\n"));
            }
        }
    }
    out
}
