//! Statements of every kind by a session of the application that tries to see or change more than it may; and a dump, which has to bring
//! everything back.

use std::io::Read;
use std::process::Command;

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::cluster::{self, Database};
use crate::hostile::{ids, refused, session};
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("attacks::locking_rows_needs_the_right_to_change_them", for_update),
        trial("attacks::copy_shows_what_select_shows", copy),
        trial("attacks::merge_and_upsert_are_held_to_the_policies", merge),
        trial("attacks::prepared_statements_and_functions_follow_the_session", cached_plans),
        trial("attacks::parallel_workers_see_the_same", parallel),
        trial("attacks::a_filter_of_the_client_runs_after_the_policies", leaky_filter),
        trial("attacks::a_filter_of_the_client_runs_after_a_masking_view", masked_filter),
        trial("attacks::triggers_and_rules_of_the_client_are_refused", own_objects),
        trial("attacks::a_setting_of_the_client_changes_nothing", settings),
        trial("attacks::step_triggers_leave_foreign_keys_and_bypassing_roles_alone", others_than_the_application),
        trial("attacks::a_dump_brings_everything_back", dump),
    ]
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}

fn for_update() -> Result<(), String> {
    let (_database, mut client) = session("attack_a")?;
    expect("FOR UPDATE", &ids(&mut client, "SELECT id FROM notes ORDER BY id FOR UPDATE")?, &vec![1, 3])?;
    expect("FOR KEY SHARE", &ids(&mut client, "SELECT id FROM notes WHERE id = 2 FOR KEY SHARE")?, &Vec::<i32>::new())?;
    refused(&mut client, "SELECT id FROM users FOR UPDATE", "42501")?;
    // What the application may write, it may lock against other writers; but not what it may not touch.
    refused(&mut client, "BEGIN; LOCK TABLE users IN ACCESS SHARE MODE", "42501")
}

fn copy() -> Result<(), String> {
    let (_database, mut client) = session("attack_b")?;
    let mut copied = String::new();
    client.copy_out("COPY notes (id) TO STDOUT").map_err(text)?.read_to_string(&mut copied).map_err(|e| e.to_string())?;
    let mut lines: Vec<&str> = copied.lines().collect();
    lines.sort_unstable();
    expect("COPY TO", &lines, &vec!["1", "3"])?;
    // Refused for the table as a whole, before any row is looked at.
    match client.copy_in("COPY notes (id, owner_id) FROM STDIN") {
        Err(_) => Ok(()),
        Ok(writer) => match writer.finish() {
            Err(_) => Ok(()),
            Ok(_) => Err("COPY FROM is not refused".to_owned()),
        },
    }
}

fn merge() -> Result<(), String> {
    let (_database, mut client) = session("attack_c")?;
    let merge = |key: u32| {
        format!(
            "MERGE INTO notes USING (VALUES ({key})) AS v (id) ON notes.id = v.id WHEN MATCHED THEN UPDATE SET team_id = 20 WHEN NOT MATCHED THEN DO NOTHING"
        )
    };
    expect("MERGE of an own row", &client.execute(merge(1).as_str(), &[]).map_err(text)?, &1)?;
    expect("MERGE of a row of somebody else", &client.execute(merge(2).as_str(), &[]).map_err(text)?, &0)?;
    refused(
        &mut client,
        "MERGE INTO notes USING (VALUES (9)) AS v (id) ON notes.id = v.id WHEN NOT MATCHED THEN INSERT (id, owner_id) VALUES (9, 1)",
        "42501",
    )?;
    refused(&mut client, "INSERT INTO notes (id, owner_id) VALUES (2, 1) ON CONFLICT (id) DO UPDATE SET owner_id = 1", "42501")?;
    refused(&mut client, "UPDATE notes SET owner_id = 2, team_id = NULL WHERE id = 1", "42501")
}

