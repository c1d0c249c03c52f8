//! The types of values, as PostgreSQL sees them. In: values. Out: values with their types, and whether the session's are read as PostgreSQL reads them.

use super::super::meaning::{Session, Value};
use crate::catalog::{Family, Type};

/// A value, with its type at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::import) struct Typed {
    pub value: Value,
    pub kind: Kind,
    /// Of a value as a text, what it is itself.
    pub under: Option<Kind>,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::import) enum Kind {
    /// That of a constant without a type, which takes the other side's.
    Unknown,
    Known(Type),
    /// One that the schema file does not know.
    Odd(String),
}

impl Typed {
    pub fn new(value: Value, kind: Kind) -> Typed {
        Typed { value, kind, under: None }
    }

    /// As a text.
    pub fn into_text(self) -> Typed {
        Typed { value: Value::AsText(Box::new(self.value)), kind: Kind::Known(Type::Text), under: Some(self.kind) }
    }
}

impl Kind {
    pub fn text() -> Kind {
        Kind::Known(Type::Text)
    }

    /// That of a number as it is written.
    pub fn of_number(number: &str) -> Kind {
        let is = |fits: bool, own: Type| fits.then_some(own);
        let own = is(number.parse::<i32>().is_ok(), Type::Integer)
            .or(is(number.parse::<i64>().is_ok(), Type::BigInt))
            .unwrap_or(Type::Numeric(String::new()));
        Kind::Known(own)
    }

    /// Of a list, that of its elements.
    pub fn element(&self) -> Kind {
        match self {
            Kind::Known(Type::Array(element)) => Kind::Known(element.as_ref().clone()),
            Kind::Unknown => Kind::Unknown,
            other => Kind::Odd(format!("an element of {}", other.words())),
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Kind::Known(Type::Text | Type::Varchar(_)))
    }

    /// In words.
    pub fn words(&self) -> String {
        match self {
            Kind::Unknown => "a constant".to_owned(),
            Kind::Known(own) => own.to_string(),
            Kind::Odd(name) => name.clone(),
        }
    }
}

/// A whole number that every type of numbers has as it is.
pub(super) fn is_small(text: &str) -> bool {
    text.trim().parse::<i64>().is_ok_and(|number| number.abs() < 1 << 24)
}

/// Whether what the session says as this type is what a rule reads of it: neither what it is cut to nor the client's time zone and format of days has a say in that, and a rule knows no other
/// words for true and false than these.
pub(super) fn is_read_alike(kind: &Kind) -> bool {
    match kind {
        Kind::Unknown | Kind::Odd(_) => false,
        Kind::Known(Type::Other(name)) => {
            name.schema != "pg_catalog" || ["inet", "cidr", "macaddr", "macaddr8"].contains(&name.name.as_str())
        }
        Kind::Known(own) => {
            *own != Type::Real && !matches!(own.family(), Family::Boolean | Family::Time | Family::Interval | Family::Structured)
        }
    }
}

/// What the session says, with the type of its place.
pub(super) fn said(session: Session, kind: Kind) -> Typed {
    Typed::new(Value::Session(session), kind)
}
