//! Rows that a reference leads to become paths, and the rest becomes questions within questions, as the language has them.

use super::super::meaning::{Condition, Operator, Row, Value};
use super::Reader;
use crate::catalog::{ColumnRef, TableId};

impl Reader<'_> {
    /// Whether there are rows of which all parts are true. Where the opposite matters, the first row stays a row: of a path that leads nowhere, nothing is false.
    pub(super) fn rows(&self, mut rows: Vec<(Row, TableId)>, mut parts: Vec<Condition>, exact: bool) -> Condition {
        while let Some((index, step)) = self.step(&rows, &parts, exact) {
            let (row, _) = rows.remove(index);
            parts = self.follow(row, &step, parts);
        }
        nest(&rows, Condition::all(parts).into_conjuncts())
    }

    /// A row that is the one that a reference of another row leads to.
    fn step(&self, rows: &[(Row, TableId)], parts: &[Condition], exact: bool) -> Option<(usize, Step)> {
        if exact && rows.len() < 2 {
            return None;
        }
        let is_row = |row: Row| rows.iter().any(|(own, _)| *own == row);
        for (place, part) in parts.iter().enumerate() {
            let Condition::Compare(left, Operator::Equal, right) = part else { continue };
            for (key, reference) in [(left, right), (right, left)] {
                let (Value::Column { row, hops, column }, Value::Column { row: from, hops: before, column: through }) =
                    (key, reference)
                else {
                    continue;
                };
                let leads = hops.is_empty() && row != from && self.catalog.column(*through).references == Some(*column);
                if !leads || !self.catalog.is_unique(*column) || (exact && !is_row(*from)) {
                    continue;
                }
                let Some(index) = rows.iter().position(|(own, _)| own == row) else { continue };
                return Some((index, Step { place, key: *column, from: *from, hops: before.clone(), through: *through }));
            }
        }
        None
    }

    /// Says of a row's columns where they are reached from.
    fn follow(&self, row: Row, step: &Step, mut parts: Vec<Condition>) -> Vec<Condition> {
        parts.remove(step.place);
        let mut is_asked = false;
        for part in &mut parts {
            // A comparison with what a path leads to is unknown where it leads nowhere.
            is_asked |= matches!(&part, Condition::Compare(left, _, right) if is_of(left, row) || is_of(right, row));
            part.change(&mut |value| {
                let Value::Column { row: of, hops, column } = value else { return };
                if *of != row {
                    return;
                }
                *of = step.from;
                if hops.is_empty() && *column == step.key {
                    (*hops, *column) = (step.hops.clone(), step.through);
                    return;
                }
                let rest = std::mem::take(hops);
                *hops = step.hops.iter().copied().chain([step.through]).chain(rest).collect();
            });
        }
        let may_be_empty = !step.hops.is_empty() || self.catalog.column(step.through).nullable;
        if may_be_empty && !is_asked {
            let reference = Value::Column { row: step.from, hops: step.hops.clone(), column: step.through };
            parts.push(Condition::Empty(reference, true));
        }
        parts
    }
}

struct Step {
    /// The part that says it.
    place: usize,
    key: ColumnRef,
    from: Row,
    hops: Vec<ColumnRef>,
    through: ColumnRef,
}

fn is_of(value: &Value, row: Row) -> bool {
    matches!(value, Value::Column { row: of, .. } if *of == row)
}

/// One row around the other; each part stands at the first place where all rows that it speaks of are known.
fn nest(rows: &[(Row, TableId)], parts: Vec<Condition>) -> Condition {
    let Some((&(row, table), inner)) = rows.split_first() else { return Condition::all(parts) };
    let speaks_of_inner = |part: &Condition| inner.iter().any(|(row, _)| part.mentions(*row));
    let (further, here): (Vec<Condition>, Vec<Condition>) = parts.into_iter().partition(speaks_of_inner);
    let mut all = here;
    if !inner.is_empty() {
        all.push(nest(inner, further));
    }
    Condition::Exists { row, table, condition: Box::new(Condition::all(all)), negated: false }
}
