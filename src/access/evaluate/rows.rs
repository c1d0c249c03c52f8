//! The rows that conditions look beyond the record at. In: a column and a value. Out: the rows that have it there. Who asks does not know
//! where rows come from: from memory, which has an index for each column that was asked for, or from somewhere that fetches them.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::datum::Key;
use super::{Datum, Row};
use crate::catalog::{ColumnRef, TableId};

/// Rows in the order of their table.
pub type Found<'a> = Box<dyn Iterator<Item = &'a Row> + 'a>;

/// The rows of the tables, as they are before the statement: conditions see nothing of what it changes.
pub trait Rows {
    /// The rows that have a value in a column, which is what [`Datum::equals`] says of it: an empty value is in none.
    fn with<'a>(&'a self, column: ColumnRef, value: &'a Datum) -> Found<'a>;

    /// Every row of a table, for what no key leads to.
    fn all(&self, table: TableId) -> Found<'_>;
}

/// So many rows are compared in less time than it takes to ask an index.
const FEW: usize = 16;

/// Rows in memory. A column gets its index when it is first asked for, and has it for all sessions.
#[derive(Debug, Clone, Default)]
pub struct Data {
    tables: BTreeMap<TableId, Table>,
}

#[derive(Debug, Clone)]
struct Table {
    rows: Vec<Row>,
    /// By the position of the column.
    indexes: Vec<OnceLock<Index>>,
}

/// The positions of rows by what their column's value has in common with its equals, in the order of the table. None for a column with values that
/// have nothing of the kind.
type Index = Option<HashMap<Key, Vec<usize>>>;

impl Data {
    /// Gives a table its rows, in the place of those that it has.
    pub fn insert(&mut self, table: TableId, rows: Vec<Row>) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        self.tables.insert(table, Table { rows, indexes: vec![OnceLock::new(); columns] });
    }

    /// The rows of a table; one without rows has none.
    pub fn rows(&self, table: TableId) -> &[Row] {
        self.tables.get(&table).map_or(&[], |table| &table.rows)
    }
}

impl Rows for Data {
    fn with<'a>(&'a self, column: ColumnRef, value: &'a Datum) -> Found<'a> {
        let Some(table) = self.tables.get(&column.table).filter(|_| !value.is_null()) else {
            return Box::new(std::iter::empty());
        };
        let index = table.indexes.get(column.column as usize).filter(|_| table.rows.len() > FEW);
        let index = index.and_then(|index| index.get_or_init(|| table.index(column.column)).as_ref());
        // An index only says where to look: whether values are equal is asked of them.
        match index.zip(value.key()) {
            Some((index, key)) => {
                let candidates = index.get(&key).map_or(&[][..], Vec::as_slice);
                let candidates = candidates.iter().filter_map(|&position| table.rows.get(position));
                Box::new(candidates.filter(move |row| has(row, column, value)))
            }
            None => Box::new(table.rows.iter().filter(move |row| has(row, column, value))),
        }
    }

    fn all(&self, table: TableId) -> Found<'_> {
        Box::new(self.rows(table).iter())
    }
}

impl Table {
    fn index(&self, column: u32) -> Index {
        let mut index: HashMap<Key, Vec<usize>> = HashMap::new();
        for (position, row) in self.rows.iter().enumerate() {
            match row.get(column as usize) {
                None | Some(Datum::Null) => {}
                Some(value) => index.entry(value.key()?).or_default().push(position),
            }
        }
        Some(index)
    }
}

/// Other rows without one of them: what is to be made is not there yet, and perhaps it is what a role comes from.
pub struct Without<'a> {
    rows: &'a dyn Rows,
    row: &'a Row,
}

impl<'a> Without<'a> {
    /// `rows` without `row`, which is one of theirs: others with the same values stay.
    pub fn new(rows: &'a dyn Rows, row: &'a Row) -> Without<'a> {
        Without { rows, row }
    }
}

impl Rows for Without<'_> {
    fn with<'a>(&'a self, column: ColumnRef, value: &'a Datum) -> Found<'a> {
        Box::new(self.rows.with(column, value).filter(|row| !std::ptr::eq(*row, self.row)))
    }

    fn all(&self, table: TableId) -> Found<'_> {
        Box::new(self.rows.all(table).filter(|row| !std::ptr::eq(*row, self.row)))
    }
}

/// Whether a row has a value in a column.
pub fn has(row: &Row, column: ColumnRef, value: &Datum) -> bool {
    row.get(column.column as usize).and_then(|own| own.equals(value)) == Some(true)
}
