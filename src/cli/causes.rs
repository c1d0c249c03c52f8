//! Why a database decides otherwise than the rules: what other commands find in it. In: a project and a connection. Out: causes, those about the table and the
//! role that are asked about first, each with what mends it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Error;
use super::fits::{self, Fit, Symptom, is_named};
use super::in_force::{self, InForce};
use super::not_asked::NotAsked;
use super::output::count;
use crate::catalog::TableId;
use crate::db::{self, Client, Found, Use};
use crate::doctor;
use crate::model::Action;
use crate::objects::{Definition, Rights, State, Target, quote};
use crate::project::Meaning;
use crate::sql;
use crate::verify;

/// Something in a database that the rules do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Cause {
    /// What it is.
    pub(super) says: String,
    /// What that means for people.
    pub(super) means: String,
    /// The statement that mends it, or what to do.
    pub(super) mends: Option<String>,
    /// Whether it keeps who is asked about from what is asked about, whatever it is called.
    #[serde(skip)]
    is_near: bool,
    /// What it explains.
    #[serde(skip)]
    fit: Fit,
}

impl Cause {
    fn new(says: String, means: String, mends: Option<String>) -> Cause {
        Cause { says, means, mends, is_near: false, fit: Fit::unknown() }
    }
}

/// What is asked about: a table, and the role that a session has.
pub(super) struct About<'a> {
    pub(super) meaning: &'a Meaning,
    pub(super) desired: &'a State,
    pub(super) table: TableId,
    pub(super) role: &'a str,
}

