//! One construct under its policies, beside the filter by hand: both answer alike, and take turns.

use std::time::{Duration, Instant};

use postgres::SimpleQueryMessage;
use rowgate::db::Client;
use serde_json::Value;

use super::cluster::Database;
use super::construct::{Construct, Query, USER};
use super::measuring::{describe, median, pin, time};

/// What is not measured, and what is at least.
const WARM_UP: usize = 2;
const MIN_ROUNDS: usize = 9;
const MAX_ROUNDS: usize = 101;
/// So many rows that were rolled back would be counted with those that are there, by all who come after.
const MANY_ROWS: usize = 100;
/// After so long, the least rounds are enough.
const PATIENCE: Duration = Duration::from_millis(400);

/// A query of a construct: medians in milliseconds, and how the big table is read; by hand, then under the policies.
pub struct Measured {
    pub construct: &'static Construct,
    pub query: Query,
    pub rows: String,
    pub times: [f64; 2],
    pub scans: [String; 2],
}

/// Measures all queries of a construct, whose policies are in force.
pub fn all(database: &Database, construct: &'static Construct) -> Result<Vec<Measured>, String> {
    let mut clients = [client(database, construct, "postgres")?, client(database, construct, "bench_user")?];
    let filter = filter(&mut clients[0], construct)?;
    let some_key = format!("SELECT id FROM {} AS d WHERE {filter} ORDER BY id LIMIT 1", construct.table);
    let key = clients[0].query_opt(&some_key, &[]).map_err(|error| format!("{}\n{some_key}", describe(error)))?;
    let key: i32 = key.ok_or_else(|| format!("{}: the user sees nothing", construct.sentence))?.get(0);
    let by_hand = format!("(SELECT * FROM {} AS d WHERE {filter})", construct.table);
    let measure = |&query: &Query| {
        let statements = [query.statement(&by_hand, key, true), query.statement(construct.table, key, false)];
        one(&mut clients, construct, query, &statements)
            .map_err(|error| format!("{}, {}: {error}", construct.sentence, query.name()))
    };
    construct.queries.iter().map(measure).collect()
}

/// A session of the user, as a role.
fn client(database: &Database, construct: &Construct, role: &str) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    pin(&mut client)?;
    let teams = keys(&mut client, &format!("SELECT team_id FROM members WHERE user_id = {USER} ORDER BY 1"))?;
    let session = format!(
        "SET jit = on; SET statement_timeout = '60s'; SET app.user_id = '{}'; SET app.tenant = '{USER}'; SET app.teams = '{teams}';
         SET app.claims = '{{\"teams\": [{teams}]}}'; SET ROLE {role}",
        construct.identity
    );
    client.batch_execute(&session).map_err(describe)?;
    Ok(client)
}

/// The filter by hand with its facts.
fn filter(client: &mut Client, construct: &Construct) -> Result<String, String> {
    let mut filter = construct.by_hand.to_owned();
    for (index, fact) in construct.facts.iter().enumerate() {
        let found = keys(client, fact)?;
        filter = filter.replace(&format!("{{{index}}}"), &found);
    }
    Ok(filter)
}

/// The values of a query's only column, with commas between them.
fn keys(client: &mut Client, query: &str) -> Result<String, String> {
    let found: Vec<String> = texts(client, query)?.into_iter().flatten().collect();
    if found.is_empty() { Err(format!("there is nothing to be given for free: {query}")) } else { Ok(found.join(", ")) }
}

/// The rows of a query, as texts; of a statement without rows, how many it touched.
fn texts(client: &mut Client, statement: &str) -> Result<Vec<Vec<String>>, String> {
    let messages = client.simple_query(statement).map_err(|error| format!("{}\n{statement}", describe(error)))?;
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|column| row.get(column).unwrap_or("NULL").to_owned()).collect()),
        SimpleQueryMessage::CommandComplete(count) => Some(vec![count.to_string()]),
        _ => None,
    };
    let mut found: Vec<Vec<String>> = messages.iter().filter_map(text).collect();
    if found.len() > 1 {
        found.pop();
    }
    Ok(found)
}

