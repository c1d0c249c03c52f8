//! A workspace says after each change what a fresh compilation of the same texts says: messages with their places, and the SQL with the places of
//! the rules in its remarks. Texts are changed at random, by a keystroke's worth or by a line, and changed back.

use libtest_mimic::Trial;
use rowgate::diagnostic::{self, Sources};
use rowgate::plan;
use rowgate::project::{self, Texts, Workspace};

use crate::fuzz::{damage, files};
use crate::random::Random;
use crate::{folders, root, times, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("workspace::says_what_a_fresh_compilation_says", random_edits),
        trial("workspace::warnings_are_of_all_that_they_read", warnings),
        trial("workspace::a_change_is_looked_at_alone", work),
        trial("workspace::a_text_that_is_taken_away_is_gone", removed),
        trial("workspace::policies_may_be_called_anything", names),
    ]
}

type Files = Vec<(String, String)>;

/// Messages as data, and the script.
type Said = (Vec<String>, Option<String>);

fn fresh(files: &Files) -> Said {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let ids: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), sources.add(name.clone(), text.clone()))).collect();
    let id_of = |wanted: &str| ids.iter().find(|(name, _)| *name == wanted).map(|(_, id)| *id).unwrap();
    let config_file = id_of("rowgate.yaml");
    let policy_files = ids.iter().filter(|(name, _)| name.ends_with(".policy")).map(|(_, id)| *id).collect();
    let Some(config) = project::load_config(&sources, config_file, &mut diagnostics) else {
        return (said(diagnostics.iter().map(|one| diagnostic::render_json(one, &sources).to_string())), None);
    };
    let schema_file = id_of("schema.yaml");
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    let compiled = project::compile(texts, diagnostics);
    let messages = compiled.diagnostics.iter().map(|one| diagnostic::render_json(one, &compiled.sources).to_string());
    (said(messages), compiled.state().map(|state| plan::desired_state(&state)))
}

fn of_workspace(workspace: &mut Workspace) -> Said {
    let diagnostics = workspace.diagnostics();
    let messages = diagnostics.iter().map(|one| diagnostic::render_json(one, workspace.sources()).to_string());
    (said(messages), workspace.state().map(|state| plan::desired_state(&state)))
}

fn said(messages: impl Iterator<Item = String>) -> Vec<String> {
    let mut messages: Vec<String> = messages.collect();
    messages.sort();
    messages
}

/// Another text of one file: damaged by a few bytes, or with a line written twice, left out or put elsewhere.
fn edited(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (one, other) = (random.below(lines.len().max(1)), random.below(lines.len().max(1)));
    // What is said of findings.
    if random.below(5) == 0 {
        let said = COMMENTS[random.below(COMMENTS.len())];
        let at = if text.contains("identity:") { lines.len() } else { one };
        let said = if text.contains("identity:") { "\nlints: { RG1308: deny, RG1305: allow, RG1604: deny }\n" } else { said };
        lines.insert(at, said);
        return lines.concat();
    }
    match random.below(5) {
        0 if !lines.is_empty() => drop(lines.remove(one)),
        1 if !lines.is_empty() => lines.insert(one, lines[other]),
        2 if !lines.is_empty() => lines.swap(one, other),
        _ => {
            damage(random, &mut text);
            return text;
        }
    }
    lines.concat()
}

/// Comments that allow something, or seem to.
const COMMENTS: [&str; 7] = [
    "# allow RG1305: both\n",
    "# allow RG1309: they may\n",
    "# allow RG1311: read later\n",
    "# allow RG1308: soon\n",
    "# allow RG1307\n",
    "# allow RG1350: no such code\n",
    "# allow RG1110: an error\n",
];

fn is_about_allowances(message: &serde_json::Value) -> bool {
    message["code"].as_str().is_some_and(|code| code.starts_with("RG16"))
}

/// With a comment above that allows a warning.
fn allowing(text: &str, warning: &serde_json::Value) -> String {
    let line = warning["place"]["line"].as_u64().unwrap_or(1).saturating_sub(1);
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let comment = format!("# allow {}: it may stay so\n", warning["code"].as_str().unwrap_or_default());
    lines.insert(usize::try_from(line).unwrap_or(0).min(lines.len()), &comment);
    lines.concat()
}

