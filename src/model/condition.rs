//! Conditions with their names bound: what the rules say about a record, a user and the world.

use std::sync::Arc;

use crate::ast::PartPlace;
use crate::catalog::TableId;

pub use crate::ast::Operator as Comparison;

use super::can::Can;
use super::climb::Climb;
use super::enough::Enough;
use super::id::{MembershipId, RoleId};
use super::value::{Collection, Link, Literal, Path, Set, Value};

/// A condition in SQL's three-valued logic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// The opposite; unknown stays unknown.
    Not(Box<Condition>),
    /// A single statement; shared, because grants and predicates repeat it.
    Atom(Arc<Atom>),
}

impl From<Atom> for Condition {
    fn from(atom: Atom) -> Condition {
        Condition::Atom(Arc::new(atom))
    }
}

/// A single statement. Each is unknown when a value that it compares is empty, and when it mentions the user and nobody is signed in.
///
/// `E` says something of other rows, `D` of the access to another record. Both are here as they were written; once rules are combined, there are other types
/// in their places, so that neither a negation nor a delegation can be left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom<E = Exists, D = Can> {
    /// Two single values.
    Compare {
        /// Left of the operator.
        left: Value,
        /// The operator.
        operator: Comparison,
        /// Right of the operator.
        right: Value,
    },
    /// A value and a list of constants.
    OneOf {
        /// What is looked for.
        value: Value,
        /// Where.
        list: Vec<Literal>,
        /// True for "none of them".
        negated: bool,
    },
    /// A value and one of the user's sets.
    Member {
        /// What is looked for.
        value: Value,
        /// Where.
        set: Set,
        /// True for "none of them".
        negated: bool,
    },
    /// Whether a value is NULL; never unknown, except for the user's with nobody signed in.
    Empty {
        /// What is asked about.
        value: Value,
        /// True for "is not empty".
        negated: bool,
    },
    /// Whether one of the user's sets has no element.
    EmptySet {
        /// What is asked about.
        set: Set,
        /// True for "is not empty".
        negated: bool,
    },
    /// Whether an array or a JSON array has an element; a claim may also be the element itself.
    Contains {
        /// The array.
        array: Value,
        /// The element.
        element: Value,
        /// True for "does not contain".
        negated: bool,
    },
    /// Whether a list has any of another's elements, or all of them. All of nothing is unknown.
    Has {
        /// The list.
        whole: Collection,
        /// True for all of them.
        all: bool,
        /// The elements that are looked for.
        of: Collection,
        /// True for the opposite: none of them, or not all.
        negated: bool,
    },
    /// Whether a text has another as a part, letter by letter; case counts, except for citext.
    Part {
        /// The text.
        whole: Value,
        /// Where in it.
        place: PartPlace,
        /// What is looked for.
        part: Value,
        /// True for "does not contain" and its like.
        negated: bool,
    },
    /// A comparison of texts, in which upper and lower case are the same.
    IgnoringCase(Box<Atom<E, D>>),
    /// Whether enough rows of a table make a condition true. Unknown when the key that it is linked by is empty; when there are not enough, also where
    /// it depends on the user and nobody is signed in, and where a value from outside is empty ([`Exists::operands_from_outside`]).
    Exists(Box<E>),
    /// Whether the record that a path leads to may be reached with an operation. Unknown as [`Atom::Exists`] is.
    Can(D),
    /// An expression of SQL on a row of a table; nothing is known of it but its text.
    Sql {
        /// The table whose columns it may name.
        table: TableId,
        /// The expression.
        text: String,
        /// True for its opposite.
        negated: bool,
    },
    /// Whether the session has an identity; never unknown.
    SignedIn,
    /// Whether it has none; never unknown, either.
    Nobody,
    /// Whether the user holds one of these roles through a membership that is within nothing.
    HoldsGlobally {
        /// The membership.
        membership: MembershipId,
        /// The roles, ordered.
        roles: Vec<RoleId>,
    },
}

