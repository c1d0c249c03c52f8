//! Rows that could be added to a file, to show more of the rules. In: the rows so far, and a table. Out: candidates, the simple ones first: a row that differs from one that is there in one
//! column, rows that a record is counted by, and a row that differs in two columns.

use std::collections::BTreeSet;

use super::rows::{Maker, wanted};
use super::values::any;
use crate::catalog::{ColumnRef, TableId};
use crate::model::{Atom, Comparison, Condition, Enough, Exists, Held, Path, Scope, Value};
use crate::scenario::{SampleRow, plain_text};
use crate::yaml::Value as Yaml;

/// More candidates than these are not made.
const CANDIDATES: usize = 400;

/// Rows of a table that differ from each other in what a condition reads are enough of them.
const STARTS: usize = 16;

/// Rows that are added together.
pub(super) struct Addition {
    pub(super) rows: Vec<(TableId, SampleRow)>,
    /// The row that is there and that they say something of.
    pub(super) about: Option<usize>,
}

impl Maker<'_> {
    /// What could be added that rules of a table would say something else of. Of rows that have the same in all that rules ask, one is enough.
    pub(super) fn additions(&self, table: TableId) -> Vec<Addition> {
        let columns = self.asked_columns(table);
        let entry = self.model.catalog.table(table);
        let said = |row: &SampleRow| -> Vec<Option<String>> {
            columns.iter().map(|&column| row.get(&entry.columns[column as usize].name).map(plain_text)).collect()
        };
        let mut known = BTreeSet::new();
        let all = self.made.rows.of.get(&table).map_or(&[][..], Vec::as_slice);
        let mut rows: Vec<(usize, &SampleRow)> = all.iter().enumerate().filter(|(_, row)| known.insert(said(row))).collect();
        rows.truncate(STARTS);
        let mut found: Vec<Addition> = Vec::new();
        let mut starts: Vec<(SampleRow, u32)> = Vec::new();
        for &(_, row) in &rows {
            let others = self.other_than(table, row, &columns);
            starts.extend(others.into_iter().filter(|(row, _)| known.insert(said(row))));
        }
        let one = |row: SampleRow| Addition { rows: vec![(table, row)], about: None };
        found.extend(starts.iter().map(|(row, _)| one(row.clone())));
        for exists in self.exists(table) {
            let counting = self.counting_row(exists);
            for &at in &rows {
                found.extend(self.counted(table, at, exists, &counting));
            }
        }
        for (other, varied) in starts {
            if found.len() > CANDIDATES {
                break;
            }
            let pairs = self.with_others(table, &other, &columns).into_iter().filter(|(row, _)| known.insert(said(row)));
            found.extend(pairs.filter_map(|(row, last)| self.placed(table, row, &[varied, last])).map(one));
        }
        found
    }

    /// A row with another value in one of some columns, and with a key that no row has.
    fn other_than(&self, table: TableId, row: &SampleRow, columns: &[u32]) -> Vec<(SampleRow, u32)> {
        let all = self.with_others(table, row, columns).into_iter();
        all.filter_map(|(row, varied)| Some((self.placed(table, row, &[varied])?, varied))).collect()
    }

    fn with_others(&self, table: TableId, row: &SampleRow, columns: &[u32]) -> Vec<(SampleRow, u32)> {
        let mut found = Vec::new();
        for &column in columns {
            let entry = &self.model.catalog.table(table).columns[column as usize];
            for value in self.tried(ColumnRef { table, column }, entry) {
                if row.get(&entry.name).unwrap_or(&Yaml::Null) != &value {
                    let mut other = row.clone();
                    other.insert(entry.name.clone(), value);
                    found.push((other, column));
                }
            }
        }
        found
    }

    /// So many rows of another table, or of the same, as a record is asked for: those that count, and others that differ from them in one column.
    fn counted(
        &self,
        table: TableId,
        (position, row): (usize, &SampleRow),
        exists: &Exists,
        counting: &SampleRow,
    ) -> Vec<Addition> {
        let Some(given) = self.tied_to(row, exists) else { return Vec::new() };
        let mut first = counting.clone();
        first.extend(given);
        let inner = self.columns_of(exists.table, &[&exists.condition]);
        let fixed: Vec<u32> = exists.link.iter().map(|link| link.column.column).collect();
        let mut kinds = vec![first.clone()];
        let others = self.with_others(exists.table, &first, &inner).into_iter();
        kinds.extend(others.filter(|(_, varied)| !fixed.contains(varied)).map(|(row, _)| row));
        // Where the record is one of them, there has to be one more.
        let own = usize::from(exists.table == table);
        let numbers: Vec<usize> = match exists.enough {
            Enough::Rows(number) => vec![number as usize + own],
            Enough::Value { .. } => vec![1 + own, 2 + own, 3 + own],
        };
        let mut found = Vec::new();
        for kind in &kinds {
            for &number in &numbers {
                let (mut rows, mut all) = (Vec::new(), self.made.rows.of.get(&exists.table).cloned().unwrap_or_default());
                for _ in 0..number {
                    let Some(row) = self.placed_among(exists.table, kind.clone(), &fixed, &all) else { break };
                    all.push(row.clone());
                    rows.push((exists.table, row));
                }
                if rows.len() == number {
                    found.push(Addition { rows, about: Some(position) });
                }
            }
        }
        found
    }

    /// A row that counts, whichever record it is asked for.
    fn counting_row(&self, exists: &Exists) -> SampleRow {
        let row = self.base(exists.table, 1);
        match self.made.people.first() {
            Some(somebody) => self.satisfying(exists.table, row, &wanted([exists.condition.clone()]), somebody),
            None => row,
        }
    }

    /// What such a row has to have to count for a record.
    fn tied_to(&self, record: &SampleRow, exists: &Exists) -> Option<Vec<(String, Yaml)>> {
        let name = |column: ColumnRef| self.model.catalog.column(column).name.clone();
        let mut given = Vec::new();
        if let Some(link) = &exists.link {
            given.push((name(link.column), self.value_at(record, &link.path)?));
        }
        exists.condition.for_each_own_atom(&mut |atom| {
            let Atom::Compare { left, operator: Comparison::Equal, right } = atom else { return };
            for sides in [(left, right), (right, left)] {
                if let (Value::Record(path), Value::Outer(outer)) = sides
                    && path.hops.is_empty()
                    && outer.up == 1
                {
                    given.extend(self.value_at(record, &outer.path).map(|value| (name(path.column), value)));
                }
            }
        });
        Some(given)
    }

    /// What a path from a row leads to.
    fn value_at(&self, row: &SampleRow, path: &Path) -> Option<Yaml> {
        let name = |column: ColumnRef| &self.model.catalog.column(column).name;
        let mut at = row;
        for hop in &path.hops {
            let key = plain_text(at.get(name(hop.foreign_key))?);
            let mut others = self.made.rows.of.get(&hop.target.table)?.iter();
            at = others.find(|other| other.get(name(hop.target)).is_some_and(|own| plain_text(own) == key))?;
        }
        at.get(name(path.column)).filter(|value| !value.is_null()).cloned()
    }

    /// All that is asked of the records of a table.
    fn conditions_on(&self, table: TableId) -> Vec<&Condition> {
        let model = self.model;
        let rules = model.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| rule.conditions());
        let clauses = model.boundaries.iter().filter_map(|boundary| boundary.tables.get(&table)).flatten();
        let memberships = model.memberships.iter().filter(|one| one.table == table).flat_map(|one| one.conditions());
        let actions = model.actions.iter().filter(|one| one.table == table).map(|one| &one.condition);
        rules.chain(clauses.map(|clause| &clause.condition)).chain(memberships).chain(actions).collect()
    }

    /// What is asked there of other rows.
    fn exists(&self, table: TableId) -> Vec<&Exists> {
        let mut found: Vec<&Exists> = Vec::new();
        for condition in self.conditions_on(table) {
            condition.for_each_own_atom(&mut |atom| {
                if let Atom::Exists(exists) = atom
                    && exists.climb.is_none()
                    && !found.contains(&&**exists)
                {
                    found.push(exists);
                }
            });
        }
        found
    }

    /// The columns of a table on which it depends what rules say of a row, roles included.
    fn asked_columns(&self, table: TableId) -> Vec<u32> {
        let model = self.model;
        let mut found: BTreeSet<u32> = self.columns_of(table, &self.conditions_on(table)).into_iter().collect();
        let rules = model.tables.get(&table).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.roles);
        let clauses = model.boundaries.iter().filter_map(|boundary| boundary.tables.get(&table)).flatten();
        for role in rules.chain(clauses.flat_map(|clause| &clause.except)) {
            if let Scope::Of(path) = &role.scope {
                found.insert(begin(path).column);
            }
        }
        for membership in model.memberships.iter().filter(|one| one.table == table) {
            found.extend(membership.user().into_iter().chain(membership.within).map(|column| column.column));
        }
        let tests = model.roles.iter().filter_map(|role| match &role.held {
            Held::Membership { membership, test, .. } if model.membership(*membership).table == table => Some(test),
            _ => None,
        });
        found.extend(tests.flat_map(Atom::record_paths).map(|path| begin(path).column));
        self.varied(table, found)
    }

    fn columns_of(&self, table: TableId, conditions: &[&Condition]) -> Vec<u32> {
        let mut found = BTreeSet::new();
        for condition in conditions {
            condition.for_each_own_atom(&mut |atom| {
                let own = atom.record_paths().into_iter().map(begin).filter(|column| column.table == table);
                found.extend(own.map(|column| column.column));
            });
        }
        self.varied(table, found)
    }

    /// Those that somebody may give another value; what a reference of several columns is, its columns say.
    fn varied(&self, table: TableId, columns: BTreeSet<u32>) -> Vec<u32> {
        let entry = self.model.catalog.table(table);
        let parts = columns.into_iter().flat_map(|column| self.model.catalog.parts(ColumnRef { table, column }));
        let parts: BTreeSet<u32> = parts.map(|part| part.column).collect();
        let is_key =
            |column: u32| entry.primary_key.as_slice() == [column] && entry.columns[column as usize].references.is_none();
        let is_stored =
            |&column: &u32| entry.columns.get(column as usize).is_some_and(|found| !found.generated) && !is_key(column);
        parts.into_iter().filter(is_stored).collect()
    }

    /// A row with a key that none of its table has; some columns stay. Nothing where there is no such key.
    fn placed(&self, table: TableId, row: SampleRow, fixed: &[u32]) -> Option<SampleRow> {
        self.placed_among(table, row, fixed, self.made.rows.of.get(&table).map_or(&[], Vec::as_slice))
    }

    /// The same among these rows.
    pub(super) fn placed_among(&self, table: TableId, row: SampleRow, fixed: &[u32], rows: &[SampleRow]) -> Option<SampleRow> {
        let entry = self.model.catalog.table(table);
        let name = |column: u32| entry.columns[column as usize].name.as_str();
        let is_taken = |key: &[u32], row: &SampleRow| {
            let own =
                |row: &SampleRow| key.iter().map(|&column| row.get(name(column)).map(plain_text)).collect::<Option<Vec<_>>>();
            let key = own(row).filter(|key| !key.is_empty() && !key.iter().any(String::is_empty));
            key.is_some_and(|key| rows.iter().any(|other| own(other).as_ref() == Some(&key)))
        };
        let mut row = row;
        for key in entry.keys().filter(|key| !key.is_empty()) {
            let free: Vec<u32> = key.iter().copied().filter(|column| !fixed.contains(column)).collect();
            let own = free.iter().find(|&&column| entry.columns[column as usize].references.is_none());
            row = match own {
                _ if !is_taken(key, &row) => row,
                Some(&own) => {
                    let other = |number| {
                        let value = any(&entry.columns[own as usize].r#type, number)?;
                        let mut other = row.clone();
                        other.insert(name(own).to_owned(), Yaml::String(value));
                        (!is_taken(key, &other)).then_some(other)
                    };
                    (rows.len() + 1..rows.len() * 2 + 9).find_map(other)?
                }
                None => self.led_elsewhere(table, &row, &free, &|row| !is_taken(key, row))?,
            };
        }
        let is_new = !entry.keys().any(|key| is_taken(key, &row));
        is_new.then_some(row)
    }

    /// A row with other references in some columns, of which something is so.
    fn led_elsewhere(
        &self,
        table: TableId,
        row: &SampleRow,
        columns: &[u32],
        is_so: &dyn Fn(&SampleRow) -> bool,
    ) -> Option<SampleRow> {
        let Some((&column, rest)) = columns.split_first() else { return is_so(row).then(|| row.clone()) };
        let entry = &self.model.catalog.table(table).columns[column as usize];
        let own = row.get(&entry.name).cloned();
        let values = own.into_iter().chain(self.tried(ColumnRef { table, column }, entry)).filter(|value| !value.is_null());
        values.into_iter().find_map(|value| {
            let mut other = row.clone();
            other.insert(entry.name.clone(), value);
            self.led_elsewhere(table, &other, rest, is_so)
        })
    }
}

/// The column of a record at which a path begins.
fn begin(path: &Path) -> ColumnRef {
    path.hops.first().map_or(path.column, |hop| hop.foreign_key)
}
