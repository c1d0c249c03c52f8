//! Why a command could not run, as data. In: what failed, with its names and places. Out: a sentence, and apart from it what to do about it.

use std::path::PathBuf;

use super::names::{CONFIG, RECORD};
use super::refused;
use crate::diagnostic::advice_for;
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
    /// A file that would be written over.
    #[error("`{0}` exists, and nothing was written")]
    Exists(PathBuf),
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
    /// A record that could not be read.
    #[error(transparent)]
    Recorded(Box<db::RecordError>),
    /// Nothing that could be verified.
    #[error("this database has no record of these rules in the schema {0}")]
    NothingApplied(String),
    /// A database that has rules of unknown origin.
    #[error("this database has the schema {0} and no record of what was applied to it")]
    Unrecorded(String),
    /// Nobody said yes.
    #[error("nothing was applied")]
    NotConfirmed,
    /// Somebody holds a table for longer than it is waited for.
    #[error("nothing was applied: somebody held what has to be locked, {tries} times: {}", db::describe_error(.error))]
    HeldUp {
        /// How often it was tried.
        tries: u32,
        /// What the server said.
        error: db::DatabaseError,
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
    /// A result that does not become JSON.
    #[error("this cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// What somebody names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A table of the schema file.
    Table,
    /// A role of `rowgate.yaml`, or a built-in one.
    Role,
    /// The code of a diagnostic.
    Code,
    /// An action of `rowgate.yaml`.
    Action,
}

impl Named {
    fn word(self) -> &'static str {
        match self {
            Named::Table => "table",
            Named::Role => "role",
            Named::Code => "code",
            Named::Action => "action",
        }
    }
}

