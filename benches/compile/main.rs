//! How long the compiler takes for 100 to 100,000 rules, ten on each table: `cargo bench --bench compile`. Time should grow tenfold from line
//! to line; and for 100 to 800 roles on one table. The rules are of the usual shapes: owner, team by membership, hierarchy, a parent's team, a parent's owner.
#![allow(missing_docs, clippy::unwrap_used)]

mod project;
mod questions;
mod scenarios;

use std::path::Path;

use divan::{Bencher, black_box};
use rowgate::plan;
use rowgate::project::{Compiled, Texts, Workspace};
use rowgate::scenario::{InMemory, Outcome, Tried};

const RULES: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn compile(texts: Texts) -> Compiled {
    let compiled = rowgate::project::compile(texts, Vec::new());
    assert!(compiled.meaning.is_some(), "the rules have errors: {:?}", compiled.diagnostics.first());
    compiled
}

/// What `rowgate check` does.
#[divan::bench(args = RULES, sample_count = 10)]
fn check(bencher: Bencher, rules: usize) {
    bencher.with_inputs(|| project::texts(rules)).bench_values(compile);
}

/// Roles with a rule each, all of them on one table: time may grow fourfold from line to line.
#[divan::bench(args = [100, 200, 400, 800], sample_count = 10)]
fn check_one_table(bencher: Bencher, roles: usize) {
    bencher.with_inputs(|| project::texts_of(project::files_of_one_table(roles))).bench_values(compile);
}

/// A keystroke in the middle of 10,000 lines in one file, until the messages about the whole project are there; the first of two lines with no error,
/// the second with one in the rule that is being written.
#[divan::bench(args = [false, true], sample_count = 50)]
fn keystroke(bencher: Bencher, breaks: bool) {
    let mut files = project::files(2_400);
    let policy: String = files.drain(2..).map(|(_, text)| text).collect();
    assert!(policy.lines().count() >= 10_000);
    let at = policy.len() / 2 + policy[policy.len() / 2..].find("Owner equals").unwrap();
    let typed = if breaks { "Owner eq" } else { "Team is empty or Owner equals" };
    let changed = format!("{}{typed}{}", &policy[..at], &policy[at + "Owner equals".len()..]);
    let mut workspace = Workspace::open(files);
    workspace.set("all.policy", policy.as_str());
    assert!(workspace.diagnostics().is_empty());
    let mut texts = [changed, policy].into_iter().cycle();
    bencher.bench_local(|| {
        workspace.set("all.policy", texts.next().unwrap());
        black_box(workspace.diagnostics());
    });
}

/// What `rowgate build` does on top.
#[divan::bench(args = RULES, sample_count = 10)]
fn generate(bencher: Bencher, rules: usize) {
    let compiled = compile(project::texts(rules));
    bencher.bench_local(|| black_box(plan::desired_state(&compiled.state().unwrap())));
}

/// What `rowgate why` answers, for many people and rows at once: 10,000 questions, on rows that nobody has asked for before.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 10)]
fn why(bencher: Bencher, count: usize) {
    let rows = questions::Rows::new(count, "bigint");
    let asked = rows.questions(10_000);
    bencher.with_inputs(|| rows.data()).bench_local_refs(|data| {
        let allowed = rows.ask(data, &asked);
        assert!((1_000..9_000).contains(&allowed), "{allowed} of 10,000 questions are answered with yes");
    });
}

/// What `rowgate test` reads: 100,000 rows.
#[divan::bench(sample_count = 5)]
fn scenarios_read(bencher: Bencher) {
    let compiled = compile(scenarios::texts());
    bencher.bench_local(|| {
        let (files, broken) = compiled.scenarios();
        assert!(broken.is_empty() && files.len() == 1, "{broken:?}");
        black_box(files);
    });
}

/// What `rowgate test` tries in memory on top: 10,000 expectations, on rows that nobody has asked for before.
#[divan::bench(sample_count = 10)]
fn scenarios_run(bencher: Bencher) {
    let compiled = compile(scenarios::texts());
    let (files, _) = compiled.scenarios();
    let model = &compiled.meaning.as_ref().unwrap().model;
    bencher.bench_local(|| {
        let memory = InMemory::new(model, &files[0].1, 0).unwrap();
        let tried: Vec<Tried> =
            files[0].1.scenarios.iter().flat_map(|scenario| memory.stage(scenario).unwrap().run().unwrap()).collect();
        let possible = tried.iter().filter(|one| one.outcome == Outcome::Allowed).count();
        assert!(tried.len() == 10_000 && possible > 10, "{possible} of {} are possible", tried.len());
    });
}

/// `--write FOLDER RULES` writes the project of so many rules, and the same for Cedar beside it, for `benches/compare_cedar`.
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let Some(at) = arguments.iter().position(|argument| argument == "--write") else { return divan::main() };
    let (folder, rules) = (Path::new(&arguments[at + 1]), arguments[at + 2].parse().unwrap());
    let (schema, policies) = project::cedar(rules);
    let cedar = [("cedar/all.cedarschema".to_owned(), schema), ("cedar/all.cedar".to_owned(), policies)];
    let files = project::files(rules).into_iter().map(|(name, text)| (format!("rowgate/{name}"), text));
    for (name, text) in files.chain(cedar) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
