//! Single values: columns, constants, moments.

use super::super::meaning::Value;
use super::super::tree::{Sql, is_text_type};
use super::kinds::{Kind, Typed, is_small};
use super::{Reader, Scope, Why, is_built_in, listed};
use crate::catalog::{Family, Type};

impl Reader<'_> {
    /// The value of an expression.
    pub(super) fn value(&mut self, sql: &Sql, scope: &Scope<'_>) -> Result<Value, Why> {
        Ok(self.typed(sql, scope)?.value)
    }

    /// The value of an expression with its type.
    pub(super) fn typed(&mut self, sql: &Sql, scope: &Scope<'_>) -> Result<Typed, Why> {
        if let Some(session) = self.session(sql, scope)? {
            return Ok(session);
        }
        match sql {
            Sql::Name(parts) => self.named(parts, scope),
            Sql::Parameter(number) => self.positioned(*number, scope),
            Sql::Text(text) => Ok(Typed::new(Value::Text(text.clone()), Kind::Unknown)),
            Sql::Number(number) => Ok(Typed::new(Value::Number(plain(number)?), Kind::of_number(number))),
            Sql::Boolean(value) => Ok(Typed::new(Value::Boolean(*value), Kind::Known(Type::Boolean))),
            Sql::Null => Ok(Typed::new(Value::Null, Kind::Unknown)),
            Sql::Cast(inner, name) => {
                let inner = self.typed(inner, scope)?;
                self.cast(inner, name, scope)
            }
            Sql::Query(query) => self.value_of_query(query, scope),
            Sql::Array(items) => self.list(items, scope),
            Sql::Binary(left, operator, right) if operator == "+" || operator == "-" => {
                let moment = self.value(left, scope)?;
                let moment = shifted(&moment, operator, right).ok_or_else(|| "arithmetic".to_owned())?;
                Ok(Typed::new(moment, Kind::Known(Type::TimestampTz)))
            }
            Sql::Call(name, arguments) => self.called_value(name, arguments, scope),
            Sql::Other(what) => Err(format!("{what} is not said by the language")),
            _ => Err("a value of a kind that the language does not have".to_owned()),
        }
    }

    /// A list that is written out.
    fn list(&mut self, items: &[Sql], scope: &Scope<'_>) -> Result<Typed, Why> {
        let items: Result<Vec<Typed>, Why> = items.iter().map(|item| self.typed(item, scope)).collect();
        let (values, kinds): (Vec<Value>, Vec<Kind>) = items?.into_iter().map(|item| (item.value, item.kind)).unzip();
        let mut known: Vec<&Kind> = kinds.iter().filter(|kind| **kind != Kind::Unknown).collect();
        known.dedup();
        let kind = match known.as_slice() {
            [] => Kind::Unknown,
            [Kind::Known(own)] => Kind::Known(Type::Array(Box::new(own.clone()))),
            _ => Kind::Odd("a list of several types".to_owned()),
        };
        Ok(Typed::new(Value::List(values), kind))
    }

    /// The type of a name as the server prints it.
    pub(super) fn kind(&self, name: &str) -> Kind {
        Type::parse(name, self.catalog.enums()).map_or_else(|_| Kind::Odd(name.to_owned()), Kind::Known)
    }

    /// A cast that changes nothing of what a comparison means.
    pub(super) fn cast(&self, typed: Typed, name: &str, scope: &Scope<'_>) -> Result<Typed, Why> {
        let kind = self.kind_named(name, scope)?;
        match &typed.value {
            Value::Null => return Ok(Typed::new(Value::Null, kind)),
            Value::Session(_) => return self.session_as(typed, name, scope),
            Value::Text(text) => return Ok(Typed::new(self.constant(text, name, &kind)?, kind)),
            Value::Number(number) if is_kept(number, &typed.kind, name) => return Ok(Typed { kind, ..typed }),
            Value::Boolean(_) if kind == Kind::Known(Type::Boolean) => return Ok(typed),
            Value::Moment(..) if kind == Kind::Known(Type::TimestampTz) && !name.contains('(') => return Ok(typed),
            Value::AsText(_) if is_text_type(name) => return Ok(typed),
            Value::List(items) => {
                let (element, own) = (name.trim_end_matches("[]"), typed.kind.element());
                let one = |item: &Value| Ok(self.cast(Typed::new(item.clone(), own.clone()), element, scope)?.value);
                let items: Result<Vec<Value>, Why> = items.iter().map(one).collect();
                return Ok(Typed::new(Value::List(items?), kind));
            }
            _ => {}
        }
        let column = match &typed.value {
            Value::Column { column, .. } => *column,
            Value::Of(found) => match &found.value {
                Value::Column { column, .. } => *column,
                _ => return Err(format!("a cast to {name}")),
            },
            _ => return Err(format!("a cast to {name}")),
        };
        let own = &self.catalog.column(column).r#type;
        let is_own = kind == Kind::Known(own.clone());
        let is_same = match own.family() {
            // A length or a precision takes something away.
            _ if name.contains('(') => is_own && own.to_string().contains('('),
            Family::Text if matches!(own, Type::Citext(_)) => is_own,
            Family::Text => is_text_type(name),
            Family::Number => is_own || is_number_type(name) && !is_narrower(own, name),
            Family::Uuid | Family::Enum(_) if is_text_type(name) => return Ok(typed.into_text()),
            _ => is_own,
        };
        if is_same { Ok(Typed { kind, ..typed }) } else { Err(format!("a cast of {own} to {name}")) }
    }

    fn constant(&self, text: &str, name: &str, kind: &Kind) -> Result<Value, Why> {
        let family = if let Kind::Known(own) = kind { Some(own.family()) } else { None };
        Ok(match family {
            Some(Family::Text) if name.contains('(') && length(name).is_none_or(|most| text.chars().count() > most) => {
                return Err(format!("'{text}' cut to {name}"));
            }
            Some(Family::Text | Family::Uuid | Family::Enum(_)) => Value::Text(text.to_owned()),
            Some(Family::Number) if name.contains('(') => return Err(format!("'{text}' rounded to {name}")),
            Some(Family::Number) => Value::Number(plain(text.trim())?),
            Some(Family::Boolean) => match text {
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

    fn called_value(&mut self, name: &[String], arguments: &[Sql], scope: &Scope<'_>) -> Result<Typed, Why> {
        let is_now = ["now", "current_timestamp", "transaction_timestamp", "statement_timestamp"];
        if arguments.is_empty() && is_now.iter().any(|own| is_built_in(name, own)) {
            return Ok(Typed::new(Value::Moment(0, ""), Kind::Known(Type::TimestampTz)));
        }
        match arguments {
            // Nothing in it is taken for missing where the session is read.
            [value, empty] if is_built_in(name, "nullif") && matches!(empty.bare(), Sql::Text(text) if text.is_empty()) => {
                if scope.hides_equality {
                    return Err("which `=` nullif asks is not printed, and there is one that is not PostgreSQL's own".to_owned());
                }
                match self.typed(value, scope)? {
                    session @ Typed { value: Value::Session(_), .. } if session.kind.is_text() => Ok(session),
                    _ => Err("nullif of what the session does not say".to_owned()),
                }
            }
            _ => self.helper_value(name, arguments, scope)?.ok_or_else(|| format!("the function `{}`", listed(name))),
        }
    }
}

/// `20` of `varchar(20)`
fn length(name: &str) -> Option<usize> {
    name.split_once('(')?.1.strip_suffix(')')?.trim().parse().ok()
}

fn is_whole(name: &str) -> bool {
    ["smallint", "integer", "int", "int2", "int4", "int8", "bigint"].contains(&name)
}

/// A number as the language writes it. Others (`1e3`, `Infinity`) would be read as names.
fn plain(text: &str) -> Result<String, Why> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    if is_digits(whole) && is_digits(fraction) { Ok(text.to_owned()) } else { Err(format!("the number {text}")) }
}

/// Whether a number is the same as another type. What a `real` or a `double precision` has made of it is so only where it is whole and small.
fn is_kept(number: &str, kind: &Kind, name: &str) -> bool {
    let is_from_float = matches!(kind, Kind::Known(Type::Real | Type::Double));
    let is_exact = !is_from_float && (!is_whole(name) || number.parse::<i64>().is_ok());
    is_number_type(name) && (is_small(number) || is_exact)
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
