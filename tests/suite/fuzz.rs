//! Nothing panics on any input: the files of the examples and cases with random damage are compiled, and whatever comes of it is rendered.

use std::path::Path;

use libtest_mimic::Trial;
use rowgate::diagnostic::{self, Sources};
use rowgate::project::{self, Texts};
use rowgate::{access, model, plan, scenario};

use crate::random::Random;
use crate::{folders, root, trial};

/// What is put in: pieces of the language and of YAML, and what lexers stumble over.
const PIECES: [&str; 47] = [
    "\"",
    "`",
    "'",
    "’s ",
    "\\",
    "{",
    "}",
    "(",
    ")",
    ",",
    ":",
    "#",
    "\n",
    "\r",
    "\0",
    "\u{feff}",
    "ß",
    "💥",
    "-",
    "0",
    " is ",
    " not ",
    " and ",
    " or ",
    " where ",
    " allow ",
    " when ",
    " then ",
    " of ",
    " in any ",
    " except ",
    " every table with ",
    " on every table ",
    "User's ",
    " Logged in User ",
    "rule \"",
    "table ",
    " can read ",
    " any ",
    " no ",
    " record of ",
    "condition Own: ",
    "never ",
    " sql \"",
    "Claim \"",
    " 7 days ago",
    " in 99999999999 years",
];

pub fn trials() -> Vec<Trial> {
    vec![trial("fuzz::damaged_files_never_end_in_a_panic", damaged)]
}

fn damaged() -> Result<(), String> {
    let mut projects = folders(&root().join("policies"));
    projects.extend(folders(&root().join("tests/cases")));
    let projects: Vec<Vec<(String, String)>> = projects.iter().map(|folder| files(folder)).collect();
    let seed = std::env::var("ROWGATE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(5);
    let mut random = Random::new(seed);
    let mut compiled = 0;
    let attempts = crate::times(500, 5_000);
    for _ in 0..attempts {
        let mut files = projects[random.below(projects.len())].clone();
        let victim = random.below(files.len());
        for _ in 0..=random.below(3) {
            damage(&mut random, &mut files[victim].1);
        }
        let shown = files[victim].1.clone();
        let outcome = std::panic::catch_unwind(|| compile(&files));
        match outcome {
            Ok(whole) => compiled += usize::from(whole),
            Err(_) => return Err(format!("{} panics:\n{shown}", files[victim].0)),
        }
    }
    // Some damage means nothing, most is noticed: both happen, or nothing was tried.
    if (attempts / 100..attempts * 9 / 10).contains(&compiled) {
        Ok(())
    } else {
        Err(format!("{compiled} of {attempts} compile"))
    }
}

/// The texts of a project, by name.
pub fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_string_lossy().into_owned(), std::fs::read_to_string(entry.path()).ok()?)))
        .filter(|(name, _)| name.ends_with(".yaml") || name.ends_with(".policy"))
        .collect();
    files.sort();
    files
}

pub fn damage(random: &mut Random, text: &mut String) {
    let boundary = |text: &str, mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(text, random.below(text.len() + 1));
    let end = boundary(text, (start + random.below(12)).min(text.len()));
    match random.below(4) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(start, PIECES[random.below(PIECES.len())]),
        2 => text.replace_range(start..end, PIECES[random.below(PIECES.len())]),
        _ => text.truncate(if random.below(4) == 0 { start } else { text.len() }),
    }
}

/// Runs every stage and renderer; whether the project has no errors.
fn compile(files: &[(String, String)]) -> bool {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let ids: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), sources.add(name.clone(), text.clone()))).collect();
    let find = |wanted: &str| ids.iter().find(|(name, _)| *name == wanted).map(|(_, id)| *id).unwrap();
    let (config_file, schema_file) = (find("rowgate.yaml"), find("schema.yaml"));
    let policy_files = ids.iter().filter(|(name, _)| name.ends_with(".policy")).map(|(_, id)| *id).collect();
    let Some(config) = project::load_config(&sources, config_file, &mut diagnostics) else {
        diagnostics.iter().for_each(|one| drop(diagnostic::render(one, &sources, true)));
        return false;
    };
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    drop(serde_json::to_string(&project::trees(&texts).into_iter().map(|(_, file)| file).collect::<Vec<_>>()));
    let compiled = project::compile(texts, diagnostics);
    for one in &compiled.diagnostics {
        drop(diagnostic::render(one, &compiled.sources, true));
        drop(diagnostic::render_json(one, &compiled.sources));
    }
    let (Some(meaning), Some(state)) = (&compiled.meaning, compiled.state()) else { return false };
    drop(access::render(&meaning.model, &meaning.access));
    drop(model::render_text(&meaning.model));
    drop(plan::desired_state(&state));
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".test.yaml")) {
        let mut sources = Sources::default();
        let file = sources.add(name.clone(), text.clone());
        drop(scenario::load(&sources, file, &meaning.model, &mut Vec::new()));
    }
    true
}
