//! Whether sample rows could stand in their tables. In: a row as it is written. Out: what is wrong with it, and at which of its columns. What only a
//! server can tell is not said here.

use super::{SampleRow, plain_text};
use crate::catalog::{Catalog, Column, Enums, Family, Table, TableId, Type, may_be};
use crate::diagnostic::advice_for;
use crate::yaml::Value;

/// What is wrong with a row.
pub(super) struct Problem {
    /// The key of the row that it is about, if it is about one that is written.
    pub(super) column: Option<String>,
    /// What is wrong.
    pub(super) title: String,
    /// What to do.
    pub(super) help: Option<String>,
}

impl Problem {
    fn of(column: &str, title: String) -> Problem {
        Problem { column: Some(column.to_owned()), title, help: None }
    }
}

/// What is wrong with the values of a row, or of what is set in one.
pub(super) fn values(catalog: &Catalog, table: TableId, row: &SampleRow) -> Vec<Problem> {
    let entry = catalog.table(table);
    let mut found = Vec::new();
    for (name, value) in row {
        let Some(column) = entry.column_named(name) else {
            let title = format!("`{}` has no column `{name}`", entry.name);
            let help = advice_for(name, entry.columns.iter().map(|column| column.name.as_str()));
            found.push(Problem { column: Some(name.clone()), title, help });
            continue;
        };
        let column = &entry.columns[column as usize];
        if value.is_null() && !column.nullable && !is_filled(column) {
            found.push(Problem::of(name, format!("`{name}` of `{}` cannot be empty", entry.name)));
        } else if let Some((reason, help)) = no_value(catalog.enums(), &column.r#type, value) {
            let title = format!("`{name}` of `{}` is `{}`, and {reason}", entry.name, column.r#type);
            found.push(Problem { column: Some(name.clone()), title, help });
        }
    }
    found
}

/// What is wrong with a whole row. `is_set`: whether the rules fill a column in.
pub(super) fn row(catalog: &Catalog, table: TableId, row: &SampleRow, is_set: impl Fn(u32) -> bool) -> Vec<Problem> {
    let entry = catalog.table(table);
    let mut found = values(catalog, table, row);
    if entry.primary_key.is_empty() {
        let title = format!("`{}` has no primary key to tell its rows apart", entry.name);
        found.push(Problem { column: None, title, help: None });
    }
    for (index, column) in (0u32..).zip(&entry.columns) {
        if !column.nullable && !is_filled(column) && !is_set(index) && !row.contains_key(&column.name) {
            let title = format!("a row of `{}` has no `{}`, which cannot be empty", entry.name, column.name);
            let help =
                "give it a value, or say in the schema file who else does: `default:`, `generated: true`, `set_by_trigger: true`";
            found.push(Problem { column: None, title, help: Some(help.to_owned()) });
        }
    }
    found
}

/// The key of a row, if it is all there.
pub(super) fn key(table: &Table, row: &SampleRow) -> Option<Vec<Value>> {
    table.primary_key.iter().map(|&column| row.get(&table.columns[column as usize].name).cloned()).collect()
}

/// Whether the database gives the column a value where a statement does not.
fn is_filled(column: &Column) -> bool {
    column.default.is_some() || column.identity || column.generated || column.set_by_trigger || column.sequence.is_some()
}

/// Why a value is certainly none of a type, and what to write.
pub fn no_value(enums: &Enums, r#type: &Type, value: &Value) -> Option<(String, Option<String>)> {
    if let (Type::Array(element), Value::Sequence(items)) = (r#type, value) {
        return items.iter().find_map(|item| no_value(enums, element, item));
    }
    if value.is_null() || may_be(enums, r#type, &plain_text(value)) {
        return None;
    }
    let text = plain_text(value);
    let help = match r#type.family() {
        Family::Enum(name) => {
            let values = enums.get(&name).map_or(&[][..], Vec::as_slice);
            let near = advice_for(&text, values.iter().map(String::as_str));
            Some(near.unwrap_or_else(|| format!("it is one of {}", values.join(", "))))
        }
        _ if matches!(r#type, Type::Array(_)) => Some(format!("write a list: `[{text}]`")),
        _ => None,
    };
    Some((format!("`{text}` is none"), help))
}

#[cfg(test)]
mod tests {
    use super::{Enums, Type, Value, no_value};

    #[test]
    fn an_array_is_a_list_or_written_as_one() {
        let array = Type::Array(Box::new(Type::Integer));
        let said =
            |value: Value| no_value(&Enums::default(), &array, &value).map(|(reason, help)| (reason, help.unwrap_or_default()));
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(said(Value::Sequence(vec![Value::Null, text("7")])), None);
        assert_eq!(said(text("{7}")), None);
        assert_eq!(said(text("hr")), Some(("`hr` is none".to_owned(), "write a list: `[hr]`".to_owned())));
        assert_eq!(said(Value::Sequence(vec![text("hr")])), Some(("`hr` is none".to_owned(), String::new())));
    }
}
