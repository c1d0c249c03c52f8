//! The matrix: for each table, what each role may do with its records and fields. In: a review. Out: rows of roles that may do the same, with numbered notes that say with which
//! fields, under which condition and by which rules.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::{Answer, Review, RoleReview};
use crate::catalog::TableId;
use crate::model::{Describe, Model, Operation, Subject};

/// A table and who may do what with it.
#[derive(Debug, Clone, Serialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Why nobody may touch it, where that is so.
    pub closed: Option<String>,
    /// Its fields.
    pub fields: Vec<String>,
    /// What the notes of the cells say, by their numbers from 0.
    pub notes: Vec<Note>,
    /// What each role may do. Every role is in one of them.
    pub rows: Vec<Row>,
    /// What may be done by calls, whatever the rules grant.
    pub calls: Vec<Call>,
    /// What the database fills in, by operation and field.
    pub sets: BTreeMap<String, BTreeMap<String, String>>,
}

/// Roles that may do the same.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Their names.
    pub roles: Vec<String>,
    /// Reading, creating, updating, deleting.
    pub cells: [Cell; 4],
}

/// What one may do: nothing without notes, or what any of them says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cell {
    /// `never`, `always`; `only` with some fields; `when` a condition holds.
    pub answer: &'static str,
    /// Numbers of notes.
    pub notes: Vec<usize>,
}

/// With what, when, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The fields; `None` for all that there are, and for deleting.
    pub fields: Option<Vec<String>>,
    /// The condition; `None` for every record.
    pub condition: Option<String>,
    /// The rules that say so.
    pub rules: Vec<String>,
}

/// What an action does with a table.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The action.
    pub action: String,
    /// `create` or `update`.
    pub operation: String,
    /// With these fields.
    pub fields: Vec<String>,
    /// Who may call it.
    pub roles: Vec<String>,
    /// What is asked of the record that it finds.
    pub condition: String,
}

/// The matrix of all tables.
pub(super) fn tables(review: &Review<'_>) -> Vec<Table> {
    let subjects = subjects(review.model);
    review.tables.iter().map(|(&id, roles)| table(review.model, id, roles, &subjects)).collect()
}

/// Everybody that the matrix is about, in its order.
pub(super) fn subjects(model: &Model) -> Vec<Subject> {
    let roles = (0u32..).map(crate::model::RoleId).take(model.roles.len()).map(Subject::Role);
    [Subject::Anyone, Subject::Authenticated].into_iter().chain(roles).collect()
}

fn table(model: &Model, id: TableId, roles: &[RoleReview], subjects: &[Subject]) -> Table {
    let table = model.catalog.table(id);
    let mut notes = Notes { model, id, known: Vec::new() };
    let mut by_cells: Vec<Row> = Vec::new();
    let mut add = |subject: Subject, cells: [Cell; 4]| {
        let name = model.subject_name(subject).to_owned();
        match by_cells.iter_mut().find(|row| row.cells == cells) {
            Some(row) => row.roles.push(name),
            None => by_cells.push(Row { roles: vec![name], cells }),
        }
    };
    match model.closed.get(&id) {
        Some(_) => subjects.iter().for_each(|&subject| add(subject, std::array::from_fn(|_| Cell::never()))),
        None => roles.iter().for_each(|role| {
            let cell = |operation| notes.cell(role, operation);
            add(role.subject, Operation::ALL.map(cell));
        }),
    }
    // Who may do nothing is of least interest, and is there all the same.
    by_cells.sort_by_key(Row::is_nothing);
    let known = notes.known;
    let sets = [Operation::Create, Operation::Update].map(|operation| {
        let fields = model
            .presets(id, operation)
            .into_iter()
            .map(|(column, preset)| (table.columns[column as usize].name.clone(), Describe { model }.value(&preset.value)));
        (operation.word().to_owned(), fields.collect::<BTreeMap<_, _>>())
    });
    Table {
        name: table.name.to_string(),
        closed: model.closed.get(&id).cloned(),
        fields: table.columns.iter().map(|column| column.name.clone()).collect(),
        notes: known,
        rows: by_cells,
        calls: calls(model, id, subjects),
        sets: sets.into_iter().filter(|(_, fields)| !fields.is_empty()).collect(),
    }
}

fn calls(model: &Model, id: TableId, subjects: &[Subject]) -> Vec<Call> {
    let table = model.catalog.table(id);
    let call = |deed: &crate::model::Deed<'_>| Call {
        action: deed.action.name.clone(),
        operation: deed.operation.word().to_owned(),
        fields: deed.fields.iter().map(|field| table.columns[field.column as usize].name.clone()).collect(),
        roles: subjects
            .iter()
            .filter(|&&subject| model.may_call(deed.action, subject))
            .map(|&subject| model.subject_name(subject).to_owned())
            .collect(),
        condition: Describe { model }.asked_by(deed.action, deed.operation),
    };
    model.deeds(id).iter().map(call).filter(|call| !call.roles.is_empty()).collect()
}

impl Row {
    /// Whether these roles may do nothing.
    pub fn is_nothing(&self) -> bool {
        self.cells.iter().all(|cell| cell.notes.is_empty())
    }
}

impl Cell {
    fn never() -> Cell {
        Cell { answer: "never", notes: Vec::new() }
    }
}

/// The notes of a table, numbered as they come.
struct Notes<'a> {
    model: &'a Model,
    id: TableId,
    known: Vec<Note>,
}

impl Notes<'_> {
    fn cell(&mut self, role: &RoleReview, operation: Operation) -> Cell {
        let answers = role.operations.get(&operation).map_or(&[][..], Vec::as_slice);
        let possible: Vec<&Answer> = answers.iter().filter(|answer| !answer.said.is_empty()).collect();
        let is_whole = possible.len() == answers.len();
        // The same under the same rules is said once, whichever grants of these name the fields.
        let mut parts: Vec<(Note, Vec<u32>)> = Vec::new();
        for answer in possible {
            let note = self.note(role.subject, answer);
            match parts.iter_mut().find(|(known, _)| *known == note) {
                Some((_, columns)) => columns.extend(&answer.columns),
                None => parts.push((note, answer.columns.clone())),
            }
        }
        let is_one = is_whole && parts.len() == 1;
        let has_condition = parts.iter().any(|(note, _)| note.condition.is_some());
        let notes: Vec<usize> = parts
            .into_iter()
            .map(|(note, mut columns)| {
                columns.sort_unstable();
                let names = columns.iter().map(|&column| self.model.catalog.table(self.id).columns[column as usize].name.clone());
                self.number(Note { fields: (!is_one).then(|| names.collect()), ..note })
            })
            .collect();
        let answer = match (notes.is_empty(), has_condition, is_one) {
            (true, ..) => "never",
            (_, true, _) => "when",
            (_, _, true) => "always",
            // All fields of every record, by different rules.
            _ if is_whole => "always",
            _ => "only",
        };
        Cell { answer, notes }
    }

    fn note(&self, subject: Subject, answer: &Answer) -> Note {
        Note { fields: None, condition: answer.condition(self.model, subject), rules: answer.rules.iter().cloned().collect() }
    }

    fn number(&mut self, note: Note) -> usize {
        self.known.iter().position(|known| *known == note).unwrap_or_else(|| {
            self.known.push(note);
            self.known.len() - 1
        })
    }
}
