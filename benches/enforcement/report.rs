//! The measurements as tables and a chart: the part of `benches/README.md` between the two marks, `benches/enforcement.svg`, and every cell in
//! `benches/enforcement.csv`.

use std::fmt::Write;
use std::path::Path;

use super::chart;
use super::data::{ADMIN, ORDINARY, SIZES, USERS};
use super::measure::{Cell, EXPERT, KEPT, LIMIT, Query, ROWGATE, TUTORIAL};
use super::measuring::{self, median};
use super::patterns::PATTERNS;

const BEGIN: &str = "<!-- measured: begin -->";
const END: &str = "<!-- measured: end -->";

/// Ratios above these need a reason.
const MAX_OF_LIMIT: f64 = 2.0;
const MAX_OF_EXPERT: f64 = 1.2;
/// A one-row statement may take so many milliseconds more than the limit.
const MAX_OF_ONE_ROW: f64 = 0.1;

/// What it was measured on.
pub fn machine(cells: &[Cell]) -> String {
    measuring::machine(&versions(cells))
}

/// Of the server, from the oldest on.
fn versions(cells: &[Cell]) -> Vec<&str> {
    let mut versions: Vec<&str> = cells.iter().map(|cell| cell.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

fn of_version<'c>(cells: &'c [Cell], version: &str) -> Vec<&'c Cell> {
    cells.iter().filter(|cell| cell.version == version).collect()
}

/// Writes the files.
pub fn write(folder: &Path, cells: &[Cell], machine: &str) -> Result<(), String> {
    let path = folder.join("README.md");
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (before, rest) = page.split_once(BEGIN).ok_or("benches/README.md has lost its marks")?;
    let (_, after) = rest.split_once(END).ok_or("benches/README.md has lost its marks")?;
    let text = format!("{before}{BEGIN}\n\n{}\n{END}{after}", tables(cells, machine));
    std::fs::write(&path, text).map_err(|error| error.to_string())?;
    let first = of_version(cells, versions(cells).first().copied().unwrap_or_default());
    std::fs::write(folder.join("enforcement.csv"), table_of_all(cells)).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("enforcement.svg"), chart::draw(&of_ordinary(&first))).map_err(|error| error.to_string())
}

/// All cells, one a line.
fn table_of_all(cells: &[Cell]) -> String {
    let mut text = "server,documents,user,pattern,query,limit ms,by hand ms,tutorial ms,rowgate ms,kept plan ms,of limit,of by hand,planning ms,limit finds by,rowgate finds by,\
        kept plan finds by,reason\n"
        .to_owned();
    for cell in cells {
        let [limit, expert, naive, own, kept] = cell.total.map(|time| time.map_or(String::new(), |time| format!("{time:.3}")));
        let (of_limit, of_expert) = (show(ratio(cell, LIMIT)), show(ratio(cell, EXPERT)));
        writeln!(
            text,
            "{},{},\"{}\",{},{},{limit},{expert},{naive},{own},{kept},{of_limit},{of_expert},{:.3},\"{}\",\"{}\",\"{}\",{}",
            cell.version,
            cell.rows,
            cell.user,
            cell.pattern,
            cell.query.name(),
            cell.planning[ROWGATE],
            cell.plan[LIMIT],
            cell.plan[ROWGATE],
            cell.plan[KEPT],
            reason(cell)
        )
        .ok();
    }
    text
}

fn ratio(cell: &Cell, of: usize) -> Option<f64> {
    Some(cell.total[ROWGATE]? / cell.total[of]?)
}

fn of_ordinary<'c>(cells: &[&'c Cell]) -> Vec<&'c Cell> {
    let is_wanted = |cell: &&Cell| cell.rows == SIZES[2] && cell.user == ORDINARY.name;
    let mut found: Vec<&Cell> = cells.iter().copied().filter(is_wanted).collect();
    found.sort_by_key(|cell| (position(&cell.pattern), Query::ALL.iter().position(|query| *query == cell.query)));
    found
}

