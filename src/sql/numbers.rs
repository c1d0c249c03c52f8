//! Numbers of rows that are compared with a value: `number of Owner's Spaces is less than Owner's Plan's Max Spaces`. In: a statement about other rows. Out: the number,
//! which a look-up counts by the record's key, compared.

use super::expression::Expression;
use super::lower::{Lowering, is_signed_in};
use super::row_context::RowContext;
use super::sought_rows::SoughtRows;
use crate::access::Exists;
use crate::catalog::Type;
use crate::model::{Climb, Comparison, Enough, Value};

impl Lowering<'_> {
    /// Whether there are as many rows as a value says, or not as many. The number is known where all is there that it depends on.
    pub(super) fn number(&mut self, exists: &Exists, at: &SoughtRows<'_>, row: &RowContext) -> Option<Expression> {
        let Enough::Value { number, more } = &exists.enough else { return None };
        let mut parts = if exists.of_user { vec![is_signed_in()] } else { Vec::new() };
        parts.extend(exists.operands.iter().flat_map(|value| self.is_there(value, row)));
        let found = match &exists.link {
            None => self.any_row(at, exists.table, exists.anew.is_some(), row),
            Some(link) => {
                let key = self.value(&Value::Record(link.path.clone()), row);
                let may_be_empty = !link.path.hops.is_empty() || self.model.catalog.column(link.path.column).nullable;
                if may_be_empty && !exists.climb.as_ref().is_some_and(Climb::may_lead_nowhere) {
                    parts.push(key.clone().null_test(true));
                }
                self.has_row(at, link.column, key, row)
            }
        };
        let operator = match (exists.negated, more) {
            (false, false) => Comparison::AtLeast,
            (false, true) => Comparison::Greater,
            (true, false) => Comparison::Less,
            (true, true) => Comparison::AtMost,
        };
        let wanted = self.value(number, row);
        parts.push(self.compared(&Type::BigInt, found, operator, wanted));
        Some(Expression::And(parts))
    }
}
