//! The rows of a test file as one session sees them, by the evaluator. In: a compiled project and who asks. Out: a view of each table. It knows no
//! server.

use std::collections::BTreeSet;

use super::actors::{SessionArgument, TestFiles};
use super::output::Output;
use super::table_view::{About, Allowed, Holding, Remark, Summary, TableView, Value};
use super::{Error, actors};
use crate::access::evaluate::{self, Data, Datum, Evaluator, Row};
use crate::access::{self, RoleReview};
use crate::catalog::{Table, TableId};
use crate::model::{Model, Operation, RoleUse, Scope, Subject};
use crate::scenario::{self, Scenarios, plain_text};

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
    let samples = Samples { model, scenarios, data: &data, evaluator: &evaluator, nobody: session.identity == Datum::Null };
    let review = access::review(model);
    let mut views = vec![TableView::new(About::Actor(who.to_owned()), Summary::Holds(samples.held()))];
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
    model: &'a Model,
    scenarios: &'a Scenarios,
    data: &'a Data,
    evaluator: &'a Evaluator<'a>,
    /// Nobody is signed in.
    nobody: bool,
}

impl Samples<'_> {
    /// The rows of a table that can be read, what may be done with each, and which may be made.
    fn view(&self, id: TableId, roles: &[RoleReview]) -> TableView {
        let table = self.model.catalog.table(id);
        let rows = self.data.rows(id);
        let sources = self.scenarios.rows.get(&id).map_or(&[][..], Vec::as_slice);
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let mut view = TableView::new(About::Table(table.name.to_string()), Summary::RowsOf { total: rows.len() });
        for (row, source) in std::iter::zip(rows, sources) {
            let fields = self.evaluator.read_fields(id, row);
            if fields.is_empty() {
                continue;
            }
            let value = |(index, name): (u32, &String)| match (fields.contains(&index), row.get(index as usize)) {
                (false, _) => Value::Hidden,
                (true, Some(Datum::Null) | None) => self.empty(table, index, source.get(name)),
                (true, Some(_)) => Value::Text(written(table, index, source.get(name))),
            };
            view.rows.push((0u32..).zip(&names).map(value).collect());
            view.may.push(self.may(id, row, fields));
        }
        view.columns = names;
        view.remarks = self.may_create(id, roles);
        view
    }

    /// A field that the evaluator knows no value of: it is empty, or the database fills it in.
    fn empty(&self, table: &Table, column: u32, given: Option<&crate::yaml::Value>) -> Value {
        let column = &table.columns[column as usize];
        let is_constant = given.is_some() || evaluate::constant_default(&self.model.catalog, column).is_some();
        if is_constant { Value::Empty } else { Value::FilledIn }
    }

    /// `read, update (name), delete`
    fn may(&self, id: TableId, row: &Row, read: BTreeSet<u32>) -> Vec<Allowed> {
        let table = self.model.catalog.table(id);
        let mut allowed = vec![Allowed { operation: Operation::Read, fields: unless_all(table, read) }];
        let update = self.evaluator.update_fields(id, row);
        if !update.is_empty() {
            allowed.push(Allowed { operation: Operation::Update, fields: unless_all(table, update) });
        }
        if self.evaluator.delete(id, row) {
            allowed.push(Allowed { operation: Operation::Delete, fields: None });
        }
        allowed
    }

    /// `may create (name) as Clerk when Owner equals Logged in User`, of each role that the session holds. What everybody may who is signed in, or
    /// who is not, is not said of each role again.
    fn may_create(&self, id: TableId, roles: &[RoleReview]) -> Vec<Remark> {
        let table = self.model.catalog.table(id);
        let (mut of_everybody, mut remarks) = (Vec::new(), Vec::new());
        for role in roles.iter().filter(|role| self.holds(role.subject)) {
            for answer in role.operations.get(&Operation::Create).into_iter().flatten().filter(|answer| !answer.ways.is_empty()) {
                let fields = unless_all(table, answer.columns.iter().copied());
                let what = (fields.clone(), answer.condition(self.model, role.subject));
                if of_everybody.contains(&what) {
                    continue;
                }
                let role_name = self.model.subject_name(role.subject).to_owned();
                let sets = access::sets(self.model, id, Operation::Create);
                remarks.push(Remark::MayCreate { role: role_name, fields, condition: what.1.clone(), sets });
                if !matches!(role.subject, Subject::Role(_)) {
                    of_everybody.push(what);
                }
            }
        }
        remarks
    }

    /// Whether a row of the matrix is about the session, for some record at least.
    fn holds(&self, subject: Subject) -> bool {
        match subject {
            Subject::Anyone => self.nobody,
            Subject::Authenticated => self.evaluator.holds(&RoleUse { subject, scope: Scope::Unscoped }, &Vec::new()),
            Subject::Role(role) => self.evaluator.held().iter().any(|(held, _)| *held == role),
        }
    }

    /// `Authenticated, Viewer of Team 1`
    fn held(&self) -> Vec<Holding> {
        let built_in = [Subject::Anyone, Subject::Authenticated].into_iter().filter(|&subject| self.holds(subject));
        let name = |subject| self.model.subject_name(subject).to_owned();
        let mut held: Vec<Holding> = built_in.map(|subject| Holding { role: name(subject), within: None }).collect();
        for (role, row) in self.evaluator.held() {
            let membership = self.model.scope_of(role).map(|membership| self.model.membership(membership));
            let within = membership.zip(row).map(|(membership, row)| {
                let source = source(self.data, self.scenarios, membership.table, row);
                let column = membership.within.map(|column| &self.model.catalog.column(column).name);
                let key = source.zip(column).and_then(|(row, column)| row.get(column)).map(plain_text).unwrap_or_default();
                (membership.name.clone(), key)
            });
            held.push(Holding { role: name(Subject::Role(role)), within });
        }
        held.dedup();
        held
    }
}

/// A row as the test file has it.
pub(super) fn source<'a>(data: &Data, scenarios: &'a Scenarios, table: TableId, row: &Row) -> Option<&'a scenario::SampleRow> {
    let position = data.rows(table).iter().position(|other| std::ptr::eq(other, row))?;
    scenarios.rows.get(&table)?.get(position)
}

/// The names of some columns; `None` where all are meant.
fn unless_all(table: &Table, columns: impl IntoIterator<Item = u32>) -> Option<Vec<String>> {
    let names: Vec<String> = columns.into_iter().map(|column| table.columns[column as usize].name.clone()).collect();
    (names.len() < table.columns.len()).then_some(names)
}

/// A value as the test file has it, or the constant that stands for it.
fn written(table: &Table, column: u32, value: Option<&crate::yaml::Value>) -> String {
    let default = || table.columns[column as usize].default.as_deref().map_or_else(String::new, evaluate::text_of_constant);
    value.map_or_else(default, plain_text)
}
