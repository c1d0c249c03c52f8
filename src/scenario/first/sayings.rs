//! What sessions have to say so that boundaries let them do something, and so that one does not. In: a model, and rows. Out: for somebody, claims and values under declared names.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::rows::Rows;
use super::said::Said;
use super::values::{any, beside, columns};
use crate::access::evaluate::{Data, Evaluator, Row};
use crate::catalog::{Family, TableId, Type};
use crate::model::{Atom, Boundary, Claim, Collection, Condition, Held, Model, Value};
use crate::scenario::{Actor, session};

/// What to say under each claim that conditions ask for.
pub(super) struct Sayings<'m> {
    model: &'m Model,
    data: Data,
    of_claims: BTreeMap<Claim, Vec<Json>>,
    now: i64,
}

/// Of so many rows of a table it is asked what a session may do with them.
const ROWS: usize = 8;

impl<'m> Sayings<'m> {
    pub(super) fn new(model: &'m Model, rows: &Rows, data: Data, now: i64) -> Sayings<'m> {
        let mut sayings = Sayings { model, data, of_claims: BTreeMap::new(), now };
        let mut atom = |atom: &Atom| sayings.atom(atom, rows);
        conditions(model).into_iter().for_each(|condition| condition.for_each_atom(&mut atom));
        // Who has which role is said already.
        for role in &model.roles {
            if let Held::Claim(test) = &role.held {
                let claims = test.values().into_iter().filter_map(|value| match value {
                    Value::Claim(claim, _) => Some(claim),
                    _ => None,
                });
                claims.for_each(|claim| drop(sayings.of_claims.remove(claim)));
            }
        }
        sayings
    }

    fn atom(&mut self, atom: &Atom, rows: &Rows) {
        match atom.without_case() {
            Atom::Compare { left, operator, right } => {
                for (own, other) in [(left, right), (right, left)] {
                    let texts = match other {
                        Value::Literal(literal) => beside(literal, *operator),
                        Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..) => moments(own),
                        other => of_rows(other, rows),
                    };
                    self.add(own, texts, false);
                }
            }
            Atom::OneOf { value, list, .. } => self.add(value, list.iter().map(|literal| literal.text.clone()).collect(), false),
            Atom::Contains { array, element, .. } => {
                self.add(array, constant_or(element, rows), true);
                self.add(element, of_rows(array, rows), false);
            }
            Atom::Has { whole, of, .. } => {
                for (own, other) in [(whole, of), (of, whole)] {
                    let texts = match other {
                        Collection::List(items) => items.iter().map(|literal| literal.text.clone()).collect(),
                        other => other.value().map(|value| of_rows(value, rows)).unwrap_or_default(),
                    };
                    own.value().into_iter().for_each(|own| self.add(own, texts.clone(), true));
                }
            }
            Atom::Part { whole, part, .. } => self.add(whole, constant_or(part, rows), false),
            _ => {}
        }
    }

