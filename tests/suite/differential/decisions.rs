//! Every decision about the rows of one table for one session: the statements, and what the evaluator says of each. In: a project, its
//! model, a [`Probe`]. Out: the first statement that does something else. It does not know how a statement is said.

use std::collections::{BTreeMap, BTreeSet};

use rowgate::access::evaluate::{self, Datum, Evaluator};
use rowgate::catalog::TableId;
use rowgate::model::{Atom, Condition, Membership, Model, Operation};

use super::generate::Project;
use super::probe::{Privileges, Probe, Seen};
use super::schema::{Moments, Table, key, row, written};
use super::statement::{Statement, Verb};
use crate::random::Random;

/// What is asked of an evaluator.
type Question<'a> = &'a dyn Fn(&Evaluator<'_>) -> bool;

/// The decisions of one project.
pub struct Decisions<'a> {
    pub model: &'a Model,
    pub project: &'a Project,
    pub moments: &'a Moments,
    /// A table's column that is not there any more.
    pub dropped: Option<(String, String)>,
    /// Tables whose rows a trigger of the application makes uniform before they are stored.
    pub normalised: BTreeSet<String>,
    /// Tables in which a trigger of the application fills what is marked so.
    pub filled: BTreeSet<String>,
    /// Tables whose keys are unique in each of their parts alone, so that an upsert may find none.
    pub parted: BTreeSet<String>,
}

