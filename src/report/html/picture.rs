//! Pictures: which roles reach which tables, and which roles include which. Drawn here: a grid, and boxes in columns, neither of which needs a layout engine. What they show stands
//! beside them in words, too.

use std::collections::{BTreeMap, HashMap};

use maud::{Markup, html};

use super::super::access::{Cell, Table};
use super::super::data::Report;
use super::super::roles::Role;
use super::anchors::Anchors;
use super::part::scrolls;

/// The side of a square, and what is between two.
const SQUARE: usize = 9;
const GAP: usize = 2;
/// A role's column: four squares and some room.
const COLUMN: usize = 4 * (SQUARE + GAP) + 10;
const LINE: usize = 24;

/// A grid of tables and roles.
pub(super) fn section(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        p {
            "Four squares for each role: read, create, update, delete. Full: every record and field. Half: some. Empty: none. "
            a href="#matrix" { "The next section" } " says the same in words, with the conditions."
        }
        (scrolls("Picture: which role reaches which table", &grid(report, anchors)))
    }
}

/// An estimate: hardly a font has wider letters.
fn width(text: &str) -> usize {
    text.chars().count() * 17 / 2
}

fn longest<'a>(texts: impl Iterator<Item = &'a str>, most: usize) -> usize {
    texts.map(|text| width(&short(text))).max().unwrap_or(0).min(most)
}

fn short(text: &str) -> String {
    const MOST: usize = 26;
    match text.chars().count() > MOST {
        true => text.chars().take(MOST - 1).chain(['\u{2026}']).collect(),
        false => text.to_owned(),
    }
}

fn grid(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let left = longest(report.tables.iter().map(|table| table.name.as_str()), 240) + 18;
    // Names of roles lean to the right.
    let slant = longest(report.roles.iter().map(|role| role.name.as_str()), 220) * 7 / 10;
    let top = slant + 16;
    let columns: HashMap<&str, usize> =
        report.roles.iter().enumerate().map(|(index, role)| (role.name.as_str(), left + index * COLUMN)).collect();
    let right = left + report.roles.len() * COLUMN;
    let (wide, high) = (right + slant, top + report.tables.len() * LINE + 4);
    let [full, half] = squares(report, &columns, top);
    html! {
        svg.grid xmlns="http://www.w3.org/2000/svg" width=(wide) height=(high) viewBox={ "0 0 " (wide) " " (high) } role="img" aria-label="Which role reaches which table; the matrix below says the same in words" {
            defs { pattern id="squares" x=(left) y=(top) width=(COLUMN) height=(LINE) patternUnits="userSpaceOnUse" { path.empty d=(outlines()) {} } }
            @for (index, role) in report.roles.iter().enumerate() {
                @let x = left + index * COLUMN + COLUMN / 2 - 8;
                text.label x=(x) y=(top - 10) transform={ "rotate(-45 " (x) " " (top - 10) ")" } { title { (role.name) } (short(&role.name)) }
            }
            @for (index, table) in report.tables.iter().enumerate() {
                @let y = top + index * LINE;
                @if index % 2 == 0 { rect.band x="0" y=(y) width=(right) height=(LINE) {} }
                a href={ "#" (anchors.table(&table.name)) } {
                    text.label x=(left - 10) y=(y + 16) text-anchor="end" { title { (table.name) } (short(&table.name)) }
                }
            }
            rect x=(left) y=(top) width=(right - left) height=(report.tables.len() * LINE) fill="url(#squares)" {}
            path.half d=(half) {}
            path.full d=(full) {}
        }
    }
}

/// Where the squares of a role begin, from the left of its column and the top of its line.
fn corner(position: usize) -> (usize, usize) {
    (4 + position * (SQUARE + GAP), (LINE - SQUARE) / 2)
}

/// The four squares of a role, empty; the whole grid is filled with them.
fn outlines() -> String {
    (0..4).map(corner).map(|(x, y)| outline(x, y)).collect()
}

