//! Constants, the clock and the session's identity.

use super::expression::Expression;
use super::lower::{Lowering, Row};
use super::quote;
use crate::catalog::Type;
use crate::model::{Claim, ClaimsSource, Duration, Literal, Provider};

impl Lowering<'_> {
    /// The day of the transaction's start, as a type of time.
    pub(super) fn today(&self, r#type: &Type) -> Expression {
        let today = Expression::AtTimeZone(Box::new(now()), self.model.time_zone.clone()).cast("date");
        self.day_as(today, r#type)
    }

    /// A moment so long before or after the transaction's start. Parts of a day are the same at every time of the year; days and more are
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

    /// The session's identity, NULL when nobody is signed in.
    pub(super) fn identity(&self, row: &Row) -> Expression {
        let key_type = self.column_type(self.model.identity.user_key);
        let value = match &self.model.identity.provider {
            Provider::Supabase => Expression::call("auth.uid", Vec::new()),
            Provider::Neon => non_empty(Expression::call("auth.user_id", Vec::new())).cast(key_type),
            Provider::Function(name) => Expression::call(&quote::qualified(name), Vec::new()).cast(key_type),
            // The role that logged in: nothing that runs in between, such as a lookup function, changes it.
            Provider::DatabaseUser => Expression::Word("session_user").cast(key_type),
            Provider::Setting(name) => setting(name).cast(key_type),
            Provider::Postgrest(claim) => non_empty(self.claim_text(claim)).cast(key_type),
        };
        if row.in_body { value } else { value.once() }
    }

    /// A claim as a value of a type, NULL where the token does not have it.
    pub(super) fn claim(&self, claim: &Claim, r#type: &Type, row: &Row) -> Expression {
        let value = match r#type {
            Type::Jsonb => self.claim_of(claim, "->", "#>"),
            Type::Text => self.claim_text(claim),
            other => self.claim_text(claim).cast(quote::r#type(other)),
        };
        if row.in_body { value } else { value.once() }
    }

    fn claim_text(&self, claim: &Claim) -> Expression {
        self.claim_of(claim, "->>", "#>>")
    }

    fn claim_of(&self, Claim(steps): &Claim, by_name: &str, by_path: &str) -> Expression {
        let claims = match &self.model.identity.claims {
            Some(ClaimsSource::Setting(name)) => setting(name).cast("jsonb"),
            Some(ClaimsSource::Function(name)) => Expression::call(&quote::qualified(name), Vec::new()),
            None => Expression::Word("NULL").cast("jsonb"),
        };
        match steps.as_slice() {
            [only] => Expression::binary(claims, by_name, Expression::Text(only.clone())),
            steps => {
                let quoted = steps.iter().map(|step| format!("\"{}\"", step.replace('\\', "\\\\").replace('"', "\\\"")));
                let path = format!("{{{}}}", quoted.collect::<Vec<_>>().join(","));
                Expression::binary(claims, by_path, Expression::Text(path).cast("text[]"))
            }
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

/// A setting of the session. It is '' rather than NULL after the transaction that set it.
fn setting(name: &str) -> Expression {
    non_empty(Expression::call("current_setting", vec![Expression::Text(name.to_owned()), Expression::Boolean(true)]))
}

fn non_empty(text: Expression) -> Expression {
    Expression::call("nullif", vec![text, Expression::Text(String::new())])
}

fn now() -> Expression {
    Expression::Call { function: "now".to_owned(), arguments: Vec::new() }
}
