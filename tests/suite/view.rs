//! `rowgate as` on a server: it shows what the application's role would see, tells what a statement would do, and leaves nothing behind.

use std::path::Path;

use libtest_mimic::Trial;

use crate::cluster::{self, Database};
use crate::commands::rowgate;
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("view::shows_what_somebody_sees", rows),
        trial("view::tells_what_a_statement_would_do_and_undoes_it", statements),
        trial("view::takes_no_statement_that_could_stay", refusals),
        trial("view::says_what_the_server_says", failures),
    ]
}

fn deploy(example: &str) -> Result<(Database, String), String> {
    let folder = root().join("policies").join(example);
    let compiled = project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let (_, scenarios) = files.first().ok_or("no rows")?;
    let database = project::deploy(&folder, &compiled, scenarios)?;
    let url = format!("host={} user=postgres dbname={}", cluster::host()?, database.name);
    Ok((database, url))
}

/// The command in the folder of an example, on a database: exit code, results.
fn view(example: &str, url: &str, arguments: &[&str]) -> Result<(i32, String), String> {
    let folder = root().join("policies").join(example);
    let all: Vec<&str> = ["as"].iter().chain(arguments).copied().chain(["--database-url", url]).collect();
    rowgate(Path::new(&folder), &all).map(|(code, out, _)| (code, out))
}

fn expect(what: &str, (code, out): (i32, String), expected_code: i32, expected: &str) -> Result<(), String> {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n");
    match code == expected_code && lines(&out).trim() == lines(expected).trim() {
        true => Ok(()),
        false => Err(format!("{what}: {code}\n{out}")),
    }
}

fn rows() -> Result<(), String> {
    let (_database, url) = deploy("team_rbac")?;
    let ask = |arguments: &[&str]| view("team_rbac", &url, arguments);
    expect(
        "projects",
        ask(&["Vic", "--table", "projects"])?,
        0,
        "projects  2 rows
         created_by  id  name  status  team_id
         6           1   P     open    1
         5           2   Q     open    1",
    )?;
    expect(
        "some",
        ask(&["Vic", "--table", "projects", "--rows", "1"])?,
        0,
        "projects  the first 1 row\ncreated_by  id  name  status  team_id\n6           1   P     open    1",
    )?;
    // Where there is a masking view, it is what somebody sees.
    let (_, members) = ask(&["Mara", "--table", "team_members"])?;
    let own = members.lines().find(|line| line.trim_start().starts_with("6 ")).unwrap_or_default();
    let other = members.lines().find(|line| line.trim_start().starts_with("5 ")).unwrap_or_default();
    if !own.contains("666") || other.contains("555") || !members.contains("11 rows") {
        return Err(members);
    }
    let remark = "read from masked.team_members, where what is hidden looks as if it were empty";
    if !members.contains(remark) {
        return Err(members);
    }
    let told = |arguments: &[&str]| {
        let (_, json) = ask(&[arguments, &["--format", "json"]].concat())?;
        serde_json::from_str::<serde_json::Value>(&json).map_err(|error| error.to_string())
    };
    let masked = told(&["Mara", "--table", "team_members", "--rows", "3"])?;
    let wanted = serde_json::json!([{ "kind": "masked", "view": "masked.team_members" }]);
    if masked[0]["remarks"] != wanted || masked[0]["more"] != true || masked[0]["rows"].as_array().map(Vec::len) != Some(3) {
        return Err(masked.to_string());
    }
    let statements = told(&["Mara", "--sql", "DELETE FROM projects WHERE false", "--sql", "TRUNCATE projects"])?;
    if statements[0]["touched"] != 0 || !statements[1]["refused"].is_string() || statements[1]["kind"] != "statement" {
        return Err(statements.to_string());
    }
    expect("nobody", ask(&["nobody", "--table", "projects"])?, 0, "projects  0 rows")?;
    // By identity, without a name in the test file.
    let (_, root) = ask(&["1", "--table", "projects"])?;
    if root.contains("5 rows") { Ok(()) } else { Err(root) }
}

