//! `rowgate build`: the whole desired state as SQL, or the indexes that it needs, printed, written, or compared with what is committed.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::output::{Output, write_file_with};
use super::reported::{self, Place, Reported, Reporting};
use super::{Error, ProjectArgument, Verdict, advice, compile};
use crate::diagnostic::Severity;
use crate::objects::State;
use crate::parallel;
use crate::{plan, sql};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Write to a file instead of standard output [default without a value: `output` of rowgate.yaml; with --indexes, indexes.sql beside it]
    #[arg(long, short, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    output: Option<Option<PathBuf>>,
    /// The indexes that the policies need and the schema file does not list, instead of the policies.
    #[arg(long)]
    indexes: bool,
    /// Write nothing; exit with 1 when the file is not what would be written.
    #[arg(long)]
    check: bool,
    /// How it is said that a file is not what would be written.
    #[arg(long, value_enum, default_value_t = Reporting::Text, requires = "check")]
    format: Reporting,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let not_built = || reported::not_looked_at(arguments.format, CHECK, arguments.project.project.as_deref(), output);
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return not_built() };
    let (content, default_file) = if arguments.indexes {
        let text = sql::index_script(&compiled.wanted_indexes(), false);
        (Content::Indexes(text), root.join(&compiled.config.output).with_file_name("indexes.sql"))
    } else {
        let (state, ()) = parallel::both(true, || compiled.state(), || advice::print(&compiled.advice(), output));
        let Some(state) = state else { return not_built() };
        (Content::Policies(state), root.join(&compiled.config.output))
    };
    let file = match &arguments.output {
        Some(Some(file)) => Some(file.clone()),
        Some(None) => Some(default_file),
        None => arguments.check.then_some(default_file),
    };
    match file {
        None => output.result(&content.text())?,
        Some(file) if arguments.check => {
            if compare(arguments, &root, &file, &content.text(), output)? == Verdict::Findings {
                return Ok(Verdict::Findings);
            }
        }
        Some(file) => {
            write_file_with(&file, |out| content.write(out))?;
            output.message(&format!("wrote `{}`", file.display()));
        }
    }
    // The process ends soon; taking a large project apart would take longer than to write some of it.
    std::mem::forget((compiled, content));
    Ok(Verdict::Clean)
}

/// How it is called where only a look is taken.
const CHECK: &str = "build --check";

/// Says whether a file is what would be written.
fn compare(arguments: &Arguments, root: &Path, file: &Path, wanted: &str, output: &Output) -> Result<Verdict, Error> {
    let current = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        read => Some(read.map_err(|source| Error::Read { path: file.to_owned(), source })?),
    };
    let (word, says) = match current.as_deref() {
        Some(current) if current == wanted => ("current", "is up to date"),
        Some(_) => ("stale", "is stale"),
        None => ("missing", "does not exist"),
    };
    let is_current = word == "current";
    let says = format!("`{}` {says}", file.display());
    let project = arguments.project.project.as_ref().map(|folder| format!(" {}", folder.display())).unwrap_or_default();
    let flag = if arguments.indexes { " --indexes" } else { "" };
    let named = match &arguments.output {
        Some(Some(file)) => format!("={}", file.display()),
        _ => String::new(),
    };
    let help = format!("run `rowgate build{project}{flag} --output{named}` and commit it");
    match arguments.format {
        Reporting::Text => {
            output.message(&says);
            if !is_current {
                output.help(&help);
            }
        }
        Reporting::Json => output.result(&format!("{:#}\n", json!({ "file": file.to_string_lossy(), "is": word })))?,
        format @ (Reporting::Github | Reporting::Sarif | Reporting::Junit) => {
            let stale = Reported {
                code: "stale-output".to_owned(),
                about: "What is generated is not what is committed".to_owned(),
                severity: Severity::Error,
                says,
                more: vec![help],
                place: Some(Place { file: reported::seen_from_top(Path::new(""), file), start: (1, 1), end: (1, 1) }),
            };
            let all = if is_current { Vec::new() } else { vec![stale] };
            output.result(&reported::render(format, CHECK, root, &all).unwrap_or_default())?;
        }
    }
    Ok(if is_current { Verdict::Clean } else { Verdict::Findings })
}

/// What is built.
enum Content {
    Policies(State),
    Indexes(String),
}

impl Content {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Content::Policies(state) => plan::write_desired_state(state, out),
            Content::Indexes(text) => out.write_str(text),
        }
    }

    fn text(&self) -> String {
        match self {
            Content::Policies(state) => plan::desired_state(state),
            Content::Indexes(text) => text.clone(),
        }
    }
}
