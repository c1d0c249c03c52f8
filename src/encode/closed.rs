//! Fields that who creates records may not give, by the column lists. In: what may be done with a table. Out: [`ClosedFields`], for which a trigger asks
//! whether they have what the table itself puts there: PostgreSQL asks for no right to what the default of a view's column fills in, and everybody may make
//! a temporary view.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::Permissions;
use crate::catalog::{QualifiedName, Supply, Table, TableId};
use crate::model::{Model, Operation};

/// Fields that the same database roles may write in an operation, by how it is told that nobody wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFields {
    /// Create or update.
    pub operation: Operation,
    /// They have the value that the table puts there, or had before.
    pub compared: Vec<u32>,
    /// Of these, those with a default, where statements may name every column: they write nothing where they mean it.
    pub defaulted: Vec<u32>,
    /// They have another value each time, which is made again.
    pub renewed: Vec<u32>,
    /// It is not told: their values come from functions that nothing is known of.
    pub untold: Vec<u32>,
    /// Who may write them, ordered; everybody else may not.
    pub open_to: BTreeSet<String>,
}

/// What a trigger does for closed fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It puts the default where nothing is written.
    Fill,
    /// It refuses other values.
    Compare,
    /// It makes values again.
    Renew,
}

impl ClosedFields {
    /// What triggers are made for, and the fields of each.
    pub fn triggered(&self) -> impl Iterator<Item = (Closing, &[u32])> {
        let all = [
            (Closing::Fill, self.defaulted.as_slice()),
            (Closing::Compare, self.compared.as_slice()),
            (Closing::Renew, self.renewed.as_slice()),
        ];
        all.into_iter().filter(|(_, columns)| !columns.is_empty())
    }
}

/// The closed fields of a table. In an update they matter where statements may name every column; else column lists close them.
pub(super) fn closed_fields(model: &Model, id: TableId, permissions: &BTreeMap<String, Permissions>) -> Vec<ClosedFields> {
    let mut all = of_operation(model, id, Operation::Create, permissions);
    if model.takes_whole_rows(id) {
        all.extend(of_operation(model, id, Operation::Update, permissions));
    }
    all
}

/// Whether somebody creates records of a table by a list of columns. Elsewhere, a column that the table gets later is everybody's.
pub(super) fn lists_close(table: &Table, permissions: &BTreeMap<String, Permissions>) -> bool {
    let mut creating = permissions.values().filter_map(|granted| granted.get(&Operation::Create));
    creating.any(|permission| permission.written_columns(Operation::Create, table).is_some())
}

/// What the database computes, and what it sets because rules say so, nobody writes.
fn of_operation(
    model: &Model,
    id: TableId,
    operation: Operation,
    permissions: &BTreeMap<String, Permissions>,
) -> Vec<ClosedFields> {
    let table = model.catalog.table(id);
    let presets = model.presets(id, operation);
    let lists: Vec<(&String, Option<Vec<u32>>)> = permissions
        .iter()
        .filter_map(|(role, granted)| Some((role, granted.get(&operation)?.written_columns(operation, table))))
        .collect();
    let mut all: Vec<ClosedFields> = Vec::new();
    for (column, entry) in (0u32..).zip(&table.columns) {
        let may_give = |list: &Option<Vec<u32>>| list.as_ref().is_none_or(|columns| columns.contains(&column));
        let open_to: BTreeSet<String> =
            lists.iter().filter(|(_, list)| may_give(list)).map(|(role, _)| (*role).clone()).collect();
        if entry.generated || presets.contains_key(&column) || open_to.len() == lists.len() {
            continue;
        }
        let index = all.iter().position(|known| known.open_to == open_to).unwrap_or_else(|| {
            let (compared, defaulted, renewed, untold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            all.push(ClosedFields { operation, compared, defaulted, renewed, untold, open_to });
            all.len() - 1
        });
        match table.supply(entry) {
            _ if operation == Operation::Update => all[index].compared.push(column),
            Supply::Same(Some(_)) if model.takes_whole_rows(id) => {
                all[index].defaulted.push(column);
                all[index].compared.push(column);
            }
            // Of a sequence that several columns draw from, the last number is another one's.
            Supply::Drawn(sequence) if draws(table, &sequence) > 1 => all[index].untold.push(column),
            Supply::Same(_) | Supply::Drawn(_) => all[index].compared.push(column),
            Supply::Fresh(_) => all[index].renewed.push(column),
            Supply::Unknown(_) => all[index].untold.push(column),
        }
    }
    all
}

/// How many columns draw from a sequence.
fn draws(table: &Table, sequence: &QualifiedName) -> usize {
    table.columns.iter().filter(|column| table.supply(column) == Supply::Drawn(sequence.clone())).count()
}
