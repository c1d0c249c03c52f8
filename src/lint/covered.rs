//! Rules that add nothing: what they grant, another rule of the same role grants, too, and their filter takes nothing away. Where rules of the role narrow each
//! other, that is told instead.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use super::{Input, Report, alternatives, said};
use crate::access::decide::implies;
use crate::access::{Predicate, role_uses};
use crate::catalog::TableId;
use crate::model::{Condition, Grant, Model, RoleUse, Rule};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let (model, rules) = (input.model, input.rules(table));
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
