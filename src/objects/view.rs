//! A masking view and who may read it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::used::drop_used;
use super::{Ddl, Id, Kind, Owner, list, quote};
use crate::catalog::QualifiedName;

/// A view that no filter of a client runs before (manual section 41.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: QualifiedName,
    /// The table that it shows.
    pub table: QualifiedName,
    /// Its query, as SQL.
    pub query: String,
    /// What the database says of it.
    pub comment: String,
    /// Who may read it.
    pub readers: Vec<String>,
    /// The role that reads the table for it.
    pub owner: Owner,
    /// The functions that it calls, as SQL without arguments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<String>,
}

impl Ddl for View {
    fn id(&self) -> Id {
        Id { kind: Kind::View, name: quote::qualified(&self.name) }
    }

    fn create(&self) -> Vec<String> {
        let (view, schema) = (quote::qualified(&self.name), quote::identifier(&self.name.schema));
        let to = list(&self.readers);
        vec![
            format!("CREATE VIEW {view}\n  WITH (security_barrier = true)\nAS\n  {}", self.query),
            format!("COMMENT ON VIEW {view} IS {}", quote::literal(&self.comment)),
            format!("GRANT USAGE ON SCHEMA {schema} TO {to}"),
            format!("GRANT SELECT ON {view} TO {to}"),
            format!("ALTER VIEW {view} OWNER TO {}", quote::identifier(&self.owner.role)),
        ]
    }

    fn drop(&self) -> Vec<String> {
        drop_used("VIEW", "pg_class", "regclass", &quote::qualified(&self.name))
    }

    fn table(&self) -> Option<String> {
        Some(quote::qualified(&self.table))
    }

    fn owner(&self) -> Option<&Owner> {
        Some(&self.owner)
    }

    fn needs(&self) -> Vec<&str> {
        self.calls.iter().map(String::as_str).collect()
    }

    fn locks(&self, _create: bool) -> usize {
        1
    }
}
