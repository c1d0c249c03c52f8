//! The evaluator's values against the server's: how each type is read and compared, every listed value with every other.

use std::cmp::Ordering;

use libtest_mimic::Trial;
use rowgate::access::evaluate::{Data, Datum, Evaluator, Session, constant_default, parse};
use rowgate::catalog::{Catalog, Column, Type};

use crate::cluster::Database;
use crate::{project, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("values::compare_as_the_server_compares", compared),
        trial("values::are_refused_where_they_are_none", refused),
        trial("values::moments_are_counted_in_the_zone_of_the_project", moments),
        trial("values::constant_defaults_are_told_from_others", defaults),
    ]
}

/// A type as the schema file and the server write it, and some of its values.
const VALUES: [(&str, &[&str]); 18] = [
    ("smallint", &["0", "-1", "3", "32767"]),
    ("integer", &["0", "-1", "3", "10", "2147483647"]),
    ("bigint", &["0", "-9223372036854775808", "3", "9223372036854775807"]),
    (
        "numeric",
        &[
            "0",
            "-1",
            "-1.5",
            "3",
            "3.0",
            "3.10",
            "3.1",
            "0.1",
            "10",
            "NaN",
            "Infinity",
            "-Infinity",
            "12345678901234567890.5",
            "12345678901234567890.25",
        ],
    ),
    ("real", &["0", "-0", "0.1", "3", "1e10", "NaN", "Infinity", "-Infinity"]),
    ("double precision", &["0", "-0", "0.1", "0.30000000000000004", "3", "1e10", "NaN", "Infinity", "-Infinity"]),
    ("boolean", &["t", "true", "yes", "on", "1", "f", "false", "no", "off", "0", "TRUE"]),
    ("text", &["", "a", "A", "ab", "b", "ä", "a b", "10", "9"]),
    ("varchar", &["", "a", "A", "ab"]),
    (
        "uuid",
        &["00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000A", "f0000000-0000-0000-0000-000000000000"],
    ),
    (
        "date",
        &[
            "2026-01-31",
            "1970-01-01",
            "1969-12-31",
            "2000-02-29",
            "infinity",
            "-infinity",
            "epoch",
            "today",
            "yesterday",
            "tomorrow",
            "now",
        ],
    ),
    (
        "timestamp",
        &[
            "2026-01-31",
            "2026-01-31 00:00:00",
            "2026-01-31T12:00:00",
            "2026-01-31 12:00:00.5",
            "1969-12-31 23:59:59.999999",
            "infinity",
            "-infinity",
            "epoch",
            "now",
            "today",
            "yesterday",
            "tomorrow",
        ],
    ),
    (
        "timestamptz",
        &[
            "2026-01-31",
            "2026-01-31 12:00:00+00",
            "2026-01-31 12:00:00Z",
            "2026-01-31 14:00:00+02",
            "2026-01-31 08:30:00-03:30",
            "2026-01-31 12:00:00.000001+00",
            "2026-01-31 13:00:01+01:00:01",
            "infinity",
            "-infinity",
            "epoch",
            "now",
            "today",
            "tomorrow",
        ],
    ),
    (
        "interval",
        &[
            "1 year",
            "12 months",
            "1 mon",
            "30 days",
            "720 hours",
            "1 week",
            "7 days",
            "2 weeks",
            "1 day",
            "24:00:00",
            "-1 day",
            "90 minutes",
            "1:30:00",
            "01:30",
            "5400 seconds",
            "1 hour 30 mins",
            "1 sec",
            "1 min",
            "1 day -02:00:00",
            "1 day +02:00:00.25",
            "00:00:00.000001",
            "0 days",
            "-1 days +24:00:00",
            "2 years 3 months 4 weeks 5 days 6 hours 7 minutes 8 seconds",
        ],
    ),
    ("level", &["low", "middle", "high"]),
    (
        "text[]",
        &[
            "{}",
            "{a}",
            "{a,b}",
            "{b,a}",
            "{NULL}",
            "{null,a}",
            "{\"null\"}",
            "{\"a b\",c}",
            "{\"a,b\"}",
            "{\"a\\\"b\",\"c\\\\d\"}",
            "{\"{\"}",
            "{\"\"}",
        ],
    ),
    ("integer[]", &["{}", "{1}", "{1,2}", "{2,1}", "{NULL}", "{1,NULL}"]),
    (
        "jsonb",
        &[
            "null",
            "true",
            "false",
            "1",
            "1.0",
            "2",
            "10e1",
            "100",
            "\"1\"",
            "\"a\"",
            "[]",
            "{}",
            "[1]",
            "[1.0]",
            "[1, 2]",
            "[2, 1]",
            "[1, [2]]",
            "[1, [3]]",
            "{\"a\": 1}",
            "{\"a\": 1.0}",
            "{\"a\": 2}",
            "{\"b\": 1}",
            "{\"a\": 1, \"b\": 2}",
            "{\"b\": 2, \"a\": 1}",
            "{\"a\": {\"b\": []}}",
            "[null]",
        ],
    ),
];

