//! Every condition of every emitted policy, masking view and lookup function of the examples is needed: when one is taken out, a scenario fails. The
//! column grants are opened first and triggers taken away, so that the policies are tested alone.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::Trial;
use rowgate::db::{self, Client, Failure};
use rowgate::model::Model;
use rowgate::objects::{Kind, Object};
use rowgate::scenario::{Scenario, Scenarios};

use crate::cluster::Database;
use crate::{folders, project, root, trial};

/// Each example in so many trials, which run side by side.
const PARTS: usize = 4;

/// Of what has so many mutants, not each is tried.
const MANY: usize = 8;

/// Its scenarios are short, to be read: what reading asks already stands in the way of most of what changing asks.
const RECIPES: &str = "recipes";

/// Examples of platforms are about rights. Who their sessions are says a token, which outsiders of these tests do not have.
fn is_of_platform(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    root().join("tests/platforms").join(format!("{name}.sql")).is_file()
}

pub fn trials() -> Vec<Trial> {
    folders(&root().join("policies"))
        .into_iter()
        .filter(|folder| !folder.ends_with(RECIPES) && !is_of_platform(folder))
        .flat_map(|folder| (0..PARTS).map(move |part| (folder.clone(), part)))
        .map(|(folder, part)| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("mutations::every_condition_is_needed_in_{name}_{}_of_{PARTS}", part + 1);
            trial(name, move || every_condition(&folder, part))
        })
        .chain([trial("mutations::operands_are_taken_out_one_by_one", mutants_of_text)])
        .collect()
}

/// Every fourth policy and function.
fn every_condition(folder: &Path, part: usize) -> Result<(), String> {
    let compiled = project::compile(folder)?;
    let model = project::model(&compiled)?;
    let state = compiled.state().ok_or("no state")?;
    let mut survivors = Vec::new();
    let mut tried = 0;
    for (_, scenarios) in &compiled.scenarios().0 {
        let database = project::deploy(folder, &compiled, scenarios)?;
        let mut admin = database.connect("postgres")?;
        open_grants(&mut admin, model)?;
        drop_triggers(&mut admin, &state.objects)?;
        let baseline: BTreeSet<Failure> =
            db::run_scenarios(&mut admin, model, scenarios).map_err(|error| db::describe_error(&error))?.into_iter().collect();
        let mut in_turn = parts(scenarios);
        for object in of_policies(&state.objects).into_iter().skip(part).step_by(PARTS) {
            // A policy is only asked by statements on its table; a function by any.
            let table = object.table().and_then(|name| {
                model
                    .catalog
                    .tables()
                    .find(|(_, table)| rowgate::objects::quote::qualified(&table.name) == name)
                    .map(|(id, _)| id)
            });
            let mutants = mutants_of(object);
            let every = if mutants.len() < MANY { 1 } else { crate::times(4, 1) };
            for (what, mutant, original) in mutants.into_iter().step_by(every) {
                // Sets are kept free of empty values for what asks whether something is not in them; `= ANY` cannot tell.
                // Some words are for the planner alone.
                let is_tie = what.contains("pg_trigger") || what.contains("coalesce(true, ");
                if object.kind() == Kind::Function && what.ends_with("IS NOT NULL")
                    || is_tie
                    || what == "(SELECT 1) = ALL ('{1,1}')"
                {
                    continue;
                }
                tried += 1;
                execute(&mut admin, &mutant)?;
                let concerned = |part: &Scenario| table.is_none_or(|table| part.tables.iter().all(|&one| one == table));
                let noticed =
                    in_turn.iter().position(|part| concerned(part) && notices(&mut admin, model, scenarios, part, &baseline));
                if let Some(place) = noticed {
                    // What noticed the last ones mostly notices the next, too.
                    in_turn[..=place].rotate_right(1);
                }
                let killed = noticed.is_some() || (what == "TO" && outsider_gets_through(&database, model, scenarios));
                execute(&mut admin, &original)?;
                if !killed {
                    survivors.push(format!("{}: without {what}", object.id().name));
                }
            }
        }
    }
    if tried == 0 && part == 0 {
        return Err("nothing was tried".to_owned());
    }
    if survivors.is_empty() { Ok(()) } else { Err(format!("{} of {tried} survive:\n{}", survivors.len(), survivors.join("\n"))) }
}

