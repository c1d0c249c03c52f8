//! By whose rules something can or cannot be done: the parts of an answer that are about roles and their grants. In: a statement of a session, the grants that are enough for it.
//! Out: the reasons. Of a record that becomes another, all is asked of both, and said once where it is the same.

use std::collections::BTreeMap;

use super::truth::Among;
use super::why::{Joined, Reason, Statement};
use super::{Evaluator, Row};
use crate::catalog::TableId;
use crate::model::{Condition, Grant, Operation, Preset, RoleUse, Rule, Written};

/// What a statement does to a record, as far as rules ask.
#[derive(Clone, Copy)]
pub(super) enum Step<'r> {
    /// It reads, makes or removes it, or begins to change it.
    At(Among<'r>),
    /// It makes another one of it.
    Change { before: &'r Row, after: &'r Row },
}

/// Grants that are enough, each for its role.
pub(super) type Enough<'e> = [(&'e RoleUse, &'e Grant)];

impl Step<'_> {
    /// What is asked of every record that a statement has to do with.
    fn each(self, ask: impl Fn(Among<'_>) -> Reason) -> Vec<Reason> {
        match self {
            Step::At(among) => vec![ask(among)],
            Step::Change { before, after } => both(ask(Among::Others(before)), ask(Among::Others(after))),
        }
    }
}

/// What is said of a record and of what becomes of it. That the record was as it has to be goes without saying.
pub(super) fn both(before: Reason, after: Reason) -> Vec<Reason> {
    if before == after || before.truth == Some(true) { vec![after] } else { vec![as_it_is(before), after] }
}

/// What is said of the record before it becomes another, which is not the same as of the other one.
fn as_it_is(mut reason: Reason) -> Reason {
    reason.text = format!("as it is, {}", reason.text);
    reason.parts = reason.parts.into_iter().map(as_it_is).collect();
    reason
}

