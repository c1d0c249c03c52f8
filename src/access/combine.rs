//! Rules of one role with AND, roles with OR: the meaning of a project (the specification is in the documentation of the language,
//! "What it means"), table by table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::decide::{cases, implies, simplify};
use super::delegation::Delegation;
use super::exact::{self, Exactness, Pair};
use super::memory::{Known, Memory};
use super::raw_sql;
use super::{AccessMatrix, Arm, BoundaryAccess, Permission, Predicate, RoleAccess, Source, TableAccess};
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Atom, Boundary, Comparison, Grant, LookUp, Model, Operation, RoleUse, Rule, Value};
use crate::parallel;

/// Combines all rules of a model. What policies and column grants cannot say exactly is an error.
pub fn combine(model: &Model, diagnostics: &mut Vec<Diagnostic>) -> AccessMatrix {
    combine_again(model, None, diagnostics)
}

/// The same after a change: what `memory` knows of is not combined again.
pub fn combine_again(model: &Model, mut memory: Option<&mut Memory>, diagnostics: &mut Vec<Diagnostic>) -> AccessMatrix {
    raw_sql::report(model, diagnostics);
    memory.iter_mut().for_each(|memory| memory.begin(model));
    let with_boundaries = model.boundaries.iter().flat_map(|boundary| boundary.tables.keys());
    let all: BTreeSet<TableId> = model.tables.keys().chain(model.closed.keys()).chain(with_boundaries).copied().collect();
    let remembered = |table: &TableId| memory.as_ref().and_then(|memory| memory.get(model, *table)).cloned();
    let known: BTreeMap<TableId, Known> = all.iter().filter_map(|table| Some((*table, remembered(table)?))).collect();
    let new: Vec<TableId> = all.into_iter().filter(|table| !known.contains_key(table)).collect();
    let combined = parallel::stretches(&new, parallel::MIN_TABLES, |tables| {
        let mut delegations = delegations(model);
        tables.iter().map(|&table| (table, combine_table(model, table, &mut delegations))).collect::<Vec<_>>()
    });
    let combined = combined.into_iter().flatten().map(|(table, (access, found))| (table, (Arc::new(access), found)));
    let of_known = known.into_iter().map(|(table, known)| (table, (known.access, known.diagnostics)));
    let all: BTreeMap<TableId, (Arc<TableAccess>, Vec<Diagnostic>)> = of_known.chain(combined).collect();
    memory.into_iter().for_each(|memory| memory.keep(model, &all));
    let mut matrix = AccessMatrix::default();
    for (table, (access, mut found)) in all {
        matrix.tables.insert(table, access);
        diagnostics.append(&mut found);
    }
    note_all_look_ups(model, &mut matrix.look_ups);
    matrix
}

/// One for each database role.
fn delegations(model: &Model) -> Vec<Delegation<'_>> {
    model.application_roles().into_iter().map(|database_role| Delegation::new(model, database_role)).collect()
}

/// What may be done with a table, and what is to be said of it.
fn combine_table<'m>(model: &'m Model, table: TableId, delegations: &mut [Delegation<'m>]) -> (TableAccess, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let mut access = match model.tables.get(&table) {
        Some(rules) => TableCombiner { model, table, rules, delegations, diagnostics: &mut diagnostics }.combine(),
        None => TableAccess::default(),
    };
    let boundaries = model.boundaries.iter().filter(|boundary| boundary.tables.contains_key(&table));
    access.boundaries = boundaries.map(|boundary| boundary_access(delegations, boundary, table)).collect();
    (access, diagnostics)
}

fn note_all_look_ups(model: &Model, found: &mut BTreeMap<Atom, LookUp>) {
    let mut delegations = delegations(model);
    for rule in model.tables.values().flat_map(|rules| rules.iter()) {
        let Some(way) = rule.look_up else { continue };
        for delegation in &mut delegations {
            note_look_ups(delegation, rule, way, found);
        }
    }
}

