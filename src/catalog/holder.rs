//! Whose a table is. In: what an entry of the schema file says. Out: what may be done with the table, and messages about what cannot be said of it.

use super::file::TableEntry;
use super::load::Loader;
use super::{Table, Type};
use crate::diagnostic::{Code, Diagnostic};

/// Whose a table is, and what a deployment may do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Holder {
    /// The project's: whoever deploys owns it.
    #[default]
    Project,
    /// Somebody else's: it is referenced and looked up, and nothing of it is changed.
    External,
    /// Somebody else's, on which policies may be made, and nothing else.
    PoliciesOnly,
}

impl Table {
    /// Whether it belongs to somebody else than whoever deploys.
    pub fn is_of_others(&self) -> bool {
        self.holder != Holder::Project
    }

    /// Whether nothing of it may be changed.
    pub fn is_external(&self) -> bool {
        self.holder == Holder::External
    }

    /// Whether policies are all that it may be given.
    pub fn takes_policies_only(&self) -> bool {
        self.holder == Holder::PoliciesOnly
    }
}

impl Loader<'_> {
    /// What an entry says of whose the table is.
    pub(super) fn holder(&mut self, key: &str, entry: &TableEntry) -> Holder {
        let word = match (entry.external, entry.policies_only) {
            (false, false) => return Holder::Project,
            (true, true) => {
                let title = format!("`{key}` is `external`, and policies are made on it");
                let help = "`external: true` where nothing may be changed; `policies_only: true` where policies may be made";
                self.of_others(key, "policies_only", title, help);
                return Holder::PoliciesOnly;
            }
            (true, false) => "external",
            (false, true) => "policies_only",
        };
        let said = [("whole_rows", entry.whole_rows), ("force_row_security", entry.force_row_security)];
        for (name, _) in said.into_iter().filter(|(_, value)| value.is_some()) {
            let title = format!("`{name}` is nothing that could be done with a table that is `{word}`");
            self.of_others(key, name, title, "take it out: it takes triggers, or the table's owner");
        }
        if entry.external { Holder::External } else { Holder::PoliciesOnly }
    }

    /// What the lookup role compares, it names; and of the schemas of others it may use none.
    pub(super) fn check_types_of_others(&mut self, key: &str, table: &Table) {
        let of_others = |column: &&super::Column| {
            let element = if let Type::Array(element) = &column.r#type { element } else { &column.r#type };
            matches!(element, Type::Enum(name) if name.schema != "public")
        };
        let found = table.columns.iter().filter(|_| table.is_external()).find(of_others);
        if let Some(column) = found {
            let title = format!("look-ups cannot name the type `{}`", column.r#type);
            let path = ["tables", key, "columns", column.name.as_str()];
            let help = "write `text`: what is read of tables of others is read as the type that stands here";
            let diagnostic = Diagnostic::new(Code::TableOfOthers, self.place(&path), title);
            self.diagnostics.push(diagnostic.with_note("its schema is somebody else's").with_help(help));
        }
    }

    fn of_others(&mut self, key: &str, name: &str, title: String, help: &str) {
        let place = self.place(&["tables", key, name]);
        self.diagnostics.push(Diagnostic::new(Code::TableOfOthers, place, title).with_help(help));
    }
}
