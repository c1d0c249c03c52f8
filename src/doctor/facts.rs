//! What a running database says to the login that an application uses. Plain data: `db/doctor` fills it in, this module judges it.

use crate::catalog::{QualifiedName, TableId};

/// Everything that was asked.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The server's version as a number.
    pub server_number: u32,
    /// The server's version as people write it.
    pub server_version: String,
    /// The database.
    pub database: String,
    /// Who connects.
    pub login: Login,
    /// The application roles of the project, by name.
    pub roles: Vec<RoleFacts>,
    /// Other roles that the login can act as and should not.
    pub powers: Vec<Power>,
    /// The project's tables.
    pub tables: Vec<TableFacts>,
    /// Settings as a fresh connection has them, among them all that say who somebody is; those that are not there are left out.
    pub settings: Vec<(String, String)>,
    /// What roles and databases are given as settings (`ALTER ROLE … SET`).
    pub given: Vec<GivenSetting>,
    /// What the project's own function says of a session that nobody is signed in to, or why it fails.
    pub identity: Option<Result<Option<String>, String>>,
    /// What one connection sees of another.
    pub pooling: Pooling,
    /// What the query of the last step finds, or why it could not be asked.
    pub in_force: Result<Vec<InForce>, String>,
    /// Tables of which a session sees rows that nobody is signed in to, or why that is not known.
    pub seen_by_nobody: Result<Vec<TableId>, String>,
}

/// Who connects.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// The role that logged in.
    pub name: String,
    /// The role that a session begins as.
    pub begins_as: String,
    /// Whether it is a superuser.
    pub is_superuser: bool,
    /// Whether it has BYPASSRLS.
    pub bypasses: bool,
    /// What keeps it from connecting.
    pub kept_out: Vec<KeptOut>,
}

/// Why nobody connects as a role. Whoever becomes it without connecting, as superusers may, sees nothing of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptOut {
    /// It is none that logs in.
    NoLogin,
    /// Its password is no longer valid.
    Expired,
    /// It may not connect to the database.
    NoConnect,
}

/// A role of the application.
#[derive(Debug, Clone, Default)]
pub struct RoleFacts {
    /// Its name.
    pub name: String,
    /// Whether the server has it.
    pub exists: bool,
    /// Whether the login is a member of it, which from version 16 on may give neither of the following.
    pub is_member: bool,
    /// Whether the login has its rights without further ado.
    pub is_inherited: bool,
    /// Whether the login may SET ROLE to it.
    pub is_settable: bool,
}

/// A role that an application should not be able to act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Power {
    /// Its name.
    pub role: String,
    /// What makes it one.
    pub kind: PowerKind,
}

/// Why an application should not act as a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PowerKind {
    /// No policy is asked.
    Bypasses,
    /// It reads what look-ups read, or what masking hides.
    Serves,
    /// It can undo every policy.
    Owns,
}

/// A table of the project.
#[derive(Debug, Clone)]
pub struct TableFacts {
    /// Which one.
    pub table: TableId,
    /// What the database has of it, if it is there.
    pub found: Option<FoundTable>,
    /// What its name alone means to the application, if it means something.
    pub by_name: Option<QualifiedName>,
}

/// A table as the database has it.
#[derive(Debug, Clone, Default)]
pub struct FoundTable {
    /// Whether row-level security is on.
    pub is_enabled: bool,
    /// Whether it binds the owner.
    pub is_forced: bool,
    /// Whom it belongs to.
    pub owner: String,
    /// Rights of the login that no policy is about, such as TRUNCATE.
    pub unbound: Vec<String>,
}

/// What a role or a database is given as a setting.
#[derive(Debug, Clone)]
pub struct GivenSetting {
    /// The setting.
    pub name: String,
    /// The role; nothing for all.
    pub role: Option<String>,
    /// Whether it holds in this database alone.
    pub in_database: bool,
}

/// What one connection sees of another one that the same application opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pooling {
    /// Two connections that were open at one time were one connection of the server.
    pub is_shared: bool,
    /// What one had set for its session, the next one had, too.
    pub keeps_settings: bool,
}

/// A row of the last step's query.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// The number of its check.
    pub check: usize,
    /// What is there.
    pub what: String,
    /// What it lets whom do.
    pub lets: String,
    /// The statement that closes it.
    pub closes: Option<String>,
    /// Whether a script would fail for it.
    pub fails: bool,
}

impl Facts {
    /// The value of a setting on a fresh connection.
    pub(super) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
