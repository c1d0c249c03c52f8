//! The names of types that a schema file may write without their schema. In: a name that is none of the types that the language tells apart. Out: what
//! it is to PostgreSQL, or what may have been meant. It does not know which extensions and domains a database has.

use super::names::QualifiedName;
use crate::diagnostic::did_you_mean;

/// PostgreSQL's own (manual, chapter 8), beside those of [`SPELLINGS`].
const BUILT_IN: [&str; 57] = [
    "aclitem",
    "bit",
    "box",
    "bytea",
    "cid",
    "cidr",
    "circle",
    "daterange",
    "datemultirange",
    "inet",
    "int2vector",
    "int4multirange",
    "int4range",
    "int8multirange",
    "int8range",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "tid",
    "time",
    "timetz",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "varbit",
    "xid",
    "xid8",
    "xml",
];

/// Types that the language tells apart, as people write them.
const SPELLINGS: [&str; 22] = [
    "bigint",
    "bigserial",
    "boolean",
    "char",
    "character varying",
    "citext",
    "date",
    "decimal",
    "double precision",
    "float",
    "int",
    "integer",
    "interval",
    "json",
    "jsonb",
    "numeric",
    "real",
    "serial",
    "smallint",
    "text",
    "timestamp",
    "timestamptz",
];

/// Types of well-known extensions.
const OF_EXTENSIONS: [&str; 17] = [
    "box2d",
    "box3d",
    "cube",
    "geography",
    "geometry",
    "halfvec",
    "hstore",
    "isbn",
    "lquery",
    "ltree",
    "ltxtquery",
    "raster",
    "seg",
    "sparsevec",
    "tdigest",
    "topogeometry",
    "vector",
];

/// A text that is no type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoType {
    /// What is wrong.
    pub reason: String,
    /// What to write.
    pub help: Option<String>,
}

impl From<String> for NoType {
    fn from(reason: String) -> NoType {
        NoType { reason, help: None }
    }
}

/// What PostgreSQL calls one of its own types.
pub(super) fn built_in(name: &str) -> Option<QualifiedName> {
    let lower = name.to_lowercase();
    let known = match lower.as_str() {
        "bit varying" => "varbit",
        "time without time zone" => "time",
        "time with time zone" => "timetz",
        other => BUILT_IN.iter().copied().find(|known| *known == other)?,
    };
    Some(QualifiedName::new("pg_catalog", known))
}

/// Whether a type may say how long or how precise it is (manual, chapter 8).
pub(super) fn has_modifier(name: &str) -> bool {
    let own =
        ["varchar", "character varying", "char", "character", "bpchar", "numeric", "decimal", "bit", "varbit", "bit varying"];
    let of_time = ["time", "timetz", "timestamp", "timestamptz"]
        .iter()
        .any(|short| name.strip_prefix(short).is_some_and(|rest| ["", " with time zone", " without time zone"].contains(&rest)));
    own.contains(&name) || of_time || is_interval(name)
}

/// `interval`, or one of some fields.
pub(super) fn is_interval(name: &str) -> bool {
    const FIELDS: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];
    let is_field = |word: &str| FIELDS.contains(&word);
    match name.split(' ').collect::<Vec<_>>().as_slice() {
        ["interval"] => true,
        ["interval", one] => is_field(one),
        ["interval", from, "to", to] => is_field(from) && is_field(to),
        _ => false,
    }
}

/// Why a name without schema is no type, with `enums` those of the schema file.
pub(super) fn unknown<'a>(name: &str, enums: impl Iterator<Item = &'a QualifiedName>) -> NoType {
    let lower = name.to_lowercase();
    if OF_EXTENSIONS.contains(&lower.as_str()) {
        return NoType {
            reason: format!("`{name}` is a type of an extension, and its schema is not known"),
            help: Some(format!("write it with the schema that the extension is in, such as `public.{name}`")),
        };
    }
    let enums: Vec<&QualifiedName> = enums.collect();
    let elsewhere = enums.iter().find(|known| known.name == name).map(ToString::to_string);
    let enums: Vec<String> = enums.iter().map(ToString::to_string).collect();
    let known = SPELLINGS.iter().chain(&BUILT_IN).copied().chain(enums.iter().map(String::as_str));
    let help = elsewhere.or_else(|| did_you_mean(name, known)).map_or_else(
        || {
            format!(
                "list its values under `enums:` if it is an enum, write the type that it is made of if it is a domain, or write it with its schema \
                 (`public.{name}`)"
            )
        },
        |near| format!("did you mean `{near}`?"),
    );
    NoType { reason: format!("there is no type `{name}`"), help: Some(help) }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, OF_EXTENSIONS, QualifiedName, SPELLINGS, built_in, unknown};

    #[test]
    fn names_are_known_near_to_one_or_unknown() {
        assert_eq!(built_in("INET"), Some(QualifiedName::new("pg_catalog", "inet")));
        assert_eq!(built_in("time with time zone"), Some(QualifiedName::new("pg_catalog", "timetz")));
        assert_eq!(built_in("statsu"), None);
        let help = |name| unknown(name, [QualifiedName::new("app", "status")].iter()).help.unwrap_or_default();
        assert_eq!(help("app_status"), "did you mean `app.status`?");
        assert_eq!(help("integr"), "did you mean `integer`?");
        assert!(help("vector").ends_with("such as `public.vector`"));
        assert!(help("sku").contains("under `enums:`"));
    }

    #[test]
    fn no_name_is_known_twice() {
        let mut all: Vec<&str> = BUILT_IN.iter().chain(&SPELLINGS).chain(&OF_EXTENSIONS).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
