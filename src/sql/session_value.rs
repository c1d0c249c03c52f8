//! What only the caller of a statement can tell, as a part of expressions until the place is known where it stands.

use std::collections::BTreeSet;

use super::quote;
use crate::catalog::{QualifiedName, TableId, Type};
use crate::model::Claim;

/// A value that only the caller can tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum SessionValue {
    /// Who is signed in, NULL for nobody.
    Identity,
    /// A claim as a value of a type; NULL where the token has none, or nothing of that type.
    Claim(Claim, Type),
    /// A claim as an array of a type; NULL where the token has none. What is none of the type is a NULL in it.
    ClaimList(Claim, Type),
    /// These tables; raises an error unless look-ups see every row of them.
    SeesAll(BTreeSet<QualifiedName>),
    /// Whether the caller acts as this database role, or inherits it.
    ActsAs(String),
    /// What the rules' author wrote, of a record that a trigger has under this name.
    Raw(TableId, String, &'static str),
}

/// The type that a text of the session is read as. All integers are read as the widest: none is too large for it, and an index on a
/// narrower column finds it all the same. What is said of lengths is left out: a cast would cut off or round, and then find what is something else.
pub(super) fn asked_type(r#type: &Type) -> String {
    match r#type {
        Type::SmallInt | Type::Integer | Type::BigInt => "bigint".to_owned(),
        Type::Varchar(_) => quote::r#type(&Type::Varchar(String::new())),
        Type::Numeric(_) => quote::r#type(&Type::Numeric(String::new())),
        other => quote::r#type(other),
    }
}

/// The type of the elements of a list, which is that of the columns it is compared with: PostgreSQL has no operators between arrays of two types.
pub(super) fn element_type(r#type: &Type) -> String {
    match r#type {
        Type::SmallInt | Type::Integer => quote::r#type(r#type),
        other => asked_type(other),
    }
}
