//! What was measured, as a table in Markdown.

use super::measure::Measured;
use super::measuring::milliseconds;

/// The head of the table.
pub const HEAD: &str =
    "| construct | query | rows | limit ms | rowgate ms | ratio | how the big table is read |\n|---|---|--:|--:|--:|--:|---|";

/// The lines of a construct, the first of which names it.
pub fn lines(all: &[Measured]) -> Vec<String> {
    let names = all.first().map(|first| first.construct.sentence).into_iter().chain(std::iter::repeat(""));
    std::iter::zip(names, all).map(|(name, measured)| line(name, measured)).collect()
}

/// What reads everything where the filter by hand does not is set in bold, with what that does.
fn line(name: &str, measured: &Measured) -> String {
    let [limit, own] = measured.times;
    let [by_hand, scans] = &measured.scans;
    let name = if name.is_empty() { String::new() } else { format!(" {name}") };
    let scans = if reads_all(scans) && !reads_all(by_hand) { format!("**{scans}** (limit: {by_hand})") } else { scans.clone() };
    format!(
        "|{name} | {} | {} | {} | {} | {:.1} | {scans} |",
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
