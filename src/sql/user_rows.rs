//! Rows of the user that are compared with the record: read while one was there, say. Once for each statement, each of their columns that the comparison needs
//! is looked up as an array, all in one order; the keys among them find the records, and the rest is compared with the rows in memory. A function
//! for each record would look the same rows up again and again.

use super::expression::{Expression, From, Select};
use super::lower::{Lookup, Lowering};
use super::row_context::RowContext;
use super::split::Split;
use crate::access::{Exists, Predicate};
use crate::catalog::{ColumnRef, Type};
use crate::model::{Comparison, Link};

/// The columns of the rows themselves that statements name.
fn own_columns(predicate: &Predicate) -> Vec<ColumnRef> {
    let mut columns = Vec::new();
    predicate.for_each_atom(&mut |atom| {
        columns.extend(atom.values().into_iter().filter_map(|value| value.record().map(|path| path.column)));
    });
    columns
}

impl Lowering<'_> {
    /// The statement in this shape; `None` where it does not fit.
    pub(super) fn user_rows(&mut self, exists: &Exists, row: &RowContext) -> Option<Expression> {
        let (link, Split { closed, open }) = (exists.link.as_ref()?, Split::of(exists)?);
        let catalog = &self.model.catalog;
        let mut columns: Vec<ColumnRef> = own_columns(&open).into_iter().flat_map(|column| catalog.parts(column)).collect();
        columns.extend(catalog.parts(link.column));
        columns.sort_unstable();
        columns.dedup();
        // What is looked up is what is stored.
        if columns.iter().any(|&column| self.model.catalog.derivation(column).is_some()) {
            return None;
        }
        if columns.iter().any(|&column| matches!(self.model.catalog.column(column).r#type, Type::Array(_))) {
            return None;
        }
        let table = &self.model.catalog.table(exists.table).name.name;
        let alias =
            if *table == self.model.catalog.table(row.table).name.name { format!("other_{table}") } else { table.clone() };
        let arrays = columns.iter().map(|&column| {
            let name = self.model.catalog.column(column).name.clone();
            (name, self.values_of_rows(column, &closed, row))
        });
        let arrays: Vec<(String, Expression)> = arrays.collect();
        let keys = self.finds(link, &columns, &arrays, row);
        let inner = row.within(RowContext::unnested(exists.table, &alias, row), None, None);
        let is_it = self.tie(link, &inner, row);
        let compared = self.predicate(&open, &inner);
        let one = Expression::Number("1".to_owned());
        let from = Some(From::Arrays { arrays, alias });
        let select = Select { expression: one, from, condition: Some(Expression::all([is_it, compared])) };
        Some(Expression::And(keys.into_iter().chain([Expression::Exists(Box::new(select))]).collect()))
    }

    /// What an index finds: each part of the record's key is among those of the rows.
    fn finds(
        &mut self,
        link: &Link,
        columns: &[ColumnRef],
        arrays: &[(String, Expression)],
        row: &RowContext,
    ) -> Vec<Expression> {
        let (own, other) = (self.model.catalog.parts(link.path.column), self.model.catalog.parts(link.column));
        let mut found = Vec::new();
        for (own, other) in std::iter::zip(own, other) {
            let operator = self.operator_of(&self.model.catalog.column(own).r#type, Comparison::Equal);
            let array = std::iter::zip(columns, arrays).find(|(column, _)| **column == other);
            let left = Box::new(self.column(own, row));
            found.extend(array.map(|(_, (_, array))| Expression::Array {
                left,
                operator,
                all: false,
                array: Box::new(array.clone()),
            }));
        }
        found
    }

    fn tie(&mut self, link: &Link, inner: &RowContext, row: &RowContext) -> Expression {
        let key = self.column(link.path.column, row);
        self.equals(link.column, inner, key)
    }

    /// What the rows of which a predicate is true have in a column, in the order of their keys.
    pub(super) fn values_of_rows(&mut self, column: ColumnRef, predicate: &Predicate, row: &RowContext) -> Expression {
        self.once(Lookup::Values(column, predicate.clone()), row, |lowering| {
            let target = lowering.body_row(column.table, &[], row.is_complete);
            let expression = lowering.column(column, &target);
            let condition = Some(lowering.filter(predicate, &target));
            let table = lowering.model.catalog.table(column.table);
            let key: Vec<Expression> = table
                .primary_key
                .iter()
                .map(|&key| lowering.column(ColumnRef { table: column.table, column: key }, &target))
                .collect();
            let place = || Expression::Column { alias: target.alias(), column: "ctid".to_owned() };
            let order = if key.is_empty() { vec![place()] } else { key };
            let select = Select { expression, from: Some(lowering.from(&target)), condition };
            let name = &table.columns[column.column as usize].name;
            let words = format!("{name} of {} where {}", table.name, lowering.words(predicate));
            let remark = format!("{words}, in the order of their keys");
            let element = lowering.column_type(column);
            lowering.array_function(&words, &element, Expression::ArrayInOrder(Box::new(select), order), remark)
        })
    }
}
