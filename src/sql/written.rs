//! The conditions of one table's policies as text. Reading, changing and removing often ask the same, which is written once.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::expression::Expression;
use super::functions;
use super::lower::Lowering;
use super::row_context::RowContext;
use crate::access::Predicate;
use crate::catalog::TableId;

/// What a condition is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// It finds rows.
    Finds,
    /// It is asked of rows that are changed, perhaps by the thousand: a list of keys is looked up for them once.
    Admits,
    /// It is asked of rows that are made one by one.
    AdmitsOne,
}

/// A condition as text.
#[derive(Debug)]
pub(super) struct Written {
    /// Over several lines where it is long, behind four blanks.
    pub(super) text: String,
    /// The functions that it calls, by their names as SQL.
    pub(super) calls: BTreeSet<String>,
}

/// The conditions of the table that is being generated.
#[derive(Debug, Default)]
pub(super) struct WrittenConditions {
    table: Option<TableId>,
    /// By form, predicate, and whether the tie to a trigger is part of it.
    known: Vec<((Form, Predicate, bool), Arc<Written>)>,
}

impl WrittenConditions {
    /// A condition on rows of a table, with what else has to hold for it.
    pub(super) fn write(
        &mut self,
        lowering: &mut Lowering<'_>,
        table: TableId,
        predicate: &Predicate,
        form: Form,
        tie: Option<&Expression>,
    ) -> Arc<Written> {
        if self.table != Some(table) {
            *self = WrittenConditions { table: Some(table), known: Vec::new() };
        }
        let is_it =
            |(known, of, is_tied): &(Form, Predicate, bool)| *known == form && of == predicate && *is_tied == tie.is_some();
        if let Some((_, written)) = self.known.iter().find(|(known, _)| is_it(known)) {
            return written.clone();
        }
        let row = RowContext::of_policy(lowering.model, table);
        let expression = match form {
            Form::Finds => lowering.found(predicate, &row.taken_away(predicate)),
            Form::Admits => lowering.predicate(predicate, &row.taken_away(predicate)),
            Form::AdmitsOne => lowering.predicate(predicate, &row.single()),
        };
        let expression = match tie {
            Some(tie) => Expression::all([expression, tie.clone()]),
            None => expression,
        };
        let expression = lowering.for_policy(expression);
        let mut calls = BTreeSet::new();
        functions::calls(&expression, &mut calls);
        let written = Arc::new(Written { text: expression.pretty(4), calls });
        self.known.push(((form, predicate.clone(), tie.is_some()), written.clone()));
        written
    }
}
