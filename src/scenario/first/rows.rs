//! Rows made from the rules. In: a model. Out: people, one for each role and one without; for each table rows that differ from a first one in a single column each, so that what a condition says
//! of it is true of some, false of others, unknown of those where it is empty.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Values, any};
use crate::access::evaluate::{Data, Datum, Evaluator, Session};
use crate::catalog::{Column, ColumnRef, TableId, Type};
use crate::model::{Condition, Held, Membership, Model, Role};
use crate::scenario::{SampleRow, identity, read_row};
use crate::yaml::Value as Yaml;

/// So many rows a table has at most.
const MOST: usize = 24;

/// Somebody.
pub(super) struct Person<'m> {
    pub(super) name: String,
    pub(super) role: Option<&'m Role>,
    pub(super) key: Yaml,
}

/// What was made.
pub(super) struct Made<'m> {
    pub(super) people: Vec<Person<'m>>,
    pub(super) rows: BTreeMap<TableId, Vec<SampleRow>>,
}

pub(super) fn make(model: &Model) -> Made<'_> {
    let mut maker = Maker { model, values: Values::new(model), made: Made { people: people(model), rows: BTreeMap::new() } };
    for id in by_reference(model) {
        let table = model.catalog.table(id);
        let rows = if id == model.identity.user_key.table {
            maker.people_rows()
        } else if let Some(membership) = model.memberships.iter().find(|one| one.table == id) {
            maker.memberships(membership)
        } else if table.columns.iter().any(|column| maker.is_beyond(column)) {
            Vec::new()
        } else {
            maker.variants(id)
        };
        maker.made.rows.insert(id, rows);
    }
    maker.made
}

/// The tables, each behind those that it references; what goes round in a circle begins somewhere.
fn by_reference(model: &Model) -> Vec<TableId> {
    let mut left: Vec<TableId> = model.catalog.tables().map(|(id, _)| id).collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let waits = |id: &TableId| {
            let references = model.catalog.table(*id).columns.iter().filter_map(|column| column.references);
            references.into_iter().any(|target| target.table != *id && left.contains(&target.table))
        };
        let next = left.iter().position(|id| !waits(id)).unwrap_or(0);
        order.push(left.remove(next));
    }
    order
}

/// One for each role that a user has, and two without any.
fn people(model: &Model) -> Vec<Person<'_>> {
    let r#type = &model.catalog.column(model.identity.user_key).r#type;
    let is_of_user = |role: &&Role| role.permission.is_none() && !matches!(role.held, Held::DatabaseRole(_));
    let roles = model.roles.iter().filter(is_of_user).map(Some).chain([None, None]);
    let person = |(number, role): (usize, Option<_>)| Person {
        name: role.map_or_else(|| format!("Stranger {}", number + 1), |role: &Role| role.name.clone()),
        key: any(r#type, number + 1).map_or(Yaml::Null, Yaml::String),
        role,
    };
    roles.enumerate().map(person).collect()
}

struct Maker<'m> {
    model: &'m Model,
    values: Values,
    made: Made<'m>,
}

