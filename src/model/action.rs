//! What the application can do by a call, whatever the rules grant: find one record, use it up, and make others.

use super::condition::Condition;
use super::role::RoleUse;
use super::value::Value;
use super::{Describe, Model};
use crate::catalog::{Table, TableId};
use crate::diagnostic::Span;

/// A declared action.
#[derive(Debug, Clone)]
pub struct Action {
    /// Its name, which is that of its function.
    pub name: String,
    /// Where the configuration names it.
    pub span: Span,
    /// Who may call it; held within nothing.
    pub roles: Vec<RoleUse>,
    /// The table of the record that is found.
    pub table: TableId,
    /// The columns that it is found by, a key of the table, in the order of the function's arguments.
    pub by: Vec<u32>,
    /// What the record has to match.
    pub condition: Condition,
    /// What becomes of it. Ordered by the columns' names.
    pub set: Vec<Assignment>,
    /// What is made; one record of each table, ordered by the tables' names.
    pub create: Vec<Creation>,
}

/// A record that an action makes.
#[derive(Debug, Clone)]
pub struct Creation {
    /// Of which table.
    pub table: TableId,
    /// Its fields; the others have their defaults.
    pub fields: Vec<Assignment>,
}

/// A field and what it gets.
#[derive(Debug, Clone)]
pub struct Assignment {
    /// The field.
    pub column: u32,
    /// Its value; paths begin at the record that was found.
    pub value: Value,
    /// The place of the field in the configuration.
    pub span: Span,
}

impl Action {
    /// The tables that it writes, that of its record first.
    pub fn written(&self) -> impl Iterator<Item = TableId> {
        std::iter::once(self.table).chain(self.create.iter().map(|creation| creation.table))
    }
}

impl Assignment {
    /// Whether the value may turn out to be empty.
    pub fn may_be_empty(&self) -> bool {
        !matches!(self.value, Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..))
    }
}

impl Model {
    /// What actions do with the records of a table, in words: `through accept_invitation: update (status)`.
    pub fn through_actions(&self, table: TableId) -> Vec<String> {
        let entry = self.catalog.table(table);
        let mut ways = Vec::new();
        for action in &self.actions {
            if action.table == table {
                ways.push(format!("through {}: update ({})", action.name, names(entry, &action.set)));
            }
            for creation in action.create.iter().filter(|creation| creation.table == table) {
                ways.push(format!("through {}: create ({})", action.name, names(entry, &creation.fields)));
            }
        }
        ways
    }
}

impl Describe<'_> {
    /// An action as it was bound, line by line.
    pub fn action(&self, action: &Action) -> String {
        let table = |id: TableId| self.model.catalog.table(id);
        let by = action.by.iter().map(|&column| table(action.table).columns[column as usize].name.as_str());
        let roles: Vec<String> = action.roles.iter().map(|role| self.role_use(role)).collect();
        let mut text = format!(
            "action {} ({}) for {}\n  on {} where {}\n",
            action.name,
            by.collect::<Vec<_>>().join(", "),
            roles.join(", "),
            table(action.table).name,
            self.condition(&action.condition)
        );
        text.push_str(&format!("  set {}\n", self.assignments(table(action.table), &action.set)));
        for creation in &action.create {
            let created = table(creation.table);
            text.push_str(&format!("  create {} with {}\n", created.name, self.assignments(created, &creation.fields)));
        }
        text
    }

    fn assignments(&self, table: &Table, fields: &[Assignment]) -> String {
        let one = |field: &Assignment| format!("{} = {}", table.columns[field.column as usize].name, self.value(&field.value));
        fields.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

fn names(table: &Table, fields: &[Assignment]) -> String {
    fields.iter().map(|field| table.columns[field.column as usize].name.as_str()).collect::<Vec<_>>().join(", ")
}
