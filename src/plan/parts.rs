//! A change that is too large for one transaction, in several. In: two states, and which way each table changes. Out: the states in between.
//!
//! A statement of the application sees some tables as they were and some as they are to be. So that it never reaches a row that neither the old rules nor the new ones
//! allow, all of what belongs to a table changes at once, and the parts come in this order: first what is added and nobody meets, then tables that only narrow (so
//! far, each statement is allowed by the old rules), then everything that does both, at one instant, then tables that only widen (from now on, each is allowed by
//! the new rules), and at last what nothing uses any more.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, How, changes, is_another_schema, script};
use crate::objects::{Id, Kind, Object, State};

/// Which way what may be done with a table changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nobody may do more; or as much as before.
    Narrows,
    /// Nobody may do less.
    Widens,
    /// Some more and some less, or it is not known.
    Both,
}

/// Why a change cannot be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// How many locks its largest part takes.
    pub locks: usize,
}

/// How many locks a script of these changes takes, about.
pub fn locks(changes: &[Change<'_>]) -> usize {
    script::Setup::of_changes(changes).locks
}

/// The states that lead from `current` to `desired`, this one included, by transactions of at most `room` locks each. `way` tells of tables, by their names as SQL.
pub fn parts(current: &State, desired: &State, way: impl Fn(&str) -> Way, room: usize) -> Result<Vec<State>, TooLarge> {
    let changes = changes(current, desired);
    // Everything goes before anything is made: that is one instant or none.
    if is_another_schema(current, desired) {
        return Err(TooLarge { locks: locks(&changes) });
    }
    let ways: BTreeMap<String, Way> =
        changes.iter().filter_map(|change| change.object.table()).map(|table| (table.clone(), way(&table))).collect();
    let mut phases: BTreeMap<Phase, Vec<Change<'_>>> = BTreeMap::new();
    for change in changes {
        phases.entry(Phase::of(&change, &ways)).or_default().push(change);
    }
    let mut parts: Vec<Vec<Change<'_>>> = Vec::new();
    for (phase, changes) in phases {
        match phase {
            Phase::AtOnce if locks(&changes) > room => return Err(TooLarge { locks: locks(&changes) }),
            Phase::AtOnce => parts.push(changes),
            Phase::Add | Phase::Remove | Phase::Leave => {
                parts.extend(fill(changes.into_iter().map(|change| vec![change]), room)?)
            }
            Phase::Narrow | Phase::Widen => parts.extend(fill(by_table(changes), room)?),
        }
    }
    let mut state = current.clone();
    let last = parts.len().saturating_sub(1);
    let step = |(number, part): (usize, Vec<Change<'_>>)| {
        if number == last {
            return desired.clone();
        }
        apply(&mut state, &part);
        state.clone()
    };
    Ok(parts.into_iter().enumerate().map(step).collect())
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    /// It is made, and nothing asks it yet.
    Add,
    Narrow,
    AtOnce,
    Widen,
    /// It is taken away, and nothing asks it any more.
    Remove,
    /// Whose it was no longer finds it.
    Leave,
}

impl Phase {
    fn of(change: &Change<'_>, ways: &BTreeMap<String, Way>) -> Phase {
        let is_made = matches!(change.how, How::Create);
        let is_gone = matches!(change.how, How::Drop);
        if change.is_left() {
            return Phase::Leave;
        }
        match change.object.kind() {
            // What look-ups need has to be there before row-level security of the table that they read is.
            Kind::Role
            | Kind::AuditTable
            | Kind::LookupSchema
            | Kind::Record
            | Kind::Function
            | Kind::FunctionGrant
            | Kind::LookupGrant
            | Kind::LookupPolicy => match (is_made, is_gone) {
                (true, _) => Phase::Add,
                (_, true) => Phase::Remove,
                _ => Phase::AtOnce,
            },
            Kind::RowSecurity | Kind::Policy | Kind::Trigger | Kind::View | Kind::Privileges => {
                match change.object.table().and_then(|table| ways.get(&table)) {
                    Some(Way::Narrows) => Phase::Narrow,
                    Some(Way::Widens) => Phase::Widen,
                    Some(Way::Both) => Phase::AtOnce,
                    // Of sequences, and tables of others.
                    None if is_made => Phase::Widen,
                    None => Phase::AtOnce,
                }
            }
            // They answer by the new rules, and some act by them.
            Kind::SchemaUsage | Kind::Guard if is_made => Phase::Widen,
            Kind::SchemaUsage | Kind::Guard | Kind::TriggerFunction | Kind::SequenceUsage => Phase::AtOnce,
        }
    }
}

/// The changes of each table, in the order in which they are made; what is of no table at the end, by itself.
fn by_table(changes: Vec<Change<'_>>) -> impl Iterator<Item = Vec<Change<'_>>> {
    let mut tables: BTreeMap<String, Vec<Change<'_>>> = BTreeMap::new();
    let mut others = Vec::new();
    for change in changes {
        match change.object.table() {
            Some(table) => tables.entry(table).or_default().push(change),
            None => others.push(vec![change]),
        }
    }
    tables.into_values().chain(others)
}

/// As many groups as fit, and so on.
fn fill<'a>(groups: impl Iterator<Item = Vec<Change<'a>>>, room: usize) -> Result<Vec<Vec<Change<'a>>>, TooLarge> {
    let mut parts: Vec<Vec<Change<'a>>> = Vec::new();
    // What a script takes whatever it does is counted once for each part.
    let fixed = locks(&[]);
    let mut taken = room;
    for group in groups {
        let more = locks(&group) - fixed;
        if fixed + more > room {
            return Err(TooLarge { locks: fixed + more });
        }
        match parts.last_mut().filter(|_| taken + more <= room) {
            Some(part) => part.extend(group),
            None => {
                parts.push(group);
                taken = fixed;
            }
        }
        taken += more;
    }
    Ok(parts)
}

/// What there is after a part. What is made stands behind what it calls, as in the state that it is made for.
fn apply(state: &mut State, part: &[Change<'_>]) {
    let gone: BTreeSet<&Id> = part.iter().map(|change| change.object.id()).collect();
    let mut objects: Vec<Object> = state.objects.drain(..).filter(|object| !gone.contains(object.id())).collect();
    objects.extend(part.iter().filter(|change| !matches!(change.how, How::Drop)).map(|change| change.object.clone()));
    *state = State::of_record(objects);
}
