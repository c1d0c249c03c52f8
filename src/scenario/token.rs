//! What the token of a session says whoever it is for, as the providers write it. In: the project, and an actor with what is said of them. Out: the actor with a whole token. What
//! is said stays, and who it is for is added where the session begins.

use serde_json::{Map, Value as Json};

use super::{Actor, ActorRole};
use crate::model::{Model, Provider};

/// As long as a token holds, in seconds.
const LIFE: i64 = 3600;

/// Adds what such a token has and nobody has said: `now` is in seconds since 1970.
///
/// PostgREST's has the role that the session acts as and an end (<https://docs.postgrest.org/en/stable/references/auth.html>); so has Neon's. Supabase's has, for who is signed in,
/// an audience, a level of assurance, and that the account is no anonymous one (<https://supabase.com/docs/guides/auth/jwt-fields>).
pub fn complete_token(model: &Model, actor: &mut Actor, now: i64) {
    let is_supabase = model.identity.provider == Provider::Supabase;
    if !is_supabase && !matches!(model.identity.provider, Provider::Neon | Provider::Postgrest(_)) {
        return;
    }
    let role = actor.database_role(model).to_owned();
    let mut whole = Map::from_iter([
        ("role".to_owned(), Json::from(role)),
        ("iat".to_owned(), Json::from(now)),
        ("exp".to_owned(), Json::from(now + LIFE)),
    ]);
    if is_supabase && actor.identity.is_some() {
        whole.insert("aud".to_owned(), "authenticated".into());
        whole.insert("aal".to_owned(), "aal1".into());
        whole.insert("is_anonymous".to_owned(), false.into());
    }
    whole.append(&mut actor.claims);
    actor.claims = whole;
}

impl Actor {
    /// The role that the session runs as.
    pub fn database_role<'a>(&'a self, model: &'a Model) -> &'a str {
        match &self.role {
            ActorRole::SignedIn => &model.identity.signed_in_role,
            ActorRole::Anonymous => model.identity.anonymous_role.as_deref().unwrap_or(&model.identity.signed_in_role),
            ActorRole::Named(name) => name,
        }
    }
}
