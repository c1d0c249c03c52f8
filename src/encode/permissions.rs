//! Policies and column grants: of all grants of an operation together, the rows and the columns; and where that is not exact, the grants one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::exact::{Exactness, judge};
use super::obstacle::enforceable;
use super::{Target, explain};
use crate::access::decide::{implies, simplify};
use crate::access::{Grant, Predicate, TableAccess, role_uses};
use crate::catalog::{Table, TableId};
use crate::diagnostic::{Diagnostic, Span};
use crate::model::{Model, Operation, RoleUse, Rule};

/// What the sessions of a database role may do, by operation.
pub type Permissions = BTreeMap<Operation, Permission>;

/// What the sessions of a database role may do with an operation.
#[derive(Debug, Clone)]
pub struct Permission {
    /// For the row as it is: read, update, delete. With the boundaries: as policies of their own they could be lost without what they limit.
    pub using: Predicate,
    /// For the row as it will be: create, update. With the boundaries.
    pub check: Predicate,
    /// The columns, ordered; `None` is every column. Of what is masked, those that can be read wherever anything can.
    pub columns: Option<Vec<u32>>,
    /// Whether statements may name every column; what nobody may write then has to stay as it is.
    pub whole_rows: bool,
    /// The single grants, where predicates and columns apart do not say it, of this database role or, for writing, of another: a masking view for
    /// reading, a trigger for writing has to tell which grant allows what.
    pub apart: Option<Vec<Grant>>,
    /// The rules that it comes from, by role, then name.
    pub sources: Vec<Arc<Source>>,
    /// The boundaries that limit it, and where their names are written.
    pub boundaries: Vec<(String, Span)>,
}

impl Permission {
    /// The columns that have to be granted for an operation; `None` where it may be all of the table.
    pub fn granted_columns(&self, operation: Operation, table: &Table) -> Option<Vec<u32>> {
        let columns = self.written_columns(operation, table)?;
        let is_widened = self.whole_rows && matches!(operation, Operation::Create | Operation::Update);
        let stored = |column: &u32| !table.columns[*column as usize].generated;
        Some(if is_widened { (0u32..).take(table.columns.len()).filter(stored).collect() } else { columns })
    }

    /// The columns that the rules name for an operation; `None` where it may be all of the table. Where grants of writing differ in fields, the
    /// list is closed: a column that is added later belongs to none of them until the rules say so.
    pub fn written_columns(&self, operation: Operation, table: &Table) -> Option<Vec<u32>> {
        if !matches!(operation, Operation::Create | Operation::Update) {
            return self.columns.clone();
        }
        let all = || (0u32..).take(table.columns.len()).collect();
        let columns: Option<Vec<u32>> = self.columns.clone().or_else(|| self.apart.is_some().then(all));
        // What the database computes nobody writes, also not when it is computed no more.
        columns.map(|columns| columns.into_iter().filter(|&column| !table.columns[column as usize].generated).collect())
    }
}

/// A rule as the origin of a permission.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The role it acts for.
    pub role: RoleUse,
    /// Its name.
    pub rule: String,
    /// Where its name is written.
    pub span: Span,
    /// Paths that were completed in it, in words.
    pub completions: Vec<String>,
}

/// One table.
pub(super) struct Encoder<'a> {
    pub(super) model: &'a Model,
    pub(super) target: Target,
    pub(super) id: TableId,
    pub(super) access: &'a TableAccess,
}

