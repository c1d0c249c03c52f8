//! The tables of a random project: a fixed skeleton of users, teams, memberships, folders with items with notes, and settings, filled with
//! columns of random types; and values of every type, many of them at an edge.

use crate::random::Random;
use rowgate::objects::quote;

/// A column.
#[derive(Clone)]
pub struct Column {
    pub name: String,
    pub r#type: &'static str,
    pub references: Option<&'static str>,
    pub default: Option<&'static str>,
    /// A trigger of the application writes it.
    pub filled: bool,
    /// What its elements are keys of, where it is an array of keys.
    pub elements: Option<&'static str>,
}

impl Column {
    /// A class that parts which are left out do not change.
    pub fn class(&self) -> &'static str {
        match self.name.len() % 2 {
            _ if self.name == "id" => "key",
            0 => "even",
            _ => "odd",
        }
    }
}

/// A table.
#[derive(Clone)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<Column>,
}

impl Table {
    /// What a column's values are keys of.
    pub fn entity(&self, column: &Column) -> Option<&'static str> {
        match column.name.as_str() {
            "id" => Some(self.name),
            AUTH_ID => Some(BY_AUTH_ID),
            _ => column.references,
        }
    }
}

/// All tables, and the type of what the session says of the user.
#[derive(Clone)]
pub struct Schema {
    pub tables: Vec<Table>,
    pub user_key: &'static str,
}

/// The column of the users that has what the session says, where that is not their primary key.
pub const AUTH_ID: &str = "auth_id";

/// A reference to it.
pub const BY_AUTH_ID: &str = "users.auth_id";

/// The types of random columns.
const TYPES: [&str; 19] = [
    "uuid",
    "text",
    "varchar(20)",
    "ext.citext",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "real",
    "double precision",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
    "interval",
    "mood",
    "text[]",
    "integer[]",
    "jsonb",
];

/// Types whose forms, operators or names a session may want to move.
const DELICATE: [&str; 12] = [
    "uuid",
    "text",
    "ext.citext",
    "timestamptz",
    "timestamptz",
    "jsonb",
    "point",
    "point",
    "double precision[]",
    "double precision[]",
    "ext.citext[]",
    "ext.citext[]",
];

/// Types with values that are equal and stored otherwise: see [`twin`].
const AMBIGUOUS: [&str; 8] =
    ["numeric", "numeric", "double precision", "interval", "jsonb", "ext.citext", "text", "double precision[]"];

/// The tables that rules are for.
pub const RULED: [&str; 3] = ["folders", "items", "notes"];

