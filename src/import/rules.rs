//! Policies and grants of a table to grants of rules. In: what the policies say. Out: rules and boundaries, not written yet, and what became of each policy.
//!
//! Permissive policies of a role are joined by OR, as rules are; so each is a rule. PostgreSQL asks the policies for UPDATE of the record as it was and of what becomes of it apart, and a rule's
//! grant asks both at once: so where several policies let a role update, they are one grant.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Granted, PolicyFacts};
use super::meaning::Condition;
use super::others;
use super::parse;
use super::read::{Reader, Said};
use super::ruled::{GivenUp, GivenUps, Grant, How, Limit, Outcome, Parts, Ruled};
use super::say::Say;
use super::settings::Settings;
use crate::catalog::{QualifiedName, TableId};
use crate::model::Operation;
use crate::objects::quote::qualified;

/// Makes rules of policies.
pub(super) struct Rules<'a, 'b> {
    pub facts: &'a Facts,
    pub settings: &'a Settings,
    pub reader: &'b mut Reader<'a>,
    pub say: &'b mut Say<'a>,
    pub given_up: &'b GivenUps,
}

/// What a policy asks of rows that are there and of rows that are made.
struct Pair {
    using: Condition,
    check: Condition,
}

impl Rules<'_, '_> {
    /// The rules of a table.
    pub fn table(&mut self, id: TableId, name: &QualifiedName) -> Ruled {
        let mut ruled = Ruled::default();
        let Some(table) = self.facts.tables.get(name) else { return ruled };
        if !table.is_enabled {
            self.open_table(name, &mut ruled);
            return ruled;
        }
        let policies: Vec<&PolicyFacts> = self.facts.policies_on(name).collect();
        for policy in policies.iter().filter(|policy| policy.is_permissive) {
            self.permissive(id, policy, &mut ruled);
        }
        for policy in policies.iter().filter(|policy| !policy.is_permissive) {
            self.restrictive(id, policy, &mut ruled);
        }
        merge_updates(&mut ruled.grants);
        let is_empty = |grant: &Grant| [&grant.when, &grant.then].contains(&&Condition::Constant(false));
        ruled.grants.retain(|grant| !is_empty(grant));
        ruled
    }

    /// Without row-level security, grants alone decide.
    fn open_table(&self, name: &QualifiedName, ruled: &mut Ruled) {
        for operation in Operation::ALL {
            for (columns, roles) in self.granted(name, operation, |_| true) {
                let everything = || Condition::Constant(true);
                let policies = vec!["No row-level security".to_owned()];
                ruled.grants.push(Grant { policies, operation, roles, columns, when: everything(), then: everything() });
            }
        }
        if !ruled.grants.is_empty() {
            ruled.remarks.push("row-level security is off here, so whoever has a grant reaches every row".to_owned());
        }
    }

    /// The roles that have a right, by the columns that it is about.
    fn granted(
        &self,
        name: &QualifiedName,
        operation: Operation,
        is_meant: impl Fn(&str) -> bool,
    ) -> BTreeMap<Granted, Vec<String>> {
        let mut all: BTreeMap<Granted, Vec<String>> = BTreeMap::new();
        for role in &self.settings.application {
            let acting = self.settings.acting(role);
            if let Some(granted) = self.facts.granted(acting, name, operation).filter(|_| is_meant(acting)) {
                all.entry(granted).or_default().push(role.clone());
            }
        }
        all
    }

    fn permissive(&mut self, id: TableId, policy: &PolicyFacts, ruled: &mut Ruled) {
        let facts = self.facts;
        let applies = |role: &str| facts.applies(policy, role);
        let mut meant: BTreeMap<Operation, BTreeMap<Granted, Vec<String>>> = BTreeMap::new();
        for &operation in &policy.operations {
            meant.insert(operation, self.granted(&policy.table, operation, applies));
        }
        let readers: BTreeSet<String> = meant.values().flat_map(BTreeMap::values).flatten().cloned().collect();
        if readers.is_empty() {
            let why = "none of its roles is the application's and has a grant for what it is about";
            let how = others::how_dead(facts, policy, why);
            ruled.outcomes.insert(policy.name.clone(), Outcome { how, helpers: BTreeSet::new(), asks_itself: false });
            return;
        }
        let Some(pair) = self.pair(id, policy, &readers, ruled) else { return };
        for (operation, by_columns) in meant {
            for (columns, roles) in by_columns {
                let (when, then) = match operation {
                    Operation::Read | Operation::Delete => (pair.using.clone(), pair.using.clone()),
                    Operation::Create => (pair.check.clone(), pair.check.clone()),
                    Operation::Update => (pair.using.clone(), pair.check.clone()),
                };
                ruled.grants.push(Grant { policies: vec![policy.name.clone()], operation, roles, columns, when, then });
            }
        }
    }

