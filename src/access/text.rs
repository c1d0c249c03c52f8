//! What rules grant as a text: role × table × operation, each always, never or under a condition.

use super::decide::simplify;
use super::filled::{given, sets};
use super::{Access, Atom, Grant, Predicate};
use crate::catalog::Table;
use crate::model::{Describe, Model, Operation, Subject};

/// Renders all of it for people: a section per table, a row per role and operation. Stable to the byte.
pub fn render(model: &Model, access: &Access) -> String {
    let describe = Describe { model };
    let mut out = String::new();
    for (&id, access) in &access.tables {
        let table = model.catalog.table(id);
        out.push_str(&format!("{}\n", table.name));
        if let Some(reason) = model.closed.get(&id) {
            out.push_str(&format!("  closed: {reason}\n"));
        }
        let roles = access.roles();
        let names: Vec<String> = roles.iter().map(|role| describe.role_use(&role.role)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for (role, name) in roles.iter().zip(&names) {
            for operation in Operation::ALL {
                let lines = match role.operations.get(&operation) {
                    Some(grants) => {
                        let is_signed_in = role.role.subject != Subject::Anyone;
                        grants.iter().map(|grant| grant_text(&describe, operation, grant, table, is_signed_in)).collect()
                    }
                    None => vec!["never".to_owned()],
                };
                for (index, line) in dedup(lines).iter().enumerate() {
                    let word = if index == 0 { operation.word() } else { "or" };
                    out.push_str(&format!("  {name:width$}  {word:<6}  {line}\n"));
                }
            }
        }
        for boundary in &access.boundaries {
            let operations = boundary.named.as_ref().map_or(String::new(), |named| format!(" ({named})"));
            for (predicate, roles) in &boundary.predicates {
                let text = predicate_text(&describe, predicate);
                out.push_str(&format!("  boundary \"{}\"{operations} for {}: {text}\n", boundary.name, roles.join(", ")));
            }
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn dedup(mut lines: Vec<String>) -> Vec<String> {
    let mut seen = Vec::new();
    lines.retain(|line| {
        let is_new = !seen.contains(line);
        seen.push(line.clone());
        is_new
    });
    lines
}

/// What a grant allows, and when. `is_signed_in`: whoever holds the role is.
pub(super) fn grant_text(
    describe: &Describe<'_>,
    operation: Operation,
    grant: &Grant,
    table: &Table,
    is_signed_in: bool,
) -> String {
    let model = describe.model;
    let given = |predicate: &Predicate| {
        let left = given(model, grant.id.table, operation, predicate);
        if is_signed_in { told_signed_in(left) } else { left }
    };
    let before = if operation == Operation::Create { given(&grant.before) } else { grant.before.clone() };
    let after = given(&grant.after);
    let mut text = when_text(describe, &before);
    if operation == Operation::Update && after != before {
        text = format!("{text}, then {}", predicate_text(describe, &after));
    }
    if let Some(sets) = sets(model, grant.id.table, operation) {
        text = format!("{text}, {sets}");
    }
    if let Some(fields) = &grant.fields {
        let names: Vec<&str> = fields.iter().map(|&index| table.columns[index as usize].name.as_str()).collect();
        text = format!("({}) {text}", names.join(", "));
    }
    text
}

/// What is left to ask of who is signed in.
fn told_signed_in(predicate: Predicate) -> Predicate {
    let parts = |parts: Vec<Predicate>| parts.into_iter().map(told_signed_in).collect();
    simplify(match predicate {
        Predicate::All(all) => Predicate::All(parts(all)),
        Predicate::Any(any) => Predicate::Any(parts(any)),
        Predicate::Atom(atom) if *atom == Atom::SignedIn => Predicate::Always,
        other => other,
    })
}

fn when_text(describe: &Describe<'_>, predicate: &Predicate) -> String {
    match predicate {
        Predicate::Always => "always".to_owned(),
        Predicate::Never => "never".to_owned(),
        other => format!("when {}", predicate_text(describe, other)),
    }
}

/// A predicate in words.
fn predicate_text(describe: &Describe<'_>, predicate: &Predicate) -> String {
    match predicate {
        Predicate::Always => "always".to_owned(),
        Predicate::Never => "never".to_owned(),
        other => describe.condition(&other.to_condition()),
    }
}
