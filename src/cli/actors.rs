//! Actors: who somebody is whom a command names: by the test files, by identity, or by the role of a session.

use super::Error;
use crate::access::evaluate::{Data, Session};
use crate::model::Model;
use crate::scenario::{self, Actor, Scenarios};
use crate::yaml::Value;

/// A test file by its name.
pub(super) type TestFile = (String, Scenarios);

/// The test file that knows the name under `users`, or the first one, with who it is there.
pub(super) fn find<'a>(model: &Model, files: &'a [TestFile], who: &str) -> Option<(&'a TestFile, Actor)> {
    let knows = |(_, scenarios): &&TestFile| scenarios.users.contains_key(who);
    let file = files.iter().find(knows).or(files.first())?;
    Some((file, actor(model, Some(&file.1), who)))
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

/// Their session, for the evaluator. Whoever is no user of a test file and no role has to be an identity that could be there.
pub(super) fn session(model: &Model, files: &[TestFile], actor: &Actor, who: &str, now: i64) -> Result<Session, Error> {
    scenario::session(model, actor, now).map_err(|value| match files.iter().find(|(_, file)| file.users.contains_key(who)) {
        Some((file, _)) => Error::value(file, value),
        None => Error::NoActor { who: who.to_owned(), key: value.place, known: known(model, files) },
    })
}

/// Who can be named.
fn known(model: &Model, files: &[TestFile]) -> Vec<String> {
    let mut known: Vec<String> = files.iter().flat_map(|(_, file)| file.users.keys().cloned()).collect();
    known.sort_unstable();
    known.dedup();
    known.extend(["nobody", "anonymous"].map(str::to_owned));
    known.extend(model.application_roles().into_iter().map(str::to_owned));
    known
}

/// The rows of a test file, for the evaluator.
pub(super) fn data(model: &Model, (file, scenarios): &TestFile, now: i64) -> Result<Data, Error> {
    scenario::data(model, scenarios, now).map_err(|value| Error::value(file, value))
}
