//! Grants to update and delete that nobody can use, because PostgreSQL asks for the right to read what a WHERE names. In: what is granted. Out: the grants
//! of roles that cannot read, and those on masked tables whose keys cannot be named.

use std::collections::BTreeMap;

use super::{Input, Report};
use crate::access::{Grant, Predicate, TableAccess};
use crate::catalog::{Table, TableId};
use crate::diagnostic::Diagnostic;
use crate::encode::{Permission, Permissions};
use crate::model::{self, Model, Operation, Rule};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let Input { model, access, encoding } = *input;
    let (Some(encoded), Some(access)) = (encoding.tables.get(&table), access.tables.get(&table)) else { return };
    for (database_role, permissions) in &encoded.permissions {
        for operation in [Operation::Update, Operation::Delete] {
            let grants = access.grants(database_role, operation);
            let first = grants.first().filter(|_| permissions.contains_key(&operation));
            let found = first.and_then(|grant| unnamed(model, permissions, operation, grant, report));
            found.into_iter().for_each(|found| report.push(found));
        }
    }
    input.rules(table).iter().for_each(|rule| unreadable(access, &encoded.permissions, rule, report));
}

/// Records of a masked table that may be changed, and that no WHERE can name: beside its view, the table itself is readable only in the columns that
/// can be read of every record.
fn unnamed(model: &Model, permissions: &Permissions, operation: Operation, grant: &Grant, report: &Report) -> Option<Diagnostic> {
    let table: &Table = model.catalog.table(grant.id.table);
    let Permission { apart: Some(_), columns: Some(columns), .. } = permissions.get(&Operation::Read)? else { return None };
    let key = *table.primary_key.iter().find(|key| !columns.contains(key))?;
    let (word, key) = (operation.word(), &table.columns[key as usize].name);
    let title = format!("who may {word} these records cannot say which: `{key}` is not readable in all of them");
    let diagnostic = report
        .diagnostic(model.grant(grant.id).span, title)
        .with_note(
            "the fields of this table are shown by a masking view, and PostgreSQL asks for the right to read what a WHERE names",
        )
        .with_help(format!("name `{key}` in every `allow read` of the role"));
    Some(diagnostic)
}

/// Grants of a rule, where no session that holds one of its roles can read.
fn unreadable(access: &TableAccess, permissions: &BTreeMap<String, Permissions>, rule: &Rule, report: &mut Report) {
    let reads = |role: &str| permissions.get(role).is_some_and(|granted| granted.contains_key(&Operation::Read));
    let is_held = |(_, roles): &(&String, &Vec<crate::access::RoleAccess>)| {
        roles.iter().any(|access| rule.roles.contains(&access.role) && access.held != Predicate::Never)
    };
    if access.sessions.iter().filter(is_held).any(|(role, _)| reads(role)) {
        return;
    }
    let nobody_reads = !permissions.keys().any(|role| reads(role));
    let writes = |grant: &&model::Grant| matches!(grant.operation, Operation::Update | Operation::Delete);
    for grant in rule.grants.iter().filter(writes) {
        let word = grant.operation.word();
        let title = match nobody_reads {
            true => format!("nobody can {word} these records, because nobody can read them"),
            false => format!("nobody can {word} these records by this rule, because who holds its roles cannot read them"),
        };
        let found = report
            .diagnostic(grant.span, title)
            .with_note("PostgreSQL asks for the right to read as soon as a WHERE names a column")
            .with_help(format!("write `allow read, {word}`"));
        report.push(found);
    }
}
