//! How much the scenarios would notice: the rules with each statement, grant and boundary, and each statement of memberships and actions, left out in turn. In: a model, and test files that hold. Out: what could be left
//! out with no scenario missing it. What changes nothing when it is left out is not counted: nobody could notice.

use super::evaluate::Unreadable;
use super::granted::{grant_in_fields, grant_in_words, rule_in_words};
use super::{InMemory, Scenarios};
use crate::access::{Side, combine, compare};
use crate::catalog::TableId;
use crate::diagnostic::Span;
use crate::model::{Atom, Condition, Describe, Exists, Grant, Model, Rule};

/// What came of it.
#[derive(Debug, Default)]
pub struct Mutated {
    /// So many changes were noticed.
    pub noticed: usize,
    /// So many change nothing that anybody may do.
    pub same: usize,
    /// These were not.
    pub missed: Vec<Missed>,
}

/// Something that could be left out, and no scenario would fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// Where it stands.
    pub span: Span,
    /// What it is, in words.
    pub what: String,
}

/// The rules without something.
pub(super) struct Mutant {
    pub(super) span: Span,
    pub(super) what: String,
    /// The table that it is about, where it is one.
    pub(super) table: Option<TableId>,
    /// The others.
    pub(super) model: Model,
    /// Whether all that it changes is compared.
    is_compared: bool,
}

/// A value of a test file, by the file's name, that the evaluator does not understand.
type Failed = Box<(String, Unreadable)>;

/// Leaves out each in turn.
pub fn mutate(model: &Model, files: &[(String, Scenarios)], now: i64) -> Result<Mutated, Failed> {
    let (outcome, missed) = tried(model, files, now)?;
    let missed = missed.into_iter().map(|mutant| Missed { span: mutant.span, what: mutant.what });
    Ok(Mutated { missed: missed.collect(), ..outcome })
}

/// So many expectations are tried within some seconds.
const QUICK: usize = 250_000;

/// Whether it takes no more than some seconds.
pub fn is_quick(model: &Model, file: &Scenarios) -> bool {
    mutants(model).len().saturating_mul(file.expectations()) <= QUICK
}

/// The same, with those that are missed apart, as they are.
pub(super) fn tried(model: &Model, files: &[(String, Scenarios)], now: i64) -> Result<(Mutated, Vec<Mutant>), Failed> {
    let mut memories = Vec::new();
    for (name, scenarios) in files {
        let memory = InMemory::new(model, scenarios, now).map_err(|value| Box::new((name.clone(), value)))?;
        memories.push((name, scenarios, memory));
    }
    let access = combine(model).with_reading();
    let (mut outcome, mut missed) = (Mutated::default(), Vec::new());
    for mutant in mutants(model) {
        let mut is_noticed = false;
        // Those that are about the table first: they are few, and most likely to notice.
        for table in [mutant.table, None] {
            for (name, scenarios, memory) in &memories {
                let failed = |value| Box::new(((*name).clone(), value));
                is_noticed = is_noticed || fails(&mutant.model, scenarios, memory, table).map_err(failed)?;
            }
        }
        if is_noticed {
            outcome.noticed += 1;
        } else if mutant.is_compared && is_same(Side { model, access: &access }, &mutant.model) {
            outcome.same += 1;
        } else {
            missed.push(mutant);
        }
    }
    Ok((outcome, missed))
}

/// Whether it is proved that other rules give everybody the same.
fn is_same(of: Side<'_>, other: &Model) -> bool {
    let access = combine(other).with_reading();
    compare(of, Side { model: other, access: &access }).is_empty()
}

