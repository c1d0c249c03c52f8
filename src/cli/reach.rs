//! What single people reach, for `rowgate report`. In: the rows of the test files or of a database. Out: the part of the report that is about people.

use std::collections::BTreeSet;

use clap::Args;

use super::actors::{self, SessionArgument, TestFiles};
use super::notes::Notes;
use super::output::Output;
use super::people::{self, Person, everybody};
use super::{Error, Named, in_force, live, samples};
use crate::access::evaluate::{Row, Rows};
use crate::catalog::TableId;
use crate::db;
use crate::model::Model;
use crate::objects::State;
use crate::project::Meaning;
use crate::report::People;
use crate::scenario::{Records, RowWritten, plain_text};

/// Whose access is shown person by person.
#[derive(Debug, Args)]
pub(super) struct Reach {
    /// Also what each user of this database reaches: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables. DATABASE_URL is not asked.
    #[arg(long, value_name = "URL", group = "rows")]
    database_url: Option<String>,
    /// Also what everybody of the test files reaches of their rows.
    #[arg(long, group = "rows")]
    samples: bool,
    /// How many users of a database are shown, the first by their key.
    #[arg(long, default_value_t = 200, value_name = "NUMBER", requires = "database_url")]
    users: usize,
    /// How many records of each table of a database are counted, the first by their key.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER", requires = "database_url")]
    records: usize,
    /// Only this person, a name of the test files or an identity; can be given several times.
    #[arg(long, value_name = "WHO", requires = "rows")]
    only: Vec<String>,
    #[command(flatten)]
    session: SessionArgument,
}

impl Reach {
    /// Nothing where nobody asks for it.
    pub(super) fn people(
        &self,
        (meaning, state): (&Meaning, &State),
        files: &TestFiles,
        output: &Output,
    ) -> Result<Vec<People>, Error> {
        let model = &meaning.model;
        let mut found = self.of_rows((meaning, state), (files, output))?;
        let mut notes = Notes::default();
        for people in &mut found {
            people.said = self.session.told(model)?;
            notes.otherwise(people.otherwise.clone());
        }
        notes.unsaid(&found.iter().flat_map(|people| people.unsaid.iter().cloned()).collect());
        notes.say(output);
        Ok(found)
    }

    fn of_rows(
        &self,
        (meaning, state): (&Meaning, &State),
        (files, output): (&TestFiles, &Output),
    ) -> Result<Vec<People>, Error> {
        let model = &meaning.model;
        let tables: BTreeSet<TableId> = model.tables.keys().copied().collect();
        match &self.database_url {
            Some(url) => Ok(vec![self.in_database((meaning, state), url, (files, output), &tables)?]),
            None if self.samples => {
                let shown: Result<Vec<(People, Vec<String>)>, Error> =
                    files.read.iter().map(|file| self.in_samples(model, file, &tables)).collect();
                let (shown, known): (Vec<People>, Vec<Vec<String>>) = shown?.into_iter().unzip();
                let known = known.concat();
                match self.only.iter().find(|name| !known.contains(name)) {
                    Some(name) => Err(Error::unknown(Named::Person, name, known.iter().map(String::as_str))),
                    None => Ok(shown),
                }
            }
            None => Ok(Vec::new()),
        }
    }

    /// Also the names of everybody, shown or not.
    fn in_samples(
        &self,
        model: &Model,
        file: &actors::TestFile,
        tables: &BTreeSet<TableId>,
    ) -> Result<(People, Vec<String>), Error> {
        let now = file.1.now.unwrap_or_else(|| jiff::Timestamp::now().as_microsecond());
        let data = actors::data(model, file, now)?;
        let records = Records::of_samples(model, &file.1, &data, tables);
        let mut people = everybody(model, file, &self.session, now)?;
        let known = people.iter().map(|person| person.who.who.clone()).collect();
        people.retain(|person| self.only.is_empty() || self.only.contains(&person.who.who));
        let written = |table, row: &Row| samples::source(&data, &file.1, table, row).cloned();
        let found = of_these(model, &data, &records, people, &written);
        Ok((People { place: file.0.clone(), ..found }, known))
    }

    fn in_database(
        &self,
        (meaning, state): (&Meaning, &State),
        url: &str,
        (files, output): (&TestFiles, &Output),
        tables: &BTreeSet<TableId>,
    ) -> Result<People, Error> {
        let model = &meaning.model;
        let mut client = db::connect(url)?;
        let rows = db::look(&mut client, model)?;
        let (users, is_more) = match self.only.as_slice() {
            [] => live::users(&rows, self.users)?,
            // Whoever is named needs no row, and roles are no users.
            only => {
                let identity = |who: &String| {
                    actors::find(model, &files.read, who)
                        .map_or_else(|| actors::actor(model, None, who), |(_, actor)| actor)
                        .identity
                };
                (only.iter().filter_map(identity).collect(), false)
            }
        };
        let named: BTreeSet<String> = users.iter().map(plain_text).collect();
        let mut people = people::of_users(model, &rows, users, &self.session, rows.now())?;
        people.retain(|person| self.only.is_empty() || self.only.contains(&person.who.who) || named.contains(&person.who.who));
        for who in &self.only {
            let person = people.iter().find(|person| person.who.who == *who);
            if person.is_some_and(|person| actors::is_stranger(model, &files.read, who, &person.session, &rows)) {
                actors::note_stranger(model, &files.read, who, output);
            }
        }
        let records = live::records(&rows, model, tables, self.records)?;
        let written = |table, row: &Row| Some(rows.written(table, row));
        let found = of_these(model, &rows, &records, people, &written);
        drop(records);
        let at = jiff::Timestamp::from_microsecond(rows.now()).ok().map(|at| at.strftime("%Y-%m-%dT%H:%MZ").to_string());
        rows.finish()?;
        let otherwise = in_force::otherwise(&mut client, meaning, state);
        let (place, users) = ("the database".to_owned(), is_more.then_some(self.users));
        Ok(People { place, at, users, records: self.records, otherwise, ..found })
    }
}

fn of_these(model: &Model, rows: &dyn Rows, records: &Records<'_>, people: Vec<Person>, written: &RowWritten<'_>) -> People {
    let sessions: Vec<_> = people.into_iter().map(|Person { who, session }| (who, session)).collect();
    People::new(model, rows, records, &sessions, written)
}
