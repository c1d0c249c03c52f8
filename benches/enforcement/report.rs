//! The measurements as tables and a chart: the part of `benches/README.md` between the two marks, `benches/enforcement.svg`, and every cell in
//! `benches/enforcement.csv`.

use std::fmt::Write;
use std::path::Path;

use super::data::{ORDINARY, SIZES, USERS};
use super::measure::{Cell, Query};
use super::measuring::{self, median};
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
    measuring::machine(&versions)
}

/// Writes the files.
pub fn write(folder: &Path, cells: &[Cell], machine: &str) -> Result<(), String> {
    let path = folder.join("README.md");
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (before, rest) = page.split_once(BEGIN).ok_or("benches/README.md has lost its marks")?;
    let (_, after) = rest.split_once(END).ok_or("benches/README.md has lost its marks")?;
    let text = format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables(cells, machine));
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("enforcement.csv"), table_of_all(cells)).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("enforcement.svg"), chart(&of_ordinary(cells))).map_err(|error| error.to_string())
}

/// All cells, one a line.
fn table_of_all(cells: &[Cell]) -> String {
    let mut text = "documents,user,pattern,query,limit ms,by hand ms,tutorial ms,rowgate ms,of limit,of by hand,planning ms,limit finds by,rowgate finds by,reason\n".to_owned();
    for cell in cells {
        let [limit, expert, naive, own] = cell.total.map(|time| time.map_or(String::new(), |time| format!("{time:.3}")));
        let (of_limit, of_expert) = (show(ratio(cell, 0)), show(ratio(cell, 1)));
        writeln!(
            text,
            "{},\"{}\",{},{},{limit},{expert},{naive},{own},{of_limit},{of_expert},{:.3},\"{}\",\"{}\",{}",
            cell.rows,
            cell.user,
            cell.pattern,
            cell.query.name(),
            cell.planning[3],
            cell.plan[0],
            cell.plan[3],
            reason(cell)
        )
        .ok();
    }
    text
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
        return match (cell.total[3], cell.user.as_str()) {
            (Some(_), _) => "",
            (None, "admin") => "c",
            (None, _) => "i",
        };
    };
    let is_slow_row = cell.query.is_one_row() && own - limit > MAX_OF_ONE_ROW;
    if of_limit <= MAX_OF_LIMIT && of_expert <= MAX_OF_EXPERT && !is_slow_row {
        return "";
    }
    let is_other_plan = cell.plan[3] != cell.plan[0];
    let has_lists = ["project's team", "folder's project's team", "delegation"].contains(&cell.pattern.as_str())
        && cell.user != "sees nothing";
    match () {
        () if of_expert <= MAX_OF_EXPERT && cell.query.is_one_row() && own - limit <= MAX_OF_ONE_ROW => "a",
        () if of_expert > MAX_OF_EXPERT && own - expert <= MAX_OF_ONE_ROW / 2.0 => "b",
        () if cell.pattern == "admin beside owner" && cell.user == "admin" => "c",
        () if of_expert > MAX_OF_EXPERT && cell.plan[3] == cell.plan[1] => "j",
        () if has_lists => "d",
        () if cell.query.is_one_row() && of_expert <= MAX_OF_EXPERT => "h",
        () if cell.pattern == "masked fields" && matches!(cell.query, Query::Page | Query::Join | Query::Sum) => "e",
        () if cell.pattern == "admin beside owner" && cell.rows > SIZES[2] => "g",
        // The plan of a join differs in the other table, too.
        () if is_other_plan || cell.query == Query::Join => "f",
        () => "?",
    }
}

fn tables(cells: &[Cell], machine: &str) -> String {
    let mut text = format!("Measured on {machine}; medians in milliseconds, {} cells.\n\n", grouped(count(cells)));
    summary(&mut text, cells);
    text.push_str("\n![Times as multiples of the limit](enforcement.svg)\n");
    above_target(&mut text, cells);
    by_pattern(&mut text, cells);
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
    let sizes = SIZES.map(|size| (format!("{} documents", grouped(size)), size, ORDINARY.name));
    growth(&mut text, "With the number of documents, a user in 3 teams", &sizes, cells);
    let users = USERS.map(|user| (user.name.to_owned(), SIZES[2], user.name));
    growth(&mut text, &format!("With the number of teams, {} documents", grouped(SIZES[2])), &users, cells);
    text
}

