//! `*.test.yaml` as it is written, to [`Scenarios`] with every name looked up.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::{Actor, ActorRole, Attempt, Row, Scenario, Scenarios};
use crate::catalog::{Catalog, QualifiedName, Table, TableId};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources};
use crate::model::{Attribute, Model, Operation};
use crate::yaml::{self, UniqueMap, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    #[serde(default)]
    users: UniqueMap<Value>,
    sign_in: Option<String>,
    rows: UniqueMap<Vec<UniqueMap<Value>>>,
    scenarios: Vec<ScenarioEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioEntry {
    name: String,
    r#as: Value,
    tables: Option<Vec<String>>,
    #[serde(default)]
    can: Operations,
    #[serde(default)]
    cannot: Operations,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Operations {
    read: UniqueMap<Value>,
    create: UniqueMap<Value>,
    update: UniqueMap<Value>,
    delete: UniqueMap<Value>,
}

impl Operations {
    fn each(&self) -> [(Operation, &UniqueMap<Value>); 4] {
        [
            (Operation::Read, &self.read),
            (Operation::Create, &self.create),
            (Operation::Update, &self.update),
            (Operation::Delete, &self.delete),
        ]
    }
}

/// Reads a test file. `None`, with messages, when something in it means nothing.
pub fn load(sources: &Sources, file: FileId, model: &Model, diagnostics: &mut Vec<Diagnostic>) -> Option<Scenarios> {
    let catalog = &*model.catalog;
    let parsed: TestFile = match yaml::parse(sources, file) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    };
    let before = diagnostics.len();
    let mut loader = Loader {
        sources,
        file,
        catalog,
        attributes: &model.attributes,
        users: &parsed.users.0,
        rows: BTreeMap::new(),
        positions: BTreeMap::new(),
        diagnostics,
    };
    for (name, rows) in &parsed.rows.0 {
        if let Some(table) = loader.table(name, &["rows", name]) {
            let rows: Vec<Row> = rows.iter().map(|row| row.0.clone()).collect();
            rows.iter().for_each(|row| loader.check_row(table, row, &["rows", name]));
            loader.positions.insert(table, positions(catalog.table(table), &rows));
            loader.rows.insert(table, rows);
        }
    }
    let scenarios: Vec<Scenario> = parsed.scenarios.iter().filter_map(|entry| loader.scenario(entry)).collect();
    let rows = loader.rows;
    (diagnostics.len() == before).then_some(Scenarios { rows, scenarios, sign_in: parsed.sign_in, users: parsed.users.0 })
}

struct Loader<'a> {
    sources: &'a Sources,
    file: FileId,
    catalog: &'a Catalog,
    attributes: &'a [Attribute],
    users: &'a BTreeMap<String, Value>,
    rows: BTreeMap<TableId, Vec<Row>>,
    /// Where the row of a primary key is, by table.
    positions: BTreeMap<TableId, HashMap<Vec<Value>, usize>>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Loader<'_> {
    fn report(&mut self, code: Code, place: &[&str], title: String) {
        let span = yaml::locate(&self.sources.get(self.file).text, self.file, place);
        self.diagnostics.push(Diagnostic::new(code, span, title));
    }

    fn table(&mut self, name: &str, place: &[&str]) -> Option<TableId> {
        let found = QualifiedName::parse(name).ok().and_then(|name| self.catalog.by_name(&name));
        if found.is_none() {
            self.report(Code::SchemaTable, place, format!("there is no table `{name}`"));
        }
        found
    }

    fn check_row(&mut self, table: TableId, row: &Row, place: &[&str]) {
        let entry = self.catalog.table(table);
        if let Some(name) = row.keys().find(|name| entry.column_named(name).is_none()) {
            self.report(Code::SchemaColumn, place, format!("`{}` has no column `{name}`", entry.name));
        }
        if entry.primary_key.is_empty() {
            self.report(Code::SchemaColumn, place, format!("`{}` has no primary key to tell its rows apart", entry.name));
        }
    }

    fn scenario(&mut self, entry: &ScenarioEntry) -> Option<Scenario> {
        let place = ["scenarios", entry.name.as_str()];
        let actor = self.actor(&entry.r#as, &place)?;
        let tables = match &entry.tables {
            Some(names) => names.iter().filter_map(|name| self.table(name, &place)).collect(),
            None => self.rows.keys().copied().collect(),
        };
        let mut scenario = Scenario { name: entry.name.clone(), actor, tables, reached: BTreeMap::new(), attempts: Vec::new() };
        for (expected, operations) in [(true, &entry.can), (false, &entry.cannot)] {
            for (operation, by_table) in operations.each() {
                for (name, listed) in &by_table.0 {
                    let Some(table) = self.table(name, &place) else { continue };
                    if !scenario.tables.contains(&table) {
                        self.report(
                            Code::SchemaTable,
                            &place,
                            format!("\"{}\" lists `{name}`, which it is not about", entry.name),
                        );
                    }
                    self.listed(&mut scenario, table, operation, listed, expected);
                }
            }
        }
        Some(scenario)
    }

    fn actor(&mut self, value: &Value, place: &[&str]) -> Option<Actor> {
        match value {
            Value::String(name) if name == "nobody" => Some(Actor::nobody()),
            Value::String(name) if name == "anonymous" => Some(Actor::anonymous()),
            Value::Mapping(map) => {
                if let Some(key) = map.keys().find(|key| !matches!(key.as_str(), Some("role" | "user" | "claims" | "session"))) {
                    self.report(
                        Code::Yaml,
                        place,
                        format!("`as` has no key `{key:?}`: write `role`, `user`, `claims` or `session`"),
                    );
                    return None;
                }
                let identity = match map.get("user") {
                    Some(user) => self.user(user, place).map(|user| Some(user).filter(|user| !user.is_null()))?,
                    None => None,
                };
                let role = match map.get("role").and_then(Value::as_str) {
                    Some("anonymous") => ActorRole::Anonymous,
                    Some(name) => ActorRole::Named(name.to_owned()),
                    None => ActorRole::SignedIn,
                };
                let claims = match map.get("claims").map(serde_json::to_value) {
                    None => serde_json::Map::new(),
                    Some(Ok(serde_json::Value::Object(claims))) => claims,
                    Some(_) => {
                        self.report(Code::Yaml, place, "`claims` is a mapping from names to values".to_owned());
                        return None;
                    }
                };
                self.said(Actor { role, identity, claims, settings: BTreeMap::new() }, map.get("session"), place)
            }
            user => self.user(user, place).map(Actor::signed_in),
        }
    }

    /// The actor with what its session says under declared names.
    fn said(&mut self, mut actor: Actor, session: Option<&Value>, place: &[&str]) -> Option<Actor> {
        let Some(session) = session else { return Some(actor) };
        let Value::Mapping(entries) = session else {
            self.report(Code::Yaml, place, "`session` is a mapping from names of rowgate.yaml to values".to_owned());
            return None;
        };
        for (name, value) in entries {
            let name = name.as_str().unwrap_or_default();
            if let Err(reason) = super::say(self.attributes, &mut actor, name, value) {
                self.report(Code::Yaml, place, reason.to_string());
                return None;
            }
        }
        Some(actor)
    }

    fn user(&mut self, value: &Value, place: &[&str]) -> Option<Value> {
        match value {
            Value::String(name) => {
                let found = self.users.get(name).cloned();
                if found.is_none() {
                    self.report(Code::Yaml, place, format!("there is no user `{name}` under `users`"));
                }
                found
            }
            identity => Some(identity.clone()),
        }
    }

    fn listed(&mut self, scenario: &mut Scenario, table: TableId, operation: Operation, listed: &Value, expected: bool) {
        let place = ["scenarios", scenario.name.as_str()];
        let entries: Vec<Value> = match listed {
            Value::String(word) if word == "all" && expected => {
                let count = self.rows.get(&table).map_or(0, Vec::len);
                scenario.reached.insert((table, operation), (0..count).collect());
                return;
            }
            Value::Sequence(entries) => entries.clone(),
            _ => {
                let title = format!("\"{}\" needs a list of rows, or `all`", scenario.name);
                return self.report(Code::Yaml, &place, title);
            }
        };
        for entry in &entries {
            match (entry, operation) {
                (Value::Mapping(_), Operation::Create) => {
                    let row = self.row(entry);
                    self.check_row(table, &row, &place);
                    scenario.attempts.push((Attempt::Create(table, row), expected));
                }
                (Value::Mapping(map), Operation::Update) => {
                    let (key, set) = (map.get("key"), map.get("set"));
                    let position = key.and_then(|key| self.position(table, key));
                    let (Some(position), Some(set)) = (position, set) else {
                        let title = format!("\"{}\" updates `{entry:?}`: write `key` of a row, and `set`", scenario.name);
                        return self.report(Code::Yaml, &place, title);
                    };
                    let set = self.row(set);
                    self.check_row(table, &set, &place);
                    scenario.attempts.push((Attempt::Update(table, position, set), expected));
                }
                (Value::Mapping(map), Operation::Read) => {
                    let position = map.get("key").and_then(|key| self.position(table, key));
                    let fields = map.get("fields").and_then(|fields| self.fields(table, fields));
                    let (Some(position), Some(fields), true) = (position, fields, expected) else {
                        let title = format!("\"{}\" reads `{entry:?}`: write `key` of a row, and its `fields`", scenario.name);
                        return self.report(Code::Yaml, &place, title);
                    };
                    scenario.reached.entry((table, operation)).or_default().push(position);
                    scenario.attempts.push((Attempt::See(table, position, fields), true));
                }
                (key, _) => match self.position(table, key) {
                    Some(position) if expected => scenario.reached.entry((table, operation)).or_default().push(position),
                    // Whatever is not listed is denied already; saying so is allowed.
                    Some(_) => {}
                    None => {
                        let title = format!(
                            "\"{}\" names a row of `{}` that is not there",
                            scenario.name,
                            self.catalog.table(table).name
                        );
                        self.report(Code::Yaml, &place, title);
                    }
                },
            }
        }
    }

    /// The columns of a list of names, ordered.
    fn fields(&self, table: TableId, names: &Value) -> Option<Vec<u32>> {
        let names = names.as_sequence()?.iter().map(|name| self.catalog.table(table).column_named(name.as_str()?));
        let mut fields: Vec<u32> = names.collect::<Option<_>>()?;
        fields.sort_unstable();
        Some(fields)
    }

    fn row(&self, value: &Value) -> Row {
        let entries = value.as_mapping().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone()))).collect()
    }

    /// The row with this primary key: a value, or a list of values in the order of the key's columns.
    fn position(&self, table: TableId, key: &Value) -> Option<usize> {
        let values = match key {
            Value::Sequence(values) => values,
            single => std::slice::from_ref(single),
        };
        self.positions.get(&table)?.get(values).copied()
    }
}

/// Where the rows are, by their primary key; of several with one key, the first.
fn positions(table: &Table, rows: &[Row]) -> HashMap<Vec<Value>, usize> {
    let mut positions = HashMap::new();
    for (position, row) in rows.iter().enumerate() {
        let key = table.primary_key.iter().map(|&column| row.get(&table.columns[column as usize].name).cloned());
        if let Some(key) = key.collect::<Option<Vec<Value>>>() {
            positions.entry(key).or_insert(position);
        }
    }
    positions
}
