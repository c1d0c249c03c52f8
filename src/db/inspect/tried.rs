//! What the server does with one statement of a user about one record. In: who, which record, what. Out: whether it may; everything is undone.

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::super::rows::{ask, text};
use super::super::session::{act, is_denial, is_forbidden, is_violation, relation, source};
use super::super::statements::{insert, key_condition, key_names, sql_value};
use super::super::view::Viewer;
use super::super::{DatabaseError, describe_error};
use crate::catalog::{QualifiedName, Table, TableId};
use crate::model::Operation;
use crate::objects::quote::{identifier, literal, qualified};
use crate::scenario::SampleRow;

/// What somebody would do with one record.
#[derive(Debug, Clone)]
pub struct Deed {
    /// The record's table.
    pub table: TableId,
    /// What is done.
    pub operation: Operation,
    /// The record as it is written, at least its key; of one that is made, what is given.
    pub record: SampleRow,
    /// What is read of it; nothing where it is asked whether it is seen at all.
    pub fields: Vec<String>,
    /// What of it is to be hidden; nothing where that is not known.
    pub hidden: Vec<String>,
    /// What an update sets; nothing where it is asked whether one may start at all.
    pub set: SampleRow,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The server does it.
    Allowed,
    /// It finds no such record.
    NoRow,
    /// It refuses, in its words.
    Refused(String),
    /// It refuses for want of a right to something, whatever rows there are.
    Forbidden(String),
    /// One statement does not tell.
    Untold(String),
}

pub(super) const LIMITS: &str = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'";

/// What came of it in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table, or the masking view through which the application reads it.
    pub name: QualifiedName,
    /// What came of it there.
    pub tried: Tried,
    /// The fields of [`Deed::hidden`] that it shows all the same.
    pub beyond: Vec<String>,
}

