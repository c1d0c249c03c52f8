//! Names of any letters that PostgreSQL takes: from the database into the schema file, the rules, the SQL, and to whoever acts.

use rowgate::db;
use rowgate::objects::quote::{identifier, literal};

use crate::cluster::{DEPLOYER, Database, host, lock_roles};
use crate::commands::{expect, rowgate};
use crate::pages::temporary;

/// Names of columns; a few are those of tables, too.
const NAMES: [&str; 62] = [
    "*",
    "a\"b",
    "back\\slash",
    "new\nline",
    "tab\tbed",
    "$$",
    "$rowgate$",
    "quo'te",
    "select",
    "user",
    "# hash",
    "- dash",
    "{brace",
    "[b]",
    "&anchor",
    "null",
    "true",
    "~",
    "1",
    "2.5",
    " lead",
    "trail ",
    "%s",
    "{0}",
    "\u{410}\u{411}",
    "\u{202e}rtl",
    "a.b",
    "a,b",
    "(a)",
    ";--",
    "/*",
    "colon: x",
    "\u{1f600}",
    "ID",
    "Id",
    "`tick`",
    "\"",
    "\"\"",
    "\\",
    "\\n",
    "\u{1}ctl",
    "a b",
    "A_B",
    "@",
    "!tag",
    "|",
    ">",
    "?",
    "0x1F",
    "1e3",
    "yes",
    "2001-01-01",
    "=",
    "\u{fb01}eld",
    "\u{e9}",
    "e\u{301}",
    "\u{200b}zero",
    "\u{feff}bom",
    "\u{2028}ls",
    "\u{85}nel",
    "\u{7f}del",
    "cr\rlf",
];

/// Names of tables with rules of one kind; what no policy file can write is closed.
const TABLES: [&str; 10] = ["\"", "a b", "new\nline", "$$", "sel'ect", "table", "-", "#t", "a*b", "a?b"];

/// Labels of an enum.
const LABELS: [&str; 14] =
    ["it's", "back\\", "new\nline", "$$", "", "*", "a\"b", "# x", "null", "- y", ": z", " lead", "trail ", "\u{1}"];

/// The role of sessions.
const ROLE: &str = "we\"b's \\ $$ *";

const RULES: &str = r##"
table `s*.x`.`*` {
  rule "Own" for Authenticated {
    where Owner is Logged in User
    allow read, create, update (`*`, `a"b`, `$$`, `quo'te`, `\n`), delete
    allow update (Kind) when Kind is "$$" then Kind is "it's"
  }
  rule "Star" for Anyone {
    allow read when (`*` is "$$ ' \\ *" and `select` is "x") or Kind is "back\\" or Kind is "" or `quo'te` contains "%_"
  }
}
"##;

fn failed(error: &db::DatabaseError) -> String {
    db::describe_error(error)
}

fn database() -> Result<Database, String> {
    let database = Database::create("pull_hostile")?;
    let long = "x".repeat(63);
    let columns = |r#type: &str| {
        let names = NAMES.iter().copied().chain([long.as_str()]);
        names.map(|name| format!("{} {type}", identifier(name))).collect::<Vec<_>>().join(", ")
    };
    let labels: Vec<String> = LABELS.iter().map(|label| literal(label)).collect();
    let mut script = format!(
        r#"CREATE SCHEMA "s*.x"; CREATE TYPE "s*.x"."k'ind *" AS ENUM ({}); CREATE TABLE users (id integer PRIMARY KEY);
        CREATE TABLE "s*.x"."*" (id integer PRIMARY KEY, owner_id integer NOT NULL REFERENCES users, kind "s*.x"."k'ind *" NOT NULL DEFAULT '$$', {});
        CREATE TABLE odd ({}, PRIMARY KEY ("*", "a""b"), UNIQUE ({new_line}), UNIQUE ("a,b", "(a)")); CREATE INDEX ON odd ("$$", "a.b");
        CREATE TABLE ref (id integer PRIMARY KEY, "*" integer, x integer, y integer REFERENCES odd ({new_line}), FOREIGN KEY ("*", x) REFERENCES odd ("*", "a""b"));"#,
        labels.join(", "),
        columns("text"),
        columns("integer"),
        new_line = identifier("new\nline")
    );
    for name in TABLES.iter().copied().chain([long.as_str()]) {
        script
            .push_str(&format!("CREATE TABLE {} (id integer PRIMARY KEY, owner_id integer REFERENCES users);", identifier(name)));
    }
    script.push_str(
        r#"INSERT INTO users VALUES (1), (2); INSERT INTO "s*.x"."*" (id, owner_id, kind, "*", "select") VALUES
        (1, 1, '$$', '', ''), (2, 2, 'it''s', '$$ '' \ *', 'x'), (3, 2, '', '', ''), (4, 2, 'back\', '', ''), (5, 2, '*', '', '');"#,
    );
    database.apply(DEPLOYER, &script)?;
    Ok(database)
}

