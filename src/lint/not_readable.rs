//! Grants to update and delete that nobody can use, because PostgreSQL asks for the right to read what a WHERE names. In: what is granted. Out: the grants
//! of roles that cannot read, and those on masked tables whose keys cannot be named.

use std::collections::BTreeMap;

use super::readers::Session;
use super::{Input, Report};
use crate::access::{Grant, Predicate, TableAccess};
use crate::catalog::{Table, TableId};
use crate::diagnostic::Diagnostic;
use crate::encode::{Permission, Permissions};
use crate::model::{self, GrantId, Model, Operation, Rule};

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
    let never_read = never_read(model, access);
    for (rule, index) in input.rules(table).iter().zip(0u32..) {
        let is_never_read = |grant: u32| never_read.get(&GrantId { table, rule: index, grant }) == Some(&true);
        unreadable(access, &encoded.permissions, (rule, &is_never_read), report);
    }
}

/// The grants to update and delete that somebody can use, each with whether nobody who does can read any of the records.
fn never_read(model: &Model, access: &TableAccess) -> BTreeMap<GrantId, bool> {
    let mut found = BTreeMap::new();
    for session in Session::all(model, access) {
        for operation in [Operation::Update, Operation::Delete] {
            for (role, grant) in session.grants(operation) {
                if found.get(&grant.id) == Some(&false) {
                    continue;
                }
                if let Some(never) = session.never_reads(role, grant, operation) {
                    found.insert(grant.id, never);
                }
            }
        }
    }
    found
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

/// Grants of a rule, where no session that holds one of its roles can read, and those that are `never_read`.
fn unreadable(
    access: &TableAccess,
    permissions: &BTreeMap<String, Permissions>,
    (rule, never_read): (&Rule, &dyn Fn(u32) -> bool),
    report: &mut Report,
) {
    let reads = |role: &str| permissions.get(role).is_some_and(|granted| granted.contains_key(&Operation::Read));
    let is_held = |(_, roles): &(&String, &Vec<crate::access::RoleAccess>)| {
        roles.iter().any(|access| rule.roles.contains(&access.role) && access.held != Predicate::Never)
    };
    let somebody_reads = access.sessions.iter().filter(is_held).any(|(role, _)| reads(role));
    let nobody_reads = !permissions.keys().any(|role| reads(role));
    let is_told = |grant: &model::Grant, place: u32| {
        matches!(grant.operation, Operation::Update | Operation::Delete) && (!somebody_reads || never_read(place))
    };
    for (grant, _) in rule.grants.iter().zip(0u32..).filter(|(grant, place)| is_told(grant, *place)) {
        let word = grant.operation.word();
        let title = match nobody_reads {
            true => format!("nobody can {word} these records, because nobody can read them"),
            false => format!("nobody can {word} these records by this rule, because who holds its roles cannot read them"),
        };
        let when = if grant.when.is_some() { " when …" } else { "" };
        let found = report
            .diagnostic(grant.span, title)
            .with_note("PostgreSQL asks for the right to read as soon as a WHERE names a column")
            .with_help(format!("write `allow read, {word}{when}`"));
        report.push(found);
    }
}
