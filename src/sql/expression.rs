//! The part of SQL's expressions that is generated, as a tree. `render.rs` writes it.

use super::session_value::SessionValue;
use crate::catalog::QualifiedName;

/// The function of a call, its name already as SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Callee {
    /// One that is generated. Policies that call it need it, and the right to call it.
    Ours(String),
    /// One of PostgreSQL's, or of the project.
    Known(String),
}

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// `table.column`, the table by its alias.
    Column { alias: String, column: String },
    /// `'text'`
    Text(String),
    /// `12.5`, digits as written.
    Number(String),
    /// `true`, `false`
    Boolean(bool),
    /// A word that is a value: `session_user`, `NULL`
    Word(&'static str),
    /// An expression of the rules' author, in parentheses.
    Raw(String),
    /// A column's default as the schema file has it, in parentheses.
    Default(String),
    /// `ROW(…)`
    Record(Vec<Expression>),
    /// The parts of a value of several columns. What is written still compares or hands over each by itself.
    Tuple(Vec<Expression>),
    /// `expression COLLATE name`, the name as SQL.
    Collate(Box<Expression>, String),
    /// `CASE WHEN condition THEN expression END`
    Case { condition: Box<Expression>, then: Box<Expression> },
    /// `CASE hint() WHEN true THEN … ELSE … END`, of which the planner keeps one: shapes of the same (`hints.rs`).
    Planned { hint: Box<Expression>, then: Box<Expression>, otherwise: Box<Expression> },
    /// `ARRAY[…]::text[]`
    List(Vec<Expression>),
    /// `CASE WHEN $n = 'text' THEN condition … ELSE false END`; without cases, `false`
    Choose { on: usize, cases: Vec<(String, Expression)> },
    /// `$1`
    Parameter(usize),
    /// `function(…)`
    Call { function: Callee, arguments: Vec<Expression> },
    /// `expression::type`, the type already as SQL.
    Cast(Box<Expression>, String),
    /// `left operator right`
    Binary(Box<Expression>, String, Box<Expression>),
    /// `left operator ANY (array)`, or `ALL`
    Array { left: Box<Expression>, operator: String, all: bool, array: Box<Expression> },
    /// `left operator ANY (SELECT unnest(array))`, with an operator of equality: PostgreSQL looks it up in a hash table, where it would compare a value with
    /// each element of an array.
    InArray { left: Box<Expression>, operator: String, array: Box<Expression> },
    /// `left IN (SELECT …)`, a row among rows.
    InRows { left: Box<Expression>, rows: Box<Select> },
    /// `value BETWEEN least AND greatest`
    Between { value: Box<Expression>, least: Box<Expression>, greatest: Box<Expression> },
    /// `left IN (…)` or `left NOT IN (…)`
    In { left: Box<Expression>, negated: bool, list: Vec<Expression> },
    /// `expression IS NULL` or `IS NOT NULL`
    Null { inner: Box<Expression>, negated: bool },
    /// `(array)[n]`
    Element(Box<Expression>, i32),
    /// `expression AT TIME ZONE 'zone'`
    AtTimeZone(Box<Expression>, String),
    /// `NOT (expression)`
    Not(Box<Expression>),
    /// `(expression) IS NOT TRUE`
    NotTrue(Box<Expression>),
    /// `… AND …`; nothing is true.
    And(Vec<Expression>),
    /// `… OR …`; nothing is false.
    Or(Vec<Expression>),
    /// `expression AS name, …`, what a view shows.
    Row(Vec<(String, Expression)>),
    /// What the session says, asked by the caller; see [`SessionValue`]. Nothing that is written still has one.
    Session(SessionValue),
    /// `(SELECT expression)`: evaluated once per statement instead of once per row, where it stands in a policy.
    PerStatement(Box<Expression>),
    /// `(SELECT … FROM …)`
    Scalar(Box<Select>),
    /// `ARRAY(SELECT …)`
    ArrayOf(Box<Select>),
    /// `EXISTS (SELECT …)`
    Exists(Box<Select>),
    /// `ARRAY(SELECT expression … GROUP BY expression HAVING count(*) >= n)`: what so many rows have.
    ArrayOfRepeated(Box<Select>, u32),
    /// `ARRAY(SELECT … ORDER BY …)`
    ArrayInOrder(Box<Select>, Vec<Expression>),
    /// `ARRAY(WITH RECURSIVE name AS (start UNION step) SELECT name.key FROM name)`
    Reached(Box<Walk>),
    /// `EXISTS (SELECT … OFFSET n - 1)`: whether there are so many rows.
    AtLeast(Box<Select>, u32),
    /// `EXISTS (SELECT … OFFSET 0)`, which PostgreSQL asks for each row by itself: it makes no join of it.
    ExistsApart(Box<Select>),
}

