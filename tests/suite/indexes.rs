//! The files of missing indexes on a server: applied by a client that sends one statement after the other, again after an interruption, beside
//! somebody who builds the same index.

use std::process::Command;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::model::Model;
use rowgate::sql::{self, WantedIndex};

use crate::cluster::{self, DEPLOYER, Database};
use crate::{ddl, project, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("indexes::twice_is_once", twice),
        trial("indexes::what_an_interrupted_build_leaves_is_made_again", interrupted),
        trial("indexes::what_an_interrupted_recovery_leaves_is_dropped", half_recovered),
        trial("indexes::a_build_of_somebody_else_is_left_alone", building),
        trial("indexes::a_name_that_is_taken_is_told", taken),
        trial("indexes::psql_applies_the_file", file),
        trial("indexes::whom_a_membership_counts_for_is_found_by_one", of_holders),
        trial("indexes::what_an_action_asks_of_others_is_found_by_one", of_actions),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed }
";

/// Names that need quotes, and one that is too long for PostgreSQL once the column's is added.
const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: integer } }
  notes: { columns: { id: integer, user_id: { type: integer, references: users } } }
  Odd Schema.It's a \"table\": { label: Odd, columns: { id: integer, Us\\er: { type: integer, references: users, label: Owner } } }
  a_table_with_a_name_of_sixty_three_bytes_is_as_long_as_possible: { columns: { id: integer, user_id: { type: integer, references: users } } }
";

const POLICY: &str = r#"
table notes { rule "Own" for Authenticated { where User is Logged in User allow read } }
table Odd { rule "Own" for Authenticated { where Owner is Logged in User allow read } }
table a_table_with_a_name_of_sixty_three_bytes_is_as_long_as_possible { rule "Own" for Authenticated { where User is Logged in User allow read } }
"#;

/// A database with some rows, the indexes that its policies want, and the deployer's connection.
fn prepared(name: &str) -> Result<(Database, Vec<WantedIndex>, Client), String> {
    let (model, _) = project::model_of(CONFIG, SCHEMA, POLICY)?;
    let wanted = wanted(&model);
    let database = Database::create(name)?;
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    let rows = "INSERT INTO users SELECT generate_series(1, 10); INSERT INTO notes SELECT id, id FROM users";
    database.apply(DEPLOYER, rows)?;
    let mut client = database.connect(DEPLOYER)?;
    // What would wait for a build of somebody else fails instead.
    client.batch_execute("SET statement_timeout = '20s'").map_err(|error| db::describe_error(&error))?;
    Ok((database, wanted, client))
}

fn wanted(model: &Model) -> Vec<WantedIndex> {
    sql::wanted_indexes(model, &project::encode(model).0)
}

/// Sends one statement after the other, as drivers do that know no scripts; ends with the first that fails.
fn run(client: &mut Client, wanted: &[WantedIndex], concurrently: bool) -> Result<(), String> {
    for statement in sql::index_statements(wanted, concurrently) {
        client.execute(&statement, &[]).map_err(|error| format!("{}\n{statement}", db::describe_error(&error)))?;
    }
    Ok(())
}

