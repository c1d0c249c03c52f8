//! Predicates said shortly. In: a predicate. Out: one that is true of the same rows, without repetitions, without parts that others make
//! superfluous, and with what all alternatives have in common said once.
//!
//! The laws used here hold in Kleene's three-valued logic as far as "true or not" goes: associativity, idempotence, absorption,
//! distribution. `a or not a` is not used: it may be unknown.

use std::collections::BTreeMap;

use super::cases::{Conjunction, are_contradictory};
use super::reach::{Reaches, has_cases};
use super::{Care, compare, implies_with};
use crate::access::Atom;
use crate::access::Predicate;
use crate::model::{Comparison, Literal, Value};

/// So few parts are compared as they are.
const FEW: usize = 8;

/// The same predicate, said as shortly as this module can.
pub fn simplify(predicate: Predicate) -> Predicate {
    match predicate {
        Predicate::All(parts) => all(parts.into_iter().map(simplify)),
        Predicate::Any(parts) => any(parts.into_iter().map(simplify)),
        other => other,
    }
}

/// True where all are. What another part implies goes.
fn all(parts: impl Iterator<Item = Predicate>) -> Predicate {
    let mut parts = match Predicate::all(parts) {
        Predicate::All(parts) => parts,
        other => return other,
    };
    let order = Order::new(&parts);
    let superfluous = superfluous(parts.len(), |part, other| order.implies(other, part));
    remove(&mut parts, &superfluous);
    let statements: Conjunction = parts.iter().filter_map(Predicate::as_atom).cloned().collect();
    if are_contradictory(&statements) { Predicate::Never } else { Predicate::all(parts) }
}

/// True where any is. What implies another part goes; what all parts have in common is said once.
fn any(parts: impl Iterator<Item = Predicate>) -> Predicate {
    let mut parts = match Predicate::any(parts) {
        Predicate::Any(parts) => merge_equalities(parts),
        other => return other,
    };
    let order = Order::new(&parts);
    let superfluous = superfluous(parts.len(), |part, other| order.implies(part, other));
    remove(&mut parts, &superfluous);
    if parts.len() > 1 { factor(parts) } else { Predicate::any(parts) }
}

/// Of so many parts those for which `weaker(part, other)` says that another one makes them superfluous; of two equal ones, the later.
fn superfluous(count: usize, weaker: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    let mut gone = vec![false; count];
    for part in 0..count {
        gone[part] = (0..count)
            .any(|other| other != part && !gone[other] && weaker(part, other) && (other < part || !weaker(other, part)));
    }
    gone
}

fn remove(parts: &mut Vec<Predicate>, gone: &[bool]) {
    let mut gone = gone.iter();
    parts.retain(|_| gone.next() != Some(&true));
}

/// Which parts imply which. Of many, those that cannot are told by the numbers of their statements.
struct Order<'p> {
    parts: &'p [Predicate],
    reaches: Option<Reaches>,
}

impl Order<'_> {
    fn new(parts: &[Predicate]) -> Order<'_> {
        Order { parts, reaches: (parts.len() > FEW).then(|| Reaches::new(parts.iter())) }
    }

    fn implies(&self, left: usize, right: usize) -> bool {
        if let Some(reaches) = &self.reaches {
            if !reaches.may_imply(left, right) {
                return false;
            }
            if reaches.suffice(&[left], right) {
                return true;
            }
        }
        let (left, right) = (&self.parts[left], &self.parts[right]);
        compare(left, right) || (has_cases(left) && implies_with(left, right, Care::Brief).is_proved())
    }
}

/// `x equals 1 or x equals 2` as `x is one of (1, 2)`, in the place of the first.
fn merge_equalities(mut parts: Vec<Predicate>) -> Vec<Predicate> {
    let mut places: BTreeMap<&Value, (usize, Vec<&Literal>)> = BTreeMap::new();
    let (mut gone, mut merged) = (vec![false; parts.len()], Vec::new());
    for (index, part) in parts.iter().enumerate() {
        let Some((value, items)) = constants(part) else { continue };
        let Some((_, list)) = places.get_mut(value) else {
            places.insert(value, (index, items.iter().collect()));
            continue;
        };
        gone[index] = true;
        for item in items {
            if !list.contains(&item) {
                list.push(item);
            }
        }
    }
    // Those that stand alone stay as they are.
    if gone.contains(&true) {
        for (value, (place, list)) in places {
            merged.push((place, is_any_of(value, &list)));
        }
    }
    for (place, list) in merged {
        parts[place] = list;
    }
    remove(&mut parts, &gone);
    parts
}

/// One constant is compared, several are listed.
fn is_any_of(value: &Value, items: &[&Literal]) -> Predicate {
    let (value, list) = (value.clone(), items.iter().copied().cloned());
    Predicate::from(match items {
        [only] => Atom::Compare { left: value, operator: Comparison::Equal, right: Value::Literal(Literal::clone(only)) },
        _ => Atom::OneOf { value, list: list.collect(), negated: false },
    })
}

/// The value and the constants that it may equal, when that is all that a predicate says.
fn constants(predicate: &Predicate) -> Option<(&Value, &[Literal])> {
    match &**predicate.as_atom()? {
        Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(right) } => {
            Some((left, std::slice::from_ref(right)))
        }
        Atom::OneOf { value, list, negated: false } => Some((value, list)),
        _ => None,
    }
}

/// `(a and b) or (a and c)` as `a and (b or c)`.
fn factor(parts: Vec<Predicate>) -> Predicate {
    let Some((first, rest)) = parts.split_first() else { return Predicate::Never };
    let is_common = |conjunct: &&Predicate| rest.iter().all(|part| part.conjuncts().contains(conjunct));
    let common: Vec<Predicate> = first.conjuncts().iter().filter(is_common).cloned().collect();
    if common.is_empty() {
        return Predicate::Any(parts);
    }
    let without = |part: &Predicate| all(part.conjuncts().iter().filter(|conjunct| !common.contains(conjunct)).cloned());
    let rest = any(parts.iter().map(without));
    all(common.iter().cloned().chain([rest]))
}
