//! What rules were combined to before, table by table, for whoever combines a project again after a change. A table's access is known again while its rules
//! are the same, and those of all tables whose access they ask for, and the boundaries.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::TableAccess;
use crate::catalog::TableId;
use crate::model::{Atom, Boundary, Model, Rule};

/// What was combined before.
#[derive(Debug, Default)]
pub struct Memory {
    boundaries: Vec<Boundary>,
    tables: BTreeMap<TableId, Known>,
}

/// The access to one table.
#[derive(Debug)]
struct Known {
    access: Arc<TableAccess>,
    /// Its own rules, and those of the tables whose access they ask for.
    rules: Vec<(TableId, Option<Arc<[Rule]>>)>,
}

impl Known {
    fn new(model: &Model, table: TableId, access: Arc<TableAccess>) -> Known {
        let mut tables = vec![table];
        let mut next = 0;
        while let Some(&asking) = tables.get(next) {
            next += 1;
            asked_by(model, asking, &mut |target| {
                if !tables.contains(&target) {
                    tables.push(target);
                }
            });
        }
        let rules = tables.into_iter().map(|table| (table, model.tables.get(&table).cloned())).collect();
        Known { access, rules }
    }

    fn is_of(&self, model: &Model) -> bool {
        self.rules.iter().all(|(table, rules)| match (rules, model.tables.get(table)) {
            (Some(known), Some(rules)) => Arc::ptr_eq(known, rules),
            (None, None) => true,
            _ => false,
        })
    }
}

impl Memory {
    /// What is known of a table, if it is still so.
    pub(super) fn get(&self, model: &Model, table: TableId) -> Option<Arc<TableAccess>> {
        self.tables.get(&table).filter(|known| known.is_of(model)).map(|known| known.access.clone())
    }

    /// Forgets what other boundaries were part of.
    pub(super) fn begin(&mut self, model: &Model) {
        if self.boundaries != model.boundaries {
            *self = Memory { boundaries: model.boundaries.clone(), tables: BTreeMap::new() };
        }
    }

    /// Remembers this and nothing else.
    pub(super) fn keep(&mut self, model: &Model, all: &BTreeMap<TableId, Arc<TableAccess>>) {
        let mut before = std::mem::take(&mut self.tables);
        let of = |(&table, access): (&TableId, &Arc<TableAccess>)| {
            let same = before.remove(&table).filter(|known| Arc::ptr_eq(&known.access, access));
            (table, same.unwrap_or_else(|| Known::new(model, table, access.clone())))
        };
        self.tables = all.iter().map(of).collect();
    }
}

/// Calls `visit` with each table whose access the rules or the boundaries of a table ask for.
fn asked_by(model: &Model, table: TableId, visit: &mut impl FnMut(TableId)) {
    let of_rules = model.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).flat_map(Rule::conditions);
    let of_boundaries = model.boundaries.iter().filter_map(|boundary| boundary.tables.get(&table)).flatten();
    for condition in of_rules.chain(of_boundaries.map(|clause| &clause.condition)) {
        condition.for_each_atom(&mut |atom| {
            if let Atom::Can(can) = atom {
                visit(can.target.table);
            }
        });
    }
}
