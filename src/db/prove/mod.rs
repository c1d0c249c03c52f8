//! Whether rules decide as the policies did that they were made of. In: a connection to a copy of a database, as a superuser, and what an import has made. Out: what was decided
//! otherwise.
//!
//! Everything happens in one transaction that is rolled back: rows are made, everybody tries everything under the policies, the rules take their place, and everybody tries the same again.

mod actors;
mod fitting;
mod reason;
mod rows;
mod seen;
mod trials;

use std::collections::BTreeMap;

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::DatabaseError;
use crate::catalog::{QualifiedName, TableId};
use crate::import::{Facts, Imported};
use crate::model::{Model, Operation, Provider};
use crate::objects::quote::{identifier, literal, qualified};
use actors::Who;
pub use reason::Reason;
use rows::Rows;
pub use seen::Seen;
use trials::{Decision, Trial};

/// What is to be proved.
pub struct Proof<'a> {
    /// What the import has made.
    pub imported: &'a Imported,
    /// Its rules.
    pub model: &'a Model,
    /// The statements that put them in force, without a transaction of their own.
    pub script: &'a str,
    /// What the database said before.
    pub facts: &'a Facts,
    /// Is told what is done next, since it may take minutes.
    pub progress: &'a dyn Fn(&str),
}

/// What was compared.
#[derive(Debug, Clone, Default)]
pub struct Compared {
    /// How many decisions were made twice.
    pub decisions: usize,
    /// How many of them allowed something.
    pub allowed: usize,
    /// The sessions that tried, each in words.
    pub sessions: Vec<String>,
    /// How many of them had nobody signed in.
    pub with_nobody: usize,
    /// What was decided otherwise, in the order in which it was tried.
    pub differences: Vec<Difference>,
    /// Tables of which no row could be made, so that little is known of them.
    pub empty: Vec<QualifiedName>,
    /// Those of them that have policies, of which nothing is proved.
    pub unproved: Vec<QualifiedName>,
    /// What each condition of the policies was on the rows that were tried.
    pub seen: Vec<Seen>,
}

