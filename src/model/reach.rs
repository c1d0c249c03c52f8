//! Where steps lead: between tables, or between what may be done with them.

use std::collections::{BTreeMap, BTreeSet};

/// Whether steps lead from one place to another, or no step is needed. `edges`: where one step leads from each.
pub(crate) fn leads_to<T: Ord + Copy>(edges: &BTreeMap<T, BTreeSet<T>>, start: T, end: T) -> bool {
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
