//! The measurements as tables and a chart: the part of `benches/README.md` between the two marks, and `benches/enforcement.svg`.

use std::fmt::Write;
use std::path::Path;

use super::data::{ORDINARY, SIZES};
use super::measure::{CONTESTANTS, Cell, Query};
use super::patterns::PATTERNS;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Ratios above these need a reason.
const MAX_OF_LIMIT: f64 = 2.0;
const MAX_OF_EXPERT: f64 = 1.3;
/// A one-row statement may take so many milliseconds more than the limit.
const MAX_OF_ONE_ROW: f64 = 0.1;

/// What it was measured on.
pub fn machine(cells: &[Cell]) -> String {
    let mut versions: Vec<&str> = cells.iter().map(|cell| cell.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map_or("unknown", |(_, name)| name.trim());
    let cores = text.lines().filter(|line| line.starts_with("processor")).count();
    format!("PostgreSQL {}, {cores} cores of {model}, default settings but for `fsync = off`", versions.join(" and "))
}

/// Writes both files.
pub fn write(folder: &Path, cells: &[Cell], machine: &str) -> Result<(), String> {
    let path = folder.join("README.md");
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (before, rest) = page.split_once(BEGIN).ok_or("benches/README.md has lost its marks")?;
    let (_, after) = rest.split_once(END).ok_or("benches/README.md has lost its marks")?;
    let text = format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables(cells, machine));
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("enforcement.svg"), chart(&of_ordinary(cells))).map_err(|error| error.to_string())
}

fn ratio(cell: &Cell, of: usize) -> Option<f64> {
    Some(cell.total[3]? / cell.total[of]?)
}

fn of_ordinary(cells: &[Cell]) -> Vec<&Cell> {
    let mut found: Vec<&Cell> = cells.iter().filter(|cell| cell.rows == SIZES[2] && cell.user == ORDINARY.name).collect();
    found.sort_by_key(|cell| (position(&cell.pattern), Query::ALL.iter().position(|query| *query == cell.query)));
    found
}

fn position(pattern: &str) -> Option<usize> {
    PATTERNS.iter().position(|known| known.name == pattern)
}

