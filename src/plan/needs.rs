//! What a change asks of a database, and takes from whom it was there for. In: changes. Out: names, as SQL has them. A server is asked with it before anything is done.

use std::collections::BTreeSet;

use super::{Change, How, script};
use crate::objects::{Command, Definition, Target, quote};

/// What has to be there, or has to be allowed, and what goes.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Tables and sequences that only their owner changes.
    pub owned: BTreeSet<String>,
    /// Roles that are made where they are missing.
    pub roles: BTreeSet<String>,
    /// Roles that the deploying one acts as meanwhile.
    pub actors: BTreeSet<String>,
    /// Schemas that are made.
    pub schemas: BTreeSet<String>,
    /// Tables that are made where they are missing: their schemas, and names.
    pub tables: BTreeSet<(String, String)>,
    /// Schemas that roles are to use.
    pub usage: BTreeSet<(String, String)>,
    /// Whose rights at a relation are taken before the rules give theirs; without a role, everybody's.
    pub closed: BTreeSet<(String, Option<String>)>,
    /// What the rules give there.
    pub given: Vec<Given>,
    /// Tables whose row-level security is switched on, and whether for the owner, too.
    pub enabled: BTreeSet<(String, bool)>,
    /// Policies of others that are dropped: tables and names.
    pub dropped: BTreeSet<(String, String)>,
}

/// A right that the rules give.
#[derive(Debug, Clone)]
pub struct Given {
    /// The table or sequence.
    pub relation: String,
    /// Who has it.
    pub role: String,
    /// What it allows.
    pub privilege: &'static str,
    /// Of which column; of all where there is none.
    pub column: Option<String>,
}

/// What changes ask for.
pub fn needs(changes: &[Change<'_>]) -> Needs {
    let setup = script::Setup::of_changes(changes);
    let mut needs =
        Needs { owned: setup.lock.into_iter().collect(), actors: setup.actors.into_iter().collect(), ..Needs::default() };
    changes.iter().for_each(|change| needs.add(change));
    let made: Vec<String> =
        needs.tables.iter().map(|(schema, name)| format!("{}.{}", quote::identifier(schema), quote::identifier(name))).collect();
    made.iter().for_each(|table| {
        needs.owned.insert(table.clone());
    });
    needs
}

impl Needs {
    fn add(&mut self, change: &Change<'_>) {
        let is_made = matches!(change.how, How::Create | How::Replace(_));
        match &change.object.definition {
            Definition::Role(role) if is_made => {
                self.roles.insert(role.name.clone());
            }
            Definition::Schema(schema) if is_made => {
                self.schemas.insert(schema.name.clone());
            }
            Definition::AuditTable(table) if is_made => {
                self.tables.insert((table.name.schema.clone(), table.name.name.clone()));
            }
            Definition::RowSecurity(security) if !matches!(change.how, How::Drop) => {
                self.enabled.insert((quote::qualified(&security.table), security.is_forced));
            }
            Definition::Policy(policy) if policy.is_of_nobody() && !is_made => {
                self.dropped.insert((quote::qualified(&policy.table), policy.name.clone()));
            }
            Definition::Rights(_) => self.add_rights(change),
            _ => {}
        }
    }

    fn add_rights(&mut self, change: &Change<'_>) {
        let Definition::Rights(rights) = &change.object.definition else { return };
        let relation = match &rights.on {
            Target::Schema(schema) => {
                self.usage.extend(rights.rights.iter().map(|right| (schema.clone(), right.role.clone())));
                return;
            }
            Target::Function(_) => return,
            Target::Table(name) | Target::Sequence(name) => quote::qualified(name),
        };
        self.owned.insert(relation.clone());
        let is_gone = matches!(change.how, How::Drop);
        if !is_gone {
            self.given.extend(rights.rights.iter().map(|right| Given {
                relation: relation.clone(),
                role: right.role.clone(),
                privilege: right.command.map_or("USAGE", Command::sql),
                column: right.column.clone(),
            }));
        }
        let before = match change.how {
            How::Alter(old) => match &old.definition {
                Definition::Rights(old) => Some(old),
                _ => None,
            },
            _ => None,
        };
        let closed = rights.closed(before);
        self.closed.extend(closed.into_iter().map(|role| (relation.clone(), role.map(str::to_owned))));
    }
}
