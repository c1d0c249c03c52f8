//! What policies and column grants can say exactly. PostgreSQL combines the USING of all policies, their WITH CHECK, and the column
//! grants separately: it admits an update when some grant's `before` matches the old row, some grant's `after` the new one, and
//! the columns are among all those granted. The rules ask for one grant that allows the whole step. This module proves
//! that nothing lies between the two, or says where it does.
//!
//! The proof asks for a step that starts as some grant's `before` says and ends as some grant's `after` does, and that no single grant allows: there must be
//! none. Statements about columns that nobody may update are true of the new row when they are of the old one, and the other way around;
//! statements about the user alone are true of both.

use super::classes::{Class, all_columns, column_classes, is_stable};
use super::mixture::Mixture;
use crate::access::decide::{Answer, Reaches};
use crate::access::{Atom, Grant, Predicate};
use crate::catalog::Table;
use crate::model::Operation;

/// Whether policies and column grants say exactly what the grants of one operation to one database role say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exactness {
    Exact,
    /// PostgreSQL would admit something that no single grant allows.
    Inexact,
    /// There are too many cases to tell.
    Undecided,
}

/// Judges the grants of one operation to one database role.
pub(super) fn judge(operation: Operation, grants: &[Grant], table: &Table) -> Exactness {
    judge_columns(operation, grants, table, &all_columns(table))
}

/// So few grants are a matter for the solver at once.
const FEW: usize = 8;

/// Whether of every two grants one allows what starts as the one says and ends as the other does. That is seen quickly, also of hundreds, and mostly so
/// where nothing can be mixed up; whether a third grant allows it is for the solver to say.
fn either_allows(operation: Operation, grants: &[Grant], classes: &[Class], is_stable: &dyn Fn(&Atom) -> bool) -> bool {
    let stable = |predicate: &Predicate| {
        let parts = predicate.conjuncts().iter().filter(|part| part.as_atom().is_some_and(|atom| is_stable(atom)));
        Predicate::all(parts.cloned())
    };
    let mut all: Vec<Predicate> = Vec::new();
    all.extend(grants.iter().map(|grant| grant.before.clone()));
    all.extend(grants.iter().map(|grant| grant.after.clone()));
    all.extend(grants.iter().map(|grant| stable(&grant.before)));
    all.extend(grants.iter().map(|grant| stable(&grant.after)));
    let (reaches, count) = (Reaches::new(all.iter()), grants.len());
    let is_update = operation == Operation::Update;
    let is_allowed = |first: usize, second: usize| {
        let (old, new) = match is_update {
            true => ([first, 3 * count + second], [count + second, 2 * count + first]),
            false => ([first, count + second], [first, count + second]),
        };
        let allows = |grant: usize| reaches.suffice(&old, grant) && reaches.suffice(&new, count + grant);
        let allowing: Vec<usize> = [first, second].into_iter().filter(|&grant| allows(grant)).collect();
        classes.iter().all(|(_, granting)| allowing.iter().any(|grant| granting.binary_search(grant).is_ok()))
    };
    let ends = |first: usize| if is_update { 0..count } else { first..first + 1 };
    (0..count).all(|first| ends(first).all(|second| is_allowed(first, second)))
}

/// Judges them as far as it is about these columns.
pub(super) fn judge_columns(operation: Operation, grants: &[Grant], table: &Table, columns: &[u32]) -> Exactness {
    // WITH CHECK sees the new row alone.
    if operation == Operation::Update && grants.iter().any(|grant| grant.after.speaks_of_former()) {
        return Exactness::Inexact;
    }
    let classes = column_classes(operation, grants, columns);
    // One way to be allowed, and no column that only some grants name: there is nothing to mix up.
    let is_one_way = grants.len() == 1 || operation != Operation::Update;
    if is_one_way && classes.iter().all(|(_, granting)| granting.len() == grants.len()) {
        return Exactness::Exact;
    }
    let is_stable = |atom: &Atom| is_stable(atom, grants, table);
    if grants.len() > FEW && either_allows(operation, grants, &classes, &is_stable) {
        return Exactness::Exact;
    }
    let mut mixture = Mixture::new(operation, grants, &classes, &is_stable);
    if mixture.is_obvious() {
        return Exactness::Inexact;
    }
    let answers: Vec<Answer> = (0..classes.len()).map(|class| mixture.solve(&[], class)).collect();
    match answers {
        answers if answers.contains(&Answer::Possible) => Exactness::Inexact,
        answers if answers.contains(&Answer::Undecided) => Exactness::Undecided,
        _ => Exactness::Exact,
    }
}