/// Rows that lead to others, and these to others again: where it begins, and what comes after a row that has been found, beside what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Walk {
    /// What the rows that have been found are called; their column `key` is the answer.
    pub(super) name: String,
    pub(super) start: Select,
    pub(super) step: Select,
}

/// `SELECT expression [FROM …] [WHERE condition]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Select {
    pub(super) expression: Expression,
    pub(super) from: Option<From>,
    pub(super) condition: Option<Expression>,
}

/// What a select reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// `table AS alias`. Of some tables all rows have to be seen: where one that is missed would grant.
    Table { name: QualifiedName, alias: String, is_complete: bool, changes: Option<Changes> },
    /// `function(…) AS alias`: what a window shows of a table of others.
    Window { call: Box<Expression>, alias: String },
    /// `unnest(array) AS alias`
    Elements { array: Box<Expression>, alias: &'static str },
    /// Rows that a function is given.
    Given(Vec<Given>),
    /// `unnest(array, …) AS alias (name, …)`: rows whose columns are arrays of one length.
    Arrays { arrays: Vec<(String, Expression)>, alias: String },
    /// `unnest($1, …) AS asked (k1, …)`: as many arguments, arrays, element by element.
    Keys(usize),
    /// `(SELECT expression AS name, … FROM …) AS alias`, the expressions over rows that are given.
    Steps { expressions: Vec<(String, Expression)>, given: Vec<Given>, alias: String },
}

/// That the statement which asks changes what it is told, so that it is asked anew for each record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Changes {
    /// No more than that.
    Anew,
    /// Where rows that are there refuse, or too few do not grant, nobody else may change them before the transaction ends. That would be all rows of the table.
    Alone,
    /// Only those with one key, the first argument of the function, or so many first ones.
    AloneByKey(usize),
    /// Only those of the signed-in user.
    AloneByUser,
}

/// `(SELECT $1 AS name, …) AS alias`: a row made of a function's arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) alias: String,
    /// Names and the positions of the arguments.
    pub(super) columns: Vec<(String, usize)>,
}

impl Expression {
    pub(super) fn binary(left: Expression, operator: impl Into<String>, right: Expression) -> Expression {
        Expression::Binary(Box::new(left), operator.into(), Box::new(right))
    }

    /// One of two shapes, as a hint says.
    pub(super) fn planned(hint: Expression, then: Expression, otherwise: Expression) -> Expression {
        Expression::Planned { hint: Box::new(hint), then: Box::new(then), otherwise: Box::new(otherwise) }
    }