    /// Narrows all grants: for everybody by a boundary, where the language has one for it; else in the grants themselves.
    fn restrictive(&mut self, id: TableId, policy: &PolicyFacts, ruled: &mut Ruled) {
        let applies = |role: &&String| self.facts.applies(policy, self.settings.acting(role));
        let roles: Vec<String> = self.settings.application.iter().filter(applies).cloned().collect();
        let roles = self.with_those_above(policy, roles, ruled);
        if roles.is_empty() {
            let how = How::Dead("none of its roles is the application's".to_owned());
            ruled.outcomes.insert(policy.name.clone(), Outcome { how, helpers: BTreeSet::new(), asks_itself: false });
            return;
        }
        let readers: BTreeSet<String> = roles.iter().cloned().collect();
        let Some(pair) = self.pair(id, policy, &readers, ruled) else {
            // What narrows and cannot be said denies.
            ruled.grants.retain(|grant| !policy.operations.contains(&grant.operation));
            return;
        };
        let is_for_all = roles.len() == self.settings.application.len();
        let mut by_condition: Vec<(Condition, Vec<Operation>)> = Vec::new();
        for &operation in &policy.operations {
            let condition = match operation {
                Operation::Read | Operation::Delete => &pair.using,
                Operation::Create => &pair.check,
                Operation::Update if pair.using == pair.check && is_for_all => &pair.using,
                Operation::Update => {
                    narrow(&mut ruled.grants, operation, &roles, &pair);
                    continue;
                }
            };
            if !is_for_all {
                narrow(&mut ruled.grants, operation, &roles, &pair);
            } else if let Some((_, operations)) = by_condition.iter_mut().find(|(other, _)| other == condition) {
                operations.push(operation);
            } else {
                by_condition.push((condition.clone(), vec![operation]));
            }
        }
        let policy = &policy.name;
        ruled.limits.extend(
            by_condition
                .into_iter()
                .filter(|(condition, _)| *condition != Condition::Constant(true))
                .map(|(condition, operations)| Limit { policy: policy.clone(), operations, condition }),
        );
    }

    /// Who has another role's rights has its rows by that one's rules. So these are narrowed as well: what a role must not see, it must not see that way either.
    fn with_those_above(&self, policy: &PolicyFacts, roles: Vec<String>, ruled: &mut Ruled) -> Vec<String> {
        let rights = |role: &String| self.facts.roles.get(self.settings.acting(role)).map(|facts| &facts.has_rights_of);
        let has = |role: &String, other: &str| rights(role).is_some_and(|rights| rights.contains(self.settings.acting(other)));
        let is_above = |role: &&String| !roles.contains(role) && roles.iter().any(|narrowed| has(narrowed, role));
        let above: Vec<String> = self.settings.application.iter().filter(is_above).cloned().collect();
        if !above.is_empty() {
            let (above, name) = (above.join(", "), &policy.name);
            ruled.remarks.push(format!("{name:?} narrows {above} too: {} has what it has", roles.join(", ")));
        }
        roles.into_iter().chain(above).collect()
    }

    /// Both expressions of a policy, said as far as they can be; `None` where they cannot be said at all.
    fn pair(&mut self, id: TableId, policy: &PolicyFacts, readers: &BTreeSet<String>, ruled: &mut Ruled) -> Option<Pair> {
        let given_up = self.given_up.get(&(policy.table.clone(), policy.name.clone())).cloned();
        self.reader.readers = readers.iter().map(|role| self.settings.acting(role).to_owned()).collect();
        let mut made = Parts { equality: policy.equality, ..Parts::default() };
        let mut one = |rules: &mut Self, text: &Option<String>| match (text, &given_up) {
            (_, Some(GivenUp::Out(why))) => Err(format!("`rowgate check` refuses it: {why}")),
            (Some(text), Some(GivenUp::Sql(why))) => rules.said(id, text, Some(why), &mut made).map(Some),
            (Some(text), None) => rules.said(id, text, None, &mut made).map(Some),
            (None, _) => Ok(None),
        };
        let (using, check) = (one(self, &policy.using), one(self, &policy.check));
        let Parts { mut raw, helpers, .. } = made;
        let found = match (using, check) {
            (Ok(using), Ok(check)) => {
                let using = using.unwrap_or(Condition::Constant(true));
                let check = check.unwrap_or_else(|| using.clone());
                Ok(Pair { using, check })
            }
            (Err(why), _) | (_, Err(why)) => Err(why),
        };
        let how = match &found {
            Err(why) => How::LeftOut(why.clone()),
            Ok(_) if raw.is_empty() => How::Said,
            Ok(_) => {
                raw.dedup();
                How::Sql(raw)
            }
        };
        let asks_itself = matches!(&how, How::Sql(parts) if parts.iter().any(|(text, _)| reads(text, &policy.table)))
            || found.as_ref().is_ok_and(|pair| [&pair.using, &pair.check].iter().any(|part| part.asks_for(id, false)));
        ruled.outcomes.insert(policy.name.clone(), Outcome { how, helpers, asks_itself });
        found.ok()
    }

