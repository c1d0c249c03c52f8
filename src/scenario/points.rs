//! What scenarios can cover: each single statement of the rules and of what says which memberships count, where it stands and what it can be. In: a model. Out: a list; what was seen of it is noted by `coverage`.

use super::granted::{grant_in_fields, rule_in_words};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Span;
use crate::model::{Atom, Condition, Describe, Held, Model, Operation, Path, RoleUse, Subject, Value};

/// A statement that is true, false or unknown for a record and a session.
#[derive(Clone)]
pub(super) struct Point<'m> {
    /// Whose it is, in words: `"Own items" on items where`.
    pub(super) of: String,
    /// The statement in the words of its text.
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) table: TableId,
    pub(super) asks: Asks<'m>,
    /// For whom it matters: who holds one of these; empty for everybody.
    pub(super) roles: &'m [RoleUse],
    /// What is done with the record.
    pub(super) operation: Operation,
    /// Whether it is about the record that an update leaves.
    pub(super) is_of_end: bool,
    pub(super) can_be_unknown: bool,
    /// Whether it says which memberships count, which matters to whatever a scenario is about.
    pub(super) is_of_membership: bool,
    /// Whether it was seen true, false, unknown.
    pub(super) seen: [bool; 3],
}

impl<'m> Point<'m> {
    /// A statement that matters to everybody, about records that are there, and is never unknown.
    fn about(of: String, text: String, span: Span, table: TableId, asks: Asks<'m>) -> Point<'m> {
        let (roles, operation) = (&[], Operation::Read);
        let (is_of_end, can_be_unknown, is_of_membership, seen) = (false, false, false, [false; 3]);
        Point { of, text, span, table, asks, roles, operation, is_of_end, can_be_unknown, is_of_membership, seen }
    }
}

/// What is asked.
#[derive(Clone)]
pub(super) enum Asks<'m> {
    Condition(Condition),
    /// Whether a boundary excepts whoever acts.
    Held(&'m RoleUse),
}

/// All of them, in the order of tables, rules, grants; then boundaries, and memberships.
pub(super) fn all(model: &Model) -> Vec<Point<'_>> {
    let mut found = Vec::new();
    for (&table, rules) in &model.tables {
        for rule in rules.iter() {
            let signed_in = rule.roles.iter().all(|role| is_signed_in(model, role.subject));
            let mut add = |of: String, span, condition: &Condition, operation, is_of_end| {
                for part in statements(condition) {
                    let text = rule.written.quote(Describe { model }, part);
                    let can_be_unknown = may_be_unknown(model, part, signed_in);
                    let (asks, roles) = (Asks::Condition(part.clone()), rule.roles.as_slice());
                    let point = Point::about(of.clone(), text, span, table, asks);
                    found.push(Point { roles, operation, is_of_end, can_be_unknown, ..point });
                }
            };
            for filter in &rule.filters {
                add(format!("{} where", rule_in_words(model, table, rule)), rule.span, filter, Operation::Read, false);
            }
            for grant in &rule.grants {
                let [when, then] = grant.conditions_beside_presets(table);
                let of = grant_in_fields(model, table, rule, grant);
                if let Some(when) = when {
                    add(format!("{of} when"), grant.span, &when, grant.operation, false);
                }
                if let Some(then) = then.filter(|_| grant.operation == Operation::Update) {
                    add(format!("{of} then"), grant.span, &then, grant.operation, true);
                }
            }
        }
    }
    of_boundaries(model, &mut found);
    of_memberships(model, &mut found);
    found
}

fn of_boundaries<'m>(model: &'m Model, found: &mut Vec<Point<'m>>) {
    for boundary in &model.boundaries {
        let operation = boundary.operations.iter().copied().next().unwrap_or(Operation::Read);
        for (&table, clause) in boundary.tables.iter().flat_map(|(table, clauses)| clauses.iter().map(move |one| (table, one))) {
            let of = format!("boundary \"{}\" on {}:", boundary.name, model.catalog.table(table).name);
            let mut add = |text, asks, can_be_unknown| {
                let (of, span) = (of.clone(), boundary.span);
                found.push(Point { operation, can_be_unknown, ..Point::about(of, text, span, table, asks) });
            };
            for part in statements(&clause.condition) {
                let can_be_unknown = may_be_unknown(model, part, false);
                add(boundary.written.quote(Describe { model }, part), Asks::Condition(part.clone()), can_be_unknown);
            }
            for role in &clause.except {
                add(format!("except {}", Describe { model }.role_use(role)), Asks::Held(role), false);
            }
        }
    }
}

fn of_memberships<'m>(model: &'m Model, found: &mut Vec<Point<'m>>) {
    for (membership, span) in model.memberships.iter().filter_map(|membership| Some((membership, membership.span?))) {
        for part in membership.conditions().flat_map(statements) {
            let of = format!("membership {}:", membership.name);
            let (text, asks) = (membership.written.quote(Describe { model }, part), Asks::Condition(part.clone()));
            // Whoever has one is signed in.
            let can_be_unknown = may_be_unknown(model, part, true);
            let point = Point::about(of, text, span, membership.table, asks);
            found.push(Point { can_be_unknown, is_of_membership: true, ..point });
        }
    }
}

/// The single statements that a condition consists of. Raw SQL is none that memory could decide.
fn statements(condition: &Condition) -> Vec<&Condition> {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().flat_map(statements).collect(),
        Condition::Not(inner) => statements(inner),
        Condition::Atom(atom) if atom.is_opaque() => Vec::new(),
        Condition::Atom(_) => vec![condition],
    }
}

/// Whether whoever is meant is always signed in.
fn is_signed_in(model: &Model, subject: Subject) -> bool {
    match subject {
        Subject::Anyone => false,
        Subject::Authenticated => true,
        Subject::Role(id) => model.holders(id).iter().all(|&holder| !matches!(model.role(holder).held, Held::DatabaseRole(_))),
    }
}

/// Whether a statement can be unknown with rows that the tables can have. Where that is hard to say, it is not asked for.
fn may_be_unknown(model: &Model, condition: &Condition, signed_in: bool) -> bool {
    let Condition::Atom(atom) = condition else { return false };
    let is_nullable = |value: &Value| may_be_empty(model, value, signed_in);
    let of_nobody = !signed_in && model.atom_mentions_user(atom);
    match atom.without_case() {
        Atom::Empty { .. } => of_nobody,
        Atom::SignedIn | Atom::Nobody | Atom::HoldsGlobally { .. } | Atom::Sql { .. } => false,
        Atom::Exists(_) | Atom::Can(_) => {
            of_nobody
                || atom.record_paths().into_iter().any(|path| leads_nowhere(model, path))
                || atom.values().into_iter().any(is_nullable)
        }
        other => of_nobody || other.values().into_iter().any(is_nullable),
    }
}

fn may_be_empty(model: &Model, value: &Value, signed_in: bool) -> bool {
    match value {
        Value::Record(path) | Value::Former(path) => leads_nowhere(model, path),
        Value::Outer(outer) => leads_nowhere(model, &outer.path),
        Value::User(path) => !signed_in || leads_nowhere(model, path),
        Value::LoggedInUser => !signed_in,
        Value::Claim(..) | Value::Referenced(_) => true,
        Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..) => false,
    }
}

/// Whether some column on a path may be empty.
fn leads_nowhere(model: &Model, path: &Path) -> bool {
    let columns = path.hops.iter().map(|hop| hop.foreign_key).chain([path.column]);
    columns.into_iter().any(|column: ColumnRef| {
        let parts = model.catalog.parts(column);
        parts.into_iter().any(|part| model.catalog.column(part).nullable)
    })
}
