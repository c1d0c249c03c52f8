//! What random rules say of a record as it was. In: the rules of a project, whole but for this. Out: the same, in which some updates compare what they leave with what was there. Everything
//! else of the project has been drawn before, so that it is the same without this.

use super::conditions::{Conditions, Path, can_be_compared, family, has_order, paths};
use super::generate::Rule;

/// Lets some updates compare a record with what it was.
pub fn add(conditions: &mut Conditions<'_>, rules: &mut [Rule], often: bool) {
    let one_in = if often { 2 } else { 4 };
    for rule in rules {
        for allow in &mut rule.allows {
            let grants = [" when ", " then ", " setting "]
                .iter()
                .fold(allow.as_str(), |head, word| head.split(word).next().unwrap_or(head));
            let is_update = grants.starts_with("update") || grants.contains(", update");
            if is_update && conditions.random.below(one_in) == 0 {
                *allow = with_former(conditions, rule.table, allow);
            }
        }
    }
}

/// The same, with something behind its `then` that compares.
fn with_former(conditions: &mut Conditions<'_>, table: &str, allow: &str) -> String {
    let compared = match conditions.random.below(4) {
        0 => format!("({} or {})", about_former(conditions, table), about_former(conditions, table)),
        1 => format!("not ({})", about_former(conditions, table)),
        _ => about_former(conditions, table),
    };
    match (allow.split_once(" then "), conditions.random.below(3)) {
        (Some((head, then)), 0) => format!("{head} then ({then}) and {compared}"),
        (Some((head, then)), _) => format!("{head} then ({then}) or {compared}"),
        (None, _) => format!("{allow} then {compared}"),
    }
}

fn about_former(conditions: &mut Conditions<'_>, table: &str) -> String {
    let schema = conditions.schema;
    let steps = [0, 0, 0, 1][conditions.random.below(4)];
    let path = conditions.pick(&paths(schema, schema.table(table), steps));
    let alike = |other: &Path, of: &Path| {
        let keys = other.entity.is_none() || of.entity.is_none() || other.entity == of.entity;
        family(other.r#type) == family(of.r#type) && keys && can_be_compared(of.r#type)
    };
    match conditions.random.below(9) {
        0 => format!("the former {} {}", path.text, conditions.pick(&["is empty", "is not empty"])),
        1 if path.entity == Some("users") => {
            format!("the former {} {} Logged in User", path.text, conditions.pick(&["is", "is not"]))
        }
        1 if path.entity == Some("teams") => {
            format!("the former {} {} User's Team", path.text, conditions.pick(&["is one of", "is not one of"]))
        }
        2 => {
            let others = paths(schema, schema.table(table), 1);
            let fitting: Vec<Path> = others.into_iter().filter(|other| alike(other, &path)).collect();
            if fitting.is_empty() { itself(conditions, &path) } else { compared(conditions, &path, &fitting) }
        }
        3 | 4 => of_rows(conditions, table, &path, &alike),
        _ => itself(conditions, &path),
    }
}

/// A value and what it was.
fn itself(conditions: &mut Conditions<'_>, path: &Path) -> String {
    match path.r#type {
        "text[]" | "integer[]" => {
            let verb = conditions.pick(&["has any of", "has all of", "has none of"]);
            format!("{} {verb} the former {}", path.text, path.text)
        }
        r#type if !can_be_compared(r#type) => format!("the former {} is not empty", path.text),
        _ => compared(conditions, path, std::slice::from_ref(path)),
    }
}

fn compared(conditions: &mut Conditions<'_>, path: &Path, others: &[Path]) -> String {
    let other = conditions.pick(others);
    let operator = match has_order(path.r#type) {
        true => conditions.pick(&["is", "is not", "is at most", "is at least", "is greater than", "is less than"]),
        false => conditions.pick(&["is", "is", "is not"]),
    };
    match conditions.random.below(3) {
        0 => format!("the former {} {operator} {}", other.text, path.text),
        _ => format!("{} {operator} the former {}", path.text, other.text),
    }
}

/// Rows that are compared with what the record was, and with what it is.
fn of_rows(conditions: &mut Conditions<'_>, table: &str, path: &Path, alike: &dyn Fn(&Path, &Path) -> bool) -> String {
    let schema = conditions.schema;
    let rows: &[(&str, &str)] = match table {
        "folders" => &[("record of settings", "settings"), ("items by Folder", "items")],
        "items" => &[("record of settings", "settings"), ("notes", "notes")],
        _ => &[("record of settings", "settings"), ("record of users", "users")],
    };
    let (rows, inner) = conditions.pick(rows);
    let own: Vec<Path> = paths(schema, schema.table(inner), 0).into_iter().filter(|other| alike(other, path)).collect();
    let quantity = conditions.pick(&["any", "any", "no", "fewer than 2"]);
    if own.is_empty() {
        return format!("{quantity} {rows} where (the former {} is not empty)", path.text);
    }
    let own = conditions.pick(&own);
    let operator = conditions.pick(&["is", "is", "is not"]);
    let and = if conditions.random.below(3) == 0 {
        format!(" and {} is not this record's {}", own.text, path.text)
    } else {
        String::new()
    };
    format!("{quantity} {rows} where ({} {operator} the former {}{and})", own.text, path.text)
}
