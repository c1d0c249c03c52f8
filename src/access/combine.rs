//! Rules of one role with AND, roles with OR: the meaning of a project (the specification is in the documentation of the language,
//! "What it means"), table by table.

use std::collections::BTreeMap;

use super::exact::{self, Pair};
use super::holds::holds;
use super::{AccessMatrix, Arm, BoundaryAccess, Permission, Predicate, RoleAccess, Source, TableAccess};
use crate::catalog::TableId;
use crate::diagnostic::{Code, Diagnostic};
use crate::model::{Atom, Boundary, Comparison, Grant, Model, Operation, RoleUse, Rule, Value};

/// Combines all rules of a model. What policies and column grants cannot say exactly is an error.
pub fn combine(model: &Model, diagnostics: &mut Vec<Diagnostic>) -> AccessMatrix {
    let mut matrix = AccessMatrix::default();
    for (&table, rules) in &model.tables {
        let access = TableCombiner { model, table, rules, diagnostics }.combine();
        matrix.tables.insert(table, access);
    }
    for &table in model.closed.keys() {
        matrix.tables.entry(table).or_default();
    }
    for boundary in &model.boundaries {
        for &table in boundary.tables.keys() {
            let access = bound(model, boundary, table);
            matrix.tables.entry(table).or_default().boundaries.push(access);
        }
    }
    matrix
}

