//! `rowgate who`: what it says of everybody is what the scenarios of the example projects say of each, and its words are pinned.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::Trial;
use rowgate::access::evaluate::Evaluator;
use rowgate::model::{Model, Operation};
use rowgate::scenario::{self, Actor, Scenarios, plain_text};
use serde_json::Value;

use crate::commands::{edit, expect, files, rowgate, transcript, write};
use crate::pages::temporary;
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("who::says_of_everybody_what_scenarios_say_of_each", agrees),
        trial("who::says_so_for_people_and_for_machines", words),
        trial("who::tells_who_gained_and_who_lost_what", changes),
        trial("who::tells_what_it_can_of_another_schema_file", schema_files),
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
            &["who", "update", "projects", "1", "--color", "always"],
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

fn now() -> Result<i64, String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    i64::try_from(since.as_micros()).map_err(|error| error.to_string())
}

/// Who reaches which record, by the reasons that `why` gives: who, operation, table, key.
fn reached(folder: &Path, operations: &[Operation]) -> Result<BTreeSet<(String, String)>, String> {
    let compiled = project::compile(folder)?;
    let model: &Model = project::model(&compiled)?;
    let mut found = BTreeSet::new();
    for (_, scenarios) in &compiled.scenarios().0 {
        let now = now()?;
        let data = scenario::data(model, scenarios, now).map_err(|error| error.to_string())?;
        for (name, identity) in &scenarios.users {
            let session =
                scenario::session(model, &Actor::signed_in(identity.clone()), now).map_err(|error| error.to_string())?;
            let evaluator = Evaluator::new(model, &data, &session);
            for (&table, rows) in scenarios.rows.iter().filter(|(table, _)| model.tables.contains_key(table)) {
                let entry = model.catalog.table(table);
                for (row, written) in std::iter::zip(data.rows(table), rows) {
                    let part =
                        |&column: &u32| written.get(&entry.columns[column as usize].name).map(plain_text).unwrap_or_default();
                    let key = entry.primary_key.iter().map(part).collect::<Vec<_>>().join(",");
                    for &operation in operations {
                        if evaluator.why(table, operation, row).truth == Some(true) {
                            found.insert((name.clone(), format!("{} {} {key}", operation.word(), entry.name)));
                        }
                    }
                }
            }
        }
    }
    Ok(found)
}

