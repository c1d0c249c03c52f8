//! The part of SQL's expressions that is generated, as a tree, and its text. The text is what reviewers read: short ones stay
//! on a line, long ones are broken at AND and OR.

use std::fmt;

use super::quote::{identifier, literal, qualified};
use crate::catalog::QualifiedName;

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
    /// `expression COLLATE "C"`
    Collate(Box<Expression>),
    /// `CASE WHEN condition THEN expression END`
    Case { condition: Box<Expression>, then: Box<Expression> },
    /// `ARRAY[…]::text[]`
    List(Vec<Expression>),
    /// `CASE WHEN $n = 'text' THEN condition … ELSE false END`; without cases, `false`
    Choose { on: usize, cases: Vec<(String, Expression)> },
    /// `$1`
    Parameter(usize),
    /// `function(…)`, its name already as SQL.
    Call { function: String, arguments: Vec<Expression> },
    /// `expression::type`, the type already as SQL.
    Cast(Box<Expression>, String),
    /// `left operator right`
    Binary(Box<Expression>, String, Box<Expression>),
    /// `left operator ANY (array)`, or `ALL`
    Array { left: Box<Expression>, operator: String, all: bool, array: Box<Expression> },
    /// `value BETWEEN least AND greatest`
    Between { value: Box<Expression>, least: Box<Expression>, greatest: Box<Expression> },
    /// `left IN (…)` or `left NOT IN (…)`
    In { left: Box<Expression>, negated: bool, list: Vec<Expression> },
    /// `expression IS NULL` or `IS NOT NULL`
    Null { inner: Box<Expression>, negated: bool },
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
    /// `(SELECT …)`
    Scalar(Box<Select>),
    /// `ARRAY(SELECT …)`
    ArrayOf(Box<Select>),
    /// `EXISTS (SELECT …)`
    Exists(Box<Select>),
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
    /// `table AS alias`
    Table(QualifiedName, String),
    /// `(SELECT row.*) AS alias`: a row that is in scope, under another name.
    Renamed { row: String, alias: String },
    /// Rows that a function is given.
    Given(Vec<Given>),
    /// `(SELECT expression AS name, … FROM …) AS alias`, the expressions over rows that are given.
    Steps { expressions: Vec<(String, Expression)>, given: Vec<Given>, alias: String },
}

/// `(SELECT $1 AS name, …) AS alias`: a row made of a function's arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) alias: String,
    /// Names and the positions of the arguments.
    pub(super) columns: Vec<(String, usize)>,
}

/// Longer lines are broken where they can be.
const LINE_WIDTH: usize = 100;

impl Expression {
    pub(super) fn binary(left: Expression, operator: impl Into<String>, right: Expression) -> Expression {
        Expression::Binary(Box::new(left), operator.into(), Box::new(right))
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
        Expression::Call { function: function.to_owned(), arguments }
    }

