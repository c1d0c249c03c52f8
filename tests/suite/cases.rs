//! The case folders: each is a small project whose name is a sentence. Its messages, its matrix and its SQL are pinned under
//! `snapshots/<the same sentence>/`; what it means is enforced on the server by its scenarios.

use std::path::Path;

use libtest_mimic::Trial;
use rowgate::{access, plan};

use crate::snapshots::{assert_only, assert_snapshot};
use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    folders(&root().join("tests/cases"))
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            trial(format!("cases::{name}"), move || case(&folder))
        })
        .collect()
}

fn case(folder: &Path) -> Result<(), String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let compiled = project::compile(folder)?;
    let has_scenarios = std::fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(".test.yaml")));
    if has_scenarios && compiled.meaning.is_none() {
        return Err(format!(
            "there are scenarios, and they cannot run:\n{}",
            project::render(&compiled.diagnostics, &compiled.sources)
        ));
    }
    let messages = project::messages(&compiled);
    let mut pinned = Vec::new();
    if !messages.is_empty() {
        assert_snapshot(&name, "diagnostics", &messages);
        pinned.push("diagnostics");
    }
    let Some(meaning) = &compiled.meaning else {
        return if messages.is_empty() { Err("no meaning and no message".to_owned()) } else { assert_only(&name, &pinned) };
    };
    let state = compiled.state().ok_or("no state")?;
    assert_snapshot(&name, "access", &access::render(&meaning.model, &meaning.access));
    assert_snapshot(&name, "sql", &plan::desired_state(&state));
    pinned.extend(["access", "sql"]);
    assert_only(&name, &pinned)?;
    if project::enforce(folder, &compiled)? == 0 {
        return Err("a case without errors needs scenarios".to_owned());
    }
    Ok(())
}
