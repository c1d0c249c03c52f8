//! Actions by which their caller gets a role that nothing limits: the value comes from the record that the action finds, `where` says nothing of it, and somebody who
//! would gain chooses it, by writing the record or by which one is named. In: actions, and who may write their records. Out: a warning for each.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::holders::{Way, ways};
use super::readings::{Mine, first};
use super::{Grant, Search};
use crate::access::decide::{Conjunction, cases, suffices};
use crate::access::{Access, Atom, Predicate, RoleAccess};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::diagnostic::{Diagnostic, Span};
use crate::lint::Report;
use crate::lint::conjunction::{allows, excludes, limits, own};
use crate::model::{Action, Assignment, Comparison, Membership, Model, Operation, Path, RoleId, Subject, Value};

/// A role that whoever calls an action may get.
struct Gain {
    role: RoleId,
    /// The field of the action's record that it is taken from.
    source: ColumnRef,
    /// What is asked of that field, where it is the field itself.
    test: Option<Atom>,
}

impl Gain {
    fn new(role: RoleId, test: &Atom, given: &Path) -> Gain {
        let test = match test {
            Atom::Compare { left: Value::Record(path), operator, right } if path.hops.is_empty() && given.hops.is_empty() => {
                Some(Atom::Compare { left: own(given.column), operator: *operator, right: right.clone() })
            }
            _ => None,
        };
        Gain { role, source: first(given), test }
    }

    /// Whether some case leaves it open.
    fn is_open(&self, model: &Model, cases: &[Conjunction]) -> bool {
        let is_excluded = |case: &Conjunction| self.test.as_ref().is_some_and(|test| excludes(case, test));
        cases.iter().any(|case| !limits(&model.catalog, case, self.source) && !is_excluded(case))
    }
}

pub(super) fn check(search: &Search<'_>, access: &Access, report: &mut Report) {
    for action in &search.model.actions {
        let asked = cases(&Predicate::of(search.model, &action.condition)).unwrap_or_default();
        let gains = search.gains_through(action, &asked);
        let sources: BTreeSet<ColumnRef> = gains.iter().map(|gain| gain.source).collect();
        for source in sources {
            let roles: Vec<&Gain> = gains.iter().filter(|gain| gain.source == source).collect();
            let found = search.writer(access, source, &roles).map(|(subject, span, roles)| (subject, Some(span), roles));
            let found = found.or_else(|| search.chooser(action, &asked, &roles).map(|(subject, roles)| (subject, None, roles)));
            if let Some((subject, span, roles)) = found {
                report.push(explain(search.model, report, action, source, (subject, span), &roles));
            }
        }
    }
}

