//! Rules of one role with AND, roles with OR: the meaning of a project (the specification is in the documentation of the language,
//! "What it means"), table by table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::delegation::Delegation;
use super::grants::{Access, BoundaryAccess, RoleAccess, TableAccess};
use super::memory::Memory;
use super::{Atom, Predicate};
use crate::catalog::TableId;
use crate::model::{Boundary, LookUp, Model, Operation, Rule};
use crate::parallel;

/// Combines all rules of a model.
pub fn combine(model: &Model) -> Access {
    combine_again(model, None)
}

/// The same after a change: what `memory` knows of is not combined again.
pub fn combine_again(model: &Model, mut memory: Option<&mut Memory>) -> Access {
    memory.iter_mut().for_each(|memory| memory.begin(model));
    let with_boundaries = model.boundaries.iter().flat_map(|boundary| boundary.tables.keys());
    let all: BTreeSet<TableId> = model.tables.keys().chain(model.closed.keys()).chain(with_boundaries).copied().collect();
    let remembered = |table: &TableId| memory.as_ref().and_then(|memory| memory.get(model, *table));
    let mut tables: BTreeMap<TableId, Arc<TableAccess>> =
        all.iter().filter_map(|table| Some((*table, remembered(table)?))).collect();
    let new: Vec<TableId> = all.into_iter().filter(|table| !tables.contains_key(table)).collect();
    let combined = parallel::stretches(&new, parallel::MIN_TABLES, |new| {
        let mut delegations = delegations(model);
        new.iter().map(|&table| (table, Arc::new(combine_table(model, table, &mut delegations)))).collect::<Vec<_>>()
    });
    tables.extend(combined.into_iter().flatten());
    memory.into_iter().for_each(|memory| memory.keep(model, &tables));
    Access { tables, look_ups: look_ups(model) }
}

/// One for each database role.
fn delegations(model: &Model) -> Vec<Delegation<'_>> {
    model.application_roles().into_iter().map(|database_role| Delegation::of_sessions(model, database_role)).collect()
}

/// What may be done with a table.
fn combine_table(model: &Model, table: TableId, delegations: &mut [Delegation<'_>]) -> TableAccess {
    let mut sessions: BTreeMap<String, Vec<RoleAccess>> = BTreeMap::new();
    for (database_role, delegation) in model.application_roles().into_iter().zip(delegations.iter_mut()) {
        let known = sessions.values().next().map_or(&[][..], Vec::as_slice);
        let access = delegation.roles(table, known);
        sessions.insert(database_role.to_owned(), access);
    }
    let boundaries = model.boundaries.iter().filter(|boundary| boundary.tables.contains_key(&table));
    let boundaries = boundaries.map(|boundary| boundary_access(model, delegations, boundary, table)).collect();
    TableAccess { sessions, boundaries }
}

fn boundary_access(model: &Model, delegations: &mut [Delegation<'_>], boundary: &Boundary, table: TableId) -> BoundaryAccess {
    let mut predicates: Vec<(Predicate, Vec<String>)> = Vec::new();
    for (database_role, delegation) in model.application_roles().into_iter().zip(delegations) {
        let predicate = delegation.bound(boundary, table);
        if predicate == Predicate::Always {
            continue;
        }
        match predicates.iter_mut().find(|(known, _)| *known == predicate) {
            Some((_, roles)) => roles.push(database_role.to_owned()),
            None => predicates.push((predicate, vec![database_role.to_owned()])),
        }
    }
    let limited = Operation::ALL.into_iter().filter(|&operation| boundary.limits(operation)).collect();
    let named = boundary.operations_in_words();
    BoundaryAccess { name: boundary.name.clone(), span: boundary.span, table, predicates, limited, named }
}

/// The statements of rules that want to be asked in one way. Where two rules want the same one asked differently, the first is heard.
fn look_ups(model: &Model) -> BTreeMap<Atom, LookUp> {
    let mut found = BTreeMap::new();
    let mut delegations = delegations(model);
    for rule in model.tables.values().flat_map(|rules| rules.iter()) {
        let Some(way) = rule.look_up else { continue };
        for predicate in delegations.iter_mut().flat_map(|delegation| said(delegation, rule)) {
            predicate.for_each_atom(&mut |atom| {
                found.entry(atom.clone()).or_insert(way);
            });
        }
    }
    found
}

/// All that a rule says, and who holds its roles.
fn said(delegation: &mut Delegation<'_>, rule: &Rule) -> Vec<Predicate> {
    let conditions = rule.conditions().map(|condition| delegation.predicate(condition));
    let mut all: Vec<Predicate> = conditions.collect();
    all.extend(rule.roles.iter().map(|role| delegation.holds(role)));
    all
}
