//! Actors: who somebody is whom a command names: by the test files, by identity, or by the role of a session.

use std::collections::BTreeSet;

use clap::Args;

use super::Error;
use super::output::Output;
use crate::access::evaluate::{Data, Rows, Session};
use crate::catalog::words;
use crate::diagnostic::did_you_mean;
use crate::model::{ClaimsSource, Identity, Model, Provider};
use crate::project::Compiled;
use crate::scenario::{self, Actor, Place, Scenarios};
use crate::yaml::Value;

/// What else a session says.
#[derive(Debug, Args)]
pub(super) struct SessionArgument {
    /// What the session says under a name of `session` in rowgate.yaml, as `Tenant=7`; values of a list are separated by commas. Can be given several times.
    #[arg(long = "session", value_name = "NAME=VALUE")]
    said: Vec<String>,
    /// What the session's token says besides, as JSON: `{"aal": "aal2"}`. Tokens of Supabase, Neon and PostgREST have the role, the time of their making and their end in any case.
    #[arg(long, value_name = "OBJECT")]
    claims: Option<String>,
}

impl SessionArgument {
    /// The actor with what the session says.
    pub(super) fn given(&self, model: &Model, mut actor: Actor) -> Result<Actor, Error> {
        if let Some(text) = &self.claims {
            if model.identity.claims.is_none() {
                return Err(Error::NoClaims);
            }
            actor.claims = claims(text).map_err(|reason| Error::ClaimsArgument { text: text.clone(), reason })?;
        }
        for text in &self.said {
            let (name, value) = text.split_once('=').ok_or_else(|| Error::SessionArgument(text.clone()))?;
            let known = model.attributes.iter().find(|known| words(&known.name) == words(name));
            let of_text = |text: &str| Value::String(text.trim().to_owned());
            let value = match known {
                Some(known) if known.is_list => Value::Sequence(value.split(',').map(of_text).collect()),
                _ => of_text(value),
            };
            scenario::say(&model.attributes, &mut actor, name, &value)?;
        }
        scenario::complete_token(model, &mut actor, jiff::Timestamp::now().as_second());
        Ok(actor)
    }
}

impl SessionArgument {
    /// What each session of somebody who is signed in says, in words: the claims of their token but for its times, and what was typed.
    pub(super) fn told(&self, model: &Model) -> Result<Vec<String>, Error> {
        let typed = self.claims.as_deref().and_then(|text| claims(text).ok()).unwrap_or_default();
        let mut said = self.given(model, Actor::signed_in(Value::String(String::new())))?.claims;
        said.retain(|name, _| typed.contains_key(name) || !["iat", "exp"].contains(&name.as_str()));
        let token = (!said.is_empty()).then(|| format!("a token with {}", serde_json::Value::Object(said)));
        Ok(token.into_iter().chain(self.said.iter().cloned()).collect())
    }
}

/// The claims that somebody has typed, or what is wrong with the text.
fn claims(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    use serde_json::Value as Json;
    let is = match serde_json::from_str(text) {
        Ok(Json::Object(claims)) => return Ok(claims),
        Ok(Json::Array(_)) => "it is a list".to_owned(),
        Ok(Json::String(_)) => "it is a text".to_owned(),
        Ok(Json::Number(_)) => "it is a number".to_owned(),
        Ok(Json::Bool(_) | Json::Null) => "it is a single word".to_owned(),
        Err(error) if error.is_eof() => "it ends before it is complete".to_owned(),
        Err(error) => {
            // Columns are counted in bytes.
            let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let before = line.get(..error.column().saturating_sub(1)).unwrap_or_default();
            match line.get(before.len()..).and_then(|rest| rest.chars().next()) {
                Some(letter) => format!("behind `{before}` stands `{letter}`, which does not belong there"),
                None => "a part of it is missing".to_owned(),
            }
        }
    };
    Err(is)
}

/// A test file by its name.
pub(super) type TestFile = (String, Scenarios);

/// The test files of a project.
pub(super) struct TestFiles {
    /// Those without errors.
    pub(super) read: Vec<TestFile>,
    /// The names of the others.
    pub(super) unread: Vec<String>,
}

