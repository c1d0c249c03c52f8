//! Roles, by what they are held, and where.

use super::condition::{Atom, Condition};
use super::id::{MembershipId, RoleId};
use super::value::{Hop, Path};
use super::written::Written;
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Span;

/// A table that says who belongs to what.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name, which is also what `User's <name>` finds.
    pub name: String,
    /// Where the configuration names it; missing where rows are only looked at as if they were one.
    pub span: Option<Span>,
    /// The table with a row for each.
    pub table: TableId,
    /// Whom a row counts for.
    pub holder: Holder,
    /// Its reference to what the user belongs to.
    pub within: Option<ColumnRef>,
    /// The reference of that to what it is beneath, which has the same key: a membership counts in all beneath it, too.
    pub below: Option<Hop>,
    /// Which memberships count; a condition on the membership's row.
    pub filter: Option<Condition>,
    /// Its statements in the words of the configuration.
    pub written: Written,
}

/// Whom a row of a membership counts for.
#[derive(Debug, Clone)]
pub enum Holder {
    /// The user that a column of it references.
    User(ColumnRef),
    /// Every user that a condition on it holds for: users, and those who belong to a group that it names.
    Where(Condition),
}

impl Membership {
    /// The column that references the user.
    pub fn user(&self) -> Option<ColumnRef> {
        match self.holder {
            Holder::User(column) => Some(column),
            Holder::Where(_) => None,
        }
    }

    /// What a row has to say to count, beside whom it references.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.holds_for().into_iter().chain(&self.filter)
    }

    /// Whom a row counts for, where a condition says so.
    pub fn holds_for(&self) -> Option<&Condition> {
        match &self.holder {
            Holder::User(_) => None,
            Holder::Where(condition) => Some(condition),
        }
    }
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
