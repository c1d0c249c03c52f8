//! `rowgate verify --scratch` on a server: what is in force against what the server prints of the same rules in a database that is thrown away.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::cluster::{self, Cluster, DEPLOYER};
use crate::commands::{edit, expect, write};
use crate::deploying::Site;
use crate::{ddl, folders, platforms, project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("scratch::what_was_just_applied_is_the_same", same),
        trial("scratch::whoever_rewrites_the_record_is_found", rewritten),
        trial("scratch::nothing_is_left_whatever_happens", killed),
        trial("scratch::types_functions_and_partitions_are_made_as_they_are", surroundings),
        trial("scratch::what_the_examples_make_is_the_same", examples),
        trial("scratch::errors_say_what_to_do", errors),
    ]
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// A database with the rules in force, and somebody who may make others.
fn applied(name: &str) -> Result<(Site, Client), String> {
    let site = Site::new(name)?;
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    {
        let _roles = cluster::lock_roles();
        admin.batch_execute(&format!("ALTER ROLE {DEPLOYER} CREATEDB")).map_err(failed)?;
    }
    Ok((site, admin))
}

/// The throw-away databases of this test's processes.
fn left(admin: &mut Client, process: Option<u32>) -> Result<i64, String> {
    let name = process.map_or("%".to_owned(), |process| format!("%\\_{process}"));
    let query = "SELECT count(*) FROM pg_database WHERE datname LIKE $1";
    Ok(admin.query_one(query, &[&format!("rowgate\\_scratch\\_{name}")]).map_err(failed)?.get(0))
}

fn same() -> Result<(), String> {
    let (site, _) = applied("scratch_same")?;
    let (out, err) = site.ends(0, &["verify", "--scratch"])?;
    expect(out.is_empty() && err.contains("nothing is otherwise"), &format!("{out}{err}"))?;
    let binaries = cluster::binaries()?.display().to_string();
    site.ends(0, &["verify", "--scratch", "--postgres", &binaries])?;
    // What was applied is made, not what the rules say by now.
    edit(&site.folder, "docs.policy", "Owner is Logged in User", "Owner is Logged in User or Public is true");
    let (out, err) = site.ends(1, &["verify", "--scratch"])?;
    expect(out.is_empty() && err.contains("the rules say something else by now"), &format!("{out}{err}"))?;
    // Without a record, the rules are all that there is to compare with.
    edit(&site.folder, "docs.policy", "Owner is Logged in User or Public is true", "Owner is Logged in User");
    site.deployer("UPDATE rowgate.object SET definition = '{}'")?;
    site.ends(2, &["verify"])?;
    let (out, err) = site.ends(0, &["verify", "--scratch"])?;
    expect(out.is_empty() && err.contains("without the record"), &format!("{out}{err}"))
}

/// What is changed, and what is told of it.
const TAMPERING: &[(&str, &str)] = &[
    ("ALTER POLICY rowgate_read_@_user ON docs USING (true)", "policy rowgate_read_@_user on public.docs was altered"),
    ("ALTER POLICY rowgate_read_@_user ON docs TO PUBLIC", "policy rowgate_read_@_user on public.docs was altered"),
    ("DROP POLICY rowgate_delete_@_user ON docs", "policy rowgate_delete_@_user on public.docs is gone"),
    ("CREATE POLICY door ON docs USING (true)", "the policy door is not of these rules"),
    ("ALTER TABLE docs DISABLE ROW LEVEL SECURITY", "table public.docs was altered"),
    ("GRANT UPDATE (owner_id) ON docs TO @_user", "more is granted than the rules allow"),
    ("REVOKE DELETE ON docs FROM @_user", "right of @_user to DELETE public.docs is gone"),
    ("ALTER FUNCTION rowgate.facts(boolean) SECURITY DEFINER", "function rowgate.facts(boolean) was altered"),
    ("CREATE VIEW titles AS SELECT title FROM docs; GRANT SELECT ON titles TO @_user", "there is a way around the policies"),
];

/// Each is written down as if it had been applied, so that the record says nothing of it.
fn rewritten() -> Result<(), String> {
    let (site, _) = applied("scratch_rewritten")?;
    for (statement, told) in TAMPERING {
        let named = |text: &str| text.replace('@', "scratch_rewritten");
        let mut deployer = site.database.connect(DEPLOYER)?;
        let blesses = "DELETE FROM rowgate.fact; INSERT INTO rowgate.fact SELECT * FROM rowgate.facts(true)";
        deployer.batch_execute(&format!("{}; {blesses}", named(statement))).map_err(failed)?;
        let (out, err) = site.ends(1, &["verify", "--scratch"])?;
        expect(out.contains(&named(told)), &format!("{statement}: {out}{err}"))?;
        let closes = "DROP VIEW IF EXISTS titles; DROP POLICY IF EXISTS door ON docs; REVOKE UPDATE (owner_id) ON docs FROM @_user; \
                      DROP TABLE rowgate.fact";
        deployer.batch_execute(&named(closes)).map_err(failed)?;
        site.ends(0, &["apply", "--yes", "--repair"])?;
        site.ends(0, &["verify", "--scratch"])?;
    }
    // A function that answers from the record.
    site.deployer(
        "CREATE OR REPLACE FUNCTION rowgate.facts(printed boolean) RETURNS TABLE (kind text, name text, attributes text, tree text, print text)
           LANGUAGE plpgsql STABLE AS 'BEGIN RETURN QUERY SELECT * FROM rowgate.fact; END';
         ALTER POLICY rowgate_read_scratch_rewritten_user ON docs USING (true)",
    )?;
    let (out, _) = site.ends(1, &["verify", "--scratch"])?;
    expect(out.contains("policy rowgate_read_scratch_rewritten_user on public.docs was altered"), &out)
}