/// The statements of a rule that wants to be asked in one way. Where two rules want the same one asked differently, the first is heard.
fn note_look_ups(delegation: &mut Delegation<'_>, rule: &Rule, way: LookUp, found: &mut BTreeMap<Atom, LookUp>) {
    let of_grants = rule.grants.iter().flat_map(|grant| grant.when.iter().chain(&grant.then));
    let conditions = rule.filters.iter().chain(of_grants).map(Predicate::from_condition);
    let mut all: Vec<Predicate> = conditions.collect();
    all.extend(rule.roles.iter().map(|role| delegation.holds(role)));
    for predicate in all {
        delegation.expand(&predicate).for_each_atom(&mut |atom| {
            found.entry(atom.clone()).or_insert(way);
        });
    }
}

struct TableCombiner<'a, 'm> {
    model: &'m Model,
    table: TableId,
    rules: &'a [Rule],
    /// One for each database role, in their order.
    delegations: &'a mut [Delegation<'m>],
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl TableCombiner<'_, '_> {
    /// Without boundaries.
    fn combine(mut self) -> TableAccess {
        let roles = role_accesses(self.rules);
        let sources = sources(self.rules);
        let mut permissions = BTreeMap::new();
        for index in 0..self.delegations.len() {
            let granted = self.permissions(index, &roles, &sources);
            if !granted.is_empty() {
                permissions.insert(self.delegations[index].database_role.to_owned(), granted);
            }
        }
        self.tell_apart_for_all(&roles, &mut permissions);
        self.report_unreadable(&permissions);
        let keep_apart = self.keep_apart(&roles);
        TableAccess { roles, permissions, boundaries: Vec::new(), keep_apart }
    }

    fn permissions(
        &mut self,
        index: usize,
        roles: &[RoleAccess],
        sources: &[Vec<Arc<Source>>],
    ) -> BTreeMap<Operation, Permission> {
        let mut permissions: BTreeMap<Operation, Permission> = BTreeMap::new();
        let held = self.delegations[index].held(roles);
        for operation in Operation::ALL {
            let pairs = pairs(&mut self.delegations[index], roles, &held, operation);
            if pairs.is_empty() {
                continue;
            }
            let granting = roles
                .iter()
                .zip(&held)
                .zip(sources)
                .filter(|((access, held), _)| **held != Predicate::Never && access.operations.contains_key(&operation));
            let mut sources: Vec<Arc<Source>> = granting.flat_map(|(_, sources)| sources).cloned().collect();
            if operation == Operation::Update {
                self.report_frozen(permissions.get(&Operation::Read), &pairs);
            }
            let read = permissions.get(&Operation::Read).map_or(Predicate::Never, |read| read.using.clone());
            let before = || simplify(Predicate::any(pairs.iter().map(|pair| pair.before.clone())));
            let after = || simplify(Predicate::any(pairs.iter().map(|pair| pair.after.clone())));
            let (using, check) = match operation {
                Operation::Read => (before(), Predicate::Always),
                Operation::Create => (Predicate::Always, after()),
                Operation::Delete => (readable(&read, before()), Predicate::Always),
                Operation::Update => (readable(&read, before()), readable(&read, after())),
            };
            if using == Predicate::Never || check == Predicate::Never {
                continue;
            }
            let (mut columns, mut steps) = (union(&pairs, self.model.catalog.table(self.table).columns.len()), None);
            let judged = exact::judge(operation, &pairs, self.model.catalog.table(self.table));
            if judged != Exactness::Exact {
                match exact::enforceable(self.model, operation, &pairs, self.table) {
                    Ok(()) if operation == Operation::Read => {
                        columns = Some(always_read(&pairs, &using, self.model.catalog.table(self.table).columns.len()));
                        steps = Some(pairs.iter().map(Pair::step).collect());
                    }
                    Ok(()) => steps = Some(pairs.iter().map(Pair::step).collect()),
                    Err(reason) => {
                        let diagnostic = exact::explain(judged, operation, &pairs, self.model.catalog.table(self.table));
                        self.diagnostics.extend(diagnostic.map(|diagnostic| reason.explain(diagnostic)));
                    }
                }
            }
            if matches!(operation, Operation::Update | Operation::Delete) {
                self.report_unnamed(permissions.get(&Operation::Read), operation, &pairs);
            }
            sources.sort();
            permissions.insert(operation, Permission { using, check, columns, steps, sources });
        }
        permissions
    }

    /// Where the writing of one database role needs a trigger that tells grants apart, it is asked about all of them: a statement may change
    /// its role while it runs.
    fn tell_apart_for_all(&mut self, roles: &[RoleAccess], permissions: &mut BTreeMap<String, BTreeMap<Operation, Permission>>) {
        for operation in [Operation::Create, Operation::Update] {
            let is_apart =
                |granted: &BTreeMap<Operation, Permission>| granted.get(&operation).is_some_and(|one| one.steps.is_some());
            // A login that is accepted to act as several roles could use the rows of one with the fields of the other.
            let writing = permissions.values().filter(|granted| granted.contains_key(&operation)).count();
            let may_mix = writing > 1 && !self.model.accepted.logins.is_empty();
            if !may_mix && !permissions.values().any(is_apart) {
                continue;
            }
            for delegation in self.delegations.iter_mut() {
                let granted = permissions.get_mut(delegation.database_role).and_then(|granted| granted.get_mut(&operation));
                let Some(permission) = granted.filter(|permission| permission.steps.is_none()) else { continue };
                let held = delegation.held(roles);
                permission.steps = Some(pairs(delegation, roles, &held, operation).iter().map(Pair::step).collect());
            }
        }
    }

    /// Fields that an update names and that reading pins to one value: the classic is a soft delete.
    fn report_frozen(&mut self, read: Option<&Permission>, pairs: &[Pair]) {
        let Some(cases) = read.and_then(|read| cases(&read.using)) else { return };
        let Some(read) = read else { return };
        for atom in cases.iter().take(1).flatten() {
            let Some(column) = pinned(atom) else { continue };
            let naming = pairs.iter().find(|pair| pair.fields.as_ref().is_some_and(|fields| fields.contains(&column)));
            let (Some(pair), true) = (naming, implies(&read.using, &Predicate::Atom(atom.clone())).is_proved()) else { continue };
            let name = &self.model.catalog.table(self.table).columns[column as usize].name;
            let words = crate::model::Describe { model: self.model }.atom(atom);
            let title = format!("`{name}` may be updated, and whoever does could not read the record any more");
            self.diagnostics.push(
                Diagnostic::new(Code::Frozen, pair.span, title)
                    .with_note(format!("records are only readable when {words}, and PostgreSQL asks that of the new record, too"))
                    .with_help("let the role read what it marks, or take the field out of the grant"),
            );
        }
    }

    /// Records of a masked table that may be changed, and that no WHERE can name: beside its view, the table itself is readable only in the columns that
    /// can be read of every record.
    fn report_unnamed(&mut self, read: Option<&Permission>, operation: Operation, pairs: &[Pair]) {
        let table = self.model.catalog.table(self.table);
        let Some(Permission { steps: Some(_), columns: Some(columns), .. }) = read else { return };
        let (Some(&key), Some(pair)) = (table.primary_key.iter().find(|key| !columns.contains(key)), pairs.first()) else {
            return;
        };
        let (word, key) = (operation.word(), &table.columns[key as usize].name);
        let title = format!("who may {word} these records cannot say which: `{key}` is not readable in all of them");
        self.diagnostics.push(
            Diagnostic::new(Code::NotReadable, pair.span, title)
                .with_note("the fields of this table are shown by a masking view, and PostgreSQL asks for the right to read what a WHERE names")
                .with_help(format!("name `{key}` in every `allow read` of the role")),
        );
    }

    /// Whether a session that inherits two database roles could mix up their grants: PostgreSQL would combine them as if they
    /// were one role's.
    fn keep_apart(&mut self, roles: &[RoleAccess]) -> bool {
        let table = self.model.catalog.table(self.table);
        self.delegations.len() > 1
            && Operation::ALL.iter().any(|&operation| {
                let all = self.delegations.iter_mut().map(|delegation| {
                    let held = delegation.held(roles);
                    pairs(delegation, roles, &held, operation)
                });
                let by_role: Vec<Vec<Pair>> = all.filter(|pairs| !pairs.is_empty()).collect();
                let several = by_role.len() > 1;
                several && exact::judge(operation, &by_role.into_iter().flatten().collect::<Vec<_>>(), table) != Exactness::Exact
            })
    }

    /// Grants of update and delete that nobody can use, because no session that holds the role can read.
    fn report_unreadable(&mut self, permissions: &BTreeMap<String, BTreeMap<Operation, Permission>>) {
        let reads = |role: &str| permissions.get(role).is_some_and(|granted| granted.contains_key(&Operation::Read));
        let nobody_reads = !permissions.keys().any(|role| reads(role));
        let writes = |grant: &&Grant| matches!(grant.operation, Operation::Update | Operation::Delete);
        for rule in self.rules {
            let holding = |role: &RoleUse| -> Vec<&str> {
                let holds = |delegation: &&Delegation<'_>| delegation.holds(role) != Predicate::Never;
                self.delegations.iter().filter(holds).map(|delegation| delegation.database_role).collect()
            };
            let sessions: Vec<&str> = rule.roles.iter().flat_map(holding).collect();
            if sessions.iter().any(|role| reads(role)) {
                continue;
            }
            for grant in rule.grants.iter().filter(writes) {
                let word = grant.operation.word();
                let title = match nobody_reads {
                    true => format!("nobody can {word} these records, because nobody can read them"),
                    false => {
                        format!("nobody can {word} these records by this rule, because who holds its roles cannot read them")
                    }
                };
                self.diagnostics.push(
                    Diagnostic::new(Code::NotReadable, grant.span, title)
                        .with_note("PostgreSQL asks for the right to read as soon as a WHERE names a column")
                        .with_help(format!("write `allow read, {word}`")),
                );
            }
        }
    }
}

