//! What a project has besides where the record of changes is kept in order: a role that takes entries away, and roles that may have it do so. That the
//! application cannot come to act as one of these is asked here, too.

use super::quote;
use crate::model::{Model, Upkeep};

/// What a role of ours may do with the record of changes.
const WRITES: &str = "AND NOT (entry.privilege_type = 'INSERT' AND class.oid IN (SELECT relation FROM record_of_changes))";

/// Who finds what is in a schema of ours.
const NAMES: &str = "AND (entry.privilege_type = 'CREATE' OR NOT own_schema.is_open)";

/// A check as a project asks it.
pub(super) fn of(model: &Model, query: String) -> String {
    match model.audit.as_ref().and_then(|audit| audit.upkeep.as_ref()) {
        Some(upkeep) => with_upkeep(query, upkeep),
        None => query,
    }
}

/// The same where there are these roles.
fn with_upkeep(mut query: String, upkeep: &Upkeep) -> String {
    if upkeep.keep.is_some() {
        let takes = format!(
            "AND NOT (entry.privilege_type = 'DELETE' AND role.rolname = {} AND class.oid IN (SELECT relation FROM record_of_changes))",
            quote::literal(&upkeep.role)
        );
        query = query.replace(WRITES, &format!("{WRITES}\n    {takes}"));
    }
    if !upkeep.callers.is_empty() {
        let callers = upkeep.callers.iter().map(|role| quote::literal(role)).collect::<Vec<_>>().join(", ");
        let calls = format!(
            "AND NOT (own_schema.name = {} AND entry.privilege_type = 'USAGE' AND entry.grantee NOT IN (SELECT role FROM reached)\n      \
             AND entry.grantee IN (SELECT oid FROM server_role WHERE rolname IN ({callers})))",
            quote::literal(&upkeep.schema)
        );
        query = query.replace(NAMES, &format!("{NAMES}\n    {calls}"));
    }
    query
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Upkeep, WRITES, with_upkeep};
    use crate::model::{Duration, TimeUnit};
    use crate::sql::checks::CHECKS;

    /// Whoever rewrites it has to say what it is where the record is kept in order.
    #[test]
    fn what_is_replaced_is_there() {
        let all: String = CHECKS.iter().copied().flatten().map(|check| check.query).collect();
        assert_eq!((all.matches(WRITES).count(), all.matches(NAMES).count()), (1, 1));
        let upkeep = Upkeep {
            schema: "kept".to_owned(),
            role: "it's".to_owned(),
            callers: vec!["who".to_owned()],
            keep: Some(Duration { amount: 1, unit: TimeUnit::Day }),
            erase: None,
        };
        let all = with_upkeep(all, &upkeep);
        assert!(all.contains("= 'it''s'") && all.contains("IN ('who')"));
    }
}
