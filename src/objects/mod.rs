//! What a database should have, as typed objects: each with an identity, what it needs, who has to act to make it, what that locks, and the
//! statements that make it, change it and take it away. In: names and SQL expressions as text. Out: [`State`]. It knows neither rules nor how an
//! expression comes about; nothing else in the crate writes DDL.
//!
//! One kind of object, one file: a type and its `Ddl`.

mod audit_table;
mod command;
mod function;
mod outline;
mod policy;
pub mod quote;
mod record;
mod recorded;
mod rights;
mod role;
mod row_security;
mod schema;
mod state;
mod tables;
pub mod template;
mod trigger;
mod used;
mod view;

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use audit_table::AuditTable;
pub use command::Command;
pub use function::{Body, Callers, Function};
pub use policy::Policy;
pub use record::Record;
pub use recorded::Recorded;
pub use rights::{Purpose, Right, Rights, Target};
pub use role::Role;
pub use row_security::RowSecurity;
pub use schema::Schema;
pub use state::{Check, ReadError, ScopeKind, State, VERSION};
pub use tables::create_tables;
pub use trigger::{MoveTrigger, Trigger};
pub use view::View;

/// What an object is. The order is the one in which objects are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A role; made where it is missing, never dropped.
    Role,
    /// The table that changes are recorded in; made where it is missing, never dropped.
    AuditTable,
    /// A schema of ours: of look-ups, of masking views, of guards.
    LookupSchema,
    /// The record of what was applied.
    Record,
    /// Somebody's right to use a schema.
    SchemaUsage,
    /// What a role of ours may do with a table.
    LookupGrant,
    /// The policy under which a role of ours sees a table.
    LookupPolicy,
    /// A function that policies, triggers or views call.
    Function,
    /// A function that a trigger calls, in states of version 1.
    TriggerFunction,
    /// Who may call a function.
    FunctionGrant,
    /// Row-level security of a table, enabled and forced.
    RowSecurity,
    /// A policy of the application's roles.
    Policy,
    /// A trigger that tells which grant allows a step, or that records one.
    Trigger,
    /// A masking view and who may read it.
    View,
    /// A function that the application may call to ask, or to be refused loudly.
    Guard,
    /// What the application's roles may do with a table or a sequence.
    Privileges,
    /// Who may draw from a sequence, in states of version 1.
    SequenceUsage,
}

impl Kind {
    /// As the record in the database has it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Role => "role",
            Kind::AuditTable => "audit table",
            Kind::LookupSchema => "schema",
            Kind::Record => "record",
            Kind::SchemaUsage => "schema usage",
            Kind::LookupGrant => "look-up grant",
            Kind::LookupPolicy => "look-up policy",
            Kind::Function => "function",
            Kind::TriggerFunction => "trigger function",
            Kind::FunctionGrant => "function grant",
            Kind::RowSecurity => "row security",
            Kind::Policy => "policy",
            Kind::Trigger => "trigger",
            Kind::View => "view",
            Kind::Guard => "guard",
            Kind::Privileges => "privileges",
            Kind::SequenceUsage => "sequence usage",
        }
    }
}

/// Which object: of two states, objects of one identity are the same thing, changed perhaps.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// What it is.
    pub kind: Kind,
    /// Which one; unique among its kind.
    pub name: String,
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

/// How one kind of object is made, changed and taken away. Statements have no semicolons.
trait Ddl {
    fn id(&self) -> Id;

    fn create(&self) -> Vec<String>;

    /// Empty where it stays for good.
    fn drop(&self) -> Vec<String>;

    /// The statements that make this of an older version of itself, where that can be done without taking it away.
    fn alter(&self, _old: &Definition) -> Option<Vec<String>> {
        None
    }

    /// The table that has to be locked for it, as SQL.
    fn table(&self) -> Option<String> {
        None
    }

    /// Whom the deploying role gives it to.
    fn owner(&self) -> Option<&Owner> {
        None
    }

    /// The role that has to act to make it (`true`) or to take it away, where that is not the deploying one.
    fn actor(&self, _create: bool) -> Option<&str> {
        None
    }

    /// The functions that have to be there before it, as SQL without arguments.
    fn needs(&self) -> Vec<&str> {
        Vec::new()
    }

    /// How many locks making it (`true`) or taking it away takes, beside those on its table.
    fn locks(&self, create: bool) -> usize {
        usize::from(!create)
    }
}

