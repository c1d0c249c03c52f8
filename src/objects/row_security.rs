//! Row-level security of a table, for its owner, too.

use serde::{Deserialize, Serialize};

use super::{Ddl, Id, Kind, quote};
use crate::catalog::QualifiedName;

/// Row-level security that is enabled and forced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSecurity {
    /// Of which table.
    pub table: QualifiedName,
}

impl Ddl for RowSecurity {
    fn id(&self) -> Id {
        Id { kind: Kind::RowSecurity, name: quote::qualified(&self.table) }
    }

    fn create(&self) -> Vec<String> {
        let sql = quote::qualified(&self.table);
        vec![format!("ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY"), format!("ALTER TABLE {sql} FORCE ROW LEVEL SECURITY")]
    }

    fn drop(&self) -> Vec<String> {
        let sql = quote::qualified(&self.table);
        vec![format!("ALTER TABLE {sql} NO FORCE ROW LEVEL SECURITY"), format!("ALTER TABLE {sql} DISABLE ROW LEVEL SECURITY")]
    }

    fn table(&self) -> Option<String> {
        Some(quote::qualified(&self.table))
    }
}
