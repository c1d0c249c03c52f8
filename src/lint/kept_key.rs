//! Keys that an update lists and that stay all the same, because the grant asks about other rows of the table. In: the rules of a table. Out: such grants.

use super::{Input, Report};
use crate::catalog::TableId;
use crate::model::Operation;

pub(super) fn check(input: &Input<'_>, report: &mut Report) {
    input.model.tables.keys().for_each(|&table| check_table(input, table, report));
}

fn check_table(input: &Input<'_>, table: TableId, report: &mut Report) {
    let entry = input.model.catalog.table(table);
    for rule in input.rules(table) {
        for grant in rule.grants.iter().filter(|grant| grant.operation == Operation::Update && grant.is_listed) {
            let is_named = |column: &&u32| grant.fields.as_ref().is_some_and(|fields| fields.contains(column));
            let Some(&column) = entry.primary_key.iter().find(is_named) else { continue };
            let of_role = |role| input.rules(table).iter().filter(move |rule| rule.roles.contains(role));
            if !rule.roles.iter().any(|role| input.model.keeps_key(table, of_role(role), grant)) {
                continue;
            }
            let name = &entry.columns[column as usize].name;
            let found = report
                .diagnostic(grant.span, format!("`{name}` is listed here, and cannot be changed all the same"))
                .with_label(format!("asks about other records of `{}`", entry.name))
                .with_note("under another key, the record as it was would count among the others, so the key stays")
                .with_help(format!("take `{name}` out of the list"));
            report.push(found);
        }
    }
}
