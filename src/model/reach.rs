//! Where steps between tables lead.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::TableId;

/// Whether steps lead from one table to another, or no step is needed. `edges`: where one step leads from each.
pub(crate) fn leads_to(edges: &BTreeMap<TableId, BTreeSet<TableId>>, start: TableId, end: TableId) -> bool {
    let (mut reached, mut next) = (vec![start], 0);
    while let Some(&current) = reached.get(next) {
        next += 1;
        for &to in edges.get(&current).into_iter().flatten() {
            if !reached.contains(&to) {
                reached.push(to);
            }
        }
    }
    reached.contains(&end)
}
