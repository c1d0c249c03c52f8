//! Each kind of user has a plan of their own, and a plan that was made for somebody else shows nobody anything else: prepared statements, functions of the application that keep their plans, masking views.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::plan;
use rowgate::project::Compiled;

use crate::cluster::{DEPLOYER, Database};
use crate::commands::expect;
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("hints::each_kind_of_user_has_a_plan_of_their_own", plans),
        trial("hints::a_plan_of_somebody_else_shows_nothing_else", cached),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: hint_user }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role } }
roles: { Admin: { column: kind, equals: admin }, Member: { membership: Team, equals: member } }
lookup: { role: hint_lookup }
masking: { schema: masked, role: hint_masking }
closed_tables: { users: closed, teams: closed, members: closed }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, kind: text } }
  teams: { columns: { id: integer } }
  members: { indexes: [user_id], columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text } }
  docs:
    indexes: [owner_id, team_id, made_at]
    columns:
      id: integer
      owner_id: { type: integer, references: users }
      team_id: { type: integer, references: teams }
      made_at: { type: timestamptz, nullable: false }
      amount: integer
";

const RULES: &str = "table docs {
  rule \"own\" for Authenticated { where Owner is Logged in User allow read, update (amount) }
  rule \"team\" for Member of Team { allow read except (amount) }
  rule \"all\" for Admin { allow read, update (amount) }
}";

/// An administrator, two members, somebody with documents of their own, somebody who sees nothing, and nobody.
const USERS: [&str; 6] = ["1", "2", "3", "4", "5", ""];

const ROWS: &str = "
INSERT INTO users (id, kind) SELECT n, CASE n WHEN 1 THEN 'admin' ELSE 'person' END FROM generate_series(1, 5) AS n;
INSERT INTO teams SELECT n FROM generate_series(1, 100) AS n;
INSERT INTO members (id, user_id, team_id, role) SELECT n, n + 1, n, 'member' FROM generate_series(1, 2) AS n;
INSERT INTO docs (id, owner_id, team_id, made_at, amount) SELECT n, CASE WHEN n % 500 = 0 THEN 4 ELSE 1 END, 1 + n % 100, timestamptz '2026-01-01 00:00Z' + n * interval '1 minute', n FROM generate_series(1, 40000) AS n;
ANALYZE;
";

const PAGE: &str = "SELECT id FROM docs ORDER BY made_at DESC LIMIT 20";

/// Rules without a role that sees all, and without a list of keys.
const OWN: &str = "table docs { rule \"own\" for Authenticated { where Owner is Logged in User allow read, update (amount) } }";

/// Who is signed in as a function of the project says: then hints run as the caller.
const FUNCTION: &str = "CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC;
CREATE FUNCTION app.user_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
  AS $$ SELECT nullif(current_setting('app.user_id', true), '')::integer $$";

fn compiled(config: &str, rules: &str) -> Compiled {
    random::compile(config, SCHEMA, &[("docs.policy".to_owned(), rules.to_owned())])
}

fn database(name: &str, config: &str) -> Result<Database, String> {
    let compiled = compiled(config, RULES);
    let meaning = compiled.meaning.as_ref().ok_or_else(|| format!("{:?}", compiled.diagnostics))?;
    let database = Database::create(name)?;
    database.apply(DEPLOYER, FUNCTION)?;
    database.apply(DEPLOYER, &ddl::create(&meaning.model.catalog))?;
    database
        .apply(DEPLOYER, "CREATE INDEX ON docs (owner_id); CREATE INDEX ON docs (team_id); CREATE INDEX ON docs (made_at)")?;
    database.apply(DEPLOYER, ROWS)?;
    database.apply(DEPLOYER, &plan::desired_state(&compiled.state().ok_or("no state")?))?;
    database.apply(
        DEPLOYER,
        "CREATE FUNCTION seen() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT coalesce(sum(id), 0) FROM docs); END $$;
         CREATE FUNCTION seen_amounts() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT coalesce(sum(amount), 0) FROM masked.docs); END $$",
    )?;
    Ok(database)
}

