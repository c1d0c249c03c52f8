//! Predicates: conditions without negation, simplified. In: conditions of the model. Out: trees of all and any over single
//! statements.
//!
//! A policy admits a row when its expression is true; false and unknown both deny. With every negation pushed into the statements
//! (De Morgan holds in three-valued logic), only "true or not" matters at each node, and the laws used here keep exactly that:
//! associativity, idempotence, absorption and distribution hold in Kleene's logic. `a or not a` is not used: it may be unknown.

use std::sync::Arc;

use crate::model::{Atom, Comparison, Condition, Literal, Set, Value};

/// A simplified condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// Admits nothing.
    Never,
    /// Admits everything.
    Always,
    /// All of them; two or more, none of them another `All`.
    All(Vec<Predicate>),
    /// Any of them; two or more, none of them another `Any`.
    Any(Vec<Predicate>),
    /// A single statement; shared, because grants and clauses repeat it.
    Atom(Arc<Atom>),
}

impl From<Atom> for Predicate {
    fn from(atom: Atom) -> Predicate {
        Predicate::Atom(Arc::new(atom))
    }
}

/// Statements that must all be true.
pub(crate) type Clause = Vec<Arc<Atom>>;

/// More alternatives than this are not multiplied out; what depends on it is then not simplified, or not called exact.
const MAX_CLAUSES: usize = 64;

impl Predicate {
    /// The predicate of a condition.
    pub fn from_condition(condition: &Condition) -> Predicate {
        Predicate::convert(condition, false)
    }

