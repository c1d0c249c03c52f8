//! `rowgate doctor` on databases in which somebody has done what people do: each thing is found, nothing else is, and what it says mends it.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::db;
use rowgate::objects::quote::qualified;
use serde_json::Value;

use crate::commands::rowgate;
use crate::platforms;
use crate::site::{LOGIN, SAYS_ITS_ROLE, Site};
use crate::{folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("doctor::finds_nothing_in_the_example_projects", healthy),
        trial("doctor::finds_nothing_that_is_not_so_on_platforms", on_platforms),
        trial("doctor::finds_what_people_do_and_mends_it", broken),
        trial("doctor::sees_what_a_pooler_leaves", poolers),
        trial("doctor::says_so_for_people_and_for_machines", formats),
    ]
}

/// The command: exit code, and what it found.
fn ask(site: &Site, url: &str) -> Result<(i32, Vec<Value>), String> {
    let (code, out, err) = rowgate(&site.project, &["doctor", "--format", "json", "--database-url", url])?;
    let found = serde_json::from_str(&out).map_err(|error| format!("{error}\n{out}\n{err}"))?;
    Ok((code, found))
}

/// Severity and kind of each finding, without the notice that PostgreSQL 15 deserves where who deploys may create roles.
fn kinds(found: &[Value]) -> BTreeSet<String> {
    let is_expected = |one: &&Value| !one["says"].as_str().unwrap_or_default().contains("CREATEROLE");
    let kind =
        |one: &Value| format!("{} {}", one["severity"].as_str().unwrap_or_default(), one["id"].as_str().unwrap_or_default());
    found.iter().filter(is_expected).map(kind).collect()
}

fn healthy() -> Result<(), String> {
    for folder in folders(&root().join("policies")) {
        let example = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // A platform's roles and tables are on no server but its own.
        if platforms::is_one(&example) {
            continue;
        }
        let site = Site::start(&format!("healthy-{example}"), &example)?;
        let (code, found) = ask(&site, &site.url())?;
        if code != 0 || !kinds(&found).is_empty() {
            return Err(format!("{example}: {code}\n{found:#?}"));
        }
    }
    Ok(())
}

/// The login of an API, which becomes whoever the token says.
const OF_API: &str = "authenticator";

/// What the login of an API finds with nothing wrong: that the platform lets whoever deploys do more than the rules need, which is for the platform to say, and
/// what its key for servers is.
fn on_platforms() -> Result<(), String> {
    const EXPECTED: [(&str, &[&str]); 3] = [
        ("neon", &["notice in-force-relations", "notice in-force-roles"]),
        ("postgrest", &["notice in-force-roles"]),
        ("supabase", &["notice in-force-relations", "notice in-force-roles", "notice login-acts-as"]),
    ];
    for (example, expected) in EXPECTED {
        let folder = root().join("policies").join(example);
        let compiled = project::compile(&folder)?;
        let (files, _) = compiled.scenarios();
        let (_, rows) = files.first().ok_or("no rows")?;
        let database = project::deploy(&folder, &compiled, rows)?;
        let ask = || -> Result<(i32, Vec<Value>), String> {
            let (code, out, err) = rowgate(&folder, &["doctor", "--format", "json", "--database-url", &database.url(OF_API)?])?;
            Ok((code, serde_json::from_str(&out).map_err(|error| format!("{error}\n{out}\n{err}"))?))
        };
        let (code, found) = ask()?;
        if code != 0 || kinds(&found) != expected.iter().map(|kind| (*kind).to_owned()).collect() {
            return Err(format!("{example}: {code}\n{found:#?}"));
        }
        // The login may use neither the schema of the look-ups nor the platform's own; what is in force is seen all the same.
        let table = &project::model(&compiled)?.catalog;
        let (_, table) = table.tables().find(|(_, table)| !table.is_of_others()).ok_or("no table")?;
        database
            .connect("postgres")?
            .batch_execute(&format!("CREATE POLICY everybody ON {} USING (true)", qualified(&table.name)))
            .map_err(|error| db::describe_error(&error))?;
        let (code, found) = ask()?;
        if code != 1 || !kinds(&found).contains("danger in-force-policies") {
            return Err(format!("{example}, with a policy for everybody: {code}\n{found:#?}"));
        }
    }
    let of_platforms = folders(&root().join("policies"))
        .into_iter()
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()));
    let left: Vec<String> =
        of_platforms.filter(|name| platforms::is_one(name) && EXPECTED.iter().all(|(known, _)| known != name)).collect();
    if left.is_empty() { Ok(()) } else { Err(format!("nothing is said of {left:?}")) }
}

