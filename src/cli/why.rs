//! `rowgate why`: why somebody can or cannot reach a record of the test files or of a database, make one, or do an action, down to the single statement.

use clap::Args;

use super::actors::{SessionArgument, TestFiles};
use super::decided::{Decided, decide};
use super::live::{self, LiveArgument};
use super::look::{Look, harmless};
use super::output::{Format, Output, count};
use super::question::{Answered, Asked, Question, Words};
use super::{Error, FormatArgument, ProjectArgument, Verdict, actors, compile};
use crate::access::evaluate::{Compared, Evaluator, Reason};
use crate::db;
use crate::model::Operation;
use crate::objects::State;
use crate::project::Meaning;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What is done with the record.
    #[arg(value_enum)]
    operation: Asked,
    /// Its table; or the action.
    table: String,
    /// Its primary key; `-` for a new record that `--set` tells; or what the action is called with. Values of several columns are separated by commas.
    #[arg(allow_hyphen_values = true)]
    key: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Who: a name under `users` of a test file, an identity, `nobody`, `anonymous`, or the database role of a session.
    #[arg(long, value_name = "WHO")]
    r#as: String,
    /// What a field of the record is to have, of one that is created or updated; may be repeated. `[a, b]` is a list, `column=` an empty field.
    #[arg(long, value_name = "COLUMN=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    live: LiveArgument,
    /// Also tell what is wrong with this login of the database, which the application connects as. Superusers can ask so.
    #[arg(long, value_name = "ROLE", requires = "database_url", conflicts_with = "samples")]
    login: Option<String>,
    #[command(flatten)]
    session: SessionArgument,
    #[command(flatten)]
    format: FormatArgument,
}

