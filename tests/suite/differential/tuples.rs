//! References of several columns in random projects: items stand on a shelf and users have a desk, each a folder by its team and its number. In: tables, the
//! generator of conditions. Out: their part of the schema file, values, conditions. Rows may have the number of a folder of another team.

use super::conditions::Conditions;
use super::schema::{Table, key};
use crate::random::Random;

/// A reference of several columns, all to folders by team and number.
pub struct Tuple {
    pub name: &'static str,
    columns: [&'static str; 2],
}

/// The references of a table.
pub fn tuples(table: &str) -> &'static [Tuple] {
    match table {
        "items" => &[Tuple { name: "shelf", columns: ["shelf_id", "team_id"] }],
        "users" => &[Tuple { name: "desk", columns: ["desk_id", "desk_team"] }],
        _ => &[],
    }
}

/// The keys of several columns of a table, and its references, in `schema.yaml`.
pub fn yaml(table: &Table) -> String {
    let line = |tuple: &Tuple| {
        let columns = tuple.columns.join(", ");
        format!("      {}: {{ columns: [{columns}], references: \"folders (id, team_id)\" }}\n", tuple.name)
    };
    let lines: String = tuples(table.name).iter().map(line).collect();
    if lines.is_empty() { String::new() } else { format!("    foreign_keys:\n{lines}") }
}

/// What a row has in a column of such a reference; `None` for all other columns.
pub fn value(random: &mut Random, column: &str, r#type: &str) -> Option<Option<String>> {
    let is_part = matches!(column, "shelf_id" | "desk_id" | "desk_team");
    is_part.then(|| (random.below(6) > 0).then(|| key(r#type, 1 + random.below(3))))
}

/// The tables without the constraints of these references.
pub fn without_constraints(tables: &str) -> String {
    let is_of_several = |line: &str| {
        line.split_once("FOREIGN KEY (").is_some_and(|(_, rest)| rest.starts_with("team_id, ") || rest.starts_with("desk_team, "))
    };
    tables.lines().filter(|line| !is_of_several(line)).map(|line| format!("{line}\n")).collect()
}

impl Conditions<'_> {
    /// A condition on such a reference of a row, or of the user.
    pub fn of_tuples(&mut self, table: &str) -> Option<String> {
        let own = leading_to_folders(table);
        let is = self.pick(&["is", "is not", "equals"]);
        let empty = self.pick(&["is empty", "is not empty"]);
        let of_user = self.pick(&["User's `desk`", "User's `desk`", "User's `manager_id`'s `desk`"]);
        if own.is_empty() {
            return Some(format!("{of_user} {empty}"));
        }
        let one = self.pick(own);
        let (further_out, name) = match self.outer.clone().as_slice() {
            [] => (String::new(), String::new()),
            outer => self.pick(outer),
        };
        Some(match self.random.below(5) {
            0 => format!("{one} {empty}"),
            1 if !leading_to_folders(&further_out).is_empty() => {
                let other = self.pick(leading_to_folders(&further_out));
                // The row of a name may be the row itself, and then nothing is compared with itself.
                let other = if name != "this record" && other == one { other_of(own, one) } else { other };
                format!("{one} {is} {name}'s {other}")
            }
            2 => format!("{} {is} {}", own[0], own[1]),
            3 => {
                let among = self.pick(&["is one of", "is not one of"]);
                format!("{one} {among} ({of_user}, {})", other_of(own, one))
            }
            _ => format!("{one} {is} {of_user}"),
        })
    }
}

/// The other one of two paths.
fn other_of(paths: &'static [&'static str], one: &str) -> &'static str {
    if one == paths[0] { paths[1] } else { paths[0] }
}

/// Paths of a table that end at such a reference.
fn leading_to_folders(table: &str) -> &'static [&'static str] {
    match table {
        "items" => &["`shelf`", "`next_id`'s `shelf`"],
        "notes" => &["`item_id`'s `shelf`", "`item_id`'s `next_id`'s `shelf`"],
        "users" => &["`desk`", "`manager_id`'s `desk`"],
        _ => &[],
    }
}
