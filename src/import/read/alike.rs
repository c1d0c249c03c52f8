//! Whether a rule compares two values as PostgreSQL does. In: values with their types. Out: yes, or why not.
//!
//! Which operator PostgreSQL takes depends on the types of both sides: `r = 0.1` compares a `real` as a `double precision`, which equals none. A rule compares with a column's own type, so only
//! what PostgreSQL compares in that type, too, is the same.

use super::super::meaning::Value;
use super::kinds::{Kind, Typed, is_small};
use super::{Reader, Scope, Why};
use crate::catalog::{QualifiedName, Type};

/// What values are compared as.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    /// Numbers that are compared exactly, whatever their width.
    Exact,
    Real,
    Double,
    Text,
    Other(Type),
}

/// One side of a comparison.
struct Side<'t> {
    kind: &'t Kind,
    /// The type of the column that it is taken from.
    own: Option<&'t Type>,
    /// Of a constant number, how it is written.
    number: Option<&'t str>,
}

fn class_of(kind: &Kind) -> Option<Class> {
    match kind {
        Kind::Known(own) => Some(class(own)),
        Kind::Unknown | Kind::Odd(_) => None,
    }
}

fn class(own: &Type) -> Class {
    match own {
        Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) => Class::Exact,
        Type::Real => Class::Real,
        Type::Double => Class::Double,
        Type::Text | Type::Varchar(_) => Class::Text,
        other => Class::Other(other.clone()),
    }
}

impl Reader<'_> {
    /// Whether a rule compares two values as PostgreSQL does.
    pub(super) fn alike(&self, left: &Typed, right: &Typed, scope: &Scope<'_>) -> Result<(), Why> {
        if [left, right].iter().any(|side| matches!(side.value, Value::Null)) {
            return Ok(());
        }
        if left.under.is_some() || right.under.is_some() {
            return as_texts(left, right);
        }
        self.same([self.side(left), self.side(right)], scope)
    }

    /// The same of a value and the elements of a list that is a column.
    pub(super) fn alike_element(&self, own: &Type, element: &Typed, scope: &Scope<'_>) -> Result<(), Why> {
        if element.under.is_some() {
            return Err("a value as a text in a list".to_owned());
        }
        let kind = Kind::Known(own.clone());
        let list = Side { kind: &kind, own: Some(own), number: None };
        if matches!(element.value, Value::Null) { Ok(()) } else { self.same([list, self.side(element)], scope) }
    }

    fn side<'t>(&'t self, typed: &'t Typed) -> Side<'t> {
        let number = if let Value::Number(number) = &typed.value { Some(number.as_str()) } else { None };
        Side { kind: &typed.kind, own: self.column_type(&typed.value), number }
    }

    fn same(&self, sides: [Side<'_>; 2], scope: &Scope<'_>) -> Result<(), Why> {
        let [left, right] = &sides;
        let both = || format!("{} is compared with {}", left.kind.words(), right.kind.words());
        let asked = match (left.kind, right.kind) {
            (Kind::Unknown, Kind::Unknown) => Some(Class::Text),
            (Kind::Unknown, other) | (other, Kind::Unknown) => class_of(other),
            (left, right) => class_of(left).zip(class_of(right)).and_then(|(left, right)| together(left, right)),
        };
        let asked = asked.ok_or_else(both)?;
        self.is_own_operator(&asked, scope)?;
        let ruled = match (left.own, right.own) {
            (Some(left), Some(right)) => together(class(left), class(right)),
            (Some(own), None) | (None, Some(own)) => Some(class(own)),
            (None, None) => Some(asked.clone()),
        };
        let is_small = sides.iter().any(|side| side.number.is_some_and(is_small));
        // What `real` makes of a number is another one elsewhere.
        let is_rounded = !is_small && sides.iter().any(|side| side.number.is_some() && *side.kind == Kind::Known(Type::Real));
        // A small whole number is the same in each of their types, and between what comes before and after it there. A `numeric` may be so near to it that it is the same as a float.
        let is_any = is_small && sides.iter().any(|side| side.own.is_some_and(|own| !matches!(own, Type::Numeric(_))));
        let is_number = |class: &Class| matches!(class, Class::Exact | Class::Real | Class::Double);
        match ruled {
            Some(ruled) if ruled == asked && (!is_rounded || ruled == Class::Real) => Ok(()),
            Some(ruled) if is_any && is_number(&ruled) && is_number(&asked) => Ok(()),
            _ => Err(format!("{}, and by a rule in another type", both())),
        }
    }

    /// Operators of types of one's own are where the types are: where a name is looked for elsewhere, it is another one.
    fn is_own_operator(&self, class: &Class, scope: &Scope<'_>) -> Result<(), Why> {
        let schema = match class {
            Class::Other(Type::Citext(schema)) => schema,
            Class::Other(Type::Other(QualifiedName { schema, .. })) if schema != "pg_catalog" => schema,
            _ => return Ok(()),
        };
        if scope.paths.iter().all(|path| path.contains(schema)) {
            return Ok(());
        }
        Err(format!("the operators of `{schema}` are not on the search path"))
    }

    /// The type of the column that a value is taken from.
    fn column_type(&self, value: &Value) -> Option<&Type> {
        match value {
            Value::Column { column, .. } => Some(&self.catalog.column(*column).r#type),
            Value::Of(found) => self.column_type(&found.value),
            _ => None,
        }
    }
}

/// What PostgreSQL compares two types as; `None` where that is by a cast of one of them that a rule has no words for.
fn together(left: Class, right: Class) -> Option<Class> {
    let is_number = |class: &Class| matches!(class, Class::Exact | Class::Real | Class::Double);
    match (left, right) {
        (left, right) if left == right => Some(left),
        (left, right) if is_number(&left) && is_number(&right) => Some(Class::Double),
        _ => None,
    }
}

/// Values as texts: the same where the values are, if that is how the other side is written.
fn as_texts(left: &Typed, right: &Typed) -> Result<(), Why> {
    let (one, other) = if left.under.is_some() { (left, right) } else { (right, left) };
    let is_same = match (&one.under, &other.under, &other.value) {
        (one, Some(_), _) => *one == other.under,
        (Some(Kind::Known(Type::Enum(_))), None, Value::Text(_)) => true,
        // The names of its values are read letter by letter.
        (Some(Kind::Known(Type::Enum(_))), None, Value::Session(_)) => other.kind.is_text(),
        // PostgreSQL writes them in small letters, and reads them in any.
        (Some(Kind::Known(Type::Uuid)), None, Value::Text(text)) => !text.chars().any(|letter| letter.is_ascii_uppercase()),
        _ => false,
    };
    if is_same { Ok(()) } else { Err("a value as a text beside a text that may be written otherwise".to_owned()) }
}
