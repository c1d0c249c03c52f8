//! Queries, and how long each contestant takes for them.

use std::path::Path;
use std::time::{Duration, Instant};

use rowgate::db::Client;
use serde::{Deserialize, Serialize};

use super::cluster::Database;
use super::data::{ADMIN, Facts, ORDINARY, SEES_NOTHING, User, describe};
use super::measuring::{pin, time};
use super::patterns::{Pattern, Source};
use super::sign_in;

/// In the order of the fields of a [`Cell`].
pub const CONTESTANTS: [&str; 5] = ["limit", "expert", "naive", "rowgate", "kept"];
pub const LIMIT: usize = 0;
pub const EXPERT: usize = 1;
pub const TUTORIAL: usize = 2;
pub const ROWGATE: usize = 3;
/// The same policies by a plan that was made for somebody else, as a connection keeps it that many users share.
pub const KEPT: usize = 4;

/// More rows are not updated in bulk: they would fill the disk with dead ones.
const MAX_BULK: i64 = 100_000;

/// What an application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Query {
    Sum,
    Page,
    Fetch,
    Join,
    Search,
    Insert,
    Update,
    Delete,
    Bulk,
}

impl Query {
    pub const ALL: [Query; 9] = [
        Query::Sum,
        Query::Page,
        Query::Fetch,
        Query::Join,
        Query::Search,
        Query::Insert,
        Query::Update,
        Query::Delete,
        Query::Bulk,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Query::Sum => "count and sum",
            Query::Page => "page of 20",
            Query::Fetch => "fetch by key",
            Query::Join => "join",
            Query::Search => "search",
            Query::Insert => "insert",
            Query::Update => "update by key",
            Query::Delete => "delete by key",
            Query::Bulk => "bulk update",
        }
    }

    pub fn writes(self) -> bool {
        matches!(self, Query::Insert | Query::Update | Query::Delete | Query::Bulk)
    }

    /// Whether it touches one row by its key.
    pub fn is_one_row(self) -> bool {
        matches!(self, Query::Fetch | Query::Insert | Query::Update | Query::Delete)
    }
}

/// A measurement: medians in milliseconds, by contestant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cell {
    pub version: String,
    pub rows: u32,
    pub user: String,
    pub pattern: String,
    pub query: Query,
    /// `None` where it took longer than 5 seconds, and where the tutorial's policy was too slow with a tenth of the rows.
    pub total: [Option<f64>; CONTESTANTS.len()],
    pub planning: [f64; CONTESTANTS.len()],
    /// How documents are found.
    pub plan: [String; CONTESTANTS.len()],
}

impl Cell {
    pub fn is_of(&self, rows: u32, user: &str, pattern: &str) -> bool {
        (self.rows, self.user.as_str(), self.pattern.as_str()) == (rows, user, pattern)
    }

    pub fn is(&self, rows: u32, user: &str, pattern: &str, query: Query) -> bool {
        self.is_of(rows, user, pattern) && self.query == query
    }
}

