//! What an expression says, once its names are looked up and its helpers are put in their place. Each kind of statement here is one that the language of rules can say.

use crate::catalog::{ColumnRef, QualifiedName, TableId};

/// A row that is spoken of; 0 is the record that the policy is about.
pub(super) type Row = usize;

/// The record.
pub(super) const RECORD: Row = 0;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    /// A column of a row, or of the row that references lead to from there.
    Column {
        row: Row,
        hops: Vec<ColumnRef>,
        column: ColumnRef,
    },
    /// What the session says.
    Session(Session),
    Text(String),
    Number(String),
    Boolean(bool),
    Null,
    /// The statement's or transaction's start, so many units later: `(0, "")` is now.
    Moment(i64, &'static str),
    List(Vec<Value>),
    /// A column of another type as a text: the same where the column is, and in another order.
    AsText(Box<Value>),
    /// A value of the one row, if there is one, that a condition is true of.
    Of(Box<Found>),
}

/// The row that a value is taken from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    pub rows: Vec<(Row, TableId)>,
    pub condition: Condition,
    pub value: Value,
}

/// Something that the session says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Session {
    /// `auth.uid()`
    SupabaseUser,
    /// `auth.user_id()`
    NeonUser,
    /// What a function of the project says.
    Function(QualifiedName),
    /// A claim of the token in a setting, or of the platform's.
    Claim { setting: String, path: Vec<String> },
    /// A setting that is no token.
    Setting(String),
    /// `session_user`
    Login,
    /// `current_user`
    DatabaseRole,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A statement in SQL's three-valued logic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Condition {
    Constant(bool),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare(Value, Operator, Value),
    /// With true, that it is not empty.
    Empty(Value, bool),
    /// With true, that it is none of them.
    OneOf(Value, Vec<Value>, bool),
    /// Whether an array has a value.
    Contains(Value, Value),
    /// Whether a text starts with another.
    StartsWith(Value, String),
    /// A row of a table that a condition is true of; with true, that there is none.
    Exists {
        row: Row,
        table: TableId,
        condition: Box<Condition>,
        negated: bool,
    },
    /// What the language does not say, on the record, as SQL.
    Sql(String),
}

impl Operator {
    pub fn read(text: &str) -> Option<Operator> {
        Some(match text {
            "=" => Operator::Equal,
            "<>" | "!=" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::AtMost,
            ">" => Operator::Greater,
            ">=" => Operator::AtLeast,
            _ => return None,
        })
    }

    /// The one that means the same with its operands exchanged.
    pub fn flipped(self) -> Operator {
        match self {
            Operator::Less => Operator::Greater,
            Operator::AtMost => Operator::AtLeast,
            Operator::Greater => Operator::Less,
            Operator::AtLeast => Operator::AtMost,
            same => same,
        }
    }
}

impl Value {
    pub fn column(row: Row, column: ColumnRef) -> Value {
        Value::Column { row, hops: Vec::new(), column }
    }

    /// The column itself, where only whether it is the same is asked.
    pub fn of_any_order(self) -> Value {
        match self {
            Value::AsText(inner) => *inner,
            other => other,
        }
    }

    /// Goes through all values that it consists of.
    pub fn visit(&self, see: &mut dyn FnMut(&Value)) {
        see(self);
        match self {
            Value::List(items) => items.iter().for_each(|item| item.visit(see)),
            Value::AsText(inner) => inner.visit(see),
            Value::Of(found) => {
                found.condition.visit(see);
                found.value.visit(see);
            }
            _ => {}
        }
    }

    fn change(&mut self, by: &mut dyn FnMut(&mut Value)) {
        by(self);
        match self {
            Value::List(items) => items.iter_mut().for_each(|item| item.change(by)),
            Value::AsText(inner) => inner.change(by),
            Value::Of(found) => {
                found.condition.change(by);
                found.value.change(by);
            }
            _ => {}
        }
    }
}

