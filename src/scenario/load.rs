//! `*.test.yaml` as it is written, to [`Scenarios`] with every name looked up.

use std::collections::{BTreeMap, HashMap};

use super::check::{self, Problem, no_value};
use super::written::{ScenarioEntry, TestFile};
use super::{Attempt, Cell, SampleRow, Scenario, Scenarios, plain_text};
use crate::access::evaluate::{self, Datum};
use crate::catalog::{QualifiedName, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, advice_for};
use crate::model::{Model, Operation};
use crate::yaml::{self, Places, Value};

/// Reads a test file. `None`, with messages, when something in it means nothing.
pub fn load(sources: &Sources, file: FileId, model: &Model, diagnostics: &mut Vec<Diagnostic>) -> Option<Scenarios> {
    let parsed: TestFile = match yaml::parse(sources, file) {
        Ok(parsed) => parsed,
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return None;
        }
    };
    let before = diagnostics.len();
    let places = Places::new(&sources.get(file).text, file);
    let mut loader = Loader {
        places,
        model,
        users: &parsed.users.0,
        rows: BTreeMap::new(),
        positions: BTreeMap::new(),
        written: BTreeMap::new(),
        diagnostics,
    };
    loader.identities();
    for (name, rows) in &parsed.rows.0 {
        loader.table_rows(name, rows.iter().map(|row| row.0.clone()).collect());
    }
    if loader.diagnostics.len() == before {
        loader.rows_beside();
    }
    let numbered = parsed.scenarios.iter().enumerate();
    let scenarios: Vec<Scenario> = numbered.filter_map(|(position, entry)| loader.scenario(position, entry)).collect();
    let now = parsed.now.as_ref().and_then(|now| loader.moment(now));
    let (rows, users) = (loader.rows, parsed.users.0);
    (diagnostics.len() == before).then_some(Scenarios { file, rows, scenarios, sign_in: parsed.sign_in, users, now })
}

pub(super) struct Loader<'a> {
    places: Places<'a>,
    pub(super) model: &'a Model,
    pub(super) users: &'a BTreeMap<String, Value>,
    pub(super) rows: BTreeMap<TableId, Vec<SampleRow>>,
    /// Where the row of a primary key is, by table.
    pub(super) positions: BTreeMap<TableId, HashMap<Vec<Value>, usize>>,
    /// The tables as the file names them.
    pub(super) written: BTreeMap<TableId, String>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// The steps to something in the file.
#[derive(Clone)]
pub(super) struct At(Vec<String>);

impl At {
    /// The steps, to be kept.
    pub(super) fn steps(&self) -> Vec<String> {
        self.0.clone()
    }

    pub(super) fn new(steps: &[&str]) -> At {
        At(steps.iter().map(|step| (*step).to_owned()).collect())
    }

    pub(super) fn key(&self, key: &str) -> At {
        At(self.0.iter().cloned().chain([key.to_owned()]).collect())
    }

    pub(super) fn item(&self, position: usize) -> At {
        self.key(&format!("[{position}]"))
    }
}

