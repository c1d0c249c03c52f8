//! Actors: who somebody is whom a command names: by the test files, by identity, or by the role of a session.

use super::Error;
use crate::access::evaluate::{Data, Session};
use crate::model::Model;
use crate::scenario::{self, Actor, Scenarios};
use crate::yaml::Value;

/// The test file that knows the name under `users`, or the first one, with who it is there.
pub(super) fn find<'a>(model: &Model, files: &'a [(String, Scenarios)], who: &str) -> Option<(&'a Scenarios, Actor)> {
    let knows = |scenarios: &&Scenarios| scenarios.users.contains_key(who);
    let scenarios = files.iter().map(|(_, scenarios)| scenarios).find(knows).or(files.first().map(|(_, scenarios)| scenarios))?;
    Some((scenarios, actor(model, Some(scenarios), who)))
}

/// Who is meant: a name under `users`, `nobody`, `anonymous`, the database role of a session, or else an identity.
pub(super) fn actor(model: &Model, scenarios: Option<&Scenarios>, who: &str) -> Actor {
    if let Some(user) = scenarios.and_then(|scenarios| scenarios.users.get(who)) {
        return Actor::signed_in(user.clone());
    }
    match who {
        "nobody" => Actor::nobody(),
        "anonymous" => Actor::anonymous(),
        role if model.application_roles().contains(&role) => Actor::of_role(role),
        identity => Actor::signed_in(Value::String(identity.to_owned())),
    }
}

/// Their session, for the evaluator.
pub(super) fn session(model: &Model, actor: &Actor, who: &str, now: i64) -> Result<Session, Error> {
    scenario::session(model, actor, now)
        .ok_or_else(|| Error::Other(format!("`{who}` is no key of the user table, and no name under `users`")))
}

/// The rows of a test file, for the evaluator.
pub(super) fn data(model: &Model, scenarios: &Scenarios, now: i64) -> Result<Data, Error> {
    let data = scenario::data(model, scenarios, now);
    data.ok_or_else(|| Error::Other("a value of the test file can only be read by a server".to_owned()))
}