fn position(pattern: &str) -> Option<usize> {
    PATTERNS.iter().position(|known| known.name == pattern)
}

/// Why a cell is above the target, as a letter of the list in the page; `?` where nobody knows.
fn reason(cell: &Cell) -> &'static str {
    let (Some(limit), Some(expert), Some(own)) = (cell.total[LIMIT], cell.total[EXPERT], cell.total[ROWGATE]) else {
        return match (cell.total[ROWGATE], cell.user.as_str()) {
            (Some(_), _) => "",
            (None, "admin") => "c",
            (None, _) => "i",
        };
    };
    let (of_limit, of_expert) = (own / limit, own / expert);
    let is_slow_row = cell.query.is_one_row() && own - limit > MAX_OF_ONE_ROW;
    if of_limit <= MAX_OF_LIMIT && of_expert <= MAX_OF_EXPERT && !is_slow_row {
        return "";
    }
    let is_other_plan = cell.plan[ROWGATE] != cell.plan[LIMIT];
    let has_lists = ["project's team", "folder's project's team", "delegation"].contains(&cell.pattern.as_str())
        && cell.user != "sees nothing";
    match () {
        () if of_expert <= MAX_OF_EXPERT && cell.query.is_one_row() && own - limit <= MAX_OF_ONE_ROW => "a",
        () if of_expert > MAX_OF_EXPERT && own - expert <= MAX_OF_ONE_ROW / 2.0 => "b",
        () if cell.pattern == "admin beside owner" && cell.user == "admin" => "c",
        () if of_expert > MAX_OF_EXPERT && cell.plan[ROWGATE] == cell.plan[EXPERT] => "j",
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
    let mut text = format!("Measured on {machine}; medians in milliseconds, {} cells.\n\n", grouped(count(cells.len())));
    let versions = versions(cells);
    targets(&mut text, cells, &versions);
    for version in &versions {
        let cells = of_version(cells, version);
        writeln!(text, "\n### On {version}\n").ok();
        summary(&mut text, &cells);
        kept_plans(&mut text, &cells);
    }
    let first = of_version(cells, versions.first().copied().unwrap_or_default());
    text.push_str("\n![Times as multiples of the limit](enforcement.svg)\n");
    above_target(&mut text, cells);
    if let [version, _, ..] = versions.as_slice() {
        writeln!(text, "\nThe tables below are of {version}.").ok();
    }
    by_pattern(&mut text, &first);
    writeln!(text, "\n### A user in 3 teams, {} documents\n", grouped(SIZES[2])).ok();
    text.push_str("| pattern | query | limit | by hand | tutorial | rowgate | kept plan | of limit | of by hand | planning | limit finds by | rowgate finds by | |\n");
    text.push_str("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|\n");
    for cell in of_ordinary(&first) {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {:.2} | {} | {} | {} |",
            cell.pattern,
            cell.query.name(),
            cell.total.map(time).join(" | "),
            show(ratio(cell, LIMIT)),
            show(ratio(cell, EXPERT)),
            cell.planning[ROWGATE],
            cell.plan[LIMIT],
            cell.plan[ROWGATE],
            reason(cell)
        )
        .ok();
    }
    let sizes = SIZES.map(|size| (format!("{} documents", grouped(size)), size, ORDINARY.name));
    growth(&mut text, "With the number of documents, a user in 3 teams", &sizes, &first);
    let users = USERS.map(|user| (user.name.to_owned(), SIZES[2], user.name));
    growth(&mut text, &format!("With the number of teams, {} documents", grouped(SIZES[2])), &users, &first);
    text
}

