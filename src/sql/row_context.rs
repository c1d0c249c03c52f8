//! The row that an expression is about, and what it can speak of beside it.

use super::expression::Changes;
use super::quote;
use crate::access::{Atom, Predicate};
use crate::catalog::TableId;
use crate::model::Model;

/// The row that an expression is about.
#[derive(Debug, Clone)]
pub(super) struct RowContext {
    pub(super) table: TableId,
    /// The aliases in scope, innermost last; all different, so that no name is captured.
    pub(super) aliases: Vec<String>,
    /// Whether this is a body of a function, which may read tables.
    pub(super) in_body: bool,
    /// The name of the row, where it is given to the function instead of read from its table.
    pub(super) given: Option<&'static str>,
    /// Whether there is one row at a time, so that no index could help to find it: other rows are then asked for by its keys.
    pub(super) is_single: bool,
    /// Whether a body finds it, among all rows, by lists of the keys of other rows.
    pub(super) by_lists: bool,
    /// Whether rows that are not found would make it true.
    pub(super) is_complete: bool,
    /// Whether the statement that asks changes rows of its table.
    pub(super) changes: Option<Changes>,
    /// The table from which that statement may take what others of its kind rely on, at the same time: it changes or removes records, and asks anew.
    pub(super) takes_from: Option<TableId>,
    /// The rows further out that it can speak of, the outermost first.
    frames: Vec<Frame>,
    /// Where its columns are the function's arguments: which, and from which position on.
    pub(super) arguments: Option<(Vec<u32>, usize)>,
    /// The record as it was, where it is one that an update leaves.
    former: Option<Frame>,
}

/// A row in whose condition another one is looked at.
#[derive(Debug, Clone)]
struct Frame {
    table: TableId,
    alias: String,
    pub(super) arguments: Option<(Vec<u32>, usize)>,
}

impl RowContext {
    /// The row that a policy of `table` is asked about.
    pub(super) fn of_policy(model: &Model, table: TableId) -> RowContext {
        RowContext {
            table,
            aliases: vec![model.catalog.table(table).name.name.clone()],
            in_body: false,
            given: None,
            is_single: false,
            by_lists: false,
            is_complete: false,
            changes: None,
            takes_from: None,
            frames: Vec::new(),
            arguments: None,
            former: None,
        }
    }

    /// A row that a function is given under an alias, beside another one.
    pub(super) fn given(table: TableId, alias: &'static str, other: &str) -> RowContext {
        let aliases = vec![other.to_owned(), alias.to_owned()];
        let (in_body, given, is_single) = (true, Some(alias), true);
        let (by_lists, is_complete) = (false, false);
        RowContext {
            table,
            aliases,
            in_body,
            given,
            is_single,
            by_lists,
            is_complete,
            changes: None,
            takes_from: None,
            frames: Vec::new(),
            arguments: None,
            former: None,
        }
    }

    /// A row of arrays that were looked up, beside another one.
    pub(super) fn unnested(table: TableId, alias: &str, beside: &RowContext) -> RowContext {
        let mut aliases = beside.aliases.clone();
        aliases.push(alias.to_owned());
        RowContext { aliases, given: Some(""), ..RowContext::given(table, "", "") }
    }

    /// The same row, found by its key.
    pub(super) fn single(self) -> RowContext {
        RowContext { is_single: true, ..self }
    }

    /// The same row of a body, found among all by lists of the keys of other rows: PostgreSQL joins with what is asked of each row, but not within an OR.
    pub(super) fn by_lists(self) -> RowContext {
        RowContext { by_lists: true, ..self }
    }

    /// The same row, asked about what would be true if rows were missed: each look-up has to see all rows, or fails.
    pub(super) fn complete(&self) -> RowContext {
        RowContext { is_complete: true, ..self.clone() }
    }

    /// The same row, of which a predicate is asked by a statement that changes or removes records.
    pub(super) fn taken_away(self, predicate: &Predicate) -> RowContext {
        let mut is_anew = false;
        predicate.for_each_atom(&mut |atom| is_anew |= matches!(atom, Atom::Exists(exists) if exists.anew.is_some()));
        RowContext { takes_from: is_anew.then_some(self.table), ..self }
    }

    /// A row of another table beside which this one is further out. `arguments` says where a function that does not see this one has its columns.
    pub(super) fn within(
        &self,
        mut inner: RowContext,
        arguments: Option<(Vec<u32>, usize)>,
        changes: Option<Changes>,
    ) -> RowContext {
        inner.changes = changes;
        inner.takes_from = self.takes_from;
        inner.frames = self.frames.clone();
        inner.frames.push(Frame { table: self.table, alias: self.alias(), arguments });
        inner.former = self.former.clone();
        inner
    }

    /// The same row, the record being given as it was, too, under an alias that is not taken.
    pub(super) fn changed_from(self, alias: &str) -> RowContext {
        RowContext { former: Some(Frame { table: self.table, alias: alias.to_owned(), arguments: None }), ..self }
    }

    /// The same row in a function that has these columns of the record as it was from a position on.
    pub(super) fn with_former(self, columns: Vec<u32>, first: usize) -> RowContext {
        let former = self.former.map(|former| Frame { arguments: Some((columns, first)), ..former });
        RowContext { former, ..self }
    }

    /// The record as it was.
    pub(super) fn former(&self) -> Option<RowContext> {
        let Frame { table, alias, arguments } = self.former.clone()?;
        let aliases = self.aliases.iter().cloned().chain([alias]).collect();
        // It is given, and read from no table.
        let (given, frames) = (Some(""), Vec::new());
        Some(RowContext { table, aliases, given, frames, arguments, in_body: true, changes: None, ..self.clone() })
    }

    /// The row that is so many rows further out.
    pub(super) fn further_out(&self, up: u32) -> Option<RowContext> {
        let place = self.frames.len().checked_sub(up as usize)?;
        let frame = self.frames.get(place)?;
        let mut aliases = self.aliases.clone();
        aliases.push(frame.alias.clone());
        let frames = self.frames[..place].to_vec();
        Some(RowContext { table: frame.table, aliases, frames, arguments: frame.arguments.clone(), ..self.clone() })
    }

    /// Whether a function is given this row, instead of reading it from its table.
    pub(super) fn is_given(&self) -> bool {
        self.given.is_some()
    }

    pub(super) fn alias(&self) -> String {
        self.aliases.last().cloned().unwrap_or_default()
    }

    /// A row of `table` inside a body, under an alias that differs from all those around it.
    pub(super) fn in_body(model: &Model, table: TableId, outer: &[String], is_complete: bool) -> RowContext {
        let name = &model.catalog.table(table).name.name;
        let mut alias = name.clone();
        let mut count = 1;
        while outer.contains(&alias) {
            count += 1;
            alias = quote::generated_name(&format!("{name}_{count}"));
        }
        let mut aliases = outer.to_vec();
        aliases.push(alias);
        RowContext {
            table,
            aliases,
            in_body: true,
            given: None,
            is_single: false,
            by_lists: false,
            is_complete,
            changes: None,
            takes_from: None,
            frames: Vec::new(),
            arguments: None,
            former: None,
        }
    }

    /// A row of `table` beside this one, within its body if it has one.
    pub(super) fn beside(&self, model: &Model, table: TableId) -> RowContext {
        let outer = if self.in_body { self.aliases.as_slice() } else { &[] };
        let (frames, former) = (self.frames.clone(), self.former.clone());
        let takes_from = self.takes_from;
        RowContext {
            is_single: self.is_single,
            frames,
            former,
            takes_from,
            ..RowContext::in_body(model, table, outer, self.is_complete)
        }
    }
}
