//! `the former …`: what the record had before an update. In: a path as it is written. Out: a value, or a message where nothing has changed: there the record
//! itself is meant.

use super::operands::Operand;
use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::{Code, Diagnostic, Span};
use crate::model::Value;

/// Where conditions stand, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Change {
    /// One record is looked at, and nothing of it changes.
    #[default]
    None,
    /// A record that a statement changes, as it will be: behind `then`.
    Made,
}

impl Binder<'_> {
    /// Binds a value of the record as it was, starting at the record of the rule, however far in it stands.
    pub(super) fn former(&mut self, table: TableId, path: &ast::Path, span: Span) -> Option<Operand> {
        let start = self.this_row(table);
        self.check_former_label(start.table, path.steps.first()?)?;
        if self.change == Change::None {
            let found = self.without_former(path, span);
            self.report(found);
            return None;
        }
        let path = self.path(start.table, path)?;
        Some(Operand::Single { column: path.column, value: Value::Former(path) })
    }

    /// Does something where conditions are about a record that an update leaves.
    pub(super) fn of_change<T>(&mut self, change: Change, bind: impl FnOnce(&mut Self) -> T) -> T {
        let around = std::mem::replace(&mut self.change, change);
        let bound = bind(self);
        self.change = around;
        bound
    }

    /// What a condition with a name may speak of: the change, where it is applied to the record that changes, and not to one that is looked at beside it.
    pub(super) fn change_for_named(&self) -> Change {
        if self.scope.outer.is_empty() { self.change } else { Change::None }
    }

    fn without_former(&self, path: &ast::Path, span: Span) -> Diagnostic {
        let text = super::sense::text_of(path);
        let text = if self.scope.outer.is_empty() { text } else { format!("this record's {text}") };
        let title = "nothing has changed here, so there is no former value";
        let found = Diagnostic::new(Code::WithoutFormer, span, title);
        let found = if self.in_boundary {
            found.with_note("a boundary is asked of a record as it is, and of what an update leaves, each by itself")
        } else if let Some(&index) = self.open_names.last() {
            let name = &self.named[index].definition.name.text;
            found.with_note(format!("the condition `{name}` is also used where no update ends"))
        } else {
            found.with_note(
                "`where` and `when` are asked of a record as it is; `the former …` stands behind the `then` of an update",
            )
        };
        found.with_help(format!(
            "to compare with what was, say it behind `then`: `allow update (…) then …`; if the record itself is meant, write `{text}`"
        ))
    }

    /// What to write where `the former` stands before what is no value.
    pub(super) fn begins_with_former(label: &ast::Label) -> Option<&'static str> {
        let begins = !label.exact && key(&label.text).starts_with("the former ");
        begins.then_some("`the former …` is a value that is compared; compare rows with it instead: `any record of … where (… is the former …)`")
    }

    /// Reports a column that is called so: written bare, it would lose in silence.
    fn check_former_label(&mut self, table: TableId, first: &ast::Label) -> Option<()> {
        let label = ast::Label { text: format!("the former {}", first.text), ..first.clone() };
        let [column, ..] = self.columns(table, &label)[..] else { return Some(()) };
        let name = &self.catalog.column(ColumnRef { table, column }).name;
        let title =
            format!("`{}` is a column of `{}`, and what `{}` was", label.text, self.catalog.table(table).name, first.text);
        let found = Diagnostic::new(Code::AmbiguousLabel, first.span, title)
            .with_help(format!("if the column is meant, write its exact name in backticks: `` `{name}` ``"))
            .with_help("if not, rename the column: its name has a meaning of its own");
        self.report(found);
        None
    }
}
