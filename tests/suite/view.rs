//! `rowgate as` on a server: it shows what the application's role would see, tells what a statement would do, and leaves nothing behind.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use crate::cluster::{self, Database};
use crate::commands::{edit, files, rowgate, write};
use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::{project, root, trial};

/// The snapshot that these tests pin.
pub const SNAPSHOT: &str = "a_database_is_shown_in_colour";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("view::shows_what_somebody_sees", rows),
        trial("view::tells_what_a_statement_would_do_and_undoes_it", statements),
        trial("view::colours_are_pinned", coloured),
        trial("view::takes_no_statement_that_could_stay", refusals),
        trial("view::says_what_the_server_says", failures),
        trial("view::asks_by_a_login_that_inherits_nothing", not_inheriting),
        trial("view::nobody_is_shown_in_the_place_of_somebody", untold),
        trial("view::tokens_are_as_the_provider_writes_them", tokens),
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
    rowgate(Path::new(&folder), &all).map(|(code, out, err)| (code, if code == 2 { err } else { out }))
}

fn expect(what: &str, (code, out): (i32, String), expected_code: i32, expected: &str) -> Result<(), String> {
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n");
    match code == expected_code && lines(&out).trim() == lines(expected).trim() {
        true => Ok(()),
        false => Err(format!("{what}: {code}\n{out}")),
    }
}

