//! Who acts, as a test file names them. In: what stands behind `as`. Out: an [`Actor`], or a message.

use std::collections::BTreeMap;

use super::check::no_value;
use super::load::{At, Loader};
use super::{Actor, ActorRole, identity, plain_text};
use crate::catalog::Type;
use crate::diagnostic::{Code, advice_for};
use crate::yaml::Value;

impl Loader<'_> {
    pub(super) fn actor(&mut self, value: &Value, at: &At) -> Option<Actor> {
        match value {
            Value::String(name) if name == "nobody" => Some(Actor::nobody()),
            Value::String(name) if name == "anonymous" => Some(Actor::anonymous()),
            Value::Mapping(map) => {
                let unknown = |key: &&Value| !matches!(key.as_str(), Some("role" | "user" | "claims" | "session"));
                if let Some(key) = map.keys().find(unknown) {
                    let title = format!("`as` has no key `{}`", plain_text(key));
                    self.report_with(Code::Yaml, at, title, Some("write `role`, `user`, `claims` or `session`".to_owned()));
                    return None;
                }
                let identity = match map.get("user") {
                    Some(user) => self.user(user, &at.key("user")).map(|user| Some(user).filter(|user| !user.is_null()))?,
                    None => None,
                };
                let role = match map.get("role") {
                    None => ActorRole::SignedIn,
                    Some(role) => self.role(&plain_text(role), &at.key("role"))?,
                };
                let claims = match map.get("claims").map(serde_json::to_value) {
                    None => serde_json::Map::new(),
                    Some(Ok(serde_json::Value::Object(claims))) => claims,
                    Some(_) => {
                        self.report(Code::Yaml, &at.key("claims"), "`claims` is a mapping from names to values");
                        return None;
                    }
                };
                self.said(Actor { role, identity, claims, settings: BTreeMap::new() }, map.get("session"), &at.key("session"))
            }
            user => self.user(user, at).map(Actor::signed_in),
        }
    }

    /// A database role that sessions of the application have.
    fn role(&mut self, name: &str, at: &At) -> Option<ActorRole> {
        if name == "anonymous" {
            return Some(ActorRole::Anonymous);
        }
        let known = self.model.application_roles();
        if known.contains(&name) {
            return Some(ActorRole::Named(name.to_owned()));
        }
        let help = advice_for(name, known.iter().copied());
        let help = help.unwrap_or_else(|| format!("sessions of the application are {}", known.join(", ")));
        self.report_with(Code::Yaml, at, format!("no session of the application has the role `{name}`"), Some(help));
        None
    }

    /// The actor with what its session says under declared names.
    fn said(&mut self, mut actor: Actor, session: Option<&Value>, at: &At) -> Option<Actor> {
        let Some(session) = session else { return Some(actor) };
        let Value::Mapping(entries) = session else {
            self.report(Code::Yaml, at, "`session` is a mapping from names of rowgate.yaml to values");
            return None;
        };
        for (name, value) in entries {
            let name = name.as_str().unwrap_or_default();
            if let Err(reason) = super::say(&self.model.attributes, &mut actor, name, value) {
                self.report(Code::Yaml, &at.key(name), reason.to_string());
                return None;
            }
        }
        Some(actor)
    }

    /// A name from `users`, or an identity.
    fn user(&mut self, value: &Value, at: &At) -> Option<Value> {
        if let Some(known) = value.as_str().and_then(|name| self.users.get(name)) {
            return Some(known.clone());
        }
        if let Value::String(text) = value {
            if self.is_identity(text, value) {
                return Some(value.clone());
            }
            let help = advice_for(text, self.users.keys().map(String::as_str)).unwrap_or_else(|| self.who_there_is());
            self.report_with(Code::Yaml, at, format!("there is no user `{text}` under `users`"), Some(help));
            return None;
        }
        let r#type = &self.model.catalog.column(self.model.identity.user_key).r#type;
        match no_value(self.model.catalog.enums(), r#type, value) {
            Some((reason, _)) => {
                self.report(Code::Yaml, at, format!("who is signed in is told by a `{type}`, and {reason}"));
                None
            }
            None => Some(value.clone()),
        }
    }

    /// Whether a text is meant as an identity. Where every text could be one, it is one that a row has: a name that is misspelt would else be somebody whom
    /// nothing is known of.
    fn is_identity(&self, text: &str, value: &Value) -> bool {
        let key = self.model.identity.user_key;
        let column = self.model.catalog.column(key);
        if !matches!(column.r#type, Type::Text | Type::Varchar(_) | Type::Citext(_)) {
            return identity(self.model, value, 0).is_ok();
        }
        let rows = self.rows.get(&key.table).into_iter().flatten();
        !text.is_empty() && rows.filter_map(|row| row.get(&column.name)).any(|known| plain_text(known) == text)
    }

    fn who_there_is(&self) -> String {
        let key = self.model.identity.user_key;
        let (column, table) = (self.model.catalog.column(key), &self.model.catalog.table(key.table).name);
        let is_any = matches!(column.r#type, Type::Text | Type::Varchar(_) | Type::Citext(_));
        let whose = if is_any { "that a row of the file has" } else { "of that type" };
        format!("name somebody under `users`, or write an identity: a `{table}.{}` {whose}", column.name)
    }
}
