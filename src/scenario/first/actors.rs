//! Who acts in a first file. In: people and rows. Out: an entry for each person, for sessions of database roles and of nobody, and for somebody whom a boundary keeps out.

use super::rows::{Made, Person};
use super::said::Said;
use super::sayings::Sayings;
use super::{Entry, yaml};
use crate::access::evaluate::Evaluator;
use crate::model::{Held, Model};
use crate::scenario::{Actor, session};
use crate::yaml::scalar;

/// Somebody with what their session says.
struct Acting {
    name: String,
    /// As `as` names them where they say nothing.
    short: String,
    /// The same as an entry of a mapping; empty for nobody.
    key: Option<(&'static str, String)>,
    actor: Actor,
    said: Said,
    /// Whether boundaries have to let them through: who is nobody, or a session of its own, has no token as a rule.
    is_user: bool,
}

/// All of them.
pub(super) fn entries(model: &Model, made: &Made<'_>, now: i64) -> Vec<Entry> {
    let sayings = Sayings::new(model, &made.rows, made.rows.data(now), now);
    let mut acting: Vec<Acting> = made.people.iter().map(of_person).collect();
    acting.extend(others(model));
    if !sayings.is_empty() {
        for one in &mut acting {
            one.said = sayings.best(&one.actor, std::mem::take(&mut one.said), one.is_user);
        }
    }
    let stranger = |index: usize, one: &Acting| {
        made.people.get(index).filter(|person| person.role.is_none()).map(|_| one.said.by(model, &one.actor))
    };
    let entry = |(index, one): (usize, &Acting)| Entry {
        name: one.name.clone(),
        who: one.who(&one.said),
        twin: None,
        stranger: stranger(index, one),
        has_no_role: false,
    };
    let mut entries: Vec<Entry> = acting.iter().enumerate().map(entry).collect();
    // Whoever may do most shows best what a boundary takes away.
    let mut order: Vec<usize> = (0..made.people.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(sayings.reached(&acting[index].actor, &acting[index].said)));
    for boundary in &model.boundaries {
        let outside = |&index: &usize| Some((index, sayings.outside(boundary, &acting[index].actor, &acting[index].said)?));
        if let Some((index, said)) = order.iter().find_map(outside) {
            let name = format!("{}, and is outside of \"{}\"", acting[index].name, boundary.name);
            let who = acting[index].who(&said);
            entries.push(Entry { name, who, twin: Some(index), stranger: None, has_no_role: false });
        }
    }
    entries
}

fn of_person(person: &Person<'_>) -> Acting {
    let name = match person.role {
        Some(role) => format!("somebody who is {}", role.name),
        None => person.name.clone(),
    };
    let (short, actor) = (scalar(&person.name), Actor::signed_in(person.key.clone()));
    Acting { name, key: Some(("user", short.clone())), short, actor, said: person.said.clone(), is_user: true }
}

/// Sessions of database roles, of nobody, and of visitors.
fn others(model: &Model) -> Vec<Acting> {
    let acting =
        |name: String, short: String, key, actor| Acting { name, short, key, actor, said: Said::default(), is_user: false };
    let mut found = Vec::new();
    for role in &model.roles {
        if let Held::DatabaseRole(name) = &role.held {
            let written = scalar(name);
            let key = Some(("role", written.clone()));
            found.push(acting(
                format!("a session of {}", role.name),
                format!("{{ role: {written} }}"),
                key,
                Actor::of_role(name),
            ));
        }
    }
    found.push(acting("nobody signed in".to_owned(), "nobody".to_owned(), None, Actor::nobody()));
    if model.identity.anonymous_role.is_some() {
        let key = Some(("role", "anonymous".to_owned()));
        found.push(acting("a visitor".to_owned(), "anonymous".to_owned(), key, Actor::anonymous()));
    }
    found
}

impl Acting {
    /// As `as` names them with what they say.
    fn who(&self, said: &Said) -> String {
        let (claims, settings) = (said.claims(), said.session());
        if claims.is_empty() && settings.is_empty() {
            return self.short.clone();
        }
        let mut parts: Vec<String> = self.key.iter().map(|(word, name)| format!("{word}: {name}")).collect();
        if !claims.is_empty() {
            parts.push(format!("claims: {}", serde_json::Value::Object(claims)));
        }
        if !settings.is_empty() {
            let all: Vec<String> = settings.iter().map(|(name, value)| format!("{}: {}", scalar(name), yaml(value))).collect();
            parts.push(format!("session: {{ {} }}", all.join(", ")));
        }
        format!("{{ {} }}", parts.join(", "))
    }
}

/// Says of strangers whether they have a role by now.
pub(super) fn name_strangers(entries: &mut [Entry], model: &Model, made: &Made<'_>, now: i64) {
    let data = made.rows.data(now);
    for entry in entries {
        let Some(actor) = &entry.stranger else { continue };
        let session = session(model, actor, now);
        entry.has_no_role = session.is_ok_and(|session| Evaluator::new(model, &data, &session).held().is_empty());
    }
}
