//! Snapshots, one folder per subject under `snapshots/`; none is forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use libtest_mimic::Trial;

use crate::{folders, root, trial};

/// Compares a text with `snapshots/<folder>/<name>.snap`.
pub fn assert_snapshot(folder: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

pub fn trials() -> Vec<Trial> {
    vec![trial("snapshots::every_snapshot_has_a_case", no_snapshot_is_left_over)]
}

fn no_snapshot_is_left_over() -> Result<(), String> {
    let names = |path: PathBuf| -> BTreeSet<String> {
        folders(&path).iter().filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned())).collect()
    };
    let mut expected = names(root().join("tests/cases"));
    expected.extend(["diagnostics".to_owned(), "commands".to_owned()]);
    let found = names(root().join("snapshots"));
    let (forgotten, missing): (Vec<_>, Vec<_>) = (found.difference(&expected).collect(), expected.difference(&found).collect());
    if forgotten.is_empty() && missing.is_empty() {
        return Ok(());
    }
    Err(format!("snapshots without a case: {forgotten:?}; cases without snapshots: {missing:?}"))
}