fn cached_plans() -> Result<(), String> {
    let (database, mut client) = session("attack_d")?;
    client.batch_execute("SET plan_cache_mode = force_generic_plan").map_err(text)?;
    let statement = client.prepare("SELECT id FROM notes ORDER BY id").map_err(text)?;
    let seen = |client: &mut Client, user: &str| -> Result<Vec<i32>, String> {
        client.execute("SELECT set_config('app.user_id', $1, false)", &[&user]).map_err(text)?;
        Ok(client.query(&statement, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect())
    };
    for (user, expected) in [("1", vec![1, 3]), ("2", vec![2]), ("", vec![]), ("1", vec![1, 3])] {
        expect(&format!("prepared, as `{user}`"), &seen(&mut client, user)?, &expected)?;
    }
    let mut admin = database.connect("postgres")?;
    admin
        .batch_execute(
            "CREATE FUNCTION count_notes() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM public.notes); END $$",
        )
        .map_err(text)?;
    for (user, expected) in [("1", 2i64), ("2", 1), ("", 0)] {
        client.execute("SELECT set_config('app.user_id', $1, false)", &[&user]).map_err(text)?;
        let count: i64 = client.query_one("SELECT count_notes()", &[]).map_err(text)?.get(0);
        expect(&format!("in a function, as `{user}`"), &count, &expected)?;
    }
    // The same statement as a role that bypasses policies, and back again.
    admin.batch_execute("SET plan_cache_mode = force_generic_plan; SET app.user_id = '1'").map_err(text)?;
    let statement = admin.prepare("SELECT id FROM notes ORDER BY id").map_err(text)?;
    let mut count = |role: &str| -> Result<usize, String> {
        admin.batch_execute(role).map_err(text)?;
        Ok(admin.query(&statement, &[]).map_err(text)?.len())
    };
    expect("a superuser", &count("RESET ROLE")?, &3)?;
    expect("the application", &count("SET ROLE attack_d")?, &2)?;
    expect("a superuser again", &count("RESET ROLE")?, &3)
}

fn parallel() -> Result<(), String> {
    let (_database, mut client) = session("attack_e")?;
    client
        .batch_execute("SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET enable_bitmapscan = off; SET enable_indexscan = off")
        .map_err(text)?;
    let name = if client.batch_execute("SET debug_parallel_query = on").is_ok() {
        "debug_parallel_query"
    } else {
        "force_parallel_mode"
    };
    client.batch_execute(&format!("SET {name} = on")).map_err(text)?;
    let plan = client.query("EXPLAIN SELECT id FROM notes", &[]).map_err(text)?;
    let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
    if !plan.iter().any(|line| line.contains("Gather")) {
        return Err(format!("the plan is not parallel: {}", plan.join("\n")));
    }
    expect("a parallel plan", &ids(&mut client, "SELECT id FROM notes ORDER BY id")?, &vec![1, 3])
}

/// What a function of the client is called with, and which rows its errors tell of.
fn leaky_filter() -> Result<(), String> {
    let (_database, mut client) = session("attack_f")?;
    client
        .batch_execute(
            "CREATE TEMP TABLE heard (id integer);
             CREATE FUNCTION pg_temp.leak(id integer) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
             $$ BEGIN INSERT INTO pg_temp.heard VALUES (id); RETURN true; END $$",
        )
        .map_err(text)?;
    client.batch_execute("SELECT id FROM notes WHERE pg_temp.leak(id)").map_err(text)?;
    expect("what a cheap filter heard", &ids(&mut client, "SELECT id FROM heard ORDER BY id")?, &vec![1, 3])?;
    // An error of the filter would tell that there is a row 2.
    expect("division", &ids(&mut client, "SELECT id FROM notes WHERE 1 / (id - 2) <> 5 ORDER BY id")?, &vec![1, 3])?;
    client
        .batch_execute(
            "UPDATE notes SET owner_id = owner_id WHERE pg_temp.leak(id); DELETE FROM notes WHERE pg_temp.leak(id) AND false",
        )
        .map_err(text)?;
    expect("what it heard in all", &ids(&mut client, "SELECT DISTINCT id FROM heard ORDER BY id")?, &vec![1, 3])?;
    // The text of an error shows no row that may not be read.
    match client.batch_execute("UPDATE notes SET owner_id = 2, team_id = 20 WHERE id = 1") {
        Err(error) if db::describe_error(&error).contains("Failing row") => Err("the error shows the row".to_owned()),
        Err(_) => Ok(()),
        Ok(()) => Err("giving a note away is not refused".to_owned()),
    }
}

fn masked_filter() -> Result<(), String> {
    let folder = crate::root().join("tests/cases/fields_that_no_grant_shows_are_masked");
    let compiled = crate::project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let (_, scenarios) = files.first().ok_or("no scenarios")?;
    let database = crate::project::deploy(&folder, &compiled, scenarios)?;
    masked_leak(&database)
}

/// What a cheap function of the client hears of the masked people: as user 1, names of two, and no phone.
pub fn masked_leak(database: &Database) -> Result<(), String> {
    let mut client = database.connect("postgres")?;
    client
        .batch_execute(
            "SET SESSION AUTHORIZATION app_user; SET app.user_id = '1'; CREATE TEMP TABLE heard (id integer);
             CREATE FUNCTION pg_temp.leak(id integer) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
             $$ BEGIN INSERT INTO pg_temp.heard VALUES (id); RETURN true; END $$;
             SELECT count(*) FROM masked.people WHERE pg_temp.leak(id);
             SELECT count(*) FROM masked.people WHERE pg_temp.leak(length(phone))",
        )
        .map_err(text)?;
    expect(
        "what a filter of the view heard",
        &ids(&mut client, "SELECT coalesce(id, 0) FROM heard ORDER BY id")?,
        &vec![1, 2, 0, 0],
    )
}

fn own_objects() -> Result<(), String> {
    let (database, mut client) = session("attack_g")?;
    let mut admin = database.connect("postgres")?;
    admin
        .batch_execute("CREATE SCHEMA own AUTHORIZATION attack_g; ALTER ROLE attack_g SET search_path = own, public")
        .map_err(text)?;
    client
        .batch_execute(
            "SET search_path = own, public, pg_catalog;
             CREATE TABLE own.users (id integer, team_id integer); INSERT INTO own.users VALUES (1, 20);
             CREATE FUNCTION own.nullif(text, text) RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;
             CREATE FUNCTION own.current_setting(text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT '2' $$;
             CREATE OPERATOR own.= (LEFTARG = integer, RIGHTARG = integer, FUNCTION = pg_catalog.int4ge)",
        )
        .map_err(text)?;
    expect("with objects of its own", &ids(&mut client, "SELECT id FROM public.notes ORDER BY id")?, &vec![1, 3])?;
    for statement in [
        "CREATE TRIGGER t BEFORE UPDATE ON public.notes FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE RULE r AS ON UPDATE TO public.notes DO ALSO DELETE FROM own.users",
        "ALTER TABLE public.notes NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE public.notes DISABLE TRIGGER ALL",
        "TRUNCATE public.notes",
        "SET session_replication_role = replica",
        "SET ROLE rowgate_lookup",
        "CREATE POLICY p ON public.notes USING (true)",
        "CREATE TABLE own.child () INHERITS (public.notes)",
    ] {
        if client.batch_execute(statement).is_ok() {
            return Err(format!("{statement} is not refused"));
        }
    }
    Ok(())
}

fn settings() -> Result<(), String> {
    let (_database, mut client) = session("attack_h")?;
    for setting in [
        "row_security = on",
        "check_function_bodies = off",
        "TimeZone = 'Pacific/Kiritimati'",
        "transform_null_equals = on",
        "standard_conforming_strings = off",
        "search_path = ''",
        "quote_all_identifiers = on",
        "enable_seqscan = off",
        "session_preload_libraries = ''",
    ] {
        let set = client.batch_execute(&format!("SET {setting}"));
        if setting.starts_with("session_preload") && set.is_err() {
            continue;
        }
        set.map_err(text)?;
        expect(setting, &ids(&mut client, "SELECT id FROM public.notes ORDER BY id")?, &vec![1, 3])?;
    }
    // Filtering becomes an error, never everything.
    refused(&mut client, "SET row_security = off; SELECT * FROM public.notes", "42501")
}

/// A trigger that tells grants apart is about the application's roles only.
fn others_than_the_application() -> Result<(), String> {
    let folder = crate::root().join("tests/cases/a_trigger_tells_which_grant_allows_a_step");
    let compiled = crate::project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let (_, scenarios) = files.first().ok_or("no scenarios")?;
    let database = crate::project::deploy(&folder, &compiled, scenarios)?;
    let mut admin = database.connect("postgres")?;
    let _guard = cluster::lock_roles();
    admin
        .batch_execute(
            "ALTER TABLE tickets DROP CONSTRAINT tickets_owner_id_fkey, ADD FOREIGN KEY (owner_id) REFERENCES users ON DELETE SET NULL;
             CREATE ROLE attack_bypass BYPASSRLS; GRANT SELECT, INSERT, UPDATE ON tickets TO attack_bypass;
             DELETE FROM users WHERE id = 1;
             SET ROLE attack_bypass; INSERT INTO tickets (id, status) VALUES (90, 'closed');
             UPDATE tickets SET status = 'archived', price = 7, title = 'x'; RESET ROLE",
        )
        .map_err(text)?;
    let changed: i64 = admin
        .query_one("SELECT count(*) FROM tickets WHERE title = 'x' AND owner_id IS DISTINCT FROM 1", &[])
        .map_err(text)?
        .get(0);
    expect("rows that others changed", &changed, &7)
}

/// The structure, the owners, the privileges and the rows come back the same.
fn dump() -> Result<(), String> {
    let (database, mut client) = session("attack_i")?;
    let Some(pg_dump) = cluster::client_program("pg_dump")? else {
        // Builds that come without it are tested where the distribution's are.
        return Ok(());
    };
    let output = Command::new(pg_dump)
        .args(["--host", &cluster::host()?, "--username", "postgres", "--dbname", &database.name])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    // Commands of psql are not SQL; rows come as COPY, which only psql sends on.
    let restored = Database::create("restored")?;
    let script = std::env::temp_dir().join(format!("{}.sql", restored.name));
    std::fs::write(&script, output.stdout).map_err(|error| error.to_string())?;
    let psql = cluster::client_program("psql")?.ok_or("there is pg_dump, but no psql")?;
    let output = Command::new(psql)
        .args([
            "--host",
            &cluster::host()?,
            "--username",
            "postgres",
            "--dbname",
            &restored.name,
            "--quiet",
            "--set",
            "ON_ERROR_STOP=1",
        ])
        .arg("--file")
        .arg(&script)
        .output()
        .map_err(|error| error.to_string())?;
    drop(std::fs::remove_file(&script));
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let before = crate::migrations::catalog(&mut database.connect("postgres")?)?;
    let after = crate::migrations::catalog(&mut restored.connect("postgres")?)?;
    if before != after {
        return Err(crate::migrations::first_difference(&before, &after));
    }
    expect("the original", &ids(&mut client, "SELECT id FROM notes ORDER BY id")?, &vec![1, 3])?;
    let mut client = restored.connect("postgres")?;
    client.batch_execute("SET SESSION AUTHORIZATION attack_i; SET app.user_id = '1'").map_err(text)?;
    expect("the copy", &ids(&mut client, "SELECT id FROM public.notes ORDER BY id")?, &vec![1, 3])
}
