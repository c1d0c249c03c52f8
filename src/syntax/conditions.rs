//! pest's pairs to conditions and operands.

use pest::iterators::Pair;

use super::{ast, build::Builder, parser::Rule};
use crate::diagnostic::{Code, Diagnostic, Spanned};

impl Builder {
    pub(super) fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        self.joined(pair, Rule::conjunction, Builder::conjunction, ast::Condition::Any)
    }

    fn conjunction(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        self.joined(pair, Rule::negation, Builder::negation, ast::Condition::All)
    }

    /// The parts of an n-ary node; a single part stands for itself.
    fn joined(
        &mut self,
        pair: Pair<'_, Rule>,
        part_rule: Rule,
        build: fn(&mut Builder, Pair<'_, Rule>) -> Option<ast::Condition>,
        join: fn(Vec<ast::Condition>) -> ast::Condition,
    ) -> Option<ast::Condition> {
        let mut parts = Vec::new();
        for part in pair.into_inner().filter(|part| part.as_rule() == part_rule) {
            parts.push(build(self, part)?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(join(parts)) }
    }

    /// `not` twice is nothing, also in three-valued logic, so a chain of any length costs one node.
    fn negation(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let (mut negated, mut condition) = (false, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated = !negated,
                Rule::group => condition = part.into_inner().next().and_then(|inner| self.condition(inner)),
                Rule::comparison => condition = self.comparison(part),
                _ => {}
            }
        }
        let condition = condition?;
        Some(if negated { ast::Condition::Not(Box::new(condition)) } else { condition })
    }

    fn comparison(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let mut parts = pair.into_inner();
        let left = self.operand(parts.next()?)?;
        let rest = parts.next()?;
        match rest.as_rule() {
            Rule::one_of => self.one_of(left, rest),
            Rule::emptiness => {
                let negated = rest.into_inner().any(|part| part.as_rule() == Rule::op_not_empty);
                Some(ast::Condition::Empty(Box::new(ast::Emptiness { operand: left, negated })))
            }
            _ => {
                let mut parts = rest.into_inner();
                let operator = parts.next()?;
                let operator = Spanned::new(operator_of(operator.as_rule())?, self.span(&operator));
                let right = self.operand(parts.next()?)?;
                Some(ast::Condition::Compare(Box::new(ast::Compare { left, operator, right })))
            }
        }
    }

    fn one_of(&mut self, left: Spanned<ast::Operand>, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let (mut negated, mut values) = (false, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::op_not_one_of => negated = true,
                Rule::value_list => {
                    for value in part.into_inner() {
                        values.push(self.operand(value)?);
                    }
                }
                Rule::operand => values.push(self.operand(part)?),
                _ => {}
            }
        }
        Some(ast::Condition::OneOf(Box::new(ast::OneOf { left, negated, values })))
    }

    fn operand(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<ast::Operand>> {
        let span = self.span(&pair);
        let part = pair.into_inner().next()?;
        let operand = match part.as_rule() {
            Rule::string => ast::Operand::Text(self.text(&part)),
            Rule::number => ast::Operand::Number(part.as_str().trim().to_owned()),
            Rule::date => self.date(part)?,
            _ => named(self.path(part)),
        };
        Some(Spanned::new(operand, span))
    }

    fn date(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Operand> {
        let text_pair = pair.into_inner().find(|part| part.as_rule() == Rule::string)?;
        let text = self.text(&text_pair);
        if !is_day(&text) {
            let title = format!("`{text}` is not a day");
            self.diagnostics.push(
                Diagnostic::new(Code::Literal, self.span(&text_pair), title)
                    .with_help("write year, month and day: `date \"2026-01-31\"`"),
            );
        }
        Some(ast::Operand::Date(text))
    }

    pub(super) fn path(&mut self, pair: Pair<'_, Rule>) -> ast::Path {
        let labels = pair.into_inner().filter(|part| part.as_rule() == Rule::label);
        ast::Path { steps: labels.map(|part| self.label(&part)).collect() }
    }
}

/// Whether a text is a day of the calendar, written `2026-01-31`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Tells the names that the language gives a meaning from ordinary ones. Names in backticks are ordinary.
fn named(mut path: ast::Path) -> ast::Operand {
    let single = path.steps.len() == 1;
    let first = path.steps.first().filter(|label| !label.exact).map(|label| label.text.to_ascii_lowercase());
    match first.as_deref() {
        Some("logged in user") if single => ast::Operand::LoggedInUser,
        Some("now") if single => ast::Operand::Now,
        Some("today") if single => ast::Operand::Today,
        Some("true") if single => ast::Operand::Boolean(true),
        Some("false") if single => ast::Operand::Boolean(false),
        Some("this record") if single => ast::Operand::ThisRecord(None),
        Some("this record") => {
            path.steps.remove(0);
            ast::Operand::ThisRecord(Some(path))
        }
        Some("user" | "logged in user") if !single => {
            path.steps.remove(0);
            ast::Operand::User(path)
        }
        _ => ast::Operand::Path(path),
    }
}

pub(super) fn is_this_record(label: Option<&ast::Label>) -> bool {
    label.is_some_and(|label| !label.exact && label.text.eq_ignore_ascii_case("this record"))
}

fn operator_of(rule: Rule) -> Option<ast::Operator> {
    Some(match rule {
        Rule::op_is | Rule::op_equals => ast::Operator::Equal,
        Rule::op_is_not | Rule::op_not_equal => ast::Operator::NotEqual,
        Rule::op_greater | Rule::op_after => ast::Operator::Greater,
        Rule::op_at_least => ast::Operator::AtLeast,
        Rule::op_less | Rule::op_before => ast::Operator::Less,
        Rule::op_at_most => ast::Operator::AtMost,
        _ => return None,
    })
}
