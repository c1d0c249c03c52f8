//! `*.test.yaml` as it is written: the shapes of its YAML, in which no name is looked up.

use serde::Deserialize;

use crate::model::Operation;
use crate::yaml::{UniqueMap, Value};

/// A test file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `rows:` and `scenarios:`")]
pub(super) struct TestFile {
    #[serde(default)]
    pub(super) users: UniqueMap<Value>,
    pub(super) sign_in: Option<String>,
    pub(super) now: Option<Value>,
    pub(super) rows: UniqueMap<Vec<UniqueMap<Value>>>,
    pub(super) scenarios: Vec<ScenarioEntry>,
}

/// A scenario.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `name:` and `as:`")]
pub(super) struct ScenarioEntry {
    pub(super) name: String,
    pub(super) r#as: Value,
    pub(super) tables: Option<Vec<String>>,
    #[serde(default)]
    pub(super) after: Vec<StepEntry>,
    pub(super) leaves: Option<Listed>,
    #[serde(default)]
    pub(super) can: Operations,
    #[serde(default)]
    pub(super) cannot: Operations,
}

/// What somebody can or cannot do: rows by their tables, calls by their actions.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[serde(expecting = "a mapping from operations to rows: `{ read: { items: [1, 2] } }`")]
pub(super) struct Operations {
    pub(super) read: UniqueMap<Value>,
    pub(super) create: UniqueMap<Value>,
    pub(super) update: UniqueMap<Value>,
    pub(super) delete: UniqueMap<Value>,
    pub(super) r#do: Listed,
}

impl Operations {
    pub(super) fn each(&self) -> [(Operation, &UniqueMap<Value>); 4] {
        [
            (Operation::Read, &self.read),
            (Operation::Create, &self.create),
            (Operation::Update, &self.update),
            (Operation::Delete, &self.delete),
        ]
    }
}

/// A step as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(expecting = "a mapping with `do:` and `with:`")]
pub(super) struct StepEntry {
    pub(super) r#as: Option<Value>,
    pub(super) r#do: String,
    pub(super) r#with: UniqueMap<Value>,
}

/// Rows by their columns, by table.
pub(super) type Listed = UniqueMap<Vec<UniqueMap<Value>>>;
