//! Constants and the clock.

use super::expression::Expression;
use super::lower::Lowering;
use super::quote;
use crate::catalog::Type;
use crate::model::{Duration, Literal};

impl Lowering<'_> {
    /// The day of the statement's start, as a type of time.
    pub(super) fn today(&self, r#type: &Type) -> Expression {
        self.day_as(self.day_of_start(), r#type)
    }

    /// The day after.
    pub(super) fn tomorrow(&self, r#type: &Type) -> Expression {
        let one = Expression::Number("1".to_owned());
        self.day_as(Expression::binary(self.day_of_start(), "+", one), r#type)
    }

    fn day_of_start(&self) -> Expression {
        Expression::AtTimeZone(Box::new(now()), self.model.time_zone.clone()).cast("date")
    }

    /// A moment so long before or after the statement's start. Parts of a day are the same at every time of the year; days and more are
    /// counted in the project's time zone, not in that of the client.
    pub(super) fn shifted(&self, duration: Duration, r#type: &Type) -> Expression {
        let plural = if duration.amount.unsigned_abs() == 1 { "" } else { "s" };
        let length = format!("{} {}{plural}", duration.amount.unsigned_abs(), duration.unit.word());
        let length = Expression::Text(length).cast("interval");
        let operator = if duration.amount < 0 { "-" } else { "+" };
        let zone = &self.model.time_zone;
        if duration.unit.is_clock() {
            let moment = Expression::binary(now(), operator, length);
            return match r#type {
                Type::TimestampTz => moment,
                _ => Expression::AtTimeZone(Box::new(moment), zone.clone()),
            };
        }
        let local = Expression::binary(Expression::AtTimeZone(Box::new(now()), zone.clone()), operator, length);
        match r#type {
            Type::Date => local.cast("date"),
            Type::Timestamp => local,
            _ => Expression::AtTimeZone(Box::new(local), zone.clone()),
        }
    }

    pub(super) fn literal(&self, literal: &Literal) -> Expression {
        match &literal.r#type {
            r#type if literal.is_day => {
                let day = Expression::Text(literal.text.clone()).cast("date");
                self.day_as(day, r#type)
            }
            Type::Boolean => Expression::Boolean(literal.text == "true"),
            Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) => Expression::Number(literal.text.clone()),
            // As a number of its own, 0.1 would equal no real, but be in a list with one.
            Type::Real | Type::Double => Expression::Text(literal.text.clone()).cast(quote::r#type(&literal.r#type)),
            Type::Text => Expression::Text(literal.text.clone()),
            other => Expression::Text(literal.text.clone()).cast(quote::r#type(other)),
        }
    }

    /// A day as a value of a type of time: its first moment in the project's time zone.
    pub(super) fn day_as(&self, day: Expression, r#type: &Type) -> Expression {
        match r#type {
            Type::Timestamp => day.cast("timestamp"),
            Type::TimestampTz => Expression::AtTimeZone(Box::new(day.cast("timestamp")), self.model.time_zone.clone()),
            _ => day,
        }
    }

    pub(super) fn now(&self, r#type: &Type) -> Expression {
        match r#type {
            Type::Timestamp => Expression::AtTimeZone(Box::new(now()), self.model.time_zone.clone()),
            _ => now(),
        }
    }
}

/// The start of the statement: that of the transaction stands still as long as a client keeps it open.
fn now() -> Expression {
    Expression::call("statement_timestamp", Vec::new())
}
