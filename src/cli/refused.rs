//! What to do where a server refuses. In: what it said. Out: a sentence, where there is more to say than that.

use super::error::nearest;
use crate::db;

/// What to do where the server refuses a script (manual appendix A has the codes).
pub(super) fn help_of_server(reason: &db::DatabaseError) -> Option<String> {
    Some(match reason.code()?.code() {
        _ if is_unlike(reason) => "the schema file may say something else than the database: `rowgate pull --check` shows it".to_owned(),
        // raise_exception, by the script's look at the record.
        "P0001" if reason.as_db_error().is_some_and(|error| error.message().starts_with("this is not the next step")) => {
            "it changed nothing: somebody else deployed after this was begun; run it again, and it goes on from there".to_owned()
        }
        // dependent_objects_still_exist
        "2BP01" => "it changed nothing: somebody else made what depends on it, and has to take it away first; what is in pg_temp goes with its session".to_owned(),
        // read_only_sql_transaction
        "25006" => "a standby only reads: name the primary server".to_owned(),
        // insufficient_privilege
        "42501" => "it changed nothing: the role that deploys has to own the tables and schemas, or to be a member of their owners".to_owned(),
        // out_of_memory, of which locks are a case
        "53200" => "it changed nothing: set max_locks_per_transaction higher, and restart the server".to_owned(),
        _ => return None,
    })
}

/// What to do where the server refuses somebody who only looks.
pub(super) fn help_of_reader(reason: &db::DatabaseError) -> Option<String> {
    match reason.code()?.code() {
        _ if is_unlike(reason) => help_of_server(reason),
        "42501" => Some("`rowgate apply` gives the role of inspection what it reads of the project's own tables; of tables of others, their owner lets it SELECT".to_owned()),
        _ => None,
    }
}

pub(super) fn doctor_help(reason: &db::DoctorError) -> Option<String> {
    match reason {
        db::DoctorError::Connect(reason) => reason.help(),
        db::DoctorError::Database(_) | db::DoctorError::NoAnswer => None,
    }
}

pub(super) fn pull_help(reason: &db::PullError) -> Option<String> {
    match reason {
        db::PullError::NoSchema { name, known } => {
            Some(nearest(name, known).unwrap_or_else(|| format!("there are {}", known.join(", "))))
        }
        db::PullError::Nothing { schemas, role } if schemas.is_empty() => Some(format!(
            "in this database, `{role}` may act as the owner of no table: name another (`dbname`), connect as another role, or name a --schema"
        )),
        db::PullError::Nothing { schemas, .. } => Some(format!("it was looked for in {}", schemas.join(", "))),
        db::PullError::Database(_) => Some("reading takes no rights but those that every role has on pg_catalog".to_owned()),
        db::PullError::Old(_) => None,
    }
}

/// Whether a statement names what the database has otherwise, or not at all.
fn is_unlike(reason: &db::DatabaseError) -> bool {
    // undefined_function, undefined_column, undefined_table, undefined_object, datatype_mismatch (manual appendix A).
    reason.code().is_some_and(|code| ["42883", "42703", "42P01", "42704", "42804"].contains(&code.code()))
}
