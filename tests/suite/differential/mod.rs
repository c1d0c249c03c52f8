//! The differential test: random projects, and every decision of the evaluator against PostgreSQL. A short run with fixed seeds is among the
//! tests; `tests/differential --cases N --seed S` runs as long as wanted.

mod conditions;
mod decisions;
mod derived;
mod former;
mod generate;
mod hostile;
mod levels;
mod memberships;
mod operators;
mod paths;
mod presets;
mod probe;
mod relations;
mod restore;
mod said;
mod schema;
mod server;
mod sessions;
mod statement;
mod steps;
mod stored;
mod tuples;
mod undo;
mod user_rows;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use generate::Project;
use libtest_mimic::Trial;
use schema::Moments;
use server::{Outcome, Worker};
pub use undo::{ALL as FAULTS, FoundBy, Undo};

use crate::random::Random;
use crate::{cluster, root, trial};

/// Seeds of the short run, among whose projects each shape of the SQL is.
const SHORT: [u64; 9] = [4, 101, 104, 121, 123, 141, 184, 186, 199];

/// Projects of the short run with hostile sessions.
const SHORT_HOSTILE: usize = 4;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("differential::the_server_does_what_the_rules_mean", || {
            let mut worker = Worker::new(0, false)?;
            let mut decisions = 0;
            let mut missing: Vec<(&str, &str)> = SHAPES.to_vec();
            for seed in SHORT {
                let outcome = case(&mut worker, seed)?;
                decisions += outcome.decisions;
                missing.retain(|(_, sign)| !outcome.script.contains(sign));
            }
            if decisions < 5_000 || !missing.is_empty() {
                return Err(format!("only {decisions} decisions, and none with {missing:?}"));
            }
            Ok(())
        }),
        trial("differential::a_hostile_session_gets_the_same_or_an_error", || {
            // Its roles are not those of the other trial, which may run at the same time.
            let mut worker = Worker::new(100, true)?;
            let mut attempts = hostile::Coverage::default();
            for seed in 1..=SHORT_HOSTILE {
                attempts.add(&case(&mut worker, seed as u64)?.coverage);
            }
            let vain: Vec<&str> = hostile::IN_FORCE.into_iter().filter(|name| attempts.count(name).resolved == 0).collect();
            if attempts.decisions() < 2_000 || !vain.is_empty() {
                return Err(format!("only {} decisions, and nothing in force of {vain:?}", attempts.decisions()));
            }
            Ok(())
        }),
        trial("differential::each_fault_can_be_put_back", undo::trial_of_the_table),
    ]
}

fn project(worker: &Worker, seed: u64, number: usize) -> Project {
    of_seed(seed, &worker.moments, number, worker.hostile)
}

/// The project of a seed: the first that can be enforced.
fn of_seed(seed: u64, moments: &Moments, number: usize, hostile: bool) -> Project {
    let mut random = Random::new(seed);
    loop {
        let project = Project::random(&mut random, moments, number, hostile);
        if !server::is_refused(&project) {
            return project;
        }
    }
}

/// Runs one project. A mismatch is made small, kept, and given as the error.
fn case(worker: &mut Worker, seed: u64) -> Result<Outcome, String> {
    let project = project(worker, seed, worker.number());
    let outcome = worker.run(&project, seed).map_err(|error| format!("seed {seed}: {error}\n{}", project.policy()))?;
    let Some(mismatch) = outcome.mismatch else { return Ok(outcome) };
    let (small, mismatch) = shrink(worker, project, mismatch, seed);
    let kept = keep(&small, &mismatch, seed)?;
    Err(format!("seed {seed}: {mismatch}\n{}\nkept in {kept}", small.policy()))
}

/// Seconds for making a mismatch small.
fn shrinking() -> u64 {
    std::env::var("ROWGATE_DIFFERENTIAL_SHRINK").ok().and_then(|text| text.parse().ok()).unwrap_or(120)
}

/// Takes parts away as long as some decision still differs.
fn shrink(worker: &mut Worker, project: Project, mismatch: String, seed: u64) -> (Project, String) {
    let (mut best, mut mismatch) = (project, mismatch);
    let start = Instant::now();
    let in_time = || start.elapsed().as_secs() < shrinking();
    while let Some((smaller, found)) = best.smaller().into_iter().take_while(|_| in_time()).find_map(|smaller| {
        let found = worker.run(&smaller, seed).ok()?.mismatch?;
        Some((smaller, found))
    }) {
        (best, mismatch) = (smaller, found);
    }
    (best, mismatch)
}

