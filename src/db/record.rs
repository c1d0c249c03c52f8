//! The record of what was applied to a database. In: a connection as the role that deploys. Out: what was applied last, and what is otherwise now.

use postgres::{Client, Transaction};

use super::rows::{ask, number, text};
use super::{DatabaseError, describe_error};
use crate::catalog::QualifiedName;
use crate::objects::{Object, Record, State, quote};
use crate::plan;
use crate::verify::Difference;

/// What was applied last.
#[derive(Debug, Clone)]
pub struct Applied {
    /// How many deployments there were, with this one.
    pub number: u32,
    /// What it was called.
    pub title: String,
    /// When, as the server prints it.
    pub at: String,
    /// By whom.
    pub by: String,
    /// The digest of the state that it led to.
    pub digest: String,
    /// That state, as outlines.
    pub state: State,
    /// The texts that it was made of, by their names; none where a file brought the database there.
    pub sources: Vec<(String, String)>,
    /// Of a state on the way of a deployment in several transactions, where that leads. The texts are those of before it, then.
    pub begun: Option<Begun>,
}

/// A deployment that is not through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The digest of the state that it is to lead to.
    pub to: String,
    /// Whether nothing was applied before it.
    pub from_nothing: bool,
}

/// What a database says of what was applied to it.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It has nothing of these rules.
    Nothing,
    /// It has the schema of the look-ups, and no record: a script of an earlier version made it, or somebody else.
    Unrecorded,
    /// It has a record.
    Recorded(Box<Applied>),
}

/// Why the record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The server refuses.
    #[error("the database says: {}", describe_error(.0))]
    Database(#[from] DatabaseError),
    /// It belongs to somebody who could let it say anything, and whose function would be called.
    #[error("the record in the schema {schema} was not read: {owner} made it, who owns neither the tables nor the database")]
    Foreign {
        /// Where it is.
        schema: String,
        /// Whose it is.
        owner: String,
    },
    /// What is written there is of a later program, or was written by somebody else.
    #[error("the record in the schema {schema} cannot be read: {reason}")]
    Damaged {
        /// Where it is.
        schema: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Refuses a record that belongs to somebody else than whoever connects, or has those rights, owns one of the tables, or the database: it would be
/// believed, and its function called. Where there is none, there is nothing to refuse.
pub fn trust_record(client: &mut Client, record: &Record, tables: &[String]) -> Result<(), RecordError> {
    trust(&mut begin(client)?, record, tables)
}

/// What was applied last, where whoever made the record is trusted; as a role that reads it and that whoever connects may act as, if one is named.
pub fn read_record_as(
    client: &mut Client,
    role: Option<&str>,
    record: &Record,
    tables: &[String],
) -> Result<Standing, RecordError> {
    let mut transaction = begin_as(client, role)?;
    trust(&mut transaction, record, tables)?;
    standing(&mut transaction, record)
}

/// The same of what is otherwise than it was recorded.
pub fn read_differences_as(client: &mut Client, role: Option<&str>, record: &Record) -> Result<Vec<Difference>, RecordError> {
    differences(&mut begin_as(client, role)?, record)
}

fn begin_as<'c>(client: &'c mut Client, role: Option<&str>) -> Result<Transaction<'c>, DatabaseError> {
    let mut transaction = begin(client)?;
    if let Some(role) = role {
        transaction.batch_execute(&format!("SET LOCAL ROLE {}", quote::identifier(role)))?;
    }
    Ok(transaction)
}

