//! What may be changed and removed of what can be read: PostgreSQL asks for both, and so does the evaluator. In: an access. Out: the same, with what may be read in the grants that need it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::grants::usable;
use super::{Access, Atom, Predicate, RoleAccess, TableAccess};
use crate::catalog::TableId;
use crate::model::Operation;

impl Access {
    /// With what may be read as a part of what may be changed and removed. Fields are not looked at: whoever can read one of them reads the record.
    #[must_use]
    pub fn with_reading(&self) -> Access {
        let of_table = |(&id, table): (&TableId, &Arc<TableAccess>)| {
            let sessions = table.sessions.iter().map(|(session, roles)| (session.clone(), with_reading(id, roles)));
            (id, Arc::new(TableAccess { sessions: sessions.collect(), boundaries: table.boundaries.clone() }))
        };
        Access { tables: self.tables.iter().map(of_table).collect(), look_ups: self.look_ups.clone() }
    }
}

fn with_reading(table: TableId, roles: &[RoleAccess]) -> Vec<RoleAccess> {
    let readable = Predicate::any(usable(roles, Operation::Read).into_iter().map(|grant| grant.before));
    // Who changes a record counts the others of its table, and who reads it counts it, too.
    if looks_at(table, &readable) {
        return roles.to_vec();
    }
    let of_role = |role: &RoleAccess| {
        let operations = role.operations.iter().map(|(&operation, grants)| match operation.needs_read() {
            true => (operation, grants.iter().map(|grant| grant.held(&readable)).collect()),
            false => (operation, grants.clone()),
        });
        RoleAccess { operations: Arc::new(operations.collect::<BTreeMap<_, _>>()), ..role.clone() }
    };
    roles.iter().map(of_role).collect()
}

/// Whether rows of a table are looked at, however deep.
fn looks_at(table: TableId, predicate: &Predicate) -> bool {
    let mut found = false;
    predicate.for_each_atom(&mut |atom| {
        if let Atom::Exists(exists) = atom {
            found |= exists.table == table || looks_at(table, &exists.predicate);
        }
    });
    found
}
