//! Grants to create records that who creates them cannot read. PostgreSQL applies the rules for reading to what `INSERT … RETURNING` gives, so that
//! such a statement fails. In: the grants of all roles. Out: those where that is certain, for some who hold nothing but the role of the grant,
//! whatever values they choose; about the rest nothing is said.

use std::collections::HashSet;
use std::sync::Arc;

use super::conjunction::excludes;
use super::new_record::is_unreachable;
use super::{Input, Report, alternatives, said};
use crate::access::decide::{Conjunction, are_contradictory, cases, join, simplify, suffices};
use crate::access::{Atom, Grant, Predicate, RoleAccess, TableAccess};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Diagnostic;
use crate::model::{self, Condition, Describe, Held, MembershipId, Model, Operation, Path, RoleId, Set, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let Input { model, access, .. } = *input;
    let mut told = HashSet::new();
    let Some(access) = access.tables.get(&table).filter(|access| creates(access)) else { return };
    for (database_role, roles) in &access.sessions {
        let session = Session { model, access, roles, database_role };
        let Some(readers) = session.readers() else { continue };
        for (role, grant) in session.grants(Operation::Create) {
            // Of what nobody can create, that is told instead.
            let is_made = |created: &&Conjunction| !created.iter().any(|atom| is_unreachable(model, created, atom));
            let is_lost = session.creators(role, grant).is_some_and(|creators| {
                creators.iter().filter(is_made).any(|created| !readers.iter().any(|reader| session.may_read(created, reader)))
            });
            if is_lost && told.insert(model.grant(grant.id).span) {
                report.push(explain(input, grant, database_role, report));
            }
        }
    }
}

fn creates(access: &TableAccess) -> bool {
    access.sessions.values().flatten().any(|role| role.operations.contains_key(&Operation::Create))
}

/// A way to read a record.
struct Reader {
    /// Who holds the role.
    held: Conjunction,
    /// What the record must match.
    record: Conjunction,
}

/// The sessions of one database role at one table.
struct Session<'a> {
    model: &'a Model,
    access: &'a TableAccess,
    roles: &'a [RoleAccess],
    database_role: &'a str,
}

impl<'a> Session<'a> {
    fn grants(&self, operation: Operation) -> impl Iterator<Item = (&'a RoleAccess, &'a Grant)> {
        let of_role =
            move |role: &'a RoleAccess| role.operations.get(&operation).into_iter().flatten().map(move |grant| (role, grant));
        self.roles.iter().flat_map(of_role)
    }

    /// `None` where there are too many to be compared.
    fn readers(&self) -> Option<Vec<Reader>> {
        let bound = self.access.bound(self.database_role, Operation::Read);
        let mut readers = Vec::new();
        for (role, grant) in self.grants(Operation::Read) {
            let records = cases(&simplify(Predicate::all([grant.before.clone(), bound.clone()])))?;
            for held in cases(&role.held)? {
                let with = |record: &Conjunction| Reader { held: held.clone(), record: record.clone() };
                readers.extend(records.iter().map(with));
            }
        }
        Some(readers)
    }

    /// What is known of who creates a record by a grant, and of the record; `None` where there are too many cases.
    fn creators(&self, role: &RoleAccess, grant: &Grant) -> Option<Vec<Conjunction>> {
        let is_signed_in = self.database_role == self.model.identity.signed_in_role;
        let signed_in = if is_signed_in { Predicate::from(Atom::SignedIn) } else { Predicate::Always };
        let bound = self.access.bound(self.database_role, Operation::Create);
        cases(&simplify(Predicate::all([role.held.clone(), signed_in, grant.after.clone(), bound])))
    }

    /// Whether somebody who creates a record may read it so, or could choose its values so that they may.
    fn may_read(&self, created: &Conjunction, reader: &Reader) -> bool {
        !are_contradictory(&join(&join(created, &reader.held), &reader.record))
            && !reader.held.iter().any(|atom| self.is_lacking(created, atom))
            && !reader.record.iter().any(|atom| is_unreachable(self.model, created, atom))
    }

    /// Whether some of those who create do not hold a role.
    fn is_lacking(&self, created: &Conjunction, atom: &Arc<Atom>) -> bool {
        if suffices(created, &Predicate::Atom(atom.clone())) {
            return false;
        }
        match &**atom {
            // A record of a scope is created by who holds a role within it.
            Atom::Member { value, set, negated: false } if value.record().is_some() => {
                let same = created.iter().any(|other| match &**other {
                    Atom::Member { value: other_value, set: other, negated: false } => {
                        value == other_value && self.is_other_role(other, set)
                    }
                    _ => false,
                });
                same || is_unreachable(self.model, created, atom)
            }
            Atom::EmptySet { set, negated: true } => self.memberships(created).iter().all(|other| self.is_other_role(other, set)),
            Atom::HoldsGlobally { membership, roles } => {
                let set = Set { membership: *membership, roles: Some(roles.clone()), tail: None };
                self.memberships(created).iter().all(|other| self.is_other_role(other, &set))
            }
            Atom::Empty { .. } | Atom::Exists(_) | Atom::Sql { .. } => false,
            atom => excludes(created, atom) || !created.iter().any(|other| shares_value(other, atom)),
        }
    }