/// What is reached and can be read; where the one contains the other, it is said once.
fn readable(read: &Predicate, reached: Predicate) -> Predicate {
    if implies(&reached, read).is_proved() { reached } else { simplify(Predicate::all([read.clone(), reached])) }
}

/// The record's own column that a statement allows only one value of.
fn pinned(atom: &Atom) -> Option<u32> {
    let value = match atom {
        Atom::Empty { value, negated: false } => value,
        Atom::Compare { left, operator: Comparison::Equal, right: Value::Literal(_) } => left,
        _ => return None,
    };
    value.record().filter(|path| path.hops.is_empty()).map(|path| path.column.column)
}

/// The rules of each role that the rules of a table are for.
fn role_uses(rules: &[Rule]) -> BTreeMap<&RoleUse, Vec<&Rule>> {
    let mut uses: BTreeMap<&RoleUse, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        for role in &rule.roles {
            let rules = uses.entry(role).or_default();
            if !rules.iter().any(|known| std::ptr::eq(*known, rule)) {
                rules.push(rule);
            }
        }
    }
    uses
}

/// What the rules of a table give to the holders of each role.
pub(super) fn role_accesses(rules: &[Rule]) -> Vec<RoleAccess> {
    role_uses(rules).iter().map(|(role, rules)| role_access(role, rules)).collect()
}

