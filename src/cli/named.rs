//! What somebody names on the command line. In: a kind of thing. Out: its word in messages.

/// What somebody names on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// A table of the schema file.
    Table,
    /// A column of a table.
    Column,
    /// A role of `rowgate.yaml`, or a built-in one.
    Role,
    /// The code of a diagnostic.
    Code,
    /// An action of `rowgate.yaml`.
    Action,
    /// A scenario of the test files, by a part of its name.
    Scenario,
    /// Somebody whom the test files know.
    Person,
}

impl Named {
    pub(super) fn word(self) -> &'static str {
        match self {
            Named::Table => "table",
            Named::Column => "column",
            Named::Role => "role",
            Named::Code => "code",
            Named::Action => "action",
            Named::Scenario => "scenario",
            Named::Person => "person",
        }
    }
}
