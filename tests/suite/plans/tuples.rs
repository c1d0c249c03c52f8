//! References of several columns: the indexes that rowgate names find the rows, of a list as well as of single keys, and none of another key with the same
//! last column.

use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, random};

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: tuple_plans_user }
lookup: { role: tuple_plans_lookup }
closed_tables: { users: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users:
    columns: { id: integer, home_workspace: integer, home_page: integer }
    foreign_keys: { home: { columns: [home_workspace, home_page], references: pages } }
  pages:
    primary_key: [workspace_id, id]
    columns: { workspace_id: integer, id: integer, owner_id: { type: integer, references: users } }
  blocks:
    columns: { id: integer, workspace_id: integer, page_id: integer, author_id: { type: integer, references: users } }
    foreign_keys: { page: { columns: [workspace_id, page_id], references: pages } }
  notes:
    columns: { id: integer, workspace_id: integer, page_id: integer }
    foreign_keys: { page: { columns: [workspace_id, page_id], references: pages } }
  pins:
    columns: { id: integer, workspace_id: integer, page_id: integer }
    foreign_keys: { page: { columns: [workspace_id, page_id], references: pages } }
";

const POLICY: &str = r#"
table pages { rule "Where one has written" for Authenticated { where any Blocks where (Author is Logged in User) allow read } }
table blocks { rule "Own pages" for Authenticated { where Page's Owner is Logged in User allow read } }
table notes { rule "Where one has written" for Authenticated { where can read Page allow read } }
table pins { rule "At home" for Authenticated { where Page is User's Home allow read } }
"#;

/// A hundred workspaces with a hundred pages each, and ten blocks on each page. The first page of every tenth workspace is the seventh user's.
const ROWS: &str = "
INSERT INTO users (id, home_workspace, home_page) SELECT n, n % 100 + 1, n % 100 + 1 FROM generate_series(1, 1000) n;
INSERT INTO pages (workspace_id, id, owner_id)
  SELECT w, p, CASE WHEN p = 1 AND w % 10 = 0 THEN 7 ELSE 100 + (w * 100 + p) % 900 END FROM generate_series(1, 100) w, generate_series(1, 100) p;
INSERT INTO blocks (id, workspace_id, page_id, author_id)
  SELECT (w * 100 + p) * 10 + n, w, p, CASE WHEN p = w AND n = 1 AND w <= 20 THEN 7 ELSE 8 END
  FROM generate_series(1, 100) w, generate_series(1, 100) p, generate_series(0, 9) n;
INSERT INTO notes (id, workspace_id, page_id) SELECT id, workspace_id, page_id FROM blocks;
INSERT INTO pins (id, workspace_id, page_id) SELECT id, workspace_id, page_id FROM blocks;
INSERT INTO pins (id, workspace_id) VALUES (1, 8); INSERT INTO notes (id, page_id) VALUES (1, 8);
";

pub(super) fn tuples() -> Result<(), String> {
    let compiled = random::compile(CONFIG, SCHEMA, &[("main.policy".to_owned(), POLICY.to_owned())]);
    let (model, state) = (crate::project::model(&compiled)?, compiled.state().ok_or("no state")?);
    let database = Database::create("plans_tuples")?;
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let text = |error| rowgate::db::describe_error(&error);
    let mut admin = database.connect("postgres")?;
    // Users and pages point at each other.
    admin.batch_execute(&format!("SET session_replication_role = replica; {ROWS}")).map_err(text)?;
    let wanted = compiled.wanted_indexes();
    for index in &wanted {
        admin.batch_execute(&index.create(false)).map_err(text)?;
    }
    admin.batch_execute("ANALYZE").map_err(text)?;
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET ROLE tuple_plans_user; SET app.user_id = '7'").map_err(text)?;
    let mut problems = Vec::new();
    for table in ["blocks", "notes", "pins"] {
        if !wanted.iter().any(|index| index.table.ends_with(table) && index.column == "workspace_id, page_id") {
            problems.push(format!("{table}: no index of both columns is asked for"));
        }
    }
    for (table, count, rest) in [
        ("blocks", 100, ""),
        ("pages", 20, ""),
        ("notes", 200, ""),
        ("pins", 10, ""),
        ("notes", 10, " WHERE workspace_id = 3 AND page_id = 3"),
    ] {
        let query = format!("SELECT * FROM {table}{rest}");
        let rows = client.query(&format!("EXPLAIN ANALYZE {query}"), &[]).map_err(text)?;
        let plan = rows.iter().map(|row| row.get(0)).collect::<Vec<String>>().join("\n");
        let found = client.query(&query, &[]).map_err(text)?.len();
        if std::env::var("ROWGATE_SHOW_PLANS").is_ok() {
            println!("{plan}\n");
        }
        if found != count || plan.contains(&format!("Seq Scan on {table}")) {
            problems.push(format!("{table}: {found} rows by\n{plan}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}
