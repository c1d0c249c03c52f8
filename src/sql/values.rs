//! Constants, the clock and the session's identity.

use super::expression::Expression;
use super::lower::{Lowering, Row};
use super::quote;
use crate::catalog::Type;
use crate::model::{Literal, Provider};

impl Lowering<'_> {
    /// The day of the transaction's start, as a type of time.
    pub(super) fn today(&self, r#type: &Type) -> Expression {
        let today = Expression::AtTimeZone(Box::new(now()), self.model.time_zone.clone()).cast("date");
        self.day_as(today, r#type)
    }

    /// The session's identity, NULL when nobody is signed in.
    pub(super) fn identity(&self, row: &Row) -> Expression {
        let value = match &self.model.identity.provider {
            Provider::Supabase => Expression::Call { function: "auth.uid".to_owned(), arguments: Vec::new() },
            Provider::Setting(name) => {
                let arguments = vec![Expression::Text(name.clone()), Expression::Boolean(true)];
                let setting = Expression::Call { function: "current_setting".to_owned(), arguments };
                // A setting is '' rather than NULL after the transaction that set it.
                let arguments = vec![setting, Expression::Text(String::new())];
                Expression::Call { function: "nullif".to_owned(), arguments }.cast(self.column_type(self.model.identity.user_key))
            }
        };
        if row.in_body { value } else { value.once() }
    }

    pub(super) fn literal(&self, literal: &Literal) -> Expression {
        match &literal.r#type {
            r#type if literal.is_day => {
                let day = Expression::Text(literal.text.clone()).cast("date");
                self.day_as(day, r#type)
            }
            Type::Boolean => Expression::Boolean(literal.text == "true"),
            Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double => {
                Expression::Number(literal.text.clone())
            }
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

fn now() -> Expression {
    Expression::Call { function: "now".to_owned(), arguments: Vec::new() }
}
