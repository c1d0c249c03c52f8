//! The example projects under `policies/`: complete, without messages, enforced, and their committed `rls.sql` is what `build` writes.

use std::path::Path;

use libtest_mimic::Trial;
use rowgate::plan;

use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    folders(&root().join("policies"))
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            trial(format!("example::{name}"), move || example(&folder))
        })
        .collect()
}

fn example(folder: &Path) -> Result<(), String> {
    for file in ["README.md", "rowgate.yaml", "schema.yaml", "rls.sql"] {
        if !folder.join(file).is_file() {
            return Err(format!("{file} is missing"));
        }
    }
    let compiled = project::compile(folder)?;
    let messages = project::messages(&compiled);
    if !messages.is_empty() {
        return Err(messages);
    }
    let state = compiled.state().ok_or("no state")?;
    let committed = std::fs::read_to_string(folder.join("rls.sql")).map_err(|error| error.to_string())?;
    if committed != plan::desired_state(&state) {
        return Err("rls.sql is stale: run `cargo run -- build --output` in the folder".to_owned());
    }
    let expectations = project::enforce(folder, &compiled)?;
    if expectations == 0 {
        return Err("there is no scenario".to_owned());
    }
    every_role_acts(&compiled)
}

/// Every role acts in some scenario, which says so in its name; what it cannot do is tried in all of them.
fn every_role_acts(compiled: &rowgate::project::Compiled) -> Result<(), String> {
    let model = project::model(compiled)?;
    let (files, _) = compiled.scenarios();
    let texts: String = files
        .iter()
        .flat_map(|(_, scenarios)| scenarios.scenarios.iter().map(|scenario| format!("{}\n", scenario.name.to_lowercase())))
        .collect();
    for role in &model.roles {
        if !texts.contains(&role.name.to_lowercase()) {
            return Err(format!("no scenario's name mentions the role `{}`", role.name));
        }
    }
    Ok(())
}
