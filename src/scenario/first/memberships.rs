//! Rows that say who belongs to what. In: people. Out: one for each role that is held by it, which counts for its holder and, where a condition says for whom it counts, for as few others
//! as that goes; and some of which what has to be said of a membership is not so.

use super::rows::{Maker, Person, wanted};
use crate::catalog::ColumnRef;
use crate::model::{Condition, Held, Membership, Value};
use crate::scenario::SampleRow;
use crate::yaml::Value as Yaml;

impl Maker<'_> {
    /// A row for each role that is held by it.
    pub(super) fn memberships(&self, membership: &Membership) -> Vec<SampleRow> {
        let table = self.model.catalog.table(membership.table);
        let name = |column: ColumnRef| table.columns.get(column.column as usize).map(|column| column.name.clone());
        let mut rows = Vec::new();
        for person in &self.made.people {
            let Some(Held::Membership { membership: of, test, global }) = person.role.map(|role| &role.held) else { continue };
            if self.model.membership(*of).name != membership.name {
                continue;
            }
            let mut row = self.base(membership.table, rows.len() + 1);
            row.extend(self.named_by(membership, person));
            if *global {
                row.extend(membership.within.and_then(name).map(|name| (name, Yaml::Null)));
            }
            let conditions = [Condition::from(test.clone())].into_iter().chain(membership.conditions().cloned());
            let wanted = wanted(conditions);
            rows.push(match membership.user() {
                Some(_) => self.satisfying(membership.table, row, &wanted, person),
                None => self.satisfying_alone(membership.table, row, &wanted, person),
            });
        }
        let others = self.other_memberships(membership, &rows);
        self.unique(membership.table, rows.into_iter().chain(others).collect())
    }

    /// What a row of a membership says of whom it counts for: in the column that references them, or in each that could, where a condition says it.
    fn named_by(&self, membership: &Membership, person: &Person<'_>) -> Vec<(String, Yaml)> {
        let (catalog, users) = (&self.model.catalog, self.model.identity.user_key.table);
        let table = catalog.table(membership.table);
        let columns = (0u32..).zip(&table.columns).filter(|(index, column)| match membership.user() {
            Some(user) => user.column == *index,
            None => column.references.is_some_and(|target| target.table == users),
        });
        let own = |index| ColumnRef { table: membership.table, column: index };
        columns.map(|(index, column)| (column.name.clone(), self.key_as(person, own(index)))).collect()
    }

    /// Somebody's key as a column has it that may reference them by another one than their session says.
    fn key_as(&self, person: &Person<'_>, column: ColumnRef) -> Yaml {
        let Value::User(path) = self.model.user_as(column) else { return person.key.clone() };
        let key = self.model.identity.user_key;
        let name = |column: ColumnRef| &self.model.catalog.column(column).name;
        let mut rows = self.made.rows.of.get(&key.table).into_iter().flatten();
        let row = rows.find(|row| row.get(name(key)) == Some(&person.key));
        row.and_then(|row| row.get(name(path.column))).unwrap_or(&person.key).clone()
    }

    /// Rows of somebody else of which what has to be said of a membership is not, or not known.
    fn other_memberships(&self, membership: &Membership, rows: &[SampleRow]) -> Vec<SampleRow> {
        let (table, is_own) = (self.model.catalog.table(membership.table), |column: u32, of: Option<ColumnRef>| {
            of.is_some_and(|of| of.column == column)
        });
        let stranger = self.made.people.iter().rev().find(|person| person.role.is_none());
        let (Some(first), Some(stranger)) = (rows.first(), stranger) else { return Vec::new() };
        if membership.conditions().next().is_none() {
            return Vec::new();
        }
        let name = |column: u32| table.columns[column as usize].name.clone();
        let places =
            membership.within.map(|within| self.tried(within, &table.columns[within.column as usize])).unwrap_or_default();
        let mut found = Vec::new();
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| column.references.is_none() && !column.generated)
        {
            let own = ColumnRef { table: membership.table, column: index };
            let is_asked = membership.conditions().any(|condition| mentions(condition, own));
            if !is_asked || is_own(index, membership.within) || table.primary_key.contains(&index) {
                continue;
            }
            for value in self.tried(own, column).into_iter().filter(|value| first.get(&column.name) != Some(value)) {
                let number = rows.len() + found.len() + 1;
                let mut row = self.base(membership.table, number);
                let kept = first
                    .iter()
                    .filter(|(name, _)| table.column_named(name).is_some_and(|column| !table.primary_key.contains(&column)));
                row.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
                row.extend(self.named_by(membership, stranger));
                if let (Some(within), Some(place)) = (membership.within, places.get(found.len() % places.len().max(1))) {
                    row.insert(name(within.column), place.clone());
                }
                row.insert(column.name.clone(), value);
                found.push(row);
            }
        }
        found
    }
}

/// Whether a condition says something of a column of its own record.
fn mentions(condition: &Condition, own: ColumnRef) -> bool {
    let mut found = false;
    condition.for_each_atom(&mut |atom| found |= atom.record_paths().iter().any(|path| path.column == own));
    found
}
