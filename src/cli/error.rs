//! Why a command could not run, as data. In: what failed, with its names and places. Out: a sentence, and apart from it what to do about it.

use std::path::PathBuf;

use super::look::harmless;
use super::named::Named;
use super::names::{CONFIG, RECORD};
pub use super::not_reported::NotReported;
use crate::diagnostic::{advice_for, times};
use crate::objects::ReadError;
use crate::scenario::{NotSaid, Unreadable};
use crate::{db, pull, scenario};

/// Why a command could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No project at or above the folder that the command runs in.
    #[error("there is no {CONFIG} in `{0}` or above")]
    NoProject(PathBuf),
    /// No project in a folder that was named.
    #[error("there is no {CONFIG} in `{0}`")]
    NoProjectIn(PathBuf),
    /// A file or folder could not be read.
    #[error("cannot read `{path}`: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder with a file that would be written over.
    #[error("`{0}` exists, and nothing was written")]
    Exists(PathBuf),
    /// A file to be written that is there already.
    #[error("`{0}` exists, and nothing was written")]
    FileExists(PathBuf),
    /// A report or the record of a review.
    #[error(transparent)]
    Report(#[from] NotReported),
    /// A folder whose name cannot be part of a pattern.
    #[error("`{0}` is not UTF-8")]
    NotUtf8(PathBuf),
    /// A pattern of `rowgate.yaml` that means no files.
    #[error("the pattern `{pattern}` under `policies` is not possible: {}", source.msg)]
    Pattern {
        /// As it is written.
        pattern: String,
        /// What is wrong with it.
        source: glob::PatternError,
    },
    /// There is nothing of a name that somebody typed.
    #[error("there is no {} `{name}`", what.word())]
    Unknown {
        /// What was looked for.
        what: Named,
        /// What was typed.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A text that leaves no name of a file.
    #[error("`{0}` cannot be the name of a migration")]
    MigrationName(String),
    /// A text in the rules that the tool for which a migration is written would not leave as it is.
    #[error("nothing was written: the migration would have the line `{text}`, which {layout} {why}")]
    NotInLayout {
        /// The tool.
        layout: &'static str,
        /// The line.
        text: String,
        /// What the tool would do.
        why: &'static str,
    },
    /// A project where the name of a migration is expected, and nothing behind it.
    #[error("`{0}` is a project, and stands where the migration is named")]
    ProjectAsName(String),
    /// The recorded state cannot be used.
    #[error("`{path}` {}", match reason {
        ReadError::Format(error) => format!("is not a recorded state: {error}"),
        ReadError::Version(version) => format!("has version {version}, which this rowgate does not know"),
    })]
    Record {
        /// Its file.
        path: PathBuf,
        /// Why not.
        reason: ReadError,
    },
    /// A folder of migrations that does not say where they lead to.
    #[error("`{0}` has migrations and no {RECORD}")]
    NoRecord(PathBuf),
    /// A folder that says where its migrations lead to and has none.
    #[error("the rules mean what `{RECORD}` records, and none of the migrations that lead there is in `{0}`")]
    NoMigrations(PathBuf),
    /// No test file has rows.
    #[error("there are no rows to look at")]
    NoRows {
        /// Test files with errors.
        unread: Vec<String>,
    },
    /// No test file has a scenario.
    #[error("there are no scenarios to run")]
    NoScenarios,
    /// Nothing to compare memory with.
    #[error("--both compares with a server, and none is named")]
    NoServer,
    /// Several test files where one script is printed.
    #[error("{} are several scripts", .0.join(", "))]
    SeveralFiles(Vec<String>),
    /// A database in which scenarios say nothing.
    #[error("nothing was run: {0}")]
    NotRun(Box<db::NotRun>),
    /// No test file has a row with a key.
    #[error("no test file has a record of `{table}` with the key `{key}`")]
    NoSuchRow {
        /// The table.
        table: String,
        /// As it was typed.
        key: String,
        /// The columns of the table's key.
        columns: Vec<String>,
        /// Test files with errors.
        unread: Vec<String>,
    },
    /// What is to be set is no pair.
    #[error("`{0}` does not say which column has which value")]
    SetArgument(String),
    /// A field with two values.
    #[error("--set says two values of `{0}`")]
    SetTwice(String),
    /// Something is to be set by what sets nothing.
    #[error("`{0}` sets nothing, so `--set` says nothing of it")]
    NothingSet(&'static str),
    /// Whoever was named can be nobody.
    #[error("`{who}` is no name under `users` of a test file, no role, and no {} that could be a key of `{}`", key.r#type, key.table)]
    NoActor {
        /// Who was named.
        who: String,
        /// Where identities stand.
        key: Box<scenario::Place>,
        /// Who could have been named.
        known: Vec<String>,
        /// Test files with errors.
        unread: Vec<String>,
    },
    /// An argument that does not say what the session says.
    #[error("`--session {0}` names no value")]
    SessionArgument(String),
    /// An argument that is no claims.
    #[error("`--claims {text}` is no JSON object: {reason}")]
    ClaimsArgument {
        /// As it was typed.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Claims where nobody reads any.
    #[error("the project reads no claims")]
    NoClaims,
    /// Somebody who cannot be signed in to a database.
    #[error("no test file says how `{0}` is signed in: the project's function would name nobody")]
    NoSignIn(String),
    /// A connection that cannot be the application's.
    #[error("nothing was looked at: {0}")]
    CannotAct(db::CannotAct),
    /// Claims that no database can be told.
    #[error("a database cannot be told the claims: `{0}` gives them, from wherever it has them")]
    ClaimsUntold(String),
    /// What no session of the project can say.
    #[error(transparent)]
    NotSaid(#[from] NotSaid),
    /// A value of a test file that the evaluator does not understand.
    #[error("{file}: {value}")]
    Value {
        /// The test file.
        file: String,
        /// The value and its place.
        value: Box<Unreadable>,
    },
    /// There is no connection.
    #[error(transparent)]
    Connect(Box<db::ConnectError>),
    /// Nothing says which database is meant.
    #[error("no database is named")]
    NoDatabase,
    /// Files and a database, one of which is not meant.
    #[error("--from-sql and --database-url are two databases")]
    FilesAndDatabase,
    /// No server on which files could be run.
    #[error(transparent)]
    Server(Box<db::ServerError>),
    /// A folder without anything to run.
    #[error("`{0}` has no file of SQL that leads upward")]
    NoScripts(PathBuf),
    /// A file that cannot be run.
    #[error("{}:{line}: {}", path.display(), match reason.as_ref() {
        db::ScriptReason::Server(error) => db::describe_error(error),
        db::ScriptReason::Psql(command) => format!("`{command}` is for psql, which is not asked"),
    })]
    Script {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
        /// Why not.
        reason: Box<db::ScriptReason>,
    },
    /// A database that does not say what its tables are.
    #[error(transparent)]
    Pull(Box<db::PullError>),
    /// A database that could not be looked at.
    #[error(transparent)]
    Doctor(Box<db::DoctorError>),
    /// A schema file that is written in a way that cannot be changed.
    #[error("`{path}` was not changed: {reason}")]
    NotUpdated {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: pull::NotUpdated,
    },
    /// Policies that do not become rules.
    #[error("{0}")]
    NotImported(String),
    /// A copy in which nothing could be decided.
    #[error(transparent)]
    NotProved(Box<db::NotProved>),
    /// A revision whose project could not be read.
    #[error("the project of `{revision}` cannot be read: {reason}")]
    Revision {
        /// As it was typed.
        revision: String,
        /// What git said.
        reason: String,
    },
    /// A change that gives somebody more, and nobody there to be asked.
    #[error("nothing was applied: {}", if *.is_known { "somebody may do more than before" } else { "whether somebody may do more than before is not known" })]
    Widening {
        /// Whether that follows from the rules; else it cannot be told, and counts as more.
        is_known: bool,
    },
    /// A change that takes away what is not made again, and nobody there to be asked.
    #[error("nothing was applied: it takes away what is not made again, or what programs call: {}", .0.join(", "))]
    Destroying(Vec<String>),
    /// Tables of the schema file that the database does not have.
    #[error("the database has no {} {}, of which the schema file speaks", if .0.len() == 1 { "table" } else { "tables" }, .0.join(", "))]
    MissingTables(Vec<String>),
    /// A record that could not be read.
    #[error(transparent)]
    Recorded(Box<db::RecordError>),
    /// Nothing that could be verified.
    #[error("this database has no record of these rules in the schema {0}")]
    NothingApplied(String),
    /// A project to compare with that cannot be.
    #[error("the project in `{}` has errors: nothing can be compared with it", .0.display())]
    OtherHasErrors(PathBuf),
    /// Rules of before that mean nothing for the present tables.
    #[error("who gained or lost what is not known: {0}")]
    NotCompared(String),
    /// A record without the texts that its state was made of.
    #[error("by which rules that database is as it is, is not known: a file brought it there")]
    NoTexts,
    /// A database that has rules of unknown origin.
    #[error("this database has the schema {0} and no record of what was applied to it")]
    Unrecorded(String),
    /// Who deploys may not do what has to be done.
    #[error("nothing was applied: rights are missing\n{}", super::beforehand::missing_as_text(.0).trim_end())]
    MissingRights(Vec<db::Missing>),
    /// What the last step of a first deployment would find, known before it is begun.
    #[error("nothing was applied: the policies would not hold\n{}", super::beforehand::in_the_way_as_text(.0).trim_end())]
    InTheWay(Vec<db::Found>),
    /// Nobody said yes.
    #[error("nothing was applied")]
    NotConfirmed,
    /// Somebody holds a table for longer than it is waited for.
    #[error("it was not applied: somebody held what has to be locked, {}: {}", times(*.tries), db::describe_error(.error))]
    HeldUp {
        /// How often it was tried.
        tries: usize,
        /// What the server said.
        error: db::DatabaseError,
    },
    /// Whoever only looks waited for a table, and gave up.
    #[error("{holders}: it was waited for {} ({})", times(*.tries), error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()))]
    Waited {
        /// How often.
        tries: usize,
        /// Which tables, who holds them, and since when.
        holders: String,
        /// What the server said.
        error: db::DatabaseError,
    },
    /// Nobody can say what is otherwise.
    #[error("what is otherwise than it was applied cannot be told: {0}")]
    NoFacts(Box<db::RecordError>),
    /// What the rules make was not made elsewhere.
    #[error("what the rules make was not made in a throw-away database: {0}")]
    Scratch(Box<db::ScratchError>),
    /// No throw-away database.
    #[error("there is no throw-away database: {0}")]
    ScratchDatabase(String),
    /// It is still there.
    #[error("the throw-away database {0} is still there")]
    ScratchLeft(String),
    /// A server of another version prints otherwise.
    #[error("the throw-away server has version {found}, and the database version {wanted}: they print otherwise")]
    AnotherVersion {
        /// That of the database.
        wanted: u32,
        /// That of the throw-away server.
        found: u32,
    },
    /// What was applied cannot be made elsewhere.
    #[error("the rules say something else by now, and of what was applied there are no texts in the record")]
    NotThoseRules,
    /// A transaction failed behind others of the same deployment.
    #[error("part {} of {of} was not applied, those before it are: {error}", .done + 1)]
    Part {
        /// How many are applied.
        done: usize,
        /// How many there are.
        of: usize,
        /// Why the next one is not.
        error: Box<Error>,
    },
    /// The server has no room for the locks, and what changes at one instant cannot be cut.
    #[error("nothing was applied: it takes some {locks} locks at once, and the server has room for {room}")]
    TooLarge {
        /// How many locks.
        locks: usize,
        /// For how many there is room.
        room: usize,
    },
    /// The server refuses.
    #[error("the database says: {}", db::describe_error(.0))]
    Database(db::DatabaseError),
    /// What could not be asked of a database.
    #[error(transparent)]
    NotAsked(Box<super::not_asked::NotAsked>),
    /// A result that does not become JSON.
    #[error("this cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// There is nothing of this name among these.
    pub(super) fn unknown(what: Named, name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Error {
        // Names are on one line each, whatever stands in them.
        let known = known.into_iter().map(|known| harmless(&known.into())).collect();
        Error::Unknown { what, name: name.to_owned(), known }
    }

    /// Scenarios say nothing in a database.
    pub(super) fn not_run(reason: db::NotRun) -> Error {
        Error::NotRun(Box::new(reason))
    }

    /// A test file says a value that the evaluator does not understand.
    pub(super) fn value(file: &str, value: Unreadable) -> Error {
        Error::Value { file: file.to_owned(), value: Box::new(value) }
    }
}

/// Reasons of the database are boxed: they are large, and every command returns this type.
macro_rules! from_database {
    ($($reason:ident => $error:ident),*) => {
        $(impl From<db::$reason> for Error {
            fn from(reason: db::$reason) -> Error {
                Error::$error(Box::new(reason))
            }
        })*
    };
}

from_database!(ConnectError => Connect, PullError => Pull, RecordError => Recorded, DoctorError => Doctor);

pub(super) fn nearest(name: &str, known: &[String]) -> Option<String> {
    advice_for(name, known.iter().map(String::as_str))
}
