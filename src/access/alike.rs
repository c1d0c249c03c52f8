//! Memberships and roles of two models that mean the same. Each model numbers its own by name, so that one more moves all behind it: what a predicate of the one
//! model says has to be said in the numbers of the other before both are compared. In: two models. Out: predicates of the old one in the numbers of the new one.

use std::collections::BTreeMap;

use super::{Atom, Predicate};
use crate::model::{Collection, Held, Holder, Membership, MembershipId, Model, Role, RoleId, Set};

/// How each of two models is read, so that what means the same has one number in both: the new model's.
pub(super) struct Alike {
    /// What the old model says.
    pub(super) old: Numbers,
    /// What the new one says.
    pub(super) new: Numbers,
}

/// The numbers of one model's memberships and roles.
#[derive(Default)]
pub(super) struct Numbers {
    memberships: BTreeMap<MembershipId, Number<MembershipId>>,
    roles: BTreeMap<RoleId, Number<RoleId>>,
}

#[derive(Clone, Copy)]
struct Number<Id> {
    /// In both models; one that the new model does not have, where it has nothing that means the same.
    id: Id,
    /// Whether the other model has something else of that name.
    is_changed: bool,
}

/// A predicate, and whether it speaks of what has another meaning on the other side: what follows from it there is not known.
pub(super) struct Said {
    pub(super) predicate: Predicate,
    pub(super) is_of_changed: bool,
}

impl Alike {
    pub(super) fn of(old: &Model, new: &Model) -> Alike {
        let mut alike = Alike { old: Numbers::default(), new: Numbers::default() };
        for (number, membership) in (0..).zip(&old.memberships) {
            let named = (0..).zip(&new.memberships).find(|(_, other)| other.name == membership.name);
            let is_changed = named.is_some_and(|(_, other)| !is_same_membership(membership, other));
            // Without a counterpart, behind all that the new model has.
            let own = new.memberships.len() as u32 + number;
            let id = MembershipId(named.filter(|_| !is_changed).map_or(own, |(number, _)| number));
            alike.old.memberships.insert(MembershipId(number), Number { id, is_changed });
            if let Some((number, _)) = named {
                alike.new.memberships.insert(MembershipId(number), Number { id: MembershipId(number), is_changed });
            }
        }
        for (number, role) in (0..).zip(&old.roles) {
            let named =
                (0..).zip(&new.roles).find(|(_, other)| (&other.name, &other.permission) == (&role.name, &role.permission));
            let is_changed = named.is_some_and(|(_, other)| !alike.is_same_role(role, other));
            let id = RoleId(named.filter(|_| !is_changed).map_or(new.roles.len() as u32 + number, |(number, _)| number));
            alike.old.roles.insert(RoleId(number), Number { id, is_changed });
            if let Some((number, _)) = named {
                alike.new.roles.insert(RoleId(number), Number { id: RoleId(number), is_changed });
            }
        }
        alike
    }

    fn is_same_role(&self, old: &Role, new: &Role) -> bool {
        match (&old.held, &new.held) {
            (Held::User(old), Held::User(new)) | (Held::Claim(old), Held::Claim(new)) => old == new,
            (Held::DatabaseRole(old), Held::DatabaseRole(new)) => old == new,
            (
                Held::Membership { membership: old, test: old_test, global: old_global },
                Held::Membership { membership: new, test, global },
            ) => self.old.memberships.get(old).is_some_and(|old| old.id == *new) && (old_test, old_global) == (test, global),
            (Held::User(_) | Held::Claim(_) | Held::DatabaseRole(_) | Held::Membership { .. }, _) => false,
        }
    }
}

impl Numbers {
    /// What the model says, in the numbers of both.
    pub(super) fn said(&self, predicate: &Predicate) -> Said {
        let mut is_of_changed = false;
        let predicate = self.translated(predicate, &mut is_of_changed);
        Said { predicate, is_of_changed }
    }

    fn translated(&self, predicate: &Predicate, is_of_changed: &mut bool) -> Predicate {
        match predicate {
            Predicate::All(parts) => Predicate::All(parts.iter().map(|part| self.translated(part, is_of_changed)).collect()),
            Predicate::Any(parts) => Predicate::Any(parts.iter().map(|part| self.translated(part, is_of_changed)).collect()),
            Predicate::Atom(atom) => Predicate::from(self.atom(atom, is_of_changed)),
            Predicate::Never | Predicate::Always => predicate.clone(),
        }
    }

    fn atom(&self, atom: &Atom, is_of_changed: &mut bool) -> Atom {
        let mut atom = atom.clone();
        match &mut atom {
            Atom::Member { set, .. } | Atom::EmptySet { set, .. } => self.set(set, is_of_changed),
            Atom::Has { whole, of, .. } => {
                for list in [whole, of] {
                    if let Collection::Set(set) = list {
                        self.set(set, is_of_changed);
                    }
                }
            }
            Atom::IgnoringCase(inner) => **inner = self.atom(inner, is_of_changed),
            Atom::HoldsGlobally { membership, roles } => {
                self.membership(membership, is_of_changed);
                self.held(roles, is_of_changed);
            }
            Atom::Exists(exists) => {
                exists.predicate = self.translated(&exists.predicate, is_of_changed);
                exists.through = self.translated(&exists.through, is_of_changed);
            }
            Atom::Compare { .. }
            | Atom::OneOf { .. }
            | Atom::Empty { .. }
            | Atom::Contains { .. }
            | Atom::Part { .. }
            | Atom::Sql { .. }
            | Atom::SignedIn
            | Atom::Nobody => {}
            Atom::Can(never) => match *never {},
        }
        atom
    }

    fn set(&self, set: &mut Set, is_of_changed: &mut bool) {
        self.membership(&mut set.membership, is_of_changed);
        set.roles.iter_mut().for_each(|roles| self.held(roles, is_of_changed));
    }

    fn membership(&self, id: &mut MembershipId, is_of_changed: &mut bool) {
        if let Some(number) = self.memberships.get(id) {
            *is_of_changed |= number.is_changed;
            *id = number.id;
        }
    }

    fn held(&self, roles: &mut [RoleId], is_of_changed: &mut bool) {
        for role in roles.iter_mut() {
            if let Some(number) = self.roles.get(role) {
                *is_of_changed |= number.is_changed;
                *role = number.id;
            }
        }
        roles.sort_unstable();
    }
}

/// Whether rows of both count in the same way. Neither condition can ask for memberships.
fn is_same_membership(one: &Membership, other: &Membership) -> bool {
    let is_same_holder = match (&one.holder, &other.holder) {
        (Holder::User(one), Holder::User(other)) => one == other,
        (Holder::Where(one), Holder::Where(other)) => one == other,
        (Holder::User(_) | Holder::Where(_), _) => false,
    };
    let shape = |membership: &Membership| (membership.table, membership.within, membership.below);
    is_same_holder && shape(one) == shape(other) && one.filter == other.filter
}
