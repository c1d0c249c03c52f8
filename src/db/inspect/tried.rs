//! What the server does with one statement of a user about one record. In: who, which record, what. Out: whether it may; everything is undone.

use postgres::error::SqlState;
use postgres::{Client, Transaction};

use super::super::rows::{ask, is};
use super::super::session::{act, is_denial, is_violation, relation, source};
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
    /// One statement does not tell.
    Untold(String),
}

const LIMITS: &str = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'";

impl Viewer<'_> {
    /// Does it as the user, and undoes it. Numbers that were drawn from sequences are gone.
    pub fn try_deed(&self, client: &mut Client, deed: &Deed) -> Result<Tried, DatabaseError> {
        let table = self.model.catalog.table(deed.table);
        let mut transaction = client.transaction()?;
        transaction.batch_execute(LIMITS)?;
        let base = qualified(&table.name);
        let condition = key_condition(table, &deed.record);
        let read =
            if deed.operation == Operation::Read { source(&mut transaction, self.model, table)? } else { table.name.clone() };
        let statement = match deed.operation {
            Operation::Read => {
                let fields: Vec<_> = deed.fields.iter().map(|field| identifier(field)).collect();
                format!("SELECT {} FROM {} WHERE {condition}", fields.join(", "), qualified(&read))
            }
            Operation::Create => insert(table, &deed.record),
            Operation::Delete => format!("DELETE FROM {base} WHERE {condition}"),
            // Locking a row asks the policies that say where an update may start, and no others (manual, CREATE POLICY).
            Operation::Update if deed.set.is_empty() => format!("SELECT FROM {base} WHERE {condition} FOR UPDATE"),
            Operation::Update => {
                let set =
                    deed.set.iter().map(|(name, value)| format!("{} = {}", identifier(name), sql_value(table, name, value)));
                format!("UPDATE {base} SET {} WHERE {condition}", set.collect::<Vec<_>>().join(", "))
            }
        };
        if deed.operation != Operation::Create && self.hides_key(&mut transaction, table, &read)? {
            transaction.rollback()?;
            return Ok(Tried::Untold("its key is not readable, so no statement names one record".to_owned()));
        }
        act(&mut transaction, self.model, self.sign_in, self.actor)?;
        let answer = transaction.execute(&statement, &[]);
        transaction.rollback()?;
        Ok(match answer {
            Ok(0) if deed.operation != Operation::Create => Tried::NoRow,
            Ok(_) => Tried::Allowed,
            Err(error) if is_violation(&error) => Tried::Untold(format!("a constraint refuses it: {}", describe_error(&error))),
            Err(error) if is_denial(&error) || is_refusal(&error) => Tried::Refused(describe_error(&error)),
            Err(error) => return Err(error),
        })
    }
}

impl Viewer<'_> {
    /// Whether some column may be read, but not the key. By number: names are looked up only for who may use their schema, as the connection may not.
    fn hides_key(&self, transaction: &mut Transaction<'_>, table: &Table, read: &QualifiedName) -> Result<bool, DatabaseError> {
        let (role, of) = (literal(self.actor.database_role(self.model)), relation(read));
        let key: Vec<String> = key_names(table).map(literal).collect();
        let query = format!(
            "SELECT pg_catalog.has_any_column_privilege({role}::pg_catalog.name, {of}, 'SELECT') AND EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = {of} \
             AND attname IN ({}) AND NOT pg_catalog.has_column_privilege({role}::pg_catalog.name, attrelid, attnum, 'SELECT'))",
            key.join(", ")
        );
        Ok(ask(transaction, &query)?.first().is_some_and(|row| is(row, 0)))
    }
}

/// Whether a look-up failed rather than grant what it did not see.
fn is_refusal(error: &DatabaseError) -> bool {
    error.code() == Some(&SqlState::RAISE_EXCEPTION)
}
