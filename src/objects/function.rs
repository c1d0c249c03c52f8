//! A function: of the look-ups, of triggers, or one that the application calls.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::used::drop_used;
use super::{Ddl, Definition, Id, Kind, Owner, list, quote};
use crate::catalog::QualifiedName;

/// Who may call a function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Callers {
    /// Everybody who finds it.
    Everybody,
    /// Whoever is granted it, by rights of their own.
    Granted,
    /// Who names it, by these roles: the application, or people; only its owner where there are none.
    Application(Vec<String>),
}

/// The path of every function whose body is read when it is called: what is PostgreSQL's own first, what is temporary last, so that no type of
/// the caller's stands in for one of PostgreSQL's (manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").
const SEARCH_PATH: &str = "pg_catalog, pg_temp";

/// What a function does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// PL/pgSQL, with a path.
    Plpgsql(String),
    /// A statement of SQL that is parsed when the function is made, with a path for what it calls.
    Sql(String),
    /// The same that runs as its caller and with the caller's path.
    SqlOfCaller(String),
}

/// A function. One that policies call never changes: its name carries its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: QualifiedName,
    /// What its arguments are called, where whoever calls it may name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The types of its arguments, as SQL.
    pub arguments: Vec<String>,
    /// The type of its answer, as SQL.
    pub returns: String,
    /// How it may be used: `STABLE PARALLEL SAFE`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub attributes: String,
    /// Whether it runs as its owner.
    #[serde(default)]
    pub is_definer: bool,
    /// Settings that it has beside its path, as SQL behind `SET`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
    /// What it does.
    pub body: Body,
    /// What the database says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Who may call it.
    pub callers: Callers,
    /// Whose it is; missing where it stays the deploying role's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The table of others whose rows it shows to look-ups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shows: Option<QualifiedName>,
    /// The functions that it calls, as SQL without arguments.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub calls: BTreeSet<String>,
}

impl Function {
    /// Its name and its arguments, as `CREATE FUNCTION` has them.
    pub fn signature(&self) -> String {
        format!("{}({})", quote::qualified(&self.name), self.arguments.join(", "))
    }

    /// The schemas of types that its signature names: whoever grants or drops it, which is its owner, has to find them.
    pub fn schemas(&self) -> BTreeSet<String> {
        self.arguments.iter().filter_map(|argument| quote::schema_of(argument)).collect()
    }

    /// What the arguments of a statement of SQL that answers with a table are called. PostgreSQL prints one without a name, beside columns that have some, as `""`, and
    /// what `pg_dump` writes cannot be restored.
    pub fn names_beside_columns(body: &Body, arguments: &[String], returns: &str) -> Vec<String> {
        if matches!(body, Body::Plpgsql(_)) || !returns.starts_with("TABLE") {
            return Vec::new();
        }
        let mut name = "asked".to_owned();
        while returns.contains(&name) {
            name.push('_');
        }
        (1..=arguments.len()).map(|place| format!("{name}{place}")).collect()
    }

