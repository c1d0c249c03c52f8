//! What conditions compare: values of the record, of the user, of the session, and constants; paths and sets.

use crate::ast::Duration;
use crate::catalog::{Catalog, ColumnRef, TableId, Type};

use super::claim::Claim;
use super::id::{MembershipId, RoleId};

/// A value of the record and the column of another table that has to equal it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// From the record.
    pub path: Path,
    /// In the other table.
    pub column: ColumnRef,
}

/// A single value, possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// From the record.
    Record(Path),
    /// From the signed-in user's row.
    User(Path),
    /// From a row further out than the one that the statement is about.
    Outer(Outer),
    /// From the record that the rule is about as it was before the update, wherever the statement stands.
    Former(Path),
    /// The session's identity.
    LoggedInUser,
    /// A constant.
    Literal(Literal),
    /// The statement's start, as a timestamp with or without zone.
    Now(Type),
    /// The day of the statement's start in the project's time zone, as a day or as its first moment.
    Today(Type),
    /// The day after, likewise: where the moments of today end.
    Tomorrow(Type),
    /// A moment before or after the statement's start. Days and longer units are counted by the calendar of the project's time zone.
    Shifted(Duration, Type),
    /// Of the session's token or settings, as a value of a type; JSON where the whole claim is meant.
    Claim(Claim, Type),
    /// From the row that an attribute of the session references.
    Referenced(Referenced),
}

/// A constant of a known type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// The value as it was written.
    pub text: String,
    /// The type that it is used as. A day used as a timestamp means its first moment in the project's time zone.
    pub r#type: Type,
    /// Whether a day was written.
    pub is_day: bool,
}

/// A step along a foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// The referencing column.
    pub foreign_key: ColumnRef,
    /// The referenced column, unique in its table.
    pub target: ColumnRef,
}

/// A column reached from a row along foreign keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The table that it starts from.
    pub table: TableId,
    /// The steps.
    pub hops: Vec<Hop>,
    /// The column at the end, in the last step's table.
    pub column: ColumnRef,
}

/// What a membership gives the signed-in user. Never contains empty values; empty when nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set {
    /// The membership.
    pub membership: MembershipId,
    /// Only where the user holds one of these roles, ordered.
    pub roles: Option<Vec<RoleId>>,
    /// What is taken from each scope, instead of its key.
    pub tail: Option<Path>,
}

/// A value of a row in whose condition another row is looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outer {
    /// How many rows further out it is; 1 is the next one.
    pub up: u32,
    /// What the text calls the row: `this record`, or the name that it was given.
    pub called: String,
    /// From that row.
    pub path: Path,
}

/// A value of the row that an attribute of the session references.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Referenced {
    /// The attribute.
    pub by: Claim,
    /// The key that it is one of.
    pub key: ColumnRef,
    /// From that row.
    pub path: Path,
}

/// Several values, of which nothing but their elements matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// An array of the record or of the user's row, or a list in the token.
    Value(Value),
    /// What a membership gives the user.
    Set(Set),
    /// Constants, at least one.
    List(Vec<Literal>),
}

impl Collection {
    /// The value that it is, where it is one.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Collection::Value(value) => Some(value),
            Collection::Set(_) | Collection::List(_) => None,
        }
    }

    /// The value that it is, where it is one, to be changed.
    pub fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Collection::Value(value) => Some(value),
            Collection::Set(_) | Collection::List(_) => None,
        }
    }

    /// The set that it is, where it is one.
    pub fn set(&self) -> Option<&Set> {
        match self {
            Collection::Set(set) => Some(set),
            Collection::Value(_) | Collection::List(_) => None,
        }
    }
}

impl Path {
    /// The path without its first step, from the table that the step leads to.
    pub fn after_first_hop(&self) -> Option<(Hop, Path)> {
        let (&first, rest) = self.hops.split_first()?;
        let path = Path { table: first.target.table, hops: rest.to_vec(), column: self.column };
        Some((first, path))
    }

    /// The path that ends where `hop`'s target table has `column`.
    pub fn through(&self, hop: Hop, column: ColumnRef) -> Path {
        let mut hops = self.hops.clone();
        hops.push(hop);
        Path { table: self.table, hops, column }
    }
}

impl Value {
    /// The same value, seen from the row next further out; `None` where it is one of the row itself.
    pub fn from_outside(&self) -> Option<Value> {
        match self {
            Value::Record(_) => None,
            Value::Outer(Outer { up: 1, path, .. }) => Some(Value::Record(path.clone())),
            Value::Outer(outer) => Some(Value::Outer(Outer { up: outer.up - 1, ..outer.clone() })),
            other => Some(other.clone()),
        }
    }

    /// The same value, seen from a row in the condition of which the row is.
    pub fn seen_from_inside(&self) -> Value {
        match self {
            Value::Record(path) => Value::Outer(Outer { up: 1, called: "this record".to_owned(), path: path.clone() }),
            Value::Outer(outer) => Value::Outer(Outer { up: outer.up + 1, ..outer.clone() }),
            other => other.clone(),
        }
    }

    /// Its type; `user_key` is what the session's identity is a value of.
    pub fn r#type(&self, catalog: &Catalog, user_key: ColumnRef) -> Type {
        match self {
            Value::Record(path)
            | Value::User(path)
            | Value::Outer(Outer { path, .. })
            | Value::Former(path)
            | Value::Referenced(Referenced { path, .. }) => catalog.column(path.column).r#type.clone(),
            Value::LoggedInUser => catalog.column(user_key).r#type.clone(),
            Value::Literal(literal) => literal.r#type.clone(),
            Value::Now(r#type)
            | Value::Today(r#type)
            | Value::Tomorrow(r#type)
            | Value::Shifted(_, r#type)
            | Value::Claim(_, r#type) => r#type.clone(),
        }
    }

    /// The path from the record, if the value depends on it.
    pub fn record(&self) -> Option<&Path> {
        match self {
            Value::Record(path) => Some(path),
            _ => None,
        }
    }

    /// The column that it is one of, of whichever row.
    pub fn column(&self) -> Option<ColumnRef> {
        match self {
            Value::Record(path)
            | Value::User(path)
            | Value::Outer(Outer { path, .. })
            | Value::Former(path)
            | Value::Referenced(Referenced { path, .. }) => Some(path.column),
            _ => None,
        }
    }

    /// Whether it depends on who is signed in.
    pub fn mentions_user(&self) -> bool {
        matches!(self, Value::User(_) | Value::LoggedInUser)
    }
}
