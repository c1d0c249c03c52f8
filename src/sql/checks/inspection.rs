//! Whose sessions may read every row where the project has a role of inspection. That members of other roles of ours fail a script is what these are for;
//! of this one, people are members, and it fails for those of the application alone (`roles::MEMBERSHIPS`). Of the others it is told.

use super::quote;
use crate::model::Model;

/// What makes of a holder a finding that fails, and what is said of one.
const FAILS: &str = "bool_or(holder.inherits OR other.oid NOT IN (SELECT oid FROM administrator))";

/// A check as a project asks it.
pub(super) fn of(model: &Model, query: String) -> String {
    match &model.inspection_role {
        Some(role) => with_members(&query, role),
        None => query,
    }
}

/// The same where there is this role.
fn with_members(query: &str, role: &str) -> String {
    let others = format!("(SELECT rolname FROM server_role WHERE server_role.oid = holder.role) <> {}", quote::literal(role));
    query.replace(FAILS, &format!("bool_or((holder.inherits OR other.oid NOT IN (SELECT oid FROM administrator)) AND {others})"))
}

#[cfg(test)]
mod tests {
    use super::{FAILS, with_members};
    use crate::sql::checks::CHECKS;

    /// Whoever rewrites it has to say what it is where people are members.
    #[test]
    fn what_is_replaced_is_there() {
        let all: String = CHECKS.iter().copied().flatten().map(|check| check.query).collect();
        assert_eq!(all.matches(FAILS).count(), 1);
        assert!(with_members(&all, "it's").contains("<> 'it''s'"));
    }
}