/// The policies and views, and the functions that they call, directly or not. Hints decide nothing. Those of guards, triggers and of the record of changes have tests of
/// their own.
fn of_policies(objects: &[Object]) -> Vec<&Object> {
    let mut found: Vec<&Object> = objects.iter().filter(|object| matches!(object.kind(), Kind::Policy | Kind::View)).collect();
    let functions: Vec<&Object> = objects.iter().filter(|object| object.kind() == Kind::Function).collect();
    let mut next = 0;
    while let Some(&caller) = found.get(next) {
        next += 1;
        for &function in &functions {
            let name = function.id().name.split('(').next().unwrap_or_default();
            let calls = caller.needs().contains(&name) && !name.contains(".hint_");
            if calls && !found.iter().any(|known| std::ptr::eq(*known, function)) {
                found.push(function);
            }
        }
    }
    found
}

fn outsider_gets_through(database: &Database, model: &Model, scenarios: &Scenarios) -> bool {
    project::outsiders_see_nothing(database, model, scenarios).is_err()
}

fn execute(client: &mut Client, statement: &str) -> Result<(), String> {
    client.batch_execute(statement).map_err(|error| format!("{}\n{statement}", db::describe_error(&error)))
}

fn open_grants(client: &mut Client, model: &Model) -> Result<(), String> {
    for (_, table) in model.catalog.tables().filter(|(id, _)| !model.closed.contains_key(id)) {
        let role = rowgate::objects::quote::identifier(&model.identity.signed_in_role).into_owned();
        execute(client, &format!("GRANT ALL ON {} TO {role}", rowgate::objects::quote::qualified(&table.name)))?;
    }
    Ok(())
}

/// Triggers that tell single grants apart would stand in for policies, too.
/// Policies ask that their triggers are there, so each gives way to one of its name that never fires.
fn drop_triggers(client: &mut Client, objects: &[Object]) -> Result<(), String> {
    for object in objects.iter().filter(|object| object.kind() == Kind::Trigger) {
        object.drop().iter().try_for_each(|statement| execute(client, statement))?;
        let trigger = object.id().name.split_whitespace().last().unwrap_or_default();
        let Some(table) = object.table() else { continue };
        execute(
            client,
            &format!(
                "CREATE TRIGGER {trigger} AFTER UPDATE ON {table} FOR EACH ROW WHEN (false) EXECUTE FUNCTION suppress_redundant_updates_trigger();
                 ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}"
            ),
        )?;
    }
    Ok(())
}

/// The scenarios in parts that are of one table each, or only of calls.
fn parts(scenarios: &Scenarios) -> Vec<Scenario> {
    let of_tables = scenarios.scenarios.iter().flat_map(|scenario| {
        let of_table = |&table| Scenario { tables: vec![table], calls: Vec::new(), ..scenario.clone() };
        scenario.tables.iter().map(of_table)
    });
    let of_calls = scenarios.scenarios.iter().filter(|scenario| !scenario.calls.is_empty());
    of_tables.chain(of_calls.map(|scenario| Scenario { tables: Vec::new(), ..scenario.clone() })).collect()
}

/// Whether something fails that did not before. A mutant may also make the server fail in another way, which is no silent leak.
fn notices(client: &mut Client, model: &Model, scenarios: &Scenarios, part: &Scenario, baseline: &BTreeSet<Failure>) -> bool {
    let is_known =
        |found: &Failure| baseline.iter().any(|known| (&known.scenario, &known.attempt) == (&found.scenario, &found.attempt));
    db::run_scenario(client, model, scenarios, part).map_or(true, |found| found.iter().any(|one| !is_known(one)))
}