impl Encoder<'_> {
    /// What each database role may do.
    pub(super) fn permissions(&self, diagnostics: &mut Vec<Diagnostic>) -> BTreeMap<String, Permissions> {
        let rules = self.model.tables.get(&self.id).map_or(&[][..], |rules| rules);
        let sources = sources(rules);
        let all = self.access.sessions.keys().map(|role| (role.clone(), self.of_role(role, &sources, diagnostics)));
        all.filter(|(_, granted)| !granted.is_empty()).collect()
    }

    fn table(&self) -> &Table {
        self.model.catalog.table(self.id)
    }

    fn of_role(&self, role: &str, sources: &[Vec<Origin<'_>>], diagnostics: &mut Vec<Diagnostic>) -> Permissions {
        let (mut permissions, mut read) = (Permissions::new(), Predicate::Never);
        for operation in Operation::ALL {
            let grants = self.access.grants(role, operation);
            if grants.is_empty() {
                continue;
            }
            let (using, check) = clauses(operation, &grants, &read);
            if using == Predicate::Never || check == Predicate::Never {
                continue;
            }
            let (columns, apart) = self.told_apart(operation, &grants, &using, diagnostics);
            let sources = self.sources(role, operation, sources);
            if operation == Operation::Read {
                read = using.clone();
            }
            let bound = self.access.bound(role, operation);
            let holding = self.access.boundaries.iter().filter(|boundary| boundary.holds_for(role, operation));
            let boundaries = holding.map(|boundary| (boundary.name.clone(), boundary.span)).collect();
            let within = |predicate| simplify(Predicate::all([predicate, bound.clone()]));
            let (using, check) = (within(using), within(check));
            let whole_rows = self.model.takes_whole_rows(self.id);
            permissions.insert(operation, Permission { using, check, columns, whole_rows, apart, sources, boundaries });
        }
        permissions
    }

    /// The columns of all grants together, and the grants one by one where that is needed.
    fn told_apart(
        &self,
        operation: Operation,
        grants: &[Grant],
        using: &Predicate,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Option<Vec<u32>>, Option<Vec<Grant>>) {
        let count = self.table().columns.len();
        let judged = judge(operation, grants, self.table());
        if judged == Exactness::Exact {
            return (union(grants, count), None);
        }
        match enforceable(self.model, self.target, operation, grants, self.id) {
            Ok(()) if operation == Operation::Read => (Some(always_read(grants, using, count)), Some(grants.to_vec())),
            Ok(()) => (union(grants, count), Some(grants.to_vec())),
            Err(obstacle) => {
                let diagnostic =
                    explain::explain(self.model, judged, operation, grants, self.id, &obstacle.columns(self.table()));
                diagnostics.extend(diagnostic.map(|diagnostic| obstacle.explain(diagnostic)));
                (union(grants, count), None)
            }
        }
    }

    /// The rules that grant an operation, and those of the same roles that narrow it.
    fn sources(&self, role: &str, operation: Operation, sources: &[Vec<Origin<'_>>]) -> Vec<Arc<Source>> {
        let roles = self.access.sessions.get(role).into_iter().flatten().zip(sources);
        let granting = roles.filter(|(access, _)| access.held != Predicate::Never && access.operations.contains_key(&operation));
        let says = |rule: &Rule| !rule.filters.is_empty() || rule.grants.iter().any(|grant| grant.operation == operation);
        let saying = granting.flat_map(|(_, sources)| sources).filter(|(rule, _)| says(rule));
        let mut sources: Vec<Arc<Source>> = saying.map(|(_, source)| source.clone()).collect();
        sources.sort();
        sources
    }

    /// Where the writing of one database role needs a trigger that tells grants apart, it is asked about all of them: a statement may change
    /// its role while it runs.
    pub(super) fn tell_apart_for_all(&self, permissions: &mut BTreeMap<String, Permissions>) {
        if !self.target.triggers {
            return;
        }
        for operation in [Operation::Create, Operation::Update] {
            let is_apart = |granted: &Permissions| granted.get(&operation).is_some_and(|one| one.apart.is_some());
            // A login that is accepted to act as several roles could use the rows of one with the fields of the other.
            let writing = permissions.values().filter(|granted| granted.contains_key(&operation)).count();
            let may_mix = writing > 1 && !self.model.accepted.logins.is_empty();
            if !may_mix && !permissions.values().any(is_apart) {
                continue;
            }
            for (role, granted) in permissions.iter_mut() {
                let Some(permission) = granted.get_mut(&operation) else { continue };
                permission.apart.get_or_insert_with(|| self.access.grants(role, operation));
            }
        }
    }

    /// Whether a session that inherits two database roles could mix up their grants: PostgreSQL would combine them as if they
    /// were one role's.
    pub(super) fn keep_apart(&self) -> bool {
        self.access.sessions.len() > 1
            && Operation::ALL.iter().any(|&operation| {
                let all = self.access.sessions.keys().map(|role| self.access.grants(role, operation));
                let by_role: Vec<Vec<Grant>> = all.filter(|grants| !grants.is_empty()).collect();
                let several = by_role.len() > 1;
                several && judge(operation, &by_role.concat(), self.table()) != Exactness::Exact
            })
    }
}

/// What the row has to match as it is, and as it will be. PostgreSQL asks for the right to read as soon as a WHERE names a column.
fn clauses(operation: Operation, grants: &[Grant], read: &Predicate) -> (Predicate, Predicate) {
    let before = || simplify(Predicate::any(grants.iter().map(|grant| grant.before.clone())));
    let after = || simplify(Predicate::any(grants.iter().map(|grant| grant.after.without_former())));
    match operation {
        Operation::Read => (before(), Predicate::Always),
        Operation::Create => (Predicate::Always, after()),
        Operation::Delete => (readable(read, before()), Predicate::Always),
        Operation::Update => (readable(read, before()), readable(read, after())),
    }
}

/// What is reached and can be read; where the one contains the other, it is said once.
fn readable(read: &Predicate, reached: Predicate) -> Predicate {
    if implies(&reached, read).is_proved() { reached } else { simplify(Predicate::all([read.clone(), reached])) }
}

/// A rule, and what is told of it.
type Origin<'a> = (&'a Rule, Arc<Source>);