    /// Calls `visit` with every statement about the row itself.
    pub fn for_each_atom<'a>(&'a self, visit: &mut impl FnMut(&'a Atom)) {
        match self {
            Predicate::Never | Predicate::Always => {}
            Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| part.for_each_atom(visit)),
            Predicate::Atom(atom) => visit(atom),
        }
    }

    /// The same as a condition.
    pub fn to_condition(&self) -> Condition {
        match self {
            Predicate::Always => Condition::All(Vec::new()),
            Predicate::Never => Condition::Any(Vec::new()),
            Predicate::All(parts) => Condition::All(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Any(parts) => Condition::Any(parts.iter().map(Predicate::to_condition).collect()),
            Predicate::Atom(atom) => Condition::Atom(atom.clone()),
        }
    }

    fn convert(condition: &Condition, negated: bool) -> Predicate {
        let parts = |parts: &[Condition]| parts.iter().map(|part| Predicate::convert(part, negated)).collect::<Vec<_>>();
        match (condition, negated) {
            (Condition::Not(inner), _) => Predicate::convert(inner, !negated),
            (Condition::All(all), false) => Predicate::all(parts(all)),
            (Condition::All(all), true) => Predicate::any(parts(all)),
            (Condition::Any(any), false) => Predicate::any(parts(any)),
            (Condition::Any(any), true) => Predicate::all(parts(any)),
            (Condition::Atom(atom), false) => Predicate::Atom(atom.clone()),
            // A statement without an opposite denies when it is negated.
            (Condition::Atom(atom), true) => Atom::clone(atom).negate().map_or(Predicate::Never, Predicate::from),
        }
    }

    /// True where all are. Repetitions go, and so does what another part implies.
    pub fn all(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Predicate::Always => {}
                Predicate::Never => return Predicate::Never,
                Predicate::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        keep_strongest(&mut flat, |part, other| other.implies(part));
        if flat.len() > 1 && contradicts(&flat.iter().filter_map(Predicate::as_atom).cloned().collect()) {
            return Predicate::Never;
        }
        match flat.len() {
            0 => Predicate::Always,
            1 => flat.swap_remove(0),
            _ => Predicate::All(flat),
        }
    }

    /// True where any is. Repetitions go, and so does what implies another part; what all parts have in common is said once.
    pub fn any(parts: impl IntoIterator<Item = Predicate>) -> Predicate {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Predicate::Never => {}
                Predicate::Always => return Predicate::Always,
                Predicate::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        merge_equalities(&mut flat);
        keep_strongest(&mut flat, Predicate::implies);
        match flat.len() {
            0 => Predicate::Never,
            1 => flat.swap_remove(0),
            _ => factor(flat),
        }
    }

    fn as_atom(&self) -> Option<&Arc<Atom>> {
        match self {
            Predicate::Atom(atom) => Some(atom),
            _ => None,
        }
    }

    /// The parts that must all be true.
    pub(crate) fn conjuncts(&self) -> &[Predicate] {
        match self {
            Predicate::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// Whether `other` is true wherever this is, as far as comparing statements can tell; false when in doubt.
    pub fn implies(&self, other: &Predicate) -> bool {
        match (self, other) {
            (_, Predicate::Always) | (Predicate::Never, _) => true,
            (Predicate::Always, _) | (_, Predicate::Never) => false,
            // Reading, changing and removing are often granted alike.
            _ if self == other => true,
            (Predicate::Atom(left), Predicate::Atom(right)) => atom_implies(left, right) || self.implies_by_cases(other),
            (Predicate::Any(parts), _) => parts.iter().all(|part| part.implies(other)),
            (_, Predicate::All(parts)) => parts.iter().all(|part| self.implies(part)),
            (_, Predicate::Any(parts)) => parts.iter().any(|part| self.implies(part)) || self.implies_by_cases(other),
            (Predicate::All(parts), _) => parts.iter().any(|part| part.implies(other)) || self.implies_by_cases(other),
        }
    }

    /// Multiplied out, where there is something to multiply.
    fn implies_by_cases(&self, other: &Predicate) -> bool {
        let has_cases = |part: &Predicate| match part {
            Predicate::Any(_) => true,
            Predicate::Atom(atom) => is_list_of_user(atom),
            _ => false,
        };
        self.conjuncts().iter().any(has_cases)
            && self.may_imply(other)
            && self.clauses().is_some_and(|clauses| clauses.iter().all(|clause| clause_implies(clause, other)))
    }

    /// Whether some case could imply `other`: one of this one's statements has to imply one of the other's. Asked first, because it needs no
    /// multiplication and is mostly false.
    fn may_imply(&self, other: &Predicate) -> bool {
        let mut found = false;
        self.for_each_atom(&mut |own| {
            found = found || is_list_of_user(own) || {
                let mut implied = false;
                other.for_each_atom(&mut |atom| implied = implied || atom_implies(own, atom));
                implied
            };
        });
        found
    }

    /// Multiplied out: true where some clause is. `None` where that would be too long.
    pub(crate) fn clauses(&self) -> Option<Vec<Clause>> {
        Some(match self {
            Predicate::Never => Vec::new(),
            Predicate::Always => vec![Vec::new()],
            // What a list says of the user is taken apart, so that each case can be compared with other rules.
            Predicate::Atom(atom) => match &**atom {
                Atom::OneOf { value, list, .. } if is_list_of_user(atom) => {
                    let equals = |item: &Literal| Atom::Compare {
                        left: value.clone(),
                        operator: Comparison::Equal,
                        right: Value::Literal(item.clone()),
                    };
                    list.iter().map(|item| vec![Arc::new(equals(item))]).collect()
                }
                _ => vec![vec![atom.clone()]],
            },
            Predicate::Any(parts) => {
                let mut clauses = Vec::new();
                for part in parts {
                    clauses.extend(part.clauses()?);
                    if clauses.len() > MAX_CLAUSES {
                        return None;
                    }
                }
                clauses
            }
            Predicate::All(parts) => {
                let mut product: Vec<Clause> = vec![Vec::new()];
                for part in parts {
                    let clauses = part.clauses()?;
                    if product.len() * clauses.len() > MAX_CLAUSES {
                        return None;
                    }
                    product = product.iter().flat_map(|left| clauses.iter().map(move |right| join(left, right))).collect();
                }
                product
            }
        })
    }
}

/// A list that a value of the user is in; one that says something of the record stays as it is.
fn is_list_of_user(atom: &Atom) -> bool {
    matches!(atom, Atom::OneOf { value, negated: false, .. } if value.record().is_none())
}

/// Both clauses.
pub(crate) fn join(left: &[Arc<Atom>], right: &[Arc<Atom>]) -> Clause {
    let mut joined = left.to_vec();
    joined.extend(right.iter().filter(|atom| !left.contains(atom)).cloned());
    joined
}

/// Whether a predicate is true wherever a clause is.
pub(crate) fn clause_implies(clause: &Clause, predicate: &Predicate) -> bool {
    match predicate {
        Predicate::Always => true,
        Predicate::Never => false,
        Predicate::Atom(atom) => clause.iter().any(|own| atom_implies(own, atom)),
        Predicate::All(parts) => parts.iter().all(|part| clause_implies(clause, part)),
        Predicate::Any(parts) => parts.iter().any(|part| clause_implies(clause, part)),
    }
}

/// Whether no row and user can make all of these true: a statement and its opposite, an empty value that is compared, one value
/// that equals two constants.
pub(crate) fn contradicts(clause: &Clause) -> bool {
    // An opposite is a statement of the same kind; most have none beside them, and are not copied.
    let has_opposite = |atom: &Atom| {
        let same_kind = |other: &&Arc<Atom>| {
            !std::ptr::eq(&***other, atom) && std::mem::discriminant(&***other) == std::mem::discriminant(atom)
        };
        let mut others = clause.iter().filter(same_kind).peekable();
        others.peek().is_some() && atom.clone().negate().is_some_and(|opposite| others.any(|other| **other == opposite))
    };
    let is_compared = |value: &Value| {
        clause.iter().any(|atom| match &**atom {
            Atom::Compare { left, right, .. } => left == value || right == value,
            Atom::OneOf { value: other, .. } | Atom::Member { value: other, .. } => other == value,
            Atom::Part { whole, part, .. } => whole == value || part == value,
            _ => false,
        })
    };
    let is_impossible = |atom: &Atom| match atom {
        Atom::Empty { value, negated: false } if is_compared(value) => true,
        atom => has_opposite(atom),
    };
    if clause.iter().any(|atom| is_impossible(atom)) {
        return true;
    }
    let fixed: Vec<(&Value, &Value)> = clause
        .iter()
        .filter_map(|atom| match &**atom {
            Atom::Compare { left, operator: Comparison::Equal, right: right @ Value::Literal(_) } => Some((left, right)),
            _ => None,
        })
        .collect();
    let distinct = |a: &Value, b: &Value| match (a, b) {
        (Value::Literal(a), Value::Literal(b)) => a.text != b.text && is_exact(&a.r#type),
        _ => false,
    };
    (0..fixed.len()).any(|i| fixed[..i].iter().any(|other| other.0 == fixed[i].0 && distinct(other.1, fixed[i].1)))
}

/// Types whose values are equal only when they are written alike. Texts are not among them: citext and nondeterministic
/// collations (manual section 24.2.2.4) find different texts equal, and the schema file does not say where they are used.
fn is_exact(r#type: &crate::catalog::Type) -> bool {
    matches!(r#type, crate::catalog::Type::Enum(_) | crate::catalog::Type::Boolean)
}

fn atom_implies(left: &Atom, right: &Atom) -> bool {
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
        // What is compared is there, or the comparison would be unknown.
        (Atom::Compare { left, right, .. }, Atom::Empty { value, negated: true }) => value == left || value == right,
        (Atom::OneOf { value, .. } | Atom::Member { value, .. }, Atom::Empty { value: other, negated: true }) => value == other,
        (Atom::Part { whole, part, .. }, Atom::Empty { value, negated: true }) => value == whole || value == part,
        (Atom::Exists(exists), Atom::Empty { value: Value::Record(path), negated: true }) => {
            exists.link.as_ref().is_some_and(|link| link.path == *path)
        }
        (Atom::HoldsGlobally { membership, roles }, Atom::HoldsGlobally { membership: other, roles: others }) => {
            membership == other && roles.iter().all(|role| others.contains(role))
        }
        (
            Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(right) },
            Atom::OneOf { value, list, negated: false },
        ) => left == value && list.contains(right),
        (Atom::Compare { left, operator, right }, Atom::Compare { left: other_left, operator: other, right: other_right }) => {
            left == other_left && bound_implies(*operator, right, *other, other_right)
        }
        (Atom::OneOf { value, list, negated: false }, Atom::OneOf { value: other, list: others, negated: false }) => {
            value == other && list.iter().all(|item| others.contains(item))
        }
        _ => false,
    }
}

/// Whether `value operator right` implies `value other other_right` for numbers: less than 3 is less than 4.
fn bound_implies(operator: Comparison, right: &Value, other: Comparison, other_right: &Value) -> bool {
    use Comparison::{AtLeast, AtMost, Equal, Greater, Less};
    let (Some(right), Some(other_right)) = (small_number(right), small_number(other_right)) else { return false };
    match (operator, other) {
        (Less, Less | AtMost) | (AtMost | Equal, AtMost) => right <= other_right,
        (AtMost | Equal, Less) => right < other_right,
        (Greater, Greater | AtLeast) | (AtLeast | Equal, AtLeast) => right >= other_right,
        (AtLeast | Equal, Greater) => right > other_right,
        _ => false,
    }
}

/// A constant as a number when it is exact as one: fifteen digits fit into a double.
fn small_number(value: &Value) -> Option<f64> {
    match value {
        Value::Literal(literal) if literal.r#type.family() == crate::catalog::Family::Number && literal.text.len() <= 15 => {
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
pub(super) fn implies_signed_in(atom: &Atom) -> bool {
    match atom {
        Atom::SignedIn | Atom::Member { .. } | Atom::EmptySet { .. } | Atom::HoldsGlobally { .. } => true,
        Atom::Compare { left, right, .. } => left.mentions_user() || right.mentions_user(),
        Atom::OneOf { value, .. } | Atom::Empty { value, .. } => value.mentions_user(),
        Atom::Contains { array, element, .. } => array.mentions_user() || element.mentions_user(),
        Atom::Part { whole, part, .. } => whole.mentions_user() || part.mentions_user(),
        Atom::Exists(exists) => exists.negated && exists.of_user,
        Atom::Can { .. } | Atom::Sql { .. } => false,
    }
}

/// Drops every part for which `weaker(part, other)` says that another part makes it superfluous; of two equal ones, the later.
fn keep_strongest(parts: &mut Vec<Predicate>, weaker: impl Fn(&Predicate, &Predicate) -> bool) {
    let mut index = 0;
    while index < parts.len() {
        let superfluous = (0..parts.len()).any(|other| {
            let equivalent = other > index && weaker(&parts[other], &parts[index]);
            other != index && weaker(&parts[index], &parts[other]) && !equivalent
        });
        if superfluous {
            parts.remove(index);
        } else {
            index += 1;
        }
    }
}

/// `x equals 1 or x equals 2` as `x is one of (1, 2)`, in the place of the first.
fn merge_equalities(parts: &mut Vec<Predicate>) {
    let mut merged: Vec<Predicate> = Vec::new();
    for part in parts.drain(..) {
        let Some((value, items)) = constants(&part) else {
            merged.push(part);
            continue;
        };
        let known = merged.iter().position(|other| constants(other).is_some_and(|(other, _)| other == value));
        let Some(position) = known else {
            merged.push(part);
            continue;
        };
        let mut list: Vec<Literal> = constants(&merged[position]).map(|(_, known)| known.to_vec()).unwrap_or_default();
        list.extend(items.iter().filter(|item| !list.contains(item)).cloned().collect::<Vec<_>>());
        let value = value.clone();
        merged[position] = match list.as_slice() {
            [only] => {
                Predicate::from(Atom::Compare { left: value, operator: Comparison::Equal, right: Value::Literal(only.clone()) })
            }
            _ => Predicate::from(Atom::OneOf { value, list, negated: false }),
        };
    }
    *parts = merged;
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
    let common: Vec<Predicate> = match parts.split_first() {
        Some((first, rest)) => first
            .conjuncts()
            .iter()
            .filter(|conjunct| rest.iter().all(|part| part.conjuncts().contains(conjunct)))
            .cloned()
            .collect(),
        None => Vec::new(),
    };
    if common.is_empty() {
        return Predicate::Any(parts);
    }
    let rest =
        parts.iter().map(|part| Predicate::all(part.conjuncts().iter().filter(|conjunct| !common.contains(conjunct)).cloned()));
    let rest = Predicate::any(rest.collect::<Vec<_>>());
    Predicate::all(common.into_iter().chain([rest]))
}
