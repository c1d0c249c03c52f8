//! pest's pairs to other rows: how many of which, under which name, where.

use pest::iterators::Pair;

use super::{ast, build::Builder, grammar::Rule, habits::parenthesized};
use crate::diagnostic::{Code, Diagnostic, Span};

/// Whoever counts further counts by other means.
pub const MAX_COUNT: u32 = 1_000_000;

impl Builder {
    pub(super) fn rows(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Condition> {
        let span = self.span(&pair);
        self.check_line(&pair);
        self.check_parentheses(&pair)?;
        let (mut quantity, mut of, mut name, mut condition) = (None, None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::quantity => quantity = self.quantity(part),
                Rule::any_record | Rule::children => of = self.rows_of(part),
                Rule::row_name => name = self.labels(part).pop(),
                Rule::group => condition = Some(self.group(part)?),
                _ => {}
            }
        }
        let rows = ast::Rows { quantity: quantity?, of: of?, name, condition, span };
        Some(ast::Condition::Rows(Box::new(rows)))
    }

    fn rows_of(&mut self, pair: Pair<'_, Rule>) -> Option<ast::RowsOf> {
        let part = pair.into_inner().find(|part| matches!(part.as_rule(), Rule::table_name | Rule::path))?;
        if part.as_rule() == Rule::table_name {
            return self.table_name(part).map(ast::RowsOf::Table);
        }
        Some(match self.at_any_level(&part) {
            Some(level) => ast::RowsOf::AtAnyLevel(level),
            None => ast::RowsOf::Children(self.path(part)),
        })
    }

    pub(super) fn number_of(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Operand> {
        self.check_line(&pair);
        let (mut of, mut name, mut condition) = (None, None, None);
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::any_record | Rule::children => of = self.rows_of(part),
                Rule::row_name => name = self.labels(part).pop(),
                Rule::group => condition = Some(self.group(part)?),
                _ => {}
            }
        }
        Some(ast::Operand::NumberOf(Box::new(ast::NumberOf { of: of?, name, condition })))
    }

    /// The `where` of rows stands on their line. On the next one it could as well be a clause of the rule.
    fn check_line(&mut self, pair: &Pair<'_, Rule>) {
        let mut rows_end = pair.as_span().start();
        for part in pair.clone().into_inner() {
            if part.as_rule() != Rule::kw_where {
                rows_end = part.as_span().start() + part.as_str().trim_end().len();
                continue;
            }
            let between = &pair.as_str()[rows_end - pair.as_span().start()..part.as_span().start() - pair.as_span().start()];
            if between.contains('\n') {
                let title = "this `where` could be about the rows before it, or a clause of its own";
                let diagnostic = Diagnostic::new(Code::Syntax, self.span(&part), title)
                    .with_help("about the rows: write it on their line")
                    .with_help("a clause of its own: put parentheses around the condition before it, or join both with `and`");
                self.diagnostics.push(diagnostic);
            }
            return;
        }
    }

    /// Without parentheses, a `where` on the line of rows would be a clause of the rule, and its labels those of the record.
    fn check_parentheses(&mut self, pair: &Pair<'_, Rule>) -> Option<()> {
        let last = pair.clone().into_inner().last()?;
        if last.as_rule() == Rule::group {
            return Some(());
        }
        let (text, rows_end) = (pair.get_input(), last.as_span().start() + last.as_str().trim_end().len());
        let rest = text[rows_end..].trim_start_matches([' ', '\t']);
        let start = text.len() - rest.len();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let word = rest.split(|c| !is_word(c)).next().unwrap_or_default();
        if !word.eq_ignore_ascii_case("where") {
            return Some(());
        }
        let span = |from: usize, to: usize| Span::new(self.file, self.offset + from, self.offset + to);
        let title = "this `where` is about the rows before it, and has no parentheses";
        let diagnostic = Diagnostic::new(Code::Syntax, span(start, start + word.len()), title);
        let (help, edit) = parenthesized(text, start);
        self.diagnostics.push(match edit {
            Some((range, text)) => diagnostic.with_edit(help, span(range.start, range.end), text),
            None => diagnostic.with_help(help),
        });
        None
    }

    fn quantity(&mut self, pair: Pair<'_, Rule>) -> Option<ast::Quantity> {
        let part = pair.into_inner().next()?;
        let rule = part.as_rule();
        let number = match rule {
            Rule::kw_any => return Some(ast::Quantity::Any),
            Rule::kw_no => return Some(ast::Quantity::No),
            _ => part.into_inner().find(|part| part.as_rule() == Rule::number)?,
        };
        let count = number.as_str().trim().parse().ok().filter(|count| (1..=MAX_COUNT).contains(count));
        if count.is_none() {
            let title = format!("so many rows are a whole number, from 1 to {MAX_COUNT}");
            let diagnostic = Diagnostic::new(Code::Literal, self.span(&number), title);
            let help = if rule == Rule::at_least { "leave it out: there are always none or more" } else { "write `no …`" };
            let is_zero = number.as_str().trim() == "0";
            self.diagnostics.push(if is_zero { diagnostic.with_help(help) } else { diagnostic });
        }
        let count = count.unwrap_or(1);
        Some(if rule == Rule::at_least { ast::Quantity::AtLeast(count) } else { ast::Quantity::FewerThan(count) })
    }
}