/// The statement of a contestant. `key` is a row that the user may write, `values` one that the user may make.
fn statement(query: Query, pattern: &Pattern, contestant: usize, facts: &Facts, key: i32, values: &str) -> String {
    let filter = (pattern.limit)(facts);
    let is_masked = pattern.source == Source::MaskingView;
    let is_limit = contestant == LIMIT;
    let documents = match (is_limit, is_masked, contestant) {
        (true, false, _) => format!("(SELECT * FROM documents WHERE {filter}) AS d"),
        (true, true, _) => format!(
            "(SELECT id, project_id, title, created_at, CASE WHEN owner_id = {} THEN amount END AS amount FROM documents WHERE {filter}) AS d",
            facts.user
        ),
        (false, false, _) => "documents AS d".to_owned(),
        (false, true, EXPERT) => "expert.documents AS d".to_owned(),
        (false, true, TUTORIAL) => "naive.documents AS d".to_owned(),
        (false, true, _) => "masked.documents AS d".to_owned(),
    };
    let projects = if is_limit {
        format!("(SELECT * FROM projects WHERE team_id IN ({})) AS p", facts.teams)
    } else {
        "projects AS p".to_owned()
    };
    let own_filter = if is_masked { format!("owner_id = {}", facts.user) } else { filter };
    let (and, only) = if is_limit { (format!(" AND {own_filter}"), format!(" WHERE {own_filter}")) } else { Default::default() };
    match query {
        Query::Sum => format!("SELECT count(*), sum(amount) FROM {documents}"),
        Query::Page => format!("SELECT id, title FROM {documents} ORDER BY created_at DESC LIMIT 20"),
        Query::Fetch => format!("SELECT title FROM {documents} WHERE id = {key}"),
        Query::Join => format!("SELECT count(*), sum(d.amount) FROM {documents} JOIN {projects} ON p.id = d.project_id"),
        Query::Search => format!("SELECT count(*) FROM {documents} WHERE title LIKE '%77%'"),
        Query::Insert => format!("INSERT INTO documents VALUES ({values})"),
        Query::Update => format!("UPDATE documents SET title = 'changed' WHERE id = {key}{and}"),
        Query::Delete => format!("DELETE FROM documents WHERE id = {key}{and}"),
        Query::Bulk => format!("UPDATE documents SET title = 'changed'{only}"),
    }
}

/// Measures the queries of a user under the policies that are in force. `known` tells how long they took with fewer rows.
pub fn cells(
    database: &Database,
    rows: u32,
    pattern: &Pattern,
    user: User,
    facts: &Facts,
    known: &[Cell],
    folder: &Path,
) -> Result<Vec<Cell>, String> {
    let mut clients = Vec::new();
    for role in ["postgres", "bench_expert", "bench_naive", "bench_user", "bench_user"] {
        let mut client = database.connect("postgres")?;
        pin(&mut client)?;
        sign_in(&mut client, role, &user)?;
        clients.push(client);
    }
    let sample = sample(&mut clients[LIMIT], pattern, facts, rows)?;
    let version = version(&mut clients[LIMIT])?;
    let mut cells = Vec::new();
    for query in Query::ALL {
        let Some((key, values)) = sample.for_query(query, pattern) else { continue };
        let mut statements: Vec<String> =
            (0..CONTESTANTS.len()).map(|contestant| statement(query, pattern, contestant, facts, key, values)).collect();
        statements[KEPT] = keep(&mut clients[KEPT], query, &statements[KEPT], &user, pattern)?;
        let before = known.iter().find(|cell| cell.is(rows / 10, user.name, pattern.name, query));
        // It would take hours in all. The ordinary user stands for the others.
        let patience = if user == ORDINARY { 500.0 } else { 100.0 };
        let has_tutorial = before.is_none_or(|cell| cell.total[TUTORIAL].is_some_and(|time| time < patience));
        let contestants: Vec<usize> = (0..CONTESTANTS.len()).filter(|one| *one != TUTORIAL || has_tutorial).collect();
        let contestants = same_answer(&mut clients, query, &contestants, &statements)
            .map_err(|error| format!("{}, {}: {error}", pattern.name, query.name()))?;
        let mut cell = Cell {
            version: version.clone(),
            rows,
            user: user.name.to_owned(),
            pattern: pattern.name.to_owned(),
            query,
            total: Default::default(),
            planning: Default::default(),
            plan: Default::default(),
        };
        for (contestant, statement) in statements.iter().enumerate() {
            let (text, planning) = explain(&mut clients[contestant], statement)?;
            cell.plan[contestant] = plan_kind(&text);
            cell.planning[contestant] = planning;
            let name = format!("{version}-{rows}-{}-{}-{query:?}-{}.txt", user.name, pattern.name, CONTESTANTS[contestant])
                .replace([' ', '\''], "_");
            std::fs::write(folder.join("plans").join(name), format!("{statement}\n\n{text}"))
                .map_err(|error| error.to_string())?;
        }
        cell.total = medians(&mut clients, query, &contestants, &statements);
        cells.push(cell);
    }
    Ok(cells)
}

