//! Lists that are looked up: those of rows whose own rows are looked up are found by indexes, too, and an array of whole numbers by one on its elements.

use rowgate::db::Client;
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, random};

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: list_plans_user }
lookup: { role: list_plans_lookup }
memberships: { Team: { table: members, user: user_id, within: team_id } }
closed_tables: { users: closed, teams: closed, members: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: integer } }
  teams: { columns: { id: integer } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams } } }
  projects: { columns: { id: integer, team_id: { type: integer, references: teams } } }
  folders: { columns: { id: integer, project_id: { type: integer, references: projects } } }
  documents: { columns: { id: integer, folder_id: { type: integer, references: folders } } }
  reports: { columns: { id: integer, reader_ids: { type: \"integer[]\", references: users } } }
  letters: { columns: { id: integer, folder_id: { type: integer, references: folders } } }
";

const POLICY: &str = r#"
table projects { rule "Members" for Authenticated { where Team is one of User's Team allow read } }
table folders { rule "Of the project" for Authenticated { where can read Project allow read } }
table documents { rule "Of the folder" for Authenticated { where can read Folder allow read } }
table letters { rule "Of none that one reads" for Authenticated { where not can read Folder allow read } }
table reports { rule "Readers" for Authenticated { where Readers contains Logged in User allow read } }
"#;

/// A thousand teams of twenty projects each, with two folders of a document each. The seventh user is in three teams.
const ROWS: &str = "
INSERT INTO users (id) SELECT generate_series(1, 1000);
INSERT INTO teams (id) SELECT generate_series(1, 1000);
INSERT INTO members (id, user_id, team_id) SELECT n, n % 1000 + 1, (n * 7 + n / 1000) % 1000 + 1 FROM generate_series(1, 3000) n;
INSERT INTO projects (id, team_id) SELECT n, n % 1000 + 1 FROM generate_series(1, 20000) n;
INSERT INTO folders (id, project_id) SELECT n, n % 20000 + 1 FROM generate_series(1, 40000) n;
INSERT INTO documents (id, folder_id) SELECT id, id FROM folders;
INSERT INTO letters (id, folder_id) SELECT id, id FROM folders;
INSERT INTO reports (id, reader_ids) SELECT n, ARRAY[n % 1000 + 1, n * 3 % 1000 + 1] FROM generate_series(1, 30000) n;
CREATE INDEX ON reports USING gin (reader_ids);
";

pub(super) fn lists() -> Result<(), String> {
    let compiled = random::compile(CONFIG, SCHEMA, &[("main.policy".to_owned(), POLICY.to_owned())]);
    let (model, state) = (crate::project::model(&compiled)?, compiled.state().ok_or("no state")?);
    let database = Database::create("plans_lists")?;
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let text = |error| rowgate::db::describe_error(&error);
    let mut admin = database.connect("postgres")?;
    admin.batch_execute(ROWS).map_err(text)?;
    for index in compiled.wanted_indexes() {
        admin.batch_execute(&index.create(false)).map_err(text)?;
    }
    admin.batch_execute("ANALYZE").map_err(text)?;
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET ROLE list_plans_user; SET app.user_id = '7'").map_err(text)?;
    let mut problems = Vec::new();
    for (query, read, count) in [
        ("SELECT * FROM documents", "folders", 120),
        ("SELECT * FROM letters WHERE id = 1", "folders", 1),
        ("SELECT * FROM reports", "reports", 60),
    ] {
        let (found, scans) = scans(&mut client, query, read)?;
        if (found, scans) != (count, 0) {
            problems.push(format!("{query}: {found} rows, {scans} times all {read} were read"));
        }
    }
    // No number that the session could say ends the statement, and one beyond the array's is in none.
    client.batch_execute("SET app.user_id = '3000000000'").map_err(text)?;
    if scans(&mut client, "SELECT * FROM reports", "reports")?.0 != 0 {
        problems.push("a number beyond an array's type is found in it".to_owned());
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}

/// How many rows a query finds, and how often a table was read as a whole for it, within look-ups, too.
fn scans(client: &mut Client, query: &str, table: &str) -> Result<(usize, i64), String> {
    let text = |error| rowgate::db::describe_error(&error);
    let mut transaction = client.transaction().map_err(text)?;
    let found = transaction.query(query, &[]).map_err(text)?.len();
    let read = "SELECT seq_scan FROM pg_stat_xact_all_tables WHERE relid = $1::text::regclass";
    let scans = transaction.query_one(read, &[&table]).map_err(text)?.get(0);
    Ok((found, scans))
}
