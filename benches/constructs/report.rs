//! What was measured, as a table in Markdown.

use super::measure::Measured;
use super::measuring::milliseconds;

/// The head of the table.
pub const HEAD: &str =
    "| construct | query | rows | limit ms | rowgate ms | ratio | how the big table is read |\n|---|---|--:|--:|--:|--:|---|";

/// A line of it. What reads everything where the filter by hand does not is set in bold, with what that does.
pub fn line(measured: &Measured) -> String {
    let [limit, own] = measured.times;
    let [by_hand, scans] = &measured.scans;
    let scans = if reads_all(scans) && !reads_all(by_hand) { format!("**{scans}** (limit: {by_hand})") } else { scans.clone() };
    format!(
        "| {} | {} | {} | {} | {} | {:.1} | {scans} |",
        measured.construct.sentence,
        measured.query.name(),
        measured.rows,
        milliseconds(limit),
        milliseconds(own),
        own / limit
    )
}

fn reads_all(scans: &str) -> bool {
    scans.contains("Seq Scan")
}
