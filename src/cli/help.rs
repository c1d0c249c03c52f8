//! What to do about it that a command could not run. In: why. Out: a sentence, where there is one.

use super::error::{Error, nearest};
use super::named::Named;
use super::names::RECORD;
use super::refused;
use crate::db;
use crate::objects::ReadError;
use crate::scenario::NotSaid;

impl Error {
    /// What to do about it, where there is something to say.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::NoProjectIn(folder) if !folder.is_dir() => "name the folder of a project".to_owned(),
            Error::NoProject(_) | Error::NoProjectIn(_) => "`rowgate init` writes a project to start from".to_owned(),
            Error::Exists(_) => "name another folder".to_owned(),
            Error::FileExists(_) => "name another file, as in `--generate=second.test.yaml`, or take this one away".to_owned(),
            Error::Report(reason) => return reason.help(),
            Error::Unknown { what, name, known } => match (nearest(name, known), what) {
                (Some(near), _) => near,
                (None, Named::Scenario) => {
                    let some: Vec<String> = known.iter().take(5).map(|name| format!("\"{name}\"")).collect();
                    let more = if known.len() > 5 { format!(" and {} more", known.len() - 5) } else { String::new() };
                    format!("write a part of a scenario's name; there are {}{more}", some.join(", "))
                }
                (None, Named::Code) => "`rowgate explain` lists all codes".to_owned(),
                (None, _) if known.is_empty() => format!("there are no {}s", what.word()),
                (None, _) => format!("{}s are {}", what.word(), known.join(", ")),
            },
            Error::ProjectAsName(_)
            | Error::MigrationName(_)
            | Error::NotInLayout { .. }
            | Error::Record { .. }
            | Error::NoRecord(_)
            | Error::NoMigrations(_) => return self.migration_help(),
            Error::NoRows { .. } | Error::NoSuchRow { .. } | Error::NoActor { .. } => return self.rows_help(),
            Error::SeveralFiles(_) | Error::NoServer | Error::NotRun(_) | Error::NoScenarios => return self.test_help(),
            Error::SetArgument(_) => "write `--set title=Draft`".to_owned(),
            Error::SetTwice(_) => "name each field once".to_owned(),
            Error::NothingSet(_) => "ask about `create` or `update`, or leave it out".to_owned(),
            Error::Value { .. } => "write another value, or ask a database about it".to_owned(),
            Error::ClaimsArgument { .. }
            | Error::NoClaims
            | Error::NoSignIn(_)
            | Error::CannotAct(_)
            | Error::ClaimsUntold(_) => {
                return self.acting_help();
            }
            Error::SessionArgument(_) => "write `--session Tenant=7`".to_owned(),
            Error::NotSaid(NotSaid::Unknown { near: Some(near), .. }) => format!("did you mean `{near}`?"),
            Error::NotSaid(NotSaid::Unknown { .. }) => "rowgate.yaml declares attributes under `session`".to_owned(),
            Error::Connect(reason) => return reason.help(),
            Error::NotAsked(reason) => return reason.help(),
            Error::Doctor(reason) => return refused::doctor_help(reason),
            Error::NotCompared(_) => {
                "compare with rules that speak of the present tables: a later revision, or with --changes-from a copy of the rules of then without what is gone".to_owned()
            }
            Error::NoDatabase => {
                "name one with --database-url or DATABASE_URL, or with PGHOST, PGDATABASE and their like".to_owned()
            }
            Error::Pull(reason) => return refused::pull_help(reason),
            Error::FilesAndDatabase | Error::Server(_) | Error::NoScripts(_) | Error::Script { .. } => return self.files_help(),
            Error::NotUpdated { .. } => {
                "`rowgate pull --output NEW_FILE` writes it anew, without what was added; compare the two".to_owned()
            }
            other => return other.help_to_apply(),
        })
    }

    /// The same about records and people that test files do not have.
    fn rows_help(&self) -> Option<String> {
        Some(match self {
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
            _ => return None,
        })
    }

    /// The same about being somebody in a database.
    fn acting_help(&self) -> Option<String> {
        Some(match self {
            Error::ClaimsArgument { .. } => {
                "names and texts stand in double quotes, and the whole in single ones: `--claims '{\"aal\": \"aal2\"}'`"
                    .to_owned()
            }
            Error::NoClaims => "say where they are with `claims` under `identity` in rowgate.yaml".to_owned(),
            Error::NoSignIn(_) => {
                "write it at the top of a *.test.yaml file, as `sign_in: SET LOCAL app.user = {identity}`".to_owned()
            }
            Error::CannotAct(db::CannotAct::NoRole(_)) => "`rowgate apply` makes the roles of the rules; `signed_in_role` and `roles` in rowgate.yaml name them".to_owned(),
            Error::CannotAct(db::CannotAct::NotAllowed { gives, .. }) => match gives {
                Some(gives) => format!("connect as the login of the application, which needs no other right; or let this one act so: {gives}"),
                None => "connect as that login, or as a superuser, who may become any".to_owned(),
            },
            Error::ClaimsUntold(_) => {
                "leave them out, and let `sign_in` of a *.test.yaml file set what the function reads; or look at the test files with --samples".to_owned()
            }
            _ => return None,
        })
    }

    /// The same about scenarios.
    fn test_help(&self) -> Option<String> {
        Some(match self {
            Error::SeveralFiles(_) => "name a folder for them with --output".to_owned(),
            Error::NoServer => "add --postgres, which starts one, or --database-url".to_owned(),
            Error::NotRun(reason) => return not_run_help(reason),
            Error::NoScenarios => {
                "write some into a *.test.yaml file, under `scenarios`; `rowgate test --generate` writes a first one".to_owned()
            }
            _ => return None,
        })
    }

    /// The same about files that make a database.
    fn files_help(&self) -> Option<String> {
        Some(match self {
            Error::FilesAndDatabase => "leave one of them out".to_owned(),
            Error::Server(reason) => match reason.as_ref() {
                db::ServerError::NoPrograms(_) => {
                    "install PostgreSQL's server (`apt-get install postgresql`, `brew install postgresql`), or name the folder of its programs with --postgres".to_owned()
                }
                _ => return None,
            },
            Error::NoScripts(_) => "name the folder that has migrations in SQL, or a file such as `db/structure.sql`, which Rails keeps".to_owned(),
            Error::Script { reason, .. } => match reason.as_ref() {
                db::ScriptReason::Server(error) => return script_help(error),
                db::ScriptReason::Psql(_) => "name the files that it reads, in their order, each with --from-sql".to_owned(),
            },
            _ => return None,
        })
    }

    /// The same for what keeps a migration from being applied.
    fn help_to_apply(&self) -> Option<String> {
        Some(match self {
            Error::Recorded(reason) => match reason.as_ref() {
                db::RecordError::Foreign { schema, owner } => format!(
                    "if {owner} deploys, connect as {owner}; if not, look at what is in the schema {schema}, and take it away: rules that are in force would have another record"
                ),
                db::RecordError::Database(_) => "the record is read by the role that deploys, and by that of inspection".to_owned(),
                db::RecordError::Damaged { .. } => "a later version of rowgate wrote it, or somebody else did".to_owned(),
            },
            Error::NothingApplied(_) => "`rowgate apply` applies them; `rowgate plan` says what that would change".to_owned(),
            Error::Unrecorded(_) => {
                "if a script of an earlier version made it, `rowgate apply --adopt` takes all of it away and makes it anew, in one transaction".to_owned()
            }
            Error::Revision { .. } => "name a branch, a tag or a commit of the repository that the project is in".to_owned(),
            Error::Widening { .. } => "look at what is printed above, and allow it with --allow-widening".to_owned(),
            Error::MissingTables(_) => "`rowgate pull` writes what there is into the schema file, and `rowgate check` says which rules have to follow; \
                 a table that was renamed keeps its policies, and `rowgate apply --repair` makes them its own".to_owned(),
            Error::NoTexts => "`rowgate diff --since` compares with a revision of git, `rowgate plan` with what is there".to_owned(),
            Error::Destroying(_) => "see that nobody needs it any more, and allow it with --allow-destroy".to_owned(),
            Error::Database(reason) => return refused::help_of_server(reason),
            Error::Part { error, .. } => {
                let help = error.help().map(|help| format!("{help}; ")).unwrap_or_default();
                format!("{help}`rowgate apply` goes on with what is left")
            }
            Error::TooLarge { .. } => "set max_locks_per_transaction higher and restart the server; or change fewer tables in both ways at a time".to_owned(),
            Error::MissingRights(_) => "have each statement run by somebody who may, such as the owner or a superuser; or deploy as the owner of the tables".to_owned(),
            Error::InTheWay(_) => "close what is not meant to be there, each by the statement behind it; what is meant belongs under `accepted` in rowgate.yaml, with the reason".to_owned(),
            Error::NotConfirmed => "say yes on a terminal, or --yes".to_owned(),
            Error::Waited { .. } => "try again when it is through; `SELECT pg_terminate_backend(pid)` ends a session that nobody misses".to_owned(),
            Error::NoFacts(_) => "the record is read by the role that deploys; where it is broken, `rowgate verify --scratch` compares without it, and \
                 `rowgate apply --repair` makes all of it anew".to_owned(),
            Error::ScratchDatabase(_) => "the login needs CREATEDB and a server that takes changes, directly and not through a pooler; or name the programs of a server \
                 of the same version: --postgres /usr/lib/postgresql/…/bin".to_owned(),
            Error::ScratchLeft(name) => format!("drop it: DROP DATABASE {name} WITH (FORCE)"),
            Error::AnotherVersion { wanted, .. } => format!("name the programs of version {wanted}, or leave --postgres out"),
            Error::NotThoseRules => "compare at the revision that was applied, or apply the present rules".to_owned(),
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

/// What to do that scenarios may be run.
fn not_run_help(reason: &db::NotRun) -> Option<String> {
    Some(match reason {
        db::NotRun::NoRole(_) | db::NotRun::NoTable(_) => {
            "`rowgate apply` applies the rules; or let --postgres start a server that has the tables of the schema file"
                .to_owned()
        }
        db::NotRun::NotBound { .. } => {
            "let the application's sessions have a role that owns nothing and bypasses nothing, as `rowgate doctor` says"
                .to_owned()
        }
        db::NotRun::HasRows(_) => "name an empty database, or let --postgres start a server; nothing was changed".to_owned(),
        db::NotRun::Login(_) => "connect as a superuser of a database for tests, or let --postgres start a server".to_owned(),
        // undefined_function, invalid_schema_name, undefined_object
        db::NotRun::Database(error) if matches!(error.as_db_error()?.code().code(), "42883" | "3F000" | "42704" | "42P01") => {
            "what a platform or another project has there, write into a file, and name it with --setup".to_owned()
        }
        db::NotRun::Database(error) => return refused::help_of_server(error),
    })
}

/// What an empty server has not, and the files take for granted.
fn script_help(reason: &db::DatabaseError) -> Option<String> {
    let said = reason.as_db_error()?;
    let role = said.message().strip_prefix("role \"").and_then(|rest| rest.strip_suffix("\" does not exist"));
    Some(match (said.code().code(), role) {
        // undefined_object
        ("42704", Some(role)) => format!("`--role {}` makes it first; so does a file with `CREATE ROLE`, named before with --from-sql", super::from_sql::word(role)),
        // invalid_schema_name, undefined_table, undefined_function, undefined_object, undefined_column
        ("3F000" | "42P01" | "42883" | "42704" | "42703", _) => {
            "the files begin with an empty database: what a platform or another project has there, write into a file, and name it before with --from-sql".to_owned()
        }
        // feature_not_supported, undefined_file
        ("0A000" | "58P01", _) if said.message().contains("extension") => {
            "install the extension for this server, or name another one with --postgres".to_owned()
        }
        _ => return None,
    })
}