impl Condition {
    /// All of them, said shortly: what is true anyway is left out, and what is false makes all false. Nothing here tells unknown from false, so it is for places where both deny.
    pub fn all(parts: impl IntoIterator<Item = Condition>) -> Condition {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Condition::All(inner) => inner.into_iter().for_each(|one| push_new(&mut flat, one)),
                Condition::Constant(true) => {}
                Condition::Constant(false) => return Condition::Constant(false),
                other => push_new(&mut flat, other),
            }
        }
        match flat.len() {
            0 => Condition::Constant(true),
            1 => flat.remove(0),
            _ => Condition::All(flat),
        }
    }

    /// Any of them.
    pub fn any(parts: impl IntoIterator<Item = Condition>) -> Condition {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Condition::Any(inner) => inner.into_iter().for_each(|one| push_new(&mut flat, one)),
                Condition::Constant(false) => {}
                Condition::Constant(true) => return Condition::Constant(true),
                other => push_new(&mut flat, other),
            }
        }
        match flat.len() {
            0 => Condition::Constant(false),
            1 => flat.remove(0),
            _ => Condition::Any(flat),
        }
    }

    /// The opposite; unknown stays unknown.
    pub fn opposite(self) -> Condition {
        match self {
            Condition::Constant(value) => Condition::Constant(!value),
            Condition::Not(inner) => *inner,
            Condition::Compare(value, Operator::Equal, Value::Boolean(is)) => {
                Condition::Compare(value, Operator::Equal, Value::Boolean(!is))
            }
            Condition::Empty(value, negated) => Condition::Empty(value, !negated),
            Condition::Exists { row, table, condition, negated } => {
                Condition::Exists { row, table, condition, negated: !negated }
            }
            other => Condition::Not(Box::new(other)),
        }
    }

    /// The parts that all have to be true.
    pub fn conjuncts(&self) -> &[Condition] {
        match self {
            Condition::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// The same, taken apart.
    pub fn into_conjuncts(self) -> Vec<Condition> {
        match self {
            Condition::All(parts) => parts,
            other => vec![other],
        }
    }

    /// Goes through all values.
    pub fn visit(&self, see: &mut dyn FnMut(&Value)) {
        match self {
            Condition::Constant(_) | Condition::Sql(_) => {}
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.visit(see)),
            Condition::Not(inner) | Condition::Exists { condition: inner, .. } => inner.visit(see),
            Condition::Compare(left, _, right) | Condition::Contains(left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Condition::Empty(value, _) | Condition::StartsWith(value, _) => value.visit(see),
            Condition::OneOf(value, list, _) => {
                value.visit(see);
                list.iter().for_each(|item| item.visit(see));
            }
        }
    }

    /// Changes all values.
    pub fn change(&mut self, by: &mut dyn FnMut(&mut Value)) {
        match self {
            Condition::Constant(_) | Condition::Sql(_) => {}
            Condition::All(parts) | Condition::Any(parts) => parts.iter_mut().for_each(|part| part.change(by)),
            Condition::Not(inner) | Condition::Exists { condition: inner, .. } => inner.change(by),
            Condition::Compare(left, _, right) | Condition::Contains(left, right) => {
                left.change(by);
                right.change(by);
            }
            Condition::Empty(value, _) | Condition::StartsWith(value, _) => value.change(by),
            Condition::OneOf(value, list, _) => {
                value.change(by);
                list.iter_mut().for_each(|item| item.change(by));
            }
        }
    }

    /// Whether it asks for rows of a table; with true, for there being none, however deep below a NOT.
    pub fn asks_for(&self, of: TableId, refuses: bool) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().any(|part| part.asks_for(of, refuses)),
            Condition::Not(inner) => inner.asks_for(of, false),
            Condition::Exists { table, condition, negated, .. } => {
                (*table == of && (*negated || !refuses)) || condition.asks_for(of, refuses && !negated)
            }
            _ => false,
        }
    }

    /// Whether it speaks of a row.
    pub fn mentions(&self, row: Row) -> bool {
        let mut found = false;
        self.visit(&mut |value| found |= matches!(value, Value::Column { row: of, .. } if *of == row));
        found
    }

    /// Whether it cannot be true unless the session says something.
    pub fn needs(&self, session: &Session) -> bool {
        let is = |value: &Value| matches!(value, Value::Session(said) if said == session);
        match self {
            Condition::All(parts) => parts.iter().any(|part| part.needs(session)),
            Condition::Any(parts) => !parts.is_empty() && parts.iter().all(|part| part.needs(session)),
            Condition::Constant(value) => !value,
            Condition::Compare(left, _, right) | Condition::Contains(left, right) => is(left) || is(right),
            Condition::Not(inner) => matches!(inner.as_ref(), Condition::Compare(left, _, right) if is(left) || is(right)),
            Condition::Empty(value, true) => is(value),
            Condition::OneOf(value, ..) => is(value),
            Condition::Exists { condition, negated: false, .. } => condition.needs(session),
            Condition::Empty(..) | Condition::StartsWith(..) | Condition::Exists { .. } | Condition::Sql(_) => false,
        }
    }
}

fn push_new(list: &mut Vec<Condition>, one: Condition) {
    if !list.contains(&one) {
        list.push(one);
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Session, Value};

    #[test]
    fn what_decides_anyway_decides() {
        let part = || Condition::Empty(Value::Null, false);
        assert_eq!(Condition::all([part(), Condition::Constant(true), part()]), part());
        assert_eq!(Condition::all([part(), Condition::Constant(false)]), Condition::Constant(false));
        assert_eq!(Condition::any([part(), Condition::Constant(true)]), Condition::Constant(true));
        assert_eq!(Condition::any([]), Condition::Constant(false));
    }

    #[test]
    fn what_one_arm_does_without_is_not_needed() {
        let user = || Value::Session(Session::SupabaseUser);
        let of_user = || Condition::Compare(Value::Null, super::Operator::Equal, user());
        let open = || Condition::Empty(Value::Null, false);
        assert!(Condition::all([of_user(), open()]).needs(&Session::SupabaseUser));
        assert!(!Condition::any([of_user(), open()]).needs(&Session::SupabaseUser));
        assert!(!Condition::Empty(user(), false).needs(&Session::SupabaseUser));
    }
}
