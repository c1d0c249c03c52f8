//! What type a column has in the schema file. In: what the database says of the column, and of types. Out: a text that is read as that type, or of a domain as what it is
//! made of. What is no type there is written with its schema: equal or not, and nothing else, is all that rules may ask of it.

use super::facts::{ColumnFacts, Facts};
use super::names;
use crate::catalog::{Family, QualifiedName, Type};

/// A type as it is written.
pub(super) struct Written {
    pub(super) text: String,
    pub(super) r#type: Option<Type>,
    /// The domain that it stands for.
    pub(super) remark: Option<String>,
    /// Whether a domain takes no empty value.
    pub(super) not_null: bool,
}

/// The type of a column.
pub(super) fn of(column: &ColumnFacts, facts: &Facts) -> Written {
    let (mut number, mut text, mut bare) = (column.type_number, column.type_text.clone(), column.bare_type.clone());
    let (mut remark, mut not_null, mut brackets) = (None, false, String::new());
    // A domain over a domain ends, as none can be over itself.
    while let Some(found) = facts.types.get(&number) {
        if let Some((base, with_length, without)) = &found.base {
            remark.get_or_insert_with(|| format!("domain {}", names::qualified(&found.name)));
            not_null |= found.not_null && brackets.is_empty();
            (number, text, bare) = (*base, with_length.clone(), without.clone());
        } else if let Some(element) =
            found.element.filter(|element| facts.types.get(element).is_some_and(|one| one.base.is_some()))
        {
            brackets.push_str("[]");
            number = element;
        } else {
            break;
        }
    }
    (text, bare) = (format!("{text}{brackets}"), format!("{bare}{brackets}"));
    let own = facts.types.get(&number).map(|found| &found.name);
    let parsed = [&text, &bare].into_iter().find_map(|text| Type::parse(text, &facts.enums).ok());
    let written = parsed
        .filter(|parsed| is_that(parsed, own))
        .and_then(|parsed| Some((names::written(&parsed, &facts.enums)?, Some(parsed))))
        .map(|(short, parsed)| (whole(&short, &text, parsed.as_ref(), facts), parsed));
    let (text, r#type) = written.unwrap_or_else(|| fallback(&bare, own));
    Written { text, r#type, remark, not_null }
}

/// A type with its length or precision, where it has one: without, some have another meaning (`bit` is `bit(1)`).
fn whole(short: &str, text: &str, parsed: Option<&Type>, facts: &Facts) -> String {
    let element = short.trim_end_matches("[]");
    let brackets = &short[element.len()..];
    let said = text.trim_end_matches("[]");
    let modifier = said.find('(').and_then(|from| Some(&said[from..=from + said[from..].find(')')?]));
    let whole = match (element, modifier) {
        ("interval", _) => said.to_owned(),
        // Of any length: by its bare name it would be of one.
        ("bit", None) => "pg_catalog.bit".to_owned(),
        ("bpchar", Some(modifier)) => format!("char{modifier}"),
        ("bit" | "varbit" | "timestamp" | "timestamptz" | "time" | "timetz", Some(modifier)) => format!("{element}{modifier}"),
        _ => element.to_owned(),
    };
    let whole = format!("{whole}{brackets}");
    let is_same = Type::parse(&whole, &facts.enums).ok().as_ref() == parsed;
    if is_same { whole } else { short.to_owned() }
}

/// Whether what was read can be a type of the database's own, or is PostgreSQL's.
fn is_that(parsed: &Type, own: Option<&QualifiedName>) -> bool {
    match (parsed, own) {
        (Type::Array(element), own) => {
            own.is_none() || matches!(element.family(), Family::Enum(_) | Family::Other(_) | Family::Text)
        }
        (Type::Enum(name) | Type::Other(name), Some(own)) => name == own,
        (Type::Citext(schema), Some(own)) => own.name == "citext" && *schema == own.schema,
        (_, own) => own.is_none(),
    }
}

/// A type that nobody knows by its name alone.
fn fallback(bare: &str, own: Option<&QualifiedName>) -> (String, Option<Type>) {
    let element = bare.trim_end_matches("[]");
    let brackets = &bare[element.len()..];
    let text = match own {
        // An array's own name begins with an underscore, and means the same.
        Some(name) => format!("{}.{}", names::part(&name.schema), names::part(&name.name)),
        None => format!("pg_catalog.{}{brackets}", names::part(element.trim_matches('"'))),
    };
    let r#type = Type::parse(&text, &crate::catalog::Enums::new()).ok();
    (text, r#type)
}
