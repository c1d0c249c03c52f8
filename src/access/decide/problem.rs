//! Questions to a SAT solver. In: predicates that are to be true, or not, of one record or of the same record before and after a change. Out: whether that
//! can be, as far as the lemmas tell. The only user of `batsat`.
//!
//! There is one variable for each statement, for "it is true"; whether it is false or unknown otherwise makes no difference to a predicate,
//! which has no negation. So two-valued logic is enough.

use std::sync::Arc;

use batsat::{Callbacks, Lit, Solver, SolverInterface, lbool};

use super::lemmas::{self, Relation};
use super::vocabulary::Vocabulary;
use crate::access::Atom;
use crate::access::Predicate;

/// The record before a change, or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Before,
    After,
}

/// Something that is true or not, in a [`Problem`].
pub(crate) type Fact = Lit;

/// What a solver found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Possible,
    Impossible,
    /// Not within the effort that a question is worth.
    Undecided,
}

/// How long a solver looks: dead ends that it may run into, beside one for each statement. Questions of real rules need a few dozen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Care {
    /// For what many questions depend on that nobody misses an answer to.
    Brief = 50,
    /// Some hundredths of a second.
    Thorough = 2_000,
}

/// Counts dead ends: time would not give the same answer everywhere.
#[derive(Default)]
struct Effort {
    dead_ends: usize,
    most: usize,
}

impl Callbacks for Effort {
    fn on_start(&mut self) {
        self.dead_ends = 0;
    }

    fn on_new_clause(&mut self, _: &[Lit], source: batsat::ClauseKind) {
        self.dead_ends += usize::from(source == batsat::ClauseKind::Learnt);
    }

    fn stop(&self) -> bool {
        self.dead_ends > self.most
    }
}

/// Predicates that are to be true, or not, together.
pub(crate) struct Problem<'a> {
    solver: Solver<Effort>,
    vocabulary: Vocabulary,
    /// By the number of the statement: its variable before and after. One for both where no change changes it.
    variables: Vec<[Option<Lit>; 2]>,
    is_stable: &'a dyn Fn(&Atom) -> bool,
    care: Care,
    /// So many statements have their lemmas.
    settled: usize,
}

impl<'a> Problem<'a> {
    /// `is_stable` says of which statements the same is true before and after.
    pub(crate) fn new(is_stable: &'a dyn Fn(&Atom) -> bool, care: Care) -> Problem<'a> {
        let solver = Solver::new(batsat::SolverOpts::default(), Effort::default());
        Problem { solver, vocabulary: Vocabulary::default(), variables: Vec::new(), is_stable, care, settled: 0 }
    }

    /// One of these is true.
    pub(crate) fn any(&mut self, mut facts: Vec<Fact>) {
        self.solver.add_clause_reuse(&mut facts);
    }

    /// Something new, of which nothing is known.
    pub(crate) fn fact(&mut self) -> Fact {
        Lit::new(self.solver.new_var_default(), true)
    }

    /// Something that makes the predicate true.
    pub(crate) fn cause(&mut self, predicate: &Predicate, moment: Moment) -> Fact {
        match predicate {
            Predicate::Atom(atom) => self.variable(atom, moment),
            Predicate::All(parts) => {
                let whole = self.fact();
                for part in parts {
                    let part = self.cause(part, moment);
                    self.any(vec![!whole, part]);
                }
                whole
            }
            Predicate::Any(parts) => {
                let whole = self.fact();
                let clause = parts.iter().map(|part| self.cause(part, moment)).chain([!whole]).collect();
                self.any(clause);
                whole
            }
            Predicate::Always => self.fact(),
            Predicate::Never => {
                let never = self.fact();
                self.any(vec![!never]);
                never
            }
        }
    }

    /// Something that is true wherever the predicate is.
    pub(crate) fn consequence(&mut self, predicate: &Predicate, moment: Moment) -> Fact {
        match predicate {
            Predicate::Atom(atom) => self.variable(atom, moment),
            Predicate::Any(parts) => {
                let whole = self.fact();
                for part in parts {
                    let part = self.consequence(part, moment);
                    self.any(vec![whole, !part]);
                }
                whole
            }
            Predicate::All(parts) => {
                let whole = self.fact();
                let clause = parts.iter().map(|part| !self.consequence(part, moment)).collect::<Vec<_>>();
                self.any(clause.into_iter().chain([whole]).collect());
                whole
            }
            Predicate::Never => self.fact(),
            Predicate::Always => {
                let always = self.fact();
                self.any(vec![always]);
                always
            }
        }
    }

    fn variable(&mut self, atom: &Arc<Atom>, moment: Moment) -> Lit {
        let number = self.vocabulary.number(atom);
        if self.variables.len() <= number {
            self.variables.resize(number + 1, [None, None]);
        }
        if let Some(known) = self.variables[number][moment as usize] {
            return known;
        }
        let new = self.fact();
        let places: &[Moment] = if (self.is_stable)(atom) { &[Moment::Before, Moment::After] } else { &[moment] };
        places.iter().for_each(|&place| self.variables[number][place as usize] = Some(new));
        if let Some(items) = lemmas::items(atom) {
            let cases = items.iter().map(|item| self.variable(item, moment)).chain([!new]).collect();
            self.any(cases);
        }
        new
    }

    /// Says all that is known of the statements. After this, no new ones are named.
    fn settle(&mut self) {
        let Problem { solver, vocabulary, variables, settled, .. } = self;
        let count = vocabulary.atoms().len();
        if *settled == count {
            return;
        }
        *settled = count;
        vocabulary.for_each_related(|first, second, Relation { forth, back, apart }| {
            for (left, right) in std::iter::zip(variables[first], variables[second]) {
                let (Some(left), Some(right)) = (left, right) else { continue };
                let lemmas = [(forth, !left, right), (back, left, !right), (apart, !left, !right)];
                for (_, left, right) in lemmas.into_iter().filter(|(is_known, ..)| *is_known) {
                    solver.add_clause_reuse(&mut vec![left, right]);
                }
            }
        });
    }

    /// Whether all that was said can be true together with these.
    pub(crate) fn solve(&mut self, facts: &[Fact]) -> Answer {
        self.settle();
        self.solver.cb_mut().most = self.care as usize + self.variables.len();
        match self.solver.solve_limited(facts) {
            answer if answer == lbool::TRUE => Answer::Possible,
            answer if answer == lbool::FALSE => Answer::Impossible,
            _ => Answer::Undecided,
        }
    }

    /// The statements about a moment that are true in what [`Problem::solve`] found possible.
    pub(crate) fn witness(&self, moment: Moment) -> Vec<Arc<Atom>> {
        let is_true = |variables: &[Option<Lit>; 2]| {
            variables[moment as usize].is_some_and(|variable| self.solver.value_lit(variable) == lbool::TRUE)
        };
        let atoms = std::iter::zip(self.vocabulary.atoms(), &self.variables);
        atoms.filter(|(_, variables)| is_true(variables)).map(|(atom, _)| atom.clone()).collect()
    }
}
