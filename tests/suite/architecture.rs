//! Conventions that a reader may rely on: which module knows which, which uses which outside crate, that only the command line and the
//! database module do IO, that files say what they are for and stay readable.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use libtest_mimic::Trial;

use crate::{root, trial};

/// Each module and the modules that it knows. `ast` counts as `syntax`.
const EDGES: [(&str, &[&str]); 22] = [
    ("diagnostic", &[]),
    ("yaml", &["diagnostic"]),
    ("syntax", &["diagnostic"]),
    ("catalog", &["diagnostic", "yaml"]),
    ("config", &["diagnostic", "yaml"]),
    ("model", &["catalog", "config", "diagnostic", "parallel", "syntax"]),
    ("parallel", &[]),
    ("access", &["catalog", "diagnostic", "model", "parallel"]),
    ("encode", &["access", "catalog", "diagnostic", "model", "parallel"]),
    ("lint", &["access", "catalog", "diagnostic", "encode", "model", "parallel", "sql", "syntax"]),
    ("objects", &["catalog", "parallel"]),
    ("sql", &["access", "catalog", "diagnostic", "encode", "model", "objects", "parallel"]),
    ("plan", &["objects", "parallel", "verify"]),
    ("verify", &["objects"]),
    (
        "project",
        &[
            "access",
            "catalog",
            "config",
            "diagnostic",
            "encode",
            "lint",
            "model",
            "objects",
            "parallel",
            "scenario",
            "sql",
            "syntax",
        ],
    ),
    ("scenario", &["access", "catalog", "diagnostic", "model", "yaml"]),
    ("pull", &["catalog", "yaml"]),
    ("report", &["access", "catalog", "diagnostic", "model", "objects", "project", "scenario", "syntax"]),
    ("doctor", &["catalog", "diagnostic", "model", "objects"]),
    ("import", &["catalog", "config", "diagnostic", "model", "objects", "project", "yaml"]),
    (
        "db",
        &[
            "access",
            "catalog",
            "diagnostic",
            "doctor",
            "import",
            "model",
            "objects",
            "plan",
            "pull",
            "scenario",
            "verify",
            "yaml",
        ],
    ),
    (
        "cli",
        &[
            "access",
            "catalog",
            "config",
            "db",
            "diagnostic",
            "doctor",
            "import",
            "model",
            "objects",
            "parallel",
            "plan",
            "project",
            "pull",
            "report",
            "scenario",
            "sql",
            "syntax",
            "verify",
            "yaml",
        ],
    ),
];

/// Each outside crate and the modules that use it. `serde` and `serde_json` are everywhere where data leaves the process.
const CRATES: [(&str, &[&str]); 20] = [
    ("annotate_snippets", &["diagnostic"]),
    ("batsat", &["access"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("glob", &["cli"]),
    ("jiff", &["access", "cli", "config", "syntax"]),
    ("maud", &["report"]),
    ("pest", &["syntax"]),
    ("pest_derive", &["syntax"]),
    ("postgres", &["db"]),
    ("rustls", &["db"]),
    ("rustls_native_certs", &["db"]),
    ("serde_yaml", &["yaml"]),
    ("sha2", &["objects"]),
    ("similar", &["cli"]),
    ("sqlparser", &["import"]),
    ("strsim", &["diagnostic"]),
    ("tokio_postgres_rustls", &["db"]),
    ("whoami", &["db"]),
    ("x509_cert", &["db"]),
];

/// Files above this many lines are too much for one thought; those of the suite may have long lists of what is tried.
const MAX_LINES: usize = 400;
const MAX_TEST_LINES: usize = 500;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("architecture::modules_know_what_the_table_says", edges),
        trial("architecture::each_crate_has_its_module", crates),
        trial("architecture::only_the_outer_modules_do_io", io),
        trial("architecture::files_say_what_they_are_for", files),
        trial("architecture::every_dependency_says_what_it_is_for", dependencies),
        trial("architecture::the_page_names_every_module", page),
        trial("architecture::the_page_names_files_that_are_there", named_files),
    ]
}

/// Every source file with its module and its text.
fn sources() -> Vec<(String, PathBuf, String)> {
    below("src")
}

/// Every Rust file below a folder, with the first part of its path in there and its text.
pub fn below(top: &str) -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(top)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(root().join(top)).unwrap();
                let module = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((module, path, text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 40, "the sources are not where they are looked for");
    found
}

/// A text without the lines that are remarks.
pub fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The words behind each occurrence of a prefix, as in `crate::model`; `crate::{a, b}` is not used in this crate.
fn words_after<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    let rest = text.match_indices(prefix).map(|(at, _)| &text[at + prefix.len()..]);
    rest.map(|rest| &rest[..rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())]).collect()
}

