//! The rows that a statement is about: those that a link leads to, and the rows above a row. In: a statement, and the record. Out: each row once, so that a circle
//! in the data ends.

use super::truth::Scope;
use super::{Datum, Evaluator, Found, Row};
use crate::catalog::ColumnRef;
use crate::model::{Climb, Exists, Hop};

/// A column and the value that rows have there.
type Key = (ColumnRef, Datum);

impl Evaluator<'_> {
    /// The key that a statement's link leads to, where it has one; `None` where that is empty.
    pub(super) fn linked(&self, exists: &Exists, scope: &Scope<'_>) -> Option<Option<Key>> {
        let Some(link) = &exists.link else { return Some(None) };
        // Where a reference leads nowhere, no rows are above.
        if exists.climb.as_ref().is_some_and(Climb::may_lead_nowhere) {
            return Some(Some((link.column, self.end_of_reference(&link.path.hops, link.path.column, scope.row)?)));
        }
        let key = self.path(&link.path, scope.row).filter(|key| !key.is_null())?;
        Some(Some((link.column, key)))
    }

    /// What a path from a row leads to; `None` where a step before the last leads nowhere.
    fn end_of_reference(&self, hops: &[Hop], column: ColumnRef, row: &Row) -> Option<Datum> {
        let Some((Hop { foreign_key, target }, rest)) = hops.split_first() else { return self.cell(column, row) };
        let key = self.cell(*foreign_key, row)?;
        let next = self.find(*target, &key).next()?;
        self.end_of_reference(rest, column, next)
    }

    /// Where a climb begins, unless at the row that the link leads to.
    pub(super) fn begin(&self, exists: &Exists, scope: &Scope<'_>) -> Option<Key> {
        let (column, value) = exists.climb.as_ref()?.start.as_ref()?;
        Some((*column, self.value(value, scope)?))
    }

    /// The rows that are meant; over one that is left out nothing leads.
    pub(super) fn above<'s>(
        &'s self,
        climb: &Climb,
        linked: Option<&'s Key>,
        begin: Option<&'s Key>,
        is_left_out: &dyn Fn(&Row) -> bool,
    ) -> Found<'s> {
        let (begin, linked) = if climb.start.is_some() { (begin, linked) } else { (linked, None) };
        let Some((column, key)) = begin else { return Box::new(std::iter::empty()) };
        let mut found: Vec<&Row> = self.rows.with(*column, key).filter(|row| !is_left_out(row)).collect();
        let mut next = 0;
        while let Some(row) = found.get(next).copied() {
            next += 1;
            let Some(key) = row.get(climb.parent.foreign_key.column as usize) else { continue };
            for above in self.rows.with(climb.parent.target, key) {
                if !is_left_out(above) && !found.iter().any(|known| std::ptr::eq(*known, above)) {
                    found.push(above);
                }
            }
        }
        let is_it = move |row: &&Row| {
            linked.is_none_or(|(column, key)| self.cell(*column, row).and_then(|own| own.equals(key)) == Some(true))
        };
        Box::new(found.into_iter().filter(is_it))
    }
}
