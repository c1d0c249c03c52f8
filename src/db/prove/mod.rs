//! Whether rules decide as the policies did that they were made of. In: a connection to a copy of a database, as a superuser, and what an import has made. Out: what was decided
//! otherwise.
//!
//! Everything happens in one transaction that is rolled back: rows are made, everybody tries everything under the policies, the rules take their place, and everybody tries the same again.

mod actors;
mod fitting;
mod rows;
mod trials;

use std::collections::BTreeMap;

use postgres::{Client, Transaction};

use super::DatabaseError;
use crate::catalog::{QualifiedName, TableId};
use crate::import::{Facts, How, Imported};
use crate::model::{Model, Operation, Provider};
use crate::objects::quote::{identifier, literal, qualified};
use actors::Who;
use rows::Rows;
use trials::Trial;

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
    /// Why the rules allow less, where that is known.
    pub reason: Option<Reason>,
}

/// What these rules do not allow and policies may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// An update or a delete without a WHERE of what cannot be read.
    Unread,
    /// The role that nobody is signed in to, and somebody is.
    Anonymous,
    /// The role of those who are signed in, and nobody is.
    Nobody,
    /// A record that is changed or removed does not count among the other rows of its table.
    Itself,
    /// A restrictive policy narrows a role that has this one's rights.
    Member,
    /// A policy is left out.
    LeftOut,
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

/// Compares. The copy is afterwards as it was.
pub fn prove(client: &mut Client, proof: &Proof<'_>) -> Result<Compared, NotProved> {
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
    make_roles(&mut transaction, proof)?;
    let sign_in = stand_in(&mut transaction, proof)?;
    let path: String = transaction.query_one("SELECT current_setting('search_path')", &[])?.get(0);
    let rows = rows::make(&mut transaction, proof)?;
    let actors = actors::all(proof, &rows);
    let trials = trials::all(proof.model, &rows);
    trials::narrow(&mut transaction, proof.model, &rows)?;
    let decide = |transaction: &mut Transaction<'_>, is_before: bool| {
        let mut all = Vec::new();
        for who in &actors {
            let stands_for = proof.imported.stands_for.as_ref().filter(|(new, _)| is_before && *new == who.role);
            let role = stands_for.map_or(who.role.as_str(), |(_, old)| old.as_str());
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
    Ok(compare(proof, &actors, &rows, &trials, (&before, &after)))
}

/// Roles that the rules name and that are not there yet.
fn make_roles(transaction: &mut Transaction<'_>, proof: &Proof<'_>) -> Result<(), DatabaseError> {
    for role in &proof.imported.roles {
        if transaction.query_one("SELECT to_regrole($1) IS NULL", &[&identifier(role)])?.get(0) {
            transaction.batch_execute(&format!("CREATE ROLE {} NOLOGIN", identifier(role)))?;
        }
    }
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

/// By actor, and trial by trial, whether it was allowed; `None` where nobody can be told apart.
type Decisions = Vec<Vec<bool>>;

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
        for (trial, (&before, &after)) in std::iter::zip(trials, std::iter::zip(before, after)) {
            compared.decisions += 1;
            compared.allowed += usize::from(before);
            if before != after {
                compared.differences.push(Difference {
                    who: who.words.clone(),
                    table: proof.model.catalog.table(trial.table).name.clone(),
                    what: trial.words.clone(),
                    row: trial.row.clone(),
                    is_wider: after,
                    policies: policies.get(&(trial.table, trial.operation)).cloned().unwrap_or_default(),
                    reason: if after { None } else { reason(proof, who, trial) },
                });
            }
        }
    }
    compared.empty = rows.without_rows(&proof.model.catalog);
    compared
}

/// Why a rule allows less than a policy did, if that has a reason.
fn reason(proof: &Proof<'_>, who: &Who, trial: &Trial) -> Option<Reason> {
    let identity = &proof.model.identity;
    if who.actor.identity.is_some() && who.role != identity.signed_in_role {
        return Some(Reason::Anonymous);
    }
    // Without an anonymous role, that of the signed-in sessions is everybody's, and what it is enough for is not for somebody who is signed in.
    if who.actor.identity.is_none() && who.role == identity.signed_in_role && identity.anonymous_role.is_some() {
        return Some(Reason::Nobody);
    }
    let name = &proof.model.catalog.table(trial.table).name;
    let of_operation = |name: &str| {
        let known = proof
            .facts
            .policies
            .iter()
            .find(|policy| policy.table == proof.model.catalog.table(trial.table).name && policy.name == name);
        known.is_some_and(|policy| policy.operations.contains(&trial.operation))
    };
    let asks_itself = proof.imported.policies.iter().any(|policy| policy.table == *name && policy.asks_itself);
    let is_left_out = |policy: &crate::import::Policy| {
        policy.table == *name && matches!(policy.how, How::LeftOut(_)) && of_operation(&policy.name)
    };
    let has_rights_of = |role: &String| proof.facts.roles.get(role).is_some_and(|role| role.has_rights_of.contains(&who.role));
    let narrows_a_member = |policy: &crate::import::PolicyFacts| {
        !policy.is_permissive
            && policy.operations.contains(&trial.operation)
            && !proof.facts.applies(policy, &who.role)
            && proof.imported.roles.iter().any(|role| has_rights_of(role) && proof.facts.applies(policy, role))
    };
    match trial.operation {
        _ if proof.facts.policies_on(name).any(narrows_a_member) => Some(Reason::Member),
        _ if proof.imported.policies.iter().any(is_left_out) => Some(Reason::LeftOut),
        _ if trial.is_blind => Some(Reason::Unread),
        Operation::Update | Operation::Delete if asks_itself => Some(Reason::Itself),
        _ => None,
    }
}

impl Reason {
    /// All of them.
    pub const ALL: [Reason; 6] =
        [Reason::Unread, Reason::Anonymous, Reason::Nobody, Reason::Itself, Reason::Member, Reason::LeftOut];

    /// Whether no rules allow it, however they are written; else those that were made could have said it.
    pub fn is_of_all_rules(self) -> bool {
        !matches!(self, Reason::Nobody | Reason::Member | Reason::LeftOut)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Reason::Unread => {
                "without a WHERE, PostgreSQL asks no policy for SELECT, and a rule lets change only what can be read"
            }
            Reason::Anonymous => "only sessions of the signed-in role have a user",
            Reason::Nobody => {
                "the role of the signed-in sessions is said as `Authenticated`, somebody who is signed in, and was enough alone"
            }
            Reason::Member => "what narrows a role narrows whoever it has rights of as well",
            Reason::LeftOut => "a policy is left out",
            Reason::Itself => "a record that is changed or removed does not count among the other rows of its table",
        }
    }
}
