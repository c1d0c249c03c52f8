//! Rows made from the rules. In: a model. Out: people, one for each role and one without; for each table rows that differ from a first one in a single column each, so that what a condition says
//! of it is true of some, false of others, unknown of those where it is empty.

use std::collections::{BTreeMap, BTreeSet};

use super::said::Said;
use super::values::{self, Values, any};
use crate::access::evaluate::{Data, Evaluator};
use crate::catalog::{Column, ColumnRef, TableId, Type};
use crate::model::{Atom, Condition, Held, Model, Operation, Role, Value};
use crate::scenario::{Actor, SampleRow, plain_text, read_row, session};
use crate::yaml::Value as Yaml;

/// So many rows a table has at most.
const MOST: usize = 24;

/// Somebody.
#[derive(Clone)]
pub(super) struct Person<'m> {
    pub(super) name: String,
    pub(super) role: Option<&'m Role>,
    pub(super) key: Yaml,
    /// What their session has to say to have the role.
    pub(super) said: Said,
}

/// The rows of each table.
pub(super) struct Rows<'m> {
    model: &'m Model,
    pub(super) of: BTreeMap<TableId, Vec<SampleRow>>,
}

impl Rows<'_> {
    /// What a column has, each value once.
    pub(super) fn texts(&self, column: ColumnRef) -> Vec<String> {
        let name = &self.model.catalog.column(column).name;
        let mut texts = Vec::new();
        for value in self.of.get(&column.table).into_iter().flatten().filter_map(|row| row.get(name)) {
            let text = plain_text(value);
            if !value.is_null() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// As the evaluator takes them.
    pub(super) fn data(&self, now: i64) -> Data {
        let mut data = Data::default();
        for (&table, rows) in &self.of {
            data.insert(table, rows.iter().filter_map(|row| read_row(self.model, table, row, now).ok()).collect());
        }
        data
    }
}

/// What was made.
pub(super) struct Made<'m> {
    pub(super) people: Vec<Person<'m>>,
    pub(super) rows: Rows<'m>,
}

pub(super) fn make(model: &Model, now: i64) -> Maker<'_> {
    let rows = Rows { model, of: BTreeMap::new() };
    let mut maker = Maker { model, values: Values::new(model), made: Made { people: people(model), rows }, now };
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
        maker.made.rows.of.insert(id, rows);
    }
    model.actions.iter().for_each(|action| maker.callable(action));
    maker
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
        // What people have, others are compared with.
        let is_next = |id: &&TableId| !waits(id);
        let next = left.iter().find(|id| **id == model.identity.user_key.table && !waits(id)).or(left.iter().find(is_next));
        let next = next.and_then(|next| left.iter().position(|id| id == next)).unwrap_or(0);
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
        said: role.and_then(said).unwrap_or_default(),
    };
    roles.enumerate().map(person).collect()
}

/// What a session has to say that a role is held by it.
fn said(role: &Role) -> Option<Said> {
    let Held::Claim(atom) = &role.held else { return None };
    let (claim, text) = values::claim(atom)?;
    Some(Said::default().with(claim.clone(), text.into()))
}

/// A condition that has to be true, and how much that matters beside others.
pub(super) type Wanted = (Condition, usize);

/// The single statements of conditions that have to be true together.
pub(super) fn wanted(conditions: impl IntoIterator<Item = Condition>) -> Vec<Wanted> {
    let parts = conditions.into_iter().flat_map(|condition| match condition {
        Condition::All(parts) => parts,
        other => vec![other],
    });
    parts.map(|part| (part, 1)).collect()
}

/// What boundaries ask of the user's row alone.
fn of_users(model: &Model) -> Vec<Condition> {
    let is_own = |value: &Value| matches!(value, Value::User(path) if path.hops.is_empty());
    let is_constant = |value: &Value| {
        matches!(value, Value::Literal(_) | Value::Now(_) | Value::Today(_) | Value::Tomorrow(_) | Value::Shifted(..))
    };
    let is_of_user = |condition: &Condition| {
        let (mut is_only, mut is_any) = (true, false);
        condition.for_each_atom(&mut |atom| {
            let values = atom.values();
            is_any |= values.iter().any(|value| is_own(value));
            let is_of_rows = matches!(atom, Atom::Exists(_) | Atom::Member { .. });
            is_only &= !is_of_rows && !values.is_empty() && values.iter().all(|value| is_own(value) || is_constant(value));
        });
        is_only && is_any
    };
    let clauses = model.boundaries.iter().filter_map(|boundary| boundary.tables.values().flatten().next());
    clauses.map(|clause| clause.condition.clone()).filter(is_of_user).collect()
}

pub(super) struct Maker<'m> {
    pub(super) model: &'m Model,
    values: Values,
    pub(super) made: Made<'m>,
    pub(super) now: i64,
}

