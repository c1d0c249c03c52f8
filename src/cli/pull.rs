//! `rowgate pull`: the tables of a database as a schema file; one that is there is brought up to date, and keeps what somebody added.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{Output, write_file};
use super::{Error, ProjectArgument, Verdict, database, diff, from_sql, loader, names};
use crate::db;
use crate::diagnostic::{Diagnostic, Severity, Sources};
use crate::{catalog, project, pull};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// The database: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(flatten)]
    files: from_sql::FromSql,
    /// Only this schema; can be given several times [default: those where the connection's role may act as the owner of a table]
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Only tables whose names fit, such as `billing.*` or `*_log`; can be given several times. The others stay in the file as they are.
    #[arg(long, value_name = "PATTERN")]
    table: Vec<String>,
    /// The file, or `-` for standard output [default: `schema` of rowgate.yaml]
    #[arg(long, short, value_name = "FILE", allow_hyphen_values = true)]
    output: Option<PathBuf>,
    /// Write nothing; show the difference and exit with 1 when the file is not what would be written.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let to_stdout = arguments.output.as_deref() == Some(Path::new("-"));
    let file = match &arguments.output {
        Some(file) if !to_stdout => file.clone(),
        _ => match schema_file(arguments, output, to_stdout)? {
            Some(file) => file,
            None => return Ok(Verdict::Findings),
        },
    };
    let before = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound || file.as_os_str().is_empty() => None,
        read => Some(read.map_err(|source| Error::Read { path: file.clone(), source })?),
    };
    let before = before.filter(|text| !text.trim().is_empty());
    if let Some(text) = &before
        && !is_readable(&file, text, output)
    {
        return Ok(Verdict::Findings);
    }
    let read = read(arguments, output)?;
    if let Some(version) = &read.newer {
        output.note(&format!("PostgreSQL {version} is newer than this rowgate; what is new in it is not read"));
    }
    for what in &read.facts.left_out {
        output.note(&format!("left out, as a schema file cannot say it: {what}"));
    }
    let pulled = match &before {
        Some(text) => pull::updated(text, &read.facts).map_err(|reason| Error::NotUpdated { path: file.clone(), reason })?,
        None => pull::Pulled { text: pull::new_file(&read.facts), removed: Vec::new() },
    };
    finish(arguments, &file, before.as_deref(), &pulled, output)
}

/// What the database, or the files, say.
fn read(arguments: &Arguments, output: &Output) -> Result<db::Read, Error> {
    let Arguments { schema, table, .. } = arguments;
    let url = arguments.database_url.as_deref();
    match arguments.files.make(url, output)? {
        Some(mut made) => Ok(db::read_schema(&mut made.client, schema, table)?),
        None => Ok(db::read_schema(&mut database::connect(url)?, schema, table)?),
    }
}

/// Prints, compares or writes.
fn finish(
    arguments: &Arguments,
    file: &Path,
    before: Option<&str>,
    pulled: &pull::Pulled,
    output: &Output,
) -> Result<Verdict, Error> {
    let to_stdout = arguments.output.as_deref() == Some(Path::new("-"));
    let is_same = before == Some(pulled.text.as_str());
    if !to_stdout {
        pulled.removed.iter().for_each(|what| output.note(&format!("the database has it no more: {what}")));
    }
    if arguments.check {
        if is_same {
            output.message(&format!("`{}` says what the database says", file.display()));
            return Ok(Verdict::Clean);
        }
        let names = [file.display().to_string(), "database".to_owned()];
        let texts = [before.unwrap_or_default(), pulled.text.as_str()];
        output.result(&diff::unified(names.each_ref().map(String::as_str), texts, output.styled_results()))?;
        output.help(&format!("run `rowgate pull{}` and commit it", arguments.files.typed()));
        return Ok(Verdict::Findings);
    }
    if to_stdout {
        output.result(&pulled.text)?;
        return Ok(Verdict::Clean);
    }
    if is_same {
        output.message(&format!("`{}` says what the database says", file.display()));
        return Ok(Verdict::Clean);
    }
    write_file(file, &pulled.text)?;
    output.message(&format!("wrote `{}`", file.display()));
    Ok(Verdict::Clean)
}

/// The schema file of the project; without a project, standard output needs none.
fn schema_file(arguments: &Arguments, output: &Output, to_stdout: bool) -> Result<Option<PathBuf>, Error> {
    let root = match loader::find(arguments.project.project.as_deref()) {
        Err(Error::NoProject(_)) if to_stdout => return Ok(Some(PathBuf::new())),
        found => found?,
    };
    let path = root.join(names::CONFIG);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let file = sources.add(names::CONFIG, text);
    let config = project::load_config(&sources, file, &mut diagnostics);
    if config.is_none() {
        output.diagnostics(&diagnostics, &sources);
    }
    Ok(config.map(|config| root.join(config.schema)))
}

/// Whether a file can be read as a schema file; where it cannot, its messages are printed. What names in it mean is another matter: they may be why it is pulled.
fn is_readable(file: &Path, text: &str, output: &Output) -> bool {
    let (mut sources, mut diagnostics): (Sources, Vec<Diagnostic>) = (Sources::default(), Vec::new());
    let id = sources.add(file.display().to_string(), text);
    if catalog::load(&sources, id, &mut diagnostics).is_some() {
        return true;
    }
    diagnostics.retain(|one| one.severity() == Severity::Error);
    output.diagnostics(&diagnostics, &sources);
    false
}
