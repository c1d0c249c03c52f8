//! Rights, one by one: what a role may do with a table, a column, a sequence, a schema or a function.

use std::collections::{BTreeMap, BTreeSet};

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

impl Right {
    /// The right to use what is no table.
    pub fn to_use(role: &str) -> Right {
        Right { role: role.to_owned(), command: None, column: None }
    }

    /// A right at a table, or at one of its columns.
    pub fn at_table(role: &str, command: Command, column: Option<&String>) -> Right {
        Right { role: role.to_owned(), command: Some(command), column: column.cloned() }
    }
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
    /// Actions find and write.
    Actions,
    /// People ask why somebody can or cannot.
    Inspection,
    /// Entries are taken away, and people out of them.
    Upkeep,
}

impl Purpose {
    fn kind(self) -> Kind {
        match self {
            Purpose::Application => Kind::Privileges,
            Purpose::Usage | Purpose::Guards => Kind::SchemaUsage,
            Purpose::Calls => Kind::FunctionGrant,
            Purpose::LookUps | Purpose::Masking | Purpose::Record | Purpose::Actions | Purpose::Inspection | Purpose::Upkeep => {
                Kind::LookupGrant
            }
        }
    }

    /// The name of what serves this purpose at a target.
    pub(super) fn name<'a>(self, target: &str, roles: impl Iterator<Item = &'a String>) -> String {
        match self {
            Purpose::Application | Purpose::Calls | Purpose::LookUps => target.to_owned(),
            Purpose::Usage | Purpose::Masking | Purpose::Actions | Purpose::Inspection | Purpose::Upkeep => {
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
    /// What roles may do besides what they may do already.
    pub fn new(on: Target, purpose: Purpose, rights: Vec<Right>) -> Rights {
        Rights { on, purpose, closed_to: Vec::new(), rights, by: None }
    }

    /// What is closed to everybody and to some roles, and open to none.
    pub fn closing(on: Target, closed_to: Vec<String>) -> Rights {
        Rights { closed_to, ..Rights::new(on, Purpose::Application, Vec::new()) }
    }

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

    /// `GRANT … TO …`. Of a table, each role has a statement of its own, whose columns are read beside its name; of all else, roles are named together.
    fn grant(&self) -> Vec<String> {
        let place = self.place();
        match self.on {
            Target::Table(_) => {
                let of = |(role, commands): (&str, Vec<Privilege<'_>>)| grant(&commands, &place, role);
                self.by_role().into_iter().map(of).collect()
            }
            _ if self.rights.is_empty() => Vec::new(),
            _ => vec![format!("GRANT {} ON {place} TO {}", self.use_of(), list(self.rights.iter().map(|right| &right.role)))],
        }
    }

    /// `REVOKE … FROM …`
    fn revoke(&self) -> Vec<String> {
        let place = self.place();
        match self.on {
            Target::Table(_) => {
                let of = |(role, commands): (&str, Vec<Privilege<'_>>)| {
                    let words: Vec<&str> = commands.into_iter().map(|(word, _)| word).collect();
                    revoke(&words, &place, role)
                };
                self.by_role().into_iter().map(of).collect()
            }
            _ => vec![format!("REVOKE {} ON {place} FROM {}", self.use_of(), list(self.rights.iter().map(|right| &right.role)))],
        }
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

    /// Whose rights are taken whatever they are, with a change from `before` or from nothing; without a name, everybody's.
    pub fn closed(&self, before: Option<&Rights>) -> Vec<Option<&str>> {
        let roles = self.closed_to.iter().map(String::as_str);
        match before {
            _ if !self.is_closed() => Vec::new(),
            None => std::iter::once(None).chain(roles.map(Some)).collect(),
            Some(before) => roles.filter(|role| !before.closed_to.iter().any(|old| old == role)).map(Some).collect(),
        }
    }
}

fn grant(commands: &[Privilege<'_>], place: &str, role: &str) -> String {
    let of = |(word, columns): &Privilege<'_>| match columns.as_slice() {
        [] => (*word).to_owned(),
        columns => {
            let columns: Vec<_> = columns.iter().map(|column| quote::identifier(column)).collect();
            format!("{word} ({})", columns.join(", "))
        }
    };
    let commands: Vec<String> = commands.iter().map(of).collect();
    format!("GRANT {} ON {place} TO {}", commands.join(", "), quote::identifier(role))
}

/// Of a table as a whole, which takes the columns of a command with it (manual, REVOKE): one of them may have been dropped, and cannot be named any more.
fn revoke(commands: &[&str], place: &str, role: &str) -> String {
    format!("REVOKE {} ON {place} FROM {}", commands.join(", "), quote::identifier(role))
}

/// What has to be taken from a role and what has to be given to it, to lead from some commands to others.
fn change(place: &str, role: &str, before: &[Privilege<'_>], after: &[Privilege<'_>]) -> (Option<String>, Option<String>) {
    let taken: Vec<&str> = before.iter().filter(|(word, columns)| !holds(after, word, columns)).map(|(word, _)| *word).collect();
    let mut given: Vec<Privilege<'_>> = Vec::new();
    for (word, columns) in after {
        let kept = before.iter().find(|(other, _)| other == word && !taken.contains(word));
        match kept {
            None => given.push((word, columns.clone())),
            Some((_, kept)) => {
                let more: Vec<&str> = columns.iter().filter(|column| !kept.contains(column)).copied().collect();
                given.extend((!more.is_empty()).then_some((*word, more)));
            }
        }
    }
    let taken = (!taken.is_empty()).then(|| revoke(&taken, place, role));
    (taken, (!given.is_empty()).then(|| grant(&given, place, role)))
}

/// Whether a command is among others with at least these columns; one of the whole and one of columns are not the same.
fn holds(all: &[Privilege<'_>], word: &str, columns: &[&str]) -> bool {
    let known = all.iter().find(|(other, _)| *other == word).map(|(_, known)| known);
    known.is_some_and(|known| known.is_empty() == columns.is_empty() && columns.iter().all(|column| known.contains(column)))
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
        close.into_iter().chain(self.grant()).collect()
    }

    fn drop(&self) -> Vec<String> {
        if self.is_closed() { vec![self.close()] } else { self.revoke() }
    }

    /// What a role may no longer do is revoked, then what it may do now is granted; columns are added one by one.
    fn alter(&self, old: &Definition) -> Option<Vec<String>> {
        let Definition::Rights(old) = old else { return None };
        if (&self.on, self.purpose, &self.by) != (&old.on, old.purpose, &old.by) {
            return None;
        }
        let place = self.place();
        let newcomers: Vec<&String> = self.closed_to.iter().filter(|role| !old.closed_to.contains(role)).collect();
        let close = (!newcomers.is_empty()).then(|| format!("REVOKE ALL ON {place} FROM {}", list(newcomers)));
        let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (old.by_role().into_iter().collect(), self.by_role().into_iter().collect());
        let roles: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        let changes = roles.into_iter().map(|role| {
            let (before, after) = (before.get(role).map_or(&[][..], |all| all), after.get(role).map_or(&[][..], |all| all));
            change(&place, role, before, after)
        });
        let (taken, given): (Vec<_>, Vec<_>) = changes.unzip();
        Some(close.into_iter().chain(taken.into_iter().flatten()).chain(given.into_iter().flatten()).collect())
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
