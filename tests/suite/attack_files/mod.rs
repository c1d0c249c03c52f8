//! The attacks that somebody found, one folder of `tests/attacks` each: a small project and what is tried against it on the server, with
//! the right outcome. `tests/README.md` describes the files.

mod format;
mod session;
mod stage;

use std::path::Path;

use libtest_mimic::Trial;

use crate::{folders, root, trial};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("attack_files::what_the_format_does_not_know_is_an_error", format::refuses_what_it_does_not_know),
        trial("attack_files::an_outcome_that_is_not_right_is_told", stage::tells_what_is_wrong),
    ];
    let attacks = folders(&root().join("tests/attacks")).into_iter().enumerate();
    trials.extend(attacks.map(|(index, folder)| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trial(format!("attacks::{name}"), move || attack(&folder, index))
    }));
    trials
}

/// Runs one folder. Roles belong to the whole server, so each folder has its own, told apart by its number.
fn attack(folder: &Path, index: usize) -> Result<(), String> {
    let names = format!("attack{index}");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).map(|text| format::with_roles(&text, &names)).ok();
    let must = |name: &str| read(name).ok_or(format!("there is no {name}"));
    let project = stage::Project {
        config: must("rowgate.yaml")?,
        schema: must("schema.yaml")?,
        policy: must("main.policy")?,
        next_policy: read("next.policy"),
        setup: read("setup.sql"),
        tables: read("tables.sql"),
    };
    let blocks = format::parse(&must("attack.sql")?)?;
    stage::play(&project, &blocks, &names)
}
