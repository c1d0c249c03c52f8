//! All tests that need more than one module: cases and example projects on a real server, migrations, the command line, documentation,
//! conventions. One binary, so that one throw-away server serves them all.

// These are tests: a broken assumption may end one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod acting;
mod anchors;
mod architecture;
mod asking;
mod assertions;
mod attack_files;
mod attacks;
mod audit;
mod beforehand;
mod beside_others;
mod cases;
mod clients;
mod cluster;
mod commands;
mod compared;
mod connections;
mod ddl;
mod deploying;
mod differential;
mod doctor;
mod documentation;
mod drift;
mod effects;
mod emitter;
mod evaluator;
mod examples;
mod faults;
mod first_files;
mod foreign_keys;
mod fuzz;
mod guard_records;
mod guards;
mod hammer;
mod hints;
mod hostile;
mod import;
mod indexes;
mod last_step;
mod layouts;
mod levels;
mod library;
mod linters;
mod lints;
mod live_why;
mod manners;
mod meaning;
mod migrations;
mod mutations;
mod named;
mod objects;
mod others;
mod pages;
mod parts;
mod pipelines;
mod plans;
mod platforms;
mod predicates;
mod project;
mod pull;
mod random;
mod record;
mod refusals;
mod report;
mod review;
mod rows;
mod scaling;
mod schema_files;
mod scratch;
mod shapes;
mod site;
mod snapshots;
mod structure;
mod tables_gone;
mod taken_out;
mod taking_over;
mod tampering;
mod terminal;
mod testing;
mod three_ways;
mod traps;
mod upkeep;
mod values;
mod view;
mod who;
mod workspace;

use libtest_mimic::{Arguments, Trial};

fn main() {
    without_variables_of_libpq();
    if let Some(agrees) = differential::run_from_environment() {
        std::process::exit(i32::from(!agrees));
    }
    let mut arguments = Arguments::from_args();
    // Two statements at a time are what two cores can do; more only makes the server slower.
    arguments.test_threads.get_or_insert(2);
    let mut trials = Vec::new();
    for module in [
        // One of them takes a minute: at the end, one core would wait for the other.
        workspace::trials,
        acting::trials,
        architecture::trials,
        asking::trials,
        assertions::trials,
        attack_files::trials,
        attacks::trials,
        audit::trials,
        refusals::trials,
        taken_out::trials,
        upkeep::trials,
        beforehand::trials,
        beside_others::trials,
        cases::trials,
        clients::trials,
        commands::trials,
        compared::trials,
        connections::trials,
        deploying::trials,
        differential::trials,
        doctor::trials,
        documentation::trials,
        drift::trials,
        effects::trials,
        emitter::trials,
        evaluator::trials,
        examples::trials,
        faults::trials,
        first_files::trials,
        foreign_keys::trials,
        fuzz::trials,
        guard_records::trials,
        guards::trials,
        hammer::trials,
        hints::trials,
        hostile::trials,
        import::trials,
        indexes::trials,
        linters::trials,
        lints::trials,
        live_why::trials,
        last_step::trials,
        layouts::trials,
        library::trials,
        levels::trials,
        manners::trials,
        meaning::trials,
        named::trials,
        objects::trials,
        others::trials,
        migrations::trials,
        mutations::trials,
        pages::trials,
        parts::trials,
        pipelines::trials,
        plans::trials,
        predicates::trials,
        pull::trials,
        record::trials,
        report::trials,
        review::trials,
        rows::trials,
        scratch::trials,
        scaling::trials,
        schema_files::trials,
        shapes::trials,
        snapshots::trials,
        structure::trials,
        tables_gone::trials,
        taking_over::trials,
        terminal::trials,
        testing::trials,
        three_ways::trials,
        traps::trials,
        values::trials,
        view::trials,
        who::trials,
    ] {
        trials.extend(module());
    }
    trials.extend(anchors::trials(&trials));
    let conclusion = libtest_mimic::run(&arguments, trials);
    cluster::stop();
    platforms::stop();
    conclusion.exit();
}

/// Where somebody's own server is, and how they connect to it, is nothing that trials go by: the process begins again without these variables.
fn without_variables_of_libpq() {
    use std::os::unix::process::CommandExt;
    let is_of_libpq = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("PG");
    let found: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_of_libpq(name)).collect();
    let Some(program) = std::env::current_exe().ok().filter(|_| !found.is_empty()) else { return };
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1));
    for name in &found {
        again.env_remove(name);
    }
    let error = again.exec();
    eprintln!("error: the tests cannot begin again without {found:?}: {error}");
    std::process::exit(2);
}

/// A trial whose body returns its failure in words.
fn trial(name: impl Into<String>, body: impl FnOnce() -> Result<(), String> + Send + 'static) -> Trial {
    Trial::test(name, move || {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        match result {
            Ok(outcome) => outcome.map_err(Into::into),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
                Err(text.unwrap_or("panicked").to_owned().into())
            }
        }
    })
}

/// How often something is tried that could be tried without end: by default so often that all trials take about half an hour on two cores; with `ROWGATE_LONG`,
/// as `tests/run --long` sets it, the larger number.
fn times(short: usize, long: usize) -> usize {
    if std::env::var_os("ROWGATE_LONG").is_some() { long } else { short }
}

/// The repository's folder.
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders in a folder, by name.
fn folders(path: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut folders: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}
