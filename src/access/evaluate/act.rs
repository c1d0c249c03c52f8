//! What an action does: the record that it finds, what becomes of it, and what it makes. In: an action and its arguments. Out: the rows, or nothing where
//! the action is not possible, be it for who calls, for the record, or because a row could not stand in its table.

use super::truth::Scope;
use super::{Datum, Decimal, Evaluator, Number, Row, constant_default};
use crate::catalog::{Column, ColumnRef, TableId, Type};
use crate::model::{Action, Creation, Value};

/// What an action has done.
#[derive(Debug, Clone)]
pub struct Done<'a> {
    /// The record that it found, as it was.
    pub found: &'a Row,
    /// The record as it is now.
    pub changed: Row,
    /// What it made, in the order of [`Action::create`]. What only a server knows, such as a random key, is empty.
    pub made: Vec<Row>,
}

impl Evaluator<'_> {
    /// Does an action, `arguments` being the values that its record is found by.
    pub fn act<'s>(&'s self, action: &Action, arguments: &'s [Datum]) -> Option<Done<'s>> {
        self.try_to_act(action, arguments).ok()
    }

    /// The same; or what a table does not let stand, in words, where it is that.
    pub(super) fn try_to_act<'s>(&'s self, action: &Action, arguments: &'s [Datum]) -> Result<Done<'s>, Option<String>> {
        let found = self.found_by(action, arguments).filter(|_| self.may_call(action)).ok_or(None)?;
        let asked = |row: &Row| self.condition(&action.condition, action.table, row) == Some(true);
        if !asked(found) {
            return Err(None);
        }
        let stands = |table: TableId, row: &Row, instead_of: Option<&Row>| {
            self.why_not_stand(table, row, instead_of).map_or(Ok(()), |words| Err(Some(words)))
        };
        let mut changed = found.clone();
        for field in &action.set {
            let value = self.stored(ColumnRef { table: action.table, column: field.column }, &field.value, action.table, found);
            if field.may_be_empty() && value.is_null() {
                let column = &self.model.catalog.table(action.table).columns[field.column as usize].name;
                return Err(Some(format!("what it gives {column} is empty")));
            }
            *changed.get_mut(field.column as usize).ok_or(None)? = value;
        }
        // It uses its record up: whatever is equal to what, it is not found again.
        if asked(&changed) {
            return Err(Some("the record would be as it has to be, and so found again".to_owned()));
        }
        stands(action.table, &changed, Some(found))?;
        let mut made: Vec<Row> = Vec::new();
        for creation in &action.create {
            let row = self.made(action.table, &changed, creation);
            stands(creation.table, &row, None)?;
            made.push(row);
        }
        Ok(Done { found, changed, made })
    }

    /// Whether the session may call an action, with whichever record.
    pub fn may_call(&self, action: &Action) -> bool {
        action.roles.iter().any(|role| self.holds(role, &Row::new()))
    }

    /// The record that an action is called with.
    pub(super) fn found_by<'s>(&'s self, action: &Action, arguments: &'s [Datum]) -> Option<&'s Row> {
        let has =
            |row: &Row, column: u32, value: &Datum| row.get(column as usize).and_then(|own| own.equals(value)) == Some(true);
        let (&column, value) = std::iter::zip(&action.by, arguments).next_back()?;
        let mut rows = self.rows.with(ColumnRef { table: action.table, column }, value);
        rows.find(|row| std::iter::zip(&action.by, arguments).all(|(&column, value)| has(row, column, value)))
    }

    /// A new row: what the action gives, and what the database does where it gives nothing.
    fn made(&self, of: TableId, record: &Row, Creation { table, fields }: &Creation) -> Row {
        let columns = (0u32..).zip(&self.model.catalog.table(*table).columns);
        let value = |(index, column): (u32, &Column)| {
            let place = ColumnRef { table: *table, column: index };
            match fields.iter().find(|field| field.column == index) {
                Some(field) => self.stored(place, &field.value, of, record),
                None if column.identity || column.sequence.is_some() => self.next_number(place),
                None => constant_default(&self.model.catalog, column).unwrap_or(Datum::Null),
            }
        };
        columns.map(value).collect()
    }

    /// A value of a record as a column has it.
    fn stored(&self, column: ColumnRef, value: &Value, of: TableId, record: &Row) -> Datum {
        let scope = Scope { among_others: false, table: of, row: record, outer: None, former: None };
        match (self.value(value, &scope).unwrap_or(Datum::Null), &self.model.catalog.column(column).r#type) {
            (Datum::Text(text), Type::Citext(_)) => Datum::Citext(text),
            (Datum::Citext(text), Type::Text | Type::Varchar(_)) => Datum::Text(text),
            (value, _) => value,
        }
    }

    /// The number behind all that a column has.
    fn next_number(&self, column: ColumnRef) -> Datum {
        let number = |row: &Row| match row.get(column.column as usize) {
            Some(Datum::Number(Number::Exact(Decimal::Finite { negative: false, whole, .. }))) => whole.parse::<i64>().ok(),
            _ => None,
        };
        let next = self.rows.all(column.table).filter_map(number).max().unwrap_or(0).saturating_add(1);
        Decimal::parse(&next.to_string()).map_or(Datum::Null, |next| Datum::Number(Number::Exact(next)))
    }
}