/// Pairs of types of numbers that the server compares with each other.
const MIXED: [(&str, &str); 6] = [
    ("integer", "numeric"),
    ("bigint", "double precision"),
    ("numeric", "double precision"),
    ("real", "double precision"),
    ("numeric", "real"),
    ("smallint", "real"),
];

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed }";

/// A table with a column of each type.
fn schema() -> String {
    let columns = VALUES.iter().enumerate().map(|(index, (name, _))| format!("      c{index}: \"{name}\"\n"));
    format!(
        "version: 1\nenums: {{ level: [low, middle, high] }}\ntables:\n  users: {{ columns: {{ id: integer }} }}\n  samples:\n    columns:\n      id: integer\n{}",
        columns.collect::<String>()
    )
}

fn catalog() -> Result<Catalog, String> {
    let (model, _) = project::model_of(CONFIG, &schema(), "table samples { rule \"all\" for Authenticated { allow read } }")?;
    std::sync::Arc::into_inner(model.catalog).ok_or_else(|| "somebody else has the catalog".to_owned())
}

fn type_of(catalog: &Catalog, name: &str) -> Result<Type, String> {
    let samples = catalog.table(catalog.named("samples").ok_or("no table")?);
    let position = VALUES.iter().position(|(known, _)| *known == name).ok_or("no such type")?;
    let column = samples.column_named(&format!("c{position}")).ok_or("no column")?;
    Ok(samples.columns[column as usize].r#type.clone())
}

fn values(name: &str) -> &'static [&'static str] {
    VALUES.iter().find(|(known, _)| *known == name).map_or(&[], |(_, values)| values)
}

fn compared() -> Result<(), String> {
    let catalog = catalog()?;
    let database = Database::create("values")?;
    let mut client = database.connect("postgres")?;
    let fail = |error: rowgate::db::DatabaseError| rowgate::db::describe_error(&error);
    client.batch_execute("CREATE TYPE level AS ENUM ('low', 'middle', 'high'); SET TimeZone = 'UTC'").map_err(fail)?;
    let mut wrong = Vec::new();
    let mut compared = 0;
    let same_type = VALUES.iter().map(|(name, _)| (*name, *name));
    for (left, right) in same_type.chain(MIXED) {
        // Of these only equality is asked for in rules.
        let has_order = !left.ends_with("[]") && left != "jsonb";
        let collation = if ["text", "varchar"].contains(&left) { " COLLATE \"C\"" } else { "" };
        // As constants: `now` is then the start of the transaction.
        let constants = |name: &str| {
            let all = values(name)
                .iter()
                .enumerate()
                .map(|(index, text)| format!("({index}, '{}'::{name}{collation})", text.replace('\'', "''")));
            all.collect::<Vec<_>>().join(", ")
        };
        let query = format!(
            "SELECT a.i, b.i, a.x = b.x, a.x < b.x, (extract(epoch FROM now()) * 1000000)::bigint \
             FROM (VALUES {}) AS a (i, x), (VALUES {}) AS b (i, x)",
            constants(left),
            constants(right)
        );
        let (left_type, right_type) = (type_of(&catalog, left)?, type_of(&catalog, right)?);
        for row in client.query(&query, &[]).map_err(fail)? {
            let (i, j): (i32, i32) = (row.get(0), row.get(1));
            let (equal, less, now): (bool, bool, i64) = (row.get(2), row.get(3), row.get(4));
            let text = |name, index: i32| values(name)[usize::try_from(index).unwrap_or_default()];
            let (one, other) = (text(left, i), text(right, j));
            let read = |r#type, text| parse(&catalog, r#type, text, now).ok_or(format!("{text} is not read as {type:?}"));
            let (one_datum, other_datum): (Datum, Datum) = (read(&left_type, one)?, read(&right_type, other)?);
            let expected = if equal {
                Ordering::Equal
            } else if less {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            let found = one_datum.compare(&other_datum, &|own, other| own.cmp(other));
            let agrees = if has_order { found == Some(expected) } else { (found == Some(Ordering::Equal)) == equal };
            if !agrees || one_datum.equals(&other_datum) != Some(equal) || one_datum.same(&other_datum) != equal {
                wrong.push(format!("{left} {one} and {right} {other}: {found:?}, and the server says {expected:?}"));
            }
            compared += 1;
        }
    }
    match (wrong.is_empty(), compared > 2_000) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("only {compared} comparisons")),
        _ => Err(wrong.join("\n")),
    }
}

