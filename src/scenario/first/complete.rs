//! A first file is completed: rows, changes and calls that show what it does not show yet. In: the file, read. Out: the first candidate of each kind that shows it, the simplest kind first.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::First;
use super::actors::name_strangers;
use super::additions::Addition;
use super::calls::call;
use super::missing::{Look, Missing, missing};
use super::values::{any, beyond};
use crate::access::evaluate::{Data, Evaluator, Row, Session};
use crate::catalog::{ColumnRef, TableId};
use crate::model::Operation;
use crate::scenario::{Actor, Attempt, Call, SampleRow, Scenarios, Unreadable, read_row, session};
use crate::yaml::Value as Yaml;

/// A table with so many rows gets no more.
const MOST_ROWS: usize = 60;

/// Of so many rows of each table it is asked whether somebody with a new membership may do something else.
const OTHERS: usize = 8;

/// So many questions are asked for one thing that is not shown. By number and not by time: the same rules give the same file.
const QUESTIONS: usize = 15_000;

/// And so many for all of a file.
pub(super) const ALL_QUESTIONS: usize = 150_000;

/// So many values are tried in a column that is changed.
const VALUES: usize = 8;

/// What could be added, by the table whose rules would say something else.
type Candidates = BTreeMap<TableId, Vec<Addition>>;

/// What shows something.
enum Found {
    Attempt(usize, Attempt),
    Call(Call),
    Rows(Vec<(TableId, SampleRow)>),
}

