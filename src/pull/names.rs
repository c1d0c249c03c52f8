//! How names and types stand in a schema file. In: a name. Out: a text that the schema file reads as that name.

use crate::catalog::{Enums, QualifiedName, Type, written_part};

/// A table, an enum or a sequence: without `public`, and with double quotes where its letters mean something.
pub(super) fn qualified(name: &QualifiedName) -> String {
    name.written()
}

/// One name among several with dots between them.
pub(super) fn part(name: &str) -> String {
    written_part(name)
}

/// A type as people write it, if the schema file reads it as just that.
pub(super) fn written(r#type: &Type, enums: &Enums) -> Option<String> {
    let text = match r#type {
        Type::Array(element) => format!("{}[]", written(element, enums)?),
        Type::Enum(name) | Type::Other(name) if name.schema != "pg_catalog" => qualified(name),
        Type::Citext(schema) => qualified(&QualifiedName::new(schema.as_str(), "citext")),
        other => other.to_string(),
    };
    let same = |text: &String| Type::parse(text, enums).as_ref() == Ok(r#type);
    let whole = || match r#type {
        Type::Other(name) => Some(format!("{}.{}", part(&name.schema), part(&name.name))),
        _ => None,
    };
    Some(text).filter(same).or_else(|| whole().filter(same))
}
