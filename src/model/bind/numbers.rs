//! Numbers of rows: `number of Tasks where (Done is true) is less than Plan's Max Tasks`. In: the rows, an operator and what it stands before. Out: that there are so
//! many of them, or not; which rows are meant is told elsewhere.

use super::Binder;
use super::operands::{Operand, Placed};
use super::scope::Counted;
use crate::ast::{self, Operator, RowsOf};
use crate::catalog::{TableId, Type};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};
use crate::model::{Condition, Enough, Literal, Value};
use crate::syntax::MAX_COUNT;

/// What begins a number of rows that has no `where`.
const NUMBER_OF: &str = "number of ";

impl Binder<'_> {
    /// Rows whose number is compared.
    pub(super) fn number_of(&mut self, table: TableId, number: &ast::NumberOf) -> Option<Operand> {
        let rows = self.counted(table, &number.of, number.name.as_ref(), number.condition.as_ref())?;
        Some(Operand::Number(Box::new(rows)))
    }

    /// Rows without a `where` whose number is compared, which the grammar takes for a path: `number of Owner's Spaces`. `None` for what is a path.
    pub(super) fn number_in_path(&mut self, table: TableId, operand: &Spanned<ast::Operand>) -> Option<Option<Operand>> {
        let (steps, level) = match &operand.value {
            ast::Operand::Path(path) => (&path.steps, None),
            ast::Operand::AtAnyLevel(at) => (&at.path.steps, Some(at)),
            _ => return None,
        };
        let first = steps.first()?;
        let begins = first.text.get(..NUMBER_OF.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(NUMBER_OF));
        if first.exact || !begins {
            return None;
        }
        let rest = ast::Label { text: first.text[NUMBER_OF.len()..].trim_start().to_owned(), ..first.clone() };
        let is_column = !self.columns(table, first).is_empty();
        let children = rest.text.split(" by ").next().unwrap_or_default();
        let are_rows = steps.len() == 1 && level.is_none() && !self.tables_called(children).is_empty();
        if is_column && are_rows {
            let title = format!("`{}` fits a column, and the number of rows of `{}`", first.text, rest.text);
            let found = Diagnostic::new(Code::AmbiguousLabel, first.span, title);
            self.report(found.with_help("write the column in backticks, or the rows with `where (…)` behind them"));
            return Some(None);
        }
        if is_column {
            return None;
        }
        let path = ast::Path { steps: [vec![rest.clone()], steps[1..].to_vec()].concat() };
        let of = match level {
            Some(at) => RowsOf::AtAnyLevel(ast::AtAnyLevel { path, ..at.clone() }),
            None => match table_of_records(&rest) {
                Some(name) if path.steps.len() == 1 => RowsOf::Table(name),
                _ => RowsOf::Children(path),
            },
        };
        Some(self.counted(table, &of, None, None).map(|rows| Operand::Number(Box::new(rows))))
    }

    /// That there are as many rows as something says, more, or fewer.
    pub(super) fn compare_number(&mut self, rows: &Counted, operator: Operator, span: Span, other: Placed) -> Option<Condition> {
        let number = self.number(other)?;
        let at_least = |more: bool| (number.enough(more), false);
        let fewer = |more: bool| (number.enough(more), true);
        let said = |(enough, negated): (Option<Enough>, bool)| Some(rows.clone().exists(enough?, negated));
        let condition = match operator {
            Operator::AtLeast => said(at_least(false)),
            Operator::Greater => said(at_least(true)),
            Operator::Less => said(fewer(false)),
            Operator::AtMost => said(fewer(true)),
            // There are never fewer than none.
            Operator::Equal if number.is_zero() => said(fewer(true)),
            Operator::NotEqual if number.is_zero() => said(at_least(true)),
            Operator::Equal => said(at_least(false)).zip(said(fewer(true))).map(|(low, high)| Condition::All(vec![low, high])),
            Operator::NotEqual => said(fewer(false)).zip(said(at_least(true))).map(|(low, high)| Condition::Any(vec![low, high])),
        };
        if condition.is_none() {
            let title = "there are always none or more, so this says nothing";
            let found = Diagnostic::new(Code::Literal, span, title);
            self.report(found.with_help("`is greater than 0` says that there are some; `equals 0` that there are none"));
        }
        condition
    }

    /// What a number of rows is compared with: a whole number.
    fn number(&mut self, other: Placed) -> Option<Number> {
        let span = other.span;
        let (title, help) = match other.value {
            Operand::Constant(ast::Operand::Number(text)) => {
                let whole = text.parse().ok().filter(|count| (0..=i64::from(MAX_COUNT)).contains(count));
                match whole {
                    Some(count) => return Some(Number::Constant(count)),
                    None => (format!("so many rows are a whole number, from 0 to {MAX_COUNT}"), None),
                }
            }
            Operand::Constant(constant @ ast::Operand::Claim(_)) => {
                let value = self.constant(&Spanned::new(constant, span), &Type::BigInt)?;
                return Some(Number::Value(value));
            }
            Operand::Single { .. } | Operand::Session { .. } => match self.type_of(&other.value)? {
                Type::SmallInt | Type::Integer | Type::BigInt => match other.value {
                    Operand::Single { value, .. } | Operand::Session { value, .. } => return Some(Number::Value(value)),
                    _ => return None,
                },
                found => {
                    let title = format!("a number of rows is compared with a whole number, and this is `{found}`");
                    (title, Some("take a column of type smallint, integer or bigint"))
                }
            },
            Operand::Number(_) => {
                let help = "compare each of them with a value that says how many there may be";
                ("two numbers of rows are not compared with each other".to_owned(), Some(help))
            }
            Operand::Many { .. } | Operand::Level { .. } => {
                ("one value is needed here, and there may be many of these".to_owned(), None)
            }
            Operand::Constant(_) => ("a number of rows is compared with a whole number".to_owned(), None),
        };
        let found = Diagnostic::new(Code::Incomparable, span, title);
        self.report(match help {
            Some(help) => found.with_help(help),
            None => found,
        });
        None
    }

    /// What a number of rows cannot be: what is not compared by order or equality.
    pub(super) fn refuse_number(&mut self, operand: &Placed) -> Option<()> {
        if !matches!(operand.value, Operand::Number(_)) {
            return Some(());
        }
        let title = "a number of rows is compared with a number";
        let found = Diagnostic::new(Code::OperatorMismatch, operand.span, title);
        self.report(found.with_help("write `is less than`, `is at least`, `equals` and their kind behind it"));
        None
    }
}

/// A whole number that rows are compared with.
enum Number {
    Constant(i64),
    Value(Value),
}

impl Number {
    fn is_zero(&self) -> bool {
        matches!(self, Number::Constant(0))
    }

    /// As many rows, or one more; `None` for none, of which there are always enough.
    fn enough(&self, more: bool) -> Option<Enough> {
        match self {
            Number::Constant(count) => {
                let count = u32::try_from(count + i64::from(more)).ok().filter(|count| *count > 0);
                count.map(Enough::Rows)
            }
            Number::Value(Value::Literal(Literal { .. })) => None,
            Number::Value(number) => Some(Enough::Value { number: number.clone(), more }),
        }
    }
}

/// The table of `records of spaces`.
fn table_of_records(label: &ast::Label) -> Option<ast::TableName> {
    let name = ["record of ", "records of "].iter().find_map(|begin| {
        let is_it = label.text.get(..begin.len()).is_some_and(|own| own.eq_ignore_ascii_case(begin));
        is_it.then(|| ast::Label { text: label.text[begin.len()..].trim().to_owned(), ..label.clone() })
    })?;
    Some(ast::TableName { schema: None, name })
}