impl Evaluator<'_> {
    /// Every boundary holds, or the session is excepted.
    pub(super) fn why_bound(&self, table: TableId, operation: Operation, step: Step<'_>) -> Vec<Reason> {
        let mut found = Vec::new();
        for boundary in self.model.boundaries.iter().filter(|boundary| boundary.limits(operation)) {
            for clause in boundary.tables.get(&table).into_iter().flatten() {
                found.extend(step.each(|among| {
                    let row = among.row();
                    let mut ways = vec![self.why_condition(&boundary.written, &clause.condition, table, Among::All(row))];
                    ways.extend(clause.except.iter().map(|role| self.why_held(role, row)));
                    let statement = Statement::Boundary { boundary: boundary.name.clone() };
                    Reason::any(statement, format!("boundary \"{}\"", boundary.name), ways)
                }));
            }
        }
        found
    }

    /// By the rules of some role.
    pub(super) fn why_granted(&self, table: TableId, operation: Operation, step: Step<'_>) -> Reason {
        let word = operation.word();
        let grants = self.grants(table, operation);
        if grants.is_empty() {
            let closed = self.model.closed.get(&table).cloned();
            let text = match &closed {
                Some(reason) => format!("a rule allows {word}; the table is closed: {reason}"),
                None => format!("a rule allows {word}"),
            };
            let nobody = Reason::single(Statement::Nobody { closed }, text, Some(false));
            return Reason::any(Statement::AnyRole { operation: word }, format!("some role may {word}"), vec![nobody]);
        }
        self.why_granted_by(table, operation, step, &grants, "")
    }

    /// By one of these grants; `what` is what they have to give.
    pub(super) fn why_granted_by(
        &self,
        table: TableId,
        operation: Operation,
        step: Step<'_>,
        grants: &Enough<'_>,
        what: &str,
    ) -> Reason {
        let mut roles: Vec<&RoleUse> = grants.iter().map(|(role, _)| *role).collect();
        roles.sort_unstable();
        roles.dedup();
        let ways = roles.into_iter().map(|role| self.why_role(table, operation, step, role, grants)).collect();
        let word = operation.word();
        Reason::any(Statement::AnyRole { operation: word }, format!("some role may {word}{what}"), ways)
    }

    /// By all rules of one role.
    fn why_role(&self, table: TableId, operation: Operation, step: Step<'_>, role: &RoleUse, grants: &Enough<'_>) -> Reason {
        let own = || self.rules(table).iter().filter(|rule| rule.roles.contains(role));
        let mut parts = step.each(|among| self.why_held(role, among.row()));
        for (rule, filter) in own().flat_map(|rule| rule.filters.iter().map(move |filter| (rule, filter))) {
            parts.extend(step.each(|among| {
                let reason = self.why_condition(&rule.written, filter, table, among);
                let text = format!("\"{}\" where {}", rule.name, reason.text);
                let (id, rule, condition) = (self.model.id_of_rule(table, rule), rule.name.clone(), reason.text);
                Reason { statement: Statement::Filter { id, rule, condition }, text, ..reason }
            }));
        }
        let is_enough = |grant: &Grant| grants.iter().any(|(of, enough)| *of == role && std::ptr::eq(*enough, grant));
        let granted = own().flat_map(|rule| rule.grants.iter().map(move |grant| (rule, grant)));
        let granted = granted.filter(|(_, grant)| is_enough(grant));
        let mut granted: Vec<Reason> = granted.map(|(rule, grant)| self.why_grant(table, role, rule, grant, step)).collect();
        let word = operation.word();
        let only = if granted.len() == 1 { granted.pop() } else { None };
        parts.push(only.unwrap_or_else(|| Reason::any(Statement::AnyGrant { operation: word }, "some rule grants it", granted)));
        let text = format!("{word} by {}", self.describe().role_use(role));
        Reason::all(Statement::Role { operation: word, role: self.held_role(role) }, text, parts)
    }

    /// By one grant of a rule.
    fn why_grant(&self, table: TableId, role: &RoleUse, rule: &Rule, grant: &Grant, step: Step<'_>) -> Reason {
        let id = self.model.id_of_grant(table, rule, grant);
        let (written, rule, operation) = (&rule.written, rule.name.clone(), grant.operation.word());
        let columns = &self.model.catalog.table(table).columns;
        let names = |fields: &Vec<u32>| fields.iter().map(|&field| columns[field as usize].name.clone()).collect::<Vec<String>>();
        let fields = self.fields(table, role, grant).as_ref().map(names);
        let [when, then] = grant.conditions_beside_presets(table);
        let said = |condition: &Condition| written.quote(self.describe(), condition);
        let end = then.as_ref().filter(|_| grant.operation == Operation::Update).map(said);
        let value = |preset: &Preset| (columns[preset.column as usize].name.clone(), self.describe().value(&preset.value));
        let set: BTreeMap<String, String> = grant.presets.iter().map(value).collect();
        let mut text = format!("\"{rule}\" allows {operation}");
        if let Some(fields) = &fields {
            text.push_str(&format!(" ({})", fields.join(", ")));
        }
        if !set.is_empty() {
            let presets: Vec<String> = grant.presets.iter().map(|preset| self.describe().preset(table, preset)).collect();
            text.push_str(&format!(" setting {}", presets.join(" and ")));
        }
        let behind = end.as_ref().map(|then| format!(" then {then}")).unwrap_or_default();
        let statement = Statement::Grant { id, rule, operation, fields, condition: when.as_ref().map(said), then: end, set };
        let asked = self.why_asked(table, (grant, written), when.as_ref(), step);
        let when = when.as_ref().map(|when| format!(" when {}", said(when))).unwrap_or_default();
        let text = format!("{text}{when}{behind}");
        match <[Reason; 1]>::try_from(asked) {
            Ok([only]) if matches!(step, Step::At(_)) => Reason { statement, text, ..only },
            Ok([only]) if only.joined == Joined::Single => Reason { statement, text, ..only },
            Ok(only) => Reason::all(statement, text, only.into()),
            Err(asked) if asked.is_empty() => Reason::single(statement, text, Some(true)),
            Err(asked) => Reason::all(statement, text, asked),
        }
    }

    /// What a grant asks beside its fields.
    fn why_asked(
        &self,
        table: TableId,
        (grant, written): (&Grant, &Written),
        when: Option<&Condition>,
        step: Step<'_>,
    ) -> Vec<Reason> {
        let (begin, end) = match step {
            Step::At(among) => (among, among),
            Step::Change { before, after } => (Among::Others(before), Among::Changed(after, before)),
        };
        let first = when.map(|when| self.why_condition(written, when, table, begin));
        let last = match step {
            Step::At(_) => None,
            Step::Change { .. } => grant.end_beside_presets(table).map(|then| self.why_condition(written, &then, table, end)),
        };
        let mut asked = match (first, last) {
            (Some(first), Some(last)) => both(first, last),
            (Some(first), None) if matches!(step, Step::Change { .. }) => vec![as_it_is(first)],
            (first, last) => first.into_iter().chain(last).collect(),
        };
        // What the database fills in is there, or else it is empty, which refuses.
        let is_set = grant.operation == Operation::Create || matches!(step, Step::Change { .. });
        let presets = grant.presets.iter().filter(|_| is_set).map(|preset| Condition::from(preset.holds(table)));
        asked.extend(presets.map(|set| self.why_condition(written, &set, table, end)).filter(|set| set.truth != Some(true)));
        asked
    }
}
