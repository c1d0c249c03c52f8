//! Rows of a table in other words: `any Member`, `any Members of Team`, `any row of members`, `Member's User`. In: a name that no table has, or no column. Out: the
//! rows that are meant.

use super::Binder;
use super::rows::reference_label;
use crate::ast;
use crate::catalog::{TableId, words};
use crate::model::describe::title_case;

/// Words before the name of a table, for its rows.
const ROWS_OF: [&str; 9] =
    ["row of ", "rows of ", "entry of ", "record in ", "record from ", "records in ", "records from ", "row in ", "rows in "];

impl Binder<'_> {
    /// What is meant by words behind `any`: advice, and what to write.
    pub(super) fn rows_meant(&self, written: &str) -> Option<(String, String)> {
        let edit = |meant: String| Some((format!("write `{meant}`"), meant));
        let lower = written.to_ascii_lowercase();
        let of = ROWS_OF.iter().find_map(|begin| lower.starts_with(begin).then(|| &written[begin.len()..]));
        if let Some(table) = of.and_then(|name| self.table_meant(name)) {
            return edit(format!("record of {}", self.catalog.table(table).name));
        }
        let rest = lower.strip_prefix("of ").map_or(written, |rest| &written[written.len() - rest.len()..]);
        let title = |table: TableId| title_case(&words(&self.catalog.table(table).name.name));
        if let Some(table) = self.table_meant(rest) {
            return edit(title(table));
        }
        let (rows, of) = rest.split_once(" of ")?;
        edit(format!("{of}'s {}", title(self.table_meant(rows)?)))
    }

    /// Advice about the name of a table where a column is named.
    pub(super) fn rows_instead(&self, from: TableId, label: &ast::Label, text: &str) -> Option<String> {
        let table = self.table_meant(&label.text).filter(|_| !label.exact)?;
        // What a role is held within is where the record leads.
        if text.get(..label.span.start as usize).is_some_and(|before| before.ends_with(" of ")) {
            let ways: Vec<String> = self
                .references_to(from, table)
                .iter()
                .map(|&column| format!("`{}`", reference_label(self.catalog, column)))
                .collect();
            return (!ways.is_empty()).then(|| format!("the record leads there by {}", ways.join(", ")));
        }
        let name = &self.catalog.table(table).name;
        let rows = title_case(&words(&name.name));
        Some(format!(
            "`{name}` is a table: of rows that point at something, write `any {rows} where (…)`, of any `any record of {name} where (…)`"
        ))
    }

    /// The table that has a name, or the plural of it.
    fn table_meant(&self, name: &str) -> Option<TableId> {
        let name = words(name);
        let several = name.strip_suffix('y').map(|stem| format!("{stem}ies"));
        let names = [Some(format!("{name}s")), several, Some(name)].into_iter().flatten();
        let found: Vec<TableId> = names.flat_map(|name| self.catalog.by_words(&name).to_vec()).collect();
        let [only] = found[..] else { return None };
        Some(only)
    }
}
