//! YAML to values, with places in errors. In: a text and a type. Out: the value, or a message that points into the text.
//! This is the only user of the YAML crate; it knows nothing of what the keys mean.

pub mod document;
mod edits;
mod locate;
mod plain;
mod wording;

pub use edits::Edits;
pub use locate::{Places, locate};
pub use plain::{is_itself, scalar, seen};
use wording::Told;

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor, value};

use crate::diagnostic::{Code, Diagnostic, FileId, LineIndex, Sources, Span};

/// Any YAML value, for sample rows.
pub type Value = serde_yaml::Value;

/// Reads a whole file. Unknown keys, wrong types and repeated keys are errors at their place.
pub fn parse<T: DeserializeOwned>(sources: &Sources, file: FileId) -> Result<T, Box<Diagnostic>> {
    let whole = &sources.get(file).text;
    // A byte-order mark, which some editors write, is no part of the first key.
    let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
    let mark = whole.len() - text.len();
    if text.trim().is_empty() {
        let title = format!("`{}` is empty", sources.get(file).name);
        let help = "`rowgate init` writes a project to start from";
        return Err(Box::new(Diagnostic::new(Code::Yaml, Span::new(file, 0, 0), title).with_help(help)));
    }
    serde_yaml::from_str(text).map_err(|error| {
        let offset = error.location().map_or(0, |location| {
            let lines = LineIndex::new(text);
            lines.start(location.line()) as usize + location.column().saturating_sub(1)
        });
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        let offset = locate::repeated(text, offset.min(text.len()), &message).unwrap_or(offset.min(text.len()));
        let rest = text.get(offset..).unwrap_or("");
        let length = rest.find([':', '\n', ',', '}', ']']).unwrap_or(rest.len());
        let Told { title, help } = wording::told(&message);
        let diagnostic = Diagnostic::new(Code::Yaml, Span::new(file, mark + offset, mark + offset + length), title);
        let line = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(text, |at| &text[at + 1..]);
        let indentation = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        Box::new(if indentation.contains('\t') {
            diagnostic.with_help("indent with blanks: YAML takes no tabs there")
        } else if text.get(..offset).is_some_and(|before| before.ends_with('\'')) && rest.starts_with("s ") {
            diagnostic.with_help("in YAML, an apostrophe within single quotes is written twice: `'Project''s Owner is …'`")
        } else if diagnostic.title.contains("cannot start any token") {
            diagnostic.with_help("in YAML, a value that starts so has to stand in single quotes")
        } else {
            help.into_iter().fold(diagnostic, Diagnostic::with_help)
        })
    })
}

/// A mapping whose keys may not repeat: a second definition would silently replace the first.
#[derive(Debug, Clone)]
pub struct UniqueMap<T>(pub BTreeMap<String, T>);

impl<T> Default for UniqueMap<T> {
    fn default() -> Self {
        UniqueMap(BTreeMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for UniqueMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        OrderedMap::deserialize(deserializer).map(|OrderedMap(entries)| UniqueMap(entries.into_iter().collect()))
    }
}

/// The same in the order of the file, where that means something.
#[derive(Debug, Clone)]
pub struct OrderedMap<T>(pub Vec<(String, T)>);

impl<T> Default for OrderedMap<T> {
    fn default() -> OrderedMap<T> {
        OrderedMap(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrderedMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = OrderedMap<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(OrderedMap(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
                let (mut all, mut seen) = (Vec::new(), HashSet::new());
                while let Some(key) = entries.next_key::<String>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom(format!("`{key}` is defined twice")));
                    }
                    all.push((key, entries.next_value()?));
                }
                Ok(OrderedMap(all))
            }
        }
        deserializer.deserialize_any(Entries(PhantomData))
    }
}

/// One text, or a list of texts.
#[derive(Debug, Clone, Default)]
pub struct OneOrMany(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(OneOrMany(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(items)).map(OneOrMany)
            }
        }
        deserializer.deserialize_any(Texts)
    }
}