fn trust(transaction: &mut Transaction<'_>, record: &Record, tables: &[String]) -> Result<(), RecordError> {
    let list = |texts: &[&str]| texts.iter().map(|text| quote::literal(text)).collect::<Vec<_>>().join(", ");
    // A superuser has everybody's rights, which says nothing of whom it trusts.
    let query = format!(
        "WITH made (schema, owner) AS (
           SELECT namespace.oid, namespace.nspowner FROM pg_namespace AS namespace
           WHERE namespace.nspname = {} AND EXISTS (SELECT FROM pg_class WHERE relnamespace = namespace.oid AND relname = 'applied')
         ), owned (owner) AS (
           SELECT owner FROM made
           UNION SELECT class.relowner FROM made JOIN pg_class AS class ON class.relnamespace = made.schema
             WHERE class.relname = ANY (ARRAY[{}]::name[])
           UNION SELECT function.proowner FROM made JOIN pg_proc AS function ON function.pronamespace = made.schema
             WHERE function.proname = {}
         ), trusted (role) AS (
           SELECT oid FROM pg_roles WHERE rolsuper OR rolname = current_user
           UNION SELECT datdba FROM pg_database WHERE datname = current_database()
           UNION SELECT relowner FROM pg_class WHERE oid IN (SELECT to_regclass(name)::oid FROM unnest(ARRAY[{}]::text[]) AS name)
         )
         SELECT pg_get_userbyid(owner) FROM owned
         WHERE owner NOT IN (SELECT role FROM trusted)
           AND ((SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR NOT pg_has_role(owner, 'USAGE'))
         ORDER BY 1 LIMIT 1",
        quote::literal(&record.schema),
        list(&Record::table_names()),
        quote::literal(Record::FACTS),
        list(&tables.iter().map(String::as_str).collect::<Vec<_>>()),
    );
    match ask(transaction, &query)?.first() {
        Some(row) => Err(RecordError::Foreign { schema: record.schema.clone(), owner: text(row, 0) }),
        None => Ok(()),
    }
}

/// How long a table that somebody holds is waited for.
const PATIENCE: &str = "SET LOCAL lock_timeout = '2s'";

/// What was applied last.
pub fn read_record(client: &mut Client, record: &Record) -> Result<Standing, RecordError> {
    standing(&mut begin(client)?, record)
}

fn standing(transaction: &mut Transaction<'_>, record: &Record) -> Result<Standing, RecordError> {
    let applied = record.named("applied");
    // By the catalog: a schema that an earlier version made may be closed to who deploys.
    let there = format!(
        "SELECT true, EXISTS (SELECT FROM pg_class WHERE relnamespace = namespace.oid AND relname = 'applied') \
         FROM pg_namespace AS namespace WHERE nspname = {}",
        quote::literal(&record.schema)
    );
    let found = ask(transaction, &there)?;
    let is = |column| found.first().is_some_and(|row| super::rows::is(row, column));
    if !is(1) {
        return Ok(if is(0) { Standing::Unrecorded } else { Standing::Nothing });
    }
    let last =
        ask(transaction, &format!("SELECT number, title, at, by_role, state FROM {applied} ORDER BY number DESC LIMIT 1"))?;
    let objects = ask(transaction, &format!("SELECT definition::text FROM {} ORDER BY kind, name", record.named("object")))?;
    let sources = ask(
        transaction,
        &format!(
            "SELECT name, content FROM {} WHERE state = (SELECT state FROM {applied} ORDER BY number DESC LIMIT 1) ORDER BY name",
            record.named("source")
        ),
    )?;
    let damaged = |reason: String| RecordError::Damaged { schema: record.schema.clone(), reason };
    let objects: Result<Vec<Object>, _> = objects.iter().map(|row| serde_json::from_str(&text(row, 0))).collect();
    let state = State::of_record(objects.map_err(|error| damaged(error.to_string()))?);
    let Some(last) = last.first() else { return Err(damaged("nothing was applied".to_owned())) };
    let mut sources: Vec<(String, String)> = sources.iter().map(|row| (text(row, 0), text(row, 1))).collect();
    let is_begun = |name: &str| [plan::BEGUN, plan::BEGUN_FROM_NOTHING].contains(&name);
    let begun = sources.iter().position(|(name, _)| is_begun(name)).map(|at| sources.remove(at));
    let begun = begun.map(|(name, to)| Begun { to, from_nothing: name == plan::BEGUN_FROM_NOTHING });
    let applied = Applied {
        number: number(last, 0),
        title: text(last, 1),
        at: text(last, 2),
        by: text(last, 3),
        digest: text(last, 4),
        state,
        sources,
        begun,
    };
    if applied.state.digest() != applied.digest {
        return Err(damaged("its objects are not those of the state that was applied".to_owned()));
    }
    Ok(Standing::Recorded(Box::new(applied)))
}

