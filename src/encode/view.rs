//! What a masking view shows: of which records, and which fields of them. In: what may be done with a table. Out: a [`MaskingView`], where column grants
//! cannot say who may read what.

use std::collections::BTreeMap;

use super::permissions::{Permission, Permissions};
use crate::access::decide::simplify;
use crate::access::{Predicate, TableAccess};
use crate::catalog::Table;
use crate::model::Operation;

/// What a view shows, for each database role that reads.
#[derive(Debug)]
pub struct MaskingView {
    /// The database roles, ordered.
    pub readers: Vec<String>,
    /// The rows that each may see something of.
    pub rows: Vec<Predicate>,
    /// The columns that some may see of some row, in the table's order.
    pub columns: Vec<ShownColumn>,
}

/// A column of a view.
#[derive(Debug)]
pub struct ShownColumn {
    /// The table's column.
    pub column: u32,
    /// The rows of which each reader may see it; `None` where that is all rows of the view.
    pub rows: Option<Vec<Predicate>>,
}

/// What a database role may read.
struct Reader<'a> {
    role: &'a str,
    permission: &'a Permission,
    bound: Predicate,
}

impl Reader<'_> {
    /// The rows of which this role may read a column; any column where none is named.
    fn rows(&self, column: Option<u32>) -> Predicate {
        let of = match (column, &self.permission.apart) {
            (Some(column), Some(grants)) => {
                Predicate::any(grants.iter().filter(|grant| grant.names(column)).map(|grant| grant.before.clone()))
            }
            (Some(column), None) if !self.names(column) => Predicate::Never,
            _ => return self.permission.using.clone(),
        };
        simplify(Predicate::All(vec![of, self.bound.clone()]))
    }

    fn names(&self, column: u32) -> bool {
        self.permission.columns.as_ref().is_none_or(|columns| columns.contains(&column))
    }
}

/// The view of a table, where some role's reading needs one.
pub(super) fn masking_view(
    table: &Table,
    access: &TableAccess,
    permissions: &BTreeMap<String, Permissions>,
) -> Option<MaskingView> {
    let reading = permissions.iter().filter_map(|(role, granted)| Some((role, granted.get(&Operation::Read)?)));
    let readers: Vec<Reader<'_>> =
        reading.map(|(role, permission)| Reader { role, permission, bound: access.bound(role, Operation::Read) }).collect();
    if readers.iter().all(|reader| reader.permission.apart.is_none()) {
        return None;
    }
    let rows: Vec<Predicate> = readers.iter().map(|reader| reader.rows(None)).collect();
    let mut columns = Vec::new();
    for (column, _) in (0u32..).zip(&table.columns) {
        let shown: Vec<Predicate> = readers.iter().map(|reader| reader.rows(Some(column))).collect();
        if shown.iter().any(|rows| *rows != Predicate::Never) {
            columns.push(ShownColumn { column, rows: (shown != rows).then_some(shown) });
        }
    }
    let readers = readers.iter().map(|reader| reader.role.to_owned()).collect();
    Some(MaskingView { readers, rows, columns })
}
