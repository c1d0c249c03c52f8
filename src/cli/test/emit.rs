//! Scenarios for the test runners of others. In: test files. Out: a script for each, on stdout or in a folder.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::super::actors::TestFile;
use super::super::output::{Output, write_file};
use super::super::{Error, Verdict};
use crate::db;
use crate::model::Model;

/// What is written instead of running anything.
#[derive(Debug, Args)]
pub(super) struct EmitArgument {
    /// Run nothing: print the scenarios of a test file as a script for another runner.
    #[arg(long, value_enum, value_name = "RUNNER", conflicts_with_all = ["postgres", "database_url", "coverage", "mutate", "format"])]
    emit: Option<Runner>,
    /// Write a script for each test file into this folder, `NAME.pgtap.sql`.
    #[arg(long, value_name = "FOLDER", requires = "emit")]
    output: Option<PathBuf>,
}

/// Whose scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Runner {
    /// pgTAP, which `pg_prove` runs.
    Pgtap,
}

impl EmitArgument {
    /// Writes what is asked for; `None` where nothing is.
    pub(super) fn run(&self, model: &Model, files: &[TestFile], now: i64, output: &Output) -> Result<Option<Verdict>, Error> {
        let Some(Runner::Pgtap) = self.emit else { return Ok(None) };
        let script =
            |(name, scenarios): &TestFile| db::pgtap(model, name, scenarios, now).map_err(|value| Error::value(name, value));
        match (&self.output, files) {
            (None, [only]) => output.result(&script(only)?)?,
            (None, _) => return Err(Error::SeveralFiles(files.iter().map(|(name, _)| name.clone()).collect())),
            (Some(folder), files) => {
                std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
                for file in files {
                    let path = folder.join(named(&file.0));
                    write_file(&path, &script(file)?)?;
                    output.result(&format!("{}\n", path.display()))?;
                }
            }
        }
        Ok(Some(Verdict::Clean))
    }
}

/// `billing/items.test.yaml` is `billing_items.pgtap.sql`.
fn named(file: &str) -> PathBuf {
    let stem = file.strip_suffix(".test.yaml").unwrap_or(file);
    Path::new(&format!("{}.pgtap.sql", stem.replace(['/', '\\'], "_"))).to_owned()
}