/// What [`Atom::Exists`] asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exists {
    /// The table.
    pub table: TableId,
    /// What ties its rows to the record; without it, any row will do.
    pub link: Option<Link>,
    /// Where rows above the one that it leads to are meant, and that one.
    pub climb: Option<Climb>,
    /// On a row of the table; what it says of the record itself are [`Value::Outer`]s.
    pub condition: Condition,
    /// How many rows are enough.
    pub enough: Enough,
    /// True for "not so many", and so for "no row".
    pub negated: bool,
}

/// A statement about records beside the one that a rule is about.
pub trait AboutOthers {
    /// The paths from the record that it depends on: to them, and to what they are compared with.
    fn paths(&self) -> Vec<&Path>;

    /// The opposite.
    fn opposite(self) -> Self;

    /// The value at which rows above a row begin, where no link of the record leads to that row.
    fn start(&self) -> Option<&Value> {
        None
    }

    /// The values of the record and the session that it depends on: where rows above a row begin, and how many are enough.
    fn values(&self) -> Vec<&Value> {
        Vec::new()
    }

    /// The same, to be changed.
    fn values_mut(&mut self) -> Vec<&mut Value> {
        Vec::new()
    }
}

impl AboutOthers for Exists {
    fn paths(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.link.iter().map(|link| &link.path).collect();
        paths.extend(self.enough.value().and_then(Value::record));
        self.collect_outer(1, &mut paths);
        paths
    }

    fn opposite(self) -> Exists {
        Exists { negated: !self.negated, ..self }
    }

    fn start(&self) -> Option<&Value> {
        self.climb.as_ref()?.start.as_ref().map(|(_, value)| value)
    }

    fn values(&self) -> Vec<&Value> {
        self.start().into_iter().chain(self.enough.value()).collect()
    }

    fn values_mut(&mut self) -> Vec<&mut Value> {
        let start = self.climb.as_mut().and_then(|climb| climb.start.as_mut()).map(|(_, value)| value);
        start.into_iter().chain(self.enough.value_mut()).collect()
    }
}

impl AboutOthers for Can {
    fn paths(&self) -> Vec<&Path> {
        vec![&self.path]
    }

    fn opposite(self) -> Can {
        Can { negated: !self.negated, ..self }
    }
}

impl Exists {
    /// The paths of the row that is so many rows further out than those of this statement.
    fn collect_outer<'a>(&'a self, up: u32, paths: &mut Vec<&'a Path>) {
        self.condition.for_each_own_atom(&mut |atom| {
            paths.extend(atom.values().into_iter().filter_map(|value| match value {
                Value::Outer(outer) if outer.up == up => Some(&outer.path),
                _ => None,
            }));
            if let Atom::Exists(inner) = atom {
                inner.collect_outer(up + 1, paths);
            }
        });
    }
}

impl<E: AboutOthers, D: AboutOthers> Atom<E, D> {
    /// The statement that is true exactly when this one is false, and unknown when it is unknown. `None` where the
    /// language has no such statement.
    pub fn negate(self) -> Option<Self> {
        Some(match self {
            Atom::Compare { left, operator, right } => Atom::Compare { left, operator: opposite(operator), right },
            Atom::OneOf { value, list, negated } => Atom::OneOf { value, list, negated: !negated },
            Atom::Member { value, set, negated } => Atom::Member { value, set, negated: !negated },
            Atom::Empty { value, negated } => Atom::Empty { value, negated: !negated },
            Atom::EmptySet { set, negated } => Atom::EmptySet { set, negated: !negated },
            Atom::Contains { array, element, negated } => Atom::Contains { array, element, negated: !negated },
            Atom::Has { whole, all, of, negated } => Atom::Has { whole, all, of, negated: !negated },
            Atom::Part { whole, place, part, negated } => Atom::Part { whole, place, part, negated: !negated },
            Atom::IgnoringCase(inner) => Atom::IgnoringCase(Box::new(inner.negate()?)),
            Atom::Exists(exists) => Atom::Exists(Box::new((*exists).opposite())),
            Atom::Can(can) => Atom::Can(can.opposite()),
            Atom::Sql { table, text, negated } => Atom::Sql { table, text, negated: !negated },
            Atom::SignedIn => Atom::Nobody,
            Atom::Nobody => Atom::SignedIn,
            Atom::HoldsGlobally { .. } => return None,
        })
    }