/// The command is killed in the middle.
fn killed() -> Result<(), String> {
    let (site, mut admin) = applied("scratch_killed")?;
    let url = site.url()?;
    let mut child = Command::new(env!("CARGO_BIN_EXE_rowgate"))
        .args(["verify", "--scratch", "--database-url", &url])
        .current_dir(&site.folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let process = child.id();
    let mut wait = |wanted: i64| {
        for _ in 0..10_000 {
            if left(&mut admin, Some(process))? == wanted {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(format!("there are not {wanted} throw-away databases"))
    };
    let made = wait(1);
    drop(child.kill());
    made?;
    let gone = wait(0);
    let ended = child.wait().map_err(|error| error.to_string())?;
    expect(ended.code().is_none(), "it was through before it was killed")?;
    gone?;
    // What nothing took away is taken away by the next.
    admin.batch_execute(&format!("CREATE DATABASE rowgate_scratch_1000000000_7 OWNER {DEPLOYER}")).map_err(failed)?;
    site.ends(0, &["verify", "--scratch"])?;
    expect(left(&mut admin, Some(7))? == 0, "a database of long ago is left")
}

/// What the rules need is made as it is, and nothing of it is compared.
fn surroundings() -> Result<(), String> {
    let site = Site::new("scratch_around")?;
    site.deployer(
        "CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('fine', 'it''s'); CREATE DOMAIN app.name AS varchar(20);
         CREATE FUNCTION app.is_open(mood app.mood) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT mood = ''fine''';
         CREATE TABLE app.\"Log Book\" (id bigint GENERATED ALWAYS AS IDENTITY, owner_id integer, \"the mood\" app.mood, title app.name, day date,
           number serial, cents numeric(8, 2), moods app.mood[]) PARTITION BY LIST (day);
         CREATE TABLE app.today PARTITION OF app.\"Log Book\" DEFAULT",
    )?;
    site.ends(0, &["pull"])?;
    write(
        &site.folder,
        "log.policy",
        "table app.Log Book {\n  rule \"Own\" for Authenticated {\n    where `owner_id` is Logged in User\n    \
         allow read, create, update (title) when `the mood` is \"it's\" or Title is \"x\" or sql \"app.is_open(\\\"the mood\\\")\"\n    \
         allow update (cents) when Cents is 1 then Cents is 2\n  }\n}\n",
    );
    site.ends(0, &["apply", "--yes"])?;
    let mut admin = site.database.connect("postgres")?;
    {
        let _roles = cluster::lock_roles();
        admin.batch_execute(&format!("ALTER ROLE {DEPLOYER} CREATEDB")).map_err(failed)?;
    }
    let (out, err) = site.ends(0, &["verify", "--scratch"])?;
    expect(out.is_empty() && err.contains("nothing is otherwise"), &format!("{out}{err}"))?;
    let binaries = cluster::binaries()?.display().to_string();
    site.ends(0, &["verify", "--scratch", "--postgres", &binaries])?;
    Ok(())
}

fn errors() -> Result<(), String> {
    let (site, mut admin) = applied("scratch_errors")?;
    // Others ask who is a member of the owner.
    let roles = cluster::lock_roles();
    let made = format!("CREATE ROLE scratch_errors_guest LOGIN; GRANT {DEPLOYER} TO scratch_errors_guest");
    admin.batch_execute(&made).map_err(failed)?;
    let url = site.url()?.replace(&format!("user={DEPLOYER}"), "user=scratch_errors_guest");
    let (code, _, err) = crate::commands::rowgate(&site.folder, &["verify", "--scratch", "--database-url", &url])?;
    admin.batch_execute("DROP ROLE scratch_errors_guest").map_err(failed)?;
    drop(roles);
    expect(code == 2 && err.contains("there is no throw-away database: permission denied") && err.contains("--postgres"), &err)
}

/// Whatever the rules of the examples make.
fn examples() -> Result<(), String> {
    let cluster = cluster::start_another("-scratch", None)?;
    let result = folders(&root().join("policies")).iter().try_for_each(|folder| example(&cluster, folder));
    cluster.stop();
    result
}

fn example(cluster: &Cluster, folder: &Path) -> Result<(), String> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    // A platform's roles and tables are on no server but its own.
    if platforms::is_one(&name) {
        return Ok(());
    }
    let url = |role: &str, database: &str| format!("host={} user={role} dbname={database}", cluster.folder.display());
    let connect = |role: &str, database: &str| db::connect(&url(role, database)).map_err(|error| error.to_string());
    let make = format!("ALTER ROLE {DEPLOYER} CREATEDB; CREATE DATABASE \"{name}\" OWNER {DEPLOYER}");
    let mut admin = connect("postgres", "postgres")?;
    for statement in make.split("; ") {
        admin.batch_execute(statement).map_err(failed)?;
    }
    let tables = ddl::create(&project::model(&project::compile(folder)?)?.catalog);
    connect(DEPLOYER, &name)?.batch_execute(&tables).map_err(|error| format!("{name}: {}", failed(error)))?;
    for arguments in [&["apply", "--yes"][..], &["verify"], &["verify", "--scratch"]] {
        let deployer = url(DEPLOYER, &name);
        let all = [arguments, &["--database-url", &deployer]].concat();
        let (code, out, err) = crate::commands::rowgate(folder, &all)?;
        expect(code == 0, &format!("{name}: {arguments:?} ended with {code}:\n{out}\n{err}"))?;
    }
    Ok(())
}