/// Whether some expectation does not hold, of those about a table or of all.
fn fails(model: &Model, scenarios: &Scenarios, memory: &InMemory<'_>, table: Option<TableId>) -> Result<bool, Unreadable> {
    let memory = memory.under(model);
    let is_meant = |tables: &[TableId]| table.is_none_or(|table| tables.contains(&table));
    for scenario in scenarios.scenarios.iter().filter(|scenario| is_meant(&scenario.tables)) {
        if memory.stage(scenario)?.fails(table)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn mutants(model: &Model) -> Vec<Mutant> {
    let mut found = Vec::new();
    for (&table, rules) in &model.tables {
        for (index, rule) in rules.iter().enumerate() {
            for (span, what, changed) in without_parts(model, table, rule) {
                let mut all = rules.to_vec();
                all[index] = changed;
                let mut model = model.clone();
                model.tables.insert(table, all.into());
                found.push(Mutant { span, what, table: Some(table), model, is_compared: true });
            }
        }
    }
    of_boundaries(model, &mut found);
    of_memberships(model, &mut found);
    of_actions(model, &mut found);
    found
}

/// Which memberships count.
fn of_memberships(model: &Model, found: &mut Vec<Mutant>) {
    for (index, membership) in model.memberships.iter().enumerate() {
        let Some(span) = membership.span else { continue };
        for (dropped, rest) in membership.filter.as_ref().map(without_each).unwrap_or_default() {
            let mut changed = model.clone();
            changed.memberships[index].filter = rest;
            let what = format!("membership {} where {}", membership.name, membership.written.quote(Describe { model }, &dropped));
            found.push(Mutant { span, what, table: None, model: changed, is_compared: true });
        }
    }
}

/// What actions ask of their record. What they let somebody do stands in no access, so that nothing could prove that it is the same.
fn of_actions(model: &Model, found: &mut Vec<Mutant>) {
    for (index, action) in model.actions.iter().enumerate() {
        for (dropped, rest) in without_each(&action.condition) {
            let mut changed = model.clone();
            changed.actions[index].condition = rest.unwrap_or(Condition::All(Vec::new()));
            let what = format!("action {} where {}", action.name, action.written.quote(Describe { model }, &dropped));
            found.push(Mutant { span: action.span, what, table: None, model: changed, is_compared: false });
        }
    }
}

fn of_boundaries(model: &Model, found: &mut Vec<Mutant>) {
    for (index, boundary) in model.boundaries.iter().enumerate() {
        let (span, name) = (boundary.span, &boundary.name);
        let mut whole = model.clone();
        whole.boundaries.remove(index);
        found.push(Mutant { span, what: format!("boundary \"{name}\""), table: None, model: whole, is_compared: true });
        for (&table, clauses) in &boundary.tables {
            let of = format!("boundary \"{name}\" on {}:", model.catalog.table(table).name);
            for (position, clause) in clauses.iter().enumerate() {
                let mut add = |what: String, change: &dyn Fn(&mut crate::model::BoundaryClause)| {
                    let mut model = model.clone();
                    let clause = model.boundaries[index].tables.get_mut(&table).and_then(|clauses| clauses.get_mut(position));
                    clause.into_iter().for_each(change);
                    found.push(Mutant { span, what: format!("{of} {what}"), table: Some(table), model, is_compared: true });
                };
                for (dropped, rest) in without_each(&clause.condition) {
                    // Without any condition it is the boundary that is left out.
                    let Some(rest) = rest else { continue };
                    add(boundary.written.quote(Describe { model }, &dropped), &|clause| clause.condition = rest.clone());
                }
                for (number, role) in clause.except.iter().enumerate() {
                    let what = format!("except {}", Describe { model }.role_use(role));
                    add(what, &|clause| drop(clause.except.remove(number)));
                }
            }
        }
    }
}

/// A rule without each of its grants and statements.
fn without_parts(model: &Model, table: TableId, rule: &Rule) -> Vec<(Span, String, Rule)> {
    let mut found = Vec::new();
    let of = rule_in_words(model, table, rule);
    let words = |condition: &Condition| rule.written.quote(Describe { model }, condition);
    for (index, filter) in rule.filters.iter().enumerate() {
        for (dropped, rest) in without_each(filter) {
            let mut changed = rule.clone();
            match rest {
                Some(rest) => changed.filters[index] = rest,
                None => drop(changed.filters.remove(index)),
            }
            found.push((rule.span, format!("{of} where {}", words(&dropped)), changed));
        }
    }
    for (index, grant) in rule.grants.iter().enumerate() {
        let mut changed = rule.clone();
        changed.grants.remove(index);
        found.push((grant.span, grant_in_words(model, table, rule, grant), changed));
        let of = grant_in_fields(model, table, rule, grant);
        let is_alike = grant.when == grant.then;
        let mut add = |keyword: &str, dropped: &Condition, change: &dyn Fn(&mut Grant)| {
            let mut changed = rule.clone();
            change(&mut changed.grants[index]);
            found.push((grant.span, format!("{of} {keyword} {}", words(dropped)), changed));
        };
        for (dropped, rest) in without_own(table, grant, grant.when.as_ref()) {
            add("when", &dropped, &|grant| {
                grant.when.clone_from(&rest);
                if is_alike {
                    grant.then.clone_from(&rest);
                }
            });
        }
        if !is_alike && grant.operation == crate::model::Operation::Update {
            for (dropped, rest) in without_own(table, grant, grant.then.as_ref()) {
                // A grant that does not say what has to be so then means what has to be so before.
                add("then", &dropped, &|grant| grant.then = rest.clone().or_else(|| grant.when.clone()));
            }
        }
    }
    found
}

/// A condition of a grant without each of its statements; that fields have what the database fills in is none of them.
fn without_own(table: TableId, grant: &Grant, condition: Option<&Condition>) -> Vec<(Condition, Option<Condition>)> {
    let set: Vec<Condition> = grant.presets.iter().map(|preset| Condition::from(preset.holds(table))).collect();
    let all = condition.map(without_each).unwrap_or_default();
    all.into_iter().filter(|(dropped, _)| !set.contains(dropped)).collect()
}

/// What makes one condition of several.
type Make = fn(Vec<Condition>) -> Condition;

/// A condition without each of its parts, in turn; nothing is left of a single statement.
fn without_each(condition: &Condition) -> Vec<(Condition, Option<Condition>)> {
    let (parts, make): (&[Condition], Make) = match condition {
        Condition::All(parts) => (parts, Condition::All),
        Condition::Any(parts) => (parts, Condition::Any),
        other => return [(other.clone(), None)].into_iter().chain(inside(other)).collect(),
    };
    let mut found = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let rest: Vec<Condition> =
            parts.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, one)| one.clone()).collect();
        found.push((
            part.clone(),
            match <[Condition; 1]>::try_from(rest) {
                Ok([only]) => Some(only),
                Err(rest) if rest.is_empty() => None,
                Err(rest) => Some(make(rest)),
            },
        ));
        let nested = if matches!(part, Condition::All(_) | Condition::Any(_)) { without_each(part) } else { inside(part) };
        for (dropped, rest) in nested {
            let Some(rest) = rest else { continue };
            let mut all = parts.to_vec();
            all[index] = rest;
            found.push((dropped, Some(make(all))));
        }
    }
    found
}

/// The same of what a negation, or a statement about other rows, has inside.
fn inside(condition: &Condition) -> Vec<(Condition, Option<Condition>)> {
    match condition {
        Condition::Not(inner) => {
            let parts = without_each(inner).into_iter().filter_map(|(dropped, rest)| Some((dropped, rest?)));
            parts.map(|(dropped, rest)| (dropped, Some(Condition::Not(Box::new(rest))))).collect()
        }
        Condition::Atom(atom) => match &**atom {
            Atom::Exists(exists) => {
                let parts = without_each(&exists.condition).into_iter();
                let other = |rest: Option<Condition>| {
                    let condition = rest.unwrap_or(Condition::All(Vec::new()));
                    Condition::from(Atom::Exists(Box::new(Exists { condition, ..(**exists).clone() })))
                };
                parts
                    .filter(|(dropped, _)| *dropped != Condition::All(Vec::new()))
                    .map(|(dropped, rest)| (dropped, Some(other(rest))))
                    .collect()
            }
            _ => Vec::new(),
        },
        Condition::All(_) | Condition::Any(_) => Vec::new(),
    }
}
