//! Alternatives of which one is always true, so that they limit nothing: `Status is "a" or Status is not "a"` where a record always has a status. In: conditions as they are
//! written. Out: those that are true of every record, as far as statements tell by themselves. What may be unknown counts as not true.

use std::collections::BTreeSet;

use super::{Input, Report, said};
use crate::access::decide::cases;
use crate::access::{Atom, Predicate};
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{self, Condition, Describe, Model, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    for rule in input.rules(table) {
        rule.filters.iter().for_each(|filter| look(input.model, filter, rule.span, report));
        for grant in &rule.grants {
            let then = grant.then.iter().filter(|_| grant.then != grant.when);
            grant.when.iter().chain(then).for_each(|own| look(input.model, own, grant.span, report));
        }
    }
}

pub(super) fn check_boundaries(input: &Input<'_>, report: &mut Report) {
    for boundary in &input.model.boundaries {
        let clauses = boundary.tables.values().flatten();
        clauses.for_each(|clause| look(input.model, &clause.condition, boundary.span, report));
    }
}

/// Tells of what is said at a place. What several grants or tables have in common is told once.
fn look(model: &Model, condition: &Condition, span: Span, report: &mut Report) {
    let mut found = BTreeSet::new();
    collect(model, condition, &mut found);
    for (words, columns) in found {
        let title = match columns.as_slice() {
            [] => format!("this is true of every record: {words}"),
            columns => {
                let there: Vec<String> = columns.iter().map(|column| format!("{column} is not empty")).collect();
                format!("this is true of every record in which {}: {words}", there.join(" and "))
            }
        };
        if !report.found.iter().any(|told| told.title == title && told.primary.span == span) {
            let found = report.diagnostic(span, title).with_label("in what is said here");
            report.push(match columns.as_slice() {
                [] => found.with_help("correct what it compares, or leave it out: it limits nothing"),
                [column, ..] => found.with_help(format!(
                    "`is not … and is not …` leaves both out, or `is not one of (…)`; if every record that has one is meant, write `{column} is not empty`"
                )),
            });
        }
    }
}

/// What is always true, and the columns that have to be there for it, in words.
type Found = BTreeSet<(String, Vec<String>)>;

/// The alternatives in a condition, the outer ones first.
fn collect(model: &Model, condition: &Condition, found: &mut Found) {
    let mut tell = |columns: Vec<Value>| {
        let describe = Describe { model };
        let columns = columns.iter().map(|column| describe.value(column)).collect();
        found.insert((describe.condition(condition), columns));
    };
    match condition {
        Condition::Any(_) => match when_always(model, condition) {
            Some(columns) => tell(columns),
            None => collect_parts(model, condition, found),
        },
        // `not (a and b)` is `not a or not b`.
        Condition::Not(inner) if matches!(**inner, Condition::All(_)) => {
            when_always(model, condition).into_iter().for_each(&mut tell);
        }
        Condition::Atom(atom) => {
            if let model::Atom::Exists(exists) = &**atom {
                collect(model, &exists.condition, found);
            }
        }
        Condition::All(_) => collect_parts(model, condition, found),
        Condition::Not(_) => {}
    }
}

fn collect_parts(model: &Model, condition: &Condition, found: &mut Found) {
    if let Condition::All(parts) | Condition::Any(parts) = condition {
        parts.iter().for_each(|part| collect(model, part, found));
    }
}

/// So many columns that may be empty are looked at one by one.
const MOST_COLUMNS: usize = 4;

/// The columns that have to be there for a condition to be true, where nothing else has to be.
fn when_always(model: &Model, condition: &Condition) -> Option<Vec<Value>> {
    let predicate = known(model, &said::all(model, [condition]));
    let (mut columns, mut asks_for_some) = (Vec::<Value>::new(), false);
    predicate.for_each_atom(&mut |atom| {
        asks_for_some |= matches!(atom, Atom::Empty { negated: true, .. });
        for value in atom.values().into_iter().filter(|value| may_be_empty(model, value)) {
            if !columns.contains(value) {
                columns.push(value.clone());
            }
        }
    });
    if columns.len() > MOST_COLUMNS {
        return None;
    }
    let is_true = |chosen: usize| {
        let empty = |value: &Value| columns.iter().position(|column| column == value).is_some_and(|at| chosen >> at & 1 == 1);
        is_true_of_all(model, &with_empty(&predicate, &empty))
    };
    if !is_true(0) {
        return None;
    }
    if (1..1usize << columns.len()).all(is_true) {
        return Some(Vec::new());
    }
    // Who asks for what is there has thought of what is not.
    (!asks_for_some).then_some(columns)
}

fn may_be_empty(model: &Model, value: &Value) -> bool {
    value.record().is_some_and(|path| model.catalog.column(path.column).nullable)
}

/// What is certainly either true or false where the record's own columns are there; all else is as if it were not true.
fn known(model: &Model, predicate: &Predicate) -> Predicate {
    map(predicate, &|atom| {
        let is_own = |value: &Value| match value {
            Value::Record(path) => {
                path.hops.is_empty() && model.catalog.table(path.table).derivation(path.column.column).is_none()
            }
            value => matches!(value, Value::Literal(_)),
        };
        let is_known = match atom.without_case() {
            Atom::SignedIn | Atom::Nobody => true,
            Atom::Compare { .. } | Atom::OneOf { .. } | Atom::Empty { .. } | Atom::Part { .. } => {
                atom.values().into_iter().all(is_own)
            }
            _ => false,
        };
        if is_known { None } else { Some(Predicate::Never) }
    })
}

/// What is left to ask where just these values are empty.
fn with_empty(predicate: &Predicate, is_empty: &dyn Fn(&Value) -> bool) -> Predicate {
    map(predicate, &|atom| match atom {
        Atom::Empty { value, negated } => Some(if is_empty(value) == *negated { Predicate::Never } else { Predicate::Always }),
        atom => atom.values().into_iter().any(is_empty).then_some(Predicate::Never),
    })
}

/// Whether a predicate whose statements are all true or false is true of everything: that it is not contradicts itself.
fn is_true_of_all(model: &Model, predicate: &Predicate) -> bool {
    let Some(opposite) = opposite(predicate) else { return false };
    let cases = cases(&opposite);
    cases.is_some_and(|cases| cases.iter().all(|case| said::contradicts_itself(model, case)))
}

fn opposite(predicate: &Predicate) -> Option<Predicate> {
    let parts = |parts: &[Predicate]| parts.iter().map(opposite).collect::<Option<Vec<_>>>();
    Some(match predicate {
        Predicate::Never => Predicate::Always,
        Predicate::Always => Predicate::Never,
        Predicate::All(all) => Predicate::any(parts(all)?),
        Predicate::Any(any) => Predicate::all(parts(any)?),
        Predicate::Atom(atom) => Predicate::from((**atom).clone().negate()?),
    })
}

/// The predicate with other parts in the places of statements.
fn map(predicate: &Predicate, other: &dyn Fn(&Atom) -> Option<Predicate>) -> Predicate {
    match predicate {
        Predicate::All(all) => Predicate::all(all.iter().map(|part| map(part, other))),
        Predicate::Any(any) => Predicate::any(any.iter().map(|part| map(part, other))),
        Predicate::Atom(atom) => other(atom).unwrap_or_else(|| predicate.clone()),
        Predicate::Never | Predicate::Always => predicate.clone(),
    }
}
