//! What a deployment means for people, step by step. In: a deployment, and what it gives and takes. Out: for each table which way it changes, for each step
//! whether somebody may do more, or less, or whether something goes that is not made again.

use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::compared::Compared;
use super::deployment::Deployment;
use crate::access::Direction;
use crate::db::{self, Openness};
use crate::model::Operation;
use crate::objects::{Command, Definition, Id, Kind, Object, Policy, Purpose, quote};
use crate::plan::{Change, How, Way};

/// What a step means for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nobody may do more, somebody less.
    Narrows,
    /// Somebody may do more, nobody less.
    Widens,
    /// Some more, some less.
    Both,
    /// It is not known which way, and may be wider.
    Undecided,
    /// What somebody may do stays.
    Neutral,
    /// Something goes that is not made again, or that programs call by its name.
    Destroys,
}

impl Effect {
    /// As it is shown.
    pub(super) fn word(self) -> &'static str {
        match self {
            Effect::Narrows => "narrows",
            Effect::Widens => "widens",
            Effect::Both => "both ways",
            Effect::Undecided => "undecided",
            Effect::Neutral => "neutral",
            Effect::Destroys => "destroys",
        }
    }

    /// The colour of the word on a terminal.
    pub(super) fn colour(self) -> u8 {
        match self {
            Effect::Narrows => 32,
            Effect::Widens | Effect::Both | Effect::Undecided => 91,
            Effect::Neutral => 90,
            Effect::Destroys => 95,
        }
    }

    /// Of all that change something together.
    fn of(directions: impl Iterator<Item = Direction>) -> Effect {
        directions.map(Effect::from).reduce(Effect::and).unwrap_or(Effect::Neutral)
    }

    fn and(self, other: Effect) -> Effect {
        match (self, other) {
            (Effect::Undecided, _) | (_, Effect::Undecided) => Effect::Undecided,
            (one, other) if one == other => one,
            _ => Effect::Both,
        }
    }
}

impl From<Direction> for Effect {
    fn from(direction: Direction) -> Effect {
        match direction {
            Direction::Narrower => Effect::Narrows,
            Direction::Wider => Effect::Widens,
            Direction::Both => Effect::Both,
            Direction::Undecided => Effect::Undecided,
        }
    }
}

/// A change, and what it means.
pub(super) type Step<'a> = (Change<'a>, Effect);

/// What is known of a deployment.
pub(super) struct Effects<'a> {
    deployment: &'a Deployment,
    compared: Option<&'a Compared>,
    openness: &'a BTreeMap<String, Openness>,
    /// Whether what is in force is only what was recorded, so that a comparison with the record speaks of it.
    is_as_recorded: bool,
}

