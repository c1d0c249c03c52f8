//! Statements by number. In: statements, repeated as they are. Out: each once, and which of them have to do with each other. Only statements about the
//! same are compared, so that many of different kinds cost little.

use std::collections::HashMap;
use std::sync::Arc;

use super::lemmas::{self, Constant, Relation, Topic};
use crate::access::Atom;

/// So few are compared each with each; sorting them by what they are about would cost more.
const FEW: usize = 12;

/// Statements, each once.
#[derive(Default)]
pub(super) struct Vocabulary {
    atoms: Vec<Arc<Atom>>,
    numbers: HashMap<Arc<Atom>, usize>,
    /// Grants share their statements; where they stand is found faster than what they say.
    places: HashMap<*const Atom, usize>,
}

impl Vocabulary {
    /// The number of a statement; a new one where it is not known.
    pub(super) fn number(&mut self, atom: &Arc<Atom>) -> usize {
        let place = Arc::as_ptr(atom);
        if let Some(&number) = self.places.get(&place) {
            return number;
        }
        let next = self.atoms.len();
        let number = *self.numbers.entry(atom.clone()).or_insert(next);
        if number == next {
            self.atoms.push(atom.clone());
            // What is kept here is not freed, so its place is not taken by another.
            self.places.insert(place, number);
        }
        number
    }

    /// The statements by number.
    pub(super) fn atoms(&self) -> &[Arc<Atom>] {
        &self.atoms
    }

    /// Calls `visit` with every two statements one of which implies the other, or excludes it; some more than once.
    pub(super) fn for_each_related(&self, mut visit: impl FnMut(usize, usize, Relation)) {
        let all: Vec<usize> = (0..self.atoms.len()).collect();
        let mut visit = |first: usize, second: usize, relation: Relation| {
            if !relation.is_none() {
                visit(first, second, relation);
            }
        };
        let relation = |first: usize, second: usize| Relation::new(&self.atoms[first], &self.atoms[second]);
        if all.len() <= FEW {
            return for_each_two(&all, |first, second| visit(all[first], all[second], relation(all[first], all[second])));
        }
        let mut topics: HashMap<Topic<'_>, Vec<usize>> = HashMap::new();
        for (number, atom) in self.atoms.iter().enumerate() {
            for topic in lemmas::topics(atom) {
                let known = topics.entry(topic).or_default();
                if known.last() != Some(&number) {
                    known.push(number);
                }
            }
        }
        for numbers in topics.values() {
            // Of one topic, they compare the same value.
            let constants: Vec<Option<Constant<'_>>> = numbers.iter().map(|&number| Constant::new(&self.atoms[number])).collect();
            for_each_two(numbers, |first, second| {
                let relation = match (&constants[first], &constants[second]) {
                    (Some(first), Some(second)) => first.relation(second),
                    _ => relation(numbers[first], numbers[second]),
                };
                visit(numbers[first], numbers[second], relation);
            });
        }
        for whether in [Atom::SignedIn, Atom::Nobody] {
            let Some(whether) = self.atoms.iter().position(|atom| **atom == whether) else { continue };
            let others = all.iter().filter(|&&number| number != whether);
            others.for_each(|&number| visit(number, whether, relation(number, whether)));
        }
    }
}

