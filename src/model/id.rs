//! What a model calls its parts by: their positions.

use crate::catalog::TableId;

/// A role of a [`Model`](super::Model).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub u32);

/// A membership of a [`Model`](super::Model).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembershipId(pub u32);

/// A grant of a [`Model`](super::Model), by its position; [`Model::id_of_grant`](super::Model::id_of_grant) says which it is to other compilations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId {
    /// The table of its rule.
    pub table: TableId,
    /// The rule among those of the table.
    pub rule: u32,
    /// The grant among those of the rule.
    pub grant: u32,
}