/// Why a cell is above the target, as a letter of the list in the page; `?` where nobody knows.
fn reason(cell: &Cell) -> &'static str {
    let (Some([limit, expert, _, own]), Some(of_limit), Some(of_expert)) = (
        cell.total[0].zip(cell.total[1]).zip(cell.total[3]).map(|((limit, expert), own)| [limit, expert, 0.0, own]),
        ratio(cell, 0),
        ratio(cell, 1),
    ) else {
        return "";
    };
    if of_limit <= MAX_OF_LIMIT && of_expert <= MAX_OF_EXPERT {
        return "";
    }
    let is_other_plan = cell.plan[3] != cell.plan[0];
    let has_lists = ["project's team", "folder's project's team", "delegation"].contains(&cell.pattern.as_str());
    match () {
        () if of_expert <= MAX_OF_EXPERT && cell.query.is_one_row() && own - limit <= MAX_OF_ONE_ROW => "a",
        () if of_expert > MAX_OF_EXPERT && own - expert <= MAX_OF_ONE_ROW / 2.0 => "b",
        () if cell.pattern == "admin beside owner" && cell.user == "admin" => "c",
        () if has_lists => "d",
        () if cell.query.is_one_row() && of_expert <= MAX_OF_EXPERT => "h",
        () if cell.pattern == "masked fields" && matches!(cell.query, Query::Page | Query::Join | Query::Sum) => "e",
        () if cell.pattern == "admin beside owner" && cell.rows > SIZES[2] => "g",
        () if is_other_plan => "f",
        () => "?",
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn tables(cells: &[Cell], machine: &str) -> String {
    let mut text = format!("Measured on {machine}; medians in milliseconds, {} cells.\n\n", cells.len());
    summary(&mut text, cells);
    text.push_str("\n![Times as multiples of the limit](enforcement.svg)\n");
    writeln!(text, "\n### A user in 3 teams, {} documents\n", grouped(SIZES[2])).ok();
    text.push_str("| pattern | query | limit | by hand | tutorial | rowgate | of limit | of by hand | planning | limit finds by | rowgate finds by | |\n");
    text.push_str("|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|---|\n");
    for cell in of_ordinary(cells) {
        let [limit, expert, naive, own] = cell.total.map(time);
        writeln!(
            text,
            "| {} | {} | {limit} | {expert} | {naive} | {own} | {} | {} | {:.2} | {} | {} | {} |",
            cell.pattern,
            cell.query.name(),
            show(ratio(cell, 0)),
            show(ratio(cell, 1)),
            cell.planning[3],
            cell.plan[0],
            cell.plan[3],
            reason(cell)
        )
        .ok();
    }
    writeln!(text, "\n### Other users, {} documents\n", grouped(SIZES[2])).ok();
    text.push_str(
        "| pattern | user | query | limit | by hand | tutorial | rowgate | of limit | of by hand | rowgate finds by | |\n",
    );
    text.push_str("|---|---|---|--:|--:|--:|--:|--:|--:|---|---|\n");
    let mut others: Vec<&Cell> = cells.iter().filter(|cell| cell.user != ORDINARY.name).collect();
    others.sort_by_key(|cell| position(&cell.pattern));
    for cell in others {
        let [limit, expert, naive, own] = cell.total.map(time);
        let (of_limit, of_expert) = (show(ratio(cell, 0)), show(ratio(cell, 1)));
        writeln!(
            text,
            "| {} | {} | {} | {limit} | {expert} | {naive} | {own} | {of_limit} | {of_expert} | {} | {} |",
            cell.pattern,
            cell.user,
            cell.query.name(),
            cell.plan[3],
            reason(cell)
        )
        .ok();
    }
    growth(&mut text, cells);
    text
}

fn summary(text: &mut String, cells: &[Cell]) {
    let of = |contestant: usize, max: f64| {
        let ratios: Vec<f64> = cells.iter().filter_map(|cell| ratio(cell, contestant)).collect();
        let above = ratios.iter().filter(|ratio| **ratio > max).count();
        (median(ratios), above)
    };
    let long = median(
        cells.iter().filter(|cell| cell.total[0].is_some_and(|limit| limit >= 1.0)).filter_map(|cell| ratio(cell, 0)).collect(),
    );
    let (of_limit, above_limit) = of(0, MAX_OF_LIMIT);
    let (of_expert, above_expert) = of(1, MAX_OF_EXPERT);
    let one_row: Vec<f64> =
        cells.iter().filter(|cell| cell.query.is_one_row()).filter_map(|cell| Some(cell.total[3]? - cell.total[0]?)).collect();
    let within = one_row.iter().filter(|more| **more <= MAX_OF_ONE_ROW).count();
    let slower = cells.iter().filter(|cell| cell.total[2].is_none()).count();
    let naive = median(
        cells.iter().filter(|cell| !cell.query.is_one_row()).filter_map(|cell| Some(cell.total[2]? / cell.total[3]?)).collect(),
    );
    writeln!(text, "| | median | above the target |\n|---|--:|---|").ok();
    writeln!(text, "| rowgate / limit | {of_limit:.2} | {above_limit} of {} above {MAX_OF_LIMIT} |", cells.len()).ok();
    writeln!(text, "| the same where the limit takes 1 ms or more | {long:.2} | |").ok();
    writeln!(text, "| rowgate / best by hand | {of_expert:.2} | {above_expert} of {} above {MAX_OF_EXPERT} |", cells.len()).ok();
    writeln!(
        text,
        "| rowgate − limit, one row | {:.3} ms | {} of {} above {MAX_OF_ONE_ROW} ms |",
        median(one_row.clone()),
        one_row.len() - within,
        one_row.len()
    )
    .ok();
    writeln!(text, "| tutorial / rowgate, many rows | {naive:.1} | {slower} cells took the tutorial more than 20 s |").ok();
}

fn growth(text: &mut String, cells: &[Cell]) {
    text.push_str("\n### With the number of documents, a user in 3 teams\n\n| pattern | query | contestant |");
    for size in SIZES {
        write!(text, " {} |", grouped(size)).ok();
    }
    text.push_str("\n|---|---|---|--:|--:|--:|--:|\n");
    for pattern in &PATTERNS {
        for query in [Query::Sum, Query::Page, Query::Fetch] {
            let of_size = |size: u32| cells.iter().find(|cell| cell.is(size, ORDINARY.name, pattern.name, query));
            if SIZES.iter().any(|size| of_size(*size).is_none()) {
                continue;
            }
            for (contestant, name) in CONTESTANTS.iter().enumerate() {
                let times = SIZES.map(|size| of_size(size).map_or("–".to_owned(), |cell| time(cell.total[contestant])));
                writeln!(text, "| {} | {} | {name} | {} |", pattern.name, query.name(), times.join(" | ")).ok();
            }
        }
    }
}

fn time(milliseconds: Option<f64>) -> String {
    match milliseconds {
        None => "> 20 s".to_owned(),
        Some(time) if time < 1.0 => format!("{time:.3}"),
        Some(time) if time < 100.0 => format!("{time:.1}"),
        Some(time) => format!("{time:.0}"),
    }
}

fn show(ratio: Option<f64>) -> String {
    ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

/// One line for each pattern, one mark for each query: how many times the limit each contestant takes.
fn chart(cells: &[&Cell]) -> String {
    const LEFT: f64 = 220.0;
    const TOP: f64 = 56.0;
    const STEP: f64 = 24.0;
    const WIDTH: f64 = 620.0;
    let x = |ratio: f64| LEFT + (ratio.clamp(0.3, 3000.0).log10() + 0.5) / 4.0 * WIDTH;
    let height = TOP + STEP * PATTERNS.len() as f64 + 44.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {height:.0}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" \
         role=\"img\" aria-label=\"Times as multiples of the limit, by pattern\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        LEFT + WIDTH + 24.0
    );
    let legend = [("rowgate", "#0b6e4f", 0.0), ("best by hand", "#3567b8", 90.0), ("tutorial", "#c8553d", 205.0)];
    for (name, colour, offset) in legend {
        writeln!(
            svg,
            "<circle cx=\"{:.0}\" cy=\"20\" r=\"5\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"24\">{name}</text>",
            LEFT + offset,
            LEFT + offset + 10.0
        )
        .ok();
    }
    writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"24\" text-anchor=\"end\" fill=\"#555\">times the limit, one mark a query</text>",
        LEFT + WIDTH
    )
    .ok();
    let bottom = TOP + STEP * PATTERNS.len() as f64;
    for ratio in [0.5, 1.0, 2.0, 10.0, 100.0, 1000.0] {
        let (at, weight) = (x(ratio), if ratio == 1.0 { "#333" } else { "#ddd" });
        writeln!(svg, "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.0}\" y2=\"{bottom:.0}\" stroke=\"{weight}\"/>", TOP - 10.0)
            .ok();
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\" fill=\"#555\">{ratio}×</text>", bottom + 18.0).ok();
    }
    for (row, pattern) in PATTERNS.iter().enumerate() {
        let y = TOP + STEP * row as f64 + 6.0;
        writeln!(svg, "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 24.0, y + 4.0, pattern.name).ok();
        for cell in cells.iter().filter(|cell| cell.pattern == pattern.name) {
            // What matters most is drawn last.
            for (contestant, colour, radius, shift) in
                [(2, "#c8553d", 3.0, 5.0), (1, "#3567b8", 3.0, -5.0), (3, "#0b6e4f", 4.0, 0.0)]
            {
                let Some(ratio) = cell.total[contestant].zip(cell.total[0]).map(|(own, limit)| own / limit) else { continue };
                writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\"0.6\"><title>{}, {}: {ratio:.2}×</title></circle>",
                    x(ratio),
                    y + shift,
                    pattern.name,
                    cell.query.name()
                )
                .ok();
            }
        }
    }
    svg.push_str("</svg>\n");
    svg
}
