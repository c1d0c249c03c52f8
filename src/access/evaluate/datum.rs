//! Values of columns, and PostgreSQL's comparisons of them.

use std::cmp::Ordering;

use super::number::{Decimal, Number};
use super::time;
use crate::catalog::{Catalog, Column, Family, Type};
use crate::model::PartPlace;

/// A value, or none.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum {
    /// Empty.
    Null,
    /// `boolean`
    Boolean(bool),
    /// A number of any type.
    Number(Number),
    /// A text.
    Text(String),
    /// A text whose case does not count in comparisons.
    Citext(String),
    /// An identifier in lower case.
    Uuid(String),
    /// Days since 1970-01-01; the smallest and largest number stand for the infinite past and future.
    Day(i64),
    /// Microseconds since 1970-01-01, in UTC or without zone; the extremes as for days.
    Moment(i64),
    /// A length of time.
    Interval(time::Interval),
    /// The position of an enum's value.
    Enum(usize),
    /// An array of one dimension.
    Array(Vec<Datum>),
    /// Values of several columns, none of them empty.
    Tuple(Vec<Datum>),
    /// `jsonb`
    Json(serde_json::Value),
    /// A value of a type that is only known by name, as its text.
    Other(String),
}

/// What values that are equal have in common. Others may have it in common, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Boolean(bool),
    Number(Decimal),
    Text(String),
    Uuid(String),
    Day(i64),
    Moment(i64),
    Interval(i128),
    Enum(usize),
    Other(String),
}

/// Reads a value of a type from its text. `now` is for words such as `today`. `None` for a text that is no such value.
pub fn parse(catalog: &Catalog, r#type: &Type, text: &str, now: i64) -> Option<Datum> {
    Some(match r#type {
        Type::Citext(_) => Datum::Citext(text.to_owned()),
        Type::Text | Type::Varchar(_) => Datum::Text(text.to_owned()),
        Type::Uuid => Datum::Uuid(text.to_ascii_lowercase()),
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) => {
            let number = Decimal::parse(text)?;
            Datum::Number(Number::Exact(match scale_of(r#type) {
                Some(scale) => number.with_scale(scale),
                None => number,
            }))
        }
        Type::Real => Datum::Number(Number::Float(f64::from(text.parse::<f32>().ok()?))),
        Type::Double => Datum::Number(Number::Float(text.parse().ok()?)),
        Type::Boolean => Datum::Boolean(match text.to_ascii_lowercase().as_str() {
            "t" | "true" | "yes" | "on" | "1" => true,
            "f" | "false" | "no" | "off" | "0" => false,
            _ => return None,
        }),
        Type::Date => Datum::Day(time::parse_day(text, now)?),
        Type::Timestamp | Type::TimestampTz => Datum::Moment(time::parse_moment(text, now)?),
        Type::Interval => Datum::Interval(time::parse_interval(text)?),
        Type::Enum(name) => Datum::Enum(catalog.enums().get(name)?.iter().position(|value| value == text)?),
        Type::Json | Type::Jsonb => Datum::Json(serde_json::from_str(text).ok()?),
        Type::Array(element) => Datum::Array(parse_array(catalog, element, text, now)?),
        Type::Other(_) => Datum::Other(text.to_owned()),
        // It is made of columns, and never read as a text.
        Type::Tuple(_) => return None,
    })
}

/// Whether a text has a part, letter by letter.
pub(super) fn has_part(whole: &str, place: PartPlace, part: &str) -> bool {
    match place {
        PartPlace::Anywhere => whole.contains(part),
        PartPlace::Start => whole.starts_with(part),
        PartPlace::End => whole.ends_with(part),
    }
}

/// `{a,NULL,"b c"}` (manual section 8.15.2), of one dimension.
fn parse_array(catalog: &Catalog, element: &Type, text: &str, now: i64) -> Option<Vec<Datum>> {
    let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    let (mut elements, mut current, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    let mut finish = |current: &mut String, was_quoted: &mut bool| {
        let datum = match current.as_str() {
            null if !*was_quoted && null.eq_ignore_ascii_case("null") => Some(Datum::Null),
            text => parse(catalog, element, text, now),
        };
        current.clear();
        *was_quoted = false;
        datum.map(|datum| elements.push(datum))
    };
    if inner.is_empty() {
        return Some(Vec::new());
    }
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => current.extend(characters.next()),
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            ',' if !quoted => finish(&mut current, &mut was_quoted)?,
            '{' if !quoted => return None,
            other => current.push(other),
        }
    }
    finish(&mut current, &mut was_quoted)?;
    Some(elements)
}

