//! The rows of a database, for the evaluator: fetched by column and value, each once. In: a transaction that sees every row. Out: rows; what could not be
//! fetched is an error that is asked for at the end, and makes every answer void.

use std::cell::RefCell;

use postgres::Transaction;

use super::super::rows::{ask, text};
use super::super::statements::sql_value;
use super::kept::Kept;
use super::{InspectError, Reader};
use crate::access::evaluate::{Datum, Found, Number, Row, Rows, has, parse};
use crate::catalog::{ColumnRef, TableId, Type};
use crate::model::Model;
use crate::objects::quote::{identifier, literal, qualified, r#type};
use crate::scenario::SampleRow;
use crate::yaml::Value;

/// More rows of one question are not looked at.
pub const MOST_ROWS: usize = 10_000;

/// Which row: of which table, and where it is stored.
type Place = (TableId, String);

/// A row as the evaluator has it, and as the server wrote it.
struct Fetched {
    row: Row,
    texts: Vec<Option<String>>,
}

/// The rows of a database as one transaction sees them.
pub struct LiveRows<'a> {
    model: &'a Model,
    transaction: RefCell<Transaction<'a>>,
    reader: Reader,
    now: i64,
    rows: Kept<Place, Fetched>,
    /// By the condition as SQL; none for a whole table.
    answers: Kept<(TableId, Option<String>), Vec<String>>,
    failed: RefCell<Option<InspectError>>,
}

