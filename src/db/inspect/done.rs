//! What becomes of a record when somebody makes it, changes it or takes it away. In: who, which record, what. Out: whether they may, and the record as they see it; everything is
//! undone.

use postgres::{Client, SimpleQueryMessage, Transaction};

use super::super::session::{act, source};
use super::super::statements::{insert, key_condition, key_names};
use super::super::view::Viewer;
use super::super::{DatabaseError, describe_error};
use super::tried::{LIMITS, no_key, of_error, written};
use super::{Deed, Tried};
use crate::catalog::Table;
use crate::model::Operation;
use crate::objects::quote::{identifier, qualified};
use crate::scenario::SampleRow;
use crate::yaml::Value;

/// A statement of somebody that was run and undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What came of it.
    pub tried: Tried,
    /// The record as they see it behind the statement, before it where that takes it away: columns with their values. Empty where they see nothing of it.
    pub row: Vec<(String, Option<String>)>,
    /// Whether they may name the record and so were shown it, if they see it.
    pub is_shown: bool,
}

impl Viewer<'_> {
    /// Does it as the user, looks at what came of it with their eyes, and undoes it. Numbers that were drawn from sequences are gone.
    pub fn do_deed(&self, client: &mut Client, deed: &Deed) -> Result<Done, DatabaseError> {
        let table = self.model.catalog.table(deed.table);
        let mut transaction = client.transaction()?;
        transaction.batch_execute(LIMITS)?;
        let read = source(&mut transaction, self.model, table)?;
        let columns = self.readable(&mut transaction, &read)?;
        let is_named = self.names_key(&mut transaction, table, &table.name)?;
        let shows = Shows { table, from: qualified(&read), columns };
        if deed.operation != Operation::Create && self.hides_key(&mut transaction, table, &table.name)? {
            transaction.rollback()?;
            return Ok(Done { tried: no_key(), row: Vec::new(), is_shown: false });
        }
        act(&mut transaction, self.model, self.sign_in, self.actor)?;
        let mut done = Done { tried: Tried::Allowed, row: Vec::new(), is_shown: true };
        if deed.operation == Operation::Delete {
            done.row = shows.row(&mut transaction, &deed.record)?;
        }
        match made(&mut transaction, table, deed, is_named)? {
            Ok(None) => done.tried = Tried::NoRow,
            Ok(Some(key)) if deed.operation != Operation::Delete => {
                done.is_shown = key_names(table).all(|name| key.contains_key(name)) && !table.primary_key.is_empty();
                done.row = if done.is_shown { shows.row(&mut transaction, &key)? } else { Vec::new() };
            }
            Ok(Some(_)) => {}
            Err(tried) => (done.tried, done.row) = (tried, Vec::new()),
        }
        transaction.rollback()?;
        Ok(done)
    }
}

/// Runs the statement. The key of the record that it leaves, as far as it is known; nothing where no record was found.
fn made(
    transaction: &mut Transaction<'_>,
    table: &Table,
    deed: &Deed,
    is_named: bool,
) -> Result<Result<Option<SampleRow>, Tried>, DatabaseError> {
    let mut key: SampleRow = deed.record.clone();
    key.extend(deed.set.clone());
    if deed.operation != Operation::Create {
        return Ok(match run(transaction, &written(table, deed))? {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(key)),
            Err(tried) => Err(tried),
        });
    }
    // What the database gives a key, only the statement tells; whoever does not see what they make is refused such a statement.
    if is_named && !table.primary_key.is_empty() {
        let names: Vec<String> = key_names(table).map(|name| format!("{}::text", identifier(name))).collect();
        let mut savepoint = transaction.transaction()?;
        let returning = format!("{} RETURNING {}", insert(table, &deed.record), names.join(", "));
        if let Ok(messages) = savepoint.simple_query(&returning) {
            savepoint.commit()?;
            let row = messages.into_iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row),
                _ => None,
            });
            let value = |(at, name): (usize, &str)| {
                let text = row.as_ref()?.get(at)?;
                Some((name.to_owned(), Value::String(text.to_owned())))
            };
            key.extend(key_names(table).enumerate().filter_map(value));
            return Ok(Ok(Some(key)));
        }
        savepoint.rollback()?;
    }
    Ok(run(transaction, &insert(table, &deed.record))?.map(|_| Some(key)))
}

/// Runs a statement in a savepoint: how many rows it touched, or why it was refused.
fn run(transaction: &mut Transaction<'_>, statement: &str) -> Result<Result<u64, Tried>, DatabaseError> {
    let mut savepoint = transaction.transaction()?;
    match savepoint.execute(statement, &[]) {
        Ok(rows) => {
            savepoint.commit()?;
            Ok(Ok(rows))
        }
        Err(error) => {
            savepoint.rollback()?;
            match of_error(error) {
                Ok(tried) => Ok(Err(tried)),
                // A trigger of the application, a value that does not fit: the server's words, and no matter of rules.
                Err(error) if error.as_db_error().is_some() => Ok(Err(Tried::Untold(describe_error(&error)))),
                Err(error) => Err(error),
            }
        }
    }
}

/// Where somebody sees records of a table, and which columns.
struct Shows<'a> {
    table: &'a Table,
    from: String,
    columns: Vec<String>,
}

impl Shows<'_> {
    /// A record by its key.
    fn row(&self, transaction: &mut Transaction<'_>, key: &SampleRow) -> Result<Vec<(String, Option<String>)>, DatabaseError> {
        if self.columns.is_empty() || key_names(self.table).any(|name| !self.columns.iter().any(|column| column == name)) {
            return Ok(Vec::new());
        }
        let list: Vec<String> = self.columns.iter().map(|column| identifier(column).into_owned()).collect();
        let condition = key_condition(self.table, key);
        let query = format!("SELECT {} FROM {} WHERE {condition}", list.join(", "), self.from);
        let mut savepoint = transaction.transaction()?;
        let answer = savepoint.simple_query(&query);
        savepoint.rollback()?;
        let row = answer.unwrap_or_default().into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let value = |(at, name): (usize, &String)| (name.clone(), row.as_ref().and_then(|row| row.get(at)).map(str::to_owned));
        Ok(if row.is_some() { self.columns.iter().enumerate().map(value).collect() } else { Vec::new() })
    }
}
