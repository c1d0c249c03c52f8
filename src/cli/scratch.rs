//! What the rules make, made elsewhere and thrown away: in a database beside the one that is looked at, or on a server that is started for it. In: a project and a
//! connection. Out: what is otherwise in the database than there. Neither the record nor a function of the database is asked: whoever deploys could have written both.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::Error;
use super::database;
use super::deployment::Deployment;
use super::output::Output;
use super::patience::patiently;
use crate::db::{self, Client, SCRATCH, Surroundings, ThrowAway};
use crate::objects::{ScopeKind, State, quote};
use crate::plan::{self, Form};
use crate::sql;
use crate::verify::{Difference, Fact, against};

#[derive(Debug, Args)]
pub(super) struct ScratchArgument {
    /// Compare with what the server prints of the same rules in a database that is thrown away, whatever the record says: behind an upgrade of the server, or where
    /// nobody is trusted. The login needs CREATEDB.
    #[arg(long)]
    pub(super) scratch: bool,
    /// Instead of a database on the same server, one on a server that is started for it; here are its `initdb` and `postgres`, of the same major version
    #[arg(long, value_name = "BIN_DIR", requires = "scratch")]
    postgres: Option<PathBuf>,
}

/// What is otherwise than there, and which facts were compared at all.
pub(super) struct Compared {
    pub(super) differences: Vec<Difference>,
    pub(super) facts: BTreeSet<(String, String)>,
}

impl ScratchArgument {
    /// Compares a database with the state made elsewhere.
    pub(super) fn compare(
        &self,
        url: Option<&str>,
        deployment: &mut Deployment,
        state: &State,
        output: &Output,
    ) -> Result<Compared, Error> {
        let state = State { check: None, ..state.clone() };
        let form = Form { is_wrapped: true, is_cut: false };
        let script = plan::migration_as(form, "Thrown away", &State::empty(), &state).unwrap_or_default();
        let scope = state.scope();
        let of = |wanted: ScopeKind| scope.iter().filter(move |(kind, _)| *kind == wanted).map(|(_, name)| name.clone());
        let own: Vec<String> = of(ScopeKind::Schema).collect();
        let (query, settings) = (sql::facts_query(&state), sql::facts_settings());
        let ask = |client: &mut Client| Ok(db::read_facts(client, &settings, &query)?);
        let here = patiently(&mut deployment.client, output, ask)?;
        let skeleton = db::read_skeleton(&mut deployment.client, &script, &own).map_err(Error::Database)?;
        let (maker, version) = db::read_server(&mut deployment.client).map_err(Error::Database)?;
        let made = |client: &mut Client| {
            let facts = db::facts_elsewhere(client, &skeleton, &script, &settings, &query);
            facts.map_err(|reason| Error::Scratch(Box::new(reason)))
        };
        let made: Vec<Fact> = match &self.postgres {
            Some(binaries) => {
                let server = ThrowAway::start(Some(binaries)).map_err(|reason| Error::Server(Box::new(reason)))?;
                made(&mut on_server(&server, &maker, version)?)?
            }
            None => {
                let scratch = Scratch::make(url)?;
                let found = made(&mut scratch.connect(url)?);
                scratch.throw_away()?;
                found?
            }
        };
        let as_sql = |name: String| quote::identifier(&name).into_owned();
        let grantees: Vec<String> = of(ScopeKind::Role).map(as_sql).collect();
        let schemas: Vec<String> = own.into_iter().map(as_sql).collect();
        let (differences, facts) = against(&made, &here, &grantees, &schemas, &as_sql(maker));
        Ok(Compared { differences, facts })
    }
}

/// A session of whoever deploys, who may do everything there.
fn on_server(server: &ThrowAway, maker: &str, version: u32) -> Result<Client, Error> {
    let mut client = server.connect()?;
    let (account, found) = db::read_server(&mut client).map_err(Error::Database)?;
    if found != version {
        return Err(Error::AnotherVersion { wanted: version, found });
    }
    let name = quote::identifier(maker);
    let make = if account == maker { String::new() } else { format!("CREATE ROLE {name} SUPERUSER; ") };
    client.batch_execute(&format!("{make}SET SESSION AUTHORIZATION {name}")).map_err(Error::Database)?;
    Ok(client)
}

