//! `rowgate diff`: what the next migration would change, as a diff of SQL.

use clap::Args;
use similar::{ChangeTag, TextDiff};

use super::output::Output;
use super::{Error, ProjectArgument, Verdict, compile, migrate};
use crate::objects::State;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Exit with 1 when there is a difference.
    #[arg(long)]
    exit_code: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(desired) = compiled.state() else { return Ok(Verdict::Findings) };
    let current = migrate::recorded(&root.join(&compiled.config.migrations))?;
    let (before, after) = (text(&current), text(&desired));
    if before == after {
        output.message("no difference to the last migration");
        return Ok(Verdict::Clean);
    }
    output.result(&unified(["last migration", "rules"], [&before, &after], output.styled_results()))?;
    Ok(if arguments.exit_code { Verdict::Findings } else { Verdict::Clean })
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
