//! Rows above a row, and rows below rows: WITH RECURSIVE over the keys, by UNION, so that a circle in the data ends. In: which reference is followed from where.
//! Out: the keys that it leads to, as an array; the rows themselves are found by these. Which of both ways is taken is decided elsewhere.

use super::expression::{Expression, Select, Walk};
use super::lower::Lowering;
use super::row_context::RowContext;
use super::sought_rows::SoughtRows;
use crate::access::Predicate;
use crate::catalog::ColumnRef;
use crate::model::{Climb, Comparison, Hop};

impl Walk {
    /// What it is made of, one level down.
    pub(super) fn children_mut(&mut self) -> Vec<&mut Expression> {
        let mut children = self.start.children_mut();
        children.extend(self.step.children_mut());
        children
    }
}

impl Lowering<'_> {
    /// That a row is one that a climb leads to. Where the record's link leads to the row at which it begins, `linked` is the link's column and the record's key.
    pub(super) fn is_reached(
        &mut self,
        at: &SoughtRows<'_>,
        climb: &Climb,
        linked: Option<(ColumnRef, Expression)>,
        target: &RowContext,
    ) -> Expression {
        let (column, key) = match (&climb.start, linked) {
            (Some((column, value)), _) => (*column, self.value(&value.seen_from_inside(), target)),
            (None, Some(linked)) => linked,
            (None, None) => return Expression::Boolean(false),
        };
        let keys = self.keys_above(climb.parent, column, key, at.through, target);
        self.is_one_of(climb.parent.target, keys, target)
    }

    /// The keys of the row that has `key` in a column, and of all above it.
    fn keys_above(
        &mut self,
        parent: Hop,
        column: ColumnRef,
        key: Expression,
        through: &Predicate,
        beside: &RowContext,
    ) -> Expression {
        let row = self.row_beside(parent.target.table, beside);
        let name = walk_name("reached", &row);
        let begins = self.equals(column, &row, key);
        let follows = self.equals(parent.target, &row, of_walk(&name, NEXT));
        let [start, step] = [begins, follows].map(|condition| {
            let both = [(KEY, parent.target), (NEXT, parent.foreign_key)];
            let columns = both.map(|(name, column)| (name.to_owned(), self.column(column, &row)));
            let through = (*through != Predicate::Always).then(|| self.predicate(through, &row));
            let condition = Some(Expression::all([condition].into_iter().chain(through)));
            Select { expression: Expression::Row(columns.into()), from: Some(self.from(&row)), condition }
        });
        Expression::Reached(Box::new(Walk { name, start, step }))
    }

    /// The keys of the rows that a predicate is true of, and of all below them.
    fn keys_below(&mut self, parent: Hop, predicate: &Predicate, beside: &RowContext, within: &RowContext) -> Expression {
        let found = within.within(self.row_beside(parent.target.table, beside), None, None);
        let below = self.row_beside(parent.target.table, beside);
        let name = walk_name("reached", &below);
        let key =
            |lowering: &mut Self, row: &RowContext| Expression::Row(vec![(KEY.to_owned(), lowering.column(parent.target, row))]);
        let (expression, condition) = (key(self, &found), self.filter(predicate, &found));
        let start = Select { expression, from: Some(self.from(&found)), condition: Some(condition) };
        let (expression, condition) = (key(self, &below), self.equals(parent.foreign_key, &below, of_walk(&name, KEY)));
        let step = Select { expression, from: Some(self.from(&below)), condition: Some(condition) };
        Expression::Reached(Box::new(Walk { name, start, step }))
    }

    /// What rows, above which some row makes a predicate true, have in a column, as an array without empty elements.
    pub(super) fn keys_of_climb(
        &mut self,
        at: &SoughtRows<'_>,
        climb: &Climb,
        column: ColumnRef,
        row: &RowContext,
    ) -> Expression {
        let target = row.within(self.row_beside(column.table, row), None, None);
        let is_it = if climb.start.is_some() {
            let reached = self.is_reached(at, climb, None, &target);
            let rest = (*at.predicate != Predicate::Always).then(|| self.filter(at.predicate, &target));
            Expression::all([reached].into_iter().chain(rest))
        } else {
            let keys = self.keys_below(climb.parent, at.predicate, &target, row);
            if column == climb.parent.target && !self.model.catalog.column(column).nullable {
                return keys;
            }
            self.is_one_of(climb.parent.target, keys, &target)
        };
        let key = self.column(column, &target);
        let known = self.model.catalog.column(column).nullable.then(|| key.clone().null_test(true));
        let condition = Expression::all([is_it].into_iter().chain(known));
        Expression::ArrayOf(Box::new(Select { expression: key, from: Some(self.from(&target)), condition: Some(condition) }))
    }

    pub(super) fn is_one_of(&mut self, column: ColumnRef, keys: Expression, row: &RowContext) -> Expression {
        let operator = self.operator_of(&self.model.catalog.column(column).r#type, Comparison::Equal);
        Expression::Array { left: Box::new(self.column(column, row)), operator, all: false, array: Box::new(keys) }
    }
}

/// The column of a walk that its answer is made of.
pub(super) const KEY: &str = "key";
const NEXT: &str = "next";

pub(super) fn of_walk(name: &str, column: &str) -> Expression {
    Expression::Column { alias: name.to_owned(), column: column.to_owned() }
}

/// What the rows that have been found are called: no row beside them is called so.
pub(super) fn walk_name(called: &str, row: &RowContext) -> String {
    let mut name = called.to_owned();
    while row.aliases.contains(&name) {
        name.push('_');
    }
    name
}
