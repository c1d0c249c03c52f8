//! Actions that write tables on which there is a boundary: an action is held to its own `where` alone. In: actions and boundaries. Out: each such pair, at the
//! action.

use super::{Input, Report};
use crate::model::{Action, Boundary, Operation};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for action in &input.model.actions {
        for boundary in input.model.boundaries.iter().filter(|boundary| writes_within(action, boundary)) {
            let title = format!("`{}` is not held to the boundary \"{}\"", action.name, boundary.name);
            let found = report.diagnostic(action.span, title).with_secondary(boundary.span, "which is on what it writes");
            let note = "an action asks its own `where` and nothing else";
            report.push(
                found.with_note(note).with_help("say in the action's `where` what the boundary asks, then allow the message"),
            );
        }
    }
}

fn writes_within(action: &Action, boundary: &Boundary) -> bool {
    let is_on = |table, operation| boundary.tables.contains_key(table) && boundary.limits(operation);
    is_on(&action.table, Operation::Update) || action.create.iter().any(|creation| is_on(&creation.table, Operation::Create))
}
