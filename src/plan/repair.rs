//! Changes that also make again what is otherwise in the database than it was applied. In: two states and differences. Out: changes, and the differences
//! that are about nothing of the rules' making.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, How, from_scratch, index};
use crate::objects::{Body, Definition, Id, Object, Rights, State, Target, quote};
use crate::verify;

/// The changes from `current`, of which some is drifted, to `desired`.
#[derive(Debug)]
pub struct Repair<'a> {
    /// What is done, in the order in which it is done.
    pub changes: Vec<Change<'a>>,
    /// What stays as it is: rights of others, roles, owners.
    pub left: Vec<&'a verify::Difference>,
}

/// What makes `desired` of a database that was given `current`, in which these facts are otherwise by now.
pub fn repair<'a>(current: &'a State, desired: &'a State, differences: &'a [verify::Difference]) -> Repair<'a> {
    // What was on a table goes with it.
    let gone: BTreeSet<&str> = differences
        .iter()
        .filter(|one| one.kind == "table" && one.change() == verify::Change::Gone)
        .map(|one| one.name.as_str())
        .collect();
    let is_on_gone = |object: &&Object| table_of(object).is_some_and(|table| gone.contains(table.as_str()));
    let mut drifted: BTreeMap<&Id, bool> = current.objects.iter().filter(is_on_gone).map(|object| (object.id(), true)).collect();
    let mut left = Vec::new();
    for difference in differences {
        let mut about = current.objects.iter().filter(|object| is_about(object, difference)).peekable();
        if about.peek().is_none() {
            left.push(difference);
        }
        // Where some facts of an object are gone, it may be there itself: a right of a function, say.
        let is_gone = |object: &Object| difference.change() == verify::Change::Gone && is_itself(object, &difference.kind);
        about.for_each(|object| *drifted.entry(object.id()).or_default() |= is_gone(object));
    }
    let mut changes = changes(current, desired, &drifted);
    // Where one is gone, a table that the record does not know may be that one under another name: it has kept what was made on it, under the same names.
    let known: BTreeSet<String> = current.objects.iter().filter_map(table_of).collect();
    let may_be_there = |object: &Object| {
        !gone.is_empty()
            && matches!(object.definition, Definition::Policy(_) | Definition::Trigger(_) | Definition::MoveTrigger(_))
            && table_of(object).is_some_and(|table| !known.contains(&table))
    };
    let kept = changes.iter_mut().filter(|change| matches!(change.how, How::Create) && may_be_there(change.object));
    kept.for_each(|change| change.how = How::Replace(change.object));
    Repair { changes, left }
}

/// The table that something is on, as the record names it.
fn table_of(object: &Object) -> Option<String> {
    match &object.definition {
        Definition::Policy(policy) => Some(quote::qualified(&policy.table)),
        Definition::Rights(Rights { on: Target::Table(name), .. }) => Some(quote::qualified(name)),
        _ => object.table(),
    }
}

/// The same where nobody knows what is otherwise: all of it is taken away, as far as it is there, and made anew. The record stays, which has all deployments,
/// and so do the schemas.
pub fn repair_all<'a>(current: &'a State, desired: &'a State) -> Vec<Change<'a>> {
    let after = index(desired);
    let is_kept = |object: &&Object| {
        matches!(object.definition, Definition::Schema(_) | Definition::Record(_))
            && after.get(object.id()).is_some_and(|other| other.definition == object.definition)
    };
    let kept: BTreeSet<&Id> = current.objects.iter().filter(is_kept).map(Object::id).collect();
    let functions: BTreeSet<&Id> = current.objects.iter().filter(|object| is_function(object)).map(Object::id).collect();
    let mut all = from_scratch(current, desired);
    all.retain(|change| {
        let is_drop = matches!(change.how, How::Drop);
        let goes_with_it = is_drop && is_right_of(change.object, current, &functions);
        !(kept.contains(change.object.id()) || goes_with_it || is_drop && change.object.drop().is_empty())
    });
    all
}

fn changes<'a>(current: &'a State, desired: &'a State, drifted: &BTreeMap<&Id, bool>) -> Vec<Change<'a>> {
    let is_gone = |id: &Id| drifted.get(id).copied().unwrap_or_default();
    let anew = anew(current, drifted);
    let goes = |object: &&Object| {
        anew.contains(object.id()) && !is_gone(object.id()) && !object.drop().is_empty() && !is_right_of(object, current, &anew)
    };
    let first = current.objects.iter().rev().filter(goes).map(|object| Change { object, how: How::Drop });
    let before = index(current);
    let all = super::changes(current, desired);
    let is_drop = |change: &&Change<'_>| matches!(change.how, How::Drop);
    let last =
        all.iter().filter(is_drop).filter(|change| !is_gone(change.object.id()) && !anew.contains(change.object.id())).copied();
    let by_id: BTreeMap<&Id, Change<'_>> =
        all.iter().filter(|change| !is_drop(change)).map(|change| (change.object.id(), *change)).collect();
    let again = |object: &'a Object| {
        if anew.contains(object.id()) {
            return Some(Change { object, how: How::Create });
        }
        match before.get(object.id()).copied().filter(|old| drifted.contains_key(old.id())) {
            None => by_id.get(object.id()).copied(),
            Some(old) if is_gone(old.id()) => Some(Change { object, how: How::Create }),
            Some(old) => Some(Change { object, how: How::Replace(old) }),
        }
    };
    first.chain(desired.objects.iter().filter_map(again)).chain(last).collect()
}

