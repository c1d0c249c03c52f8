//! What the rows that were made could tell apart. In: the policies, rows, sessions. Out: of each condition, whether it was true and whether it was not.
//!
//! A condition that was the same for everybody on every row is compared with nothing: that no decision differs says little about it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use postgres::Transaction;

use super::actors::Who;
use super::rows::Rows;
use super::{Proof, acts_as};
use crate::catalog::{QualifiedName, TableId};
use crate::db::DatabaseError;
use crate::db::session::act;
use crate::objects::quote::{identifier, literal, qualified};

/// A condition of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The policy's table.
    pub table: QualifiedName,
    /// Its name.
    pub policy: String,
    /// `USING` or `WITH CHECK`.
    pub clause: &'static str,
    /// Whether it was true on some row, to somebody whom the policy is for.
    pub was_true: bool,
    /// Whether it was false or unknown on some row.
    pub was_false: bool,
}

impl Seen {
    /// What it never was, in words; nothing where it was both.
    pub fn lacks(&self) -> Option<&'static str> {
        match (self.was_true, self.was_false) {
            (true, true) => None,
            (true, false) => Some("never false"),
            (false, true) => Some("never true"),
            (false, false) => Some("asked by nobody without an error"),
        }
    }
}

/// Asks each condition on all rows that are tried, as everybody whom its policy is for.
pub(super) fn on(
    transaction: &mut Transaction<'_>,
    proof: &Proof<'_>,
    sign_in: Option<&str>,
    (actors, rows): (&[Who], &Rows),
) -> Result<Vec<Seen>, DatabaseError> {
    let (mut all, mut conditions) = (Vec::new(), Vec::new());
    let mut lists: BTreeMap<TableId, String> = BTreeMap::new();
    for policy in &proof.facts.policies {
        let Some(id) = proof.model.catalog.by_name(&policy.table) else { continue };
        // What is written in both places is one condition, and a constant is none.
        let check = policy.check.as_ref().filter(|check| policy.using.as_ref() != Some(check));
        for (clause, text) in [("USING", policy.using.as_ref()), ("WITH CHECK", check)] {
            let Some(text) = text.filter(|text| !["true", "false"].contains(&text.as_str())) else { continue };
            let list = match lists.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(list(transaction, proof, id, rows)?),
            };
            conditions.push((policy, format!("SELECT bool_or({text}), bool_or(({text}) IS NOT TRUE) FROM {list}")));
            let (table, policy) = (policy.table.clone(), policy.name.clone());
            all.push(Seen { table, policy, clause, was_true: false, was_false: false });
        }
    }
    for (number, who) in actors.iter().enumerate() {
        (proof.progress)(&format!("what the conditions say: session {} of {}", number + 1, actors.len()));
        let mut savepoint = transaction.transaction()?;
        let role = acts_as(proof, who);
        act(&mut savepoint, proof.model, sign_in, &who.actor)?;
        savepoint.batch_execute(&format!("SET LOCAL ROLE NONE; SET LOCAL ROLE {}", identifier(role)))?;
        for (seen, (policy, query)) in std::iter::zip(&mut all, &conditions) {
            if seen.lacks().is_none() || !proof.facts.applies(policy, role) {
                continue;
            }
            let mut one = savepoint.transaction()?;
            if let Ok(row) = one.query_one(query, &[]) {
                seen.was_true |= row.get::<_, Option<bool>>(0) == Some(true);
                seen.was_false |= row.get::<_, Option<bool>>(1) == Some(true);
            }
            one.rollback()?;
        }
        savepoint.rollback()?;
    }
    Ok(all)
}

/// The rows that are tried, as a relation of the table's name and columns that anybody may read: what a condition says is asked of rows that a policy would hide, too.
fn list(transaction: &mut Transaction<'_>, proof: &Proof<'_>, id: TableId, rows: &Rows) -> Result<String, DatabaseError> {
    let table = proof.model.catalog.table(id);
    let keys: Vec<&str> = rows.there.get(&id).into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let name = qualified(&table.name);
    let query = format!(
        "SELECT coalesce(array_agg(known.*), '{{}}')::text FROM {name} AS known WHERE {} = ANY ($1::text[])",
        super::rows::key(table, "known.")
    );
    let text: String = transaction.query_one(&query, &[&keys])?.get(0);
    Ok(format!("unnest(CAST({} AS {name}[])) AS {}", literal(&text), identifier(&table.name.name)))
}
