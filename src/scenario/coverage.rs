//! What of the rules the scenarios have seen at work. In: scenarios in memory, all of which hold. Out: how many rules and grants somebody used, how many statements were seen true, false
//! and unknown, which actions were done and refused, and what is missing, with its place.

use super::evaluate::Unreadable;
use super::granted::{grant_in_words, rule_in_words};
use super::points::{Asks, Point, all};
use super::{Attempt, Cell, Outcome, Scenario, Stage, Tried};
use crate::access::evaluate::{Evaluator, Row, Truth};
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{GrantId, Model, Operation};

/// What was seen so far.
pub struct Coverage<'m> {
    model: &'m Model,
    points: Vec<Point<'m>>,
    grants: Vec<(GrantId, bool)>,
    /// Whether each action was done, and whether somebody was refused it. In the order of the model.
    actions: Vec<[bool; 2]>,
}

/// Something that no scenario shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Where it stands.
    pub span: Span,
    /// What it is, in words.
    pub what: String,
    /// What is missing, in words.
    pub missing: String,
}

/// How much there is of something, and how much of it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// So many were seen.
    pub seen: usize,
    /// Of so many.
    pub of: usize,
}

impl Part {
    fn of(seen: impl Iterator<Item = bool>) -> Part {
        seen.fold(Part::default(), |part, seen| Part { seen: part.seen + usize::from(seen), of: part.of + 1 })
    }
}

impl<'m> Coverage<'m> {
    /// Nothing is seen yet.
    pub fn new(model: &'m Model) -> Coverage<'m> {
        let mut grants = Vec::new();
        for (&table, rules) in &model.tables {
            for (rule, one) in (0u32..).zip(rules.iter()) {
                let ids = (0u32..).zip(&one.grants).map(|(grant, _)| GrantId { table, rule, grant });
                grants.extend(ids.map(|id| (id, false)));
            }
        }
        Coverage { model, points: all(model), grants, actions: vec![[false; 2]; model.actions.len()] }
    }

    /// Adds what a scenario shows.
    pub fn add(&mut self, scenario: &Scenario, stage: &Stage<'_>, tried: &[Tried]) -> Result<(), Unreadable> {
        for one in tried.iter().filter(|one| one.expected && one.outcome == Outcome::Allowed) {
            for used in stage.granting(one.cell)? {
                self.grants.iter_mut().filter(|(id, _)| *id == used).for_each(|(_, is_used)| *is_used = true);
            }
        }
        self.note_actions(scenario, tried);
        let attempts = stage.attempts()?;
        for point in self.points.iter_mut().filter(|point| point.is_of_membership || scenario.tables.contains(&point.table)) {
            note_rows(stage, point);
            for (attempt, before, after) in &attempts {
                note_attempt(stage, point, attempt, before.as_ref(), after);
            }
        }
        Ok(())
    }

    /// Steps have been done, in a scenario that holds; a call was possible or not.
    fn note_actions(&mut self, scenario: &Scenario, tried: &[Tried]) {
        let done = scenario.after.iter().map(|step| (&step.call, true));
        let called = tried.iter().filter_map(|one| match one.cell {
            Cell::Call(index) => scenario.calls.get(index).map(|(call, _)| (call, one.outcome == Outcome::Allowed)),
            _ => None,
        });
        for (call, is_done) in done.chain(called) {
            if let Some(seen) = self.actions.get_mut(call.action) {
                seen[usize::from(!is_done)] = true;
            }
        }
    }

    /// Rules by which somebody did something.
    pub fn rules(&self) -> Part {
        Part::of(self.used_rules().into_iter().map(|(_, _, used)| used))
    }

    /// Grants by which somebody did something.
    pub fn grants(&self) -> Part {
        Part::of(self.grants.iter().map(|(_, used)| *used))
    }

    /// Statements that were seen true, false and, where they can be, unknown.
    pub fn statements(&self) -> Part {
        Part::of(self.points.iter().map(|point| missing(point).is_empty()))
    }

    /// Actions that somebody did and somebody was refused.
    pub fn actions(&self) -> Part {
        Part::of(self.actions.iter().map(|seen| *seen == [true; 2]))
    }

    /// What is missing: rules, the grants of others, statements, actions.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let rules = self.used_rules();
        for &(table, rule, _) in rules.iter().filter(|(_, _, used)| !used) {
            let rule = &self.model.tables[&table][rule as usize];
            let what = format!("rule {}", rule_in_words(self.model, table, rule));
            gaps.push(Gap { span: rule.span, what, missing: "nobody does anything by it".to_owned() });
        }
        let is_of_used =
            |id: &GrantId| rules.iter().any(|(table, rule, used)| (*table, *rule, *used) == (id.table, id.rule, true));
        for (id, _) in self.grants.iter().filter(|(id, used)| !used && is_of_used(id)) {
            let grant = self.model.grant(*id);
            let what = grant_in_words(self.model, id.table, self.model.rule(*id), grant);
            gaps.push(Gap { span: grant.span, what, missing: "nobody does it by this grant".to_owned() });
        }
        for point in &self.points {
            let missing = missing(point);
            if !missing.is_empty() {
                let missing = match point.seen.contains(&true) {
                    true => format!("was never {}", missing.join(" or ")),
                    false => "was never asked".to_owned(),
                };
                gaps.push(Gap { span: point.span, what: format!("{} {}", point.of, point.text), missing });
            }
        }
        for (action, seen) in std::iter::zip(&self.model.actions, &self.actions) {
            let words = [(seen[0], "nobody does it"), (seen[1], "nobody is refused it")];
            let missing: Vec<&str> = words.into_iter().filter(|(seen, _)| !seen).map(|(_, word)| word).collect();
            if !missing.is_empty() {
                gaps.push(Gap { span: action.span, what: format!("action {}", action.name), missing: missing.join(", ") });
            }
        }
        gaps
    }