/// The grants of an operation to a database role, each with who holds its role; without those that nobody can use. `held` says when each of
/// the roles is held.
pub(super) fn pairs(
    delegation: &mut Delegation<'_>,
    roles: &[RoleAccess],
    held: &[Predicate],
    operation: Operation,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (access, held) in roles.iter().zip(held) {
        for arm in access.operations.get(&operation).into_iter().flatten() {
            let before = delegation.expand(&arm.before);
            let after = (arm.after != arm.before).then(|| delegation.expand(&arm.after));
            pairs.push(Pair::new(held, arm, before, after));
        }
    }
    pairs.retain(|pair| pair.before != Predicate::Never && pair.after != Predicate::Never);
    pairs
}

/// The rules of each role, in the order of [`role_accesses`].
fn sources(rules: &[Rule]) -> Vec<Vec<Arc<Source>>> {
    let source = |role: &RoleUse, rule: &Rule| {
        let (rule, span, completions) = (rule.name.clone(), rule.span, rule.completions.clone());
        Arc::new(Source { role: role.clone(), rule, span, completions })
    };
    role_uses(rules).iter().map(|(role, rules)| rules.iter().map(|rule| source(role, rule)).collect()).collect()
}

/// The grants of one role: its records match the filters of all its rules.
fn role_access(role: &RoleUse, rules: &[&Rule]) -> RoleAccess {
    let filters = rules.iter().flat_map(|rule| &rule.filters).map(Predicate::from_condition);
    let reach = simplify(Predicate::all(filters));
    let mut operations: BTreeMap<Operation, Vec<Arm>> = BTreeMap::new();
    for grant in rules.iter().flat_map(|rule| &rule.grants) {
        let with = |condition: &Option<crate::model::Condition>| match condition {
            Some(own) => simplify(Predicate::all([reach.clone(), Predicate::from_condition(own)])),
            None => reach.clone(),
        };
        let before = with(&grant.when);
        let after = if grant.operation == Operation::Update { with(&grant.then) } else { before.clone() };
        let arm = Arm { before, after, fields: grant.fields.clone(), span: grant.span };
        operations.entry(grant.operation).or_insert_with(|| Vec::with_capacity(1)).push(arm);
    }
    RoleAccess { role: role.clone(), operations }
}