/// The rules of each role, in the order of the roles.
fn sources(rules: &[Rule]) -> Vec<Vec<Origin<'_>>> {
    let source = |role: &RoleUse, rule: &Rule| {
        let (rule, span, completions) = (rule.name.clone(), rule.span, rule.completions.clone());
        Arc::new(Source { role: role.clone(), rule, span, completions })
    };
    let uses = role_uses(rules).into_iter();
    uses.map(|(role, rules)| rules.into_iter().map(|(_, rule)| (rule, source(role, rule))).collect()).collect()
}

/// All columns that some grant names. `None`, which takes in columns that are added later, only where grants without a list reach all that the others
/// do.
fn union(grants: &[Grant], count: usize) -> Option<Vec<u32>> {
    let (open, listing): (Vec<&Grant>, Vec<&Grant>) = grants.iter().partition(|grant| grant.fields.is_none());
    if !open.is_empty() {
        let before = Predicate::any(open.iter().map(|grant| grant.before.clone()));
        let after = Predicate::any(open.iter().map(|grant| grant.after.clone()));
        let is_reached =
            |grant: &&Grant| implies(&grant.before, &before).is_proved() && implies(&grant.after, &after).is_proved();
        return if listing.iter().all(is_reached) { None } else { Some((0u32..).take(count).collect()) };
    }
    let mut columns: Vec<u32> = grants.iter().flat_map(|grant| grant.fields.iter().flatten()).copied().collect();
    columns.sort_unstable();
    columns.dedup();
    Some(columns)
}

/// The columns that can be read of every row of which anything can: what every grant names, and what those name that reach all rows together.
fn always_read(grants: &[Grant], using: &Predicate, count: usize) -> Vec<u32> {
    let is_always_read = |&column: &u32| {
        let naming = grants.iter().filter(|grant| grant.names(column)).map(|grant| grant.before.clone());
        implies(using, &Predicate::any(naming)).is_proved()
    };
    (0u32..).take(count).filter(is_always_read).collect()
}
