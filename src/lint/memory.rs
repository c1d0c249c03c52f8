//! What lints found before, table by table, for whoever looks at a project again after a change. It is so again while the table's rules, access and
//! encoding are the same; its access is new wherever a boundary changes, or a rule of another table that it asks about.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Found, Input};
use crate::access::TableAccess;
use crate::catalog::TableId;
use crate::encode::TableEncoding;
use crate::model::Rule;

/// What was found before.
#[derive(Debug, Default)]
pub struct Memory {
    tables: BTreeMap<TableId, (Read, Found)>,
}

/// What is read of one table, by identity. What is kept here is not freed, so its place is not taken by another.
#[derive(Debug)]
pub(super) struct Read {
    rules: Option<Arc<[Rule]>>,
    access: Option<Arc<TableAccess>>,
    encoding: Option<Arc<TableEncoding>>,
}

impl Read {
    /// Of each table.
    pub(super) fn all(input: &Input<'_>) -> Vec<(TableId, Read)> {
        let (rules, access, encoding) = (&input.model.tables, &input.access.tables, &input.encoding.tables);
        let tables: BTreeSet<TableId> = rules.keys().chain(access.keys()).chain(encoding.keys()).copied().collect();
        let read = |table: &TableId| Read {
            rules: rules.get(table).cloned(),
            access: access.get(table).cloned(),
            encoding: encoding.get(table).cloned(),
        };
        tables.into_iter().map(|table| (table, read(&table))).collect()
    }

    fn is_same(&self, other: &Read) -> bool {
        is_same(&self.rules, &other.rules) && is_same(&self.access, &other.access) && is_same(&self.encoding, &other.encoding)
    }
}

fn is_same<T: ?Sized>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

impl Memory {
    /// What was found in a table, if it is still so.
    pub(super) fn get(&self, table: TableId, read: &Read) -> Option<Found> {
        let (known, found) = self.tables.get(&table)?;
        known.is_same(read).then(|| found.clone())
    }

    /// Remembers this and nothing else; gives all that was found.
    pub(super) fn keep(&mut self, all: impl Iterator<Item = ((TableId, Read), Found)>) -> Found {
        self.tables = all.map(|((table, read), found)| (table, (read, found))).collect();
        self.tables.values().flat_map(|(_, found)| found.iter().cloned()).collect()
    }
}
