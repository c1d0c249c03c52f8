//! Rules as the text of a `.policy` file. In: grants and boundaries of a table. Out: its text, and which lines of it are of which policy.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Granted;
use super::labels;
use super::meaning::Condition;
use super::memberships::Known;
use super::ruled::{Grant, How, Ruled};
use super::say::Say;
use super::settings::Settings;
use crate::catalog::TableId;
use crate::model::Operation;

/// The text of a table's rules.
#[derive(Debug, Default)]
pub(super) struct Printed {
    pub text: String,
    /// The first and the last byte of what policies have become, with their names.
    pub places: Vec<(usize, usize, Vec<String>)>,
    /// The database roles that it names.
    pub roles: BTreeSet<String>,
}

/// A rule: grants of the same policies to the same roles.
struct Rule<'r> {
    policies: &'r [String],
    subjects: String,
    /// Some of them with a part of their condition said by whom they are for.
    grants: Vec<Grant>,
}

pub(super) fn table(
    say: &mut Say<'_>,
    settings: &Settings,
    known: &Known,
    id: TableId,
    ruled: &Ruled,
) -> Result<Printed, String> {
    let mut printed = Printed::default();
    let rules = rules(say, settings, known, id, ruled, &mut printed.roles)?;
    let name = labels::table(say.catalog, id)?;
    for remark in &ruled.remarks {
        printed.text.push_str(&format!("# {}: {remark}.\n", one_line(&name)));
    }
    left_out(ruled, &mut printed.text);
    if !rules.is_empty() {
        printed.text.push_str(&format!("table {name} {{\n"));
        let is_only = rules.len() == 1;
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let texts: Result<Vec<_>, String> =
            rules.iter().map(|rule| rule_text(say, id, rule, ruled, is_only, &mut names)).collect();
        for (index, (text, rule)) in std::iter::zip(texts?, &rules).enumerate() {
            if index > 0 {
                printed.text.push('\n');
            }
            let start = printed.text.len();
            printed.text.push_str(&text);
            printed.places.push((start, printed.text.len(), rule.policies.to_vec()));
        }
        printed.text.push_str("}\n");
    }
    for limit in &ruled.limits {
        let all = limit.operations.len() == Operation::ALL.len();
        let words: Vec<&str> = limit.operations.iter().map(|operation| operation.word()).collect();
        let about = if all { String::new() } else { format!(" for {}", words.join(", ")) };
        let start = printed.text.len();
        let title = labels::text(&one_line(&limit.policy))?;
        let condition = say.condition(id, &limit.condition)?;
        printed.text.push_str(&format!(
            "\n{}boundary {title} on {name}{about} {{\n  where {condition}\n}}\n",
            remarks(ruled, &limit.policy, "")
        ));
        printed.places.push((start, printed.text.len(), vec![limit.policy.clone()]));
    }
    Ok(printed)
}

/// What is not said, said loudly.
fn left_out(ruled: &Ruled, text: &mut String) {
    for (policy, outcome) in &ruled.outcomes {
        match &outcome.how {
            How::LeftOut(why) => {
                text.push_str(&format!(
                    "# LEFT OUT: the policy \"{}\", so what it gave is denied: {}.\n",
                    one_line(policy),
                    one_line(why)
                ));
            }
            How::Dead(why) => {
                text.push_str(&format!("# The policy \"{}\" gave nobody anything: {}.\n", one_line(policy), one_line(why)))
            }
            How::Said | How::Sql(_) => {}
        }
    }
}

fn rules<'r>(
    say: &mut Say<'_>,
    settings: &Settings,
    known: &Known,
    id: TableId,
    ruled: &'r Ruled,
    named: &mut BTreeSet<String>,
) -> Result<Vec<Rule<'r>>, String> {
    let mut rules: Vec<Rule<'r>> = Vec::new();
    for grant in &ruled.grants {
        let (subjects, own) = match by_membership(say, settings, known, id, grant)? {
            Some(said) => said,
            None => (subjects(settings, grant, named), grant.clone()),
        };
        match rules.iter_mut().find(|rule| rule.policies == grant.policies && rule.subjects == subjects) {
            Some(rule) => rule.grants.push(own),
            None => rules.push(Rule { policies: &grant.policies, subjects, grants: vec![own] }),
        }
    }
    Ok(rules)
}

/// Who holds a role in what the record leads to, where that is a part of what a grant for whoever is signed in asks for, before and after alike.
fn by_membership(
    say: &mut Say<'_>,
    settings: &Settings,
    known: &Known,
    id: TableId,
    grant: &Grant,
) -> Result<Option<(String, Grant)>, String> {
    if grant.when != grant.then || !grant.roles.contains(&settings.signed_in) {
        return Ok(None);
    }
    // Others of the application's roles would hold no role of the rules: only those who are signed in do.
    let is_signed_in = |role: &String| *role == settings.signed_in || settings.anonymous.as_ref() == Some(role);
    let Some((subjects, rest)) =
        known.subjects(say.catalog, settings, &grant.when).filter(|_| grant.roles.iter().all(is_signed_in))
    else {
        return Ok(None);
    };
    let mut all = Vec::new();
    for (role, within) in subjects {
        all.push(match within {
            Some(value) => format!("{role} of {}", say.way(id, &value)?),
            None => role,
        });
    }
    Ok(Some((all.join(", "), Grant { when: rest.clone(), then: rest, ..grant.clone() })))
}