fn outline(x: usize, y: usize) -> String {
    format!("M{x} {y}h{SQUARE}v{SQUARE}h-{SQUARE}z")
}

/// The full squares and the lower halves of others, as two paths.
fn squares(report: &Report, columns: &HashMap<&str, usize>, top: usize) -> [String; 2] {
    let [mut full, mut half] = [String::new(), String::new()];
    for (index, table) in report.tables.iter().enumerate() {
        for row in &table.rows {
            for left in row.roles.iter().filter_map(|role| columns.get(role.as_str())) {
                for (position, cell) in row.cells.iter().enumerate() {
                    let (x, y) = corner(position);
                    let (x, y) = (left + x, top + index * LINE + y);
                    match reach(table, cell) {
                        Reach::All => full.push_str(&outline(x, y)),
                        Reach::Some => half.push_str(&format!("M{x} {y}v{SQUARE}h{SQUARE}z")),
                        Reach::None => {}
                    }
                }
            }
        }
    }
    [full, half]
}

enum Reach {
    All,
    Some,
    None,
}

fn reach(table: &Table, cell: &Cell) -> Reach {
    match cell.answer {
        _ if table.closed.is_some() => Reach::None,
        "always" => Reach::All,
        "never" => Reach::None,
        _ => Reach::Some,
    }
}

const BOX: (usize, usize) = (172, 34);
const BETWEEN: (usize, usize) = (44, 12);
/// So many columns where nothing includes anything.
const COLUMNS: usize = 4;
const HEADING: usize = 30;

/// Where a role's box stands.
struct Placed<'a> {
    role: &'a Role,
    column: usize,
    y: usize,
}

