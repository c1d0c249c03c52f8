//! A server that scenarios are run on: one that is named, or one that is started for it and thrown away. In: arguments and a compiled project. Out: a connection to a database in
//! which the rules are in force.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::Output;
use super::super::{Error, database};
use crate::db::{self, Client, ScriptError, ThrowAway, run_script};
use crate::objects::create_tables;
use crate::plan;
use crate::project::Compiled;

#[derive(Debug, Args)]
pub(super) struct ServerArgument {
    /// Run them on a PostgreSQL server that is started for it and thrown away, with the tables of the schema file; BIN_DIR is where `initdb` and `postgres` are.
    #[arg(long, value_name = "BIN_DIR", num_args = 0..=1, require_equals = true, conflicts_with = "database_url")]
    postgres: Option<Option<PathBuf>>,
    /// A file of SQL that is run there first, as a superuser: what the schema file takes for granted; can be given several times.
    #[arg(long, value_name = "FILE", requires = "postgres")]
    setup: Vec<PathBuf>,
    /// Run them in this database, whose tables have to be empty, with the rules that are in force there; everything is rolled back.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Run them in memory, too, and say where the two differ.
    #[arg(long)]
    pub(super) both: bool,
}

/// A connection, and the server that it is to, where that ends behind it.
pub(super) struct Running {
    pub(super) client: Client,
    _server: Option<ThrowAway>,
}

impl ServerArgument {
    /// The server that is meant, if one is.
    pub(super) fn start(&self, compiled: &Compiled, output: &Output) -> Result<Option<Running>, Error> {
        let Some(meaning) = &compiled.meaning else { return Ok(None) };
        let mut running = match (&self.postgres, &self.database_url) {
            (Some(binaries), _) => self.throw_away(binaries.as_deref(), compiled, output)?,
            (None, Some(url)) => Running { client: database::connect(Some(url))?, _server: None },
            (None, None) if self.both => return Err(Error::NoServer),
            (None, None) => return Ok(None),
        };
        db::is_fit(&mut running.client, &meaning.model).map_err(Error::not_run)?;
        Ok(Some(running))
    }

    fn throw_away(&self, binaries: Option<&Path>, compiled: &Compiled, output: &Output) -> Result<Running, Error> {
        let server = ThrowAway::start(binaries).map_err(|reason| Error::Server(Box::new(reason)))?;
        for path in &self.setup {
            let text = std::fs::read_to_string(path).map_err(|source| Error::Read { path: path.clone(), source })?;
            run_script(&mut server.connect()?, &text).map_err(|ScriptError { line, reason }| Error::Script {
                path: path.clone(),
                line,
                reason: Box::new(reason),
            })?;
        }
        let catalog = compiled.meaning.as_ref().map(|meaning| create_tables(&meaning.model.catalog)).unwrap_or_default();
        let rules = compiled.state().map(|state| plan::desired_state(&state)).unwrap_or_default();
        let client = db::furnish(server.connect()?, &catalog, &rules).map_err(Error::not_run)?;
        output.message("running on a server that is thrown away");
        Ok(Running { client, _server: Some(server) })
    }
}
