//! `rowgate diff`: what a change of the rules gives and takes, for reviewers, between revisions, folders, and what was applied; or what the next migration
//! would change, as a diff of SQL.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args, ValueEnum};
use similar::{ChangeTag, TextDiff};

use super::output::Output;
use super::{Error, ProjectArgument, Verdict, compared, compile, database, deployment, in_force, loader, migrate, revision};
use crate::objects::State;
use crate::project::Compiled;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("with").args(["since", "from", "applied_to"]).multiple(false))]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    #[command(flatten)]
    with: With,
    /// What is compared is the project as this revision of git has it, not as it is in the folder.
    #[arg(long, value_name = "REVISION", requires = "with")]
    until: Option<String>,
    /// Print the difference of the SQL below what changed for whom.
    #[arg(long, requires = "with")]
    sql: bool,
    /// How what changed is printed.
    #[arg(long, value_enum, default_value_t = Shape::Text, requires = "with")]
    format: Shape,
    /// Exit with 1 when there is a difference.
    #[arg(long)]
    exit_code: bool,
    /// Exit with 1 when somebody may do more than before, as far as is known.
    #[arg(long, requires = "with")]
    fail_on_widening: bool,
}

/// Other rules of which there are texts.
#[derive(Debug, Args)]
#[group(id = "others", multiple = false)]
pub(super) struct Others {
    /// Compare with the project as this revision of git has it: what changed for whom, and which way.
    #[arg(long, value_name = "REVISION")]
    since: Option<String>,
    /// Compare with the project in another folder.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

impl Others {
    /// What they are called, and their texts; `None` where none are named.
    pub(super) fn texts(&self, root: &Path, output: &Output) -> Result<Option<(String, ProjectTexts)>, Error> {
        if let Some(revision) = &self.since {
            return Ok(Some((revision.clone(), revision::texts(root, revision)?)));
        }
        let Some(folder) = &self.from else { return Ok(None) };
        Ok(Some((folder.display().to_string(), folder_texts(folder, output)?)))
    }
}

/// The texts of the project in a folder.
pub(super) fn folder_texts(folder: &Path, output: &Output) -> Result<ProjectTexts, Error> {
    let other = ProjectArgument { project: Some(folder.to_owned()) };
    let Some((_, other)) = compile(&other, output)? else { return Err(Error::OtherHasErrors(folder.to_owned())) };
    Ok(other.texts().into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect())
}

/// What the rules are compared with.
#[derive(Debug, Args)]
struct With {
    #[command(flatten)]
    others: Others,
    /// Compare with what was applied last to this database, by its record: a URL or `host=… dbname=…`.
    #[arg(long, value_name = "URL")]
    applied_to: Option<String>,
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
    let root = loader::find(arguments.project.project.as_deref())?;
    let Some(after) = after(arguments, &root, output)? else { return Ok(Verdict::Findings) };
    if let Some((name, before)) = before(arguments, &root, &after, output)? {
        return changed(arguments, &name, &before, &after, output);
    }
    let Some(desired) = after.state() else { return Ok(Verdict::Findings) };
    let current = migrate::recorded(&root.join(&after.config.migrations.folder))?;
    let (before, after) = (text(&current), text(&desired));
    if before == after {
        output.message("no difference to the last migration");
        return Ok(Verdict::Clean);
    }
    output.result(&unified(["last migration", "rules"], [&before, &after], output.styled_results()))?;
    Ok(if arguments.exit_code { Verdict::Findings } else { Verdict::Clean })
}

/// The project that is compared. `None` when it has errors, which are then printed.
fn after(arguments: &Arguments, root: &Path, output: &Output) -> Result<Option<Compiled>, Error> {
    let Some(revision) = &arguments.until else {
        return Ok(compile(&arguments.project, output)?.map(|(_, compiled)| compiled));
    };
    let Some(compiled) = compared::as_it_was(&revision::texts(root, revision)?) else {
        return Err(Error::Revision { revision: revision.clone(), reason: "its configuration has errors".to_owned() });
    };
    output.diagnostics(&compiled.diagnostics, &compiled.sources);
    Ok(compiled.meaning.is_some().then_some(compiled))
}

/// A project as texts by their names.
pub(super) type ProjectTexts = Vec<(String, String)>;

/// What it is compared with: what that is called, and its texts. `None` where that is the last migration, of which there are no texts.
fn before(
    arguments: &Arguments,
    root: &Path,
    after: &Compiled,
    output: &Output,
) -> Result<Option<(String, ProjectTexts)>, Error> {
    let With { others, applied_to } = &arguments.with;
    if let Some(found) = others.texts(root, output)? {
        return Ok(Some(found));
    }
    let Some(url) = applied_to else { return Ok(None) };
    applied_texts(after, url)
}

/// What was applied last to a database, by its record: what that is called, and its texts.
pub(super) fn applied_texts(compiled: &Compiled, url: &str) -> Result<Option<(String, ProjectTexts)>, Error> {
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(None) };
    if state.record().is_none() {
        return Ok(None);
    }
    let mut client = database::connect(Some(url))?;
    let applied = in_force::applied(&mut client, &meaning.model, &state)?;
    if applied.sources.is_empty() { Err(Error::NoTexts) } else { Ok(Some((deployment::last(&applied), applied.sources))) }
}

/// What changed for whom, and the SQL below it.
fn changed(
    arguments: &Arguments,
    name: &str,
    before: &ProjectTexts,
    after: &Compiled,
    output: &Output,
) -> Result<Verdict, Error> {
    let Some(meaning) = &after.meaning else { return Ok(Verdict::Findings) };
    let compared = compared::with_texts(after, before);
    let until = arguments.until.as_deref().unwrap_or("rules");
    let sql = arguments.sql.then(|| sql([name, until], before, after, arguments.format, output));
    output.result(&match arguments.format {
        Shape::Text => {
            let below = sql.filter(|sql| !sql.is_empty()).map(|sql| format!("\n{sql}"));
            compared.text(&meaning.model, output.styled_results()) + &below.unwrap_or_default()
        }
        Shape::Markdown => {
            let below = sql.filter(|sql| !sql.is_empty()).map(|sql| {
                // A fence has to be longer than any in what it holds.
                format!("\n<details><summary>SQL</summary>\n\n`````diff\n{sql}`````\n\n</details>\n")
            });
            compared.markdown(&meaning.model) + &below.unwrap_or_default()
        }
        Shape::Json => {
            let mut value = compared.json(&meaning.model);
            if let Some(sql) = sql {
                value["sql"] = sql.into();
            }
            format!("{value:#}\n")
        }
    })?;
    let is_found = arguments.exit_code && !compared.is_nothing() || arguments.fail_on_widening && compared.may_widen();
    Ok(if is_found { Verdict::Findings } else { Verdict::Clean })
}

/// The SQL of both as a diff, each by its own schema file; nothing where it is the same.
fn sql(names: [&str; 2], before: &ProjectTexts, after: &Compiled, shape: Shape, output: &Output) -> String {
    let before = compared::as_it_was(before).and_then(|before| before.state());
    let (Some(before), Some(after)) = (before, after.state()) else {
        output.note(&format!("the SQL of {} is not known: its rules have errors", names[0]));
        return String::new();
    };
    let (before, after) = (text(&before), text(&after));
    if before == after {
        return String::new();
    }
    unified(names, [&before, &after], shape == Shape::Text && output.styled_results())
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