fn random_edits() -> Result<(), String> {
    let mut random = Random::new(11);
    let (mut compiled, mut broken, mut allowed, mut in_vain) = (0, 0, 0, 0);
    let mut projects = folders(&root().join("policies"));
    projects.extend(folders(&root().join("tests/cases")));
    for folder in projects {
        let mut original: Files = files(&folder).into_iter().filter(|(name, _)| !name.ends_with(".test.yaml")).collect();
        // Something to be warned of.
        let policy = original.iter_mut().find(|(name, _)| name.ends_with(".policy"));
        policy.into_iter().for_each(|(_, text)| text.push_str("\ncondition Left Over: Id is 1\n"));
        let mut current = original.clone();
        let mut workspace = Workspace::open(current.clone());
        let mut warnings: Vec<serde_json::Value> = Vec::new();
        for edit in 0..times(10, 25) {
            // The configuration and the schema rarely, so that what is kept between changes counts.
            let index = random.below(current.len());
            let index = if random.below(4) == 0 {
                index
            } else {
                current.iter().position(|(name, _)| name.ends_with(".policy")).unwrap_or(index)
            };
            let warning = if random.below(2) == 0 { warnings.pop() } else { None };
            let of_warning = |(name, _): &(String, String)| warning.as_ref().is_some_and(|one| one["place"]["file"] == **name);
            let index = current.iter().position(of_warning).unwrap_or(index);
            let (name, text) = &mut current[index];
            *text = match &warning {
                Some(warning) => allowing(text, warning),
                None if random.below(3) == 0 => original[index].1.clone(),
                None => edited(&mut random, text),
            };
            allowed += usize::from(warning.is_some());
            workspace.set(name.clone(), text.clone());
            let (found, expected) = (of_workspace(&mut workspace), fresh(&current));
            if found != expected {
                let shown: String = current.iter().map(|(name, text)| format!("--- {name}\n{text}\n")).collect();
                return Err(format!(
                    "{} after {edit} changes, one of {}:\nfound {:#?}\nexpected {:#?}\n{shown}",
                    folder.display(),
                    current[index].0,
                    found.0,
                    expected.0
                ));
            }
            let messages = expected.0.iter().map(|message| serde_json::from_str::<serde_json::Value>(message).unwrap());
            warnings = messages.filter(|one| one["severity"] == "warning" && !is_about_allowances(one)).collect();
            in_vain += usize::from(expected.0.iter().any(|message| message.contains("RG1604")));
            *if expected.1.is_some() { &mut compiled } else { &mut broken } += 1;
        }
    }
    if compiled > 50 && broken > 50 && allowed > 20 && in_vain > 20 {
        Ok(())
    } else {
        Err(format!("{compiled} compile, {broken} do not, {allowed} allow something, {in_vain} in vain"))
    }
}

const CONFIG: &str = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\n\
                      closed_tables: { users: closed }";

/// Which files are policies is the configuration's to say, so that their names are free.
fn names() -> Result<(), String> {
    let (schema, policy) = project_of(2);
    let config = format!("{CONFIG}\nschema: tables.policy\npolicies: \"rules/*\"");
    let mut workspace = Workspace::open([("rules/all.txt", policy), ("tables.policy", schema.clone()), ("rowgate.yaml", config)]);
    if workspace.meaning().map(|meaning| meaning.model.tables.len()) != Some(2) {
        return Err(format!("{:?}", workspace.diagnostics()));
    }
    workspace.set("tables.policy", schema.replace("kind: text", "sort: text"));
    workspace.set("rules/all.txt", "table t0000 { rule \"a\" for Anyone { where Sort is \"b\" allow read } }");
    let codes: Vec<&str> = workspace.diagnostics().iter().map(|one| one.code.as_str()).collect();
    if codes.iter().any(|code| *code != "RG1110") || codes.len() != 1 {
        Err(format!("{:?}", workspace.diagnostics()))
    } else {
        Ok(())
    }
}

/// A project of so many tables, each with a rule.
fn project_of(tables: usize) -> (String, String) {
    let mut schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n".to_owned();
    let mut policy = String::new();
    for table in 0..tables {
        schema.push_str(&format!(
            "  t{table:04}: {{ columns: {{ id: integer, owner: {{ type: integer, references: users }}, kind: text }} }}\n"
        ));
        policy.push_str(&format!(
            "table t{table:04} {{ rule \"own {table}\" for Authenticated {{ where Owner is Logged in User allow read }} }}\n"
        ));
    }
    (schema, policy)
}

