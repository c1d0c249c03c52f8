//! Boundaries that hold on no table, and those that bind nobody because they except everybody who is granted anything there.

use super::{Input, Report};
use crate::access::decide::implies;
use crate::access::{Atom, Predicate};
use crate::catalog::TableId;
use crate::model::{Boundary, Subject};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    for boundary in &input.model.boundaries {
        let name = &boundary.name;
        if boundary.tables.is_empty() {
            let found = report.diagnostic(boundary.span, format!("the boundary \"{name}\" holds on no table"));
            report.push(found.with_help("correct the column behind `every table with`, or delete the boundary"));
        } else if excepts_all(input, boundary) {
            let found = report.diagnostic(boundary.span, format!("the boundary \"{name}\" binds nobody"));
            report.push(
                found
                    .with_label("it excepts whoever is signed in, and nobody else may do anything there")
                    .with_help("except those alone who are meant: `except Boss`; or delete the boundary"),
            );
        }
    }
}

/// Whether a boundary excepts whoever is signed in, and rules grant nobody else anything that it limits.
fn excepts_all(input: &Input<'_>, boundary: &Boundary) -> bool {
    let mut clauses = boundary.tables.values().flatten();
    clauses.all(|clause| clause.except.iter().any(|role| role.subject == Subject::Authenticated))
        && boundary.tables.keys().any(|table| !input.rules(*table).is_empty())
        && boundary.tables.keys().all(|&table| is_for_signed_in(input, boundary, table))
}

fn is_for_signed_in(input: &Input<'_>, boundary: &Boundary, table: TableId) -> bool {
    let signed_in = Predicate::from(Atom::SignedIn);
    let roles = input.access.tables.get(&table).into_iter().flat_map(|access| access.sessions.values().flatten());
    let mut limited = roles.filter(|role| role.operations.keys().any(|&operation| boundary.limits(operation)));
    limited.all(|role| implies(&role.held, &signed_in).is_proved())
}
