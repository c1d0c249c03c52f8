//! What a database says of who may do what, as it stands in the catalog. Whoever reads it from a server fills this in; names are as the server has them, and expressions as it
//! prints them when nothing but `pg_catalog` is on the search path.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::QualifiedName;
use crate::model::Operation;

/// All that was read.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// All roles but PostgreSQL's own, by name.
    pub roles: BTreeMap<String, RoleFacts>,
    /// Which roles may use a schema; without it, nothing in it can be named.
    pub schemas: BTreeMap<String, BTreeSet<String>>,
    /// The tables that were chosen, and those that they reference.
    pub tables: BTreeMap<QualifiedName, TableFacts>,
    /// The policies on these tables, by table and name.
    pub policies: Vec<PolicyFacts>,
    /// Policies on partitions and children of these tables, which only who names the part goes by: no rule is made of them.
    pub of_parts: Vec<OfPart>,
    /// The tables whose policies of rules that were applied are left out, by what the record of them says.
    pub ruled: BTreeSet<QualifiedName>,
    /// Schemas with such a record, which may not be read.
    pub unread: Vec<String>,
    /// Functions that a policy could call, in no schema of the system.
    pub functions: Vec<FunctionFacts>,
    /// The schemas where an unqualified name is looked for when a function says nothing else: those of this connection, and those that are set for roles.
    pub search_paths: BTreeSet<Vec<String>>,
    /// What an unqualified name could be.
    pub names: Names,
}

/// Names in the schemas of a database, beside which an unqualified one is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Tables, views and their like, also PostgreSQL's own.
    pub relations: BTreeSet<QualifiedName>,
    /// Functions of any kind; of PostgreSQL's own, those whose names others have, too.
    pub functions: BTreeSet<QualifiedName>,
    /// Types in other schemas than PostgreSQL's own.
    pub types: BTreeSet<QualifiedName>,
    /// Operators in other schemas that could be taken for PostgreSQL's own where the schema is on the path: their operands are of its types, or of what these become by themselves.
    pub operators: BTreeSet<QualifiedName>,
}

/// Operators `=` that are not PostgreSQL's own. `IS DISTINCT FROM`, `nullif`, `CASE x WHEN` and `USING (…)` are printed without the one that they ask.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Equality {
    /// Whether there is one.
    pub is_needed: bool,
    /// Whether one of them compares values of PostgreSQL's own types.
    pub is_of_built_in: bool,
}

