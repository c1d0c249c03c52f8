//! What a change of the rules gives and takes. In: what two projects over the same tables mean. Out: for each role, table and operation whose meaning changed,
//! what it was, what it is, and whether somebody may do more than before, or less. Rights are compared as the sessions of a database role have them: what
//! one role loses and another one gives to the same sessions is no loss.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::{Alike, Numbers};
use super::decide::{Verdict, implies};
use super::text::grant_text;
use super::{Access, Grant, Predicate, RoleAccess, TableAccess, holds};
use crate::catalog::{Table, TableId};
use crate::model::{Action, Describe, Model, Operation, RoleUse, Scope, Subject};

/// A meaning, with the model that it is of.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The rules with names bound.
    pub model: &'a Model,
    /// What they combine to.
    pub access: &'a Access,
}

/// Which way something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Nobody may do more, somebody less.
    Narrower,
    /// Somebody may do more, nobody less.
    Wider,
    /// Some more, some less.
    Both,
    /// It could not be decided. Whoever asks has to act as if it were wider.
    Undecided,
}

impl Direction {
    /// As it is shown.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Narrower => "narrower",
            Direction::Wider => "wider",
            Direction::Both => "wider and narrower",
            Direction::Undecided => "undecided",
        }
    }

    /// Whether somebody may do more, as far as is known.
    pub fn may_widen(self) -> bool {
        matches!(self, Direction::Wider | Direction::Both | Direction::Undecided)
    }
}

/// What changed for a role, at an operation of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The table.
    pub table: TableId,
    /// The role and where it is held, in words.
    pub role: String,
    /// What its holders do.
    pub operation: Operation,
    /// The columns that more may be done with, or less; `None` where the operation is of the whole row.
    pub fields: Option<Vec<String>>,
    /// Its grants before, in words; none for `never`.
    pub was: Vec<String>,
    /// Its grants now.
    pub is: Vec<String>,
    /// Which way.
    pub direction: Direction,
    /// The rules that say so now, and before where they say it no more.
    pub rules: BTreeSet<String>,
}

/// All that changed, in the order of the tables' names.
pub fn compare(old: Side<'_>, new: Side<'_>) -> Vec<Changed> {
    let tables: BTreeSet<TableId> = old.access.tables.keys().chain(new.access.tables.keys()).copied().collect();
    let mut tables: Vec<TableId> = tables.into_iter().collect();
    tables.sort_by_key(|&id| &new.model.catalog.table(id).name);
    let alike = Alike::of(old.model, new.model);
    tables.into_iter().flat_map(|table| compare_table(&alike, old, new, table)).collect()
}

/// The first of what is asked outside of tables' rules that may say something else: who may do an action and of what, by its name, or who may ask about others. Both configurations name the
/// same; what roles, memberships and named conditions say is another matter.
pub fn unlike_beside_rules(old: Side<'_>, new: Side<'_>) -> Option<String> {
    let alike = Alike::of(old.model, new.model);
    let is_same = |old: Predicate, new: Predicate| {
        let (old, new) = (alike.old.said(&old), alike.new.said(&new));
        !old.is_of_changed && !new.is_of_changed && old.predicate == new.predicate
    };
    let held = |model: &Model, roles: &[RoleUse]| {
        let of_sessions = model.application_roles().into_iter();
        of_sessions.map(|session| Predicate::any(roles.iter().map(|role| holds(model, role, session)))).collect::<Vec<_>>()
    };
    let is_same_held = |was: &[RoleUse], is: &[RoleUse]| {
        let (was, is) = (held(old.model, was), held(new.model, is));
        was.len() == is.len() && was.into_iter().zip(is).all(|(was, is)| is_same(was, is))
    };
    let asking = |model: &Model| -> Vec<RoleUse> {
        let roles = model.guards.iter().flat_map(|guards| &guards.ask_about);
        roles.map(|&id| RoleUse { subject: Subject::Role(id), scope: Scope::Unscoped }).collect()
    };
    if !is_same_held(&asking(old.model), &asking(new.model)) {
        return Some("who may ask about other users".to_owned());
    }
    let is_unlike = |action: &&Action| {
        let was = old.model.actions.iter().find(|was| was.name == action.name);
        let is_known = was.is_some_and(|was| {
            let asked = (Predicate::of_action(old.model, was), Predicate::of_action(new.model, action));
            is_same_held(&was.roles, &action.roles) && is_same(asked.0, asked.1)
        });
        !is_known
    };
    new.model.actions.iter().find(is_unlike).map(|action| format!("who may do the action {}, or of what", action.name))
}