/// Writes a mismatch as a project folder.
fn keep(project: &Project, mismatch: &str, seed: u64) -> Result<String, String> {
    let folder = crate::pages::temporary(&format!("mismatch_{seed}"))?;
    let mut rows = "rows:\n".to_owned();
    for (table, values) in project.schema.tables.iter().zip(&project.rows) {
        rows.push_str(&format!("  {}:\n", table.name));
        for row in values {
            let fields = table.columns.iter().zip(row).map(|(column, value)| {
                let value = value.as_ref().map_or("null".to_owned(), |value| serde_json::Value::from(value.as_str()).to_string());
                format!("{}: {value}", column.name)
            });
            rows.push_str(&format!("    - {{ {} }}\n", fields.collect::<Vec<_>>().join(", ")));
        }
    }
    let remark: String = mismatch.lines().map(|line| format!("# {line}\n")).collect();
    for (name, text) in [
        ("rowgate.yaml", project.config.clone()),
        ("schema.yaml", project.schema.yaml()),
        ("main.policy", project.policy()),
        ("main.test.yaml", format!("{remark}{rows}scenarios: []\n")),
    ] {
        std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
    }
    Ok(folder.strip_prefix(root()).unwrap_or(&folder).display().to_string())
}

/// The words of policies and configurations whose use is counted.
const CONSTRUCTS: [&str; 96] = [
    "equals",
    "does not equal",
    "is not ",
    "is empty",
    "is not empty",
    "is one of",
    "is not one of",
    "is greater than",
    "is at least",
    "is less than",
    "is at most",
    "is before",
    "is after",
    "is not before",
    "is not after",
    "is between",
    "is not between",
    "ignoring case",
    "is one of Claim",
    "is not one of Claim",
    "Claim \"moment\"",
    "Session's Place",
    "Session's Place's `",
    "Session's Place's items",
    "is one of Session's",
    "is not one of Session's",
    "of Session's",
    "`d_",
    "`'s `d_",
    "has any of",
    "has all of",
    "has none of",
    " contains ",
    "does not contain",
    "starts with",
    "does not start with",
    "ends with",
    "does not end with",
    "Logged in User",
    "Logged in User is empty",
    "User's `",
    "User's Team",
    "Claim",
    "now",
    "today",
    " ago",
    "in 1 month",
    "date \"",
    "any record of",
    "no record of",
    "any notes",
    "no items",
    "'s items",
    "User's notes",
    "at least 2 ",
    "fewer than 2 ",
    "number of ",
    " as Apple where",
    "this record's ",
    "Apple's ",
    "Berry's ",
    "at any level is",
    " or its `",
    "at any level where",
    "manager_id` at any level",
    "can read",
    "can update",
    "can delete",
    " `next_id`\n",
    "Named",
    "sql \"",
    "boundary",
    " on every table",
    " for update",
    "permission \"see\" of",
    "permission \"edit\" in any",
    "except permission",
    " setting `",
    " to User's `",
    " then ",
    "the former `",
    "record of users where",
    "except (",
    " fields and (",
    " except odd fields",
    "look up by row",
    "look up by list",
    "`shelf`'s `",
    "`shelf` is ",
    "User's `desk`",
    "items by Shelf",
    " `shelf`\n",
    "below: parent_id",
    "holder: '",
    "whole_rows: true",
    "user_key: auth_id",
];

/// Shapes of the SQL whose use is counted, with what gives them away.
const SHAPES: [(&str, &str); 19] = [
    ("keys of roles", "= (SELECT CASE"),
    ("gates", "BETWEEN (SELECT CASE"),
    ("few rows expected", "(SELECT 1) = ALL"),
    ("lists of keys", "= ANY ((SELECT rowgate."),
    ("questions by row", "rowgate.in_"),
    ("numbers of rows", "rowgate.number_of_"),
    ("rows of the user", " AS items ("),
    ("rows above by key", "= reached.next"),
    ("lists of rows below", "= reached.key"),
    ("memberships beneath", "parent_id = beneath.key"),
    ("memberships above one key", "= above.key"),
    ("memberships by a list", "members.team_id = ANY (ARRAY(SELECT folders"),
    ("hashed lists", "IN (SELECT unnest("),
    ("asked anew, locked", "PERFORM pg_advisory_xact_lock"),
    ("another key of the user", "rowgate.user_id_"),
    ("an element by an index", "@> array_append("),
    ("lists of several columns", "IN (SELECT listed.k1"),
    ("plans for who sees all", "CASE rowgate.hint_sees_all_"),
    ("plans for who has no key", "CASE rowgate.hint_has_none_"),
];

