//! Statements about other rows: those that a path leads to, those that point at this one, any of another table.

use std::collections::BTreeSet;

use super::expression::{Expression, Select};
use super::lower::{Lookup, Lowering, is_signed_in};
use super::row_context::RowContext;
use super::sought_rows::SoughtRows;
use crate::access::{Atom, Exists, Predicate};
use crate::catalog::{Catalog, ColumnRef, TableId, Type};
use crate::model::{AboutOthers, Climb, Collection, Comparison, Describe, Enough, Path, Value};

impl Lowering<'_> {
    /// A statement about the end of a path, as a statement about its first key: the key is one of those whose row the rest
    /// is true of. `None` where the statement is not of that kind, or needs the value itself.
    pub(super) fn lookup(&mut self, atom: &Atom, row: &RowContext) -> Option<Expression> {
        let path = match atom.without_case() {
            Atom::Compare { left: Value::Record(path), right, .. } if right.record().is_none() => path,
            Atom::OneOf { value: Value::Record(path), .. } | Atom::Member { value: Value::Record(path), .. } => path,
            Atom::Empty { value: Value::Record(path), negated: true } => path,
            Atom::Contains { array: Value::Claim(..), element: Value::Record(path), .. } => path,
            Atom::Contains { array: Value::Record(path), element, .. } if element.record().is_none() => path,
            Atom::Part { whole: Value::Record(path), part, .. } if part.record().is_none() => path,
            Atom::Has { whole: Collection::Value(Value::Record(path)), of, .. }
                if of.value().is_none_or(|of| of.record().is_none()) =>
            {
                path
            }
            Atom::Exists(exists) if exists.enough.value().is_none() => &exists.link.as_ref()?.path,
            _ => return None,
        };
        let (hop, rest) = path.after_first_hop()?;
        let rest = Predicate::from(moved(atom, rest));
        let key = self.column(hop.foreign_key, row);
        let is_anew = matches!(atom, Atom::Exists(exists) if exists.anew.is_some());
        let (enough, through) = (&Enough::ONE, &Predicate::Always);
        let at = SoughtRows { predicate: &rest, enough, changes: None, is_anew, climb: None, through };
        if row.is_single || is_anew || !self.shapes.is_by_list(atom, &rest) {
            return Some(self.has_row(&at, hop.target, key, row));
        }
        if self.model.catalog.is_tuple(hop.target) {
            return Some(self.is_listed(&at, hop.target, key, row));
        }
        let keys = self.keys(&at, hop.target, row);
        let operator = self.operator_of(&self.model.catalog.column(hop.foreign_key).r#type, Comparison::Equal);
        Some(Expression::Array { left: Box::new(key), operator, all: false, array: Box::new(keys) })
    }

    /// Whether enough rows that have `key` in `column` make a predicate true.
    pub(super) fn has_row(&mut self, at: &SoughtRows<'_>, column: ColumnRef, key: Expression, row: &RowContext) -> Expression {
        if row.in_body && at.is_written_in_place() {
            let target = row.within(self.row_beside(column.table, row), None, at.changes_in_body());
            return self.linked(at, column, key, &target);
        }
        let outer = own_columns(&self.model.catalog, at.predicate);
        let was = self.former_columns(at.predicate);
        let call =
            self.once(Lookup::Row(column, at.predicate.clone(), at.wanted(), at.changes, at.climb.cloned()), row, |lowering| {
                let target = lowering.body_row(column.table, &[], row.is_complete).single();
                let first = lowering.as_parameters(column);
                let placeholders = lowering.types_of_parts(column).into_iter().map(|r#type| (r#type, Expression::Word("NULL")));
                let mut arguments: Vec<(String, Expression)> = placeholders.collect();
                let target = row.within(target, Some((outer.clone(), arguments.len() + 1)), at.changes);
                let target = target.with_former(was.clone(), arguments.len() + outer.len() + 1);
                let found = lowering.linked(at, column, first, &target);
                let body = Select { expression: found, from: None, condition: None };
                let table = lowering.model.catalog.table(column.table);
                let condition = lowering.words(at.predicate);
                let words = format!(
                    "{}{} {} where {condition}",
                    at.count(),
                    if at.climb.is_some() { "above in" } else { "in" },
                    table.name
                );
                let name = &lowering.model.catalog.column(column).name;
                let there = match at.enough {
                    Enough::Rows(1) => "Whether there is a record".to_owned(),
                    Enough::Rows(count) => format!("Whether there are {count} records"),
                    Enough::Value { .. } => "How many records there are".to_owned(),
                };
                let above = if at.climb.is_some() { ", or above such a one," } else { "" };
                let remark = format!("{there} of {} with this {name}{above} where {condition}", table.name);
                arguments.extend(lowering.placeholders(row, &outer, &was));
                lowering.function(&words, arguments, at.returns(), body, remark)
            });
        let columns = self.columns_of(row, &outer, &was);
        with_arguments(call, key.into_parts().into_iter().chain(columns))
    }

    /// `EXISTS (SELECT … WHERE column = key AND condition)`
    fn linked(&mut self, at: &SoughtRows<'_>, column: ColumnRef, key: Expression, target: &RowContext) -> Expression {
        let mut tests = Vec::new();
        let begins = at.climb.filter(|climb| climb.start.is_none());
        if let Some(climb) = begins {
            tests.push(self.is_reached(at, climb, Some((column, key)), target));
        } else {
            tests.push(self.equals(column, target, key));
            tests.extend(at.climb.map(|climb| self.is_reached(at, climb, None, target)));
        }
        tests.push(self.predicate(at.predicate, target));
        self.enough(at, target, Expression::all(tests))
    }

    /// What enough rows, of which a predicate is true, have in a column, as an array without empty elements.
    fn keys(&mut self, at: &SoughtRows<'_>, column: ColumnRef, row: &RowContext) -> Expression {
        if row.in_body {
            return self.array_of_keys(at, column, row);
        }
        self.once(Lookup::Keys(column, at.predicate.clone(), at.wanted(), at.climb.cloned()), row, |lowering| {
            let array = lowering.array_of_keys(at, column, row);
            let table = lowering.model.catalog.table(column.table);
            let below = match at.climb {
                None => "",
                Some(climb) if climb.start.is_none() => " and all below",
                Some(_) => " above the user",
            };
            let words = format!("{}{}{below} where {}", at.count(), table.name, lowering.words(at.predicate));
            let words = if below.is_empty() { words } else { words.trim_end_matches(" where ").to_owned() };
            let name = &lowering.model.catalog.column(column).name;
            let is_key = lowering.model.catalog.is_unique(column);
            let remark = if is_key { format!("Keys of {words}") } else { format!("{name} of {words}") };
            let element = lowering.column_type(column);
            lowering.array_function(&words, &element, array, remark)
        })
    }

    fn array_of_keys(&mut self, at: &SoughtRows<'_>, column: ColumnRef, row: &RowContext) -> Expression {
        match at.climb {
            Some(climb) => self.keys_of_climb(at, climb, column, row),
            None => at.array(self.select_keys(at, column, row)),
        }
    }

    pub(super) fn select_keys(&mut self, at: &SoughtRows<'_>, column: ColumnRef, row: &RowContext) -> Select {
        let target = row.within(self.row_beside(column.table, row), None, None);
        let is_found = self.shapes.is_found_by_its_own(at.predicate);
        let target = if is_found { target } else { target.by_lists() };
        let key = self.column(column, &target);
        let mut conditions = vec![self.filter(at.predicate, &target)];
        if self.model.catalog.column(column).nullable {
            conditions.push(key.clone().null_test(true));
        }
        let condition = if conditions.len() == 1 { conditions.swap_remove(0) } else { Expression::And(conditions) };
        Select { expression: key, from: Some(self.from(&target)), condition: Some(condition) }
    }

    /// Whether a value from outside is there. What is badly formed in a list of the session could be anything.
    pub(super) fn is_there(&mut self, value: &Value, row: &RowContext) -> Vec<Expression> {
        let found = self.value(value, row);
        let mut parts = vec![found.clone().null_test(true)];
        if let Value::Claim(_, Type::Array(_)) = value {
            parts.push(Expression::call("array_position", vec![found, Expression::Word("NULL")]).null_test(false));
        }
        parts
    }

    pub(super) fn exists(&mut self, atom: &Atom, exists: &Exists, row: &RowContext) -> Expression {
        let mut parts = Vec::new();
        let row = &if exists.negated { row.complete() } else { row.clone() };
        let at = SoughtRows::of(self.model, exists, row);
        if let Some(compared) = self.number(exists, &at, row) {
            return compared;
        }
        if exists.negated {
            if exists.of_user {
                parts.push(is_signed_in());
            }
            parts.extend(exists.operands.iter().flat_map(|value| self.is_there(value, row)));
        }
        let Some(link) = &exists.link else {
            let found = self.any_row(&at, exists.table, exists.anew.is_some(), row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
            return Expression::And(parts);
        };
        let by_rows = !row.in_body && !row.is_single && self.shapes.is_by_rows(atom, exists);
        if let Some(found) = by_rows.then(|| self.user_rows(exists, row)).flatten() {
            return found;
        }
        let key = self.column(link.path.column, row);
        // `NULL <> ALL (empty)` and `NOT EXISTS (… = NULL)` are true in PostgreSQL.
        let is_nullable = self.model.catalog.column(link.path.column).nullable;
        // Where a reference leads nowhere, there are no rows above.
        let is_end = exists.climb.as_ref().is_some_and(Climb::may_lead_nowhere);
        if exists.negated && is_nullable && !is_end {
            parts.push(key.clone().null_test(true));
        }
        let in_place = row.in_body && !row.by_lists && exists.climb.is_none();
        if in_place || row.is_single || exists.anew.is_some() || !self.shapes.is_listed(atom, exists) {
            let found = self.has_row(&at, link.column, key, row);
            parts.push(if exists.negated { Expression::Not(Box::new(found)) } else { found });
        } else if self.model.catalog.is_tuple(link.column) {
            match self.is_listed(&at, link.column, key, row) {
                found if exists.negated => parts.push(Expression::Not(Box::new(found))),
                Expression::And(all) => parts.extend(all),
                found => parts.push(found),
            }
        } else {
            let array = self.keys(&at, link.column, row);
            let r#type = &self.model.catalog.column(link.path.column).r#type;
            parts.push(match exists.negated {
                true if is_nullable && is_end => {
                    let none = Expression::none_of(key.clone(), self.operator_of(r#type, Comparison::Equal), array);
                    Expression::Or(vec![key.null_test(false), none])
                }
                true => Expression::none_of(key, self.operator_of(r#type, Comparison::Equal), array),
                false => {
                    let (left, operator) = (Box::new(key), self.operator_of(r#type, Comparison::Equal));
                    Expression::Array { left, operator, all: false, array: Box::new(array) }
                }
            });
        }
        Expression::And(parts)
    }

    pub(super) fn any_row(&mut self, at: &SoughtRows<'_>, table: TableId, is_anew: bool, row: &RowContext) -> Expression {
        if row.in_body && at.is_written_in_place() {
            let target = row.within(self.row_beside(table, row), None, at.changes_in_body());
            let condition = self.of_rows(at, &target);
            return self.enough(at, &target, condition);
        }
        let outer = own_columns(&self.model.catalog, at.predicate);
        let was = self.former_columns(at.predicate);
        let call =
            self.once(Lookup::Any(table, at.predicate.clone(), at.wanted(), at.changes, at.climb.cloned()), row, |lowering| {
                let target = lowering.body_row(table, &[], row.is_complete);
                let target = row.within(target, Some((outer.clone(), 1)), at.changes);
                let target = target.with_former(was.clone(), outer.len() + 1);
                let condition = lowering.of_rows(at, &target);
                let found = lowering.enough(at, &target, condition);
                let body = Select { expression: found, from: None, condition: None };
                let name = &lowering.model.catalog.table(table).name;
                let count = if *at.enough == Enough::ONE { "any ".to_owned() } else { at.count() };
                let above = if at.climb.is_some() { " above the user" } else { "" };
                let words = format!("{count}{name}{above} where {}", lowering.words(at.predicate));
                let remark = match at.enough {
                    Enough::Rows(1) => format!("Whether there is {words}"),
                    Enough::Rows(_) => format!("Whether there are {words}"),
                    Enough::Value { .. } => format!("The {words}"),
                };
                let arguments = lowering.placeholders(row, &outer, &was);
                lowering.function(&words, arguments, at.returns(), body, remark)
            });
        if outer.is_empty() && was.is_empty() && !is_anew {
            return call.once();
        }
        let columns = self.columns_of(row, &outer, &was);
        with_arguments(call, columns)
    }

    /// The columns of a row that a function is given, and those of the record as it was, before it is known which row it is.
    fn placeholders(&self, row: &RowContext, columns: &[u32], was: &[u32]) -> Vec<(String, Expression)> {
        let placeholder = |table: TableId, column: u32| (self.column_type(ColumnRef { table, column }), Expression::Word("NULL"));
        let former = row.former().map_or(row.table, |former| former.table);
        let own = columns.iter().map(|&column| placeholder(row.table, column));
        own.chain(was.iter().map(|&column| placeholder(former, column))).collect()
    }

    fn columns_of(&mut self, row: &RowContext, columns: &[u32], was: &[u32]) -> Vec<Expression> {
        let of_former = row.former().into_iter().flat_map(|former| was.iter().map(move |&column| (former.clone(), column)));
        let own = columns.iter().map(|&column| (row.clone(), column));
        let all: Vec<(RowContext, u32)> = own.chain(of_former).collect();
        all.into_iter().map(|(row, column)| self.column(ColumnRef { table: row.table, column }, &row)).collect()
    }

    /// The columns of the record as it was that a predicate on other rows compares them with.
    fn former_columns(&self, predicate: &Predicate) -> Vec<u32> {
        let first = |path: &Path| self.model.catalog.parts(path.hops.first().map_or(path.column, |hop| hop.foreign_key));
        let columns: BTreeSet<u32> = predicate.former_paths().into_iter().flat_map(first).map(|part| part.column).collect();
        columns.into_iter().collect()
    }

    /// What has to be true of one of the rows, of whichever record.
    fn of_rows(&mut self, at: &SoughtRows<'_>, target: &RowContext) -> Expression {
        let reached = at.climb.map(|climb| self.is_reached(at, climb, None, target));
        let condition = self.predicate(at.predicate, target);
        match reached {
            Some(reached) => Expression::all([reached, condition]),
            None => condition,
        }
    }

    fn enough(&mut self, at: &SoughtRows<'_>, target: &RowContext, condition: Expression) -> Expression {
        let found = self.one_for_each(target, condition);
        match at.enough {
            // As a join, it would look for the rows above each record anew for each row that they might be.
            Enough::Rows(1) if at.climb.is_some() => Expression::ExistsApart(Box::new(found)),
            Enough::Rows(1) => Expression::Exists(Box::new(found)),
            Enough::Rows(count) => Expression::AtLeast(Box::new(found), *count),
            Enough::Value { .. } => Expression::Scalar(Box::new(Select { expression: Expression::Word("count(*)"), ..found })),
        }
    }

    pub(super) fn words(&self, predicate: &Predicate) -> String {
        Describe { model: self.model }.condition(&predicate.to_condition())
    }

    pub(super) fn exists_select(&mut self, target: &RowContext, condition: Expression) -> Expression {
        Expression::Exists(Box::new(self.one_for_each(target, condition)))
    }

    /// A row for each that a condition is true of.
    fn one_for_each(&mut self, target: &RowContext, condition: Expression) -> Select {
        let one = Expression::Number("1".to_owned());
        Select { expression: one, from: Some(self.from(target)), condition: Some(condition) }
    }
}

/// The columns of the record that a predicate on other rows compares them with: what it compares, and the keys at which its paths begin.
fn own_columns(catalog: &Catalog, predicate: &Predicate) -> Vec<u32> {
    let first = |path: &Path| catalog.parts(path.hops.first().map_or(path.column, |hop| hop.foreign_key));
    let columns: BTreeSet<u32> = predicate.outer_paths().into_iter().flat_map(first).map(|part| part.column).collect();
    columns.into_iter().collect()
}

/// A call with its first arguments put in.
pub(super) fn with_arguments(call: Expression, given: impl IntoIterator<Item = Expression>) -> Expression {
    let Expression::Call { function, mut arguments } = call else { return call };
    for (argument, given) in std::iter::zip(&mut arguments, given) {
        *argument = given;
    }
    Expression::Call { function, arguments }
}

/// The same statement about the row that the first step of its path leads to: what it said of the row itself is now said of one further out.
fn moved(atom: &Atom, path: Path) -> Atom {
    let mut moved = atom.clone();
    match &mut moved {
        Atom::IgnoringCase(inner) => **inner = self::moved(inner, path),
        Atom::Compare { left: value, right: other, .. }
        | Atom::Contains { array: other @ Value::Claim(..), element: value, .. }
        | Atom::Contains { array: value, element: other, .. }
        | Atom::Part { whole: value, part: other, .. } => {
            *value = Value::Record(path);
            *other = other.seen_from_inside();
        }
        Atom::OneOf { value, .. } | Atom::Member { value, .. } | Atom::Empty { value, .. } => *value = Value::Record(path),
        Atom::Exists(exists) => {
            if let Some(link) = &mut exists.link {
                link.path = path;
            }
            exists.values_mut().into_iter().for_each(|value| *value = value.seen_from_inside());
            exists.through = exists.through.moved_inward();
            exists.predicate = exists.predicate.moved_inward();
            exists.operands = exists.operands.iter().map(Value::seen_from_inside).collect();
        }
        Atom::Has { whole: Collection::Value(value), of, .. } => {
            *value = Value::Record(path);
            if let Some(of) = of.value_mut() {
                *of = of.seen_from_inside();
            }
        }
        Atom::Has { .. }
        | Atom::EmptySet { .. }
        | Atom::Sql { .. }
        | Atom::SignedIn
        | Atom::Nobody
        | Atom::HoldsGlobally { .. }
        | Atom::Can(_) => {}
    }
    moved
}