impl Search<'_> {
    /// The roles that the action gives its caller by fields of its record that `where` does not limit.
    fn gains_through<'m>(&self, action: &'m Action, asked: &[Conjunction]) -> Vec<Gain> {
        let given = |fields: &'m [Assignment], column: ColumnRef| {
            let field = fields.iter().find(|field| field.column == column.column);
            field.and_then(|field| field.value.record())
        };
        let mut gains = Vec::new();
        let written = std::iter::once((action.table, &action.set, true))
            .chain(action.create.iter().map(|creation| (creation.table, &creation.fields, false)));
        for (table, fields, is_found) in written {
            for (membership, reading) in self.memberships().filter(|(membership, _)| membership.table == table) {
                let is_callers = self.is_callers(membership, fields, is_found.then_some(asked));
                if !is_callers || !self.may_count(membership, fields, is_found) {
                    continue;
                }
                for (role, test, _) in &reading.roles {
                    let column = test.record_paths().into_iter().next().map(first);
                    let given = column.and_then(|column| given(fields, column));
                    gains.extend(given.map(|given| Gain::new(*role, test, given)));
                }
            }
            for ((mine, column), reading) in self.readings.columns.get(&table).into_iter().flatten().filter(|_| is_found) {
                let Mine::Own(mine) = mine else { continue };
                let is_own = asked.iter().all(|case| suffices(case, &Predicate::from(mine.clone())));
                let given = given(fields, *column).filter(|_| is_own);
                gains.extend(
                    given.into_iter().flat_map(|given| reading.roles.iter().map(|(role, test)| Gain::new(*role, test, given))),
                );
            }
        }
        gains.retain(|gain| gain.is_open(self.model, asked));
        gains
    }

    /// Whether a row of a membership's table that an action writes is its caller's.
    fn is_callers(&self, membership: &Membership, fields: &[Assignment], asked: Option<&[Conjunction]>) -> bool {
        let is_given = |way: &Way| match fields.iter().find(|field| field.column == way.column.column) {
            Some(field) => self.model.is_user(&field.value),
            None => {
                let mine = Predicate::from((*way.mine).clone());
                asked.is_some_and(|asked| asked.iter().all(|case| suffices(case, &mine)))
            }
        };
        ways(self.model, membership).iter().any(is_given)
    }

    /// Whether a row with these fields may count, as far as constants tell, and what a new row has where nothing is given.
    fn may_count(&self, membership: &Membership, fields: &[Assignment], is_found: bool) -> bool {
        let Some(filter) = &membership.filter else { return true };
        let table = membership.table;
        let mut facts = Vec::new();
        for (index, column) in (0u32..).zip(&self.model.catalog.table(table).columns) {
            let value = own(ColumnRef { table, column: index });
            match fields.iter().find(|field| field.column == index).map(|field| &field.value) {
                Some(Value::Literal(constant)) => {
                    let right = Value::Literal(constant.clone());
                    facts.push(Arc::new(Atom::Compare { left: value, operator: Comparison::Equal, right }));
                }
                None if !is_found && column.default.is_none() && column.nullable => {
                    facts.push(Arc::new(Atom::Empty { value, negated: false }));
                }
                _ => {}
            }
        }
        let counting = cases(&Predicate::of(self.model, filter)).unwrap_or_default();
        counting.iter().any(|case| allows(case, &facts))
    }

    /// Somebody who writes a field of the action's record with any value, and gains one of the roles by it.
    fn writer(&self, access: &Access, source: ColumnRef, roles: &[&Gain]) -> Option<(Subject, Span, Vec<RoleId>)> {
        let access = access.tables.get(&source.table)?;
        let signed_in = &self.model.identity.signed_in_role;
        let all = access.sessions.get(signed_in).into_iter().flatten();
        let grants = all.flat_map(|role: &RoleAccess| {
            let operations = role.operations.iter();
            operations.flat_map(move |(operation, grants)| grants.iter().map(move |grant| (role, *operation, grant)))
        });
        for (role, operation, written) in grants {
            if !matches!(operation, Operation::Create | Operation::Update) || !written.names(source.column) {
                continue;
            }
            let Some(grant) = Grant::new(role, &access.bound(signed_in, operation), operation, written) else { continue };
            let open = roles.iter().filter(|gain| gain.is_open(self.model, &grant.after)).map(|gain| gain.role);
            let gained: Vec<RoleId> = open.filter(|&role| self.gains(&grant, role, false)).collect();
            if !gained.is_empty() {
                return Some((role.role.subject, self.model.grant(written.id).span, gained));
            }
        }
        None
    }

    /// Who may call the action with whichever record they like: it asks nothing of who they are, and keys of the kind can be guessed.
    fn chooser(&self, action: &Action, asked: &[Conjunction], roles: &[&Gain]) -> Option<(Subject, Vec<RoleId>)> {
        let says_who = |atom: &Atom| {
            let of_session = |value: &Value| matches!(value, Value::Claim(..) | Value::Referenced(_));
            self.model.mentions_user(&Predicate::from(atom.clone()).to_condition()) || atom.values().into_iter().any(of_session)
        };
        let is_about_caller = |case: &Conjunction| case.iter().any(|atom| says_who(atom));
        if asked.iter().all(is_about_caller) || !is_guessed(self.model, action.table, &action.by) {
            return None;
        }
        let subject = action.roles.first()?.subject;
        let is_new = |role: &RoleId| !matches!(subject, Subject::Role(own) if self.rank.includes(own, *role));
        let gained: Vec<RoleId> = roles.iter().map(|gain| gain.role).filter(is_new).collect();
        (!gained.is_empty()).then_some((subject, gained))
    }
}

/// Whether all columns of a key are of types whose values can be tried one by one.
fn is_guessed(model: &Model, table: TableId, by: &[u32]) -> bool {
    by.iter().all(|&column| {
        let r#type = &model.catalog.table(table).columns[column as usize].r#type;
        !matches!(r#type, Type::Uuid | Type::Text | Type::Varchar(_) | Type::Citext(_) | Type::Other(_))
    })
}

fn explain(
    model: &Model,
    report: &Report,
    action: &Action,
    source: ColumnRef,
    (subject, writer): (Subject, Option<Span>),
    roles: &[RoleId],
) -> Diagnostic {
    let who = match subject {
        Subject::Role(id) => format!("whoever is `{}`", model.role(id).name),
        Subject::Anyone | Subject::Authenticated => "users".to_owned(),
    };
    let names: Vec<String> = roles.iter().map(|&role| format!("`{}`", model.role(role).name)).collect();
    let names = match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    };
    let column = &model.catalog.column(source).name;
    let table = &model.catalog.table(action.table).name;
    let found = report
        .diagnostic(action.span, format!("{who} can make themselves {names} by `{}`", action.name))
        .with_label(format!("the role comes from `{column}` of `{table}`, and `where` does not say which it may be"));
    let found = match writer {
        Some(span) => found.with_secondary(span, format!("this lets them write any `{column}`")),
        None => found.with_note(format!("`where` asks nothing of who calls it, so that they may name any record of `{table}`")),
    };
    found.with_help(format!("say in `where` which `{column}` it may be, or that its author may still give that role"))
}
