//! `rowgate verify`: whether what is in force is what was applied, and what was applied is what the rules say.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::deployment::{DatabaseArgument, Deployment, last, last_as_json};
use super::output::{Format, Output, count};
use super::{Error, FormatArgument, ProjectArgument, Verdict};
use crate::db::{self, Found, Standing};
use crate::objects::Check;
use crate::plan;
use crate::verify::Difference;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    database: DatabaseArgument,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some(mut deployment) = Deployment::read(&arguments.project, &arguments.database, output)? else {
        return Ok(Verdict::Findings);
    };
    let applied = match &deployment.standing {
        Standing::Recorded(applied) => applied.clone(),
        Standing::Nothing | Standing::Unrecorded => return Err(Error::NothingApplied(deployment.record.schema)),
    };
    let changes = plan::changes(&applied.state, &deployment.desired).len();
    // What the rules allow is known of the present ones only.
    let beyond = match &deployment.desired.check {
        Some(Check::Findings(query)) if changes == 0 => db::ask_last_step(&mut deployment.client, query)?,
        _ => Vec::new(),
    };
    // What was changed since is told as that.
    let undone: BTreeSet<String> = deployment.differences.iter().filter_map(|difference| difference.explain().undo).collect();
    let is_told = |found: &Found| found.closes.as_ref().is_some_and(|closes| undone.iter().any(|undo| closes.contains(undo)));
    let failing: Vec<&Found> = beyond.iter().filter(|found| found.fails && !is_told(found)).collect();
    if arguments.format.format == Format::Json {
        let value = json!({
            "applied": last_as_json(&applied),
            "is_what_the_rules_say": changes == 0,
            "differences": deployment.differences.iter().map(as_json).collect::<Vec<_>>(),
            "beyond_the_rules": failing.iter().map(|found| json!({ "what": found.what, "lets": found.lets, "undo": found.closes })).collect::<Vec<_>>(),
        });
        output.result(&format!("{value:#}\n"))?;
    } else {
        let all: Vec<String> =
            deployment.differences.iter().map(|difference| as_text(difference, output.styled_results())).collect();
        output.result(&all.join("\n"))?;
        for found in &failing {
            let undo = found.closes.as_ref().map(|statement| format!("  undo:  {statement}\n")).unwrap_or_default();
            output.result(&format!("beyond the rules: {}\n  means: {}\n{undo}", found.what, found.lets))?;
        }
        output.message(&format!("compared with {}", last(&applied)));
        if changes > 0 {
            output.note(&format!(
                "the rules say something else by now: {}; what lies beyond them was not looked at",
                count(changes, "change")
            ));
            output.help("`rowgate plan` lists the changes");
        }
        let found = deployment.differences.len() + failing.len();
        output.message(&if found == 0 {
            "nothing is otherwise than it was applied".to_owned()
        } else {
            count(found, "difference")
        });
    }
    let is_clean = deployment.differences.is_empty() && failing.is_empty() && changes == 0;
    Ok(if is_clean { Verdict::Clean } else { Verdict::Findings })
}

pub(super) fn as_json(difference: &Difference) -> serde_json::Value {
    let finding = difference.explain();
    json!({
        "kind": difference.kind,
        "name": difference.name,
        "change": difference.change().to_string(),
        "was": difference.was,
        "now": difference.now,
        "says": finding.says,
        "means": finding.means,
        "undo": finding.undo,
    })
}

fn as_text(difference: &Difference, styled: bool) -> String {
    let finding = difference.explain();
    let mut text = if styled { format!("\u{1b}[1m\u{1b}[91m{}\u{1b}[0m\n", finding.says) } else { format!("{}\n", finding.says) };
    text.push_str(&format!("  means: {}\n", finding.means));
    // Of a function, only that it is another one.
    let shown = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty() && difference.kind != "function");
    for (word, value) in [("was:", shown(&difference.was)), ("now:", shown(&difference.now))] {
        text.extend(value.map(|value| format!("  {word}   {}\n", value.split_whitespace().collect::<Vec<_>>().join(" "))));
    }
    let undo = finding.undo.unwrap_or_else(|| "`rowgate apply --repair` makes it again, if it is of the rules".to_owned());
    text.push_str(&format!("  undo:  {undo}\n"));
    text
}
