//! Rights, one by one: what a role may do with a table, a column, a sequence, a schema or a function.

use serde::{Deserialize, Serialize};

use super::{Command, Ddl, Definition, Id, Kind, list, quote};
use crate::catalog::QualifiedName;

/// What a right is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A table.
    Table(QualifiedName),
    /// A sequence.
    Sequence(QualifiedName),
    /// A schema.
    Schema(String),
    /// A function, by its name and arguments as SQL.
    Function(String),
}

/// One right of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// Whose it is.
    pub role: String,
    /// What it allows with a table; what else there is has one right only, to use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<Command>,
    /// Of which column; missing where it is of the whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// What rights are for. It also tells which of the same target are one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The application's roles have these rights and no others.
    Application,
    /// A role finds what is in a schema.
    Usage,
    /// The application finds the guards.
    Guards,
    /// Whoever is subject to a policy may call its functions.
    Calls,
    /// Look-ups read.
    LookUps,
    /// Masking views read.
    Masking,
    /// Changes are recorded.
    Record,
}

impl Purpose {
    fn kind(self) -> Kind {
        match self {
            Purpose::Application => Kind::Privileges,
            Purpose::Usage | Purpose::Guards => Kind::SchemaUsage,
            Purpose::Calls => Kind::FunctionGrant,
            Purpose::LookUps | Purpose::Masking | Purpose::Record => Kind::LookupGrant,
        }
    }

    /// The name of what serves this purpose at a target.
    pub(super) fn name<'a>(self, target: &str, roles: impl Iterator<Item = &'a String>) -> String {
        match self {
            Purpose::Application | Purpose::Calls | Purpose::LookUps => target.to_owned(),
            Purpose::Usage | Purpose::Masking => {
                let role = roles.map(|role| quote::identifier(role)).next().unwrap_or_default();
                format!("{target} {role}")
            }
            Purpose::Guards => format!("{target} usage"),
            Purpose::Record => format!("{target} insert"),
        }
    }
}

/// The rights at one target that serve one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// What they are about.
    pub on: Target,
    /// What they are for.
    pub purpose: Purpose,
    /// Who, beside PUBLIC, has no others there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_to: Vec<String>,
    /// Right by right; those of a role beside each other, and of those the columns of a command.
    pub rights: Vec<Right>,
    /// The role that grants them, where that is not the deploying one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A command as SQL and its columns; none where it is of the whole.
type Privilege<'a> = (&'static str, Vec<&'a str>);

impl Rights {
    /// `SCHEMA name`, `TABLE schema.name`, …
    fn place(&self) -> String {
        match &self.on {
            Target::Table(name) => format!("TABLE {}", quote::qualified(name)),
            Target::Sequence(name) => format!("SEQUENCE {}", quote::qualified(name)),
            Target::Schema(name) => format!("SCHEMA {}", quote::identifier(name)),
            Target::Function(signature) => format!("FUNCTION {signature}"),
        }
    }

