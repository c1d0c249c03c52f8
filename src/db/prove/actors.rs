//! Who tries: everybody whom the rules tell apart. In: roles, users, what is compared with claims and settings. Out: sessions.

use super::Proof;
use super::rows::Rows;
use crate::catalog::Type;
use crate::model::AttributeSource;
use crate::scenario::{Actor, ActorRole, insert_claim};
use crate::yaml::Value;

/// A session.
pub(super) struct Who {
    pub actor: Actor,
    /// Its database role.
    pub role: String,
    /// For people.
    pub words: String,
}

/// Users with and without a row, nobody, with and without what the session says besides, every role of the application, and each value of a claim that something is compared with.
pub(super) fn all(proof: &Proof<'_>, rows: &Rows) -> Vec<Who> {
    let mut all = Vec::new();
    let signed_in = &proof.model.identity.signed_in_role;
    for role in &proof.imported.roles {
        let users = if role == signed_in { rows.identities.as_slice() } else { &rows.identities[..rows.identities.len().min(1)] };
        for identity in users {
            all.push(who(proof, rows, role, Some(identity)));
        }
        let nobody = who(proof, rows, role, None);
        let is_told = !nobody.actor.settings.is_empty();
        all.push(nobody);
        // A session that has just begun: nothing was set yet.
        if is_told {
            let mut new = who(proof, rows, role, None);
            new.actor.settings.clear();
            new.words.push_str(", nothing set");
            all.push(new);
        }
    }
    let Some(first) = rows.identities.first() else { return all };
    for (path, value) in &proof.imported.claims {
        let mut one = who(proof, rows, signed_in, Some(first));
        insert_claim(&mut one.actor.claims, path, value.as_str().into());
        one.words.push_str(&format!(" with the claim {} = {value}", path.join(".")));
        all.push(one);
    }
    all
}

fn who(proof: &Proof<'_>, rows: &Rows, role: &str, identity: Option<&String>) -> Who {
    let mut actor = match identity {
        Some(identity) => Actor::signed_in(Value::String(identity.clone())),
        None => Actor::nobody(),
    };
    actor.role = ActorRole::Named(role.to_owned());
    insert_claim(&mut actor.claims, &["role".to_owned()], role.into());
    let place = identity.and_then(|identity| rows.identities.iter().position(|other| other == identity));
    if let Some(place) = place {
        insert_claim(&mut actor.claims, &["email".to_owned()], rows.email(place).into());
    }
    for (number, attribute) in proof.model.attributes.iter().enumerate() {
        let values = match (attribute.references, &attribute.r#type) {
            (Some(key), _) => rows.values(key),
            (None, Type::Text) => rows.texts.clone(),
            (None, other) => rows.of_setting(&proof.model.catalog, other),
        };
        if let (AttributeSource::Setting(setting), Some(value)) =
            (&attribute.source, values.get((number + place.unwrap_or(0)) % values.len().max(1)))
        {
            actor.settings.insert(setting.clone(), value.clone());
        }
    }
    let words = match identity {
        Some(identity) => format!("{role}, signed in as {identity}"),
        None => format!("{role}, nobody signed in"),
    };
    Who { actor, role: role.to_owned(), words }
}
