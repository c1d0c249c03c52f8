//! What a session holds and may do, wherever the rows are. In: an evaluator of the session. Out: roles, and what may be done with a row or made, for people and for machines.

use std::collections::BTreeSet;

use super::table_view::{Allowed, Remark};
use crate::access::evaluate::{Evaluator, Row};
use crate::access::{self, RoleReview};
use crate::catalog::{Table, TableId};
use crate::model::{Action, Describe, Model, Operation, RoleUse, Scope, Subject};
use crate::scenario::{self, Holding};

/// A session that looks at rows.
pub(super) struct Seen<'a> {
    pub(super) model: &'a Model,
    pub(super) evaluator: &'a Evaluator<'a>,
    /// Nobody is signed in.
    pub(super) nobody: bool,
}

impl Seen<'_> {
    /// `read, update (name), delete`
    pub(super) fn may(&self, id: TableId, row: &Row, read: BTreeSet<u32>) -> Vec<Allowed> {
        let table = self.model.catalog.table(id);
        let mut allowed = vec![Allowed { operation: Operation::Read, fields: unless_all(table, read) }];
        let update = self.evaluator.update_fields(id, row);
        if !update.is_empty() {
            allowed.push(Allowed { operation: Operation::Update, fields: unless_all(table, update) });
        }
        if self.evaluator.delete(id, row) {
            allowed.push(Allowed { operation: Operation::Delete, fields: None });
        }
        allowed
    }

    /// `may create (name) as Clerk when Owner equals Logged in User`, of each role that the session holds. What everybody may who is signed in, or
    /// who is not, is not said of each role again.
    pub(super) fn may_create(&self, id: TableId, roles: &[RoleReview]) -> Vec<Remark> {
        let table = self.model.catalog.table(id);
        let (mut of_everybody, mut remarks) = (Vec::new(), Vec::new());
        for role in roles.iter().filter(|role| self.holds(role.subject)) {
            for answer in role.operations.get(&Operation::Create).into_iter().flatten().filter(|answer| !answer.ways.is_empty()) {
                let fields = unless_all(table, answer.columns.iter().copied());
                let what = (fields.clone(), answer.condition(self.model, role.subject));
                if of_everybody.contains(&what) {
                    continue;
                }
                let role_name = self.model.subject_name(role.subject).to_owned();
                let sets = access::sets(self.model, id, Operation::Create);
                remarks.push(Remark::MayCreate { role: role_name, fields, condition: what.1.clone(), sets });
                if !matches!(role.subject, Subject::Role(_)) {
                    of_everybody.push(what);
                }
            }
        }
        remarks
    }

    /// The actions that may be called, of those that write one of these tables.
    pub(super) fn may_do(&self, tables: &[TableId]) -> Vec<Remark> {
        let is_meant = |action: &&Action| action.written().any(|table| tables.contains(&table));
        let callable = self.model.actions.iter().filter(is_meant).filter(|action| self.evaluator.may_call(action));
        let remark = |action: &Action| {
            let columns = &self.model.catalog.table(action.table).columns;
            let condition = action.written.quote(Describe { model: self.model }, &action.condition);
            Remark::MayDo {
                action: action.name.clone(),
                by: action.by.iter().map(|&column| columns[column as usize].name.clone()).collect(),
                condition: Some(condition).filter(|condition| !condition.is_empty()),
            }
        };
        callable.map(remark).collect()
    }

    /// Whether a row of the matrix is about the session, for some record at least.
    fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => self.nobody,
            Subject::Authenticated => self.evaluator.holds(&RoleUse { subject, scope: Scope::Unscoped }, &Vec::new()),
            Subject::Role(role) => self.evaluator.held().iter().any(|(held, _)| *held == role),
        }
    }

    /// `Authenticated, Viewer of Team 1`; `written` is a row of a membership as it is written.
    pub(super) fn held(&self, written: &scenario::RowWritten<'_>) -> Vec<Holding> {
        let built_in = [Subject::Anyone, Subject::Authenticated].into_iter().filter(|&subject| self.holds(subject));
        let name = |subject| Holding { role: self.model.subject_name(subject).to_owned(), within: None };
        let mut held: Vec<Holding> = built_in.map(name).collect();
        held.extend(scenario::held(self.model, self.evaluator, written).into_iter().map(|(_, holding)| holding));
        held.dedup();
        held
    }
}

/// The names of some columns; `None` where all are meant.
pub(super) fn unless_all(table: &Table, columns: impl IntoIterator<Item = u32>) -> Option<Vec<String>> {
    let names: Vec<String> = columns.into_iter().map(|column| table.columns[column as usize].name.clone()).collect();
    (names.len() < table.columns.len()).then_some(names)
}