/// What we want, and what is.
fn targets(text: &mut String, cells: &[Cell], versions: &[&str]) {
    writeln!(text, "| what we want | | {} |\n|---|--:|{}", versions.join(" | "), "--:|".repeat(versions.len())).ok();
    let mut line = |what: &str, target: &str, is: &dyn Fn(&[&Cell]) -> String| {
        let values: Vec<String> = versions.iter().map(|version| is(&of_version(cells, version))).collect();
        writeln!(text, "| {what} | {target} | {} |", values.join(" | ")).ok();
    };
    let ratios = |cells: &[&Cell], of: usize| cells.iter().filter_map(|cell| ratio(cell, of)).collect::<Vec<f64>>();
    line("rowgate / by hand, median", "≤ 0.95", &|cells| format!("{:.2}", median(ratios(cells, EXPERT))));
    line("cells above 1.2 of by hand", "0", &|cells| {
        ratios(cells, EXPERT).iter().filter(|ratio| **ratio > MAX_OF_EXPERT).count().to_string()
    });
    line("of them more than 0.05 ms above", "0", &|cells| {
        let is_far = |cell: &&&Cell| more(cell, EXPERT).is_some_and(|more| more > MAX_OF_ONE_ROW / 2.0);
        let is_above = |cell: &&&Cell| ratio(cell, EXPERT).is_some_and(|ratio| ratio > MAX_OF_EXPERT);
        cells.iter().filter(is_above).filter(is_far).count().to_string()
    });
    line("rowgate / limit where it takes 1 ms or more, median", "≤ 1.05", &|cells| {
        let slow: Vec<&Cell> = cells.iter().copied().filter(|cell| cell.total[LIMIT].is_some_and(|limit| limit >= 1.0)).collect();
        format!("{:.2}", median(ratios(&slow, LIMIT)))
    });
    line("one row more than the limit, median", "≤ 0.03 ms", &|cells| {
        let one_row = cells.iter().filter(|cell| cell.query.is_one_row());
        format!("{:.3}", median(one_row.filter_map(|cell| more(cell, LIMIT)).collect()))
    });
    for query in [Query::Page, Query::Join, Query::Search, Query::Sum] {
        line(&format!("administrator / limit, {}, from 1,000,000 on, the worst", query.name()), "≤ 1.2", &|cells| {
            let is_of = |cell: &&&Cell| cell.user == ADMIN.name && cell.rows >= SIZES[2] && cell.query == query;
            let of = cells.iter().filter(is_of).map(|cell| ratio(cell, LIMIT));
            of.reduce(|one, other| Some(one?.max(other?))).map_or("–".to_owned(), show)
        });
    }
}

/// How many milliseconds rowgate takes more.
fn more(cell: &Cell, than: usize) -> Option<f64> {
    Some(cell.total[ROWGATE]? - cell.total[than]?)
}

