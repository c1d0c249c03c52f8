//! What linters of others look for in policies, asked of the generated ones (tests/README.md, "Linters of others"): by their own words where they are right, and otherwise by
//! what is behind them.

use libtest_mimic::Trial;
use rowgate::objects::{Command, Definition, Policy};

use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("linters::policies_ask_the_session_once_for_each_statement", once),
        trial("linters::policies_say_what_may_be_written_and_nothing_that_looks_forgotten", complete),
    ]
}

/// The policies of all examples and cases.
fn policies() -> Result<Vec<(String, Policy)>, String> {
    let mut found = Vec::new();
    for folder in folders(&root().join("policies")).into_iter().chain(folders(&root().join("tests/cases"))) {
        // Some cases are about errors.
        let Some(state) = project::compile(&folder).ok().and_then(|compiled| compiled.state()) else { continue };
        found.extend(state.objects.into_iter().filter_map(|object| match object.definition {
            Definition::Policy(policy) => Some((format!("{}: {} on {}", folder.display(), policy.name, policy.table), policy)),
            _ => None,
        }));
    }
    if found.len() > 300 { Ok(found) } else { Err(format!("only {} policies", found.len())) }
}

fn conditions(policy: &Policy) -> impl Iterator<Item = &String> {
    policy.using.iter().chain(&policy.check)
}

/// What stands in the parentheses around a place, from within outward.
fn around(text: &str, place: usize) -> Vec<&str> {
    let (mut depth, mut found) = (0, Vec::new());
    for (start, letter) in text[..place].char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' if depth > 0 => depth -= 1,
            '(' => found.push(&text[start + 1..place]),
            _ => {}
        }
    }
    found
}

/// Supabase's linter looks for `(select current_setting(…))`; here more is done in the sub-select than to ask. It is asked once if it is about no row.
fn once() -> Result<(), String> {
    let mut asked = 0;
    for (name, policy) in policies()? {
        let row = format!("{}.", rowgate::objects::quote::identifier(&policy.table.name));
        for text in conditions(&policy) {
            for (place, _) in text.match_indices("current_setting(") {
                let select = around(text, place).into_iter().find(|within| within.trim_start().starts_with("SELECT"));
                // A sub-select that reads a table may be asked for each row; the innermost may not.
                match select {
                    Some(before) if !before.contains(&row) && !before.contains(" FROM ") => asked += 1,
                    _ => return Err(format!("{name} asks for each row:\n{text}")),
                }
            }
        }
    }
    if asked > 300 { Ok(()) } else { Err(format!("the session is asked {asked} times")) }
}

fn complete() -> Result<(), String> {
    for (name, policy) in policies()? {
        if matches!(policy.command, Command::Update | Command::Insert) && policy.check.is_none() {
            return Err(format!("{name} does not say what may be written"));
        }
        if let Some(text) = conditions(&policy).find(|text| text.to_lowercase().contains("or true")) {
            return Err(format!("{name} looks as if something had been forgotten:\n{text}"));
        }
    }
    Ok(())
}
