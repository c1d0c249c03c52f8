//! What is beneath what the user belongs to, where a membership says that it counts there, too. In: which rows of the membership count. Out: the keys of what
//! they are within and of all beneath, followed down once for each statement; or, for one key, the keys above it. As with other levels, `UNION` ends a circle.

use super::climbs::{KEY, of_walk, walk_name};
use super::expression::{Expression, Select, Walk};
use super::lower::{Lookup, Lowering};
use super::relations::with_arguments;
use super::row_context::RowContext;
use crate::access::Atom;
use crate::catalog::ColumnRef;
use crate::model::{Hop, Path, Set, Value};

impl Lowering<'_> {
    /// The keys of what the rows `from` a membership are within, and of all beneath; or what `tail` says of each of these.
    pub(super) fn all_beneath(&mut self, parent: Hop, mut start: Select, tail: Option<&Path>, member: &RowContext) -> Expression {
        let below = self.row_beside(parent.target.table, member);
        let name = walk_name("beneath", &below);
        start.expression = Expression::Row(vec![(KEY.to_owned(), start.expression)]);
        let expression = Expression::Row(vec![(KEY.to_owned(), self.column(parent.target, &below))]);
        let condition = Some(self.equals(parent.foreign_key, &below, of_walk(&name, KEY)));
        let step = Select { expression, from: Some(self.from(&below)), condition };
        let keys = Expression::Reached(Box::new(Walk { name, start, step }));
        let Some(tail) = tail else { return keys };
        let row = self.row_beside(parent.target.table, member);
        let value = self.record(tail, &row);
        let is_it = self.is_one_of(parent.target, keys, &row);
        let condition = Some(Expression::And(vec![is_it, value.clone().null_test(true)]));
        Expression::ArrayOf(Box::new(Select { expression: value, from: Some(self.from(&row)), condition }))
    }

    /// Whether a value is in a set, where that is asked of one key: in a body about one record; and of what counts beneath, of each record that is new, or that
    /// rules want to be asked about one by one. `None` where the whole set is looked up.
    pub(super) fn member_by_key(
        &mut self,
        atom: &Atom,
        (value, set): (&Value, &Set),
        key: Expression,
        row: &RowContext,
    ) -> Option<Expression> {
        if set.tail.is_some() {
            return None;
        }
        if row.in_body && row.is_single {
            return Some(self.is_member(set, key, row));
        }
        let membership = self.model.membership(set.membership);
        let (within, path) = (membership.within.filter(|_| membership.below.is_some())?, value.record()?);
        if row.in_body || !row.is_single && !self.shapes.is_upward(atom) {
            return None;
        }
        let r#type = self.model.catalog.column(path.column).r#type.clone();
        let call = self.once(Lookup::Member(set.clone(), r#type), row, |lowering| {
            let member = lowering.body_row(within.table, &[], row.is_complete).single();
            let expression = lowering.member_row(set, within, Expression::Parameter(1), &member);
            let body = Select { expression, from: None, condition: None };
            let words = format!("is in or beneath {}", lowering.set_words(set));
            let remark = format!("Whether what has this key {words}");
            let arguments = vec![(lowering.column_type(path.column), Expression::Word("NULL"))];
            lowering.function(&words, arguments, "boolean", body, remark)
        });
        Some(with_arguments(call, [key]))
    }

    /// Whether a row of a membership is within what has a key, or within what is above that.
    pub(super) fn is_within(
        &mut self,
        within: ColumnRef,
        below: Option<Hop>,
        key: Expression,
        member: &RowContext,
    ) -> Expression {
        let itself = self.equals(within, member, key.clone());
        let Some(parent) = below else { return itself };
        let row = self.row_beside(parent.target.table, member);
        let name = walk_name("above", &row);
        let [start, step] = [key, of_walk(&name, KEY)].map(|key| {
            let above = self.column(parent.foreign_key, &row);
            let known = self.model.catalog.column(parent.foreign_key).nullable.then(|| above.clone().null_test(true));
            let condition = Expression::all([self.equals(parent.target, &row, key)].into_iter().chain(known));
            let expression = Expression::Row(vec![(KEY.to_owned(), above)]);
            Select { expression, from: Some(self.from(&row)), condition: Some(condition) }
        });
        let above = Expression::Reached(Box::new(Walk { name, start, step }));
        Expression::Or(vec![itself, self.is_one_of(within, above, member)])
    }

    /// What a set is called, in the names and remarks of what looks it up.
    pub(super) fn reach_words(&self, set: &Set) -> &'static str {
        if self.model.membership(set.membership).below.is_some() { " and all beneath" } else { "" }
    }
}