/// The roles of a rule. Whom it needs to be signed in is not named as visitor. Where nobody else's sessions have a database role of their own, that of the signed-in ones is everybody's, signed
/// in or not: only what asks who is signed in is for `Authenticated` there, and all else for the sessions of that role.
fn subjects(settings: &Settings, grant: &Grant, named: &mut BTreeSet<String>) -> String {
    let needs_user = grant.needs(settings.identity.as_ref());
    let is_for_all = settings.application.iter().all(|role| grant.roles.contains(role));
    if is_for_all && !needs_user {
        // `Anyone` is every role that rowgate.yaml names.
        let is_other = |role: &&String| **role != settings.signed_in && settings.anonymous.as_ref() != Some(*role);
        named.extend(settings.application.iter().filter(is_other).cloned());
        return "Anyone".to_owned();
    }
    let is_signed_in = |role: &String| *role == settings.signed_in && (needs_user || settings.anonymous.is_some());
    let mut all = Vec::new();
    if grant.roles.iter().any(is_signed_in) {
        all.push("Authenticated".to_owned());
    }
    for role in grant.roles.iter().filter(|role| !is_signed_in(role)) {
        if needs_user && settings.anonymous.as_ref() == Some(role) && !all.is_empty() {
            continue;
        }
        named.insert(role.clone());
        all.push(settings.rule_role(role));
    }
    all.join(", ")
}

fn rule_text(
    say: &mut Say<'_>,
    id: TableId,
    rule: &Rule<'_>,
    ruled: &Ruled,
    is_only: bool,
    names: &mut BTreeMap<String, usize>,
) -> Result<String, String> {
    let mut text = String::new();
    for policy in rule.policies {
        text.push_str(&remarks(ruled, policy, "  "));
    }
    let title = one_line(&rule.policies.join("; "));
    let count = names.entry(title.to_lowercase()).or_default();
    *count += 1;
    let title = if *count > 1 { format!("{title} ({count})") } else { title };
    text.push_str(&format!("  rule {} for {} {{\n", labels::text(&title)?, rule.subjects));
    let mut clauses: Vec<(String, Vec<String>)> = Vec::new();
    for operation in Operation::ALL {
        for grant in rule.grants.iter().filter(|grant| grant.operation == operation) {
            let condition = condition(say, id, grant)?;
            let word = format!("{}{}", operation.word(), columns(say, id, &grant.columns)?);
            match clauses.iter_mut().find(|(other, _)| *other == condition) {
                Some((_, words)) => words.push(word),
                None => clauses.push((condition, vec![word])),
            }
        }
    }
    let is_filter = is_only && clauses.len() == 1 && !clauses[0].0.contains(THEN);
    for (condition, words) in clauses {
        let allowed = words.join(", ");
        if is_filter && !condition.is_empty() {
            text.push_str(&format!("    where {condition}\n    allow {allowed}\n"));
        } else if condition.is_empty() {
            text.push_str(&format!("    allow {allowed}\n"));
        } else {
            text.push_str(&format!("    allow {allowed} when {condition}\n"));
        }
    }
    text.push_str("  }\n");
    Ok(text)
}

/// Stands before what becomes of a record.
const THEN: &str = "\n      then ";

fn condition(say: &mut Say<'_>, id: TableId, grant: &Grant) -> Result<String, String> {
    let mut one = |condition: &Condition| match condition {
        Condition::Constant(true) => Ok(None),
        other => say.condition(id, other).map(Some),
    };
    let (when, then) = (one(&grant.when)?, one(&grant.then)?);
    Ok(match (when, then) {
        (when, then) if when == then => when.unwrap_or_default(),
        // Without a `then`, `when` would be asked of the record afterwards, too.
        (Some(when), None) => format!("{when}{THEN}sql \"true\""),
        (None, Some(then)) => format!("sql \"true\"{THEN}{then}"),
        (Some(when), Some(then)) => format!("{when}{THEN}{then}"),
        (None, None) => String::new(),
    })
}

fn columns(say: &Say<'_>, id: TableId, columns: &Granted) -> Result<String, String> {
    let Granted::Columns(columns) = columns else { return Ok(String::new()) };
    let table = say.catalog.table(id);
    let known: Vec<&String> = columns.iter().filter(|column| table.column_named(column).is_some()).collect();
    if let Some(odd) = known.iter().find(|column| column.contains(['`', '\n'])) {
        return Err(format!("the column {odd:?}"));
    }
    let is_plain =
        |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    let names: Vec<String> =
        known.iter().map(|name| if is_plain(name) { (*name).clone() } else { format!("`{name}`") }).collect();
    Ok(format!(" ({})", names.join(", ")))
}

/// What somebody who reads the rule should know of the policy.
fn remarks(ruled: &Ruled, policy: &str, indent: &str) -> String {
    let Some(outcome) = ruled.outcomes.get(policy) else { return String::new() };
    let mut text = String::new();
    if !outcome.helpers.is_empty() {
        let helpers: Vec<String> = outcome.helpers.iter().map(|helper| format!("{helper}()")).collect();
        text.push_str(&format!("{indent}# What {} says stands here itself.\n", one_line(&helpers.join(", "))));
    }
    if outcome.asks_itself {
        text.push_str(&format!(
            "{indent}# It asks for other rows of this table: a record that is changed or removed does not count among them.\n"
        ));
    }
    if let How::Sql(parts) = &outcome.how {
        let mut said = BTreeSet::new();
        for (_, why) in parts.iter().filter(|(_, why)| said.insert(why)) {
            text.push_str(&format!("{indent}# As SQL: {}.\n", one_line(why)));
        }
    }
    text
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
