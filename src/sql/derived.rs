//! Derived columns: the expression that stands for one wherever it is asked for, so that an index on it is found. In: what a column is made of, and the
//! name of the row. Out: an expression. A text is read as the column's type behind a pattern: what is badly formed is empty, and no row makes a
//! statement fail.

use super::claims;
use super::expression::Expression;
use super::lower::Lowering;
use super::quote;
use super::row_context::RowContext;
use crate::catalog::{ColumnRef, Derived, Family, Function, Table, Term, Type};

impl Lowering<'_> {
    /// The value of a derived column in a row.
    pub(super) fn derived(&mut self, column: ColumnRef, derived: &Derived, row: &RowContext) -> Expression {
        for stored in derived.term.columns() {
            // Only to note that it is read.
            self.column(ColumnRef { table: column.table, column: stored }, row);
        }
        value(self.model.catalog.table(column.table), derived, &row.alias())
    }
}

/// The value of a derived column in the row of an alias.
pub(super) fn value(table: &Table, derived: &Derived, alias: &str) -> Expression {
    let found = term(&derived.term, table, alias);
    let r#type = &derived.column.r#type;
    match pattern(r#type) {
        Some(pattern) => {
            Expression::call("substring", vec![found, Expression::Text(pattern.to_owned())]).cast(quote::r#type(r#type))
        }
        None => found,
    }
}

/// As [`claims::pattern`], but a column has a type of its own: of the smaller whole numbers, too, the greatest are left out.
fn pattern(r#type: &Type) -> Option<&'static str> {
    match r#type {
        Type::SmallInt => Some("^-?[1-2]?[0-9]{1,4}$"),
        Type::Integer => Some("^-?1?[0-9]{1,9}$"),
        r#type => claims::pattern(r#type),
    }
}

fn term(of: &Term, table: &Table, alias: &str) -> Expression {
    let part = |part: &Term| term(part, table, alias);
    let text = |text: &str| Expression::Text(text.to_owned());
    let as_text = |of: &Term| match of {
        Term::Column(index) if !is_text(table, *index) => part(of).cast("text"),
        of => part(of),
    };
    match of {
        Term::Column(index) => {
            let name = table.columns.get(*index as usize).map_or_else(String::new, |column| column.name.clone());
            let column = Expression::Column { alias: alias.to_owned(), column: name };
            // A varchar would make what stands beside it one. The database's collation is one that parts can be taken of, which that of a column need not be.
            if is_text(table, *index) { column.cast("text").collate("pg_catalog.\"default\"") } else { column }
        }
        Term::Tuple(parts) => {
            let name = |index: &u32| table.columns.get(*index as usize).map_or_else(String::new, |column| column.name.clone());
            let column = |index: &u32| Expression::Column { alias: alias.to_owned(), column: name(index) };
            Expression::Tuple(parts.iter().map(column).collect())
        }
        Term::Text(value) => text(value),
        Term::Number(number) => Expression::Number(number.to_string()),
        Term::Call(function @ (Function::Nullif | Function::Coalesce), arguments) => {
            Expression::call(function.name(), arguments.iter().map(as_text).collect())
        }
        Term::Call(function, arguments) => Expression::call(function.name(), arguments.iter().map(part).collect()),
        Term::Joined(left, right) => Expression::binary(as_text(left), "||", as_text(right)),
        Term::Member { of, key, as_text } => Expression::binary(part(of), if *as_text { "->>" } else { "->" }, part(key)),
        Term::Path { of, steps, as_text } => {
            let path = text(&format!("{{{}}}", steps.join(","))).cast("text[]");
            Expression::binary(part(of), if *as_text { "#>>" } else { "#>" }, path)
        }
        Term::Element(of, position) => Expression::Element(Box::new(part(of)), *position),
        Term::AsText(of) if matches!(of.as_ref(), Term::Column(index) if is_text(table, *index)) => part(of),
        Term::AsText(of) => part(of).cast("text"),
    }
}

fn is_text(table: &Table, column: u32) -> bool {
    table.columns.get(column as usize).is_some_and(|column| column.r#type.family() == Family::Text)
}
