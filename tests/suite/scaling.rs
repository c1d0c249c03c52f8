//! How work grows with the number of rules: twice the rules, twice the work. It counts allocations, not seconds: the compiler's work is to make
//! values, and what is quadratic makes four times as many.

#[path = "../../benches/compile/project.rs"]
#[allow(dead_code)]
mod example;

use libtest_mimic::Trial;
use rowgate::project::{self, Compiled};
use rowgate::sql::{self, State};
use rowgate::{access, plan};

use crate::trial;

/// Few enough that all is done by this thread, whose allocations are counted.
const RULES: [usize; 3] = [400, 800, 1_600];
/// What twice the rules may cost: names grow longer, and lists by doubling.
const MAX_GROWTH: f64 = 2.2;

pub fn trials() -> Vec<Trial> {
    vec![trial("scaling::twice_the_rules_are_twice_the_work", growth)]
}

/// A stage and its allocations.
type Count = (&'static str, u64);

fn growth() -> Result<(), String> {
    let counts: Vec<Vec<Count>> = RULES.iter().map(|&rules| count(rules)).collect::<Result<_, _>>()?;
    let mut problems = Vec::new();
    for pair in counts.windows(2) {
        for ((stage, before), (_, after)) in pair[0].iter().zip(&pair[1]) {
            if *before < 1_000 {
                problems.push(format!("{stage}: {before} allocations are too few to count"));
            }
            let growth = *after as f64 / *before as f64;
            if growth > MAX_GROWTH {
                problems.push(format!("{stage}: {before} allocations become {after}, {growth:.2} times as many"));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn count(rules: usize) -> Result<Vec<Count>, String> {
    let texts = example::texts(rules);
    let mut counts = Vec::new();
    let compiled: Compiled = counted("compile", &mut counts, || project::compile(texts, Vec::new()));
    let meaning = compiled.meaning.as_ref().ok_or("the rules have errors")?;
    counted("combine", &mut counts, || access::combine(&meaning.model, &mut Vec::new()));
    let state: State = counted("generate", &mut counts, || compiled.state()).ok_or("no state")?;
    counted("render", &mut counts, || sql::desired_state(&state));
    counted("name indexes", &mut counts, || compiled.wanted_indexes());
    counted("plan", &mut counts, || plan::migration("all", &State::empty(), &state));
    Ok(counts)
}

fn counted<T>(stage: &'static str, counts: &mut Vec<Count>, work: impl FnOnce() -> T) -> T {
    let mut result = None;
    let info = allocation_counter::measure(|| result = Some(work()));
    counts.push((stage, info.count_total));
    result.expect("work gives a result")
}
