//! What nothing ties together where a reader would. Conditions on rows of another table that no reference ties to the record: they let somebody who has one such
//! row do it with every record. Two conditions that are meant of one row and may each be true of another. A role that is held anywhere beside a place that the user
//! belongs to in whatever role. In: rules. `no …` is left alone: it is how somebody is kept out altogether.

use super::{Input, Report};
use crate::catalog::TableId;
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{AboutOthers, Atom, Condition, Describe, Enough, Exists, Model, Rule, Scope, Set, Subject, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    for rule in input.rules(table) {
        let of_rule = rule.filters.iter().map(|filter| (filter, rule.span));
        let of_grants = rule.grants.iter().flat_map(|grant| grant.when.iter().map(|when| (when, grant.span)));
        let all: Vec<(&Condition, Span)> = of_rule.chain(of_grants).collect();
        for &(condition, span) in &all {
            for exists in untied(input.model, table, condition) {
                let (name, rows) = (&input.model.catalog.table(table).name, &input.model.catalog.table(exists.table).name);
                let children = rows.name.replace('_', " ");
                let found = report.diagnostic(
                    span,
                    format!("nothing ties these rows of `{rows}` to the record: who has one has them for every record"),
                );
                report.push(found.with_note(format!("`{rows}` references `{name}`")).with_help(format!(
                    "begin at the record, `any {children} where (…)`, or compare inside: `… is this record's …`"
                )));
            }
        }
        let whens = rule.grants.iter().filter_map(|grant| grant.when.as_ref());
        let found = std::iter::once(None).chain(whens.map(Some)).find_map(|when| {
            let together = || rule.filters.iter().chain(when);
            two_rows(input.model, rule, together(), report).or_else(|| held_elsewhere(input.model, rule, together(), report))
        });
        found.into_iter().for_each(|found| report.push(found));
    }
}

/// `any Shares where (User is Logged in User) and any Shares where (Level is "edit")`: a row of the user's, and a row of anybody's.
fn two_rows<'a>(
    model: &Model,
    rule: &Rule,
    conditions: impl Iterator<Item = &'a Condition>,
    report: &Report,
) -> Option<Diagnostic> {
    let mut rows: Vec<&Exists> = Vec::new();
    conditions.for_each(|condition| {
        together(condition, &mut |atom| {
            if let Atom::Exists(exists) = atom
                && !exists.negated
                && exists.enough == Enough::ONE
                && exists.climb.is_none()
            {
                rows.push(exists);
            }
        });
    });
    let (own, others): (Vec<&Exists>, Vec<&Exists>) = rows.into_iter().partition(|exists| is_of_user(model, &exists.condition));
    let (exists, other) = own.into_iter().find_map(|exists| {
        let is_beside =
            |other: &&Exists| other.table == exists.table && other.link == exists.link && !mentions_user(&other.condition);
        Some((exists, others.iter().copied().find(is_beside)?))
    })?;
    let name = &model.catalog.table(exists.table).name;
    let title = format!("these may be two rows of `{name}`: one that is the user's, and another one of which the rest is true");
    let words = Describe { model }.atom(&Atom::Exists(Box::new(other.clone())));
    let found = report.diagnostic(rule.span, title).with_note(format!("anybody's row will do for: {words}"));
    Some(
        found.with_help("say all of it of one row, inside one pair of parentheses: `any … where (User is Logged in User and …)`"),
    )
}

/// A role in any place, in a rule that asks no more of the place than that the user belongs to it.
fn held_elsewhere<'a>(
    model: &Model,
    rule: &Rule,
    conditions: impl Iterator<Item = &'a Condition>,
    report: &Report,
) -> Option<Diagnostic> {
    let anywhere = rule.roles.iter().filter(|role| role.scope == Scope::Anywhere);
    let held = anywhere.filter_map(|role| match role.subject {
        Subject::Role(id) => Some((id, model.scope_of(id)?)),
        Subject::Anyone | Subject::Authenticated => None,
    });
    let held: Vec<_> = held.collect();
    if held.is_empty() {
        return None;
    }
    let mut places: Vec<(&Value, &Set)> = Vec::new();
    conditions.for_each(|condition| {
        together(condition, &mut |atom| {
            if let Atom::Member { value: value @ Value::Record(_), set, negated: false } = atom
                && set.roles.is_none()
                && set.tail.is_none()
            {
                places.push((value, set));
            }
        });
    });
    held.into_iter().find_map(|(id, membership)| {
        let (value, _) = places.iter().find(|(_, set)| set.membership == membership)?;
        let (role, within) = (&model.role(id).name, &model.membership(membership).name);
        let title = format!("who is `{role}` in any `{within}` has this in every other one that they belong to");
        let place = Describe { model }.value(value);
        let found = report.diagnostic(rule.span, title).with_note(format!("what the user is in {place} itself is not asked"));
        Some(found.with_help(format!("if who is `{role}` there is meant, write `for {role} of {place}`")))
    })
}

/// The statements of a condition that all have to be true.
fn together<'a>(condition: &'a Condition, visit: &mut impl FnMut(&'a Atom)) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| together(part, visit)),
        Condition::Atom(atom) => visit(atom),
        Condition::Any(_) | Condition::Not(_) => {}
    }
}

/// Whether a row is the user's, and nothing else is said of it.
fn is_of_user(model: &Model, condition: &Condition) -> bool {
    let mut count = 0;
    let mut is_own = true;
    together(condition, &mut |atom| {
        count += 1;
        is_own &= matches!(atom, Atom::Compare { left: Value::Record(path), right, .. } if path.hops.is_empty() && model.is_user(right));
    });
    count == 1 && is_own
}

fn mentions_user(condition: &Condition) -> bool {
    let mut found = false;
    condition.for_each_atom(&mut |atom| {
        found |= !atom.sets().is_empty()
            || atom.values().into_iter().any(Value::mentions_user)
            || matches!(atom, Atom::Can(_) | Atom::Sql { .. });
    });
    found
}

/// The statements about rows that have no link to the record, say nothing of it, and are of a table that references the record's.
fn untied<'a>(model: &Model, table: TableId, condition: &'a Condition) -> Vec<&'a Exists> {
    let mut found = Vec::new();
    condition.for_each_own_atom(&mut |atom| {
        if let Atom::Exists(exists) = atom
            && exists.link.is_none()
            && exists.climb.is_none()
            && !exists.negated
            && exists.table != table
            && exists.paths().is_empty()
            && exists.values().is_empty()
            && references(model, exists.table, table)
        {
            found.push(&**exists);
        }
    });
    found
}

fn references(model: &Model, from: TableId, to: TableId) -> bool {
    let columns = &model.catalog.table(from).columns;
    columns.iter().any(|column| column.references.is_some_and(|referenced| referenced.table == to))
}
