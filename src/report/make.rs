//! Puts a report together. In: a compiled project and what is known beside it. Out: a [`Report`].

use super::access::tables;
use super::classes::classes;
use super::data::{Finding, KIND, Report, Summary};
use super::roles::{memberships, roles};
use super::rules::{actions, boundaries, never, place, policies, rules};
use super::tried::Tried;
use crate::access::review;
use crate::diagnostic::{Diagnostic, Sources};
use crate::model::Describe;
use crate::objects::State;
use crate::project::Meaning;

/// What a report is made of.
#[derive(Debug)]
pub struct Input<'a> {
    /// What the project is called.
    pub project: String,
    /// The texts.
    pub sources: &'a Sources,
    /// What they mean.
    pub meaning: &'a Meaning,
    /// What the database should have.
    pub state: &'a State,
    /// What `check` says.
    pub found: &'a [Diagnostic],
    /// What the scenarios show.
    pub tried: Tried,
}

/// A report without comparisons.
pub fn make(input: Input<'_>) -> Report {
    let (model, sources) = (&input.meaning.model, input.sources);
    let review = review(model);
    let mut rules = rules(model, sources);
    for rule in &mut rules {
        rule.tests = input.tried.of_rules.get(&rule.id).into_iter().flatten().cloned().collect();
    }
    let summary = Summary {
        identity: Describe { model }.identity(),
        tables: model.tables.len(),
        closed: model.closed.len(),
        roles: model.roles.len(),
        rules: rules.len(),
    };
    Report {
        kind: KIND,
        version: 1,
        project: input.project,
        summary,
        tables: tables(&review),
        roles: roles(&review),
        memberships: memberships(model),
        boundaries: boundaries(model, sources),
        actions: actions(model),
        never: never(model, sources),
        classes: classes(&review),
        policies: policies(input.meaning, input.state),
        tests: input.tried.tests,
        findings: input.found.iter().map(|one| finding(sources, one)).collect(),
        rules,
        since: None,
        people: Vec::new(),
        reviews: Vec::new(),
    }
}

fn finding(sources: &Sources, diagnostic: &Diagnostic) -> Finding {
    let (file, line) = place(sources, diagnostic.primary.span);
    let severity = serde_json::to_value(diagnostic.severity()).ok();
    let severity = severity.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
    Finding { code: diagnostic.code.as_str().to_owned(), severity, text: diagnostic.title.clone(), file, line }
}