    /// The statement itself, whatever it says of case.
    pub fn without_case(&self) -> &Self {
        match self {
            Atom::IgnoringCase(inner) => inner,
            other => other,
        }
    }

    /// The user's sets that it asks about.
    pub fn sets(&self) -> Vec<&Set> {
        match self {
            Atom::Member { set, .. } | Atom::EmptySet { set, .. } => vec![set],
            Atom::Has { whole, of, .. } => [whole, of].into_iter().filter_map(|list| list.set()).collect(),
            Atom::IgnoringCase(inner) => inner.sets(),
            _ => Vec::new(),
        }
    }

    /// The values that it compares.
    pub fn values(&self) -> Vec<&Value> {
        match self {
            Atom::Compare { left, right, .. } => vec![left, right],
            Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => vec![value],
            Atom::Contains { array, element, .. } => vec![array, element],
            Atom::Part { whole, part, .. } => vec![whole, part],
            Atom::Has { whole, of, .. } => [whole, of].into_iter().filter_map(|list| list.value()).collect(),
            Atom::IgnoringCase(inner) => inner.values(),
            Atom::EmptySet { .. }
            | Atom::Can(_)
            | Atom::Sql { .. }
            | Atom::SignedIn
            | Atom::Nobody
            | Atom::HoldsGlobally { .. } => Vec::new(),
            Atom::Exists(exists) => exists.values(),
        }
    }

    /// The values that it compares, to be changed.
    pub fn values_mut(&mut self) -> Vec<&mut Value> {
        match self {
            Atom::Compare { left, right, .. } => vec![left, right],
            Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => vec![value],
            Atom::Contains { array, element, .. } => vec![array, element],
            Atom::Part { whole, part, .. } => vec![whole, part],
            Atom::Has { whole, of, .. } => [whole, of].into_iter().filter_map(|list| list.value_mut()).collect(),
            Atom::IgnoringCase(inner) => inner.values_mut(),
            Atom::EmptySet { .. }
            | Atom::Can(_)
            | Atom::Sql { .. }
            | Atom::SignedIn
            | Atom::Nobody
            | Atom::HoldsGlobally { .. } => Vec::new(),
            Atom::Exists(exists) => exists.values_mut(),
        }
    }

    /// The record paths in it. Those of raw SQL are not known; see [`Atom::is_opaque`].
    pub fn record_paths(&self) -> Vec<&Path> {
        match self {
            Atom::Exists(exists) => exists.paths(),
            Atom::Can(can) => can.paths(),
            _ => self.values().into_iter().filter_map(Value::record).collect(),
        }
    }

    /// Whether it may depend on any column of the record.
    pub fn is_opaque(&self) -> bool {
        matches!(self, Atom::Sql { .. })
    }
}

impl Condition {
    /// Calls `visit` with every statement, not with those inside of statements about other tables.
    pub fn for_each_own_atom<'a>(&'a self, visit: &mut impl FnMut(&'a Atom)) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.for_each_own_atom(visit)),
            Condition::Not(inner) => inner.for_each_own_atom(visit),
            Condition::Atom(atom) => visit(atom),
        }
    }

    /// Whether the access to another record is part of it.
    pub fn asks_for_access(&self) -> bool {
        let mut found = false;
        self.for_each_atom(&mut |atom| found |= matches!(atom, Atom::Can(_)));
        found
    }

    /// Calls `visit` with every statement, also those inside of statements about other tables.
    pub fn for_each_atom<'a>(&'a self, visit: &mut impl FnMut(&'a Atom)) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.for_each_atom(visit)),
            Condition::Not(inner) => inner.for_each_atom(visit),
            Condition::Atom(atom) => {
                visit(atom);
                if let Atom::Exists(exists) = &**atom {
                    exists.condition.for_each_atom(visit);
                }
            }
        }
    }
}

/// The order is total for every supported type (manual sections 9.2 and 8.1.3: NaN is equal to itself and greater
/// than all numbers), so each comparison has an exact opposite.
pub(crate) fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Greater => Comparison::AtMost,
        Comparison::AtMost => Comparison::Greater,
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtLeast => Comparison::Less,
    }
}
