//! Who holds a role: by the database role that a session runs as, and by look-ups.

use super::decide::simplify;
use super::{Atom, Predicate};
use crate::model::{Condition, Held, Model, RoleId, RoleUse, Scope, Set, Subject, Value};

/// When a session of `database_role` holds the role. Roles that are looked up are held by signed-in sessions only.
pub fn holds(model: &Model, role: &RoleUse, database_role: &str) -> Predicate {
    let signed_in = database_role == model.identity.signed_in_role;
    match role.subject {
        Subject::Anyone => Predicate::Always,
        Subject::Authenticated if signed_in => Predicate::from(Atom::SignedIn),
        Subject::Authenticated => Predicate::Never,
        Subject::Role(id) => holds_any(model, &model.holders(id), &role.scope, database_role, signed_in),
    }
}

/// When somebody who holds `subject` and what it includes, and nothing else, holds the role.
pub(super) fn holds_as(model: &Model, role: &RoleUse, subject: Subject) -> Predicate {
    match (role.subject, subject) {
        (Subject::Anyone, _) | (Subject::Authenticated, Subject::Authenticated) => Predicate::Always,
        (Subject::Authenticated, Subject::Role(own)) if !matches!(model.role(own).held, Held::DatabaseRole(_)) => {
            Predicate::Always
        }
        (Subject::Role(wanted), Subject::Role(own)) if model.holders(wanted).contains(&own) => {
            match (model.scope_of(own), &role.scope) {
                (Some(membership), Scope::Of(_)) => within(Set { membership, roles: Some(vec![own]), tail: None }, &role.scope),
                (_, scope) => everywhere(Predicate::Always, scope),
            }
        }
        _ => Predicate::Never,
    }
}

/// Some of `roles`, all of which imply the one that was asked for.
fn holds_any(model: &Model, roles: &[RoleId], scope: &Scope, database_role: &str, signed_in: bool) -> Predicate {
    let mut arms = Vec::new();
    // Roles of one membership are one look-up.
    let mut scoped: Option<Set> = None;
    let mut global: Vec<Atom> = Vec::new();
    for &role in roles {
        match &model.role(role).held {
            Held::DatabaseRole(name) if name == database_role => arms.push(everywhere(Predicate::Always, scope)),
            Held::DatabaseRole(_) => {}
            _ if !signed_in => {}
            Held::User(test) => arms.push(everywhere(of(model, test), scope)),
            Held::Claim(test) => {
                let held = Predicate::all([Predicate::from(Atom::SignedIn), of(model, test)]);
                arms.push(everywhere(held, scope));
            }
            Held::Membership { membership, global: true, .. } => add_global(&mut global, *membership, role),
            Held::Membership { membership, .. } => {
                let set = scoped.get_or_insert_with(|| Set { membership: *membership, roles: Some(Vec::new()), tail: None });
                if set.membership == *membership {
                    set.roles.get_or_insert_default().push(role);
                } else {
                    let set = Set { membership: *membership, roles: Some(vec![role]), tail: None };
                    arms.push(within(set, scope));
                }
            }
        }
    }
    arms.extend(scoped.map(|set| within(set, scope)));
    arms.extend(global.into_iter().map(|atom| everywhere(Predicate::from(atom), scope)));
    simplify(Predicate::any(arms))
}

fn add_global(atoms: &mut Vec<Atom>, membership: crate::model::MembershipId, role: RoleId) {
    let existing = atoms.iter_mut().find_map(|atom| match atom {
        Atom::HoldsGlobally { membership: other, roles } if *other == membership => Some(roles),
        _ => None,
    });
    match existing {
        Some(roles) => roles.push(role),
        None => atoms.push(Atom::HoldsGlobally { membership, roles: vec![role] }),
    }
}

/// What is asked of the user's row, or of a claim.
fn of(model: &Model, test: &crate::model::Atom) -> Predicate {
    Predicate::of(model, &Condition::from(test.clone()))
}

/// Held within a scope of the set.
fn within(set: Set, scope: &Scope) -> Predicate {
    Predicate::from(match scope {
        Scope::Of(path) => Atom::Member { value: Value::Record(path.clone()), set, negated: false },
        Scope::Anywhere | Scope::Unscoped => Atom::EmptySet { set, negated: true },
    })
}

/// Held in every scope. A record without scope is in none.
fn everywhere(held: Predicate, scope: &Scope) -> Predicate {
    match scope {
        Scope::Of(path) => {
            let has_scope = Atom::Empty { value: Value::Record(path.clone()), negated: true };
            Predicate::all([held, Predicate::from(has_scope)])
        }
        Scope::Anywhere | Scope::Unscoped => held,
    }
}
