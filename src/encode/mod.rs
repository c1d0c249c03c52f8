//! What a database is told of the grants: which rows a policy lets through, which columns are granted, where a trigger has to tell grants apart and where
//! a masking view has to. In: a [`Model`], what its rules grant and what the server can do. Out: an [`Encoding`], and messages about what cannot be said. It
//! knows the shape "some of these for the old row, some of those for the new one", and nothing of SQL.

mod actions;
mod back_path;
mod classes;
mod closed;
mod exact;
mod explain;
mod memory;
mod mixture;
mod obstacle;
mod permissions;
mod raw_sql;
mod steps;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use actions::told_apart;
pub use closed::{ClosedFields, Closing};
pub use memory::Memory;
pub use permissions::{Permission, Permissions, Source};
pub use steps::{Arm, FieldClass, StepTrigger};
pub use view::{MaskingView, ShownColumn};

use crate::access::{Access, Atom, TableAccess};
use crate::catalog::TableId;
use crate::diagnostic::Diagnostic;
use crate::model::{LookUp, Model, Operation};
use crate::parallel;

/// What the server can be told besides policies and column grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Views that show of each record the fields that its reader may see.
    pub masking_views: bool,
    /// Triggers that see a record as it was and as it is stored.
    pub triggers: bool,
}

impl Target {
    /// PostgreSQL, with views where the project has switched them on.
    pub fn postgresql(model: &Model) -> Target {
        Target { masking_views: model.masking.is_some(), triggers: true }
    }
}

/// What the database is told of each table that has rules, boundaries, or is closed.
#[derive(Debug, Default)]
pub struct Encoding {
    /// Ordered by the tables' names.
    pub tables: BTreeMap<TableId, Arc<TableEncoding>>,
    /// How other rows are asked for statements, where a rule says so.
    pub look_ups: BTreeMap<Atom, LookUp>,
}

/// What the database is told of one table.
#[derive(Debug, Default)]
pub struct TableEncoding {
    /// What the sessions of each database role may do; ordered by name. A role that may do nothing is missing.
    pub permissions: BTreeMap<String, Permissions>,
    /// The triggers that tell which grants allow a whole step.
    pub triggers: Vec<StepTrigger>,
    /// The fields that some database roles may not give when they create, and may not change where statements name every column.
    pub closed: Vec<ClosedFields>,
    /// Whether somebody creates records by a list of columns, in which those are not that the schema file does not know.
    pub lists_close: bool,
    /// The view that tells which fields of which records may be read.
    pub view: Option<MaskingView>,
    /// Whether this is exact only as long as no session inherits two of the database roles.
    pub keep_apart: bool,
}

impl TableEncoding {
    /// The fields that some database roles may not give when they create, or change.
    pub fn closed_to(&self, operation: Operation) -> impl Iterator<Item = &ClosedFields> {
        self.closed.iter().filter(move |fields| fields.operation == operation)
    }
}

/// Encodes what rules grant. What cannot be said exactly is an error.
pub fn encode(model: &Model, access: &Access, target: Target, diagnostics: &mut Vec<Diagnostic>) -> Encoding {
    encode_again(model, access, target, None, diagnostics)
}

/// The same after a change: what `memory` knows of is not encoded again.
pub fn encode_again(
    model: &Model,
    access: &Access,
    target: Target,
    mut memory: Option<&mut Memory>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Encoding {
    raw_sql::report(model, diagnostics);
    actions::report(model, diagnostics);
    let remembered = |table, access| memory.as_ref().and_then(|memory| memory.get(table, access));
    let known: BTreeMap<TableId, memory::Encoded> =
        access.tables.iter().filter_map(|(&table, access)| Some((table, remembered(table, access)?))).collect();
    let new: Vec<(TableId, &Arc<TableAccess>)> =
        access.tables.iter().filter(|(table, _)| !known.contains_key(table)).map(|(&table, access)| (table, access)).collect();
    let encoded = parallel::stretches(&new, parallel::MIN_TABLES, |new| {
        new.iter().map(|&(table, access)| (table, encode_table(model, target, table, access))).collect::<Vec<_>>()
    });
    let all: BTreeMap<TableId, memory::Encoded> = known.into_iter().chain(encoded.into_iter().flatten()).collect();
    memory.iter_mut().for_each(|memory| memory.keep(access, &all));
    let mut encoding = Encoding { look_ups: access.look_ups.clone(), ..Encoding::default() };
    for (table, encoded) in all {
        encoding.tables.insert(table, encoded.table);
        diagnostics.extend(encoded.diagnostics);
    }
    encoding
}

fn encode_table(model: &Model, target: Target, table: TableId, access: &TableAccess) -> memory::Encoded {
    let mut diagnostics = Vec::new();
    let encoder = permissions::Encoder { model, target, id: table, access };
    let mut permissions = encoder.permissions(&mut diagnostics);
    encoder.tell_apart_for_all(&mut permissions);
    let triggers = steps::triggers(model.catalog.table(table), access, &permissions);
    back_path::report(model, table, &triggers, &mut diagnostics);
    let view = view::masking_view(model.catalog.table(table), access, &permissions);
    let closed = if target.triggers { closed::closed_fields(model, table, &permissions) } else { Vec::new() };
    let lists_close = target.triggers && closed::lists_close(model.catalog.table(table), &permissions);
    let encoding = TableEncoding { keep_apart: encoder.keep_apart(), permissions, triggers, closed, lists_close, view };
    memory::Encoded { table: Arc::new(encoding), diagnostics }
}
