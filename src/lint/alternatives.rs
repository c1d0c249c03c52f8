//! Two rules of one role that both filter, each by something else, and both grant the same operation: only records that match both pass.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Report};
use crate::model::{Operation, RoleUse, Rule};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for rules in input.model.tables.values().filter(|rules| rules.len() > 1) {
        for (role, first, second) in alternatives(rules) {
            let title = format!("{} reaches only records that match both of these rules", input.model.subject_name(role.subject));
            let found = report.diagnostic(second.span, title);
            report.push(
                found
                    .with_label("and this one")
                    .with_secondary(first.span, "this one")
                    .with_note("rules of one role narrow each other; only different roles widen")
                    .with_help("if they are alternatives, write one rule and join the conditions with `or`"),
            );
        }
    }
}

/// Of each role the first two such rules. As long as there are none, all rules of a role that grant an operation filter alike, so that the first of
/// them stands for all.
fn alternatives(rules: &[Rule]) -> Vec<(&RoleUse, &Rule, &Rule)> {
    let mut granting: BTreeMap<(&RoleUse, Operation), usize> = BTreeMap::new();
    let (mut found, mut told) = (Vec::new(), BTreeSet::new());
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.filters.is_empty()) {
        for role in &rule.roles {
            if told.contains(role) {
                continue;
            }
            let firsts = rule.grants.iter().map(|grant| *granting.entry((role, grant.operation)).or_insert(index));
            if let Some(first) = firsts.filter(|&first| rules[first].filters != rule.filters).min() {
                found.push((role, &rules[first], rule));
                told.insert(role);
            }
        }
    }
    found
}
