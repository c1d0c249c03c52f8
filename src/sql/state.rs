//! The desired state of a database as a list of objects, each with the statements that make it and take it away. A recorded
//! state needs nothing else to be left again, not even the rules that it came from.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// What an object is. The order is the one in which objects are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A role; made where it is missing, never dropped.
    Role,
    /// The table that changes are recorded in; made where it is missing, never dropped.
    AuditTable,
    /// The schema of lookup functions.
    LookupSchema,
    /// A role's right to use a schema.
    SchemaUsage,
    /// The lookup role's right to read columns of a table.
    LookupGrant,
    /// The policy under which the lookup role sees a table.
    LookupPolicy,
    /// A lookup function.
    Function,
    /// A function that a trigger calls, which calls lookup functions.
    TriggerFunction,
    /// Who may call a lookup function.
    FunctionGrant,
    /// Row-level security of a table, enabled and forced.
    RowSecurity,
    /// A policy of the application's roles.
    Policy,
    /// A trigger that tells which grant allows a step.
    Trigger,
    /// A masking view and who may read it.
    View,
    /// A function that the application may call to ask, or to be refused loudly.
    Guard,
    /// What the application's roles may do with a table.
    Privileges,
    /// Who may draw from a sequence.
    SequenceUsage,
}

/// Something that the database should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Which one; unique among its kind.
    pub name: String,
    /// The table that has to be locked to change it, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The lookup role, where this belongs to it or calls its functions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_role: Option<String>,
    /// Statements that make it, without semicolons.
    pub create: Vec<String>,
    /// Statements that take it away, without semicolons.
    pub drop: Vec<String>,
    /// Remarks for the reader, where it comes from. Not part of what is recorded: moving a rule to another line changes nothing.
    #[serde(skip)]
    pub remarks: Vec<String>,
}

impl Object {
    /// Whether it is made before another one. Functions stay in the order of their calls.
    pub(super) fn before(&self, other: &Object) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| match self.kind {
            Kind::Function => Ordering::Equal,
            _ => self.name.cmp(&other.name),
        })
    }

    /// Whether both make the same.
    pub fn same(&self, other: &Object) -> bool {
        (&self.create, &self.drop, &self.table, &self.lookup_role)
            == (&other.create, &other.drop, &other.table, &other.lookup_role)
    }

    /// The role that has to act to make it (`create`), or to take it away, when it is not the deploying one. The lookup schema is made by
    /// the deploying role for its owner, and dropped by the owner; policies and triggers only call what belongs to the
    /// lookup role.
    pub(crate) fn actor(&self, create: bool) -> Option<&str> {
        let by_deployer = matches!(self.kind, Kind::Policy | Kind::Trigger) || (create && self.kind == Kind::LookupSchema);
        self.lookup_role.as_deref().filter(|_| !by_deployer)
    }
}

/// Everything that the database should have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The format's version; 1.
    pub version: u32,
    /// What it should have, in the order in which it is made. Functions keep their own order, the rest is ordered by name.
    pub objects: Vec<Object>,
    /// A statement that fails when the application's roles could do more than the objects say; empty where there is nothing to check.
    pub check: String,
}