/// The indexes that belong to no constraint: their names, whether they are valid, and which they are.
fn made(client: &mut Client) -> Vec<(String, bool, u32)> {
    let query = "SELECT relname::text, indisvalid, indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace::regnamespace::text !~ '^pg_' AND NOT indisprimary ORDER BY relname COLLATE \"C\"";
    client.query(query, &[]).unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

fn expect_all_valid(client: &mut Client, wanted: &[WantedIndex]) -> Result<Vec<(String, bool, u32)>, String> {
    let found = made(client);
    if found.len() == wanted.len() && found.iter().all(|(_, valid, _)| *valid) {
        return Ok(found);
    }
    Err(format!("{found:?}"))
}

/// What an interrupted build of the index of notes leaves: it waits for a writer until its time is over.
fn interrupt(database: &Database, wanted: &[WantedIndex]) -> Result<(), String> {
    let mut writer = database.connect(DEPLOYER)?;
    writer.batch_execute("BEGIN; INSERT INTO notes VALUES (11, 1)").map_err(|error| db::describe_error(&error))?;
    let mut builder = database.connect(DEPLOYER)?;
    builder.batch_execute("SET statement_timeout = '200ms'").map_err(|error| db::describe_error(&error))?;
    let failed = builder.execute(&of_notes(wanted).create(true), &[]);
    writer.batch_execute("ROLLBACK").map_err(|error| db::describe_error(&error))?;
    let found = made(&mut writer);
    if failed.is_err() && found.iter().any(|(name, valid, _)| name == "notes_user_id_idx" && !valid) {
        return Ok(());
    }
    Err(format!("no invalid index was left: {found:?}"))
}

fn of_notes(wanted: &[WantedIndex]) -> &WantedIndex {
    wanted.iter().find(|index| index.table == "public.notes").expect("notes wants an index")
}

fn twice() -> Result<(), String> {
    for concurrently in [true, false] {
        let (_database, wanted, mut client) = prepared("indexes_twice")?;
        assert_eq!(wanted.len(), 3);
        run(&mut client, &wanted, concurrently)?;
        let first = expect_all_valid(&mut client, &wanted)?;
        run(&mut client, &wanted, concurrently)?;
        if expect_all_valid(&mut client, &wanted)? != first {
            return Err("the second run made them anew".to_owned());
        }
    }
    Ok(())
}

fn interrupted() -> Result<(), String> {
    for concurrently in [true, false] {
        let (database, wanted, mut client) = prepared("indexes_interrupted")?;
        run(&mut client, &wanted, true)?;
        // Those of other tables may be left as well, by whatever: their names are the hard ones.
        let mut admin = database.connect("postgres")?;
        client.batch_execute("DROP INDEX notes_user_id_idx").map_err(|error| db::describe_error(&error))?;
        admin
            .batch_execute("UPDATE pg_index SET indisvalid = false WHERE NOT indisprimary AND indrelid::regclass::text !~ '^pg_'")
            .map_err(|error| db::describe_error(&error))?;
        interrupt(&database, &wanted)?;
        let left = made(&mut client);
        if left.len() != 3 || left.iter().any(|(_, valid, _)| *valid) {
            return Err(format!("{left:?}"));
        }
        if concurrently {
            run(&mut client, &wanted, true)?;
        } else {
            // As a migration tool does it: all in one transaction.
            client
                .batch_execute(&format!("BEGIN; {} COMMIT;", sql::index_statements(&wanted, false).join("\n")))
                .map_err(|error| db::describe_error(&error))?;
        }
        let made = expect_all_valid(&mut client, &wanted)?;
        if made.iter().any(|(_, _, id)| left.iter().any(|(_, _, other)| other == id)) {
            return Err("an invalid index was called valid".to_owned());
        }
    }
    Ok(())
}

/// Interrupted between any two statements, and with both names taken: it may take two runs, and the first one says so.
fn half_recovered() -> Result<(), String> {
    let (database, wanted, mut client) = prepared("indexes_half")?;
    run(&mut client, &wanted, true)?;
    client.batch_execute("DROP INDEX notes_user_id_idx").map_err(|error| db::describe_error(&error))?;
    let statements = sql::index_statements(&wanted, true);
    for done in 0..statements.len() {
        interrupt(&database, &wanted)?;
        for statement in &statements[..done] {
            client.execute(statement, &[]).map_err(|error| db::describe_error(&error))?;
        }
        run(&mut client, &wanted, true)?;
        expect_all_valid(&mut client, &wanted)?;
        client.batch_execute("DROP INDEX notes_user_id_idx").map_err(|error| db::describe_error(&error))?;
    }
    interrupt(&database, &wanted)?;
    client.batch_execute("CREATE INDEX notes_user_id_idx_invalid ON notes (id)").map_err(|error| db::describe_error(&error))?;
    if run(&mut client, &wanted, true).is_ok() {
        return Err("it was not said that an index is invalid".to_owned());
    }
    run(&mut client, &wanted, true)?;
    expect_all_valid(&mut client, &wanted).map(drop)
}

fn building() -> Result<(), String> {
    let (database, wanted, mut client) = prepared("indexes_building")?;
    let mut writer = database.connect(DEPLOYER)?;
    writer.batch_execute("BEGIN; INSERT INTO notes VALUES (11, 1)").map_err(|error| db::describe_error(&error))?;
    let (mut builder, create) = (database.connect(DEPLOYER)?, of_notes(&wanted).create(true));
    let thread = std::thread::spawn(move || builder.execute(&create, &[]).map_err(|error| db::describe_error(&error)));
    let started = Instant::now();
    while made(&mut client).is_empty() {
        if started.elapsed() > Duration::from_secs(20) {
            return Err("the build never began".to_owned());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for concurrently in [true, false] {
        match run(&mut client, &wanted, concurrently) {
            Err(error) if error.contains("another session is building an index of public.notes") => {}
            other => return Err(format!("{other:?}")),
        }
    }
    let begun = made(&mut client);
    writer.batch_execute("COMMIT").map_err(|error| db::describe_error(&error))?;
    thread.join().map_err(|_| "the builder panicked")??;
    run(&mut client, &wanted, true)?;
    let found = expect_all_valid(&mut client, &wanted)?;
    match begun.iter().all(|(name, _, id)| found.iter().any(|(other, _, kept)| other == name && kept == id)) {
        true => Ok(()),
        false => Err(format!("{begun:?} {found:?}")),
    }
}

fn taken() -> Result<(), String> {
    let (database, wanted, mut client) = prepared("indexes_taken")?;
    client.batch_execute("CREATE INDEX notes_user_id_idx ON users (id)").map_err(|error| db::describe_error(&error))?;
    let before = made(&mut client);
    // Valid or not, it is not ours to drop.
    let invalid = "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'notes_user_id_idx'::regclass";
    for spoil in ["SELECT", invalid] {
        database.connect("postgres")?.batch_execute(spoil).map_err(|error| db::describe_error(&error))?;
        match run(&mut client, &wanted, true) {
            Err(error) if error.contains("an index of another table: public.notes_user_id_idx") => {}
            other => return Err(format!("{other:?}")),
        }
    }
    let kept = made(&mut client).iter().any(|(_, _, id)| *id == before[0].2);
    if kept { Ok(()) } else { Err("the index of another table is gone".to_owned()) }
}

fn file() -> Result<(), String> {
    let Some(psql) = cluster::client_program("psql")? else { return Ok(()) };
    let (database, wanted, mut client) = prepared("indexes_file")?;
    interrupt(&database, &wanted)?;
    for concurrently in [true, false] {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.indexes.sql", database.name));
        std::fs::write(&path, sql::index_script(&wanted, concurrently)).map_err(|error| error.to_string())?;
        let output = Command::new(&psql)
            .args(["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--host", &cluster::host()?, "--username", DEPLOYER, "--file"])
            .arg(&path)
            .arg(&database.name)
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
    }
    expect_all_valid(&mut client, &wanted).map(drop)
}

/// The record is found by a key, which has its index; other rows are found by what the action asks of them.
fn of_actions() -> Result<(), String> {
    let schema = format!("{SCHEMA}  codes: {{ unique: [code], columns: {{ id: integer, code: uuid, used: boolean }} }}\n")
        .replace(
            "notes: { columns: { id: integer,",
            "notes: { columns: { id: integer, code_id: { type: integer, references: codes },",
        );
    let of = |asked: &str| -> Result<Vec<String>, String> {
        let action = format!("actions: {{ use: {{ on: codes, by: code, where: {asked}, set: {{ used: true }} }} }}\n");
        let config =
            format!("{}guards: {{ schema: guard }}\n{action}", CONFIG.replace("users: closed", "users: closed, codes: closed"));
        let (model, _) = project::model_of(&config, &schema, POLICY)?;
        Ok(wanted(&model).into_iter().filter(|index| index.table == "public.notes").map(|index| index.column).collect())
    };
    let (alone, of_others) = (of("Used is false")?, of("Used is false and any Notes where (User is Logged in User)")?);
    if alone == ["user_id"] && of_others == ["code_id", "user_id"] {
        return Ok(());
    }
    Err(format!("{alone:?}, {of_others:?}"))
}

/// Each arm is found by an index of its own, and so is what leads to it.
fn of_holders() -> Result<(), String> {
    let schema = format!(
        "{SCHEMA}  groups: {{ columns: {{ id: integer }} }}\n  \
         in_groups: {{ columns: {{ id: integer, user_id: {{ type: integer, references: users }}, group_id: {{ type: integer, references: groups }} }} }}\n  \
         bindings: {{ columns: {{ id: integer, user_id: {{ type: integer, references: users }}, group_id: {{ type: integer, references: groups }}, \
         note_id: {{ type: integer, references: notes }} }} }}\n"
    );
    let closed = CONFIG.replace("users: closed", "users: closed, groups: closed, in_groups: closed, bindings: closed");
    let of = |holder: &str| -> Result<Vec<String>, String> {
        let config = format!("{closed}memberships: {{ Binding: {{ table: bindings, {holder}, within: note_id }} }}\n");
        let rule = "table notes { rule \"Bound\" for Authenticated { where this record is one of User's Binding allow read } }";
        let policy = POLICY.replace("table notes {", &format!("{rule}\ntable notes {{"));
        let (model, _) = project::model_of(&config, &schema, &policy)?;
        let found =
            wanted(&model).into_iter().filter(|index| ["public.bindings", "public.in_groups"].contains(&index.table.as_str()));
        Ok(found.map(|index| format!("{}.{}", index.table, index.column)).collect())
    };
    let by_user = of("user: user_id")?;
    let by_group = of("holder: User is Logged in User or any Group's In Groups where (User is Logged in User)")?;
    let (user, group) = ("public.bindings.user_id", "public.bindings.group_id");
    let is_found = |column: &str| by_group.iter().any(|found| found == column);
    if by_user == [user] && is_found(user) && is_found(group) && is_found("public.in_groups.user_id") {
        return Ok(());
    }
    Err(format!("{by_user:?}, {by_group:?}"))
}
