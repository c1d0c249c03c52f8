//! How a step trigger tells that a field has changed, or was supplied: by what is stored. In: columns of a table. Out: expressions over the rows `old` and `new`
//! of a trigger.

use super::expression::Expression;
use super::quote;
use crate::catalog::{QualifiedName, Table, Type};

/// Whether some of these columns differ between the two rows, as they are stored.
pub(super) fn differs(table: &Table, columns: &[u32]) -> Expression {
    Expression::call("record_image_ne", vec![record(table, "old", columns), record(table, "new", columns)])
}

/// Whether these columns are as they were.
pub(super) fn unchanged(table: &Table, columns: &[u32]) -> Expression {
    Expression::call("record_image_eq", vec![record(table, "old", columns), record(table, "new", columns)])
}

/// Whether these columns of a new row have their constant defaults.
pub(super) fn have_defaults(table: &Table, columns: &[u32]) -> Expression {
    Expression::And(columns.iter().map(|&column| has_default(table, column)).collect())
}

/// A row of columns. Rows are compared by what is stored, whatever their types, collations and the client's settings say is equal (manual
/// section 9.25.6); by function, because a dump would lose what the operators `*=` and `*<>` need to be read again.
fn record(table: &Table, alias: &str, columns: &[u32]) -> Expression {
    let value =
        |&column: &u32| Expression::Column { alias: alias.to_owned(), column: table.columns[column as usize].name.clone() };
    Expression::Record(columns.iter().map(value).collect())
}

/// Whether a column of a new row has its constant default, as it is stored.
fn has_default(table: &Table, column: u32) -> Expression {
    let entry = &table.columns[column as usize];
    let value = Expression::Column { alias: "new".to_owned(), column: entry.name.clone() };
    let Some(default) = entry.default_by_value() else {
        // What is drawn cannot be told from what somebody supplied, not even where that is nothing.
        return if entry.sequence.is_some() || entry.identity { Expression::Boolean(false) } else { value.null_test(false) };
    };
    let is_computed = !default.trim_start().starts_with('\'');
    let default = Expression::Default(default.to_owned()).cast(stored_as(&entry.r#type));
    if is_computed && matches!(entry.r#type, Type::Timestamp | Type::TimestampTz) {
        return is_moment(&entry.r#type, value, default);
    }
    if is_told_by_value(&entry.r#type) {
        return Expression::binary(value, "IS NOT DISTINCT FROM", default);
    }
    let (value, default) = match &entry.r#type {
        // Stored with the blanks that fill it up, which only the column knows the number of.
        r#type if is_padded(r#type) => (value.cast("text"), default.cast("text")),
        _ => (value, default),
    };
    let row = |value| Expression::Record(vec![value]);
    Expression::call("record_image_eq", vec![row(value), row(default)])
}

/// Whether a moment is this one, as a column keeps it that has fewer digits: a second more or less may be another day.
fn is_moment(r#type: &Type, value: Expression, moment: Expression) -> Expression {
    let kept = (0..6).map(|digits| moment.clone().cast(format!("{}({digits})", quote::r#type(r#type))));
    let list = Expression::In { left: Box::new(value.clone()), negated: false, list: kept.collect() };
    let is_it = Expression::Or(vec![Expression::binary(value, "IS NOT DISTINCT FROM", moment), list]);
    Expression::Not(Box::new(Expression::NotTrue(Box::new(is_it))))
}

/// A type as a column has it, with the number of digits that it keeps.
fn stored_as(r#type: &Type) -> String {
    match r#type {
        Type::Numeric(_) => r#type.to_string(),
        Type::Array(element) if matches!(**element, Type::Numeric(_)) => format!("{element}[]"),
        _ => quote::r#type(r#type),
    }
}

/// Whether equal values are stored alike: not so texts, which a collation may take for equal, numbers with a sign of zero or digits of zeros, and what only
/// its text shows.
fn is_told_by_value(r#type: &Type) -> bool {
    matches!(
        r#type,
        Type::Uuid
            | Type::SmallInt
            | Type::Integer
            | Type::BigInt
            | Type::Boolean
            | Type::Date
            | Type::Timestamp
            | Type::TimestampTz
            | Type::Enum(_)
    )
}

fn is_padded(r#type: &Type) -> bool {
    matches!(r#type, Type::Other(name) if *name == QualifiedName::new("pg_catalog", "bpchar"))
}