fn statements() -> Result<(), String> {
    let (database, url) = deploy("user_items")?;
    let insert = "INSERT INTO items (id, user_id, name) VALUES (99, 1, 'Lamp')";
    let count = "SELECT count(*) FROM items";
    let all = [
        "Ann",
        "--sql",
        insert,
        "--sql",
        count,
        "--sql",
        "UPDATE items SET name = 'x'",
        "--sql",
        "DELETE FROM items RETURNING id",
    ];
    expect(
        "own items",
        view("user_items", &url, &all)?,
        0,
        &format!(
            "{insert}  1 row, undone\n\n{count}  1 row\ncount\n3\n\nUPDATE items SET name = 'x'  3 rows, undone\n\nDELETE FROM items RETURNING id  3 rows\nid\n11\n12\n99"
        ),
    )?;
    let gift = "INSERT INTO items (id, user_id, name) VALUES (99, 2, 'Lamp')";
    let (code, out) = view("user_items", &url, &["Ann", "--sql", gift, "--sql", count])?;
    if code != 1 || !out.contains("refused: new row violates row-level security policy") || !out.contains("\n  2\n") {
        return Err(format!("{code}\n{out}"));
    }
    // The connection may become anybody; what one statement has taken of that, the next one does not have.
    let (role, user) = ("SELECT set_config('role', 'postgres', false)", "SELECT set_config('app.user_id', '2', false)");
    let (_, out) = view("user_items", &url, &["Ann", "--sql", role, "--sql", user, "--sql", count])?;
    if !out.ends_with(&format!("{count}  1 row\n  count\n  2\n")) {
        return Err(out);
    }
    let mut admin = database.connect("postgres")?;
    let left: i64 = admin.query_one("SELECT count(*) FROM items WHERE name <> 'x'", &[]).map_err(|e| e.to_string())?.get(0);
    if left == 6 { Ok(()) } else { Err(format!("{left} rows are left")) }
}

fn refusals() -> Result<(), String> {
    let (database, url) = deploy("user_items")?;
    for statement in [
        "COMMIT",
        "ROLLBACK",
        " (commit",
        "RESET ROLE",
        "SET ROLE postgres",
        "-- a remark\nCOMMIT",
        "DO $$ BEGIN DELETE FROM items; END $$",
        "DELETE FROM items; COMMIT",
        "SELECT 1; SELECT 2",
        "TRUNCATE items",
        "",
    ] {
        let (code, out) = view("user_items", &url, &["Ann", "--sql", "DELETE FROM items", "--sql", statement])?;
        if code != 1 || !out.contains("refused: ") {
            return Err(format!("{statement}: {code}\n{out}"));
        }
    }
    let mut admin = database.connect("postgres")?;
    let left: i64 = admin.query_one("SELECT count(*) FROM items", &[]).map_err(|e| e.to_string())?.get(0);
    if left == 6 { Ok(()) } else { Err(format!("{left} rows are left")) }
}

fn failures() -> Result<(), String> {
    let (database, url) = deploy("user_items")?;
    let (code, out) = view("user_items", &url, &["Ann", "--sql", "SELECT nonsense FROM items"])?;
    if code != 1 || !out.contains("refused: column \"nonsense\" does not exist (42703)") {
        return Err(format!("{code}\n{out}"));
    }
    // Who may not act as the application's role is told so; who is no server, too.
    let outsider = format!("host={} user=outsider dbname={}", cluster::host()?, database.name);
    for (url, words) in
        [(outsider.as_str(), "permission denied to set role"), ("host=/nowhere user=x", "cannot connect to the socket")]
    {
        let folder = root().join("policies/user_items");
        let (code, _, err) = rowgate(&folder, &["as", "Ann", "--database-url", url])?;
        if code != 2 || !err.contains(words) {
            return Err(format!("{code}\n{err}"));
        }
    }
    // A name that can be nobody's is no reason to connect; an identity without a row is shown, and told.
    let ask = |who: &str, url: &str| rowgate(&root().join("policies/user_items"), &["as", who, "--database-url", url]);
    let (code, _, err) = ask("An", "host=/nowhere user=x")?;
    if code != 2 || !err.contains("error: `An` is no name under `users`") || !err.contains("help: did you mean `Ann`?") {
        return Err(format!("{code}\n{err}"));
    }
    let (code, _, err) = ask("99", &url)?;
    if code != 0 || !err.starts_with("note: no row of `users` has the id `99`") {
        return Err(format!("{code}\n{err}"));
    }
    let (code, _, err) = ask("2", &url)?;
    if code == 0 && err.is_empty() { Ok(()) } else { Err(format!("{code}\n{err}")) }
}