/// An answer, and how the database decides, where it was asked.
struct Told {
    answered: Answered,
    decided: Option<Decided>,
    is_signed_in: bool,
    /// Whether it was asked only where an update may start.
    starts: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((_, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    let files = actors::test_files(&compiled, output);
    if !arguments.set.is_empty() && !matches!(arguments.operation, Asked::Create | Asked::Update) {
        return Err(Error::NothingSet(arguments.operation.word()));
    }
    let told = match arguments.live.url() {
        Some(url) => arguments.in_database(meaning, &state, &files, url, output)?,
        None => arguments.in_samples(meaning, &files, output)?,
    };
    let Told { answered: Answered { reason, met_raw_sql, .. }, decided, is_signed_in, starts } = &told;
    match arguments.format.format {
        Format::Json => {
            let mut json = serde_json::to_value(reason)?;
            json["lacks"] =
                reason.lacks().iter().map(|way| way.iter().map(|one| one.text.as_str()).collect::<Vec<_>>()).collect();
            if let Some(decided) = decided {
                json["database"] = serde_json::to_value(decided)?;
            }
            output.result(&format!("{json:#}\n"))?;
        }
        Format::Text => {
            let look = output.look();
            let mut text = decided.as_ref().map(|decided| decided.text(reason, *met_raw_sql)).unwrap_or_default();
            text.push_str(&head(reason, *is_signed_in));
            text = text.lines().map(|line| format!("{}\n", look.wrapped(line, TEXT))).collect();
            write(reason, 0, look, &mut text);
            output.result(&text)?;
        }
    }
    if *starts {
        output.note("this is whether an update may start here; `--set column=value` asks about what it sets, too");
    }
    if *met_raw_sql {
        output.note("raw SQL is unknown here; a server would know");
    }
    Ok(Verdict::Clean)
}

impl Arguments {
    fn words(&self) -> Words<'_> {
        Words { asked: self.operation, table: &self.table, key: &self.key, set: &self.set }
    }

    fn in_samples(&self, meaning: &Meaning, files: &TestFiles, output: &Output) -> Result<Told, Error> {
        let model = &meaning.model;
        let now = jiff::Timestamp::now().as_microsecond();
        let wanted = self.words().look_up(model)?;
        let (file, position) = wanted.in_samples(model, files, &self.key, now)?;
        let data = actors::data(model, file, now)?;
        let question = Question::in_samples(wanted, model, (file, &data, position), now)?;
        let actor = self.session.given(model, actors::actor(model, Some(&file.1), &self.r#as))?;
        let session = actors::session(files, model, &actor, &self.r#as, now)?;
        if actors::is_stranger(model, &files.read, &self.r#as, &session, &data) {
            actors::note_stranger(model, &files.read, &self.r#as, output);
        }
        let answered = question.why(model, &data, &session);
        Ok(Told { answered, decided: None, is_signed_in: !session.identity.is_null(), starts: only_starts(&question) })
    }

    fn in_database(
        &self,
        meaning: &Meaning,
        state: &State,
        files: &TestFiles,
        url: &str,
        output: &Output,
    ) -> Result<Told, Error> {
        let (model, who, words) = (&meaning.model, &self.r#as, self.words());
        // What is wrong with the words is no reason to connect.
        words.look_up(model)?;
        let (actor, sign_in) = actors::in_database(model, files, who, &self.session)?;
        actors::session(files, model, &actor, who, jiff::Timestamp::now().as_microsecond())?;
        let mut client = db::connect(url)?;
        let rows = db::look(&mut client, model)?;
        let session = actors::session(files, model, &actor, who, rows.now())?;
        let (question, mut deed) = live::ask(&words, model, &rows)?;
        let answered = question.why(model, &rows, &session);
        let starts = only_starts(&question);
        if let (Ok(deed), Some(true)) = (&mut deed, answered.reason.truth) {
            let evaluator = Evaluator::new(model, &rows, &session);
            deed.fields = question.reached(model, &evaluator);
            // What raw SQL may show, is not known to be hidden.
            if deed.operation == Operation::Read && !evaluator.met_raw_sql() {
                let columns = model.catalog.table(deed.table).columns.iter().map(|column| &column.name);
                deed.hidden = columns.filter(|name| !deed.fields.contains(name)).cloned().collect();
            }
        }
        if actors::is_stranger(model, &files.read, who, &session, &rows) {
            actors::note_stranger(model, &files.read, who, output);
        }
        rows.finish()?;
        let viewer = db::Viewer { model, actor: &actor, sign_in };
        let asked = (meaning, state, self.login.as_deref());
        let decided = decide(&mut client, &viewer, deed.as_ref().map_err(|action| *action), &answered, asked)?;
        Ok(Told { answered, decided: Some(decided), is_signed_in: !session.identity.is_null(), starts })
    }
}

fn only_starts(question: &Question<'_>) -> bool {
    matches!(question, Question::Record { operation: Operation::Update, .. })
}

/// What would be enough, where it is not possible, in the first lines.
fn head(reason: &Reason, is_signed_in: bool) -> String {
    let mut text = String::new();
    if reason.truth == Some(true) {
        return text;
    }
    if !is_signed_in {
        text.push_str("nobody   is signed in\n");
    }
    let ways = ways(reason);
    for (position, way) in ways.iter().take(MOST_WAYS).enumerate() {
        text.push_str(&format!("{}  {way}\n", if position == 0 { "lacks  " } else { "or     " }));
    }
    if ways.len() > MOST_WAYS {
        text.push_str(&format!("or       {}, which `--format json` has\n", count(ways.len() - MOST_WAYS, "other way")));
    }
    text
}

/// What would be enough, the least first.
pub(super) fn ways(reason: &Reason) -> Vec<String> {
    let way = |way: Vec<&Reason>| way.into_iter().map(said).collect::<Vec<_>>().join(" and ");
    reason.lacks().into_iter().map(way).collect()
}

/// Where texts begin, behind a word.
const TEXT: usize = 9;

/// More ways than these help nobody.
const MOST_WAYS: usize = 4;

/// A statement, with the values that it compares; of one that is unknown, those that are empty.
fn said(reason: &Reason) -> String {
    let is_told = |value: &&Compared| reason.truth.is_some() || value.value.is_none();
    let value = |value: &Compared| match &value.value {
        Some(text) if text.is_empty() => format!("{} is \"\"", value.what),
        Some(text) => format!("{} is {}", value.what, harmless(text)),
        None => format!("{} is empty", value.what),
    };
    let values: Vec<String> = reason.values.iter().filter(is_told).map(value).collect();
    if values.is_empty() { reason.text.clone() } else { format!("{} ({})", reason.text, values.join(", ")) }
}

/// A line for each statement: whether it is true, and below it what makes it so.
pub(super) fn write(reason: &Reason, depth: usize, look: Look, out: &mut String) {
    let (word, colour) = match reason.truth {
        Some(true) => ("yes", "32"),
        Some(false) => ("no", "31"),
        None => ("unknown", "33"),
    };
    let line = format!("{}  {}{}", look.paint(&format!("{word:<7}"), colour), "  ".repeat(depth), said(reason));
    out.push_str(&format!("{}\n", look.wrapped(&line, TEXT + 2 * depth + 2)));
    for part in &reason.parts {
        write(part, depth + 1, look, out);
    }
}
