//! `rowgate report`: all that there is to say of a project as one page, for whoever reviews it; and the record that somebody did.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::not_reported::NotReported;
use super::output::{Output, write_file};
use super::{Error, ProjectArgument, Verdict, actors, compared, compile, diff, reach};
use crate::project::Compiled;
use crate::report::{self, html};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Write to a file instead of standard output. A file that is no report is left as it is.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    with: diff::Others,
    #[command(flatten)]
    reach: reach::Reach,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = Shape::Html)]
    format: Shape,
    /// Write no report, but into `reviews/` the record that this person has reviewed what is allowed now: to be committed, and shown by later reports.
    #[arg(long, value_name = "NAME", requires = "what_for", conflicts_with_all = ["output", "format", "others", "rows"])]
    sign_off: Option<String>,
    /// What the review is for: `2026 Q4`
    #[arg(long = "for", id = "what_for", value_name = "TEXT", requires = "sign_off")]
    what_for: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A page for people, in one file.
    Html,
    /// An object, of which the page is made.
    Json,
}

/// The folder of records, in that of the project.
const REVIEWS: &str = "reviews";

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return Ok(Verdict::Findings) };
    let mut people = Vec::new();
    let tried = match &arguments.sign_off {
        // Nothing of it is recorded.
        Some(_) => report::Tried::default(),
        None => {
            let files = actors::test_files(&compiled, output);
            people = arguments.reach.people((meaning, &state), &files, output)?;
            let now = jiff::Timestamp::now().as_microsecond();
            let tried = report::Tried::new(&meaning.model, &compiled.sources, &files.read, files.unread, now);
            tried.map_err(|(file, value)| Error::value(&file, *value))?
        }
    };
    let project = name(&root);
    let (found, sources) = (compiled.check(), &compiled.sources);
    let mut report = report::make(report::Input { project, sources, meaning, state: &state, found: &found, tried });
    let access = report::access(&report, &state);
    if let (Some(by), Some(what_for)) = (&arguments.sign_off, &arguments.what_for) {
        return sign_off(&root, access, by, what_for, output);
    }
    report.people = people;
    report.since = since(&arguments.with, &root, &compiled, output)?;
    report.reviews = reviews(&root)?.iter().map(|record| record.compare(&access)).collect();
    let text = match arguments.format {
        Shape::Html => html::page(&report),
        Shape::Json => format!("{:#}\n", serde_json::to_value(&report)?),
    };
    match &arguments.output {
        None => output.result(&text)?,
        Some(file) => {
            is_replaceable(file)?;
            write_file(file, &text)?;
            output.message(&format!("wrote `{}`", file.display()));
        }
    }
    Ok(Verdict::Clean)
}

/// The project is called as its folder.
fn name(root: &Path) -> String {
    let whole = std::fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    whole.file_name().map_or_else(|| "rules".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// What changed since other rules, where somebody asks for it.
fn since(with: &diff::Others, root: &Path, compiled: &Compiled, output: &Output) -> Result<Option<report::Since>, Error> {
    let (Some(meaning), Some((name, texts))) = (&compiled.meaning, with.texts(root, output)?) else { return Ok(None) };
    let compared = compared::with_texts(compiled, &texts);
    Ok(Some(compared.for_report(&meaning.model, name)))
}

/// Whether a file is a report or not there, so that nothing is lost with it.
fn is_replaceable(file: &Path) -> Result<(), Error> {
    let text = match std::fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(|source| Error::Read { path: file.to_owned(), source })?,
    };
    let begin = String::from_utf8_lossy(&text[..text.len().min(400)]);
    let is_report = begin.contains(html::MARK)
        || serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|value| value["kind"] == report::KIND);
    if text.is_empty() || is_report { Ok(()) } else { Err(NotReported::NoReport(file.to_owned()).into()) }
}

/// All records, the latest first.
fn reviews(root: &Path) -> Result<Vec<report::Record>, Error> {
    let folder = root.join(REVIEWS);
    let read = |path: &Path, source| Error::Read { path: path.to_owned(), source };
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|source| read(&folder, source))?,
    };
    let mut records = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| read(&folder, source))?.path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        records.push((record(&path)?, path));
    }
    // The file's name says the day alone, and whose it is.
    let place = |(record, path): &(report::Record, PathBuf)| (record.reviewed.clone(), record.at.clone(), path.clone());
    records.sort_by_key(|one| std::cmp::Reverse(place(one)));
    Ok(records.into_iter().map(|(record, _)| record).collect())
}

fn record(path: &Path) -> Result<report::Record, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Ok(report::Record::read(&text).map_err(|reason| NotReported::Record { path: path.to_owned(), reason })?)
}

/// Writes the record, which nothing that is there is lost by.
fn sign_off(root: &Path, access: report::Access, by: &str, what_for: &str, output: &Output) -> Result<Verdict, Error> {
    for (flag, text) in [("--sign-off", by), ("--for", what_for)] {
        if text.trim().is_empty() {
            return Err(NotReported::Empty(flag).into());
        }
    }
    let folder = root.join(REVIEWS);
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let signed = report::Record::new(access, now, by.trim().to_owned(), what_for.trim().to_owned());
    let text = format!("{}\n", serde_json::to_string_pretty(&signed)?);
    let (mut file, path) = new_file(&folder, &signed)?;
    let write = |source| Error::Write { path: path.clone(), source };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(write)?;
    output.message(&format!("wrote `{}`: commit it, and later reports tell what changed since", path.display()));
    Ok(Verdict::Clean)
}

/// A file for a record. Another person, or other rules, may lead to the same name: then it gets a number.
fn new_file(folder: &Path, signed: &report::Record) -> Result<(std::fs::File, PathBuf), Error> {
    let parts = [signed.reviewed.clone(), in_file_name(&signed.r#for), in_file_name(&signed.by)];
    let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let mut path = folder.join(format!("{name}.json"));
    std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: path.clone(), source })?;
    for number in 2u32.. {
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            file => return file.map(|file| (file, path.clone())).map_err(|source| Error::Write { path, source }),
        }
        if record(&path)?.is_same(signed) {
            return Err(NotReported::Signed(path).into());
        }
        path = folder.join(format!("{name}-{number}.json"));
    }
    Err(NotReported::Signed(path).into())
}

/// Letters and digits of a text, everything else as single dashes.
fn in_file_name(text: &str) -> String {
    let letters = text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect::<String>();
    let words: Vec<String> = letters.split_whitespace().map(str::to_lowercase).collect();
    words.join("-").chars().take(60).collect()
}
