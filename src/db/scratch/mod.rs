//! What the server would print of a state that is made elsewhere: in an empty database, with nothing but what the state needs, in a transaction that is rolled
//! back. In: connections, a script, the question of facts. Out: facts. It asks no record, which somebody may have written.

mod skeleton;

use postgres::Client;

use super::rows::{ask, text};
use super::{DatabaseError, describe_error};
use crate::objects::quote;
use crate::objects::template::fill;
use crate::verify::Fact;

/// How the throw-away databases are called, before the second since 1970 in which each was made.
pub const SCRATCH: &str = "rowgate_scratch_";

/// So many seconds after it was made, whoever made such a database and is not connected to it is no more.
const ABANDONED: u64 = 600;

/// Why a state was not made elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", describe_error(.error), .statement.as_ref().map(|statement| format!("\n  of: {statement}")).unwrap_or_default())]
pub struct ScratchError {
    /// What was to be there before the state, if it was that.
    pub statement: Option<String>,
    /// What the server said.
    pub error: DatabaseError,
}

impl From<DatabaseError> for ScratchError {
    fn from(error: DatabaseError) -> ScratchError {
        ScratchError { statement: None, error }
    }
}

/// What is in force, as the question of facts tells it. `settings` are what names and prints depend on.
pub fn read_facts(client: &mut Client, settings: &[String], query: &str) -> Result<Vec<Fact>, DatabaseError> {
    let mut transaction = super::record::begin(client)?;
    transaction.batch_execute(&pinned(settings))?;
    facts(&mut transaction, query)
}

fn facts(transaction: &mut postgres::Transaction<'_>, query: &str) -> Result<Vec<Fact>, DatabaseError> {
    let of = |row: &postgres::SimpleQueryRow| Fact {
        kind: text(row, 0),
        name: text(row, 1),
        attributes: text(row, 2),
        print: row.get(4).map(str::to_owned),
    };
    Ok(ask(transaction, query)?.iter().map(of).collect())
}

fn pinned(settings: &[String]) -> String {
    settings.iter().map(|setting| format!("SET LOCAL {setting};\n")).collect()
}

/// The statements that make what a script needs, of a database that has it. `own` are the schemas that the script makes.
pub fn read_skeleton(client: &mut Client, script: &str, own: &[String]) -> Result<Vec<String>, DatabaseError> {
    let mut transaction = super::record::begin(client)?;
    transaction.batch_execute("SET LOCAL jit = off; SET LOCAL quote_all_identifiers = off")?;
    let own: Vec<String> = own.iter().map(|name| quote::literal(name)).collect();
    let query = fill(skeleton::SKELETON, &[("script", &quote::literal(script)), ("own", &own.join(", "))]);
    Ok(ask(&mut transaction, &query)?.iter().map(|row| text(row, 0)).collect())
}

/// What the server tells of a state that is made in an empty database, and gone again.
pub fn facts_elsewhere(
    client: &mut Client,
    skeleton: &[String],
    script: &str,
    settings: &[String],
    query: &str,
) -> Result<Vec<Fact>, ScratchError> {
    // Whatever the server grants by default, or has as a setting for everybody, is not of the rules.
    let mut transaction = client.transaction()?;
    transaction
        .batch_execute("SET LOCAL search_path = pg_catalog; SET LOCAL check_function_bodies = off; SET LOCAL jit = off")?;
    for statement in skeleton {
        let failed = |error| ScratchError { statement: Some(statement.clone()), error };
        transaction.batch_execute(statement).map_err(failed)?;
    }
    transaction.batch_execute(script)?;
    transaction.batch_execute(&format!("SET LOCAL search_path = pg_catalog;\n{}", pinned(settings)))?;
    let found = facts(&mut transaction, query)?;
    transaction.rollback()?;
    Ok(found)
}

/// Who connects, the major version, and how the database keeps its texts.
pub fn read_server(client: &mut Client) -> Result<(String, u32), DatabaseError> {
    let mut transaction = super::record::begin(client)?;
    let query = "SELECT current_user, current_setting('server_version_num')::int / 10000";
    let rows = ask(&mut transaction, query)?;
    Ok(rows.first().map(|row| (text(row, 0), super::rows::number(row, 1))).unwrap_or_default())
}

/// Makes a database of this name, and takes away those that were left: of the same owner, long ago, and with nobody in them.
pub fn make_scratch(client: &mut Client, name: &str) -> Result<(), DatabaseError> {
    let left = format!(
        "SELECT datname FROM pg_catalog.pg_database AS database
         WHERE datname ~ '^{SCRATCH}[0-9]+_[0-9]+$' AND pg_catalog.pg_get_userbyid(datdba) = current_user
           AND split_part(datname, '_', 3)::numeric < extract(epoch FROM now()) - {ABANDONED}
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE datid = database.oid)"
    );
    for row in client.query(&left, &[])? {
        drop_scratch(client, &row.get::<_, String>(0))?;
    }
    let like = client.query_one(
        "SELECT pg_catalog.format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype)
         FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
        &[],
    )?;
    let like: String = like.get(0);
    client.batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0 {like}", quote::identifier(name)))
}

/// Takes such a database away, whoever is in it; no other.
pub fn drop_scratch(client: &mut Client, name: &str) -> Result<(), DatabaseError> {
    if !name.starts_with(SCRATCH) {
        return Ok(());
    }
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quote::identifier(name)))
}