/// What the command says of records that came or went as a whole.
fn told(out: &str, gained: bool) -> Result<BTreeSet<(String, String)>, String> {
    let all: Value = serde_json::from_str(out).map_err(|error| format!("{error}: {out}"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeSet::new();
    for person in list(&all["found"]).iter().flat_map(|one| list(&one["people"])) {
        for change in list(&person["changed"]).iter().filter(|one| one["gained"] == gained && one["records"].is_object()) {
            let records = &change["records"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            for key in list(&records["keys"]) {
                found.insert((
                    text(&person["who"]),
                    format!("{} {} {}", text(&records["operation"]), text(&records["table"]), text(&key)),
                ));
            }
        }
    }
    Ok(found)
}

/// What came and went is what `why` says of each record before and now; its words are pinned.
fn changes() -> Result<(), String> {
    let top = temporary("who_changes")?;
    let (before, now) = (top.join("before"), top.join("now"));
    for folder in [&before, &now] {
        files(&root().join("policies/team_rbac")).into_iter().for_each(|(name, text)| write(folder, &name, text));
    }
    let ask = |more: &[&str]| rowgate(&now, &[&["who", "--changes-from", "../before"], more].concat());
    let (code, out, _) = ask(&["--format", "json"])?;
    expect(code == 0 && told(&out, true)?.is_empty() && told(&out, false)?.is_empty(), &out)?;
    // A role that another included is gone with it, and what that includes in turn.
    let narrower = top.join("narrower");
    files(&before).into_iter().for_each(|(name, text)| write(&narrower, &name, text));
    edit(&narrower, "rowgate.yaml", "equals: admin, includes: [Member] }", "equals: admin }");
    let (_, said, _) = rowgate(&narrower, &["who", "--changes-from", "../before", "--color", "never"])?;
    let lost = |role: &str| said.lines().any(|line| line.contains("lost") && line.contains(role) && line.contains("held"));
    expect(lost("Member of Team 1") && !lost("Viewer of Team 1"), &said)?;
    edit(&now, "projects.policy", "sees its projects\" for Viewer of Team {", "sees its projects\" for Authenticated {");
    edit(&now, "projects.policy", "allow update (name, status), delete\n", "allow update (name, status)\n");
    edit(&now, "projects.policy", "allow create, update (title, done)\n", "allow update (title, done)\n");
    let operations = [Operation::Read, Operation::Update, Operation::Delete];
    let (was, is) = (reached(&before, &operations)?, reached(&now, &operations)?);
    let (code, out, err) = ask(&["--format", "json"])?;
    expect(code == 0, &err)?;
    let of_these = |(_, what): &(String, String)| !what.starts_with("create ") && !what.starts_with("do ");
    for (gained, wanted) in [(true, &is - &was), (false, &was - &is)] {
        let found: BTreeSet<_> = told(&out, gained)?.into_iter().filter(of_these).collect();
        if found != wanted || wanted.len() < 4 {
            return Err(format!("gained: {gained}: {found:?}\nand not {wanted:?}"));
        }
    }
    let created = told(&out, false)?.into_iter().filter(|(_, what)| what.starts_with("create tasks")).count();
    expect(created > 0, "who may make tasks no longer is not told")?;
    // Fields, roles and actions.
    let support = "for Support Agent {\n    allow read";
    edit(&now, "projects.policy", &format!("every task\" {support}"), &format!("every task\" {support} (id, title)"));
    edit(&now, "rowgate.yaml", "Status is \"pending\" and", "Status is \"revoked\" and");
    edit(&now, "rowgate.yaml", "equals: billing_manager", "equals: billing");
    transcript(
        &now,
        "a_change_is_told_person_by_person",
        &[
            &["who", "--changes-from", "../before"],
            &["who", "--changes-from", "../before", "--color", "always"],
            &["who", "--changes-from", "../before", "--role", "Owner"],
            &["who", "--changes-from", "../before", "read", "projects", "1"],
            &["who", "--changes-from", "../nowhere"],
            &["who", "--changes-since", "HEAD", "--changes-from", "../before"],
            &["who", "--changes-applied"],
            &["who", "--records", "3", "--role", "Owner"],
        ],
    )?;
    // Of other tables there is nothing to say.
    edit(&now, "schema.yaml", "title: text", "title: varchar(20)");
    let (code, out, err) = ask(&[])?;
    expect(code == 2 && out.is_empty() && err.contains("who gained or lost what is not known"), &format!("{code} {out}{err}"))
}

/// A table that there was not, one that is gone, a field that is gone, and one with another name: the rest is told, by `who` and, as far as nothing is gone, by `diff`.
fn schema_files() -> Result<(), String> {
    let top = temporary("who_schema_files")?;
    let config = |closed: &str| {
        format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }}\nclosed_tables: {{ users: x{closed} }}\n"
        )
    };
    let (users, docs) = (
        "users: { columns: { id: integer } }",
        "docs: { columns: { id: integer, owner_id: { type: integer, references: users }, title: text, state: text } }",
    );
    let rooms = "rooms: { columns: { id: integer, owner_id: { type: integer, references: users } } }";
    let rule = |table: &str, condition: &str, grants: &str| {
        format!("table {table} {{ rule \"own\" for Authenticated {{ where {condition} allow {grants} }} }}\n")
    };
    let own = "Owner is Logged in User";
    let project = |name: &str, tables: &[&str], rules: &str, closed: &str| {
        let folder = top.join(name);
        write(&folder, "rowgate.yaml", config(closed));
        write(
            &folder,
            "schema.yaml",
            format!("version: 1\ntables:\n{}", tables.iter().map(|table| format!("  {table}\n")).collect::<String>()),
        );
        write(&folder, "docs.policy", rules);
        let state = if tables.iter().any(|table| table.contains("state: text")) { ", state: a" } else { "" };
        let of_rooms = if tables.contains(&rooms) { "  rooms: [{ id: 5, owner_id: 2 }]\n" } else { "" };
        let rows = format!(
            "users: {{ Ann: 1, Bob: 2 }}\nrows:\n  users: [{{ id: 1 }}, {{ id: 2 }}]\n  docs: [{{ id: 1, owner_id: 1{state} }}]\n{of_rooms}scenarios: []\n"
        );
        write(&folder, "a.test.yaml", rows);
        folder
    };
    let (read, all) = (rule("docs", own, "read"), rule("docs", own, "read, delete"));
    let ask = |folder: &Path, before: &str, command: &[&str]| rowgate(folder, &[command, &[&format!("../{before}")]].concat());
    let (who, diff) = (["who", "--format", "json", "--changes-from"], ["diff", "--from"]);
    project("before", &[users, docs], &read, "");
    let with_rooms = project("rooms", &[users, docs, rooms], &format!("{all}{}", rule("rooms", own, "read")), "");
    // More tables: nobody had anything there.
    let (code, out, err) = ask(&with_rooms, "before", &who)?;
    let gained = told(&out, true)?;
    let has = |who: &str, what: &str| gained.iter().any(|(one, gained)| one == who && gained.starts_with(what));
    expect(code == 0 && has("Ann", "delete docs") && has("Bob", "read rooms") && gained.len() == 2, &format!("{gained:?}{err}"))?;
    let (code, out, err) = ask(&with_rooms, "before", &diff)?;
    let wider = ["wider: Authenticated delete docs", "wider: Authenticated read rooms"];
    expect(code == 0 && wider.iter().all(|words| out.contains(words)) && !out.contains("not known"), &format!("{out}{err}"))?;
    // Closed by now, and nobody had anything there either.
    let closed = project("closed", &[users, docs, rooms], &read, ", rooms: nobody's");
    let (code, out, _) = ask(&closed, "before", &diff)?;
    expect(code == 0 && out == "nobody may do more or less than before\n", &out)?;
    // Fewer: what somebody had there is not told, and said not to be.
    let without = project("without", &[users, docs], &read, "");
    let (code, out, err) = ask(&without, "rooms", &who)?;
    let lost = told(&out, false)?;
    expect(code == 0 && lost.len() == 1 && out.contains("\"rooms\"") && err.contains("is not told"), &format!("{out}{err}"))?;
    let (_, out, _) = ask(&without, "rooms", &diff)?;
    expect(out.contains("is not known") && out.contains("rooms"), &out)?;
    // A field that rules list, by another name or gone.
    project("listed", &[users, docs], &rule("docs", own, "read (id, state), delete"), "");
    let renamed = docs.replace("state: text", "phase: text");
    let phase = project("phase", &[users, &renamed], &rule("docs", own, "read (id, phase)"), "");
    let (code, out, err) = ask(&phase, "listed", &who)?;
    let (gained, lost) = (told(&out, true)?, told(&out, false)?);
    let is_told = lost.iter().any(|(who, what)| who == "Ann" && what.starts_with("delete docs")) && !gained.is_empty();
    expect(code == 0 && is_told && out.contains("docs.state") && err.contains("docs.state"), &format!("{out}{err}"))?;
    // What a condition asks of it cannot be asked any more.
    project("asked", &[users, docs], &rule("docs", "State is \"a\"", "read"), "");
    let (code, _, err) = ask(&phase, "asked", &who)?;
    expect(code == 2 && err.contains("is not known") && err.contains("help: "), &err)?;
    // By another key, nobody is the same person.
    let keyed =
        project("keyed", &["users: { unique: [[number]], columns: { id: integer, number: integer not null } }", docs], &read, "");
    let other =
        project("other", &["users: { unique: [[number]], columns: { id: integer, number: integer not null } }", docs], &read, "");
    for folder in [&keyed, &other] {
        write(folder, "a.test.yaml", "users: { Ann: 1 }\nrows:\n  users: [{ id: 1, number: 1 }]\nscenarios: []\n");
    }
    edit(&other, "rowgate.yaml", "user_table: users", "user_table: users, user_key: number");
    let (code, _, err) = ask(&other, "keyed", &who)?;
    expect(code == 2 && err.contains("is told by another column"), &err)?;
    let (code, _, err) = rowgate(&phase, &["who", "--role", "Authenticated", "--users", "0"])?;
    expect(code == 2 && err.contains("--users"), &err)
}
