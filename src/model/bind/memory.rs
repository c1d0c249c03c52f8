//! What was bound before, table by table, for whoever binds a project again after a change. It holds while the configuration, the catalog and the
//! named conditions are the same; a table's rules are known again while the texts are the same that they stand in, by the ids of these.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::circles::Edge;
use super::permissions::Permissions;
use crate::catalog::TableId;
use crate::diagnostic::{Diagnostic, FileId};
use crate::model::Rule;

/// The rules of one table, and what was noted while they were bound.
#[derive(Debug)]
pub(super) struct BoundTable {
    pub(super) rules: Arc<[Rule]>,
    /// Whether a rule is missing because of an error.
    pub(super) is_incomplete: bool,
    /// Positions of the named conditions that the rules use.
    pub(super) used_names: Vec<usize>,
    /// Those with errors, which have been told for this table.
    pub(super) broken_names: Vec<(usize, TableId)>,
    pub(super) delegation_edges: Vec<Edge>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// What was bound before.
#[derive(Debug, Default)]
pub struct Memory {
    /// The texts of all named conditions, in their order.
    names: Vec<FileId>,
    /// The permissions that something asked for: which roles they are, all of them say together.
    permissions: Permissions,
    tables: BTreeMap<TableId, (Vec<FileId>, Arc<BoundTable>)>,
}

impl Memory {
    /// What is known of a table whose blocks stand in these texts.
    pub(super) fn get(
        &self,
        (names, permissions): (&[FileId], &Permissions),
        table: TableId,
        files: &[FileId],
    ) -> Option<&Arc<BoundTable>> {
        let (known, bound) = self.tables.get(&table)?;
        (self.names == names && self.permissions == *permissions && known == files).then_some(bound)
    }

    /// Remembers this and nothing else.
    pub(super) fn keep(
        &mut self,
        (names, permissions): (Vec<FileId>, Permissions),
        tables: &[(TableId, Vec<FileId>, Arc<BoundTable>)],
    ) {
        let of = |(table, files, bound): &(TableId, Vec<FileId>, Arc<BoundTable>)| (*table, (files.clone(), bound.clone()));
        *self = Memory { names, permissions, tables: tables.iter().map(of).collect() };
    }
}
