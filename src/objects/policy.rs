//! A policy of row-level security.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rights::Purpose;
use super::{Command, Ddl, Definition, Id, Kind, list, quote};
use crate::catalog::QualifiedName;

/// A policy that admits rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Of which table.
    pub table: QualifiedName,
    /// Its name.
    pub name: String,
    /// What it admits rows to.
    pub command: Command,
    /// Whom it is for.
    pub roles: Vec<String>,
    /// Which rows are found, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub using: Option<String>,
    /// Which rows may come to be, as SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// What the database says of it: the rules that it comes from.
    pub comment: String,
    /// What a role of ours needs it for; missing for policies of the application's roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// Whether the table is somebody else's, who lets policies be made and nothing else: it is neither locked nor commented.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_others: bool,
    /// The functions that it calls, as SQL without arguments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<String>,
}

impl Policy {
    /// One that is there and not of any rules, to be dropped: nothing but its name is known of it.
    pub fn of_nobody(table: &QualifiedName, name: &str, of_others: bool) -> Policy {
        let (table, name) = (table.clone(), name.to_owned());
        let (roles, comment, calls) = (Vec::new(), String::new(), BTreeSet::new());
        Policy {
            table,
            name,
            command: Command::Select,
            roles,
            using: None,
            check: None,
            comment,
            purpose: None,
            of_others,
            calls,
        }
    }

    /// Whether nothing but its name is known, because it is not of any rules.
    pub fn is_of_nobody(&self) -> bool {
        self.roles.is_empty()
    }

    /// The policy under which a role of ours reads or writes all rows.
    pub fn of_service(
        table: &QualifiedName,
        name: &str,
        command: Command,
        role: &str,
        purpose: Purpose,
        comment: &str,
    ) -> Policy {
        let all = |is_asked: bool| is_asked.then(|| "true".to_owned());
        let using = all(command != Command::Insert);
        let check = all(matches!(command, Command::Insert | Command::Update));
        let (name, comment) = (name.to_owned(), comment.to_owned());
        let (roles, purpose, calls) = (vec![role.to_owned()], Some(purpose), BTreeSet::new());
        Policy { table: table.clone(), name, command, roles, using, check, comment, purpose, of_others: false, calls }
    }

    fn place(&self) -> String {
        format!("{} ON {}", quote::identifier(&self.name), quote::qualified(&self.table))
    }

    fn clauses(&self) -> [Option<String>; 2] {
        [self.using.as_ref().map(|text| clause("USING", text)), self.check.as_ref().map(|text| clause("WITH CHECK", text))]
    }

    fn say(&self) -> Option<String> {
        let comment = || format!("COMMENT ON POLICY {} IS {}", self.place(), quote::literal(&self.comment));
        (!self.of_others).then(comment)
    }
}

/// `USING (…)`, `WITH CHECK (…)`, over several lines where it is long.
fn clause(word: &str, text: &str) -> String {
    if text.contains('\n') || text.len() > 90 { format!("{word} (\n    {text}\n  )") } else { format!("{word} ({text})") }
}

impl Ddl for Policy {
    fn id(&self) -> Id {
        let table = quote::qualified(&self.table);
        match self.purpose {
            // Of one table, it has several.
            Some(Purpose::Actions | Purpose::Upkeep) => {
                Id { kind: Kind::LookupPolicy, name: format!("{table} {}", quote::identifier(&self.name)) }
            }
            Some(purpose) => Id { kind: Kind::LookupPolicy, name: purpose.name(&table, self.roles.iter()) },
            None => Id { kind: Kind::Policy, name: format!("{table} {}", quote::identifier(&self.name)) },
        }
    }

    fn create(&self) -> Vec<String> {
        let (place, command, to) = (self.place(), self.command.sql(), list(&self.roles));
        let clauses: Vec<String> = self.clauses().into_iter().flatten().collect();
        let clauses = clauses.join("\n  ");
        let create = format!("CREATE POLICY {place}\n  AS PERMISSIVE FOR {command} TO {to}\n  {clauses}");
        std::iter::once(create).chain(self.say()).collect()
    }

    fn drop(&self) -> Vec<String> {
        vec![format!("DROP POLICY {}", self.place())]
    }

    /// `ALTER POLICY` changes roles and clauses; it can neither change the command nor take a clause away (manual, ALTER POLICY).
    fn alter(&self, old: &Definition) -> Option<Vec<String>> {
        let Definition::Policy(old) = old else { return None };
        let loses = |new: &Option<String>, old: &Option<String>| new.is_none() && old.is_some();
        let is_another =
            (&self.table, &self.name, self.command, self.of_others) != (&old.table, &old.name, old.command, old.of_others);
        if is_another || loses(&self.using, &old.using) || loses(&self.check, &old.check) {
            return None;
        }
        let mut parts = Vec::new();
        if self.roles != old.roles {
            parts.push(format!("TO {}", list(&self.roles)));
        }
        let changed = std::iter::zip(self.clauses(), old.clauses()).filter(|(new, old)| new != old);
        parts.extend(changed.filter_map(|(new, _)| new));
        let mut alter = Vec::new();
        if !parts.is_empty() {
            alter.push(format!("ALTER POLICY {}\n  {}", self.place(), parts.join("\n  ")));
        }
        if self.comment != old.comment {
            alter.extend(self.say());
        }
        Some(alter)
    }

    fn table(&self) -> Option<String> {
        (!self.of_others).then(|| quote::qualified(&self.table))
    }

    fn needs(&self) -> Vec<&str> {
        self.calls.iter().map(String::as_str).collect()
    }

    fn locks(&self, _create: bool) -> usize {
        1
    }
}
