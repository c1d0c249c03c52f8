//! Raw SQL that reads its own table, or one whose raw SQL leads back: PostgreSQL asks the policies of a table that a policy reads, and stops with an error.
//! What the language says of other rows is asked by look-ups, which no policy of the application holds for.

use std::collections::{BTreeMap, BTreeSet};

use super::{Input, Report};
use crate::catalog::{QualifiedName, TableId};
use crate::diagnostic::Span;
use crate::model::{Atom, Condition, Model, leads_to, tables_read};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    let model = input.model;
    let found = readings(model);
    let mut edges: BTreeMap<TableId, BTreeSet<TableId>> = BTreeMap::new();
    for &(table, _, read) in &found {
        edges.entry(table).or_default().insert(read);
    }
    let mut told = BTreeSet::new();
    for (table, span, read) in found.into_iter().filter(|(table, _, read)| leads_to(&edges, *read, *table)) {
        if !told.insert(span) {
            continue;
        }
        let name = &model.catalog.table(table).name;
        let title = match read == table {
            true => format!("the SQL here reads `{name}`, whose policy it is part of"),
            false => format!("the SQL here reads `{}`, whose own SQL leads back to `{name}`", model.catalog.table(read).name),
        };
        let found = report.diagnostic(span, title).with_note("PostgreSQL fails: infinite recursion detected in policy");
        report.push(found.with_help(
            "say it in the language, which asks other rows by look-ups: `any record of … where (…)`, `fewer than 3 …`",
        ));
    }
}

/// The tables that raw SQL of a table's own policies reads, and the rule or boundary that it stands in.
fn readings(model: &Model) -> Vec<(TableId, Span, TableId)> {
    let mut found = Vec::new();
    for (&table, rules) in &model.tables {
        for rule in rules.iter() {
            rule.conditions().for_each(|condition| collect(model, condition, &mut |read| found.push((table, rule.span, read))));
        }
    }
    for boundary in &model.boundaries {
        for (&table, clauses) in &boundary.tables {
            let span = boundary.span;
            clauses.iter().for_each(|clause| collect(model, &clause.condition, &mut |read| found.push((table, span, read))));
        }
    }
    found
}

fn collect(model: &Model, condition: &Condition, found: &mut impl FnMut(TableId)) {
    condition.for_each_own_atom(&mut |atom| {
        let Atom::Sql { text, .. } = atom else { return };
        for (schema, name) in tables_read(text) {
            let name = QualifiedName::new(schema.as_deref().unwrap_or("public"), name.as_str());
            if let Some(read) = model.catalog.by_name(&name) {
                found(read);
            }
        }
    });
}
