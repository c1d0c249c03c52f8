//! The present access as lines, which can be signed and compared later. In: a report. Out: a line for each answer but `never`, each role, membership and action.

use std::collections::{BTreeMap, BTreeSet};

use super::access::{Note, Table};
use super::data::Report;
use super::reviews::Access;
use super::roles::{Membership, Role};
use super::rules::Action;
use crate::model::Operation;
use crate::objects::State;

/// The present access.
pub fn access(report: &Report, state: &State) -> Access {
    let mut lines = BTreeMap::new();
    lines.insert("identity".to_owned(), report.summary.identity.clone());
    report.tables.iter().for_each(|table| of_table(&mut lines, table));
    for Role { name, held, includes, .. } in &report.roles {
        let includes = if includes.is_empty() { String::new() } else { format!("; includes {}", includes.join(", ")) };
        lines.insert(format!("role / {name}"), format!("{held}{includes}"));
    }
    for Membership { name, table, user, within, below, condition } in &report.memberships {
        let part = |word: &str, text: &Option<String>| text.as_ref().map_or(String::new(), |text| format!("; {word} {text}"));
        let parts = [part("within", within), part("below", below), part("where", condition)].concat();
        lines.insert(format!("membership / {name}"), format!("{table}: {user}{parts}"));
    }
    for Action { name, text } in &report.actions {
        lines.insert(format!("action / {name}"), text.trim_end().to_owned());
    }
    Access { lines, sql: state.digest() }
}

fn of_table(lines: &mut BTreeMap<String, String>, table: &Table) {
    if let Some(reason) = &table.closed {
        lines.insert(format!("{} / closed", table.name), reason.clone());
    }
    for row in &table.rows {
        for (operation, cell) in std::iter::zip(Operation::ALL, &row.cells) {
            let said = said(cell.notes.iter().map(|&note| &table.notes[note]));
            for role in row.roles.iter().filter(|_| !said.is_empty()) {
                lines.insert(format!("{} / {role} / {}", table.name, operation.word()), said.join("; or "));
            }
        }
    }
    for (operation, fields) in &table.sets {
        let fields: Vec<String> = fields.iter().map(|(field, value)| format!("{field} to {value}")).collect();
        lines.insert(format!("{} / {operation} sets", table.name), fields.join(" and "));
    }
}

/// Under which conditions with which fields. Which rules say so does not matter here, so fields of several with the same condition stand together.
fn said<'a>(notes: impl Iterator<Item = &'a Note>) -> Vec<String> {
    let mut by_condition: BTreeMap<&str, Option<BTreeSet<&str>>> = BTreeMap::new();
    for note in notes {
        let fields =
            by_condition.entry(note.condition.as_deref().unwrap_or("every record")).or_insert_with(|| Some(BTreeSet::new()));
        match (&note.fields, &mut *fields) {
            (Some(more), Some(known)) => known.extend(more.iter().map(String::as_str)),
            (_, fields) => *fields = None,
        }
    }
    let one = |(condition, fields): (&str, Option<BTreeSet<&str>>)| match fields {
        Some(fields) => format!("({}) {condition}", Vec::from_iter(fields).join(", ")),
        None => condition.to_owned(),
    };
    by_condition.into_iter().map(one).collect()
}
