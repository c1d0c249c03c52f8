//! Roles with rules on a table of which none grants anything.

use super::{Input, Report};
use crate::catalog::TableId;

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let Some(access) = input.access.tables.get(&table) else { return };
    let rules = input.rules(table);
    for role in access.roles().iter().filter(|role| role.operations.is_empty()).map(|access| &access.role) {
        let Some(rule) = rules.iter().find(|rule| rule.roles.contains(role)) else { continue };
        let (table, who) = (&input.model.catalog.table(table).name, input.model.subject_name(role.subject));
        let found = report.diagnostic(rule.span, format!("no rule of `{table}` grants {who} anything"));
        report.push(found.with_label("this rule narrows what nothing grants").with_help("add `allow …`, or delete the rule"));
    }
}