fn rows() -> Result<(), String> {
    let (database, _) = deploy("team_rbac")?;
    // As the application's login, which sees what policies show it.
    database.apply(
        "postgres",
        "DROP ROLE IF EXISTS view_rows; CREATE ROLE view_rows LOGIN NOINHERIT; GRANT team_user TO view_rows",
    )?;
    let url = database.url("view_rows")?;
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

/// The tables, statements, and lines of a shell, each in colour and without.
fn coloured() -> Result<(), String> {
    let (_database, url) = deploy("team_rbac")?;
    let lines = "SELECT id, name FROM projects ORDER BY id\nas Root\nDELETE FROM nowhere\nUPDATE projects SET name = 'x'\n";
    let mut text = String::new();
    for colour in ["always", "never"] {
        for more in [
            &["--table", "projects", "--table", "team_members"][..],
            &["--sql", "SELECT id, name FROM projects ORDER BY id", "--sql", "DELETE FROM nowhere"],
            &["--shell"],
        ] {
            let arguments: Vec<&str> = [&["as", "Vic"], more, &["--color", colour, "--database-url", &url]].concat();
            let output = piped(&arguments, lines)?;
            let shown = [&["as", "Vic"], more, &["--color", colour]].concat().join(" ");
            text.push_str(&format!("$ rowgate {shown}\n{}\n", output.replace('\u{1b}', "^")));
        }
    }
    assert_snapshot("commands", SNAPSHOT, text.trim_end());
    Ok(())
}

/// What this example's command says with a text as its standard input.
fn piped(arguments: &[&str], text: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rowgate"))
        .args(arguments)
        .current_dir(root().join("policies/team_rbac"))
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    // Whoever reads nothing may be gone already.
    drop(child.stdin.take().map(|mut input| input.write_all(text.as_bytes())));
    child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).map_err(failed)
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
        [(outsider.as_str(), "`outsider` may not act as `app_user`"), ("host=/nowhere user=x", "cannot connect to the socket")]
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

/// Who cannot be signed in, and claims that cannot be told, are no reason to show what nobody sees.
fn untold() -> Result<(), String> {
    let folder = temporary("view_untold")?;
    for (name, text) in files(&root().join("tests/cases/a_function_of_the_project_identifies")) {
        write(&folder, &name, text);
    }
    let asks = |arguments: &[&str], words: &str| {
        let (code, out, err) = rowgate(&folder, &[&["as"], arguments, &["--database-url", "host=/nowhere user=x"]].concat())?;
        if code == 2 && err.contains(words) { Ok(()) } else { Err(format!("{arguments:?} ends with {code}:\n{out}{err}")) }
    };
    asks(&["1"], "cannot connect to the socket")?;
    asks(&["1", "--claims", "{\"rank\": \"chief\"}"], "a database cannot be told the claims: `tokens.claims` gives them")?;
    edit(&folder, "main.test.yaml", "sign_in: SET LOCAL my.login = {identity}\n", "");
    asks(&["1"], "no test file says how `1` is signed in")?;
    asks(&["nobody"], "cannot connect to the socket")?;
    write(&folder, "other.test.yaml", "sign_in: SET LOCAL my.login = {identity}\nrows: {}\nscenarios: []\n");
    asks(&["1"], "cannot connect to the socket")
}

/// A login as PostgREST has one: what it may, it may as the application's roles alone, masking views among it.
fn not_inheriting() -> Result<(), String> {
    let (database, url) = deploy("team_rbac")?;
    let login = "DO $$ BEGIN IF to_regrole('view_gate') IS NULL THEN CREATE ROLE view_gate LOGIN NOINHERIT; CREATE ROLE view_heir LOGIN INHERIT; END IF; END $$; \
         GRANT team_user TO view_gate, view_heir";
    database.apply("postgres", login)?;
    let [by_heir, by_login] = ["view_heir", "view_gate"].map(|login| url.replace("user=postgres", &format!("user={login}")));
    for arguments in [&["Mara", "--table", "team_members"][..], &["Mara", "--sql", "SELECT count(*) FROM masked.team_members"]] {
        let wanted = view("team_rbac", &by_heir, arguments)?;
        let found = view("team_rbac", &by_login, arguments)?;
        if found != wanted || wanted.1.trim().is_empty() {
            return Err(format!("{arguments:?}: {found:?} and not {wanted:?}"));
        }
    }
    Ok(())
}

fn tokens() -> Result<(), String> {
    let folder = temporary("view_tokens")?;
    let identity = "identity: { provider: supabase, user_table: users, signed_in_role: view_signed, anonymous_role: view_anon }";
    write(
        &folder,
        "rowgate.yaml",
        format!(
            "version: 1\n{identity}\nroles:\n  Visitor: {{ database_role: view_anon }}\nclosed_tables: {{ users: elsewhere }}\n"
        ),
    );
    write(
        &folder,
        "schema.yaml",
        "version: 1\ntables:\n  users: { columns: { id: uuid } }\n  items: { columns: { id: integer } }\n",
    );
    let rules = "table items {\n  rule \"all\" for Authenticated {\n    allow read when Claim \"role\" is \"view_signed\" and Claim \"aal\" is not \"aal1\"\n  }\n  rule \"one\" for Visitor { allow read when Id is 1 and Claim \"role\" is \"view_anon\" }\n}\n";
    write(&folder, "items.policy", rules);
    write(&folder, "items.test.yaml", "rows: { items: [{ id: 1 }, { id: 2 }] }\nscenarios: [{ name: nobody, as: nobody }]\n");
    let compiled = project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let database = project::deploy(&folder, &compiled, &files.first().ok_or("no rows")?.1)?;
    let url = format!("host={} user=postgres dbname={}", cluster::host()?, database.name);
    let ann = "00000000-0000-4000-8000-000000000001";
    let second = r#"{"aal": "aal2", "app_metadata": {"plan": "pro"}}"#;
    let token = "SELECT (t - 'iat' - 'exp')::text AS t, (t ->> 'exp')::numeric > extract(epoch FROM now()) AS holds \
                 FROM (SELECT current_setting('request.jwt.claims')::jsonb) AS claims (t)";
    let of_ann = format!(
        r#"{{"aal": "aal2", "aud": "authenticated", "sub": "{ann}", "role": "view_signed", "app_metadata": {{"plan": "pro"}}, "is_anonymous": false}}  t"#
    );
    for (arguments, pieces) in [
        (&[ann, "--sql", token, "--claims", second][..], vec![of_ann.as_str()]),
        (&["anonymous", "--sql", token], vec![r#"{"role": "view_anon"}  t"#]),
        (&["nobody", "--sql", token], vec![r#"{"role": "view_signed"}  t"#]),
        // Rows of the test files and rows of a database, by the same token.
        (&[ann, "--table", "items"], vec!["items  0"]),
        (&[ann, "--table", "items", "--claims", second], vec!["items  2"]),
        (&["anonymous", "--table", "items"], vec!["items  1"]),
    ] {
        let is_statement = arguments.contains(&"--sql");
        let ways: &[&[&str]] =
            if is_statement { &[&["--database-url", &url]] } else { &[&["--database-url", &url], &["--samples"]] };
        for way in ways {
            let (code, out, err) = rowgate(&folder, &[&["as"], arguments, way].concat())?;
            let lines = out.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>().join("\n");
            if code != 0 || pieces.iter().any(|piece| !lines.contains(piece)) {
                return Err(format!("{arguments:?} {way:?}: {code}\n{out}{err}"));
            }
        }
    }
    let (code, _, err) = rowgate(&folder, &["as", ann, "--claims", "[1]"])?;
    if code != 2 || !err.contains("`--claims [1]` is no JSON object") {
        return Err(err);
    }
    let (code, _, err) = rowgate(&root().join("policies/user_items"), &["as", "1", "--claims", "{}"])?;
    if code == 2 && err.contains("the project reads no claims") { Ok(()) } else { Err(err) }
}
