//! `rowgate who --changes-since`: who may reach which records since the rules were others. In: the rules of before and of now, and the rows that are there. Out: what each
//! person gained and lost, as both rules say it of the same rows.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::actors::{self, TestFiles};
use super::super::diff::{self, ProjectTexts};
use super::super::live;
use super::super::notes::Notes;
use super::super::output::{Format, Output, count_that};
use super::super::people::{self, Person, everybody};
use super::super::{Error, Verdict, compared, revision, samples};
use super::told::{self, Affected, Changed, Found, What};
use super::{Arguments, first_users};
use crate::access::evaluate::{Evaluator, Row, Rows};
use crate::catalog::{Catalog, TableId};
use crate::db;
use crate::model::{Model, Operation, RoleId};
use crate::project::Compiled;
use crate::scenario::{self, Holding, Record, Records, RowWritten, SampleRow};

/// Which rules are those of before.
#[derive(Debug, Args)]
pub(super) struct Former {
    /// Who gained and who lost what, since the rules were those of this revision of git.
    #[arg(long, value_name = "REVISION", group = "former")]
    changes_since: Option<String>,
    /// Who gained and who lost what, compared with the project in another folder.
    #[arg(long, value_name = "FOLDER", group = "former")]
    changes_from: Option<PathBuf>,
    /// Who would gain and lose what, compared with what was applied last to the database.
    #[arg(long, group = "former")]
    changes_applied: bool,
    /// How many records of each table of a database are looked at, the first by their key.
    #[arg(long, default_value = "1000", value_name = "NUMBER", requires = "former")]
    records: NonZeroUsize,
}

impl Former {
    pub(super) fn is_asked(&self) -> bool {
        self.changes_since.is_some() || self.changes_from.is_some() || self.changes_applied
    }

    /// What the rules of before are called, and their texts.
    fn texts(
        &self,
        root: &Path,
        compiled: &Compiled,
        url: Option<&str>,
        output: &Output,
    ) -> Result<(String, ProjectTexts), Error> {
        match (&self.changes_since, &self.changes_from) {
            (Some(revision), _) => Ok((revision.clone(), revision::texts(root, revision)?)),
            (_, Some(folder)) => Ok((folder.display().to_string(), diff::folder_texts(folder, output)?)),
            _ => diff::applied_texts(compiled, url.ok_or(Error::NoDatabase)?)?.ok_or(Error::NoTexts),
        }
    }
}

/// The rules of both times.
struct Both<'a> {
    was: &'a Model,
    is: &'a Model,
    tables: BTreeSet<TableId>,
}

pub(super) fn run(arguments: &Arguments, (root, compiled): (&Path, &Compiled), output: &Output) -> Result<Verdict, Error> {
    let url = arguments.live.url();
    let (name, texts) = arguments.former.texts(root, compiled, url, output)?;
    let (old, apart) = compared::of_before(compiled, &texts).map_err(Error::NotCompared)?;
    let (Some(was), Some(is)) = (&old.meaning, &compiled.meaning) else { return Ok(Verdict::Findings) };
    let both = Both::new(&was.model, &is.model)?;
    let mut notes = Notes::default();
    let found = match url {
        Some(url) => vec![both.in_database(url, arguments, &mut notes)?],
        None => both.in_samples(&actors::test_files(compiled, output), arguments)?,
    };
    if !apart.gone.is_empty() {
        notes
            .add(format!("what somebody had of {} is not told: the present schema file does not have it", apart.gone.join(", ")));
    }
    for table in found.iter().flat_map(|found| &found.cut) {
        let first = count_that(arguments.former.records.get(), "record", "is", "are");
        notes.add(format!("of {table}, the first {first} looked at; --records looks at more"));
    }
    notes.unsaid(&found.iter().flat_map(|found| found.unsaid.iter().cloned()).collect());
    if found.iter().any(|found| found.raw_sql) {
        notes.add("raw SQL is unknown here, and denies before and now: what changed about it is not told".to_owned());
    }
    output.result(&match arguments.format.format {
        Format::Json => {
            let told = serde_json::json!({ "since": name, "found": found, "not_told": apart.gone, "notes": notes.texts() });
            format!("{told:#}\n")
        }
        Format::Text => told::text(&name, &found, output.look()),
    })?;
    notes.say(output);
    Ok(Verdict::Clean)
}

