//! The SQL types of columns, as far as the language tells them apart (PostgreSQL manual, chapter 8).

use std::collections::BTreeMap;
use std::fmt;

use super::known_types::{self, NoType};
use super::names::{QualifiedName, split};

/// The enums of a schema file with their values, in the declared order.
pub type Enums = BTreeMap<QualifiedName, Vec<String>>;

/// A column's type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `uuid`
    Uuid,
    /// `text`
    Text,
    /// `varchar`, with its length as written
    Varchar(String),
    /// `citext`, an extension's type in the schema given
    Citext(String),
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `numeric`, with precision as written
    Numeric(String),
    /// `real`
    Real,
    /// `double precision`
    Double,
    /// `boolean`
    Boolean,
    /// `date`
    Date,
    /// `timestamp without time zone`
    Timestamp,
    /// `timestamp with time zone`
    TimestampTz,
    /// `interval`
    Interval,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// One of the schema file's enums
    Enum(QualifiedName),
    /// An array of another type
    Array(Box<Type>),
    /// Values of several columns beside each other, as a reference of several columns has them. No column of a database is of this type
    Tuple(Vec<Type>),
    /// Anything else that the database knows under this name; it can be asked whether it is empty, and compared with its like
    Other(QualifiedName),
}

/// What types can be compared with each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Family {
    /// Identifiers, equal or not.
    Uuid,
    /// Texts, ordered by their collation.
    Text,
    /// Numbers of all widths.
    Number,
    /// True or false.
    Boolean,
    /// Days and points in time.
    Time,
    /// Durations.
    Interval,
    /// An enum, ordered as declared, compared with itself only.
    Enum(QualifiedName),
    /// JSON and arrays: no comparison.
    Structured,
    /// Values of several columns, equal or not, each with its like.
    Tuple(Vec<Family>),
    /// Unknown to the language; equal or not, with the same type only.
    Other(QualifiedName),
}

impl Type {
    /// Reads a type as SQL spells it, with the enums of the schema file. A name with a schema that is no enum is [`Type::Other`]. Lengths and precisions are the
    /// server's to keep: rules compare values, whatever their length.
    pub fn parse(text: &str, enums: &Enums) -> Result<Type, NoType> {
        let text = text.trim();
        if let Some(element) = text.strip_suffix("[]") {
            return Ok(Type::Array(Box::new(Type::parse(element, enums)?)));
        }
        let (name, modifier) = match text.split_once('(') {
            Some((name, rest)) => match rest.split_once(')') {
                Some((digits, tail)) if is_modifier(digits) => (format!("{}{tail}", name.trim_end()), format!("({digits})")),
                _ => return Err(format!("`{text}` is not a type").into()),
            },
            None => (text.to_owned(), String::new()),
        };
        let lower = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        if !modifier.is_empty() && !known_types::has_modifier(&lower) {
            return Err(format!("`{text}`: {lower} has no length or precision; leave it out").into());
        }
        Ok(match lower.as_str() {
            "uuid" => Type::Uuid,
            "text" => Type::Text,
            "varchar" | "character varying" => Type::Varchar(modifier),
            "smallint" | "int2" | "smallserial" => Type::SmallInt,
            "integer" | "int" | "int4" | "serial" => Type::Integer,
            "bigint" | "int8" | "bigserial" => Type::BigInt,
            "numeric" | "decimal" => Type::Numeric(modifier),
            "real" | "float4" => Type::Real,
            "double precision" | "float8" | "float" => Type::Double,
            "boolean" | "bool" => Type::Boolean,
            "date" => Type::Date,
            "timestamp" | "timestamp without time zone" => Type::Timestamp,
            "timestamptz" | "timestamp with time zone" => Type::TimestampTz,
            interval if known_types::is_interval(interval) => Type::Interval,
            "json" => Type::Json,
            "jsonb" => Type::Jsonb,
            // Without this, `char` would become PostgreSQL's internal type of one byte, and constants would be cut off.
            "char" | "character" | "bpchar" => Type::Other(QualifiedName::new("pg_catalog", "bpchar")),
            _ => return Type::named(&name, enums),
        })
    }

