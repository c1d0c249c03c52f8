//! `rowgate verify`: whether what is in force is what was applied, and what was applied is what the rules say.

use std::collections::BTreeSet;

use clap::Args;
use serde_json::json;

use super::deployment::{DatabaseArgument, Deployment, beyond_as_text, last, last_as_json};
use super::output::{Output, count};
use super::reported::{self, Reported, Reporting, ReportingArgument};
use super::{Error, ProjectArgument, Verdict};
use crate::db::{Applied, Found, Standing};
use crate::diagnostic::Severity;
use crate::plan;
use crate::verify::Difference;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    database: DatabaseArgument,
    #[command(flatten)]
    format: ReportingArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some(mut deployment) = Deployment::read(&arguments.project, &arguments.database, output)? else {
        return reported::not_looked_at(arguments.format.format, "verify", arguments.project.project.as_deref(), output);
    };
    let applied = match &deployment.standing {
        Standing::Recorded(applied) => applied.clone(),
        Standing::Nothing | Standing::Unrecorded => return Err(Error::NothingApplied(deployment.record.schema)),
    };
    let changes = plan::changes(&applied.state, &deployment.desired).len();
    // What the rules allow is known of the present ones only.
    let beyond = if changes == 0 { deployment.ask_last_step()? } else { Vec::new() };
    // What was changed since is told as that.
    let undone: BTreeSet<String> = deployment.differences.iter().filter_map(|difference| difference.explain().undo).collect();
    let is_told = |found: &Found| found.closes.as_ref().is_some_and(|closes| undone.iter().any(|undo| closes.contains(undo)));
    let failing: Vec<&Found> = beyond.iter().filter(|found| found.fails && !is_told(found)).collect();
    let (differences, expected) = (&deployment.differences, &deployment.expected);
    let seen = Seen { applied: &applied, differences, expected, beyond: &failing, changes };
    match arguments.format.format {
        Reporting::Text => seen.say(output)?,
        Reporting::Json => output.result(&format!("{:#}\n", seen.json()))?,
        format @ (Reporting::Github | Reporting::Sarif | Reporting::Junit) => {
            output.result(&reported::render(format, "verify", &deployment.root, &seen.reported()).unwrap_or_default())?;
        }
    }
    let is_clean = deployment.differences.is_empty() && failing.is_empty() && changes == 0;
    Ok(if is_clean { Verdict::Clean } else { Verdict::Findings })
}

/// What was seen in a database.
struct Seen<'a> {
    applied: &'a Applied,
    /// What is otherwise than it was applied.
    differences: &'a [Difference],
    /// What is also otherwise, and may be.
    expected: &'a [Difference],
    /// What was as it is when it was applied, and is more than the rules allow.
    beyond: &'a [&'a Found],
    /// How much of the rules is not applied.
    changes: usize,
}

