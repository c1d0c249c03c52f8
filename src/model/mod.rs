//! Rules with every name bound and every type checked. In: syntax trees, a catalog, a configuration. Out: [`Model`]. It does not
//! know how rules combine, and nothing of SQL.

mod bind;
mod condition;
mod describe;
mod print;
mod raw_sql;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use bind::{Input, Memory, bind};
pub use condition::{
    Atom, Claim, Comparison, Condition, Duration, Exists, Hop, Link, Literal, LookUp, PartPlace, Path, Set, TimeUnit, Value,
};
pub use describe::Describe;
pub use print::render_text;
pub use raw_sql::word_of_caller;

use crate::catalog::{Catalog, ColumnRef, QualifiedName, TableId};
use crate::diagnostic::Span;

/// A role of a [`Model`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub u32);

/// A membership of a [`Model`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembershipId(pub u32);

/// A whole project.
#[derive(Debug)]
pub struct Model {
    /// The database that the names were looked up in.
    pub catalog: Arc<Catalog>,
    /// Who the user is.
    pub identity: Identity,
    /// The zone in which `today` is a day.
    pub time_zone: String,
    /// The private schema of lookup functions.
    pub lookup_schema: String,
    /// Its owner.
    pub lookup_role: String,
    /// Ordered by name.
    pub memberships: Vec<Membership>,
    /// Ordered by name.
    pub roles: Vec<Role>,
    /// The tables with rules, ordered by name; the rules by name.
    pub tables: BTreeMap<TableId, Arc<[Rule]>>,
    /// Ordered by name.
    pub boundaries: Vec<Boundary>,
    /// Tables that no application role may touch, with the reason.
    pub closed: BTreeMap<TableId, String>,
    /// What the rules must never allow, in the order of the files.
    pub assertions: Vec<Assertion>,
    /// Conditions with a name, in the order of the files; what uses them has them written out.
    pub conditions: Vec<NamedCondition>,
    /// The schema of masking views, where the project switched them on.
    pub masking: Option<Masking>,
    /// The schema of guard functions, where the project switched them on.
    pub guards: Option<String>,
    /// What is recorded of changes.
    pub audit: Option<Audit>,
    /// What the last step of a script does not fail for.
    pub accepted: Accepted,
}

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
}

/// Views that show of each row the fields that may be read.
#[derive(Debug, Clone)]
pub struct Masking {
    /// Their schema.
    pub schema: String,
    /// Their owner.
    pub role: String,
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
}

/// A condition that rules may use by its name.
#[derive(Debug, Clone)]
pub struct NamedCondition {
    /// As it is written.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Whether a rule, a boundary or an assertion uses it; that a condition does which nothing uses counts for nothing.
    pub is_used: bool,
}

/// What the rules must never allow.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// Whose rules; those of what it includes, `Authenticated` and `Anyone` count too.
    pub role: RoleUse,
    /// With which operation.
    pub operation: Operation,
    /// On which table.
    pub table: TableId,
    /// For which records.
    pub condition: Option<Condition>,
    /// The place of the whole.
    pub span: Span,
}

/// Where the identity of a session comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// A setting with this name.
    Setting(String),
    /// `auth.uid()`
    Supabase,
    /// A claim of the token that PostgREST verified.
    Postgrest(Claim),
    /// `auth.user_id()`
    Neon,
    /// A function of the project without arguments.
    Function(QualifiedName),
    /// The role that the session logged in as.
    DatabaseUser,
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
    /// The database role that signed-in sessions run as.
    pub signed_in_role: String,
    /// The database role of sessions that nobody is signed in to.
    pub anonymous_role: Option<String>,
}

/// A table that says who belongs to what.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name, which is also what `User's <name>` finds.
    pub name: String,
    /// Its reference to the user.
    pub user: ColumnRef,
    /// Its reference to what the user belongs to.
    pub within: Option<ColumnRef>,
    /// Which memberships count; a condition on the membership's row.
    pub filter: Option<Condition>,
}

/// A role.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// How it is held.
    pub held: Held,
    /// Roles that who holds this one holds too, as configured.
    pub includes: Vec<RoleId>,
}

/// How a role is held.
#[derive(Debug, Clone)]
pub enum Held {
    /// By a test of the user's row.
    User(Atom),
    /// By a membership row that passes a test, within the membership's scope or globally.
    Membership {
        /// The membership.
        membership: MembershipId,
        /// The test of the membership's row.
        test: Atom,
        /// Whether the row must be within nothing.
        global: bool,
    },
    /// By a test of a claim, with somebody signed in.
    Claim(Atom),
    /// By sessions of a database role.
    DatabaseRole(String),
}

/// Whom a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Every session of the application.
    Anyone,
    /// Every session with an identity.
    Authenticated,
    /// Who holds a role.
    Role(RoleId),
}

/// Where a role has to be held.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The role has no scope.
    Unscoped,
    /// Within what this path of the record leads to.
    Of(Path),
    /// Within anything.
    Anywhere,
}

/// A role with its scope; rules of equal uses narrow each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleUse {
    /// Who.
    pub subject: Subject,
    /// Where.
    pub scope: Scope,
}

