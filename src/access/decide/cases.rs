//! Predicates taken apart into cases. In: a predicate. Out: conjunctions, one of which is true wherever it is; for what has to look at each case
//! by itself, as lints do.

use std::sync::Arc;

use super::lemmas;
use crate::access::Atom;
use crate::access::Predicate;

/// Statements that must all be true.
pub(crate) type Conjunction = Vec<Arc<Atom>>;

/// More cases than this are not looked at one by one.
const MAX_CASES: usize = 64;

/// A predicate multiplied out, without what cannot be. `None` where that would be too long.
pub(crate) fn cases(predicate: &Predicate) -> Option<Vec<Conjunction>> {
    let mut cases = multiplied_out(predicate)?;
    cases.retain(|case| !are_contradictory(case));
    Some(cases)
}

fn multiplied_out(predicate: &Predicate) -> Option<Vec<Conjunction>> {
    Some(match predicate {
        Predicate::Never => Vec::new(),
        Predicate::Always => vec![Vec::new()],
        Predicate::Atom(atom) => match lemmas::items(atom) {
            Some(items) => items.into_iter().map(|item| vec![item]).collect(),
            None => vec![vec![atom.clone()]],
        },
        Predicate::Any(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(multiplied_out(part)?);
                if all.len() > MAX_CASES {
                    return None;
                }
            }
            all
        }
        Predicate::All(parts) => {
            let mut product: Vec<Conjunction> = vec![Vec::new()];
            for part in parts {
                let factor = multiplied_out(part)?;
                if product.len() * factor.len() > MAX_CASES {
                    return None;
                }
                product = product.iter().flat_map(|left| factor.iter().map(move |right| join(left, right))).collect();
            }
            product
        }
    })
}

/// The cases that come to mind first: of all alternatives the first one, and the last one. Without those that cannot be.
pub(super) fn single_cases(predicate: &Predicate) -> impl Iterator<Item = Conjunction> + '_ {
    [<[Predicate]>::first, <[Predicate]>::last].into_iter().filter_map(|chosen| {
        let mut case = Conjunction::new();
        collect(predicate, chosen, &mut case)?;
        (!are_contradictory(&case)).then_some(case)
    })
}

fn collect(predicate: &Predicate, chosen: fn(&[Predicate]) -> Option<&Predicate>, case: &mut Conjunction) -> Option<()> {
    match predicate {
        Predicate::Never => None,
        Predicate::Always => Some(()),
        Predicate::All(parts) => parts.iter().try_for_each(|part| collect(part, chosen, case)),
        Predicate::Any(parts) => collect(chosen(parts)?, chosen, case),
        Predicate::Atom(atom) => {
            case.push(atom.clone());
            case.extend(lemmas::items(atom).into_iter().flatten().take(1));
            Some(())
        }
    }
}

/// Both conjunctions.
pub(crate) fn join(left: &[Arc<Atom>], right: &[Arc<Atom>]) -> Conjunction {
    let mut joined = left.to_vec();
    joined.extend(right.iter().filter(|atom| !left.contains(atom)).cloned());
    joined
}

/// Whether a predicate is true wherever all of these are.
pub(crate) fn suffices(conjunction: &[Arc<Atom>], predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Always => true,
        Predicate::Never => false,
        Predicate::Atom(atom) => conjunction.iter().any(|own| lemmas::implies(own, atom)),
        Predicate::All(parts) => parts.iter().all(|part| suffices(conjunction, part)),
        Predicate::Any(parts) => parts.iter().any(|part| suffices(conjunction, part)),
    }
}

/// Whether no row and user can make all of these true.
pub(crate) fn are_contradictory(conjunction: &[Arc<Atom>]) -> bool {
    let excluded = |(index, atom): (usize, &Arc<Atom>)| conjunction[..index].iter().any(|other| lemmas::exclude(atom, other));
    conjunction.iter().enumerate().any(excluded)
}
