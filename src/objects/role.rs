//! A role without a login: of the application, or of ours. It is made where it is missing, and stays: somebody may be a member of it.

use serde::{Deserialize, Serialize};

use super::{Ddl, Id, Kind, quote};

/// A role that has to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
}

impl Ddl for Role {
    fn id(&self) -> Id {
        Id { kind: Kind::Role, name: self.name.clone() }
    }

    fn create(&self) -> Vec<String> {
        let body = format!(
            "BEGIN\n  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN\n    CREATE ROLE {} NOLOGIN;\n  END IF;\nEND",
            quote::literal(&self.name),
            quote::identifier(&self.name)
        );
        vec![format!("DO {}", quote::dollar(&body))]
    }

    fn drop(&self) -> Vec<String> {
        Vec::new()
    }
}
