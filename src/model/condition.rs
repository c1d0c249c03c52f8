//! Conditions with their names bound: what the rules say about a record, a user and the world.

use std::sync::Arc;

use crate::catalog::{ColumnRef, TableId, Type};

pub use crate::ast::Operator as Comparison;

pub use crate::ast::{Duration, LookUp, PartPlace, TimeUnit};

use super::{MembershipId, Operation, RoleId};

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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Atom {
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
    /// Whether some row of a table makes a condition true. Unknown when the key that it is linked by is empty; when there is no such row, also where
    /// it depends on the user and nobody is signed in, and where a value from outside is empty ([`Exists::operands_from_outside`]).
    Exists(Box<Exists>),
    /// Whether the record that a path leads to may be reached with an operation. Unknown as [`Atom::Exists`] is.
    Can {
        /// What is done with it: read, update or delete.
        operation: Operation,
        /// To its key.
        path: Path,
        /// The column that the path's end references.
        target: ColumnRef,
        /// True for "cannot".
        negated: bool,
    },
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
    /// On a row of the table. Says nothing of the record itself.
    pub condition: Condition,
    /// Whether the answer depends on who is signed in, whatever the condition says.
    pub of_user: bool,
    /// The operation, where it stands for the access of the linked record.
    pub delegates: Option<Operation>,
    /// True for "no row".
    pub negated: bool,
}

impl Exists {
    /// The values from outside of its rows that it compares them with: claims, and what the user's row has. Where one is empty, that there is no
    /// such row is not known. What the condition itself asks to be empty, or not, is not among them, and neither is what decides about access: who
    /// has no claim cannot reach a record by it.
    pub fn operands_from_outside(&self) -> Vec<&Value> {
        let (mut operands, mut asked) = (Vec::new(), Vec::new());
        self.collect_operands(&mut operands, &mut asked);
        operands.retain(|value| !asked.contains(value));
        operands.sort();
        operands.dedup();
        operands
    }

    fn collect_operands<'a>(&'a self, operands: &mut Vec<&'a Value>, asked: &mut Vec<&'a Value>) {
        if self.delegates.is_none() {
            self.condition.for_each_own_atom(&mut |atom| match atom {
                Atom::Empty { value, .. } => asked.push(value),
                Atom::Exists(inner) => inner.collect_operands(operands, asked),
                other => {
                    operands
                        .extend(other.values().into_iter().filter(|value| matches!(value, Value::Claim(..) | Value::User(_))));
                }
            });
        }
    }
}

/// A value of the record and the column of another table that has to equal it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// From the record.
    pub path: Path,
    /// In the other table.
    pub column: ColumnRef,
}

/// A single value, possibly empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// From the record.
    Record(Path),
    /// From the signed-in user's row.
    User(Path),
    /// The session's identity.
    LoggedInUser,
    /// A constant.
    Literal(Literal),
    /// The statement's start, as a timestamp with or without zone.
    Now(Type),
    /// The day of the statement's start in the project's time zone, as a day or as its first moment.
    Today(Type),
    /// A moment before or after the statement's start. Days and longer units are counted by the calendar of the project's time zone.
    Shifted(Duration, Type),
    /// Of the session's token, as a value of a type; JSON where the whole claim is meant.
    Claim(Claim, Type),
}

/// Where a claim stands in the token: the keys that lead to it, at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim(pub Vec<String>);

impl Claim {
    /// Reads a name, or a path that starts with a slash (RFC 6901).
    pub fn parse(text: &str) -> Claim {
        match text.strip_prefix('/') {
            Some(path) => Claim(path.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()),
            None => Claim(vec![text.to_owned()]),
        }
    }

    /// Whether it stands in the part of a token that its holder writes without anybody's consent. Services put a prefix before the name,
    /// as in `https://example.com/user_metadata`.
    pub fn is_written_by_users(&self) -> bool {
        let names = ["user_metadata", "user_meta_data", "usermetadata", "unsafe_metadata", "unsafemetadata"];
        self.0.iter().any(|step| names.iter().any(|name| step.to_ascii_lowercase().ends_with(name)))
    }
}

