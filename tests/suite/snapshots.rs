//! Snapshots, one folder per subject under `snapshots/`; none is forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use libtest_mimic::Trial;
use rowgate::diagnostic::Code;

use crate::{folders, root, trial};

/// The snapshots of a folder are these and no others: one that is left over pins what nothing says any more.
pub fn assert_only(folder: &str, names: &[&str]) -> Result<(), String> {
    let path = root().join("snapshots").join(folder);
    let entries = std::fs::read_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let found: BTreeSet<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let expected: BTreeSet<String> = names.iter().map(|name| format!("{name}.snap")).collect();
    if found == expected { Ok(()) } else { Err(format!("snapshots/{folder} has {found:?}, and not {expected:?}")) }
}

/// Compares a text with `snapshots/<folder>/<name>.snap`. What is the same in every project is left out; the examples' `rls.sql` have it.
pub fn assert_snapshot(folder: &str, name: &str, text: &str) {
    let text = &without_constant(text);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// What is the same in every project: the last step behind its data, and the function that looks at what is in force. And what stands above already: the
/// record of what was applied.
const CONSTANT: [(&str, &str, &str); 4] = [
    ("-- What follows is the same in every project.\n", "ORDER BY number, what, lets", "-- (the same in every project)\n"),
    (
        "#variable_conflict use_column",
        "GROUP BY entry.kind, entry.privilege, entry.place, entry.grantee;",
        "(the same in every project)",
    ),
    ("facts(boolean)', NULL, false, ", ", 'search_path", "facts(boolean)', NULL, false, '(its digest)', 'search_path"),
    ("for `rowgate verify`.\n", "facts(true);\n", "-- (all of the above)\n"),
];

fn without_constant(text: &str) -> String {
    let cut = |text: String, (begin, end, said): (&str, &str, &str)| {
        let parts = text.split_once(begin).and_then(|(before, behind)| Some((before, behind.split_once(end)?.1)));
        parts.map(|(before, behind)| format!("{before}{said}{behind}")).unwrap_or(text)
    };
    CONSTANT.into_iter().fold(text.to_owned(), cut)
}

pub fn trials() -> Vec<Trial> {
    vec![trial("snapshots::every_snapshot_has_a_case", no_snapshot_is_left_over)]
}

fn no_snapshot_is_left_over() -> Result<(), String> {
    let names = |path: PathBuf| -> BTreeSet<String> {
        folders(&path).iter().filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned())).collect()
    };
    let mut expected = names(root().join("tests/cases"));
    expected.extend(["diagnostics", "commands", "import", "pull", "shapes"].map(str::to_owned));
    let found = names(root().join("snapshots"));
    let (forgotten, missing): (Vec<_>, Vec<_>) = (found.difference(&expected).collect(), expected.difference(&found).collect());
    if !forgotten.is_empty() || !missing.is_empty() {
        return Err(format!("snapshots without a case: {forgotten:?}; cases without snapshots: {missing:?}"));
    }
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_only("diagnostics", &codes)?;
    assert_only("pull", &["every_kind"])?;
    assert_only(
        "commands",
        &[
            &crate::commands::SNAPSHOTS[..],
            &crate::testing::SNAPSHOTS,
            &crate::first_files::SNAPSHOTS,
            &crate::terminal::SNAPSHOTS,
            &[crate::view::SNAPSHOT],
        ]
        .concat(),
    )
}
