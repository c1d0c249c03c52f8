//! Roles and what they are held by. In: a model and its review. Out: for each role how it is held, within what, what it includes, and who can give it.

use serde::Serialize;

use super::access::subjects;
use crate::access::Review;
use crate::catalog::TableId;
use crate::model::{self, Atom, Describe, Held, Holder, Model, Operation, RoleId, Subject};

/// A role.
#[derive(Debug, Clone, Serialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// By what it is held: `membership`, `user`, `claim`, `database role`; `everybody` and `signed in` for those that nobody gives.
    pub by: &'static str,
    /// How it is held, in words.
    pub held: String,
    /// The membership that it comes of.
    pub membership: Option<String>,
    /// Whether it is held within one of what the membership is within.
    pub is_scoped: bool,
    /// Roles that its holders hold, too, as configured.
    pub includes: Vec<String>,
    /// Who holds it, too, without having it: by including it, however far.
    pub held_by: Vec<String>,
    /// What gives or takes it.
    pub given: Vec<Given>,
}

/// How somebody can give a role, or take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Given {
    /// What they do: `create team_members`, `update team_members (role_id)`, or call an action.
    pub what: String,
    /// Which roles can, at some records.
    pub roles: Vec<String>,
}

/// A table that says who belongs to what.
#[derive(Debug, Clone, Serialize)]
pub struct Membership {
    /// Its name.
    pub name: String,
    /// The table with a row for each.
    pub table: String,
    /// Whom a row counts for.
    pub user: String,
    /// What it is within.
    pub within: Option<String>,
    /// Along which reference it counts in what is beneath, too.
    pub below: Option<String>,
    /// Which rows count; all where it is empty.
    pub condition: Option<String>,
}

/// All memberships.
pub(super) fn memberships(model: &Model) -> Vec<Membership> {
    let describe = Describe { model };
    let name = |column| model.catalog.column(column).name.clone();
    let one = |membership: &model::Membership| Membership {
        name: membership.name.clone(),
        table: model.catalog.table(membership.table).name.to_string(),
        user: match &membership.holder {
            Holder::User(column) => name(*column),
            Holder::Where(condition) => describe.condition(condition),
        },
        within: membership.within.map(name),
        below: membership.below.map(|hop| name(hop.foreign_key)),
        condition: membership.filter.as_ref().map(|condition| describe.condition(condition)),
    };
    model.memberships.iter().map(one).collect()
}

/// All roles, and who is in none.
pub(super) fn roles(review: &Review<'_>) -> Vec<Role> {
    let model = review.model;
    subjects(model)
        .into_iter()
        .map(|subject| match subject {
            Subject::Anyone => unnamed("Anyone", "everybody", "every session, also with nobody signed in"),
            Subject::Authenticated => unnamed("Authenticated", "signed in", "every session that somebody is signed in to"),
            Subject::Role(id) => role(review, id),
        })
        .collect()
}

fn unnamed(name: &str, by: &'static str, held: &str) -> Role {
    Role {
        name: name.to_owned(),
        by,
        held: held.to_owned(),
        membership: None,
        is_scoped: false,
        includes: Vec::new(),
        held_by: Vec::new(),
        given: Vec::new(),
    }
}

fn role(review: &Review<'_>, id: RoleId) -> Role {
    let model = review.model;
    let role = model.role(id);
    let names = |ids: &[RoleId]| ids.iter().map(|&id| model.role(id).name.clone()).collect::<Vec<_>>();
    let others: Vec<RoleId> = model.holders(id).into_iter().filter(|&holder| holder != id).collect();
    let (by, membership, is_scoped) = match &role.held {
        Held::User(_) => ("user", None, false),
        Held::Claim(_) => ("claim", None, false),
        Held::DatabaseRole(_) => ("database role", None, false),
        Held::Membership { membership, global, .. } => {
            ("membership", Some(model.membership(*membership).name.clone()), !global && model.scope_of(id).is_some())
        }
    };
    Role {
        name: role.name.clone(),
        by,
        held: Describe { model }.held(role),
        membership,
        is_scoped,
        includes: names(&role.includes),
        held_by: names(&others),
        given: given(review, id),
    }
}

