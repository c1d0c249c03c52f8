//! What `rowgate.yaml` says, with its names bound: who the user is, what is made beside the policies, what is meant to be there.

use std::collections::{BTreeMap, BTreeSet};

use super::claim::{Claim, ClaimPath};
use super::id::RoleId;
use crate::ast::Duration;
use crate::catalog::{ColumnRef, QualifiedName, TableId};

/// What a database has beside the rules and is meant to have. The reasons are for readers of the configuration. Ordered.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Views that show rows by other rules.
    pub views: Vec<QualifiedName>,
    /// Policies of others by the table that they are on.
    pub policies: Vec<(TableId, String)>,
    /// Functions with the types of their arguments, as PostgreSQL writes them, behind commas with a space.
    pub functions: Vec<(QualifiedName, String)>,
    /// Tables that the schema file does not know.
    pub tables: Vec<QualifiedName>,
    /// Logins that can act as several roles.
    pub logins: Vec<String>,
    /// Privileges on tables of others, and who holds them.
    pub privileges: Vec<(TableId, String, String)>,
}

impl Accepted {
    /// Whether something is accepted that somebody could put another thing in the place of, under the same name.
    pub fn may_be_replaced(&self) -> bool {
        !(self.views.is_empty() && self.policies.is_empty() && self.functions.is_empty())
    }
}

/// Views that show of each row the fields that may be read.
#[derive(Debug, Clone)]
pub struct Masking {
    /// Their schema.
    pub schema: String,
    /// Their owner.
    pub role: String,
}

/// The functions that an application asks, where the project switched them on.
#[derive(Debug, Clone)]
pub struct Guards {
    /// Their schema.
    pub schema: String,
    /// The roles whose holders may ask about another user; held within nothing.
    pub ask_about: Vec<RoleId>,
    /// The role that actions write as.
    pub acting_role: String,
}

/// The columns of the record of changes, with their types: when it was, who did it, as which roles, within what, as which role of the
/// database and logged in as which, what, on which table, the record's key (that before the change) and its new key where that differs, the columns
/// that changed, the values that the project keeps as they were and as they became, from which address.
pub const AUDIT_COLUMNS: [(&str, &str); 15] = [
    ("id", "uuid"),
    ("at", "timestamptz"),
    ("actor", "text"),
    ("roles", "text[]"),
    ("scope", "text"),
    ("database_role", "text"),
    ("login_role", "text"),
    ("operation", "text"),
    ("table_name", "text"),
    ("key", "jsonb"),
    ("new_key", "jsonb"),
    ("changed", "text[]"),
    ("before", "jsonb"),
    ("after", "jsonb"),
    ("address", "text"),
];

/// The record of changes.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The table that it is kept in.
    pub log: TableId,
    /// The tables whose changes are recorded, with the columns whose values are kept, ordered.
    pub tables: BTreeMap<TableId, Vec<u32>>,
    /// Whether guards record what they refuse.
    pub refusals: bool,
    /// The roles whose holders' reading guards record; held within nothing.
    pub reads_by: Vec<RoleId>,
    /// What takes entries away and people out of them, where the project has any of it.
    pub upkeep: Option<Upkeep>,
}

impl Audit {
    /// Whether guards write into it.
    pub fn has_guards(&self) -> bool {
        self.refusals || !self.reads_by.is_empty()
    }
}

/// What keeps the record of changes in order, beside which nobody takes anything away from it.
#[derive(Debug, Clone)]
pub struct Upkeep {
    /// The schema of the functions.
    pub schema: String,
    /// The role that they run as.
    pub role: String,
    /// The database roles that may call them.
    pub callers: Vec<String>,
    /// How long entries are kept; for good where nothing is said.
    pub keep: Option<Duration>,
    /// How people are taken out of it, where they can be.
    pub erase: Option<Erasure>,
}

/// Where people are named in the record of changes.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The columns of the user table by which somebody is named there: the identity, then others.
    pub keys: Vec<ColumnRef>,
    /// Recorded columns that name somebody, by their tables, each with the key that it names.
    pub places: BTreeMap<TableId, BTreeMap<u32, ColumnRef>>,
    /// Those of them that say whose a row is.
    pub owners: BTreeMap<TableId, BTreeSet<u32>>,
    /// The columns of these tables whose values are about whoever's row it is.
    pub values: BTreeMap<TableId, Vec<u32>>,
}

/// Where the identity of a session comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// A setting with this name.
    Setting(String),
    /// `auth.uid()`
    Supabase,
    /// A claim of the token that PostgREST verified.
    Postgrest(ClaimPath),
    /// `auth.user_id()`
    Neon,
    /// A function of the project without arguments.
    Function(QualifiedName),
    /// The role that the session logged in as.
    DatabaseUser,
}

impl Provider {
    /// Whether the identity is what a claim says. Attributes do not take the setting of the identity.
    pub fn is_taken_from(&self, claim: &Claim) -> bool {
        match (self, claim.place()) {
            (Provider::Supabase | Provider::Neon, Ok(path)) => path.0 == ["sub"],
            (Provider::Postgrest(own), Ok(path)) => path == own,
            _ => false,
        }
    }
}

/// Where the claims of a session's token come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimsSource {
    /// A setting that holds them as JSON.
    Setting(String),
    /// A function without arguments that gives them as jsonb.
    Function(QualifiedName),
}

/// Who the user is.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Where the identity comes from.
    pub provider: Provider,
    /// Where claims come from, if there are any.
    pub claims: Option<ClaimsSource>,
    /// The column of the user table that holds it; unique there.
    pub user_key: ColumnRef,
    /// The column of the user table that has what people are called. No rule asks it.
    pub user_name: Option<ColumnRef>,
    /// The database role that signed-in sessions run as.
    pub signed_in_role: String,
    /// The database role of sessions that nobody is signed in to.
    pub anonymous_role: Option<String>,
}