/// Functions that are drifted, and what the server does not let go of while they change: all of it is taken away before them and made behind them.
fn anew<'a>(current: &'a State, drifted: &BTreeMap<&Id, bool>) -> BTreeSet<&'a Id> {
    let name = |object: &Object| object.id().name.split('(').next().unwrap_or_default().to_owned();
    let is_drifted = |object: &&Object| is_function(object) && drifted.contains_key(object.id());
    let mut found: BTreeSet<&Id> = current.objects.iter().filter(is_drifted).map(Object::id).collect();
    let mut names: BTreeSet<String> = current.objects.iter().filter(is_drifted).map(name).collect();
    // What calls what calls it is found in another round.
    loop {
        let calls = |object: &&Object| {
            !found.contains(object.id()) && holds(object) && object.needs().iter().any(|need| names.contains(*need))
        };
        let more: Vec<&Object> = current.objects.iter().filter(calls).collect();
        if more.is_empty() {
            return found;
        }
        names.extend(more.iter().filter(|object| is_function(object)).map(|object| name(object)));
        found.extend(more.into_iter().map(Object::id));
    }
}

fn is_function(object: &Object) -> bool {
    matches!(object.definition, Definition::Function(_))
}

/// Whether the server knows what it calls: of a body that is a text it knows nothing.
fn holds(object: &Object) -> bool {
    !matches!(&object.definition, Definition::Function(function) if matches!(function.body, Body::Plpgsql(_)))
}

/// Whether it is the right to call one of these functions, which goes with it.
fn is_right_of(object: &Object, current: &State, functions: &BTreeSet<&Id>) -> bool {
    let Definition::Rights(rights) = &object.definition else { return false };
    let Target::Function(signature) = &rights.on else { return false };
    let name = signature.split('(').next().unwrap_or_default();
    let is_it = |function: &&Object| is_function(function) && function.id().name.split('(').next() == Some(name);
    current.objects.iter().filter(is_it).any(|function| functions.contains(function.id()))
}

/// Whether a difference is about something that the rules make, so that a repair makes it again.
pub fn is_of_the_rules(current: &State, difference: &verify::Difference) -> bool {
    current.objects.iter().any(|object| is_about(object, difference))
}

/// Whether the difference is about the object as a whole.
fn is_itself(object: &Object, kind: &str) -> bool {
    matches!(
        (&object.definition, kind),
        (Definition::Policy(_), "policy")
            | (Definition::Trigger(_) | Definition::MoveTrigger(_), "trigger")
            | (Definition::Function(_), "function")
            | (Definition::View(_), "view")
            | (Definition::Schema(_), "schema")
    )
}

/// Whether making the object again undoes the difference.
fn is_about(object: &Object, difference: &verify::Difference) -> bool {
    let name = difference.name.as_str();
    let grant = || (difference.kind == "grant").then(|| verify::right(name)).flatten();
    let on_table = |table, name: &str| format!("{} {}", quote::qualified(table), quote::identifier(name));
    match &object.definition {
        Definition::Policy(policy) => difference.kind == "policy" && name == on_table(&policy.table, &policy.name),
        Definition::Trigger(_) | Definition::MoveTrigger(_) => difference.kind == "trigger" && name == object.id().name,
        Definition::RowSecurity(_) => {
            let owner = |text: &Option<String>| text.as_deref().and_then(|text| text.split(" with").next()).map(str::to_owned);
            difference.kind == "table"
                && object.table().as_deref() == Some(name)
                && owner(&difference.was) == owner(&difference.now)
        }
        Definition::Function(function) => {
            let head = format!("{}(", quote::qualified(&function.name));
            let is_callable = |place: &str| place.strip_prefix("function ").is_some_and(|place| place.starts_with(&head));
            difference.kind == "function" && name.starts_with(&head) || grant().is_some_and(|right| is_callable(right.place))
        }
        Definition::View(view) => {
            let view = quote::qualified(&view.name);
            difference.kind == "view" && name == view || grant().is_some_and(|right| right.place == view)
        }
        Definition::Rights(rights) => {
            let Some(right) = grant() else { return false };
            let place = match &rights.on {
                Target::Table(name) | Target::Sequence(name) => quote::qualified(name),
                Target::Schema(name) => format!("schema {}", quote::identifier(name)),
                Target::Function(signature) => format!("function {}", signature.split('(').next().unwrap_or_default()),
            };
            let is_there = right.place == place
                || right.place.starts_with(&format!("{place} ("))
                || right.place.starts_with(&format!("{place}("));
            let roles = rights.closed_to.iter().chain(rights.rights.iter().map(|right| &right.role));
            let is_closed = !rights.closed_to.is_empty() && right.grantee == "PUBLIC";
            is_there && (is_closed || roles.into_iter().any(|role| quote::identifier(role) == right.grantee))
        }
        _ => false,
    }
}
