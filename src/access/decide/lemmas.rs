//! What is known of single statements: which implies which, which exclude each other, what a list is made of. In: statements. Out: yes, or
//! not known. Everything else that is decided follows from these by logic alone.
//!
//! All are about "is true", and hold in three-valued logic. Of two opposites it is known that not both are true; that one of them is, is not: both
//! may be unknown.

use std::sync::Arc;

use crate::access::{Atom, Exists};
use crate::catalog::{Family, TableId, Type};
use crate::model::{AboutOthers, Climb, Comparison, Literal, MembershipId, Path, Set, Value, opposite};

/// What a statement is about. Statements without a common topic neither imply nor exclude each other, except that many imply that somebody is
/// signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic<'a> {
    Value(&'a Value),
    Record(&'a Path),
    Membership(MembershipId),
    Table(TableId),
}

/// The topics of a statement.
pub(super) fn topics(atom: &Atom) -> Vec<Topic<'_>> {
    let mut topics = Vec::new();
    for value in atom.values() {
        match value {
            Value::Literal(_) => {}
            Value::Record(path) => topics.push(Topic::Record(path)),
            other => topics.push(Topic::Value(other)),
        }
    }
    topics.extend(atom.sets().into_iter().map(|set| Topic::Membership(set.membership)));
    match atom {
        Atom::HoldsGlobally { membership, .. } => topics.push(Topic::Membership(*membership)),
        Atom::Exists(exists) => {
            topics.push(exists.link.as_ref().map_or(Topic::Table(exists.table), |link| Topic::Record(&link.path)));
        }
        Atom::Sql { table, .. } => topics.push(Topic::Table(*table)),
        _ => {}
    }
    topics
}

/// What two different statements mean to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Relation {
    /// The first implies the second.
    pub(super) forth: bool,
    /// The second implies the first.
    pub(super) back: bool,
    /// They are never true together, and neither implies the other.
    pub(super) apart: bool,
}

impl Relation {
    /// What any two mean to each other.
    pub(super) fn new(left: &Atom, right: &Atom) -> Relation {
        let (forth, back) = (implies(left, right), implies(right, left));
        Relation { forth, back, apart: !forth && !back && exclude(left, right) }
    }

    /// Whether they have nothing to do with each other.
    pub(super) fn is_none(self) -> bool {
        !self.forth && !self.back && !self.apart
    }
}

/// A comparison with a constant, read once for all others that it is held against.
pub(super) struct Constant<'a> {
    operator: Comparison,
    literal: &'a Literal,
    number: Option<f64>,
}

