//! What a column holds where a statement that makes a record does not name it. In: a column of the schema file. Out: whether that can be told from what
//! somebody supplied. Nothing is asked of a database: of a default, its text is known.

use super::tokens::{Token, tokens};
use super::{Column, MAX_IDENTIFIER_BYTES, QualifiedName, Table, Type};

/// Where the value comes from that nobody supplied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supply<'a> {
    /// From an expression that has one value throughout a statement: a constant, the moment; empty without one.
    Same(Option<&'a str>),
    /// From this sequence.
    Drawn(QualifiedName),
    /// From functions of PostgreSQL that give another value each time.
    Fresh(&'a str),
    /// From functions of which nothing is known.
    Unknown(&'a str),
}

impl Column {
    /// The sequence that who creates rows must be allowed to use: what the database numbers takes no right.
    pub fn drawn_by_default(&self) -> Option<&QualifiedName> {
        self.sequence.as_ref().filter(|_| !self.identity)
    }

    /// Its default where the names of the project's types are not looked for: what stands in quotes is a value of the column's type without saying so
    /// (`'draft'::status`).
    pub fn default_by_value(&self) -> Option<&str> {
        let text = self.default.as_deref()?.trim();
        let end = text.rfind('\'').map_or(0, |last| last + 1);
        let (label, r#type) = text.split_at(end);
        let is_label = || matches!(tokens(label).as_deref(), Ok([Token::Text(_)])) && r#type.trim_start().starts_with("::");
        Some(if is_of_project(&self.r#type) && is_label() { label } else { text })
    }
}

/// Whether a type, or that of the elements, is none of PostgreSQL's.
fn is_of_project(r#type: &Type) -> bool {
    match r#type {
        Type::Enum(_) | Type::Citext(_) => true,
        Type::Other(name) => name.schema != "pg_catalog",
        Type::Array(element) => is_of_project(element),
        _ => false,
    }
}

impl Table {
    /// Where a column's value comes from that nobody supplied.
    pub fn supply<'a>(&self, column: &'a Column) -> Supply<'a> {
        let is_number = matches!(column.r#type, Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_));
        match (&column.sequence, column.default_by_value()) {
            (Some(sequence), _) if is_number => Supply::Drawn(sequence.clone()),
            (None, None) if column.identity && is_number => Supply::Drawn(sequence_of(&self.name, &column.name)),
            (Some(_), default) => Supply::Unknown(default.unwrap_or("nextval(…)")),
            (None, None) => Supply::Same(None),
            (None, Some(default)) => of_expression(default),
        }
    }
}

/// The sequence that PostgreSQL makes for a column that it numbers. Where the name is too long, the longer part gives way first (`makeObjectName`).
pub fn sequence_of(table: &QualifiedName, column: &str) -> QualifiedName {
    let most = MAX_IDENTIFIER_BYTES - "__seq".len();
    let (mut name, mut column) = (table.name.as_str(), column);
    while name.len() + column.len() > most {
        let longer = if name.len() > column.len() { &mut name } else { &mut column };
        let mut end = longer.len() - 1;
        while !longer.is_char_boundary(end) {
            end -= 1;
        }
        *longer = &longer[..end];
    }
    QualifiedName::new(&table.schema, format!("{name}_{column}_seq"))
}

/// What an expression can be told to be by the names in it. Types, which stand behind `::` and `AS`, may be anybody's.
fn of_expression(text: &str) -> Supply<'_> {
    let Ok(tokens) = tokens(text) else { return Supply::Unknown(text) };
    let (mut is_type, mut is_fresh) = (false, false);
    for (index, token) in tokens.iter().enumerate() {
        let continues = |next: &&Token| matches!(next, Token::Sign(sign) if sign == ".");
        match token {
            Token::Name(..) if is_type => is_type = tokens.get(index + 1).as_ref().is_some_and(continues),
            Token::Name(name, false) if FRESH.contains(&name.as_str()) => is_fresh = true,
            Token::Name(name, false) if SAME.contains(&name.as_str()) => is_type = name == "as",
            Token::Name(..) => return Supply::Unknown(text),
            Token::Sign(sign) => is_type = sign == "::" || (is_type && sign == "."),
            Token::Text(_) | Token::Number(_) => {}
        }
    }
    if is_fresh { Supply::Fresh(text) } else { Supply::Same(Some(text)) }
}

/// Functions of pg_catalog whose value is another for each row, each a single one (manual sections 9.3, 9.9, 9.14).
const FRESH: &[&str] = &["clock_timestamp", "gen_random_uuid", "random", "timeofday", "uuidv4", "uuidv7"];

/// Words of an expression, and functions of pg_catalog, that give one value throughout a statement.
const SAME: &[&str] = &[
    "array",
    "as",
    "at",
    "cast",
    "coalesce",
    "concat",
    "current_database",
    "current_date",
    "current_role",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "date",
    "date_trunc",
    "day",
    "days",
    "decode",
    "encode",
    "epoch",
    "extract",
    "false",
    "from",
    "interval",
    "jsonb_build_array",
    "jsonb_build_object",
    "left",
    "localtime",
    "localtimestamp",
    "lower",
    "make_interval",
    "md5",
    "now",
    "null",
    "nullif",
    "pg_current_xact_id",
    "pg_catalog",
    "precision",
    "replace",
    "right",
    "row",
    "session_user",
    "statement_timestamp",
    "substr",
    "substring",
    "time",
    "timestamp",
    "timestamptz",
    "timezone",
    "to_char",
    "transaction_timestamp",
    "true",
    "txid_current",
    "upper",
    "user",
    "varying",
    "with",
    "without",
    "zone",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> &'static str {
        match of_expression(text) {
            Supply::Same(_) => "same",
            Supply::Fresh(_) => "fresh",
            Supply::Drawn(_) => "drawn",
            Supply::Unknown(_) => "unknown",
        }
    }

    #[test]
    fn tells_defaults_by_their_names() {
        for same in [
            "now()",
            "'it''s nextval(1)'",
            "'draft'::app.status",
            "'draft'::\"My Schema\".\"Status\"",
            "(now() AT TIME ZONE 'utc'::text)",
            "now() + interval '48 hours'",
            "'{}'::text[]",
            "1.5",
            "CAST('a' AS app.kind)",
            "'x'::character varying",
        ] {
            assert_eq!(kind(same), "same", "{same}");
        }
        for fresh in ["gen_random_uuid()", "md5(random()::text)", "encode(decode('aa', 'hex'), 'hex') || random()::text"] {
            assert_eq!(kind(fresh), "fresh", "{fresh}");
        }
        for unknown in [
            "new_slug()",
            "app.now()",
            "\"now\"()",
            "$$a$$",
            "nextval('a'::regclass)",
            "'a'::app.kind || slug()",
            "'open",
            "extensions.gen_random_uuid()",
        ] {
            assert_eq!(kind(unknown), "unknown", "{unknown}");
        }
    }

    #[test]
    fn names_the_sequence_as_postgresql_does() {
        let named = |table: &str, column: &str| sequence_of(&QualifiedName::new("public", table), column).name;
        assert_eq!(named("notes", "id"), "notes_id_seq");
        assert_eq!(named(&"t".repeat(63), "id").len(), 63);
        assert_eq!(named(&"t".repeat(40), &"c".repeat(40)), format!("{}_{}_seq", "t".repeat(29), "c".repeat(29)));
    }
}
