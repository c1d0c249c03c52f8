//! What a database looks like: tables, columns, types, keys. In: `schema.yaml`. Out: [`Catalog`]. This module does not know that
//! rules exist.

mod defaults;
mod derived;
mod file;
mod foreign_keys;
mod holder;
mod known_types;
mod load;
mod names;
mod references;
mod supply;
mod term;
mod tokens;
mod types;
mod written;

use std::collections::HashMap;

pub use holder::Holder;
pub use known_types::NoType;
pub use load::load;
pub use names::{MAX_IDENTIFIER_BYTES, QualifiedName, check_identifier, words, written_part};
pub use supply::{Supply, sequence_of};
pub use term::{FUNCTIONS, Function, Term};
pub use types::{Enums, Family, Type};
pub use written::may_be;

use crate::diagnostic::Span;

/// A table of a [`Catalog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// A column of a [`Catalog`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnRef {
    /// Its table.
    pub table: TableId,
    /// Its position in the table, from 0.
    pub column: u32,
}

/// All tables, ordered by name.
#[derive(Debug, Default)]
pub struct Catalog {
    tables: Vec<Table>,
    by_name: HashMap<QualifiedName, TableId>,
    by_words: HashMap<String, Vec<TableId>>,
    enums: Enums,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its schema and name.
    pub name: QualifiedName,
    /// What rules may call it besides its name.
    pub label: Option<String>,
    /// Whether statements on it may name every column; `None` where the project says it.
    pub whole_rows: Option<bool>,
    /// Whether policies are asked of its owner, too; `None` where the project says it.
    pub force_row_security: Option<bool>,
    /// Whose it is, and what may be done with it.
    pub holder: Holder,
    /// Its columns, in the order of the schema file, which should be the table's.
    pub columns: Vec<Column>,
    /// What rules may ask beside the columns: values that are made of these. Their positions follow those of the columns. They are no fields.
    pub derived: Vec<Derived>,
    /// Positions of the primary key's columns; empty where there is none.
    pub primary_key: Vec<u32>,
    /// Sets of columns that are unique besides the primary key.
    pub unique: Vec<Vec<u32>>,
    /// Columns of the other indexes, in their order.
    pub indexes: Vec<Vec<u32>>,
    /// Where the schema file defines it.
    pub span: Span,
}

/// A value that is made of a row's own columns, and has a name and a type as a column has.
#[derive(Debug, Clone)]
pub struct Derived {
    /// What rules see of it.
    pub column: Column,
    /// What it is made of. A text is read as the column's type, and is empty where it is none.
    pub term: Term,
}

/// A column.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub r#type: Type,
    /// Its collation, where that is not the database's.
    pub collation: Option<QualifiedName>,
    /// Whether it may be empty.
    pub nullable: bool,
    /// The column that its foreign key points at.
    pub references: Option<ColumnRef>,
    /// The column whose values its elements are, where it is an array of keys.
    pub elements: Option<ColumnRef>,
    /// Its default as an SQL expression.
    pub default: Option<String>,
    /// The sequence that its default draws from, which who creates rows must be allowed to use.
    pub sequence: Option<QualifiedName>,
    /// Computed by the database, never written.
    pub generated: bool,
    /// Numbered by the database (`GENERATED … AS IDENTITY`), which takes no right on the sequence.
    pub identity: bool,
    /// Whether triggers of the project write it, too: then it counts as changed only where a statement assigns it.
    pub set_by_trigger: bool,
    /// What kind of data it has: `personal`. Rules name fields by it.
    pub class: Option<String>,
    /// The spellings that find it, as [`words`].
    pub keys: Vec<String>,
}

impl Column {
    /// What is made of a row's own columns, and nobody writes.
    fn made(name: String, r#type: Type, keys: Vec<String>) -> Column {
        Column {
            name,
            r#type,
            collation: None,
            nullable: true,
            references: None,
            elements: None,
            default: None,
            sequence: None,
            generated: true,
            identity: false,
            set_by_trigger: false,
            class: None,
            keys,
        }
    }
}