/// What a keystroke costs is counted, not timed: it makes a small part of what was made at first, in a project twice as large not twice as much
/// beyond what is listed per table.
fn work() -> Result<(), String> {
    let mut counts = Vec::new();
    for tables in [200, 400] {
        let (schema, policy) = project_of(tables);
        let texts = [("rowgate.yaml", CONFIG.to_owned()), ("schema.yaml", schema), ("all.policy", policy.clone())];
        let mut workspace = Workspace::open(texts);
        let first = allocation_counter::measure(|| drop(workspace.diagnostics()));
        let changed = policy.replace("own 100\"", "owns 100\"");
        let again = allocation_counter::measure(|| {
            workspace.set("all.policy", changed.as_str());
            drop(workspace.diagnostics());
        });
        counts.push((first.count_total, again.count_total));
    }
    let [(first, again), (_, again_of_twice)] = counts[..] else { return Err("nothing was counted".to_owned()) };
    if again * 6 > first || again_of_twice > again * 5 / 2 {
        return Err(format!("at first {first}, after a change {again}, of twice as many tables {again_of_twice}"));
    }
    Ok(())
}

fn removed() -> Result<(), String> {
    let (schema, policy) = project_of(2);
    let texts = [("rowgate.yaml", CONFIG.to_owned()), ("schema.yaml", schema), ("all.policy", policy)];
    let mut workspace = Workspace::open(texts);
    if !workspace.diagnostics().is_empty() {
        return Err(format!("{:?}", workspace.diagnostics()));
    }
    workspace.remove("all.policy");
    // No file is left that could have rules, which is told once.
    if workspace.diagnostics().len() != 1 || workspace.meaning().is_some() {
        return Err(format!("no table has rules: {:?}", workspace.diagnostics()));
    }
    workspace.remove("schema.yaml");
    workspace.remove("there is none");
    if workspace.meaning().is_some() { Err("without a schema there is no meaning".to_owned()) } else { Ok(()) }
}

/// What is warned of in a table whose own rules stay as they are, while something else changes that decides it: a boundary, the rules of another table, the
/// schema file, the configuration.
fn warnings() -> Result<(), String> {
    let config = format!("{}\nroles: {{ Clerk: {{ column: kind, equals: clerk }} }}\n", CONFIG);
    let schema = "version: 1\ntables:\n  users: { columns: { id: integer, kind: text } }\n  \
                  folders: { indexes: [owner], columns: { id: integer, owner: { type: integer, references: users }, shut: boolean } }\n  \
                  notes: { indexes: [folder_id], columns: { id: integer, folder_id: { type: integer, references: folders }, open: boolean, \
                  code: { type: text, default: app.code() } } }\n";
    let notes = "table notes { rule \"Of the folder\" for Authenticated { allow read when can read Folder allow create (id, folder_id, open) } }";
    let folders = "table folders { rule \"All\" for Authenticated { allow read } }";
    // Nobody reads anything.
    let boundary = "boundary \"None\" on notes for read { where Open is empty and Open is true }";
    let unread = "table folders { rule \"All\" for Authenticated { allow create } }";
    let original: Vec<(&str, String)> = vec![
        ("rowgate.yaml", config.clone()),
        ("schema.yaml", schema.to_owned()),
        ("notes.policy", notes.to_owned()),
        ("others.policy", folders.to_owned()),
    ];
    // What changes, and a code that is told then and not otherwise, or the reverse.
    let changes = [
        ("others.policy", format!("{folders}\n{boundary}"), "RG1311", true),
        ("others.policy", unread.to_owned(), "RG1311", true),
        ("schema.yaml", schema.replace(", default: app.code()", ""), "RG1317", false),
        ("rowgate.yaml", format!("{config}lints: {{ RG1317: allow }}\n"), "RG1317", false),
    ];
    let mut workspace = Workspace::open(original.clone());
    for (name, text, code, is_told) in changes {
        // There and back, so that what is remembered is of the other text each time.
        let back = original.iter().find(|(file, _)| *file == name).map(|(_, text)| text.clone()).unwrap_or_default();
        for (text, is_told) in [(text, is_told), (back, !is_told)] {
            workspace.set(name, text.clone());
            let current: Files = original
                .iter()
                .map(|(file, known)| ((*file).to_owned(), if *file == name { text.clone() } else { known.clone() }))
                .collect();
            let (found, expected) = (of_workspace(&mut workspace), fresh(&current));
            let has_code = expected.0.iter().any(|message| message.contains(code));
            if found.0 != expected.0 || has_code != is_told || expected.1.is_none() {
                return Err(format!("{name}: {text}\nfound {:#?}\nexpected {:#?}", found.0, expected.0));
            }
        }
    }
    Ok(())
}
