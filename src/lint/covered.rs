//! Rules and grants that add nothing. A rule: what it grants, another rule of the same role grants, or one of a role that whoever holds it holds, and its filter takes nothing
//! away. A grant: another one of its rule contains it. Where rules of the role narrow each other, that is told instead.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::{Input, Report, alternatives, said};
use crate::access::decide::implies;
use crate::access::{self, Predicate, RoleAccess, TableAccess, role_uses};
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{Condition, Grant, GrantId, Model, Operation, RoleUse, Rule};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let (model, rules) = (input.model, input.rules(table));
    rules.iter().for_each(|rule| within(model, rule, report));
    if rules.len() < 2 {
        return;
    }
    let narrowed = LazyCell::new(|| alternatives::narrowed(model, rules));
    let uses = role_uses(rules);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    // From the last, so that of two that say the same the second is told.
    for rule in rules.iter().rev().filter(|rule| !rule.grants.is_empty() && rule.look_up.is_none()) {
        let others = |role: &RoleUse| -> Vec<&Rule> {
            let of_role = uses.get(role).into_iter().flatten().map(|(_, other)| *other);
            of_role.filter(|other| other.name != rule.name && !told.contains(other.name.as_str())).collect()
        };
        let by_role = rule.roles.iter().map(|role| covering(model, rule, &others(role)).filter(|_| !narrowed.contains(role)));
        let Some(covering) = by_role.collect::<Option<Vec<&Rule>>>() else { continue };
        let Some(first) = covering.first() else { continue };
        let title = format!("\"{}\" adds nothing to what \"{}\" grants", rule.name, first.name);
        let found = report.diagnostic(rule.span, title).with_label("without this rule, the same may be done");
        report.push(
            found
                .with_secondary(first.span, "this grants it already")
                .with_help("delete it; or, if it was meant to limit the other, write its condition there"),
        );
        told.insert(&rule.name);
    }
    let sessions = LazyCell::new(|| input.access.tables.get(&table).map_or_else(Vec::new, |access| held(access)));
    let numbered: Vec<(u32, &Rule)> = (0u32..).zip(rules).collect();
    for &(index, rule) in numbered.iter().rev() {
        let is_meant = !rule.grants.is_empty() && rule.look_up.is_none() && !told.contains(rule.name.as_str());
        let is_alone = |role: &RoleUse| uses.get(role).is_some_and(|of_role| of_role.len() == 1);
        let takes_nothing = rule.filters.is_empty() || rule.roles.iter().all(is_alone);
        if !is_meant || !takes_nothing || rule.roles.iter().any(|role| narrowed.contains(role)) {
            continue;
        }
        let is_counted = |id: GrantId| id.rule != index && !told.contains(model.rule(id).name.as_str());
        let Some(wide) = by_other_roles(&sessions, index, is_counted) else { continue };
        let other = model.rule(wide);
        let title = format!("\"{}\" adds nothing to what \"{}\" grants", rule.name, other.name);
        let found = report.diagnostic(rule.span, title).with_label("without this rule, the same may be done");
        report.push(
            found
                .with_secondary(other.span, "this grants it already, and whoever the rule is for is among those")
                .with_help("delete it; or, if it was meant to limit them, write what limits into the other, or into a boundary"),
        );
        told.insert(&rule.name);
    }
}

/// Grants of one rule of which another one of the rule allows the same, and more: what was to limit an operation limits nothing. What stands in one list with an operation that
/// adds something is there for good measure.
fn within(model: &Model, rule: &Rule, report: &mut Report) {
    if rule.grants.len() < 2 {
        return;
    }
    let reach = said::all(model, &rule.filters);
    let is_wider = |wide: &Grant, narrow: &Grant| contains(model, &reach, wide, narrow);
    let numbered = || rule.grants.iter().enumerate();
    // Of two that allow the same, the second is told.
    let wider = |index: usize, narrow: &Grant| {
        let others = numbered().filter(|(other, wide)| *other != index && wide.operation == narrow.operation);
        let mut wider = others.filter(|(other, wide)| is_wider(wide, narrow) && (*other < index || !is_wider(narrow, wide)));
        wider.next().map(|(_, wide)| wide)
    };
    let all: Vec<Option<&Grant>> = numbered().map(|(index, narrow)| wider(index, narrow)).collect();
    let is_listed_with = |one: &Grant, other: &Grant| one.when.is_some() && one.when == other.when && one.then == other.then;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (index, narrow) in numbered() {
        let Some(wide) = all[index] else { continue };
        let is_whole = numbered().all(|(other, grant)| {
            let is_beside = is_listed_with(grant, narrow) || grant.span == narrow.span;
            !is_beside || all[other].is_some()
        });
        if !is_whole || !told.insert(narrow.span) {
            continue;
        }
        let title = format!("this adds nothing: \"{}\" lets everybody {} whom this lets", rule.name, narrow.operation.word());
        let found = report.diagnostic(narrow.span, title).with_label("without this, the same may be done");
        report.push(
            found
                .with_secondary(wide.span, "by this")
                .with_help("take it out; or, if it was meant to limit the other, write its condition or its fields there"),
        );
    }
}