/// From a database to rules in force.
pub fn all_the_way() -> Result<(), String> {
    let (database, folder) = (database()?, temporary("pull_hostile")?);
    let url = format!("host={} user={DEPLOYER} dbname={}", host()?, database.name);
    let run = |code: i32, arguments: &[&str]| -> Result<String, String> {
        let _roles = lock_roles();
        let (found, out, err) = rowgate(&folder, &[arguments, &["--database-url", &url]].concat())?;
        expect(found == code, &format!("{arguments:?} ends with {found}:\n{out}\n{err}"))?;
        Ok(format!("{out}{err}"))
    };
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(|error| error.to_string());
    let identity = format!(
        "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: '{}' }}\nlookup: {{ role: hostile_names_lookup }}\n",
        ROLE.replace('\'', "''")
    );
    write("rowgate.yaml", &identity)?;
    write("a.policy", RULES)?;
    run(0, &["pull"])?;
    // What it has written it reads as the same.
    run(0, &["pull", "--check"])?;
    // What is to be closed is told as rowgate.yaml reads it.
    let (_, out, err) = rowgate(&folder, &["check", "--format", "json"])?;
    let mut closed = format!("{identity}closed_tables:\n");
    let told: serde_json::Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
    let text = told.to_string();
    expect(text.contains("RG1110"), &text)?;
    let mut helps = Vec::new();
    collect(&told, &mut helps);
    for help in helps {
        let Some((_, entry)) = help.split_once("with the reason: `") else { continue };
        closed.push_str(&format!("  {}\n", entry.trim_end_matches('`').replace('…', "closed here")));
    }
    write("rowgate.yaml", &closed)?;
    let (code, out, err) = rowgate(&folder, &["check"])?;
    expect(code == 0, &format!("{closed}\n{out}{err}"))?;
    let plan = run(0, &["plan"])?;
    expect(plan.contains(r#"public."new\nline""#), &format!("a name takes two lines:\n{plan}"))?;
    run(0, &["apply", "--yes"])?;
    run(0, &["verify"])?;
    acts(&database)?;
    imported(&database, &run, &folder)
}

/// All texts of `help` in a document.
fn collect(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| collect(one, found)),
        serde_json::Value::Object(all) => all.values().for_each(|one| collect(one, found)),
        _ => {}
    }
}

/// The application's role reads and writes what the rules say.
fn acts(database: &Database) -> Result<(), String> {
    let mut client = database.connect("postgres")?;
    client.batch_execute(&format!("SET app.user_id = '1'; SET ROLE {}", identifier(ROLE))).map_err(|error| failed(&error))?;
    let mut ids = |statement: &str| -> Result<Vec<i32>, String> {
        let rows =
            client.query(statement, &[]).map_err(|error| error.code().map_or_else(String::new, |code| code.code().to_owned()))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    };
    expect(ids(r#"SELECT id FROM "s*.x"."*" ORDER BY id"#)? == [1, 2, 3, 4], "what is seen")?;
    expect(ids(r#"UPDATE "s*.x"."*" SET "*" = 'new', "a""b" = 'x', "\n" = 'y' RETURNING id"#)? == [1], "what is written")?;
    expect(ids(r#"UPDATE "s*.x"."*" SET "select" = 'new' RETURNING id"#).is_err_and(|code| code == "42501"), "another column")?;
    expect(ids(r#"UPDATE "s*.x"."*" SET kind = 'it''s' WHERE id = 1 RETURNING id"#)? == [1], "the step")?;
    expect(ids(r#"UPDATE "s*.x"."*" SET kind = '$$' WHERE id = 1 RETURNING id"#).is_err_and(|code| code == "42501"), "and back")?;
    expect(ids("SELECT id FROM \"new\nline\"").is_err_and(|code| code == "42501"), "a closed table")
}

/// A command that has to end with a code: what it says.
type Run<'a> = dyn Fn(i32, &[&str]) -> Result<String, String> + 'a;

/// Policies by hand on tables of such names become rules, each in a file of its own, or are left out by name.
fn imported(database: &Database, run: &Run<'_>, folder: &std::path::Path) -> Result<(), String> {
    let own = "USING (owner_id = nullif(current_setting('app.user_id', true), '')::integer)";
    for name in TABLES {
        let (table, role) = (identifier(name).into_owned(), identifier(ROLE).into_owned());
        database.apply(
            DEPLOYER,
            &format!("CREATE POLICY \"own \"\"*\"\" $$ \\ ' \" ON {table} {own}; GRANT SELECT, UPDATE ON {table} TO {role}"),
        )?;
    }
    let said = run(1, &["import", "--schema", "public", "--output", "rules"])?;
    expect(said.contains("10 policies: 9 said in the language, 1 left out"), &said)?;
    let files = std::fs::read_dir(folder.join("rules")).map_err(|error| error.to_string())?.count();
    expect(files == TABLES.len() - 1 + 2, &format!("{files} files"))?;
    let (code, out, err) = rowgate(&folder.join("rules"), &["check"])?;
    expect(code == 0, &format!("{out}{err}"))?;
    // A label names what backticks cannot hold.
    let rules = folder.join("rules");
    let (schema, config) = (rules.join("schema.yaml"), rules.join("rowgate.yaml"));
    let read = |file: &std::path::Path| std::fs::read_to_string(file).map_err(|error| error.to_string());
    let key = "  \"\\\"new\\nline\\\"\":\n";
    let labelled = read(&schema)?.replace(key, &format!("{key}    label: Odd Lines\n"));
    let without = read(&config)?.lines().filter(|line| !line.contains("new\\nline")).collect::<Vec<_>>().join("\n");
    std::fs::write(&schema, labelled).and_then(|()| std::fs::write(&config, without)).map_err(|error| error.to_string())?;
    let said = run(0, &["import", "--schema", "public", "--output", "rules", "--force"])?;
    expect(said.contains("10 policies: 10 said in the language"), &said)
}
