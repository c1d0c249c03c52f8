//! How the source is cut: files know each other one way, and functions are short.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use libtest_mimic::Trial;

use crate::architecture::{below, code};
use crate::{root, trial};

/// Longer functions are too much for one thought.
const MAX_FUNCTION: usize = 60;

/// Flat tables, an arm for each kind of thing.
const TABLES: [&str; 4] =
    ["access/evaluate/truth.rs statement", "sql/render.rs fmt", "sql/render.rs pretty", "syntax/symbols.rs symbol"];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("structure::files_of_a_module_know_each_other_one_way", circles),
        trial("structure::functions_are_short", functions),
    ]
}

/// The code of each file below `src`, by its path without the ending; unit tests are left out.
fn sources() -> BTreeMap<String, String> {
    let without_tests = |(_, path, text): (String, PathBuf, String)| {
        let name = path.strip_prefix(root().join("src")).unwrap().with_extension("");
        (name.to_string_lossy().into_owned(), code(text.split("#[cfg(test)]").next().unwrap_or_default()))
    };
    let found: BTreeMap<String, String> = below("src").into_iter().map(without_tests).collect();
    assert!(found.len() > 100, "the sources are not where they are looked for");
    found
}

/// The paths behind `use`, one for each name.
fn uses(code: &str) -> Vec<Vec<String>> {
    let statements = code.split("use ").skip(1).filter_map(|rest| rest.split_once(';')).map(|(path, _)| path);
    statements.filter(|path| path.starts_with("super::") || path.starts_with("crate::")).flat_map(expand).collect()
}

/// `a::{b, c::{d, e}}` as three paths.
fn expand(path: &str) -> Vec<Vec<String>> {
    let steps =
        |text: &str| text.split("::").map(|step| step.trim().to_owned()).filter(|step| !step.is_empty()).collect::<Vec<_>>();
    let Some((before, inner)) = path.split_once('{') else { return vec![steps(path.split(" as ").next().unwrap_or_default())] };
    let inner = inner.trim().strip_suffix('}').unwrap_or(inner);
    let (mut parts, mut depth, mut part) = (Vec::new(), 0, String::new());
    for letter in inner.chars().chain([',']) {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if letter == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(letter);
        }
    }
    let whole = |rest: Vec<String>| steps(before).into_iter().chain(rest).collect();
    parts.iter().filter(|part| !part.trim().is_empty()).flat_map(|part| expand(part.trim())).map(whole).collect()
}

/// Modules by their paths, and what they hand on under a name of their own.
struct Tree {
    files: BTreeMap<String, String>,
    handed_on: BTreeMap<(String, String), String>,
}

/// The module that a file is.
fn module(file: &str) -> &str {
    file.strip_suffix("/mod").unwrap_or(file)
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}/{name}") }
}

impl Tree {
    fn file(&self, module: &str) -> Option<String> {
        [module.to_owned(), format!("{module}/mod")].into_iter().find(|file| self.files.contains_key(file))
    }

    fn new() -> Tree {
        let mut tree = Tree { files: sources(), handed_on: BTreeMap::new() };
        let mut handed_on = BTreeMap::new();
        for (file, code) in tree.files.iter().filter(|(file, _)| file.ends_with("/mod")) {
            for line in code.split("pub").filter_map(|rest| rest.split_once("use ")).map(|(_, rest)| rest) {
                for path in expand(line.split(';').next().unwrap_or_default()) {
                    if let [from, .., name] = path.as_slice() {
                        handed_on.insert((module(file).to_owned(), name.clone()), join(module(file), from));
                    }
                }
            }
        }
        tree.handed_on = handed_on;
        tree
    }

    /// The file that a path used in another file leads to.
    fn target(&self, from: &str, path: &[String]) -> Option<String> {
        let mut at = if path.first()? == "crate" { String::new() } else { module(from).to_owned() };
        for step in path {
            match step.as_str() {
                "crate" => {}
                "super" => at = at.rsplit_once('/').map(|(parent, _)| parent.to_owned()).unwrap_or_default(),
                step => match (self.file(&join(&at, step)), self.handed_on.get(&(at.clone(), step.to_owned()))) {
                    (Some(_), _) => at = join(&at, step),
                    (None, Some(handed_on)) => return self.file(handed_on),
                    (None, None) => break,
                },
            }
        }
        self.file(&at)
    }
}

fn circles() -> Result<(), String> {
    let tree = Tree::new();
    let top = |file: &str| file.split('/').next().unwrap_or_default().to_owned();
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in &tree.files {
        let used = uses(code).into_iter().filter_map(|path| tree.target(file, &path));
        edges.insert(file, used.filter(|other| other != file && top(other) == top(file)).collect());
    }
    let count: usize = edges.values().map(BTreeSet::len).sum();
    assert!(count > 200, "only {count} edges were found");
    // What no file knows any more, again and again: what is left knows itself in a circle.
    let mut left: BTreeSet<&str> = edges.keys().copied().collect();
    loop {
        let leaves = |file: &&str| !edges[file].iter().any(|other| left.contains(other.as_str()));
        let done: Vec<&str> = left.iter().copied().filter(leaves).collect();
        if done.is_empty() {
            break;
        }
        done.iter().for_each(|file| _ = left.remove(file));
    }
    let in_circle = |file: &&&str| reaches(&edges, file, file);
    let found: Vec<&&str> = left.iter().filter(in_circle).collect();
    if found.is_empty() { Ok(()) } else { Err(format!("in circles: {found:?}")) }
}

fn reaches(edges: &BTreeMap<&str, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(file) = next.pop() {
        for other in &edges[file] {
            if other == to {
                return true;
            }
            if seen.insert(other.as_str()) {
                next.push(other);
            }
        }
    }
    false
}

fn functions() -> Result<(), String> {
    let (mut long, mut count) = (Vec::new(), 0);
    for (file, code) in sources() {
        let lines: Vec<&str> = code.lines().collect();
        for (start, line) in lines.iter().enumerate() {
            let text = line.trim_start();
            let head =
                ["pub(super) ", "pub(crate) ", "pub ", "const "].iter().fold(text, |text, word| text.trim_start_matches(word));
            let Some(name) = head.strip_prefix("fn ") else { continue };
            let end = format!("{}}}", &line[..line.len() - text.len()]);
            let length = lines[start..].iter().position(|line| *line == end).map_or(1, |length| length + 1);
            let name = name.split(['(', '<']).next().unwrap_or_default();
            count += 1;
            if length > MAX_FUNCTION && !TABLES.contains(&format!("{file}.rs {name}").as_str()) {
                long.push(format!("{file}.rs {name}: {length} lines"));
            }
        }
    }
    assert!(count > 800, "only {count} functions were found");
    if long.is_empty() { Ok(()) } else { Err(long.join("\n")) }
}