    fn named(name: &str, enums: &Enums) -> Result<Type, NoType> {
        // An enum of one's own may have the name of a type of PostgreSQL's.
        let is_enum = QualifiedName::parse(name).is_ok_and(|name| enums.contains_key(&name));
        if let Some(built_in) = known_types::built_in(name).filter(|_| !is_enum) {
            return Ok(Type::Other(built_in));
        }
        if name.contains(char::is_whitespace) && !name.contains('"') {
            return Err(format!("`{name}` is not a type that is known here; quote a name that contains blanks").into());
        }
        let has_schema = split(name)?.len() > 1;
        let qualified = QualifiedName::parse(name)?;
        if enums.contains_key(&qualified) {
            return Ok(Type::Enum(qualified));
        }
        match qualified.name.as_str() {
            "citext" => Ok(Type::Citext(qualified.schema)),
            _ if has_schema => Ok(Type::Other(qualified)),
            _ => Err(known_types::unknown(name, enums.keys())),
        }
    }

    /// What it can be compared with.
    pub fn family(&self) -> Family {
        match self {
            Type::Uuid => Family::Uuid,
            Type::Text | Type::Varchar(_) | Type::Citext(_) => Family::Text,
            Type::SmallInt | Type::Integer | Type::BigInt | Type::Numeric(_) | Type::Real | Type::Double => Family::Number,
            Type::Boolean => Family::Boolean,
            Type::Date | Type::Timestamp | Type::TimestampTz => Family::Time,
            Type::Interval => Family::Interval,
            Type::Enum(name) => Family::Enum(name.clone()),
            Type::Json | Type::Jsonb | Type::Array(_) => Family::Structured,
            Type::Tuple(parts) => Family::Tuple(parts.iter().map(Type::family).collect()),
            Type::Other(name) => Family::Other(name.clone()),
        }
    }
}

fn is_modifier(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ')
}

/// As people write it.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Uuid => f.write_str("uuid"),
            Type::Text => f.write_str("text"),
            Type::Varchar(modifier) => write!(f, "varchar{modifier}"),
            Type::Citext(_) => f.write_str("citext"),
            Type::SmallInt => f.write_str("smallint"),
            Type::Integer => f.write_str("integer"),
            Type::BigInt => f.write_str("bigint"),
            Type::Numeric(modifier) => write!(f, "numeric{modifier}"),
            Type::Real => f.write_str("real"),
            Type::Double => f.write_str("double precision"),
            Type::Boolean => f.write_str("boolean"),
            Type::Date => f.write_str("date"),
            Type::Timestamp => f.write_str("timestamp"),
            Type::TimestampTz => f.write_str("timestamptz"),
            Type::Interval => f.write_str("interval"),
            Type::Json => f.write_str("json"),
            Type::Jsonb => f.write_str("jsonb"),
            Type::Enum(name) => write!(f, "{name}"),
            Type::Array(element) => write!(f, "{element}[]"),
            Type::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(Type::to_string).collect();
                write!(f, "({})", parts.join(", "))
            }
            Type::Other(name) if name.schema == "pg_catalog" => f.write_str(&name.name),
            Type::Other(name) => write!(f, "{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Enums, QualifiedName, Type};

    #[test]
    fn types_are_read_as_sql_spells_them() {
        let enums = Enums::from([(QualifiedName::new("public", "status"), Vec::new())]);
        let parsed = |text| Type::parse(text, &enums).map(|parsed| parsed.to_string());
        assert_eq!(parsed("VARCHAR(40)"), Ok("varchar(40)".to_owned()));
        assert_eq!(parsed("timestamp  with time zone"), Ok("timestamptz".to_owned()));
        assert_eq!(parsed("numeric(10, 2)[]"), Ok("numeric(10, 2)[]".to_owned()));
        assert_eq!(Type::parse("status", &enums), Ok(Type::Enum(QualifiedName::new("public", "status"))));
        assert_eq!(parsed("char(3)"), Ok("bpchar".to_owned()));
        assert_eq!(parsed("inet[]"), Ok("inet[]".to_owned()));
        assert_eq!(parsed("app.Kind"), Ok("app.Kind".to_owned()));
        assert!(parsed("statsu").is_err());
        assert!(parsed("text; DROP TABLE x").is_err());
        assert!(parsed("varchar(4); --)").is_err());
        // What has a length keeps its meaning with one, and nothing else has one.
        for text in [
            "bit(3)",
            "bit varying(3)",
            "timestamp(2) without time zone",
            "time(2) with time zone",
            "interval(2)",
            "interval day to second(3)",
        ] {
            assert!(parsed(text).is_ok(), "{text}");
        }
        for text in ["uuid(3)", "text(3)", "integer(3)", "inet(3)", "interval day to week", "status(3)", "date(3)"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
