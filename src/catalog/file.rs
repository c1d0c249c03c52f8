//! The shape of `schema.yaml`, as it is written.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor, value};

use super::ColumnRef;
use crate::yaml::{OneOrMany, OrderedMap, UniqueMap};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `version:` and `tables:`")]
pub(super) struct SchemaFile {
    pub(super) version: u32,
    #[serde(default)]
    pub(super) enums: UniqueMap<Vec<String>>,
    pub(super) tables: UniqueMap<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `columns:`")]
pub(super) struct TableEntry {
    pub(super) label: Option<String>,
    pub(super) whole_rows: Option<bool>,
    pub(super) force_row_security: Option<bool>,
    #[serde(default)]
    pub(super) external: bool,
    #[serde(default)]
    pub(super) policies_only: bool,
    pub(super) primary_key: Option<OneOrMany>,
    #[serde(default)]
    pub(super) unique: Vec<OneOrMany>,
    #[serde(default)]
    pub(super) indexes: Vec<OneOrMany>,
    pub(super) columns: OrderedMap<ColumnEntry>,
    #[serde(default)]
    pub(super) derived: OrderedMap<DerivedFields>,
    #[serde(default)]
    pub(super) foreign_keys: OrderedMap<ForeignKeyFields>,
}

/// `type`, `type not null`, or a mapping.
pub(super) struct ColumnEntry(pub(super) ColumnFields);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `type:`")]
pub(super) struct ColumnFields {
    pub(super) r#type: String,
    pub(super) collation: Option<String>,
    #[serde(default = "yes")]
    pub(super) nullable: bool,
    pub(super) references: Option<String>,
    pub(super) label: Option<String>,
    pub(super) default: Option<String>,
    pub(super) sequence: Option<String>,
    #[serde(default)]
    pub(super) generated: bool,
    #[serde(default)]
    pub(super) identity: bool,
    #[serde(default)]
    pub(super) set_by_trigger: bool,
    pub(super) class: Option<String>,
}

/// An entry of `derived`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ type: text, sql: \"lower(name)\" }`")]
pub(super) struct DerivedFields {
    pub(super) r#type: String,
    pub(super) sql: String,
    pub(super) references: Option<String>,
    pub(super) label: Option<String>,
}

/// An entry of `foreign_keys`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping: `{ columns: [team_id, number], references: pages }`")]
pub(super) struct ForeignKeyFields {
    pub(super) columns: OneOrMany,
    pub(super) references: String,
    pub(super) label: Option<String>,
}

fn yes() -> bool {
    true
}

impl<'de> Deserialize<'de> for ColumnEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entry;
        impl<'de> Visitor<'de> for Entry {
            type Value = ColumnEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type like `uuid not null`, or a mapping with `type:`")
            }

            fn visit_str<E>(self, text: &str) -> Result<ColumnEntry, E> {
                let lower = text.trim_end().to_lowercase();
                let short = lower.strip_suffix("not null").map(|rest| &text[..rest.len()]);
                Ok(ColumnEntry(ColumnFields {
                    r#type: short.unwrap_or(text).trim().to_owned(),
                    collation: None,
                    nullable: short.is_none(),
                    references: None,
                    label: None,
                    default: None,
                    sequence: None,
                    generated: false,
                    identity: false,
                    set_by_trigger: false,
                    class: None,
                }))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<ColumnEntry, A::Error> {
                ColumnFields::deserialize(value::MapAccessDeserializer::new(entries)).map(ColumnEntry)
            }
        }
        deserializer.deserialize_any(Entry)
    }
}

/// A reference as it is written, resolved once all tables are known.
pub(super) struct Reference {
    pub(super) column: ColumnRef,
    pub(super) target: String,
    pub(super) table_key: String,
    pub(super) column_key: String,
    /// The section of the table that it stands in.
    pub(super) section: &'static str,
}
