//! The rows of a database as somebody sees them: as the server shows them, and, where the connection sees every row, what the rules say of each. In: a connection that may act as
//! somebody. Out: who they are, and a view of each table.

use super::actors::{self, TestFiles};
use super::error::Error;
use super::from_sql::word;
use super::key;
use super::output::Output;
use super::seen::Seen;
use super::table_view::{About, Remark, Summary, TableView, Value};
use crate::access;
use crate::access::evaluate::{Evaluator, Row, Session};
use crate::catalog::TableId;
use crate::db::{self, LiveRows, Viewer};
use crate::model::Model;

/// Who looks, and at what.
pub(super) struct Looks<'a> {
    pub(super) viewer: &'a Viewer<'a>,
    pub(super) files: &'a TestFiles,
    /// As they were named.
    pub(super) who: &'a str,
    /// So many rows of each table are shown.
    pub(super) most: usize,
}

/// A table, and what the server shows of it.
type Shown = (TableId, TableView);

impl Looks<'_> {
    /// The first rows of each table. Where nobody sees all of them, it is said once what is not told, and how to have it.
    pub(super) fn views(&self, client: &mut db::Client, tables: &[TableId], output: &Output) -> Result<Vec<TableView>, Error> {
        let mut shown: Vec<Shown> = Vec::new();
        for &table in tables {
            let name = self.viewer.model.catalog.table(table).name.to_string();
            let found = self.viewer.rows(client, table, self.most).map_err(Error::Database)?;
            shown.push((table, table_view(name, found, self.most)));
        }
        match self.told(client, shown.clone(), output) {
            Err(Error::NotAsked(reason)) => {
                output
                    .note(&format!("which roles {} holds, and what may be done with each row, is not told: {reason}", self.who));
                reason.help().iter().for_each(|help| output.help(help));
                Ok(shown.into_iter().map(|(_, view)| view).collect())
            }
            told => told,
        }
    }

    /// The same with what the rules say.
    fn told(&self, client: &mut db::Client, shown: Vec<Shown>, output: &Output) -> Result<Vec<TableView>, Error> {
        let model = self.viewer.model;
        let rows = db::look(client, model)?;
        let session = actors::session(self.files, model, self.viewer.actor, self.who, rows.now())?;
        let evaluator = Evaluator::new(model, &rows, &session);
        let seen = Seen { model, evaluator: &evaluator, nobody: session.identity.is_null() };
        let held = seen.held(&|table, row: &Row| Some(rows.written(table, row)));
        let tables: Vec<TableId> = shown.iter().map(|(table, _)| *table).collect();
        let mut actor = TableView::new(About::Actor(self.who.to_owned()), Summary::Holds(held));
        actor.remarks = seen.may_do(&tables);
        let mut views = vec![actor];
        let review = access::review(model);
        for (table, mut view) in shown {
            if matches!(view.summary, Summary::Rows { .. }) {
                self.tell(&mut view, table, (&rows, &seen, &session));
                view.remarks.extend(seen.may_create(table, review.tables.get(&table).map_or(&[][..], Vec::as_slice)));
            }
            views.push(view);
        }
        let met_raw_sql = evaluator.met_raw_sql();
        rows.finish()?;
        if met_raw_sql {
            output.note("what may be done leaves out what raw SQL decides, which only the server knows");
        }
        Ok(views)
    }

    /// What may be done with each row, and which of its fields are hidden.
    fn tell(&self, view: &mut TableView, table: TableId, (rows, seen, session): (&LiveRows<'_>, &Seen<'_>, &Session)) {
        let model = self.viewer.model;
        let columns: Vec<Option<u32>> = view.columns.iter().map(|name| model.catalog.table(table).column_named(name)).collect();
        let (mut beyond, mut are_told) = (Vec::new(), true);
        for shown in &mut view.rows {
            let found = there(model, rows, table, (&columns, shown));
            let one = Evaluator::new(model, rows, session);
            let fields = found.as_ref().map(|(_, row)| one.read_fields(table, row)).unwrap_or_default();
            let is_told = found.is_some() && !one.met_raw_sql();
            are_told &= is_told;
            let is_reached = !fields.is_empty();
            for (column, value) in std::iter::zip(&columns, shown.iter_mut()).filter(|_| is_told && is_reached) {
                if column.is_some_and(|column| !fields.contains(&column)) && matches!(value, Value::Empty) {
                    *value = Value::Hidden;
                }
            }
            let may = found.as_ref().filter(|_| is_reached).map(|(_, row)| seen.may(table, row, fields));
            view.may.push(may.unwrap_or_default());
            beyond.extend(found.filter(|_| is_told && !is_reached).map(|(key, _)| key));
        }
        // What is hidden is told row by row.
        view.remarks.retain(|remark| !are_told || !matches!(remark, Remark::Masked { .. }));
        let command = |key: &String| {
            let name = &model.catalog.table(table).name;
            format!("rowgate why read {name} {} --as {}", word(key), word(self.who))
        };
        view.remarks.extend(beyond.first().map(|key| Remark::Beyond { number: beyond.len(), ask: command(key) }));
    }
}

/// The row that the server has shown, for the evaluator, and its key as somebody types it.
fn there<'r>(
    model: &Model,
    rows: &'r LiveRows<'_>,
    table: TableId,
    (columns, shown): (&[Option<u32>], &[Value]),
) -> Option<(String, &'r Row)> {
    let text = |key: &u32| {
        let at = columns.iter().position(|column| column.as_ref() == Some(key))?;
        if let Value::Text(text) = shown.get(at)? { Some(text.clone()) } else { None }
    };
    let texts: Vec<String> = model.catalog.table(table).primary_key.iter().map(text).collect::<Option<_>>()?;
    let key = key::of_texts(model, table, &texts, rows.now())?;
    Some((texts.join(","), rows.by_key(table, &key)?))
}

/// The rows of a table, or that none of its columns may be read.
fn table_view(name: String, found: Option<db::TableRows>, limit: usize) -> TableView {
    let Some(found) = found else { return TableView::new(About::Table(name), Summary::NoColumn) };
    let mut view = outcome_view(About::Table(name), found.outcome, limit);
    let some_empty = view.rows.iter().flatten().any(|value| matches!(value, Value::Empty));
    view.remarks.extend(found.masking_view.filter(|_| some_empty).map(|view| Remark::Masked { view }));
    view
}

/// What a statement came to, of which so many rows are shown.
pub(super) fn outcome_view(about: About, outcome: db::Outcome, limit: usize) -> TableView {
    match outcome {
        db::Outcome::Refused(reason) => TableView::new(about, Summary::Refused(reason)),
        db::Outcome::Touched(rows) => TableView::new(about, Summary::Touched(rows)),
        db::Outcome::Rows { columns, mut rows } => {
            let more = rows.len() > limit;
            rows.truncate(limit);
            let value = |value: Option<String>| value.map_or(Value::Empty, Value::Text);
            let rows = rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
            TableView { columns, rows, ..TableView::new(about, Summary::Rows { more }) }
        }
    }
}
