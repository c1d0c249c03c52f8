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
    /// A function that a trigger calls, in states of version 1.
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
    /// Who may draw from a sequence, in states of version 1.
    SequenceUsage,
}

/// What an object is, as far as the last step compares it with what is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A policy.
    Policy {
        /// Its bare name.
        name: String,
        /// `SELECT`, `INSERT`, `UPDATE`, `DELETE` or `ALL`.
        command: String,
        /// Whether it admits rows; otherwise it takes them away.
        permissive: bool,
        /// Whom it is for.
        roles: Vec<String>,
    },
    /// A function of the look-ups.
    Function {
        /// Its name and the types of its arguments, as SQL.
        signature: String,
        /// Whose it is; missing where it is the deploying role's.
        owner: Option<String>,
        /// Whether it runs as its owner.
        definer: bool,
        /// The SHA-256 of its body as the server keeps it; that of a parsed body is the one of nothing.
        source: String,
        /// The setting of its path, as the server keeps it; missing where the body is parsed and there is none.
        path: Option<String>,
        /// Who may call it.
        callers: Vec<String>,
    },
    /// A masking view.
    View {
        /// Who may read it.
        readers: Vec<String>,
    },
    /// Somebody's right to use a schema.
    Usage {
        /// The schema.
        schema: String,
        /// Who.
        role: String,
    },
    /// A trigger.
    Trigger {
        /// Its bare name.
        name: String,
        /// Whether it fires for what is replicated, too.
        #[serde(default)]
        always: bool,
    },
}

impl Part {
    /// A policy that admits rows for one role.
    pub(super) fn policy(name: &str, command: &str, role: &str) -> Part {
        Part::Policy { name: name.to_owned(), command: command.to_owned(), permissive: true, roles: vec![role.to_owned()] }
    }
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
    /// The role that has to act to make it and to take it away, where that is not the deploying one. (In states that version 1 recorded, also of
    /// what only calls this role's functions.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_role: Option<String>,
    /// What the last step compares of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Whom the deploying role gives it to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Statements that make it, without semicolons.
    pub create: Vec<String>,
    /// Statements that take it away, without semicolons.
    pub drop: Vec<String>,
    /// Remarks for the reader, where it comes from. Not part of what is recorded: moving a rule to another line changes nothing.
    #[serde(skip)]
    pub remarks: Vec<String>,
}

/// A role that something is made for, which may make nothing itself. To be given something, it has to be able to make it for that moment (manual,
/// ALTER FUNCTION).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Owner {
    /// The role.
    pub role: String,
    /// The schema that it is in.
    pub schema: String,
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
        (&self.create, &self.drop, &self.table, &self.lookup_role, &self.owner)
            == (&other.create, &other.drop, &other.table, &other.lookup_role, &other.owner)
    }

    /// The role that has to act to make it (`create`), or to take it away, when it is not the deploying one. Of version 1, whose lookup role
    /// owned the schema and all in it, policies and triggers are the deploying role's all the same.
    pub(crate) fn actor(&self, create: bool) -> Option<&str> {
        let by_deployer = matches!(self.kind, Kind::Policy | Kind::Trigger) || (create && self.kind == Kind::LookupSchema);
        self.lookup_role.as_deref().filter(|_| !by_deployer)
    }
}

/// Everything that the database should have.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// The format's version: 2, or 1 of a state whose lookup role owns the schema of the look-ups.
    pub version: u32,
    /// What it should have, in the order in which it is made. Functions keep their own order, the rest is ordered by name.
    pub objects: Vec<Object>,
    /// A statement that fails when the application's roles could do more than the objects say; empty where there is nothing to check.
    pub check: String,
}
