//! Labels that no column has. In: the table, the label and what leads to it. Out: the message, with what was probably meant.

use super::Binder;
use super::habits::{self, Around};
use super::rows::reference_label;
use crate::ast;
use crate::catalog::{ColumnRef, TableId, words};
use crate::diagnostic::{Code, Diagnostic};
use crate::model::describe::title_case;

impl Binder<'_> {
    /// `before` is what leads to the table from where the condition stands: `Project's `.
    pub(super) fn unknown_column(&self, table: TableId, label: &ast::Label, before: &str) -> Diagnostic {
        let entry = self.catalog.table(table);
        let title = format!("`{}` has no column `{}`", entry.name, label.text);
        let diagnostic = Diagnostic::new(Code::UnknownColumn, label.span, title);
        if let Some(help) = Self::begins_with_former(label) {
            return diagnostic.with_help(help);
        }
        if let Some(help) = self.children_meant(table, label, before) {
            return diagnostic.with_help(help);
        }
        if let Some(path) = self.apostrophe_meant(table, label) {
            return diagnostic.with_edit(format!("did you mean `{path}`?"), label.span, path);
        }
        let text = &self.sources.get(label.span.file).text;
        let around = Around { before: text.get(..label.span.start as usize).unwrap_or_default(), beside: self.beside.as_ref() };
        if let Some(habit) = habits::of_value(label, &around) {
            return habit.advise(diagnostic, label.span);
        }
        let known: Vec<String> = if label.exact {
            entry.named_values().map(|(_, column)| format!("`{}`", column.name)).collect()
        } else {
            entry.values().flat_map(|(_, column)| column.keys.iter().map(|key| title_case(key))).collect()
        };
        let diagnostic = diagnostic.with_suggestion(label.span, &label.text, known.iter().map(String::as_str));
        if diagnostic.helps.is_empty() {
            let names: Vec<&str> = entry.columns.iter().map(|column| column.name.as_str()).take(20).collect();
            diagnostic.with_note(format!("its columns are {}", names.join(", ")))
        } else {
            diagnostic
        }
    }

    /// `Class's Enrollments`: rows that point at the record, of which there may be many.
    fn children_meant(&self, table: TableId, label: &ast::Label, before: &str) -> Option<String> {
        let [child] = self.tables_called(&label.text)[..] else { return None };
        if self.references_to(child, table).is_empty() {
            return None;
        }
        let user = self.identity.as_ref()?.user_key.table;
        let condition = match self.references_to(child, user)[..] {
            [only] if table != user => format!("{} is Logged in User", reference_label(self.catalog, only)),
            _ => "…".to_owned(),
        };
        let rows = format!("{before}{}", label.text);
        Some(format!("many rows of `{}` may point at it: write `any {rows} where ({condition})`", self.catalog.table(child).name))
    }

    /// `Users Organisation`, where `User's Organisation` leads somewhere.
    fn apostrophe_meant(&self, table: TableId, label: &ast::Label) -> Option<String> {
        let (first, rest) = label.text.split_once(' ').filter(|_| !label.exact)?;
        let owner = first.strip_suffix(['s', 'S']).filter(|owner| !owner.is_empty())?;
        let step = |text: &str| ast::Label { text: text.to_owned(), exact: false, ..label.clone() };
        let is_user = owner.eq_ignore_ascii_case("user");
        let leads = match (is_user, &self.identity) {
            (true, Some(identity)) => {
                let is_membership = self.membership_names.contains_key(&words(rest));
                is_membership || !self.columns(identity.user_key.table, &step(rest)).is_empty()
            }
            _ => self.reaches(table, &[step(owner), step(rest)]),
        };
        leads.then(|| format!("{owner}'s {rest}"))
    }

    /// `Public` where there is `is_public`, `not Available` where there is `not_available`: the column that can be true, and how much before it belongs to it.
    pub(super) fn truth_meant(&self, table: TableId, label: &ast::Label) -> Option<(usize, String)> {
        let text = &self.sources.get(label.span.file).text;
        let before = text.get(..label.span.start as usize).unwrap_or_default();
        let is_boolean = |name: &str| {
            let columns = self.catalog.table(table).columns_by_words(&words(name));
            let of_type =
                |&column: &u32| self.catalog.column(ColumnRef { table, column }).r#type == crate::catalog::Type::Boolean;
            columns.iter().any(of_type)
        };
        let known = |begin: &str| Some(format!("{begin} {}", label.text)).filter(|name| is_boolean(name));
        if before.trim_end().to_ascii_lowercase().ends_with(" not")
            && let Some(name) = known("Not")
        {
            return Some((before.len() - before.trim_end().len() + "not".len(), name));
        }
        ["Is", "Has", "Can", "Was"].iter().find_map(|begin| known(begin)).map(|name| (0, name))
    }
}
