//! Ways around the policies that somebody might try, or open by accident. Each is closed, or the deployment fails and says so.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::quote;
use rowgate::plan;
use rowgate::project::Compiled;

use crate::cluster::{DEPLOYER, Database, lock_roles};
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("hostile::the_application_may_do_nothing_else_with_the_table", other_privileges),
        trial("hostile::lookup_functions_are_not_for_calling", direct_calls),
        trial("hostile::an_alias_or_temporary_table_captures_no_name", name_capture),
        trial("hostile::a_setting_that_is_reset_is_nobody", reset_setting),
        trial("hostile::the_owner_is_held_to_the_policies_too", owner),
        trial("hostile::the_deployer_keeps_no_way_into_the_lookup_role", deployer),
        trial("hostile::a_session_that_switched_to_the_deployer_may_deploy", switched),
        trial("hostile::a_privilege_by_another_role_fails_the_deployment", inherited_privilege),
        trial("hostile::a_column_privilege_of_public_fails_the_deployment", public_column),
        trial("hostile::a_role_that_bypasses_policies_fails_the_deployment", bypass),
        trial("hostile::an_application_that_owns_the_tables_fails_the_deployment", owning),
        trial("hostile::a_login_that_would_mix_two_roles_fails_the_deployment", heir),
        trial("hostile::a_way_around_the_policies_fails_the_deployment", ways_around),
        trial("hostile::names_are_quoted_as_the_server_quotes_them", quoting),
    ]
}

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, team_id: { type: integer, references: teams } } }
  teams: { columns: { id: integer } }
  notes: { columns: { id: integer, owner_id: { type: integer, references: users }, team_id: { type: integer, references: teams } } }
";