/// The version of the server, without what its distribution adds.
pub fn version(client: &mut Client) -> Result<String, String> {
    let version: String = client.query_one("SHOW server_version", &[]).map_err(describe)?.get(0);
    Ok(version.split(' ').next().unwrap_or_default().to_owned())
}

/// Has a statement planned for somebody who sees otherwise than the user, and gives what executes it by that plan. A statement without parameters has one plan for
/// as long as its connection has the role and the settings that it was made with (`plancache.c`), whoever is signed in.
fn keep(client: &mut Client, query: Query, statement: &str, user: &User, pattern: &Pattern) -> Result<String, String> {
    let other = match *user == ORDINARY {
        true if pattern.has_admin() => ADMIN,
        true => SEES_NOTHING,
        false => ORDINARY,
    };
    let name = format!("kept_{query:?}");
    sign_in(client, "bench_user", &other)?;
    client.batch_execute(&format!("PREPARE {name} AS {statement}; EXPLAIN EXECUTE {name}")).map_err(describe)?;
    sign_in(client, "bench_user", user)?;
    Ok(format!("EXECUTE {name}"))
}

/// All contestants must answer alike, or the times would compare different things. Those that do, without the ones that take too long.
fn same_answer(clients: &mut [Client], query: Query, contestants: &[usize], statements: &[String]) -> Result<Vec<usize>, String> {
    let (mut answered, mut answers) = (Vec::new(), Vec::new());
    for &contestant in contestants {
        let statement = &statements[contestant];
        let mut transaction = clients[contestant].transaction().map_err(describe)?;
        let answer = match transaction.simple_query(statement) {
            // A page may end among rows of the same moment.
            Ok(messages) if query == Query::Page => format!("{} rows", messages.len()),
            Ok(messages) => format!("{messages:?}"),
            Err(error) if error.code().is_some_and(|code| code.code() == "57014") => continue,
            Err(error) => return Err(format!("{}\n{statement}", describe(error))),
        };
        transaction.rollback().map_err(describe)?;
        answered.push(contestant);
        answers.push(answer);
    }
    match answers.iter().find(|answer| **answer != answers[0]) {
        Some(other) => Err(format!("the contestants answer differently:\n{}\n{other}", answers[0])),
        None => Ok(answered),
    }
}

/// What the queries of a user are about.
struct Sample {
    /// A row that the user may write, and the values of one that the user may make.
    writable: Option<(i32, String)>,
    /// How many rows the user may write, up to [`MAX_BULK`] and one.
    count: i64,
}

impl Sample {
    /// The row of a query and the values; `None` where the user cannot ask this, or it would not be a measurement.
    fn for_query(&self, query: Query, pattern: &Pattern) -> Option<(i32, &str)> {
        // Nobody has shared what is not there yet, and what is shared cannot be deleted.
        let is_possible = pattern.name != "children" || !matches!(query, Query::Insert | Query::Delete);
        let is_small = query != Query::Bulk || self.count <= MAX_BULK;
        match &self.writable {
            Some((key, values)) => (is_possible && is_small).then_some((*key, values)),
            // Whoever sees nothing asks for some row.
            None => (!query.writes()).then_some((777, "")),
        }
    }
}

fn sample(client: &mut Client, pattern: &Pattern, facts: &Facts, rows: u32) -> Result<Sample, String> {
    let filter =
        if pattern.source == Source::MaskingView { format!("owner_id = {}", facts.user) } else { (pattern.limit)(facts) };
    // What is shared cannot be deleted.
    let is_free = if pattern.name == "children" {
        "true"
    } else {
        "NOT EXISTS (SELECT 1 FROM shares s WHERE s.document_id = documents.id)"
    };
    let query = format!(
        "SELECT id, owner_id, team_id, project_id, folder_id, company_id, status, amount FROM documents WHERE {filter} AND {is_free} LIMIT 1"
    );
    let found = client.query_opt(&query, &[]).map_err(describe)?;
    let Some(row) = found else { return Ok(Sample { writable: None, count: 0 }) };
    let number = |index: usize| row.get::<_, i32>(index);
    let id = i32::try_from(rows).unwrap_or(0) + 1;
    let values = format!(
        "{id}, {}, {}, {}, {}, {}, '{}', now(), {}, 'new'",
        number(1),
        number(2),
        number(3),
        number(4),
        number(5),
        row.get::<_, String>(6),
        number(7)
    );
    let count = format!("SELECT count(*) FROM (SELECT FROM documents WHERE {filter} LIMIT {}) AS d", MAX_BULK + 1);
    let count = client.query_one(&count, &[]).map_err(describe)?.get(0);
    Ok(Sample { writable: Some((number(0), values)), count })
}