/// What is taken out, the statement that takes it out, and the one that puts it back.
fn mutants_of(object: &Object) -> Vec<(String, String, String)> {
    let text = object.create()[0].split_whitespace().collect::<Vec<_>>().join(" ");
    if matches!(object.kind(), Kind::Policy | Kind::View) {
        let [closed, open] = shapes(&text);
        let mut found = mutants_of_shape(object, &closed);
        // What both ask is tried once.
        let of_open = mutants_of_shape(object, &open);
        found.extend(of_open.into_iter().filter(|(what, ..)| !found.iter().any(|(known, ..)| known == what)).collect::<Vec<_>>());
        return found;
    }
    mutants_of_shape(object, &text)
}

/// The same of a text without hints.
fn mutants_of_shape(object: &Object, text: &str) -> Vec<(String, String, String)> {
    if object.kind() == Kind::Function {
        let replace = |text: &str| text.replacen("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1);
        let starts = ["BEGIN ATOMIC ", "END IF; RETURN ", "END IF; answer := ", "BEGIN RETURN ", "BEGIN answer := "];
        let start = starts.into_iter().find(|start| text.contains(start));
        let start = start.expect("a look-up function has a body of a known form");
        let (head, body) = text.split_once(start).unwrap_or((text, ""));
        let rebuilt = |body: &str| replace(&format!("{head}{start}{body}"));
        return mutants(body).into_iter().map(|(what, mutated)| (what, rebuilt(&mutated), replace(text))).collect();
    }
    if object.kind() == Kind::View {
        let replace = |text: &str| text.replacen("CREATE VIEW", "CREATE OR REPLACE VIEW", 1);
        let mut all = mutants(text);
        // What is shown in a cell, and of which rows: all of it instead, and without each reason to show it.
        for (start, end) in conditions_of_view(text) {
            let with = |condition: &str| format!("{}{condition}{}", &text[..start], &text[end..]);
            all.push((text[start..end].to_owned(), with("true")));
            let ways = split(&text[start..end], " OR ");
            for skipped in 0..if ways.len() > 1 { ways.len() } else { 0 } {
                let kept: Vec<&str> =
                    ways.iter().enumerate().filter(|(index, _)| *index != skipped).map(|(_, way)| *way).collect();
                all.push((format!("OR {}", ways[skipped]), with(&kept.join(" OR "))));
            }
        }
        return all.into_iter().map(|(what, mutated)| (what, replace(&mutated), replace(text))).collect();
    }
    let (table, policy) = object.id().name.split_once(' ').unwrap_or((&object.id().name, ""));
    let alter = format!("ALTER POLICY {policy} ON {table}");
    let mut found = Vec::new();
    let of_clause = |word: &str| -> Vec<(String, String)> {
        let Some(condition) = clause(text, word) else { return Vec::new() };
        let mut all = mutants(condition);
        if condition != "true" {
            all.push((condition.to_owned(), "true".to_owned()));
        }
        all
    };
    let (using, check) = (of_clause("USING"), of_clause("WITH CHECK"));
    let original: Vec<String> =
        ["USING", "WITH CHECK"].iter().filter_map(|word| Some(format!("{word} ({})", clause(text, word)?))).collect();
    let original = format!("{alter} {}", original.join(" "));
    let row = format!("{}.", table.rsplit('.').next().unwrap_or(table));
    for (what, mutated) in &using {
        // What says nothing of the row is true of the old one when it is of the new one: each clause stands in for the other.
        let twin = check.iter().find(|(other, _)| same_condition(other, what) && !what.contains(&row));
        let also = twin.map_or_else(String::new, |(_, twin)| format!(" WITH CHECK ({twin})"));
        found.push((what.clone(), format!("{alter} USING ({mutated}){also}"), original.clone()));
    }
    for (what, mutated) in &check {
        if what.contains(&row) || !using.iter().any(|(other, _)| same_condition(other, what)) {
            found.push((what.clone(), format!("{alter} WITH CHECK ({mutated})"), original.clone()));
        }
    }
    if text.contains("AS PERMISSIVE") {
        let to = text.split(" TO ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        found.push(("TO".to_owned(), format!("{alter} TO PUBLIC"), format!("{alter} TO {to}")));
    }
    found
}

/// The shapes that hints choose between, each for everybody: that for who finds few rows, and that for who sees all.
fn shapes(text: &str) -> [String; 2] {
    [false, true].map(|sees_all| shape(text, sees_all))
}

fn shape(text: &str, sees_all: bool) -> String {
    const HINTED: &str = "CASE rowgate.hint_";
    let Some((before, hinted)) = text.split_once(HINTED) else { return text.to_owned() };
    let (first, rest) = operand(hinted.split_once(" THEN ").map_or("", |(_, rest)| rest));
    let (otherwise, rest) = operand(rest.trim_start_matches(" ELSE "));
    let rest = rest.trim_start_matches(" END");
    let chosen = match hinted.starts_with("has_none_") {
        // It says nothing of the row.
        true => format!("{}{rest}", before.trim_end_matches(" AND ")),
        false => format!("{before}{}{rest}", if sees_all { first } else { otherwise }),
    };
    shape(&chosen, sees_all)
}

/// A word, or what stands in parentheses, and what follows.
fn operand(text: &str) -> (&str, &str) {
    let end = match text.strip_prefix('(') {
        Some(inner) => closing(inner).map(|end| end + 2),
        None => text.find(' '),
    };
    text.split_at(end.unwrap_or(text.len()))
}

/// What the end of a range starts with that is open for some users only.
const GATE: &str = "(SELECT CASE WHEN ";

/// Whether two mutants leave out the same condition about the user: of a gate, or beside it.
fn same_condition(one: &str, other: &str) -> bool {
    let bare = |what: &str| what.replace("gate of ", "").replace("(SELECT ", "").replace("::bigint))", "::bigint)");
    bare(one) == bare(other)
}

/// Where the conditions of a view's cells and rows stand.
fn conditions_of_view(text: &str) -> Vec<(usize, usize)> {
    let cells = text.match_indices(" CASE WHEN ").map(|(at, found)| at + found.len()).filter_map(|start| {
        let end = start + split(&text[start..], " THEN ").first()?.len();
        // The ends of a gate are no cells.
        (!text[..start].ends_with(GATE)).then_some((start, end))
    });
    let rows = text.rfind(" WHERE ").map(|at| (at + " WHERE ".len(), text.len()));
    cells.chain(rows).collect()
}

/// The text in the parentheses behind a word.
fn clause<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let start = text.find(&format!(" {word} ("))? + word.len() + 3;
    let end = start + closing(&text[start..])?;
    Some(text[start..end].trim())
}

/// Where the parenthesis that is open at the start is closed.
pub fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted) = (0usize, false);
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted && depth == 0 => return Some(index),
            b')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The text without each operand of an AND, without each WHERE, and with each gate open, one at a time. Blanks are single.
