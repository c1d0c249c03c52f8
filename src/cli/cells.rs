//! What each role may do, as data: a cell for each table, role, operation and field. In: a [`Review`]. Out: what `rowgate matrix` prints for machines and spreadsheets.

use std::collections::BTreeSet;

use serde::Serialize;

use super::csv::Csv;
use crate::access::{Answer, Predicate, Review, Way};
use crate::catalog::{Column, TableId};
use crate::model::{Describe, GrantId, Model, Operation, Subject};

/// One cell of the matrix.
#[derive(Debug, Serialize)]
pub(super) struct Cell<'a> {
    table: String,
    role: &'a str,
    operation: &'static str,
    /// Empty for deleting, which is of the whole row.
    field: Option<&'a str>,
    /// What the schema file says of the field's data.
    class: Option<&'a str>,
    /// What the database fills in there, whoever writes the record.
    set: Option<String>,
    /// By calling which action; by a statement of one's own where it is empty.
    action: Option<&'a str>,
    answer: &'static str,
    /// Any of them will do; none for `never`.
    ways: Vec<Conditions>,
    rules: Vec<&'a str>,
    /// The same as ids of grants, as `rowgate why` and `rowgate check` give them.
    grants: Vec<String>,
    /// All ways in words, for spreadsheets.
    #[serde(skip)]
    words: String,
}

/// What a record has to be.
#[derive(Debug, Clone, Serialize)]
struct Conditions {
    /// As it is, before an update, or as it is made; empty for every record.
    when: Option<String>,
    /// After an update; empty for every record, and for other operations.
    then: Option<String>,
}

/// All cells of a review.
pub(super) fn cells<'a>(review: &'a Review<'_>) -> Vec<Cell<'a>> {
    let mut cells = Vec::new();
    let subjects = subjects(review);
    for (&id, roles) in &review.tables {
        for role in roles {
            for (&operation, answers) in &role.operations {
                let mut of_operation: Vec<(u32, Cell<'a>)> =
                    answers.iter().flat_map(|answer| cells_of(review.model, id, role.subject, operation, answer)).collect();
                of_operation.sort_by_key(|(column, _)| *column);
                cells.extend(of_operation.into_iter().map(|(_, cell)| cell));
            }
        }
        if review.model.closed.contains_key(&id) {
            cells.extend(subjects.iter().flat_map(|&subject| closed(review.model, id, subject)));
        }
        cells.extend(subjects.iter().flat_map(|&subject| through_actions(review.model, id, subject)));
    }
    cells
}

/// The roles that are looked at.
pub(super) fn subjects(review: &Review<'_>) -> BTreeSet<Subject> {
    review.tables.values().flatten().map(|role| role.subject).collect()
}

/// What holders of a role may do with a table by calls, whatever its rules grant.
fn through_actions(model: &Model, id: TableId, subject: Subject) -> Vec<Cell<'_>> {
    let table = model.catalog.table(id);
    let mut cells = Vec::new();
    for deed in model.deeds(id).into_iter().filter(|deed| model.may_call(deed.action, subject)) {
        let words = Describe { model }.asked_by(deed.action, deed.operation);
        cells.extend(deed.fields.iter().map(|field| &table.columns[field.column as usize]).map(|column| Cell {
            table: table.name.to_string(),
            role: model.subject_name(subject),
            operation: deed.operation.word(),
            field: Some(&column.name),
            class: column.class.as_deref(),
            set: None,
            action: Some(&deed.action.name),
            answer: "when",
            ways: vec![Conditions { when: Some(words.clone()), then: None }],
            rules: Vec::new(),
            grants: Vec::new(),
            words: words.clone(),
        }));
    }
    cells
}

/// What an answer says of each of its columns, with the column's position.
fn cells_of<'a>(
    model: &'a Model,
    id: TableId,
    subject: Subject,
    operation: Operation,
    answer: &'a Answer,
) -> Vec<(u32, Cell<'a>)> {
    let table = model.catalog.table(id);
    let ways: Vec<Conditions> = answer.said.iter().map(|way| conditions(model, subject, operation, way)).collect();
    let id_of = |&grant: &GrantId| model.id_of_grant(id, model.rule(grant), model.grant(grant));
    let grants: Vec<String> = answer.grants.iter().map(id_of).collect();
    let cell = |column: Option<&'a Column>| Cell {
        table: table.name.to_string(),
        role: model.subject_name(subject),
        operation: operation.word(),
        field: column.map(|column| column.name.as_str()),
        class: column.and_then(|column| column.class.as_deref()),
        set: None,
        action: None,
        answer: answer.word(),
        ways: ways.clone(),
        rules: answer.rules.iter().map(String::as_str).collect(),
        grants: grants.clone(),
        words: answer.condition(model, subject).unwrap_or_default(),
    };
    if operation == Operation::Delete {
        return vec![(0, cell(None))];
    }
    let presets = model.presets(id, operation);
    let set = |column: u32| presets.get(&column).map(|preset| Describe { model }.value(&preset.value));
    let of_column = |column: u32| Cell { set: set(column), ..cell(Some(&table.columns[column as usize])) };
    answer.columns.iter().map(|&column| (column, of_column(column))).collect()
}

/// Nobody does anything with a table that is closed.
fn closed(model: &Model, id: TableId, subject: Subject) -> impl Iterator<Item = Cell<'_>> {
    let table = model.catalog.table(id);
    Operation::ALL.into_iter().flat_map(move |operation| {
        let columns: Vec<Option<&Column>> = match operation {
            Operation::Delete => vec![None],
            _ => table.columns.iter().map(Some).collect(),
        };
        columns.into_iter().map(move |column| Cell {
            table: table.name.to_string(),
            role: model.subject_name(subject),
            operation: operation.word(),
            field: column.map(|column| column.name.as_str()),
            class: column.and_then(|column| column.class.as_deref()),
            set: None,
            action: None,
            answer: "never",
            ways: Vec::new(),
            rules: Vec::new(),
            grants: Vec::new(),
            words: String::new(),
        })
    })
}

fn conditions(model: &Model, subject: Subject, operation: Operation, way: &Way) -> Conditions {
    // An answer with one side of the way alone says what that side asks.
    let words = |predicate: &Predicate| {
        let way = Way { before: predicate.clone(), after: predicate.clone() };
        let ways = vec![way];
        let answer =
            Answer { columns: Vec::new(), ways: ways.clone(), said: ways, rules: BTreeSet::new(), grants: BTreeSet::new() };
        answer.condition(model, subject)
    };
    Conditions { when: words(&way.before), then: if operation == Operation::Update { words(&way.after) } else { None } }
}

/// The same as a table, with a line for each.
pub(super) fn table(cells: &[Cell<'_>]) -> String {
    let mut table = Csv::new("table,role,operation,field,class,answer,condition,rules,action,grants,set");
    for cell in cells {
        let (rules, grants) = (cell.rules.join("; "), cell.grants.join("; "));
        let or_nothing = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let [field, class, action, set] = [cell.field, cell.class, cell.action, cell.set.as_deref()].map(or_nothing);
        table.line([
            &cell.table,
            cell.role,
            cell.operation,
            &field,
            &class,
            cell.answer,
            &cell.words,
            &rules,
            &action,
            &grants,
            &set,
        ]);
    }
    table.text()
}
