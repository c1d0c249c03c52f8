//! Each fault is put back into as many random projects as are asked for, until one decision differs. Out: a table of how soon that was.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::super::probe::FAILS;
use super::super::schema::Moments;
use super::super::server::{Worker, compile};
use super::{ALL, FoundBy, Undo};

/// What a run with one fault has come to.
#[derive(Default)]
struct Tally {
    /// Projects that were looked at, that had something to undo, and the decisions about them.
    seen: AtomicUsize,
    tried: AtomicUsize,
    decisions: AtomicUsize,
    done: AtomicBool,
    found: Mutex<Option<Found>>,
}

struct Found {
    tried: usize,
    decisions: usize,
    seconds: f64,
    words: String,
}

/// Projects in which a fault is looked for that this test cannot find.
const FEW: usize = 30;

/// How many projects, from which seed, by how many workers.
#[derive(Clone, Copy)]
pub struct Extent {
    pub cases: usize,
    pub seed: u64,
    pub workers: usize,
}

/// Puts back the faults of these names, separated by commas, or `all`. Whether each was found, or not where it cannot be.
pub fn run(names: &str, extent: Extent, hostile: bool) -> Result<bool, String> {
    let wanted: Vec<&'static Undo> = match names {
        "all" => ALL.iter().collect(),
        names => {
            let named = |name: &str| Undo::named(name).ok_or_else(|| format!("there is no fault {name:?}: {}", known()));
            names.split(',').map(named).collect::<Result<_, _>>()?
        }
    };
    let mut workers = Vec::new();
    for number in 0..extent.workers {
        workers.push(Worker::new(number + 1, hostile)?);
    }
    println!("{:10} {:>9} {:>6} {:>10} {:>8}  found by", "fault", "projects", "cases", "decisions", "seconds");
    let mut as_expected = true;
    for undo in wanted {
        as_expected &= one(undo, extent, hostile, &mut workers).unwrap_or_else(|error| {
            println!("{error}");
            false
        });
    }
    Ok(as_expected)
}

fn known() -> String {
    ALL.iter().map(|undo| format!("\n  {:10} {}", undo.name, undo.what)).collect()
}

/// Tries one fault, and says in a line what came of it.
fn one(undo: &'static Undo, extent: Extent, hostile: bool, workers: &mut [Worker]) -> Result<bool, String> {
    let tally = Tally::default();
    let start = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                let tally = &tally;
                scope.spawn(move || work(undo, extent, hostile, worker, tally, start))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Result<Vec<()>, String>>()
    })?;
    let (seen, tried) = (tally.seen.load(Ordering::Relaxed), tally.tried.load(Ordering::Relaxed));
    let line = |tried: usize, decisions: usize, seconds: f64, words: &str| {
        println!("{:10} {seen:>9} {tried:>6} {decisions:>10} {seconds:>8.1}  {words}", undo.name);
    };
    let found = tally.found.into_inner().unwrap();
    if let Some(Found { tried, decisions, seconds, words }) = &found {
        line(*tried, *decisions, *seconds, words);
        return Ok(undo.found_by.is_none());
    }
    let decisions = tally.decisions.load(Ordering::Relaxed);
    let words = match undo.found_by {
        Some(FoundBy { why, attacks }) => format!("not found; {why}: attacks {}", attacks.join(", ")),
        None => "not found; it should be".to_owned(),
    };
    line(tried, decisions, start.elapsed().as_secs_f64(), &words);
    if tried == 0 {
        println!("  none of {seen} projects has what is undone: {}", undo.what);
    }
    Ok(tried > 0 && undo.found_by.is_some())
}

/// Takes one project after the other until somebody has found the fault.
fn work(
    undo: &'static Undo,
    extent: Extent,
    hostile: bool,
    worker: &mut Worker,
    tally: &Tally,
    start: Instant,
) -> Result<(), String> {
    worker.undo = Some(undo);
    // What is not expected to be found is looked for in a few.
    let cases = if undo.found_by.is_some() { extent.cases.min(FEW) } else { extent.cases };
    while !tally.done.load(Ordering::Relaxed) {
        let index = tally.seen.fetch_add(1, Ordering::Relaxed);
        if index >= cases {
            tally.seen.fetch_sub(1, Ordering::Relaxed);
            break;
        }
        let seed = extent.seed + index as u64;
        let project = super::super::project(worker, seed, worker.number());
        let words = match worker.run(&project, seed) {
            Ok(outcome) => {
                let counted = usize::from(outcome.undone);
                tally.tried.fetch_add(counted, Ordering::Relaxed);
                tally.decisions.fetch_add(outcome.decisions, Ordering::Relaxed);
                outcome.mismatch
            }
            Err(error) => {
                // A statement that failed may have left a transaction behind.
                *worker = Worker::new(worker.number(), hostile)?;
                worker.undo = Some(undo);
                tally.tried.fetch_add(1, Ordering::Relaxed);
                if !error.starts_with(FAILS) {
                    tally.done.store(true, Ordering::Relaxed);
                    let words = error.lines().next().unwrap_or_default();
                    return Err(format!("{}, seed {seed}: {words}", undo.name));
                }
                Some(error)
            }
        };
        let Some(words) = words else { continue };
        if !tally.done.swap(true, Ordering::Relaxed) {
            let (tried, decisions) = (tally.tried.load(Ordering::Relaxed), tally.decisions.load(Ordering::Relaxed));
            let seconds = start.elapsed().as_secs_f64();
            let words = format!("seed {seed}: {}", words.chars().take(600).collect::<String>().replace('\n', " "));
            *tally.found.lock().unwrap() = Some(Found { tried, decisions, seconds, words });
        }
    }
    Ok(())
}

/// Each fault has to be one of some random project, or nothing would be put back.
pub fn trial_of_the_table() -> Result<(), String> {
    let mut missing: Vec<&Undo> = ALL.iter().filter(|undo| !undo.is_last_step()).collect();
    let moments = Moments::example();
    for seed in 1..=60 {
        let project = super::super::of_seed(seed, &moments, 1, true);
        let compiled = compile(&project)?;
        let state = compiled.state().ok_or("no state")?;
        let mut left = Vec::new();
        for undo in missing {
            if undo.script(&state, &project)?.is_none() {
                left.push(undo);
            }
        }
        missing = left;
    }
    let names: Vec<&str> = missing.iter().map(|undo| undo.name).collect();
    if names.is_empty() { Ok(()) } else { Err(format!("no project has what these undo: {names:?}")) }
}
