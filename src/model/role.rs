//! Roles, by what they are held, and where.

use super::condition::{Atom, Condition};
use super::id::{MembershipId, RoleId};
use super::value::{Hop, Path};
use crate::catalog::ColumnRef;

/// A table that says who belongs to what.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name, which is also what `User's <name>` finds.
    pub name: String,
    /// Its reference to the user.
    pub user: ColumnRef,
    /// Its reference to what the user belongs to.
    pub within: Option<ColumnRef>,
    /// The reference of that to what it is beneath, which has the same key: a membership counts in all beneath it, too.
    pub below: Option<Hop>,
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
    /// The permission that it is, where it is no role of the configuration.
    pub permission: Option<String>,
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
