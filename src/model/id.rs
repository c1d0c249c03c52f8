//! What a model calls its parts by: their positions; and what programs call them by that read its outputs, which is the same in all of them and in other
//! compilations, as long as nobody renames what it is made of.

use super::{Grant, Model, Rule};
use crate::catalog::TableId;

/// A role of a [`Model`](super::Model).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub u32);

/// A membership of a [`Model`](super::Model).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MembershipId(pub u32);

/// A grant of a [`Model`](super::Model), by its position; [`Model::id_of_grant`] says which it is to other compilations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantId {
    /// The table of its rule.
    pub table: TableId,
    /// The rule among those of the table.
    pub rule: u32,
    /// The grant among those of the rule.
    pub grant: u32,
}

impl Model {
    /// `tasks/Own items`: a rule's table and its name, which is unique there; written as in a JSON pointer.
    pub fn id_of_rule(&self, table: TableId, rule: &Rule) -> String {
        let escaped = |part: &str| part.replace('~', "~0").replace('/', "~1");
        format!("{}/{}", escaped(&self.catalog.table(table).name.to_string()), escaped(&rule.name))
    }

    /// `tasks/Own items/update`: a grant by its rule and its operation; `tasks/Own items/update/2` where it is not the first of its rule for that.
    pub fn id_of_grant(&self, table: TableId, rule: &Rule, grant: &Grant) -> String {
        let before = rule.grants.iter().take_while(|other| !std::ptr::eq(*other, grant));
        let number = 1 + before.filter(|other| other.operation == grant.operation).count();
        let id = format!("{}/{}", self.id_of_rule(table, rule), grant.operation.word());
        if number == 1 { id } else { format!("{id}/{number}") }
    }
}
