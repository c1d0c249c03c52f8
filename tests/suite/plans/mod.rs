//! The plans that PostgreSQL makes of the policies, for the patterns that the benchmark measures: who sees few rows never pays for who sees
//! many, with the indexes that rowgate names. It looks at plans, not at the clock.

mod derived;
mod lists;
mod tuples;

#[path = "../../../benches/enforcement/data.rs"]
#[allow(dead_code)]
mod data;
#[path = "../../../benches/enforcement/patterns.rs"]
#[allow(dead_code)]
mod patterns;

use data::{Facts, ORDINARY, USERS, User, describe};
use libtest_mimic::Trial;
use patterns::{PATTERNS, Pattern, Source};
use rowgate::db::Client;
use rowgate::objects::State;
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::trial;

/// As many documents as make a scan of all of them worth avoiding.
const DOCUMENTS: u32 = 50_000;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("plans::policies_find_their_rows_by_the_indexes_that_are_named", every_pattern),
        trial("plans::derived_columns_are_found_by_the_indexes_that_are_named", derived::derived),
        trial("plans::lists_of_rows_that_are_found_by_others_need_no_scan", lists::lists),
        trial("plans::references_of_several_columns_are_found_by_the_indexes_that_are_named", tuples::tuples),
    ]
}

fn every_pattern() -> Result<(), String> {
    let database = Database::create("plans")?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute(&data::script(DOCUMENTS)).map_err(describe)?;
    for table in ["users", "teams", "members", "projects", "folders", "shares", "documents"] {
        admin.batch_execute(&format!("ALTER TABLE {table} OWNER TO {DEPLOYER}")).map_err(describe)?;
    }
    admin.batch_execute("DROP INDEX shares_document_id_idx; ANALYZE").map_err(describe)?;
    let mut problems = Vec::new();
    for pattern in &PATTERNS {
        of_pattern(&database, &mut admin, pattern, &mut problems)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

fn of_pattern(database: &Database, admin: &mut Client, pattern: &Pattern, problems: &mut Vec<String>) -> Result<(), String> {
    let compiled = patterns::compile(pattern)?;
    let state = compiled.state().ok_or("no state")?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let wanted = compiled.wanted_indexes();
    if wanted.iter().all(|index| index.table != "public.documents") && pattern.name != "children" {
        problems.push(format!("{}: no index on documents is asked for", pattern.name));
    }
    let scan = scans(database, pattern, ORDINARY)?;
    if scan.is_empty() && pattern.name != "children" {
        problems.push(format!("{}: documents are found without an index", pattern.name));
    }
    for index in &wanted {
        admin.batch_execute(&index.create(false)).map_err(describe)?;
    }
    admin.batch_execute("ANALYZE").map_err(describe)?;
    for user in USERS.into_iter().filter(|user| ["3 teams", "1 team", "sees nothing"].contains(&user.name)) {
        let scan = scans(database, pattern, user)?;
        if !scan.is_empty() {
            problems.push(format!("{}, {}: everything is read\n{scan}", pattern.name, user.name));
        }
    }
    if pattern.name == "roles with filters" {
        problems.extend(keys_of_roles(database)?);
    }
    // The filter by hand has to give the same rows, for the administrator, too.
    for user in USERS {
        let facts = Facts::of(admin, user.id)?;
        let by_hand: i64 = admin
            .query_one(&format!("SELECT count(*) FROM documents WHERE {}", (pattern.limit)(&facts)), &[])
            .map_err(describe)?
            .get(0);
        let mut client = signed_in(database, user)?;
        let own: i64 = client.query_one(&format!("SELECT count(*) FROM {}", source(pattern)), &[]).map_err(describe)?.get(0);
        if own != by_hand {
            problems.push(format!("{}, {}: {own} rows, by hand {by_hand}", pattern.name, user.name));
        }
    }
    let down = plan::migration("down", &state, &State::empty()).ok_or("nothing to undo")?;
    database.apply(DEPLOYER, &down)?;
    for index in &wanted {
        admin.batch_execute(&format!("DROP INDEX {}", index.name)).map_err(describe)?;
    }
    Ok(())
}

/// Only clerks may see their company's documents, so nobody else may have them looked for; whoever does not is told.
fn keys_of_roles(database: &Database) -> Result<Vec<String>, String> {
    let mut problems = Vec::new();
    for user in USERS.into_iter().filter(|user| user.name != "admin") {
        let mut client = signed_in(database, user)?;
        // A table of this size would otherwise be read as a whole for who sees much of it.
        client.batch_execute("SET enable_seqscan = off").map_err(describe)?;
        let query = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) SELECT count(*) FROM public.documents";
        let plan: Vec<String> = client.query(query, &[]).map_err(describe)?.iter().map(|row| row.get(0)).collect();
        let line = plan.iter().find(|line| line.contains("documents_company_id_idx")).ok_or_else(|| plan.join("\n"))?;
        let found = line.split("actual rows=").nth(1).is_some_and(|rest| !rest.starts_with('0'));
        if found != (user == ORDINARY) {
            problems.push(format!("roles with filters, {}: {line}", user.name));
        }
    }
    Ok(problems)
}

fn source(pattern: &Pattern) -> &'static str {
    match pattern.source {
        Source::Table => "public.documents",
        Source::MaskingView => "masked.documents",
    }
}

fn signed_in(database: &Database, user: User) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    client.batch_execute(&format!("SET app.user_id = '{}'; SET ROLE bench_user", user.id)).map_err(describe)?;
    Ok(client)
}

/// The plan of a query over all documents, where it reads all of them; empty otherwise.
fn scans(database: &Database, pattern: &Pattern, user: User) -> Result<String, String> {
    let mut client = signed_in(database, user)?;
    let rows = client.query(&format!("EXPLAIN SELECT count(*), sum(amount) FROM {}", source(pattern)), &[]).map_err(describe)?;
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let reads_all = plan.iter().any(|line| line.contains("Seq Scan on documents"));
    Ok(if reads_all { plan.join("\n") } else { String::new() })
}
