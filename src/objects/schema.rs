//! A schema of ours. It is the deploying role's: whoever got into a function could otherwise replace all that is in it.

use serde::{Deserialize, Serialize};

use super::{Ddl, Definition, Id, Kind, quote};

/// A schema that only we put something into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// The role that owns what is in it and has to find it there, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

impl Schema {
    /// Whether somebody used it before who no longer does.
    pub fn is_left_by_user_of(&self, old: &Definition) -> bool {
        matches!(old, Definition::Schema(old) if old.used_by.is_some() && self.used_by.is_none())
    }
}

impl Ddl for Schema {
    fn id(&self) -> Id {
        Id { kind: Kind::LookupSchema, name: quote::identifier(&self.name).into_owned() }
    }

    fn create(&self) -> Vec<String> {
        let schema = quote::identifier(&self.name);
        let mut create = vec![format!("CREATE SCHEMA {schema}")];
        create.extend(self.used_by.iter().map(|role| format!("GRANT USAGE ON SCHEMA {schema} TO {}", quote::identifier(role))));
        create
    }

    /// Somebody may come to use it, or cease to; who does stays, with all that is owned in it.
    fn alter(&self, old: &Definition) -> Option<Vec<String>> {
        let Definition::Schema(old) = old else { return None };
        let schema = quote::identifier(&self.name);
        match (&old.used_by, &self.used_by) {
            (None, Some(role)) => Some(vec![format!("GRANT USAGE ON SCHEMA {schema} TO {}", quote::identifier(role))]),
            (Some(role), None) => Some(vec![format!("REVOKE USAGE ON SCHEMA {schema} FROM {}", quote::identifier(role))]),
            (old, new) => (old == new).then(Vec::new),
        }
    }

    fn drop(&self) -> Vec<String> {
        vec![format!("DROP SCHEMA {}", quote::identifier(&self.name))]
    }
}
