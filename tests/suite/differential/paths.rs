//! Columns that paths of a random schema lead to.

use super::schema::{Schema, Table};

/// A column that a path leads to.
#[derive(Clone)]
pub struct Path {
    pub text: String,
    pub r#type: &'static str,
    /// The table whose rows its values identify.
    pub entity: Option<&'static str>,
    /// The one whose rows its elements identify.
    pub elements: Option<&'static str>,
}

/// All paths from a table, of up to so many steps.
pub fn paths(schema: &Schema, table: &Table, steps: usize) -> Vec<Path> {
    let mut found = Vec::new();
    for column in table.columns.iter().filter(|column| !column.filled) {
        let text = format!("`{}`", column.name);
        let entity = table.entity(column);
        found.push(Path { text: text.clone(), r#type: column.r#type, entity, elements: column.elements });
        if let (Some(target), true) = (column.references, steps > 0) {
            for path in paths(schema, schema.table(target), steps - 1) {
                found.push(Path { text: format!("{text}'s {}", path.text), ..path });
            }
        }
    }
    for tuple in super::tuples::tuples(table.name).iter().filter(|_| steps > 0) {
        for path in paths(schema, schema.table("folders"), steps - 1) {
            found.push(Path { text: format!("`{}`'s {}", tuple.name, path.text), ..path });
        }
    }
    for one in super::derived::derived(table) {
        let text = format!("`{}`", one.name);
        found.push(Path { text: text.clone(), r#type: one.r#type, entity: one.references, elements: None });
        if let (Some(target), true) = (one.references, steps > 0) {
            for path in paths(schema, schema.table(target), steps - 1) {
                found.push(Path { text: format!("{text}'s {}", path.text), ..path });
            }
        }
    }
    found
}