impl Seen<'_> {
    fn say(&self, output: &Output) -> Result<(), Error> {
        let all: Vec<String> = self.differences.iter().map(|difference| as_text(difference, output.styled_results())).collect();
        output.result(&all.join("\n"))?;
        for found in self.beyond {
            output.result(&beyond_as_text(found))?;
        }
        output.message(&format!("compared with {}", last(self.applied)));
        for difference in self.expected {
            let finding = difference.explain();
            output.note(&format!("{}: {}", finding.says, finding.means));
            finding.undo.iter().for_each(|undo| output.help(&format!("that is no drift; if it is not meant: {undo}")));
        }
        if self.changes > 0 {
            output.note(&format!("{}; what lies beyond them was not looked at", self.says_of_changes()));
            output.help("`rowgate plan` lists the changes");
        }
        output.message(&match self.differences.len() + self.beyond.len() {
            0 => "nothing is otherwise than it was applied".to_owned(),
            found => count(found, "difference"),
        });
        Ok(())
    }

    fn says_of_changes(&self) -> String {
        format!("the rules say something else by now: {}", count(self.changes, "change"))
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "applied": last_as_json(self.applied),
            "is_what_the_rules_say": self.changes == 0,
            "differences": self.differences.iter().map(as_json).collect::<Vec<_>>(),
            "logins": self.expected.iter().map(as_json).collect::<Vec<_>>(),
            "beyond_the_rules": self.beyond.iter().map(|found| json!({ "what": found.what, "lets": found.lets, "undo": found.closes })).collect::<Vec<_>>(),
        })
    }

    fn reported(&self) -> Vec<Reported> {
        let of = |code: String, about: &str, says: String, more: Vec<String>| Reported {
            code,
            about: about.to_owned(),
            severity: Severity::Error,
            says,
            more,
            place: None,
        };
        let differences = self.differences.iter().map(|difference| {
            let finding = difference.explain();
            let undo = finding.undo.unwrap_or_else(|| BY_REPAIR.to_owned());
            let more = vec![format!("means: {}", finding.means), format!("undo: {undo}")];
            of(
                format!("drift-{}", difference.kind.replace(' ', "-")),
                "What is in force is not what was applied",
                finding.says,
                more,
            )
        });
        let beyond = self.beyond.iter().map(|found| {
            let undo = found.closes.as_ref().map(|statement| format!("undo: {statement}"));
            let more = std::iter::once(format!("means: {}", found.lets)).chain(undo).collect();
            of("beyond-the-rules".to_owned(), "Somebody may do more than the rules say", found.what.clone(), more)
        });
        let changes = (self.changes > 0).then(|| {
            let more = vec!["`rowgate plan` lists the changes".to_owned()];
            of("not-applied".to_owned(), "The rules are not what was applied", self.says_of_changes(), more)
        });
        differences.chain(beyond).chain(changes).collect()
    }
}

/// How many words of the same end are left out.
const LONG: usize = 8;

/// What undoes a difference for which no single statement is known.
const BY_REPAIR: &str = "`rowgate apply --repair` makes it again, if it is of the rules";

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
    let shown = |text| Option::as_deref(text).filter(|_| difference.kind != "function").unwrap_or_default();
    let words = |text| str::split_whitespace(shown(text)).collect::<Vec<_>>();
    let (was, now) = (words(&difference.was), words(&difference.now));
    // What both end with is not what is otherwise.
    let same = was.iter().rev().zip(now.iter().rev()).take_while(|(was, now)| was == now).count();
    for (word, mut value) in [("was:", was), ("now:", now)] {
        if same >= LONG {
            value.truncate(value.len() - same);
            value.push("…");
        }
        if !value.is_empty() {
            text.push_str(&format!("  {word}   {}\n", value.join(" ")));
        }
    }
    let undo = finding.undo.unwrap_or_else(|| BY_REPAIR.to_owned());
    text.push_str(&format!("  undo:  {undo}\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::{Difference, as_text};

    #[test]
    fn what_is_the_same_is_left_out_where_it_is_long() {
        let told = |was: &str, now: &str| {
            let [was, now] = [was, now].map(|text| Some(text.to_owned()));
            as_text(&Difference { kind: "trigger".to_owned(), name: "public.docs guard".to_owned(), was, now }, false)
        };
        let long = "CREATE TRIGGER guard BEFORE INSERT ON public.docs FOR EACH ROW EXECUTE FUNCTION guard()";
        let found = told(&format!("always {long}"), &format!("disabled {long}"));
        assert!(found.contains("  was:   always …\n  now:   disabled …\n"), "{found}");
        let found = told("always CREATE TRIGGER guard", "disabled CREATE TRIGGER guard");
        assert!(found.contains("  was:   always CREATE TRIGGER guard\n  now:   disabled CREATE TRIGGER guard\n"), "{found}");
        let found = told(&format!("always {long}"), &format!("always {}", long.replace("INSERT", "UPDATE")));
        assert!(found.contains("  was:   always CREATE TRIGGER guard BEFORE INSERT …\n"), "{found}");
    }
}