/// Boxes for roles, those that are held alike together; what a role includes is to its right.
pub(super) fn roles(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let (placed, headings, high) = place(&report.roles);
    let columns = placed.iter().map(|one| one.column + 1).max().unwrap_or(1);
    let wide = columns * (BOX.0 + BETWEEN.0);
    let at: HashMap<&str, (usize, usize)> = placed.iter().map(|one| (one.role.name.as_str(), (x(one.column), one.y))).collect();
    let picture = html! {
        svg.roles xmlns="http://www.w3.org/2000/svg" width=(wide) height=(high) viewBox={ "0 0 " (wide) " " (high) } role="img" aria-label="Which role includes which; the table below says the same in words" {
            defs { marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto" { path.head d="M0 0L8 4L0 8z" {} } }
            @for (y, heading) in &headings { text.heading x="1" y=(y) { (heading) } }
            @for one in &placed { @for (included, end) in one.role.includes.iter().filter_map(|name| at.get_key_value(name.as_str())) {
                path.edge d=(edge((x(one.column), one.y), *end)) marker-end="url(#arrow)" { title { (one.role.name) " includes " (included) } }
            } }
            @for one in &placed {
                a href={ "#" (anchors.role(&one.role.name)) } {
                    rect.box x=(x(one.column)) y=(one.y) width=(BOX.0) height=(BOX.1) rx="6" {}
                    text.label x=(x(one.column) + BOX.0 / 2) y=(one.y + 22) text-anchor="middle" { title { (one.role.name) } (shorter(&one.role.name)) }
                }
            }
        }
    };
    html! {
        p { "An arrow leads from a role to one that it includes: who holds the first holds the second, too." }
        (scrolls("Picture: which role includes which", &picture))
    }
}

/// As much as a box has room for.
fn shorter(text: &str) -> String {
    const MOST: usize = 21;
    match text.chars().count() > MOST {
        true => text.chars().take(MOST - 1).chain(['\u{2026}']).collect(),
        false => text.to_owned(),
    }
}

fn x(column: usize) -> usize {
    1 + column * (BOX.0 + BETWEEN.0)
}

fn edge((from_x, from_y): (usize, usize), (to_x, to_y): (usize, usize)) -> String {
    let (start, end) = (from_x + BOX.0, to_x.saturating_sub(1));
    let (begin, finish) = (from_y + BOX.1 / 2, to_y + BOX.1 / 2);
    let bend = BETWEEN.0 / 2;
    format!("M{start} {begin}C{} {begin} {} {finish} {end} {finish}", start + bend, end.saturating_sub(bend))
}

/// What is said above roles that are held alike.
fn lane(role: &Role) -> String {
    match (role.by, &role.membership) {
        ("membership", Some(membership)) if role.is_scoped => format!("Held within one {membership}"),
        ("membership", Some(membership)) => format!("Held everywhere, by a membership of {membership}"),
        ("user", _) => "Held by what the user's record says".to_owned(),
        ("claim", _) => "Held by what the session's token says".to_owned(),
        ("database role", _) => "Held by the session's database role".to_owned(),
        _ => "Held by nobody in particular".to_owned(),
    }
}

/// Boxes, headings with their heights, and the height of all.
fn place(roles: &[Role]) -> (Vec<Placed<'_>>, Vec<(usize, String)>, usize) {
    let depths = depths(roles);
    let deepest = depths.values().max().copied().unwrap_or(0) + 1;
    let is_linked = |role: &Role| !role.includes.is_empty() || !role.held_by.is_empty();
    let mut lanes: Vec<(String, Vec<&Role>)> = Vec::new();
    for role in roles {
        let name = lane(role);
        match lanes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, of_lane)) => of_lane.push(role),
            None => lanes.push((name, vec![role])),
        }
    }
    let (mut placed, mut headings, mut y) = (Vec::new(), Vec::new(), 0);
    for (heading, of_lane) in lanes {
        headings.push((y + 18, heading));
        y += HEADING;
        // By column, the rows that are taken; by role, its row.
        let mut taken: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut rows: HashMap<&str, usize> = HashMap::new();
        let (mut linked, alone): (Vec<&Role>, Vec<&Role>) = of_lane.into_iter().partition(|role| is_linked(role));
        linked.sort_by_key(|role| depths[role.name.as_str()]);
        let mut put = |role: &'_ Role, column: usize, wanted: usize| {
            let taken = taken.entry(column).or_default();
            let row = (wanted..).find(|row| !taken.contains(row)).unwrap_or(wanted);
            taken.push(row);
            (role.name.clone(), row)
        };
        let mut height = 0;
        for role in linked {
            let column = depths[role.name.as_str()];
            // Beside who includes it, so that a chain is a line.
            let wanted =
                roles.iter().filter(|other| other.includes.contains(&role.name)).find_map(|other| rows.get(other.name.as_str()));
            let (_, row) = put(role, column, wanted.copied().unwrap_or(0));
            rows.insert(&role.name, row);
            height = height.max(row + 1);
            placed.push(Placed { role, column, y: y + row * (BOX.1 + BETWEEN.1) });
        }
        let across = deepest.max(COLUMNS);
        for (index, role) in alone.iter().enumerate() {
            let row = height + index / across;
            placed.push(Placed { role, column: index % across, y: y + row * (BOX.1 + BETWEEN.1) });
        }
        y += (height + alone.len().div_ceil(across)) * (BOX.1 + BETWEEN.1) + 6;
    }
    (placed, headings, y)
}

/// How many others are above a role, along the longest way. Inclusion has no circles, so this ends.
fn depths(roles: &[Role]) -> HashMap<&str, usize> {
    let mut depths: HashMap<&str, usize> = roles.iter().map(|role| (role.name.as_str(), 0)).collect();
    for _ in 0..roles.len() {
        let mut is_settled = true;
        for role in roles {
            let depth = depths[role.name.as_str()] + 1;
            for included in &role.includes {
                if let Some(known) = depths.get_mut(included.as_str()).filter(|known| **known < depth) {
                    *known = depth;
                    is_settled = false;
                }
            }
        }
        if is_settled {
            break;
        }
    }
    depths
}
