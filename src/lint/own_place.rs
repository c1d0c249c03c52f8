//! Quotas that read as if they held for a subtree: `number of records of orders where (Team or its Parent at any level is this record's Team) is less than 5`. They count what is beneath the
//! record's own team, and a record that is made beneath a team below counts there alone. In: what creates and updates ask. Out: such counts.

use super::{Input, Report};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Span;
use crate::model::{Atom, Comparison, Condition, Describe, Enough, Exists, Operation, Path, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    for rule in input.rules(table) {
        let writing = |operation| matches!(operation, Operation::Create | Operation::Update);
        let grants = rule.grants.iter().filter(|grant| writing(grant.operation));
        let mut told: Vec<Span> = Vec::new();
        for grant in grants {
            let filters = rule.filters.iter().map(|condition| (condition, rule.span));
            let own = grant.when.iter().chain(&grant.then).map(|condition| (condition, grant.span));
            for (condition, span) in filters.chain(own) {
                let Some((exists, (place, parent))) = limited(table, condition).filter(|_| !told.contains(&span)) else {
                    continue;
                };
                told.push(span);
                let describe = Describe { model: input.model };
                let above = describe.path(&Path { table: parent.table, hops: Vec::new(), column: parent });
                let (path, name) = (describe.path(place), &input.model.catalog.table(table).name);
                let title = format!("this counts what is beneath the record's own {path}, and limits nothing above it");
                let found = report.diagnostic(span, title).with_note(format!(
                    "it says: {}; what is made further down counts above, too, and is not asked there",
                    describe.atom(&Atom::Exists(Box::new(exists.clone())))
                ));
                let many = match exists.enough {
                    Enough::ONE => format!("any record of {name}"),
                    Enough::Rows(number) => format!("at least {number} records of {name}"),
                    Enough::Value { .. } => format!("at least … records of {name}"),
                };
                let way = format!("{path} or its {above} at any level");
                report.push(found.with_help(format!(
                    "for a limit on each that the record is beneath, write `no {way} as Above where ({many} where ({way} is Above))`"
                )));
            }
        }
    }
}

/// A limit on how many rows of the table there are beneath where the record itself is, and the path that says where, with the reference upward.
fn limited(table: TableId, condition: &Condition) -> Option<(&Exists, (&Path, ColumnRef))> {
    let mut found = None;
    condition.for_each_own_atom(&mut |atom| {
        if let Atom::Exists(exists) = atom
            && exists.negated
            && exists.table == table
        {
            found = found.or_else(|| Some((&**exists, place(&exists.condition)?)));
        }
    });
    found
}

/// The record's own path that rows above each counted row are compared with.
fn place(condition: &Condition) -> Option<(&Path, ColumnRef)> {
    let mut found = None;
    condition.for_each_own_atom(&mut |atom| {
        let Atom::Exists(above) = atom else { return };
        let Some(climb) = above.climb.as_ref().filter(|_| !above.negated) else { return };
        above.condition.for_each_own_atom(&mut |atom| {
            let Atom::Compare { left, operator: Comparison::Equal, right } = atom else { return };
            found = found.or_else(|| {
                [left, right].into_iter().find_map(|value| match value {
                    Value::Outer(outer) if outer.up == 2 => Some((&outer.path, climb.parent.foreign_key)),
                    _ => None,
                })
            });
        });
    });
    found
}
