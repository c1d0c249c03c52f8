//! Whom a membership's rows count for, where that is a condition: each way in which a row counts for the user, and the rows of other tables that say so, which
//! are memberships themselves. In: the model. Out: statements about a membership's row; memberships of what a condition looks at.

use std::sync::Arc;

use super::readings::{MembershipReading, Reader, first};
use crate::access::decide::{Conjunction, cases};
use crate::access::{self, Predicate};
use crate::catalog::ColumnRef;
use crate::lint::conjunction::equals_user;
use crate::model::{Atom, Comparison, Condition, Holder, Membership, Model, Value, Written};

/// A way in which a row of a membership counts for the user.
pub(super) struct Way {
    /// What says that the row is the user's.
    pub(super) mine: Arc<access::Atom>,
    /// The column that it says so by.
    pub(super) column: ColumnRef,
    /// All that has to be true of the row for that.
    pub(super) case: Conjunction,
}

/// All ways, but those that no column says, and those of conditions that are too long to be judged.
pub(super) fn ways(model: &Model, membership: &Membership) -> Vec<Way> {
    let condition = match &membership.holder {
        Holder::User(column) => {
            let mine = Arc::new(equals_user(model, *column));
            return vec![Way { case: vec![mine.clone()], mine, column: *column }];
        }
        Holder::Where(condition) => condition,
    };
    let way = |case: Conjunction| {
        let of_user = case.iter().find_map(|atom| Some((atom.clone(), column_of_user(atom)?)));
        of_user.map(|(mine, column)| Way { mine, column, case })
    };
    cases(&Predicate::of(model, condition)).into_iter().flatten().filter_map(way).collect()
}

/// The row's column by which a statement makes it the user's.
fn column_of_user(atom: &access::Atom) -> Option<ColumnRef> {
    let is_of_user = match atom {
        access::Atom::Exists(exists) => exists.of_user && !exists.negated,
        other => other.values().into_iter().any(Value::mentions_user),
    };
    is_of_user.then(|| atom.record_paths().into_iter().next().map(first)).flatten()
}

/// The rows that the conditions of memberships look at and that name the user, as memberships of what leads to them: whoever makes one for themselves has
/// what counts for it.
pub(super) fn behind(model: &Model) -> Vec<(Membership, MembershipReading<'_>)> {
    let mut found = Vec::new();
    for membership in &model.memberships {
        let Holder::Where(condition) = &membership.holder else { continue };
        condition.for_each_own_atom(&mut |atom| {
            let Atom::Exists(exists) = atom else { return };
            let within = exists.link.as_ref().map(|link| link.column);
            let Some((within, user)) = within.zip(user_of(model, &exists.condition)) else { return };
            let name = model.catalog.column(within).references.unwrap_or(within);
            let name = model.catalog.table(name.table).name.name.clone();
            let (table, holder) = (exists.table, Holder::User(user));
            let written = Written::default();
            let joined = Membership { name, span: None, table, holder, within: Some(within), below: None, filter: None, written };
            found.push((joined, MembershipReading { readers: vec![Reader::Membership(membership)], ..Default::default() }));
        });
    }
    found
}

/// The column that a condition compares with the user.
fn user_of(model: &Model, condition: &Condition) -> Option<ColumnRef> {
    let mut found = None;
    condition.for_each_own_atom(&mut |atom| {
        if let Atom::Compare { left: Value::Record(path), operator: Comparison::Equal, right } = atom
            && path.hops.is_empty()
            && model.is_user(right)
        {
            found = found.or(Some(path.column));
        }
    });
    found
}
