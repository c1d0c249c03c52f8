//! What the token and the session's settings say, as values of types. What is badly formed is empty.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::datum::{Datum, parse};
use super::{Decimal, Evaluator, Number, time};
use crate::catalog::{Family, Type};
use crate::model::{Claim, ClaimPath};

impl Evaluator<'_> {
    /// What the token has at a claim's place; of a setting, its text. `None` for JSON's null, and for a setting that is empty.
    fn json_of_claim(&self, claim: &Claim) -> Option<Cow<'_, serde_json::Value>> {
        let said = self.said(claim);
        // Of a session without anybody, nobody expects a token.
        if said.is_none() && self.is_signed_in() {
            self.met.unsaid(claim);
        }
        said
    }

    fn said(&self, claim: &Claim) -> Option<Cow<'_, serde_json::Value>> {
        match claim.place() {
            Ok(ClaimPath(steps)) => {
                let found = steps.iter().try_fold(&self.session.claims, |json, step| json.get(step))?;
                Some(Cow::Borrowed(found)).filter(|json| !json.is_null())
            }
            Err(setting) => {
                let text = self.session.settings.get(setting).filter(|text| !text.is_empty())?;
                Some(Cow::Owned(text.as_str().into()))
            }
        }
    }

    /// The elements of a list of the token, or the one value that is there; of a setting, what stands between its commas.
    fn elements_of_claim(&self, claim: &Claim) -> Option<Vec<serde_json::Value>> {
        let json = self.json_of_claim(claim)?;
        Some(match (claim.place(), &*json) {
            (Err(_), serde_json::Value::String(text)) => {
                text.split(',').map(|element| element.trim_matches(' ').into()).collect()
            }
            (_, serde_json::Value::Array(elements)) => elements.clone(),
            (_, one) => vec![one.clone()],
        })
    }

    pub(super) fn claim(&self, claim: &Claim, r#type: &Type) -> Datum {
        if let Type::Array(element) = r#type {
            return self.read_claims(claim, element).map_or(Datum::Null, Datum::Array);
        }
        match self.json_of_claim(claim) {
            None => Datum::Null,
            Some(json) if *r#type == Type::Jsonb => Datum::Json(json.into_owned()),
            Some(json) => self.read_claim(&json, r#type),
        }
    }

    /// A claim as a list; what is badly formed is empty in it, and what JSON calls null is not in it.
    pub(super) fn read_claims(&self, claim: &Claim, element: &Type) -> Option<Vec<Datum>> {
        let elements = self.elements_of_claim(claim)?;
        let read = |json: &serde_json::Value| within(self.read_claim(json, element), element);
        Some(elements.iter().filter(|json| !json.is_null()).map(read).collect())
    }

    /// A single value of the token; empty where it is none of the type.
    fn read_claim(&self, json: &serde_json::Value, r#type: &Type) -> Datum {
        if let (serde_json::Value::Number(number), Family::Time) = (json, r#type.family()) {
            let moment = seconds(&number.to_string());
            return moment.and_then(|moment| self.moment_as(moment, r#type)).unwrap_or(Datum::Null);
        }
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

    /// A moment as a value of a type of time, in the project's time zone.
    fn moment_as(&self, moment: i64, r#type: &Type) -> Option<Datum> {
        Some(match r#type {
            Type::Timestamp => Datum::Moment(time::local(moment, &self.model.time_zone)?),
            Type::Date => Datum::Day(time::day_of(time::local(moment, &self.model.time_zone)?)),
            _ => Datum::Moment(moment),
        })
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
        Type::Date | Type::Timestamp | Type::TimestampTz => is_moment(r#type, text),
        _ => true,
    }
}

/// Whether a text is a day or a moment that is always the same: `infinity` would never end, `tomorrow` never come.
fn is_moment(r#type: &Type, text: &str) -> bool {
    let Some((day, rest)) = text.split_at_checked(10) else { return false };
    if !has_form(day, "0000-00-00") {
        return false;
    }
    let Some(time) = rest.strip_prefix([' ', 'T']) else { return rest.is_empty() };
    let zone = time.find(['Z', '+', '-']).filter(|_| *r#type != Type::Timestamp);
    let (time, zone) = time.split_at(zone.unwrap_or(time.len()));
    let (time, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
    let is_below = |part: &str, end: u8| part.parse::<u8>().is_ok_and(|number| number < end);
    let is_time = (has_form(time, "00:00") && fraction.is_none() || has_form(time, "00:00:00"))
        && time.split(':').zip([24, 60, 60]).all(|(part, end)| is_below(part, end));
    let is_offset = |digits: &str| {
        (has_form(digits, "00") || has_form(digits, "00:00"))
            && digits.split(':').zip([15, 60]).all(|(part, end)| is_below(part, end))
    };
    let is_zone = zone.is_empty() || zone == "Z" || zone.strip_prefix(['+', '-']).is_some_and(is_offset);
    is_time && is_zone && fraction.is_none_or(|digits| is_digits(digits, 6))
}

/// Whether a text has digits where another has zeros, and the same letters elsewhere.
fn has_form(text: &str, form: &str) -> bool {
    let fits = |(own, wanted): (u8, u8)| if wanted == b'0' { own.is_ascii_digit() } else { own == wanted };
    text.len() == form.len() && std::iter::zip(text.bytes(), form.bytes()).all(fits)
}

/// A number of a list as one that a narrower column can have, or nothing.
fn within(value: Datum, r#type: &Type) -> Datum {
    let (least, greatest) = match r#type {
        Type::SmallInt => ("-32768", "32767"),
        Type::Integer => ("-2147483648", "2147483647"),
        _ => return value,
    };
    let order = |text: &str| {
        let end = Datum::Number(Number::Exact(Decimal::parse(text)?));
        value.compare(&end, &|left, right| left.cmp(right))
    };
    let fits = order(least).is_some_and(Ordering::is_ge) && order(greatest).is_some_and(Ordering::is_le);
    if fits { value } else { Datum::Null }
}

/// Seconds since 1970 as microseconds, rounded as the server does it; `None` for what is none.
fn seconds(text: &str) -> Option<i64> {
    /// From 1970 to 2000, which the server counts from.
    const EPOCH: i32 = 946_684_800;
    if !is_decimal(text, 11, 30) {
        return None;
    }
    let since_2000 = ((text.parse::<f64>().ok()? - f64::from(EPOCH)) * 1e6).round_ties_even();
    Some(since_2000 as i64 + i64::from(EPOCH) * 1_000_000)
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
