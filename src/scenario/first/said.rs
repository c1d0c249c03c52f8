//! What one session says beside who is signed in. In: values by claim. Out: the same as a test file says them, and as an actor's session does.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::model::{AttributeSource, Claim, Model};
use crate::scenario::{Actor, insert_claim, say};
use crate::yaml::Value as Yaml;

/// What one session says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    /// By the claim that it is.
    pub(super) values: BTreeMap<Claim, Json>,
}

impl Said {
    /// With a claim that a role is held by.
    pub(super) fn with(mut self, claim: Claim, value: Json) -> Said {
        self.values.insert(claim, value);
        self
    }

    /// Without a claim.
    pub(super) fn without(mut self, claim: &Claim) -> Said {
        self.values.remove(claim);
        self
    }

    /// Somebody who says it.
    pub(super) fn by(&self, model: &Model, actor: &Actor) -> Actor {
        let mut actor = actor.clone();
        actor.claims = self.claims();
        for (name, value) in self.session() {
            say(&model.attributes, &mut actor, &name, &value).ok();
        }
        actor
    }

    /// The token.
    pub(super) fn claims(&self) -> Map<String, Json> {
        let mut claims = Map::new();
        for (claim, value) in &self.values {
            if let Ok(path) = claim.place() {
                insert_claim(&mut claims, &path.0, value.clone());
            }
        }
        claims
    }

    /// What settings say, by the declared names.
    pub(super) fn session(&self) -> BTreeMap<String, Yaml> {
        let named = self.values.iter().filter_map(|(claim, value)| match claim {
            Claim::Attribute { name, source: AttributeSource::Setting(_) } => {
                Some((name.clone(), serde_json::from_value(value.clone()).ok()?))
            }
            _ => None,
        });
        named.collect()
    }
}
