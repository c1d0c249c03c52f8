//! Fields that an update names and that no step changes: `update (owner_id) when Owner is Logged in User` asks the same of the new record, so that the owner stays who it is. In:
//! what each grant asks of a record before and after. Out: those of which every way to begin and every way to end ask for one value, by who is signed in or a constant.

use std::collections::{BTreeMap, BTreeSet};

use super::conjunction::own;
use super::{Input, Report, frozen, said, spared};
use crate::access::decide::{Conjunction, cases, simplify};
use crate::access::{self, Atom, Predicate, RoleAccess};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::model::{Comparison, Describe, GrantId, Operation, Path, Value};

pub(super) fn check(input: &Input<'_>, table: TableId, report: &mut Report) {
    let Some(access) = input.access.tables.get(&table) else { return };
    let mut kept: BTreeMap<GrantId, BTreeSet<(u32, Atom)>> = BTreeMap::new();
    for (database_role, roles) in &access.sessions {
        let bound = access.bound(database_role, Operation::Update);
        for role in roles.iter().filter(|role| role.held != Predicate::Never) {
            for (id, columns) in kept_columns(role, &bound, input, table) {
                // Where another session can use it, it is of use.
                kept.entry(id).and_modify(|known| known.retain(|column| columns.contains(column))).or_insert(columns);
            }
        }
    }
    kept.retain(|_, columns| !columns.is_empty());
    if kept.is_empty() {
        return;
    }
    let told = frozen::grants(input, table);
    for (id, columns) in kept.into_iter().filter(|(id, _)| !told.contains(id)) {
        let model = input.model;
        let describe = Describe { model };
        let Some((column, atom)) = columns.into_iter().next() else { continue };
        let column = ColumnRef { table, column };
        let path = describe.path(&Path { table, hops: Vec::new(), column });
        let name = &model.catalog.column(column).name;
        let words = describe.atom(&atom.as_written());
        let found =
            report.diagnostic(model.grant(id).span, format!("`{name}` may be updated, and no step changes it")).with_note(
                format!("{words}, before and after: `where` is asked of the new record, too, and so is `when` without `then`"),
            );
        report.push(found.with_help(format!(
            "say by itself how a step may begin and end: `update ({name}) when {words} then {path} is …`, behind no `where` that asks for it, or take the field out"
        )));
    }
}

/// The fields that each grant of a role names and that keep their value, each with the statement that says so.
fn kept_columns(
    role: &RoleAccess,
    bound: &Predicate,
    input: &Input<'_>,
    table: TableId,
) -> Vec<(GrantId, BTreeSet<(u32, Atom)>)> {
    let grants = role.operations.get(&Operation::Update).into_iter().flatten();
    let of_grant = |grant: &access::Grant| {
        let written = input.model.grant(grant.id);
        let asked = Predicate::all([role.held.clone(), bound.clone(), spared::bound(input.model, grant.id).0]);
        let all = |own: &Predicate| cases(&simplify(Predicate::all([asked.clone(), own.clone()])));
        let (before, after) = (possible(input, all(&grant.before)?), possible(input, all(&grant.after)?));
        if before.is_empty() || after.is_empty() {
            return None;
        }
        let fields = written.fields.iter().flatten().filter(|_| written.is_listed);
        // What is equal there may be written otherwise.
        let is_letters =
            |column: u32| matches!(input.model.catalog.table(table).columns[column as usize].r#type, Type::Citext(_));
        let kept = fields
            .filter(|column| !is_letters(**column))
            .filter_map(|&column| Some((column, kept(ColumnRef { table, column }, &before, &after)?)));
        Some((grant.id, kept.collect()))
    };
    grants.filter_map(of_grant).collect()
}

/// The cases that some record is of.
fn possible(input: &Input<'_>, cases: Vec<Conjunction>) -> Vec<Conjunction> {
    cases.into_iter().filter(|case| !said::contradicts_itself(input.model, case)).collect()
}

/// A statement that gives a column one value, and is true in all cases.
fn kept(column: ColumnRef, before: &[Conjunction], after: &[Conjunction]) -> Option<Atom> {
    let mut all = before.iter().chain(after);
    let first = all.next()?.iter().find(|atom| gives_one_value(column, atom))?;
    all.all(|case| case.contains(first)).then(|| (**first).clone())
}

/// Whether a statement leaves a column one value for as long as a statement of the database runs.
fn gives_one_value(column: ColumnRef, atom: &Atom) -> bool {
    let own = own(column);
    match atom {
        Atom::Empty { value, negated } => *value == own && !negated,
        Atom::Compare { left, operator: Comparison::Equal, right } => {
            let is_fixed = |value: &Value| match value {
                Value::Literal(_) | Value::LoggedInUser | Value::Claim(..) => true,
                // What the statement writes is not read there.
                Value::User(path) => path.table != column.table && path.hops.is_empty(),
                _ => false,
            };
            (*left == own && is_fixed(right)) || (*right == own && is_fixed(left))
        }
        _ => false,
    }
}