    /// Something that a claim may be; of an attribute that references a row, its keys.
    fn add(&mut self, value: &Value, texts: Vec<String>, is_list: bool) {
        let (claim, r#type) = match value {
            Value::Claim(claim, r#type) => (claim, r#type.clone()),
            Value::Referenced(of) => (&of.by, self.model.catalog.column(of.key).r#type.clone()),
            _ => return,
        };
        let element = match r#type {
            Type::Array(element) => *element,
            other => other,
        };
        let known = self.of_claims.entry(claim.clone()).or_default();
        for text in texts {
            let value = json(&element, &text);
            let value = if is_list { Json::Array(vec![value]) } else { value };
            if !known.contains(&value) {
                known.push(value);
            }
        }
        // And what no condition names.
        if let (false, Some(other)) = (known.is_empty() || is_list, any(&element, 9).map(|text| json(&element, &text))) {
            known.retain(|value| *value != other);
            known.push(other);
        }
    }

    /// Whether sessions say something that conditions ask for.
    pub(super) fn is_empty(&self) -> bool {
        self.of_claims.is_empty()
    }

    /// What somebody has to say so that as much as possible is allowed. `is_bounded`: whether what boundaries ask counts by itself, too.
    pub(super) fn best(&self, actor: &Actor, begin: Said, is_bounded: bool) -> Said {
        let score = |said: &Said| {
            let held = if is_bounded { self.within_boundaries(actor, said) } else { 0 };
            held + self.reached(actor, said)
        };
        let (mut best, fixed) = (begin.clone(), begin);
        let mut highest = score(&best);
        for _ in 0..2 {
            for (claim, values) in self.of_claims.iter().filter(|(claim, _)| !fixed.values.contains_key(*claim)) {
                for value in values {
                    let other = best.clone().with(claim.clone(), value.clone());
                    let reached = score(&other);
                    if reached > highest {
                        (best, highest) = (other, reached);
                    }
                }
            }
        }
        best
    }

    /// What the same person says whom a boundary keeps from what they may; nothing where that is not for the session to say.
    pub(super) fn outside(&self, boundary: &Boundary, actor: &Actor, said: &Said) -> Option<Said> {
        let (held, reached) = (self.within(boundary, actor, said), self.reached(actor, said));
        if held == 0 || reached == 0 {
            return None;
        }
        let of_claim = |(claim, values): (&Claim, &Vec<Json>)| {
            let wrong = values.iter().map(|value| said.clone().with(claim.clone(), value.clone()));
            wrong.chain([said.clone().without(claim)]).collect::<Vec<_>>()
        };
        let is_outside = |other: &Said| self.within(boundary, actor, other) == 0 && self.reached(actor, other) < reached;
        self.of_claims.iter().flat_map(of_claim).find(is_outside)
    }

    /// With how many rows something may be done.
    pub(super) fn reached(&self, actor: &Actor, said: &Said) -> usize {
        self.counted(actor, said, |evaluator| {
            let tables = self.model.tables.keys().flat_map(|&table| self.rows(table).map(move |row| (table, row)));
            tables
                .map(|(table, row)| {
                    let may = [evaluator.read(table, row), evaluator.update(table, row, row), evaluator.delete(table, row)];
                    may.into_iter().filter(|may| *may).count()
                })
                .sum()
        })
    }

    fn within_boundaries(&self, actor: &Actor, said: &Said) -> usize {
        self.model.boundaries.iter().map(|boundary| self.within(boundary, actor, said)).sum()
    }

    /// How many rows a boundary lets through.
    fn within(&self, boundary: &Boundary, actor: &Actor, said: &Said) -> usize {
        self.counted(actor, said, |evaluator| {
            let clauses = boundary.tables.iter().flat_map(|(&table, clauses)| clauses.iter().map(move |clause| (table, clause)));
            let held = |(table, row, clause): (TableId, &Row, &crate::model::BoundaryClause)| {
                let is_excepted = clause.except.iter().any(|role| evaluator.holds(role, row));
                is_excepted || evaluator.condition(&clause.condition, table, row) == Some(true)
            };
            clauses
                .flat_map(|(table, clause)| self.rows(table).map(move |row| (table, row, clause)))
                .filter(|&one| held(one))
                .count()
        })
    }

    fn counted(&self, actor: &Actor, said: &Said, count: impl Fn(&Evaluator<'_>) -> usize) -> usize {
        let Ok(session) = session(self.model, &said.by(self.model, actor), self.now) else { return 0 };
        count(&Evaluator::new(self.model, &self.data, &session))
    }

    fn rows(&self, table: TableId) -> impl Iterator<Item = &Row> {
        self.data.rows(table).iter().take(ROWS)
    }
}

/// All that is asked of records.
fn conditions(model: &Model) -> Vec<&Condition> {
    let of_rules = model.tables.values().flat_map(|rules| rules.iter().flat_map(|rule| rule.conditions()));
    let clauses = model.boundaries.iter().flat_map(|boundary| boundary.tables.values().flatten());
    let of_memberships = model.memberships.iter().flat_map(|membership| membership.conditions());
    let of_actions = model.actions.iter().map(|action| &action.condition);
    of_rules.chain(clauses.map(|clause| &clause.condition)).chain(of_memberships).chain(of_actions).collect()
}

fn constant_or(value: &Value, rows: &Rows) -> Vec<String> {
    match value {
        Value::Literal(literal) => vec![literal.text.clone()],
        other => of_rows(other, rows),
    }
}

/// What columns have that a claim is compared with.
fn of_rows(value: &Value, rows: &Rows) -> Vec<String> {
    columns(value).into_iter().flat_map(|column| rows.texts(column).into_iter().take(4)).collect()
}

/// A moment that has not come, and one that has passed: a claim of a token has seconds.
fn moments(own: &Value) -> Vec<String> {
    let is_number = matches!(own, Value::Claim(claim, r#type) if claim.place().is_ok() && r#type.family() == Family::Time);
    let texts = if is_number { ["32472144000", "978307200"] } else { [super::values::FUTURE, super::values::PAST] };
    texts.map(str::to_owned).into()
}

/// A text as JSON has a value of a type.
fn json(r#type: &Type, text: &str) -> Json {
    let is_time = r#type.family() == Family::Time;
    match r#type {
        Type::SmallInt | Type::Integer | Type::BigInt => text.parse::<i64>().map_or_else(|_| text.into(), Json::from),
        Type::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Json::from),
        _ if is_time => text.parse::<i64>().map_or_else(|_| text.into(), Json::from),
        _ => text.into(),
    }
}