impl About<'_> {
    /// What is missing of rights to use schemas, what is otherwise than it was applied, what the last step of what was applied finds, and whether other rules are in force than those of the
    /// folder. What may not be read, is left out. What explains best what the server did stands first.
    pub(super) fn causes(&self, client: &mut Client, symptom: &Symptom) -> Vec<Cause> {
        let known = InForce::read(client, &self.meaning.model, self.desired);
        let is_these = |known: &InForce| known.applied.digest == self.desired.digest();
        let then = known.as_ref().ok().filter(|known| !is_these(known)).and_then(|known| in_force::rules_of(&known.applied));
        let rules = match (&known, &then) {
            (_, Some((compiled, state))) => compiled.meaning.as_ref().map(|meaning| (meaning, state)),
            (Ok(known), None) if !is_these(known) => None,
            _ => Some((self.meaning, self.desired)),
        };
        let mut found = rules.map(|(meaning, state)| self.unusable(client, meaning, state)).unwrap_or_default();
        // What the last step of other rules takes for somebody else's is theirs.
        let mut last_step = rules.map(|(meaning, state)| ask_last_step(client, meaning, state)).unwrap_or_default();
        match &known {
            Ok(known) => {
                found.extend(self.other_rules(known));
                self.drifted(known, &mut last_step, &mut found);
            }
            Err(error) => {
                found.push(unread(error));
                last_step.retain(|one| sql::about_finding(one.number as usize).0 != "generated");
            }
        }
        let means = |one: &Found| sql::about_finding(one.number as usize).1.to_owned();
        let cause = |one: Found| Cause {
            fit: Fit::of_found(&one),
            ..Cause::new(format!("{}: {}", one.what, one.lets), means(&one), one.closes)
        };
        let is_new = |one: &Found| one.closes.is_none() || !found.iter().any(|known| known.mends == one.closes);
        let more: Vec<Cause> = last_step.into_iter().filter(is_new).map(cause).collect();
        found.extend(more);
        self.ordered(found, symptom)
    }

    /// What explains best comes first. Where something explains it, what leads the other way does not, nor what is about another table alone and explains nothing there.
    fn ordered(&self, found: Vec<Cause>, symptom: &Symptom) -> Vec<Cause> {
        let weighed = |cause: Cause| {
            let distance = self.distance(&cause);
            ((cause.fit.misses(symptom, distance == 0), distance), cause)
        };
        let mut found: Vec<((u8, u8), Cause)> = found.into_iter().map(weighed).collect();
        found.sort_by_key(|(weight, _)| *weight);
        if found.first().is_some_and(|((misses, _), _)| *misses == 0) {
            found.retain(|((misses, distance), _)| *misses == 0 || *misses < fits::OTHER_WAY && *distance < ELSEWHERE);
        }
        found.into_iter().map(|(_, cause)| cause).collect()
    }

    /// What is otherwise than it was applied. What the last step says of the same is left out of it.
    fn drifted(&self, known: &InForce, last_step: &mut Vec<Found>, found: &mut Vec<Cause>) {
        for difference in &verify::together(known.differences.clone()) {
            let explained = difference.explain();
            // Of the same thing, the last step may know what it has to leave.
            let closes = |one: &&Found| {
                let both = one.closes.as_ref().zip(explained.undo.as_ref());
                both.is_some_and(|(all, undo)| all.contains(undo) || is_same_statement(all, undo))
            };
            let mends = last_step.iter().find(closes).and_then(|one| one.closes.clone()).or(explained.undo.clone());
            last_step.retain(|one| !closes(&one) && !difference.is_what_is_said_of(&one.what, &one.lets));
            if !found.iter().any(|known| known.mends.is_some() && known.mends == mends) {
                let mends = mends.unwrap_or_else(|| in_force::advice(&known.applied.state, difference).to_owned());
                let fit = Fit::of_difference(difference);
                found.push(Cause { fit, ..Cause::new(explained.says, explained.means, Some(mends)) });
            }
        }
    }

    /// How far something is from what is asked about: at the table, at the role, at neither, or at another table.
    fn distance(&self, cause: &Cause) -> u8 {
        let catalog = &self.meaning.model.catalog;
        let is_of = |id: TableId| is_named(&cause.says, &catalog.table(id).name.name);
        match (cause.is_near || is_of(self.table), catalog.tables().any(|(id, _)| id != self.table && is_of(id))) {
            (true, _) => 0,
            (false, true) => ELSEWHERE,
            (false, false) if is_named(&cause.says, self.role) => 1,
            (false, false) => 2,
        }
    }

    /// Schemas that somebody may not use who has to. Who inspects is no part of any answer.
    fn unusable(&self, client: &mut Client, meaning: &Meaning, state: &State) -> Vec<Cause> {
        let model = &meaning.model;
        let mut wanted: BTreeSet<(&str, &str)> = BTreeSet::new();
        for object in &state.objects {
            match &object.definition {
                Definition::Rights(Rights { on: Target::Schema(schema), rights, .. }) => {
                    wanted.extend(rights.iter().map(|right| (right.role.as_str(), schema.as_str())));
                }
                Definition::Schema(schema) => {
                    wanted.extend(schema.used_by.iter().map(|role| (role.as_str(), schema.name.as_str())))
                }
                Definition::View(view) => {
                    wanted.extend(view.readers.iter().map(|role| (role.as_str(), view.name.schema.as_str())))
                }
                _ => {}
            }
        }
        let own = [
            Some(&self.meaning.model.catalog.table(self.table).name.schema),
            model.masking.as_ref().map(|masking| &masking.schema),
        ];
        let is_near = |one: &Use| one.role == self.role && own.contains(&Some(&one.schema));
        let is_asked = |(role, _): &(&str, &str)| model.inspection_role.as_deref() != Some(role);
        let of = |(role, schema): (&str, &str)| Use { role: role.to_owned(), schema: schema.to_owned(), function: None };
        let wanted: Vec<Use> = wanted.into_iter().filter(is_asked).map(of).collect();
        let found = db::refused_uses(client, &wanted).unwrap_or_default();
        found.into_iter().map(|one| Cause { is_near: is_near(&one), ..refused(one) }).collect()
    }

    /// That other rules than these were applied.
    fn other_rules(&self, known: &InForce) -> Option<Cause> {
        let changes = known.changes(self.desired);
        let table = quote::qualified(&self.meaning.model.catalog.table(self.table).name);
        let at_table = changes.iter().filter(|change| change.object.table().as_ref() == Some(&table)).count();
        let at_table = if at_table > 0 { format!(", {at_table} of them at {table}") } else { String::new() };
        (!changes.is_empty()).then(|| Cause {
            says: format!("other rules are in force than those of the folder: {} not applied{at_table}", is_are(changes.len())),
            means: "the database decides by the rules that were applied last".to_owned(),
            mends: Some("`rowgate plan` lists the changes, and `rowgate apply` makes them".to_owned()),
            is_near: !at_table.is_empty(),
            fit: Fit::of_rules(),
        })
    }
}

