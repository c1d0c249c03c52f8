//! Hints: who asks, as far as it matters to the plan. PostgreSQL plans a policy before it looks anything up; but it evaluates functions that are marked IMMUTABLE
//! while it plans, and drops what a CASE over a constant does not choose. So a hint chooses between shapes of the same predicate, and each kind of user gets a
//! plan of their own.
//!
//! A hint decides nothing: all shapes that it chooses from are true exactly when the predicate is. A plan that was made for somebody else, or before a role was
//! taken away, is slower and never wrong. It reads what the predicate's look-ups read, and raises nothing that they do not raise.
//!
//! In: what is asked of the user. Out: the choice, as an expression.

use std::collections::BTreeSet;

use super::expression::{Callee, Expression, Select};
use super::functions::{Definition, calls, calls_of_select};
use super::lower::Lowering;
use super::row_context::RowContext;
use super::session_value::SessionValue;
use super::shapes::few;
use crate::model::{ClaimsSource, Provider};
use crate::objects::Body;

impl Lowering<'_> {
    /// The hint that tells whether something is true that is said of the user alone; `None` where there can be no hint.
    pub(super) fn hint_of_role(&mut self, is_true: Expression, row: &RowContext) -> Option<Expression> {
        let is_certain = Expression::Not(Box::new(Expression::NotTrue(Box::new(is_true))));
        let remark = "For the planner: whether who asks is one of those who see all";
        self.hint("hint sees all", "boolean", is_certain, remark, row)
    }

    /// What few rows are found by, lists of keys that are looked up among it. Who has no key at all gets a plan that looks for no rows: the planner expects ten keys
    /// of a list, and may walk through all rows in the order of the query, in search of those that are not there.
    pub(super) fn unless_none(&mut self, any: Expression, row: &RowContext) -> Expression {
        let mut lists: Vec<Select> = Vec::new();
        any.for_each(&mut |part| {
            let Expression::Array { all: false, array, .. } = part else { return };
            let list = looked_up(array).and_then(|list| self.lists.get(list));
            let list = list.filter(|list| !lists.contains(list) && !is_walk(list));
            lists.extend(list.cloned());
        });
        if lists.is_empty() {
            return any;
        }
        let is_empty = |list| Expression::Not(Box::new(Expression::Exists(Box::new(list))));
        let is_none = Expression::And(lists.into_iter().map(is_empty).collect());
        let remark = "For the planner: whether who asks has none of the keys that rows are found by";
        let Some(hint) = self.hint("hint has none", "boolean", is_none, remark, row) else { return any };
        Expression::all([any, Expression::planned(hint, few(), Expression::Boolean(true))])
    }

    /// The call of a hint. There is none in a body, whose plan is kept for all who ask; and none that could raise an error by itself, or ask what the rules' author
    /// wrote, or catches errors, which it may not while other processes work on a statement.
    fn hint(&mut self, purpose: &str, returns: &str, answer: Expression, remark: &str, row: &RowContext) -> Option<Expression> {
        let mut body = Select { expression: answer, from: None, condition: None };
        if row.in_body || body.has_raw() || !body.complete_tables().is_empty() || !body.changes().is_empty() {
            return None;
        }
        let values = body.session_values();
        if values.iter().any(|value| matches!(value, SessionValue::SeesAll(_) | SessionValue::Raw(..))) {
            return None;
        }
        let mut asked = calls_of_select(&body);
        values.iter().for_each(|value| calls(&self.for_caller(Expression::Session(value.clone())), &mut asked));
        if !asked.iter().all(|function| self.functions.is_parallel_safe(function)) {
            return None;
        }
        // What settings say they say to everybody: one function is called sooner than two.
        let is_definer = values.iter().all(|value| self.is_by_setting(value));
        let answer = if is_definer {
            self.open_windows(&mut body);
            body.expression
        } else if reads_rows(&body) {
            self.function(purpose, Vec::new(), returns, body, remark.to_owned())
        } else {
            body.expression
        };
        let answer = self.for_caller(answer);
        let mut called = BTreeSet::new();
        calls(&answer, &mut called);
        let body = if is_definer {
            Body::Plpgsql(format!("BEGIN\n  RETURN {};\nEND", answer.pretty(2)))
        } else {
            Body::SqlOfCaller(format!("SELECT {}", answer.pretty(2)))
        };
        let function = self.functions.add(Definition {
            schema: &self.model.lookup_schema,
            purpose,
            arguments: Vec::new(),
            returns,
            attributes: "IMMUTABLE PARALLEL SAFE",
            is_definer,
            settings: &[],
            body,
            calls: called,
            remark: remark.to_owned(),
        });
        Some(Expression::Call { function, arguments: Vec::new() })
    }

    /// Whether a setting says it, so that it is the same whoever asks.
    fn is_by_setting(&self, value: &SessionValue) -> bool {
        let identity = &self.model.identity;
        match value {
            SessionValue::Identity => !matches!(identity.provider, Provider::Function(_) | Provider::Neon),
            SessionValue::Claim(claim, _) | SessionValue::ClaimList(claim, _) => {
                claim.place().is_err() || matches!(identity.claims, Some(ClaimsSource::Setting(_)))
            }
            SessionValue::SeesAll(_) | SessionValue::ActsAs(_) | SessionValue::Raw(..) => false,
        }
    }
}

/// The function that looks up a list once for each statement, for whoever holds a role perhaps.
fn looked_up(array: &Expression) -> Option<&String> {
    let Expression::Cast(inner, _) = array else { return None };
    let Expression::PerStatement(inner) = &**inner else { return None };
    let call = match &**inner {
        Expression::Case { then, .. } => then,
        call => call,
    };
    match call {
        Expression::Call { function: Callee::Ours(name), .. } => Some(name),
        _ => None,
    }
}

/// Whether it follows rows to others, which takes as long to begin as to end.
fn is_walk(list: &Select) -> bool {
    let mut is_walk = false;
    list.for_each(&mut |part| is_walk |= matches!(part, Expression::Reached(_)));
    is_walk
}

/// Whether it reads a table, which who asks may not; look-ups they may call.
fn reads_rows(body: &Select) -> bool {
    let mut reads_rows = false;
    body.for_each(&mut |part| reads_rows |= matches!(part, Expression::Exists(_)));
    reads_rows
}
