//! Living beside a platform: the example for Supabase, deployed as its customers' role, and what its clients and the platform itself then do.

use libtest_mimic::Trial;
use rowgate::cli::loader;
use rowgate::db;
use rowgate::objects::State;
use rowgate::plan;
use rowgate::project::{self as compiler, Compiled};

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, platforms, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("beside_others::nothing_of_the_platform_changes_and_the_way_down_leaves_nothing", nothing_changes),
        trial("beside_others::clients_of_the_platform_do_not_look_through_windows", windows_are_closed),
        trial("beside_others::what_the_platform_has_granted_is_named_until_it_is_accepted", granted),
        trial("beside_others::policies_on_a_table_without_row_level_security_fail_the_deployment", no_row_security),
        trial("beside_others::a_right_that_is_lost_later_raises_an_error", hidden_later),
        trial("beside_others::service_role_is_left_alone_and_anon_finds_nothing", roles_of_the_api),
        trial("beside_others::the_platform_goes_on_altering_its_tables", platform_alters),
        trial("beside_others::a_migration_makes_policies_and_nothing_else_there", migrated),
    ]
}

const TEAM: &str = "10000000-0000-4000-8000-000000000001";

/// The example; its configuration and rules may be changed.
fn compiled(change: impl FnOnce(&mut compiler::Texts)) -> Result<Compiled, String> {
    let folder = root().join("policies/supabase");
    let (mut texts, diagnostics) = loader::texts(&folder).map_err(|error| error.to_string())?.map_err(|_| "it cannot be read")?;
    change(&mut texts);
    Ok(compiler::compile(texts, diagnostics))
}

fn state(compiled: &Compiled) -> Result<State, String> {
    compiled.state().ok_or_else(|| project::render(&compiled.diagnostics, &compiled.sources))
}

/// A customer's database with the tables of the example and no rules.
fn bare(compiled: &Compiled) -> Result<Database, String> {
    let database = platforms::database_of("supabase")?;
    database.apply(DEPLOYER, &ddl::create(&project::model(compiled)?.catalog))?;
    Ok(database)
}

fn deployed() -> Result<(Compiled, Database), String> {
    let compiled = compiled(|_| {})?;
    let (files, _) = compiled.scenarios();
    let (_, rows) = files.first().ok_or("no rows")?;
    let database = project::deploy(&root().join("policies/supabase"), &compiled, rows)?;
    Ok((compiled, database))
}

fn refused(outcome: Result<(), String>, with: &str) -> Result<(), String> {
    match outcome {
        Err(message) if message.contains(with) => Ok(()),
        Err(message) => Err(format!("it fails, and does not say `{with}`: {message}")),
        Ok(()) => Err(format!("it succeeds; right: it fails with `{with}`")),
    }
}