impl First<'_> {
    /// Adds what shows more of the rules. Whether there was anything.
    pub fn complete(&mut self, file: Scenarios) -> Result<bool, Unreadable> {
        let (model, now) = (self.maker.model, self.maker.now);
        let actor = |actor: &Actor| Ok((actor.clone(), session(model, actor, now)?));
        let actors: Vec<(Actor, Session)> = file.scenarios.iter().map(|one| actor(&one.actor)).collect::<Result<_, _>>()?;
        let tables = file.scenarios.first().map(|scenario| scenario.tables.clone()).unwrap_or_default();
        let before = self.numbers();
        let mut is_more = false;
        let mut candidates = Candidates::new();
        for one in missing(model, file, now)? {
            // What was added for another may show this, too.
            if is_more && self.shows_meanwhile(&one, &actors, &before) {
                continue;
            }
            let data = self.maker.made.rows.data(now);
            let left = Cell::new(QUESTIONS.min(self.questions));
            let granted = left.get();
            let look = Look { model, data: &data, actors: &actors, now, left: &left };
            let found = self.search(&one, &look, &tables, &mut candidates);
            self.questions -= granted - left.get();
            match found {
                Some(Found::Attempt(index, attempt)) => self.attempts.push((index, attempt)),
                Some(Found::Call(call)) => self.calls.push(call),
                Some(Found::Rows(rows)) => {
                    for (table, row) in rows {
                        candidates.remove(&table);
                        self.maker.made.rows.of.entry(table).or_default().push(row);
                    }
                }
                None => {
                    self.given_up.insert(one.name());
                    continue;
                }
            }
            is_more = true;
        }
        name_strangers(&mut self.entries, model, &self.maker.made, now);
        Ok(is_more)
    }

    /// How many rows, by table.
    fn numbers(&self) -> Vec<(TableId, usize)> {
        self.maker.made.rows.of.iter().map(|(&table, rows)| (table, rows.len())).collect()
    }

    fn shows_meanwhile(&self, one: &Missing<'_>, actors: &[(Actor, Session)], before: &[(TableId, usize)]) -> bool {
        let data = self.maker.made.rows.data(self.maker.now);
        let left = Cell::new(QUESTIONS);
        let look = Look { model: self.maker.model, data: &data, actors, now: self.maker.now, left: &left };
        let by_rows = before.iter().any(|&(table, number)| {
            let rows = self.rows(&data, table).skip(number);
            one.tables(look.model, &[table]).contains(&table)
                && rows.into_iter().any(|(_, row, given)| one.is_shown_by(&look, table, row, given))
        });
        by_rows
            || self.attempts.iter().any(|(index, attempt)| match attempt {
                Attempt::Update(table, position, set) => data
                    .rows(*table)
                    .get(*position)
                    .is_some_and(|row| one.is_shown_by_change(&look, *table, row, set) == Some(*index)),
                _ => false,
            })
    }

    /// The rows of a table as they are read and as they are written.
    fn rows<'a>(&'a self, data: &'a Data, table: TableId) -> impl Iterator<Item = (usize, &'a Row, &'a SampleRow)> {
        let written = self.maker.made.rows.of.get(&table).map_or(&[][..], Vec::as_slice);
        // What cannot be read is in no place that could be told.
        let read = if data.rows(table).len() == written.len() { data.rows(table) } else { &[] };
        std::iter::zip(read, written).enumerate().map(|(position, (row, given))| (position, row, given))
    }

    fn search(&self, one: &Missing<'_>, look: &Look<'_>, tables: &[TableId], candidates: &mut Candidates) -> Option<Found> {
        let wanted = one.tables(look.model, tables);
        let tried = || wanted.iter().copied().filter(|table| tables.contains(table));
        let by_rows = tried().find_map(|table| {
            self.rows(look.data, table).find_map(|(position, row, _)| {
                let (index, fields) = one.is_seen_by(look, table, row)?;
                Some(Found::Attempt(index, Attempt::See(table, position, fields.into_iter().collect())))
            })
        });
        let by_rows = by_rows.or_else(|| tried().find_map(|table| self.change(one, look, table)));
        let by_rows = by_rows.or_else(|| wanted.iter().find_map(|&table| self.call(one, look, table)));
        // What no row showed once, hardly another one will.
        if by_rows.is_some() || self.given_up.contains(&one.name()) {
            return by_rows;
        }
        wanted.iter().find_map(|&table| {
            let all = candidates.entry(table).or_insert_with(|| self.maker.additions(table));
            self.addition(one, look, (table, all), tables)
        })
    }

    /// A change of a row that is there, of one column.
    fn change(&self, one: &Missing<'_>, look: &Look<'_>, table: TableId) -> Option<Found> {
        let entry = look.model.catalog.table(table);
        for (position, row, given) in self.rows(look.data, table) {
            for (index, column) in (0u32..).zip(&entry.columns).filter(|(_, column)| !column.generated) {
                if entry.primary_key.contains(&index) {
                    continue;
                }
                let mut values = self.maker.tried(ColumnRef { table, column: index }, column);
                values.extend(
                    any(&column.r#type, 9).map(Yaml::String).filter(|_| values.is_empty() && column.references.is_none()),
                );
                values.extend(
                    beyond(&column.r#type).map(|text| Yaml::String(text.to_owned())).filter(|_| column.references.is_none()),
                );
                for value in values.into_iter().take(VALUES).filter(|value| given.get(&column.name) != Some(value)) {
                    let set = SampleRow::from([(column.name.clone(), value)]);
                    if let Some(who) = one.is_shown_by_change(look, table, row, &set) {
                        return Some(Found::Attempt(who, Attempt::Update(table, position, set)));
                    }
                }
            }
        }
        None
    }

    /// A call of an action with a record that is there.
    fn call(&self, one: &Missing<'_>, look: &Look<'_>, table: TableId) -> Option<Found> {
        let actions = look.model.actions.iter().filter(|action| action.table == table);
        let mut calls = actions.flat_map(|action| {
            self.rows(look.data, table).filter_map(|(_, _, given)| call(look.model, action, given)).collect::<Vec<_>>()
        });
        calls.find(|call| one.is_shown_by_call(look, call)).map(Found::Call)
    }

    /// Rows that are added.
    fn addition(
        &self,
        one: &Missing<'_>,
        look: &Look<'_>,
        (table, candidates): (TableId, &[Addition]),
        tables: &[TableId],
    ) -> Option<Found> {
        if self.maker.made.rows.of.get(&table).map_or(0, Vec::len) >= MOST_ROWS {
            return None;
        }
        let mut data = look.data.clone();
        let found = candidates.iter().find(|addition| self.shows_with(one, look, &mut data, (table, addition), tables));
        found.map(|addition| Found::Rows(addition.rows.clone()))
    }

    /// Whether rows would show it, once they are added. The data are left as they were.
    fn shows_with(
        &self,
        one: &Missing<'_>,
        look: &Look<'_>,
        data: &mut Data,
        (table, addition): (TableId, &Addition),
        tables: &[TableId],
    ) -> bool {
        let model = look.model;
        let mut taken: Vec<(TableId, usize)> = Vec::new();
        for (of, row) in &addition.rows {
            let Ok(row) = read_row(model, *of, row, look.now) else { return false };
            let stands =
                look.actors.first().is_some_and(|(_, session)| Evaluator::new(model, data, session).could_stand(*of, &row, None));
            if !stands || data.rows(*of).len() >= MOST_ROWS {
                taken.iter().for_each(|&(of, number)| cut(data, of, number));
                return false;
            }
            let mut rows = data.rows(*of).to_vec();
            if !taken.iter().any(|(other, _)| other == of) {
                taken.push((*of, rows.len()));
            }
            rows.push(row);
            data.insert(*of, rows);
        }
        let shows = {
            let look = Look { model, data, actors: look.actors, now: look.now, left: look.left };
            let written = self.maker.made.rows.of.get(&table).map_or(&[][..], Vec::as_slice);
            let new = addition.rows.iter().filter(|(of, _)| *of == table).map(|(_, row)| row);
            let number = written.len();
            let asked = addition.about.iter().filter_map(|&position| Some((position, written.get(position)?)));
            let mut asked = asked.chain((number..).zip(new));
            let is_asked = tables.contains(&table);
            let by_row = |position: usize, given: &SampleRow| {
                look.data.rows(table).get(position).is_some_and(|row| is_asked && one.is_shown_by(&look, table, row, given))
            };
            let by_call = |given: &SampleRow| {
                let actions = model.actions.iter().filter(|action| action.table == table);
                actions.filter_map(|action| call(model, action, given)).any(|call| one.is_shown_by_call(&look, &call))
            };
            // Whoever holds a role by a row may do other things with all others.
            let is_of_membership = model.memberships.iter().any(|membership| membership.table == table);
            let by_others = || {
                one.is_of_no_table()
                    && is_of_membership
                    && tables.iter().any(|&other| {
                        let written = self.maker.made.rows.of.get(&other).map_or(&[][..], Vec::as_slice);
                        std::iter::zip(look.data.rows(other), written)
                            .take(OTHERS)
                            .any(|(row, given)| one.is_shown_by(&look, other, row, given))
                    })
            };
            asked.any(|(position, given)| by_row(position, given) || by_call(given)) || by_others()
        };
        taken.iter().for_each(|&(of, number)| cut(data, of, number));
        shows
    }
}

/// Takes away the rows behind the first ones.
fn cut(data: &mut Data, table: TableId, number: usize) {
    let rows = data.rows(table).iter().take(number).cloned().collect();
    data.insert(table, rows);
}

/// `{ key: 14, set: { due: … } }`, in the words of a test file.
pub(super) fn change_text(key: &str, set: &SampleRow, yaml: &dyn Fn(&Yaml) -> String) -> String {
    let set: Vec<String> = set.iter().map(|(name, value)| format!("{}: {}", crate::yaml::scalar(name), yaml(value))).collect();
    format!("{{ key: {key}, set: {{ {} }} }}", set.join(", "))
}

/// Whether something that is tried is about an operation on rows of a table.
pub(super) fn is_about(attempt: &Attempt, table: TableId, operation: Operation) -> bool {
    matches!(attempt, Attempt::Update(of, ..) if *of == table && operation == Operation::Update)
}
