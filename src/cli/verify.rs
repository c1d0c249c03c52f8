//! `rowgate verify`: whether what is in force is what was applied, and what was applied is what the rules say.

use clap::Args;
use serde_json::json;

use super::deployment::{DatabaseArgument, Deployment, ask_last_step, beyond_as_text, last, last_as_json};
use super::in_force::{self, NOT_OF_THE_RULES};
use super::output::{Output, count};
use super::reported::{self, Reported, Reporting, ReportingArgument};
use super::scratch::ScratchArgument;
use super::{Error, ProjectArgument, Verdict};
use crate::db::{Applied, Found};
use crate::diagnostic::Severity;
use crate::objects::State;
use crate::plan;
use crate::sql;
use crate::verify::{self, Change, Difference, Finding};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    database: DatabaseArgument,
    #[command(flatten)]
    scratch: ScratchArgument,
    #[command(flatten)]
    format: ReportingArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let outcome = look(arguments, output);
    // An empty report would be read as one of nothing.
    if let Err(error) = &outcome {
        let root = super::loader::find(arguments.project.project.as_deref())?;
        let failed = Reported {
            code: "not-compared".to_owned(),
            about: "Nothing was compared".to_owned(),
            severity: Severity::Error,
            says: format!("nothing was compared: {error}"),
            more: error.help().into_iter().collect(),
            place: None,
        };
        if let Some(text) = reported::render(arguments.format.format, "verify", &root, &[failed]) {
            output.result(&text)?;
        }
    }
    outcome
}

fn look(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let opened = Deployment::open(&arguments.project, &arguments.database, output)?;
    let Some(mut deployment) = opened else {
        return reported::not_looked_at(arguments.format.format, "verify", arguments.project.project.as_deref(), output);
    };
    match deployment.read_record(output) {
        Err(error) if arguments.scratch.scratch => output.note(&format!("without the record: {error}")),
        other => other?,
    }
    match deployment.unknown.take() {
        Some(error) if arguments.scratch.scratch => output.note(&format!("without what the record has of it: {error}")),
        Some(error) => return Err(error),
        None => {}
    }
    let applied = deployment.applied().cloned();
    if applied.is_none() && !arguments.scratch.scratch {
        return Err(Error::NothingApplied(deployment.record.schema));
    }
    let changes = applied.as_ref().map_or(0, |applied| plan::changes(&applied.state, &deployment.desired).len());
    if arguments.scratch.scratch {
        let state = applied_state(&deployment)?;
        let made = arguments.scratch.compare(arguments.database.database_url.as_deref(), &mut deployment, &state, output)?;
        // Of what was made, the record has nothing more to say.
        let mut differences = made.differences;
        differences
            .extend(deployment.differences.into_iter().filter(|one| !made.facts.contains(&(one.kind.clone(), one.name.clone()))));
        deployment.differences = differences;
    }
    let is_whole = deployment.missing.is_empty();
    // Where the rules are ahead of what was applied, the last step asks by those of then, if they are known.
    let asked = if changes == 0 { Some(deployment.desired.clone()) } else { applied_state(&deployment).ok() };
    let asked = asked.filter(|_| is_whole);
    let is_asked = asked.is_some();
    let beyond = asked.map_or_else(|| Ok(Vec::new()), |state| ask_last_step(&mut deployment.client, &state))?;
    // What was changed since is told as that.
    let mut told = told(&deployment.differences, applied.as_ref().map_or(&deployment.desired, |applied| &applied.state));
    told.iter_mut().for_each(|told| beyond.iter().for_each(|found| told.learn(found)));
    let is_told = |found: &Found| told.iter().any(|told| told.says(found));
    let counts = |found: &Found| found.fails || sql::is_undecided(found.number as usize);
    let failing: Vec<&Found> = beyond.iter().filter(|found| counts(found) && !is_told(found)).collect();
    let applied = applied.as_ref();
    let missing = &deployment.missing;
    let seen = Seen { applied, differences: &told, expected: &deployment.expected, beyond: &failing, changes, missing, is_asked };
    match arguments.format.format {
        Reporting::Text => seen.say(output)?,
        Reporting::Json => output.result(&format!("{:#}\n", seen.json()))?,
        format @ (Reporting::Github | Reporting::Sarif | Reporting::Junit) => {
            output.result(&reported::render(format, "verify", &deployment.root, &seen.reported()).unwrap_or_default())?;
        }
    }
    let is_clean = deployment.differences.is_empty() && failing.is_empty() && changes == 0 && is_whole;
    Ok(if is_clean { Verdict::Clean } else { Verdict::Findings })
}

