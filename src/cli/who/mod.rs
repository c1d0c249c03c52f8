//! `rowgate who`: everybody who can do something with a record of the test files, or an action, and through what; everybody who holds a role; or who gained or lost what
//! since the rules were others. In: a question. Out: a line for each way, and the others by name.

mod changes;
mod holders;
mod told;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, ValueEnum};
use serde::Serialize;

use super::actors::{SessionArgument, TestFiles};
use super::columns::{self, Shown};
use super::live::{self, LiveArgument};
use super::look::{Look, harmless};
use super::notes::Notes;
use super::output::{Format, Output};
use super::people::{self, Person, everybody};
use super::question::{Answered, Asked, Question, Words};
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile, in_force};
use crate::access::evaluate::{Evaluator, HeldRole, Reason, Rows, Statement};
use crate::db;
use crate::model::Model;
use crate::objects::State;
use crate::project::Meaning;
use crate::report::Who;
use crate::yaml::Value;

/// The three questions.
const USAGE: &str = "rowgate who [OPTIONS] <OPERATION> <TABLE> <KEY> [PROJECT]
       rowgate who [OPTIONS] --role <ROLE> [PROJECT]
       rowgate who [OPTIONS] --changes-since <REVISION> [PROJECT]";

#[derive(Debug, Args)]
#[command(override_usage = USAGE)]
pub(super) struct Arguments {
    /// What is done with the record: create (as if it were not there yet), read, update, delete, or do, which is an action.
    operation: Option<String>,
    /// Its table; or the action.
    table: Option<String>,
    /// Its primary key; or what the action is called with. Values of several columns are separated by commas.
    key: Option<String>,
    /// The project's folder [default: the nearest one upward from here with a rowgate.yaml].
    project: Option<PathBuf>,
    /// Who holds this role, and within what.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    #[command(flatten)]
    former: changes::Former,
    #[command(flatten)]
    live: LiveArgument,
    /// How many users of a database are asked about, the first by their key.
    #[arg(long, default_value = "1000", value_name = "NUMBER")]
    users: NonZeroUsize,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    format: FormatArgument,
}

/// Of more people who cannot, it is told how many they are.
const MOST_NAMES: usize = 50;

/// What the words of the command line ask.
enum Wanted<'a> {
    Question(Asked, &'a str, &'a str),
    Role(&'a str),
    Changes,
}

/// Somebody who can.
#[derive(Debug, Serialize)]
struct Reaching {
    #[serde(flatten)]
    who: Who,
    /// The fields that are read or may be changed; empty for all, and where an operation or an action has none.
    fields: Option<Vec<String>>,
    through: Vec<Way>,
}

/// A grant of a role that is held, or a role that may call an action.
#[derive(Debug, Serialize)]
struct Way {
    role: HeldRole,
    /// Empty for an action.
    rule: Option<String>,
    /// The grant's id.
    grant: Option<String>,
    /// What the grant names; empty for all fields.
    fields: Option<Vec<String>>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let (wanted, project) = arguments.wanted();
    let Some((root, compiled)) = compile(&ProjectArgument { project }, output)? else { return Ok(Verdict::Findings) };
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    if let Wanted::Changes = wanted {
        return changes::run(arguments, (&root, &compiled), output);
    }
    let (model, files) = (&meaning.model, actors::test_files(&compiled, output));
    let now = jiff::Timestamp::now().as_microsecond();
    let mut notes = Notes::default();
    match wanted {
        Wanted::Question(asked, table, key) => {
            let words = Words { asked, table, key, set: &[] };
            let answer = match arguments.live.url() {
                Some(url) => in_database((meaning, &state), &words, arguments, url, &mut notes)?,
                None => in_samples(model, &files, &words, &arguments.session, now)?,
            };
            notes.unsaid(&answer.unsaid);
            if let Some(table) = &answer.missing {
                notes.add(format!("no record of `{table}` is found by `{key}`"));
            }
            if answer.met_raw_sql {
                notes.add("raw SQL is unknown here, and denies; a server would know".to_owned());
            }
            output.result(&match arguments.format.format {
                Format::Json => format!("{:#}\n", answer.json(&notes)),
                Format::Text => answer.text(&format!("{} {table} {key}", asked.word()), output.look()),
            })?;
        }
        Wanted::Role(name) => {
            let role = holders::role(model, name)?;
            let held = match arguments.live.url() {
                Some(url) => holders::holders_in_database((meaning, &state), role, arguments, url, &mut notes)?,
                None => holders::holders_in_samples(model, &files, role, &arguments.session, now)?,
            };
            notes.unsaid(&held.unsaid);
            output.result(&match arguments.format.format {
                Format::Json => format!("{:#}\n", serde_json::json!({ "holders": held.holders, "notes": notes.texts() })),
                Format::Text => holders::text_of_holders(model.subject_name(role), &held.holders, output.look()),
            })?;
        }
        Wanted::Changes => {}
    }
    notes.say(output);
    Ok(Verdict::Clean)
}

