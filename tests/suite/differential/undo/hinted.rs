//! Faults of shapes that hints choose between: what a hint says is believed. In: a statement of an object. Out: the same as an emitter with that fault would write it.

use rowgate::objects::Recorded as Object;

use super::super::generate::Project;

/// Whom a hint tells to see all does.
pub fn sees_all(_: &Object, one: &str, _: &Project) -> String {
    behind(one, "CASE rowgate.hint_sees_all_", "true OR ")
}

/// Whom a hint tells to have no key finds nothing.
pub fn has_none(_: &Object, one: &str, _: &Project) -> String {
    behind(one, "CASE rowgate.hint_has_none_", "false AND ")
}

/// The text with something in front of what each CASE of a hint chooses where the hint is true.
fn behind(text: &str, hint: &str, new: &str) -> String {
    const CHOSEN: &str = "WHEN true THEN ";
    let mut parts = text.split(hint);
    let mut done = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        done.push_str(hint);
        done.push_str(&part.replacen(CHOSEN, &format!("{CHOSEN}{new}"), 1));
    }
    done
}