impl<'a> Both<'a> {
    fn new(was: &'a Model, is: &'a Model) -> Result<Both<'a>, Error> {
        // Records and fields are named by their places.
        if places(&was.catalog) != places(&is.catalog) {
            return Err(Error::NotCompared("the tables or their columns are others".to_owned()));
        }
        // Somebody is the same person then and now by what their session says.
        if was.identity.user_key != is.identity.user_key {
            return Err(Error::NotCompared("who is signed in is told by another column".to_owned()));
        }
        let tables = was.tables.keys().chain(is.tables.keys()).copied();
        let of_actions = was.actions.iter().chain(&is.actions).map(|action| action.table);
        Ok(Both { was, is, tables: tables.chain(of_actions).collect() })
    }

    fn in_samples(&self, files: &TestFiles, arguments: &Arguments) -> Result<Vec<Found>, Error> {
        if files.read.is_empty() {
            return Err(Error::NoRows { unread: files.unread.clone() });
        }
        let found = |file: &actors::TestFile| {
            let now = file.1.now.unwrap_or_else(|| jiff::Timestamp::now().as_microsecond());
            let data = actors::data(self.is, file, now)?;
            let records = Records::of_samples(self.is, &file.1, &data, &self.tables);
            let people = |model| everybody(model, file, &arguments.session, now);
            let written = |table, row: &Row| samples::source(&data, &file.1, table, row).cloned();
            let all = [people(self.was)?, people(self.is)?];
            Ok(Found { file: Some(file.0.clone()), ..self.found(&data, &records, all, &written) })
        };
        files.read.iter().map(found).collect()
    }

    fn in_database(&self, url: &str, arguments: &Arguments, notes: &mut Notes) -> Result<Found, Error> {
        let mut client = db::connect(url)?;
        let rows = db::look(&mut client, self.is)?;
        let users = first_users(&rows, arguments, notes)?;
        let people = |model| people::of_users(model, &rows, users.clone(), &arguments.session, rows.now());
        let all = [people(self.was)?, people(self.is)?];
        let records = live::records(&rows, self.is, &self.tables, arguments.former.records.get())?;
        let written = |table, row: &Row| -> Option<SampleRow> { Some(rows.written(table, row)) };
        let found = self.found(&rows, &records, all, &written);
        drop(records);
        rows.finish()?;
        Ok(found)
    }

    /// What changed for everybody whom either rules know.
    fn found(&self, rows: &dyn Rows, records: &Records<'_>, [were, are]: [Vec<Person>; 2], written: &RowWritten<'_>) -> Found {
        let name = |&table: &TableId| self.is.catalog.table(table).name.to_string();
        let cut = records.cut.iter().map(name).collect();
        let before: BTreeMap<&str, &Person> = were.iter().map(|person| (person.who.who.as_str(), person)).collect();
        let now: BTreeSet<&str> = are.iter().map(|person| person.who.who.as_str()).collect();
        let gone = were.iter().filter(|person| !now.contains(person.who.who.as_str())).map(|person| (Some(person), None));
        let all = are.iter().map(|person| (before.get(person.who.who.as_str()).copied(), Some(person))).chain(gone);
        let mut found = Found { file: None, people: Vec::new(), asked: 0, cut, raw_sql: false, unsaid: BTreeSet::new() };
        for (was, is) in all {
            found.asked += 1;
            let before = was.map(|person| Evaluator::new(self.was, rows, &person.session));
            let now = is.map(|person| Evaluator::new(self.is, rows, &person.session));
            let mut changed = self.roles([&before, &now], written);
            changed.extend(self.records(records, [&before, &now]));
            found.raw_sql |= [&before, &now].into_iter().flatten().any(Evaluator::met_raw_sql);
            found.unsaid.extend([&before, &now].into_iter().flatten().flat_map(Evaluator::unsaid));
            if let Some(Person { who, .. }) = is.or(was).filter(|_| !changed.is_empty()) {
                found.people.push(Affected { who: who.clone(), changed });
            }
        }
        found
    }

    /// Roles that came or went, by themselves or because another includes them; of these, not what comes or goes with one that is told.
    fn roles(&self, [before, now]: [&Option<Evaluator<'_>>; 2], written: &RowWritten<'_>) -> Vec<Changed> {
        let held = |model, evaluator: &Option<Evaluator<'_>>| -> BTreeSet<Holding> {
            let held = evaluator.iter().flat_map(|evaluator| scenario::held(model, evaluator, written));
            held.flat_map(|(role, holding)| with_included(model, role, &holding)).collect()
        };
        let (was, is) = (held(self.was, before), held(self.is, now));
        let (came, went): (BTreeSet<&Holding>, BTreeSet<&Holding>) =
            (is.difference(&was).collect(), was.difference(&is).collect());
        let told = |gained: bool, model: &'a Model, all: BTreeSet<&Holding>| -> Vec<Changed> {
            let is_alone = |one: &&&Holding| !all.iter().any(|other| other != *one && includes(model, other, one));
            all.iter().filter(is_alone).map(|role| Changed { gained, what: What::Role((*role).clone()) }).collect()
        };
        let (came, went) = (told(true, self.is, came), told(false, self.was, went));
        came.into_iter().chain(went).collect()
    }
}

