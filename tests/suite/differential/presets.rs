//! What the rules of a random project set. In: a project's rules. Out: the same, in which grants of one operation on one table set a field, and none lists it.

use super::conditions::{Conditions, paths};
use super::generate::{Provider, Rule};

/// Lets some grants set a field. Texts are left alone, since triggers of a hostile project's application change them.
pub fn add(conditions: &mut Conditions<'_>, table: &str, provider: Provider, rules: &mut [Rule]) {
    let operation = conditions.pick(&["create", "update"]);
    let columns: Vec<_> =
        conditions.schema.table(table).columns.iter().filter(|column| column.name != "id" && !column.filled).cloned().collect();
    let column = conditions.pick(&columns);
    // Where a function says who is signed in, nothing of the user's row is set: also not the key that references lead to, where the session says another one.
    let is_asked = provider == Provider::Function;
    let value = match (column.references, column.r#type) {
        (Some("users"), _) if is_asked && conditions.schema.has_auth_id() => None,
        (Some("users"), _) => Some("Logged in User".to_owned()),
        (None, "timestamptz" | "timestamp") => Some(conditions.pick(&["now", "in 7 days", "1 month ago"]).to_owned()),
        (None, "date") => Some(conditions.pick(&["today", "date \"2026-01-31\""]).to_owned()),
        (None, "boolean" | "bigint" | "integer") => {
            of_user(conditions, &column.name, column.r#type).filter(|value| !is_asked || !value.starts_with("User's "))
        }
        _ => None,
    };
    let Some(value) = value else { return };
    let set = format!(" setting `{}` to {value}", column.name);
    for allow in rules.iter_mut().filter(|rule| rule.table == table).flat_map(|rule| &mut rule.allows) {
        let end = [" when ", " then "].iter().filter_map(|word| allow.find(word)).min().unwrap_or(allow.len());
        let (grants, conditions_of) = allow.split_at(end);
        if grants.starts_with(operation) || grants.contains(&format!(", {operation}")) {
            // What is set belongs to the whole `allow`.
            let is_alone = !(grants.contains("create") && grants.contains("update"));
            let sets = is_alone && conditions.random.below(3) > 0;
            *allow = format!("{}{}{conditions_of}", unlisted(grants, operation, &column.name), if sets { &set } else { "" });
        }
    }
}

/// A value of the user's row, or a constant.
fn of_user(conditions: &mut Conditions<'_>, name: &str, r#type: &str) -> Option<String> {
    let schema = conditions.schema;
    let own: Vec<_> = paths(schema, schema.table("users"), 0)
        .into_iter()
        .filter(|path| path.r#type == r#type && path.entity.is_none())
        .collect();
    let constant = if r#type == "boolean" { "true" } else { "2" };
    let is_key = name.ends_with("_id");
    let picked = if own.is_empty() || conditions.random.below(2) == 0 {
        constant.to_owned()
    } else {
        format!("User's {}", conditions.pick(&own).text)
    };
    (!is_key).then_some(picked)
}

/// The grants without the field in the list of an operation; without a list where no other field is left in it.
fn unlisted(grants: &str, operation: &str, column: &str) -> String {
    let start = format!("{operation} (");
    let Some(at) = grants.find(&start).map(|at| at + start.len()) else { return grants.to_owned() };
    let end = at + grants[at..].find(')').unwrap();
    let quoted = format!("`{column}`");
    let left: Vec<&str> = grants[at..end].split(", ").filter(|field| *field != quoted).collect();
    match left.is_empty() {
        true => format!("{}{}", grants[..at - 2].trim_end(), &grants[end + 1..]),
        false => format!("{}{}{}", &grants[..at], left.join(", "), &grants[end..]),
    }
}