fn one(
    clients: &mut [Client; 2],
    construct: &'static Construct,
    query: Query,
    statements: &[String; 2],
) -> Result<Measured, String> {
    let mut answers = Vec::new();
    let mut scans = [String::new(), String::new()];
    for (contestant, client) in clients.iter_mut().enumerate() {
        client.batch_execute("BEGIN").map_err(describe)?;
        answers.push(texts(client, &statements[contestant])?);
        client.batch_execute("ROLLBACK").map_err(describe)?;
        scans[contestant] = plan(client, construct.table, &statements[contestant])?;
    }
    if answers[0] != answers[1] {
        return Err(format!("by hand {:?}, under the policies {:?}\n{}", answers[0], answers[1], statements[0]));
    }
    let rows = match query {
        Query::Sum => answers[0][0][0].clone(),
        Query::Key => "1".to_owned(),
        Query::Page => answers[0].len().to_string(),
        Query::Write { .. } => answers[0][0][0].clone(),
    };
    let is_bulk = query.writes() && rows.parse().is_ok_and(|rows: usize| rows >= MANY_ROWS);
    let times = medians(clients, query, statements, is_bulk)?;
    Ok(Measured { construct, query, rows, times, scans })
}

/// Both in turn, each round begun by the other one. What a bulk of rows leaves behind is removed.
fn medians(clients: &mut [Client; 2], query: Query, statements: &[String; 2], is_bulk: bool) -> Result<[f64; 2], String> {
    let mut times = [Vec::new(), Vec::new()];
    let start = Instant::now();
    for round in 0..WARM_UP + MAX_ROUNDS {
        if round >= WARM_UP + MIN_ROUNDS && start.elapsed() > PATIENCE {
            break;
        }
        for contestant in [round % 2, 1 - round % 2] {
            if is_bulk {
                vacuum(&mut clients[0])?;
            }
            let taken = time(&mut clients[contestant], query.writes(), &statements[contestant]);
            let taken = taken.ok_or_else(|| format!("took more than a minute: {}", statements[contestant]))?;
            if round >= WARM_UP {
                times[contestant].push(taken);
            }
        }
    }
    Ok(times.map(median))
}

/// Removes what rolled back statements left behind, in indexes, too.
pub fn vacuum(client: &mut Client) -> Result<(), String> {
    for table in ["entries", "plain_entries"] {
        client.batch_execute(&format!("VACUUM (INDEX_CLEANUP ON) {table}")).map_err(describe)?;
    }
    Ok(())
}

/// How a statement's plan reads a table: the kinds of its scans, and their indexes.
fn plan(client: &mut Client, table: &str, statement: &str) -> Result<String, String> {
    let text = texts(client, &format!("EXPLAIN (FORMAT JSON) {statement}"))?.concat().concat();
    let plan: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let mut found = Vec::new();
    scans(&plan[0]["Plan"], table, &mut found);
    found.dedup();
    Ok(if found.is_empty() { "–".to_owned() } else { found.join("; ") })
}

fn scans(node: &Value, table: &str, found: &mut Vec<String>) {
    let of = |node: &Value, key: &str| node[key].as_str().unwrap_or_default().to_owned();
    let kind = of(node, "Node Type");
    let children: Vec<&Value> = node["Plans"].as_array().into_iter().flatten().collect();
    if kind.ends_with("Scan") && of(node, "Relation Name").trim_start_matches("plain_") == table {
        let mut indexes = vec![of(node, "Index Name")];
        if kind == "Bitmap Heap Scan" {
            children.iter().for_each(|child| bitmaps(child, &mut indexes));
        }
        let short = |name: &String| {
            name.trim_start_matches("plain_").trim_start_matches(&format!("{table}_")).trim_end_matches("_idx").to_owned()
        };
        let indexes: Vec<String> = indexes.iter().filter(|name| !name.is_empty()).map(short).collect();
        found.push(if indexes.is_empty() { kind } else { format!("{kind} on {}", indexes.join(" and ")) });
    }
    children.iter().for_each(|child| scans(child, table, found));
}

/// The indexes below a bitmap scan.
fn bitmaps(node: &Value, found: &mut Vec<String>) {
    if let Some(name) = node["Index Name"].as_str() {
        found.push(name.to_owned());
    }
    node["Plans"].as_array().into_iter().flatten().for_each(|child| bitmaps(child, found));
    found.dedup();
}
