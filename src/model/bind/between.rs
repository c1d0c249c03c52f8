//! Both ends of a range, and days beside moments. In: bound operands. Out: the comparisons that they mean. What may be compared at all is
//! checked where two operands are.

use super::Binder;
use super::operands::Operand;
use crate::ast::{self, Operator, TimeUnit};
use crate::catalog::{Family, TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Atom, Comparison, Condition, Literal, Value};

impl Binder<'_> {
    /// `x is between a and b` is `x is at least a and x is at most b`.
    pub(super) fn between(&mut self, table: TableId, between: &ast::Between) -> Option<Condition> {
        let value = self.operand(table, &between.value);
        let (low, high) = (self.operand(table, &between.low), self.operand(table, &between.high));
        let (value, low, high) = (value?, low?, high?);
        self.check_sense_of_range(table, (&between.value, &value), &[(&between.low, &low), (&between.high, &high)])?;
        let enum_of = self.type_of(&value.value).and_then(|r#type| match r#type.family() {
            Family::Enum(name) => self.catalog.enums().get(&name),
            _ => None,
        });
        if let (Operand::Constant(lowest), Operand::Constant(highest)) = (&low.value, &high.value)
            && is_above(lowest, highest, enum_of)
        {
            let (first, last) = (self.sources.slice(low.span), self.sources.slice(high.span));
            let title = format!("nothing is between {first} and {last}");
            let (span, edit) = (low.span.to(high.span), format!("{last} and {first}"));
            let diagnostic = Diagnostic::new(Code::EndsExchanged, span, title).with_edit("the lower end comes first", span, edit);
            self.report(diagnostic);
            return None;
        }
        let from = self.compare(value.clone(), &Spanned::new(Operator::AtLeast, between.operator), low)?;
        let to = self.compare(value, &Spanned::new(Operator::AtMost, between.operator), high)?;
        let within = Condition::All(vec![from, to]);
        Some(if between.negated { Condition::Not(Box::new(within)) } else { within })
    }

    /// Of many moments, none is a whole day.
    pub(super) fn refuse_day(&mut self, value: &Value, span: Span) -> Option<()> {
        if end_of_day(value).is_none() {
            return Some(());
        }
        let title = "a day is no moment that many could have among them";
        let diagnostic = Diagnostic::new(Code::ManyValued, span, title).with_label("a day is all of its moments");
        self.report(diagnostic);
        None
    }
}

/// The comparison of a value with a constant. A day that is compared with a moment is all of its moments, in the project's time zone.
pub(super) fn compared(left: Value, operator: Comparison, right: Value) -> Condition {
    let compare = |operator, right| Condition::from(Atom::Compare { left: left.clone(), operator, right });
    let Some(end) = end_of_day(&right) else { return compare(operator, right) };
    match operator {
        Comparison::AtLeast | Comparison::Less => compare(operator, right),
        Comparison::Greater => compare(Comparison::AtLeast, end),
        Comparison::AtMost => compare(Comparison::Less, end),
        Comparison::Equal => Condition::All(vec![compare(Comparison::AtLeast, right), compare(Comparison::Less, end)]),
        Comparison::NotEqual => Condition::Any(vec![compare(Comparison::Less, right), compare(Comparison::AtLeast, end)]),
    }
}

/// The first moment that is not in a day any more; `None` for what is no day beside moments.
fn end_of_day(value: &Value) -> Option<Value> {
    match value {
        Value::Today(r#type) if is_moment(r#type) => Some(Value::Tomorrow(r#type.clone())),
        Value::Literal(literal) if literal.is_day && is_moment(&literal.r#type) => {
            // The calendar of the language ends with the year 9999.
            let text = crate::syntax::day_after(&literal.text).unwrap_or_else(|| "infinity".to_owned());
            Some(Value::Literal(Literal { text, r#type: literal.r#type.clone(), is_day: true }))
        }
        _ => None,
    }
}

fn is_moment(r#type: &Type) -> bool {
    matches!(r#type, Type::Timestamp | Type::TimestampTz)
}

/// Whether one constant is certainly above another. Of texts nobody knows before the database's collation does.
fn is_above(low: &ast::Operand, high: &ast::Operand, labels: Option<&Vec<String>>) -> bool {
    match (low, high) {
        (ast::Operand::Number(low), ast::Operand::Number(high)) => {
            matches!((low.parse::<f64>(), high.parse::<f64>()), (Ok(low), Ok(high)) if low > high)
        }
        (ast::Operand::Date(low), ast::Operand::Date(high)) => low > high,
        (ast::Operand::Text(low), ast::Operand::Text(high)) => {
            let place = |text: &String| labels.and_then(|labels| labels.iter().position(|label| label == text));
            matches!((place(low), place(high)), (Some(low), Some(high)) if low > high)
        }
        (low, high) => matches!((away(low), away(high)), (Some((least, _)), Some((_, most))) if least > most),
    }
}

/// How many seconds from now a moment is, at least and at most: no month is shorter than 28 days.
fn away(moment: &ast::Operand) -> Option<(i64, i64)> {
    const HOUR: i64 = 3600;
    let ast::Operand::Shifted(duration) = moment else {
        return matches!(moment, ast::Operand::Now).then_some((0, 0));
    };
    let (shortest, longest) = match duration.unit {
        TimeUnit::Second => (1, 1),
        TimeUnit::Minute => (60, 60),
        TimeUnit::Hour => (HOUR, HOUR),
        TimeUnit::Day => (23 * HOUR, 25 * HOUR),
        TimeUnit::Week => (167 * HOUR, 169 * HOUR),
        TimeUnit::Month => (28 * 24 * HOUR - HOUR, 31 * 24 * HOUR + HOUR),
        TimeUnit::Year => (365 * 24 * HOUR - HOUR, 366 * 24 * HOUR + HOUR),
    };
    let amount = i64::from(duration.amount);
    Some(if amount < 0 { (amount * longest, amount * shortest) } else { (amount * shortest, amount * longest) })
}

/// `at most 20`, as people write it behind `is at least 10 and`.
pub(super) fn is_end_of_range(name: &str) -> bool {
    let words = name.to_ascii_lowercase();
    ["at least ", "at most ", "greater than ", "less than "].iter().any(|begin| words.starts_with(begin))
}