impl<'a> Effects<'a> {
    pub(super) fn of(
        deployment: &'a Deployment,
        compared: Option<&'a Compared>,
        openness: &'a BTreeMap<String, Openness>,
        is_as_recorded: bool,
    ) -> Effects<'a> {
        Effects { deployment, compared, openness, is_as_recorded }
    }

    /// Which way a table changes, given as SQL, at one operation or at all.
    fn table(&self, table: &str, operation: Option<Operation>) -> Effect {
        if !self.is_as_recorded {
            return Effect::Undecided;
        }
        let changed = match self.compared {
            // What was there before, others granted: all of it is limited, or nothing is, or it is not known.
            None if self.deployment.began_from_nothing() => {
                return match self.openness.get(table) {
                    None => Effect::Widens,
                    Some(Openness::Whole) => Effect::Narrows,
                    Some(Openness::Partly) => Effect::Undecided,
                };
            }
            Some(Compared::Changed(changed)) => changed,
            None | Some(Compared::NotComparable(_)) => return Effect::Undecided,
        };
        let Some(meaning) = &self.deployment.compiled.meaning else { return Effect::Undecided };
        let is_meant = |one: Operation| operation.is_none_or(|operation| operation == one);
        let of_table = changed
            .iter()
            .filter(|one| is_meant(one.operation) && quote::qualified(&meaning.model.catalog.table(one.table).name) == table);
        Effect::of(of_table.map(|one| one.direction))
    }

    /// Which way a table changes, for the order in which tables may change one by one.
    pub(super) fn way(&self, table: &str) -> Way {
        match self.table(table, None) {
            Effect::Narrows | Effect::Neutral => Way::Narrows,
            Effect::Widens => Way::Widens,
            Effect::Both | Effect::Undecided | Effect::Destroys => Way::Both,
        }
    }

    /// Each change with what it means.
    pub(super) fn steps<'b>(&self, changes: &[Change<'b>]) -> Vec<Step<'b>> {
        let made: BTreeSet<&Id> =
            changes.iter().filter(|change| !matches!(change.how, How::Drop)).map(|change| change.object.id()).collect();
        let is_made_again = |object: &Object| made.contains(object.id());
        changes.iter().map(|change| (*change, self.step(change, is_made_again(change.object)))).collect()
    }

    fn step(&self, change: &Change<'_>, is_made_again: bool) -> Effect {
        let object = change.object;
        let is_gone = matches!(change.how, How::Drop) && !is_made_again;
        match (&object.definition, object.kind()) {
            (Definition::Policy(policy), _) if is_gone && policy.is_of_nobody() => Effect::Destroys,
            (Definition::Policy(policy), _) if lets_entries_go(policy) && !is_gone => self.entries_go(change.how, policy),
            // What is only closed.
            (Definition::Rights(rights), Kind::Privileges)
                if rights.rights.is_empty() && object.table().is_none() && !is_gone =>
            {
                Effect::Narrows
            }
            // Programs name them.
            (_, Kind::View | Kind::Guard) if is_gone => Effect::Destroys,
            (Definition::Policy(policy), Kind::Policy) => self.table(&quote::qualified(&policy.table), Some(operation(policy))),
            (_, Kind::Guard) => self.guard(object),
            (_, Kind::RowSecurity | Kind::Policy | Kind::Trigger | Kind::View | Kind::Privileges) => match object.table() {
                Some(table) => self.table(&table, None),
                // Of a sequence.
                None => match change.how {
                    How::Create => Effect::Widens,
                    How::Drop => Effect::Narrows,
                    How::Alter(_) | How::Replace(_) => Effect::Undecided,
                },
            },
            (_, Kind::TriggerFunction | Kind::SequenceUsage) => Effect::Undecided,
            // Made for the rules themselves: nobody but what they make calls, reads or acts as these.
            (
                _,
                Kind::Role
                | Kind::AuditTable
                | Kind::LookupSchema
                | Kind::Record
                | Kind::SchemaUsage
                | Kind::LookupGrant
                | Kind::LookupPolicy
                | Kind::Function
                | Kind::FunctionGrant,
            ) => Effect::Neutral,
        }
    }

    /// What lets old entries of the record be taken away: that is for good, and a longer time takes away none.
    fn entries_go(&self, how: How<'_>, policy: &Policy) -> Effect {
        let was = match how {
            How::Alter(was) | How::Replace(was) => was,
            How::Create if self.deployment.began_from_nothing() => return Effect::Neutral,
            How::Create | How::Drop => return Effect::Destroys,
        };
        let Definition::Policy(was) = &was.definition else { return Effect::Destroys };
        let (was, is) = (was.using.as_deref(), policy.using.as_deref());
        match was.and_then(seconds).zip(is.and_then(seconds)) {
            _ if was == is => Effect::Neutral,
            Some((was, is)) if was <= is => Effect::Neutral,
            _ => Effect::Destroys,
        }
    }

    /// A guard asks by the rules, whatever they say; an action does something, and what it did before is not compared.
    fn guard(&self, object: &Object) -> Effect {
        let Some(meaning) = &self.deployment.compiled.meaning else { return Effect::Undecided };
        let Definition::Function(function) = &object.definition else { return Effect::Undecided };
        let is_action = meaning.model.actions.iter().any(|action| action.name == function.name.name);
        match self.compared {
            _ if !is_action => Effect::Neutral,
            None if self.deployment.began_from_nothing() => Effect::Widens,
            Some(Compared::Changed(_)) if self.is_as_recorded => Effect::Neutral,
            _ => Effect::Undecided,
        }
    }
}

fn lets_entries_go(policy: &Policy) -> bool {
    policy.purpose == Some(Purpose::Upkeep) && policy.command == Command::Delete
}

/// How long entries are kept by such a policy, which names an interval, in seconds: of months and years, about.
fn seconds(using: &str) -> Option<i64> {
    let mut words = using.split('\'').nth(1)?.split(' ');
    let amount: i64 = words.next()?.parse().ok()?;
    let unit = match words.next()?.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        "week" => 604_800,
        "month" => 2_629_746,
        "year" => 31_556_952,
        _ => return None,
    };
    amount.checked_mul(unit)
}

fn operation(policy: &Policy) -> Operation {
    match policy.command {
        Command::Select => Operation::Read,
        Command::Insert => Operation::Create,
        Command::Update => Operation::Update,
        Command::Delete => Operation::Delete,
    }
}

/// How far tables are open before a first deployment; nothing of others, of which the rules of before say it.
pub(super) fn openness(deployment: &mut Deployment) -> Result<BTreeMap<String, Openness>, Error> {
    if !deployment.began_from_nothing() {
        return Ok(BTreeMap::new());
    }
    let Some(meaning) = &deployment.compiled.meaning else { return Ok(BTreeMap::new()) };
    let roles = meaning.model.application_roles().into_iter().map(str::to_owned).collect::<Vec<_>>();
    db::read_openness(&mut deployment.client, &roles).map_err(Error::Database)
}