    pub(super) fn cast(self, r#type: impl Into<String>) -> Expression {
        Expression::Cast(Box::new(self), r#type.into())
    }

    pub(super) fn null_test(self, negated: bool) -> Expression {
        Expression::Null { inner: Box::new(self), negated }
    }

    /// `(SELECT expression)`: evaluated once per execution instead of once per row.
    pub(super) fn once(self) -> Expression {
        Expression::Scalar(Box::new(Select { expression: self, from: None, condition: None }))
    }

    /// Calls `visit` with the expression and every part of it, those of its selects included.
    pub(super) fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        visit(self);
        match self {
            Expression::Scalar(select) | Expression::ArrayOf(select) | Expression::Exists(select) => select.for_each(visit),
            Expression::Cast(inner, _)
            | Expression::Null { inner, .. }
            | Expression::AtTimeZone(inner, _)
            | Expression::Collate(inner)
            | Expression::NotTrue(inner)
            | Expression::Not(inner) => inner.for_each(visit),
            Expression::List(parts) | Expression::And(parts) | Expression::Or(parts) => {
                parts.iter().for_each(|part| part.for_each(visit))
            }
            Expression::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.for_each(visit)),
            Expression::Choose { cases, .. } => cases.iter().for_each(|(_, then)| then.for_each(visit)),
            Expression::Row(columns) => columns.iter().for_each(|(_, value)| value.for_each(visit)),
            Expression::Case { condition: one, then: two }
            | Expression::Binary(one, _, two)
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
            | Expression::Word(_)
            | Expression::Parameter(_) => {}
        }
    }

    /// The text on one line.
    pub(super) fn text(&self) -> String {
        self.to_string()
    }

    /// The text as an operand, in parentheses where precedence asks for them or a reader might wonder.
    fn operand(&self) -> Operand<'_> {
        Operand(self)
    }

    /// `text AS name`, unless it is the column of that name.
    fn named(&self, name: &str, text: String) -> String {
        match self {
            Expression::Column { column, .. } if column == name => text,
            _ => format!("{text} AS {}", identifier(name)),
        }
    }

    /// As [`Self::pretty`], in parentheses where an operand needs them.
    fn pretty_operand(&self, indent: usize) -> String {
        let text = self.pretty(indent);
        if text.contains('\n') {
            format!("(\n{0}{text}\n{1})", " ".repeat(indent), " ".repeat(indent.saturating_sub(2)))
        } else {
            self.operand().to_string()
        }
    }

    /// The text over several lines where it is long; every line but the first starts with `indent` blanks.
    pub(super) fn pretty(&self, indent: usize) -> String {
        if let Some(line) = short_line(self, indent) {
            return line;
        }
        let (parts, word) = match self {
            Expression::And(parts) | Expression::Or(parts) if parts.len() == 1 => return parts[0].pretty(indent),
            Expression::And(parts) => (parts, "AND"),
            Expression::Or(parts) => (parts, "OR"),
            Expression::Choose { on, cases } if !cases.is_empty() => {
                let blanks = " ".repeat(indent + 2);
                let cases = cases.iter().map(|(text, then)| {
                    format!("\n{blanks}WHEN ${on} = {} THEN {}", literal(text), then.pretty_operand(indent + 4))
                });
                return format!("CASE{}\n{blanks}ELSE false\n{}END", cases.collect::<String>(), " ".repeat(indent));
            }
            Expression::Row(columns) => {
                let columns = columns.iter().map(|(name, value)| value.named(name, value.pretty(indent + 2)));
                return columns.collect::<Vec<_>>().join(&format!(",\n{}", " ".repeat(indent)));
            }
            Expression::Case { condition, then } => {
                let blanks = " ".repeat(indent + 2);
                let (condition, then) = (condition.pretty(indent + 4), then.pretty(indent + 4));
                return format!("CASE\n{blanks}WHEN {condition}\n{blanks}THEN {then}\n{}END", " ".repeat(indent));
            }
            Expression::Between { value, least, greatest } => {
                let blanks = " ".repeat(indent + 2);
                return format!(
                    "{} BETWEEN {}\n{blanks}AND {}",
                    value.operand(),
                    least.pretty(indent),
                    greatest.pretty(indent + 2)
                );
            }
            Expression::Scalar(select) => return format!("({})", select.pretty(indent + 2)),
            Expression::ArrayOf(select) => return format!("ARRAY({})", select.pretty(indent + 2)),
            Expression::Exists(select) => return format!("EXISTS ({})", select.pretty(indent + 2)),
            Expression::Array { left, operator, all, array } => {
                return format!("{} {operator} {} ({})", left.operand(), quantifier(*all), array.pretty(indent));
            }
            Expression::Binary(left, operator, right) if matches!(**right, Expression::Scalar(_)) => {
                return format!("{} {operator} {}", left.operand(), right.pretty(indent));
            }
            Expression::Cast(inner, r#type) if matches!(**inner, Expression::Scalar(_)) => {
                return format!("{}::{type}", inner.pretty(indent));
            }
            _ => return self.text(),
        };
        let break_line = format!("\n{}{word} ", " ".repeat(indent));
        let part = |part: &Expression| match part {
            Expression::And(parts) | Expression::Or(parts) if parts.len() > 1 => {
                let inner = " ".repeat(indent + 2);
                let text = part.pretty(indent + 2);
                if text.contains('\n') { format!("(\n{inner}{text}\n{})", " ".repeat(indent)) } else { format!("({text})") }
            }
            other => other.pretty(indent + 2),
        };
        parts.iter().map(part).collect::<Vec<_>>().join(&break_line)
    }
}

