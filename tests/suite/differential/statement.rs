//! A statement as its parts, so that it can be said in more than one way. In: a table, values as SQL. Out: its text.

/// What a statement does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    Select,
    Insert,
    Update,
    Delete,
}

/// One statement on one table.
#[derive(Clone, Debug)]
pub struct Statement {
    pub verb: Verb,
    /// With its schema.
    pub table: String,
    /// Columns with the values that they get; without values for a query.
    pub columns: Vec<(String, String)>,
    /// The key of the only row that is meant; otherwise every row.
    pub key: Option<String>,
    /// An upsert: the column that changes where the key is there already, and its value.
    pub conflict: Option<(String, String)>,
    pub returning: bool,
    /// The key of a second new record, which is the same otherwise; keys come first.
    pub again: Option<String>,
}

impl Statement {
    pub fn new(verb: Verb, table: &str) -> Statement {
        Statement { verb, table: table.to_owned(), columns: Vec::new(), key: None, conflict: None, returning: false, again: None }
    }

    pub fn with_columns(mut self, columns: impl IntoIterator<Item = (String, String)>) -> Statement {
        self.columns = columns.into_iter().collect();
        self
    }

    pub fn of(mut self, key: &str) -> Statement {
        self.key = Some(key.to_owned());
        self
    }

    pub fn returning(mut self) -> Statement {
        self.returning = true;
        self
    }

    pub fn text(&self) -> String {
        self.written(&self.table, "", if self.returning { "id" } else { "" })
    }

    /// With one condition more.
    pub fn when(&self, condition: &str) -> String {
        self.written(&self.table, condition, if self.returning { "id" } else { "" })
    }

    /// On something that stands for the table.
    pub fn on(&self, target: &str) -> String {
        self.written(target, "", if self.returning { "id" } else { "" })
    }

    /// Operators are named with their schema: a session's own are not what is tested here.
    pub fn written(&self, target: &str, condition: &str, returning: &str) -> String {
        let key = self.key.as_ref().map(|key| format!("id OPERATOR(pg_catalog.=) {key}"));
        let conditions: Vec<String> = key.into_iter().chain((!condition.is_empty()).then(|| condition.to_owned())).collect();
        let filter = if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
        let names = || self.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        let values = || self.columns.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ");
        let mut text = match self.verb {
            Verb::Select => format!("SELECT {} FROM {target}{filter}", names()),
            Verb::Insert if condition.is_empty() => {
                let rest: String = self.columns.iter().skip(1).map(|(_, value)| format!(", {value}")).collect();
                let second = self.again.as_ref().map(|key| format!(", ({key}{rest})")).unwrap_or_default();
                format!("INSERT INTO {target} ({}) VALUES ({}){second}", names(), values())
            }
            Verb::Insert => format!("INSERT INTO {target} ({}) SELECT {}{filter}", names(), values()),
            Verb::Update => format!("UPDATE {target} SET {}{filter}", assignments(&self.columns)),
            Verb::Delete => format!("DELETE FROM {target}{filter}"),
        };
        if let Some((column, value)) = &self.conflict {
            text.push_str(&format!(" ON CONFLICT (id) DO UPDATE SET {column} = {value}"));
        }
        if !returning.is_empty() {
            text.push_str(&format!(" RETURNING {returning}"));
        }
        text
    }

    /// As MERGE, where it can be one.
    pub fn merged(&self) -> Option<String> {
        if self.returning || self.conflict.is_some() {
            return None;
        }
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<&str> = self.columns.iter().map(|(_, value)| value.as_str()).collect();
        let on = match &self.key {
            Some(key) => format!("t.id OPERATOR(pg_catalog.=) {key}"),
            None => (self.verb != Verb::Insert).to_string(),
        };
        let then = match self.verb {
            Verb::Select => return None,
            Verb::Insert => format!("NOT MATCHED THEN INSERT ({}) VALUES ({})", names.join(", "), values.join(", ")),
            Verb::Update => format!("MATCHED THEN UPDATE SET {}", assignments(&self.columns)),
            Verb::Delete => "MATCHED THEN DELETE".to_owned(),
        };
        Some(format!("MERGE INTO {} AS t USING (SELECT 1) AS s ON {on} WHEN {then}", self.table))
    }
}

fn assignments(columns: &[(String, String)]) -> String {
    columns.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join(", ")
}
