//! Everybody whom a test file knows: the names under `users`, whoever else has a row of a user, and the sessions that nobody is signed in to. In: a test file.
//! Out: a name and a session for each.

use std::collections::BTreeMap;

use super::Error;
use super::actors::{SessionArgument, TestFile};
use crate::access::evaluate::{Rows, Session};
use crate::model::{Held, Model};
use crate::report::Who;
use crate::scenario::{self, Actor, plain_text};
use crate::yaml::Value;

/// Somebody, and a session of theirs.
pub(super) struct Person {
    /// As a command names them, and as people do.
    pub(super) who: Who,
    pub(super) session: Session,
}

/// Everybody, in the order of the rows; who has none behind them, and sessions without anybody at the end.
pub(super) fn everybody(model: &Model, file: &TestFile, said: &SessionArgument, now: i64) -> Result<Vec<Person>, Error> {
    let scenarios = &file.1;
    let names: BTreeMap<String, &String> = scenarios.users.iter().map(|(name, identity)| (plain_text(identity), name)).collect();
    let key = model.identity.user_key;
    let column = &model.catalog.column(key).name;
    let rows = scenarios.rows.get(&key.table).map_or(&[][..], Vec::as_slice);
    let mut actors: Vec<(String, Actor)> = Vec::new();
    let mut known = BTreeMap::new();
    for identity in rows.iter().filter_map(|row| row.get(column)).chain(scenarios.users.values()) {
        let text = plain_text(identity);
        if text.is_empty() || known.insert(text.clone(), ()).is_some() {
            continue;
        }
        let name = names.get(&text).map_or_else(|| text.clone(), |name| (*name).clone());
        actors.push((name, Actor::signed_in(identity.clone())));
    }
    sessions(model, actors, said, now, &file.0)
}

/// The users of a database, by their identities, and sessions without anybody.
pub(super) fn of_users(
    model: &Model,
    rows: &dyn Rows,
    users: Vec<Value>,
    said: &SessionArgument,
    now: i64,
) -> Result<Vec<Person>, Error> {
    let actors = users.into_iter().map(|identity| (plain_text(&identity), Actor::signed_in(identity))).collect();
    let mut people = sessions(model, actors, said, now, &model.catalog.table(model.identity.user_key.table).name.to_string())?;
    if let Some(column) = model.identity.user_name {
        for Person { who, session } in &mut people {
            let row = rows.with(model.identity.user_key, &session.identity).next();
            let name = row.and_then(|row| row.get(column.column as usize)?.text());
            who.name = name.filter(|name| !name.trim().is_empty());
        }
    }
    Ok(people)
}

/// These, and sessions that nobody is signed in to. `place` is where identities are written.
fn sessions(
    model: &Model,
    mut actors: Vec<(String, Actor)>,
    said: &SessionArgument,
    now: i64,
    place: &str,
) -> Result<Vec<Person>, Error> {
    actors.push(("nobody".to_owned(), Actor::nobody()));
    if model.identity.anonymous_role.is_some() {
        actors.push(("anonymous".to_owned(), Actor::anonymous()));
    }
    let of_database = model.roles.iter().filter_map(|role| match &role.held {
        Held::DatabaseRole(name) => Some(name),
        _ => None,
    });
    actors.extend(of_database.map(|role| (role.clone(), Actor::of_role(role))));
    let person = |(name, actor): (String, Actor)| {
        let actor = said.given(model, actor)?;
        let session = scenario::session(model, &actor, now).map_err(|value| Error::value(place, value))?;
        Ok(Person { who: Who { who: name, name: None }, session })
    };
    actors.into_iter().map(person).collect()
}
