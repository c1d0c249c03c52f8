//! What policies and column grants can say exactly. PostgreSQL combines the USING of all policies, their WITH CHECK, and the column
//! grants separately: it admits an update when some grant's `before` matches the old row, some grant's `after` the new one, and
//! the columns are among all those granted. The rules ask for one grant that allows the whole step. This module proves
//! that nothing lies between the two, or says where it does.
//!
//! The proof is by clauses: for each way to match one grant's `before` and another's `after`, some single grant must allow the
//! same step. Statements about columns that nobody may update are true of the new row when they are of the old one, and
//! the other way around; statements about the user alone are true of both.

use super::predicate::{Clause, clause_implies, contradicts, join};
use super::{Arm, Predicate};
use crate::catalog::Table;
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Operation};

/// A grant together with who holds its role.
pub(super) struct Pair {
    pub(super) before: Predicate,
    pub(super) after: Predicate,
    pub(super) fields: Option<Vec<u32>>,
    pub(super) span: Span,
}

impl Pair {
    pub(super) fn new(held: &Predicate, arm: &Arm) -> Pair {
        Pair {
            before: Predicate::all([held.clone(), arm.before.clone()]),
            after: Predicate::all([held.clone(), arm.after.clone()]),
            fields: arm.fields.clone(),
            span: arm.span,
        }
    }

    fn names(&self, column: u32) -> bool {
        self.fields.as_ref().is_none_or(|fields| fields.binary_search(&column).is_ok())
    }
}

/// A combination of grants that PostgreSQL would admit and the rules do not.
struct Gap {
    first: Span,
    second: Span,
    /// The column, when it is about a column.
    column: Option<u32>,
}

/// Checks the grants of one operation to one database role.
pub(super) fn check(operation: Operation, pairs: &[Pair], table: &Table) -> Result<(), Box<Diagnostic>> {
    match find_gap(operation, pairs, table) {
        None => Ok(()),
        Some(gap) => Err(Box::new(explain(operation, &gap, table))),
    }
}

fn find_gap(operation: Operation, pairs: &[Pair], table: &Table) -> Option<Gap> {
    let classes = column_classes(operation, pairs, table);
    let is_update = operation == Operation::Update;
    // One way to be allowed, and no column that only some grants name: there is nothing to mix up.
    if (pairs.len() == 1 || !is_update) && classes.iter().all(|(_, granting)| granting.len() == pairs.len()) {
        return None;
    }
    let is_stable = |atom: &Atom| {
        if atom.is_opaque() {
            return false;
        }
        let columns = atom.record_paths().into_iter().map(|path| path.hops.first().map_or(path.column, |hop| hop.foreign_key));
        columns.into_iter().all(|column| {
            let is_computed = table.columns[column.column as usize].generated;
            !is_computed && !pairs.iter().any(|pair| pair.names(column.column))
        })
    };
    let stable = |clause: &Clause| clause.iter().filter(|atom| is_stable(atom)).cloned().collect::<Clause>();
    for first in pairs {
        for second in pairs {
            if !is_update && !std::ptr::eq(first, second) {
                continue;
            }
            let gap = |column| Some(Gap { first: first.span, second: second.span, column });
            let (Some(before), Some(after)) = (first.before.clauses(), second.after.clauses()) else { return gap(None) };
            for old in &before {
                for new in &after {
                    // Outside of updates there is one row, which both clauses are about.
                    let (old, new) = match operation {
                        Operation::Update => (join(old, &stable(new)), join(new, &stable(old))),
                        _ => (join(old, new), join(old, new)),
                    };
                    if contradicts(&old) || contradicts(&new) {
                        continue;
                    }
                    let allows = |pair: &Pair| clause_implies(&old, &pair.before) && clause_implies(&new, &pair.after);
                    for (column, granting) in &classes {
                        if !granting.iter().any(|&index| allows(&pairs[index])) {
                            return gap((granting.len() < pairs.len()).then_some(*column));
                        }
                    }
                }
            }
        }
    }
    None
}

/// Columns that the same grants name behave alike: one column for each such class, with the positions of its grants.
fn column_classes(operation: Operation, pairs: &[Pair], table: &Table) -> Vec<(u32, Vec<usize>)> {
    let mut classes: Vec<(u32, Vec<usize>)> = Vec::new();
    if operation == Operation::Delete {
        return vec![(0, (0..pairs.len()).collect())];
    }
    for (column, _) in (0u32..).zip(&table.columns) {
        let granting: Vec<usize> = (0..pairs.len()).filter(|&index| pairs[index].names(column)).collect();
        if !granting.is_empty() && !classes.iter().any(|(_, known)| *known == granting) {
            classes.push((column, granting));
        }
    }
    classes
}

fn explain(operation: Operation, gap: &Gap, table: &Table) -> Diagnostic {
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
