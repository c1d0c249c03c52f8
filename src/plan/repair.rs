//! Changes that also make again what is otherwise in the database than it was applied. In: two states and differences. Out: changes, and the differences
//! that are about nothing of the rules' making.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, How, from_scratch, index};
use crate::objects::{Definition, Id, Object, State, Target, quote};
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
    let mut drifted: BTreeMap<&Id, bool> = BTreeMap::new();
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
    Repair { changes: changes(current, desired, &drifted), left }
}

fn changes<'a>(current: &'a State, desired: &'a State, drifted: &BTreeMap<&Id, bool>) -> Vec<Change<'a>> {
    let is_gone = |id: &Id| drifted.get(id).copied().unwrap_or_default();
    // What policies and triggers call is taken away after them, and they with it.
    let is_called = |object: &&Object| matches!(object.definition, Definition::Function(_) | Definition::Schema(_));
    if current.objects.iter().filter(is_called).any(|object| drifted.contains_key(object.id())) {
        let mut all = from_scratch(current, desired);
        let kept = kept(current, desired, drifted);
        all.retain(|change| {
            let is_drop = matches!(change.how, How::Drop);
            !kept.contains(change.object.id()) && (!is_drop || !is_gone(change.object.id()) && !change.object.drop().is_empty())
        });
        return all;
    }
    let before = index(current);
    let mut all = super::changes(current, desired);
    all.retain(|change| !matches!(change.how, How::Drop) || !is_gone(change.object.id()));
    let mut by_id: BTreeMap<&Id, Change<'_>> = BTreeMap::new();
    let drops: Vec<Change<'_>> = all.iter().copied().filter(|change| matches!(change.how, How::Drop)).collect();
    by_id.extend(all.iter().filter(|change| !matches!(change.how, How::Drop)).map(|change| (change.object.id(), *change)));
    let again = |object: &'a Object| {
        let old = before.get(object.id()).copied().filter(|old| drifted.contains_key(old.id()));
        match old {
            None => by_id.get(object.id()).copied(),
            Some(old) if is_gone(old.id()) => Some(Change { object, how: How::Create }),
            Some(old) => Some(Change { object, how: How::Replace(old) }),
        }
    };
    desired.objects.iter().filter_map(again).chain(drops).collect()
}

/// What stays where all else is made again: the record, which has all deployments, and the schemas.
fn kept<'a>(current: &'a State, desired: &State, drifted: &BTreeMap<&Id, bool>) -> BTreeSet<&'a Id> {
    let is_schema = |object: &Object| matches!(object.definition, Definition::Schema(_));
    // It goes with its schema.
    if current.objects.iter().any(|object| is_schema(object) && drifted.contains_key(object.id())) {
        return BTreeSet::new();
    }
    let after = index(desired);
    let is_same = |object: &&Object| after.get(object.id()).is_some_and(|other| other.definition == object.definition);
    let is_kept = |object: &&Object| is_schema(object) || matches!(object.definition, Definition::Record(_));
    current.objects.iter().filter(is_kept).filter(is_same).map(Object::id).collect()
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
