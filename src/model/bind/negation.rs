//! `not Available is true`: the opposite of a comparison, or a column that is called so. In: what stands behind `not`. Out: the condition. Which of the two it
//! is, only the schema file can tell.

use super::Binder;
use crate::ast;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic};
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