/// A constant of a known type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// The value as it was written.
    pub text: String,
    /// The type that it is used as. A day used as a timestamp means its first moment in the project's time zone.
    pub r#type: Type,
    /// Whether a day was written.
    pub is_day: bool,
}

/// A step along a foreign key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hop {
    /// The referencing column.
    pub foreign_key: ColumnRef,
    /// The referenced column, unique in its table.
    pub target: ColumnRef,
}

/// A column reached from a row along foreign keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    /// The table that it starts from.
    pub table: TableId,
    /// The steps.
    pub hops: Vec<Hop>,
    /// The column at the end, in the last step's table.
    pub column: ColumnRef,
}

/// What a membership gives the signed-in user. Never contains empty values; empty when nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Set {
    /// The membership.
    pub membership: MembershipId,
    /// Only where the user holds one of these roles, ordered.
    pub roles: Option<Vec<RoleId>>,
    /// What is taken from each scope, instead of its key.
    pub tail: Option<Path>,
}

impl Path {
    /// The path without its first step, from the table that the step leads to.
    pub fn after_first_hop(&self) -> Option<(Hop, Path)> {
        let (&first, rest) = self.hops.split_first()?;
        let path = Path { table: first.target.table, hops: rest.to_vec(), column: self.column };
        Some((first, path))
    }

    /// The path that ends where `hop`'s target table has `column`.
    pub fn through(&self, hop: Hop, column: ColumnRef) -> Path {
        let mut hops = self.hops.clone();
        hops.push(hop);
        Path { table: self.table, hops, column }
    }
}

impl Value {
    /// The path from the record, if the value depends on it.
    pub fn record(&self) -> Option<&Path> {
        match self {
            Value::Record(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it depends on who is signed in.
    pub fn mentions_user(&self) -> bool {
        matches!(self, Value::User(_) | Value::LoggedInUser)
    }
}

impl Atom {
    /// The statement that is true exactly when this one is false, and unknown when it is unknown. `None` where the
    /// language has no such statement.
    pub fn negate(self) -> Option<Atom> {
        Some(match self {
            Atom::Compare { left, operator, right } => Atom::Compare { left, operator: opposite(operator), right },
            Atom::OneOf { value, list, negated } => Atom::OneOf { value, list, negated: !negated },
            Atom::Member { value, set, negated } => Atom::Member { value, set, negated: !negated },
            Atom::Empty { value, negated } => Atom::Empty { value, negated: !negated },
            Atom::EmptySet { set, negated } => Atom::EmptySet { set, negated: !negated },
            Atom::Contains { array, element, negated } => Atom::Contains { array, element, negated: !negated },
            Atom::Part { whole, place, part, negated } => Atom::Part { whole, place, part, negated: !negated },
            Atom::Exists(exists) => Atom::Exists(Box::new(Exists { negated: !exists.negated, ..*exists })),
            Atom::Can { operation, path, target, negated } => Atom::Can { operation, path, target, negated: !negated },
            Atom::Sql { table, text, negated } => Atom::Sql { table, text, negated: !negated },
            Atom::SignedIn | Atom::HoldsGlobally { .. } => return None,
        })
    }

    /// The values that it compares.
    pub fn values(&self) -> Vec<&Value> {
        match self {
            Atom::Compare { left, right, .. } => vec![left, right],
            Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => vec![value],
            Atom::Contains { array, element, .. } => vec![array, element],
            Atom::Part { whole, part, .. } => vec![whole, part],
            Atom::EmptySet { .. }
            | Atom::Exists(_)
            | Atom::Can { .. }
            | Atom::Sql { .. }
            | Atom::SignedIn
            | Atom::HoldsGlobally { .. } => Vec::new(),
        }
    }

    /// The record paths in it. Those of raw SQL are not known; see [`Atom::is_opaque`].
    pub fn record_paths(&self) -> Vec<&Path> {
        match self {
            Atom::Exists(exists) => exists.link.iter().map(|link| &link.path).collect(),
            Atom::Can { path, .. } => vec![path],
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
fn opposite(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Greater => Comparison::AtMost,
        Comparison::AtMost => Comparison::Greater,
        Comparison::Less => Comparison::AtLeast,
        Comparison::AtLeast => Comparison::Less,
    }
}
