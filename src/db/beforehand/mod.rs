//! What is asked of a database before anything is done to it. In: a connection as who deploys, and what a change needs and takes. Out: who loses what, and which rights are missing. The
//! questions are the same in every project, behind tables of constants.

mod losses;
mod rights;

pub use losses::{Loss, Why, read_losses};
pub use rights::{Missing, read_missing_rights};

use crate::objects::quote::literal;

/// A common table expression of texts; `NULL` where there is none.
fn texts<'a>(name: &str, columns: &[&str], rows: impl Iterator<Item = Vec<Option<&'a str>>>) -> String {
    let value = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), literal);
    let rows: Vec<String> = rows.map(|row| format!("({})", row.into_iter().map(value).collect::<Vec<_>>().join(", "))).collect();
    let columns = columns.join(", ");
    if rows.is_empty() {
        let nothing = columns.split(", ").map(|_| "NULL::text").collect::<Vec<_>>().join(", ");
        return format!("{name} ({columns}) AS (SELECT {nothing} WHERE false)");
    }
    let typed = columns.split(", ").map(|column| format!("{column}::text")).collect::<Vec<_>>().join(", ");
    format!("{name} ({columns}) AS (SELECT {typed} FROM (VALUES {}) AS given ({columns}))", rows.join(",\n  "))
}
