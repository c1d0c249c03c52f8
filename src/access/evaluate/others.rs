//! What is asked of other rows: how many make a condition true, and whether one may be reached. The record that a statement makes, changes or removes is
//! none of them.

use super::truth::Scope;
use super::{Datum, Evaluator, Met, Row, Truth};
use crate::catalog::{ColumnRef, TableId};
use crate::model::{AboutOthers, Enough, Exists, Operation, Value};

impl Evaluator<'_> {
    pub(super) fn exists(&self, exists: &Exists, scope: &Scope<'_>) -> Truth {
        let (linked, begin) = (self.linked(exists, scope)?, self.begin(exists, scope));
        let record = scope.record();
        let is_left_out = |row: &Row| self.is_left_out(exists.table, row, record);
        let rows = match (&linked, &exists.climb) {
            (_, Some(climb)) => self.above(climb, linked.as_ref(), begin.as_ref(), &is_left_out),
            (Some((column, key)), None) => self.find(*column, key),
            (None, None) => self.rows.all(exists.table),
        };
        let counts = |row: &&Row| {
            let inner = Scope { among_others: scope.among_others, table: exists.table, row, outer: Some(scope), former: None };
            !is_left_out(row) && self.within(&exists.condition, &inner) == Some(true)
        };
        let enough = self.enough(&exists.enough, scope)?;
        let found = rows.filter(counts).take(enough).count() == enough;
        // A number that is compared with a value is known, or not, as a value is.
        let is_sure = found && exists.enough.value().is_none();
        if !is_sure && self.model.operands_from_outside(exists).iter().any(|value| self.is_missing(value, scope)) {
            return None;
        }
        let is_of_user = exists.values().into_iter().any(Value::mentions_user) || self.model.mentions_user(&exists.condition);
        if !is_sure && is_of_user && !self.is_signed_in() { None } else { Some(found) }
    }

    /// How many rows are enough: as many as a value says, of which fewer than none are none. `None` where the value is empty.
    fn enough(&self, enough: &Enough, scope: &Scope<'_>) -> Option<usize> {
        let (number, more) = match enough {
            Enough::Rows(count) => return usize::try_from(*count).ok(),
            Enough::Value { number, more } => (self.value(number, scope)?, i64::from(*more)),
        };
        let Datum::Number(number) = number else { return None };
        let number = number.whole()?.saturating_add(more);
        Some(usize::try_from(number).unwrap_or(0))
    }

    /// Whether a value from outside is not there. What is badly formed in a list of the session could be anything.
    pub(super) fn is_missing(&self, value: &Value, scope: &Scope<'_>) -> bool {
        match self.value(value, scope) {
            None | Some(Datum::Null) => true,
            Some(Datum::Array(items)) => matches!(value, Value::Claim(..)) && items.iter().any(Datum::is_null),
            Some(_) => false,
        }
    }

    /// Whether a row is the record that a statement makes, changes or removes.
    fn is_left_out(&self, table: TableId, row: &Row, record: &Scope<'_>) -> bool {
        let own = record.among_others && record.table == table && self.is_same(table, record.row, row);
        own || self.changed.is_some_and(|(of, changed)| of == table && self.is_same(table, changed, row))
    }

    /// Whether a record with this key may be reached.
    pub(super) fn reaches_key(&self, target: ColumnRef, key: &Datum, operation: Operation, record: &Scope<'_>) -> bool {
        let changed = self.changed.or_else(|| record.among_others.then_some((record.table, record.row)));
        let of_others = Evaluator { met: Met::default(), changed, ..*self };
        let mut parents = self.find(target, key).filter(|parent| !self.is_left_out(target.table, parent, record));
        let found = parents.any(|parent| of_others.reaches(target.table, operation, parent));
        self.met.also(&of_others.met);
        found
    }

    /// Whether two rows of a table have one primary key.
    fn is_same(&self, table: TableId, row: &Row, other: &Row) -> bool {
        let key = &self.model.catalog.table(table).primary_key;
        let value = |row: &Row, column: &u32| row.get(*column as usize).cloned();
        let is_equal = |column| matches!((value(row, column), value(other, column)), (Some(one), Some(two)) if one.equals(&two) == Some(true));
        !key.is_empty() && key.iter().all(is_equal)
    }
}