/// What an object consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each says at its type what it is
pub enum Definition {
    Role(Role),
    AuditTable(AuditTable),
    Schema(Schema),
    Record(Record),
    Rights(Rights),
    Policy(Policy),
    Function(Function),
    RowSecurity(RowSecurity),
    Trigger(Trigger),
    MoveTrigger(MoveTrigger),
    View(View),
    Recorded(Recorded),
}

macro_rules! into_definition {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Definition {
            fn from(it: $kind) -> Definition {
                Definition::$kind(it)
            }
        })*
    };
}

into_definition!(Role, AuditTable, Schema, Record, Rights, Policy, Function, RowSecurity, Trigger, MoveTrigger, View, Recorded);

impl Definition {
    fn ddl(&self) -> &dyn Ddl {
        match self {
            Definition::Role(it) => it,
            Definition::AuditTable(it) => it,
            Definition::Schema(it) => it,
            Definition::Record(it) => it,
            Definition::Rights(it) => it,
            Definition::Policy(it) => it,
            Definition::Function(it) => it,
            Definition::RowSecurity(it) => it,
            Definition::Trigger(it) => it,
            Definition::MoveTrigger(it) => it,
            Definition::View(it) => it,
            Definition::Recorded(it) => it,
        }
    }
}

/// Something that the database should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    id: Id,
    /// What it consists of.
    pub definition: Definition,
    /// Remarks for the reader, where it comes from. Not part of what is recorded: moving a rule to another line changes nothing.
    pub remarks: Vec<String>,
}

impl Object {
    /// An object with remarks for the reader of the script.
    pub fn new(definition: impl Into<Definition>, remarks: Vec<String>) -> Object {
        let definition = definition.into();
        Object { id: definition.ddl().id(), definition, remarks }
    }

    /// Which one it is.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.id.kind
    }

    /// The statements that make it.
    pub fn create(&self) -> Vec<String> {
        self.definition.ddl().create()
    }

    /// The statements that take it away; none where it stays for good.
    pub fn drop(&self) -> Vec<String> {
        self.definition.ddl().drop()
    }

    /// The statements that make this of `old`, which has the same identity, in its place; `None` where it has to be taken away and made anew.
    pub fn alter(&self, old: &Object) -> Option<Vec<String>> {
        self.definition.ddl().alter(&old.definition)
    }

    /// The table that has to be locked to make, change or drop it, as SQL.
    pub fn table(&self) -> Option<String> {
        self.definition.ddl().table()
    }

    /// Whom the deploying role gives it to.
    pub fn owner(&self) -> Option<&Owner> {
        self.definition.ddl().owner()
    }

    /// The role that has to act to make it (`create`), or to take it away, when it is not the deploying one.
    pub fn actor(&self, create: bool) -> Option<&str> {
        self.definition.ddl().actor(create)
    }

    /// The functions that have to be there before it, as SQL without arguments.
    pub fn needs(&self) -> Vec<&str> {
        self.definition.ddl().needs()
    }

    /// How many locks making it (`create`) or taking it away takes, about, beside those on its table.
    pub fn locks(&self, create: bool) -> usize {
        self.definition.ddl().locks(create)
    }

    /// The same object as it is kept in the database, where it is compared and taken away only: long texts of SQL are known by their digests.
    pub fn outline(&self) -> Object {
        Object { id: self.id.clone(), definition: outline::of(&self.definition), remarks: Vec::new() }
    }

    /// The outline as the record in the database has it, as JSON.
    pub fn as_recorded(&self) -> String {
        // Names and texts in structures: nothing of it cannot be written. Were it so, the reason would stand there, and be no object when it is read.
        serde_json::to_string(&self.outline()).unwrap_or_else(|error| format!("\"{error}\""))
    }

    /// Whether both make the same; either may be an outline. What an earlier version recorded is known by its statements only.
    pub fn same(&self, other: &Object) -> bool {
        match (&self.definition, &other.definition) {
            (Definition::Recorded(_), _) | (_, Definition::Recorded(_)) => {
                self.create() == other.create() && self.owner() == other.owner()
            }
            (own, others) => own == others || outline::of(own) == outline::of(others),
        }
    }

    /// Whether it is made before another one. Functions stay in the order of their calls.
    pub fn before(&self, other: &Object) -> Ordering {
        self.kind().cmp(&other.kind()).then_with(|| match self.kind() {
            Kind::Function | Kind::Guard => Ordering::Equal,
            _ => self.id.name.cmp(&other.id.name),
        })
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.definition.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
        Ok(Object::new(Definition::deserialize(deserializer)?, Vec::new()))
    }
}

/// Roles or names as SQL, with commas.
fn list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    names.into_iter().map(|name| quote::identifier(name)).collect::<Vec<_>>().join(", ")
}