impl Error {
    /// There is nothing of this name among these.
    pub(super) fn unknown(what: Named, name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Error {
        Error::Unknown { what, name: name.to_owned(), known: known.into_iter().map(Into::into).collect() }
    }

    /// A test file says a value that the evaluator does not understand.
    pub(super) fn value(file: &str, value: Unreadable) -> Error {
        Error::Value { file: file.to_owned(), value: Box::new(value) }
    }

    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::NoProjectIn(folder) if !folder.is_dir() => "name the folder of a project".to_owned(),
            Error::NoProject(_) | Error::NoProjectIn(_) => "`rowgate init` writes a project to start from".to_owned(),
            Error::Exists(_) => "name another folder".to_owned(),
            Error::Unknown { what, name, known } => match (nearest(name, known), what) {
                (Some(near), _) => near,
                (None, Named::Code) => "`rowgate explain` lists all codes".to_owned(),
                (None, _) => format!("{}s are {}", what.word(), known.join(", ")),
            },
            Error::ProjectAsName(_)
            | Error::MigrationName(_)
            | Error::NotInLayout { .. }
            | Error::Record { .. }
            | Error::NoRecord(_)
            | Error::NoMigrations(_) => return self.migration_help(),
            Error::NoRows { unread } | Error::NoSuchRow { unread, .. } | Error::NoActor { unread, .. } if !unread.is_empty() => {
                let files: Vec<String> = unread.iter().map(|file| format!("`{file}`")).collect();
                format!("what {} says is not known before its errors are corrected, see above", files.join(", "))
            }
            Error::NoRows { .. } => "write some into a *.test.yaml file, or name a --database-url".to_owned(),
            Error::NoSuchRow { columns, .. } if columns.len() > 1 => format!(
                "its key is ({}): write the values in this order, with commas between them; or add the row under `rows` of a *.test.yaml file",
                columns.join(", ")
            ),
            Error::NoSuchRow { .. } => "write it under `rows` of a *.test.yaml file".to_owned(),
            Error::NoActor { who, known, .. } => nearest(who, known).unwrap_or_else(|| format!("there are {}", known.join(", "))),
            Error::Value { .. } => "write another value, or ask a database about it".to_owned(),
            Error::SessionArgument(_) => "write `--session Tenant=7`".to_owned(),
            Error::NotSaid(NotSaid::Unknown { near: Some(near), .. }) => format!("did you mean `{near}`?"),
            Error::NotSaid(NotSaid::Unknown { .. }) => "rowgate.yaml declares attributes under `session`".to_owned(),
            Error::Connect(reason) => return reason.help(),
            Error::Doctor(reason) => return refused::doctor_help(reason),
            Error::NoDatabase => {
                "name one with --database-url or DATABASE_URL, or with PGHOST, PGDATABASE and their like".to_owned()
            }
            Error::Pull(reason) => return refused::pull_help(reason),
            Error::NotUpdated { .. } => {
                "`rowgate pull --output NEW_FILE` writes it anew, without what was added; compare the two".to_owned()
            }
            other => return other.help_to_apply(),
        })
    }

    /// The same for what keeps a migration from being applied.
    fn help_to_apply(&self) -> Option<String> {
        Some(match self {
            Error::Recorded(reason) => match reason.as_ref() {
                db::RecordError::Foreign { schema, owner } => format!(
                    "if {owner} deploys, connect as {owner}; if not, look at what is in the schema {schema}, and take it away: rules that are in force would have another record"
                ),
                db::RecordError::Database(_) => "the record is read by the role that deploys".to_owned(),
                db::RecordError::Damaged { .. } => "a later version of rowgate wrote it, or somebody else did".to_owned(),
            },
            Error::NothingApplied(_) => "`rowgate apply` applies them; `rowgate plan` says what that would change".to_owned(),
            Error::Unrecorded(_) => {
                "if a script of an earlier version made it, `rowgate apply --adopt` takes all of it away and makes it anew, in one transaction".to_owned()
            }
            Error::Revision { .. } => "name a branch, a tag or a commit of the repository that the project is in".to_owned(),
            Error::Widening { .. } => "look at what is printed above, and allow it with --allow-widening".to_owned(),
            Error::Database(reason) => return refused::help_of_server(reason),
            Error::TooLarge { .. } => "set max_locks_per_transaction higher and restart the server; or change fewer tables in both ways at a time".to_owned(),
            Error::NotConfirmed => "say yes on a terminal, or --yes".to_owned(),
            Error::HeldUp { .. } => "try again when nobody works on these tables, or with more --tries; who does, and since when, says \
                 `SELECT DISTINCT relation::regclass, pid, usename, state, xact_start FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE granted AND relation >= 16384`".to_owned(),
            // What the system, the server or the format says is all that there is to say.
            _ => return None,
        })
    }

    /// The same about migrations.
    fn migration_help(&self) -> Option<String> {
        Some(match self {
            Error::ProjectAsName(name) => {
                format!("`rowgate migrate \"what changes\" {name}` is for that project, `rowgate migrate {name} .` has that name")
            }
            Error::MigrationName(_) => "use a few words, such as `add invoices`".to_owned(),
            Error::NotInLayout { .. } => "write the text that it stands in otherwise; `rowgate apply` takes any".to_owned(),
            Error::Record { reason: ReadError::Format(_), .. } => "restore it from version control".to_owned(),
            Error::Record { reason: ReadError::Version(_), .. } => {
                "use the version of rowgate that wrote it, or a later one".to_owned()
            }
            Error::NoRecord(_) => format!("restore {RECORD} from version control"),
            Error::NoMigrations(_) => {
                format!(
                    "restore them from version control; where no database was given any of them, delete {RECORD} to begin again"
                )
            }
            _ => return None,
        })
    }
}

impl From<db::ConnectError> for Error {
    fn from(reason: db::ConnectError) -> Error {
        Error::Connect(Box::new(reason))
    }
}

impl From<db::PullError> for Error {
    fn from(reason: db::PullError) -> Error {
        Error::Pull(Box::new(reason))
    }
}

impl From<db::RecordError> for Error {
    fn from(reason: db::RecordError) -> Error {
        Error::Recorded(Box::new(reason))
    }
}

impl From<db::DoctorError> for Error {
    fn from(reason: db::DoctorError) -> Error {
        Error::Doctor(Box::new(reason))
    }
}

pub(super) fn nearest(name: &str, known: &[String]) -> Option<String> {
    advice_for(name, known.iter().map(String::as_str))
}
