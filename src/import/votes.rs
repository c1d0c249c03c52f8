//! What policies compare with columns, counted, to find out what says who is signed in.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::meaning::{Condition, Operator, Session, Value};
use super::parse;
use super::read::{Reader, Said};
use super::settings::{Votes, is_custom};
use crate::catalog::{Catalog, ColumnRef, QualifiedName};

/// Counts. Where a function of the project is compared with more columns than anything else, it is what says who asks, and is not looked into.
pub(super) fn count(facts: &Facts, catalog: &Catalog) -> Votes {
    let plain = with_identity(facts, catalog, None);
    let most = |votes: &Votes| {
        votes.compared.values().map(|columns| columns.iter().collect::<BTreeSet<_>>().len()).max().unwrap_or_default()
    };
    let is_called = |name: &QualifiedName| {
        let in_policy = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains(name.name.as_str()));
        facts.policies.iter().any(|policy| in_policy(&policy.using) || in_policy(&policy.check))
            || facts.functions.iter().any(|function| function.body.contains(name.name.as_str()))
    };
    let candidates =
        facts.functions.iter().filter(|function| function.is_plain && function.parameters.is_empty() && !function.returns_set);
    let mut best = (most(&plain), plain);
    for function in candidates.filter(|function| function.returns != "boolean" && is_called(&function.name)) {
        let votes = with_identity(facts, catalog, Some(function.name.clone()));
        let own = votes.compared.get(&Session::Function(function.name.clone()));
        let columns = own.map(|columns| columns.iter().collect::<BTreeSet<_>>().len()).unwrap_or_default();
        if columns > best.0 {
            best = (columns, votes);
        }
    }
    best.1
}

fn with_identity(facts: &Facts, catalog: &Catalog, identity: Option<QualifiedName>) -> Votes {
    let mut votes = Votes::default();
    let mut reader = Reader::new(facts, catalog);
    reader.identity = identity;
    for policy in &facts.policies {
        let Some(table) = catalog.by_name(&policy.table) else { continue };
        for text in [&policy.using, &policy.check].into_iter().flatten() {
            if let Ok(top) = parse::top(text) {
                of_said(&reader.policy(table, &top, policy.equality.is_of_built_in), &mut votes);
            }
        }
    }
    votes
}

fn of_said(said: &Said, votes: &mut Votes) {
    match said {
        Said::All(parts) | Said::Any(parts) => parts.iter().for_each(|part| of_said(part, votes)),
        Said::Not(inner) => of_said(inner, votes),
        Said::Leaf(Ok(condition), ..) => of_condition(condition, votes),
        Said::Leaf(Err(_), ..) => {}
    }
}

fn of_condition(condition: &Condition, votes: &mut Votes) {
    let mut vote = |session: &Session, column: ColumnRef| {
        let is_of_server = match session {
            Session::Setting(setting) | Session::Claim { setting, .. } => !is_custom(setting),
            _ => false,
        };
        if !is_of_server {
            votes.compared.entry(session.clone()).or_default().push(column);
        }
    };
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| of_condition(part, votes)),
        Condition::Not(inner) | Condition::Exists { condition: inner, .. } => of_condition(inner, votes),
        Condition::Compare(Value::Column { column, .. }, Operator::Equal | Operator::NotEqual, Value::Session(session))
        | Condition::Contains(Value::Column { column, .. }, Value::Session(session)) => vote(session, *column),
        _ => {}
    }
}