/// The text on one line.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Column { alias, column } => write!(f, "{}.{}", identifier(alias), identifier(column)),
            Expression::Text(text) => f.write_str(&literal(text)),
            Expression::Number(digits) if digits.starts_with('-') => write!(f, "({digits})"),
            Expression::Number(digits) => f.write_str(digits),
            Expression::Boolean(value) => write!(f, "{value}"),
            Expression::Parameter(index) => write!(f, "${index}"),
            Expression::Raw(text) => write!(f, "({text})"),
            Expression::Word(word) => f.write_str(word),
            Expression::List(items) => write!(f, "ARRAY[{}]::text[]", Joined(items, ", ")),
            Expression::Choose { cases, .. } if cases.is_empty() => f.write_str("false"),
            Expression::Choose { on, cases } => {
                f.write_str("CASE")?;
                cases.iter().try_for_each(|(text, then)| write!(f, " WHEN ${on} = {} THEN {}", literal(text), then.operand()))?;
                f.write_str(" ELSE false END")
            }
            Expression::Collate(inner) => write!(f, "{} COLLATE \"C\"", inner.operand()),
            Expression::Case { condition, then } => write!(f, "CASE WHEN {condition} THEN {then} END"),
            Expression::Call { function, arguments } => write!(f, "{function}({})", Joined(arguments, ", ")),
            Expression::Cast(inner, r#type) => write!(f, "{}::{type}", inner.operand()),
            Expression::Binary(left, operator, right) => write!(f, "{} {operator} {}", left.operand(), right.operand()),
            Expression::Array { left, operator, all, array } => {
                write!(f, "{} {operator} {} ({array})", left.operand(), quantifier(*all))
            }
            Expression::Between { value, least, greatest } => {
                write!(f, "{} BETWEEN {} AND {}", value.operand(), least.operand(), greatest.operand())
            }
            Expression::In { left, negated, list } => {
                let operator = if *negated { "NOT IN" } else { "IN" };
                write!(f, "{} {operator} ({})", left.operand(), Joined(list, ", "))
            }
            Expression::Null { inner, negated } => {
                write!(f, "{} {}", inner.operand(), if *negated { "IS NOT NULL" } else { "IS NULL" })
            }
            Expression::AtTimeZone(inner, zone) => write!(f, "{} AT TIME ZONE {}", inner.operand(), literal(zone)),
            Expression::Not(inner) => write!(f, "NOT ({inner})"),
            Expression::NotTrue(inner) => write!(f, "{} IS NOT TRUE", inner.operand()),
            Expression::And(parts) | Expression::Or(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Expression::And(parts) if parts.is_empty() => f.write_str("true"),
            Expression::Or(parts) if parts.is_empty() => f.write_str("false"),
            Expression::And(parts) => write!(f, "{}", Joined(parts, " AND ")),
            Expression::Or(parts) => write!(f, "{}", Joined(parts, " OR ")),
            Expression::Row(columns) => {
                let columns = columns.iter().map(|(name, value)| value.named(name, value.text()));
                f.write_str(&columns.collect::<Vec<_>>().join(", "))
            }
            Expression::Scalar(select) => write!(f, "({select})"),
            Expression::ArrayOf(select) => write!(f, "ARRAY({select})"),
            Expression::Exists(select) => write!(f, "EXISTS ({select})"),
        }
    }
}

/// An expression as a part of another one.
struct Operand<'a>(&'a Expression);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expression::Column { .. }
            | Expression::Text(_)
            | Expression::Number(_)
            | Expression::Boolean(_)
            | Expression::Parameter(_)
            | Expression::Raw(_)
            | Expression::Word(_)
            | Expression::List(_)
            | Expression::Call { .. }
            | Expression::Cast(..)
            | Expression::Scalar(_)
            | Expression::ArrayOf(_) => self.0.fmt(f),
            Expression::And(parts) | Expression::Or(parts) if parts.len() == 1 => parts[0].operand().fmt(f),
            other => write!(f, "({other})"),
        }
    }
}

