//! What policies compare with constants: whoever tries rules needs rows and sessions that have these. In: conditions. Out: constants by column and by claim.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{Condition, Session, Value};
use crate::catalog::ColumnRef;

/// Constants by what is compared with them.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub claims: BTreeSet<(Vec<String>, String)>,
    pub settings: BTreeSet<(String, String)>,
    pub columns: BTreeMap<ColumnRef, BTreeSet<String>>,
}

impl Compared {
    pub fn add(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| self.add(part)),
            Condition::Not(inner) | Condition::Exists { condition: inner, .. } => self.add(inner),
            Condition::Compare(Value::Session(Session::Claim { path, .. }), _, Value::Text(text)) => {
                self.claims.insert((path.clone(), text.clone()));
            }
            Condition::Compare(Value::Session(Session::Setting(setting)), _, Value::Text(text)) => {
                self.settings.insert((setting.clone(), text.clone()));
            }
            Condition::Compare(Value::Column { column, .. }, _, Value::Text(constant) | Value::Number(constant)) => {
                self.columns.entry(*column).or_default().insert(constant.clone());
            }
            Condition::OneOf(Value::Column { column, .. }, list, _) => {
                let constants = list.iter().filter_map(|value| match value {
                    Value::Text(constant) | Value::Number(constant) => Some(constant.clone()),
                    _ => None,
                });
                self.columns.entry(*column).or_default().extend(constants);
            }
            Condition::StartsWith(Value::Column { column, .. }, start) => {
                self.columns.entry(*column).or_default().insert(format!("{start}x"));
            }
            _ => {}
        }
    }
}