/// Something that is decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Who tried.
    pub who: String,
    /// The table.
    pub table: QualifiedName,
    /// What was tried, as a statement or in words.
    pub what: String,
    /// The row.
    pub row: String,
    /// Whether the rules allow what the policies did not.
    pub is_wider: bool,
    /// Which policies there were for it.
    pub policies: Vec<String>,
    /// Why it is, where that is known.
    pub reason: Option<Reason>,
    /// The error with which the server ended the statement that was not allowed.
    pub error: Option<String>,
}

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum NotProved {
    /// The server refuses something that has nothing to do with policies.
    #[error("the copy says: {}", super::describe_error(.0))]
    Database(#[from] DatabaseError),
    /// It is not a place for this.
    #[error("{0}")]
    Place(String),
}

/// A name for the role of look-ups that no other proof on the server has.
pub fn role_of_a_proof() -> String {
    let moment = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("rowgate_proof_{}_{}", std::process::id(), moment.as_nanos())
}

/// Compares. The copy is afterwards as it was.
pub fn prove(client: &mut Client, proof: &Proof<'_>) -> Result<Compared, NotProved> {
    tried(client, proof).map_err(|error| match error {
        NotProved::Database(error) => explained(error),
        place => place,
    })
}

/// What an error of the server means for a proof.
pub fn explained(error: DatabaseError) -> NotProved {
    match error.code() {
        Some(code) if *code == SqlState::OUT_OF_MEMORY => NotProved::Place(format!(
            "the server of the copy keeps too few locks for so many tables in one transaction: prove them in parts, such as `--table 'a*'`, or raise its \
             max_locks_per_transaction and start it again ({})",
            super::describe_error(&error)
        )),
        Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => NotProved::Place(
            "another session holds what the proof needs of the copy, or a role of the server, and does not let go (another proof?): wait for its end".to_owned(),
        ),
        _ => NotProved::Database(error),
    }
}

/// Whether no other proof is under way in a copy, whose tables would not even be read before its end.
pub fn is_free(client: &mut Client) -> Result<(), NotProved> {
    let mut transaction = client.transaction()?;
    be_alone(&mut transaction)?;
    Ok(transaction.rollback()?)
}

fn tried(client: &mut Client, proof: &Proof<'_>) -> Result<Compared, NotProved> {
    let is_superuser: bool = client.query_one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", &[])?.get(0);
    if !is_superuser {
        return Err(NotProved::Place(
            "the copy needs a superuser, who may act as everybody and make rows past all triggers".to_owned(),
        ));
    }
    let mut transaction = client.transaction()?;
    // Triggers and foreign keys of the application have no part in it; those of the rules run all the same.
    transaction.batch_execute(
        "SET LOCAL session_replication_role = replica; SET LOCAL jit = off; SET LOCAL statement_timeout = 0; \
         SET LOCAL idle_in_transaction_session_timeout = 0",
    )?;
    be_alone(&mut transaction)?;
    (proof.progress)("making rows");
    make_roles(&mut transaction, proof)?;
    let sign_in = stand_in(&mut transaction, proof)?;
    let path: String = transaction.query_one("SELECT current_setting('search_path')", &[])?.get(0);
    let rows = rows::make(&mut transaction, proof)?;
    let actors = actors::all(proof, &rows);
    let trials = trials::all(proof.model, &rows);
    trials::narrow(&mut transaction, proof.model, &rows)?;
    let seen = seen::on(&mut transaction, proof, sign_in.as_deref(), (&actors, &rows))?;
    let decide = |transaction: &mut Transaction<'_>, is_before: bool| {
        let mut all = Vec::new();
        for (number, who) in actors.iter().enumerate() {
            let role = if is_before { acts_as(proof, who) } else { who.role.as_str() };
            let by = if is_before { "policies" } else { "rules" };
            (proof.progress)(&format!("by the {by}: {} decisions of session {} of {}", trials.len(), number + 1, actors.len()));
            all.push(trials::decide(transaction, proof.model, sign_in.as_deref(), (who, role), &trials)?);
        }
        Ok::<_, DatabaseError>(all)
    };
    let before = decide(&mut transaction, true)?;
    for statement in &proof.imported.removals {
        transaction.batch_execute(statement)?;
    }
    transaction.batch_execute(proof.script)?;
    transaction.batch_execute(&format!(
        "SELECT set_config('search_path', {}, true); SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        literal(&path)
    ))?;
    let after = decide(&mut transaction, false)?;
    transaction.rollback()?;
    let compared = compare(proof, &actors, &rows, &trials, (&before, &after));
    Ok(Compared { seen, ..compared })
}

/// The role whose rights somebody has under the policies.
fn acts_as<'a>(proof: &'a Proof<'_>, who: &'a Who) -> &'a str {
    let stands_for = proof.imported.stands_for.as_ref().filter(|(new, _)| *new == who.role);
    stands_for.map_or(who.role.as_str(), |(_, old)| old.as_str())
}

