//! What follows from what: whether one predicate implies another, whether both can be true of one record. In: predicates. Out: a [`Verdict`]. It knows what
//! statements mean to each other (`lemmas`) and nothing of where predicates come from.
//!
//! Simple questions are answered by comparing statements, the others by a SAT solver (`problem`). `simplify` says a predicate shortly;
//! `cases` takes one apart for what has to look at every case.

mod cases;
mod lemmas;
mod problem;
mod reach;
mod simplify;
mod vocabulary;

use std::sync::Arc;

pub(crate) use cases::{Conjunction, are_contradictory, cases, join, suffices};
pub(super) use lemmas::implies_signed_in;
pub(crate) use problem::{Answer, Care, Fact, Moment, Problem};
pub(crate) use reach::Reaches;
pub use simplify::simplify;

use cases::single_cases;

use super::Predicate;
use crate::access::Atom;

/// What was found of a claim about predicates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds for every record and every session.
    Proved,
    /// It does not follow from what is known of single statements: it would be wrong where just these are true.
    Refuted(Vec<Arc<Atom>>),
    /// There are too many cases. Whoever asks has to act as if it were refuted, and may not say that it is.
    Undecided,
}

impl Verdict {
    /// Whether the claim holds.
    pub fn is_proved(&self) -> bool {
        *self == Verdict::Proved
    }
}

/// Whether the second predicate is true wherever the first is.
pub fn implies(left: &Predicate, right: &Predicate) -> Verdict {
    implies_with(left, right, Care::Thorough)
}

fn implies_with(left: &Predicate, right: &Predicate, care: Care) -> Verdict {
    if compare(left, right) {
        return Verdict::Proved;
    }
    // Most of what does not follow is seen in any case, or in the next one.
    if let Some(case) = single_cases(left).find(|case| !suffices(case, right)) {
        return Verdict::Refuted(case);
    }
    let mut problem = Problem::new(&|_| false, care);
    let left = problem.cause(left, Moment::After);
    let right = problem.consequence(right, Moment::After);
    refute(&mut problem, &[left, !right])
}

/// Whether nothing can make all of these predicates true.
pub fn contradicts(predicates: &[&Predicate]) -> Verdict {
    let mut problem = Problem::new(&|_| false, Care::Thorough);
    let facts: Vec<Fact> = predicates.iter().map(|predicate| problem.cause(predicate, Moment::After)).collect();
    refute(&mut problem, &facts)
}

/// The claim that these facts are never true together.
fn refute(problem: &mut Problem<'_>, facts: &[Fact]) -> Verdict {
    match problem.solve(facts) {
        Answer::Impossible => Verdict::Proved,
        Answer::Possible => Verdict::Refuted(problem.witness(Moment::After)),
        Answer::Undecided => Verdict::Undecided,
    }
}

/// Whether the second predicate is true wherever the first is, as far as comparing statement by statement shows.
fn compare(left: &Predicate, right: &Predicate) -> bool {
    match (left, right) {
        (_, Predicate::Always) | (Predicate::Never, _) => true,
        (Predicate::Always, _) | (_, Predicate::Never) => false,
        // Reading, changing and removing are often granted alike.
        _ if left == right => true,
        (Predicate::Atom(left), Predicate::Atom(right)) => lemmas::implies(left, right),
        (Predicate::Any(parts), _) => parts.iter().all(|part| compare(part, right)),
        (_, Predicate::All(parts)) => parts.iter().all(|part| compare(left, part)),
        (_, Predicate::Any(parts)) => parts.iter().any(|part| compare(left, part)),
        (Predicate::All(parts), _) => parts.iter().any(|part| compare(part, right)),
    }
}