/// Runs as many projects as the environment asks for; whether that was asked.
pub fn run_from_environment() -> Option<bool> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    let cases = usize::try_from(number("ROWGATE_DIFFERENTIAL_CASES")?).ok()?;
    let (seed, workers) = (number("ROWGATE_DIFFERENTIAL_SEED").unwrap_or(1), number("ROWGATE_DIFFERENTIAL_WORKERS").unwrap_or(2));
    let hostile = std::env::var("ROWGATE_DIFFERENTIAL_HOSTILE").is_ok_and(|value| value == "1");
    if let Some(names) = std::env::var("ROWGATE_DIFFERENTIAL_UNDO").ok().filter(|names| !names.is_empty()) {
        let as_expected =
            undo::run(&names, undo::Extent { cases, seed, workers: usize::try_from(workers).unwrap_or(1) }, hostile);
        cluster::stop();
        return Some(as_expected.unwrap_or_else(|error| {
            println!("{error}");
            false
        }));
    }
    let (next, decisions, mismatches) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let coverage: Arc<Mutex<BTreeMap<&str, usize>>> = Arc::default();
    let attempts: Arc<Mutex<hostile::Coverage>> = Arc::default();
    let start = Instant::now();
    let threads: Vec<_> = (0..usize::try_from(workers).unwrap_or(1))
        .map(|number| {
            let (next, decisions, mismatches, coverage) = (next.clone(), decisions.clone(), mismatches.clone(), coverage.clone());
            let attempts = attempts.clone();
            std::thread::spawn(move || -> Result<(), String> {
                let mut worker = Worker::new(number + 1, hostile)?;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= cases {
                        return Ok(());
                    }
                    let seed = seed + index as u64;
                    let project = project(&worker, seed, worker.number());
                    let text = project.policy() + &project.config;
                    for construct in CONSTRUCTS.iter().filter(|construct| text.contains(**construct)) {
                        *coverage.lock().unwrap().entry(construct).or_default() += 1;
                    }
                    match case(&mut worker, seed) {
                        Ok(outcome) => {
                            decisions.fetch_add(outcome.decisions, Ordering::Relaxed);
                            attempts.lock().unwrap().add(&outcome.coverage);
                            for (shape, _) in SHAPES.iter().filter(|(_, sign)| outcome.script.contains(sign)) {
                                *coverage.lock().unwrap().entry(shape).or_default() += 1;
                            }
                        }
                        Err(error) => {
                            println!("{error}\n");
                            mismatches.lock().unwrap().push(error);
                            // A statement that failed may have left a transaction behind.
                            worker = Worker::new(number + 1, hostile)?;
                        }
                    }
                    if index % (if hostile { 10 } else { 100 }) == 0 && index > 0 {
                        let seconds = start.elapsed().as_secs();
                        println!("{index} cases, {} decisions, {seconds} s", decisions.load(Ordering::Relaxed));
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        if let Err(error) = thread.join().unwrap() {
            mismatches.lock().unwrap().push(error);
        }
    }
    cluster::stop();
    println!("cases with each construct:");
    let coverage = coverage.lock().unwrap();
    for construct in CONSTRUCTS {
        println!("  {:22} {}", construct.trim(), coverage.get(construct).copied().unwrap_or(0));
    }
    println!("cases with each shape of the SQL:");
    for (shape, _) in SHAPES {
        println!("  {shape:22} {}", coverage.get(shape).copied().unwrap_or(0));
    }
    let attempts = attempts.lock().unwrap();
    if hostile {
        attempts.print();
        println!("{} decisions in hostile sessions", attempts.decisions());
    }
    let mismatches = mismatches.lock().unwrap();
    println!(
        "{cases} cases from seed {seed}, {} decisions, {} mismatches, {} s",
        decisions.load(Ordering::Relaxed),
        mismatches.len(),
        start.elapsed().as_secs()
    );
    Some(mismatches.is_empty())
}