    /// What is missing, to be looked for: grants that nobody used, and statements with what they were not.
    pub(super) fn into_missing(self) -> (Vec<GrantId>, Vec<(Point<'m>, Vec<Truth>)>) {
        let unused = self.grants.into_iter().filter(|(_, used)| !used).map(|(id, _)| id).collect();
        let lacks = |point: Point<'m>| {
            let truths = std::iter::zip([Some(true), Some(false), None], point.seen);
            let lacks: Vec<Truth> = truths
                .filter(|(truth, seen)| !seen && (truth.is_some() || point.can_be_unknown))
                .map(|(truth, _)| truth)
                .collect();
            (point, lacks)
        };
        (unused, self.points.into_iter().map(lacks).filter(|(_, lacks)| !lacks.is_empty()).collect())
    }

    fn used_rules(&self) -> Vec<(TableId, u32, bool)> {
        let mut rules: Vec<(TableId, u32, bool)> = Vec::new();
        for &(GrantId { table, rule, .. }, used) in &self.grants {
            match rules.last_mut() {
                Some(last) if (last.0, last.1) == (table, rule) => last.2 |= used,
                _ => rules.push((table, rule, used)),
            }
        }
        rules
    }
}

/// What was not seen of a statement and can be.
fn missing(point: &Point<'_>) -> Vec<&'static str> {
    let [is_true, is_false, is_unknown] = point.seen;
    let words = [(is_true, "true"), (is_false, "false"), (is_unknown || !point.can_be_unknown, "unknown")];
    words.into_iter().filter(|(seen, _)| !seen).map(|(_, word)| word).collect()
}

fn note(point: &mut Point<'_>, truth: Option<bool>) {
    point.seen[match truth {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    }] = true;
}

/// On the rows that are there, for those for whom it matters.
fn note_rows(stage: &Stage<'_>, point: &mut Point<'_>) {
    let evaluator = stage.evaluator();
    for row in stage.data().rows(point.table) {
        if missing(point).is_empty() {
            return;
        }
        if let Some(truth) = on_row(&evaluator, point, row) {
            note(point, truth);
        }
    }
}

/// What a statement is on a row that is there; nothing for somebody for whom it does not matter.
pub(super) fn on_row(evaluator: &Evaluator<'_>, point: &Point<'_>, row: &Row) -> Option<Truth> {
    let matters = point.roles.is_empty() || point.roles.iter().any(|role| evaluator.holds(role, row));
    matters.then(|| match &point.asks {
        Asks::Held(role) => Some(evaluator.holds(role, row)),
        Asks::Condition(condition) if point.is_of_end => evaluator.condition_changed(condition, point.table, row, row),
        Asks::Condition(condition) => evaluator.condition_for(point.operation, condition, point.table, row),
    })
}

/// On a row that is to be made, or to become another.
fn note_attempt(stage: &Stage<'_>, point: &mut Point<'_>, attempt: &Attempt, before: Option<&Row>, after: &Row) {
    if attempt.table() == point.table
        && let Some(truth) = on_change(&stage.evaluator(), point, before, after)
    {
        note(point, truth);
    }
}

/// What a statement is on a row of its table that is to be made, or to become another; nothing where it is not asked, or does not matter to somebody.
pub(super) fn on_change(evaluator: &Evaluator<'_>, point: &Point<'_>, before: Option<&Row>, after: &Row) -> Option<Truth> {
    let operation = if before.is_some() { Operation::Update } else { Operation::Create };
    // A rule's filter and a boundary are asked of both records.
    let is_asked = point.operation == operation || point.operation == Operation::Read;
    let matters = point.roles.is_empty() || point.roles.iter().any(|role| evaluator.holds(role, after));
    (is_asked && matters).then(|| match (&point.asks, before) {
        (Asks::Held(role), _) => Some(evaluator.holds(role, after)),
        (Asks::Condition(condition), Some(before)) if point.is_of_end => {
            evaluator.condition_changed(condition, point.table, after, before)
        }
        (Asks::Condition(condition), _) => evaluator.condition_for(operation, condition, point.table, after),
    })
}
