//! A first test file, made from the rules: for somebody to read, who says whether that is what is meant. In: a model. Out: the text of a file with people, rows and, for each person, what the rules let
//! them do. Expectations are the evaluator's: they say what is, not what should be.

mod rows;
mod values;

use std::fmt::Write;

use self::rows::{Made, make};
use super::{Cell, InMemory, Outcome, Scenario, Scenarios, Stage, Unreadable, plain_text};
use crate::catalog::TableId;
use crate::model::{Held, Model, Operation};
use crate::yaml::{Value, scalar};

/// What stands above the rest.
const HEAD: &str = "# Made by `rowgate test --generate` from the rules: what they let each of these people do, not what they should. Read each line, and correct the rules\n\
                    # where a line is wrong; then the file is yours, and `rowgate test` tells when the rules say something else.\n";

/// A file that is not finished: people, rows, who acts.
pub struct First {
    head: String,
    actors: Vec<(String, String)>,
}

impl First {
    /// Makes one.
    pub fn new(model: &Model) -> First {
        let made = make(model);
        let mut head = format!("{HEAD}users: {{ ");
        let people: Vec<String> = made.people.iter().map(|one| format!("{}: {}", scalar(&one.name), yaml(&one.key))).collect();
        writeln!(head, "{} }}\n\nrows:", people.join(", ")).ok();
        for (&table, rows) in made.rows.iter().filter(|(_, rows)| !rows.is_empty()) {
            writeln!(head, "  {}:", scalar(&model.catalog.table(table).name.to_string())).ok();
            for row in rows {
                let fields: Vec<String> = row.iter().map(|(name, value)| format!("{}: {}", scalar(name), yaml(value))).collect();
                writeln!(head, "    - {{ {} }}", fields.join(", ")).ok();
            }
        }
        head.push_str("\nscenarios:\n");
        First { head, actors: actors(model, &made) }
    }

    /// Its text without expectations, which is to be read.
    pub fn outline(&self) -> String {
        let entries = self.actors.iter().map(|(name, who)| entry(name, who));
        format!("{}{}", self.head, entries.collect::<String>())
    }

    /// Its text, once the outline was read.
    pub fn text(&self, model: &Model, scenarios: &Scenarios, now: i64) -> Result<String, Unreadable> {
        let memory = InMemory::new(model, scenarios, now)?;
        let mut text = self.head.clone();
        for (scenario, (name, who)) in std::iter::zip(&scenarios.scenarios, &self.actors) {
            text.push_str(&entry(name, who));
            let lines = possible(model, scenarios, scenario, &memory.stage(scenario)?)?;
            if !lines.is_empty() {
                text.push_str(&format!("    can:\n{lines}"));
            }
        }
        Ok(text)
    }
}

fn entry(name: &str, who: &str) -> String {
    format!("  - name: {}\n    as: {who}\n", scalar(name))
}

/// What somebody may do, in lines.
fn possible(model: &Model, scenarios: &Scenarios, scenario: &Scenario, stage: &Stage<'_>) -> Result<String, Unreadable> {
    let tried = stage.run()?;
    let mut lines = String::new();
    for operation in Operation::ALL {
        let mut of_operation = String::new();
        for &table in &scenario.tables {
            let reached = tried.iter().filter(|one| one.outcome == Outcome::Allowed).filter_map(|one| match one.cell {
                Cell::Row(of, about, position) if (of, about) == (table, operation) => Some(position),
                _ => None,
            });
            let listed: Vec<String> =
                reached.map(|position| listed(model, scenarios, stage, (table, operation), position)).collect();
            if !listed.is_empty() {
                let name = scalar(&model.catalog.table(table).name.to_string());
                writeln!(of_operation, "        {name}: [{}]", listed.join(", ")).ok();
            }
        }
        if !of_operation.is_empty() {
            write!(lines, "      {}:\n{of_operation}", operation.word()).ok();
        }
    }
    Ok(lines)
}

/// A row by its key; with the fields that are seen, where not all are.
fn listed(
    model: &Model,
    scenarios: &Scenarios,
    stage: &Stage<'_>,
    (table, operation): (TableId, Operation),
    position: usize,
) -> String {
    let entry = model.catalog.table(table);
    let row = scenarios.rows.get(&table).and_then(|rows| rows.get(position));
    let names = entry.primary_key.iter().map(|&column| &entry.columns[column as usize].name);
    let key: Vec<String> = names.map(|name| row.and_then(|row| row.get(name)).map(yaml).unwrap_or_default()).collect();
    let key = match key.as_slice() {
        [single] => single.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    let seen = stage.data().rows(table).get(position).map(|row| stage.evaluator().read_fields(table, row));
    match seen.filter(|seen| operation == Operation::Read && seen.len() < entry.columns.len()) {
        None => key,
        Some(seen) => {
            let fields: Vec<String> = seen.into_iter().map(|field| scalar(&entry.columns[field as usize].name)).collect();
            format!("{{ key: {key}, fields: [{}] }}", fields.join(", "))
        }
    }
}

/// Who acts: each person, sessions of database roles, and nobody.
fn actors(model: &Model, made: &Made<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for person in &made.people {
        let who = scalar(&person.name);
        let claims = match person.role.map(|role| &role.held) {
            Some(Held::Claim(atom)) => values::claim(atom),
            _ => None,
        };
        let who = match claims {
            Some((path, value)) => {
                let mut said = serde_json::Map::new();
                super::insert_claim(&mut said, &path.0, serde_json::Value::String(value));
                format!("{{ user: {who}, claims: {} }}", serde_json::Value::Object(said))
            }
            None => who,
        };
        let name = match person.role {
            Some(role) => format!("somebody who is {}", role.name),
            None => format!("{}, who has no role", person.name),
        };
        found.push((name, who));
    }
    for role in &model.roles {
        if let Held::DatabaseRole(name) = &role.held {
            found.push((format!("a session of {}", role.name), format!("{{ role: {} }}", scalar(name))));
        }
    }
    found.push(("nobody signed in".to_owned(), "nobody".to_owned()));
    if model.identity.anonymous_role.is_some() {
        found.push(("a visitor".to_owned(), "anonymous".to_owned()));
    }
    found
}

/// A value as it is written in one line.
fn yaml(value: &Value) -> String {
    let text = plain_text(value);
    match value {
        Value::Null => "null".to_owned(),
        _ if text.parse::<i64>().is_ok() => text,
        _ if matches!(text.as_str(), "true" | "false") => text,
        _ => scalar(&text),
    }
}
