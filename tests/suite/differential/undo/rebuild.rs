//! Faults that take the whole state to put back. In: a project and its state. Out: the state as an emitter with that fault would make it.

use std::collections::BTreeMap;

use rowgate::objects::{Kind, Recorded};

use super::super::generate::{Project, Provider};
use super::super::server::compile;
use super::Texts;
use super::replace::arguments;
use crate::mutations::closing;

/// A boundary stands in every permissive policy. Here it is a restrictive policy beside permissive ones that know nothing of it: what the whole
/// policy says is asked once more, so that the two together mean the same, until one of them is lost.
pub fn boundaries_apart(state: &Texts, project: &Project) -> Result<Texts, String> {
    let unbounded = Project { boundaries: Vec::new(), ..project.clone() };
    let other = Texts::of(&compile(&unbounded)?.state().ok_or("no state")?);
    let mut apart = state.clone();
    for object in apart.objects.iter_mut().filter(|object| object.kind == Kind::Policy) {
        let open = other.objects.iter().find(|other| (other.kind, &other.name) == (object.kind, &object.name));
        let Some(open) = open.filter(|open| open.create[0] != object.create[0]) else { continue };
        let restrictive = object.create[0].replacen("CREATE POLICY rowgate_", "CREATE POLICY bound_", 1).replacen(
            "AS PERMISSIVE",
            "AS RESTRICTIVE",
            1,
        );
        object.create = open.create.iter().cloned().chain([restrictive]).collect();
    }
    // What only the open policies call.
    for object in other.objects {
        let is_wanted = matches!(object.kind, Kind::Function | Kind::FunctionGrant | Kind::LookupGrant | Kind::LookupPolicy);
        let is_there = |known: &&Recorded| {
            (known.kind, &known.name) == (object.kind, &object.name)
                && (object.kind != Kind::LookupGrant || known.create == object.create)
        };
        if !is_wanted || apart.objects.iter().any(|known| is_there(&known)) {
            continue;
        }
        // Functions come in the order of their calls, so that the last place of the kind is right.
        let end = apart.objects.iter().rposition(|known| known.kind <= object.kind).map_or(0, |position| position + 1);
        apart.objects.insert(end, object);
    }
    Ok(apart)
}

/// Look-ups ask who is signed in themselves, in the place of the argument that hands it to them.
pub fn identity_inside(state: &Texts, project: &Project) -> Result<Texts, String> {
    let mark = match project.provider {
        Provider::Setting => "current_setting('app.user_id'",
        Provider::Function => "app.me()",
        Provider::Postgrest => "'sub'",
    };
    let mut inside = state.clone();
    loop {
        let mut asked: BTreeMap<(String, usize), String> = BTreeMap::new();
        for one in inside.objects.iter().filter_map(|object| object.create.first()) {
            for (function, given) in calls(one) {
                let positions = given.iter().enumerate().filter(|(_, value)| value.contains(mark) && !value.contains("rowgate."));
                asked.extend(positions.map(|(position, value)| ((function.to_owned(), position + 1), (*value).to_owned())));
            }
        }
        let mut changed = false;
        for object in inside.objects.iter_mut().filter(|object| object.kind == Kind::Function) {
            let function = object.name.split('(').next().unwrap_or_default().to_owned();
            let Some((head, body)) = object.create[0].split_once("\nAS $rowgate$") else { continue };
            if !head.contains("SECURITY DEFINER") {
                continue;
            }
            let mut body = body.to_owned();
            for ((_, position), value) in asked.iter().filter(|((name, _), _)| *name == function) {
                body = with_argument(&body, *position, value);
            }
            let undone = format!("{head}\nAS $rowgate${body}");
            changed |= undone != object.create[0];
            object.create[0] = undone;
        }
        if !changed {
            return Ok(inside);
        }
    }
}

/// The functions that a statement calls, with what it gives to them.
fn calls(text: &str) -> Vec<(&str, Vec<&str>)> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("rowgate.") {
        let rest = &text[start..];
        let Some(open) = rest.find('(') else { continue };
        let (function, inner) = (&rest[..open], &rest[open + 1..]);
        let is_name = function.chars().all(|c| c.is_alphanumeric() || "_.\"".contains(c));
        if let Some(end) = closing(inner).filter(|_| is_name) {
            found.push((function, arguments(&inner[..end])));
        }
    }
    found
}

/// A body with a value in the place of an argument.
fn with_argument(body: &str, position: usize, value: &str) -> String {
    let name = format!("${position}");
    let mut parts = body.split(name.as_str());
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_longer = part.starts_with(|c: char| c.is_ascii_digit());
        text.push_str(if is_longer { &name } else { value });
        text.push_str(part);
    }
    text
}