fn in_samples(model: &Model, files: &TestFiles, words: &Words<'_>, said: &SessionArgument, now: i64) -> Result<Answer, Error> {
    let wanted = words.look_up(model)?;
    let (file, position) = wanted.in_samples(model, files, words.key, now)?;
    let data = actors::data(model, file, now)?;
    let question = Question::in_samples(wanted, model, (file, &data, position), now)?;
    let people = everybody(model, file, said, now)?;
    Ok(Answer::of(model, &question, &data, &people))
}

/// By the rules, on the rows that are there: the server is not asked for each of them.
fn in_database(
    (meaning, state): (&Meaning, &State),
    words: &Words<'_>,
    arguments: &Arguments,
    url: &str,
    notes: &mut Notes,
) -> Result<Answer, Error> {
    let model = &meaning.model;
    words.look_up(model)?;
    let mut client = db::connect(url)?;
    let rows = db::look(&mut client, model)?;
    let (question, _) = live::ask(words, model, &rows)?;
    let people = users(model, &rows, arguments, notes)?;
    let answer = Answer::of(model, &question, &rows, &people);
    rows.finish()?;
    notes.otherwise(in_force::otherwise(&mut client, meaning, state));
    Ok(answer)
}

impl Arguments {
    /// What is asked, of which project.
    fn wanted(&self) -> (Wanted<'_>, Option<PathBuf>) {
        let usage = |kind: ErrorKind, text: &str| -> ! { clap::Error::raw(kind, format!("{text}\n\nUsage: {USAGE}\n")).exit() };
        if self.former.is_asked() {
            return match (&self.role, &self.operation, &self.table, &self.key) {
                (None, project, None, None) => (Wanted::Changes, project.as_ref().map(PathBuf::from)),
                _ => usage(
                    ErrorKind::ArgumentConflict,
                    "what changed is asked of everybody: a role, an operation, a table and a key ask something else",
                ),
            };
        }
        match (&self.role, &self.operation, &self.table, &self.key) {
            (Some(role), project, None, None) => (Wanted::Role(role), project.as_ref().map(PathBuf::from)),
            (Some(_), ..) => usage(
                ErrorKind::ArgumentConflict,
                "`--role` asks who holds a role: an operation, a table and a key ask something else",
            ),
            (None, Some(operation), Some(table), Some(key)) => match Asked::from_str(operation, true) {
                Ok(asked) => (Wanted::Question(asked, table, key), self.project.clone()),
                Err(_) => usage(
                    ErrorKind::InvalidValue,
                    &format!(
                        "there is no operation `{operation}` on a record: there are create, read, update, delete, and do, which is an action"
                    ),
                ),
            },
            (None, ..) => usage(ErrorKind::MissingRequiredArgument, "an operation, a table and a key are needed, or `--role`"),
        }
    }
}

/// Everybody of a test file, as they stand to a question.
struct Answer {
    can: Vec<Reaching>,
    cannot: Vec<Who>,
    /// Some answer depended on raw SQL, which only a server knows.
    met_raw_sql: bool,
    /// What some session was asked for and does not say.
    unsaid: BTreeSet<String>,
    /// The table without a record for these arguments of an action.
    missing: Option<String>,
}

impl Answer {
    fn of(model: &Model, question: &Question<'_>, rows: &dyn Rows, people: &[Person]) -> Answer {
        let mut answer =
            Answer { can: Vec::new(), cannot: Vec::new(), met_raw_sql: false, unsaid: BTreeSet::new(), missing: None };
        for Person { who, session } in people {
            let Answered { reason, met_raw_sql, unsaid } = question.why(model, rows, session);
            answer.met_raw_sql |= met_raw_sql;
            answer.unsaid.extend(unsaid);
            let is_missing = |part: &Reason| match &part.statement {
                Statement::Found { table } if part.truth == Some(false) => Some(table.clone()),
                _ => None,
            };
            answer.missing = reason.parts.iter().find_map(is_missing);
            if reason.truth == Some(true) {
                let fields = question.fields(model, &Evaluator::new(model, rows, session));
                answer.can.push(Reaching { who: who.clone(), fields, through: ways(&reason) });
            } else {
                answer.cannot.push(who.clone());
            }
        }
        answer
    }

