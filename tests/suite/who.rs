//! `rowgate who`: what it says of everybody is what the scenarios of the example projects say of each, and its words are pinned.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::model::Operation;
use rowgate::scenario::{Actor, Scenarios, plain_text};
use serde_json::Value;

use crate::commands::{rowgate, transcript};
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("who::says_of_everybody_what_scenarios_say_of_each", agrees),
        trial("who::says_so_for_people_and_for_machines", words),
    ]
}

/// The names that can, as the command says.
fn can(example: &str, question: &[&str]) -> Result<BTreeSet<String>, String> {
    let all: Vec<&str> = ["who"].iter().chain(question).copied().chain(["--format", "json"]).collect();
    let (code, out, err) = rowgate(&root().join("policies").join(example), &all)?;
    let found: Value = serde_json::from_str(&out).map_err(|error| format!("{question:?}: {code} {error}\n{out}{err}"))?;
    let names = found["can"].as_array().ok_or("no list")?.iter();
    Ok(names.map(|one| one["who"].as_str().unwrap_or_default().to_owned()).collect())
}

/// Whom a scenario is about, as the command names them, where nothing but who is signed in makes them.
fn name(scenarios: &Scenarios, actor: &Actor) -> Option<String> {
    let is_named = |(name, identity): (&String, &_)| (Actor::signed_in(Clone::clone(identity)) == *actor).then(|| name.clone());
    if *actor == Actor::nobody() { Some("nobody".to_owned()) } else { scenarios.users.iter().find_map(is_named) }
}

fn agrees() -> Result<(), String> {
    let mut compared = [0, 0];
    for example in ["user_items", "real_estate"] {
        let compiled = project::compile(&root().join("policies").join(example))?;
        let catalog = &project::model(&compiled)?.catalog;
        for (_, scenarios) in &compiled.scenarios().0 {
            for (&table, rows) in &scenarios.rows {
                let entry = catalog.table(table);
                for (position, row) in rows.iter().enumerate() {
                    let key =
                        entry.primary_key.iter().map(|&column| row.get(&entry.columns[column as usize].name).map(plain_text));
                    let key = key.map(Option::unwrap_or_default).collect::<Vec<_>>().join(",");
                    for operation in [Operation::Read, Operation::Update, Operation::Delete] {
                        let found = can(example, &[operation.word(), &entry.name.to_string(), &key])?;
                        let about = |scenario: &&rowgate::scenario::Scenario| {
                            scenario.after.is_empty() && scenario.tables.contains(&table)
                        };
                        for scenario in scenarios.scenarios.iter().filter(about) {
                            let Some(name) = name(scenarios, &scenario.actor) else { continue };
                            let reached = scenario.reached.get(&(table, operation)).is_some_and(|rows| rows.contains(&position));
                            if found.contains(&name) != reached {
                                let what = format!("{} {} {key}", operation.word(), entry.name);
                                return Err(format!(
                                    "{example}: {what}: {found:?}, and \"{}\" says otherwise of {name}",
                                    scenario.name
                                ));
                            }
                            compared[usize::from(reached)] += 1;
                        }
                    }
                }
            }
        }
    }
    if compared.iter().all(|count| *count > 20) { Ok(()) } else { Err(format!("only {compared:?} compared")) }
}

fn words() -> Result<(), String> {
    let folder = root().join("policies/team_rbac");
    transcript(
        &folder,
        "who_reaches_a_record",
        &[
            &["who", "--help"],
            &["who", "update", "projects", "1"],
            &["who", "read", "users", "5"],
            &["who", "delete", "billing", "1", "--format", "json"],
            &["who", "read", "change_log", "00000000-0000-0000-0000-000000000001"],
            &["who", "do", "accept_invitation", "00000000-0000-4000-8000-000000000001"],
            &["who", "do", "accept_invitation", "00000000-0000-4000-8000-000000000099"],
            &["who", "--role", "viewer"],
            &["who", "--role", "System Admin", "--format", "json"],
            &["who", "--role", "Nobody"],
            &["who", "--role", "Owner", "read", "users", "1"],
            &["who", "rename", "projects", "1"],
            &["who", "read", "projects"],
            &["who", "read", "project", "1"],
            &["who", "read", "projects", "x"],
        ],
    )
}
