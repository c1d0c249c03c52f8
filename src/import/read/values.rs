//! Single values: columns, constants, moments.

use super::super::meaning::Value;
use super::super::tree::{Sql, is_text_type};
use super::{Reader, Scope, Why, is_built_in, listed};
use crate::catalog::{Family, Type};

impl Reader<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, sql: &Sql, scope: &Scope<'_>) -> Result<Value, Why> {
        if let Some(session) = self.session(sql)? {
            return Ok(Value::Session(session));
        }
        match sql {
            Sql::Name(parts) => self.named(parts, scope),
            Sql::Parameter(number) => self.positioned(*number, scope),
            Sql::Text(text) => Ok(Value::Text(text.clone())),
            Sql::Number(number) => Ok(Value::Number(number.clone())),
            Sql::Boolean(value) => Ok(Value::Boolean(*value)),
            Sql::Null => Ok(Value::Null),
            Sql::Cast(inner, name) => {
                let inner = self.value(inner, scope)?;
                self.cast(inner, name)
            }
            Sql::Query(query) => self.value_of_query(query, scope),
            Sql::Array(items) => {
                let items: Result<Vec<Value>, Why> = items.iter().map(|item| self.value(item, scope)).collect();
                Ok(Value::List(items?))
            }
            Sql::Binary(left, operator, right) if operator == "+" || operator == "-" => {
                let moment = self.value(left, scope)?;
                shifted(&moment, operator, right).ok_or_else(|| "arithmetic".to_owned())
            }
            Sql::Call(name, arguments) => self.called_value(name, arguments, scope),
            Sql::Other(what) => Err(format!("{what} is not said by the language")),
            _ => Err("a value of a kind that the language does not have".to_owned()),
        }
    }

    /// A cast that changes nothing of what a comparison means.
    pub(super) fn cast(&self, value: Value, name: &str) -> Result<Value, Why> {
        match &value {
            Value::Null => return Ok(value),
            // What is read of the session has the type that it is compared with.
            Value::Session(_) if is_read_as(name) => return Ok(value),
            Value::Text(text) => return self.constant(text, name),
            Value::Number(number) if is_number_type(name) && (!is_whole(name) || number.parse::<i64>().is_ok()) => {
                return Ok(value);
            }
            Value::Boolean(_) if name == "boolean" => return Ok(value),
            Value::Moment(..) if ["timestamp with time zone", "timestamptz"].contains(&name) => return Ok(value),
            Value::AsText(_) if is_text_type(name) => return Ok(value),
            Value::List(items) => {
                let element = name.trim_end_matches("[]");
                let items: Result<Vec<Value>, Why> = items.iter().map(|item| self.cast(item.clone(), element)).collect();
                return Ok(Value::List(items?));
            }
            _ => {}
        }
        let column = match &value {
            Value::Column { column, .. } => *column,
            Value::Of(found) => match &found.value {
                Value::Column { column, .. } => *column,
                _ => return Err(format!("a cast to {name}")),
            },
            _ => return Err(format!("a cast to {name}")),
        };
        let own = &self.catalog.column(column).r#type;
        let is_own = Type::parse(name, self.catalog.enums()).is_ok_and(|cast| cast == *own);
        let is_same = match own.family() {
            // A length or a precision takes something away.
            _ if name.contains('(') => is_own && own.to_string().contains('('),
            Family::Text if matches!(own, Type::Citext(_)) => last_name(name) == "citext",
            Family::Text => is_text_type(name),
            Family::Number => is_number_type(name) && !is_narrower(own, name),
            Family::Uuid | Family::Enum(_) if is_text_type(name) => return Ok(Value::AsText(Box::new(value))),
            Family::Uuid => name == "uuid",
            Family::Enum(of) => is_own || last_name(name) == of.name,
            Family::Boolean => name == "boolean",
            _ => is_own,
        };
        if is_same { Ok(value) } else { Err(format!("a cast of {own} to {name}")) }
    }

    fn constant(&self, text: &str, name: &str) -> Result<Value, Why> {
        let own = Type::parse(name, self.catalog.enums());
        Ok(match own.as_ref().map(Type::family) {
            Ok(Family::Text) if name.contains('(') && length(name).is_none_or(|most| text.chars().count() > most) => {
                return Err(format!("'{text}' cut to {name}"));
            }
            Ok(Family::Text | Family::Uuid | Family::Enum(_)) => Value::Text(text.to_owned()),
            Ok(Family::Number) if name.contains('(') || is_float(name) && !is_small(text) => {
                return Err(format!("'{text}' rounded to {name}"));
            }
            Ok(Family::Number) => Value::Number(text.trim().to_owned()),
            Ok(Family::Boolean) => match text {
                "t" | "true" => Value::Boolean(true),
                "f" | "false" => Value::Boolean(false),
                _ => return Err(format!("'{text}' as a boolean")),
            },
            _ if is_text_type(name) => Value::Text(text.to_owned()),
            // Longer ones are cut.
            _ if name == "name" && text.len() < 64 => Value::Text(text.to_owned()),
            _ => return Err(format!("a constant of the type {name}")),
        })
    }

    fn called_value(&mut self, name: &[String], arguments: &[Sql], scope: &Scope<'_>) -> Result<Value, Why> {
        let is_now = ["now", "current_timestamp", "transaction_timestamp", "statement_timestamp"];
        if arguments.is_empty() && is_now.iter().any(|own| is_built_in(name, own)) {
            return Ok(Value::Moment(0, ""));
        }
        match arguments {
            // Nothing in it is taken for missing where the session is read.
            [value, empty] if is_built_in(name, "nullif") && matches!(empty.bare(), Sql::Text(text) if text.is_empty()) => {
                match self.value(value, scope)? {
                    session @ Value::Session(_) => Ok(session),
                    _ => Err("nullif of what the session does not say".to_owned()),
                }
            }
            _ => self.helper_value(name, arguments, scope)?.ok_or_else(|| format!("the function `{}`", listed(name))),
        }
    }
}