    /// The same with the names of its arguments.
    fn declaration(&self) -> String {
        if self.names.is_empty() {
            return self.signature();
        }
        let named = std::iter::zip(&self.names, &self.arguments);
        let named: Vec<String> = named.map(|(name, r#type)| format!("{} {type}", quote::identifier(name))).collect();
        format!("{}({})", quote::qualified(&self.name), named.join(", "))
    }

    /// The setting of its path as the server keeps it, if it has one.
    pub fn path(&self) -> Option<String> {
        self.has_path().then(|| format!("search_path={SEARCH_PATH}"))
    }

    /// The SHA-256 of its body as the server keeps it: what stands in dollar quotes, with the line breaks around it; of a parsed body, nothing.
    pub fn source(&self) -> String {
        match &self.body {
            Body::Plpgsql(body) => quote::sha256_of_parts(["\n", body.as_str(), "\n"]),
            Body::Sql(_) | Body::SqlOfCaller(_) => quote::sha256(""),
        }
    }

    fn has_path(&self) -> bool {
        !matches!(self.body, Body::SqlOfCaller(_))
    }

    fn language(&self) -> &'static str {
        if matches!(self.body, Body::Plpgsql(_)) { "plpgsql" } else { "sql" }
    }

    fn attributes(&self) -> Vec<&str> {
        let attributes = [self.attributes.as_str(), if self.is_definer { "SECURITY DEFINER" } else { "" }];
        attributes.into_iter().filter(|part| !part.is_empty()).collect()
    }

    fn settings(&self) -> impl Iterator<Item = String> {
        let path = self.has_path().then(|| format!("SET search_path = {SEARCH_PATH}"));
        path.into_iter().chain(self.settings.iter().map(|setting| format!("SET {setting}")))
    }

    fn quoted(&self) -> String {
        match &self.body {
            Body::Plpgsql(body) => format!("AS {}", quote::dollar(body)),
            Body::Sql(statement) | Body::SqlOfCaller(statement) => format!("BEGIN ATOMIC\n  {statement};\nEND"),
        }
    }

    /// Ten digits that tell functions apart which differ in anything but their names and remarks.
    pub fn content(&self) -> String {
        let settings: String = self.settings().map(|setting| format!("{setting}\n  ")).collect();
        quote::hash(&format!(
            "({}{}) {} {}: {settings}LANGUAGE {}\n{}",
            self.arguments.join(", "),
            self.names.join(","),
            self.returns,
            self.attributes().join(" "),
            self.language(),
            self.quoted()
        ))
    }

    /// Looks through a window once, so that what keeps it closed is told while it is made.
    fn trial(&self) -> String {
        let nothing: Vec<String> = self.arguments.iter().map(|r#type| format!("NULL::{type}")).collect();
        let call = format!("{}({})", quote::qualified(&self.name), nothing.join(", "));
        format!("DO {}", quote::dollar(&format!("BEGIN\n  PERFORM FROM {call};\nEND")))
    }

    /// What stands behind the arguments.
    fn text(&self) -> String {
        let mut lines = vec![format!("RETURNS {}", self.returns)];
        let attributes = self.attributes().join(" ");
        if self.callers == Callers::Granted {
            lines.push(attributes);
            lines.extend(self.settings());
            lines.push(format!("LANGUAGE {}", self.language()));
        } else {
            lines.push(format!("LANGUAGE {} {attributes}", self.language()).trim_end().to_owned());
            lines.extend(self.settings());
        }
        format!("{}\n{}", lines.join("\n  "), self.quoted())
    }
}

impl Ddl for Function {
    fn id(&self) -> Id {
        let kind = if matches!(self.callers, Callers::Application(_)) { Kind::Guard } else { Kind::Function };
        Id { kind, name: self.signature() }
    }

    fn create(&self) -> Vec<String> {
        let signature = self.signature();
        let mut create = vec![format!("CREATE FUNCTION {}\n  {}", self.declaration(), self.text())];
        create
            .extend(self.comment.iter().map(|comment| format!("COMMENT ON FUNCTION {signature} IS {}", quote::literal(comment))));
        if self.callers != Callers::Everybody {
            create.push(format!("REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"));
        }
        if let Callers::Application(roles) = &self.callers
            && !roles.is_empty()
        {
            create.push(format!("GRANT EXECUTE ON FUNCTION {signature} TO {}", list(roles)));
        }
        create.extend(self.shows.iter().map(|_| self.trial()));
        let owner = self.owner.iter();
        create.extend(owner.map(|owner| format!("ALTER FUNCTION {signature} OWNER TO {}", quote::identifier(&owner.role))));
        create
    }

    /// What the application calls is changed in its place, where that can be done: other functions call it, those of the rules among them.
    fn alter(&self, old: &Definition) -> Option<Vec<String>> {
        let Definition::Function(old) = old else { return None };
        let (Callers::Application(now), Callers::Application(before)) = (&self.callers, &old.callers) else { return None };
        let is_another =
            (&self.name, &self.names, &self.arguments, &self.returns) != (&old.name, &old.names, &old.arguments, &old.returns);
        if is_another || self.owner.is_some() || old.owner.is_some() {
            return None;
        }
        let signature = self.signature();
        let mut alter = vec![format!("CREATE OR REPLACE FUNCTION {}\n  {}", self.declaration(), self.text())];
        if self.comment != old.comment {
            let comment = self.comment.as_deref().map_or_else(|| "NULL".to_owned(), quote::literal);
            alter.push(format!("COMMENT ON FUNCTION {signature} IS {comment}"));
        }
        let only_in = |these: &[String], those: &[String]| -> Vec<String> {
            these.iter().filter(|role| !those.contains(role)).cloned().collect()
        };
        let (gone, new) = (only_in(before, now), only_in(now, before));
        alter.extend((!gone.is_empty()).then(|| format!("REVOKE ALL ON FUNCTION {signature} FROM {}", list(&gone))));
        alter.extend((!new.is_empty()).then(|| format!("GRANT EXECUTE ON FUNCTION {signature} TO {}", list(&new))));
        Some(alter)
    }

    fn drop(&self) -> Vec<String> {
        let signature = self.signature();
        match self.callers {
            Callers::Application(_) => drop_used("FUNCTION", "pg_proc", "regprocedure", &signature),
            _ => vec![format!("DROP FUNCTION {signature}")],
        }
    }

    fn owner(&self) -> Option<&Owner> {
        self.owner.as_ref()
    }

    fn needs(&self) -> Vec<&str> {
        self.calls.iter().map(String::as_str).collect()
    }

    /// What is commented on or given away is locked itself, beside what it makes.
    fn locks(&self, create: bool) -> usize {
        if create && !matches!(self.callers, Callers::Application(_)) { 2 } else { 1 }
    }
}