/// A role in words, and an operation: what both sides call the same.
type Key = (String, Operation);

/// What is found of one of them.
#[derive(Default)]
struct Found {
    more: BTreeSet<u32>,
    less: BTreeSet<u32>,
    undecided: BTreeSet<u32>,
    rules: BTreeSet<String>,
}

fn compare_table(alike: &Alike, old: Side<'_>, new: Side<'_>, id: TableId) -> Vec<Changed> {
    let nothing = TableAccess::default();
    let (was, is) = (old.access.tables.get(&id), new.access.tables.get(&id));
    let (was, is) = (was.map_or(&nothing, |table| table), is.map_or(&nothing, |table| table));
    let mut found: BTreeMap<Key, Found> = BTreeMap::new();
    let sessions: BTreeSet<&String> = was.sessions.keys().chain(is.sessions.keys()).collect();
    for session in sessions {
        for operation in Operation::ALL {
            let before = allowed(old, was, session, operation, &alike.old);
            let now = allowed(new, is, session, operation, &alike.new);
            note(&mut found, new, operation, &now, &before, |found| &mut found.more);
            note(&mut found, old, operation, &before, &now, |found| &mut found.less);
        }
    }
    let table = new.model.catalog.table(id);
    let changed = found.into_iter().map(|(key, found)| Changed {
        table: id,
        fields: (key.1 != Operation::Delete).then(|| found.fields(table)),
        was: words(old, was, table, &key),
        is: words(new, is, table, &key),
        direction: found.direction(),
        rules: found.rules,
        role: key.0,
        operation: key.1,
    });
    let mut changed: Vec<Changed> = changed.collect();
    changed.sort_by(|a, b| (a.operation, &a.role).cmp(&(b.operation, &b.role)));
    changed
}

/// A grant as the sessions of a database role have it.
struct Allowed {
    /// The role and where it is held, in words.
    role: String,
    /// With who holds its role, and the boundaries; memberships and roles in the numbers of the new model.
    grant: Grant,
    /// Whether it speaks of a membership or a role that is another one by now.
    is_of_changed: bool,
    /// The columns that it is about.
    columns: BTreeSet<u32>,
}

fn allowed(side: Side<'_>, access: &TableAccess, session: &str, operation: Operation, numbers: &Numbers) -> Vec<Allowed> {
    let describe = Describe { model: side.model };
    let bound = access.bound(session, operation);
    let of_role = |role: &RoleAccess| {
        let grants = role.operations.get(&operation).into_iter().flatten();
        let held = Predicate::all([role.held.clone(), bound.clone()]);
        let usable = grants.map(|grant| grant.held(&held)).filter(Grant::is_possible);
        let name = describe.role_use(&role.role);
        let said = |grant: Grant| {
            let (before, after) = (numbers.said(&grant.before), numbers.said(&grant.after));
            Allowed {
                role: name.clone(),
                columns: columns(side, &grant, operation),
                is_of_changed: before.is_of_changed || after.is_of_changed,
                grant: Grant { before: before.predicate, after: after.predicate, ..grant },
            }
        };
        usable.map(said).collect::<Vec<_>>()
    };
    access.sessions.get(session).into_iter().flatten().flat_map(of_role).collect()
}

/// Deleting is of the whole row: one column stands for it.
fn columns(side: Side<'_>, grant: &Grant, operation: Operation) -> BTreeSet<u32> {
    if operation == Operation::Delete {
        return BTreeSet::from([0]);
    }
    let all = 0..side.model.catalog.table(grant.id.table).columns.len() as u32;
    all.filter(|&column| grant.names(column)).collect()
}