impl<'a> LiveRows<'a> {
    pub(super) fn new(model: &'a Model, transaction: Transaction<'a>, reader: Reader, now: i64) -> LiveRows<'a> {
        let (rows, answers) = (Kept::new(), Kept::new());
        LiveRows { model, transaction: RefCell::new(transaction), reader, now, rows, answers, failed: RefCell::new(None) }
    }

    /// When the transaction began, by the server's clock.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The rows whose key has these values.
    pub fn by_key(&self, table: TableId, key: &[(u32, Datum)]) -> Option<&Row> {
        // The last part of a key tells more than that which comes first, such as the tenant's.
        let (column, value) = key.last()?;
        let condition = self.sought(ColumnRef { table, column: *column }, value);
        let is_it = |row: &&Row| key.iter().all(|(column, value)| has(row, ColumnRef { table, column: *column }, value));
        self.rows_where(table, condition).find(is_it)
    }

    /// A value as the server writes it that reads it as one of a column's type; in its words, why it does not.
    pub fn read_value(&self, column: ColumnRef, value: &Value) -> Result<Result<Option<String>, String>, InspectError> {
        let (table, found) = (self.model.catalog.table(column.table), self.model.catalog.column(column));
        let query = format!("SELECT CAST({} AS {})::text", sql_value(table, &found.name, value), r#type(&found.r#type));
        let mut transaction = self.transaction.borrow_mut();
        let mut savepoint = transaction.transaction()?;
        match ask(&mut savepoint, &query) {
            Ok(rows) => Ok(Ok(rows.first().and_then(|row| row.get(0)).map(str::to_owned))),
            Err(error) => match error.as_db_error() {
                Some(said) => Ok(Err(said.message().to_owned())),
                None => Err(error.into()),
            },
        }
    }

    /// The first rows of a table by its key, each as the server wrote it, and whether there are more.
    pub fn first(&self, table: TableId, most: usize) -> (Vec<(&Row, SampleRow)>, bool) {
        let entry = self.model.catalog.table(table);
        let key: Vec<_> = entry.primary_key.iter().map(|&at| identifier(&entry.columns[at as usize].name)).collect();
        let order = if key.is_empty() { String::new() } else { format!(" ORDER BY {}", key.join(", ")) };
        let mut places = self.read(table, &format!("{order} LIMIT {}", most.saturating_add(1)), usize::MAX);
        let is_more = places.len() > most;
        places.truncate(most);
        let known = places.into_iter().filter_map(|place| self.rows.get(&(table, place)));
        (known.map(|known| (&known.row, self.in_words(table, &known.texts))).collect(), is_more)
    }

    /// A row that was fetched, as the server wrote it: its columns with their values.
    pub fn written(&self, table: TableId, row: &Row) -> SampleRow {
        let texts = self.rows.values().find(|known| std::ptr::eq(&known.row, row)).map_or(&[][..], |known| &known.texts);
        self.in_words(table, texts)
    }

    fn in_words(&self, table: TableId, texts: &[Option<String>]) -> SampleRow {
        let columns = &self.model.catalog.table(table).columns;
        let value = |text: &Option<String>| text.clone().map_or(Value::Null, Value::String);
        std::iter::zip(columns, texts).map(|(column, text)| (column.name.clone(), value(text))).collect()
    }

    /// The first identities of the user table, and whether there are more.
    pub fn identities(&self, most: usize) -> (Vec<String>, bool) {
        let key = self.model.identity.user_key;
        let (table, column) = (self.model.catalog.table(key.table), identifier(&self.model.catalog.column(key).name));
        let from = qualified(&table.name);
        let limit = most.saturating_add(1);
        // By the key, not by the text that is given.
        let query =
            format!("SELECT {column}::text AS written FROM {from} WHERE {column} IS NOT NULL ORDER BY {column} LIMIT {limit}");
        let found = self.fetch(key.table, &query, usize::MAX).unwrap_or_default();
        let mut found: Vec<String> = found.iter().map(|row| text(row, 0)).collect();
        let is_more = found.len() > most;
        found.truncate(most);
        (found, is_more)
    }

    /// What could not be looked at, if something could not: then whatever was answered means nothing.
    pub fn check(&self) -> Result<(), InspectError> {
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Ends the transaction; the error is of what could not be looked at, and what was answered then means nothing.
    pub fn finish(self) -> Result<(), InspectError> {
        match self.failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(self.transaction.into_inner().rollback()?),
        }
    }

    /// The rows for which a condition is true, or all.
    fn rows_where(&self, table: TableId, condition: Option<String>) -> impl Iterator<Item = &Row> {
        let places = self.answers.get_or_keep((table, condition), |(_, condition)| {
            let filter = condition.as_ref().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
            self.read(table, &format!("{filter} LIMIT {}", MOST_ROWS + 1), MOST_ROWS)
        });
        places.iter().filter_map(move |place| self.rows.get(&(table, place.clone())).map(|known| &known.row))
    }

    /// Fetches rows, and keeps them; their places. `which` is what stands behind the table.
    fn read(&self, table: TableId, which: &str, most: usize) -> Vec<String> {
        let entry = self.model.catalog.table(table);
        let columns: Vec<String> = entry.columns.iter().map(|column| format!("{}::text", identifier(&column.name))).collect();
        let list: String = columns.iter().map(|column| format!(", {column}")).collect();
        let query = format!("SELECT tableoid::text || ctid::text{list} FROM {}{which}", qualified(&entry.name));
        let mut places = Vec::new();
        for found in self.fetch(table, &query, most).unwrap_or_default() {
            let place = text(&found, 0);
            let texts: Vec<Option<String>> = (1..=entry.columns.len()).map(|at| found.get(at).map(str::to_owned)).collect();
            match self.row(table, &texts) {
                Ok(row) => drop(self.rows.get_or_keep((table, place.clone()), |_| Fetched { row, texts })),
                Err(error) => {
                    self.fail(error);
                    return Vec::new();
                }
            }
            places.push(place);
        }
        places
    }

    /// Asks the server, unless it failed before. `None` where nothing can be said.
    fn fetch(&self, table: TableId, query: &str, most: usize) -> Option<Vec<postgres::SimpleQueryRow>> {
        if self.failed.borrow().is_some() {
            return None;
        }
        if let Some(error) = self.reader.hides(self.model, table) {
            self.fail(error);
            return None;
        }
        match ask(&mut self.transaction.borrow_mut(), query) {
            Ok(rows) if rows.len() > most => {
                self.fail(InspectError::TooMany { table: self.model.catalog.table(table).name.to_string(), most });
                None
            }
            Ok(rows) => Some(rows),
            Err(error) => {
                self.fail(InspectError::Database(error));
                None
            }
        }
    }

    fn fail(&self, error: InspectError) {
        self.failed.borrow_mut().get_or_insert(error);
    }

    fn row(&self, table: TableId, texts: &[Option<String>]) -> Result<Row, InspectError> {
        let entry = self.model.catalog.table(table);
        let datum = |(column, text): (&crate::catalog::Column, &Option<String>)| match text {
            None => Ok(Datum::Null),
            Some(text) => parse(&self.model.catalog, &column.r#type, text, self.now).ok_or_else(|| InspectError::Unreadable {
                column: format!("{}.{}", entry.name, column.name),
                value: text.clone(),
                r#type: column.r#type.to_string(),
            }),
        };
        std::iter::zip(&entry.columns, texts).map(datum).collect()
    }

    /// What narrows a table to the rows that may have a value in a column; `None` where all have to be compared.
    fn sought(&self, column: ColumnRef, value: &Datum) -> Option<String> {
        let found = self.model.catalog.column(column);
        let name = identifier(&found.name);
        let equals = |text: &str| format!("{name} = {}", literal(text));
        Some(match (&found.r#type, value) {
            (Type::SmallInt | Type::Integer | Type::BigInt, Datum::Number(Number::Exact(number))) => {
                let number = number.text().filter(|text| is_within(&found.r#type, text));
                number.map_or_else(|| "false".to_owned(), |text| equals(&text))
            }
            (Type::Numeric(_), Datum::Number(Number::Exact(number))) => equals(&number.text()?),
            (Type::Uuid, Datum::Uuid(text)) => equals(text),
            // Another type than citext may ask for letters that count alike.
            (Type::Text | Type::Varchar(_), Datum::Text(text)) => equals(text),
            (Type::Boolean, Datum::Boolean(value)) => equals(&value.to_string()),
            (Type::Enum(of), Datum::Enum(position)) => equals(self.model.catalog.enums().get(of)?.get(*position)?),
            // Operators of extensions are on no path.
            (Type::Citext(_) | Type::Text | Type::Varchar(_), Datum::Text(text) | Datum::Citext(text)) => {
                format!("lower({name}::text) = lower({})", literal(text))
            }
            _ => return None,
        })
    }
}

/// Whether a number is one of an integer's type; no row has another.
fn is_within(r#type: &Type, number: &str) -> bool {
    match r#type {
        Type::SmallInt => number.parse::<i16>().is_ok(),
        Type::Integer => number.parse::<i32>().is_ok(),
        _ => number.parse::<i64>().is_ok(),
    }
}

impl Rows for LiveRows<'_> {
    fn with<'a>(&'a self, column: ColumnRef, value: &'a Datum) -> Found<'a> {
        if value.is_null() {
            return Box::new(std::iter::empty());
        }
        let candidates = self.rows_where(column.table, self.sought(column, value));
        Box::new(candidates.filter(move |row| has(row, column, value)))
    }

    fn all(&self, table: TableId) -> Found<'_> {
        Box::new(self.rows_where(table, None))
    }
}