fn mutants(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for start in text.match_indices(GATE).map(|(at, found)| at + found.len()) {
        let condition = split(&text[start..], " THEN ")[0];
        let rest = &text[start + condition.len()..];
        for part in split(condition, " AND ") {
            let others: Vec<&str> = split(condition, " AND ").into_iter().filter(|other| *other != part).collect();
            let open = if others.is_empty() { "true".to_owned() } else { others.join(" AND ") };
            found.push((format!("gate of {part}"), format!("{}{open}{rest}", &text[..start])));
        }
    }
    for (start, end) in groups(text) {
        let group = &text[start..end];
        let parts = operands(group);
        for skipped in 0..if parts.len() > 1 { parts.len() } else { 0 } {
            let kept: Vec<&str> =
                parts.iter().enumerate().filter(|(index, _)| *index != skipped).map(|(_, part)| *part).collect();
            let mutated = format!("{}{}{}", &text[..start], kept.join(" AND "), &text[end..]);
            found.push((parts[skipped].to_owned(), mutated));
        }
        // `WHERE` is preceded by the rest of its query, which is another group.
        if text[..start].ends_with("WHERE ") {
            found.push((format!("WHERE {group}"), format!("{}true{}", &text[..start], &text[end..])));
        }
    }
    found
}

/// The stretches that AND may join: inside parentheses, behind WHERE, between ORs.
pub fn groups(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut starts = vec![0];
    let mut quoted = false;
    for (index, byte) in text.bytes().enumerate() {
        quoted ^= byte == b'\'';
        if !quoted && byte == b'(' {
            starts.push(index + 1);
        }
        if !quoted && text.as_bytes()[index..].starts_with(b" WHERE ") {
            starts.push(index + " WHERE ".len());
        }
    }
    for start in starts {
        let rest = &text[start..];
        let end = closing(rest).unwrap_or_else(|| rest.find(';').unwrap_or(rest.len()));
        let whole = &rest[..end];
        if whole.starts_with("SELECT ") {
            continue;
        }
        let mut offset = start;
        for part in split(whole, " OR ") {
            let skipped = part.len() - part.trim_start().len();
            found.push((offset + skipped, offset + part.trim_end().len()));
            offset += part.len() + " OR ".len();
        }
    }
    found
}