impl Maker<'_> {
    /// Whether a column needs a value that nobody can make up.
    fn is_beyond(&self, column: &Column) -> bool {
        let is_needed =
            !column.nullable && column.default.is_none() && !column.generated && !column.identity && column.sequence.is_none();
        is_needed && column.references.is_none() && any(&column.r#type, 1).is_none() && !matches!(column.r#type, Type::Enum(_))
    }

    /// The first row of a table: each column has the first value that there is for it.
    pub(super) fn base(&self, id: TableId, number: usize) -> SampleRow {
        let table = self.model.catalog.table(id);
        let mut row = SampleRow::new();
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| !column.generated) {
            let own = ColumnRef { table: id, column: index };
            let is_key = table.primary_key.contains(&index) || table.unique.iter().any(|key| key.as_slice() == [index]);
            let tried = self.tried(own, column);
            let value = match (is_key && column.references.is_none(), tried.first()) {
                (true, _) => any(&column.r#type, number).map(Yaml::String),
                (false, Some(_)) if self.is_made_up(own) => any(&column.r#type, number).map(Yaml::String),
                (false, Some(first)) => Some(first.clone()),
                (false, None) if (column.nullable || column.default.is_some()) && !self.is_told_apart(own) => None,
                (false, None) => any(&column.r#type, number).map(Yaml::String),
            };
            row.extend(value.map(|value| (column.name.clone(), value)));
        }
        row
    }

    /// Whether a column has to have something, and no condition says what: everybody has another.
    fn is_made_up(&self, column: ColumnRef) -> bool {
        let is_reference = self.model.catalog.column(column).references.is_some();
        !is_reference && self.values.is_asked_for(column) && self.values.of(self.model, column).is_empty()
    }

    /// Whether some grant is of other fields than a column, so that it has to have a value to be missed.
    fn is_told_apart(&self, column: ColumnRef) -> bool {
        let grants =
            self.model.tables.get(&column.table).into_iter().flat_map(|rules| rules.iter()).flat_map(|rule| &rule.grants);
        let lacks = |fields: &Vec<u32>| !fields.contains(&column.column);
        grants.filter(|grant| grant.operation == Operation::Read).any(|grant| grant.fields.as_ref().is_some_and(lacks))
    }

    /// What to try in a column: keys of the rows that it references, or values that conditions compare it with; and nothing.
    pub(super) fn tried(&self, own: ColumnRef, column: &Column) -> Vec<Yaml> {
        let mut found: Vec<Yaml> = match column.references {
            Some(target) => {
                let name = &self.model.catalog.column(target).name;
                let rows = self.made.rows.of.get(&target.table).into_iter().flatten();
                rows.filter_map(|row| row.get(name)).take(MOST / 2).cloned().collect()
            }
            None => {
                let linked = self.values.linked(own).iter().filter(|other| other.table != own.table);
                let linked = linked.flat_map(|&other| self.made.rows.texts(other).into_iter().take(MOST / 4));
                let mut found: Vec<String> = self.values.of(self.model, own).into_iter().chain(linked).collect();
                if found.is_empty() && self.is_made_up(own) {
                    found.extend(any(&column.r#type, 1));
                }
                found.into_iter().map(Yaml::String).collect()
            }
        };
        if column.nullable && !found.is_empty() {
            found.push(Yaml::Null);
        }
        found
    }

    fn people_rows(&mut self) -> Vec<SampleRow> {
        let key = self.model.identity.user_key;
        let name = &self.model.catalog.column(key).name;
        if let Some(target) = self.model.catalog.column(key).references.filter(|target| target.table != key.table) {
            self.complete(target);
        }
        let mut rows = Vec::new();
        // Somebody without a role shows what boundaries keep from whom their row does not let through.
        let outside = self.made.people.iter().position(|person| person.role.is_none());
        let asked = of_users(self.model);
        for (number, person) in self.made.people.iter().enumerate() {
            let mut row = self.base(key.table, number + 1);
            row.insert(name.clone(), person.key.clone());
            let (own, others) = self.held_by_row(person);
            let within = asked.iter().flat_map(|asked| match outside == Some(number) {
                true => vec![(Condition::Not(Box::new(asked.clone())), 4)],
                false => wanted([asked.clone()]).into_iter().map(|(part, _)| (part, 4)).collect(),
            });
            let roles = own.into_iter().map(|own| (own, 64)).chain(others.into_iter().map(|other| (other, 1)));
            let wanted: Vec<Wanted> = roles.chain(within).collect();
            row = self.satisfying(key.table, row, &wanted, person);
            rows.push(row);
        }
        rows
    }

    /// Gives a column that people's keys reference a row for each of them.
    fn complete(&mut self, target: ColumnRef) {
        let name = &self.model.catalog.column(target).name;
        let known = self.made.rows.texts(target);
        for key in self.made.people.iter().map(|person| person.key.clone()).collect::<Vec<_>>() {
            if !known.contains(&plain_text(&key)) {
                let number = self.made.rows.of.get(&target.table).map_or(0, Vec::len) + 1;
                let mut row = self.base(target.table, number);
                row.insert(name.clone(), key);
                self.made.rows.of.entry(target.table).or_default().push(row);
            }
        }
    }

    /// What a user's row has to say for a role, and that it does not say it for others.
    fn held_by_row(&self, person: &Person<'_>) -> (Option<Condition>, Vec<Condition>) {
        let (mut own, mut others) = (None, Vec::new());
        for role in &self.model.roles {
            let Held::User(atom) = &role.held else { continue };
            let condition = Condition::from(atom.clone());
            match person.role.is_some_and(|held| held.name == role.name) {
                true => own = Some(condition),
                false => others.push(Condition::Not(Box::new(condition))),
            }
        }
        (own, others)
    }

    /// A row with as few other values as make conditions true for somebody; as it is where none do.
    pub(super) fn satisfying(&self, id: TableId, row: SampleRow, wanted: &[Wanted], who: &Person<'_>) -> SampleRow {
        let data = self.made.rows.data(self.now);
        let goal = wanted.iter().map(|(_, weight)| weight).sum();
        self.best(id, row, goal, |row| self.count(id, row, wanted, who, &data))
    }

    /// The same for somebody, and as far as that goes for nobody else: whom a row counts for, a condition says.
    pub(super) fn satisfying_alone(&self, id: TableId, row: SampleRow, wanted: &[Wanted], who: &Person<'_>) -> SampleRow {
        let data = self.made.rows.data(self.now);
        let others: Vec<&Person<'_>> = self.made.people.iter().filter(|other| other.key != who.key).collect();
        let all: usize = wanted.iter().map(|(_, weight)| weight).sum();
        let weight = others.len() + 1;
        let is_of = |other: &&&Person<'_>, row: &SampleRow| self.count(id, row, wanted, other, &data) == all;
        self.best(id, row, all * weight + others.len(), |row| {
            let left_out = others.iter().filter(|other| !is_of(other, row)).count();
            self.count(id, row, wanted, who, &data) * weight + left_out
        })
    }

    /// The row that counts most, of those that differ in few values; as it is where none counts more.
    fn best(&self, id: TableId, row: SampleRow, goal: usize, count: impl Fn(&SampleRow) -> usize) -> SampleRow {
        let table = self.model.catalog.table(id);
        let mut best = (count(&row), row);
        for _ in 0..3 {
            if best.0 == goal {
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

    fn count(&self, id: TableId, row: &SampleRow, wanted: &[Wanted], who: &Person<'_>, made: &Data) -> usize {
        let Ok(read) = read_row(self.model, id, row, self.now) else { return 0 };
        // What is asked of the user's row is asked of the one that is being made.
        let mut data = made.clone();
        data.insert(id, made.rows(id).iter().cloned().chain([read.clone()]).collect());
        let Ok(session) = session(self.model, &self.actor(who), self.now) else { return 0 };
        let evaluator = Evaluator::new(self.model, &data, &session);
        wanted
            .iter()
            .filter(|(condition, _)| evaluator.condition(condition, id, &read) == Some(true))
            .map(|(_, weight)| weight)
            .sum()
    }

    /// Somebody with what their session has to say to have their role.
    pub(super) fn actor(&self, who: &Person<'_>) -> Actor {
        who.said.by(self.model, &Actor::signed_in(who.key.clone()))
    }

    /// The first row, and others that differ from it in one column each. Where its key references others, it is another one, so that none is left out.
    fn variants(&self, id: TableId) -> Vec<SampleRow> {
        let table = self.model.catalog.table(id);
        let base = self.base(id, 1);
        let mut rows = vec![(base.clone(), Vec::new())];
        for (index, column) in (0u32..).zip(&table.columns).filter(|(_, column)| !column.generated) {
            let is_own_key = table.primary_key.as_slice() == [index] && column.references.is_none();
            for value in self.tried(ColumnRef { table: id, column: index }, column).into_iter().skip(1).filter(|_| !is_own_key) {
                let mut row = base.clone();
                row.insert(column.name.clone(), value);
                rows.push((row, vec![index]));
            }
        }
        // Whatever leads to a row has to be able to lead to another one.
        if rows.len() == 1 {
            rows.push((base, Vec::new()));
        }
        let mut placed: Vec<SampleRow> = Vec::new();
        for (row, varied) in rows {
            if placed.len() < MOST {
                placed.extend(self.placed_among(id, row, &varied, &placed));
            }
        }
        placed
    }

    /// Rows whose keys differ, as many as are enough.
    pub(super) fn unique(&self, id: TableId, rows: Vec<SampleRow>) -> Vec<SampleRow> {
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
