//! Fields that who creates records may not give, by the column lists. In: what may be done with a table. Out: [`ClosedFields`], for which a trigger asks
//! whether they have what the table itself puts there: PostgreSQL asks for no right to what the default of a view's column fills in, and everybody may make
//! a temporary view.

use std::collections::{BTreeMap, BTreeSet};

use super::permissions::Permissions;
use crate::catalog::TableId;
use crate::model::{Model, Operation};

/// Fields that the same database roles may give when they create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedFields {
    /// The fields.
    pub columns: Vec<u32>,
    /// Who may give them, ordered; everybody else may not.
    pub open_to: BTreeSet<String>,
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
        match all.iter_mut().find(|known| known.open_to == open_to) {
            Some(known) => known.columns.push(column),
            None => all.push(ClosedFields { columns: vec![column], open_to }),
        }
    }
    all
}
