//! What an actor's session says under declared names. In: a name and a value as they are written. Out: the actor with the setting or the claim that the
//! attribute comes from; whether the value is one of its type is for the session to find out.

use serde_json::{Map, Value as Json};

use super::{Actor, plain_text};
use crate::diagnostic::did_you_mean;
use crate::model::{Attribute, AttributeSource, ClaimPath};
use crate::yaml::Value;

/// Why a session cannot say something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSaid {
    /// Nothing is declared under the name.
    #[error("the session has no attribute `{name}`")]
    Unknown {
        /// As it is written.
        name: String,
        /// What could have been meant.
        near: Option<String>,
    },
    /// A list where one value is meant, or a mapping.
    #[error("`{0}` is {1}")]
    Shape(String, &'static str),
    /// The claims that are written say something else in its place.
    #[error("the claims have no place for `{0}`")]
    Place(String),
}

/// Gives the session of an actor what it says under a name.
pub fn say(attributes: &[Attribute], actor: &mut Actor, name: &str, value: &Value) -> Result<(), NotSaid> {
    let words = crate::catalog::words(name);
    let Some(attribute) = attributes.iter().find(|known| crate::catalog::words(&known.name) == words) else {
        let near = did_you_mean(name, attributes.iter().map(|known| known.name.as_str()));
        return Err(NotSaid::Unknown { name: name.to_owned(), near });
    };
    match value {
        Value::Sequence(_) if !attribute.is_list => return Err(NotSaid::Shape(name.to_owned(), "one value, and no list")),
        Value::Mapping(_) => return Err(NotSaid::Shape(name.to_owned(), "no mapping")),
        _ => {}
    }
    match &attribute.source {
        AttributeSource::Setting(setting) => {
            let text = match value {
                Value::Sequence(values) => values.iter().map(plain_text).collect::<Vec<_>>().join(","),
                value => plain_text(value),
            };
            actor.settings.insert(setting.clone(), text);
            Ok(())
        }
        AttributeSource::Claim(ClaimPath(steps)) => {
            let json = serde_json::to_value(value).unwrap_or(Json::Null);
            if insert_claim(&mut actor.claims, steps, json) { Ok(()) } else { Err(NotSaid::Place(name.to_owned())) }
        }
    }
}

/// Puts a value where a path of keys leads to; false where something else than an object is on the way.
pub fn insert_claim(claims: &mut Map<String, Json>, steps: &[String], value: Json) -> bool {
    match steps {
        [] => true,
        [last] => {
            claims.insert(last.clone(), value);
            true
        }
        [first, rest @ ..] => {
            let inner = claims.entry(first.clone()).or_insert_with(|| serde_json::json!({}));
            inner.as_object_mut().is_some_and(|inner| insert_claim(inner, rest, value))
        }
    }
}
