//! What every benchmark of statements needs: one core for both sides, how long a statement took, and the words for it. Knows no tables and no rules.

use std::process::{Command, Stdio};
use std::time::Instant;

use rowgate::db::{self, Client};

/// An error of the server, in words.
pub fn describe(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// Keeps this process and the server's on one core, where `taskset` is: whether a query wakes up another core or its own makes 0.04 ms of
/// difference, which is what a row by its key takes. Parallel workers go where they like.
pub fn pin(client: &mut Client) -> Result<(), String> {
    let server: i32 = client.query_one("SELECT pg_backend_pid()", &[]).map_err(describe)?.get(0);
    for process in [server.to_string(), std::process::id().to_string()] {
        drop(Command::new("taskset").args(["-cp", "0", &process]).stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
    Ok(())
}

/// Milliseconds of one execution; what it writes is undone, and not timed.
pub fn time(client: &mut Client, writes: bool, statement: &str) -> Option<f64> {
    if writes {
        client.batch_execute("BEGIN").ok()?;
    }
    let start = Instant::now();
    let result = client.simple_query(statement);
    let elapsed = start.elapsed().as_secs_f64() * 1000.0;
    if writes {
        client.batch_execute("ROLLBACK").ok()?;
    }
    result.ok().map(|_| elapsed)
}

/// The middle one; NaN of none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What it was measured on, with these versions of the server.
pub fn machine(versions: &[&str]) -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map_or("unknown", |(_, name)| name.trim());
    let cores = text.lines().filter(|line| line.starts_with("processor")).count();
    format!("PostgreSQL {}, {cores} cores of {model}, default settings but for `fsync = off`", versions.join(" and "))
}

/// Milliseconds, as many digits as say something.
pub fn milliseconds(time: f64) -> String {
    match time {
        time if time < 1.0 => format!("{time:.3}"),
        time if time < 100.0 => format!("{time:.1}"),
        time => format!("{time:.0}"),
    }
}