/// Calls `visit` with the places of every two.
fn for_each_two(numbers: &[usize], mut visit: impl FnMut(usize, usize)) {
    (0..numbers.len()).for_each(|second| (0..second).for_each(|first| visit(first, second)));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::{FEW, Vocabulary};
    use crate::access::decide::lemmas::{self, Relation};
    use crate::access::{Atom, Exists, Predicate};
    use crate::catalog::{ColumnRef, TableId, Type};
    use crate::model::{Comparison, Enough, Link, Literal, MembershipId, Operation, Path, RoleId, Set, Value};

    fn own(column: u32) -> Path {
        let table = TableId(0);
        Path { table, hops: Vec::new(), column: ColumnRef { table, column } }
    }

    /// Statements of all kinds about a few values, each with its opposite.
    fn statements() -> Vec<Atom> {
        let number = |text: &str| Literal { text: text.to_owned(), r#type: Type::Integer, is_day: false };
        let flag = |text: &str| Literal { text: text.to_owned(), r#type: Type::Boolean, is_day: false };
        let set = |membership, role| Set { membership: MembershipId(membership), roles: Some(vec![RoleId(role)]), tail: None };
        let mut all = vec![Atom::SignedIn, Atom::Nobody];
        for column in 0..2 {
            let value = Value::Record(own(column));
            for text in ["1", "2"] {
                let right = Value::Literal(number(text));
                let compare = |operator| Atom::Compare { left: value.clone(), operator, right: right.clone() };
                all.extend([Comparison::Equal, Comparison::AtLeast, Comparison::Greater].map(compare));
                let right = Value::Literal(flag(text));
                all.push(Atom::Compare { left: value.clone(), operator: Comparison::Equal, right });
            }
            let right = Value::LoggedInUser;
            all.push(Atom::Compare { left: value.clone(), operator: Comparison::Equal, right });
            all.push(Atom::OneOf { value: value.clone(), list: vec![number("1"), number("2")], negated: false });
            all.push(Atom::Empty { value: value.clone(), negated: false });
            for membership in 0..2 {
                let set = set(membership, column);
                all.push(Atom::Member { value: value.clone(), set: set.clone(), negated: false });
                all.push(Atom::EmptySet { set, negated: false });
                all.push(Atom::HoldsGlobally { membership: MembershipId(membership), roles: vec![RoleId(column)] });
            }
            let target = ColumnRef { table: TableId(1), column: 0 };
            let link = Some(Link { path: own(column), column: target });
            let (table, predicate, operands) = (TableId(1), Predicate::Always, Vec::new());
            let exists = Exists {
                table,
                link,
                climb: None,
                through: Predicate::Always,
                predicate,
                operands,
                of_user: true,
                enough: Enough::ONE,
                delegates: None,
                anew: None,
                negated: false,
            };
            all.push(Atom::Exists(Box::new(Exists { link: None, ..exists.clone() })));
            all.push(Atom::Exists(Box::new(exists.clone())));
            all.push(Atom::Exists(Box::new(Exists { delegates: Some(Operation::Read), ..exists })));
            all.push(Atom::Sql { table: TableId(column), text: "a".to_owned(), negated: false });
        }
        let opposites: Vec<Atom> = all.iter().filter_map(|atom| atom.clone().negate()).collect();
        all.extend(opposites);
        all
    }

    #[test]
    fn what_implies_or_excludes_another_is_about_the_same() {
        let mut vocabulary = Vocabulary::default();
        statements().into_iter().for_each(|atom| _ = vocabulary.number(&Arc::new(atom)));
        let atoms = vocabulary.atoms();
        assert!(atoms.len() > FEW);
        let mut related = BTreeMap::new();
        vocabulary.for_each_related(|first, second, relation| {
            assert!(first < second || *atoms[second] == Atom::SignedIn || *atoms[second] == Atom::Nobody);
            related.insert((first, second), relation);
        });
        let mut found = 0;
        for (second, right) in atoms.iter().enumerate() {
            for (first, left) in atoms[..second].iter().enumerate() {
                let relation = Relation::new(left, right);
                let turned = Relation { forth: relation.back, back: relation.forth, ..relation };
                let known = [((first, second), relation), ((second, first), turned)];
                let is_known = known.iter().any(|(two, relation)| related.get(two) == Some(relation));
                assert!(relation.is_none() || is_known, "{left:?} and {right:?} are not compared");
                found += usize::from(!relation.is_none());
            }
        }
        assert!(found > 60 && related.len() < atoms.len() * atoms.len() / 4, "{found} of {}", related.len());
    }

    #[test]
    fn what_follows_over_another_statement_follows_at_once() {
        let all = statements();
        for a in &all {
            for b in all.iter().filter(|b| lemmas::implies(a, b)) {
                let missing = all.iter().find(|c| lemmas::implies(b, c) && !lemmas::implies(a, c));
                assert!(missing.is_none(), "{a:?} implies {b:?}, and that {missing:?}");
            }
        }
    }
}
