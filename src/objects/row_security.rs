//! Row-level security of a table; for its owner, too, unless the project says otherwise.

use serde::{Deserialize, Serialize};

use super::{Ddl, Definition, Id, Kind, quote};
use crate::catalog::QualifiedName;

/// Row-level security that is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSecurity {
    /// Of which table.
    pub table: QualifiedName,
    /// Whether policies are asked of the table's owner, too.
    #[serde(default = "always")]
    pub is_forced: bool,
}

/// In records that do not say it.
fn always() -> bool {
    true
}

impl RowSecurity {
    fn force(&self) -> String {
        let word = if self.is_forced { "FORCE" } else { "NO FORCE" };
        format!("ALTER TABLE {} {word} ROW LEVEL SECURITY", quote::qualified(&self.table))
    }
}

impl Ddl for RowSecurity {
    fn id(&self) -> Id {
        Id { kind: Kind::RowSecurity, name: quote::qualified(&self.table) }
    }

    fn create(&self) -> Vec<String> {
        vec![format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", quote::qualified(&self.table)), self.force()]
    }

    fn drop(&self) -> Vec<String> {
        let sql = quote::qualified(&self.table);
        vec![format!("ALTER TABLE {sql} NO FORCE ROW LEVEL SECURITY"), format!("ALTER TABLE {sql} DISABLE ROW LEVEL SECURITY")]
    }

    fn alter(&self, _old: &Definition) -> Option<Vec<String>> {
        Some(vec![self.force()])
    }

    fn table(&self) -> Option<String> {
        Some(quote::qualified(&self.table))
    }
}