impl Catalog {
    /// The table behind an id of this catalog.
    pub fn table(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    /// The column behind a reference of this catalog, derived ones included.
    pub fn column(&self, reference: ColumnRef) -> &Column {
        let table = self.table(reference.table);
        table.derivation(reference.column).map_or_else(|| &table.columns[reference.column as usize], |derived| &derived.column)
    }

    /// What a column is derived from; `None` for one that the database has.
    pub fn derivation(&self, reference: ColumnRef) -> Option<&Derived> {
        self.table(reference.table).derivation(reference.column)
    }

    /// All tables with their ids, ordered by name.
    pub fn tables(&self) -> impl Iterator<Item = (TableId, &Table)> {
        (0u32..).map(TableId).zip(&self.tables)
    }

    /// The table of this exact name.
    pub fn by_name(&self, name: &QualifiedName) -> Option<TableId> {
        self.by_name.get(name).copied()
    }

    /// The tables whose name or label has these [`words`].
    pub fn by_words(&self, words: &str) -> &[TableId] {
        self.by_words.get(words).map_or(&[], Vec::as_slice)
    }

    /// The table of a name as somebody types it: with or without its schema, or its words.
    pub fn named(&self, text: &str) -> Option<TableId> {
        let exact = QualifiedName::parse(text).ok().and_then(|name| self.by_name(&name));
        exact.or_else(|| match self.by_words(&words(text)) {
            [only] => Some(*only),
            _ => None,
        })
    }

    /// All enums with their values, in the declared order.
    pub fn enums(&self) -> &Enums {
        &self.enums
    }

    /// The key that a column's values identify: follows references to their end. A column without reference that
    /// is a key of its table identifies itself; any other column identifies nothing.
    pub fn entity(&self, column: ColumnRef) -> Option<ColumnRef> {
        let mut current = column;
        // A chain of references cannot be longer than there are tables, unless it is a cycle.
        for _ in 0..=self.tables.len() {
            match self.column(current).references {
                Some(next) if next != current => current = next,
                _ => break,
            }
        }
        (current != column || self.is_unique(column)).then_some(current)
    }

    /// The key that a value of a column identifies, or each element of one: [`Catalog::entity`].
    pub fn entity_of_each(&self, column: ColumnRef) -> Option<ColumnRef> {
        match self.column(column).elements {
            Some(target) => Some(self.entity(target).unwrap_or(target)),
            None => self.entity(column),
        }
    }

    /// Whether a column alone identifies a row of its table; of several columns beside each other, whether they do.
    pub fn is_unique(&self, column: ColumnRef) -> bool {
        let table = self.table(column.table);
        match table.tuple(column.column) {
            Some(parts) => table.keys().any(|key| is_same_set(key, parts)),
            None => table.keys().any(|key| key.as_slice() == [column.column]),
        }
    }

    /// The columns that a value consists of, in their order: itself, or those that stand beside each other in it.
    pub fn parts(&self, column: ColumnRef) -> Vec<ColumnRef> {
        let parts = self.table(column.table).tuple(column.column);
        let of_table = |&part: &u32| ColumnRef { table: column.table, column: part };
        parts.map_or_else(|| vec![column], |parts| parts.iter().map(of_table).collect())
    }

    /// Whether a value consists of several columns.
    pub fn is_tuple(&self, column: ColumnRef) -> bool {
        self.table(column.table).tuple(column.column).is_some()
    }
}

/// Whether two lists have the same columns, in whichever order.
fn is_same_set(left: &[u32], right: &[u32]) -> bool {
    left.len() == right.len() && left.iter().all(|column| right.contains(column))
}

impl Table {
    /// The primary key, and the other keys.
    pub fn keys(&self) -> impl Iterator<Item = &Vec<u32>> {
        std::iter::once(&self.primary_key).chain(&self.unique)
    }

    /// The value that the primary key is: its column; of several, what references of several columns lead to, where there are any.
    pub fn primary_key_value(&self) -> Option<u32> {
        match self.primary_key.as_slice() {
            [column] => Some(*column),
            key => self
                .values()
                .find(|(index, column)| column.keys.is_empty() && self.tuple(*index) == Some(key))
                .map(|(index, _)| index),
        }
    }

    /// Whether some index begins with these columns, in whichever order.
    pub fn has_index(&self, columns: &[u32]) -> bool {
        let begins = |index: &&Vec<u32>| index.get(..columns.len()).is_some_and(|front| is_same_set(front, columns));
        self.keys().chain(&self.indexes).any(|index| begins(&index))
    }

    /// The columns that stand beside each other in a value, if it is one of several columns.
    pub fn tuple(&self, column: u32) -> Option<&[u32]> {
        match &self.derivation(column)?.term {
            Term::Tuple(parts) => Some(parts),
            _ => None,
        }
    }

    /// The columns that are the first of some index; that of the primary key comes first. There may be repetitions.
    pub fn fronts_of_indexes(&self) -> impl Iterator<Item = u32> {
        self.keys().chain(&self.indexes).filter_map(|columns| columns.first().copied())
    }

    /// The column of this exact name.
    pub fn column_named(&self, name: &str) -> Option<u32> {
        (0u32..).zip(&self.columns).find(|(_, column)| column.name == name).map(|(index, _)| index)
    }

    /// The column of this exact name, derived ones included.
    pub fn value_named(&self, name: &str) -> Option<u32> {
        self.named_values().find(|(_, column)| column.name == name).map(|(index, _)| index)
    }

    /// The reference of several columns that has this exact name.
    pub fn tuple_named(&self, name: &str) -> Option<u32> {
        self.value_named(name).filter(|&column| self.tuple(column).is_some())
    }

    /// The columns, derived ones included, whose name, label or relation has these [`words`].
    pub fn columns_by_words(&self, words: &str) -> Vec<u32> {
        let matches = |column: &Column| column.keys.iter().any(|key| key == words);
        self.values().filter(|(_, column)| matches(column)).map(|(index, _)| index).collect()
    }

    /// All that rules can ask of a row: its columns, and those that are derived.
    pub fn values(&self) -> impl Iterator<Item = (u32, &Column)> {
        (0u32..).zip(self.columns.iter().chain(self.derived.iter().map(|derived| &derived.column)))
    }

    /// All that rules have a name for: a key of several columns has none.
    pub fn named_values(&self) -> impl Iterator<Item = (u32, &Column)> {
        self.values().filter(|(_, column)| !column.keys.is_empty())
    }

    /// What a column is derived from; `None` for one that the database has.
    pub fn derivation(&self, column: u32) -> Option<&Derived> {
        (column as usize).checked_sub(self.columns.len()).and_then(|index| self.derived.get(index))
    }

    /// The columns that the database has, and on which a value depends: itself, or those that it is derived from.
    pub fn stored(&self, column: u32) -> Vec<u32> {
        self.derivation(column).map_or_else(|| vec![column], |derived| derived.term.columns())
    }
}