/// A policy on a part of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfPart {
    /// The partition or child.
    pub part: QualifiedName,
    /// The policy's name.
    pub name: String,
    /// The table that it is a part of.
    pub whole: QualifiedName,
}

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleFacts {
    /// Whether no policy holds it: a superuser, or one with BYPASSRLS.
    pub bypasses: bool,
    /// Whether it is a superuser, whom no grant holds either.
    pub is_superuser: bool,
    /// Whether it may log in.
    pub is_login: bool,
    /// The roles whose rights it has without asking for them, itself among them.
    pub has_rights_of: BTreeSet<String>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableFacts {
    /// Its owner.
    pub owner: String,
    /// Whether row-level security is on.
    pub is_enabled: bool,
    /// Whether it binds the owner, too.
    pub is_forced: bool,
    /// Who has which right.
    pub grants: Vec<GrantFacts>,
}

/// A right on a table, or on one of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantFacts {
    /// Who has it; `None` for PUBLIC.
    pub role: Option<String>,
    /// What it allows.
    pub operation: Operation,
    /// The column, where it is not the whole table.
    pub column: Option<String>,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFacts {
    /// Its table.
    pub table: QualifiedName,
    /// Its name.
    pub name: String,
    /// Whether it adds rows, or narrows what others add.
    pub is_permissive: bool,
    /// What it is about.
    pub operations: Vec<Operation>,
    /// Roles; empty for PUBLIC.
    pub roles: Vec<String>,
    /// The expression on rows that are there.
    pub using: Option<String>,
    /// The expression on rows that are made.
    pub check: Option<String>,
    /// The operators `=` that it needs and that are not PostgreSQL's own.
    pub equality: Equality,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionFacts {
    /// Its name.
    pub name: QualifiedName,
    /// Its parameters that are handed in, in order; without a name where it has none.
    pub parameters: Vec<Option<String>>,
    /// Their types, as SQL writes them; of a domain, what it is made of.
    pub parameter_types: Vec<String>,
    /// How many of the last ones have a default, and so may be left out.
    pub defaults: usize,
    /// These defaults as SQL, with commas between them.
    pub default_values: String,
    /// `sql`, `plpgsql` or another.
    pub language: String,
    /// What it does: the text between the quotes, or of a parsed body as the server prints it.
    pub body: String,
    /// Whether the body was parsed when it was made, so that its names are qualified.
    pub is_parsed: bool,
    /// The operators `=` that a parsed body needs and that are not PostgreSQL's own.
    pub equality: Equality,
    /// Whether it is a plain function and no extension's: what others do is not looked into.
    pub is_plain: bool,
    /// Whether it runs as its owner.
    pub is_definer: bool,
    /// Its owner.
    pub owner: String,
    /// Whether it answers NULL without a look when it is handed one.
    pub is_strict: bool,
    /// Whether it gives several rows.
    pub returns_set: bool,
    /// What it gives, as SQL writes it.
    pub returns: String,
    /// The schemas of its own search path; `$user` is whoever it runs as.
    pub search_path: Option<Vec<String>>,
    /// What else it sets while it runs, by name.
    pub settings: Vec<String>,
    /// Who may call it; `None` for PUBLIC.
    pub callers: BTreeSet<Option<String>>,
}

impl Facts {
    /// Whether a role sees every row of a table, whatever policies say.
    pub fn sees_all(&self, role: &str, table: &QualifiedName) -> bool {
        let (Some(role), Some(table)) = (self.roles.get(role), self.tables.get(table)) else { return false };
        role.bypasses || !table.is_enabled || (!table.is_forced && role.has_rights_of.contains(&table.owner))
    }

    /// Whether a role may read all columns of a table.
    pub fn may_read(&self, role: &str, table: &QualifiedName) -> bool {
        let is_superuser = self.roles.get(role).is_some_and(|role| role.is_superuser);
        is_superuser || self.granted(role, table, Operation::Read) == Some(Granted::All)
    }

    /// Whether a role may call a function.
    pub fn may_call(&self, role: &str, function: &FunctionFacts) -> bool {
        let Some(role) = self.roles.get(role) else { return false };
        let is_granted = |caller: &Option<String>| caller.as_ref().is_none_or(|caller| role.has_rights_of.contains(caller));
        role.is_superuser || function.callers.iter().any(is_granted)
    }

    /// Whether every table with row-level security binds its owner, too.
    pub fn binds_all_owners(&self) -> bool {
        self.tables.values().filter(|table| table.is_enabled).all(|table| table.is_forced)
    }

    /// Whether a role may do something with a table, or with some of its columns: those columns, or `None` for all of them.
    pub fn granted(&self, role: &str, table: &QualifiedName, operation: Operation) -> Option<Granted> {
        let (has, schema, table) = (&self.roles.get(role)?.has_rights_of, &table.schema, self.tables.get(table)?);
        if has.contains(&table.owner) {
            return Some(Granted::All);
        }
        if self.schemas.get(schema).is_some_and(|users| !users.contains(role)) {
            return None;
        }
        let is_ours =
            |grant: &&GrantFacts| grant.operation == operation && grant.role.as_ref().is_none_or(|granted| has.contains(granted));
        let ours: Vec<&GrantFacts> = table.grants.iter().filter(is_ours).collect();
        if ours.iter().any(|grant| grant.column.is_none()) {
            return Some(Granted::All);
        }
        let columns: BTreeSet<String> = ours.into_iter().filter_map(|grant| grant.column.clone()).collect();
        (!columns.is_empty()).then_some(Granted::Columns(columns))
    }

    /// Whether a policy is asked of a role.
    pub fn applies(&self, policy: &PolicyFacts, role: &str) -> bool {
        let has = self.roles.get(role).map(|role| &role.has_rights_of);
        policy.roles.is_empty() || has.is_some_and(|has| policy.roles.iter().any(|role| has.contains(role)))
    }

    /// The policies on a table.
    pub fn policies_on<'f>(&'f self, table: &'f QualifiedName) -> impl Iterator<Item = &'f PolicyFacts> {
        self.policies.iter().filter(move |policy| policy.table == *table)
    }
}

/// Of which columns something is granted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Granted {
    /// All, also those that are added later.
    All,
    /// These.
    Columns(BTreeSet<String>),
}