/// What a constant of SQL says: `draft` of `'draft'::text`.
pub fn text_of_constant(default: &str) -> String {
    let quoted = default.strip_prefix('\'').and_then(|rest| rest.rsplit_once('\''));
    match quoted {
        Some((inner, cast)) if cast.is_empty() || cast.trim_start().starts_with("::") => inner.replace("''", "'"),
        _ => default.split_once("::").map_or(default, |(text, _)| text).trim().to_owned(),
    }
}

/// The value that a column has where none is given, when it is the same for every row: empty without a default, or a constant. `None` for
/// what the database computes.
pub fn constant_default(catalog: &Catalog, column: &Column) -> Option<Datum> {
    let Some(default) = &column.default else {
        return (column.sequence.is_none() && !column.generated && !column.identity).then_some(Datum::Null);
    };
    if column.generated || column.sequence.is_some() {
        return None;
    }
    // A cast of a constant is a constant; it is the column's own type, or PostgreSQL would not have taken it.
    let text = default.split_once("::").map_or(default.as_str(), |(text, _)| text).trim();
    if text.eq_ignore_ascii_case("null") {
        return Some(Datum::Null);
    }
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match quoted {
        // Words such as 'now' are not the same at all times.
        Some(inner) if column.r#type.family() == Family::Time && !inner.starts_with(|c: char| c.is_ascii_digit()) => None,
        Some(inner) if inner.replace("''", "").contains('\'') => None,
        Some(inner) => parse(catalog, &column.r#type, &inner.replace("''", "'"), 0),
        None if matches!(column.r#type.family(), Family::Number | Family::Boolean) => {
            parse(catalog, &column.r#type, text, 0).map(|value| match value {
                // Without quotes it is read as a number that has no sign of zero, and then becomes one that has.
                // The pattern takes both signs.
                Datum::Number(Number::Float(0.0)) => Datum::Number(Number::Float(0.0)),
                value => value,
            })
        }
        None => None,
    }
}

impl Datum {
    /// Whether it is NULL.
    pub fn is_null(&self) -> bool {
        *self == Datum::Null
    }

    /// Whether it is NULL, or a list with nothing in it.
    pub fn is_empty(&self) -> bool {
        match self {
            Datum::Array(elements) => elements.is_empty(),
            Datum::Json(json) => json.as_array().is_some_and(Vec::is_empty),
            value => value.is_null(),
        }
    }

    /// How it compares with another value of a type that it can be compared with; `None` when one is empty, or they are of types without
    /// an order between them.
    pub fn compare(&self, other: &Datum, text_order: &dyn Fn(&str, &str) -> Ordering) -> Option<Ordering> {
        Some(match (self, other) {
            (Datum::Boolean(own), Datum::Boolean(other)) => own.cmp(other),
            (Datum::Number(own), Datum::Number(other)) => own.compare(other),
            // Two texts are equal only when they are the same, however a collation orders them (manual section 24.2.2.4).
            (Datum::Text(own), Datum::Text(other)) => text_order(own, other).then_with(|| own.cmp(other)),
            (Datum::Citext(own), Datum::Citext(other) | Datum::Text(other)) | (Datum::Text(own), Datum::Citext(other)) => {
                let (own, other) = (folded(own), folded(other));
                text_order(&own, &other).then_with(|| own.cmp(&other))
            }
            (Datum::Uuid(own), Datum::Uuid(other)) | (Datum::Other(own), Datum::Other(other)) => own.cmp(other),
            (Datum::Day(own), Datum::Day(other)) | (Datum::Moment(own), Datum::Moment(other)) => own.cmp(other),
            (Datum::Interval(own), Datum::Interval(other)) => own.length().cmp(&other.length()),
            (Datum::Enum(own), Datum::Enum(other)) => own.cmp(other),
            (Datum::Json(own), Datum::Json(other)) => equal_or_not(json_equal(own, other)),
            (Datum::Tuple(own), Datum::Tuple(other)) if own.len() == other.len() => {
                let equal = own.iter().zip(other).map(|(own, other)| own.equals(other)).collect::<Option<Vec<bool>>>()?;
                equal_or_not(equal.into_iter().all(|equal| equal))
            }
            (Datum::Array(own), Datum::Array(other)) => {
                let same = |(own, other): (&Datum, &Datum)| own.same(other);
                equal_or_not(own.len() == other.len() && own.iter().zip(other).all(same))
            }
            _ => return None,
        })
    }

    /// Whether it equals another value; `None` when one is empty.
    pub fn equals(&self, other: &Datum) -> Option<bool> {
        self.compare(other, &|own, other| own.cmp(other)).map(|order| order == Ordering::Equal)
    }

