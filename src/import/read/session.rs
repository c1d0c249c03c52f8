//! What the session says: who is signed in, claims, settings.

use super::super::meaning::Session;
use super::super::tree::{Sql, is_text_type};
use super::values::is_read_as;
use super::{Reader, Why, is_built_in};
use crate::catalog::QualifiedName;

/// The setting of the token at Supabase, PostgREST and Neon.
const TOKEN: &str = "request.jwt.claims";

impl Reader<'_> {
    /// What an expression asks the session, if it asks it something.
    pub(super) fn session(&mut self, sql: &Sql) -> Result<Option<Session>, Why> {
        match sql {
            // Of a text most types are read, and what is none of them is missing. One type after another, or one that takes something away, is something else.
            Sql::Cast(inner, name) if !name.ends_with("[]") && name != "json" && name != "jsonb" => {
                let said = self.session(inner)?;
                let is_text = !matches!(inner.as_ref(), Sql::Cast(_, first) if first != name && !is_text_type(first));
                match said {
                    Some(_) if !is_text || !is_read_as(name) => Err(format!("what the session says, as {name}")),
                    said => Ok(said),
                }
            }
            Sql::Query(query) => match query.only_value() {
                Some(value) => self.session(value),
                None => Ok(None),
            },
            Sql::Binary(left, operator, right) if operator == "->>" || operator == "#>>" => {
                let Some((setting, mut path)) = self.token(left) else { return Ok(None) };
                let last = if operator == "->>" { key(right) } else { path_of(right) };
                let Some(last) = last else { return Err("a claim whose name is no constant".to_owned()) };
                path.extend(last);
                Ok(Some(Session::Claim { setting, path }))
            }
            Sql::Call(name, arguments) => self.session_call(name, arguments),
            _ => Ok(None),
        }
    }

    fn session_call(&mut self, name: &[String], arguments: &[Sql]) -> Result<Option<Session>, Why> {
        if let Some(setting) = setting(name, arguments) {
            return Ok(Some(Session::Setting(setting)));
        }
        if !arguments.is_empty() {
            return Ok(None);
        }
        let claim = |name: &str| Some(Session::Claim { setting: TOKEN.to_owned(), path: vec![name.to_owned()] });
        Ok(match name {
            [schema, own] if schema == "auth" && self.is_platform(&QualifiedName::new("auth", own.as_str())) => {
                match own.as_str() {
                    "uid" => Some(Session::SupabaseUser),
                    "user_id" => Some(Session::NeonUser),
                    "role" | "email" => claim(own),
                    _ => self.identity_call(name),
                }
            }
            _ if is_built_in(name, "session_user") => Some(Session::Login),
            _ if is_built_in(name, "current_user") || is_built_in(name, "current_role") || is_built_in(name, "user") => {
                Some(Session::DatabaseRole)
            }
            _ => self.identity_call(name),
        })
    }

    fn identity_call(&self, name: &[String]) -> Option<Session> {
        let identity = self.identity.as_ref()?;
        let is_it = match name {
            [schema, own] => *schema == identity.schema && *own == identity.name,
            [own] => *own == identity.name,
            _ => false,
        };
        is_it.then(|| Session::Function(identity.clone()))
    }

    /// A token as JSON, and the way that was gone into it.
    fn token(&self, sql: &Sql) -> Option<(String, Vec<String>)> {
        match sql {
            Sql::Binary(left, operator, right) if operator == "->" || operator == "#>" => {
                let (setting, mut path) = self.token(left)?;
                path.extend(if operator == "->" { key(right)? } else { path_of(right)? });
                Some((setting, path))
            }
            Sql::Cast(inner, name) if name == "json" || name == "jsonb" => match inner.as_ref() {
                Sql::Call(name, arguments) => match setting(name, arguments) {
                    Some(setting) => Some((setting, Vec::new())),
                    // An empty text is no token.
                    None if is_built_in(name, "nullif") => match arguments.first()?.bare() {
                        Sql::Call(name, arguments) => Some((setting(name, arguments)?, Vec::new())),
                        _ => None,
                    },
                    None => None,
                },
                _ => self.token(inner),
            },
            Sql::Query(query) => self.token(query.only_value()?),
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
        is_called && own.all(|function| reads_only(&function.body, claim))
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
        [setting] | [setting, _] => match setting.bare() {
            Sql::Text(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn key(sql: &Sql) -> Option<Vec<String>> {
    match sql.bare() {
        Sql::Text(text) => Some(vec![text.clone()]),
        _ => None,
    }
}

/// `'{a,b}'`
fn path_of(sql: &Sql) -> Option<Vec<String>> {
    match sql.bare() {
        Sql::Text(text) => {
            let inner = text.strip_prefix('{')?.strip_suffix('}')?;
            (!inner.contains(['"', '\\'])).then(|| inner.split(',').map(|part| part.trim().to_owned()).collect())
        }
        Sql::Array(parts) => parts.iter().map(|part| key(part).and_then(|mut key| key.pop())).collect(),
        _ => None,
    }
}