impl<'a> Constant<'a> {
    pub(super) fn new(atom: &'a Atom) -> Option<Constant<'a>> {
        let Atom::Compare { operator, right: right @ Value::Literal(literal), .. } = atom else { return None };
        Some(Constant { operator: *operator, literal, number: small_number(right) })
    }

    /// The same as [`Relation::new`], of two that compare the same value.
    pub(super) fn relation(&self, other: &Constant<'_>) -> Relation {
        let forth = bound_implies(self.operator, self.number, other.operator, other.number);
        let back = bound_implies(other.operator, other.number, self.operator, self.number);
        let are_apart = || match (self.operator, other.operator) {
            (Comparison::Equal, Comparison::Equal) => is_exact(&self.literal.r#type) && self.literal.text != other.literal.text,
            (operator, other_operator) => opposite(operator) == other_operator && self.literal == other.literal,
        };
        Relation { forth, back, apart: !forth && !back && are_apart() }
    }
}

/// Whether the second statement is true wherever the first is. What follows over a third statement follows at once.
pub(super) fn implies(left: &Atom, right: &Atom) -> bool {
    if left == right {
        return true;
    }
    match (left, right) {
        (_, Atom::SignedIn) => implies_signed_in(left),
        (Atom::Member { value, set, negated: false }, Atom::Member { value: other_value, set: other, negated: false }) => {
            value == other_value && subset(set, other)
        }
        (Atom::EmptySet { set, negated: true }, Atom::EmptySet { set: other, negated: true }) => subset(set, other),
        (Atom::Member { value: _, set, negated: false }, Atom::EmptySet { set: other, negated: true }) => subset(set, other),
        // What has something in common with a set, or all of it, is no empty set's.
        (Atom::Has { negated: false, .. }, Atom::EmptySet { set, negated: true }) => {
            left.sets().into_iter().any(|own| subset(own, set))
        }
        // What is compared is there, or the comparison would be unknown.
        (left, Atom::Empty { value, negated: true }) => compares(left, value),
        (Atom::HoldsGlobally { membership, roles }, Atom::HoldsGlobally { membership: other, roles: others }) => {
            membership == other && roles.iter().all(|role| others.contains(role))
        }
        (
            Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(right) },
            Atom::OneOf { value, list, negated: false },
        ) => left == value && list.contains(right),
        (Atom::Compare { left, operator, right }, Atom::Compare { left: other_left, operator: other, right: other_right }) => {
            left == other_left && bound_implies(*operator, small_number(right), *other, small_number(other_right))
        }
        (Atom::OneOf { value, list, negated: false }, Atom::OneOf { value: other, list: others, negated: false }) => {
            value == other && list.iter().all(|item| others.contains(item))
        }
        // Of the same rows, three are two, and fewer than two are fewer than three.
        (Atom::Exists(own), Atom::Exists(other)) if own.negated == other.negated => {
            let (many, few) = if own.negated { (other, own) } else { (own, other) };
            let is_enough = many.enough.is_at_least(&few.enough);
            is_enough && are_of_same_rows(own, other)
        }
        _ => false,
    }
}

/// Whether two statements count the same rows.
fn are_of_same_rows(own: &Exists, other: &Exists) -> bool {
    let may_be = own.table == other.table && own.predicate == other.predicate;
    may_be && Exists { enough: other.enough.clone(), negated: other.negated, ..own.clone() } == *other
}

/// Whether a statement can only be true of a value that is not empty.
fn compares(atom: &Atom, value: &Value) -> bool {
    match atom {
        Atom::Compare { left, right, .. } => left == value || right == value,
        Atom::OneOf { value: other, .. } | Atom::Member { value: other, .. } => other == value,
        Atom::Part { whole, part, .. } => whole == value || part == value,
        Atom::Contains { element, .. } => element == value,
        Atom::Has { whole, of, negated: false, .. } => [whole, of].into_iter().any(|list| list.value() == Some(value)),
        Atom::IgnoringCase(inner) => compares(inner, value),
        // Where a reference leads nowhere, it is known that there are no rows above.
        Atom::Exists(exists) if exists.negated && exists.climb.as_ref().is_some_and(Climb::may_lead_nowhere) => false,
        Atom::Exists(exists) => exists.link.as_ref().is_some_and(|link| value.record() == Some(&link.path)),
        _ => false,
    }
}

/// Whether `value operator right` implies `value other other_right` for numbers: less than 3 is less than 4.
fn bound_implies(operator: Comparison, right: Option<f64>, other: Comparison, other_right: Option<f64>) -> bool {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less};
    let holds: fn(&f64, &f64) -> bool = match (operator, other) {
        (Less, Less | AtMost) | (AtMost | Equal, AtMost) => f64::le,
        (AtMost | Equal, Less) => f64::lt,
        (Greater, Greater | AtLeast) | (AtLeast | Equal, AtLeast) => f64::ge,
        (AtLeast | Equal, Greater) => f64::gt,
        _ => return false,
    };
    matches!((right, other_right), (Some(right), Some(other)) if holds(&right, &other))
}

/// A constant as a number when it is exact as one: fifteen digits fit into a double.
fn small_number(value: &Value) -> Option<f64> {
    match value {
        Value::Literal(literal) if literal.text.len() <= 15 && literal.r#type.family() == Family::Number => {
            literal.text.parse().ok()
        }
        _ => None,
    }
}

