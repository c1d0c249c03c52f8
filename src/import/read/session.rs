//! What the session says: who is signed in, claims, settings.

use super::super::facts::FunctionFacts;
use super::super::meaning::Session;
use super::super::tree::Sql;
use super::kinds::{Kind, Typed, is_read_alike, said};
use super::{Reader, Scope, Why, is_built_in};
use crate::catalog::{QualifiedName, Type};

/// The setting of the token at Supabase, PostgREST and Neon.
const TOKEN: &str = "request.jwt.claims";

impl Reader<'_> {
    /// What an expression asks the session, if it asks it something.
    pub(super) fn session(&mut self, sql: &Sql, scope: &Scope<'_>) -> Result<Option<Typed>, Why> {
        match sql {
            Sql::Cast(inner, name) if !name.ends_with("[]") && name != "json" && name != "jsonb" => {
                let Some(said) = self.session(inner, scope)? else { return Ok(None) };
                self.session_as(said, name, scope).map(Some)
            }
            Sql::Query(query) => match query.only_value() {
                Some(value) => self.session(value, scope),
                None => Ok(None),
            },
            Sql::Binary(left, operator, right) if operator == "->>" || operator == "#>>" => {
                let Some((setting, mut path)) = self.token(left, scope) else { return Ok(None) };
                let last = if operator == "->>" { key(right) } else { path_of(right) };
                let Some(last) = last else { return Err("a claim whose name is no constant".to_owned()) };
                path.extend(last);
                Ok(Some(said(Session::Claim { setting, path }, Kind::text())))
            }
            Sql::Call(name, arguments) => self.session_call(name, arguments),
            _ => Ok(None),
        }
    }

    /// What the session says as another type. Of a text most types are read, and what is none of them is missing. One type after another, or one that takes something away, is something else.
    pub(super) fn session_as(&self, said: Typed, name: &str, scope: &Scope<'_>) -> Result<Typed, Why> {
        let kind = self.kind_named(name, scope)?;
        let is_uuid_as_text = said.kind == Kind::Known(Type::Uuid) && kind.is_text();
        let is_whole = |kind: &Kind| matches!(kind, Kind::Known(Type::SmallInt | Type::Integer | Type::BigInt));
        // A length or a precision takes something away.
        let is_read =
            !name.contains('(') && (said.kind.is_text() && is_read_alike(&kind) || is_whole(&said.kind) && is_whole(&kind));
        match said {
            said if said.under.is_none() && (said.kind == kind || is_read) => Ok(Typed { kind, ..said }),
            said if said.under.is_none() && is_uuid_as_text && !name.contains('(') => Ok(said.into_text()),
            _ => Err(format!("what the session says, as {name}")),
        }
    }

    fn session_call(&mut self, name: &[String], arguments: &[Sql]) -> Result<Option<Typed>, Why> {
        if let Some(setting) = setting(name, arguments) {
            return Ok(Some(said(Session::Setting(setting), Kind::text())));
        }
        if !arguments.is_empty() {
            return Ok(None);
        }
        let claim = |name: &str| {
            let session = Session::Claim { setting: TOKEN.to_owned(), path: vec![name.to_owned()] };
            Some(said(session, Kind::text()))
        };
        Ok(match name {
            [schema, own] if schema == "auth" && self.is_platform(&QualifiedName::new("auth", own.as_str())) => {
                match own.as_str() {
                    "uid" => Some(said(Session::SupabaseUser, self.returned(schema, own).unwrap_or(Kind::Known(Type::Uuid)))),
                    "user_id" => Some(said(Session::NeonUser, self.returned(schema, own).unwrap_or(Kind::text()))),
                    "role" | "email" => claim(own),
                    _ => self.identity_call(name),
                }
            }
            _ if is_built_in(name, "session_user") => Some(said(Session::Login, Kind::text())),
            _ if is_built_in(name, "current_user") || is_built_in(name, "current_role") || is_built_in(name, "user") => {
                Some(said(Session::DatabaseRole, Kind::text()))
            }
            _ => self.identity_call(name),
        })
    }

    /// What a function without parameters gives.
    fn returned(&self, schema: &str, name: &str) -> Option<Kind> {
        let is_it = |name_of: &QualifiedName| name_of.schema == schema && name_of.name == name;
        let mut all = self.facts.functions.iter().filter(|one| is_it(&one.name) && one.parameters.is_empty());
        Some(self.kind(&all.next()?.returns))
    }

    fn identity_call(&self, name: &[String]) -> Option<Typed> {
        let identity = self.identity.as_ref()?;
        let is_it = match name {
            [schema, own] => *schema == identity.schema && *own == identity.name,
            [own] => *own == identity.name,
            _ => false,
        };
        let kind = self.returned(&identity.schema, &identity.name).unwrap_or(Kind::Unknown);
        is_it.then(|| said(Session::Function(identity.clone()), kind))
    }

    /// A token as JSON, and the way that was gone into it.
    fn token(&self, sql: &Sql, scope: &Scope<'_>) -> Option<(String, Vec<String>)> {
        match sql {
            Sql::Binary(left, operator, right) if operator == "->" || operator == "#>" => {
                let (setting, mut path) = self.token(left, scope)?;
                path.extend(if operator == "->" { key(right)? } else { path_of(right)? });
                Some((setting, path))
            }
            Sql::Cast(inner, name) if name == "json" || name == "jsonb" => match inner.as_ref() {
                Sql::Call(name, arguments) => match setting(name, arguments) {
                    Some(setting) => Some((setting, Vec::new())),
                    // An empty text is no token.
                    None if is_built_in(name, "nullif") && !scope.hides_equality => match arguments.as_slice() {
                        [Sql::Call(name, arguments), empty] if empty.text() == Some("") => {
                            Some((setting(name, arguments)?, Vec::new()))
                        }
                        _ => None,
                    },
                    None => None,
                },
                _ => self.token(inner, scope),
            },
            Sql::Query(query) => self.token(query.only_value()?, scope),
            Sql::Call(name, arguments) if arguments.is_empty() => match name.as_slice() {
                [schema, own] if own == "jwt" || own == "session" => {
                    let is_token = schema == "auth" && self.is_platform(&QualifiedName::new("auth", own.as_str()));
                    is_token.then(|| (TOKEN.to_owned(), Vec::new()))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether nothing that a function of the platform names could be somebody else's.
    fn is_as_it_reads(&self, function: &FunctionFacts) -> bool {
        let Ok(paths) = self.paths(function, &Scope::default()) else { return false };
        let scope = Scope { paths, ..Scope::default() };
        let is_own = |name: &str| matches!(self.function_named(name, &scope), Ok(None));
        let is_operator = |name: &str| self.is_own(name, &scope).is_ok();
        let is_type = |name: &str| self.kind_named(name, &scope).is_ok();
        ["current_setting", "coalesce", "nullif"].into_iter().all(is_own)
            && ["=", "->", "->>", "#>>"].into_iter().all(is_operator)
            && ["text", "uuid", "json", "jsonb"].into_iter().all(is_type)
    }

    /// Whether a name is that of a function of the platform, which is not looked into: it reads the token and nothing else. A function of the project's own may be called so, too.
    pub(super) fn is_platform(&self, name: &QualifiedName) -> bool {
        let is_called =
            name.schema == "auth" && ["uid", "jwt", "role", "email", "user_id", "session"].contains(&name.name.as_str());
        let mut own = self.facts.functions.iter().filter(|function| function.name == *name);
        let claim = match name.name.as_str() {
            "uid" | "user_id" => Some("sub"),
            "jwt" | "session" => None,
            own => Some(own),
        };
        let reads = |function: &FunctionFacts| reads_only(&function.body, claim) && self.is_as_it_reads(function);
        is_called && own.all(reads)
    }
}

/// Whether a body reads one claim of the token, or where none is given the token, and does nothing else: its constants name just that, its words are the few that
/// reading takes. A body that reads another claim, or looks further into one, answers something else under the same name.
fn reads_only(body: &str, claim: Option<&str>) -> bool {
    const WORDS: [&str; 11] =
        ["select", "coalesce", "nullif", "pg_catalog", "current_setting", "true", "text", "uuid", "json", "jsonb", "as"];
    let of_claim = claim.map(|claim| format!("request.jwt.claim.{claim}"));
    let mut names_token = false;
    for (index, part) in body.split('\'').enumerate() {
        let is_known = if index % 2 == 1 {
            let is_token = part == TOKEN || part == "request.jwt.claim" || Some(part) == of_claim.as_deref();
            names_token |= is_token;
            is_token || part.is_empty() || Some(part) == claim
        } else {
            let part = part.to_lowercase();
            let is_read = |c: char| c.is_whitespace() || "(),;:->.\"".contains(c);
            let mut words = part.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
            part.chars().all(|c| is_read(c) || c.is_alphanumeric() || c == '_') && words.all(|word| WORDS.contains(&word))
        };
        if !is_known {
            return false;
        }
    }
    names_token
}

/// The setting that `current_setting(…)` names.
fn setting(name: &[String], arguments: &[Sql]) -> Option<String> {
    if !is_built_in(name, "current_setting") {
        return None;
    }
    match arguments {
        [setting] | [setting, _] => setting.text().map(str::to_owned),
        _ => None,
    }
}

fn key(sql: &Sql) -> Option<Vec<String>> {
    sql.text().map(|text| vec![text.to_owned()])
}

/// `'{a,b}'`
fn path_of(sql: &Sql) -> Option<Vec<String>> {
    let list = match sql {
        Sql::Cast(inner, name) if name == "text[]" => inner,
        other => other,
    };
    match list {
        Sql::Text(text) => {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            (!inner.contains(['"', '\\'])).then(|| inner.split(',').map(|part| part.trim().to_owned()).collect())
        }
        Sql::Array(parts) => parts.iter().map(|part| key(part).and_then(|mut key| key.pop())).collect(),
        _ => None,
    }
}