impl Decisions<'_> {
    pub fn id(&self, table: &str) -> TableId {
        self.model.catalog.by_name(&rowgate::catalog::QualifiedName::new("public", table)).unwrap()
    }

    /// A row as the evaluator has it.
    pub fn read(&self, table: &Table, row: &[Option<String>], now: i64) -> Vec<Datum> {
        let entry = self.model.catalog.table(self.id(table.name));
        let mut datums = vec![Datum::Null; row.len()];
        for (column, value) in table.columns.iter().zip(row) {
            let index = entry.column_named(&column.name).unwrap() as usize;
            if let Some(value) = value {
                let parsed = evaluate::parse(&self.model.catalog, &entry.columns[index].r#type, value, now);
                datums[index] = parsed.unwrap_or_else(|| panic!("{} cannot be read as {}", value, column.r#type));
            }
        }
        datums
    }

    pub fn table(&self, probe: &mut Probe<'_>, random: &mut Random, table: &Table) -> Result<Option<String>, String> {
        let rows = &self.project.rows[self.project.schema.tables.iter().position(|other| other.name == table.name).unwrap()];
        let privileges = probe.privileges(table)?;
        if let Some(mismatch) = self.reads(probe, table, rows, &privileges)? {
            return Ok(Some(mismatch));
        }
        for number in 0..7 {
            let fresh = row(random, self.moments, &self.project.schema, table, 50 + number);
            if let Some(mismatch) = self.creates(probe, random, table, &fresh, &privileges)? {
                return Ok(Some(mismatch));
            }
        }
        for number in 0..rows.len() {
            if let Some(mismatch) = self.deletes(probe, table, rows, number)? {
                return Ok(Some(mismatch));
            }
            for _ in 0..3 {
                if let Some(mismatch) = self.updates(probe, random, table, rows, number, &privileges)? {
                    return Ok(Some(mismatch));
                }
            }
        }
        probe.code_of_the_session()
    }

    pub fn is_there(&self, table: &Table, column: &str) -> bool {
        self.dropped.as_ref().is_none_or(|(of, dropped)| of != table.name || dropped != column)
    }

    /// Cell by cell: which rows are there, and which of their fields have what the row has.
    fn reads(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        rows: &[Vec<Option<String>>],
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let readable = |name: &&str| match &privileges.view {
            Some(view) => view.contains(*name),
            None => privileges.read.contains(*name),
        };
        let names = table.columns.iter().map(|column| column.name.as_str()).filter(readable);
        let columns: Vec<&str> = names.filter(|name| self.is_there(table, name)).collect();
        let source = if privileges.view.is_some() { "masked" } else { "public" };
        let query = Statement::new(Verb::Select, &format!("{source}.{}", table.name))
            .with_columns(columns.iter().map(|name| ((*name).to_owned(), String::new())));
        let can_ask = columns.contains(&"id");
        let plain = if can_ask { probe.query(&query)? } else { Some(BTreeMap::new()) };
        let tolerance = probe.tolerance;
        let mismatch = plain.and_then(|seen| {
            let meant = |evaluator: &Evaluator<'_>, row: &Vec<Datum>| evaluator.read_fields(self.id(table.name), row);
            let own = |row: &Vec<Datum>| meant(probe.evaluator, row);
            self.seen(table, rows, privileges, &seen, &own, tolerance, probe.data.rows(self.id(table.name)))
        });
        if mismatch.is_some() {
            return Ok(mismatch.map(|what| format!("{}: {what}", query.text())));
        }
        probe.decisions += rows.len() * (1 + table.columns.len());
        if !can_ask {
            return Ok(None);
        }
        if let Some(mismatch) = self.reads_what_is_closed(probe, table, privileges)? {
            return Ok(Some(mismatch));
        }
        let (evaluator, other, data) = (probe.evaluator, probe.other, probe.data.rows(self.id(table.name)));
        probe.hostile_query(&query, rows.len(), &|seen, tolerance, either| {
            let of = |row: &Vec<Datum>| {
                let mut fields = evaluator.read_fields(self.id(table.name), row);
                if either {
                    fields.extend(other.read_fields(self.id(table.name), row));
                }
                fields
            };
            self.seen(table, rows, privileges, seen, &of, tolerance, data)
        })
    }

    /// A field that the role may not read at all, asked for in the hostile session: whatever it does, no row comes.
    fn reads_what_is_closed(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let is_closed = |name: &&str| !privileges.read.contains(*name) && self.is_there(table, name);
        let Some(closed) = table.columns.iter().map(|column| column.name.as_str()).find(is_closed) else { return Ok(None) };
        let query = Statement::new(Verb::Select, &format!("public.{}", table.name))
            .with_columns([("id".to_owned(), String::new()), (closed.to_owned(), String::new())]);
        let shown = |seen: &Seen, _, _| (!seen.is_empty()).then(|| format!("{} rows with {closed}, which is closed", seen.len()));
        // There are many ways to ask.
        for _ in 0..4 {
            if let Some(mismatch) = probe.hostile_query(&query, 1, &shown)? {
                return Ok(Some(mismatch));
            }
        }
        Ok(None)
    }

    /// The first cell that is shown, or is not, other than the evaluator says.
    #[allow(clippy::too_many_arguments)]
    fn seen(
        &self,
        table: &Table,
        rows: &[Vec<Option<String>>],
        privileges: &Privileges,
        seen: &BTreeMap<String, BTreeMap<String, bool>>,
        meant: &dyn Fn(&Vec<Datum>) -> BTreeSet<u32>,
        tolerance: super::probe::Tolerance,
        data: &[Vec<Datum>],
    ) -> Option<String> {
        let entry = self.model.catalog.table(self.id(table.name));
        if let Some(key) = seen.keys().find(|key| !rows.iter().any(|row| row[0].as_ref() == Some(*key))) {
            return Some(format!("there is no row {key}"));
        }
        for (number, row) in data.iter().enumerate() {
            let key = rows[number][0].clone().unwrap_or_default();
            let fields = meant(row);
            let found = seen.get(&key);
            if !tolerance.allows(!fields.is_empty(), found.is_some()) {
                return Some(format!("row {key} is shown: {}; the evaluator says {fields:?}", found.is_some()));
            }
            let Some(found) = found else { continue };
            for (position, column) in table.columns.iter().enumerate() {
                let index = entry.column_named(&column.name).unwrap();
                let shown = match &privileges.view {
                    // An empty field tells nothing.
                    Some(_) if rows[number][position].is_none() => continue,
                    Some(_) => found.get(&column.name).copied().unwrap_or(false),
                    None => found.contains_key(&column.name),
                };
                if self.is_there(table, &column.name) && !tolerance.allows(fields.contains(&index), shown) {
                    return Some(format!("row {key}, {}: it is shown: {shown}", column.name));
                }
            }
        }
        None
    }

    fn creates(
        &self,
        probe: &mut Probe<'_>,
        random: &mut Random,
        table: &Table,
        fresh: &[Option<String>],
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let entry = self.model.catalog.table(id);
        let mut fresh = fresh.to_vec();
        let mut supplied = BTreeSet::new();
        for (position, column) in table.columns.iter().enumerate() {
            let default = column.default.map(|default| default.trim_matches('\'').to_owned());
            let may = privileges.create.contains(&column.name);
            // What is not granted and has its default is not mentioned; that it could be is another question.
            let index = entry.column_named(&column.name).unwrap();
            let parsed = |value: &Option<String>| match value {
                Some(value) => evaluate::parse(&self.model.catalog, &entry.columns[index as usize].r#type, value, 0).unwrap(),
                None => Datum::Null,
            };
            let differs = !parsed(&fresh[position]).same(&parsed(&default));
            if !differs || !self.is_there(table, &column.name) {
                fresh[position].clone_from(&default);
            }
            if !self.is_there(table, &column.name) {
                continue;
            }
            if differs && !may && random.below(3) > 0 && column.name != "id" {
                fresh[position] = default;
            } else if differs || (may && random.below(2) == 0) {
                supplied.insert(position);
            }
        }
        let stored: Vec<Option<String>> =
            (0..fresh.len()).map(|position| self.stored(table, position, &fresh[position])).collect();
        let row = self.read(table, &stored, probe.now);
        let indices: BTreeSet<u32> =
            supplied.iter().map(|&position| entry.column_named(&table.columns[position].name).unwrap()).collect();
        let statement = insert(table, &fresh, |position| supplied.contains(&position));
        if let Some(mismatch) = probe.expect(&statement, &|evaluator| evaluator.create(id, &row, &indices), &[])? {
            return Ok(Some(mismatch));
        }
        if let Some(mismatch) = self.creates_two(probe, table, (&fresh, &row, &indices), &statement)? {
            return Ok(Some(mismatch));
        }
        let returned = statement.clone().returning();
        let readable = |evaluator: &Evaluator<'_>| evaluator.read(id, &evaluator.filled(id, Operation::Create, &row));
        let may = |evaluator: &Evaluator<'_>| evaluator.create(id, &row, &indices) && readable(evaluator);
        let parts: [Question<'_>; 2] = [&|evaluator| evaluator.create(id, &row, &indices), &readable];
        if let Some(mismatch) = probe.expect(&returned, &may, &parts)? {
            return Ok(Some(mismatch));
        }
        // An upsert of a row that is there makes it and changes it.
        let rows = probe.data.rows(id);
        let number = random.below(rows.len());
        let own_rows = &self.project.rows[self.project.schema.tables.iter().position(|other| other.name == table.name).unwrap()];
        let key = &own_rows[number][0];
        let columns: Vec<usize> = (1..table.columns.len())
            .filter(|&position| privileges.update.contains(&table.columns[position].name))
            .filter(|&position| self.is_there(table, &table.columns[position].name))
            .collect();
        if columns.is_empty() || !supplied.contains(&0) || self.parted.contains(table.name) {
            return Ok(None);
        }
        let position = columns[random.below(columns.len())];
        let mut proposed = fresh.clone();
        proposed[0].clone_from(key);
        let mut proposed_stored = stored;
        proposed_stored[0].clone_from(key);
        let proposed_row = self.read(table, &proposed_stored, probe.now);
        let mut updated = own_rows[number].clone();
        updated[position].clone_from(&proposed[position]);
        let mut after = self.read(table, &self.settled(table, &updated, &[position]), probe.now);
        let before = self.filled(table, &own_rows[number], &mut after, &[position]);
        let mut statement = insert(table, &proposed, |position| supplied.contains(&position));
        let column = &table.columns[position];
        statement.conflict = Some((column.name.clone(), written(column.r#type, proposed[position].as_ref())));
        probe.set_probed(key.as_deref().unwrap_or_default())?;
        let creates = |evaluator: &Evaluator<'_>| {
            let stored = evaluator.filled(id, Operation::Create, &proposed_row);
            evaluator.create(id, &proposed_row, &indices) && evaluator.read(id, &stored)
        };
        if !creates(probe.evaluator) && probe.evaluator.update(id, &before, &after) {
            // Nothing is created, and of what was proposed PostgreSQL asks INSERT's policy only: some of it may be refused.
            return Ok(None);
        }
        let meant = |evaluator: &Evaluator<'_>| evaluator.update(id, &before, &after);
        let stored = |evaluator: &Evaluator<'_>| evaluator.filled(id, Operation::Update, &after);
        let parts: [Question<'_>; 2] =
            [&|evaluator| evaluator.read(id, &before), &|evaluator| evaluator.read(id, &stored(evaluator))];
        probe.expect(&statement, &meant, &parts)
    }

    /// Two records in one statement, alike but for their keys: the second is made where the first one is there.
    fn creates_two(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        (fresh, row, indices): (&[Option<String>], &Vec<Datum>, &BTreeSet<u32>),
        statement: &Statement,
    ) -> Result<Option<String>, String> {
        if probe.hostile.is_some() || statement.columns.first().is_none_or(|(name, _)| name != "id") {
            return Ok(None);
        }
        let id = self.id(table.name);
        // Who belongs to what is judged as the statement found it, which the evaluator cannot tell from what else is asked of the table.
        if self.model.memberships.iter().flat_map(Membership::conditions).any(|condition| asks(condition, id)) {
            return Ok(None);
        }
        let mut second = fresh.to_vec();
        second[0] = Some(key(table.columns[0].r#type, 70));
        let again = self.read(table, &second, probe.now);
        let statement = Statement { again: Some(written(table.columns[0].r#type, second[0].as_ref())), ..statement.clone() };
        let data = probe.data;
        let both = |evaluator: &Evaluator<'_>| {
            let mut later = data.clone();
            let first = evaluator.filled(id, Operation::Create, row);
            later.insert(id, data.rows(id).iter().cloned().chain([first]).collect());
            evaluator.create(id, row, indices) && evaluator.beside(&later).create(id, &again, indices)
        };
        probe.expect(&statement, &both, &[])
    }

    fn deletes(
        &self,
        probe: &mut Probe<'_>,
        table: &Table,
        rows: &[Vec<Option<String>>],
        number: usize,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let key = rows[number][0].clone().unwrap_or_default();
        let row = &probe.data.rows(id)[number];
        let blind = Statement::new(Verb::Delete, &format!("public.{}", table.name));
        probe.set_probed(&key)?;
        for statement in [blind.clone().of(&key), blind] {
            if let Some(mismatch) =
                probe.expect(&statement, &|evaluator| evaluator.delete(id, row), &[&|evaluator| evaluator.read(id, row)])?
            {
                return Ok(Some(format!("{key}: {mismatch}")));
            }
        }
        Ok(None)
    }

    fn updates(
        &self,
        probe: &mut Probe<'_>,
        random: &mut Random,
        table: &Table,
        rows: &[Vec<Option<String>>],
        number: usize,
        privileges: &Privileges,
    ) -> Result<Option<String>, String> {
        let id = self.id(table.name);
        let other = row(random, self.moments, &self.project.schema, table, number + 1);
        let mut after = rows[number].clone();
        let mut assigned = Vec::new();
        for position in 1..table.columns.len() {
            let may = privileges.update.contains(&table.columns[position].name);
            let differs = other[position] != after[position];
            // An assignment of the same value needs the right all the same, which is another question.
            let wanted = if may { random.below(3) > 0 } else { differs && random.below(12) == 0 };
            if wanted && self.is_there(table, &table.columns[position].name) {
                after[position].clone_from(&other[position]);
                assigned.push(position);
            }
        }
        if probe.hostile.is_some() && assigned.len() > 1 && random.below(3) == 0 {
            let only = assigned[random.below(assigned.len())];
            for position in assigned.drain(..).filter(|position| *position != only) {
                after[position].clone_from(&rows[number][position]);
            }
            assigned.push(only);
        }
        if probe.hostile.is_some() && random.below(3) == 0 {
            self.twin(random, table, &rows[number], privileges, (&mut after, &mut assigned));
        }
        if self.parted.contains(table.name) && random.below(2) == 0 {
            self.moves(table, privileges, &mut after, &mut assigned);
        }
        if probe.hostile.is_none() && privileges.update.contains("id") && random.below(6) == 0 {
            after[0] = Some(key(table.columns[0].r#type, 60 + number));
            assigned.push(0);
        }
        if assigned.is_empty() {
            return Ok(None);
        }
        let mut after_row = self.read(table, &self.settled(table, &after, &assigned), probe.now);
        let before = &self.filled(table, &rows[number], &mut after_row, &assigned);
        // Written differently, but the same value: nothing changes, and the right to assign it is another question.
        let same_without_right = assigned.iter().any(|&position| {
            let index = self.model.catalog.table(id).column_named(&table.columns[position].name).unwrap() as usize;
            !privileges.update.contains(&table.columns[position].name) && before[index].is_stored_as(&after_row[index])
        });
        if same_without_right {
            return Ok(None);
        }
        let key = rows[number][0].clone().unwrap_or_default();
        let assignments = assigned.iter().map(|&position| {
            (table.columns[position].name.clone(), written(table.columns[position].r#type, after[position].as_ref()))
        });
        let blind = Statement::new(Verb::Update, &format!("public.{}", table.name)).with_columns(assignments);
        probe.set_probed(&key)?;
        let stored = |evaluator: &Evaluator<'_>| evaluator.filled(id, Operation::Update, &after_row);
        let parts: [Question<'_>; 2] =
            [&|evaluator| evaluator.read(id, before), &|evaluator| evaluator.read(id, &stored(evaluator))];
        for statement in [blind.clone().of(&key), blind.clone().of(&key).returning(), blind] {
            let meant = |evaluator: &Evaluator<'_>| evaluator.update(id, before, &after_row);
            if let Some(mismatch) = probe.expect(&statement, &meant, &parts)? {
                return Ok(Some(format!("{key}: {mismatch}")));
            }
        }
        Ok(None)
    }
}

/// An insert of the columns that `supplied` says.
pub fn insert(table: &Table, row: &[Option<String>], supplied: impl Fn(usize) -> bool) -> Statement {
    let columns = (0..row.len()).filter(|&index| supplied(index));
    let columns =
        columns.map(|index| (table.columns[index].name.clone(), written(table.columns[index].r#type, row[index].as_ref())));
    Statement::new(Verb::Insert, &format!("public.{}", table.name)).with_columns(columns)
}

/// Whether a condition asks about rows of a table.
fn asks(condition: &Condition, table: TableId) -> bool {
    let mut found = false;
    condition.for_each_atom(&mut |atom| found |= matches!(atom, Atom::Exists(exists) if exists.table == table));
    found
}