/// Expressions with a word between them, each AND and OR among them in parentheses.
struct Joined<'a>(&'a [Expression], &'static str);

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(self.1)?;
            }
            match part {
                Expression::And(inner) | Expression::Or(inner) if inner.len() > 1 && self.1 != ", " => write!(f, "({part})")?,
                _ => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// The text on one line.
impl fmt::Display for Select {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SELECT {}", self.expression)?;
        if let Some(from) = &self.from {
            write!(f, " FROM {}", from.text())?;
        }
        match &self.condition {
            Some(condition) => write!(f, " WHERE {condition}"),
            None => Ok(()),
        }
    }
}

impl Select {
    fn for_each<'a>(&'a self, visit: &mut impl FnMut(&'a Expression)) {
        self.expression.for_each(visit);
        if let Some(From::Steps { expressions, .. }) = &self.from {
            expressions.iter().for_each(|(_, expression)| expression.for_each(visit));
        }
        self.condition.iter().for_each(|condition| condition.for_each(visit));
    }

    /// Whether an expression of the rules' author is among its parts.
    pub(super) fn has_raw(&self) -> bool {
        let mut found = false;
        self.for_each(&mut |part| found |= matches!(part, Expression::Raw(_)));
        found
    }

    /// The clauses on lines of their own where the whole is long.
    pub(super) fn pretty(&self, indent: usize) -> String {
        if let Some(line) = short_line(self, indent) {
            return line;
        }
        let blanks = " ".repeat(indent);
        let mut text = format!("SELECT {}", self.expression.pretty(indent + 2));
        if let Some(from) = &self.from {
            text.push_str(&format!("\n{blanks}FROM {}", from.pretty(indent + 2)));
        }
        if let Some(condition) = &self.condition {
            text.push_str(&format!("\n{blanks}WHERE {}", condition.pretty(indent + 2)));
        }
        text
    }
}

impl From {
    fn text(&self) -> String {
        match self {
            From::Table(table, alias) => format!("{} AS {}", qualified(table), identifier(alias)),
            From::Renamed { row, alias } => format!("(SELECT {}.*) AS {}", identifier(row), identifier(alias)),
            From::Given(given) => given.iter().map(Given::text).collect::<Vec<_>>().join(", "),
            From::Steps { .. } => self.pretty(0),
        }
    }

    fn pretty(&self, indent: usize) -> String {
        let From::Steps { expressions, given, alias } = self else { return self.text() };
        let blanks = " ".repeat(indent + 2);
        let parts = expressions.iter().map(|(name, expression)| format!("{} AS {name}", expression.pretty_operand(indent + 4)));
        let given = given.iter().map(Given::text);
        let (parts, given): (Vec<_>, Vec<_>) = (parts.collect(), given.collect());
        let separator = format!(",\n{blanks}  ");
        format!(
            "(\n{blanks}SELECT\n{blanks}  {}\n{blanks}FROM\n{blanks}  {}\n{}) AS {alias}",
            parts.join(&separator),
            given.join(&separator),
            " ".repeat(indent)
        )
    }
}

impl Given {
    fn text(&self) -> String {
        let columns = self.columns.iter().map(|(name, position)| format!("${position} AS {}", identifier(name)));
        format!("(SELECT {}) AS {}", columns.collect::<Vec<_>>().join(", "), self.alias)
    }
}

/// The text on one line, where that is short enough behind so many blanks. What is longer is not written to its end.
fn short_line(whole: &impl fmt::Display, indent: usize) -> Option<String> {
    struct Line {
        text: String,
        room: usize,
    }
    impl fmt::Write for Line {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            self.room = self.room.checked_sub(more.len()).ok_or(fmt::Error)?;
            self.text.push_str(more);
            Ok(())
        }
    }
    let mut line = Line { text: String::new(), room: LINE_WIDTH.checked_sub(indent)? };
    fmt::write(&mut line, format_args!("{whole}")).ok()?;
    Some(line.text)
}

fn quantifier(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}
