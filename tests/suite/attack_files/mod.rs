//! The attacks that somebody found, one folder of `tests/attacks` each: a small project and what is tried against it on the server, with
//! the right outcome. `tests/README.md` describes the files.

mod format;
mod session;
mod stage;

use std::path::Path;

use libtest_mimic::Trial;

use rowgate::objects::State;

use self::stage::{Fault, NOTHING_TO_UNDO};
use crate::differential::{FAULTS, FoundBy, Undo};
use crate::{folders, root, trial};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("attack_files::what_the_format_does_not_know_is_an_error", format::refuses_what_it_does_not_know),
        trial("attack_files::an_outcome_that_is_not_right_is_told", stage::tells_what_is_wrong),
    ];
    let attacks = folders(&root().join("tests/attacks")).into_iter().enumerate();
    trials.extend(attacks.map(|(index, folder)| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trial(format!("attacks::{name}"), move || attack(&folder, &format!("attack{index}"), None))
    }));
    let faults = FAULTS.iter().filter_map(|undo| Some((undo, undo.found_by?)));
    trials.extend(faults.map(|(undo, FoundBy { attacks, .. })| {
        trial(format!("attack_files::the_fault_{}_is_found", undo.name), move || {
            attacks.iter().try_for_each(|attack| is_found(undo, attack))
        })
    }));
    trials
}

/// An attack has to fail where what it is about is undone.
fn is_found(undo: &Undo, name: &str) -> Result<(), String> {
    let fault = |state: &State| undo.script_anywhere(state);
    let names = format!("{}{}", undo.name, name.len());
    match attack(&root().join("tests/attacks").join(name), &names, Some(&fault)) {
        Err(error) if error.starts_with("attack.sql:") && !error.contains(NOTHING_TO_UNDO) => Ok(()),
        found => Err(format!("`{name}` with a fault ({}): {found:?}", undo.what)),
    }
}

/// Runs one folder. Roles belong to the whole server, so each has its own.
fn attack(folder: &Path, names: &str, fault: Option<Fault<'_>>) -> Result<(), String> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).map(|text| format::with_roles(&text, names)).ok();
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
    stage::play(&project, &blocks, names, fault)
}
