//! The record in the database of what was applied to it: which objects, and how the server keeps them. Whoever deploys reads and writes it; the role of inspection reads it; nobody else.
//!
//! It is five tables beside the look-ups. `applied`: each deployment, with the digest of the state that it led to. `object`: the objects of that
//! state, as outlines. `source`: the texts that `rowgate apply` made it of, for telling what a
//! change gives and takes. `scope`: which tables, roles and schemas it is about. `fact`: what the function `facts` of the same schema said right after the
//! last deployment, so that what is changed since then can be told.

use serde::{Deserialize, Serialize};

use super::{Ddl, Id, Kind, list, quote};

/// The tables of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The schema that they are in.
    pub schema: String,
    /// Roles that are given nothing of it, whatever is granted by default on new tables.
    pub closed_to: Vec<String>,
    /// Settings by which sessions say who they are, which it looks at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// Roles that every session has, signed in or not: their logins come and go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
    /// The role of inspection, which reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_by: Option<String>,
}

/// Names and columns of its tables, as SQL.
const TABLES: [(&str, &str); 5] = [
    (
        "applied",
        "number integer PRIMARY KEY, title text NOT NULL, state text NOT NULL, program text NOT NULL, server integer NOT NULL, \
         database oid NOT NULL, by_role name NOT NULL DEFAULT session_user, at timestamptz NOT NULL DEFAULT now()",
    ),
    ("object", "kind text, name text, definition jsonb NOT NULL, PRIMARY KEY (kind, name)"),
    ("source", "state text, name text, content text NOT NULL, PRIMARY KEY (state, name)"),
    ("scope", "kind text, name text, PRIMARY KEY (kind, name)"),
    ("fact", "kind text, name text, attributes text NOT NULL, tree text, print text, PRIMARY KEY (kind, name)"),
];

impl Record {
    /// The function beside its tables that says how the server keeps what was applied.
    pub const FACTS: &str = "facts";

    /// What its tables are called.
    pub fn table_names() -> [&'static str; 5] {
        TABLES.map(|(name, _)| name)
    }

    /// Its tables with their schema, as SQL.
    pub fn tables(&self) -> [String; 5] {
        TABLES.map(|(name, _)| self.named(name))
    }

    /// The statements that make its table of facts anew, whatever became of it: what is in it is written by every script.
    pub fn facts_anew(&self) -> Vec<String> {
        let fact = self.named("fact");
        let columns = TABLES.iter().find(|(name, _)| *name == "fact").map(|(_, columns)| *columns).unwrap_or_default();
        let everybody = ["PUBLIC".to_owned()].into_iter().chain(self.closed_to.iter().map(|role| list([role])));
        [
            format!("DROP TABLE IF EXISTS {fact}"),
            format!("CREATE TABLE {fact} ({columns})"),
            format!("REVOKE ALL ON {fact} FROM {}", everybody.collect::<Vec<_>>().join(", ")),
        ]
        .into_iter()
        .chain(self.read_by.as_ref().map(|role| format!("GRANT SELECT ON {fact} TO {}", list([role]))))
        .collect()
    }

    /// The statement that lets a role read it, or ends that.
    fn reading(&self, verb: &str, word: &str, role: &String) -> String {
        format!("{verb} SELECT ON {} {word} {}", self.tables().join(", "), list([role]))
    }

    /// Something of it with its schema, as SQL.
    pub fn named(&self, name: &str) -> String {
        format!("{}.{name}", quote::identifier(&self.schema))
    }
}

impl Ddl for Record {
    fn id(&self) -> Id {
        Id { kind: Kind::Record, name: quote::identifier(&self.schema).into_owned() }
    }

    fn create(&self) -> Vec<String> {
        let made = TABLES.map(|(name, columns)| format!("CREATE TABLE {} ({columns})", self.named(name)));
        let everybody = ["PUBLIC".to_owned()].into_iter().chain(self.closed_to.iter().map(|role| list([role])));
        let close = format!("REVOKE ALL ON {} FROM {}", self.tables().join(", "), everybody.collect::<Vec<_>>().join(", "));
        let read = self.read_by.as_ref().map(|role| self.reading("GRANT", "TO", role));
        made.into_iter().chain([close]).chain(read).collect()
    }

    fn drop(&self) -> Vec<String> {
        vec![format!("DROP TABLE {}", self.tables().join(", "))]
    }

    /// Its tables stay; only who is kept from them changes.
    fn alter(&self, old: &super::Definition) -> Option<Vec<String>> {
        let super::Definition::Record(old) = old else { return None };
        let newcomers: Vec<&String> = self.closed_to.iter().filter(|role| !old.closed_to.contains(role)).collect();
        let close =
            (!newcomers.is_empty()).then(|| format!("REVOKE ALL ON {} FROM {}", self.tables().join(", "), list(newcomers)));
        let is_same = self.read_by == old.read_by;
        let no_more = old.read_by.as_ref().filter(|_| !is_same).map(|role| self.reading("REVOKE", "FROM", role));
        let read = self.read_by.as_ref().filter(|_| !is_same).map(|role| self.reading("GRANT", "TO", role));
        (self.schema == old.schema).then(|| close.into_iter().chain(no_more).chain(read).collect())
    }

    fn locks(&self, _create: bool) -> usize {
        3 * TABLES.len()
    }
}