/// What is empty compares with nothing, and what is no value of a type is not taken for one.
fn refused() -> Result<(), String> {
    let catalog = catalog()?;
    for (name, texts) in [
        ("integer", &["", "x", "1x"][..]),
        ("boolean", &["maybe", ""]),
        ("date", &["2026-02-30", "soon", "31.1.2026"]),
        ("timestamp", &["soon", "2026-01-31 25:00:00"]),
        ("interval", &["soon", "1 fortnight", "1:x", "1"]),
        ("level", &["highest", ""]),
        ("text[]", &["a", "{a", "{{a}}"]),
        ("integer[]", &["{x}"]),
        ("jsonb", &["{", "a"]),
    ] {
        let r#type = type_of(&catalog, name)?;
        for text in texts {
            if let Some(datum) = parse(&catalog, &r#type, text, 0) {
                return Err(format!("{text:?} is read as {name}: {datum:?}"));
            }
        }
    }
    let (empty, one) = (Datum::Null, Datum::Text("a".to_owned()));
    let unknown = [empty.equals(&empty), empty.equals(&one), one.equals(&empty), one.equals(&Datum::Boolean(true))];
    if unknown != [None; 4] || !empty.same(&empty) || empty.same(&one) || one.same(&empty) {
        return Err("an empty value is compared".to_owned());
    }
    Ok(())
}

/// Defaults, and the value that they are for every row; `None` for what the database computes.
const DEFAULTS: [(&str, &str, Option<&str>); 29] = [
    ("integer", "3", Some("3")),
    ("integer", "'3'::integer", Some("3")),
    ("integer", "3::integer", Some("3")),
    ("integer", "nextval('numbers'::regclass)", None),
    ("integer", "1 + 1", None),
    ("numeric", "0.5", Some("0.5")),
    ("double precision", "random()", None),
    ("boolean", "true", Some("true")),
    ("boolean", "FALSE", Some("false")),
    ("text", "'a'", Some("a")),
    ("text", "'a'::text", Some("a")),
    ("text", "'it''s'", Some("it's")),
    ("text", "''", Some("")),
    ("text", "'a' || 'b'", None),
    ("text", "upper('a')", None),
    ("text", "current_user", None),
    ("text", "5", None),
    ("text", "'now'", Some("now")),
    ("date", "'2026-01-31'", Some("2026-01-31")),
    ("date", "'today'::date", None),
    ("date", "CURRENT_DATE", None),
    ("timestamptz", "now()", None),
    ("timestamptz", "'now'", None),
    ("timestamptz", "'2026-01-31 12:00:00+00'", Some("2026-01-31 12:00:00+00")),
    ("uuid", "gen_random_uuid()", None),
    ("level", "'low'::level", Some("low")),
    ("text[]", "'{}'::text[]", Some("{}")),
    ("text[]", "ARRAY[]::text[]", None),
    ("jsonb", "'{}'", Some("{}")),
];

