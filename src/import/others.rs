//! Roles that may do something with the tables and that no rule is for, and policies that no rule is made of. In: what was read, and for whom rules are. Out: remarks, so that nobody is left out without a word.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, GrantFacts, OfPart, PolicyFacts, RoleFacts, TableFacts};
use super::ruled::{How, Ruled};
use super::settings::Settings;
use crate::catalog::QualifiedName;
use crate::model::Operation;

/// What becomes of a role.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    /// What it may as one of everybody, ends.
    Everybody,
    /// It has the rights of an owner of tables.
    Owner,
}

/// The remarks.
pub(super) fn remarks(facts: &Facts, settings: &Settings) -> Vec<String> {
    let owners: BTreeSet<&String> = facts.tables.values().map(|table| &table.owner).collect();
    let is_ruled = |role: &RoleFacts| settings.application.iter().any(|own| role.has_rights_of.contains(settings.acting(own)));
    let others = facts.roles.iter().filter(|(_, role)| !role.is_superuser && !is_ruled(role));
    // By what becomes of them and where, those to whom the same happens.
    let mut found: BTreeMap<(Fate, Vec<String>), Vec<&str>> = BTreeMap::new();
    for (name, role) in others {
        if owners.iter().any(|owner| role.has_rights_of.contains(*owner)) {
            if !owners.contains(name) && is_named(facts, name) {
                found.entry((Fate::Owner, Vec::new())).or_default().push(name);
            }
            continue;
        }
        let ends = of_everybody(facts, role);
        if role.is_login && !ends.is_empty() {
            found.entry((Fate::Everybody, ends)).or_default().push(name);
        }
    }
    found.into_iter().map(|((fate, what), who)| text(fate, &what, &who)).collect()
}

/// Policies of parts of tables: no rule is made of them, and they go with the others.
pub(super) fn of_parts(facts: &Facts) -> Vec<String> {
    let text = |one: &OfPart| {
        format!(
            "the policy {:?} is on {}, a part of {}: only who names the part goes by it. Rules are about the whole, nobody of the application may name a part, and the policy goes with the others",
            one.name, one.part, one.whole
        )
    };
    facts.of_parts.iter().map(text).collect()
}

/// Owners whom policies bind, and let do something: no rule is for them.
pub(super) fn of_bound_owners(facts: &Facts, settings: &Settings) -> Vec<String> {
    let mut found: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for (name, table) in facts.tables.iter().filter(|(_, table)| table.is_enabled && table.is_forced) {
        let is_ours = settings.application.iter().any(|role| *settings.acting(role) == table.owner);
        let is_bound = facts.roles.get(&table.owner).is_some_and(|role| !role.bypasses);
        let reaches = facts.policies_on(name).any(|policy| policy.is_permissive && facts.applies(policy, &table.owner));
        if !is_ours && is_bound && reaches {
            found.entry(&table.owner).or_default().push(name.to_string());
        }
    }
    let told = |(owner, names): (&String, Vec<String>)| {
        format!(
            "policies bind {owner}, the owner of {}, and let it do something there: no rule is for an owner, so that this ends; where code runs as the owner, say `force_row_security: false` for the table in the schema file, or let that code act as a role of its own",
            names.join(", ")
        )
    };
    found.into_iter().map(told).collect()
}

/// Why a policy of none of the application's roles is not said: it gave nobody anything, or an owner something.
pub(super) fn how_dead(facts: &Facts, policy: &PolicyFacts, otherwise: &str) -> How {
    let table = facts.tables.get(&policy.table);
    let is_owner = |role: &&String| {
        let known = facts.roles.get(*role);
        let owner = table.map(|table| &table.owner);
        known.is_some_and(|known| !known.bypasses && owner.is_some_and(|owner| known.has_rights_of.contains(owner)))
    };
    let owners: Vec<&str> = policy.roles.iter().filter(is_owner).map(String::as_str).collect();
    match table {
        Some(table) if table.is_forced && !owners.is_empty() => How::LeftOut(format!(
            "it is for {}, with the rights of the table's owner, whom policies bind, and no rule is for an owner",
            owners.join(", ")
        )),
        Some(_) if !owners.is_empty() => {
            How::Dead(format!("{} has the rights of the table's owner, whom no policy binds", owners.join(", ")))
        }
        _ => How::Dead(otherwise.to_owned()),
    }
}