/// The contestants in turn, each round starting with another, until there are enough rounds for a median. The tutorial comes after the others:
/// what reads the whole table empties the caches of whoever is next.
fn medians(
    clients: &mut [Client],
    query: Query,
    contestants: &[usize],
    statements: &[String],
) -> [Option<f64>; CONTESTANTS.len()] {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); clients.len()];
    let (tutorial, others): (Vec<usize>, Vec<usize>) = contestants.iter().partition(|one| **one == TUTORIAL);
    for mut group in [others, tutorial] {
        let start = Instant::now();
        let mut round = 0;
        while round < 3 || (round < 41 && start.elapsed() < Duration::from_millis(150)) {
            for &contestant in &group {
                // One that takes seconds has been measured well enough; but what updates many rows makes it slower for the next, so that each has to be
                // the first once.
                let is_fair = query != Query::Bulk || round >= group.len();
                if is_fair && times[contestant].iter().sum::<f64>() > 1500.0 {
                    continue;
                }
                match time(&mut clients[contestant], query.writes(), &statements[contestant]) {
                    Some(time) => times[contestant].push(time),
                    None => times[contestant].push(f64::INFINITY),
                }
            }
            if !group.is_empty() {
                group.rotate_left(1);
            }
            round += 1;
        }
    }
    std::array::from_fn(|contestant| {
        let times = &mut times[contestant];
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().filter(|time| time.is_finite())
    })
}

/// The plan, and the milliseconds of its making: the least of three.
fn explain(client: &mut Client, statement: &str) -> Result<(String, f64), String> {
    let mut best = f64::INFINITY;
    let mut text = String::new();
    for _ in 0..3 {
        let rows = client.query(&format!("EXPLAIN (SUMMARY) {statement}"), &[]).map_err(describe)?;
        let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let planning =
            lines.iter().find_map(|line| line.strip_prefix("Planning Time: ")?.strip_suffix(" ms")?.parse::<f64>().ok());
        best = best.min(planning.unwrap_or(f64::INFINITY));
        text = lines.join("\n");
    }
    Ok((text, best))
}

/// How documents are found: the first scan of them, and its indexes.
fn plan_kind(plan: &str) -> String {
    let lines: Vec<&str> = plan.lines().map(|line| line.trim_start_matches([' ', '-', '>'])).collect();
    let Some(at) = lines.iter().position(|line| line.contains(" on documents")) else {
        return if plan.contains("Insert on") { "insert".to_owned() } else { "none".to_owned() };
    };
    let scan = lines[at..].iter().find(|line| line.contains("Scan")).copied().unwrap_or("none");
    let kind = scan.split("  (").next().unwrap_or(scan);
    let kind = kind.replace(" on documents d", "").replace(" on documents", "").replace("documents_", "").replace("_idx", "");
    let kind = if kind.starts_with("Bitmap Heap Scan") {
        let indexes: Vec<&str> = lines[at..]
            .iter()
            .filter_map(|line| line.strip_prefix("Bitmap Index Scan on documents_")?.split("  (").next())
            .map(|index| index.trim_end_matches("_idx"))
            .collect();
        format!("bitmap of {}", indexes.join(", "))
    } else {
        kind
    };
    kind.replace("Index Scan using ", "index ").replace("Index Only Scan using ", "index only ").replace("Seq Scan", "sequential")
}