/// Of the sessions of each database role, what may be done by each grant, and by whom.
fn held(access: &TableAccess) -> Vec<Vec<(Operation, access::Grant)>> {
    let of_role = |role: &'_ RoleAccess| -> Vec<(Operation, access::Grant)> {
        let all = role.operations.iter().flat_map(|(operation, grants)| grants.iter().map(move |grant| (*operation, grant)));
        all.map(|(operation, grant)| (operation, grant.held(&role.held))).filter(|(_, grant)| grant.is_possible()).collect()
    };
    access.sessions.values().map(|roles| roles.iter().flat_map(of_role).collect()).collect()
}

/// The grant of another rule that contains the first grant of a rule, where each grant of the rule is contained in one of another, in the sessions of every database role.
fn by_other_roles(
    sessions: &[Vec<(Operation, access::Grant)>],
    rule: u32,
    is_counted: impl Fn(GrantId) -> bool,
) -> Option<GrantId> {
    let mut first = None;
    for grants in sessions {
        for (operation, narrow) in grants.iter().filter(|(_, grant)| grant.id.rule == rule) {
            let follows = |wide: &access::Grant| {
                let names = |column: &u32| wide.names(*column);
                let fields = wide.fields.is_none() || narrow.fields.as_ref().is_some_and(|fields| fields.iter().all(names));
                let implies = |narrow: &Predicate, wide: &Predicate| implies(narrow, wide).is_proved();
                fields && implies(&narrow.before, &wide.before) && implies(&narrow.after, &wide.after)
            };
            let mut others = grants.iter().filter(|(other, wide)| other == operation && is_counted(wide.id));
            let (_, found) = others.find(|(_, wide)| follows(wide))?;
            first = first.or(Some(found.id));
        }
    }
    first
}

/// A rule that grants the first of all that `rule` grants, where each of it is granted by one of these.
fn covering<'a>(model: &Model, rule: &Rule, others: &[&'a Rule]) -> Option<&'a Rule> {
    let grants_some = |operation| others.iter().any(|other| other.grants.iter().any(|grant| grant.operation == operation));
    if !rule.grants.iter().all(|grant| grants_some(grant.operation)) {
        return None;
    }
    let reach = said::all(model, others.iter().flat_map(|other| &other.filters));
    if !implies(&reach, &said::all(model, &rule.filters)).is_proved() {
        return None;
    }
    let by_grant = rule
        .grants
        .iter()
        .map(|grant| others.iter().copied().find(|other| other.grants.iter().any(|wide| contains(model, &reach, wide, grant))));
    by_grant.collect::<Option<Vec<&Rule>>>()?.first().copied()
}

/// Whether what one grant allows, the other allows, too, of the records that both can be about.
fn contains(model: &Model, reach: &Predicate, wide: &Grant, narrow: &Grant) -> bool {
    let names = |fields: &[u32], all: &[u32]| fields.iter().all(|field| all.contains(field));
    let fields = match (&wide.fields, &narrow.fields) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => names(narrow, wide),
    };
    let follows = |(narrow, wide): (Option<&Condition>, Option<&Condition>)| {
        let narrow = Predicate::all([reach.clone(), said::all(model, narrow)]);
        implies(&narrow, &said::all(model, wide)).is_proved()
    };
    wide.operation == narrow.operation && fields && said::states(narrow).into_iter().zip(said::states(wide)).all(follows)
}
