//! Doing something again whenever a file of a project changes. In: a folder, and what is done. It ends when somebody ends it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::super::Error;
use super::super::output::Output;

/// So often it is looked.
const PAUSE: Duration = Duration::from_millis(250);

/// Files by when they were written, and how long they are.
type Seen = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// Does it now, and after each change. What cannot run today may run after the next change.
pub(super) fn forever(
    root: &Path,
    output: &Output,
    mut run: impl FnMut() -> Result<super::super::Verdict, Error>,
) -> Result<super::super::Verdict, Error> {
    loop {
        let before = seen(root);
        if let Err(error) = run() {
            output.error(&error);
        }
        output.message("waiting for a change; Ctrl-C ends it");
        while seen(root) == before {
            std::thread::sleep(PAUSE);
        }
        output.message("");
    }
}

/// What a project is made of: rules, and all that is YAML. What cannot be read now is looked at again.
fn seen(root: &Path) -> Seen {
    let mut found = Seen::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !is_hidden => folders.push(path),
                Ok(_) if path.extension().is_some_and(|end| end == "policy" || end == "yaml" || end == "yml") => {
                    let data = entry.metadata().ok();
                    found.insert(path, (data.as_ref().and_then(|data| data.modified().ok()), data.map_or(0, |data| data.len())));
                }
                _ => {}
            }
        }
    }
    found
}