/// How far what is about another table is from what is asked about.
const ELSEWHERE: u8 = 3;

/// What fails by the last step of rules.
fn ask_last_step(client: &mut Client, meaning: &Meaning, state: &State) -> Vec<Found> {
    let query = sql::findings_by_a_session(&meaning.model, &meaning.encoding, &state.objects);
    let mut found = db::ask_last_step(client, &query).unwrap_or_default();
    found.retain(|one| one.fails);
    found
}

fn unread(error: &Error) -> Cause {
    let says = format!("what was applied to this database is not known: {error}");
    Cause::new(says, "other rules than those of the folder may be in force".to_owned(), error.help())
}

/// Whether two statements give the same, in whichever order they name columns.
fn is_same_statement(one: &str, other: &str) -> bool {
    let words = |text: &str| {
        let mut words: Vec<String> =
            text.split([' ', ',', '(', ')']).filter(|word| !word.is_empty()).map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    words(one) == words(other)
}

fn is_are(changes: usize) -> String {
    format!("{} {}", count(changes, "change"), if changes == 1 { "is" } else { "are" })
}

/// That a right to use something is missing.
fn refused(Use { role, schema, function }: Use) -> Cause {
    let fit = Fit::of_lost_right(function.as_deref().unwrap_or(&schema));
    let (role, schema) = (quote::identifier(&role).into_owned(), quote::identifier(&schema).into_owned());
    let cause = match function {
        None => Cause::new(
            format!("{role} may not use the schema {schema}"),
            format!("nothing in {schema} is found by {role}, whatever is granted on it"),
            Some(format!("GRANT USAGE ON SCHEMA {schema} TO {role}")),
        ),
        Some(function) => Cause::new(
            format!("{role} may not call {schema}.{}", quote::identifier(&function)),
            "every session of that role is refused, whatever the rules say".to_owned(),
            Some(format!("GRANT EXECUTE ON ROUTINE {schema}.{} TO {role}", quote::identifier(&function))),
        ),
    };
    Cause { fit, ..cause }
}

/// What keeps a session from calling an action, whatever its rules say. An action itself is not done to see it.
pub(super) fn of_action(client: &mut Client, meaning: &Meaning, action: &Action, role: &str) -> Vec<Cause> {
    let Some(guards) = &meaning.model.guards else { return Vec::new() };
    let of = |function| Use { role: role.to_owned(), schema: guards.schema.clone(), function };
    let found = db::refused_uses(client, &[of(None), of(Some(action.name.clone()))]);
    found.unwrap_or_default().into_iter().map(refused).collect()
}

/// What is wrong with the login by which a session is to act as a role. Who asks becomes it for that long.
pub(super) fn of_login(client: &mut Client, meaning: &Meaning, (login, role): (&str, &str)) -> Result<Vec<Cause>, Error> {
    let tables: Vec<_> = meaning.encoding.tables.keys().copied().collect();
    let asked = db::Asked { model: &meaning.model, tables: &tables, last_step: "" };
    let facts = db::look_at_login(client, login, &asked);
    let facts = facts.map_err(|reason| NotAsked::Login { login: login.to_owned(), reason })?;
    let found = doctor::examine_login(&meaning.model, &facts, role);
    Ok(found.into_iter().map(|finding| Cause::new(finding.says, finding.means, finding.mends)).collect())
}