/// What ANDs join; that of a BETWEEN is part of it.
pub fn operands(text: &str) -> Vec<&str> {
    let (mut found, mut start, mut end) = (Vec::new(), 0, 0);
    let mut is_open = false;
    for part in split(text, " AND ") {
        end += part.len();
        is_open = !is_open && part.contains(" BETWEEN (SELECT");
        if !is_open {
            found.push(&text[start..end]);
            start = end + " AND ".len();
        }
        end += " AND ".len();
    }
    found
}

/// Splits at a word outside of parentheses and quotes.
pub fn split<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let (mut depth, mut quoted, mut start) = (0usize, false, 0);
    let mut parts = Vec::new();
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b' ' if !quoted && depth == 0 && index >= start && text[index..].starts_with(word) => {
                parts.push(&text[start..index]);
                start = index + word.len();
            }
            _ => {}
        }
    }
    parts.push(&text[start.min(text.len())..]);
    parts
}

fn mutants_of_text() -> Result<(), String> {
    let text = "SELECT ARRAY(SELECT t.id FROM t WHERE a = ' AND ' AND b = f(c)); END";
    let found: Vec<String> = mutants(text).into_iter().map(|(_, mutated)| mutated).collect();
    let expected = [
        "SELECT ARRAY(SELECT t.id FROM t WHERE b = f(c)); END",
        "SELECT ARRAY(SELECT t.id FROM t WHERE a = ' AND '); END",
        "SELECT ARRAY(SELECT t.id FROM t WHERE true); END",
    ];
    if found != expected {
        return Err(format!("{found:#?}"));
    }
    let found: Vec<String> = mutants("x AND (y OR z AND w)").into_iter().map(|(_, mutated)| mutated).collect();
    let expected = ["(y OR z AND w)", "x", "x AND (y OR w)", "x AND (y OR z)"];
    if found != expected {
        return Err(format!("{found:#?}"));
    }
    let found: Vec<String> = mutants("a OR b BETWEEN (SELECT CASE WHEN c AND d THEN 0 END) AND (SELECT 9)")
        .into_iter()
        .map(|(_, mutated)| mutated)
        .collect();
    let expected = [
        "a OR b BETWEEN (SELECT CASE WHEN d THEN 0 END) AND (SELECT 9)",
        "a OR b BETWEEN (SELECT CASE WHEN c THEN 0 END) AND (SELECT 9)",
    ];
    if found != expected {
        return Err(format!("{found:#?}"));
    }
    let text = "CASE rowgate.hint_sees_all_1() WHEN true THEN (a OR (SELECT b)) ELSE ((a OR c) AND CASE rowgate.hint_has_none_2() WHEN true THEN ((SELECT 1) = 1) ELSE true END) END AND d";
    let found = shapes(text);
    if found != ["((a OR c)) AND d", "(a OR (SELECT b)) AND d"] {
        return Err(format!("{found:#?}"));
    }
    let found = operands("x AND y BETWEEN (SELECT 1) AND (SELECT 2) AND z");
    if found == ["x", "y BETWEEN (SELECT 1) AND (SELECT 2)", "z"] { Ok(()) } else { Err(format!("{found:#?}")) }
}
