//! People are taken out of the record however their keys are written there, and nobody else is: numbers with zeros behind the point, arrays of any bounds, keys that
//! guards were asked about, scopes of another kind.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("upkeep::numbers_are_whoever_they_are_equal_to", numbers),
        trial("upkeep::arrays_are_searched_as_they_are_stored", arrays),
        trial("upkeep::a_scope_of_another_kind_stays", scopes),
        trial("upkeep::what_is_of_somebody_else_stays", others),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, user_key: number, signed_in_role: \"@_user\" }
memberships:
  Deputy: { table: deputies, user: deputy, within: of_user, role: role }
  Team: { table: members, user: user_number, within: team_id, role: role }
roles: { Crew: { membership: Team, equals: member }, Helper: { membership: Deputy, equals: helper } }
lookup: { role: \"@_lookup\" }
guards: { schema: guard }
closed_tables: { teams: closed, deputies: closed, members: closed, users: closed, log: closed }
audit:
  table: log
  of: { docs: [owner_id, reader_numbers, title], notes: [owner_id] }
  refusals: true
  erase: [personal]
  upkeep: { schema: upkeep, role: \"@_keeper\" }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { unique: [number], columns: { id: integer, number: TYPE not null } }
  teams: { columns: { id: integer } }
  deputies: { columns: { id: integer, deputy: { type: TYPE, references: users.number }, of_user: { type: TYPE, references: users.number }, role: text } }
  members: { columns: { id: integer, user_number: { type: TYPE, references: users.number }, team_id: { type: integer, references: teams }, role: text } }
  docs:
    columns:
      id: integer
      owner_id: { type: TYPE, references: users.number }
      team_id: { type: integer, references: teams }
      reader_numbers: { type: \"TYPE[]\", references: users.number }
      title: { type: text, class: personal }
  notes: { columns: { id: integer, owner_id: { type: TYPE, references: users.number } } }
  log:
    columns:
      { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb,
        changed: 'text[]', address: text }
";

const RULES: &str = "
table docs {
  rule \"team\" for Crew of Team { allow read }
  rule \"own\" for Authenticated { where Owner is Logged in User allow all }
  rule \"of others\" for Helper of Owner { allow read }
}
table notes {
  rule \"own\" for Authenticated { where Owner is Logged in User allow all }
  rule \"of others\" for Helper of Owner { allow read }
}
";

const ROWS: &str = "
INSERT INTO users (id, number) SELECT n, n FROM generate_series(1, 50) AS n;
INSERT INTO teams (id) VALUES (4);
INSERT INTO members (id, user_number, team_id, role) VALUES (1, 40, 4, 'member');
";

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// Somebody past all policies, and a session of the application.
fn deployed(test: &str, r#type: &str) -> Result<(Database, Client, Client), String> {
    let (database, mut admin, client) = deployed_as(test, CONFIG, &SCHEMA.replace("TYPE", r#type), RULES)?;
    admin.batch_execute(ROWS).map_err(text)?;
    Ok((database, admin, client))
}

fn deployed_as(test: &str, config: &str, schema: &str, rules: &str) -> Result<(Database, Client, Client), String> {
    let config = config.replace('@', test);
    let compiled = random::compile(&config, schema, &[("main.policy".to_owned(), rules.to_owned())]);
    let state = compiled.state().ok_or_else(|| crate::project::messages(&compiled))?;
    let database = Database::create(test)?;
    database.apply(DEPLOYER, &ddl::create(&compiled.meaning.as_ref().ok_or("errors")?.model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let (admin, mut client) = (database.connect("postgres")?, database.connect("postgres")?);
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {test}_user")).map_err(text)?;
    Ok((database, admin, client))
}

/// All entries, with what stands for somebody who was taken out as X.
fn erased(admin: &mut Client, keys: &str) -> Result<String, String> {
    admin.batch_execute(&format!("SELECT upkeep.erase_from_log({keys})")).map_err(text)?;
    let query = "SELECT regexp_replace(string_agg(concat_ws(' | ', actor, scope, operation, key, before, after), E'\\n' ORDER BY at), 'erased-[0-9a-f-]{36}', 'X', 'g')
        FROM log WHERE operation <> 'erase'";
    let row = admin.query_one(query, &[]).map_err(text)?;
    Ok(row.get::<_, Option<String>>(0).unwrap_or_default())
}

fn expect(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("found:\n{found}\ninstead of\n{expected}")) }
}

fn numbers() -> Result<(), String> {
    let (_database, mut admin, mut client) = deployed("out_numbers", "numeric")?;
    for statement in [
        "SET app.user_id = '4.00'; INSERT INTO notes (id, owner_id) VALUES (4, 4.0)",
        "SET app.user_id = '40'; INSERT INTO notes (id, owner_id) VALUES (5, 40)",
        "INSERT INTO docs (id, owner_id, reader_numbers) VALUES (4, 40, '{4.0,4.5,40}')",
        // By a key that is not the primary one.
        "SELECT guard.ask_for_deputy_role('Helper', 4.0)",
    ] {
        client.batch_execute(statement).map_err(text)?;
    }
    expect(
        &erased(&mut admin, "4, 4")?,
        "X | X | insert | {\"id\": 4} | {\"owner_id\": \"X\"}\n\
         40 | 40 | insert | {\"id\": 5} | {\"owner_id\": \"40\"}\n\
         40 | insert | {\"id\": 4} | {\"title\": null, \"owner_id\": \"40\", \"reader_numbers\": \"{X,4.5,40}\"}\n\
         40 | refused role | {\"number\": \"X\"} | {\"role\": \"Helper\"}",
    )
}

fn arrays() -> Result<(), String> {
    let (_database, mut admin, mut client) = deployed("out_arrays", "text")?;
    for statement in [
        "SET app.user_id = '40'; INSERT INTO docs (id, owner_id, reader_numbers, title) VALUES (1, '40', '[0:1]={4,\"a \\\\ \\\"} b\"}', 'about 4')",
        "UPDATE docs SET reader_numbers = '{}'",
        "UPDATE docs SET reader_numbers = '{{NULL,4},{40,\"4,\"}}'",
        "UPDATE docs SET reader_numbers = NULL, title = 'none'",
    ] {
        client.batch_execute(statement).map_err(text)?;
    }
    // Of a time when another column had the name.
    for value in ["{\"a\": 4}", "{4", "[4]", "{,4}", "{4}}"] {
        let entry = "INSERT INTO log (id, at, operation, table_name, before) VALUES (gen_random_uuid(), clock_timestamp(), 'old', 'docs', jsonb_build_object('reader_numbers', $1::text))";
        admin.execute(entry, &[&value]).map_err(text)?;
    }
    expect(
        &erased(&mut admin, "'4', 4")?,
        r#"40 | insert | {"id": 1} | {"title": "about 4", "owner_id": "40", "reader_numbers": "[0:1]={X,\"a \\\\ \\\"} b\"}"}
40 | update | {"id": 1} | {"title": "about 4", "owner_id": "40", "reader_numbers": "[0:1]={X,\"a \\\\ \\\"} b\"}"} | {"title": "about 4", "owner_id": "40", "reader_numbers": "{}"}
40 | update | {"id": 1} | {"title": "about 4", "owner_id": "40", "reader_numbers": "{}"} | {"title": "about 4", "owner_id": "40", "reader_numbers": "{{NULL,X},{40,\"4,\"}}"}
40 | update | {"id": 1} | {"title": "about 4", "owner_id": "40", "reader_numbers": "{{NULL,X},{40,\"4,\"}}"} | {"title": "none", "owner_id": "40", "reader_numbers": null}
old | {"reader_numbers": "{\"a\": 4}"}
old | {"reader_numbers": "{X"}
old | {"reader_numbers": "[4]"}
old | {"reader_numbers": "{,X}"}
old | {"reader_numbers": "{X}}"}"#,
    )
}

/// Of two kinds that roles of a table are held within, one is recorded.
fn scopes() -> Result<(), String> {
    let (_database, mut admin, mut client) = deployed("out_scopes", "integer")?;
    let statement = "SET app.user_id = '40'; INSERT INTO docs (id, owner_id, team_id, title) VALUES (1, 40, 4, 'x'); INSERT INTO notes (id, owner_id) VALUES (2, 40)";
    client.batch_execute(statement).map_err(text)?;
    expect(
        &erased(&mut admin, "4, 4")?,
        "40 | 4 | insert | {\"id\": 1} | {\"title\": \"x\", \"owner_id\": \"40\", \"reader_numbers\": null}\n\
         40 | 40 | insert | {\"id\": 2} | {\"owner_id\": \"40\"}",
    )?;
    expect(
        &erased(&mut admin, "40, 40")?,
        "X | 4 | insert | {\"id\": 1} | {\"owner_id\": \"X\", \"reader_numbers\": null}\n\
         X | X | insert | {\"id\": 2} | {\"owner_id\": \"X\"}",
    )
}

const STAFF: [&str; 3] = [
    "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: \"@_user\" }
lookup: { role: \"@_lookup\" }
closed_tables: { log: closed }
audit:
  table: log
  of: { users: [email, manager_id], profiles: [phone, made_by], docs: [title, owner_id, writer_id, reader_ids], lists: [title, reader_ids] }
  erase: [personal]
  upkeep: { schema: upkeep, role: \"@_keeper\" }
",
    "
version: 1
tables:
  users: { columns: { id: integer, email: { type: text, class: personal }, manager_id: { type: integer, references: users } } }
  profiles:
    primary_key: [user_id]
    columns: { user_id: { type: integer, references: users }, phone: { type: text, class: personal }, made_by: { type: integer, references: users } }
  docs:
    columns:
      id: integer
      title: { type: text, class: personal }
      owner_id: { type: integer, references: users }
      writer_id: { type: integer, references: users }
      reader_ids: { type: \"integer[]\", references: users }
  lists: { columns: { id: integer, title: { type: text, class: personal }, reader_ids: { type: \"integer[]\", references: users } } }
  log:
    columns:
      { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb,
        changed: 'text[]', address: text }
",
    "
table users { rule \"all\" for Authenticated { allow all } }
table profiles { rule \"all\" for Authenticated { allow all } }
table docs { rule \"all\" for Authenticated { allow all } }
table lists { rule \"all\" for Authenticated { allow all } }
",
];

/// Whoever is only named in a row of somebody else's takes nothing of it along; whose it is, its key says, or each reference alone, or else a list.
fn others() -> Result<(), String> {
    let (_database, mut admin, mut client) = deployed_as("out_others", STAFF[0], STAFF[1], STAFF[2])?;
    for statement in [
        "SET app.user_id = '9'; INSERT INTO users (id, email, manager_id) VALUES (7, 'b@x', NULL)",
        "INSERT INTO users (id, email, manager_id) VALUES (8, 'c@x', 7), (9, 'd@x', 8)",
        "INSERT INTO profiles (user_id, phone, made_by) VALUES (8, '88', 7)",
        "INSERT INTO docs (id, title, owner_id, writer_id, reader_ids) VALUES (1, 'read', 8, 9, '{7}')",
        "INSERT INTO docs (id, title, owner_id, writer_id, reader_ids) VALUES (2, 'written', 8, 7, '{9}')",
        "INSERT INTO lists (id, title, reader_ids) VALUES (1, 'list', '{7,8}')",
    ] {
        client.batch_execute(statement).map_err(text)?;
    }
    expect(
        &erased(&mut admin, "7")?,
        r#"9 | insert | {"id": "X"} | {"manager_id": null}
9 | insert | {"id": 8} | {"email": "c@x", "manager_id": "X"}
9 | insert | {"id": 9} | {"email": "d@x", "manager_id": "8"}
9 | insert | {"user_id": 8} | {"phone": "88", "made_by": "X"}
9 | insert | {"id": 1} | {"title": "read", "owner_id": "8", "writer_id": "9", "reader_ids": "{X}"}
9 | insert | {"id": 2} | {"owner_id": "8", "writer_id": "X", "reader_ids": "{9}"}
9 | insert | {"id": 1} | {"reader_ids": "{X,8}"}"#,
    )?;
    // Where nothing says whose it is, it is said before anything is made of it.
    let config =
        STAFF[0].replace("reader_ids], lists: [title, reader_ids]", "reader_ids], lists: [title]").replace('@', "out_nobody");
    let compiled = random::compile(&config, STAFF[1], &[("main.policy".to_owned(), STAFF[2].to_owned())]);
    let messages = crate::project::messages(&compiled);
    if messages.contains("nothing that is recorded of `lists` says whose `title` it is") { Ok(()) } else { Err(messages) }
}