fn session(database: &Database) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET ROLE hint_user; SET plan_cache_mode = force_generic_plan; SET jit = off").map_err(failed)?;
    Ok(client)
}

fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn sign_in(client: &mut Client, user: &str) -> Result<(), String> {
    client.batch_execute(&format!("SET app.user_id = '{user}'")).map_err(failed)
}

fn lines(client: &mut Client, query: &str) -> Result<String, String> {
    let rows = client.simple_query(query).map_err(failed)?;
    let line = |message| match message {
        postgres::SimpleQueryMessage::Row(row) => row.get(0).map(|text: &str| format!("{text}\n")),
        _ => None,
    };
    Ok(rows.into_iter().filter_map(line).collect())
}

/// How the latest twenty are found, whatever says who is signed in.
fn plans() -> Result<(), String> {
    let database = database("hints", CONFIG)?;
    each_has_a_plan(&database)?;
    let by_function = CONFIG.replace("provider: setting, setting: app.user_id", "provider: function, function: app.user_id");
    let database = self::database("hints_by_function", &by_function)?;
    each_has_a_plan(&database)?;
    // Of these hints PostgreSQL knows which look-ups they call: they go before them, and come back behind them.
    let [Some(with), Some(without)] = [RULES, OWN].map(|rules| compiled(&by_function, rules).state()) else {
        return Err("no state".to_owned());
    };
    for (from, to) in [(&with, &without), (&without, &with)] {
        database.apply(DEPLOYER, &plan::migration("next", from, to).ok_or("nothing to do")?)?;
    }
    each_has_a_plan(&database)
}

fn each_has_a_plan(database: &Database) -> Result<(), String> {
    let mut client = session(database)?;
    let mut plan = |user: &str| {
        sign_in(&mut client, user)?;
        lines(&mut client, &format!("EXPLAIN {PAGE}"))
    };
    let is_in_order = |plan: &str| plan.contains("docs_made_at_idx") && !plan.contains("Sort");
    let of_admin = plan("1")?;
    expect(is_in_order(&of_admin) && !of_admin.contains("id >="), &format!("who sees all reads in order:\n{of_admin}"))?;
    for user in ["4", "5"] {
        let plan = plan(user)?;
        expect(
            plan.contains("Sort") && !is_in_order(&plan),
            &format!("who sees few of none of whom are in a team looks for them:\n{plan}"),
        )?;
    }
    Ok(())
}

/// Whoever the plan was made for, everybody sees what they see by a plan of their own.
fn cached() -> Result<(), String> {
    const ASKED: [&str; 5] = ["EXECUTE rows", "EXECUTE page", "EXECUTE amounts", "SELECT seen()", "SELECT seen_amounts()"];
    let database = database("cached", CONFIG)?;
    let prepared = || -> Result<Client, String> {
        let mut client = session(&database)?;
        client
            .batch_execute(&format!(
                "PREPARE rows AS SELECT concat(count(*), ' ', sum(id)) FROM docs; PREPARE page AS {PAGE}; PREPARE amounts AS SELECT concat(count(*), ' ', sum(amount)) FROM masked.docs"
            ))
            .map_err(failed)?;
        Ok(client)
    };
    let answers = |client: &mut Client, user: &str| -> Result<Vec<String>, String> {
        sign_in(client, user)?;
        ASKED.iter().map(|asked| lines(client, asked)).collect()
    };
    let own: Vec<Vec<String>> = USERS.iter().map(|user| answers(&mut prepared()?, user)).collect::<Result<_, String>>()?;
    let kinds: std::collections::BTreeSet<&Vec<String>> = own.iter().collect();
    // Who has nothing and nobody see alike.
    expect(kinds.len() == USERS.len() - 1, &format!("{own:?}"))?;
    for first in USERS {
        let mut client = prepared()?;
        answers(&mut client, first)?;
        for (user, own) in USERS.iter().zip(&own) {
            let found = answers(&mut client, user)?;
            expect(found == *own, &format!("user {user:?} by the plan of {first:?}: {found:?}, and by their own {own:?}"))?;
        }
    }
    Ok(())
}