impl Maker<'_> {
    /// Whether a column needs a value that nobody can make up.
    fn is_beyond(&self, column: &Column) -> bool {
        let is_needed =
            !column.nullable && column.default.is_none() && !column.generated && !column.identity && column.sequence.is_none();
        is_needed && column.references.is_none() && any(&column.r#type, 1).is_none() && !matches!(column.r#type, Type::Enum(_))
    }

    /// The first row of a table: each column has the first value that there is for it.
    fn base(&self, id: TableId, number: usize) -> SampleRow {
        let table = self.model.catalog.table(id);
        let mut row = SampleRow::new();
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| !column.generated) {
            let own = ColumnRef { table: id, column: index };
            let is_key = table.primary_key.contains(&index) || table.unique.iter().any(|key| key.as_slice() == [index]);
            let tried = self.tried(own, column);
            let value = match (is_key && column.references.is_none(), tried.first()) {
                (true, _) => any(&column.r#type, number).map(Yaml::String),
                (false, Some(first)) => Some(first.clone()),
                (false, None) if column.nullable || column.default.is_some() => None,
                (false, None) => any(&column.r#type, number).map(Yaml::String),
            };
            row.extend(value.map(|value| (column.name.clone(), value)));
        }
        row
    }

    /// What to try in a column: keys of the rows that it references, or values that conditions compare it with; and nothing.
    fn tried(&self, own: ColumnRef, column: &Column) -> Vec<Yaml> {
        let mut found: Vec<Yaml> = match column.references {
            Some(target) => {
                let name = &self.model.catalog.column(target).name;
                let rows = self.made.rows.get(&target.table).into_iter().flatten();
                rows.filter_map(|row| row.get(name)).take(MOST / 2).cloned().collect()
            }
            None => self.values.of(self.model, own).into_iter().map(Yaml::String).collect(),
        };
        if column.nullable && !found.is_empty() {
            found.push(Yaml::Null);
        }
        found
    }

    fn people_rows(&self) -> Vec<SampleRow> {
        let key = self.model.identity.user_key;
        let name = &self.model.catalog.column(key).name;
        let mut rows = Vec::new();
        for (number, person) in self.made.people.iter().enumerate() {
            let mut row = self.base(key.table, number + 1);
            row.insert(name.clone(), person.key.clone());
            if let Some(Held::User(atom)) = person.role.map(|role| &role.held) {
                row = self.satisfying(key.table, row, &[Condition::from(atom.clone())], &person.key);
            }
            rows.push(row);
        }
        rows
    }

    /// A row for each role that is held by it.
    fn memberships(&self, membership: &Membership) -> Vec<SampleRow> {
        let table = self.model.catalog.table(membership.table);
        let name = |column: ColumnRef| table.columns.get(column.column as usize).map(|column| column.name.clone());
        let mut rows = Vec::new();
        for person in &self.made.people {
            let Some(Held::Membership { membership: of, test, global }) = person.role.map(|role| &role.held) else { continue };
            if self.model.membership(*of).name != membership.name {
                continue;
            }
            let mut row = self.base(membership.table, rows.len() + 1);
            row.extend(membership.user().and_then(name).map(|name| (name, person.key.clone())));
            if *global {
                row.extend(membership.within.and_then(name).map(|name| (name, Yaml::Null)));
            }
            let conditions: Vec<Condition> =
                [Condition::from(test.clone())].into_iter().chain(membership.conditions().cloned()).collect();
            rows.push(self.satisfying(membership.table, row, &conditions, &person.key));
        }
        self.unique(membership.table, rows)
    }

    /// A row with as few other values as make conditions true for somebody; as it is where none do.
    fn satisfying(&self, id: TableId, row: SampleRow, conditions: &[Condition], who: &Yaml) -> SampleRow {
        let table = self.model.catalog.table(id);
        let count = |row: &SampleRow| self.count(id, row, conditions, who);
        let mut best = (count(&row), row);
        for _ in 0..3 {
            if best.0 == conditions.len() {
                break;
            }
            let start = best.1.clone();
            for (index, column) in (0u32..).zip(&table.columns).filter(|(index, _)| !table.primary_key.contains(index)) {
                for value in self.tried(ColumnRef { table: id, column: index }, column) {
                    let mut other = start.clone();
                    other.insert(column.name.clone(), value);
                    let true_ones = count(&other);
                    if true_ones > best.0 {
                        best = (true_ones, other);
                    }
                }
            }
        }
        best.1
    }

    fn count(&self, id: TableId, row: &SampleRow, conditions: &[Condition], who: &Yaml) -> usize {
        let mut data = Data::default();
        for (&table, rows) in &self.made.rows {
            let rows = rows.iter().filter_map(|row| read_row(self.model, table, row, 0).ok());
            data.insert(table, rows.collect());
        }
        let Ok(read) = read_row(self.model, id, row, 0) else { return 0 };
        // What is asked of the user's row is asked of the one that is being made.
        let others = data.rows(id).iter().cloned();
        data.insert(id, others.chain([read.clone()]).collect());
        let identity = identity(self.model, who, 0).unwrap_or(Datum::Null);
        let session = Session {
            database_role: self.model.identity.signed_in_role.clone(),
            identity,
            claims: serde_json::Value::Null,
            settings: BTreeMap::new(),
            now: 0,
        };
        let evaluator = Evaluator::new(self.model, &data, &session);
        conditions.iter().filter(|condition| evaluator.condition(condition, id, &read) == Some(true)).count()
    }

    /// The first row, and others that differ from it in one column each.
    fn variants(&self, id: TableId) -> Vec<SampleRow> {
        let table = self.model.catalog.table(id);
        let base = self.base(id, 1);
        let mut rows = vec![base.clone()];
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| !column.generated) {
            let is_own_key = table.primary_key.as_slice() == [index] && column.references.is_none();
            for value in self.tried(ColumnRef { table: id, column: index }, column).into_iter().skip(1).filter(|_| !is_own_key) {
                let mut row = base.clone();
                row.insert(column.name.clone(), value);
                rows.push(row);
            }
        }
        // Whatever leads to a row has to be able to lead to another one.
        if rows.len() == 1 {
            rows.push(base);
        }
        for (number, row) in rows.iter_mut().enumerate() {
            for &key in table.primary_key.iter().chain(table.unique.iter().filter(|key| key.len() == 1).flatten()) {
                let column = &table.columns[key as usize];
                let value = any(&column.r#type, number + 1).map(Yaml::String).filter(|_| column.references.is_none());
                row.extend(value.map(|value| (column.name.clone(), value)));
            }
        }
        self.unique(id, rows)
    }

    /// Rows whose keys differ, as many as are enough.
    fn unique(&self, id: TableId, rows: Vec<SampleRow>) -> Vec<SampleRow> {
        let table = self.model.catalog.table(id);
        let mut known: BTreeSet<(usize, String)> = BTreeSet::new();
        let is_new = |row: &SampleRow| {
            let keys = [&table.primary_key].into_iter().chain(&table.unique).enumerate();
            let texts = keys.map(|(number, key)| {
                let values = key.iter().map(|&column| row.get(&table.columns[column as usize].name));
                (number, format!("{:?}", values.collect::<Vec<_>>()))
            });
            let texts: Vec<(usize, String)> = texts.collect();
            let is_new = texts.iter().all(|text| !known.contains(text));
            known.extend(texts.into_iter().filter(|_| is_new));
            is_new
        };
        rows.into_iter().filter(is_new).take(MOST).collect()
    }
}