/// What is otherwise than it was recorded. Trees are compared first, which locks no table and waits for none; only where they differ is anything printed.
pub fn read_differences(client: &mut Client, record: &Record) -> Result<Vec<Difference>, RecordError> {
    differences(&mut begin(client)?, record)
}

fn differences(transaction: &mut Transaction<'_>, record: &Record) -> Result<Vec<Difference>, RecordError> {
    let is_same = ask(transaction, &plan::quick_difference(record))?.is_empty();
    if is_same {
        return Ok(Vec::new());
    }
    // The record calls all that is looked through a view, and all that inherits a child; what undoes them has other words.
    let query = format!(
        "SELECT found.kind, found.name, found.was, found.now, CASE WHEN class.relkind = 'm' THEN 'materialized view' WHEN class.relispartition THEN 'partition' END,
           kept.columns, {}
         FROM ({}) AS found
         -- By the name as it is printed: who may not use a schema may not look a name up in it.
         LEFT JOIN pg_class AS class ON class.oid::regclass::text =
           CASE found.kind WHEN 'view' THEN found.name WHEN 'child' THEN split_part(found.name, ' of ', 1) END
         LEFT JOIN LATERAL (
           SELECT string_agg(substring(fact.name, $column${COLUMN}$column$), ', ' ORDER BY fact.name) FROM {} AS fact
           WHERE found.kind = 'grant' AND found.was IS NULL AND fact.kind = 'grant' AND fact.name <> found.name
             AND regexp_replace(fact.name, $column${COLUMN}$column$, ' to ') = found.name
         ) AS kept (columns) ON true",
        plan::to_be_told(record),
        plan::differences(record),
        record.named("fact")
    );
    let rows = ask(transaction, &query)?;
    let of = |row: &postgres::SimpleQueryRow| Difference {
        kind: text(row, 0),
        name: text(row, 1),
        was: row.get(2).map(str::to_owned),
        now: row.get(3).map(str::to_owned),
        sort: row.get(4).map(str::to_owned),
        columns: row.get(5).map(str::to_owned),
        to_be_told: super::rows::is(row, 6),
    };
    Ok(rows.iter().map(of).collect())
}

/// The column in the name of a right, `SELECT on public.docs (title) to app_user`, and what is around it.
const COLUMN: &str = r#" \(((?:[^"()]|"[^"]*")+)\) to "#;

/// How names are printed, whatever the database says of it: each with its schema, in quotes where it has to be.
pub(super) const NAMES: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off";

pub(super) fn begin(client: &mut Client) -> Result<Transaction<'_>, DatabaseError> {
    let mut transaction = client.build_transaction().read_only(true).start()?;
    transaction.batch_execute(NAMES)?;
    transaction.batch_execute(PATIENCE)?;
    Ok(transaction)
}

/// Who holds tables of this database so that nobody may look at them, or waits to: in words. Of others' sessions, the server does not tell everybody since when.
pub fn read_holders(client: &mut Client) -> Result<Vec<String>, DatabaseError> {
    let mut transaction = begin(client)?;
    Ok(ask(&mut transaction, HOLDERS)?.iter().map(|row| text(row, 0)).collect())
}

const HOLDERS: &str = "SELECT format('%s is %s by %s (pid %s%s)', lock.relation::regclass,
    CASE WHEN lock.granted THEN 'held exclusively' ELSE 'waited for, to be held exclusively,' END,
    coalesce(quote_ident(session.usename), 'a transaction that was prepared'), coalesce(lock.pid::text, 'none'),
    ', since ' || date_trunc('second', session.xact_start)::text)
  FROM pg_locks AS lock
  JOIN pg_class AS class ON class.oid = lock.relation AND class.relkind IN ('r', 'p', 'v', 'm')
  LEFT JOIN pg_stat_activity AS session ON session.pid = lock.pid
  WHERE lock.locktype = 'relation' AND lock.mode = 'AccessExclusiveLock' AND lock.relation >= 16384 AND lock.pid IS DISTINCT FROM pg_backend_pid()
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  ORDER BY lock.granted DESC, 1 LIMIT 3";