fn edges() -> Result<(), String> {
    let allowed: BTreeMap<&str, &[&str]> = EDGES.into_iter().collect();
    let mut wrong = Vec::new();
    let mut used: BTreeSet<(String, String)> = BTreeSet::new();
    for (module, path, text) in sources() {
        if path.parent() == Some(&root().join("src")) {
            continue;
        }
        if !allowed.contains_key(module.as_str()) {
            wrong.push(format!("`{module}` is not in the table"));
            continue;
        }
        let text = code(&text);
        if text.contains("crate::{") {
            for name in text.split("use crate::{").nth(1).unwrap_or_default().split('}').next().unwrap_or_default().split(',') {
                used.insert((module.clone(), name.trim().split("::").next().unwrap_or_default().to_owned()));
            }
        }
        for name in words_after(&text, "crate::") {
            used.insert((module.clone(), name.to_owned()));
        }
    }
    for (module, name) in &used {
        let name = if name == "ast" { "syntax" } else { name };
        let is_module = allowed.contains_key(name);
        if is_module && name != module && !allowed[module.as_str()].contains(&name) {
            wrong.push(format!("`{module}` uses `{name}`"));
        }
    }
    for (module, known) in EDGES {
        for name in known {
            let uses = |other: &str| used.contains(&(module.to_owned(), other.to_owned()));
            if !uses(if *name == "syntax" && uses("ast") { "ast" } else { name }) {
                wrong.push(format!("`{module}` does not use `{name}`: take it out of the table"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn crates() -> Result<(), String> {
    let mut wrong = Vec::new();
    for (name, modules) in CRATES {
        let mut users = BTreeSet::new();
        for (module, path, text) in sources() {
            let text = code(&text);
            let paths = text.match_indices(&format!("{name}::")).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
            });
            if paths {
                users.insert(if path.parent() == Some(&root().join("src")) { "(top)".to_owned() } else { module });
            }
        }
        let expected: BTreeSet<String> = modules.iter().map(|module| (*module).to_owned()).collect();
        if users != expected {
            wrong.push(format!("`{name}` is used in {users:?}, not in {expected:?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn io() -> Result<(), String> {
    let mut wrong = Vec::new();
    for (module, path, text) in sources() {
        for word in ["std::fs", "std::env", "std::io", "std::net", "std::process", "println!", "eprintln!"] {
            let outer = module == "cli" || module == "db" || module == "main.rs";
            if !outer && code(&text).contains(word) {
                wrong.push(format!("{} uses {word}", path.display()));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn files() -> Result<(), String> {
    let mut wrong = Vec::new();
    let of_suite = below("tests/suite").into_iter().map(|file| (file, MAX_TEST_LINES));
    for ((_, path, text), most) in sources().into_iter().map(|file| (file, MAX_LINES)).chain(of_suite) {
        let is_top = path == root().join("src/lib.rs");
        if !is_top && !text.starts_with("//! ") {
            wrong.push(format!("{} does not say what it is for", path.display()));
        }
        let lines = text.lines().count();
        if lines > most {
            wrong.push(format!("{} has {lines} lines", path.display()));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn dependencies() -> Result<(), String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).map_err(|error| error.to_string())?;
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if inside && line.contains('=') && !line.contains(" # ") {
            return Err(format!("no remark: {line}"));
        }
    }
    Ok(())
}

fn page() -> Result<(), String> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).map_err(|error| error.to_string())?;
    let missing: Vec<&str> =
        EDGES.iter().map(|(module, _)| *module).filter(|module| !page.contains(&format!("`{module}`"))).collect();
    let source = root().join("src");
    let exists = |module: &&str| source.join(module).is_dir() || source.join(format!("{module}.rs")).is_file();
    let gone: Vec<&str> = EDGES.iter().map(|(module, _)| *module).filter(|module| !exists(module)).collect();
    if missing.is_empty() && gone.is_empty() { Ok(()) } else { Err(format!("not named: {missing:?}; not there: {gone:?}")) }
}

/// With their folder, or alone behind the name of it.
fn named_files() -> Result<(), String> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).map_err(|error| error.to_string())?;
    let words: Vec<&str> = page.split('`').skip(1).step_by(2).filter(|word| word.ends_with(".rs")).collect();
    if words.len() < 50 {
        return Err(format!("the files are not where they are looked for: {words:?}"));
    }
    let all: Vec<PathBuf> = ["src", "tests"].iter().flat_map(|folder| below(folder)).map(|(_, path, _)| path).collect();
    let is_there = |word: &&str| match word.contains('/') {
        true => root().join(word).is_file() || root().join("src").join(word).is_file(),
        false => all.iter().any(|path| path.ends_with(word)),
    };
    let gone: Vec<&str> = words.into_iter().filter(|word| !is_there(word)).collect();
    if gone.is_empty() { Ok(()) } else { Err(format!("not there: {gone:?}")) }
}
