//! Constants as a common table expression. In: columns with their types, rows of values as SQL. Out: SQL.

/// A common table expression of constants. The first row says of which types they are.
pub(super) fn list(name: &str, columns: &[(&str, &str)], rows: Vec<Vec<String>>) -> String {
    let names: Vec<&str> = columns.iter().map(|(column, _)| *column).collect();
    let head = format!("{name} ({})", names.join(", "));
    if rows.is_empty() {
        let nothing: Vec<String> = columns.iter().map(|(_, r#type)| format!("NULL::{type}")).collect();
        return format!("{head} AS (SELECT {} WHERE false)", nothing.join(", "));
    }
    let mut text = format!("{head} AS (VALUES");
    for (index, row) in rows.iter().enumerate() {
        text.push_str(if index == 0 { "\n  (" } else { ",\n  (" });
        for (place, (value, (_, r#type))) in row.iter().zip(columns).enumerate() {
            text.push_str(if place == 0 { "" } else { ", " });
            text.push_str(value);
            if index == 0 {
                text.push_str("::");
                text.push_str(r#type);
            }
        }
        text.push(')');
    }
    text + "\n)"
}
