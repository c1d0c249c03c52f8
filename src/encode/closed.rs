//! Fields that who creates records may not give, by the column lists. In: what may be done with a table. Out: [`ClosedFields`], for which a trigger asks
//! whether they have what the table itself puts there: PostgreSQL asks for no right to what the default of a view's column fills in, and everybody may make
//! a temporary view.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::Permissions;
use crate::catalog::{Supply, TableId};
use crate::model::{Model, Operation};

/// Fields that the same database roles may give when they create, by how it is told that nobody gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClosedFields {
    /// They have the value that the table puts there.
    pub compared: Vec<u32>,
    /// They have another value each time, which is made again.
    pub renewed: Vec<u32>,
    /// It is not told: their values come from functions that nothing is known of.
    pub untold: Vec<u32>,
    /// Who may give them, ordered; everybody else may not.
    pub open_to: BTreeSet<String>,
}

impl ClosedFields {
    /// The two kinds that a trigger is made for, with a word for each.
    pub fn triggered(&self) -> impl Iterator<Item = (&'static str, &[u32])> {
        let both = [("closed", self.compared.as_slice()), ("renewed", self.renewed.as_slice())];
        both.into_iter().filter(|(_, columns)| !columns.is_empty())
    }
}

/// The closed fields of a table. What the database computes, and what it sets because rules say so, nobody gives.
pub(super) fn closed_fields(model: &Model, id: TableId, permissions: &BTreeMap<String, Permissions>) -> Vec<ClosedFields> {
    let table = model.catalog.table(id);
    let presets = model.presets(id, Operation::Create);
    let lists: Vec<(&String, Option<Vec<u32>>)> = permissions
        .iter()
        .filter_map(|(role, granted)| Some((role, granted.get(&Operation::Create)?.granted_columns(Operation::Create, table))))
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
            all.push(ClosedFields { open_to, ..ClosedFields::default() });
            all.len() - 1
        });
        match table.supply(entry) {
            Supply::Same(_) | Supply::Drawn(_) => all[index].compared.push(column),
            Supply::Fresh(_) => all[index].renewed.push(column),
            Supply::Unknown(_) => all[index].untold.push(column),
        }
    }
    all
}