    /// The right to use what is no table.
    fn use_of(&self) -> &'static str {
        if matches!(self.on, Target::Function(_)) { "EXECUTE" } else { "USAGE" }
    }

    /// Each role's commands with their columns, in order; no columns where a command is of the whole.
    fn by_role(&self) -> Vec<(&str, Vec<Privilege<'_>>)> {
        let mut roles: Vec<(&str, Vec<Privilege<'_>>)> = Vec::new();
        for Right { role, command, column } in &self.rights {
            let word = command.map_or(self.use_of(), Command::sql);
            if roles.last().is_none_or(|(last, _)| last != role) {
                roles.push((role, Vec::new()));
            }
            let Some((_, commands)) = roles.last_mut() else { continue };
            if commands.last().is_none_or(|(last, _)| *last != word) {
                commands.push((word, Vec::new()));
            }
            commands.last_mut().into_iter().for_each(|(_, columns)| columns.extend(column.as_deref()));
        }
        roles
    }

    /// `GRANT … TO …` and `REVOKE … FROM …`, without `REVOKE ALL`. Roles with the same rights are named together where nobody is closed out.
    fn each(&self, verb: &str, preposition: &str) -> Vec<String> {
        let mut grants: Vec<(String, Vec<String>)> = Vec::new();
        for (role, commands) in self.by_role() {
            let privileges = privileges(&commands);
            let role = quote::identifier(role).into_owned();
            match grants.last_mut() {
                Some((last, roles)) if *last == privileges && self.shares_grants() => roles.push(role),
                _ => grants.push((privileges, vec![role])),
            }
        }
        let place = self.place();
        grants.into_iter().map(|(what, roles)| format!("{verb} {what} ON {place} {preposition} {}", roles.join(", "))).collect()
    }

    /// Each role's commands that `other` has not, as SQL.
    fn beyond(&self, other: &Rights) -> Vec<(String, String)> {
        let others = other.by_role();
        let known = |role: &str, word: &str| -> Option<&Vec<&str>> {
            let (_, commands) = others.iter().find(|(other, _)| *other == role)?;
            commands.iter().find(|(other, _)| *other == word).map(|(_, columns)| columns)
        };
        let mut beyond = Vec::new();
        for (role, commands) in self.by_role() {
            let mut commands = commands;
            commands.retain_mut(|(word, columns)| match known(role, word) {
                Some(known) if known == columns => false,
                Some(known) if !known.is_empty() && !columns.is_empty() => {
                    columns.retain(|column| !known.contains(column));
                    !columns.is_empty()
                }
                _ => true,
            });
            if !commands.is_empty() {
                beyond.push((quote::identifier(role).into_owned(), privileges(&commands)));
            }
        }
        beyond
    }

    /// Of a table, each role has a statement of its own: its columns are read beside its name.
    fn shares_grants(&self) -> bool {
        !matches!(self.on, Target::Table(_))
    }

    fn close(&self) -> String {
        let everybody: Vec<String> = ["PUBLIC".to_owned()]
            .into_iter()
            .chain(self.closed_to.iter().map(|role| quote::identifier(role).into_owned()))
            .collect();
        format!("REVOKE ALL ON {} FROM {}", self.place(), everybody.join(", "))
    }

    fn is_closed(&self) -> bool {
        self.purpose == Purpose::Application
    }
}

/// `SELECT (a, b), DELETE`
fn privileges(commands: &[Privilege<'_>]) -> String {
    let of = |(word, columns): &Privilege<'_>| match columns.as_slice() {
        [] => (*word).to_owned(),
        columns => {
            let columns: Vec<_> = columns.iter().map(|column| quote::identifier(column)).collect();
            format!("{word} ({})", columns.join(", "))
        }
    };
    commands.iter().map(of).collect::<Vec<_>>().join(", ")
}

impl Ddl for Rights {
    fn id(&self) -> Id {
        let target = match &self.on {
            Target::Table(name) | Target::Sequence(name) => quote::qualified(name),
            Target::Schema(name) => quote::identifier(name).into_owned(),
            Target::Function(signature) => signature.clone(),
        };
        Id { kind: self.purpose.kind(), name: self.purpose.name(&target, self.rights.iter().map(|right| &right.role)) }
    }

    fn create(&self) -> Vec<String> {
        let close = self.is_closed().then(|| self.close());
        close.into_iter().chain(self.each("GRANT", "TO")).collect()
    }

    fn drop(&self) -> Vec<String> {
        if self.is_closed() { vec![self.close()] } else { self.each("REVOKE", "FROM") }
    }

    /// What a role may no longer do is revoked, then what it may do now is granted, column by column. Between all columns and some, the command is revoked
    /// as a whole first, which takes its columns with it (manual, REVOKE).
    fn alter(&self, old: &Definition) -> Option<Vec<String>> {
        let Definition::Rights(old) = old else { return None };
        if (&self.on, self.purpose, &self.by) != (&old.on, old.purpose, &old.by) {
            return None;
        }
        let place = self.place();
        let newcomers: Vec<&String> = self.closed_to.iter().filter(|role| !old.closed_to.contains(role)).collect();
        let close = (!newcomers.is_empty()).then(|| format!("REVOKE ALL ON {place} FROM {}", list(newcomers)));
        let revoke = old.beyond(self).into_iter().map(|(role, what)| format!("REVOKE {what} ON {place} FROM {role}"));
        let grant = self.beyond(old).into_iter().map(|(role, what)| format!("GRANT {what} ON {place} TO {role}"));
        Some(close.into_iter().chain(revoke).chain(grant).collect())
    }

    fn table(&self) -> Option<String> {
        match &self.on {
            Target::Table(name) => Some(quote::qualified(name)),
            _ => None,
        }
    }

    fn actor(&self, _create: bool) -> Option<&str> {
        self.by.as_deref()
    }

    fn needs(&self) -> Vec<&str> {
        match &self.on {
            Target::Function(signature) => signature.split('(').next().into_iter().collect(),
            _ => Vec::new(),
        }
    }
}
