//! What boundaries ask of a grant where nobody that they except uses it. In: a grant. Out: the conditions of the boundaries that limit it, without those that except all who hold a
//! role that it is for. A doctor may be an administrator, too, whom a boundary excepts; a grant for doctors that only such a one can use was not meant.

use super::said;
use crate::access::Predicate;
use crate::model::{Boundary, BoundaryClause, GrantId, Model, RoleUse, Subject};

/// What is asked of who is excepted from nothing, and by which boundaries that except somebody.
pub(super) fn bound(model: &Model, id: GrantId) -> (Predicate, Vec<&Boundary>) {
    let (roles, operation) = (&model.rule(id).roles, model.grant(id).operation);
    let limiting = model.boundaries.iter().filter(|boundary| boundary.limits(operation));
    let clauses = limiting.flat_map(|boundary| {
        let clauses = boundary.tables.get(&id.table).into_iter().flatten();
        clauses.map(move |clause| (boundary, clause))
    });
    let asked = |clause: &BoundaryClause| !roles.iter().any(|role| is_spared(model, role, &clause.except));
    let asking: Vec<(&Boundary, &BoundaryClause)> = clauses.filter(|(_, clause)| asked(clause)).collect();
    let except = asking.iter().filter(|(_, clause)| !clause.except.is_empty()).map(|(boundary, _)| *boundary).collect();
    (said::all(model, asking.iter().map(|(_, clause)| &clause.condition)), except)
}

/// Whether who holds a role is excepted by it.
fn is_spared(model: &Model, role: &RoleUse, except: &[RoleUse]) -> bool {
    let is_held = |other: Subject| match (role.subject, other) {
        (own, other) if own == other => true,
        (Subject::Role(own), Subject::Role(other)) => model.holders(other).contains(&own),
        (_, other) => matches!(other, Subject::Anyone | Subject::Authenticated),
    };
    except.iter().any(|other| is_held(other.subject))
}
