//! Why a session holds a role or not. In: a role where a rule asks for it. Out: whether it is held, and of what; of one that is not, the membership that would give it if it
//! counted.

use super::why::{HeldRole, Reason, Statement};
use super::{Evaluator, Row};
use crate::model::{RoleUse, Scope, Subject};

impl Evaluator<'_> {
    pub(super) fn why_held(&self, role: &RoleUse, row: &Row) -> Reason {
        let is_held = self.holds(role, row);
        let lapsed = if is_held { None } else { self.lapsed(role, row) };
        let lapsed = lapsed.map(|why| format!("; {why}")).unwrap_or_default();
        let text = format!("the session holds {}{lapsed}", self.describe().role_use(role));
        let values = self.held_within(role, row);
        Reason { values, ..Reason::single(Statement::Holds { role: self.held_role(role) }, text, Some(is_held)) }
    }

    pub(super) fn held_role(&self, role: &RoleUse) -> HeldRole {
        let name = self.model.subject_name(role.subject).to_owned();
        let (of, in_any) = match (&role.scope, role.subject) {
            (Scope::Of(path), _) => (Some(self.describe().path(path)), None),
            (Scope::Anywhere, Subject::Role(id)) => {
                (None, self.model.scope_of(id).map(|membership| self.model.membership(membership).name.clone()))
            }
            _ => (None, None),
        };
        HeldRole { name, of, in_any }
    }
}
