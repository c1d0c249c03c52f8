//! Who may write what others are beneath, where memberships count beneath: one of them puts a team beneath their own, and has there what they have in
//! their own. In: a grant. Out: what they gain.

use super::message::What;
use super::readings::{MembershipReading, Mine};
use super::{Grant, Search};
use crate::access::Atom;
use crate::access::decide::Conjunction;
use crate::catalog::ColumnRef;
use crate::lint::conjunction::own;
use crate::model::{Comparison, Hop, Membership, MembershipId, Operation, Scope, Set, Subject, Value};

impl<'a> Search<'a> {
    /// What a grant gives by the reference that memberships follow.
    pub(super) fn moved(&self, grant: &Grant<'_>) -> Vec<What<'a>> {
        let all = (0u32..).map(MembershipId).zip(self.memberships());
        let follows = all.filter_map(|(id, (membership, reading))| Some((id, membership, reading, membership.below?)));
        follows.filter_map(|(id, membership, reading, parent)| self.moves(grant, (id, membership), reading, parent)).collect()
    }

    fn moves(
        &self,
        grant: &Grant<'_>,
        (id, membership): (MembershipId, &'a Membership),
        reading: &MembershipReading<'a>,
        parent: Hop,
    ) -> Option<What<'a>> {
        let column = parent.foreign_key;
        let is_root = |case: &Conjunction| case.iter().any(|atom| **atom == Atom::Empty { value: own(column), negated: false });
        if grant.operation != Operation::Update
            || grant.table != column.table
            || !grant.names(column)
            || grant.after.iter().all(is_root)
        {
            return None;
        }
        let is_stranger = grant.is_for_all() || grant.role.scope == Scope::Anywhere;
        let is_own = |case: &Conjunction| case.iter().any(|atom| self.belongs(atom, parent));
        let is_member = |case: &Conjunction| case.iter().any(|atom| is_reached(atom, id, parent));
        let is_read = !reading.roles.is_empty() || !reading.readers.is_empty();
        if is_stranger && is_read && grant.before.iter().any(|case| !is_own(case) && !is_member(case)) {
            return Some(What::Moves(column, membership));
        }
        // Who belongs to it with one role may have another where they put it.
        let is_of_it = match grant.role.subject {
            Subject::Role(role) => self.model.scope_of(role) == Some(id),
            Subject::Anyone | Subject::Authenticated => true,
        };
        let is_reached = grant.before.iter().any(|case| is_member(case) && !is_own(case));
        let scoped = reading.roles.iter().filter(|(_, _, global)| !global).map(|(role, ..)| *role);
        let gained: Vec<_> = scoped.filter(|&role| self.gains(grant, role, true)).collect();
        (is_of_it && is_reached && !gained.is_empty())
            .then(|| What::Roles(gained.into_iter().map(|role| (role, column, Mine::BeyondMembership)).collect()))
    }

    /// Whether what is moved is the user's own by something else: it, or what it is beneath.
    fn belongs(&self, atom: &Atom, parent: Hop) -> bool {
        match atom {
            Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right } => {
                self.model.is_user(right) && path.hops.first().is_none_or(|hop| hop.foreign_key == parent.foreign_key)
            }
            Atom::Exists(exists) => exists.delegates.is_some() && !exists.negated,
            _ => false,
        }
    }
}

/// Whether a statement says that the membership counts in the record already: in it, or in what it is beneath.
fn is_reached(atom: &Atom, id: MembershipId, parent: Hop) -> bool {
    let is_place = |column: ColumnRef| column == parent.target || column == parent.foreign_key;
    match atom {
        Atom::Member { value: Value::Record(path), set: Set { membership, tail: None, .. }, negated: false } => {
            *membership == id && path.hops.is_empty() && is_place(path.column)
        }
        _ => false,
    }
}