impl Schema {
    /// For hostile sessions with more types, and more of those that matter there; for steps with those whose values may be equal and not the same.
    pub fn random(random: &mut Random, hostile: bool, has_steps: bool) -> Schema {
        const KEYS: [&str; 5] = ["integer", "bigint", "uuid", "text", "ext.citext"];
        let keys = if hostile { 5 } else { 4 };
        let (user_key, team_key) = (KEYS[random.below(keys)], KEYS[random.below(keys)]);
        // What the session says may be another key than the one that most references have.
        let auth_id = (random.below(3) == 0).then(|| KEYS[random.below(keys)]);
        let mut next = 0;
        let mut typed = |random: &mut Random, count: usize| -> Vec<Column> {
            let columns = (0..count).map(|_| {
                next += 1;
                let r#type = match hostile && random.below(2) == 0 {
                    _ if has_steps => AMBIGUOUS[random.below(AMBIGUOUS.len())],
                    true => DELICATE[random.below(DELICATE.len())],
                    false => TYPES[random.below(TYPES.len())],
                };
                let default = match r#type {
                    "integer" | "numeric" if random.below(3) == 0 => Some("1"),
                    "text" if random.below(3) == 0 => Some("'a'"),
                    "boolean" if random.below(3) == 0 => Some("false"),
                    _ => None,
                };
                Column { name: format!("c{next}"), r#type, references: None, default, filled: false, elements: None }
            });
            columns.collect()
        };
        let key = |r#type| column("id", r#type, None);
        let mut table = |name, fixed: Vec<Column>, random: &mut Random, count| {
            let mut columns = fixed;
            columns.extend(typed(random, count));
            if has_steps && RULED.contains(&name) {
                columns.push(column("state", "text", None));
                if random.below(3) == 0 {
                    columns.push(Column { filled: true, ..column("stamp", "integer", None) });
                }
            }
            Table { name, columns }
        };
        let mut users = vec![
            key(user_key),
            column("kind", "text", None),
            column("level", "integer", None),
            column("manager_id", user_key, Some("users")),
            column("desk_id", "integer", None),
            column("desk_team", team_key, None),
        ];
        users.extend(auth_id.map(|r#type| column(AUTH_ID, r#type, None)));
        let reader = match auth_id {
            Some(r#type) => column("reader_id", r#type, Some(BY_AUTH_ID)),
            None => column("reader_id", user_key, Some("users")),
        };
        let tables = vec![
            table("users", users, random, 2),
            table("teams", vec![key(team_key), column("parent_id", team_key, Some("teams"))], random, 1),
            table(
                "members",
                vec![
                    key("integer"),
                    column("user_id", user_key, Some("users")),
                    column("team_id", team_key, Some("teams")),
                    column("role", "text", None),
                    column("rank", "integer", None),
                    column("permissions", "jsonb", None),
                    column("active", "boolean", None),
                ],
                random,
                0,
            ),
            table(
                "folders",
                vec![key("integer"), column("owner_id", user_key, Some("users")), column("team_id", team_key, Some("teams"))],
                random,
                2,
            ),
            table(
                "items",
                vec![
                    key("integer"),
                    column("folder_id", "integer", Some("folders")),
                    column("owner_id", user_key, Some("users")),
                    column("team_id", team_key, Some("teams")),
                    column("next_id", "integer", Some("items")),
                    column("shelf_id", "integer", None),
                    array_of_keys("user_ids", "users", user_key),
                    array_of_keys("team_ids", "teams", team_key),
                ],
                random,
                3,
            ),
            table(
                "notes",
                vec![
                    key("integer"),
                    column("item_id", "integer", Some("items")),
                    column("author_id", user_key, Some("users")),
                    reader,
                ],
                random,
                2,
            ),
            table("settings", vec![key("integer"), column("open", "boolean", None)], random, 1),
        ];
        Schema { tables, user_key: auth_id.unwrap_or(user_key) }
    }

    /// A table by its name, or by a reference to one of its columns.
    pub fn table(&self, name: &str) -> &Table {
        let name = name.split('.').next().unwrap();
        self.tables.iter().find(|table| table.name == name).unwrap()
    }

    /// Whether the session says another key of the user than the primary one.
    pub fn has_auth_id(&self) -> bool {
        self.table("users").columns.iter().any(|column| column.name == AUTH_ID)
    }

    /// As `schema.yaml`.
    pub fn yaml(&self) -> String {
        let mut text = "version: 1\nenums: { mood: [sad, fine, glad] }\ntables:\n".to_owned();
        for table in &self.tables {
            let unique = if table.name == "folders" {
                "    unique: [[team_id, id]]\n"
            } else if table.columns.iter().any(|column| column.name == AUTH_ID) {
                "    unique: [auth_id]\n"
            } else {
                ""
            };
            text.push_str(&format!("  {}:\n{unique}    columns:\n", table.name));
            for column in &table.columns {
                let references =
                    column.references.or(column.elements).map(|target| format!(", references: {target}")).unwrap_or_default();
                let default = column.default.map(|default| format!(", default: \"{default}\"")).unwrap_or_default();
                let filled = if column.filled { ", set_by_trigger: true" } else { "" };
                let (name, class) = (&column.name, column.class());
                text.push_str(&format!(
                    "      {name}: {{ type: \"{}\"{references}{default}{filled}, class: {class} }}\n",
                    column.r#type
                ));
            }
            text.push_str(&super::derived::yaml(table));
            text.push_str(&super::tuples::yaml(table));
        }
        text
    }
}

/// An array of keys of users or teams.
fn array_of_keys(name: &str, of: &'static str, key: &'static str) -> Column {
    let arrays = [
        ("integer", "integer[]"),
        ("bigint", "bigint[]"),
        ("uuid", "uuid[]"),
        ("text", "text[]"),
        ("ext.citext", "ext.citext[]"),
    ];
    let r#type = arrays.iter().find(|(element, _)| *element == key).unwrap().1;
    Column { elements: Some(of), ..column(name, r#type, None) }
}

fn column(name: &str, r#type: &'static str, references: Option<&'static str>) -> Column {
    Column { name: name.to_owned(), r#type, references, default: None, filled: false, elements: None }
}

/// The key of the n-th row of a table whose keys are of a type.
pub fn key(r#type: &str, number: usize) -> String {
    match r#type {
        "uuid" => format!("0000000{number}-aaaa-0000-0000-000000000000"),
        "text" | "ext.citext" => format!("k{number}"),
        _ => number.to_string(),
    }
}

/// The moments that values are near to, as the server writes them in UTC.
#[derive(Clone, Default)]
pub struct Moments {
    pub days: Vec<String>,
    pub moments: Vec<String>,
    /// So far from a moment between the beginning of a hostile session's transaction and its statements, as rules count; none where there
    /// is no hostile session.
    pub ticks: Vec<String>,
}

impl Moments {
    /// Some moments, where there is no server to say what time it is.
    pub fn example() -> Moments {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Moments { days: texts(&["2026-01-31"]), moments: texts(&["2026-01-31 00:00:00"]), ticks: Vec::new() }
    }
}

/// Texts that differ for patterns, cases and collations.
pub const TEXTS: [&str; 13] = ["", "a", "A", "b", "ab", "aB", "50%", "_", "a_b", "\\", "\u{e4}", "Z", "a b"];

/// A value of a type as the server reads it, or none.
pub fn value(random: &mut Random, moments: &Moments, r#type: &str) -> Option<String> {
    if random.below(10) < 3 {
        return None;
    }
    let one_of = |random: &mut Random, texts: &[&str]| Some(texts[random.below(texts.len())].to_owned());
    match r#type {
        "uuid" => Some(key("uuid", random.below(3))),
        "text" | "varchar(20)" => one_of(random, &TEXTS),
        "ext.citext" => one_of(random, &["a", "A", "ab", "Ab", "B", ""]),
        "smallint" | "integer" | "bigint" => one_of(random, &["-1", "0", "1", "2", "3"]),
        "numeric" => one_of(random, &["0", "1", "1.00", "-0.5", "2.5", "0.1", "NaN", "Infinity", "12345678901234567890.5"]),
        "real" | "double precision" => one_of(random, &["0", "1", "0.1", "-0.5", "2.5", "NaN", "Infinity", "-Infinity"]),
        "boolean" => one_of(random, &["true", "false"]),
        "date" => Some(moments.days[random.below(moments.days.len())].clone()),
        "timestamp" => Some(moments.moments[random.below(moments.moments.len())].clone()),
        "timestamptz" if !moments.ticks.is_empty() && random.below(2) == 0 => {
            Some(format!("{}+00", moments.ticks[random.below(moments.ticks.len())]))
        }
        "timestamptz" => {
            let moment = &moments.moments[random.below(moments.moments.len())];
            Some(if moment.ends_with("infinity") { moment.clone() } else { format!("{moment}+00") })
        }
        "interval" => one_of(random, &["1 day", "24:00:00", "1 mon", "30 days", "-1 days", "00:00:00.5"]),
        "mood" => one_of(random, &["sad", "fine", "glad"]),
        "bigint[]" => one_of(random, &["{}", "{1}", "{2,NULL}", "{2,3}"]),
        "uuid[]" => Some(format!("{{{}}}", key("uuid", 1 + random.below(3)))),
        "text[]" => one_of(random, &["{}", "{a}", "{a,NULL}", "{NULL}", "{ab,\"\"}", "{\"a b\",b}"]),
        "ext.citext[]" => one_of(random, &["{}", "{a}", "{A,b}", "{ab,NULL}", "{Ab,\"\"}"]),
        "integer[]" => one_of(random, &["{}", "{1}", "{1,NULL}", "{NULL}", "{2,3}"]),
        "jsonb" => one_of(random, &["[]", "[\"a\"]", "[\"a\", 1]", "[1.0]", "\"a\"", "{\"a\": 1}", "[true, null]", "null", "1"]),
        // Alike when they are written with one digit.
        "point" => one_of(random, &["(50,50)", "(54,54)", "(52,51)"]),
        "double precision[]" => one_of(random, &["{50.5}", "{54.25}", "{52}", "{}"]),
        other => panic!("{other}"),
    }
}

/// What equals a value of a type by some operator or collation, or with few digits, and is stored otherwise.
pub fn twin(r#type: &str, value: &str) -> Option<&'static str> {
    const TWINS: [(&str, &str, &str); 16] = [
        ("numeric", "0", "0.0"),
        ("numeric", "1", "1.00"),
        ("numeric", "2.5", "2.50"),
        ("double precision", "0", "-0"),
        ("real", "0", "-0"),
        ("interval", "1 day", "24:00:00"),
        ("interval", "1 mon", "30 days"),
        ("jsonb", "1", "1.0"),
        ("jsonb", "[1]", "[1.0]"),
        ("jsonb", "{\"a\": 1}", "{\"a\": 1.0}"),
        ("ext.citext", "a", "A"),
        ("ext.citext", "ab", "Ab"),
        ("text", "a", "A"),
        ("text", "ab", "aB"),
        ("point", "(50,50)", "(54,54)"),
        ("double precision[]", "{50.5}", "{54.25}"),
    ];
    TWINS.iter().filter(|(of, ..)| *of == r#type).find_map(|(_, one, other)| match value {
        _ if value == *one => Some(*other),
        _ if value == *other => Some(*one),
        _ => None,
    })
}

/// A value as SQL that means the same whatever a session has set.
pub fn written(r#type: &str, value: Option<&String>) -> String {
    let Some(value) = value else { return "NULL".to_owned() };
    if let (Some(element), true) = (r#type.strip_suffix("[]"), value.contains("NULL")) {
        let inner = value.trim_matches(['{', '}']);
        let elements =
            inner.split(',').map(|one| if one == "NULL" { one.to_owned() } else { quote::literal(one.trim_matches('"')) });
        let element = match element {
            "integer" => "pg_catalog.int4".to_owned(),
            "bigint" => "pg_catalog.int8".to_owned(),
            other if other.contains('.') => other.to_owned(),
            other => format!("pg_catalog.{other}"),
        };
        return format!("ARRAY[{}]::{element}[]", elements.collect::<Vec<_>>().join(", "));
    }
    if value.is_ascii() {
        return quote::literal(value);
    }
    let escaped = value.replace('\\', "\\\\").replace('\'', "''");
    let escaped: String =
        escaped.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect();
    format!("E'{escaped}'")
}

/// The values of a new row: keys point at rows that are there.
pub fn row(random: &mut Random, moments: &Moments, schema: &Schema, table: &Table, number: usize) -> Vec<Option<String>> {
    let columns = table.columns.iter().map(|column| {
        if column.name == "id" {
            return Some(key(column.r#type, number));
        }
        // Nobody's two keys have one number.
        if column.name == AUTH_ID {
            return Some(key(column.r#type, [2, 3, 1, 5][number - 1]));
        }
        if let (Some(target), false) = (column.elements, random.below(5) == 0) {
            let of = schema.table(target).columns[0].r#type;
            let some = (0..random.below(3)).map(|_| match random.below(6) {
                0 => "NULL".to_owned(),
                _ => key(of, 1 + random.below(3)),
            });
            return Some(format!("{{{}}}", some.collect::<Vec<_>>().join(",")));
        }
        if let Some(value) = super::tuples::value(random, &column.name, column.r#type) {
            return value;
        }
        match column.references {
            // Some roots, some circles.
            Some(_) if random.below(if column.name == "parent_id" { 2 } else { 5 }) == 0 => None,
            Some(BY_AUTH_ID) => Some(key(column.r#type, 1 + random.below(3))),
            Some(target) => Some(key(schema.table(target).columns[0].r#type, 1 + random.below(3))),
            None => match column.name.as_str() {
                "kind" => Some(["clerk", "boss", "guest"][random.below(3)].to_owned()),
                "role" => Some(["viewer", "editor", "admin"][random.below(3)].to_owned()),
                "state" => Some(["a", "A", "b", "aB", "ab"][random.below(5)].to_owned()),
                "rank" | "level" => Some(random.below(4).to_string()),
                "permissions" => Some(["[\"edit\"]", "[]", "[\"see\", \"edit\"]"][random.below(3)].to_owned()),
                _ => value(random, moments, column.r#type),
            },
        }
    });
    columns.collect()
}
