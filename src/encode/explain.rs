//! What is said of grants that cannot be told apart.

use super::classes::{column_classes, is_stable};
use super::exact::Exactness;
use super::mixture::Mixture;
use crate::access::{Atom, Grant};
use crate::catalog::{Table, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Model, Operation};

/// Why grants cannot be told apart, as far as these columns go, or what was too much to decide whether they can.
pub(super) fn explain(
    model: &Model,
    judged: Exactness,
    operation: Operation,
    grants: &[Grant],
    id: TableId,
    columns: &[u32],
) -> Option<Diagnostic> {
    let table = model.catalog.table(id);
    if let Some(comparing) = grants.iter().find(|grant| grant.after.speaks_of_former()) {
        return Some(explain_former(model, comparing, table));
    }
    let classes = column_classes(operation, grants, columns);
    let is_stable = |atom: &Atom| is_stable(atom, grants, table);
    let found = match judged {
        Exactness::Inexact => Mixture::new(operation, grants, &classes, &is_stable).first(),
        Exactness::Exact | Exactness::Undecided => None,
    };
    let Some((first, second, class)) = found else { return explain_undecided(model, operation, grants, table) };
    let (column, granting) = &classes[class];
    let column = (granting.len() < grants.len()).then_some(*column);
    Some(explain_gap(
        operation,
        &Gap { first: model.grant(grants[first].id).span, second: model.grant(grants[second].id).span, column },
        table,
    ))
}

/// Policies see one record, as it was or as it will be.
fn explain_former(model: &Model, grant: &Grant, table: &Table) -> Diagnostic {
    let title = format!("what `{}` had before an update cannot be compared with what it has then", table.name);
    let code = if table.takes_policies_only() { Code::BeyondPolicies } else { Code::TransitionNotExact };
    Diagnostic::new(code, model.grant(grant.id).span, title)
        .with_note("policies see one record, as it was or as it will be; a trigger sees both")
        .with_help("say what the record may be: behind `when` before the update, behind `then` after it")
}

/// A combination of grants that PostgreSQL would admit and the rules do not.
struct Gap {
    first: Span,
    second: Span,
    /// The column, when it is about a column.
    column: Option<u32>,
}

fn explain_undecided(model: &Model, operation: Operation, grants: &[Grant], table: &Table) -> Option<Diagnostic> {
    // The longest has most of the cases.
    let length = |grant: &&Grant| {
        let mut length = 0;
        for predicate in [&grant.before, &grant.after] {
            predicate.for_each_atom(&mut |_| length += 1);
        }
        length
    };
    let longest = grants.iter().max_by_key(length)?;
    let word = operation.word();
    let title = format!("whether policies can keep the grants to {word} `{}` apart could not be decided", table.name);
    let diagnostic = Diagnostic::new(Code::ExactnessUndecided, model.grant(longest.id).span, title)
        .with_label("the longest of these grants")
        .with_note("its conditions combine too many alternatives; the rules may well be exact")
        .with_help("write these grants as one, or give them the same fields and conditions with fewer alternatives");
    Some(diagnostic)
}

fn explain_gap(operation: Operation, gap: &Gap, table: &Table) -> Diagnostic {
    let column = gap.column.map(|column| table.columns[column as usize].name.as_str());
    let same = gap.first == gap.second;

    match (operation, column) {
        (Operation::Read, Some(column)) => {
            let title = format!("`{column}` would be readable in records where this grant does not name it");
            Diagnostic::new(Code::ReadFieldsNotExact, gap.first, title)
                .with_label("reads records without that field")
                .with_note("PostgreSQL grants columns for all records or for none")
                .with_help("give these grants the same fields, or keep the field in a table of its own")
        }
        (_, Some(column)) => {
            let title = format!("`{column}` could be written in records where this grant does not name it");
            let diagnostic = Diagnostic::new(Code::WriteFieldsNotExact, gap.first, title)
                .with_label("writes records without that field")
                .with_note("PostgreSQL grants columns for all records or for none")
                .with_help("give these grants the same fields, or grant them to different database roles");
            if same { diagnostic } else { diagnostic.with_secondary(gap.second, "and the new record may come from this grant") }
        }
        (_, None) => {
            let title = "an update could start in the records of one grant and end in those of another";
            let diagnostic = Diagnostic::new(Code::TransitionNotExact, gap.second, title)
                .with_label("the record after the update may match this grant")
                .with_note("PostgreSQL checks the old and the new record separately, so a holder of both roles could move a record across")
                .with_help("take the columns that these conditions compare out of both grants: `allow update except (…)`")
                .with_help("or make one grant contain the other");
            if same { diagnostic } else { diagnostic.with_secondary(gap.first, "the record before it matches this one") }
        }
    }
}