/// One at a time in a copy: a second one would wait for every row and table of the first, without a word.
fn be_alone(transaction: &mut Transaction<'_>) -> Result<(), NotProved> {
    transaction.batch_execute("SET LOCAL application_name = 'rowgate import --prove'")?;
    let key = "hashtextextended('rowgate import --prove', 0)";
    if transaction.query_one(&format!("SELECT pg_try_advisory_xact_lock({key})"), &[])?.get(0) {
        return Ok(());
    }
    let holder = transaction.query_opt(
        &format!(
            "SELECT format('by %s (pid %s, since %s)', quote_ident(session.usename), session.pid, date_trunc('second', session.xact_start)) \
             FROM pg_locks AS lock JOIN pg_stat_activity AS session ON session.pid = lock.pid \
             WHERE lock.locktype = 'advisory' AND lock.granted AND lock.objsubid = 1 AND {key} = (lock.classid::bigint << 32) | lock.objid::bigint \
             AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
        &[],
    )?;
    let holder = holder.map_or_else(String::new, |row| format!(" {}", row.get::<_, String>(0)));
    Err(NotProved::Place(format!("another proof is under way in this copy{holder}: wait for its end, or make another copy")))
}

/// Roles that the rules name and that are not there yet. Roles are the whole server's: another proof, in another copy, may be making one of the same name, which is not there for anybody before it is rolled back.
fn make_roles(transaction: &mut Transaction<'_>, proof: &Proof<'_>) -> Result<(), NotProved> {
    for role in &proof.imported.roles {
        if transaction.query_one("SELECT to_regrole($1) IS NULL", &[&identifier(role)])?.get(0) {
            let made =
                transaction.batch_execute(&format!("SET LOCAL lock_timeout = '5s'; CREATE ROLE {} NOLOGIN", identifier(role)));
            made.map_err(|error| match error.code() {
                Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => NotProved::Place(format!(
                    "somebody else is making the role `{role}` at this moment, in a transaction that does not end (another proof, in another copy?): \
                     wait for its end, or make the role on this server before: CREATE ROLE {} NOLOGIN",
                    identifier(role)
                )),
                _ => NotProved::Database(error),
            })?;
        }
    }
    transaction.batch_execute("SET LOCAL lock_timeout = 0")?;
    Ok(())
}

/// Where a function of the project says who is signed in, one that is told takes its place. The statement that tells it.
fn stand_in(transaction: &mut Transaction<'_>, proof: &Proof<'_>) -> Result<Option<String>, NotProved> {
    let Provider::Function(name) = &proof.model.identity.provider else { return Ok(None) };
    let function = proof.facts.functions.iter().find(|function| function.name == *name && function.parameters.is_empty());
    let Some(function) = function else { return Err(NotProved::Place(format!("there is no function `{name}`"))) };
    transaction.batch_execute(&format!(
        "CREATE OR REPLACE FUNCTION {}() RETURNS {} LANGUAGE sql STABLE SET search_path = pg_catalog \
         AS 'SELECT nullif(current_setting(''rowgate.proved'', true), '''')::{}'",
        qualified(name),
        function.returns,
        function.returns.replace('\'', "''")
    ))?;
    Ok(Some("SELECT set_config('rowgate.proved', {identity}, true)".to_owned()))
}

/// By actor, and trial by trial, what became of it.
type Decisions = Vec<Vec<Decision>>;

fn compare(
    proof: &Proof<'_>,
    actors: &[Who],
    rows: &Rows,
    trials: &[Trial],
    (before, after): (&Decisions, &Decisions),
) -> Compared {
    let mut compared = Compared {
        sessions: actors.iter().map(|who| who.words.clone()).collect(),
        with_nobody: actors.iter().filter(|who| who.actor.identity.is_none()).count(),
        ..Compared::default()
    };
    let mut policies: BTreeMap<(TableId, Operation), Vec<String>> = BTreeMap::new();
    for policy in &proof.facts.policies {
        let Some(table) = proof.model.catalog.by_name(&policy.table) else { continue };
        for &operation in &policy.operations {
            policies.entry((table, operation)).or_default().push(policy.name.clone());
        }
    }
    for (who, (before, after)) in std::iter::zip(actors, std::iter::zip(before, after)) {
        for (trial, (before, after)) in std::iter::zip(trials, std::iter::zip(before, after)) {
            compared.decisions += 1;
            compared.allowed += usize::from(before.is_allowed());
            if before.is_allowed() != after.is_allowed() {
                compared.differences.push(Difference {
                    who: who.words.clone(),
                    table: proof.model.catalog.table(trial.table).name.clone(),
                    what: trial.words.clone(),
                    row: trial.row.clone(),
                    is_wider: after.is_allowed(),
                    policies: policies.get(&(trial.table, trial.operation)).cloned().unwrap_or_default(),
                    reason: reason::of(proof, who, trial, (before, after)),
                    error: before.error().or(after.error()).cloned(),
                });
            }
        }
    }
    compared.empty = rows.without_rows(&proof.model.catalog);
    let has_policies = |name: &&QualifiedName| proof.facts.policies_on(name).next().is_some();
    compared.unproved = compared.empty.iter().filter(has_policies).cloned().collect();
    compared
}