/// A project whose application role is its own, since these tests change roles.
fn compiled(role: &str, condition: &str) -> Compiled {
    let config = format!(
        "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: {role} }}\n\
         closed_tables: {{ users: closed, teams: closed }}\n"
    );
    let policy =
        format!("table notes {{ rule \"own\" for Authenticated {{\n where {condition}\n allow read, update, delete }} }}");
    let compiled = random::compile(&config, SCHEMA, &[("notes.policy".to_owned(), policy)]);
    assert!(compiled.meaning.is_some(), "{:?}", compiled.diagnostics);
    compiled
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// The tables with some rows, and the script that protects them.
fn prepare(role: &str) -> Result<(Database, String), String> {
    let compiled = compiled(role, "Owner equals Logged in User or Team equals User's Team");
    let database = Database::create(role)?;
    let meaning = compiled.meaning.as_ref().ok_or("errors")?;
    database.apply(DEPLOYER, &ddl::create(&meaning.model.catalog))?;
    database.apply(
        "postgres",
        "INSERT INTO teams VALUES (10), (20); INSERT INTO users VALUES (1, 10), (2, 20);
         INSERT INTO notes VALUES (1, 1, NULL), (2, 2, 20), (3, NULL, 10)",
    )?;
    Ok((database, plan::desired_state(&compiled.state().ok_or("no state")?)))
}

/// A session of the application with user 1.
pub fn session(role: &str) -> Result<(Database, Client), String> {
    let (database, script) = prepare(role)?;
    database.apply(DEPLOYER, &script)?;
    let mut client = database.connect("postgres")?;
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {role}; SET app.user_id = '1'")).map_err(text)?;
    Ok((database, client))
}

pub fn ids(client: &mut Client, query: &str) -> Result<Vec<i32>, String> {
    Ok(client.query(query, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect())
}

pub fn refused(client: &mut Client, statement: &str, reason: &str) -> Result<(), String> {
    match client.batch_execute(statement) {
        Err(error) if text_of(&error).contains(reason) => Ok(()),
        Err(error) => Err(format!("{statement}: {}", text(error))),
        Ok(()) => Err(format!("{statement} is not refused")),
    }
}

fn text_of(error: &db::DatabaseError) -> String {
    db::describe_error(error)
}

/// The deployment is refused with a sentence (one of those between bars), and leaves nothing behind.
fn deployment_fails(database: &Database, script: &str, reason: &str) -> Result<(), String> {
    fails_with(database, database.apply(DEPLOYER, script), reason)
}

/// Whether a deployment failed for a reason, and left nothing.
fn fails_with(database: &Database, outcome: Result<(), String>, reason: &str) -> Result<(), String> {
    match outcome {
        Err(error) if reason.split(" | ").any(|one| error.contains(one)) => {}
        other => return Err(format!("expected `{reason}`, found {other:?}")),
    }
    let mut admin = database.connect("postgres")?;
    let left = admin.query_one("SELECT count(*) FROM pg_policy", &[]).map_err(text)?.get::<_, i64>(0);
    if left == 0 { Ok(()) } else { Err("the deployment that failed left policies".to_owned()) }
}

fn other_privileges() -> Result<(), String> {
    let (_database, mut client) = session("hostile_a")?;
    for statement in [
        "TRUNCATE notes",
        "INSERT INTO notes VALUES (9, 1, NULL)",
        "SELECT * FROM users",
        "SELECT * FROM teams",
        "CREATE TRIGGER t BEFORE UPDATE ON notes EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "COPY users TO STDOUT",
    ] {
        refused(&mut client, statement, "42501")?;
    }
    refused(&mut client, "ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "must be owner")?;
    refused(&mut client, "CREATE POLICY p ON notes USING (true)", "must be owner")?;
    refused(&mut client, "SET row_security = off; SELECT * FROM notes", "42501")
}

fn direct_calls() -> Result<(), String> {
    let (database, mut client) = session("hostile_b")?;
    let mut admin = database.connect("postgres")?;
    let query = "SELECT format('%I.%I(%s)', 'rowgate', proname, (SELECT string_agg('NULL', ', ') FROM unnest(proargtypes)))
        FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace";
    let functions: Vec<String> = admin.query(query, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect();
    if functions.is_empty() {
        return Err("there is no function to call".to_owned());
    }
    for function in functions {
        refused(&mut client, &format!("SELECT {function}"), "permission denied for schema rowgate")?;
    }
    refused(&mut client, "CREATE FUNCTION rowgate.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "permission denied for schema")
}

fn name_capture() -> Result<(), String> {
    let (_database, mut client) = session("hostile_c")?;
    client
        .batch_execute(
            "CREATE TEMP TABLE users (id integer, team_id integer); INSERT INTO users VALUES (1, 20);
             CREATE FUNCTION pg_temp.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;
             CREATE FUNCTION pg_temp.nullif(text, text) RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;
             SET search_path = pg_temp, public, pg_catalog",
        )
        .map_err(text)?;
    let seen = ids(&mut client, "SELECT id FROM public.notes ORDER BY id")?;
    if seen != [1, 3] {
        return Err(format!("names of the session are taken: {seen:?}"));
    }
    let query = "SELECT count(*)::int FROM public.notes AS users (owner_id, id, team_id), public.notes";
    let seen = ids(&mut client, query)?;
    if seen == [4] { Ok(()) } else { Err(format!("an alias changes what is seen: {seen:?}")) }
}

fn reset_setting() -> Result<(), String> {
    let (_database, mut client) = session("hostile_d")?;
    client.batch_execute("RESET app.user_id; BEGIN; SET LOCAL app.user_id = '1'; COMMIT").map_err(text)?;
    let setting: Option<String> = client.query_one("SELECT current_setting('app.user_id', true)", &[]).map_err(text)?.get(0);
    let seen = ids(&mut client, "SELECT id FROM notes")?;
    if setting.as_deref() == Some("") && seen.is_empty() { Ok(()) } else { Err(format!("{setting:?} sees {seen:?}")) }
}

fn owner() -> Result<(), String> {
    let (database, _client) = session("hostile_e")?;
    let seen = ids(&mut database.connect(DEPLOYER)?, "SELECT id FROM notes")?;
    if seen.is_empty() { Ok(()) } else { Err(format!("the owner sees {seen:?}")) }
}

fn deployer() -> Result<(), String> {
    let (database, _client) = session("hostile_f")?;
    refused(&mut database.connect(DEPLOYER)?, "SET ROLE rowgate_lookup", "permission denied to set role")
}

/// Many set-ups log in as one role and act as the owner of the tables.
fn switched() -> Result<(), String> {
    let (database, script) = prepare("hostile_l")?;
    apply_beside_member(
        &database,
        "hostile_l_login",
        "LOGIN NOINHERIT",
        "hostile_l_login",
        &format!("SET ROLE {DEPLOYER};\n{script}"),
    )?;
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET SESSION AUTHORIZATION hostile_l; SET app.user_id = '1'").map_err(text)?;
    let seen = ids(&mut client, "SELECT id FROM notes ORDER BY id")?;
    if seen == [1, 3] { Ok(()) } else { Err(format!("user 1 sees {seen:?}")) }
}

/// Changes roles of the server, so only one test at a time.
fn as_admin(database: &Database, statement: &str) -> Result<(), String> {
    let mut admin = database.connect("postgres")?;
    let _guard = lock_roles();
    admin.batch_execute(statement).map_err(text)
}

/// Applies a script while a role is a member of the deployer, and only then: other trials ask who is.
fn apply_beside_member(database: &Database, member: &str, attributes: &str, role: &str, script: &str) -> Result<(), String> {
    let mut admin = database.connect("postgres")?;
    let _guard = lock_roles();
    admin.batch_execute(&format!("CREATE ROLE {member} {attributes}; GRANT {DEPLOYER} TO {member}")).map_err(text)?;
    let outcome = database.connect(role).and_then(|mut client| client.batch_execute(script).map_err(text));
    admin.batch_execute(&format!("REVOKE {DEPLOYER} FROM {member}")).map_err(text)?;
    outcome
}

fn inherited_privilege() -> Result<(), String> {
    let (database, script) = prepare("hostile_g")?;
    as_admin(
        &database,
        "CREATE ROLE hostile_g; CREATE ROLE hostile_g_readers; GRANT hostile_g_readers TO hostile_g; GRANT SELECT ON users TO hostile_g_readers",
    )?;
    deployment_fails(&database, &script, "public.users: more is granted than the rules allow: hostile_g_readers holds SELECT")
}

fn public_column() -> Result<(), String> {
    let (database, script) = prepare("hostile_h")?;
    // Granted by somebody else: the owner's REVOKE does not reach it.
    as_admin(
        &database,
        "CREATE ROLE hostile_h; CREATE ROLE hostile_h_granter; GRANT INSERT (id) ON notes TO hostile_h_granter WITH GRANT OPTION;
         SET ROLE hostile_h_granter; GRANT INSERT (id) ON notes TO PUBLIC",
    )?;
    deployment_fails(&database, &script, "public.notes: more is granted than the rules allow: PUBLIC holds INSERT (id)")
}

fn bypass() -> Result<(), String> {
    let (database, script) = prepare("hostile_i")?;
    as_admin(&database, "CREATE ROLE hostile_i BYPASSRLS")?;
    deployment_fails(&database, &script, "hostile_i: can bypass row-level security")
}

fn owning() -> Result<(), String> {
    let (database, script) = prepare("hostile_j")?;
    let outcome = apply_beside_member(&database, "hostile_j", "", DEPLOYER, &script);
    fails_with(&database, outcome, "hostile_j: can act as deployer, which owns the tables or deploys")
}

/// One database role reads all rows without a field, the other reads the field in some rows: who inherits both would read it in all.
fn heir() -> Result<(), String> {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: hostile_k }\n\
                  roles: { Support: { database_role: hostile_k_support } }\nclosed_tables: { users: closed, teams: closed }\n";
    let policy = "table notes { rule \"own\" for Authenticated { where Owner equals Logged in User\n allow read }\n\
                  rule \"support\" for Support { allow read (id) } }";
    let compiled = random::compile(config, SCHEMA, &[("notes.policy".to_owned(), policy.to_owned())]);
    let script = plan::desired_state(&compiled.state().ok_or("errors")?);
    let (database, _) = prepare("hostile_k")?;
    as_admin(
        &database,
        "CREATE ROLE hostile_k; CREATE ROLE hostile_k_support; CREATE ROLE hostile_k_login; CREATE ROLE hostile_k_switch NOINHERIT;
         GRANT hostile_k, hostile_k_support TO hostile_k_login, hostile_k_switch",
    )?;
    deployment_fails(&database, &script, "hostile_k_login: can act as hostile_k, hostile_k_support")?;
    as_admin(&database, "REVOKE hostile_k FROM hostile_k_login")?;
    // Who does not inherit, and switches, can switch in the middle of a statement.
    deployment_fails(&database, &script, "hostile_k_switch: can act as hostile_k, hostile_k_support")?;
    as_admin(&database, "REVOKE hostile_k FROM hostile_k_switch")?;
    database.apply(DEPLOYER, &script)
}

fn quoting() -> Result<(), String> {
    let database = Database::create("quoting")?;
    let mut client = database.connect("postgres")?;
    let query =
        "SELECT word FROM pg_get_keywords() UNION ALL SELECT unnest(ARRAY['a b', 'A', 'a\"b', '1a', 'größe', 'a;b', '_a1', '']) ";
    let words: Vec<String> = client.query(query, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect();
    for word in words {
        let server: String = client.query_one("SELECT quote_ident($1)", &[&word]).map_err(text)?.get(0);
        // Quoting one word more than this server asks for is harmless: later versions have more keywords.
        let own = quote::identifier(&word);
        if own != server && own != format!("\"{word}\"") {
            return Err(format!("`{word}` is {own} here and {server} there"));
        }
        for text in [word.as_str(), "it's", "\\'", "\\", "$1"] {
            let round: String =
                client.query_one(&format!("SELECT {}::text", quote::literal(text)), &[]).map_err(self::text)?.get(0);
            if round != text {
                return Err(format!("{text} becomes {round}"));
            }
        }
    }
    Ok(())
}

/// A view, a materialized view, a child and a parent, each with a right of the application's role on it.
fn ways_around() -> Result<(), String> {
    for (role, setup, reason) in [
        (
            "hostile_m",
            "CREATE VIEW shown AS SELECT * FROM notes",
            "public.shown: there is a way around the policies: hostile_m can use it, a view without security_invoker",
        ),
        (
            "hostile_n",
            "CREATE MATERIALIZED VIEW shown AS SELECT * FROM notes",
            "public.shown: there is a way around the policies: hostile_n can use it, a materialized view",
        ),
        (
            "hostile_o",
            "CREATE VIEW inner_one WITH (security_invoker = true) AS SELECT * FROM notes; CREATE VIEW shown AS SELECT * FROM inner_one",
            "public.shown: there is a way around the policies: hostile_o can use it, a view without security_invoker",
        ),
        (
            "hostile_p",
            "CREATE TABLE shown () INHERITS (notes)",
            "public.shown: there is a way around the policies: hostile_p can use it, a partition or child",
        ),
        (
            "hostile_q",
            "CREATE TABLE shown (id integer NOT NULL); ALTER TABLE notes INHERIT shown",
            "public.shown: there is a way around the policies: hostile_q can use it, a parent",
        ),
    ] {
        let (database, script) = prepare(role)?;
        as_admin(&database, &format!("CREATE ROLE {role}; SET ROLE {DEPLOYER}; {setup}; GRANT SELECT ON shown TO {role}"))?;
        deployment_fails(&database, &script, reason)?;
        as_admin(&database, &format!("REVOKE SELECT ON shown FROM {role}"))?;
        database.apply(DEPLOYER, &script)?;
    }
    let (database, script) = prepare("hostile_r")?;
    let setup = "CREATE VIEW shown WITH (security_invoker = true) AS SELECT * FROM notes; GRANT SELECT ON shown TO hostile_r";
    as_admin(&database, &format!("CREATE ROLE hostile_r; SET ROLE {DEPLOYER}; {setup}"))?;
    database.apply(DEPLOYER, &script)?;
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET SESSION AUTHORIZATION hostile_r; SET app.user_id = '1'").map_err(text)?;
    let seen = ids(&mut client, "SELECT id FROM shown ORDER BY id")?;
    if seen == [1, 3] { Ok(()) } else { Err(format!("user 1 sees {seen:?} through the view")) }
}