/// A statement of a session of the API, as Ann where a role is signed in. The rows as texts.
fn ask(database: &Database, role: &str, sql: &str) -> Result<Vec<String>, String> {
    let mut client = database.connect("authenticator")?;
    let text = |error: db::DatabaseError| db::describe_error(&error);
    let claims = format!(r#"{{"sub": "00000000-0000-4000-8000-000000000001", "aal": "aal2", "role": "{role}"}}"#);
    client.batch_execute(&format!("SET ROLE {role}; SET request.jwt.claims = '{claims}'")).map_err(text)?;
    let rows = client.query(&format!("SELECT row_to_json(found)::text FROM ({sql}) AS found"), &[]).map_err(text)?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn execute(database: &Database, role: &str, sql: &str) -> Result<(), String> {
    let mut client = database.connect("authenticator")?;
    client.batch_execute(&format!("SET ROLE {role}; {sql}")).map_err(|error| db::describe_error(&error))
}

/// Whatever there is of the platform's tables besides rows, in words.
fn of_platform(database: &Database) -> Result<Vec<String>, String> {
    let query = "
        SELECT concat_ws(' ', class.oid::regclass, class.relacl, class.relrowsecurity, class.relforcerowsecurity, obj_description(class.oid),
            (SELECT count(*) FROM pg_trigger WHERE tgrelid = class.oid AND NOT tgisinternal), (SELECT count(*) FROM pg_attribute WHERE attrelid = class.oid AND attacl IS NOT NULL),
            (SELECT count(*) FROM pg_index WHERE indrelid = class.oid), (SELECT count(*) FROM pg_depend WHERE refobjid = class.oid AND deptype = 'n' AND classid = 'pg_proc'::regclass))
        FROM pg_class AS class WHERE relnamespace::regnamespace::text IN ('auth', 'storage', 'realtime') AND relkind = 'r'
        UNION ALL
        SELECT concat_ws(' ', nspname, nspacl) FROM pg_namespace WHERE nspname IN ('auth', 'storage', 'realtime')
        UNION ALL
        SELECT concat_ws(' ', count(*)) FROM pg_description WHERE classoid = 'pg_policy'::regclass
          AND objoid IN (SELECT policy.oid FROM pg_policy AS policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace::regnamespace::text <> 'public')
        ORDER BY 1";
    let mut admin = database.connect("postgres")?;
    let rows = admin.query(query, &[]).map_err(|error| db::describe_error(&error))?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn policies(database: &Database) -> Result<i64, String> {
    let mut admin = database.connect("postgres")?;
    let row = admin.query_one("SELECT count(*) FROM pg_policy AS policy JOIN pg_class ON pg_class.oid = polrelid WHERE relnamespace::regnamespace::text <> 'public'", &[]);
    Ok(row.map_err(|error| db::describe_error(&error))?.get(0))
}

fn nothing_changes() -> Result<(), String> {
    let compiled = compiled(|_| {})?;
    let (database, state) = (bare(&compiled)?, state(&compiled)?);
    let before = of_platform(&database)?;
    database.apply_rules(&plan::desired_state(&state))?;
    let (after, made) = (of_platform(&database)?, policies(&database)?);
    if after != before {
        return Err(format!("{before:#?}\n{after:#?}"));
    }
    let down = plan::migration("down", &state, &State::empty()).ok_or("there is nothing to take away")?;
    database.apply_rules(&down)?;
    let left = policies(&database)?;
    match (made, left) {
        (6, 0) if of_platform(&database)? == before => Ok(()),
        _ => Err(format!("{made} policies were made, and {left} are left")),
    }
}

fn windows_are_closed() -> Result<(), String> {
    let (_, database) = deployed()?;
    let mut admin = database.connect("postgres")?;
    let query = "SELECT proname::text, coalesce((SELECT string_agg('NULL::' || t::regtype, ', ') FROM unnest(proargtypes) AS t), ''), pg_get_userbyid(proowner)::text
                 FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND proname LIKE '%window%'";
    let windows = admin.query(query, &[]).map_err(|error| db::describe_error(&error))?;
    if windows.len() < 3 {
        return Err(format!("there are {} windows", windows.len()));
    }
    for window in windows {
        let (name, arguments, owner): (String, String, String) = (window.get(0), window.get(1), window.get(2));
        if owner != "postgres" || arguments.is_empty() {
            return Err(format!("{name}({arguments}) belongs to {owner}"));
        }
        for role in ["anon", "authenticated", "service_role"] {
            refused(ask(&database, role, &format!("SELECT * FROM rowgate.{name}({arguments})")).map(drop), "permission denied")?;
        }
    }
    for role in ["anon", "authenticated"] {
        refused(ask(&database, role, "SELECT * FROM auth.users").map(drop), "permission denied")?;
    }
    // The question itself is answered.
    let found = ask(&database, "authenticated", "SELECT count(*) FROM documents")?;
    if found == [r#"{"count":2}"#] { Ok(()) } else { Err(format!("{found:?}")) }
}

fn granted() -> Result<(), String> {
    let without = compiled(|texts| texts.config.accepted.privileges.0.clear())?;
    let database = bare(&without)?;
    let failed = database.apply_rules(&plan::desired_state(&state(&without)?));
    for named in
        ["storage.objects: more is granted than the rules allow: anon holds", "authenticated holds", "TRUNCATE", "TRIGGER"]
    {
        refused(failed.clone(), named)?;
    }
    // What policies decide about is Supabase's to grant, and nobody else's table is named.
    for named in ["SELECT", "realtime.messages", "auth.users", "storage.buckets"] {
        if failed.as_ref().is_err_and(|message| message.lines().next().is_some_and(|line| line.contains(named))) {
            return Err(format!("{named} is named: {failed:?}"));
        }
    }
    // One that is accepted is no other one.
    let one = compiled(|texts| {
        for names in texts.config.accepted.privileges.0.values_mut() {
            names.0 = names.0.values().map(|reason| ("TRUNCATE TO anon".to_owned(), reason.clone())).collect();
        }
    })?;
    let failed = database.apply_rules(&plan::desired_state(&state(&one)?));
    let message = failed.err().ok_or("what is not accepted is not named")?;
    let line = |role: &str| message.lines().rev().find(|line| line.contains(&format!(": {role} holds "))).unwrap_or_default();
    let named = ["anon", "authenticated"].map(|role| (line(role).contains("TRIGGER"), line(role).contains("TRUNCATE")));
    if named != [(true, false), (true, true)] {
        return Err(message);
    }
    database.apply_rules(&plan::desired_state(&state(&compiled(|_| {})?)?))
}

fn no_row_security() -> Result<(), String> {
    let compiled = compiled(|_| {})?;
    let database = bare(&compiled)?;
    database.apply("postgres", "ALTER TABLE storage.objects DISABLE ROW LEVEL SECURITY")?;
    let failed = database.apply_rules(&plan::desired_state(&state(&compiled)?));
    refused(failed, "storage.objects: row-level security is not enabled")
}

/// Everything of the windows but the owner stays; the new one may read the tables, and is held to their policies.
fn hidden_later() -> Result<(), String> {
    let (compiled, database) = deployed()?;
    let lesser = format!("lesser_{}", database.name);
    database.apply(
        "postgres",
        &format!(
            "CREATE ROLE {lesser}; GRANT USAGE ON SCHEMA auth, rowgate TO {lesser}; GRANT SELECT ON auth.users, auth.mfa_factors TO {lesser};
             DO $$ DECLARE one regprocedure; BEGIN
               FOR one IN SELECT oid FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND proname LIKE '%window%' LOOP
                 EXECUTE format('ALTER FUNCTION %s OWNER TO {lesser}', one);
               END LOOP;
             END $$"
        ),
    )?;
    refused(without_second_factor(&database), "does not see every row of auth.mfa_factors")?;
    let check = state(&compiled)?.check.ok_or("there is no last step")?;
    let asked = format!("SET search_path = pg_catalog; {};", plan::check_statement(&check));
    refused(database.apply_rules(&asked), &format!("look-ups read it as {lesser}, to whom row-level security may hide rows"))
}

/// An update by Ann, who has a second factor and has not used it.
fn without_second_factor(database: &Database) -> Result<(), String> {
    let mut client = database.connect("authenticator")?;
    let claims = r#"{"sub": "00000000-0000-4000-8000-000000000001", "aal": "aal1"}"#;
    let sql = format!("SET ROLE authenticated; SET request.jwt.claims = '{claims}'; UPDATE documents SET title = 'x'");
    client.batch_execute(&sql).map_err(|error| db::describe_error(&error))
}

fn roles_of_the_api() -> Result<(), String> {
    let (_, database) = deployed()?;
    for (role, sql, right) in [
        ("service_role", "SELECT count(*) FROM documents", 3),
        ("service_role", "SELECT count(*) FROM storage.objects", 4),
        ("anon", "SELECT count(*) FROM documents", 1),
        ("anon", "SELECT count(*) FROM teams", 0),
        ("anon", "SELECT count(*) FROM members", 0),
        ("anon", "SELECT count(*) FROM profiles", 0),
        ("anon", "SELECT count(*) FROM storage.objects", 0),
    ] {
        let found = ask(&database, role, sql)?;
        if found != [format!(r#"{{"count":{right}}}"#)] {
            return Err(format!("{role}: {sql}: {found:?} instead of {right}"));
        }
    }
    for sql in [
        format!("INSERT INTO teams (id, name) VALUES ('{TEAM}', 'x')"),
        "UPDATE teams SET name = 'x'".to_owned(),
        "DELETE FROM documents".to_owned(),
        "TRUNCATE documents".to_owned(),
    ] {
        refused(execute(&database, "anon", &sql), "permission denied")?;
    }
    execute(
        &database,
        "service_role",
        "INSERT INTO teams (id, name) VALUES ('10000000-0000-4000-8000-000000000009', 'x'); DELETE FROM documents",
    )
}

fn platform_alters() -> Result<(), String> {
    let (compiled, database) = deployed()?;
    let migration = "SET ROLE supabase_auth_admin; ALTER TABLE auth.users ALTER email TYPE text, ADD banned_until timestamptz; ALTER TABLE auth.mfa_factors ALTER status TYPE text;
                     ALTER TABLE auth.mfa_factors DROP COLUMN secret; RESET ROLE; SET ROLE supabase_storage_admin; ALTER TABLE storage.objects ADD level integer; RESET ROLE";
    database.apply("postgres", migration)?;
    let (files, _) = compiled.scenarios();
    let failures = project::run(&database, project::model(&compiled)?, &files.first().ok_or("no scenarios")?.1)?;
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn migrated() -> Result<(), String> {
    let (before, database) = deployed()?;
    let untouched = of_platform(&database)?;
    let after = compiled(|texts| {
        let file = texts.policy_files[0];
        let text = texts.sources.get(file).text.replace(r#"where Bucket Id is "teams""#, r#"where Bucket Id is "avatars""#);
        texts.sources.replace(file, text);
    })?;
    let script = plan::migration("next", &state(&before)?, &state(&after)?).ok_or("there is nothing to do")?;
    // The record, which is ours, is locked.
    let steps = script.split("-- Nobody may do more").next().unwrap_or_default().replace("LOCK TABLE rowgate.applied", "");
    for word in ["LOCK TABLE", "COMMENT ON POLICY", "GRANT", "REVOKE"] {
        if steps.contains(word) {
            return Err(format!("{word}: {script}"));
        }
    }
    database.apply_rules(&script)?;
    let found = ask(&database, "authenticated", "SELECT id FROM storage.objects")?;
    match found.as_slice() {
        [one] if one.contains("30000000-0000-4000-8000-000000000003") && of_platform(&database)? == untouched => Ok(()),
        _ => Err(format!("{found:?}")),
    }
}
