//! The project's tables as the login finds them.

use std::collections::BTreeSet;

use super::facts::{Facts, FoundTable, TableFacts};
use super::{Finding, Severity};
use crate::catalog::{QualifiedName, TableId};
use crate::model::Model;
use crate::objects::quote::{identifier, qualified};

pub(super) fn examine(model: &Model, facts: &Facts, never: &BTreeSet<TableId>) -> Vec<Finding> {
    let mut found: Vec<Finding> = facts.tables.iter().flat_map(|table| of_table(model, facts, table)).collect();
    found.extend(nobody(model, facts, never));
    found
}

fn of_table(model: &Model, facts: &Facts, table: &TableFacts) -> Vec<Finding> {
    let name = &model.catalog.table(table.table).name;
    let Some(there) = &table.found else {
        let says = format!("there is no table `{name}`");
        let means = "the schema file says that there is one: what the rules say of it is not in force";
        return vec![
            Finding::new("table-missing", Severity::Failure, says, means).mended_by("rowgate pull, or create the table"),
        ];
    };
    let mut found = Vec::new();
    found.extend(row_security(name, there, model.forces_row_security(table.table)));
    found.extend(unbound(facts, name, &there.unbound));
    found.extend(table.by_name.as_ref().filter(|other| is_another(model, name, other)).map(|other| {
        let says = format!("`{}` means `{other}` to this login, by its search_path, and not `{name}`", name.name);
        let means = "queries without a schema ask another table, which no rule may be about";
        let mends = format!("ALTER ROLE {} SET search_path = …, with `{}` first", identifier(&facts.login.name), name.schema);
        Finding::new("search-path", Severity::Danger, says, means).mended_by(mends)
    }));
    found
}

/// Whether policies are asked, of the owner too. The statement is that of the last step, so that it is said once.
fn row_security(name: &QualifiedName, there: &FoundTable, binds_owner: bool) -> Option<Finding> {
    let (says, means) = if !there.is_enabled {
        (format!("row-level security is off on `{name}`"), "who may use the table sees and changes all of its rows")
    } else if !there.is_forced && binds_owner {
        (
            format!("row-level security does not bind the owner of `{name}`"),
            "functions and views that run as the owner see every row",
        )
    } else {
        return None;
    };
    let table = qualified(name);
    let force = if binds_owner { format!("; ALTER TABLE {table} FORCE ROW LEVEL SECURITY") } else { String::new() };
    let mends = format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY{force}");
    Some(Finding::new("row-security-off", Severity::Danger, says, means).mended_by(mends))
}

/// Rights of the login, whichever roles it has them by, that no policy is asked for. What heirs of the application's roles hold, the last step tells.
fn unbound(facts: &Facts, name: &QualifiedName, rights: &[String]) -> Option<Finding> {
    let acts = facts.roles.iter().any(|role| role.is_inherited || role.is_settable);
    let is_outside = facts.login.is_superuser
        || facts.login.bypasses
        || facts.tables.iter().any(|table| table.found.as_ref().is_some_and(|found| found.owner == facts.login.name));
    if rights.is_empty() || is_outside || (acts && facts.in_force.is_ok()) {
        return None;
    }
    let (login, rights) = (&facts.login.name, rights.join(", "));
    let says = format!("`{login}` holds {rights} on `{name}`");
    let means = "no policy is asked for these: TRUNCATE empties the table, TRIGGER runs code on its rows, REFERENCES tells which keys there are";
    let mends = format!("REVOKE {rights} ON {} FROM {}", qualified(name), identifier(login));
    Some(Finding::new("grant-beyond-policies", Severity::Danger, says, means).mended_by(mends))
}

/// A masking view of a table has its name, and so may another table of the project.
fn is_another(model: &Model, table: &QualifiedName, by_name: &QualifiedName) -> bool {
    let is_view = model.masking.as_ref().is_some_and(|masking| masking.schema == by_name.schema);
    by_name != table && !is_view && !model.catalog.tables().any(|(_, known)| known.name == *by_name)
}

/// What is seen by a session that nobody is signed in to.
fn nobody(model: &Model, facts: &Facts, never: &BTreeSet<TableId>) -> Vec<Finding> {
    let Ok(seen) = &facts.seen_by_nobody else { return Vec::new() };
    let means = "the rules show nothing of it to who is not signed in";
    let found = seen.iter().filter(|table| never.contains(table)).map(|&table| {
        let says = format!("rows of `{}` are seen with nobody signed in", model.catalog.table(table).name);
        let mends = "apply what `rowgate build` prints, and look at what its last step names";
        Finding::new("nobody-sees", Severity::Danger, says, means).mended_by(mends)
    });
    found.collect()
}
