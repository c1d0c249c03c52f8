//! Columns that behave alike for the grants of an operation, and statements that an update cannot change.

use crate::access::{Atom, Grant, own_columns};
use crate::catalog::Table;
use crate::model::Operation;

pub(super) fn all_columns(table: &Table) -> Vec<u32> {
    (0u32..).zip(&table.columns).map(|(column, _)| column).collect()
}

/// Whether a statement is true after an update when it is before.
pub(super) fn is_stable(atom: &Atom, grants: &[Grant], table: &Table) -> bool {
    let is_written = |grant: &Grant, column: u32| grant.names(column) || grant.filled.contains(&column);
    let is_fixed =
        |column: u32| !table.columns[column as usize].generated && !grants.iter().any(|grant| is_written(grant, column));
    !atom.is_opaque() && own_columns(table, atom).into_iter().all(is_fixed)
}

/// A column for all that the same grants name, and the positions of these grants.
pub(super) type Class = (u32, Vec<usize>);

/// Columns that the same grants name behave alike: one column for each such class, with the positions of its grants.
pub(super) fn column_classes(operation: Operation, grants: &[Grant], columns: &[u32]) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    if operation == Operation::Delete {
        return vec![(0, (0..grants.len()).collect())];
    }
    for &column in columns {
        let granting: Vec<usize> = (0..grants.len()).filter(|&index| grants[index].names(column)).collect();
        if !granting.is_empty() && !classes.iter().any(|(_, known)| *known == granting) {
            classes.push((column, granting));
        }
    }
    classes
}