/// What is made elsewhere: what was applied, which is what the project says, or what the texts in the record said.
fn applied_state(deployment: &Deployment) -> Result<State, Error> {
    let Some(applied) = deployment.applied().filter(|applied| applied.digest != deployment.desired.digest()) else {
        return Ok(deployment.desired.clone());
    };
    in_force::rules_of(applied).map(|(_, state)| state).ok_or(Error::NotThoseRules)
}

/// A difference, and what undoes it.
struct Told<'a> {
    difference: &'a Difference,
    finding: Finding,
    /// Where no statement is known.
    advice: &'static str,
    /// Whether what it means is the last step's to say.
    is_learnt: bool,
}

/// What undoes each difference. What the last step would close of the same thing may be a part of it.
fn told<'a>(differences: &'a [Difference], applied: &State) -> Vec<Told<'a>> {
    let of = |difference: &'a Difference| Told {
        difference,
        finding: difference.explain(),
        advice: in_force::advice(applied, difference),
        is_learnt: false,
    };
    let mut told: Vec<Told<'_>> = differences.iter().map(of).collect();
    // To be told of only since somebody owns: to take it from them would be to take what they had before.
    let owners = verify::new_owners(differences);
    for told in &mut told {
        if let Some(undo) = told.difference.whose_power().and_then(|role| owners.get(role)) {
            told.finding.means.push_str("; that counts since it came to own something");
            told.finding.undo = Some(undo.clone());
        }
    }
    told.sort_by_key(|told| told.difference.weight());
    told
}

impl Told<'_> {
    /// What the last step knows of the same thing of others, it knows better: what it lets whom do.
    fn learn(&mut self, found: &Found) {
        let is_of_others = self.advice == NOT_OF_THE_RULES && self.difference.change() != Change::Gone;
        let is_thing = ["function", "view", "sequence", "table", "cast"].contains(&self.difference.kind.as_str());
        if is_of_others && is_thing && found.what == self.difference.name {
            self.finding.means.clone_from(&found.lets);
            self.is_learnt = true;
            if self.finding.undo.is_none() {
                self.finding.undo.clone_from(&found.closes);
            }
        }
    }

    /// Whether the last step says it again.
    fn says(&self, found: &Found) -> bool {
        let closes = found.closes.as_deref().unwrap_or_default();
        let is_same = self.finding.undo.as_deref().is_some_and(|undo| closes.contains(undo));
        is_same
            || self.is_learnt && found.lets == self.finding.means
            || self.difference.is_what_is_said_of(&found.what, &found.lets)
    }

    fn undo(&self) -> &str {
        self.finding.undo.as_deref().unwrap_or(self.advice)
    }
}

/// What was seen in a database.
struct Seen<'a> {
    applied: Option<&'a Applied>,
    /// What is otherwise than it was applied.
    differences: &'a [Told<'a>],
    /// What is also otherwise, and may be.
    expected: &'a [Difference],
    /// What was as it is when it was applied, and is more than the rules allow.
    beyond: &'a [&'a Found],
    /// How much of the rules is not applied.
    changes: usize,
    /// The tables that are not there, for which the last step cannot be asked.
    missing: &'a [String],
    /// Whether the last step was.
    is_asked: bool,
}

