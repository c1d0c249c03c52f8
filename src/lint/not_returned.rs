//! Grants to create records that who creates them cannot read. PostgreSQL applies the rules for reading to what `INSERT … RETURNING` gives, so that
//! such a statement fails. In: the grants of all roles. Out: those where that is certain, for some who hold nothing but the role of the grant,
//! whatever values they choose; about the rest nothing is said.

use std::collections::HashSet;
use std::sync::Arc;

use super::new_record::is_unreachable;
use super::readers::Session;
use super::{Input, Report, alternatives, said};
use crate::access::decide::{Conjunction, cases, suffices};
use crate::access::{Atom, Grant, Predicate, TableAccess};
use crate::catalog::{ColumnRef, TableId};
use crate::diagnostic::Diagnostic;
use crate::model::{Condition, Describe, Operation, Path, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let Input { model, access, .. } = *input;
    let mut told = HashSet::new();
    let Some(access) = access.tables.get(&table).filter(|access| creates(access)) else { return };
    for session in Session::all(model, access) {
        let Some(readers) = session.readers() else { continue };
        for (role, grant) in session.grants(Operation::Create) {
            // Of what nobody can create, that is told instead.
            let is_made = |created: &&Conjunction| !created.iter().any(|atom| is_unreachable(model, created, atom));
            let is_lost = session.holders(role, &grant.after, Operation::Create).is_some_and(|creators| {
                creators.iter().filter(is_made).any(|created| !readers.iter().any(|reader| session.may_read(created, reader)))
            });
            if is_lost && told.insert(model.grant(grant.id).span) {
                report.push(explain(input, grant, session.database_role, report));
            }
        }
    }
}

fn creates(access: &TableAccess) -> bool {
    access.sessions.values().flatten().any(|role| role.operations.contains_key(&Operation::Create))
}

fn explain(input: &Input<'_>, grant: &Grant, database_role: &str, report: &Report) -> Diagnostic {
    let model = input.model;
    let name = &model.catalog.table(grant.id.table).name;
    let title = format!("not everybody who creates these records of `{name}` can read them, so `INSERT … RETURNING` fails");
    report
        .diagnostic(model.grant(grant.id).span, title)
        .with_label(format!("no rule lets sessions of `{database_role}` that may do this read the new record"))
        .with_note("PostgreSQL applies the rules for reading to what RETURNING gives, and most ORMs write it")
        .with_help(help(input, grant))
}

/// What to do. What is suggested shows nobody more than what they have made: where nothing says who made a record, it has to be noted first.
fn help(input: &Input<'_>, grant: &Grant) -> String {
    let (model, table) = (input.model, grant.id.table);
    let (rule, own) = (model.rule(grant.id), model.grant(grant.id));
    let said: Vec<Condition> = rule.filters.iter().chain(&own.when).cloned().collect();
    let is_made_by_user =
        cases(&said::all(model, &said)).is_some_and(|cases| cases.iter().all(|case| case.iter().any(is_tied_to_user)));
    if is_made_by_user {
        let words = Describe { model }.condition(&Condition::All(said));
        let narrowed = alternatives::narrowed(model, input.rules(table));
        let first = if rule.roles.iter().any(|role| narrowed.contains(role)) {
            "write each `where` behind the grants that it is meant for, `allow … when …`; then "
        } else {
            ""
        };
        return format!("{first}let who creates a record read it, or insert without RETURNING: `allow read when {words}`");
    }
    let mut columns = (0u32..).take(model.catalog.table(table).columns.len()).map(|column| ColumnRef { table, column });
    let references_user = |column: ColumnRef| {
        model.catalog.column(column).references.is_some() && model.identity.as_value_of(&model.catalog, column).is_some()
    };
    let of_user = columns.find(|&column| references_user(column));
    match of_user {
        Some(column) => {
            let path = Value::Record(Path { table, hops: Vec::new(), column });
            let words = Describe { model }.value(&path);
            format!(
                "note who creates a record, and let them read it: `allow create … setting {words} to Logged in User`, `allow read when {words} is Logged in User`; or insert without RETURNING"
            )
        }
        None => "insert without RETURNING; or let those read new records who are to see them: `allow read when …`".to_owned(),
    }
}

/// Whether a statement says that the record has to do with who is signed in.
fn is_tied_to_user(atom: &Arc<Atom>) -> bool {
    !atom.record_paths().is_empty() && suffices(std::slice::from_ref(atom), &Predicate::from(Atom::SignedIn))
}