    fn json(&self, notes: &Notes) -> serde_json::Value {
        let cannot: Vec<&String> = self.cannot.iter().map(|who| &who.who).collect();
        serde_json::json!({ "can": self.can, "cannot": cannot, "notes": notes.texts() })
    }

    fn text(&self, asked: &str, look: Look) -> String {
        let all = self.can.len() + self.cannot.len();
        let mut text = format!("{}\n", look.wrapped(&format!("{asked}: {} of {all}", self.can.len()), 2));
        let mut lines = Vec::new();
        for Reaching { who, through, .. } in &self.can {
            for (index, Way { role, rule, fields, .. }) in through.iter().enumerate() {
                let rule = rule.as_ref().map_or_else(String::new, |rule| format!("\"{rule}\""));
                let fields = fields.as_ref().map_or_else(String::new, |fields| format!("({})", fields.join(", ")));
                let who = if index == 0 { harmless(&who.to_string()) } else { String::new() };
                lines.push([who, in_words(role), rule, fields].map(Shown::from).to_vec());
            }
        }
        columns::lines(&lines, look.within(2)).iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        match self.cannot.len() {
            0 => {}
            1..=MOST_NAMES => {
                let cannot: Vec<String> = self.cannot.iter().map(|who| harmless(&who.to_string())).collect();
                text.push_str(&format!("{}\n", look.wrapped(&look.dim(&format!("not {}", cannot.join(", "))), 4)))
            }
            many => text.push_str(&format!("{}\n", look.dim(&format!("not {many} others")))),
        }
        text
    }
}

/// `Admin of Team`
fn in_words(role: &HeldRole) -> String {
    match (&role.of, &role.in_any) {
        (Some(of), _) => format!("{} of {of}", role.name),
        (_, Some(any)) => format!("{} in any {any}", role.name),
        (None, None) => role.name.clone(),
    }
}

/// The grants by which a record is reached, or the roles by which an action is called.
fn ways(reason: &Reason) -> Vec<Way> {
    let asked = match &reason.statement {
        Statement::Record { operation, .. } => Some(*operation),
        _ => None,
    };
    let is_true = |reason: &&Reason| reason.truth == Some(true);
    let mut found = Vec::new();
    for part in reason.parts.iter().filter(is_true) {
        match &part.statement {
            Statement::AnyRole { operation } if Some(*operation) == asked => {
                for by_role in part.parts.iter().filter(is_true) {
                    let Statement::Role { role, .. } = &by_role.statement else { continue };
                    grants(by_role, role, &mut found);
                }
            }
            Statement::Callers => found.extend(part.parts.iter().filter(is_true).filter_map(|held| match &held.statement {
                Statement::Holds { role } => Some(Way { role: role.clone(), rule: None, grant: None, fields: None }),
                _ => None,
            })),
            _ => {}
        }
    }
    found
}

fn grants(reason: &Reason, by: &HeldRole, found: &mut Vec<Way>) {
    for part in reason.parts.iter().filter(|part| part.truth == Some(true)) {
        match &part.statement {
            Statement::Grant { id, rule, fields, .. } => {
                found.push(Way { role: by.clone(), rule: Some(rule.clone()), grant: Some(id.clone()), fields: fields.clone() })
            }
            Statement::AnyGrant { .. } => grants(part, by, found),
            _ => {}
        }
    }
}

/// The users of a database, as many as are asked about, and sessions without anybody.
fn users(model: &Model, rows: &db::LiveRows<'_>, arguments: &Arguments, notes: &mut Notes) -> Result<Vec<Person>, Error> {
    people::of_users(model, rows, first_users(rows, arguments, notes)?, &arguments.session, rows.now())
}

fn first_users(rows: &db::LiveRows<'_>, arguments: &Arguments, notes: &mut Notes) -> Result<Vec<Value>, Error> {
    let (users, is_more) = live::users(rows, arguments.users.get())?;
    if is_more {
        notes.only_users(arguments.users.get());
    }
    Ok(users)
}
