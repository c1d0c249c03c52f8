//! What is told before anything is done to a database: who loses what that somebody else gave, and which rights are missing. In: a deployment and its changes. Out: words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::Error;
use super::deployment::Deployment;
use super::output::Output;
use crate::db::{self, Found, Loss, Missing, Standing, Why};
use crate::objects::{Definition, State, Target};
use crate::plan::{self, Change};
use crate::project::Compiled;
use crate::sql;
use crate::yaml::scalar;

/// What is known before the first statement.
pub(super) struct Beforehand {
    losses: Vec<Loss>,
    /// The rights that are missing.
    pub(super) missing: Vec<Missing>,
    /// What stands in the way of the rules and stays there, whatever is done: findings of the last step, before there is one.
    pub(super) in_the_way: Vec<Found>,
}

impl Beforehand {
    /// Asks the database. Without `with_policies`, policies of others are told elsewhere, or dropped.
    pub(super) fn of(
        client: &mut db::Client,
        (compiled, from, desired): (&Compiled, &State, &State),
        changes: &[Change<'_>],
        with_policies: bool,
    ) -> Result<Beforehand, Error> {
        let needs = plan::needs(changes);
        let losses = db::read_losses(client, &needs).map_err(Error::Database)?;
        let missing = db::read_missing_rights(client, &needs).map_err(Error::Database)?;
        let mut in_the_way = match &compiled.meaning {
            Some(meaning) => {
                let query = sql::in_the_way(&meaning.model, &meaning.encoding, &desired.objects, &needs.closed);
                db::ask_last_step(client, &query)?
            }
            None => Vec::new(),
        };
        // What a deployment before made goes with it.
        let was_made = |found: &Found| from.objects.iter().any(|object| object.id().name == found.what);
        let is_told = |found: &Found| !with_policies && sql::is_about_policies_of_others(found.number as usize);
        // What is closed in the same transaction is open to nobody then.
        let is_closed = |found: &Found| {
            sql::is_about_definers(found.number as usize)
                && changes.iter().any(|change| match &change.object.definition {
                    Definition::Rights(rights) => {
                        matches!(&rights.on, Target::Function(name) if *name == found.what && rights.rights.is_empty())
                    }
                    _ => false,
                })
        };
        in_the_way.retain(|found| !was_made(found) && !is_told(found) && !is_closed(found));
        Ok(Beforehand { losses, missing, in_the_way })
    }

    /// Says who loses what.
    pub(super) fn say_losses(&self, deployment: &Deployment, output: &Output) {
        let lines = losses(&self.losses);
        lines.iter().for_each(|line| output.note(line));
        let is_outside = |loss: &&Loss| matches!(loss.why, Why::Public | Why::Rows | Why::Policy);
        if let Some(loss) = self.losses.iter().find(is_outside) {
            let is_told = deployment.compiled.config.roles.0.values().any(|role| role.database_role.as_ref() == Some(&loss.who));
            if !is_told {
                output.help(&format!(
                    "whoever is to keep it needs a role in rowgate.yaml, and rules: `roles: {{ {}: {{ database_role: {} }} }}`",
                    title(&loss.who),
                    loss.who
                ));
            }
        }
    }

    /// Refuses where a right is missing.
    pub(super) fn check_rights(&self) -> Result<(), Error> {
        if self.missing.is_empty() { Ok(()) } else { Err(Error::MissingRights(self.missing.clone())) }
    }

    /// Refuses a first deployment whose last step would fail. Later ones also end what an earlier one made, which is not known before.
    pub(super) fn check_way(&self, deployment: &Deployment) -> Result<(), Error> {
        let is_first = matches!(deployment.standing, Standing::Nothing);
        if is_first && !self.in_the_way.is_empty() { Err(Error::InTheWay(self.in_the_way.clone())) } else { Ok(()) }
    }

    /// What keeps the rules from coming into force, each with the way out: missing rights, and what stands in the way.
    pub(super) fn obstacles_as_text(&self) -> String {
        format!("{}{}", missing_as_text(&self.missing), in_the_way_as_text(&self.in_the_way))
    }

    /// The same for programs.
    pub(super) fn json(&self) -> [serde_json::Value; 3] {
        let found = |found: &Found| {
            json!({
                "what": found.what, "lets": found.lets, "closes": found.closes, "accepted_as": sql::accepted_as(found.number as usize),
            })
        };
        let loss =
            |loss: &Loss| json!({ "role": loss.who, "relation": loss.relation, "rights": loss.rights, "why": reason(loss.why) });
        let missing = |missing: &Missing| json!({ "what": missing.what, "gives": missing.gives });
        [
            self.losses.iter().map(loss).collect(),
            self.missing.iter().map(missing).collect(),
            self.in_the_way.iter().map(found).collect(),
        ]
    }
}

/// Each missing right with what gives it.
pub(super) fn missing_as_text(missing: &[Missing]) -> String {
    let one = |one: &Missing| format!("missing right: {}\n  gives it: {}\n", one.what, one.gives);
    missing.iter().map(one).collect()
}

/// What stands in the way, in words, and at the end what rowgate.yaml has to say for what is meant to stay.
pub(super) fn in_the_way_as_text(found: &[Found]) -> String {
    // What is alike is told together, and taken by one statement.
    let mut alike: Vec<(&Found, Option<String>, Vec<&str>)> = Vec::new();
    for found in found {
        let closes = found.closes.as_ref().map(|statement| of_many(statement, &found.what));
        let same = |(first, of_first, _): &&mut (&Found, Option<String>, Vec<&str>)| {
            (first.number, &first.lets) == (found.number, &found.lets)
                && *of_first == closes
                && closes.as_ref().is_none_or(|statement| statement.contains(MANY))
        };
        match alike.iter_mut().find(same) {
            Some((.., names)) => names.push(&found.what),
            None => alike.push((found, closes, vec![&found.what])),
        }
    }
    let one = |(found, closes, names): &(&Found, Option<String>, Vec<&str>)| {
        let names = names.join(", ");
        let closes =
            closes.as_ref().map(|statement| format!("  way out: {}\n", statement.replace(MANY, &names))).unwrap_or_default();
        let accepted = match sql::accepted_as(found.number as usize) {
            Some("tables") => {
                "  or: `rowgate pull`, and rules for it; or `tables` (of a view: `views`) under `accepted` in rowgate.yaml\n"
            }
            Some("policies") => "  or: `policies` under `accepted` in rowgate.yaml, with the reason\n",
            Some("privileges") => "  or: `privileges` under `accepted` in rowgate.yaml, with the reason\n",
            _ => "",
        };
        format!("in the way: {names}: {}\n{closes}{accepted}", found.lets)
    };
    let mut accepted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for found in found {
        if let Some(key @ ("logins" | "functions" | "views")) = sql::accepted_as(found.number as usize) {
            accepted.entry(key).or_default().insert(&found.what);
        }
    }
    let mut text: String = alike.iter().map(one).collect();
    if !accepted.is_empty() {
        text.push_str(
            "or, for what is meant to stay, in rowgate.yaml, with the reason of each between the quotes:\n  accepted:\n",
        );
    }
    for (key, names) in accepted {
        text.push_str(&format!("    {key}:\n"));
        names.iter().for_each(|name| text.push_str(&format!("      {}: \"\"\n", scalar(name))));
    }
    text
}

/// Where names stand in a statement that may be about many.
const MANY: &str = "\0";

/// A statement that takes rights of a relation, as one of many relations; else as it is.
fn of_many(statement: &str, what: &str) -> String {
    let is_list = statement.starts_with("REVOKE ") && !statement.contains(';');
    let place =
        [" ON ", " ON SEQUENCE ", " ON ROUTINE "].map(|word| (format!("{word}{what} FROM "), format!("{word}{MANY} FROM ")));
    match place.iter().find(|(place, _)| is_list && statement.matches(place.as_str()).count() == 1) {
        Some((place, many)) => statement.replace(place.as_str(), many),
        None => statement.to_owned(),
    }
}

/// Those who lose the same in the same way are told together, and so are tables.
fn losses(losses: &[Loss]) -> Vec<String> {
    let mut by_role: BTreeMap<(Why, &str, &str), Vec<&str>> = BTreeMap::new();
    for loss in losses {
        by_role.entry((loss.why, &loss.rights, &loss.who)).or_default().push(&loss.relation);
    }
    let mut together: BTreeMap<(Why, &str, Vec<&str>), Vec<&str>> = BTreeMap::new();
    for ((why, rights, who), relations) in by_role {
        together.entry((why, rights, relations)).or_default().push(who);
    }
    let line = |((why, rights, relations), who): ((Why, &str, Vec<&str>), Vec<&str>)| {
        let verb = if who.len() == 1 { "loses" } else { "lose" };
        let (who, relations) = (some(&who), some(&relations));
        match why {
            Why::Public | Why::Rules => format!("{who} {verb} {rights} on {relations}: {}", reason(why)),
            Why::Rows | Why::Policy => format!("{who} {verb} all rows of {relations} ({rights}): {}", reason(why)),
            Why::Owner => format!("{who} {verb} all rows of {relations}: {}", reason(why)),
        }
    };
    together.into_iter().map(line).collect()
}

/// Names, of which a large server has many; `--format json` has all.
fn some(names: &[&str]) -> String {
    const TOLD: usize = 10;
    match names.len().saturating_sub(TOLD) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..TOLD].join(", ")),
    }
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::Public => "everybody had it (PUBLIC), and only the application's roles have what rules give",
        Why::Rules => "no rule gives it",
        Why::Rows => "row-level security is switched on, and no rule is for the role",
        Why::Policy => "the policy that let it is dropped, and no rule is for the role",
        Why::Owner => "policies hold the owner, too, from then on; `force_row_security: false` in rowgate.yaml leaves it out",
    }
}

/// `Night Reader`
fn title(role: &str) -> String {
    let words = role.trim_matches('"').split(['_', '-', ' ']).filter(|word| !word.is_empty());
    let title = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect::<String>();
    words.map(title).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::losses;
    use crate::db::{Loss, Why};

    #[test]
    fn who_loses_the_same_is_told_together() {
        let loss = |who: &str, relation: &str, why| Loss {
            why,
            who: who.to_owned(),
            relation: relation.to_owned(),
            rights: "SELECT".to_owned(),
        };
        let all = [
            loss("backup", "a", Why::Public),
            loss("backup", "b", Why::Public),
            loss("reporter", "a", Why::Public),
            loss("reporter", "b", Why::Public),
            loss("reporter", "c", Why::Rows),
        ];
        let lines = losses(&all);
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("backup, reporter lose SELECT on a, b: everybody had it"), "{lines:?}");
        assert!(lines[1].starts_with("reporter loses all rows of c (SELECT): row-level security"), "{lines:?}");
    }
}