fn text(fate: Fate, what: &[String], who: &[&str]) -> String {
    let (who, is_one) = (who.join(", "), who.len() == 1);
    match fate {
        Fate::Everybody => format!(
            "{who} may {} because everybody may (PUBLIC), and no rule is for {}: that ends. What is to stay needs a role under `roles` in rowgate.yaml (`database_role`), and rules for it",
            what.join(", "),
            if is_one { "this role" } else { "these roles" }
        ),
        Fate::Owner => format!(
            "no rule is for {who}, who {} the rights of an owner of tables: `force_row_security` says whether policies hold owners",
            if is_one { "has" } else { "have" }
        ),
    }
}

/// Whether a policy or a grant names it.
fn is_named(facts: &Facts, name: &String) -> bool {
    let is_granted = |table: &TableFacts| table.grants.iter().any(|grant| grant.role.as_ref() == Some(name));
    facts.policies.iter().any(|policy| policy.roles.contains(name)) || facts.tables.values().any(is_granted)
}

/// What a role does by a right that everybody has, and by no other one, where it reaches rows.
fn of_everybody(facts: &Facts, role: &RoleFacts) -> Vec<String> {
    let mut found = Vec::new();
    for (name, table) in &facts.tables {
        let words: Vec<&str> = Operation::ALL
            .into_iter()
            .filter(|operation| ends(facts, role, (name, table), *operation))
            .map(Operation::word)
            .collect();
        if !words.is_empty() {
            found.push(format!("{} {name}", words.join(", ")));
        }
    }
    found
}

fn ends(facts: &Facts, role: &RoleFacts, (name, table): (&QualifiedName, &TableFacts), operation: Operation) -> bool {
    let of_operation = || table.grants.iter().filter(|grant| grant.operation == operation);
    let is_own = |grant: &GrantFacts| grant.role.as_ref().is_some_and(|role_of| role.has_rights_of.contains(role_of));
    let is_for_all = of_operation().any(|grant| grant.role.is_none());
    let is_asked = |policy: &PolicyFacts| {
        let is_for = policy.roles.is_empty() || policy.roles.iter().any(|other| role.has_rights_of.contains(other));
        policy.is_permissive && policy.operations.contains(&operation) && is_for
    };
    let reaches = role.bypasses || !table.is_enabled || facts.policies_on(name).any(is_asked);
    is_for_all && !of_operation().any(is_own) && reaches
}

/// Refuses where rules of ours are all that is in force, and where nobody can say what is theirs.
pub(super) fn is_left_to_say(facts: &Facts) -> Result<(), String> {
    if !facts.unread.is_empty() {
        return Err(format!(
            "rules have been applied to this database, and which policies are theirs is written in the schema {}, which only who deploys reads: connect as that role",
            facts.unread.join(", ")
        ));
    }
    let is_open = |table: &TableFacts| !table.is_enabled && !table.grants.is_empty();
    if !facts.ruled.is_empty() && facts.policies.is_empty() && !facts.tables.values().any(is_open) {
        return Err(
            "all policies of this database are of rules that have been applied to it: there is nothing to import".to_owned()
        );
    }
    Ok(())
}

/// Why a table has no rules.
pub(super) fn reason(facts: &Facts, name: &QualifiedName) -> String {
    let Some(table) = facts.tables.get(name) else { return "not read by the import".to_owned() };
    if facts.ruled.contains(name) {
        return "rules that have been applied to it are not imported".to_owned();
    }
    let has_policies = facts.policies_on(name).next().is_some();
    match (table.is_enabled, has_policies) {
        (false, _) => "no application role has a right to it".to_owned(),
        (true, false) => "row-level security is on, and there is no policy".to_owned(),
        (true, true) => "no policy gives an application role anything".to_owned(),
    }
}

/// Why a table has no rules whose name, or that of a column, no policy file can write.
pub(super) fn unsaid(why: &str) -> String {
    format!("it has {why}, which a policy file cannot write: give it a `label` in the schema file")
}

/// Gives up all of a table.
pub(super) fn leave_out(ruled: &mut Ruled, why: &str) {
    (ruled.grants, ruled.limits) = (Vec::new(), Vec::new());
    ruled.outcomes.values_mut().for_each(|outcome| outcome.how = How::LeftOut(why.to_owned()));
}
