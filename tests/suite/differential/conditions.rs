//! Random conditions of the language, from the types of what they compare: every construct, nested.

pub use super::paths::{Path, paths};
use super::schema::{BY_AUTH_ID, Column, Schema, TEXTS};
use crate::random::Random;

fn is_whole(r#type: &str) -> bool {
    matches!(r#type, "smallint" | "integer" | "bigint")
}

/// Whether two paths are of one value: the same, or a reference and the key that it leads to.
pub fn says_nothing(one: &str, other: &str) -> bool {
    let leads =
        |reference: &str, key: &str| key.strip_prefix(reference).is_some_and(|rest| ["'s `id`", "'s `auth_id`"].contains(&rest));
    one == other || leads(one, other) || leads(other, one)
}

/// What may be compared with what, by the name of its type.
pub fn family(r#type: &str) -> &str {
    match r#type {
        "text" | "varchar(20)" => "text",
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => "number",
        other => other,
    }
}

pub fn has_order(r#type: &str) -> bool {
    !matches!(
        family(r#type),
        "text"
            | "ext.citext"
            | "uuid"
            | "boolean"
            | "text[]"
            | "ext.citext[]"
            | "integer[]"
            | "bigint[]"
            | "uuid[]"
            | "jsonb"
            | "point"
            | "double precision[]"
    )
}

pub fn can_be_compared(r#type: &str) -> bool {
    !matches!(
        family(r#type),
        "text[]" | "ext.citext[]" | "integer[]" | "bigint[]" | "uuid[]" | "jsonb" | "point" | "double precision[]"
    )
}

/// Writes conditions for one project.
pub struct Conditions<'a> {
    pub random: &'a mut Random,
    pub schema: &'a Schema,
    /// Names of conditions that every table may use.
    pub named: Vec<String>,
    /// The rows in whose conditions the present one is, the record of the rule first: their tables, and what they are called.
    pub outer: Vec<(String, String)>,
}

impl Conditions<'_> {
    pub fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.random.below(items.len())].clone()
    }

    /// A condition on a row of a table.
    pub fn condition(&mut self, table: &str, depth: usize) -> String {
        if depth > 0 {
            match self.random.below(8) {
                0 => return format!("not ({})", self.condition(table, depth - 1)),
                1 => return format!("({} and {})", self.condition(table, depth - 1), self.condition(table, depth - 1)),
                2 | 3 => return format!("({} or {})", self.condition(table, depth - 1), self.condition(table, depth - 1)),
                4 => return self.relation(table, depth - 1),
                _ => {}
            }
        }
        self.leaf(table)
    }

    fn leaf(&mut self, table: &str) -> String {
        if !self.outer.is_empty() && self.random.below(3) == 0 {
            return self.about_outer(table);
        }
        match self.random.below(34) {
            31..=33 => self.of_tuples(table).unwrap_or_else(|| self.about_record(table)),
            29 | 30 => self.of_keys(table).unwrap_or_else(|| self.about_record(table)),
            27 | 28 => self.at_any_level(table).unwrap_or_else(|| self.about_record(table)),
            24..=26 => self.said(table).unwrap_or_else(|| self.about_record(table)),
            22 | 23 => self.of_token(table).unwrap_or_else(|| self.about_record(table)),
            20 | 21 => self.has(table).unwrap_or_else(|| self.about_record(table)),
            18 | 19 => {
                let member = if self.random.below(4) == 0 { self.member_ignoring_case(table) } else { None };
                member.or_else(|| self.ignoring_case(table)).unwrap_or_else(|| self.about_record(table))
            }
            16 => self.between(table).unwrap_or_else(|| self.about_record(table)),
            17 => self.of_types(table, &["timestamp", "timestamptz"]),
            12 | 13 => self.of_types(table, &["date", "timestamp", "timestamptz"]),
            14 | 15 => {
                self.of_types(table, &["text", "varchar(20)", "ext.citext", "text[]", "ext.citext[]", "integer[]", "jsonb"])
            }
            0..=2 => self.about_user(table),
            3 => self.about_set(table),
            4 => self.raw_sql(table),
            5 => self.claim(table),
            6 if !self.named.is_empty() => {
                let named = self.named.clone();
                self.pick(&named)
            }
            _ => self.about_record(table),
        }
    }

    fn path(&mut self, table: &str) -> Path {
        let steps = [0, 0, 0, 1, 1, 2][self.random.below(6)];
        let schema = self.schema;
        let all = paths(schema, schema.table(table), steps);
        self.pick(&all)
    }

    /// What only some types can be asked, on a column that has one of them.
    fn of_types(&mut self, table: &str, types: &[&str]) -> String {
        let schema = self.schema;
        let all = paths(schema, schema.table(table), 1);
        let fitting: Vec<Path> = all.into_iter().filter(|path| types.contains(&path.r#type)).collect();
        if fitting.is_empty() {
            return self.about_record(table);
        }
        let path = self.pick(&fitting);
        if types.contains(&"timestamp") { self.moment(&path) } else { self.contains(table, &path) }
    }

    fn operator(&mut self, r#type: &str) -> &'static str {
        const EQUALITY: [&str; 4] = ["equals", "is", "does not equal", "is not"];
        const ORDER: [&str; 8] = [
            "is greater than",
            "is at least",
            "is less than",
            "is at most",
            "is before",
            "is after",
            "is not before",
            "is not after",
        ];
        if has_order(r#type) && self.random.below(2) == 0 { self.pick(&ORDER) } else { self.pick(&EQUALITY) }
    }

    fn about_record(&mut self, table: &str) -> String {
        let path = self.path(table);
        match self.random.below(7) {
            0 => {
                let word = self.pick(&["is empty", "is not empty"]);
                format!("{} {word}", path.text)
            }
            1 => {
                let schema = self.schema;
                let fits = |other: &Path| {
                    let keys = other.entity.is_none() || path.entity.is_none() || other.entity == path.entity;
                    family(other.r#type) == family(path.r#type) && keys && !says_nothing(&other.text, &path.text)
                };
                let all: Vec<Path> = paths(schema, schema.table(table), 1).into_iter().filter(fits).collect();
                if all.is_empty() || !can_be_compared(path.r#type) {
                    return format!("{} is empty", path.text);
                }
                let other = self.pick(&all);
                format!("{} {} {}", path.text, self.operator(path.r#type), other.text)
            }
            2 => self.contains(table, &path),
            3 => match self.literal(path.r#type) {
                Some(first) => {
                    let second = self.literal(path.r#type).unwrap_or_default();
                    let word = self.pick(&["is one of", "is not one of"]);
                    format!("{} {word} ({first}, {second})", path.text)
                }
                None => self.moment(&path),
            },
            _ => match self.literal(path.r#type) {
                Some(literal) => {
                    let operator = self.operator(path.r#type);
                    // No whole number equals a fraction, but some are above it.
                    let has_fraction = is_whole(path.r#type) && operator.contains(" than") && self.random.below(2) == 0;
                    format!("{} {operator} {}", path.text, if has_fraction { "0.1" } else { &literal })
                }
                None => self.moment(&path),
            },
        }
    }

    /// A comparison with a row further out.
    fn about_outer(&mut self, table: &str) -> String {
        let (schema, outer) = (self.schema, self.outer.clone());
        let (outer_table, name) = self.pick(&outer);
        let steps = [0, 0, 1][self.random.below(3)];
        let further_out = self.pick(&paths(schema, schema.table(&outer_table), steps));
        let fits = |other: &Path| {
            let keys = other.entity.is_none() || further_out.entity.is_none() || other.entity == further_out.entity;
            let is_other = name == "this record" || !says_nothing(&other.text, &further_out.text);
            family(other.r#type) == family(further_out.r#type) && keys && can_be_compared(other.r#type) && is_other
        };
        let all: Vec<Path> = paths(schema, schema.table(table), 1).into_iter().filter(fits).collect();
        if all.is_empty() {
            let word = self.pick(&["is empty", "is not empty"]);
            return format!("{name}'s {} {word}", further_out.text);
        }
        let own = self.pick(&all);
        // Equality ties rows to the record, which is a shape of its own.
        let operator = if self.random.below(2) == 0 { "equals" } else { self.operator(own.r#type) };
        format!("{} {operator} {name}'s {}", own.text, further_out.text)
    }

    /// What has no literal: moments are compared with the clock, everything else is asked whether it is empty.
    fn moment(&mut self, path: &Path) -> String {
        let operand = match path.r#type {
            "timestamp" | "timestamptz" => self.pick(&[
                "now",
                "today",
                "2 days ago",
                "in 1 month",
                "30 hours ago",
                "in 90 minutes",
                "1 week ago",
                "date \"2026-01-31\"",
            ]),
            "date" => self.pick(&["today", "2 days ago", "in 1 month", "1 year ago"]),
            _ => return self.contains_or_empty(path),
        };
        let operator = of_moments(self.operator(path.r#type), operand);
        format!("{} {operator} {operand}", path.text)
    }

    fn contains_or_empty(&mut self, path: &Path) -> String {
        format!("{} is not empty", path.text)
    }

    fn contains(&mut self, table: &str, path: &Path) -> String {
        if path.elements.is_some() {
            return self.contains_or_empty(path);
        }
        let verb = self.pick(&["contains", "does not contain"]);
        let schema = self.schema;
        let texts: Vec<Path> = paths(schema, schema.table(table), 1)
            .into_iter()
            .filter(|other| family(other.r#type) == "text" && !says_nothing(&other.text, &path.text))
            .collect();
        let text = |own: &mut Self| match texts.is_empty() || own.random.below(2) == 0 {
            true => own.text(),
            false => own.pick(&texts).text,
        };
        match family(path.r#type) {
            "text" => {
                let verb = self.pick(&[
                    "contains",
                    "does not contain",
                    "starts with",
                    "does not start with",
                    "ends with",
                    "does not end with",
                ]);
                format!("{} {verb} {}", path.text, text(self))
            }
            "ext.citext" => format!("{} {verb} {}", path.text, self.pick(&["\"A\"", "\"b\"", "\"\""])),
            "text[]" => format!("{} {verb} {}", path.text, text(self)),
            "ext.citext[]" => {
                let of_citext = |other: &Path| other.r#type == "ext.citext" && other.entity.is_none();
                let elements: Vec<Path> = paths(schema, schema.table(table), 1).into_iter().filter(of_citext).collect();
                let element = match elements.is_empty() || self.random.below(2) == 0 {
                    true => self.pick(&["\"A\"", "\"aB\"", "\"\""]).to_owned(),
                    false => self.pick(&elements).text,
                };
                format!("{} {verb} {element}", path.text)
            }
            "integer[]" => {
                let numbers: Vec<Path> =
                    paths(schema, schema.table(table), 0).into_iter().filter(|other| other.r#type == "integer").collect();
                let element = if self.random.below(2) == 0 { "1".to_owned() } else { self.pick(&numbers).text };
                format!("{} {verb} {element}", path.text)
            }
            "jsonb" => {
                let element = match self.random.below(4) {
                    0 => "1".to_owned(),
                    1 => "true".to_owned(),
                    _ => text(self),
                };
                format!("{} {verb} {element}", path.text)
            }
            _ => self.contains_or_empty(path),
        }
    }

    fn text(&mut self) -> String {
        let text = self.pick(&TEXTS);
        format!("\"{}\"", text.replace('\\', "\\\\"))
    }

    /// A literal of a type, where the language has any.
    fn literal(&mut self, r#type: &str) -> Option<String> {
        Some(match family(r#type) {
            "text" => self.text(),
            "ext.citext" => self.pick(&["\"a\"", "\"Ab\"", "\"B\""]).to_owned(),
            "uuid" => format!("\"{}\"", super::schema::key("uuid", self.random.below(3))),
            "number" if is_whole(r#type) => self.pick(&["0", "1", "2", "2.0"]).to_owned(),
            "number" => self.pick(&["0", "1", "2", "0.1", "-0.5", "2.5"]).to_owned(),
            "boolean" => self.pick(&["true", "false"]).to_owned(),
            "date" => self.pick(&["date \"2026-01-31\"", "date \"1999-12-31\""]).to_owned(),
            "mood" => self.pick(&["\"sad\"", "\"fine\"", "\"glad\""]).to_owned(),
            _ => return None,
        })
    }

    fn about_user(&mut self, table: &str) -> String {
        let schema = self.schema;
        let all = paths(schema, schema.table(table), 1);
        match self.random.below(9) {
            8 => self.pick(&["Logged in User is empty", "Logged in User is not empty"]).to_owned(),
            0 | 4 => {
                let of_user = self.pick(&paths(schema, schema.table("users"), 0));
                if self.random.below(3) == 0 {
                    let word = self.pick(&["is empty", "is not empty"]);
                    return format!("User's {} {word}", of_user.text);
                }
                let fits = |other: &&Path| {
                    let keys = other.entity.is_none() || of_user.entity.is_none() || other.entity == of_user.entity;
                    family(other.r#type) == family(of_user.r#type) && keys
                };
                let fitting: Vec<Path> = all.iter().filter(fits).cloned().collect();
                if fitting.is_empty() || !can_be_compared(of_user.r#type) {
                    return format!("User's {} is not empty", of_user.text);
                }
                let other = self.pick(&fitting);
                format!("{} {} User's {}", other.text, self.operator(other.r#type), of_user.text)
            }
            1 | 5 if table == "items" => {
                let word = self.pick(&["equals", "is not"]);
                // Completed to the folder's owner.
                format!("`folder_id` {word} Logged in User")
            }
            _ => {
                let keys: Vec<Path> = all.into_iter().filter(|path| matches!(path.entity, Some("users" | BY_AUTH_ID))).collect();
                if keys.is_empty() {
                    return "User's `kind` is \"boss\"".to_owned();
                }
                let key = self.pick(&keys);
                let operator = self.operator("uuid");
                if self.random.below(4) == 0 {
                    let others: Vec<Path> = keys
                        .into_iter()
                        .filter(|other| !says_nothing(&other.text, &key.text) && other.entity == key.entity)
                        .collect();
                    let other = if others.is_empty() { "Logged in User".to_owned() } else { self.pick(&others).text };
                    return format!("{} is one of (Logged in User, {other})", key.text);
                }
                format!("{} {operator} Logged in User", key.text)
            }
        }
    }

    fn about_set(&mut self, table: &str) -> String {
        let schema = self.schema;
        let keys: Vec<Path> =
            paths(schema, schema.table(table), 1).into_iter().filter(|path| path.entity == Some("teams")).collect();
        if keys.is_empty() || self.random.below(4) == 0 {
            let word = self.pick(&["is empty", "is not empty"]);
            return format!("User's Team {word}");
        }
        let key = self.pick(&keys);
        let operator = self.pick(&["equals", "does not equal", "is one of", "is not one of"]);
        format!("{} {operator} User's Team", key.text)
    }

    /// Raw SQL that the oracle understands: see `super::server::raw_sql`.
    fn raw_sql(&mut self, table: &str) -> String {
        let schema = self.schema;
        let columns: Vec<Column> = schema.table(table).columns.iter().filter(|column| !column.filled).cloned().collect();
        let column = self.pick(&columns);
        let is_integer = matches!(column.r#type, "smallint" | "integer" | "bigint");
        let text = match self.random.below(if is_integer { 3 } else { 2 }) {
            0 => format!("{} IS NULL", column.name),
            1 => format!("{} IS NOT NULL", column.name),
            _ => format!("{} > 1", column.name),
        };
        format!("sql \"{text}\"")
    }

    fn claim(&mut self, table: &str) -> String {
        match self.random.below(5) {
            4 => {
                let of_text = |other: &Path| matches!(family(other.r#type), "text" | "ext.citext") && other.entity.is_none();
                let schema = self.schema;
                let texts: Vec<Path> = paths(schema, schema.table(table), 0).into_iter().filter(of_text).collect();
                let text = if texts.is_empty() { self.text() } else { self.pick(&texts).text };
                format!("Claim \"words\" {} {text}", self.pick(&["contains", "does not contain"]))
            }
            0 => format!("Claim \"word\" {} {}", self.operator("text"), self.text()),
            1 => format!("Claim \"words\" {} {}", self.pick(&["contains", "does not contain"]), self.text()),
            2 => format!("Claim \"/deep/number\" {} 1", self.operator("integer")),
            _ => {
                let path = self.path(table);
                match family(path.r#type) {
                    "text" => format!("{} {} Claim \"word\"", path.text, self.operator("text")),
                    "number" => format!("{} {} Claim \"/deep/number\"", path.text, self.operator("integer")),
                    _ => format!("Claim \"word\" {}", self.pick(&["is empty", "is not empty"])),
                }
            }
        }
    }

    /// A condition without delegation and without named conditions, which may delegate.
    pub fn plain(&mut self, table: &str, depth: usize) -> String {
        // A name may stand for access.
        let named = std::mem::take(&mut self.named);
        let mut condition = self.condition(table, depth);
        while condition.contains("can ") {
            condition = self.condition(table, depth);
        }
        self.named = named;
        condition
    }

    /// A condition that says nothing of the record.
    pub fn session(&mut self) -> String {
        self.pick(&["Claim \"moment\" is after now", "not (Claim \"moment\" is after now)", "User's `level` is at least 2"])
            .to_owned()
    }

    /// A condition that every table can use: it names no column that only some have.
    pub fn general(&mut self) -> String {
        let first = self.pick(&[
            "`id` is greater than 2",
            "`id` is one of (1, 2, 4)",
            "User's `level` is at least 2",
            "Claim \"word\" is \"a\"",
        ]);
        match self.random.below(3) {
            0 => format!("not ({first})"),
            1 => format!("{first} or any record of settings where (`open` is true)"),
            _ => first.to_owned(),
        }
    }
}

/// Words of sizes are refused beside a moment that is counted from now.
fn of_moments(operator: &'static str, operand: &str) -> &'static str {
    match operator {
        _ if !operand.starts_with("in ") && !operand.ends_with(" ago") => operator,
        "is greater than" => "is after",
        "is at least" => "is not before",
        "is less than" => "is before",
        "is at most" => "is not after",
        other => other,
    }
}
