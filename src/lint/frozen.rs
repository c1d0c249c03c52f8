//! Fields that an update names and that reading pins to one value: the classic is a soft delete. In: what is granted. Out: the grants that nobody can use
//! to write anything else there.

use super::{Input, Report};
use crate::access::decide::{cases, implies};
use crate::access::{Atom, Grant, Predicate};
use crate::catalog::TableId;
use crate::encode::Permission;
use crate::model::{Comparison, Describe, Model, Operation, Value};

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    let Input { model, matrix, encoding } = *input;
    for (&table, encoded) in &encoding.tables {
        for (database_role, permissions) in &encoded.permissions {
            let (Some(read), true) = (permissions.get(&Operation::Read), permissions.contains_key(&Operation::Update)) else {
                continue;
            };
            let updating = matrix.tables.get(&table).map(|access| access.grants(database_role, Operation::Update));
            frozen(model, table, read, &updating.unwrap_or_default(), report);
        }
    }
}

fn frozen(model: &Model, table: TableId, read: &Permission, updating: &[Grant], report: &mut Report) {
    let Some(cases) = cases(&read.using) else { return };
    for atom in cases.iter().take(1).flatten() {
        let Some(column) = pinned(atom) else { continue };
        let naming = updating.iter().find(|grant| grant.fields.as_ref().is_some_and(|fields| fields.contains(&column)));
        let (Some(grant), true) = (naming, implies(&read.using, &Predicate::Atom(atom.clone())).is_proved()) else { continue };
        let name = &model.catalog.table(table).columns[column as usize].name;
        let words = Describe { model }.atom(&atom.as_written());
        let title = format!("`{name}` may be updated, and whoever does could not read the record any more");
        let found = report
            .diagnostic(model.grant(grant.id).span, title)
            .with_note(format!("records are only readable when {words}, and PostgreSQL asks that of the new record, too"))
            .with_help("let the role read what it marks, or take the field out of the grant");
        report.push(found);
    }
}

/// The record's own column that a statement allows only one value of.
fn pinned(atom: &Atom) -> Option<u32> {
    let value = match atom {
        Atom::Empty { value, negated: false } => value,
        Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(_) } => left,
        _ => return None,
    };
    value.record().filter(|path| path.hops.is_empty()).map(|path| path.column.column)
}
