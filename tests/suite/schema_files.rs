//! What a schema file may say and what it is told: types that nobody knows, columns that the database numbers, the record of changes.

use libtest_mimic::Trial;
use rowgate::diagnostic::{Code, Diagnostic};

use crate::{random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("schema_files::a_type_that_nobody_knows_is_an_error", types),
        trial("schema_files::the_help_for_the_record_of_changes_can_be_pasted", record_of_changes),
        trial("schema_files::a_default_that_no_server_would_take_is_an_error", defaults),
        trial("schema_files::numbered_columns_have_no_constant_default", numbered),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed }
";

const POLICY: &str = "table items { rule \"own\" for Authenticated { where User equals Logged in User allow read } }";

const SCHEMA: &str = "version: 1
enums: { status: [draft, open], app.kind: [a, b] }
tables:
  users: { columns: { id: integer } }
  items: { columns: { id: integer, user_id: { type: integer, references: users }, one: @ } }
";

fn compile(config: &str, schema: &str, policy: &str) -> Vec<Diagnostic> {
    random::compile(config, schema, &[("rules.policy".to_owned(), policy.to_owned())]).diagnostics
}

fn helps(diagnostic: &Diagnostic) -> Vec<&str> {
    diagnostic.helps.iter().map(|help| help.text.as_str()).collect()
}

fn types() -> Result<(), String> {
    for (written, help) in [
        ("status", None),
        ("'status[]'", None),
        ("Inet", None),
        ("time with time zone", None),
        ("citext", None),
        ("public.ltree", None),
        ("app.whatever", None),
        ("statsu", Some("did you mean `status`?")),
        ("'statsu[]'", Some("did you mean `status`?")),
        ("kind", Some("did you mean `app.kind`?")),
        ("integr", Some("did you mean `integer`?")),
        ("geometry", Some("write it with the schema that the extension is in, such as `public.geometry`")),
        ("sku", Some("list its values under `enums:` if it is an enum")),
    ] {
        let found = compile(CONFIG, &SCHEMA.replace('@', written), POLICY);
        let told = found.iter().find(|one| one.code == Code::UnknownType);
        let is_right = match (told, help) {
            (None, None) => found.is_empty(),
            (Some(told), Some(help)) => helps(told).iter().any(|text| text.starts_with(help)),
            _ => false,
        };
        if !is_right {
            return Err(format!("{written}: {found:?}"));
        }
    }
    Ok(())
}

/// What the column is, its default, and the beginning of the help; nothing where a server may take it.
fn defaults() -> Result<(), String> {
    for (r#type, default, help) in [
        ("text", "\"\"", Some("a text stands in single quotes")),
        ("text", "draft", Some("a text stands in single quotes")),
        ("text", "5x", Some("a text stands in single quotes")),
        ("text", "\"'5x'\"", None),
        ("text", "5", None),
        ("text", "\"'a' || 'b'\"", None),
        ("integer", "1e5", None),
        ("integer", "\"'1e5'\"", Some("write a value of the type `integer`")),
        ("integer", "1_000", None),
        ("integer", "'-5'", None),
        ("integer", "\"'5'\"", None),
        ("integer", "\"'five'\"", Some("write a value of the type `integer`")),
        ("integer", "true", Some("write a value of the type `integer`")),
        ("integer", "length('five')", None),
        ("numeric", "\"'NaN'\"", None),
        ("numeric", "1.5", None),
        ("numeric", "\"'much'\"", Some("write a value of the type `numeric`")),
        ("boolean", "false", None),
        ("boolean", "\"'off'\"", None),
        ("boolean", "0", Some("write `true` or `false`")),
        ("boolean", "\"'maybe'\"", Some("write `true` or `false`")),
        ("boolean", "\"'o'\"", Some("write `true` or `false`")),
        ("uuid", "gen_random_uuid()", None),
        ("uuid", "\"'A0EEBC999C0B4EF8BB6D6BB9BD380A11'\"", None),
        ("uuid", "\"''\"", Some("write a value of the type `uuid`")),
        ("uuid", "0", Some("write a value of the type `uuid`")),
        ("date", "\"'tomorrow'\"", None),
        ("date", "\"'2028-02-29'\"", None),
        ("date", "\"'2026-02-29'\"", Some("write a value of the type `date`")),
        ("timestamptz", "\"'2026-13-01 00:00+00'\"", Some("write a value of the type `timestamp")),
        ("timestamptz", "\"'soon'\"", Some("write a value of the type `timestamp")),
        ("timestamptz", "0", Some("write a value of the type `timestamp")),
        ("jsonb", "\"'{}'\"", None),
        ("jsonb", "false", Some("write a value of the type `jsonb`")),
        ("'text[]'", "\"'{}'\"", None),
        ("'text[]'", "\"''\"", Some("elements stand in braces")),
        ("status", "\"'draft'\"", None),
        ("status", "\"'draft'::public.status\"", None),
        ("status", "null", None),
        ("status", "\"'drafft'\"", Some("did you mean `default: \"'draft'\"`?")),
        ("status", "\"'closed'::status\"", Some("it is one of draft, open, in single quotes: `default: \"'draft'\"`")),
        ("status", "1", Some("it is one of draft, open")),
    ] {
        let one = format!("{{ type: {type}, default: {default} }}");
        let found = compile(CONFIG, &SCHEMA.replace('@', &one), POLICY);
        let told = found.iter().find(|one| one.code == Code::DefaultExpression);
        let is_right = match (told, help) {
            (None, None) => found.is_empty(),
            (Some(told), Some(help)) => helps(told).iter().any(|text| text.starts_with(help)),
            _ => false,
        };
        if !is_right {
            return Err(format!("{one}: {found:?}"));
        }
    }
    Ok(())
}

fn record_of_changes() -> Result<(), String> {
    let config = format!("{CONFIG}audit: {{ table: log, of: [items] }}\n").replace("users: closed", "users: closed, log: closed");
    let schema = SCHEMA.replace('@', "text");
    let short = format!("{schema}  log: {{ columns: {{ id: uuid }} }}\n");
    let found = compile(&config, &short, POLICY);
    let help = found.iter().find(|one| one.code == Code::Audit).map(helps).ok_or(format!("{found:?}"))?;
    let (_, yaml) = help.first().and_then(|text| text.split_once('\n')).ok_or(format!("{help:?}"))?;
    let found = compile(&config, &format!("{schema}{yaml}\n"), POLICY);
    if found.is_empty() { Ok(()) } else { Err(format!("{yaml}\n{found:?}")) }
}

/// Of a number that the database gives, nothing tells whether somebody supplied it.
fn numbered() -> Result<(), String> {
    let policy =
        "table items { rule \"own\" for Authenticated { where User equals Logged in User allow read, create when One is 1
        allow create (id, user_id) } }";
    let told = |one: &Diagnostic| {
        let helps = one.helps.iter().any(|help| help.text.contains("`create except (one)`"));
        one.title.starts_with("`one` could be written") && helps
    };
    for (column, expected) in [("integer", None), ("{ type: integer, identity: true }", Some(Code::WriteFieldsNotExact))] {
        let found = compile(CONFIG, &SCHEMA.replace('@', column), policy);
        if found.iter().map(|one| one.code).collect::<Vec<_>>() != expected.into_iter().collect::<Vec<_>>() {
            return Err(format!("{column}: {found:?}"));
        }
        if !found.iter().all(told) {
            return Err(format!("the column and the way out are not named: {found:?}"));
        }
    }
    Ok(())
}
