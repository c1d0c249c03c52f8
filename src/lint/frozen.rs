//! Fields that an update names and that reading pins to one value: the classic is a soft delete. In: what is granted. Out: the grants that nobody can use
//! to write anything else there, also where that leaves nothing of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::readers::{Reader, Session};
use super::{Input, Report, said};
use crate::access::decide::{are_contradictory, cases, implies, join};
use crate::access::{Atom, Grant, Predicate, RoleAccess, TableAccess};
use crate::catalog::TableId;
use crate::model::{Comparison, Describe, GrantId, Model, Operation, Value};

/// A column, and what reading asks of it.
type Pinned = (u32, Arc<Atom>);

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let model = input.model;
    let of_all = of_table(input, table);
    let of_some = input.access.tables.get(&table).map(|access| of_some(model, access)).unwrap_or_default();
    let of_some = of_some.into_iter().filter(|(column, _)| !of_all.contains_key(column)).map(|found| (found, false));
    for ((column, (id, atom)), is_of_all) in of_all.clone().into_iter().map(|found| (found, true)).chain(of_some) {
        let name = &model.catalog.table(table).columns[column as usize].name;
        let words = Describe { model }.atom(&atom.as_written());
        let (who, whose) =
            if is_of_all { ("whoever does", "records are") } else { ("not everybody who does", "to some of them, records are") };
        let could = if is_of_all { "could not" } else { "could" };
        let title = format!("`{name}` may be updated, and {who} {could} read the record any more");
        let found = report
            .diagnostic(model.grant(id).span, title)
            .with_note(format!("{whose} only readable when {words}, and PostgreSQL asks that of the new record, too"))
            .with_help(if is_read_alike(model, id) {
                "what stands behind `when` is asked of reading, too: write `allow read` by itself, and `allow update (…) when … then …`"
            } else {
                "let the role read what it marks, or take the field out of the grant"
            });
        report.push(found);
    }
}

/// Whether reading stands in the same `allow`, so that the same is asked of it.
fn is_read_alike(model: &Model, id: GrantId) -> bool {
    let when = &model.grant(id).when;
    when.is_some() && model.rule(id).grants.iter().any(|grant| grant.operation == Operation::Read && grant.when == *when)
}

/// The grants of a table of which something is told here.
pub(super) fn grants(input: &Input<'_>, table: TableId) -> BTreeSet<GrantId> {
    of_table(input, table).into_values().map(|(id, _)| id).collect()
}

/// For each column that is frozen the grant that says so best: one that wants another value behind `then`, else one that names the column.
fn of_table(input: &Input<'_>, table: TableId) -> BTreeMap<u32, (GrantId, Arc<Atom>)> {
    let mut found = BTreeMap::new();
    let (Some(encoded), Some(access)) = (input.encoding.tables.get(&table), input.access.tables.get(&table)) else {
        return found;
    };
    for (database_role, permissions) in &encoded.permissions {
        let Some(read) = permissions.get(&Operation::Read) else { continue };
        let updating = updating(access, database_role);
        let pins = if updating.is_empty() { Vec::new() } else { pins(input.model, &read.using) };
        for (column, atom) in pins {
            let names = |id: &&GrantId| input.model.grant(**id).fields.as_ref().is_some_and(|fields| fields.contains(&column));
            let writes = |id: &GrantId| input.model.grant(*id).fields.as_ref().is_none_or(|fields| fields.contains(&column));
            let wanting = updating.iter().find(|id| writes(id) && wants_another(input.model, **id, &atom));
            if let Some(id) = wanting.or_else(|| updating.iter().find(names)) {
                found.entry(column).or_insert((*id, atom));
            }
        }
    }
    found
}

/// The same where only some of those who use a grant lose the record: who reads whatever it becomes holds another role, which they may lack.
fn of_some(model: &Model, access: &TableAccess) -> BTreeMap<u32, (GrantId, Arc<Atom>)> {
    let mut found = BTreeMap::new();
    for session in Session::all(model, access) {
        for (role, grant) in session.grants(Operation::Update) {
            let own = model.grant(grant.id);
            let is_step = own.then.is_some() && own.then != own.when;
            if role.held == Predicate::Never || !(is_step || own.fields.is_some()) {
                continue;
            }
            if session.reads_alike(role, &grant.after, Operation::Update) {
                continue;
            }
            if let Some((column, atom)) = lost(&session, role, grant) {
                found.entry(column).or_insert((grant.id, atom));
            }
        }
    }
    found
}

/// What all those ask of a new record by whom somebody reads it who holds nothing else than the role of a grant, and what the grant wants otherwise.
fn lost(session: &Session<'_>, role: &RoleAccess, grant: &Grant) -> Option<Pinned> {
    let model = session.model;
    let cases = session.holders(role, &grant.after, Operation::Update)?;
    let fields = model.grant(grant.id).fields.as_ref();
    let is_meant = |column: u32, atom: &Arc<Atom>| match fields {
        Some(fields) => fields.contains(&column),
        None => wants_another(model, grant.id, atom),
    };
    cases.iter().filter(|case| !said::contradicts_itself(model, case)).find_map(|case| {
        let is_held = |reader: &&Reader| !session.are_lacking(case, reader) && !are_contradictory(&join(case, &reader.held));
        let held: Vec<&Reader> = session.readers()?.iter().filter(is_held).collect();
        let (first, others) = held.split_first()?;
        let pinned = first.record.iter().filter_map(|atom| Some((pinned(model, atom)?, atom.clone())));
        let by_all = |atom: &Arc<Atom>| others.iter().all(|other| other.record.contains(atom));
        let is_changed = |atom: &Arc<Atom>| by_all(atom) && !case.contains(atom);
        pinned.filter(|(_, atom)| is_changed(atom)).find(|(column, atom)| is_meant(*column, atom))
    })
}

/// The record's own columns that reading allows only one value of.
fn pins(model: &Model, read: &Predicate) -> Vec<Pinned> {
    let atoms = cases(read).into_iter().flatten().take(1).flatten();
    let pinned = atoms.filter_map(|atom| Some((pinned(model, &atom)?, atom)));
    pinned.filter(|(_, atom)| implies(read, &Predicate::Atom(atom.clone())).is_proved()).collect()
}

/// All grants to update of the sessions of a database role, also those that cannot end.
fn updating(access: &TableAccess, database_role: &str) -> Vec<GrantId> {
    let roles = access.sessions.get(database_role).into_iter().flatten().filter(|role| role.held != Predicate::Never);
    roles.flat_map(|role| role.operations.get(&Operation::Update).into_iter().flatten()).map(|grant| grant.id).collect()
}

/// Whether what a grant says behind `then` excludes what reading asks.
fn wants_another(model: &Model, id: GrantId, atom: &Arc<Atom>) -> bool {
    let grant = model.grant(id);
    let then = said::all(model, &grant.then);
    grant.then != grant.when
        && !said::is_impossible(model, &then)
        && said::is_impossible(model, &Predicate::all([Predicate::Atom(atom.clone()), then]))
}

/// The record's own column that a statement allows only one value of.
fn pinned(model: &Model, atom: &Atom) -> Option<u32> {
    let is_one = |value: &Value| matches!(value, Value::Literal(_)) || model.is_user(value);
    let value = match atom {
        Atom::Empty { value, negated: false } => value,
        Atom::Compare { left, operator: Comparison::Equal, right } if is_one(right) => left,
        _ => return None,
    };
    value.record().filter(|path| path.hops.is_empty()).map(|path| path.column.column)
}