/// What is done, and what is found: severity and kind of each finding.
const BROKEN: [(&str, &[&str]); 24] = [
    ("ALTER ROLE web SUPERUSER", &["danger login-bypasses"]),
    ("ALTER ROLE web BYPASSRLS", &["danger login-bypasses"]),
    ("ALTER TABLE items OWNER TO web", &["danger login-owns", "notice in-force-roles"]),
    ("GRANT deployer TO web", &["danger login-acts-as"]),
    // What it says does not give it to whoever asks.
    ("ALTER SCHEMA public OWNER TO web", &["danger in-force-schemas"]),
    ("ALTER DATABASE site OWNER TO app_user", &["danger in-force-schemas"]),
    ("ALTER ROLE rowgate_lookup LOGIN", &["notice in-force-roles"]),
    ("GRANT rowgate_lookup TO web", &["danger login-acts-as"]),
    ("CREATE ROLE root BYPASSRLS; GRANT root TO web", &["danger login-acts-as"]),
    ("REVOKE app_user FROM web", &["failure login-without-role"]),
    (SAYS_ITS_ROLE, &["notice login-inherits-nothing"]),
    ("GRANT ALL ON ALL TABLES IN SCHEMA public TO web", &["danger in-force-privileges"]),
    ("GRANT TRUNCATE ON items TO web; REVOKE app_user FROM web", &["danger grant-beyond-policies", "failure login-without-role"]),
    ("GRANT UPDATE (name) ON users TO web", &["danger in-force-privileges"]),
    ("ALTER TABLE items DISABLE ROW LEVEL SECURITY", &["danger nobody-sees", "danger row-security-off"]),
    ("ALTER TABLE items NO FORCE ROW LEVEL SECURITY", &["danger row-security-off"]),
    ("CREATE POLICY everybody ON items FOR SELECT USING (true)", &["danger in-force-policies", "danger nobody-sees"]),
    ("ALTER ROLE web SET app.user_id = '1'", &["danger identity-preset"]),
    ("ALTER DATABASE site SET app.user_id = '1'", &["danger identity-preset"]),
    ("ALTER ROLE web IN DATABASE site SET row_security = off", &["failure setting"]),
    ("ALTER ROLE web SET session_replication_role = replica", &["danger setting"]),
    ("ALTER DATABASE site SET standard_conforming_strings = off", &["danger setting"]),
    (
        "CREATE SCHEMA legacy; GRANT USAGE ON SCHEMA legacy TO web, app_user; CREATE TABLE legacy.items (id int); ALTER ROLE web SET search_path = legacy, public",
        &["danger search-path"],
    ),
    // The last: only the script makes it again.
    ("DROP POLICY rowgate_update_app_user ON items", &["danger in-force-policies"]),
];

/// Each is undone by what it says, where that is statements; the rest by these.
const UNDO: &str = "ALTER ROLE web NOSUPERUSER NOBYPASSRLS INHERIT; ALTER ROLE rowgate_lookup NOLOGIN; ALTER TABLE items OWNER TO deployer; REVOKE TRUNCATE ON items FROM web; \
                    DROP SCHEMA IF EXISTS legacy CASCADE; ALTER ROLE web RESET ALL; REVOKE app_user FROM web; GRANT app_user TO web";

