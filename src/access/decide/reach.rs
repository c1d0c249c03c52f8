//! Many predicates side by side. In: predicates. Out: which of them cannot imply which, and which certainly do, told by the numbers of their statements in so
//! little time that each can be held against each.

use std::sync::Arc;

use super::lemmas;
use super::vocabulary::Vocabulary;
use crate::access::Atom;
use crate::access::Predicate;

/// What each of some predicates says, by number.
pub(crate) struct Reaches {
    reaches: Vec<Reach>,
}

struct Reach {
    /// What it asks for in any case.
    needed: Vec<usize>,
    /// Whether that is all that it asks for.
    is_plain: bool,
    /// What follows from what it asks for in any case.
    certain: Numbers,
    /// What follows from any of its statements.
    possible: Numbers,
}

/// A set of numbers.
#[derive(Clone)]
struct Numbers(Vec<u64>);

impl Numbers {
    fn new(count: usize, all: impl Iterator<Item = usize>) -> Numbers {
        let mut bits = vec![0; count.div_ceil(64)];
        all.for_each(|number| bits[number / 64] |= 1 << (number % 64));
        Numbers(bits)
    }

    fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }
}

impl Reaches {
    pub(crate) fn new<'p>(predicates: impl Iterator<Item = &'p Predicate> + Clone) -> Reaches {
        let mut vocabulary = Vocabulary::default();
        let mut said: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        for predicate in predicates.clone() {
            let needed = statements(predicate).map(|atom| vocabulary.number(atom)).collect();
            let mut all = Vec::new();
            predicate.for_each_shared(&mut |atom| {
                all.push(vocabulary.number(atom));
                all.extend(lemmas::items(atom).iter().flatten().map(|item| vocabulary.number(item)));
            });
            said.push((needed, all));
        }
        let implied = implied(&vocabulary);
        let closed =
            |numbers: &[usize]| Numbers::new(implied.len(), numbers.iter().flat_map(|&number| &implied[number]).copied());
        let reach = |(predicate, (needed, all)): (&Predicate, (Vec<usize>, Vec<usize>))| {
            let is_plain = *predicate == Predicate::Always || predicate.conjuncts().iter().all(|part| part.as_atom().is_some());
            let certain = closed(&needed);
            let possible = if needed.len() == all.len() { certain.clone() } else { closed(&all) };
            Reach { needed, is_plain, certain, possible }
        };
        Reaches { reaches: predicates.zip(said).map(reach).collect() }
    }

    /// Whether one predicate might imply another: all that the other asks for follows from something in it.
    pub(crate) fn may_imply(&self, left: usize, right: usize) -> bool {
        let (left, right) = (&self.reaches[left], &self.reaches[right]);
        right.needed.iter().all(|&number| left.possible.has(number))
    }

    /// Whether some predicates together certainly imply another.
    pub(crate) fn suffice(&self, given: &[usize], right: usize) -> bool {
        let right = &self.reaches[right];
        let follows = |&number: &usize| given.iter().any(|&left| self.reaches[left].certain.has(number));
        right.is_plain && right.needed.iter().all(follows)
    }
}

/// What each statement implies, itself included.
fn implied(vocabulary: &Vocabulary) -> Vec<Vec<usize>> {
    let mut implied: Vec<Vec<usize>> = (0..vocabulary.atoms().len()).map(|number| vec![number]).collect();
    vocabulary.for_each_related(|first, second, relation| {
        for (left, right, follows) in [(first, second, relation.forth), (second, first, relation.back)] {
            if follows {
                implied[left].push(right);
            }
        }
    });
    implied
}

/// The statements that a predicate asks for in any case.
fn statements(predicate: &Predicate) -> impl Iterator<Item = &Arc<Atom>> {
    predicate.conjuncts().iter().filter_map(Predicate::as_atom)
}

/// Whether comparing statement by statement may miss something: there are alternatives.
pub(crate) fn has_cases(predicate: &Predicate) -> bool {
    predicate.conjuncts().iter().any(|part| match part {
        Predicate::Atom(atom) => lemmas::items(atom).is_some(),
        other => matches!(other, Predicate::Any(_)),
    })
}