    /// What it has in common with every value that it [equals](Datum::equals), as far as that has something of the kind, too; `None` where
    /// only comparing tells: of floating-point numbers, which are equal to numerics that are not equal to each other, and of what has parts.
    pub(super) fn key(&self) -> Option<Key> {
        Some(match self {
            Datum::Boolean(value) => Key::Boolean(*value),
            Datum::Number(Number::Exact(number)) => Key::Number(number.without_scale()),
            // A text is equal to a citext that it differs from in case only.
            Datum::Text(text) | Datum::Citext(text) => Key::Text(folded(text)),
            Datum::Uuid(text) => Key::Uuid(text.clone()),
            Datum::Day(day) => Key::Day(*day),
            Datum::Moment(moment) => Key::Moment(*moment),
            Datum::Interval(interval) => Key::Interval(interval.length()),
            Datum::Enum(position) => Key::Enum(*position),
            Datum::Other(text) => Key::Other(text.clone()),
            Datum::Null | Datum::Number(Number::Float(_)) | Datum::Array(_) | Datum::Tuple(_) | Datum::Json(_) => return None,
        })
    }

    /// Its text as PostgreSQL reads it, of a value that is one text whatever the column's type; of an enum, see its type.
    pub fn text(&self) -> Option<String> {
        Some(match self {
            Datum::Boolean(value) => value.to_string(),
            Datum::Number(Number::Exact(number)) => number.text()?,
            Datum::Number(Number::Float(number)) => number.to_string(),
            Datum::Text(text) | Datum::Citext(text) | Datum::Uuid(text) | Datum::Other(text) => text.clone(),
            Datum::Day(day) => time::day_text(*day)?,
            Datum::Moment(moment) => time::moment_text(*moment)?,
            Datum::Json(json) => json.to_string(),
            Datum::Null | Datum::Interval(_) | Datum::Enum(_) | Datum::Array(_) | Datum::Tuple(_) => return None,
        })
    }

    /// `IS NOT DISTINCT FROM`, and letter by letter for citext: a change of case is a change.
    pub fn same(&self, other: &Datum) -> bool {
        if let (Datum::Citext(own), Datum::Citext(other)) = (self, other) {
            return own == other;
        }
        match (self.is_null(), other.is_null()) {
            (true, true) => true,
            (false, false) => self.equals(other) == Some(true),
            _ => false,
        }
    }

    /// Whether it is stored as another value is: what an update leaves so has not changed, whatever the type's operators take for equal.
    pub fn is_stored_as(&self, other: &Datum) -> bool {
        match (self, other) {
            (Datum::Number(own), Datum::Number(other)) => own.is_stored_as(other),
            (Datum::Interval(own), Datum::Interval(other)) => own == other,
            (Datum::Json(own), Datum::Json(other)) => own == other,
            (Datum::Array(own), Datum::Array(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.is_stored_as(other))
            }
            _ => self.same(other),
        }
    }

    /// As a text of JSON, if it is written as one; numbers and truth values of a rule are taken from its text.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Datum::Text(text) | Datum::Citext(text) | Datum::Uuid(text) | Datum::Other(text) => text.as_str().into(),
            _ => return None,
        })
    }
}

/// A text as citext compares it.
fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// How many digits a column keeps behind the point, where its type says so.
fn scale_of(r#type: &Type) -> Option<usize> {
    let Type::Numeric(modifier) = r#type else { return None };
    let inner = modifier.trim_start_matches('(').trim_end_matches(')');
    match inner.split_once(',') {
        Some((_, scale)) => scale.trim().parse().ok(),
        None if inner.is_empty() => None,
        None => Some(0),
    }
}

/// Of types that are never asked for an order.
fn equal_or_not(equal: bool) -> Ordering {
    if equal { Ordering::Equal } else { Ordering::Less }
}

/// Whether JSON values are equal as jsonb has it: numbers by their value.
pub fn json_equal(own: &serde_json::Value, other: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (own, other) {
        (Value::Number(own), Value::Number(other)) => own == other || own.as_f64() == other.as_f64(),
        (Value::Array(own), Value::Array(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|(own, other)| json_equal(own, other))
        }
        (Value::Object(own), Value::Object(other)) => {
            own.len() == other.len() && own.iter().all(|(key, own)| other.get(key).is_some_and(|other| json_equal(own, other)))
        }
        _ => own == other,
    }
}

#[cfg(test)]
mod tests {
    use super::text_of_constant;

    #[test]
    fn a_constant_says_its_value() {
        for (sql, value) in [
            ("'draft'::text", "draft"),
            ("'it''s'", "it's"),
            ("3", "3"),
            ("'a::b'", "a::b"),
            ("true", "true"),
            ("0::smallint", "0"),
        ] {
            assert_eq!(text_of_constant(sql), value);
        }
    }
}
