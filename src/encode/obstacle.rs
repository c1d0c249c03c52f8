//! Whether what policies and column grants cannot say exactly can be said otherwise: by a masking view, by a trigger.

use super::Target;
use super::classes::all_columns;
use super::exact::{Exactness, judge_columns};
use crate::access::evaluate::constant_default;
use crate::access::{Grant, own_columns};
use crate::catalog::{Table, TableId};
use crate::diagnostic::Diagnostic;
use crate::model::{Model, Operation};

/// Why what policies and column grants cannot say cannot be said otherwise either.
pub(super) enum Obstacle {
    /// There are no masking views, mostly because the project has not switched them on.
    NoMasking,
    /// The table is somebody else's, who lets policies be made on it and nothing else.
    PoliciesOnly,
    /// The server has no triggers.
    NoTriggers,
    /// The value that this column has by default cannot be told from one that was supplied.
    VolatileDefault(u32, String),
    /// The database computes this column after the trigger has run.
    Generated(String),
}

impl Obstacle {
    /// The columns that it is about.
    pub(super) fn columns(&self, table: &Table) -> Vec<u32> {
        match self {
            Obstacle::VolatileDefault(column, _) => vec![*column],
            _ => all_columns(table),
        }
    }

    pub(super) fn explain(&self, diagnostic: Diagnostic) -> Diagnostic {
        match self {
            Obstacle::NoMasking => diagnostic.with_help(
                "or switch masking views on, which show of each record the fields that may be read: `masking: { schema: masked }` in rowgate.yaml",
            ),
            Obstacle::PoliciesOnly => diagnostic.with_note("on a table of others no trigger and no view could tell them apart"),
            Obstacle::NoTriggers => diagnostic.with_note("a trigger could keep them apart, and this server has none"),
            Obstacle::VolatileDefault(_, column) => diagnostic
                .with_note(format!(
                    "a trigger could keep them apart if `{column}` had no default or a constant one: it cannot tell whether the value was supplied"
                ))
                .with_help(format!("or let the default alone fill it: `create except ({column})` where a grant names it")),
            Obstacle::Generated(column) => diagnostic.with_note(format!(
                "a trigger could keep them apart if the conditions did not compare `{column}`, which is computed after it"
            )),
        }
    }
}

/// Whether a masking view can say exactly what may be read, or a trigger what may be written.
pub(super) fn enforceable(
    model: &Model,
    target: Target,
    operation: Operation,
    grants: &[Grant],
    id: TableId,
) -> Result<(), Obstacle> {
    let table = model.catalog.table(id);
    if table.takes_policies_only() {
        return Err(Obstacle::PoliciesOnly);
    }
    if operation == Operation::Read {
        return if target.masking_views { Ok(()) } else { Err(Obstacle::NoMasking) };
    }
    if !target.triggers {
        return Err(Obstacle::NoTriggers);
    }
    let name = |column: u32| table.columns[column as usize].name.clone();
    if operation == Operation::Create {
        let columns = (0u32..).zip(&table.columns);
        for (column, entry) in columns.filter(|(column, _)| grants.iter().any(|grant| grant.names(*column))) {
            let is_constant = entry.generated || constant_default(&model.catalog, entry).is_some();
            if !is_constant
                && !grants.iter().all(|grant| grant.names(column))
                && judge_columns(operation, grants, table, &[column]) != Exactness::Exact
            {
                return Err(Obstacle::VolatileDefault(column, name(column)));
            }
        }
    }
    let mut compared = Vec::new();
    grants.iter().for_each(|grant| grant.after.for_each_atom(&mut |atom| compared.extend(own_columns(table, atom))));
    match compared.into_iter().find(|&column| table.columns[column as usize].generated) {
        Some(column) => Err(Obstacle::Generated(name(column))),
        None => Ok(()),
    }
}