/// Who can write what the role depends on. Of a claim and of a database role the database does not decide.
fn given(review: &Review<'_>, id: RoleId) -> Vec<Given> {
    let model = review.model;
    let (table, test) = match &model.role(id).held {
        Held::User(test) => (model.identity.user_key.table, test),
        Held::Membership { membership, test, .. } => (model.membership(*membership).table, test),
        Held::Claim(_) | Held::DatabaseRole(_) => return Vec::new(),
    };
    let mut columns = asked(model, table, test);
    if let Held::Membership { membership, .. } = &model.role(id).held {
        let membership = model.membership(*membership);
        columns.extend([membership.user(), membership.within].into_iter().flatten().map(|column| column.column));
        let mut of = |atom: &Atom| columns.extend(asked(model, table, atom));
        membership.conditions().for_each(|condition| condition.for_each_own_atom(&mut of));
    }
    columns.sort_unstable();
    columns.dedup();
    let name = &model.catalog.table(table).name;
    let mut found = Vec::new();
    let mut add = |what: String, roles: Vec<String>| {
        if !roles.is_empty() {
            found.push(Given { what, roles });
        }
    };
    for operation in [Operation::Create, Operation::Update] {
        // Each column by itself: who writes only when it ends gives no role to somebody else.
        let by_column: Vec<(u32, Vec<String>)> =
            columns.iter().map(|&column| (column, who(review, table, operation, Some(column)))).collect();
        let mut done: Vec<&Vec<String>> = Vec::new();
        for (_, roles) in &by_column {
            if done.contains(&roles) {
                continue;
            }
            done.push(roles);
            let alike = by_column.iter().filter(|(_, other)| other == roles).map(|(column, _)| *column);
            let names: Vec<&str> = alike.map(|column| stored_name(model, table, column)).collect();
            add(format!("{} {name} ({})", operation.word(), names.join(", ")), roles.clone());
        }
    }
    add(format!("delete {name}"), who(review, table, Operation::Delete, None));
    for deed in model.deeds(table) {
        if deed.fields.iter().any(|field| columns.contains(&field.column)) {
            let callers = subjects(model).into_iter().filter(|&subject| model.may_call(deed.action, subject));
            add(format!("call {}", deed.action.name), callers.map(|subject| model.subject_name(subject).to_owned()).collect());
        }
    }
    found
}

fn stored_name(model: &Model, table: TableId, column: u32) -> &str {
    model.catalog.table(table).columns.get(column as usize).map_or("", |column| column.name.as_str())
}

/// The columns of a table's own record that a statement asks.
fn asked(model: &Model, table: TableId, atom: &Atom) -> Vec<u32> {
    let first = |path: &model::Path| path.hops.first().map_or(path.column, |hop| hop.foreign_key);
    let columns = atom.record_paths().into_iter().map(first).filter(|column| column.table == table);
    columns
        .flat_map(|column| model.catalog.parts(column))
        .flat_map(|part| model.catalog.table(table).stored(part.column))
        .collect()
}

/// The roles that may do something with a column of some records, or with some records as a whole.
fn who(review: &Review<'_>, table: TableId, operation: Operation, column: Option<u32>) -> Vec<String> {
    let roles = review.tables.get(&table).map_or(&[][..], Vec::as_slice);
    let may = |role: &&crate::access::RoleReview| {
        let answers = role.operations.get(&operation).map_or(&[][..], Vec::as_slice);
        answers.iter().any(|answer| column.is_none_or(|column| answer.columns.contains(&column)) && !answer.ways.is_empty())
    };
    roles.iter().filter(may).map(|role| review.model.subject_name(role.subject).to_owned()).collect()
}