/// A database beside another one, which lasts as long as this: another process makes it and takes it away when this one ends, however that is.
struct Scratch {
    name: String,
    keeper: Option<(Child, ChildStdin)>,
}

impl Scratch {
    fn make(url: Option<&str>) -> Result<Scratch, Error> {
        let failed = |source| Error::Read { path: "the process that keeps the throw-away database".into(), source };
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let name = format!("{SCRATCH}{moment}_{}", std::process::id());
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        command.arg(KEEPER).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        apart(&mut command);
        let mut child = command.spawn().map_err(failed)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::ScratchDatabase("its keeper cannot be spoken to".to_owned()));
        };
        // What it connects by may have a password in it, which nobody is to see among the arguments of a process.
        let around = Surroundings::of_process();
        let task = Task { url: database::named(url, &around)?.to_owned(), name: name.clone() };
        let told = serde_json::to_string(&task).unwrap_or_default();
        writeln!(input, "{told}").map_err(failed)?;
        let mut answer = String::new();
        BufReader::new(output).read_line(&mut answer).map_err(failed)?;
        match serde_json::from_str::<Answer>(&answer) {
            Ok(Answer { failed: None }) => Ok(Scratch { name, keeper: Some((child, input)) }),
            Ok(Answer { failed: Some(reason) }) => Err(Error::ScratchDatabase(reason)),
            Err(_) => Err(Error::ScratchDatabase("its keeper ended".to_owned())),
        }
    }

    fn connect(&self, url: Option<&str>) -> Result<Client, Error> {
        let around = Surroundings::of_process();
        Ok(db::connect_to(database::named(url, &around)?, &around, &self.name)?)
    }

    fn throw_away(mut self) -> Result<(), Error> {
        let Some((mut child, input)) = self.keeper.take() else { return Ok(()) };
        drop(input);
        let ended = child.wait().map_err(|source| Error::Read { path: self.name.clone().into(), source })?;
        if ended.success() { Ok(()) } else { Err(Error::ScratchLeft(self.name)) }
    }
}

/// The only argument of the process that keeps a database.
pub(super) const KEEPER: &str = "--keep-a-throw-away-database";

/// What it is told.
#[derive(Serialize, Deserialize)]
struct Task {
    url: String,
    name: String,
}

/// What it answers.
#[derive(Serialize, Deserialize)]
struct Answer {
    failed: Option<String>,
}

/// The other process: makes the database, waits until whoever started it is no more, and takes it away.
pub(super) fn keep() -> ExitCode {
    let mut line = String::new();
    let around = Surroundings::of_process();
    let told = std::io::stdin().read_line(&mut line).ok().and_then(|_| serde_json::from_str::<Task>(&line).ok());
    let Some(Task { url, name }) = told else { return ExitCode::from(2) };
    let made = db::connect_in(&url, &around).map_err(|error| error.to_string()).and_then(|mut client| {
        db::make_scratch(&mut client, &name).map_err(|error| db::describe_error(&error))?;
        Ok(client)
    });
    let answer = Answer { failed: made.as_ref().err().cloned() };
    // Nobody may be there to hear it, and then the database goes at once.
    drop(
        serde_json::to_writer(std::io::stdout(), &answer)
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(std::io::stdout())),
    );
    let Ok(mut client) = made else { return ExitCode::from(2) };
    drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    let is_gone = db::drop_scratch(&mut client, &name).is_ok()
        // The connection may have been idle for too long.
        || db::connect_in(&url, &around).is_ok_and(|mut client| db::drop_scratch(&mut client, &name).is_ok());
    if is_gone { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// What a terminal sends to the command is not meant for who cleans up behind it.
#[cfg(unix)]
fn apart(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn apart(_: &mut Command) {}