/// A role that is held, and all that it includes, within the same.
fn with_included(model: &Model, role: RoleId, holding: &Holding) -> Vec<Holding> {
    let all = (0u32..).map(RoleId).zip(&model.roles).filter(|(id, _)| model.holders(*id).contains(&role));
    all.map(|(_, included)| Holding { role: included.name.clone(), within: holding.within.clone() }).collect()
}

fn includes(model: &Model, holding: &Holding, other: &Holding) -> bool {
    let id = |name: &str| (0u32..).map(RoleId).zip(&model.roles).find(|(_, role)| role.name == name).map(|(id, _)| id);
    let ids = id(&holding.role).zip(id(&other.role));
    holding.within == other.within && ids.is_some_and(|(role, other)| model.holders(other).contains(&role))
}

/// Tables and columns in their places.
fn places(catalog: &Catalog) -> Vec<(String, Vec<String>)> {
    let columns =
        |columns: &[crate::catalog::Column]| columns.iter().map(|column| format!("{} {}", column.name, column.r#type)).collect();
    catalog.tables().map(|(_, table)| (table.name.to_string(), columns(&table.columns))).collect()
}

/// Which records came or went, by what is done with which fields.
type Differences = BTreeMap<(bool, Option<Vec<String>>), Vec<String>>;

impl Both<'_> {
    fn records(&self, records: &Records<'_>, sides: [&Option<Evaluator<'_>>; 2]) -> Vec<Changed> {
        let mut changed = Vec::new();
        for (&table, of_table) in &records.of {
            for operation in Operation::ALL {
                let mut differences = Differences::new();
                for record in of_table {
                    let reached = sides.map(|side| side.as_ref()?.reached(table, operation, record.row, &record.supplied));
                    self.compare(table, record, reached, &mut differences);
                }
                changed.extend(in_words(operation.word(), self.is.catalog.table(table).name.to_string(), differences));
            }
            changed.extend(self.actions(table, of_table, sides));
        }
        changed
    }

    /// Compares the fields of one record that are reached, then and now.
    fn compare(&self, table: TableId, record: &Record<'_>, [was, is]: [Option<BTreeSet<u32>>; 2], differences: &mut Differences) {
        let columns = &self.is.catalog.table(table).columns;
        let mut add = |gained, fields: BTreeSet<u32>, is_whole: bool| {
            let names = || fields.iter().map(|&field| columns[field as usize].name.clone()).collect();
            let fields = (!is_whole).then(names);
            differences.entry((gained, fields)).or_default().push(record.key.clone());
        };
        let is_all = |fields: &BTreeSet<u32>| fields.is_empty() || fields.len() == columns.len();
        match (was, is) {
            (None, None) => {}
            (None, Some(fields)) => add(true, fields.clone(), is_all(&fields)),
            (Some(fields), None) => add(false, fields.clone(), is_all(&fields)),
            (Some(was), Some(is)) => {
                for (gained, fields) in [(true, &is - &was), (false, &was - &is)] {
                    if !fields.is_empty() {
                        add(gained, fields, false);
                    }
                }
            }
        }
    }

    /// The actions that find their records in a table, each called for every record.
    fn actions(&self, table: TableId, records: &[Record<'_>], [before, now]: [&Option<Evaluator<'_>>; 2]) -> Vec<Changed> {
        let names = |model: &Model| -> BTreeSet<String> {
            model.actions.iter().filter(|action| action.table == table).map(|action| action.name.clone()).collect()
        };
        let can = |model: &Model, evaluator: &Option<Evaluator<'_>>, name: &str, row: &Row| {
            let action = model.actions.iter().find(|action| action.name == name && action.table == table);
            let Some((action, evaluator)) = action.zip(evaluator.as_ref()) else { return false };
            let values: Option<Vec<_>> = action.by.iter().map(|&column| row.get(column as usize).cloned()).collect();
            values.is_some_and(|values| evaluator.act(action, &values).is_some())
        };
        let mut changed = Vec::new();
        for name in &names(self.was) | &names(self.is) {
            let mut differences = Differences::new();
            for record in records {
                let (was, is) = (can(self.was, before, &name, record.row), can(self.is, now, &name, record.row));
                if was != is {
                    differences.entry((is, None)).or_default().push(record.key.clone());
                }
            }
            changed.extend(in_words("do", name, differences));
        }
        changed
    }
}

fn in_words(operation: &'static str, table: String, differences: Differences) -> Vec<Changed> {
    let changed = |((gained, fields), keys): ((bool, Option<Vec<String>>), Vec<String>)| {
        let (table, number) = (table.clone(), keys.len());
        let keys = keys.into_iter().filter(|key| !key.is_empty()).collect();
        Changed { gained, what: What::Records { operation, table, fields, number, keys } }
    };
    // What came first.
    differences.into_iter().rev().map(changed).collect()
}
