//! What was encoded before, table by table, for whoever encodes a project again after a change. It is so again while the table's access is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::TableEncoding;
use crate::access::{Access, TableAccess};
use crate::catalog::TableId;
use crate::diagnostic::Diagnostic;

/// What was encoded before.
#[derive(Debug, Default)]
pub struct Memory {
    tables: BTreeMap<TableId, (Arc<TableAccess>, Encoded)>,
}

/// One table, and what was said of it.
#[derive(Debug, Clone)]
pub(super) struct Encoded {
    pub(super) table: Arc<TableEncoding>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Memory {
    /// What is known of a table, if it is still so.
    pub(super) fn get(&self, table: TableId, access: &Arc<TableAccess>) -> Option<Encoded> {
        let (known, encoded) = self.tables.get(&table)?;
        Arc::ptr_eq(known, access).then(|| encoded.clone())
    }

    /// Remembers this and nothing else.
    pub(super) fn keep(&mut self, access: &Access, all: &BTreeMap<TableId, Encoded>) {
        let tables = access.tables.iter().filter_map(|(table, access)| Some((*table, (access.clone(), all.get(table)?.clone()))));
        self.tables = tables.collect();
    }
}
