//! What the token says, as values of types. What is badly formed is empty.

use super::Evaluator;
use super::datum::{Datum, parse};
use crate::catalog::Type;
use crate::model::Claim;

impl Evaluator<'_> {
    /// What the token has at a claim's place.
    pub(super) fn json_of_claim(&self, Claim(steps): &Claim) -> Option<&serde_json::Value> {
        steps.iter().try_fold(&self.session.claims, |json, step| json.get(step))
    }

    pub(super) fn claim(&self, claim: &Claim, r#type: &Type) -> Datum {
        match self.json_of_claim(claim) {
            None | Some(serde_json::Value::Null) => Datum::Null,
            Some(json) if *r#type == Type::Jsonb => Datum::Json(json.clone()),
            Some(json) => self.read_claim(json, r#type),
        }
    }

    /// A single value of the token; empty where it is none of the type.
    pub(super) fn read_claim(&self, json: &serde_json::Value, r#type: &Type) -> Datum {
        let text = match json {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => json.to_string(),
            _ => return Datum::Null,
        };
        // All integers are read as the widest, which none is too large for.
        let r#type = if matches!(r#type, Type::SmallInt | Type::Integer) { &Type::BigInt } else { r#type };
        let is_well_formed = is_well_formed(r#type, &text);
        let value = is_well_formed.then(|| parse(&self.model.catalog, r#type, &text, self.session.now));
        value.flatten().unwrap_or(Datum::Null)
    }
}

/// Whether a text is written as values of a type are. Of types that are not told by their form, reading them tells.
pub fn is_well_formed(r#type: &Type, text: &str) -> bool {
    match r#type {
        Type::Uuid => {
            let groups: Vec<&str> = text.split('-').collect();
            let is_hexadecimal = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
            groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hexadecimal)
        }
        Type::SmallInt | Type::Integer | Type::BigInt => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            is_digits(digits, 19) && (digits.len() < 19 || matches!(digits.as_bytes()[0], b'1'..=b'8'))
        }
        Type::Numeric(_) | Type::Double => is_decimal(text, 100, 100),
        Type::Real => is_decimal(text, 38, 30),
        Type::Boolean => matches!(text, "true" | "false"),
        _ => true,
    }
}

fn is_digits(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits, and perhaps more of them behind a point.
fn is_decimal(text: &str, whole: usize, fraction: usize) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.split_once('.') {
        None => is_digits(digits, whole),
        Some((before, after)) => is_digits(before, whole) && is_digits(after, fraction),
    }
}
