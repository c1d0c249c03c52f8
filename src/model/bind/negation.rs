//! `not Available is true`: the opposite of a comparison, or a column that is called so; `no Comments`: rows, or a condition of that name. In: a condition that
//! begins with a word of the language. Out: the same bound. Which of the two it is, only the schema file and the names can tell.

use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::Condition;

impl Binder<'_> {
    /// The opposite of a condition; where only a column has the name that begins with `not`, what is said of that column.
    pub(super) fn negation(&mut self, table: TableId, inner: &ast::Condition) -> Option<Condition> {
        let mut beginning_with_not = inner.clone();
        let Some(label) = first_label(&mut beginning_with_not) else { return self.opposite(table, inner) };
        let plain = label.clone();
        label.text = format!("not {}", plain.text);
        let both = label.clone();
        let [column] = self.columns(table, &both)[..] else { return self.opposite(table, inner) };
        if self.columns(table, &plain).is_empty() {
            let noted = self.words.len();
            let bound = self.condition(table, &beginning_with_not);
            // Its first word stands before what was read here.
            self.words.truncate(noted);
            return bound;
        }
        let name = &self.catalog.column(ColumnRef { table, column }).name;
        let title =
            format!("`not {}` fits the column `{name}`, and the opposite of what is said of `{}`", plain.text, plain.text);
        let mut found = Diagnostic::new(Code::AmbiguousLabel, plain.span, title)
            .with_help(format!("if the column is meant, write `` `{name}` `` in the place of both words"));
        if let [other] = self.columns(table, &plain)[..] {
            let text = format!("`{}`", self.catalog.column(ColumnRef { table, column: other }).name);
            found = found.with_edit("if the opposite is meant, write the exact name in backticks", plain.span, text);
        }
        self.report(found);
        None
    }

    /// A condition with a name that begins with a word of the language, where what is written reads as its name. Where it has a meaning without the name,
    /// nobody knows which is meant. `None` where there is no such name.
    pub(super) fn called_so(&mut self, table: TableId, condition: &ast::Condition) -> Option<Option<Condition>> {
        if self.named.is_empty() {
            return None;
        }
        let name = self.read_as_name(condition)?;
        let of = [Some(table), None].into_iter().find_map(|of| self.named_by_name.get(&(of, key(&name.text))))?;
        let definition = self.named[*of].definition;
        let told = self.diagnostics.len();
        let has_meaning = match condition {
            ast::Condition::Not(inner) => match &**inner {
                ast::Condition::Named(inner) => {
                    let is_named = |of: Option<TableId>| self.named_by_name.contains_key(&(of, key(&inner.text)));
                    [Some(table), None].into_iter().any(is_named)
                }
                _ => return None,
            },
            ast::Condition::Rows(rows) => self.rows(table, rows).is_some(),
            ast::Condition::Can(can) => self.can(table, can).is_some(),
            _ => return None,
        };
        self.diagnostics.truncate(told);
        if !has_meaning {
            return Some(self.named(table, &name));
        }
        let title = format!("`{}` is the name of a condition, and says something without it, too", name.text);
        let found = Diagnostic::new(Code::AmbiguousLabel, name.span, title)
            .with_secondary(definition.name.span, "a condition of this name")
            .with_edit("if that is meant, write its name in backticks", name.span, format!("`{}`", definition.name.text))
            .with_help("if not, give the condition a name that does not begin so");
        self.report(found);
        Some(None)
    }

    /// What could be a name, as it is written: `no Comments`, `any Share`, `can read Project`, `not Mine`.
    fn read_as_name(&self, condition: &ast::Condition) -> Option<ast::Label> {
        let of = |span: Span| Some(ast::Label { text: self.sources.slice(span).trim_end().to_owned(), span, exact: false });
        match condition {
            ast::Condition::Rows(rows) if rows.name.is_none() && rows.condition.is_none() => of(rows.span),
            ast::Condition::Can(can) => of(can.span),
            ast::Condition::Not(inner) => match &**inner {
                ast::Condition::Named(name) if !name.exact => {
                    let text = &self.sources.get(name.span.file).text;
                    let before = text.get(..name.span.start as usize)?.trim_end();
                    let start = before.len().checked_sub("not".len())?;
                    let is_not = before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case("not"));
                    is_not.then(|| Span { start: u32::try_from(start).unwrap_or(name.span.start), ..name.span }).and_then(of)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn opposite(&mut self, table: TableId, inner: &ast::Condition) -> Option<Condition> {
        Some(Condition::Not(Box::new(self.condition(table, inner)?)))
    }
}

/// The label that a comparison begins with.
fn first_label(condition: &mut ast::Condition) -> Option<&mut ast::Label> {
    let operand = match condition {
        ast::Condition::Compare(compare) => &mut compare.left,
        ast::Condition::OneOf(one_of) => &mut one_of.left,
        ast::Condition::Between(between) => &mut between.value,
        ast::Condition::Empty(emptiness) => &mut emptiness.operand,
        ast::Condition::Contains(containment) => &mut containment.whole,
        ast::Condition::Has(has) => &mut has.whole,
        ast::Condition::IgnoringCase(ignoring) => return first_label(&mut ignoring.comparison),
        ast::Condition::All(_)
        | ast::Condition::Any(_)
        | ast::Condition::Not(_)
        | ast::Condition::Rows(_)
        | ast::Condition::Can(_)
        | ast::Condition::Sql(_)
        | ast::Condition::Named(_) => return None,
    };
    match &mut operand.value {
        ast::Operand::Path(path) => path.steps.first_mut().filter(|label| !label.exact),
        _ => None,
    }
}