    /// All of them, those of an AND among them one by one.
    pub(super) fn all(parts: impl IntoIterator<Item = Expression>) -> Expression {
        let mut flat = Vec::new();
        for part in parts {
            match part {
                Expression::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        Expression::And(flat)
    }

    /// `function(…)` of a built-in function.
    pub(super) fn call(function: &str, arguments: Vec<Expression>) -> Expression {
        Expression::Call { function: Callee::Known(function.to_owned()), arguments }
    }

    /// Whether no element of an array is equal to `left`, for an array without empty elements. `operator`: that of equality.
    pub(super) fn none_of(left: Expression, operator: String, array: Expression) -> Expression {
        Expression::Not(Box::new(Expression::InArray { left: Box::new(left), operator, array: Box::new(array) }))
    }

    pub(super) fn cast(self, r#type: impl Into<String>) -> Expression {
        Expression::Cast(Box::new(self), r#type.into())
    }

    pub(super) fn collate(self, collation: impl Into<String>) -> Expression {
        Expression::Collate(Box::new(self), collation.into())
    }

    pub(super) fn null_test(self, negated: bool) -> Expression {
        match self {
            // One that lacks a part is no value.
            Expression::Tuple(parts) => {
                let tests = parts.into_iter().map(|part| part.null_test(negated)).collect();
                if negated { Expression::And(tests) } else { Expression::Or(tests) }
            }
            single => Expression::Null { inner: Box::new(single), negated },
        }
    }

    /// Evaluated once per statement; what the session says is anyway.
    pub(super) fn once(self) -> Expression {
        match self {
            Expression::PerStatement(_) | Expression::Session(_) => self,
            other => Expression::PerStatement(Box::new(other)),
        }
    }

    /// Calls `visit` with the expression and every part of it, those of its selects included.
    pub(super) fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        match self {
            Expression::Scalar(select)
            | Expression::ArrayOf(select)
            | Expression::Exists(select)
            | Expression::AtLeast(select, _)
            | Expression::ArrayOfRepeated(select, _)
            | Expression::ArrayInOrder(select, _)
            | Expression::ExistsApart(select) => select.for_each(visit),
            Expression::InRows { left, rows } => {
                left.for_each(visit);
                rows.for_each(visit);
            }
            Expression::Reached(walk) => [&walk.start, &walk.step].into_iter().for_each(|select| select.for_each(visit)),
            Expression::PerStatement(inner)
            | Expression::Cast(inner, _)
            | Expression::Null { inner, .. }
            | Expression::Element(inner, _)
            | Expression::AtTimeZone(inner, _)
            | Expression::Collate(inner, _)
            | Expression::NotTrue(inner)
            | Expression::Not(inner) => inner.for_each(visit),
            Expression::List(parts)
            | Expression::Record(parts)
            | Expression::Tuple(parts)
            | Expression::And(parts)
            | Expression::Or(parts) => parts.iter().for_each(|part| part.for_each(visit)),
            Expression::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.for_each(visit)),
            Expression::Choose { cases, .. } => cases.iter().for_each(|(_, then)| then.for_each(visit)),
            Expression::Planned { hint, then, otherwise } => {
                [hint, then, otherwise].into_iter().for_each(|part| part.for_each(visit));
            }
            Expression::Row(columns) => columns.iter().for_each(|(_, value)| value.for_each(visit)),
            Expression::Case { condition: one, then: two }
            | Expression::Binary(one, _, two)
            | Expression::InArray { left: one, array: two, .. }
            | Expression::Array { left: one, array: two, .. } => {
                one.for_each(visit);
                two.for_each(visit);
            }
            Expression::Between { value, least, greatest } => {
                [value, least, greatest].into_iter().for_each(|part| part.for_each(visit));
            }
            Expression::In { left, list, .. } => {
                left.for_each(visit);
                list.iter().for_each(|item| item.for_each(visit));
            }
            Expression::Column { .. }
            | Expression::Text(_)
            | Expression::Number(_)
            | Expression::Boolean(_)
            | Expression::Raw(_)
            | Expression::Default(_)
            | Expression::Word(_)
            | Expression::Session(_)
            | Expression::Parameter(_) => {}
        }
    }

    /// What it is made of, one level down.
    pub(super) fn children_mut(&mut self) -> Vec<&mut Expression> {
        match self {
            Expression::Scalar(select)
            | Expression::ArrayOf(select)
            | Expression::Exists(select)
            | Expression::AtLeast(select, _)
            | Expression::ArrayOfRepeated(select, _)
            | Expression::ArrayInOrder(select, _)
            | Expression::ExistsApart(select) => select.children_mut(),
            Expression::InRows { left, rows } => std::iter::once(&mut **left).chain(rows.children_mut()).collect(),
            Expression::Reached(walk) => walk.children_mut(),
            Expression::PerStatement(inner)
            | Expression::Cast(inner, _)
            | Expression::Null { inner, .. }
            | Expression::Element(inner, _)
            | Expression::AtTimeZone(inner, _)
            | Expression::Collate(inner, _)
            | Expression::NotTrue(inner)
            | Expression::Not(inner) => vec![inner],
            Expression::List(parts)
            | Expression::Record(parts)
            | Expression::Tuple(parts)
            | Expression::And(parts)
            | Expression::Or(parts) => parts.iter_mut().collect(),
            Expression::Call { arguments, .. } => arguments.iter_mut().collect(),
            Expression::Choose { cases, .. } => cases.iter_mut().map(|(_, then)| then).collect(),
            Expression::Planned { hint, then, otherwise } => vec![hint, then, otherwise],
            Expression::Row(columns) => columns.iter_mut().map(|(_, value)| value).collect(),
            Expression::Case { condition: one, then: two }
            | Expression::Binary(one, _, two)
            | Expression::InArray { left: one, array: two, .. }
            | Expression::Array { left: one, array: two, .. } => vec![one, two],
            Expression::Between { value, least, greatest } => vec![value, least, greatest],
            Expression::In { left, list, .. } => std::iter::once(&mut **left).chain(list).collect(),
            Expression::Column { .. }
            | Expression::Text(_)
            | Expression::Number(_)
            | Expression::Boolean(_)
            | Expression::Raw(_)
            | Expression::Default(_)
            | Expression::Word(_)
            | Expression::Session(_)
            | Expression::Parameter(_) => Vec::new(),
        }
    }

    /// Puts something in the place of each session value; `replace` is told whether it stands where it is asked once per statement.
    pub(super) fn replace_session(&mut self, is_once: bool, replace: &mut impl FnMut(&SessionValue, bool) -> Expression) {
        if let Expression::Session(value) = self {
            *self = replace(value, is_once);
            return;
        }
        let is_once = is_once || matches!(self, Expression::PerStatement(_));
        self.children_mut().into_iter().for_each(|child| child.replace_session(is_once, replace));
    }

    /// What stands in a place without sub-selects: a trigger's WHEN, or an expression that is asked once already.
    pub(super) fn without_selects(mut self) -> Expression {
        while let Expression::PerStatement(inner) = self {
            self = *inner;
        }
        for child in self.children_mut() {
            let inner = std::mem::replace(child, Expression::Boolean(false));
            *child = inner.without_selects();
        }
        self
    }
}