/// What is in force and more than the rules allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Of which check it is, by its number.
    pub number: u32,
    /// What is there.
    pub what: String,
    /// What it lets whom do.
    pub lets: String,
    /// The statement that closes it.
    pub closes: Option<String>,
    /// Whether it fails a script; else it is a notice.
    pub fails: bool,
}

/// Runs the query of the last step.
pub fn ask_last_step(client: &mut Client, query: &str) -> Result<Vec<Found>, RecordError> {
    let mut transaction = begin(client)?;
    transaction.batch_execute("SET LOCAL jit = off")?;
    let of = |row: &postgres::SimpleQueryRow| Found {
        number: number(row, 0),
        what: text(row, 1),
        lets: text(row, 2),
        closes: row.get(3).map(str::to_owned),
        fails: super::rows::is(row, 4),
    };
    Ok(ask(&mut transaction, query)?.iter().map(of).collect())
}

/// Runs the query of policies that are not of the rules: the table and the name of each.
pub fn read_policies_of_others(client: &mut Client, query: &str) -> Result<Vec<(QualifiedName, String)>, RecordError> {
    let mut transaction = begin(client)?;
    transaction.batch_execute("SET LOCAL jit = off")?;
    Ok(ask(&mut transaction, query)?.iter().map(|row| (super::rows::name(row, 0), text(row, 2))).collect())
}

/// Runs the query of what is left open: kind, name, who.
pub fn read_left_open(client: &mut Client, query: &str) -> Result<Vec<LeftOpen>, RecordError> {
    let mut transaction = begin(client)?;
    transaction.batch_execute("SET LOCAL jit = off")?;
    let of = |row: &postgres::SimpleQueryRow| {
        let name = super::rows::name(row, 1);
        (text(row, 0), name, row.get(3).map(str::to_owned))
    };
    Ok(ask(&mut transaction, query)?.iter().map(of).collect())
}

/// A sequence, or a function by how the server writes it; and who can use it, everybody where nobody is named.
pub type LeftOpen = (String, QualifiedName, Option<String>);

/// For how many locks the server has room, those of everybody together (manual section 20.12).
pub fn lock_room(client: &mut Client) -> Result<usize, DatabaseError> {
    let mut transaction = client.build_transaction().read_only(true).start()?;
    transaction.batch_execute("SET LOCAL search_path = pg_catalog")?;
    let rows = ask(&mut transaction, plan::LOCK_ROOM)?;
    Ok(rows.first().map_or(0, |row| number(row, 0)) as usize)
}

/// Whether a script failed because somebody else holds what it has to lock, or makes the same at this moment, so that it may go through later.
pub fn is_held_up(error: &DatabaseError) -> bool {
    let Some(error) = error.as_db_error() else { return false };
    // lock_not_available, deadlock_detected (manual appendix A).
    let is_held = ["55P03", "40P01"].contains(&error.code().code());
    // Roles are shared by all databases of a server, and catalogs wait for no lock: of two that make or grant the same, one fails.
    let is_raced = error.code().code() == "23505" && error.schema() == Some("pg_catalog")
        || error.code().code() == "XX000" && error.message().starts_with("tuple concurrently");
    is_held || is_raced
}

/// Whether a script failed because something is there that was not when it began: of two first deployments at once, the second. Tried again, it says what is
/// there; where somebody else made it, that fails in the same way.
pub fn is_overtaken(error: &DatabaseError) -> bool {
    // duplicate_schema, duplicate_table, duplicate_object, duplicate_function (manual appendix A).
    error.code().is_some_and(|code| ["42P06", "42P07", "42710", "42723"].contains(&code.code()))
}
