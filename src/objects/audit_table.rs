//! The table of the record of changes. It is made where it is missing and brought up to date where an earlier version made it; what has been recorded
//! stays, whatever becomes of the rules.

use serde::{Deserialize, Serialize};

use super::{Ddl, Id, Kind, quote};
use crate::catalog::QualifiedName;

/// The table of the record of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTable {
    /// Its name.
    pub name: QualifiedName,
    /// Names and types of its columns; the first is its key.
    pub columns: Vec<(String, String)>,
}

impl Ddl for AuditTable {
    fn id(&self) -> Id {
        Id { kind: Kind::AuditTable, name: quote::qualified(&self.name) }
    }

    fn create(&self) -> Vec<String> {
        let sql = quote::qualified(&self.name);
        // What is there is no news.
        let mut create = vec!["SET LOCAL client_min_messages = warning".to_owned()];
        if self.name.schema != "public" {
            create.push(format!("CREATE SCHEMA IF NOT EXISTS {}", quote::identifier(&self.name.schema)));
        }
        let columns = self.columns.iter().enumerate().map(|(index, (column, r#type))| {
            let constraint = if index == 0 { " PRIMARY KEY" } else { "" };
            format!("  {} {type}{constraint}", quote::identifier(column))
        });
        create.push(format!("CREATE TABLE IF NOT EXISTS {sql} (\n{}\n)", columns.collect::<Vec<_>>().join(",\n")));
        // One that an earlier version made lacks some.
        let added =
            self.columns.iter().map(|(column, r#type)| format!("ADD COLUMN IF NOT EXISTS {} {type}", quote::identifier(column)));
        create.push(format!("ALTER TABLE {sql}\n  {}", added.collect::<Vec<_>>().join(",\n  ")));
        create.push("SET LOCAL client_min_messages TO DEFAULT".to_owned());
        create
    }

    fn drop(&self) -> Vec<String> {
        Vec::new()
    }
}
