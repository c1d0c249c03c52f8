//! pest's pairs to conditions and operands.

use pest::iterators::Pair;

use super::{ast, build::Builder, grammar::Rule};
use crate::diagnostic::{Code, Diagnostic, Span, Spanned};

impl Builder {
    /// A condition. One that the grammar takes and nothing here does is an error: without it, its rule would grant more.
    pub(super) fn condition(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let (whole, known) = (pair.clone(), self.diagnostics.len());
        let mixed = self.mixed(&pair);
        let condition = self.joined(pair, Rule::conjunction, Builder::conjunction, ast::Condition::Any);
        if condition.is_none() && self.diagnostics.len() == known {
            self.diagnostics.push(Diagnostic::new(Code::Syntax, self.span(&whole), "this condition is not understood"));
        }
        // Of what has an error, more is said than that.
        self.diagnostics.extend(mixed.filter(|_| condition.is_some()));
        condition
    }

    /// A warning where `and` stands beside `or`: what binds tighter is written nowhere, and is not the same in all languages.
    fn mixed(&self, condition: &Pair<'_, Rule>) -> Option<Diagnostic> {
        let conjunctions: Vec<Pair<'_, Rule>> =
            condition.clone().into_inner().filter(|part| part.as_rule() == Rule::conjunction).collect();
        let is_joined = |part: &&Pair<'_, Rule>| {
            Pair::clone(part).into_inner().filter(|part| part.as_rule() == Rule::negation).nth(1).is_some()
        };
        let joined: Vec<Span> = conjunctions.iter().filter(is_joined).map(|part| self.span(part)).collect();
        if joined.is_empty() || conjunctions.len() == 1 {
            return None;
        }
        let whole = self.span(condition);
        let place = |byte: u32| byte.saturating_sub(whole.start) as usize;
        let mut text = condition.as_str().get(..place(whole.end))?.to_owned();
        for span in joined.iter().rev() {
            text.insert(place(span.end), ')');
            text.insert(place(span.start), '(');
        }
        let found = Diagnostic::new(Code::Mixed, whole, "`and` and `or` stand side by side without parentheses")
            .with_note("`and` binds tighter than `or`")
            .with_edit("write the parentheses that it is read with, or others", whole, text);
        Some(found)
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
        if parts.len() == 1 {
            return parts.pop();
        }
        parts.shrink_to_fit();
        Some(join(parts))
    }

    /// `not` twice is nothing, also in three-valued logic, so a chain of any length costs one node.
    fn negation(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let (mut negated, mut condition) = (false, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::kw_not => negated = !negated,
                Rule::group => condition = self.group(part),
                Rule::comparison => condition = self.comparison(part),
                Rule::rows => condition = self.rows(part),
                Rule::can => condition = self.can(part),
                Rule::raw_sql => condition = self.raw_sql(part),
                Rule::reference => condition = self.labels(part).pop().map(ast::Condition::Named),
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
        let comparison = self.compared(left, rest)?;
        let Some(ending) = parts.next() else { return Some(comparison) };
        let words = self.span(&ending);
        Some(ast::Condition::IgnoringCase(Box::new(ast::IgnoringCase { comparison, words })))
    }

    /// What stands behind the left side of a comparison.
    fn compared(&mut self, left: Spanned<ast::Operand>, rest: Pair<'_, Rule>) -> Option<ast::Condition> {
        let span = left.span.to(self.span(&rest));
        match rest.as_rule() {
            Rule::one_of => self.one_of(left, rest, span),
            Rule::between => self.between(left, rest),
            Rule::has => self.has(left, rest, span),
            Rule::emptiness => {
                let negated = rest.into_inner().any(|part| part.as_rule() == Rule::op_not_empty);
                Some(ast::Condition::Empty(Box::new(ast::Emptiness { operand: left, negated, span })))
            }
            Rule::containment => self.containment(left, rest),
            _ => {
                let mut parts = rest.into_inner();
                let operator = parts.next()?;
                let is_of_size =
                    matches!(operator.as_rule(), Rule::op_greater | Rule::op_at_least | Rule::op_less | Rule::op_at_most);
                let operator = Spanned::new(operator_of(operator.as_rule())?, self.span(&operator));
                let right = self.operand(parts.next()?)?;
                Some(ast::Condition::Compare(Box::new(ast::Compare { left, operator, is_of_size, right })))
            }
        }
    }

    fn between(&mut self, value: Spanned<ast::Operand>, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let mut parts = pair.into_inner().filter(|part| part.as_rule() != Rule::kw_and);
        let operator = parts.next()?;
        let (negated, operator) = (operator.as_rule() == Rule::op_not_between, self.span(&operator));
        let (low, high) = (self.operand(parts.next()?)?, self.operand(parts.next()?)?);
        Some(ast::Condition::Between(Box::new(ast::Between { value, operator, negated, low, high })))
    }

    fn has(&mut self, whole: Spanned<ast::Operand>, pair: Pair<'_, Rule>, all: Span) -> Option<ast::Condition> {
        let mut parts = pair.into_inner();
        let operator = parts.next()?;
        let share = match operator.as_rule() {
            Rule::op_has_any => ast::Share::Any,
            Rule::op_has_all => ast::Share::All,
            Rule::op_has_none => ast::Share::None,
            _ => return None,
        };
        let share = Spanned::new(share, self.span(&operator));
        let of = parts.next()?;
        let is_list = of.as_rule() == Rule::value_list;
        let operands = if is_list { of.into_inner().collect() } else { vec![of] };
        let values = operands.into_iter().map(|operand| self.operand(operand)).collect::<Option<_>>()?;
        Some(ast::Condition::Has(Box::new(ast::Has { whole, share, is_list, values, span: all })))
    }

    fn containment(&mut self, whole: Spanned<ast::Operand>, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let mut parts = pair.into_inner();
        let operator = parts.next()?;
        let span = self.span(&operator);
        let negated = operator.as_rule() == Rule::op_lacks;
        let place = operator.into_inner().find_map(|word| match word.as_rule() {
            Rule::kw_contain | Rule::kw_contains => Some(ast::PartPlace::Anywhere),
            Rule::kw_start | Rule::kw_starts => Some(ast::PartPlace::Start),
            Rule::kw_end | Rule::kw_ends => Some(ast::PartPlace::End),
            _ => None,
        })?;
        let part = self.operand(parts.next()?)?;
        Some(ast::Condition::Contains(Box::new(ast::Containment { whole, place: Spanned::new(place, span), negated, part })))
    }

    pub(super) fn group(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        pair.into_inner().next().and_then(|inner| self.condition(inner))
    }

    fn can(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let span = self.span(&pair);
        let (mut operation, mut path) = (None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::operation => operation = self.operation(&part),
                Rule::path => path = Some(self.path(part)),
                _ => {}
            }
        }
        // Blanks and remarks behind it are none of it.
        let path = path?;
        let span = Span { end: path.span(span).end, ..span };
        Some(ast::Condition::Can(Box::new(ast::Can { operation: operation?, path, span })))
    }

    fn raw_sql(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let text = pair.into_inner().find(|part| part.as_rule() == Rule::string)?;
        let span = self.span(&text);
        let raw = self.text(&text);
        if let Err(reason) = super::raw_sql::check(&raw) {
            let help = "write one expression, as it would stand in parentheses behind WHERE";
            self.diagnostics.push(Diagnostic::new(Code::Literal, span, reason).with_help(help));
        }
        Some(ast::Condition::Sql(Spanned::new(raw, span)))
    }

    fn one_of(&mut self, left: Spanned<ast::Operand>, pair: Pair<'_, Rule>, all: Span) -> Option<ast::Condition> {
        let (mut negated, mut is_list, mut values) = (false, false, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::op_not_one_of => negated = true,
                Rule::value_list => {
                    is_list = true;
                    for value in part.into_inner() {
                        values.push(self.operand(value)?);
                    }
                }
                Rule::operand => values.push(self.operand(part)?),
                _ => {}
            }
        }
        Some(ast::Condition::OneOf(Box::new(ast::OneOf { left, negated, is_list, values, span: all })))
    }

    pub(super) fn operand(&mut self, pair: Pair<'_, Rule>) -> Option<Spanned<ast::Operand>> {
        let span = self.span(&pair);
        let part = pair.into_inner().next()?;
        let operand = match part.as_rule() {
            Rule::string => ast::Operand::Text(self.text(&part)),
            Rule::number => ast::Operand::Number(part.as_str().trim().to_owned()),
            Rule::date => self.date(part)?,
            Rule::claim => self.claim(part)?,
            Rule::number_of => self.number_of(part)?,
            Rule::former => ast::Operand::Former(self.path(part.into_inner().find(|part| part.as_rule() == Rule::path)?)),
            Rule::ago => self.shifted(part, -1)?,
            Rule::ahead => self.shifted(part, 1)?,
            _ => match self.at_any_level(&part) {
                Some(level) => ast::Operand::AtAnyLevel(level),
                None => named(self.path(part)),
            },
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

    fn claim(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Operand> {
        let text = pair.into_inner().find(|part| part.as_rule() == Rule::string)?;
        let name = self.text(&text);
        if name.is_empty() || name == "/" {
            let help = "write the name of a claim, or a path to one: `Claim \"/app_metadata/role\"`";
            self.diagnostics.push(Diagnostic::new(Code::Literal, self.span(&text), "the claim has no name").with_help(help));
        }
        Some(ast::Operand::Claim(name))
    }

    /// `7 days ago`, `in 24 hours`.
    fn shifted(&mut self, pair: Pair<'_, Rule>, direction: i32) -> Option<ast::Operand> {
        let (span, mut amount, mut unit) = (self.span(&pair), None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::number => amount = part.as_str().trim().parse::<i32>().ok(),
                Rule::time_unit => unit = time_unit(part.as_str()),
                _ => {}
            }
        }
        // A thousand years from now, every calendar still has days; so far away, each statement would end with an error.
        let most = unit.map_or(0, |unit| match unit {
            ast::TimeUnit::Year => 1_000,
            ast::TimeUnit::Month => 12_000,
            ast::TimeUnit::Week => 52_000,
            ast::TimeUnit::Day => 365_000,
            _ => 8_000_000,
        });
        let amount = amount.filter(|amount| (0..=most).contains(amount));
        if amount.is_none() {
            let title = format!("a length of time is a whole number, here from 0 to {most}");
            self.diagnostics.push(Diagnostic::new(Code::Literal, span, title));
        }
        Some(ast::Operand::Shifted(ast::Duration { amount: direction * amount.unwrap_or(0), unit: unit? }))
    }

    /// A path of single steps.
    pub(super) fn path(&mut self, pair: Pair<'_, Rule>) -> ast::Path {
        if let Some(ending) = pair.clone().into_inner().find(|part| part.as_rule() == Rule::at_any_level) {
            let title = "what stands here leads to one record";
            let help = "ask about the records above in a condition: `any Parent at any level where (…)`";
            self.diagnostics.push(Diagnostic::new(Code::Syntax, self.span(&ending), title).with_help(help));
        }
        self.steps(pair)
    }

    /// A path that ends with `at any level`.
    pub(super) fn at_any_level(&mut self, pair: &Pair<'_, Rule>) -> Option<ast::AtAnyLevel> {
        let ending = pair.clone().into_inner().find(|part| part.as_rule() == Rule::at_any_level)?;
        let or_its = self.labels(ending).pop();
        Some(ast::AtAnyLevel { path: self.steps(pair.clone()), or_its, span: self.span(pair) })
    }

    fn steps(&mut self, pair: Pair<'_, Rule>) -> ast::Path {
        let labels = pair.into_inner().filter(|part| part.as_rule() == Rule::label);
        let mut steps: Vec<ast::Label> = labels.map(|part| self.label(&part)).collect();
        steps.shrink_to_fit();
        ast::Path { steps }
    }
}

/// Whether a text is a day of the calendar, written `2026-01-31`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// The day after one that [`is_day`] takes; `None` behind the last that can be written so.
pub fn day_after(day: &str) -> Option<String> {
    let next = day.parse::<jiff::civil::Date>().ok()?.tomorrow().ok()?;
    Some(next.to_string())
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

fn time_unit(word: &str) -> Option<ast::TimeUnit> {
    let word = word.trim().to_ascii_lowercase();
    use ast::TimeUnit::{Day, Hour, Minute, Month, Second, Week, Year};
    [Second, Minute, Hour, Day, Week, Month, Year].into_iter().find(|unit| unit.word() == word.trim_end_matches('s'))
}

fn operator_of(rule: Rule) -> Option<ast::Operator> {
    Some(match rule {
        Rule::op_is | Rule::op_equals => ast::Operator::Equal,
        Rule::op_is_not | Rule::op_not_equal => ast::Operator::NotEqual,
        Rule::op_greater | Rule::op_after => ast::Operator::Greater,
        Rule::op_at_least | Rule::op_not_before => ast::Operator::AtLeast,
        Rule::op_less | Rule::op_before => ast::Operator::Less,
        Rule::op_at_most | Rule::op_not_after => ast::Operator::AtMost,
        _ => return None,
    })
}
