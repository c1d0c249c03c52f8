//! Quoting: the only place where names and texts become SQL. Every name of a user's database passes through [`identifier`], every text
//! through [`literal`], every remark through [`comment`].

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::catalog::{MAX_IDENTIFIER_BYTES, QualifiedName, Type};

/// An identifier, in double quotes where it needs them (manual section 4.1.1).
pub fn identifier(name: &str) -> Cow<'_, str> {
    let plain_start = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if plain_start && plain && KEYWORDS.binary_search(&name).is_err() {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(format!("\"{}\"", name.replace('"', "\"\"")))
    }
}

/// A name with its schema, always.
pub fn qualified(name: &QualifiedName) -> String {
    format!("{}.{}", identifier(&name.schema), identifier(&name.name))
}

/// The schema of a name that has one, in a text such as `VARIADIC shop.state[]`.
pub fn schema_of(text: &str) -> Option<String> {
    let mut schema = String::new();
    let mut letters = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if is_quoted && letters.peek() == Some(&'"') => schema.extend(letters.next()),
            '"' => is_quoted = !is_quoted,
            '.' if !is_quoted => return Some(schema),
            ' ' | '(' if !is_quoted => schema.clear(),
            other => schema.push(other),
        }
    }
    None
}

/// A text constant. Backslashes are kept inert whatever `standard_conforming_strings` says.
pub fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if quoted.contains('\\') { format!("E'{}'", quoted.replace('\\', "\\\\")) } else { format!("'{quoted}'") }
}

/// A remark that cannot leave its line: the lexer ends it at any line break.
pub fn comment(text: &str) -> String {
    format!("-- {}", text.replace(|c: char| c.is_control() || c == '\u{2028}' || c == '\u{2029}', " "))
}

/// A body in dollar quotes whose tag it does not contain (manual section 4.1.2.4).
pub fn dollar(body: &str) -> String {
    let mut tag = "$rowgate$".to_owned();
    let mut attempt = 0u32;
    while body.contains(tag.trim_end_matches('$')) {
        attempt += 1;
        tag = format!("$rowgate{attempt}$");
    }
    format!("{tag}\n{body}\n{tag}")
}

/// A type as a cast or a function's result names it, without modifiers: built-in names as they are, others qualified.
pub fn r#type(r#type: &Type) -> String {
    match r#type {
        Type::Varchar(_) => "varchar".to_owned(),
        Type::Numeric(_) => "numeric".to_owned(),
        Type::Citext(schema) => format!("{}.citext", identifier(schema)),
        Type::Enum(name) => qualified(name),
        Type::Other(name) => qualified(name),
        // No value of it leaves an expression, or is an argument: its parts do.
        Type::Tuple(_) => "record".to_owned(),
        Type::Array(element) => format!("{}[]", self::r#type(element)),
        built_in => built_in.to_string(),
    }
}

/// A generated name: as it is when PostgreSQL can keep it, else cut and ended with a hash of the whole.
pub fn generated_name(name: &str) -> String {
    if name.len() <= MAX_IDENTIFIER_BYTES {
        return name.to_owned();
    }
    let mut end = MAX_IDENTIFIER_BYTES - 1 - HASH_DIGITS;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", &name[..end], hash(name))
}

const HASH_DIGITS: usize = 10;

/// A text's SHA-256, as hexadecimal digits.
pub fn sha256(text: &str) -> String {
    sha256_of_parts([text])
}

/// That of a text which is given in parts.
pub fn sha256_of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    parts.into_iter().for_each(|part| digest.update(part));
    hexadecimal(&digest.finalize())
}

/// The first 40 bits of a text's SHA-256, as hexadecimal digits.
pub fn hash(text: &str) -> String {
    hexadecimal(&Sha256::digest(text)[..HASH_DIGITS / 2])
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The words that PostgreSQL 15 to 18 do not take as a name everywhere (manual appendix C, all but the unreserved), sorted.
const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "case",
    "cast",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "extract",
    "false",
    "fetch",
    "float",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "grant",
    "greatest",
    "group",
    "grouping",
    "having",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "json",
    "json_array",
    "json_arrayagg",
    "json_exists",
    "json_object",
    "json_objectagg",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "lateral",
    "leading",
    "least",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "merge_action",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "not",
    "notnull",
    "null",
    "nullif",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "placing",
    "position",
    "precision",
    "primary",
    "real",
    "references",
    "returning",
    "right",
    "row",
    "select",
    "session_user",
    "setof",
    "similar",
    "smallint",
    "some",
    "substring",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "union",
    "unique",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_a_type() {
        let of = |text: &str| super::schema_of(text);
        assert_eq!(of("shop.state"), Some("shop".to_owned()));
        assert_eq!(of("VARIADIC shop.state[]"), Some("shop".to_owned()));
        assert_eq!(of(r#"row "The ""Shop"".a"."Sta.te""#), Some("The \"Shop\".a".to_owned()));
        assert_eq!((of("timestamp with time zone"), of("numeric(10,2)"), of("\"a.b\"")), (None, None, None));
    }

    #[test]
    fn names_that_are_too_long_are_cut_between_letters() {
        let name = |letter: &str, count| generated_name(&letter.repeat(count));
        assert_eq!(name("a", 63), "a".repeat(63));
        assert_eq!(name("a", 64).len(), 63);
        assert!(name("a", 64).starts_with(&format!("{}_", "a".repeat(52))));
        assert_ne!(name("a", 64), name("a", 65));
        for (letter, kept) in [("ß", 26), ("€", 17), ("🦀", 13)] {
            let cut = name(letter, 40);
            assert!(cut.len() <= 63 && cut.starts_with(&format!("{}_", letter.repeat(kept))), "{cut}");
        }
    }

    #[test]
    fn names_are_quoted_only_where_they_must() {
        assert_eq!(identifier("items"), "items");
        assert_eq!(identifier("order"), "\"order\"");
        assert_eq!(identifier("Items"), "\"Items\"");
        assert_eq!(identifier("2nd"), "\"2nd\"");
        assert_eq!(identifier("a\"; DROP TABLE x; --"), "\"a\"\"; DROP TABLE x; --\"");
        assert_eq!(identifier("größe"), "\"größe\"");
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn texts_stay_texts() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), "E'a\\\\''b'");
    }

    #[test]
    fn remarks_stay_on_their_line() {
        assert_eq!(comment("a\nDROP\r\u{85}x"), "-- a DROP  x");
    }

    #[test]
    fn dollar_quotes_are_not_closed_from_inside() {
        assert!(dollar("x $rowgate$ y").starts_with("$rowgate1$\n"));
        assert!(dollar("x $rowgate").starts_with("$rowgate1$\n"));
    }

    #[test]
    fn long_names_are_cut_and_stay_distinct() {
        let long = "ä".repeat(40);
        let (a, b) = (generated_name(&long), generated_name(&format!("{long}x")));
        assert!(a.len() <= MAX_IDENTIFIER_BYTES && b.len() <= MAX_IDENTIFIER_BYTES);
        assert_ne!(a, b);
    }
}
