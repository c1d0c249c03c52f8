//! What of a database is of rules that were applied to it: by the record that they leave. In: a transaction. Out: names.

use std::collections::BTreeSet;

use postgres::Transaction;

use crate::catalog::QualifiedName;
use crate::db::DatabaseError;
use crate::db::rows::{ask, is, text};
use crate::import::Facts;
use crate::objects::quote::identifier;
use crate::objects::{Definition, Object, Purpose};

/// Policies, roles and schemas of rules.
#[derive(Debug, Default)]
pub(super) struct Ours {
    policies: BTreeSet<(QualifiedName, String)>,
    roles: BTreeSet<String>,
    schemas: BTreeSet<String>,
    /// Records that may not be read.
    pub unread: Vec<String>,
}

/// Reads the records.
pub(super) fn read(transaction: &mut Transaction<'_>) -> Result<Ours, DatabaseError> {
    let mut ours = Ours::default();
    for record in ask(transaction, RECORDS)? {
        let schema = text(&record, 0);
        if !is(&record, 1) {
            ours.unread.push(schema);
            continue;
        }
        let objects = ask(transaction, &format!("SELECT definition::text FROM {}.object", identifier(&schema)))?;
        ours.schemas.insert(schema);
        let objects = objects.iter().filter_map(|row| serde_json::from_str::<Object>(&text(row, 0)).ok());
        objects.for_each(|object| ours.add(&object.definition));
    }
    Ok(ours)
}

impl Ours {
    fn add(&mut self, definition: &Definition) {
        match definition {
            Definition::Policy(policy) => {
                self.policies.insert((policy.table.clone(), policy.name.clone()));
                if policy.purpose.is_some() {
                    self.roles.extend(policy.roles.iter().cloned());
                }
            }
            Definition::Schema(schema) => {
                self.schemas.insert(schema.name.clone());
                self.roles.extend(schema.used_by.clone());
            }
            Definition::Rights(rights)
                if !matches!(rights.purpose, Purpose::Application | Purpose::Usage | Purpose::Guards | Purpose::Calls) =>
            {
                self.roles.extend(rights.rights.iter().map(|right| right.role.clone()));
            }
            _ => {}
        }
    }

    /// Takes all of it out of what was read.
    pub(super) fn leave_out(&self, facts: &mut Facts) {
        let key = |table: &QualifiedName, name: &String| (table.clone(), name.clone());
        let is_ours = |table: &QualifiedName, name: &String| self.policies.contains(&key(table, name));
        let ruled = facts.policies.iter().filter(|policy| is_ours(&policy.table, &policy.name));
        facts.ruled = ruled.map(|policy| policy.table.clone()).collect();
        facts.policies.retain(|policy| !is_ours(&policy.table, &policy.name));
        facts.roles.retain(|role, _| !self.roles.contains(role));
        facts.functions.retain(|function| !self.schemas.contains(&function.name.schema));
        for table in facts.tables.values_mut() {
            table.grants.retain(|grant| grant.role.as_ref().is_none_or(|role| !self.roles.contains(role)));
        }
    }
}

/// Schemas with a record, known by the function beside it, and whether it may be read.
const RECORDS: &str = "SELECT n.nspname, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'object' AND c.relkind = 'r' \
     AND EXISTS (SELECT FROM pg_class a WHERE a.relnamespace = n.oid AND a.relname = 'applied' AND a.relkind = 'r') \
     AND EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = 'facts')";
