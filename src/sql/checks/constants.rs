//! Constants as a common table expression. In: columns with their types, rows of values as SQL. Out: SQL.

/// A common table expression of constants.
pub(super) struct Constants {
    name: &'static str,
    /// Names and types.
    columns: Vec<(&'static str, &'static str)>,
    rows: Vec<Vec<String>>,
}

/// Constants of these columns.
pub(super) fn list(name: &'static str, columns: &[(&'static str, &'static str)], rows: Vec<Vec<String>>) -> Constants {
    Constants { name, columns: columns.to_vec(), rows }
}

/// The type of relations, whose names PostgreSQL looks up only for who may use their schema.
const RELATION: &str = "regclass";

impl Constants {
    /// For who may use all schemas.
    pub(super) fn text(&self) -> String {
        if self.rows.is_empty() { self.nothing() } else { format!("{} AS ({}\n)", self.head(), self.values(|r#type| r#type)) }
    }

    /// For anybody: relations are found by their names in the catalog, those that are there.
    pub(super) fn text_for_anybody(&self) -> String {
        if self.rows.is_empty() || self.columns.iter().all(|(_, r#type)| *r#type != RELATION) {
            return self.text();
        }
        let column = |(name, r#type): &(&str, &str)| match *r#type {
            RELATION => format!(
                "(SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace WHERE class.relname = (parse_ident(given.{name}))[2] AND namespace.nspname = (parse_ident(given.{name}))[1])::regclass"
            ),
            _ => format!("given.{name}"),
        };
        let columns: Vec<String> = self.columns.iter().map(column).collect();
        let values = self.values(|r#type| if r#type == RELATION { "text" } else { r#type });
        let relations = self.columns.iter().filter(|(_, r#type)| *r#type == RELATION);
        let is_there: Vec<String> = relations.map(|(name, _)| format!("found.{name} IS NOT NULL")).collect();
        format!(
            "{} AS (SELECT * FROM (SELECT {} FROM ({values}) AS given ({})) AS found ({}) WHERE {})",
            self.head(),
            columns.join(", "),
            self.names(),
            self.names(),
            is_there.join(" AND ")
        )
    }

    fn nothing(&self) -> String {
        let nothing: Vec<String> = self.columns.iter().map(|(_, r#type)| format!("NULL::{type}")).collect();
        format!("{} AS (SELECT {} WHERE false)", self.head(), nothing.join(", "))
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(column, _)| *column).collect();
        names.join(", ")
    }

    fn head(&self) -> String {
        format!("{} ({})", self.name, self.names())
    }

    /// The first row says of which types they are.
    fn values(&self, typed: impl Fn(&'static str) -> &'static str) -> String {
        let mut text = "VALUES".to_owned();
        for (index, row) in self.rows.iter().enumerate() {
            text.push_str(if index == 0 { "\n  (" } else { ",\n  (" });
            for (place, (value, (_, r#type))) in row.iter().zip(&self.columns).enumerate() {
                text.push_str(if place == 0 { "" } else { ", " });
                text.push_str(value);
                if index == 0 {
                    text.push_str("::");
                    text.push_str(typed(r#type));
                }
            }
            text.push(')');
        }
        text
    }
}
