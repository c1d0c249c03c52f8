//! Who may read what somebody has made or changed. In: what is granted on a table in the sessions of one database role. Out: whether those of whom a case is
//! true may read a record of which it is true, by what they hold for certain, or could.

use std::cell::OnceCell;
use std::sync::Arc;

use super::conjunction::excludes;
use super::new_record::is_unreachable;
use super::said;
use crate::access::decide::{Conjunction, are_contradictory, cases, join, simplify, suffices};
use crate::access::{Atom, Grant, Predicate, RoleAccess, TableAccess};
use crate::model::{self, Held, MembershipId, Model, Operation, RoleId, Set, Value};

/// A way to read a record.
pub(super) struct Reader {
    /// Who holds the role.
    pub(super) held: Conjunction,
    /// What the record must match.
    pub(super) record: Conjunction,
}

/// The sessions of one database role at one table.
pub(super) struct Session<'a> {
    pub(super) model: &'a Model,
    access: &'a TableAccess,
    roles: &'a [RoleAccess],
    pub(super) database_role: &'a str,
    /// Who reads, once that has been asked.
    readers: OnceCell<Option<Vec<Reader>>>,
}

impl<'a> Session<'a> {
    /// One for each database role.
    pub(super) fn all(model: &'a Model, access: &'a TableAccess) -> impl Iterator<Item = Session<'a>> {
        let session = move |(database_role, roles): (&'a String, &'a Vec<RoleAccess>)| Session {
            model,
            access,
            roles,
            database_role,
            readers: OnceCell::new(),
        };
        access.sessions.iter().map(session)
    }

    pub(super) fn grants(&self, operation: Operation) -> impl Iterator<Item = (&'a RoleAccess, &'a Grant)> {
        let of_role =
            move |role: &'a RoleAccess| role.operations.get(&operation).into_iter().flatten().map(move |grant| (role, grant));
        self.roles.iter().flat_map(of_role)
    }

    /// `None` where there are too many to be compared.
    pub(super) fn readers(&self) -> Option<&[Reader]> {
        self.readers.get_or_init(|| self.all_readers()).as_deref()
    }

    fn all_readers(&self) -> Option<Vec<Reader>> {
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

    /// What is known of who uses a grant, and of a record of which `record` is true; `None` where there are too many cases.
    pub(super) fn holders(&self, role: &RoleAccess, record: &Predicate, operation: Operation) -> Option<Vec<Conjunction>> {
        let is_signed_in = self.database_role == self.model.identity.signed_in_role;
        let signed_in = if is_signed_in { Predicate::from(Atom::SignedIn) } else { Predicate::Always };
        let bound = self.access.bound(self.database_role, operation);
        cases(&simplify(Predicate::all([role.held.clone(), signed_in, record.clone(), bound])))
    }

    /// Whether somebody who creates a record may read it so, or could choose its values so that they may.
    pub(super) fn may_read(&self, created: &Conjunction, reader: &Reader) -> bool {
        !are_contradictory(&join(&join(created, &reader.held), &reader.record))
            && !self.are_lacking(created, reader)
            && !reader.record.iter().any(|atom| is_unreachable(self.model, created, atom))
    }

    /// Whether somebody of whom `case` is true may read a record of which it is true, too. Other roles than their own they may hold, where these are told by
    /// something else.
    pub(super) fn may_be_read(&self, case: &Conjunction, reader: &Reader) -> bool {
        let all = join(&join(case, &reader.held), &reader.record);
        !said::contradicts_itself(self.model, &all) && !reader.held.iter().any(|atom| self.is_held_by_others(case, atom))
    }

    /// Whether the same role reads whatever a grant is about: most do, and nothing else needs to be looked at then.
    pub(super) fn reads_alike(&self, role: &RoleAccess, record: &Predicate, operation: Operation) -> bool {
        let reads = role.operations.get(&Operation::Read).into_iter().flatten();
        let is_bound = |limited: &[Operation]| !limited.contains(&Operation::Read) || limited.contains(&operation);
        self.access.boundaries.iter().all(|boundary| is_bound(&boundary.limited))
            && reads.into_iter().any(|read| read.before == Predicate::Always || read.before == *record)
    }

    /// Whether nobody who uses a grant to change or remove records can read any of them, whatever else they hold; `None` where nobody can use it, or that
    /// cannot be said.
    pub(super) fn never_reads(&self, role: &RoleAccess, grant: &Grant, operation: Operation) -> Option<bool> {
        if role.held == Predicate::Never {
            return None;
        }
        if self.reads_alike(role, &grant.before, operation) {
            return Some(false);
        }
        let mut cases = self.holders(role, &grant.before, operation)?;
        cases.retain(|case| !said::contradicts_itself(self.model, case));
        if cases.is_empty() {
            return None;
        }
        let Some(readers) = self.readers() else { return Some(false) };
        Some(!cases.iter().any(|case| readers.iter().any(|reader| self.may_be_read(case, reader))))
    }

    /// Whether none of those who hold a role by a membership hold the one that a reader has there.
    fn is_held_by_others(&self, case: &Conjunction, atom: &Arc<Atom>) -> bool {
        let Atom::Member { value, set: wanted, negated: false } = &**atom else { return false };
        case.iter().any(|other| match &**other {
            Atom::Member { value: other, set, negated: false } => value == other && self.are_other_roles(set, wanted),
            _ => false,
        })
    }

    /// Whether who holds a role of the first set holds none of the second by the same row: both are told by one value.
    fn are_other_roles(&self, set: &Set, wanted: &Set) -> bool {
        let (Some(own), Some(others)) = (&set.roles, &wanted.roles) else { return false };
        self.is_other_role(set, wanted) && set.membership == wanted.membership && !own.iter().any(|role| others.contains(role))
    }

    /// Whether some of those of whom `case` is true lack what a reader has to hold.
    pub(super) fn are_lacking(&self, case: &Conjunction, reader: &Reader) -> bool {
        reader.held.iter().any(|atom| self.is_lacking(case, atom))
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
