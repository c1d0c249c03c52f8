//! What somebody should know of a database whose policies become rules, beside the rules. In: what was read, and the project that was made. Out: remarks.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::settings::Settings;
use crate::catalog::{Catalog, QualifiedName};
use crate::project::Compiled;

/// Tables whose owner policies do not bind so far, where the rules will.
pub(super) fn of_owners(facts: &Facts, compiled: &Compiled) -> Vec<String> {
    let Some(meaning) = &compiled.meaning else { return Vec::new() };
    let model = &meaning.model;
    let is_forced = |name: &QualifiedName| model.catalog.by_name(name).is_some_and(|id| model.forces_row_security(id));
    let free = facts.tables.iter().filter(|(name, table)| table.is_enabled && !table.is_forced && is_forced(name));
    let names: Vec<String> = free.map(|(name, _)| name.to_string()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let told = format!(
        "policies do not bind the owner of {} so far, and rules do: where code runs as the owner, say `force_row_security: false`, in rowgate.yaml or for a table",
        names.join(", ")
    );
    vec![told]
}

/// Tables whose key could be changed, and can be no more.
pub(super) fn of_keys(facts: &Facts, compiled: &Compiled) -> Vec<String> {
    let Some(meaning) = &compiled.meaning else { return Vec::new() };
    let model = &meaning.model;
    let lost = facts.tables.keys().filter(|name| model.catalog.by_name(name).is_some_and(|id| model.loses_key(id)));
    let names: Vec<String> = lost.map(ToString::to_string).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let told = format!(
        "updates of the primary key of {} end: who may change a record because of what other rows of its table are may not change its key, under which the record would count beside itself",
        names.join(", ")
    );
    vec![told]
}

/// Whether a table is another owner's, and nothing of it is for these rules to say.
pub(super) fn is_of_others(catalog: &Catalog, table: &QualifiedName) -> bool {
    catalog.by_name(table).is_some_and(|id| catalog.table(id).is_external())
}

/// What holds for the whole database.
pub(super) fn all(facts: &Facts, catalog: &Catalog, settings: &Settings) -> Vec<String> {
    let mut all = Vec::new();
    let of_others: BTreeSet<String> = facts
        .policies
        .iter()
        .filter(|policy| is_of_others(catalog, &policy.table))
        .map(|policy| policy.table.to_string())
        .collect();
    if !of_others.is_empty() {
        let names = of_others.into_iter().collect::<Vec<_>>().join(", ");
        all.push(format!(
            "the policies of {names} stay as they are: the tables belong to somebody else; where policies may be made, say `policies_only: true` in the schema file"
        ));
    }
    if !facts.ruled.is_empty() {
        let names = facts.ruled.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        all.push(format!(
            "the policies of {names} that are of rules which have been applied are left out: the record says which those are"
        ));
    }
    if let Some(owner) = &settings.stands_for {
        all.push(format!(
            "only `{owner}` works with the tables, which it owns: the rules are for a new role, `{}`, that cannot undo them",
            settings.signed_in
        ));
    }
    let bypassing: Vec<&str> =
        facts.roles.iter().filter(|(_, role)| role.bypasses && !role.is_superuser).map(|(name, _)| name.as_str()).collect();
    if !bypassing.is_empty() {
        all.push(format!("{} bypass all policies, and keep what was granted to them", bypassing.join(", ")));
    }
    all
}
