//! What PostgreSQL would admit although no single grant allows it, as a problem for a solver. In: grants, and which columns behave alike. Out: whether there
//! is such a step, and between which grants.

use super::classes::Class;
use crate::access::decide::{Answer, Care, Fact, Moment, Problem};
use crate::access::{Atom, Grant};
use crate::model::Operation;

/// What PostgreSQL would admit although no single grant allows it, as a problem for a solver.
pub(super) struct Mixture<'a> {
    problem: Problem<'a>,
    /// For each grant, that the record before is one of its, and that the record after is. The same fact where it is one step.
    starts: Vec<Fact>,
    ends: Vec<Fact>,
    /// For each class of columns, that no grant which names them allows the step.
    forbidden: Vec<Fact>,
}

impl<'a> Mixture<'a> {
    pub(super) fn new(
        operation: Operation,
        grants: &[Grant],
        classes: &[Class],
        is_stable: &'a dyn Fn(&Atom) -> bool,
    ) -> Mixture<'a> {
        let mut problem = Problem::new(is_stable, Care::Thorough);
        let is_update = operation == Operation::Update;
        // Outside of updates there is one record, which both conditions are about.
        let first = if is_update { Moment::Before } else { Moment::After };
        let mut starts: Vec<Fact> = grants.iter().map(|grant| problem.cause(&grant.before, first)).collect();
        let mut ends: Vec<Fact> = grants.iter().map(|grant| problem.cause(&grant.after, Moment::After)).collect();
        if !is_update {
            for (start, end) in std::iter::zip(&mut starts, &mut ends) {
                let both = problem.fact();
                problem.any(vec![!both, *start]);
                problem.any(vec![!both, *end]);
                (*start, *end) = (both, both);
            }
        }
        problem.any(starts.clone());
        problem.any(ends.clone());
        let allowing: Vec<(Fact, Fact)> = grants
            .iter()
            .map(|grant| (problem.consequence(&grant.before, first), problem.consequence(&grant.after, Moment::After)))
            .collect();
        let forbidden = classes.iter().map(|(_, granting)| {
            let is_forbidden = problem.fact();
            for (before, after) in granting.iter().map(|&index| allowing[index]) {
                problem.any(vec![!is_forbidden, !before, !after]);
            }
            is_forbidden
        });
        let forbidden = forbidden.collect();
        Mixture { problem, starts, ends, forbidden }
    }

    /// Whether there is a step, with these facts, that no grant of a class allows.
    pub(super) fn solve(&mut self, facts: &[Fact], class: usize) -> Answer {
        let facts: Vec<Fact> = facts.iter().copied().chain([self.forbidden[class]]).collect();
        self.problem.solve(&facts)
    }

    fn is_possible(&mut self, facts: &[Fact]) -> bool {
        (0..self.forbidden.len()).any(|class| self.solve(facts, class) == Answer::Possible)
    }

    /// Whether the first two grants can be mixed up. Of many that can, a solver that may take any looks longer.
    pub(super) fn is_obvious(&mut self) -> bool {
        let second = self.ends.get(1).filter(|_| self.starts != self.ends);
        let facts: Vec<Fact> = self.starts.first().into_iter().chain(second).copied().collect();
        self.ends.len() > 2 && self.is_possible(&facts)
    }

    /// The first two grants that can be mixed up, and the class of columns that it is about.
    pub(super) fn first(&mut self) -> Option<(usize, usize, usize)> {
        let (starts, ends) = (self.starts.clone(), self.ends.clone());
        let first = (0..starts.len()).find(|&first| self.is_possible(&[starts[first]]))?;
        let second = (0..ends.len()).find(|&second| self.is_possible(&[starts[first], ends[second]]))?;
        let facts = [starts[first], ends[second]];
        let class = (0..self.forbidden.len()).find(|&class| self.solve(&facts, class) == Answer::Possible)?;
        Some((first, second, class))
    }
}