fn defaults() -> Result<(), String> {
    let catalog = catalog()?;
    let samples = catalog.table(catalog.named("samples").ok_or("no table")?);
    let mut column = samples.columns.first().ok_or("no column")?.clone();
    for (name, default, expected) in DEFAULTS {
        column.r#type = type_of(&catalog, name)?;
        column.default = Some(default.to_owned());
        let expected =
            expected.map(|text| parse(&catalog, &column.r#type, text, 0).ok_or(format!("{text} is no {name}"))).transpose()?;
        let found = constant_default(&catalog, &column);
        if found != expected {
            return Err(format!("{name} DEFAULT {default}: {found:?}"));
        }
        if found.is_none() {
            continue;
        }
        // What is generated or drawn is never a constant, whatever it is drawn from.
        for (generated, sequence) in [(true, None), (false, Some("numbers")), (true, Some("numbers"))] {
            let mut other = column.clone();
            other.generated = generated;
            other.sequence = sequence.map(|name| rowgate::catalog::QualifiedName::new("public", name));
            if constant_default(&catalog, &other).is_some() {
                return Err(format!("{name} DEFAULT {default} is computed"));
            }
        }
    }
    for null in ["NULL", "null::text", "NULL::character varying"] {
        column.default = Some(null.to_owned());
        if constant_default(&catalog, &column) != Some(Datum::Null) {
            return Err(format!("DEFAULT {null}"));
        }
    }
    column.default = None;
    let mut drawn = column.clone();
    drawn.sequence = Some(rowgate::catalog::QualifiedName::new("public", "numbers"));
    let mut computed = column.clone();
    computed.generated = true;
    let found = [&column, &drawn, &computed].map(|column| constant_default(&catalog, column));
    if found == [Some(Datum::Null), None, None] { Ok(()) } else { Err(format!("without a default: {found:?}")) }
}

/// Conditions on moments, values, and whether they are true at noon (UTC) of the day on which Vienna's clocks go forward.
const MOMENTS: [(&str, &str, &str, bool); 22] = [
    ("c10", "2026-03-28", "C10 is not before 1 day ago", true),
    ("c10", "2026-03-27", "C10 is not before 1 day ago", false),
    ("c10", "2026-04-29", "C10 is not after in 1 month", true),
    ("c10", "2026-04-30", "C10 is not after in 1 month", false),
    ("c10", "2026-03-29", "C10 is today", true),
    ("c10", "2026-03-28", "C10 is before today", true),
    // 14:00 in Vienna; a day before it was 14:00 there, too, which was 23 hours before.
    ("c11", "2026-03-28 14:00:00", "C11 is not before 1 day ago", true),
    ("c11", "2026-03-28 13:59:59", "C11 is not before 1 day ago", false),
    ("c11", "2026-03-28 13:00:00", "C11 is not before 24 hours ago", true),
    ("c11", "2026-03-28 12:59:59", "C11 is not before 24 hours ago", false),
    ("c11", "2026-03-29 14:00:00", "C11 is now", true),
    ("c11", "2026-03-29 00:00:00", "C11 is at least today", true),
    ("c11", "2026-03-28 23:59:59", "C11 is at least today", false),
    ("c12", "2026-03-28 13:00:00+00", "C12 is not before 1 day ago", true),
    ("c12", "2026-03-28 12:59:59+00", "C12 is not before 1 day ago", false),
    ("c12", "2026-03-28 12:00:00+00", "C12 is not before 24 hours ago", true),
    ("c12", "2026-03-28 11:59:59+00", "C12 is not before 24 hours ago", false),
    ("c12", "2026-03-29 12:00:00+00", "C12 is now", true),
    ("c12", "2026-03-28 23:00:00+00", "C12 is at least today", true),
    ("c12", "2026-03-28 22:59:59+00", "C12 is at least today", false),
    ("c12", "infinity", "C12 is after in 10 years", true),
    ("c12", "2026-03-29 10:00:00+02", "C12 is at least date \"2026-03-29\"", true),
];

fn moments() -> Result<(), String> {
    let rules = MOMENTS
        .iter()
        .enumerate()
        .map(|(index, (_, _, text, _))| format!("rule \"{index:02}\" for Anyone {{ where {text} allow read }}\n"));
    let policy = format!("table samples {{ {} }}", rules.collect::<String>());
    let (model, _) = project::model_of(&format!("{CONFIG}\ntime_zone: Europe/Vienna\n"), &schema(), &policy)?;
    let table = model.catalog.named("samples").ok_or("no table")?;
    let now = match parse(&model.catalog, &Type::TimestampTz, "2026-03-29 12:00:00+00", 0) {
        Some(Datum::Moment(now)) => now,
        other => return Err(format!("{other:?}")),
    };
    let (data, claims) = (Data::default(), serde_json::Value::Null);
    let session = Session {
        database_role: "app_user".to_owned(),
        identity: Datum::Null,
        claims,
        settings: std::collections::BTreeMap::default(),
        now,
    };
    let evaluator = Evaluator::new(&model, &data, &session);
    for ((column, text, words, expected), rule) in MOMENTS.iter().zip(model.tables[&table].iter()) {
        let columns = &model.catalog.table(table).columns;
        let value = |entry: &Column| match entry.name == *column {
            true => parse(&model.catalog, &entry.r#type, text, now).ok_or(format!("{text} is not read")),
            false => Ok(Datum::Null),
        };
        let row: Vec<Datum> = columns.iter().map(value).collect::<Result<_, _>>()?;
        let found = rule.filters.first().and_then(|filter| evaluator.condition(filter, table, &row));
        if found != Some(*expected) {
            return Err(format!("{words}, of {text}: {found:?}"));
        }
    }
    Ok(())
}
