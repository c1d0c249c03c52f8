//! What row-level security costs: the rules that rowgate compiles, beside a filter by hand that is given all keys, the best policy by hand, and
//! the policy of tutorials, one after the other on the same rows.
//!
//!     cargo bench --bench enforcement                 what is missing in target/enforcement, then benches/README.md
//!     cargo bench --bench enforcement -- --fresh      everything again
//!     cargo bench --bench enforcement -- --report     the report only
//!     cargo bench --bench enforcement -- PATTERN      only patterns whose name contains this
//!
//! It runs on a throw-away server of the tests; `ROWGATE_POSTGRES_BIN` names another version, which is measured beside those that were. 10 GB of disk and some 40 minutes are
//! needed for each.
#![allow(missing_docs)]

mod chart;
#[path = "../../tests/suite/cluster.rs"]
#[allow(dead_code)]
mod cluster;
mod data;
mod measure;
#[path = "../measuring.rs"]
mod measuring;
mod patterns;
mod report;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rowgate::db::Client;
use rowgate::objects::State;
use rowgate::plan;

use cluster::{DEPLOYER, Database};
use data::{Facts, SIZES, USERS, User, describe};
use measure::Cell;
use patterns::{PATTERNS, Pattern, Source};

fn main() {
    let outcome = run();
    cluster::stop();
    if let Err(error) = outcome {
        eprintln!("error: {error}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let mut has = |flag: &str| {
        let before = arguments.len();
        arguments.retain(|argument| argument != flag);
        arguments.len() < before
    };
    let (fresh, report_only) = (has("--fresh"), has("--report"));
    let filter = arguments.first().cloned().unwrap_or_default();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/enforcement");
    std::fs::create_dir_all(folder.join("plans")).map_err(|error| format!("{}: {error}", folder.display()))?;
    let file = folder.join("cells.jsonl");
    if fresh && file.exists() {
        std::fs::remove_file(&file).map_err(|error| error.to_string())?;
    }
    let mut cells = read_cells(&file)?;
    if !report_only {
        let version = measure::version(&mut Database::create("version")?.connect("postgres")?)?;
        let others: Vec<Cell> = cells.extract_if(.., |cell| cell.version != version).collect();
        let todo = todo(&filter, &cells);
        let total: usize = todo.iter().map(|(.., users)| users.len()).sum();
        let (start, mut number) = (Instant::now(), 0);
        for rows in SIZES {
            let mut bench = None;
            for (_, pattern, users) in todo.iter().filter(|(of, ..)| *of == rows) {
                let bench = match &mut bench {
                    Some(bench) => bench,
                    none => none.insert(Bench::new(rows)?),
                };
                bench.pattern(pattern, users, &folder, &mut cells, |new| {
                    number += 1;
                    let seconds = start.elapsed().as_secs();
                    let (user, queries) = (new.first().map_or("", |cell| &cell.user), new.len());
                    eprintln!(
                        "{number:>4}/{total} {seconds:>5} s  {rows} documents, {}, {user}: {queries} queries",
                        pattern.name
                    );
                    append(&file, new)
                })?;
            }
        }
        cells.extend(others);
    }
    let machine = report::machine(&cells);
    report::write(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches"), &cells, &machine)
}

/// What is still to be measured: users by pattern and number of documents.
fn todo(filter: &str, known: &[Cell]) -> Vec<(u32, &'static Pattern, Vec<User>)> {
    let mut all = Vec::new();
    for rows in SIZES {
        for pattern in PATTERNS.iter().filter(|pattern| pattern.name.contains(filter)) {
            let is_known = |user: &User| known.iter().any(|cell| cell.is_of(rows, user.name, pattern.name));
            let is_new = |user: &User| is_measured(rows, *user, pattern) && !is_known(user);
            all.push((rows, pattern, USERS.into_iter().filter(is_new).collect::<Vec<User>>()));
        }
    }
    all.retain(|(.., users)| !users.is_empty());
    all
}

/// Whether a user says something that no other says.
fn is_measured(rows: u32, user: User, pattern: &Pattern) -> bool {
    match user.name {
        // Elsewhere there is no such role, and the user is one of those who see nothing.
        "admin" => pattern.has_admin(),
        // Reading them all takes seconds, and is no different from a million.
        "1,000 teams" => rows < 10_000_000,
        _ => true,
    }
}

fn read_cells(file: &Path) -> Result<Vec<Cell>, String> {
    let Ok(text) = std::fs::read_to_string(file) else { return Ok(Vec::new()) };
    text.lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{}: {error}", file.display()))).collect()
}

fn append(file: &Path, cells: &[Cell]) -> Result<(), String> {
    let mut open = std::fs::OpenOptions::new().create(true).append(true).open(file).map_err(|error| error.to_string())?;
    for cell in cells {
        let line = serde_json::to_string(cell).map_err(|error| error.to_string())?;
        writeln!(open, "{line}").map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// A database with so many documents.
struct Bench {
    rows: u32,
    database: Database,
}

impl Bench {
    fn new(rows: u32) -> Result<Bench, String> {
        eprintln!("making {rows} documents");
        let database = Database::create(&format!("bench{rows}"))?;
        let mut admin = database.connect("postgres")?;
        admin.batch_execute(&data::script(rows)).map_err(describe)?;
        // The indexes that rowgate recommends for all patterns.
        for pattern in &PATTERNS {
            let compiled = patterns::compile(pattern)?;
            for index in compiled.wanted_indexes() {
                admin.batch_execute(&index.create(false)).map_err(describe)?;
            }
        }
        admin.batch_execute("VACUUM ANALYZE").map_err(describe)?;
        let _roles = cluster::lock_roles();
        admin.batch_execute("DROP ROLE IF EXISTS bench_expert; DROP ROLE IF EXISTS bench_naive").ok();
        admin.batch_execute(&patterns::helpers()).map_err(describe)?;
        for table in ["users", "teams", "members", "projects", "folders", "shares", "documents"] {
            admin.batch_execute(&format!("ALTER TABLE {table} OWNER TO {DEPLOYER}")).map_err(describe)?;
        }
        Ok(Bench { rows, database })
    }

    /// Measures all queries of some users under one pattern, and hands them over user by user.
    fn pattern(
        &self,
        pattern: &Pattern,
        users: &[User],
        folder: &Path,
        cells: &mut Vec<Cell>,
        mut done: impl FnMut(&[Cell]) -> Result<(), String>,
    ) -> Result<(), String> {
        let compiled = patterns::compile(pattern)?;
        let state = compiled.state().ok_or("the pattern has errors")?;
        let nothing = State::empty();
        self.database.apply(DEPLOYER, &plan::desired_state(&state))?;
        let mut admin = self.database.connect("postgres")?;
        admin.batch_execute(&self.policies_by_hand(pattern)).map_err(describe)?;
        for &user in users {
            let facts = Facts::of(&mut admin, user.id)?;
            let new = measure::cells(&self.database, self.rows, pattern, user, &facts, cells, folder)?;
            done(&new)?;
            cells.extend(new);
            // What was rolled back leaves its rows behind.
            admin.batch_execute("VACUUM documents").map_err(describe)?;
        }
        admin.batch_execute(DROP_POLICIES_BY_HAND).map_err(describe)?;
        for table in OPEN_BY_HAND {
            admin.batch_execute(&format!("DROP POLICY by_hand ON {table}")).map_err(describe)?;
        }
        let down = plan::migration("down", &state, &nothing).ok_or("nothing to undo")?;
        self.database.apply(DEPLOYER, &down)?;
        Ok(())
    }

    fn policies_by_hand(&self, pattern: &Pattern) -> String {
        let mut script = String::new();
        for table in OPEN_BY_HAND {
            script.push_str(&format!("CREATE POLICY by_hand ON {table} TO bench_expert, bench_naive USING (true);"));
        }
        for (role, documents, projects) in [
            ("expert", patterns::expert(pattern), patterns::PROJECTS_EXPERT),
            ("naive", pattern.naive.to_owned(), patterns::PROJECTS_NAIVE),
        ] {
            let of_table = match pattern.source {
                Source::Table => documents.clone(),
                Source::MaskingView => format!("owner_id = (SELECT {role}.uid())"),
            };
            script.push_str(&format!(
                "CREATE POLICY {role} ON projects TO bench_{role} USING ({projects});
                 CREATE POLICY {role} ON documents TO bench_{role} USING ({of_table});"
            ));
            if pattern.source == Source::MaskingView {
                let own = if role == "expert" { "owner_id = (SELECT expert.uid())" } else { "owner_id = naive.uid()" };
                script.push_str(&format!(
                    "CREATE VIEW {role}.documents WITH (security_barrier) AS SELECT id, owner_id, team_id, project_id, folder_id, company_id, status,
                       created_at, CASE WHEN {own} THEN amount END AS amount, title FROM public.documents WHERE {documents};
                     GRANT SELECT ON {role}.documents TO bench_{role};"
                ));
            }
        }
        script
    }
}

/// What policies by hand look up directly; a project by hand would have no policies on them.
const OPEN_BY_HAND: [&str; 5] = ["users", "teams", "members", "folders", "shares"];

const DROP_POLICIES_BY_HAND: &str =
    "DROP POLICY expert ON projects; DROP POLICY naive ON projects; DROP POLICY expert ON documents;
    DROP POLICY naive ON documents; DROP VIEW IF EXISTS expert.documents; DROP VIEW IF EXISTS naive.documents";

/// Signs a user in on a connection of a role.
fn sign_in(client: &mut Client, role: &str, user: &User) -> Result<(), String> {
    let sign_in = format!("SET jit = on; SET statement_timeout = '5s'; SET app.user_id = '{}'; SET ROLE {role}", user.id);
    client.batch_execute(&sign_in).map_err(describe)
}
