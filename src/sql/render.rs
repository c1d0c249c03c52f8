//! Expressions as text; what they read from stands in `render_select.rs`. It is what reviewers read: short ones stay on a line, long ones are broken at AND and OR.

use std::fmt;

use super::expression::{Callee, Expression, Select};
use super::quote::{identifier, literal};

/// Longer lines are broken where they can be.
pub(super) const LINE_WIDTH: usize = 100;

impl Expression {
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
    pub(super) fn pretty_operand(&self, indent: usize) -> String {
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
            Expression::Planned { hint, then, otherwise } => {
                let blanks = " ".repeat(indent + 2);
                let [then, otherwise] = [then, otherwise].map(|shape| shape.pretty_operand(indent + 4));
                return format!(
                    "CASE {hint}\n{blanks}WHEN true THEN {then}\n{blanks}ELSE {otherwise}\n{}END",
                    " ".repeat(indent)
                );
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
            Expression::PerStatement(inner) => return format!("(SELECT {})", inner.pretty(indent + 4)),
            Expression::Scalar(select) => return format!("({})", select.pretty(indent + 2)),
            Expression::ArrayOf(select) => return format!("ARRAY({})", select.pretty(indent + 2)),
            Expression::Exists(select) => return format!("EXISTS ({})", select.pretty(indent + 2)),
            Expression::AtLeast(select, count) => {
                return format!("EXISTS ({}\n{}OFFSET {})", select.pretty(indent + 2), " ".repeat(indent + 2), count - 1);
            }
            Expression::ArrayInOrder(select, order) => {
                let (text, blanks) = (select.pretty(indent + 2), " ".repeat(indent + 2));
                return format!("ARRAY({text}\n{blanks}ORDER BY {})", listed(order));
            }
            Expression::ArrayOfRepeated(select, count) => {
                let (text, blanks) = (select.pretty(indent + 2), " ".repeat(indent + 2));
                return format!("ARRAY({text}\n{blanks}{})", repeated(select, *count));
            }
            Expression::Reached(walk) => return walk.pretty(indent),
            Expression::ExistsApart(select) => {
                return format!("EXISTS ({}\n{}OFFSET 0)", select.pretty(indent + 2), " ".repeat(indent + 2));
            }
            Expression::InArray { left, operator, array } => {
                let rows = match array.as_ref() {
                    Expression::ArrayOf(select) => select.pretty(indent + 2),
                    array => format!("SELECT unnest({})", array.pretty(indent)),
                };
                return format!("{} {} ({rows})", left.operand(), in_words(operator));
            }
            Expression::InRows { left, rows } => return format!("{} IN ({})", left.operand(), rows.pretty(indent + 2)),
            Expression::Not(inner) if matches!(inner.as_ref(), Expression::InArray { .. } | Expression::InRows { .. }) => {
                return format!("NOT ({})", inner.pretty(indent + 4));
            }
            Expression::Array { left, operator, all, array } => {
                return format!("{} {operator} {} ({})", left.operand(), quantifier(*all), array.pretty(indent));
            }
            Expression::Binary(left, operator, right) if is_select(right) => {
                return format!("{} {operator} {}", left.operand(), right.pretty(indent));
            }
            Expression::Cast(inner, r#type) if is_select(inner) => {
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
            wrapped if word == "AND" && is_or(wrapped) => format!("({})", wrapped.pretty(indent + 2)),
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
            Expression::Raw(text) | Expression::Default(text) => write!(f, "({text})"),
            Expression::Record(values) | Expression::Tuple(values) => write!(f, "ROW({})", Joined(values, ", ")),
            Expression::InRows { left, rows } => write!(f, "{} IN ({rows})", left.operand()),
            Expression::Word(word) => f.write_str(word),
            Expression::List(items) => write!(f, "ARRAY[{}]::text[]", Joined(items, ", ")),
            Expression::Choose { cases, .. } if cases.is_empty() => f.write_str("false"),
            Expression::Choose { on, cases } => {
                f.write_str("CASE")?;
                cases.iter().try_for_each(|(text, then)| write!(f, " WHEN ${on} = {} THEN {}", literal(text), then.operand()))?;
                f.write_str(" ELSE false END")
            }
            Expression::Planned { hint, then, otherwise } => {
                write!(f, "CASE {hint} WHEN true THEN {} ELSE {} END", then.operand(), otherwise.operand())
            }
            Expression::Collate(inner, collation) => write!(f, "{} COLLATE {collation}", inner.operand()),
            Expression::Case { condition, then } => write!(f, "CASE WHEN {condition} THEN {then} END"),
            Expression::Call { function: Callee::Ours(name) | Callee::Known(name), arguments } => {
                write!(f, "{name}({})", Joined(arguments, ", "))
            }
            Expression::Cast(inner, r#type) => write!(f, "{}::{type}", inner.operand()),
            Expression::Binary(left, operator, right) => write!(f, "{} {operator} {}", left.operand(), right.operand()),
            Expression::InArray { left, operator, array } => match array.as_ref() {
                Expression::ArrayOf(select) => write!(f, "{} {} ({select})", left.operand(), in_words(operator)),
                array => write!(f, "{} {} (SELECT unnest({array}))", left.operand(), in_words(operator)),
            },
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
            Expression::Element(inner, position) => write!(f, "({inner})[{position}]"),
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
            // It has been replaced before anything is written; if not, the server knows no such function.
            Expression::Session(_) => f.write_str("rowgate_session_value()"),
            Expression::PerStatement(inner) => write!(f, "(SELECT {inner})"),
            Expression::Scalar(select) => write!(f, "({select})"),
            Expression::ArrayOf(select) => write!(f, "ARRAY({select})"),
            Expression::Exists(select) => write!(f, "EXISTS ({select})"),
            Expression::ExistsApart(select) => write!(f, "EXISTS ({select} OFFSET 0)"),
            Expression::Reached(walk) => f.write_str(&walk.text()),
            Expression::AtLeast(select, count) => write!(f, "EXISTS ({select} OFFSET {})", count - 1),
            Expression::ArrayInOrder(select, order) => write!(f, "ARRAY({select} ORDER BY {})", listed(order)),
            Expression::ArrayOfRepeated(select, count) => write!(f, "ARRAY({select} {})", repeated(select, *count)),
        }
    }
}

fn listed(expressions: &[Expression]) -> String {
    expressions.iter().map(Expression::text).collect::<Vec<_>>().join(", ")
}

/// What leaves of a select those values that so many rows have.
fn repeated(select: &Select, count: u32) -> String {
    format!("GROUP BY {} HAVING count(*) >= {count}", select.expression)
}

/// Whether an OR of several parts stands in an AND or OR of one: among the parts of an AND, it would fall apart without parentheses.
fn is_or(expression: &Expression) -> bool {
    match expression {
        Expression::And(parts) | Expression::Or(parts) if parts.len() == 1 => is_or(&parts[0]),
        Expression::Or(parts) => !parts.is_empty(),
        _ => false,
    }
}

fn is_select(expression: &Expression) -> bool {
    matches!(expression, Expression::PerStatement(_) | Expression::Scalar(_))
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
            | Expression::Default(_)
            | Expression::Record(_)
            | Expression::Tuple(_)
            | Expression::Word(_)
            | Expression::List(_)
            | Expression::Call { .. }
            | Expression::Cast(..)
            | Expression::Session(_)
            | Expression::PerStatement(_)
            | Expression::Scalar(_)
            | Expression::ArrayOf(_)
            | Expression::Reached(_)
            | Expression::ArrayOfRepeated(..)
            | Expression::ArrayInOrder(..) => self.0.fmt(f),
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
                wrapped if self.1 == " AND " && is_or(wrapped) => write!(f, "({wrapped})")?,
                _ => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

/// The text on one line, where that is short enough behind so many blanks. What is longer is not written to its end.
pub(super) fn short_line(whole: &impl fmt::Display, indent: usize) -> Option<String> {
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

/// `IN`, unless the operator is one of another schema.
fn in_words(operator: &str) -> String {
    if operator == "=" { "IN".to_owned() } else { format!("{operator} ANY") }
}

fn quantifier(all: bool) -> &'static str {
    if all { "ALL" } else { "ANY" }
}
