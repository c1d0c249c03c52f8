//! What policies and column grants can say exactly. PostgreSQL combines the USING of all policies, their WITH CHECK, and the column
//! grants separately: it admits an update when some grant's `before` matches the old row, some grant's `after` the new one, and
//! the columns are among all those granted. The rules ask for one grant that allows the whole step. This module proves
//! that nothing lies between the two, or says where it does.
//!
//! The proof is by clauses: for each way to match one grant's `before` and another's `after`, some single grant must allow the
//! same step. Statements about columns that nobody may update are true of the new row when they are of the old one, and
//! the other way around; statements about the user alone are true of both.

use super::evaluate::constant_default;
use super::predicate::{Clause, clause_implies, contradicts, join};
use super::{Arm, Predicate, Step};
use crate::catalog::{Table, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::{Atom, Model, Operation};

/// A grant together with who holds its role.
pub(super) struct Pair {
    pub(super) before: Predicate,
    pub(super) after: Predicate,
    pub(super) fields: Option<Vec<u32>>,
    pub(super) span: Span,
}

impl Pair {
    /// `before` and `after` as the session sees them: without delegations.
    pub(super) fn new(held: &Predicate, arm: &Arm, before: Predicate, after: Option<Predicate>) -> Pair {
        let before = Predicate::all([held.clone(), before]);
        let after = after.map_or_else(|| before.clone(), |after| Predicate::all([held.clone(), after]));
        Pair { before, after, fields: arm.fields.clone(), span: arm.span }
    }

    pub(super) fn step(&self) -> Step {
        Step { before: self.before.clone(), after: self.after.clone(), fields: self.fields.clone() }
    }

    pub(super) fn names(&self, column: u32) -> bool {
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

/// Why what policies and column grants cannot say cannot be said otherwise either.
pub(super) enum Obstacle {
    /// The project has not switched masking on.
    NoMasking,
    /// The value that this column has by default cannot be told from one that was supplied.
    VolatileDefault(String),
    /// The database computes this column after the trigger has run.
    Generated(String),
}

impl Obstacle {
    pub(super) fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self {
            Obstacle::NoMasking => diagnostic.with_help(
                "or switch masking views on, which show of each record the fields that may be read: `masking: { schema: masked }` in rowgate.yaml",
            ),
            Obstacle::VolatileDefault(column) => diagnostic.with_note(format!(
                "a trigger could keep them apart if `{column}` had no default or a constant one: it cannot tell whether the value was supplied"
            )),
            Obstacle::Generated(column) => diagnostic.with_note(format!(
                "a trigger could keep them apart if the conditions did not compare `{column}`, which is computed after it"
            )),
        }
    }
}

/// Whether a masking view can say exactly what may be read, or a trigger what may be written.
pub(super) fn enforceable(model: &Model, operation: Operation, pairs: &[Pair], id: TableId) -> Result<(), Obstacle> {
    let table = model.catalog.table(id);
    if operation == Operation::Read {
        return if model.masking.is_some() { Ok(()) } else { Err(Obstacle::NoMasking) };
    }
    let name = |column: u32| table.columns[column as usize].name.clone();
    if operation == Operation::Create {
        let columns = (0u32..).zip(&table.columns);
        for (column, entry) in columns.filter(|(column, _)| pairs.iter().any(|pair| pair.names(*column))) {
            let is_constant = entry.generated || constant_default(&model.catalog, entry).is_some();
            if !is_constant
                && !pairs.iter().all(|pair| pair.names(column))
                && gap_in(operation, pairs, table, &[column]).is_some()
            {
                return Err(Obstacle::VolatileDefault(name(column)));
            }
        }
    }
    let mut compared = Vec::new();
    pairs.iter().for_each(|pair| pair.after.for_each_atom(&mut |atom| compared.extend(own_columns(atom))));
    match compared.into_iter().find(|&column| table.columns[column as usize].generated) {
        Some(column) => Err(Obstacle::Generated(name(column))),
        None => Ok(()),
    }
}

/// The columns of the record itself that a statement reads: what it compares, and the keys at which its paths begin.
pub(crate) fn own_columns(atom: &Atom) -> Vec<u32> {
    atom.record_paths().into_iter().map(|path| path.hops.first().map_or(path.column, |hop| hop.foreign_key).column).collect()
}

fn find_gap(operation: Operation, pairs: &[Pair], table: &Table) -> Option<Gap> {
    let columns: Vec<u32> = (0u32..).zip(&table.columns).map(|(column, _)| column).collect();
    gap_in(operation, pairs, table, &columns)
}

/// The first combination that lies between the grants, as far as it is about these columns.
fn gap_in(operation: Operation, pairs: &[Pair], table: &Table, columns: &[u32]) -> Option<Gap> {
    let classes = column_classes(operation, pairs, columns);
    let is_update = operation == Operation::Update;
    // One way to be allowed, and no column that only some grants name: there is nothing to mix up.
    if (pairs.len() == 1 || !is_update) && classes.iter().all(|(_, granting)| granting.len() == pairs.len()) {
        return None;
    }
    let is_stable = |atom: &Atom| {
        if atom.is_opaque() {
            return false;
        }
        own_columns(atom).into_iter().all(|column| {
            let is_computed = table.columns[column as usize].generated;
            !is_computed && !pairs.iter().any(|pair| pair.names(column))
        })
    };
    let stable = |clause: &Clause| clause.iter().filter(|atom| is_stable(atom)).cloned().collect::<Clause>();
    let multiplied: Vec<_> = pairs.iter().map(|pair| (pair.before.clauses(), pair.after.clauses())).collect();
    for (first, (before, _)) in pairs.iter().zip(&multiplied) {
        for (second, (_, after)) in pairs.iter().zip(&multiplied) {
            if !is_update && !std::ptr::eq(first, second) {
                continue;
            }
            let gap = |column| Some(Gap { first: first.span, second: second.span, column });
            let (Some(before), Some(after)) = (before, after) else { return gap(None) };
            for old in before {
                for new in after {
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
fn column_classes(operation: Operation, pairs: &[Pair], columns: &[u32]) -> Vec<(u32, Vec<usize>)> {
    let mut classes: Vec<(u32, Vec<usize>)> = Vec::new();
    if operation == Operation::Delete {
        return vec![(0, (0..pairs.len()).collect())];
    }
    for &column in columns {
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