/// Whether every element of one set of the user is in another.
fn subset(set: &Set, other: &Set) -> bool {
    let roles = match (&set.roles, &other.roles) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(own), Some(others)) => own.iter().all(|role| others.contains(role)),
    };
    roles && set.membership == other.membership && set.tail == other.tail
}

/// Whether the statement can only be true with somebody signed in.
pub(in crate::access) fn implies_signed_in(atom: &Atom) -> bool {
    match atom {
        Atom::SignedIn | Atom::Member { .. } | Atom::EmptySet { .. } | Atom::HoldsGlobally { .. } => true,
        Atom::Compare { left, right, .. } => left.mentions_user() || right.mentions_user(),
        Atom::OneOf { value, .. } | Atom::Empty { value, .. } => value.mentions_user(),
        Atom::Contains { array, element, .. } => array.mentions_user() || element.mentions_user(),
        Atom::Part { whole, part, .. } => whole.mentions_user() || part.mentions_user(),
        Atom::Has { .. } => !atom.sets().is_empty() || atom.values().into_iter().any(Value::mentions_user),
        Atom::IgnoringCase(inner) => implies_signed_in(inner),
        Atom::Exists(exists) => {
            exists.of_user && (exists.negated || exists.enough.value().is_some())
                || exists.values().into_iter().any(Value::mentions_user)
        }
        Atom::Sql { .. } | Atom::Nobody => false,
        Atom::Can(never) => match *never {},
    }
}

/// Whether no row and user can make both true: a statement and its opposite, an empty value that is compared, one value that equals
/// two constants.
pub(super) fn exclude(left: &Atom, right: &Atom) -> bool {
    match (left, right) {
        (Atom::Empty { value, negated: false }, other) | (other, Atom::Empty { value, negated: false })
            if is_comparison(other) && compares(other, value) =>
        {
            true
        }
        (
            Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(constant) },
            Atom::Compare { left: other_left, operator: Comparison::Equal, right: Value::Literal(other) },
        ) => left == other_left && constant.text != other.text && is_exact(&constant.r#type),
        (Atom::Exists(own), Atom::Exists(other)) if own.negated != other.negated => {
            let (many, few) = if own.negated { (other, own) } else { (own, other) };
            many.enough.is_at_least(&few.enough) && are_of_same_rows(own, other)
        }
        (Atom::Nobody, other) | (other, Atom::Nobody) => implies_signed_in(other),
        _ => are_opposites(left, right),
    }
}

fn is_comparison(atom: &Atom) -> bool {
    matches!(
        atom.without_case(),
        Atom::Compare { .. } | Atom::OneOf { .. } | Atom::Member { .. } | Atom::Part { .. } | Atom::Has { .. }
    )
}

/// Types whose values are equal only when they are written alike. Texts are not among them: citext and nondeterministic
/// collations (manual section 24.2.2.4) find different texts equal, and the schema file does not say where they are used.
fn is_exact(r#type: &Type) -> bool {
    matches!(r#type, Type::Enum(_) | Type::Boolean)
}

fn are_opposites(left: &Atom, right: &Atom) -> bool {
    let may_be = match (left, right) {
        (Atom::Compare { left, right, .. }, Atom::Compare { left: other_left, right: other_right, .. }) => {
            left == other_left && right == other_right
        }
        (Atom::OneOf { negated, .. }, Atom::OneOf { negated: other, .. })
        | (Atom::Member { negated, .. }, Atom::Member { negated: other, .. }) => negated != other,
        (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right),
    };
    // Most are none, and are not copied.
    may_be && left.clone().negate().is_some_and(|opposite| opposite == *right)
}

/// What a list says of the user, taken apart: one of these is true, so that each case can be compared with other rules. A list that says something of
/// the record stays as it is.
pub(super) fn items(atom: &Atom) -> Option<Vec<Arc<Atom>>> {
    let Atom::OneOf { value, list, negated: false } = atom else { return None };
    let equals = |item: &Literal| {
        let right = Value::Literal(item.clone());
        Arc::new(Atom::Compare { left: value.clone(), operator: Comparison::Equal, right })
    };
    value.record().is_none().then(|| list.iter().map(equals).collect())
}
