//! The pages of the diagnostics: the example that fires fires, the other one does not, and how the message looks is pinned. The examples
//! stand in the project `tests/pages`, each block in place of one file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;
use rowgate::diagnostic::{self, Code, Diagnostic, Severity, Sources};

use crate::predicates::pigeonholes;
use crate::snapshots::assert_snapshot;
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    Code::ALL.iter().map(|&code| trial(format!("pages::{}", code.as_str()), move || page(code))).collect()
}

/// A fenced block: the file that it stands in for, and its text.
struct Example {
    file: String,
    text: Vec<u8>,
}

fn page(code: Code) -> Result<(), String> {
    let (fires, clean) = examples(code)?;
    if fires.is_empty() || clean.is_empty() {
        return Err("the page needs one example that fires and one that does not".to_owned());
    }
    let (diagnostics, sources) = compile(code, "fires", &fires)?;
    let found: Vec<_> = diagnostics.iter().filter(|found| found.code == code).collect();
    let rendered = project::render(&diagnostics, &sources);
    if found.is_empty() {
        return Err(format!("the example does not fire:\n{rendered}"));
    }
    // Everything that a message says is also said to machines.
    let json = diagnostic::render_json(found[0], &sources);
    if json["code"] != code.as_str() || json["place"]["line"].as_u64().unwrap_or(0) == 0 {
        return Err(format!("the JSON is wrong: {json}"));
    }
    assert_snapshot("diagnostics", code.as_str(), &rendered);
    let (diagnostics, sources) = compile(code, "clean", &clean)?;
    if diagnostics.is_empty() { Ok(()) } else { Err(project::render(&diagnostics, &sources)) }
}

/// The blocks of the example that fires, and of the one that does not, which stands below `This is not:`.
fn examples(code: Code) -> Result<(Vec<Example>, Vec<Example>), String> {
    let (mut fires, mut clean) = (Vec::new(), Vec::new());
    match code {
        // Bytes that a page cannot show.
        Code::NotUtf8 => {
            fires.push(Example { file: "main.policy".to_owned(), text: b"table documents {\n  # caf\xe9\n}\n".to_vec() })
        }
        Code::FileTooLarge => fires.push(Example { file: "main.policy".to_owned(), text: vec![b'#'; 10_000_000] }),
        // What is hard to decide is long.
        Code::ExactnessUndecided => {
            let (nested, shared) = pigeonholes(9, "Title");
            let grants = format!("allow read (title) when {nested}\nallow read when {shared}");
            let text = format!("table documents {{ rule \"All\" for Authenticated {{\n{grants}\n}} }}\n");
            fires.push(Example { file: "main.policy".to_owned(), text: text.into_bytes() });
        }
        _ => {}
    }
    let (mut lines, mut found) = (code.page().markdown.lines(), &mut fires);
    while let Some(line) = lines.next() {
        if line == "This is not:" {
            found = &mut clean;
        }
        if let Some(info) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            let file = info.split(' ').nth(1).ok_or(format!("the block `{info}` names no file"))?;
            found.push(Example { file: file.to_owned(), text: format!("{}\n", text.join("\n")).into_bytes() });
        }
    }
    Ok((fires, clean))
}

/// Compiles the project with some files replaced, from a folder, as the command line does.
fn compile(code: Code, kind: &str, examples: &[Example]) -> Result<(Vec<Diagnostic>, Sources), String> {
    let folder = temporary(&format!("page_{}_{kind}", code.as_str()))?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["rowgate.yaml", "schema.yaml", "main.policy", "main.test.yaml"] {
        files.insert(name.to_owned(), std::fs::read(root().join("tests/pages").join(name)).map_err(|error| error.to_string())?);
    }
    files.extend(examples.iter().map(|example| (example.file.clone(), example.text.clone())));
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).map_err(|error| error.to_string())?;
    }
    Ok(match rowgate::cli::loader::compile(&folder).map_err(|error| error.to_string())? {
        Ok(compiled) => {
            // Advice is not what most pages are about.
            let is_meant = |one: &Diagnostic| one.severity() != Severity::Advice || one.code == code;
            (compiled.check().into_iter().filter(is_meant).collect(), compiled.sources)
        }
        Err(failed) => (failed.diagnostics, failed.sources),
    })
}

/// An empty folder of this test run.
pub fn temporary(name: &str) -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
    }
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// Copies the files of a folder, and none of the folders in it.
pub fn copy_files(from: &Path, to: &Path) -> Result<(), String> {
    for entry in std::fs::read_dir(from).map_err(|error| error.to_string())?.flatten().filter(|entry| entry.path().is_file()) {
        std::fs::copy(entry.path(), to.join(entry.file_name())).map_err(|error| error.to_string())?;
    }
    Ok(())
}
