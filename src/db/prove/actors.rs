//! Who tries: everybody whom the rules tell apart. In: roles, users, what is compared with claims and settings. Out: sessions.

use std::collections::BTreeSet;

use super::Proof;
use super::rows::Rows;
use crate::catalog::{ColumnRef, Type};
use crate::model::{Attribute, AttributeSource, ClaimsSource, Provider};
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

/// Of each setting, so many values are tried.
const VALUES: usize = 6;

/// What settings are told that SQL asks, of whatever type.
const WORDS: [&str; 5] = ["1", "true", "2001-01-01", "2001-01-01 12:30", "something"];

/// Users with and without a row, one whose key is written in capitals, nobody, with and without what the session says besides, every role of the application, and each value of a claim or a
/// setting that something is compared with.
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
    let mut said = proof.imported.settings.clone();
    for attribute in &proof.model.attributes {
        let AttributeSource::Setting(setting) = &attribute.source else { continue };
        let values = values(proof, rows, attribute);
        let is_uuid = attribute.r#type == Type::Uuid;
        let capitals = values.iter().filter(|_| is_uuid).map(|value| value.to_uppercase());
        let is_text = attribute.references.is_none() && attribute.r#type == Type::Text;
        let all = capitals.take(1).chain(values.iter().cloned()).take(if is_text { 0 } else { VALUES });
        said.extend(all.map(|value| (setting.clone(), value)));
    }
    for setting in asked(proof) {
        if !said.iter().any(|(known, _)| *known == setting) {
            said.extend(WORDS.iter().copied().chain([first.as_str()]).map(|value| (setting.clone(), value.to_owned())));
        }
    }
    for (setting, value) in said {
        let mut one = who(proof, rows, signed_in, Some(first));
        one.words.push_str(&format!(" with {setting} = {value}"));
        one.actor.settings.insert(setting, value);
        all.push(one);
    }
    if is_of_uuid(proof, proof.model.identity.user_key) {
        all.push(who(proof, rows, signed_in, Some(&first.to_uppercase())));
    }
    all
}

/// The settings that stay in SQL.
fn asked(proof: &Proof<'_>) -> Vec<String> {
    let policies = proof.facts.policies.iter().flat_map(|policy| [&policy.using, &policy.check]).flatten();
    let bodies = proof.facts.functions.iter().filter(|function| function.is_plain).map(|function| &function.body);
    let named = policies
        .chain(bodies)
        .flat_map(|text| text.split("current_setting('").skip(1).filter_map(|rest| rest.split('\'').next()));
    let is_other = |name: &&str| {
        let is_identity = matches!(&proof.model.identity.provider, Provider::Setting(own) if own == name);
        name.contains('.') && !name.starts_with("request.") && !is_identity
    };
    let named: BTreeSet<String> = named.filter(is_other).map(str::to_owned).collect();
    let is_claims = |name: &String| matches!(&proof.model.identity.claims, Some(ClaimsSource::Setting(own)) if own == name);
    named.into_iter().filter(|name| !is_claims(name)).take(VALUES).collect()
}

fn is_of_uuid(proof: &Proof<'_>, column: ColumnRef) -> bool {
    proof.model.catalog.column(column).r#type == Type::Uuid
}

/// What a setting is told.
fn values(proof: &Proof<'_>, rows: &Rows, attribute: &Attribute) -> Vec<String> {
    match (attribute.references, &attribute.r#type) {
        (Some(key), _) => rows.values(key),
        (None, Type::Text) => rows.texts.clone(),
        (None, other) => rows.of_setting(&proof.model.catalog, other),
    }
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
        let values = values(proof, rows, attribute);
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