/// Medians of the ratios: of all cells, and of some.
fn summary(text: &mut String, cells: &[&Cell]) {
    text.push_str("| cells | | rowgate / limit | above 2 | rowgate / by hand | above 1.2 | tutorial / rowgate |\n|---|--:|--:|--:|--:|--:|--:|\n");
    let mut line = |name: &str, is_of: &dyn Fn(&Cell) -> bool| {
        let of: Vec<&Cell> = cells.iter().copied().filter(|cell| is_of(cell)).collect();
        let ratios = |contestant: usize| of.iter().filter_map(|cell| ratio(cell, contestant)).collect::<Vec<f64>>();
        let above = |contestant: usize, max: f64| ratios(contestant).iter().filter(|ratio| **ratio > max).count();
        let tutorial = median(of.iter().filter_map(|cell| Some(cell.total[TUTORIAL]? / cell.total[ROWGATE]?)).collect());
        writeln!(
            text,
            "| {name} | {} | {:.2} | {} | {:.2} | {} | {tutorial:.1} |",
            of.len(),
            median(ratios(LIMIT)),
            above(LIMIT, MAX_OF_LIMIT),
            median(ratios(EXPERT)),
            above(EXPERT, MAX_OF_EXPERT)
        )
        .ok();
    };
    line("**all**", &|_| true);
    line("many rows", &|cell| !cell.query.is_one_row());
    line("one row", &|cell| cell.query.is_one_row());
    line("the limit takes 1 ms or more", &|cell| cell.total[LIMIT].is_some_and(|limit| limit >= 1.0));
    for size in SIZES {
        line(&format!("{} documents", grouped(size)), &|cell| cell.rows == size);
    }
    for user in USERS {
        line(user.name, &|cell| cell.user == user.name);
    }
    let one_row: Vec<f64> = cells.iter().filter(|cell| cell.query.is_one_row()).filter_map(|cell| more(cell, LIMIT)).collect();
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

/// What a plan costs that was made for somebody else: for the user in 3 teams by others, by these for an admin where there is one, otherwise for who sees nothing.
fn kept_plans(text: &mut String, cells: &[&Cell]) {
    text.push_str("\n| by a plan kept for somebody else | kept / own | above 2 | more than 5 s | the furthest | own | kept |\n|---|--:|--:|--:|---|--:|--:|\n");
    for user in USERS {
        let of: Vec<&Cell> = cells.iter().copied().filter(|cell| cell.user == user.name).collect();
        let kept = |cell: &Cell| Some(cell.total[KEPT]? / cell.total[ROWGATE]?);
        let ratios: Vec<f64> = of.iter().filter_map(|cell| kept(cell)).collect();
        let too_long = of.iter().filter(|cell| cell.total[KEPT].is_none() && cell.total[ROWGATE].is_some()).count();
        let far = |cell: &Cell| if cell.total[KEPT].is_none() { f64::INFINITY } else { kept(cell).unwrap_or(0.0) };
        let Some(worst) = of.iter().max_by(|one, other| far(one).total_cmp(&far(other))) else { continue };
        writeln!(
            text,
            "| {} | {:.2} | {} | {too_long} | {}, {}, {} | {} | {} |",
            user.name,
            median(ratios.clone()),
            ratios.iter().filter(|ratio| **ratio > 2.0).count(),
            worst.pattern,
            worst.query.name(),
            grouped(worst.rows),
            time(worst.total[ROWGATE]),
            time(worst.total[KEPT])
        )
        .ok();
    }
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
        let far = |cell: &Cell| ratio(cell, LIMIT).unwrap_or(0.0);
        let Some(worst) = of.iter().max_by(|one, other| far(one).total_cmp(&far(other))) else { continue };
        let [limit, expert, _, own, _] = worst.total.map(time);
        let name = format!("{}, {}, {}, {}", worst.pattern, worst.query.name(), worst.user, grouped(worst.rows));
        writeln!(text, "| {letter} | {} | {name}, on {} | {limit} | {expert} | {own} |", of.len(), worst.version).ok();
    }
}

/// For each pattern and query, the medians over all users and sizes.
fn by_pattern(text: &mut String, cells: &[&Cell]) {
    for (contestant, title) in [(LIMIT, "rowgate / limit"), (EXPERT, "rowgate / best by hand")] {
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
fn growth(text: &mut String, title: &str, columns: &[(String, u32, &str)], cells: &[&Cell]) {
    let titles: Vec<&str> = columns.iter().map(|(title, ..)| title.as_str()).collect();
    writeln!(text, "\n### {title}\n\n| pattern | query | contestant | {} |", titles.join(" | ")).ok();
    writeln!(text, "|---|---|---{}|", "|--:".repeat(columns.len())).ok();
    for pattern in &PATTERNS {
        for query in [Query::Sum, Query::Page, Query::Fetch] {
            for (contestant, name) in [(LIMIT, "limit"), (EXPERT, "by hand"), (ROWGATE, "rowgate")] {
                let times: Vec<String> = columns
                    .iter()
                    .map(|&(_, rows, user)| {
                        let cell = cells.iter().find(|cell| cell.is(rows, user, pattern.name, query));
                        cell.map_or("–".to_owned(), |cell| time(cell.total[contestant]))
                    })
                    .collect();
                writeln!(text, "| {} | {} | {name} | {} |", pattern.name, query.name(), times.join(" | ")).ok();
            }
        }
    }
}

fn count(cells: usize) -> u32 {
    u32::try_from(cells).unwrap_or(u32::MAX)
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