impl Viewer<'_> {
    /// Does it as the user, and undoes it. What is read is asked where the application reads it, and then of the table below that masking view, as far as the user has a
    /// right to it: whoever writes SQL of their own reads there, too. Numbers that were drawn from sequences are gone.
    pub fn try_deed(&self, client: &mut Client, deed: &Deed) -> Result<Vec<Place>, DatabaseError> {
        let table = self.model.catalog.table(deed.table);
        let mut transaction = client.transaction()?;
        transaction.batch_execute(LIMITS)?;
        let places = match deed.operation {
            Operation::Read => self.read(&mut transaction, table, deed)?,
            _ => vec![Place { name: table.name.clone(), tried: self.write(&mut transaction, table, deed)?, beyond: Vec::new() }],
        };
        transaction.rollback()?;
        Ok(places)
    }

    /// Reads it in all places.
    fn read(&self, transaction: &mut Transaction<'_>, table: &Table, deed: &Deed) -> Result<Vec<Place>, DatabaseError> {
        let place = source(transaction, self.model, table)?;
        let columns = self.readable(transaction, &table.name)?;
        if place == table.name {
            return Ok(vec![self.read_at(transaction, table, deed, (place, &deed.fields, &columns))?]);
        }
        // The view has all columns, those that are hidden without values.
        let mut filled = Vec::new();
        for field in &deed.hidden {
            let filter = format!("{} AND {} IS NOT NULL", key_condition(table, &deed.record), identifier(field));
            if self.tried(transaction, &format!("SELECT FROM {} WHERE {filter}", qualified(&place)))? == Tried::Allowed {
                filled.push(field.clone());
            }
        }
        let mut places = vec![self.read_at(transaction, table, deed, (place, &deed.fields, &filled))?];
        if !columns.is_empty() {
            let fields: Vec<String> = deed.fields.iter().filter(|field| columns.contains(field)).cloned().collect();
            places.push(self.read_at(transaction, table, deed, (table.name.clone(), &fields, &columns))?);
        }
        Ok(places)
    }

    /// Reads fields of it in one place; `shown` are those of which somebody learns something there who sees the record.
    fn read_at(
        &self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        deed: &Deed,
        (name, fields, shown): (QualifiedName, &[String], &[String]),
    ) -> Result<Place, DatabaseError> {
        let tried = match self.hides_key(transaction, table, &name)? {
            true => no_key(),
            false => {
                let list = fields.iter().map(|field| identifier(field)).collect::<Vec<_>>().join(", ");
                let condition = key_condition(table, &deed.record);
                self.tried(transaction, &format!("SELECT {list} FROM {} WHERE {condition}", qualified(&name)))?
            }
        };
        let is_shown = |field: &&String| tried == Tried::Allowed && shown.contains(field);
        let beyond = deed.hidden.iter().filter(is_shown).cloned().collect();
        Ok(Place { name, tried, beyond })
    }

    /// Makes it, changes it or takes it away.
    fn write(&self, transaction: &mut Transaction<'_>, table: &Table, deed: &Deed) -> Result<Tried, DatabaseError> {
        if deed.operation != Operation::Create && self.hides_key(transaction, table, &table.name)? {
            return Ok(no_key());
        }
        self.tried(transaction, &written(table, deed))
    }

    /// What one statement of the user comes to, which is undone.
    fn tried(&self, transaction: &mut Transaction<'_>, statement: &str) -> Result<Tried, DatabaseError> {
        let mut savepoint = transaction.transaction()?;
        act(&mut savepoint, self.model, self.sign_in, self.actor)?;
        let answer = savepoint.execute(statement, &[]);
        savepoint.rollback()?;
        match answer {
            Ok(0) => Ok(Tried::NoRow),
            Ok(_) => Ok(Tried::Allowed),
            Err(error) => of_error(error),
        }
    }

    /// Whether the user may name all of a key.
    pub(super) fn names_key(
        &self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        read: &QualifiedName,
    ) -> Result<bool, DatabaseError> {
        let readable = self.readable(transaction, read)?;
        Ok(key_names(table).all(|key| readable.iter().any(|column| column == key)))
    }

    /// The columns that the user has a right to read, whatever rows there are. By number: names are looked up only for who may use their schema, as the connection may not.
    pub(super) fn readable(&self, transaction: &mut Transaction<'_>, of: &QualifiedName) -> Result<Vec<String>, DatabaseError> {
        let query = format!(
            "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped \
             AND pg_catalog.has_column_privilege({}::pg_catalog.name, attrelid, attnum, 'SELECT') ORDER BY attnum",
            relation(of),
            literal(self.actor.database_role(self.model))
        );
        Ok(ask(transaction, &query)?.iter().map(|row| text(row, 0)).collect())
    }

    /// Whether some column may be read, but not the key.
    pub(super) fn hides_key(
        &self,
        transaction: &mut Transaction<'_>,
        table: &Table,
        read: &QualifiedName,
    ) -> Result<bool, DatabaseError> {
        let readable = self.readable(transaction, read)?;
        Ok(!readable.is_empty() && key_names(table).any(|key| !readable.iter().any(|column| column == key)))
    }
}

pub(super) fn no_key() -> Tried {
    Tried::Untold("its key is not readable, so no statement names one record".to_owned())
}

/// The statement that does it, where nothing is read.
pub(super) fn written(table: &Table, deed: &Deed) -> String {
    let (base, condition) = (qualified(&table.name), key_condition(table, &deed.record));
    match deed.operation {
        Operation::Create => insert(table, &deed.record),
        Operation::Delete => format!("DELETE FROM {base} WHERE {condition}"),
        // Locking a row asks the policies that say where an update may start, and no others (manual, CREATE POLICY).
        _ if deed.set.is_empty() => format!("SELECT FROM {base} WHERE {condition} FOR UPDATE"),
        _ => {
            let set = deed.set.iter().map(|(name, value)| format!("{} = {}", identifier(name), sql_value(table, name, value)));
            format!("UPDATE {base} SET {} WHERE {condition}", set.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What it means that the server does not do it; an error that says nothing of whether somebody may is none of an answer.
pub(super) fn of_error(error: DatabaseError) -> Result<Tried, DatabaseError> {
    match error {
        error if is_violation(&error) => Ok(Tried::Untold(format!("a constraint refuses it: {}", describe_error(&error)))),
        error if is_forbidden(&error) => Ok(Tried::Forbidden(describe_error(&error))),
        error if is_denial(&error) || is_refusal(&error) => Ok(Tried::Refused(describe_error(&error))),
        error => Err(error),
    }
}

/// Whether a look-up failed rather than grant what it did not see.
fn is_refusal(error: &DatabaseError) -> bool {
    error.code() == Some(&SqlState::RAISE_EXCEPTION)
}
