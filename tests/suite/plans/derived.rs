//! Indexes on derived columns: those that rowgate names are made by the server, and the policies' plans use them; what is badly formed stops neither.

use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::pages::temporary;
use crate::{ddl, project};

const FILES: [(&str, &str); 3] = [
    (
        "rowgate.yaml",
        "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: derived_plans_user }
lookup: { role: derived_plans_lookup }
session: { Tenant: { setting: app.tenant, references: tenants }, Tenants: { setting: app.tenants, list: true, references: tenants } }
closed_tables: { users: closed, tenants: closed, documents: closed }
",
    ),
    (
        "schema.yaml",
        "version: 1
tables:
  users: { columns: { id: uuid } }
  tenants: { columns: { id: integer } }
  documents: { columns: { id: uuid, owner_id: { type: uuid, references: users } } }
  uploads: { columns: { id: integer, name: text }, derived: { owner: { type: uuid, sql: \"split_part(name, '/', 1)\", references: users } } }
  objects: { columns: { id: integer, name: text }, derived: { document: { type: uuid, sql: \"(string_to_array(name, '/'))[1]\", references: documents } } }
  rows_of_tenants: { columns: { id: integer, metadata: jsonb }, derived: { tenant: { type: integer, sql: \"metadata #>> '{owner,tenant}'\", references: tenants } } }
",
    ),
    (
        "main.policy",
        "table uploads { rule \"Own\" for Authenticated { where Owner is Logged in User allow all } }
table objects { rule \"Own\" for Authenticated { where Document's Owner is Logged in User allow all } }
table rows_of_tenants { rule \"The tenant's\" for Anyone { where Tenant is Session's Tenant or Tenant is one of Session's Tenants allow all } }
",
    ),
];

/// Many rows of others, and some in which nothing is well formed.
const ROWS: &str = "
INSERT INTO users SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(1, 1000) n;
INSERT INTO tenants SELECT n FROM generate_series(1, 1000) n;
INSERT INTO documents (id, owner_id) SELECT ('00000000-0000-0000-0001-' || right(id::text, 12))::uuid, id FROM users;
INSERT INTO uploads (id, name) SELECT n, '00000000-0000-0000-0000-' || lpad((n % 1000 + 1)::text, 12, '0') || '/x' FROM generate_series(1, 30000) n;
INSERT INTO objects (id, name) SELECT n, '00000000-0000-0000-0001-' || lpad((n % 1000 + 1)::text, 12, '0') || '/x' FROM generate_series(1, 30000) n;
INSERT INTO rows_of_tenants (id, metadata)
  SELECT n, jsonb_build_object('owner', jsonb_build_object('tenant', n % 1000 + 1)) FROM generate_series(1, 30000) n;
INSERT INTO uploads (id, name) VALUES (40001, 'public/logo.png'), (40002, NULL);
INSERT INTO objects (id, name) VALUES (40001, '/'), (40002, repeat('x', 300)), (40003, '');
INSERT INTO rows_of_tenants (id, metadata) VALUES (40001, '[1]'), (40002, '{\"owner\": {\"tenant\": \"99999999999999\"}}'), (40003, 'null');
CREATE INDEX ON documents (owner_id);
";

pub(super) fn derived() -> Result<(), String> {
    let folder = temporary("plans_derived")?;
    for (name, content) in FILES {
        std::fs::write(folder.join(name), content).map_err(|error| error.to_string())?;
    }
    let compiled = project::compile(&folder)?;
    let (model, state) = (project::model(&compiled)?, compiled.state().ok_or("no state")?);
    let database = Database::create("plans_derived")?;
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
    let session = "SET ROLE derived_plans_user; SET app.user_id = '00000000-0000-0000-0000-000000000007'; SET app.tenant = '7'; SET app.tenants = '8,9'";
    client.batch_execute(session).map_err(text)?;
    let mut problems = Vec::new();
    for (table, count) in [("uploads", 30), ("objects", 30), ("rows_of_tenants", 90)] {
        let query = format!("SELECT * FROM {table}");
        let rows = client.query(&format!("EXPLAIN {query}"), &[]).map_err(text)?;
        let plan = rows.iter().map(|row| row.get(0)).collect::<Vec<String>>().join("\n");
        let found = client.query(&query, &[]).map_err(text)?.len();
        if found != count || plan.contains(&format!("Seq Scan on {table}")) {
            problems.push(format!("{table}: {found} rows by\n{plan}"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n")) }
}
