//! Words of sizes beside a moment that is counted from now: `less than 7 days ago` reads as "later than 7 days ago", and says "before". In: a comparison as it
//! is written. Out: a message with the words that moments have.

use super::Binder;
use super::compare::flip;
use crate::ast::{self, Operator};
use crate::catalog::Family;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::wording;

impl Binder<'_> {
    /// Reports a word of sizes beside `… ago` and `in …`.
    pub(super) fn check_moment(&mut self, compare: &ast::Compare) -> Option<()> {
        let (of_right, of_left) = (is_shifted(&compare.right.value), is_shifted(&compare.left.value));
        let Some(amount) = of_right.or(of_left).filter(|_| compare.is_of_size) else { return Some(()) };
        let (operator, span) = (compare.operator.value, compare.operator.span);
        let moment = if of_right.is_some() { compare.right.span } else { compare.left.span };
        let words = |operator| wording::operator(operator, &Family::Time).to_owned();
        let title = format!("`{}` is said of sizes, and this is a moment", self.sources.slice(span));
        let found = Diagnostic::new(Code::OperatorMismatch, span, title).with_secondary(moment, "a moment, counted from now");
        // What is less far in the past is later.
        self.report(if of_right.is_some() && amount <= 0 {
            let (as_read, as_compared) = (flip(operator), operator);
            found
                .with_note("read aloud it is about how long ago something was, and compared it would be which moment comes first")
                .with_edit(format!("if something {} is meant, write", how_long_ago(operator)), span, words(as_read))
                .with_edit(format!("if something {} is meant, write", how_long_ago(as_read)), span, words(as_compared))
        } else {
            found.with_edit("moments are before and after each other", span, words(operator))
        });
        None
    }
}

/// How far a moment is from now, in units of its own.
fn is_shifted(operand: &ast::Operand) -> Option<i32> {
    match operand {
        ast::Operand::Shifted(duration) => Some(duration.amount),
        _ => None,
    }
}

fn how_long_ago(operator: Operator) -> &'static str {
    match operator {
        Operator::Less => "more recent than that",
        Operator::AtMost => "of that moment or more recent",
        Operator::Greater => "longer ago than that",
        Operator::AtLeast => "of that moment or longer ago",
        Operator::Equal | Operator::NotEqual => "else",
    }
}