struct TableCombiner<'a> {
    model: &'a Model,
    table: TableId,
    rules: &'a [Rule],
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl TableCombiner<'_> {
    fn combine(mut self) -> TableAccess {
        let mut uses: BTreeMap<&RoleUse, Vec<&Rule>> = BTreeMap::new();
        for rule in self.rules {
            for role in &rule.roles {
                let rules = uses.entry(role).or_default();
                if !rules.iter().any(|known| std::ptr::eq(*known, rule)) {
                    rules.push(rule);
                }
            }
        }
        let roles: Vec<RoleAccess> = uses.iter().map(|(role, rules)| role_access(role, rules)).collect();
        let mut permissions = BTreeMap::new();
        for database_role in self.model.application_roles() {
            let granted = self.permissions(database_role, &roles, &uses);
            if !granted.is_empty() {
                permissions.insert(database_role.to_owned(), granted);
            }
        }
        self.report_unreadable(&permissions);
        let keep_apart = self.keep_apart(&roles);
        TableAccess { roles, permissions, boundaries: Vec::new(), keep_apart }
    }

    fn permissions(
        &mut self,
        database_role: &str,
        roles: &[RoleAccess],
        uses: &BTreeMap<&RoleUse, Vec<&Rule>>,
    ) -> BTreeMap<Operation, Permission> {
        let mut permissions: BTreeMap<Operation, Permission> = BTreeMap::new();
        let held: Vec<Predicate> = roles.iter().map(|access| holds(self.model, &access.role, database_role)).collect();
        for operation in Operation::ALL {
            let pairs = pairs(roles, &held, operation);
            if pairs.is_empty() {
                continue;
            }
            let granting = roles
                .iter()
                .zip(&held)
                .filter(|(access, held)| **held != Predicate::Never && access.operations.contains_key(&operation));
            let mut sources: Vec<Source> = granting
                .flat_map(|(access, _)| uses.get(&access.role).into_iter().flatten().map(|rule| source(&access.role, rule)))
                .collect();
            if operation == Operation::Update {
                self.report_frozen(permissions.get(&Operation::Read), &pairs);
            }
            let before = Predicate::any(pairs.iter().map(|pair| pair.before.clone()));
            let after = Predicate::any(pairs.iter().map(|pair| pair.after.clone()));
            let read = permissions.get(&Operation::Read).map_or(Predicate::Never, |read| read.using.clone());
            let (using, check) = match operation {
                Operation::Read => (before, Predicate::Always),
                Operation::Create => (Predicate::Always, after),
                Operation::Delete => (readable(&read, before), Predicate::Always),
                Operation::Update => (readable(&read, before), readable(&read, after)),
            };
            if using == Predicate::Never || check == Predicate::Never {
                continue;
            }
            if let Err(diagnostic) = exact::check(operation, &pairs, self.model.catalog.table(self.table)) {
                self.diagnostics.push(*diagnostic);
            }
            sources.sort();
            permissions.insert(operation, Permission { using, check, columns: union(&pairs), sources });
        }
        permissions
    }

    /// Fields that an update names and that reading pins to one value: the classic is a soft delete.
    fn report_frozen(&mut self, read: Option<&Permission>, pairs: &[Pair]) {
        let Some(clauses) = read.and_then(|read| read.using.clauses()) else { return };
        let Some(read) = read else { return };
        for atom in clauses.iter().take(1).flatten() {
            let Some(column) = pinned(atom) else { continue };
            let naming = pairs.iter().find(|pair| pair.fields.as_ref().is_some_and(|fields| fields.contains(&column)));
            let (Some(pair), true) = (naming, read.using.implies(&Predicate::Atom(atom.clone()))) else { continue };
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

    /// Whether a session that inherits two database roles could mix up their grants: PostgreSQL would combine them as if they
    /// were one role's.
    fn keep_apart(&self, roles: &[RoleAccess]) -> bool {
        let table = self.model.catalog.table(self.table);
        let database_roles = self.model.application_roles();
        Operation::ALL.iter().any(|&operation| {
            let by_role: Vec<Vec<Pair>> = database_roles
                .iter()
                .map(|database_role| {
                    let held: Vec<Predicate> =
                        roles.iter().map(|access| holds(self.model, &access.role, database_role)).collect();
                    pairs(roles, &held, operation)
                })
                .filter(|pairs| !pairs.is_empty())
                .collect();
            let several = by_role.len() > 1;
            several && exact::check(operation, &by_role.into_iter().flatten().collect::<Vec<_>>(), table).is_err()
        })
    }

    /// Grants of update and delete whose records no database role can read.
    fn report_unreadable(&mut self, permissions: &BTreeMap<String, BTreeMap<Operation, Permission>>) {
        let readable = permissions.values().any(|granted| granted.contains_key(&Operation::Read));
        if readable {
            return;
        }
        let writes = |grant: &&Grant| matches!(grant.operation, Operation::Update | Operation::Delete);
        for rule in self.rules {
            for grant in rule.grants.iter().filter(writes) {
                let word = grant.operation.word();
                let title = format!("nobody can {word} these records, because nobody can read them");
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
    if reached.implies(read) { reached } else { Predicate::all([read.clone(), reached]) }
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

/// The grants of an operation, each with who holds its role; without those that nobody can use.
fn pairs(roles: &[RoleAccess], held: &[Predicate], operation: Operation) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (access, held) in roles.iter().zip(held) {
        pairs.extend(access.operations.get(&operation).into_iter().flatten().map(|arm| Pair::new(held, arm)));
    }
    pairs.retain(|pair| pair.before != Predicate::Never && pair.after != Predicate::Never);
    pairs
}

fn source(role: &RoleUse, rule: &Rule) -> Source {
    Source { role: role.clone(), rule: rule.name.clone(), span: rule.span, completions: rule.completions.clone() }
}

/// The grants of one role: its records match the filters of all its rules.
fn role_access(role: &RoleUse, rules: &[&Rule]) -> RoleAccess {
    let filters = rules.iter().flat_map(|rule| &rule.filters).map(Predicate::from_condition);
    let reach = Predicate::all(filters.collect::<Vec<_>>());
    let mut operations: BTreeMap<Operation, Vec<Arm>> = BTreeMap::new();
    for grant in rules.iter().flat_map(|rule| &rule.grants) {
        let with = |condition: &Option<crate::model::Condition>| {
            let own = condition.as_ref().map_or(Predicate::Always, Predicate::from_condition);
            Predicate::all([reach.clone(), own])
        };
        let before = with(&grant.when);
        let after = if grant.operation == Operation::Update { with(&grant.then) } else { before.clone() };
        let arm = Arm { before, after, fields: grant.fields.clone(), span: grant.span };
        operations.entry(grant.operation).or_default().push(arm);
    }
    RoleAccess { role: role.clone(), operations }
}

/// All columns that some grant names.
fn union(pairs: &[Pair]) -> Option<Vec<u32>> {
    let mut columns = Vec::new();
    for pair in pairs {
        columns.extend(pair.fields.as_ref()?);
    }
    columns.sort_unstable();
    columns.dedup();
    Some(columns)
}

fn bound(model: &Model, boundary: &Boundary, table: TableId) -> BoundaryAccess {
    let mut predicates: Vec<(Predicate, Vec<String>)> = Vec::new();
    for database_role in model.application_roles() {
        let clauses = boundary.tables.get(&table).into_iter().flatten().map(|clause| {
            let except = clause.except.iter().map(|role| holds(model, role, database_role));
            Predicate::any(std::iter::once(Predicate::from_condition(&clause.condition)).chain(except).collect::<Vec<_>>())
        });
        let predicate = Predicate::all(clauses.collect::<Vec<_>>());
        if predicate == Predicate::Always {
            continue;
        }
        match predicates.iter_mut().find(|(known, _)| *known == predicate) {
            Some((_, roles)) => roles.push(database_role.to_owned()),
            None => predicates.push((predicate, vec![database_role.to_owned()])),
        }
    }
    BoundaryAccess { name: boundary.name.clone(), span: boundary.span, predicates }
}