/// Reads the test files, and prints what is wrong with them.
pub(super) fn test_files(compiled: &Compiled, output: &Output) -> TestFiles {
    let (read, found) = compiled.scenarios();
    output.diagnostics(&found, &compiled.sources);
    let names = found.iter().map(|one| compiled.sources.get(one.primary.span.file).name.as_str());
    let is_read = |name: &&str| read.iter().any(|(file, _)| file == name);
    let unread: BTreeSet<String> = names.filter(|name| !is_read(name)).map(str::to_owned).collect();
    TestFiles { read, unread: unread.into_iter().collect() }
}

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

/// Who is meant in a database, and the SQL that signs them in there, where it takes some. It is the same statement for everybody: where their own file has none,
/// another one's does.
pub(super) fn in_database<'f>(
    model: &Model,
    files: &'f TestFiles,
    who: &str,
    said: &SessionArgument,
) -> Result<(Actor, Option<&'f str>), Error> {
    let (file, actor) = match find(model, &files.read, who) {
        Some((file, actor)) => (Some(file), actor),
        None => (None, actor(model, None, who)),
    };
    let sign_in = file.into_iter().chain(&files.read).find_map(|(_, scenarios)| scenarios.sign_in.as_deref());
    let actor = said.given(model, actor)?;
    can_be_told(model, sign_in, &actor, who)?;
    Ok((actor, sign_in))
}

/// Whether a database can be told who is signed in and what the token says: what nobody sees would else be told of them.
fn can_be_told(model: &Model, sign_in: Option<&str>, actor: &Actor, who: &str) -> Result<(), Error> {
    let Identity { provider, claims, .. } = &model.identity;
    if matches!(provider, Provider::Function(_)) && actor.identity.is_some() && sign_in.is_none() {
        return Err(Error::NoSignIn(who.to_owned()));
    }
    let is_platform = matches!(provider, Provider::Supabase | Provider::Neon);
    match claims {
        Some(ClaimsSource::Function(name)) if !is_platform && !actor.claims.is_empty() => {
            Err(Error::ClaimsUntold(name.to_string()))
        }
        _ => Ok(()),
    }
}

/// Their session, for the evaluator. Whoever is no user of a test file and no role has to be an identity that could be there.
pub(super) fn session(files: &TestFiles, model: &Model, actor: &Actor, who: &str, now: i64) -> Result<Session, Error> {
    let TestFiles { read: files, unread } = files;
    scenario::session(model, actor, now).map_err(|value| match files.iter().find(|(_, file)| file.users.contains_key(who)) {
        Some((file, _)) => Error::value(file, value),
        None => {
            Error::NoActor { who: who.to_owned(), key: Box::new(value.place), known: known(model, files), unread: unread.clone() }
        }
    })
}

/// Who can be named.
pub(super) fn known(model: &Model, files: &[TestFile]) -> Vec<String> {
    let mut known: Vec<String> = files.iter().flat_map(|(_, file)| file.users.keys().cloned()).collect();
    known.sort_unstable();
    known.dedup();
    known.extend(["nobody", "anonymous"].map(str::to_owned));
    known.extend(model.application_roles().into_iter().map(str::to_owned));
    known
}

/// Whether somebody is named by the identity itself.
pub(super) fn is_identity(files: &[TestFile], who: &str, actor: &Actor) -> bool {
    actor.identity.is_some() && !is_user(files, who)
}

fn is_user(files: &[TestFile], who: &str) -> bool {
    files.iter().any(|(_, file)| file.users.contains_key(who))
}

/// Whether somebody is named by an identity that no row of the test file has.
pub(super) fn is_stranger(model: &Model, files: &[TestFile], who: &str, session: &Session, rows: &dyn Rows) -> bool {
    !is_user(files, who) && !session.identity.is_null() && rows.with(model.identity.user_key, &session.identity).next().is_none()
}

/// An identity that is in no row is signed in all the same; most often it was meant to be somebody.
pub(super) fn note_stranger(model: &Model, files: &[TestFile], who: &str, output: &Output) {
    let Place { table, column, .. } = Place::new(model, model.identity.user_key);
    output.note(&format!("no row of `{table}` has the {column} `{who}`: somebody signed in without one"));
    if let Some(near) = did_you_mean(who, known(model, files).iter().map(String::as_str)) {
        output.help(&format!("did you mean `{near}`?"));
    }
}

/// The rows of a test file, for the evaluator.
pub(super) fn data(model: &Model, (file, scenarios): &TestFile, now: i64) -> Result<Data, Error> {
    scenario::data(model, scenarios, now).map_err(|value| Error::value(file, value))
}
