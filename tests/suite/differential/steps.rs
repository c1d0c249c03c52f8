//! Rules of projects that are about steps: what a record was and what it becomes decide, on columns whose values may be equal and not the same, and
//! in tables whose texts a trigger of the application changes. In: the schema of such a project. Out: the rules of a table.

use super::conditions::Conditions;
use super::generate::{Rule, fields};

/// Everybody may read, so that what is refused is the step.
pub fn rules(conditions: &mut Conditions<'_>, table: &'static str) -> Vec<Rule> {
    let mut all = vec![rule(table, 0, "Anyone", vec!["read, delete".to_owned()])];
    // Where nobody creates, nothing but the step is asked of a record that moves to another partition.
    let creates = conditions.random.below(2) == 0;
    for index in 1..=1 + conditions.random.below(3) {
        let role = conditions.pick(&["Authenticated", "Authenticated", "Anyone", "Clerk", "Boss", "Support"]);
        let allows = (0..2 + conditions.random.below(3)).map(|_| step(conditions, table, creates)).collect();
        all.push(rule(table, index, role, allows));
    }
    all
}

fn rule(table: &'static str, index: usize, roles: &str, allows: Vec<String>) -> Rule {
    let (roles, name) = (roles.to_owned(), format!("{table} {index}"));
    Rule { table, name, roles, look_up: "", filters: Vec::new(), allows }
}

fn step(conditions: &mut Conditions<'_>, table: &str, creates: bool) -> String {
    if creates && conditions.random.below(3) == 0 {
        return format!("create{} when {}", fields(conditions, table, true), state(conditions, table));
    }
    let when = if conditions.random.below(3) > 0 { format!(" when {}", state(conditions, table)) } else { String::new() };
    let then = if conditions.random.below(3) > 0 { format!(" then {}", state(conditions, table)) } else { String::new() };
    format!("update{}{when}{then}", fields(conditions, table, false))
}

/// Of a record's state, mostly; of anything now and then.
fn state(conditions: &mut Conditions<'_>, table: &str) -> String {
    if conditions.random.below(5) == 0 {
        return conditions.condition(table, 0);
    }
    let value = conditions.pick(&["a", "A", "b", "aB", "ab"]);
    match conditions.random.below(4) {
        0 => format!("`state` is one of (\"{value}\", \"{}\")", conditions.pick(&["a", "b", "ab"])),
        1 => format!("`state` is \"{value}\""),
        _ => format!("`state` is not \"{value}\""),
    }
}