/// Medians of the ratios: of all cells, and of some.
fn summary(text: &mut String, cells: &[Cell]) {
    text.push_str("| cells | | rowgate / limit | above 2 | rowgate / by hand | above 1.3 | tutorial / rowgate |\n|---|--:|--:|--:|--:|--:|--:|\n");
    let mut line = |name: &str, is_of: &dyn Fn(&Cell) -> bool| {
        let of: Vec<&Cell> = cells.iter().filter(|cell| is_of(cell)).collect();
        let ratios = |contestant: usize| of.iter().filter_map(|cell| ratio(cell, contestant)).collect::<Vec<f64>>();
        let above = |contestant: usize, max: f64| ratios(contestant).iter().filter(|ratio| **ratio > max).count();
        let tutorial = median(of.iter().filter_map(|cell| Some(cell.total[2]? / cell.total[3]?)).collect());
        writeln!(
            text,
            "| {name} | {} | {:.2} | {} | {:.2} | {} | {tutorial:.1} |",
            of.len(),
            median(ratios(0)),
            above(0, MAX_OF_LIMIT),
            median(ratios(1)),
            above(1, MAX_OF_EXPERT)
        )
        .ok();
    };
    line("**all**", &|_| true);
    line("many rows", &|cell| !cell.query.is_one_row());
    line("one row", &|cell| cell.query.is_one_row());
    line("the limit takes 1 ms or more", &|cell| cell.total[0].is_some_and(|limit| limit >= 1.0));
    for size in SIZES {
        line(&format!("{} documents", grouped(size)), &|cell| cell.rows == size);
    }
    for user in USERS {
        line(user.name, &|cell| cell.user == user.name);
    }
    let one_row: Vec<f64> =
        cells.iter().filter(|cell| cell.query.is_one_row()).filter_map(|cell| Some(cell.total[3]? - cell.total[0]?)).collect();
    let above = one_row.iter().filter(|more| **more > MAX_OF_ONE_ROW).count();
    writeln!(
        text,
        "\nA statement about one row takes {:.3} ms more than the limit in the median; {above} of {} take more than {MAX_OF_ONE_ROW} ms more. \
         A dash stands for more than 5 s. The tutorial was left out where it took too long with a tenth of the rows: more than 0.5 s for the user in 3 teams, 0.1 s for others.",
        median(one_row.clone()),
        one_row.len()
    )
    .ok();
}

/// How many cells each reason explains, and the worst of them.
fn above_target(text: &mut String, cells: &[Cell]) {
    text.push_str("\n### Above the target\n\nThe reasons are below, the cells in `enforcement.csv`.\n\n");
    text.push_str("| reason | cells | the furthest from the limit | limit | by hand | rowgate |\n|---|--:|---|--:|--:|--:|\n");
    let mut reasons: Vec<&str> = cells.iter().map(reason).filter(|reason| !reason.is_empty()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    for letter in reasons {
        let of: Vec<&Cell> = cells.iter().filter(|cell| reason(cell) == letter).collect();
        let worst = of.iter().max_by(|one, other| ratio(one, 0).unwrap_or(0.0).total_cmp(&ratio(other, 0).unwrap_or(0.0)));
        let Some(worst) = worst else { continue };
        let [limit, expert, _, own] = worst.total.map(time);
        let (name, rows) = (format!("{}, {}, {}", worst.pattern, worst.query.name(), worst.user), grouped(worst.rows));
        writeln!(text, "| {letter} | {} | {name}, {rows} | {limit} | {expert} | {own} |", of.len()).ok();
    }
}

/// For each pattern and query, the medians over all users and sizes.
fn by_pattern(text: &mut String, cells: &[Cell]) {
    for (contestant, title) in [(0, "rowgate / limit"), (1, "rowgate / best by hand")] {
        writeln!(
            text,
            "\n### {title}: medians over all users and sizes\n\n| pattern |{}|",
            Query::ALL.map(|query| format!(" {} |", query.name())).concat().trim_end_matches('|')
        )
        .ok();
        writeln!(text, "|---{}|", "|--:".repeat(Query::ALL.len())).ok();
        for pattern in &PATTERNS {
            write!(text, "| {} |", pattern.name).ok();
            for query in Query::ALL {
                let of = cells.iter().filter(|cell| cell.pattern == pattern.name && cell.query == query);
                let ratios: Vec<f64> = of.filter_map(|cell| ratio(cell, contestant)).collect();
                write!(text, " {} |", show((!ratios.is_empty()).then(|| median(ratios)))).ok();
            }
            text.push('\n');
        }
    }
}

/// How the cost grows along some columns: their titles, sizes and users.
fn growth(text: &mut String, title: &str, columns: &[(String, u32, &str)], cells: &[Cell]) {
    let titles: Vec<&str> = columns.iter().map(|(title, ..)| title.as_str()).collect();
    writeln!(text, "\n### {title}\n\n| pattern | query | contestant | {} |", titles.join(" | ")).ok();
    writeln!(text, "|---|---|---{}|", "|--:".repeat(columns.len())).ok();
    for pattern in &PATTERNS {
        for query in [Query::Sum, Query::Page, Query::Fetch] {
            for contestant in [0, 1, 3] {
                let times: Vec<String> = columns
                    .iter()
                    .map(|&(_, rows, user)| {
                        let cell = cells.iter().find(|cell| cell.is(rows, user, pattern.name, query));
                        cell.map_or("–".to_owned(), |cell| time(cell.total[contestant]))
                    })
                    .collect();
                let name = ["limit", "by hand", "tutorial", "rowgate"][contestant];
                writeln!(text, "| {} | {} | {name} | {} |", pattern.name, query.name(), times.join(" | ")).ok();
            }
        }
    }
}

fn count(cells: &[Cell]) -> u32 {
    u32::try_from(cells.len()).unwrap_or(u32::MAX)
}

fn time(time: Option<f64>) -> String {
    time.map_or("–".to_owned(), measuring::milliseconds)
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