impl Seen<'_> {
    fn say(&self, output: &Output) -> Result<(), Error> {
        let all: Vec<String> = self.differences.iter().map(|told| as_text(told, output.styled_results())).collect();
        output.result(&all.join("\n"))?;
        for found in self.beyond {
            output.result(&beyond_as_text(found))?;
        }
        let with = self.applied.map_or_else(|| "what the rules make".to_owned(), last);
        output.message(&format!("compared with {with}"));
        for difference in self.expected {
            let finding = difference.explain();
            output.note(&format!("{}: {}", finding.says, finding.means));
            finding.undo.iter().for_each(|undo| output.help(&format!("that is no drift; if it is not meant: {undo}")));
        }
        if self.changes > 0 {
            let beyond = if self.is_asked { "" } else { "; what lies beyond them was not looked at" };
            output.note(&format!("{}{beyond}", self.says_of_changes()));
            output.help("`rowgate plan` lists the changes");
        }
        if !self.missing.is_empty() {
            let error = Error::MissingTables(self.missing.to_vec());
            output.note(&format!("{error}; what lies beyond the rules was not looked at"));
            error.help().iter().for_each(|help| output.help(help));
        }
        output.message(&match self.differences.len() + self.beyond.len() {
            0 if !self.missing.is_empty() => "tables are missing".to_owned(),
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
            "applied": self.applied.map(last_as_json),
            "is_what_the_rules_say": self.changes == 0,
            "differences": self.differences.iter().map(|told| said_as_json(told.difference, &told.finding)).collect::<Vec<_>>(),
            "logins": self.expected.iter().map(as_json).collect::<Vec<_>>(),
            "missing_tables": self.missing,
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
        let differences = self.differences.iter().map(|told| {
            let more = vec![format!("means: {}", told.finding.means), format!("undo: {}", told.undo())];
            of(
                format!("drift-{}", told.difference.kind.replace(' ', "-")),
                "What is in force is not what was applied",
                told.finding.says.clone(),
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
        let missing = (!self.missing.is_empty()).then(|| {
            let error = Error::MissingTables(self.missing.to_vec());
            of(
                "missing-table".to_owned(),
                "Tables of the schema file are missing",
                error.to_string(),
                error.help().into_iter().collect(),
            )
        });
        differences.chain(beyond).chain(changes).chain(missing).collect()
    }
}

/// How many words of the same end are left out.
const LONG: usize = 8;

pub(super) fn as_json(difference: &Difference) -> serde_json::Value {
    said_as_json(difference, &difference.explain())
}

fn said_as_json(difference: &Difference, finding: &Finding) -> serde_json::Value {
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

fn as_text(told: &Told<'_>, styled: bool) -> String {
    let Told { difference, finding, .. } = told;
    let mut text = if styled { format!("\u{1b}[1m\u{1b}[91m{}\u{1b}[0m\n", finding.says) } else { format!("{}\n", finding.says) };
    text.push_str(&format!("  means: {}\n", finding.means));
    // Of a function's text, only that it is another one.
    let is_function = difference.kind == "function";
    let shown = |text: &'_ Option<String>| -> Vec<String> {
        let text = text.as_deref().unwrap_or_default();
        let text = if is_function { text.rsplit_once(' ').map_or(text, |(said, _)| said) } else { text };
        text.split_whitespace().map(str::to_owned).collect()
    };
    let (was, mut now) = (shown(&difference.was), shown(&difference.now));
    if is_function && was == now && !now.is_empty() {
        now.push("with another text".to_owned());
    }
    // What both end with is not what is otherwise.
    let same = was.iter().rev().zip(now.iter().rev()).take_while(|(was, now)| was == now).count();
    for (word, mut value) in [("was:", was), ("now:", now)] {
        if same >= LONG {
            value.truncate(value.len() - same);
            value.push("…".to_owned());
        }
        if !value.is_empty() {
            text.push_str(&format!("  {word}   {}\n", value.join(" ")));
        }
    }
    text.push_str(&format!("  undo:  {}\n", told.undo()));
    text
}

#[cfg(test)]
mod tests {
    use super::{Difference, Told, as_text};
    use crate::cli::in_force::MADE_AGAIN;

    #[test]
    fn what_is_the_same_is_left_out_where_it_is_long() {
        let told = |was: &str, now: &str| {
            let [was, now] = [was, now].map(|text| Some(text.to_owned()));
            let difference = Difference {
                kind: "trigger".to_owned(),
                name: "public.docs guard".to_owned(),
                was,
                now,
                sort: None,
                columns: None,
                to_be_told: false,
            };
            as_text(&Told { difference: &difference, finding: difference.explain(), advice: MADE_AGAIN, is_learnt: false }, false)
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