    /// One expression: each part in the language, or as SQL.
    fn said(&mut self, id: TableId, text: &str, refused: Option<&String>, made: &mut Parts) -> Result<Condition, String> {
        let whole = |why: String, made: &mut Parts| Ok(Condition::Sql(made.sql(text, why)?));
        if let Some(why) = refused {
            return whole(format!("`rowgate check` refuses it in the language: {why}"), made);
        }
        match parse::top(text) {
            Ok(top) => {
                let said = self.reader.policy(id, &top, made.equality.is_of_built_in);
                self.settle(id, said, made)
            }
            Err(why) => whole(why, made),
        }
    }

    fn settle(&mut self, id: TableId, said: Said, made: &mut Parts) -> Result<Condition, String> {
        let mut all = |rules: &mut Self, parts: Vec<Said>| -> Result<Vec<Condition>, String> {
            parts.into_iter().map(|part| rules.settle(id, part, made)).collect()
        };
        match said {
            Said::All(parts) => Ok(Condition::all(all(self, parts)?)),
            Said::Any(parts) => Ok(Condition::any(all(self, parts)?)),
            Said::Not(inner) => Ok(self.settle(id, *inner, made)?.opposite()),
            Said::Leaf(read, text, helpers) => {
                let why = match read {
                    Ok(Condition::Constant(value)) => {
                        made.helpers.extend(helpers);
                        return Ok(Condition::Constant(value));
                    }
                    // Where the record itself does not count, there may be none without it.
                    Ok(condition) if condition.asks_for(id, true) => {
                        "the record itself would not count among the rows of its table, of which there must be none".to_owned()
                    }
                    Ok(condition) => match self.say.condition(id, &condition) {
                        Ok(_) => {
                            made.helpers.extend(helpers);
                            return Ok(condition);
                        }
                        Err(why) => why,
                    },
                    Err(why) => why,
                };
                Ok(Condition::Sql(made.sql(&text, why)?))
            }
        }
    }
}

/// Whether SQL reads a table: it names it with its schema there, and nowhere else.
fn reads(text: &str, table: &QualifiedName) -> bool {
    let name = qualified(table);
    let is_end = |rest: &str| rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && !"_$".contains(next));
    text.match_indices(&name).any(|(at, _)| is_end(&text[at + name.len()..]))
}

/// Puts a restrictive policy into the grants of some roles.
fn narrow(grants: &mut Vec<Grant>, operation: Operation, roles: &[String], pair: &Pair) {
    let mut all = Vec::new();
    for grant in grants.drain(..) {
        if grant.operation != operation {
            all.push(grant);
            continue;
        }
        let (inside, outside): (Vec<String>, Vec<String>) = grant.roles.iter().cloned().partition(|role| roles.contains(role));
        if !outside.is_empty() {
            all.push(Grant { roles: outside, ..grant.clone() });
        }
        if !inside.is_empty() {
            let (when, then) = match operation {
                Operation::Create => (&pair.check, &pair.check),
                Operation::Update => (&pair.using, &pair.check),
                _ => (&pair.using, &pair.using),
            };
            let when = Condition::all([grant.when.clone(), when.clone()]);
            let then = Condition::all([grant.then.clone(), then.clone()]);
            all.push(Grant { roles: inside, when, then, ..grant });
        }
    }
    *grants = all;
}

/// Several grants to update that the same roles have become one: where it may begin and where it may end are asked apart.
fn merge_updates(grants: &mut Vec<Grant>) {
    let mut merged: Vec<Grant> = Vec::new();
    for grant in std::mem::take(grants) {
        let same = |other: &&mut Grant| {
            [grant.operation, other.operation] == [Operation::Update; 2]
                && grant.roles == other.roles
                && grant.columns == other.columns
        };
        match merged.iter_mut().find(same) {
            Some(other) => {
                other.when = Condition::any([other.when.clone(), grant.when]);
                other.then = Condition::any([other.then.clone(), grant.then]);
                other.policies.extend(grant.policies);
            }
            None => merged.push(grant),
        }
    }
    *grants = merged;
}
