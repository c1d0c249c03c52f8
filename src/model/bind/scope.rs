//! What names mean inside of conditions on other rows. A bare label is a column of the innermost row and never reaches outward. `this record` is the record
//! that the text is about; a row further out that has a name is reached by it.

use super::{Binder, key};
use crate::ast;
use crate::catalog::{ColumnRef, TableId};
use crate::model::{Atom, Climb, Condition, Enough, Exists, Link, Outer, Path, Value};

/// The rows that a condition can speak of beside the innermost one.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// What the innermost row is called, where it has a name.
    pub(super) name: Option<ast::Label>,
    /// Whether its condition says that it is the user's own.
    pub(super) is_own: bool,
    /// Those further out, the record of the text first.
    pub(super) outer: Vec<OuterRow>,
}

/// A row in whose condition another row is looked at.
#[derive(Clone)]
pub(super) struct OuterRow {
    pub(super) table: TableId,
    pub(super) name: Option<ast::Label>,
}

/// A row that a path begins at.
#[derive(Clone)]
pub(super) struct Start {
    pub(super) table: TableId,
    /// How many rows further out than the innermost.
    pub(super) up: u32,
    pub(super) called: String,
}

/// Rows above a row.
#[derive(Clone)]
pub(super) struct Level {
    pub(super) table: TableId,
    /// From the record to the row at which it begins, unless that is another one's.
    pub(super) link: Option<Link>,
    pub(super) climb: Climb,
    /// The key of the rows that they are compared by.
    pub(super) key: ColumnRef,
    /// Whether the record itself is meant beside them.
    pub(super) has_record: bool,
}

impl Level {
    /// A statement that is true where enough of the rows make a condition true.
    pub(super) fn exists(self, condition: Condition, enough: Enough, negated: bool) -> Condition {
        let (table, link, climb) = (self.table, self.link, Some(self.climb));
        Condition::from(Atom::Exists(Box::new(Exists { table, link, climb, condition, enough, negated })))
    }

    /// The key of one of the rows, where the condition is about that.
    pub(super) fn own_key(&self) -> Path {
        Path { table: self.table, hops: Vec::new(), column: self.key }
    }
}

/// Rows that are counted.
#[derive(Clone)]
pub(super) struct Counted {
    pub(super) table: TableId,
    pub(super) link: Option<Link>,
    pub(super) climb: Option<Climb>,
    pub(super) condition: Condition,
}

impl Counted {
    /// That there are enough of them, or not.
    pub(super) fn exists(self, enough: Enough, negated: bool) -> Condition {
        let Counted { table, link, climb, condition } = self;
        Condition::from(Atom::Exists(Box::new(Exists { table, link, climb, condition, enough, negated })))
    }
}

impl Start {
    /// The value that a path from the row leads to.
    pub(super) fn value(&self, path: Path) -> Value {
        match self.up {
            0 => Value::Record(path),
            up => Value::Outer(Outer { up, called: self.called.clone(), path }),
        }
    }
}

impl Binder<'_> {
    pub(super) fn is_this_record(&self, label: &ast::Label) -> bool {
        !label.exact && key(&label.text) == "this record"
    }

    /// The innermost row.
    pub(super) fn innermost(&self, table: TableId) -> Start {
        Start { table, up: 0, called: String::new() }
    }

    /// The record that the text is about.
    pub(super) fn this_row(&self, table: TableId) -> Start {
        let outer = &self.scope.outer;
        let up = u32::try_from(outer.len()).unwrap_or(u32::MAX);
        Start { table: outer.first().map_or(table, |row| row.table), up, called: "this record".to_owned() }
    }

    /// The row that has a name.
    pub(super) fn named_row(&self, table: TableId, label: &ast::Label) -> Option<Start> {
        let is_it =
            |name: &Option<ast::Label>| name.as_ref().is_some_and(|name| !label.exact && key(&name.text) == key(&label.text));
        if is_it(&self.scope.name) {
            return Some(self.innermost(table));
        }
        let (up, row) = (1u32..).zip(self.scope.outer.iter().rev()).find(|(_, row)| is_it(&row.name))?;
        Some(Start { table: row.table, up, called: label.text.clone() })
    }
}
