//! `rowgate build`: the whole desired state as SQL, printed, written, or compared with what is committed.

use std::path::PathBuf;

use clap::Args;

use super::output::{Output, write_file};
use super::{Error, ProjectArgument, Verdict, compile};
use crate::sql;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    project: ProjectArgument,
    /// Write to a file instead of standard output [default without a value: `output` of rowgate.yaml]
    #[arg(long, short, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    output: Option<Option<PathBuf>>,
    /// Write nothing; exit with 1 when the file is not what would be written.
    #[arg(long)]
    check: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(state) = compiled.state() else { return Ok(Verdict::Findings) };
    let text = sql::desired_state(&state);
    let file = match &arguments.output {
        Some(Some(file)) => Some(file.clone()),
        Some(None) => Some(root.join(&compiled.config.output)),
        None => arguments.check.then(|| root.join(&compiled.config.output)),
    };
    match file {
        None => output.result(&text)?,
        Some(file) if arguments.check => {
            let current = match std::fs::read_to_string(&file) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                read => Some(read.map_err(|source| Error::Read { path: file.clone(), source })?),
            };
            if current.as_deref() != Some(&text) {
                let state = if current.is_some() { "is stale" } else { "does not exist" };
                output.message(&format!("`{}` {state}\nhelp: run `rowgate build --output` and commit it", file.display()));
                return Ok(Verdict::Findings);
            }
            output.message(&format!("`{}` is up to date", file.display()));
        }
        Some(file) => {
            write_file(&file, &text)?;
            output.message(&format!("wrote `{}`", file.display()));
        }
    }
    Ok(Verdict::Clean)
}
