//! `rowgate as WHO create|update|delete`: what would happen if somebody did something with one record. In: the words of the command line, the rows of the test files or a
//! connection. Out: whether it would be done, and the record then; or what it lacks, and what to ask.

use super::actors::{self, SessionArgument, TestFiles};
use super::from_sql::word;
use super::live;
use super::not_asked::NotAsked;
use super::output::Output;
use super::question::{Answered, Asked, NEW, Question, Wanted, Words};
use super::seen::unless_all;
use super::table_view::{About, Deed, Remark, Summary, TableView, Value};
use super::{Error, key, why};
use crate::access::evaluate::{Evaluator, Row, Rows, Session};
use crate::catalog::{Column, TableId};
use crate::db::{self, Done, InspectError, Tried, Viewer};
use crate::model::{Describe, Model, Operation};
use crate::scenario::SampleRow;

/// What somebody would do.
#[derive(Clone, Copy)]
pub(super) struct Would<'w> {
    pub(super) model: &'w Model,
    pub(super) files: &'w TestFiles,
    pub(super) who: &'w str,
    pub(super) operation: Operation,
    pub(super) table: TableId,
    /// As it was typed; of a new record, none.
    pub(super) key: Option<&'w str>,
    pub(super) set: &'w [String],
}

impl<'w> Would<'w> {
    fn words(&self, name: &'w str) -> Words<'w> {
        let asked = match self.operation {
            Operation::Create => Asked::Create,
            Operation::Delete => Asked::Delete,
            _ => Asked::Update,
        };
        Words { asked, table: name, key: self.key.unwrap_or(NEW), set: self.set }
    }

    fn name(&self) -> String {
        self.model.catalog.table(self.table).name.to_string()
    }

    /// By the rules, on the rows of the test files.
    pub(super) fn in_samples(&self, said: &SessionArgument, output: &Output) -> Result<TableView, Error> {
        let (model, files, name) = (self.model, self.files, self.name());
        let now = jiff::Timestamp::now().as_microsecond();
        let wanted = self.words(&name).look_up(model)?;
        let given = given(&wanted);
        let (file, position) = wanted.in_samples(model, files, self.key.unwrap_or(NEW), now)?;
        let data = actors::data(model, file, now)?;
        let question = Question::in_samples(wanted, model, (file, &data, position), now)?;
        let actor = said.given(model, actors::actor(model, Some(&file.1), self.who))?;
        let session = actors::session(files, model, &actor, self.who, now)?;
        if actors::is_stranger(model, &files.read, self.who, &session, &data) {
            actors::note_stranger(model, &files.read, self.who, output);
        }
        let answered = question.why(model, &data, &session);
        if answered.met_raw_sql {
            output.note("raw SQL is unknown here, and denies; a database would know");
        }
        if let Some(lacks) = lacks(&answered) {
            return Ok(self.denied(Summary::Lacks(lacks), None));
        }
        if let Some(obstacle) = question.obstacle(model, &data, &session) {
            let mut view = TableView::new(self.about(), Summary::Undone(format!("its table would not take it: {obstacle}")));
            view.remarks.push(Remark::Deed(Deed::Permitted));
            return Ok(view);
        }
        let mut view = TableView::new(self.about(), Summary::Allowed);
        self.shows(&mut view, &question, (&data, &session));
        self.remarks(&mut view, &given, Some((&question, &data, &session)));
        Ok(view)
    }

    /// By the statement itself, which is undone; where the connection sees every row, the rules are asked, too.
    pub(super) fn in_database(&self, client: &mut db::Client, viewer: &Viewer<'_>, output: &Output) -> Result<TableView, Error> {
        let name = self.name();
        let words = self.words(&name);
        let given = given(&words.look_up(self.model)?);
        let (answered, by_rules, deed) = match self.by_rules(client, viewer, &words, &given) {
            Ok(told) => told,
            Err(Error::NotAsked(reason)) if matches!(*reason, NotAsked::Rows(InspectError::NoReader { .. })) => {
                let done = viewer.do_deed(client, &self.blind(&given)?).map_err(Error::Database)?;
                if done.tried != Tried::Allowed {
                    output.note(&format!("what the rules say of it is not told: {reason}"));
                    reason.help().iter().for_each(|help| output.help(help));
                }
                return Ok(self.of_server(done, &given, None));
            }
            Err(error) => return Err(error),
        };
        let done = viewer.do_deed(client, &deed).map_err(Error::Database)?;
        let mut view = self.of_server(done, &given, Some(&answered));
        if matches!(view.summary, Summary::Allowed) && answered.reason.truth == Some(true) {
            view.remarks.retain(|remark| matches!(remark, Remark::Deed(Deed::Unseen | Deed::Unnamed)));
            view.remarks.splice(0..0, by_rules.remarks);
            // A masking view shows nothing where something is hidden.
            let hidden = std::iter::zip(&by_rules.columns, by_rules.rows.iter().flatten());
            let hidden: Vec<&String> = hidden.filter(|(_, value)| matches!(value, Value::Hidden)).map(|(name, _)| name).collect();
            for (name, value) in std::iter::zip(&view.columns, view.rows.iter_mut().flatten()) {
                if matches!(value, Value::Empty) && hidden.contains(&name) {
                    *value = Value::Hidden;
                }
            }
        }
        Ok(view)
    }

    /// What the rules say on the rows of a database, and what would be done.
    fn by_rules(
        &self,
        client: &mut db::Client,
        viewer: &Viewer<'_>,
        words: &Words<'_>,
        given: &SampleRow,
    ) -> Result<(Answered, TableView, db::Deed), Error> {
        let rows = db::look(client, self.model)?;
        let session = actors::session(self.files, self.model, viewer.actor, self.who, rows.now())?;
        let (question, deed) = live::ask(words, self.model, &rows)?;
        let answered = question.why(self.model, &rows, &session);
        let mut view = TableView::new(self.about(), Summary::Allowed);
        if answered.reason.truth == Some(true) {
            self.shows(&mut view, &question, (&rows, &session));
            view.remarks.clear();
            self.remarks(&mut view, given, Some((&question, &rows, &session)));
        }
        rows.finish()?;
        Ok((answered, view, deed.or_else(|_| self.blind(given))?))
    }

    /// What is done, where no row is known but its key.
    fn blind(&self, given: &SampleRow) -> Result<db::Deed, Error> {
        let now = jiff::Timestamp::now().as_microsecond();
        let (record, set) = match self.key {
            None => (given.clone(), SampleRow::new()),
            Some(key) => (key::as_typed(self.model, self.table, key, now)?, given.clone()),
        };
        Ok(db::Deed { table: self.table, operation: self.operation, record, set, fields: Vec::new(), hidden: Vec::new() })
    }

    fn about(&self) -> About {
        About::Deed { operation: self.operation, table: self.name(), key: self.key.map(str::to_owned) }
    }

    fn denied(&self, summary: Summary, differs: Option<Deed>) -> TableView {
        let mut view = TableView::new(self.about(), summary);
        view.remarks.extend(differs.map(Remark::Deed));
        view.remarks.push(Remark::Deed(Deed::Ask(self.command())));
        view
    }

    /// What asks why.
    fn command(&self) -> String {
        let set: String = self.set.iter().map(|pair| format!(" --set {}", word(pair))).collect();
        let key = self.key.map_or_else(|| NEW.to_owned(), word);
        format!("rowgate why {} {} {key} --as {}{set}", self.operation.word(), word(&self.name()), word(self.who))
    }

    /// What the server did, and what the rules say of it, where that is known.
    fn of_server(&self, done: Done, given: &SampleRow, answered: Option<&Answered>) -> TableView {
        let by_rules = answered.filter(|answered| answered.reason.truth == Some(true) || !answered.met_raw_sql).map(lacks);
        let reason = match done.tried {
            Tried::Allowed => {
                let mut view = TableView::new(self.about(), Summary::Allowed);
                let (names, values): (Vec<String>, Vec<Value>) =
                    done.row.into_iter().map(|(name, value)| (name, value.map_or(Value::Empty, Value::Text))).unzip();
                match names.is_empty() {
                    true => view.remarks.push(Remark::Deed(if done.is_shown { Deed::Unseen } else { Deed::Unnamed })),
                    false => (view.columns, view.rows) = (names, vec![values]),
                }
                self.remarks(&mut view, given, None);
                if let Some(Some(lacks)) = by_rules {
                    view.remarks.push(Remark::Deed(Deed::Differs(Some(lacks))));
                    view.remarks.push(Remark::Deed(Deed::Ask(self.command())));
                }
                return view;
            }
            Tried::NoRow => "there is no such record for them".to_owned(),
            Tried::Refused(words) | Tried::Forbidden(words) => words,
            Tried::Untold(words) => match by_rules {
                Some(Some(lacks)) => return self.denied(Summary::Lacks(lacks), None),
                is_known => {
                    let mut view = TableView::new(self.about(), Summary::Undone(words));
                    view.remarks.extend(is_known.map(|_| Remark::Deed(Deed::Permitted)));
                    return view;
                }
            },
        };
        match by_rules {
            Some(Some(lacks)) => self.denied(Summary::Lacks(lacks), None),
            Some(None) => self.denied(Summary::Denied(reason), Some(Deed::Differs(None))),
            None => self.denied(Summary::Denied(reason), None),
        }
    }

    /// The record as they see it.
    fn shows(&self, view: &mut TableView, question: &Question<'_>, (rows, session): (&dyn Rows, &Session)) {
        let Some(row) = question.behind() else { return };
        let evaluator = Evaluator::new(self.model, rows, session);
        let is_kept = self.operation == Operation::Delete || matches!(question, Question::Record { .. });
        let row: Row = if is_kept { row.clone() } else { evaluator.filled(self.table, self.operation, row) };
        let fields = evaluator.read_fields(self.table, &row);
        if fields.is_empty() {
            view.remarks.push(Remark::Deed(Deed::Unseen));
            return;
        }
        let columns = &self.model.catalog.table(self.table).columns;
        view.columns = columns.iter().map(|column| column.name.clone()).collect();
        let value = |(index, column): (u32, &Column)| {
            let is_computed = column.default.is_some() || column.generated || column.identity || column.sequence.is_some();
            match (fields.contains(&index), evaluator.field(self.table, &row, index)) {
                (false, _) => Value::Hidden,
                (true, Some(text)) => Value::Text(text),
                (true, None) if is_computed => Value::FilledIn,
                (true, None) => Value::Empty,
            }
        };
        view.rows.push((0u32..).zip(columns).map(value).collect());
    }

    /// What the statement gives and the database fills in.
    fn remarks(&self, view: &mut TableView, given: &SampleRow, known: Option<(&Question<'_>, &dyn Rows, &Session)>) {
        let model = self.model;
        if self.operation == Operation::Delete {
            view.remarks.push(Remark::Deed(Deed::Removes));
            return;
        }
        if !given.is_empty() {
            view.remarks.push(Remark::Deed(Deed::Gives(given.keys().cloned().collect())));
        }
        if let (Some((Question::Record { row, .. }, rows, session)), true) = (known, given.is_empty()) {
            let fields = Evaluator::new(model, rows, session).update_fields(self.table, row);
            let fields = unless_all(model.catalog.table(self.table), fields);
            view.remarks.push(Remark::Deed(Deed::MayChange(fields)));
            return;
        }
        let columns = &model.catalog.table(self.table).columns;
        let describe = Describe { model };
        let presets = model.presets(self.table, self.operation);
        let filled: Vec<(String, String)> = presets
            .iter()
            .map(|(&column, preset)| (columns[column as usize].name.clone(), describe.value(&preset.value)))
            .collect();
        if !filled.is_empty() {
            view.remarks.push(Remark::Deed(Deed::FillsIn(filled)));
        }
    }
}

/// What the statement says of the record.
fn given(wanted: &Wanted<'_>) -> SampleRow {
    if let Wanted::Record { set, .. } = wanted { set.clone() } else { SampleRow::new() }
}

/// The least that would be enough, in one line; nothing where it is possible.
fn lacks(answered: &Answered) -> Option<String> {
    if answered.reason.truth == Some(true) {
        return None;
    }
    Some(why::ways(&answered.reason).into_iter().next().unwrap_or_default())
}
