//! Conditions on rows of another table that nothing ties to the record, where a reference would: they let somebody who has one such row do it with every
//! record. In: the conditions of rules. `no …` is left alone: it is how somebody is kept out altogether.

use super::{Input, Report};
use crate::catalog::TableId;
use crate::model::{AboutOthers, Atom, Condition, Exists, Model};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    for rule in input.rules(table) {
        let of_rule = rule.filters.iter().map(|filter| (filter, rule.span));
        let of_grants = rule.grants.iter().flat_map(|grant| grant.when.iter().map(|when| (when, grant.span)));
        for (condition, span) in of_rule.chain(of_grants) {
            for exists in untied(input.model, table, condition) {
                let (name, rows) = (&input.model.catalog.table(table).name, &input.model.catalog.table(exists.table).name);
                let children = rows.name.replace('_', " ");
                let found = report.diagnostic(
                    span,
                    format!("nothing ties these rows of `{rows}` to the record: who has one has them for every record"),
                );
                report.push(found.with_note(format!("`{rows}` references `{name}`")).with_help(format!(
                    "begin at the record, `any {children} where (…)`, or compare inside: `… is this record's …`"
                )));
            }
        }
    }
}

/// The statements about rows that have no link to the record, say nothing of it, and are of a table that references the record's.
fn untied<'a>(model: &Model, table: TableId, condition: &'a Condition) -> Vec<&'a Exists> {
    let mut found = Vec::new();
    condition.for_each_own_atom(&mut |atom| {
        if let Atom::Exists(exists) = atom
            && exists.link.is_none()
            && exists.climb.is_none()
            && !exists.negated
            && exists.table != table
            && exists.paths().is_empty()
            && exists.values().is_empty()
            && references(model, exists.table, table)
        {
            found.push(&**exists);
        }
    });
    found
}

fn references(model: &Model, from: TableId, to: TableId) -> bool {
    let columns = &model.catalog.table(from).columns;
    columns.iter().any(|column| column.references.is_some_and(|referenced| referenced.table == to))
}
