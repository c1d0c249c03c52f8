//! An object that an earlier version of this program recorded as statements, before it recorded what they are about.

use serde::{Deserialize, Serialize};

use super::{Ddl, Id, Kind, Owner};

/// An object of a state of version 1 or 2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What it is.
    pub kind: Kind,
    /// Which one; unique among its kind.
    pub name: String,
    /// The table that has to be locked to change it, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The role that has to act to make it and to take it away, where that is not the deploying one. (In version 1, also of what only calls this
    /// role's functions.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_role: Option<String>,
    /// Whom the deploying role gives it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Statements that make it, without semicolons.
    pub create: Vec<String>,
    /// Statements that take it away, without semicolons.
    pub drop: Vec<String>,
}

impl Recorded {
    /// Of version 1, the role whose functions a policy or a trigger calls: whoever makes it has to find them.
    pub fn finds_functions_of(&self) -> Option<&str> {
        self.lookup_role.as_deref().filter(|_| matches!(self.kind, Kind::Policy | Kind::Trigger))
    }
}

impl Ddl for Recorded {
    fn id(&self) -> Id {
        Id { kind: self.kind, name: self.name.clone() }
    }

    fn create(&self) -> Vec<String> {
        self.create.clone()
    }

    fn drop(&self) -> Vec<String> {
        self.drop.clone()
    }

    fn table(&self) -> Option<String> {
        self.table.clone()
    }

    fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    /// Of version 1, whose lookup role owned the schema and all in it, policies and triggers are the deploying role's all the same.
    fn actor(&self, create: bool) -> Option<&str> {
        let by_deployer = matches!(self.kind, Kind::Policy | Kind::Trigger) || (create && self.kind == Kind::LookupSchema);
        self.lookup_role.as_deref().filter(|_| !by_deployer)
    }

    fn locks(&self, create: bool) -> usize {
        match self.kind {
            Kind::Function | Kind::TriggerFunction if create => 2,
            Kind::Policy | Kind::LookupPolicy | Kind::View | Kind::Guard => 1,
            _ => usize::from(!create),
        }
    }
}
