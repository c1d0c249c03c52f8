//! What the application can do by a call, whatever the rules grant: find one record, use it up, and make others.

use super::condition::Condition;
use super::role::{Held, RoleUse, Subject};
use super::value::Value;
use super::{Describe, Model, Operation, Written};
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
    /// Its statements in the words of the configuration.
    pub written: Written,
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

/// What an action does with records of one table.
#[derive(Debug, Clone)]
pub struct Deed<'a> {
    /// The action.
    pub action: &'a Action,
    /// Of which table.
    pub table: TableId,
    /// Updating the record that it finds, or creating one.
    pub operation: Operation,
    /// With these fields.
    pub fields: &'a [Assignment],
}

impl Assignment {
    /// Whether the value may turn out to be empty.
    pub fn may_be_empty(&self) -> bool {
        !matches!(self.value, Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..))
    }
}

impl Model {
    /// What actions do with the records of a table, whatever its rules grant.
    pub fn deeds(&self, table: TableId) -> Vec<Deed<'_>> {
        let mut deeds = Vec::new();
        for action in &self.actions {
            if action.table == table {
                deeds.push(Deed { action, table, operation: Operation::Update, fields: &action.set });
            }
            let creations = action.create.iter().filter(|creation| creation.table == table);
            deeds.extend(creations.map(|creation| Deed {
                action,
                table,
                operation: Operation::Create,
                fields: &creation.fields,
            }));
        }
        deeds
    }

    /// Whether who holds a role, and is signed in but for `Anyone`, may call an action.
    pub fn may_call(&self, action: &Action, subject: Subject) -> bool {
        action.roles.iter().any(|role| match (role.subject, subject) {
            (Subject::Anyone, _) => true,
            (_, Subject::Anyone) => false,
            (Subject::Authenticated, Subject::Authenticated) => true,
            (Subject::Authenticated, Subject::Role(id)) => !matches!(self.role(id).held, Held::DatabaseRole(_)),
            (Subject::Role(_), Subject::Authenticated) => false,
            (Subject::Role(role), Subject::Role(id)) => self.holders(role).contains(&id),
        })
    }
}

impl Describe<'_> {
    /// What an action does with the records of a table, in words.
    pub fn deed(&self, Deed { action, table, operation, fields }: &Deed<'_>) -> String {
        let roles: Vec<String> = action.roles.iter().map(|role| self.role_use(role)).collect();
        let names = names(self.model.catalog.table(*table), fields);
        let asked = self.asked_by(action, *operation);
        let of = if *operation == Operation::Update { " where" } else { "" };
        format!("through {} for {}: {} ({names}){of} {asked}", action.name, roles.join(", "), operation.word())
    }

    /// What an action asks of the record that it finds, which is another one than what it makes.
    pub fn asked_by(&self, action: &Action, operation: Operation) -> String {
        let condition = self.condition(&action.condition);
        match operation {
            Operation::Update => condition,
            _ => format!("from {} where {condition}", self.model.catalog.table(action.table).name),
        }
    }

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