    /// The sets of the user that a case mentions.
    fn memberships(&self, case: &Conjunction) -> Vec<Set> {
        let set = |atom: &Arc<Atom>| match &**atom {
            Atom::Member { set, negated: false, .. } | Atom::EmptySet { set, negated: true } => Some(set.clone()),
            Atom::HoldsGlobally { membership, roles } => {
                Some(Set { membership: *membership, roles: Some(roles.clone()), tail: None })
            }
            _ => None,
        };
        case.iter().filter_map(set).collect()
    }

    /// Whether who holds a role of the first set may be without any of the second: both are told apart by one value.
    fn is_other_role(&self, set: &Set, wanted: &Set) -> bool {
        if set.membership != wanted.membership {
            return true;
        }
        let (Some(own), Some(wanted)) = (&set.roles, &wanted.roles) else { return set.roles.is_none() && wanted.roles.is_some() };
        let tests = |roles: &[RoleId]| roles.iter().map(|&role| self.test(role)).collect::<Option<Vec<_>>>();
        let (Some(own_tests), Some(wanted_tests)) = (tests(own), tests(wanted)) else { return false };
        let same_value = own_tests.iter().chain(&wanted_tests).all(|test| Some(test.0) == own_tests.first().map(|first| first.0));
        same_value && own.iter().any(|role| !wanted.contains(role))
    }

    /// The value that a role by membership is told by, where it is by one.
    fn test(&self, role: RoleId) -> Option<(&Value, MembershipId)> {
        match &self.model.role(role).held {
            Held::Membership { membership, test: model::Atom::Compare { left, right: Value::Literal(_), .. }, .. } => {
                Some((left, *membership))
            }
            _ => None,
        }
    }
}

/// Whether two statements are about one value of the session.
fn shares_value(atom: &Atom, other: &Atom) -> bool {
    let is_constant = |value: &&Value| matches!(value, Value::Literal(_));
    let values = other.values();
    atom.values().into_iter().filter(|value| !is_constant(value)).any(|value| values.contains(&value))
}

fn explain(input: &Input<'_>, grant: &Grant, database_role: &str, report: &Report) -> Diagnostic {
    let model = input.model;
    let name = &model.catalog.table(grant.id.table).name;
    let title = format!("not everybody who creates these records of `{name}` can read them, so `INSERT … RETURNING` fails");
    report
        .diagnostic(model.grant(grant.id).span, title)
        .with_label(format!("no rule lets sessions of `{database_role}` that may do this read the new record"))
        .with_note("PostgreSQL applies the rules for reading to what RETURNING gives, and most ORMs write it")
        .with_help(help(input, grant))
}

/// What to do. What is suggested shows nobody more than what they have made: where nothing says who made a record, it has to be noted first.
fn help(input: &Input<'_>, grant: &Grant) -> String {
    let (model, table) = (input.model, grant.id.table);
    let (rule, own) = (model.rule(grant.id), model.grant(grant.id));
    let said: Vec<Condition> = rule.filters.iter().chain(&own.when).cloned().collect();
    let is_made_by_user =
        cases(&said::all(model, &said)).is_some_and(|cases| cases.iter().all(|case| case.iter().any(is_tied_to_user)));
    if is_made_by_user {
        let words = Describe { model }.condition(&Condition::All(said));
        let narrowed = alternatives::narrowed(model, input.rules(table));
        let first = if rule.roles.iter().any(|role| narrowed.contains(role)) {
            "write each `where` behind the grants that it is meant for, `allow … when …`; then "
        } else {
            ""
        };
        return format!("{first}let who creates a record read it, or insert without RETURNING: `allow read when {words}`");
    }
    let mut columns = (0u32..).take(model.catalog.table(table).columns.len()).map(|column| ColumnRef { table, column });
    let references_user = |column: ColumnRef| {
        model.catalog.column(column).references.is_some() && model.identity.as_value_of(&model.catalog, column).is_some()
    };
    let of_user = columns.find(|&column| references_user(column));
    match of_user {
        Some(column) => {
            let path = Value::Record(Path { table, hops: Vec::new(), column });
            let words = Describe { model }.value(&path);
            format!(
                "note who creates a record, and let them read it: `allow create … setting {words} to Logged in User`, `allow read when {words} is Logged in User`; or insert without RETURNING"
            )
        }
        None => "insert without RETURNING; or let those read new records who are to see them: `allow read when …`".to_owned(),
    }
}

/// Whether a statement says that the record has to do with who is signed in.
fn is_tied_to_user(atom: &Arc<Atom>) -> bool {
    !atom.record_paths().is_empty() && suffices(std::slice::from_ref(atom), &Predicate::from(Atom::SignedIn))
}