/// All columns that some grant names. `None`, which takes in columns that are added later, only where grants without a list reach all that the others
/// do.
fn union(pairs: &[Pair], count: usize) -> Option<Vec<u32>> {
    let (open, listing): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(|pair| pair.fields.is_none());
    if !open.is_empty() {
        let before = Predicate::any(open.iter().map(|pair| pair.before.clone()));
        let after = Predicate::any(open.iter().map(|pair| pair.after.clone()));
        let is_reached = |pair: &&Pair| implies(&pair.before, &before).is_proved() && implies(&pair.after, &after).is_proved();
        return if listing.iter().all(is_reached) { None } else { Some((0u32..).take(count).collect()) };
    }
    let mut columns: Vec<u32> = pairs.iter().flat_map(|pair| pair.fields.iter().flatten()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    Some(columns)
}

/// The columns that can be read of every row of which anything can: what every grant names, and what those name that reach all rows together.
fn always_read(pairs: &[Pair], using: &Predicate, count: usize) -> Vec<u32> {
    let is_always_read = |&column: &u32| {
        let naming = pairs.iter().filter(|pair| pair.names(column)).map(|pair| pair.before.clone());
        implies(using, &Predicate::any(naming)).is_proved()
    };
    (0u32..).take(count).filter(is_always_read).collect()
}

/// What a boundary asks of a table's rows in sessions of a database role.
pub(super) fn bound(delegation: &mut Delegation<'_>, boundary: &Boundary, table: TableId) -> Predicate {
    let mut all = Vec::new();
    for clause in boundary.tables.get(&table).into_iter().flatten() {
        let mut any = vec![delegation.expand(&Predicate::from_condition(&clause.condition))];
        any.extend(clause.except.iter().map(|role| delegation.holds(role)));
        all.push(Predicate::Any(any));
    }
    simplify(Predicate::All(all))
}

fn boundary_access(delegations: &mut [Delegation<'_>], boundary: &Boundary, table: TableId) -> BoundaryAccess {
    let mut predicates: Vec<(Predicate, Vec<String>)> = Vec::new();
    for delegation in delegations {
        let predicate = bound(delegation, boundary, table);
        if predicate == Predicate::Always {
            continue;
        }
        let database_role = delegation.database_role.to_owned();
        match predicates.iter_mut().find(|(known, _)| *known == predicate) {
            Some((_, roles)) => roles.push(database_role),
            None => predicates.push((predicate, vec![database_role])),
        }
    }
    BoundaryAccess { name: boundary.name.clone(), span: boundary.span, predicates }
}
