//! Classes of fields: who sees and who changes what kind of data. In: a review. Out: for each class its fields, each with the roles that reach it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::Review;
use crate::catalog::TableId;
use crate::model::{Model, Operation};

/// A class of data.
#[derive(Debug, Clone, Serialize)]
pub struct Class {
    /// Its name, as the schema file has it.
    pub name: String,
    /// The fields of it.
    pub fields: Vec<ClassField>,
}

/// A field and who reaches it.
#[derive(Debug, Clone, Serialize)]
pub struct ClassField {
    /// Its table.
    pub table: String,
    /// Its name.
    pub field: String,
    /// Who sees it in every record.
    pub read: Vec<String>,
    /// Who sees it in some.
    pub read_some: Vec<String>,
    /// Who writes it, in new records or in those that are there: in all of them, or in some.
    pub written_by: Vec<String>,
}

/// All classes, by name.
pub(super) fn classes(review: &Review<'_>) -> Vec<Class> {
    let mut classes: BTreeMap<&str, Vec<ClassField>> = BTreeMap::new();
    for (id, table) in review.model.catalog.tables() {
        for (position, column) in (0u32..).zip(&table.columns) {
            if let Some(class) = &column.class {
                classes.entry(class).or_default().push(field(review, id, position));
            }
        }
    }
    classes.into_iter().map(|(name, fields)| Class { name: name.to_owned(), fields }).collect()
}

fn field(review: &Review<'_>, id: TableId, column: u32) -> ClassField {
    let table = review.model.catalog.table(id);
    let words = |operation| who(review, id, column, operation);
    let of = |operation, word: &str| -> Vec<String> {
        words(operation).into_iter().filter(|(_, answer)| *answer == word).map(|(role, _)| role.to_owned()).collect()
    };
    let mut written_by: Vec<String> = Vec::new();
    for (role, answer) in [Operation::Create, Operation::Update].into_iter().flat_map(words) {
        if answer != "never" && !written_by.iter().any(|known| known == role) {
            written_by.push(role.to_owned());
        }
    }
    ClassField {
        table: table.name.to_string(),
        field: table.columns[column as usize].name.clone(),
        read: of(Operation::Read, "always"),
        read_some: of(Operation::Read, "when"),
        written_by,
    }
}

/// Every role with its answer for a field.
fn who<'a>(review: &'a Review<'_>, id: TableId, column: u32, operation: Operation) -> Vec<(&'a str, &'static str)> {
    let model: &Model = review.model;
    let roles = review.tables.get(&id).map_or(&[][..], Vec::as_slice);
    let of_role = |role: &crate::access::RoleReview| {
        let answer = role.operations.get(&operation)?.iter().find(|answer| answer.columns.contains(&column))?;
        Some((role.subject, answer.word()))
    };
    roles.iter().filter_map(of_role).map(|(subject, word)| (model.subject_name(subject), word)).collect()
}
