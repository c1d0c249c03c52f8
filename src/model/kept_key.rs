//! Which updates leave a record's key as it is. Where a statement changes a record, that does not count among the other rows of its table, and the key says which
//! it is: under a new key it would count beside itself, as it was. So who may change a record because of what the others are may not change its key. In: a
//! grant, and the rules of its role. Out: the fields that it names.

use std::collections::BTreeSet;

use super::{Atom, Condition, Grant, Model, Operation, Rule};
use crate::catalog::TableId;

/// Tables whose access has been looked at, and for what.
type Asked = BTreeSet<(TableId, Operation)>;

impl Model {
    /// The columns that a grant names, ordered; `None` is every column. `rules` are those of the role, which narrow it.
    pub fn fields<'a>(&self, table: TableId, rules: impl Iterator<Item = &'a Rule>, grant: &Grant) -> Option<Vec<u32>> {
        if !self.keeps_key(table, rules, grant) {
            return grant.fields.clone();
        }
        let (key, all) = (&self.catalog.table(table).primary_key, || (0u32..).take(self.catalog.table(table).columns.len()));
        let fields = grant.fields.clone().unwrap_or_else(|| all().collect());
        Some(fields.into_iter().filter(|column| !key.contains(column)).collect())
    }

    /// Whether some update of a table keeps the key that its rule would otherwise let change.
    pub fn loses_key(&self, table: TableId) -> bool {
        let key = &self.catalog.table(table).primary_key;
        let names = |grant: &Grant| grant.fields.as_ref().is_none_or(|fields| fields.iter().any(|field| key.contains(field)));
        let loses =
            |rule: &Rule| rule.grants.iter().any(|grant| names(grant) && self.keeps_key(table, [rule].into_iter(), grant));
        !key.is_empty() && self.tables.get(&table).is_some_and(|rules| rules.iter().any(loses))
    }

    /// Whether an update asks about other rows of the record's own table.
    pub fn keeps_key<'a>(&self, table: TableId, rules: impl Iterator<Item = &'a Rule>, grant: &Grant) -> bool {
        let mut asked = Asked::new();
        let own = grant.when.iter().chain(&grant.then);
        let mut conditions = rules.flat_map(|rule| &rule.filters).chain(own);
        grant.operation == Operation::Update && conditions.any(|condition| self.asks_of(table, condition, &mut asked))
    }

    /// Whether a condition asks for rows of a table, by itself or by asking for the access to a record.
    fn asks_of(&self, table: TableId, condition: &Condition, asked: &mut Asked) -> bool {
        let mut found = false;
        condition.for_each_atom(&mut |atom| {
            found = found
                || match atom {
                    Atom::Exists(exists) => exists.table == table,
                    Atom::Can(can) => {
                        can.target.table == table || self.access_asks_of(table, (can.target.table, can.operation), asked)
                    }
                    _ => false,
                }
        });
        found
    }

    fn access_asks_of(&self, table: TableId, (of, operation): (TableId, Operation), asked: &mut Asked) -> bool {
        if !asked.insert((of, operation)) {
            return false;
        }
        let is_needed = |grant: &&Grant| [operation, Operation::Read].contains(&grant.operation);
        let rules = self.tables.get(&of).into_iter().flat_map(|rules| rules.iter());
        let said = rules.flat_map(|rule| {
            let granted = rule.grants.iter().filter(is_needed).filter_map(|grant| grant.when.as_ref());
            rule.filters.iter().chain(granted)
        });
        let bounds = self.clauses(of, |boundary| boundary.limits(operation)).map(|clause| &clause.condition);
        said.chain(bounds).any(|condition| self.asks_of(table, condition, asked))
    }
}