fn broken() -> Result<(), String> {
    let site = Site::start("broken", "user_items")?;
    let mut mended = 0;
    for (done, wanted) in BROKEN {
        site.admin(done)?;
        let (code, found) = ask(&site, &site.url())?;
        let is_bad = wanted.iter().any(|kind| !kind.starts_with("notice"));
        if kinds(&found) != wanted.iter().map(|&kind| kind.to_owned()).collect() || code != i32::from(is_bad) {
            return Err(format!("{done}: {code}\n{found:#?}"));
        }
        // What has to be thought about is no statement.
        let bad = found.iter().filter(|one| one["severity"] != "notice");
        let mends: Vec<&str> = bad.filter_map(|one| one["mends"].as_str()).filter(|mends| is_statement(mends)).collect();
        if !mends.is_empty() {
            site.admin(&mends.join(";\n"))?;
            let (_, left) = ask(&site, &site.url())?;
            if !kinds(&left).is_empty() {
                return Err(format!("{done}: {mends:?} leaves\n{left:#?}"));
            }
            mended += 1;
        }
        site.admin(UNDO)?;
    }
    if mended >= 12 { Ok(()) } else { Err(format!("only {mended} are mended by statements")) }
}

fn is_statement(text: &str) -> bool {
    ["ALTER ROLE", "ALTER TABLE", "ALTER DATABASE", "ALTER SCHEMA", "REVOKE", "GRANT", "DROP POLICY"]
        .iter()
        .any(|word| text.starts_with(word))
        && !text.contains('…')
}

fn poolers() -> Result<(), String> {
    let site = Site::start("poolers", "user_items")?;
    for (mode, reset, wanted) in [
        ("transaction", "DISCARD ALL", Some("notice pool-by-transaction")),
        ("session", "DISCARD ALL", None),
        ("session", "", Some("notice pool-keeps-settings")),
    ] {
        let Some(pooler) = site.pooler(mode, reset)? else { return Ok(()) };
        let (code, found) = ask(&site, &pooler.url())?;
        if code != 0 || kinds(&found) != wanted.iter().map(|&kind| kind.to_owned()).collect() {
            return Err(format!("{mode}, {reset}: {code}\n{found:#?}"));
        }
        // Nothing stays.
        let (_, again) = ask(&site, &pooler.url())?;
        if again != found {
            return Err(format!("{mode}, {reset}, again:\n{again:#?}"));
        }
    }
    // Somebody's identity, which was set without LOCAL.
    let Some(pooler) = site.pooler("transaction", "DISCARD ALL")? else { return Ok(()) };
    let mut client = rowgate::db::connect(&pooler.url()).map_err(|error| error.to_string())?;
    client.batch_execute("SET app.user_id = '2'").map_err(|error| error.to_string())?;
    let (code, found) = ask(&site, &pooler.url())?;
    let wanted = ["danger identity-preset", "notice pool-by-transaction"];
    if code != 1 || kinds(&found) != wanted.iter().map(|&kind| kind.to_owned()).collect() {
        return Err(format!("an identity that was left: {code}\n{found:#?}"));
    }
    Ok(())
}

fn formats() -> Result<(), String> {
    let site = Site::start("formats", "user_items")?;
    site.admin("ALTER ROLE deployer NOCREATEROLE")?;
    let text = |arguments: &[&str]| rowgate(&site.project, &[&["doctor", "--database-url", &site.url()], arguments].concat());
    let (code, out, err) = text(&[])?;
    if code != 0 || !out.is_empty() || !err.contains(&format!("nothing found: 2 tables as `{LOGIN}`, which acts as app_user")) {
        return Err(format!("{code}\n{out}\n{err}"));
    }
    site.admin("ALTER ROLE web SET app.user_id = '1'")?;
    let (code, out, err) = text(&[])?;
    let wanted = "danger[identity-preset]: a fresh connection already has a value for `app.user_id`, which says who is signed in\n  \
                  means: who forgets to say who is signed in acts as somebody, and nobody notices\n  \
                  mends it: ALTER ROLE web RESET app.user_id\n";
    if code != 1 || out != wanted || !err.contains("1 danger:") {
        return Err(format!("{code}\n{out}\n{err}"));
    }
    let (_, coloured, _) = text(&["--color", "always"])?;
    if !coloured.starts_with("\u{1b}[1m\u{1b}[91mdanger[identity-preset]\u{1b}[0m: a fresh") {
        return Err(coloured);
    }
    Ok(())
}