/// A rule of one table.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Whom it is for.
    pub roles: Vec<RoleUse>,
    /// What a record must match.
    pub filters: Vec<Condition>,
    /// What it grants.
    pub grants: Vec<Grant>,
    /// Paths that were completed to the user, in words for reviewers.
    pub completions: Vec<String>,
    /// How other rows are asked for what it says of them, where it says how.
    pub look_up: Option<LookUp>,
}

/// An operation on rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Seeing them.
    Read,
    /// Making new ones.
    Create,
    /// Changing them.
    Update,
    /// Removing them.
    Delete,
}

impl Operation {
    /// All four, in the order in which they are printed.
    pub const ALL: [Operation; 4] = [Operation::Read, Operation::Create, Operation::Update, Operation::Delete];

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }
}

/// One operation that a rule grants.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The operation.
    pub operation: Operation,
    /// The columns it is limited to, ordered; `None` is every column.
    pub fields: Option<Vec<u32>>,
    /// Holds for the row, or for the row before an update.
    pub when: Option<Condition>,
    /// Holds for the row after an update; equal to `when` where the rule does not say otherwise.
    pub then: Option<Condition>,
    /// The place of the operation's word.
    pub span: Span,
}

/// What every application role is held to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundary {
    /// Its name.
    pub name: String,
    /// Where the name is written.
    pub span: Span,
    /// Its conditions on each table that it holds on.
    pub tables: BTreeMap<TableId, Vec<BoundaryClause>>,
}

/// A condition of a boundary, bound to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryClause {
    /// What a record must match.
    pub condition: Condition,
    /// Who need not.
    pub except: Vec<RoleUse>,
}

impl Model {
    /// The role behind an id of this model.
    pub fn role(&self, id: RoleId) -> &Role {
        &self.roles[id.0 as usize]
    }

    /// What whoever a rule is for is called.
    pub fn subject_name(&self, subject: Subject) -> &str {
        match subject {
            Subject::Anyone => "Anyone",
            Subject::Authenticated => "Authenticated",
            Subject::Role(id) => &self.role(id).name,
        }
    }

    /// The membership behind an id of this model.
    pub fn membership(&self, id: MembershipId) -> &Membership {
        &self.memberships[id.0 as usize]
    }

    /// Roles whose holders hold `role`: itself and whatever includes it, directly or not. Ordered.
    pub fn holders(&self, role: RoleId) -> Vec<RoleId> {
        let mut holders = vec![role];
        let mut next = 0;
        while let Some(&current) = holders.get(next) {
            next += 1;
            for (id, candidate) in (0u32..).map(RoleId).zip(&self.roles) {
                if candidate.includes.contains(&current) && !holders.contains(&id) {
                    holders.push(id);
                }
            }
        }
        holders.sort_unstable();
        holders
    }

    /// Whether a condition depends on who is signed in.
    pub fn mentions_user(&self, condition: &Condition) -> bool {
        let mut found = false;
        condition.for_each_atom(&mut |atom| found |= self.atom_mentions_user(atom));
        found
    }

    /// Whether a statement depends on who is signed in; of one about other rows, what it says itself.
    pub fn atom_mentions_user(&self, atom: &Atom) -> bool {
        match atom {
            Atom::Member { .. } | Atom::EmptySet { .. } | Atom::SignedIn | Atom::HoldsGlobally { .. } => true,
            Atom::Exists(exists) => exists.of_user || self.mentions_user(&exists.condition),
            Atom::Can { operation, target, .. } => self.access_mentions_user(target.table, *operation),
            other => other.values().into_iter().any(Value::mentions_user),
        }
    }

    /// Whether who may reach a table's rows depends on who is signed in. Delegation has no cycles, so this ends.
    pub fn access_mentions_user(&self, table: TableId, operation: Operation) -> bool {
        let of_boundary = |clause: &BoundaryClause| !clause.except.is_empty() || self.mentions_user(&clause.condition);
        let needed = |grant: &&Grant| grant.operation == operation || grant.operation == Operation::Read;
        let of_rule = |rule: &Rule| {
            let grants = rule.grants.iter().filter(needed).filter_map(|grant| grant.when.as_ref());
            rule.roles.iter().any(|role| self.subject_is_looked_up(role.subject))
                || rule.filters.iter().chain(grants).any(|condition| self.mentions_user(condition))
        };
        self.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).any(of_rule)
            || self.boundaries.iter().filter_map(|boundary| boundary.tables.get(&table)).flatten().any(of_boundary)
    }

    fn subject_is_looked_up(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => false,
            Subject::Authenticated => true,
            Subject::Role(id) => self.holders(id).iter().any(|&holder| !matches!(self.role(holder).held, Held::DatabaseRole(_))),
        }
    }

    /// The membership that a role is held within; `None` for roles without scope.
    pub fn scope_of(&self, role: RoleId) -> Option<MembershipId> {
        match &self.role(role).held {
            Held::Membership { membership, global: false, .. } => Some(*membership),
            _ => None,
        }
    }

    /// The database roles that the application's sessions run as, ordered.
    pub fn application_roles(&self) -> Vec<&str> {
        let mut roles = vec![self.identity.signed_in_role.as_str()];
        roles.extend(self.identity.anonymous_role.as_deref());
        roles.extend(self.roles.iter().filter_map(|role| match &role.held {
            Held::DatabaseRole(name) => Some(name.as_str()),
            _ => None,
        }));
        roles.sort_unstable();
        roles.dedup();
        roles
    }
}
