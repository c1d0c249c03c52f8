//! Why a record can or cannot be made, or become another: the parts of the answer that look at the record behind the statement.

use std::collections::BTreeSet;

use super::truth::Among;
use super::why::{Reason, Statement};
use super::{Evaluator, Row};
use crate::catalog::TableId;
use crate::model::{Operation, RoleUse};

impl Evaluator<'_> {
    /// Why a record can or cannot be made, `supplied` being the columns that the statement gives a value.
    pub fn why_create(&self, table: TableId, row: &Row, supplied: &BTreeSet<u32>) -> Reason {
        let filled = self.filled(table, Operation::Create, row);
        let mut reason = self.why(table, Operation::Create, &filled);
        if reason.truth == Some(true) && !self.create(table, row, supplied) {
            let one_by_one = |&&column: &&u32| !self.create(table, row, &[column].into());
            let refused: Vec<u32> = supplied.iter().filter(one_by_one).copied().collect();
            reason = Reason::all(reason.statement, reason.text, vec![self.why_fields(table, &refused)]);
        }
        reason
    }

    /// Why a record can or cannot become another.
    pub fn why_change(&self, table: TableId, before: &Row, written: &Row) -> Reason {
        let start = self.why(table, Operation::Update, before);
        if start.truth != Some(true) {
            return start;
        }
        let after = self.filled(table, Operation::Update, written);
        let word = Operation::Update.word();
        let mut parts = self.why_bound(table, Operation::Update, &after);
        parts.push(self.why_granted(table, Operation::Read, &after));
        let mut roles: Vec<&RoleUse> = self.grants(table, Operation::Update).into_iter().map(|(role, _)| role).collect();
        roles.sort_unstable();
        roles.dedup();
        let ways = roles.into_iter().map(|role| self.why_end(table, role, before, &after)).collect();
        parts.push(Reason::any(Statement::AnyRole { operation: word }, format!("some role may {word} to this"), ways));
        if parts.iter().all(|part| part.truth == Some(true)) && !self.update(table, before, written) {
            let changed = (0u32..).zip(std::iter::zip(before, written)).filter(|(_, (old, new))| !old.is_stored_as(new));
            let alone = |column: &u32| {
                let mut one = before.clone();
                let value = written.get(*column as usize).cloned();
                one.get_mut(*column as usize).zip(value).into_iter().for_each(|(field, value)| *field = value);
                !self.update(table, before, &one)
            };
            let refused: Vec<u32> = changed.map(|(column, _)| column).filter(alone).collect();
            parts = vec![self.why_fields(table, &refused)];
        }
        let name = self.model.catalog.table(table).name.to_string();
        let text = format!("update this record of {name} to what is set");
        Reason::all(Statement::Record { operation: word, table: name }, text, parts)
    }

    /// Why fields cannot be assigned, whatever the record: what no grant of the session names.
    pub fn why_not_assigned(&self, table: TableId, named: &BTreeSet<u32>) -> Reason {
        let without = |&&column: &&u32| !self.has_right(table, Operation::Update, &[column].into());
        let refused: Vec<u32> = named.iter().filter(without).copied().collect();
        let name = self.model.catalog.table(table).name.to_string();
        let text = format!("update this record of {name} to what is set");
        let statement = Statement::Record { operation: Operation::Update.word(), table: name };
        Reason::all(statement, text, vec![self.why_fields(table, &refused)])
    }

    /// By the rules of one role, of the record that an update leaves.
    fn why_end(&self, table: TableId, role: &RoleUse, before: &Row, after: &Row) -> Reason {
        let among = Among::Changed(after, before);
        let own = || self.rules(table).iter().filter(|rule| rule.roles.contains(role));
        let mut parts = vec![self.why_held(role, after)];
        for (rule, filter) in own().flat_map(|rule| rule.filters.iter().map(move |filter| (rule, filter))) {
            let reason = self.why_condition(filter, table, Among::Others(after));
            let statement = Statement::Filter {
                id: self.model.id_of_rule(table, rule),
                rule: rule.name.clone(),
                condition: reason.text.clone(),
            };
            let text = format!("\"{}\" where {}", rule.name, reason.text);
            parts.push(Reason { statement, text, ..reason });
        }
        let mut grants = Vec::new();
        for rule in own() {
            for grant in rule.grants.iter().filter(|grant| grant.operation == Operation::Update) {
                let when = grant.when.iter().map(|when| self.why_condition(when, table, Among::Others(before)));
                let then = grant.then.iter().map(|then| self.why_condition(then, table, among));
                let statement = Statement::Condition { condition: format!("\"{}\" allows update to this", rule.name) };
                let text = format!("\"{}\" allows update to this", rule.name);
                grants.push(Reason::all(statement, text, when.chain(then).collect()));
            }
        }
        let word = Operation::Update.word();
        parts.push(Reason::any(Statement::AnyGrant { operation: word }, "some rule grants it", grants));
        let text = format!("{word} by {}", self.describe().role_use(role));
        Reason::all(Statement::Role { operation: word, role: self.held_role(role) }, text, parts)
    }

    fn why_fields(&self, table: TableId, refused: &[u32]) -> Reason {
        let columns = &self.model.catalog.table(table).columns;
        let names: Vec<&str> = refused.iter().map(|&column| columns[column as usize].name.as_str()).collect();
        let text = match names.as_slice() {
            [] => "one grant names all of these fields".to_owned(),
            names => format!("a grant that holds here names {}", names.join(", ")),
        };
        Reason::single(Statement::Condition { condition: text.clone() }, text, Some(false))
    }
}
