//! The rows of a test file as one session sees them, by the evaluator. In: a compiled project and who asks. Out: a view of each table. It knows no
//! server.

use std::collections::BTreeSet;

use super::actors::{SessionArgument, TestFiles};
use super::output::Output;
use super::seen::Seen;
use super::table_view::{About, Summary, TableView, Value};
use super::{Error, actors};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Row};
use crate::access::{self, RoleReview};
use crate::catalog::{Column, TableId};
use crate::model::Model;
use crate::scenario::{SampleRow, Scenarios, plain_text};
use crate::yaml;

/// On the rows of the test file that knows who it is, or of the first of all.
pub(super) fn views(
    model: &Model,
    files: &TestFiles,
    tables: &[TableId],
    (who, said): (&str, &SessionArgument),
    output: &Output,
) -> Result<Vec<TableView>, Error> {
    let TestFiles { read, unread } = files;
    let (file, actor) = actors::find(model, read, who).ok_or_else(|| Error::NoRows { unread: unread.clone() })?;
    let actor = said.given(model, actor)?;
    let now = jiff::Timestamp::now().as_microsecond();
    let session = actors::session(files, model, &actor, who, now)?;
    let data = actors::data(model, file, now)?;
    if actors::is_stranger(model, read, who, &session, &data) {
        actors::note_stranger(model, read, who, output);
    }
    let scenarios = &file.1;
    let evaluator = Evaluator::new(model, &data, &session);
    let seen = Seen { model, evaluator: &evaluator, nobody: session.identity == Datum::Null };
    let held = seen.held(&|table, row: &Row| source(&data, scenarios, table, row).cloned());
    let samples = Samples { scenarios, data: &data, seen };
    let review = access::review(model);
    let mut actor = TableView::new(About::Actor(who.to_owned()), Summary::Holds(held));
    actor.remarks = samples.seen.may_do(tables);
    let mut views = vec![actor];
    views.extend(tables.iter().map(|&id| match model.closed.get(&id) {
        Some(reason) => {
            let about = About::Table(model.catalog.table(id).name.to_string());
            TableView::new(about, Summary::Closed(reason.clone()))
        }
        None => samples.view(id, review.tables.get(&id).map_or(&[][..], Vec::as_slice)),
    }));
    if evaluator.met_raw_sql() {
        output.note("raw SQL is unknown here, and denies; a database would know");
    }
    Ok(views)
}

/// The rows of a test file, as one session sees them.
struct Samples<'a> {
    scenarios: &'a Scenarios,
    data: &'a Data,
    seen: Seen<'a>,
}

impl Samples<'_> {
    /// The rows of a table that can be read, what may be done with each, and which may be made.
    fn view(&self, id: TableId, roles: &[RoleReview]) -> TableView {
        let table = self.seen.model.catalog.table(id);
        let rows = self.data.rows(id);
        let sources = self.scenarios.rows.get(&id).map_or(&[][..], Vec::as_slice);
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let mut view = TableView::new(About::Table(table.name.to_string()), Summary::RowsOf { total: rows.len() });
        for (row, source) in std::iter::zip(rows, sources) {
            let fields = self.seen.evaluator.read_fields(id, row);
            if fields.is_empty() {
                continue;
            }
            view.rows.push(values(&self.seen, id, row, source, &fields));
            view.may.push(self.seen.may(id, row, fields));
        }
        view.columns = names;
        view.remarks = self.seen.may_create(id, roles);
        view
    }
}

/// The fields of a row as somebody sees them who reads these; `source` is what is written of it.
pub(super) fn values(seen: &Seen<'_>, id: TableId, row: &Row, source: &SampleRow, fields: &BTreeSet<u32>) -> Vec<Value> {
    let table = seen.model.catalog.table(id);
    let value = |(index, column): (u32, &Column)| match (fields.contains(&index), row.get(index as usize)) {
        (false, _) => Value::Hidden,
        (true, Some(Datum::Null) | None) => empty(seen.model, column, source.get(&column.name)),
        (true, Some(_)) => Value::Text(written(column, source.get(&column.name))),
    };
    (0u32..).zip(&table.columns).map(value).collect()
}

/// A field that the evaluator knows no value of: it is empty, or the database fills it in.
fn empty(model: &Model, column: &Column, given: Option<&yaml::Value>) -> Value {
    let is_constant = given.is_some() || evaluate::constant_default(&model.catalog, column).is_some();
    if is_constant { Value::Empty } else { Value::FilledIn }
}

/// A row as the test file has it.
pub(super) fn source<'a>(data: &Data, scenarios: &'a Scenarios, table: TableId, row: &Row) -> Option<&'a SampleRow> {
    let position = data.rows(table).iter().position(|other| std::ptr::eq(other, row))?;
    scenarios.rows.get(&table)?.get(position)
}

/// A value as the test file has it, or the constant that stands for it.
fn written(column: &Column, value: Option<&yaml::Value>) -> String {
    let default = || column.default.as_deref().map_or_else(String::new, evaluate::text_of_constant);
    value.map_or_else(default, plain_text)
}
