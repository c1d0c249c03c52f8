//! What unqualified names of a helper's body mean: what the server finds first along the search path, if that is the same by every path that may be in force. In: bodies as somebody wrote
//! them, the names that there are. Out: names with their schemas, or that nobody can tell.

use std::collections::BTreeSet;

use super::super::facts::FunctionFacts;
use super::super::tree::{Query, Sql};
use super::kinds::Kind;
use super::{Reader, Scope, Why};
use crate::catalog::{QualifiedName, Type};

/// PostgreSQL's own schema.
const OWN: &str = "pg_catalog";

/// Types that the grammar knows, so that no schema is looked through for them.
const WORDS: [&str; 22] = [
    "bit",
    "bit varying",
    "boolean",
    "char",
    "character",
    "character varying",
    "dec",
    "decimal",
    "double precision",
    "float",
    "int",
    "integer",
    "bigint",
    "smallint",
    "interval",
    "numeric",
    "real",
    "time",
    "timestamp",
    "varchar",
    "nchar",
    "national character",
];

impl Reader<'_> {
    /// The search paths by which a function's body is read: none where it was read when the function was made.
    pub(super) fn paths(&self, function: &FunctionFacts, scope: &Scope<'_>) -> Result<Vec<Vec<String>>, Why> {
        if function.is_parsed {
            return Ok(Vec::new());
        }
        let own = function.search_path.as_ref().or(scope.in_force.as_ref());
        let all: Vec<&Vec<String>> = own.map_or_else(|| self.facts.search_paths.iter().collect(), |own| vec![own]);
        let runs_as = if function.is_definer { Some(&function.owner) } else { scope.reader.as_ref() };
        let is_own_schema = |role: &String| self.facts.schemas.contains_key(role);
        let schema = |schema: &String| match (schema.as_str(), runs_as) {
            ("$user", Some(role)) => Ok(Some(role.clone())),
            ("$user", None) if self.facts.roles.keys().any(is_own_schema) => {
                Err("each role looks for names in a schema of its own".to_owned())
            }
            ("$user", None) => Ok(None),
            _ => Ok(Some(schema.clone())),
        };
        let path =
            |path: &Vec<String>| path.iter().filter_map(|name| schema(name).transpose()).collect::<Result<Vec<String>, Why>>();
        let mut paths = all.into_iter().map(path).collect::<Result<Vec<Vec<String>>, Why>>()?;
        if paths.is_empty() {
            paths.push(Vec::new());
        }
        Ok(paths)
    }

    /// The relation that a name without a schema is.
    pub(super) fn relation_named(&self, name: &str, scope: &Scope<'_>) -> Result<Option<QualifiedName>, Why> {
        let of_path = |path: &Vec<String>| {
            let own = (!path.iter().any(|schema| schema == OWN)).then_some(OWN);
            let schemas = own.into_iter().chain(path.iter().map(String::as_str));
            schemas.map(|schema| QualifiedName::new(schema, name)).find(|name| self.facts.names.relations.contains(name))
        };
        only(scope.paths.iter().filter_map(of_path)).map_err(|()| by_path(name))
    }

    /// The schema of a function, where its name has none and it is not PostgreSQL's own.
    pub(super) fn function_named(&self, name: &str, scope: &Scope<'_>) -> Result<Option<QualifiedName>, Why> {
        let known = &self.facts.names.functions;
        let is_there = |schema: &&String| known.contains(&QualifiedName::new(schema.as_str(), name));
        let schemas: BTreeSet<&String> = scope.paths.iter().flatten().filter(|schema| *schema != OWN).filter(is_there).collect();
        let has_several = schemas.len() > 1 || known.contains(&QualifiedName::new(OWN, name));
        match schemas.first() {
            None => Ok(None),
            // Which one is taken depends on what it is handed.
            Some(_) if has_several => Err(format!("there are several functions `{name}` along the search path")),
            Some(schema) => Ok(Some(QualifiedName::new(schema.as_str(), name))),
        }
    }

    /// A type of a cast.
    pub(super) fn kind_named(&self, name: &str, scope: &Scope<'_>) -> Result<Kind, Why> {
        let read = |name: &str| Type::parse(name, self.catalog.enums()).map_or_else(|_| Kind::Odd(name.to_owned()), Kind::Known);
        let base = name.split(['(', '[']).next().unwrap_or(name).trim();
        let is_word = WORDS.contains(&base) || ["with time zone", "without time zone"].iter().any(|end| name.ends_with(end));
        if scope.paths.is_empty() || is_word || base.contains('.') {
            return Ok(read(name));
        }
        let base = base.trim_matches('"');
        let of_path = |path: &Vec<String>| {
            let schemas = path.iter().filter(|schema| *schema != OWN);
            schemas.map(|schema| QualifiedName::new(schema.as_str(), base)).find(|name| self.facts.names.types.contains(name))
        };
        match only(scope.paths.iter().filter_map(of_path)).map_err(|()| by_path(base))? {
            None => Ok(read(name)),
            // Beside one of PostgreSQL's own, it depends on which of them comes first.
            Some(found) if base != "citext" && Type::parse(base, &crate::catalog::Enums::new()).is_ok() => {
                Err(format!("the type `{base}` may be `{found}`"))
            }
            Some(found) => Ok(read(&name.replacen(base, &format!("{}.{}", found.schema, base), 1))),
        }
    }

    /// Whether all operators and functions without a schema in a body are PostgreSQL's own, or the only ones that they can be.
    pub(super) fn is_settled(&self, body: &Sql, scope: &Scope<'_>) -> Result<(), Why> {
        if scope.paths.is_empty() {
            return Ok(());
        }
        let mut found = Ok(());
        visit(body, &mut |sql| {
            if found.is_ok() {
                found = self.is_settled_here(sql, scope);
            }
        });
        found
    }

    fn is_settled_here(&self, sql: &Sql, scope: &Scope<'_>) -> Result<(), Why> {
        let operators: Vec<&str> = match sql {
            Sql::Binary(_, operator, _) | Sql::Any(_, operator, _) | Sql::All(_, operator, _) => vec![operator],
            Sql::In(..) | Sql::InQuery(..) => vec!["=", "<>"],
            Sql::Between(..) => vec![">=", "<=", "<", ">"],
            Sql::Like(..) => vec!["~~"],
            Sql::Distinct(..) => vec!["="],
            Sql::Call(name, _) => match name.as_slice() {
                [name] => {
                    if let (Some(own), true) = (self.function_named(name, scope)?, GRAMMAR.contains(&name.as_str())) {
                        return Err(format!("`{name}` may be `{own}`"));
                    }
                    vec!["="; usize::from(name == "nullif")]
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        for operator in operators {
            self.is_own(operator, scope)?;
        }
        Ok(())
    }

    /// Whether an operator is PostgreSQL's own by every path.
    pub(super) fn is_own(&self, operator: &str, scope: &Scope<'_>) -> Result<(), Why> {
        let other = scope.paths.iter().flatten().map(|schema| QualifiedName::new(schema.as_str(), operator));
        match other.into_iter().find(|name| self.facts.names.operators.contains(name)) {
            Some(other) => Err(format!("`{operator}` may be the one of `{}`", other.schema)),
            None => Ok(()),
        }
    }
}

/// What is read as PostgreSQL's own where it is called by its name alone.
const GRAMMAR: [&str; 13] = [
    "array",
    "coalesce",
    "count",
    "current_role",
    "current_setting",
    "current_timestamp",
    "current_user",
    "now",
    "nullif",
    "session_user",
    "statement_timestamp",
    "transaction_timestamp",
    "user",
];

/// One thing, or none.
fn only(all: impl Iterator<Item = QualifiedName>) -> Result<Option<QualifiedName>, ()> {
    let all: BTreeSet<QualifiedName> = all.collect();
    if all.len() > 1 { Err(()) } else { Ok(all.into_iter().next()) }
}

fn by_path(name: &str) -> Why {
    format!("what `{name}` is depends on the search path of the session")
}

/// Goes through an expression and all within it.
fn visit(sql: &Sql, see: &mut dyn FnMut(&Sql)) {
    see(sql);
    let mut all = |parts: &[Sql]| parts.iter().for_each(|part| visit(part, see));
    match sql {
        Sql::Cast(inner, _) | Sql::Not(inner) | Sql::IsNull(inner, _) | Sql::IsBoolean(inner, ..) => visit(inner, see),
        Sql::Call(_, parts) | Sql::And(parts) | Sql::Or(parts) | Sql::Array(parts) => all(parts),
        Sql::Binary(left, _, right)
        | Sql::Any(left, _, right)
        | Sql::All(left, _, right)
        | Sql::Distinct(left, right, _)
        | Sql::Like(left, right, _) => {
            visit(left, see);
            visit(right, see);
        }
        Sql::In(value, list, _) => {
            all(list);
            visit(value, see);
        }
        Sql::Between(value, low, high, _) => [value, low, high].into_iter().for_each(|part| visit(part, see)),
        Sql::InQuery(value, query, _) => {
            visit(value, see);
            visit_query(query, see);
        }
        Sql::Query(query) | Sql::Exists(query, _) => visit_query(query, see),
        Sql::Name(_) | Sql::Parameter(_) | Sql::Text(_) | Sql::Number(_) | Sql::Boolean(_) | Sql::Null | Sql::Other(_) => {}
    }
}

fn visit_query(query: &Query, see: &mut dyn FnMut(&Sql)) {
    query.columns.iter().chain(&query.condition).for_each(|part| visit(part, see));
    query.sources.iter().flat_map(|source| &source.arguments).flatten().for_each(|part| visit(part, see));
}