/// Whether a text of the session as this type is what a rule reads of it.
pub(super) fn is_read_as(name: &str) -> bool {
    const OTHERS: [&str; 9] = ["name", "char", "character", "bpchar", "date", "time", "real", "float4", "interval"];
    !name.contains(['(', '[', '"'])
        && !OTHERS.contains(&name)
        && !name.starts_with("time ")
        && !name.starts_with("timestamp without")
}

/// The last part of a name.
fn last_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim_matches('"')
}

/// `20` of `varchar(20)`
fn length(name: &str) -> Option<usize> {
    name.split_once('(')?.1.strip_suffix(')')?.trim().parse().ok()
}

fn is_whole(name: &str) -> bool {
    ["smallint", "integer", "int", "int2", "int4", "int8", "bigint"].contains(&name)
}

fn is_float(name: &str) -> bool {
    ["real", "float4"].contains(&name)
}

/// A whole number that `real` has as it is.
fn is_small(text: &str) -> bool {
    text.trim().parse::<i64>().is_ok_and(|number| number.abs() < 1 << 24)
}

fn is_number_type(name: &str) -> bool {
    let own = ["smallint", "integer", "int", "int2", "int4", "int8", "bigint", "numeric", "real", "double precision"];
    own.contains(&name)
}

/// Whether some values are no more the same, or none.
fn is_narrower(own: &Type, name: &str) -> bool {
    let rank = |name: &str| match name {
        "smallint" | "int2" => 0,
        "integer" | "int" | "int4" => 1,
        "bigint" | "int8" => 2,
        "numeric" => 3,
        _ => 9,
    };
    rank(name) < rank(&own.to_string()) || rank(name) == 9
}

/// `now() - '7 days'`
fn shifted(moment: &Value, operator: &str, by: &Sql) -> Option<Value> {
    let (Value::Moment(0, _), Sql::Cast(text, name)) = (moment, by) else { return None };
    let (Sql::Text(text), "interval") = (text.as_ref(), name.as_str()) else { return None };
    let (number, unit) = interval(text)?;
    Some(Value::Moment(if operator == "-" { -number } else { number }, unit))
}

/// An interval of one unit, as the server prints it or as somebody writes it.
fn interval(text: &str) -> Option<(i64, &'static str)> {
    // The sign is that of all of it: `-00:30:00`.
    let (sign, whole) = text.trim().strip_prefix('-').map_or((1, text.trim()), |rest| (-1, rest));
    if let [hours, minutes, seconds] = whole.split(':').collect::<Vec<_>>().as_slice() {
        let part = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        let (hours, minutes, seconds) = (part(hours)?, part(minutes)?, part(seconds)?);
        return Some(match (hours, minutes, seconds) {
            (hours, 0, 0) => (sign * hours, "hours"),
            (hours, minutes, 0) => (sign * (hours * 60 + minutes), "minutes"),
            (hours, minutes, seconds) => (sign * (hours * 3600 + minutes * 60 + seconds), "seconds"),
        });
    }
    let (number, unit) = text.trim().split_once(' ')?;
    let unit = match unit.trim_end_matches('s') {
        "second" | "sec" => "seconds",
        "minute" | "min" => "minutes",
        "hour" => "hours",
        "day" => "days",
        "week" => "weeks",
        "month" | "mon" => "months",
        "year" => "years",
        _ => return None,
    };
    Some((number.parse().ok()?, unit))
}

#[cfg(test)]
mod tests {
    use super::interval;

    #[test]
    fn intervals_of_one_unit_are_read() {
        assert_eq!(interval("24:00:00"), Some((24, "hours")));
        assert_eq!(interval("00:15:00"), Some((15, "minutes")));
        assert_eq!(interval("7 days"), Some((7, "days")));
        assert_eq!(interval("1 mon"), Some((1, "months")));
        assert_eq!(interval("1 day 02:00:00"), None);
        assert_eq!(interval("-01:30:00"), Some((-90, "minutes")));
        assert_eq!(interval("-00:30:00"), Some((-30, "minutes")));
        assert_eq!(interval("-00:00:05"), Some((-5, "seconds")));
        assert_eq!(interval("01:-30:00"), None);
        assert_eq!(interval("00:00:00.5"), None);
        assert_eq!(interval("-7 days"), Some((-7, "days")));
    }
}
