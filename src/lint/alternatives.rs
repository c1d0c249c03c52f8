//! Rules of one role that narrow each other though each grants something: two that both filter, each by something else, and both grant the same operation;
//! or one whose filter takes away what another grants. A rule without a grant of its own is there to narrow.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Report, said};
use crate::access::Predicate;
use crate::access::decide::implies;
use crate::access::role_uses;
use crate::catalog::TableId;
use crate::diagnostic::Diagnostic;
use crate::model::{Condition, Describe, Model, Operation, RoleUse, Rule};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let rules = input.rules(table);
    if rules.len() < 2 {
        return;
    }
    for (role, narrowing) in of_table(input.model, rules) {
        let found = match narrowing {
            Narrowing::Alternatives(first, second) => alternatives(input.model, report, role, first, second),
            Narrowing::TakesAway(narrow, wide) => takes_away(input.model, report, role, narrow, wide),
        };
        report.push(found);
    }
}

/// Two rules of one role.
#[derive(Clone, Copy)]
enum Narrowing<'a> {
    /// Both filter and grant the same operation.
    Alternatives(&'a Rule, &'a Rule),
    /// The filter of the first takes away what the second grants.
    TakesAway(&'a Rule, &'a Rule),
}

/// The roles of which something is told here.
pub(super) fn narrowed<'a>(model: &Model, rules: &'a [Rule]) -> BTreeSet<&'a RoleUse> {
    of_table(model, rules).into_iter().map(|(role, _)| role).collect()
}

/// Of each role the first two such rules.
fn of_table<'a>(model: &Model, rules: &'a [Rule]) -> Vec<(&'a RoleUse, Narrowing<'a>)> {
    let mut found = both_grant(rules);
    let told: BTreeSet<&RoleUse> = found.iter().map(|(role, _)| *role).collect();
    let others = role_uses(rules).into_iter().filter(|(role, of_role)| of_role.len() > 1 && !told.contains(role));
    found.extend(others.filter_map(|(role, of_role)| {
        let of_role: Vec<&Rule> = of_role.into_iter().map(|(_, rule)| rule).collect();
        Some((role, taking_away(model, &of_role)?))
    }));
    found
}

fn alternatives(model: &Model, report: &Report, role: &RoleUse, first: &Rule, second: &Rule) -> Diagnostic {
    let title = format!("{} reaches only records that match both of these rules", model.subject_name(role.subject));
    report
        .diagnostic(second.span, title)
        .with_label("and this one")
        .with_secondary(first.span, "this one")
        .with_note("rules of one role narrow each other; only different roles widen")
        .with_help("if they are alternatives, write one rule and join the conditions with `or`")
}

fn takes_away(model: &Model, report: &Report, role: &RoleUse, narrow: &Rule, wide: &Rule) -> Diagnostic {
    let (who, words) = (model.subject_name(role.subject), Describe { model }.condition(&Condition::All(narrow.filters.clone())));
    let title = format!("the `where` of \"{}\" also limits what \"{}\" grants to {who}", narrow.name, wide.name);
    report
        .diagnostic(narrow.span, title)
        .with_label("what this rule says behind `where` holds for all rules of the role")
        .with_secondary(wide.span, "so this one grants less than it says")
        .with_note("rules of one role narrow each other; only different roles widen")
        .with_help(format!("if it is about its own grants alone, write it behind them: `allow … when {words}`"))
        .with_help("if it is meant for all of them, say it in a rule of its own, without `allow`")
}

/// Rules that both filter and grant the same. As long as there are none, all rules of a role that grant an operation filter alike, so that the first of
/// them stands for all.
fn both_grant(rules: &[Rule]) -> Vec<(&RoleUse, Narrowing<'_>)> {
    let mut granting: BTreeMap<(&RoleUse, Operation), usize> = BTreeMap::new();
    let (mut found, mut told) = (Vec::new(), BTreeSet::new());
    for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| !rule.filters.is_empty()) {
        for role in &rule.roles {
            if told.contains(role) {
                continue;
            }
            let firsts = rule.grants.iter().map(|grant| *granting.entry((role, grant.operation)).or_insert(index));
            if let Some(first) = firsts.filter(|&first| rules[first].filters != rule.filters).min() {
                found.push((role, Narrowing::Alternatives(&rules[first], rule)));
                told.insert(role);
            }
        }
    }
    found
}

/// The first rule that grants something and whose filter takes away what another grants.
fn taking_away<'a>(model: &Model, rules: &[&'a Rule]) -> Option<Narrowing<'a>> {
    let (granting, narrowing): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| !rule.grants.is_empty());
    if granting.len() < 2 {
        return None;
    }
    let meant: Vec<&Condition> = narrowing.iter().flat_map(|rule| &rule.filters).collect();
    let granted: Vec<(&Rule, Vec<Predicate>)> = granting.iter().map(|&rule| (rule, granted(model, rule, &meant))).collect();
    granting.iter().filter(|rule| !rule.filters.is_empty()).find_map(|&narrow| {
        let filter = said::all(model, &narrow.filters);
        let is_limited = |rule: &Rule, granted: &[Predicate]| {
            rule.filters != narrow.filters && granted.iter().any(|granted| !implies(granted, &filter).is_proved())
        };
        let (wide, _) = granted.iter().find(|(rule, granted)| !std::ptr::eq(*rule, narrow) && is_limited(rule, granted))?;
        Some(Narrowing::TakesAway(narrow, wide))
    })
}

/// For which records a rule grants something by itself, before and after, within what rules without a grant say.
fn granted(model: &Model, rule: &Rule, meant: &[&Condition]) -> Vec<Predicate> {
    let with = |own: Option<&Condition>| {
        let own: Vec<&Condition> = own.into_iter().collect();
        said::all(model, meant.iter().copied().chain(&rule.filters).chain(own))
    };
    rule.grants.iter().flat_map(said::states).map(with).collect()
}