/// Notes of which columns some grant allows what the others do not.
fn note(
    found: &mut BTreeMap<Key, Found>,
    side: Side<'_>,
    operation: Operation,
    grants: &[Allowed],
    others: &[Allowed],
    place: impl Fn(&mut Found) -> &mut BTreeSet<u32>,
) {
    for one in grants {
        // Columns that the same grants name are decided together.
        let mut alike: BTreeMap<Vec<usize>, Vec<u32>> = BTreeMap::new();
        for &column in &one.columns {
            let naming = others.iter().enumerate().filter(|(_, other)| other.columns.contains(&column)).map(|(at, _)| at);
            alike.entry(naming.collect()).or_default().push(column);
        }
        for (naming, columns) in alike {
            let is_of_changed = one.is_of_changed || naming.iter().any(|&at| others[at].is_of_changed);
            let naming: Vec<&Grant> = naming.into_iter().map(|at| &others[at].grant).collect();
            let verdict = is_covered(&one.grant, &naming, operation);
            if verdict.is_proved() {
                continue;
            }
            let found = found.entry((one.role.clone(), operation)).or_default();
            // Who holds a role that is another one by now may be more, or fewer.
            let place = if verdict == Verdict::Undecided || is_of_changed { &mut found.undecided } else { place(found) };
            place.extend(columns);
            found.rules.insert(rule(side, &one.grant));
        }
    }
}

/// What a grant says of the record before, or after.
type Part = fn(&Grant) -> &Predicate;

/// Whether whatever a grant allows is allowed by some of the others.
fn is_covered(grant: &Grant, others: &[&Grant], operation: Operation) -> Verdict {
    let any = |of: Part| Predicate::any(others.iter().map(|other| of(other).clone()));
    let (before, after): (Part, Part) = (|grant| &grant.before, |grant| &grant.after);
    match operation {
        Operation::Read | Operation::Delete => implies(&grant.before, &any(before)),
        Operation::Create => implies(&grant.after, &any(after)),
        // A step is allowed by one grant, before and after.
        Operation::Update => {
            let by_one = |other: &&&Grant| {
                implies(&grant.before, &other.before).is_proved() && implies(&grant.after, &other.after).is_proved()
            };
            if others.iter().any(|other| by_one(&other)) {
                return Verdict::Proved;
            }
            let single = [implies(&grant.before, &any(before)), implies(&grant.after, &any(after))];
            single.into_iter().find(|verdict| matches!(verdict, Verdict::Refuted(_))).unwrap_or(Verdict::Undecided)
        }
    }
}

fn rule(side: Side<'_>, grant: &Grant) -> String {
    let rules = side.model.tables.get(&grant.id.table);
    rules.and_then(|rules| rules.get(grant.id.rule as usize)).map_or_else(String::new, |rule| rule.name.clone())
}

/// The grants of a role in words, without who holds it.
fn words(side: Side<'_>, access: &TableAccess, table: &Table, (role, operation): &Key) -> Vec<String> {
    let describe = Describe { model: side.model };
    let named = access.roles().into_iter().filter(|known| describe.role_use(&known.role) == *role);
    let grants = named.flat_map(|known| {
        let is_signed_in = known.role.subject != Subject::Anyone;
        known.operations.get(operation).into_iter().flatten().map(move |grant| (grant, is_signed_in))
    });
    let text = |(grant, is_signed_in)| grant_text(&describe, *operation, grant, table, is_signed_in);
    let mut words: Vec<String> = grants.map(text).collect();
    words.dedup();
    words
}

impl Found {
    fn direction(&self) -> Direction {
        match (self.more.is_empty(), self.less.is_empty()) {
            (false, false) => Direction::Both,
            (false, true) => Direction::Wider,
            (true, false) if self.undecided.is_empty() => Direction::Narrower,
            _ => Direction::Undecided,
        }
    }

    fn fields(&self, table: &Table) -> Vec<String> {
        let columns: BTreeSet<u32> = self.more.iter().chain(&self.less).chain(&self.undecided).copied().collect();
        columns.into_iter().filter_map(|column| table.columns.get(column as usize)).map(|column| column.name.clone()).collect()
    }
}