impl Loader<'_> {
    pub(super) fn report(&mut self, code: Code, at: &At, title: impl Into<String>) {
        self.report_with(code, at, title, None);
    }

    pub(super) fn report_with(&mut self, code: Code, at: &At, title: impl Into<String>, help: Option<String>) {
        let span = self.places.locate(&at.0);
        let diagnostic = Diagnostic::new(code, span, title);
        self.diagnostics.push(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }

    pub(super) fn report_problems(&mut self, at: &At, problems: Vec<Problem>) {
        for Problem { column, title, help } in problems {
            let at = column.as_ref().map_or_else(|| at.clone(), |column| at.key(column));
            self.report_with(Code::SampleRow, &at, title, help);
        }
    }

    pub(super) fn table(&mut self, name: &str, at: &At) -> Option<TableId> {
        let found = QualifiedName::parse(name).ok().and_then(|name| self.model.catalog.by_name(&name));
        if found.is_none() {
            let known: Vec<String> = self.model.catalog.tables().map(|(_, table)| table.name.to_string()).collect();
            let help = advice_for(name, known.iter().map(String::as_str));
            self.report_with(Code::SchemaTable, at, format!("there is no table `{name}`"), help);
        }
        found
    }

    /// The moment that a file says it is.
    fn moment(&mut self, written: &Value) -> Option<i64> {
        let found = evaluate::parse(&self.model.catalog, &Type::TimestampTz, &plain_text(written), 0);
        // A word such as `tomorrow` says which moment only where another one is known.
        let is_fixed = plain_text(written).starts_with(|letter: char| letter.is_ascii_digit());
        if let Some(Datum::Moment(moment)) = found.filter(|_| is_fixed) {
            return Some(moment);
        }
        let title = format!("`now` is a moment, and `{}` is none", plain_text(written));
        let help = "write it with its zone, between quotes: `now: \"2026-01-31 12:00:00+00\"`".to_owned();
        self.report_with(Code::SampleRow, &At::new(&["now"]), title, Some(help));
        None
    }

    /// Names stand for values of the user table's key.
    fn identities(&mut self) {
        let r#type = &self.model.catalog.column(self.model.identity.user_key).r#type;
        for (name, value) in self.users {
            if let Some((reason, _)) = no_value(self.model.catalog.enums(), r#type, value) {
                let title = format!("who is signed in is told by a `{type}`, and {reason}");
                self.report(Code::SampleRow, &At::new(&["users", name]), title);
            }
        }
    }

    fn table_rows(&mut self, name: &str, rows: Vec<SampleRow>) {
        let at = At::new(&["rows", name]);
        let Some(table) = self.table(name, &at) else { return };
        let mut positions = HashMap::new();
        for (position, row) in rows.iter().enumerate() {
            let at = at.item(position);
            self.report_problems(&at, check::row(&self.model.catalog, table, row, |_| false));
            if let Some(key) = check::key(self.model.catalog.table(table), row) {
                if positions.contains_key(&key) {
                    let key: Vec<String> = key.iter().map(plain_text).collect();
                    self.report(Code::SampleRow, &at, format!("`{name}` has two rows with the key {}", key.join(", ")));
                    continue;
                }
                positions.insert(key, position);
            }
        }
        self.positions.insert(table, positions);
        self.written.insert(table, name.to_owned());
        self.rows.insert(table, rows);
    }

    fn scenario(&mut self, position: usize, entry: &ScenarioEntry) -> Option<Scenario> {
        let at = At::new(&["scenarios"]).item(position);
        let actor = self.actor(&entry.r#as, &at.key("as"))?;
        let tables = match &entry.tables {
            Some(names) => {
                let at = at.key("tables");
                let named = names.iter().enumerate();
                named.filter_map(|(position, name)| self.table(name, &at.item(position))).collect()
            }
            None => self.tables(!entry.after.is_empty()),
        };
        let mut scenario = Scenario::new(&entry.name, position, actor, tables);
        self.after(&mut scenario, &entry.after, entry.leaves.as_ref(), &at);
        for (word, operations) in [("can", &entry.can), ("cannot", &entry.cannot)] {
            for (operation, by_table) in operations.each() {
                for (name, listed) in &by_table.0 {
                    let at = at.key(word).key(operation.word()).key(name);
                    let Some(table) = self.table(name, &at) else { continue };
                    if !scenario.tables.contains(&table) {
                        let title = format!("\"{}\" lists `{name}`, which it is not about", entry.name);
                        let help = format!("name it under `tables`, too: `tables: [{name}, …]`");
                        self.report_with(Code::SchemaTable, &at, title, Some(help));
                    }
                    self.listed(&mut scenario, table, operation, listed, word == "can", &at);
                }
            }
            self.calls(&mut scenario, &operations.r#do, word == "can", &at.key(word).key("do"));
        }
        Some(scenario)
    }

    fn listed(&mut self, scenario: &mut Scenario, table: TableId, operation: Operation, listed: &Value, expected: bool, at: &At) {
        let entries = match listed {
            Value::String(word) if word == "all" && expected => {
                scenario.reached.insert((table, operation), (0..self.count(scenario, table)).collect());
                return;
            }
            Value::Sequence(entries) => entries,
            _ => return self.report(Code::Yaml, at, super::records::listed(expected)),
        };
        for (position, entry) in entries.iter().enumerate() {
            let at = at.item(position);
            match (entry, operation) {
                (Value::Mapping(_), Operation::Create) => {
                    let row = self.row(entry);
                    let presets = self.model.presets(table, operation);
                    let is_set = |column: u32| presets.contains_key(&column);
                    self.report_problems(&at, check::row(&self.model.catalog, table, &row, is_set));
                    scenario.expect(Attempt::Create(table, row), expected, &at);
                }
                (Value::Mapping(map), _) if !expected && map.contains_key("outcome") && !map.contains_key("set") => {
                    self.denied(scenario, (table, operation), entry, &at);
                }
                (Value::Mapping(_), Operation::Update) => self.change(scenario, table, entry, expected, &at),
                (Value::Mapping(map), Operation::Read) => {
                    let (Some(key), Some(fields), true) = (map.get("key"), map.get("fields"), expected) else {
                        return self.report(
                            Code::Yaml,
                            &at,
                            "what is seen has the `key` of a row, and its `fields`, under `can`",
                        );
                    };
                    let positions = self.those(scenario, table, key, &at.key("key"));
                    let Some(fields) = self.fields(table, fields, &at.key("fields")) else { continue };
                    for position in positions {
                        scenario.reached.entry((table, operation)).or_default().push(position);
                        scenario.places.insert(Cell::Row(table, operation, position), at.key("key").steps());
                        scenario.expect(Attempt::See(table, position, fields.clone()), true, &at.key("fields"));
                    }
                }
                (key, _) => {
                    // Whatever is not listed is denied already; saying so is allowed.
                    let positions = self.those(scenario, table, key, &at);
                    let places = positions.iter().map(|&position| (Cell::Row(table, operation, position), at.steps()));
                    scenario.places.extend(places);
                    if expected {
                        scenario.reached.entry((table, operation)).or_default().extend(positions);
                    } else {
                        self.refuse_both(scenario, (table, operation), &positions, &at);
                    }
                }
            }
        }
    }

    /// A change of a row: `{ key: 11, set: { name: Tent } }`.
    fn change(&mut self, scenario: &mut Scenario, table: TableId, entry: &Value, expected: bool, at: &At) {
        let (Some(key), Some(set @ Value::Mapping(_))) = (entry.get("key"), entry.get("set")) else {
            let title = "a change has the `key` of a row, and what is `set`: `{ key: 11, set: { name: Tent } }`";
            return self.report(Code::Yaml, at, title);
        };
        let set = self.row(set);
        self.report_problems(&at.key("set"), check::values(&self.model.catalog, table, &set));
        let how = if expected { None } else { self.denial(entry.get("outcome"), &at.key("outcome")) };
        for position in self.those(scenario, table, key, &at.key("key")) {
            scenario.denials.extend(how.map(|how| (Cell::Attempt(scenario.attempts.len()), how)));
            scenario.expect(Attempt::Update(table, position, set.clone()), expected, at);
        }
    }

    /// The columns of a list of names, ordered.
    fn fields(&mut self, table: TableId, names: &Value, at: &At) -> Option<Vec<u32>> {
        let Some(names) = names.as_sequence() else {
            self.report(Code::Yaml, at, "this is a list of columns");
            return None;
        };
        let mut fields = Vec::new();
        for (position, name) in names.iter().map(plain_text).enumerate() {
            let entry = self.model.catalog.table(table);
            match entry.column_named(&name) {
                Some(column) => fields.push(column),
                None => {
                    let title = format!("`{}` has no column `{name}`", entry.name);
                    let help = advice_for(&name, entry.columns.iter().map(|column| column.name.as_str()));
                    self.report_with(Code::SchemaColumn, &at.item(position), title, help);
                    return None;
                }
            }
        }
        fields.sort_unstable();
        Some(fields)
    }

    pub(super) fn row(&self, value: &Value) -> SampleRow {
        let entries = value.as_mapping().into_iter().flatten();
        entries.filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value.clone()))).collect()
    }

    /// The row with this primary key: a value, or a list of values in the order of the key's columns.
    pub(super) fn position(&mut self, table: TableId, key: &Value, at: &At) -> Option<usize> {
        let values = match key {
            Value::Sequence(values) => values,
            single => std::slice::from_ref(single),
        };
        let found = self.positions.get(&table).and_then(|positions| positions.get(values)).copied();
        if found.is_none() {
            let entry = self.model.catalog.table(table);
            let names: Vec<&str> = entry.primary_key.iter().map(|&column| entry.columns[column as usize].name.as_str()).collect();
            let written: Vec<String> = values.iter().map(plain_text).collect();
            let title = format!("no row of `{}` has the key {}", entry.name, written.join(", "));
            let help = match names.as_slice() {
                [name] if values.len() > 1 => format!("a key is one value here, that of `{name}`"),
                [_] => "list it under `rows`; a row that is not there is written with its columns, under `create`".to_owned(),
                names if values.len() == names.len() => {
                    "list it under `rows`, or write a new row with its columns, under `create`".to_owned()
                }
                names => format!("a key has {} parts here, and is written as a list: [{}]", names.len(), names.join(", ")),
            };
            self.report_with(Code::SampleRow, at, title, Some(help));
        }
        found
    }
}
