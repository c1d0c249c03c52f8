//! `rowgate test`: what it says of scenarios that do not hold, in every format, in memory and on a server; what it refuses; and that nothing of it stays.

use std::path::Path;

use libtest_mimic::Trial;

use crate::cluster::{self, DEPLOYER, Database};
use crate::commands::{copy_examples, edit, expect, files, rowgate, transcript, write};
use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::{clients, ddl, folders, project, root, trial};

/// The snapshots that these tests pin.
pub const SNAPSHOTS: [&str; 5] = [
    "what_scenarios_do_not_see_is_named",
    "failing_cells_are_told_with_their_reasons",
    "failing_cells_have_colours",
    "what_no_scenario_can_say_is_an_error",
    "where_a_server_differs_is_told",
];

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 13] = [
        ("a_field_that_no_grant_names_is_not_assigned", kept),
        ("a_change_runs_them_again", watched),
        ("pgtap_runs_what_is_emitted", pgtap),
        ("what_scenarios_do_not_see_is_named", depth),
        ("memberships_and_actions_are_seen_or_named", beside),
        ("failing_cells_are_told_with_their_reasons", told),
        ("what_no_scenario_can_say_is_an_error", bad_input),
        ("conditions_are_said_in_their_own_direction", directions),
        ("scenarios_may_be_chosen", chosen),
        ("a_moment_may_be_given", frozen),
        ("a_grant_that_contradicts_itself_is_none", contradicting),
        ("where_a_server_differs_is_told", differing),
        ("roles_that_nothing_binds_are_refused", refused),
    ];
    let examples = folders(&root().join("policies")).into_iter().map(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trial(format!("testing::whatever_is_left_out_of_{name}_is_noticed"), move || noticed(&folder))
    });
    all.into_iter()
        .map(|(name, body)| trial(format!("testing::{name}"), move || body(&temporary(&format!("testing_{name}"))?)))
        .chain(examples)
        .collect()
}

/// Examples with something wrong of every kind: too much, too little, another step, other fields.
fn broken(folder: &Path) {
    copy_examples(folder, &["user_items", "team_rbac"]);
    let items = |from: &str, to: &str| edit(folder, "user_items/items.test.yaml", from, to);
    items("read: { items: [21, 22] }", "read: { items: [21, 11, 12] }");
    items("{ key: 11, set: { user_id: 2 } } #", "{ key: 11, set: { name: Große Ölfässer } } #");
    items("{ key: 21, set: { user_id: 1 } }", "{ key: 21, set: { user_id: 1 }, outcome: rejected }");
    items("create: { items: [31, 32] }", "create: { items: [31, 32, { id: 33, user_id: 1, name: x }] }");
    items("update: { items: [31, 32] }", "update: { items: [31, 32, { key: 31, set: { user_id: 1 } }] }");
    let team = |from: &str, to: &str| edit(folder, "team_rbac/team_rbac.test.yaml", from, to);
    team("projects: [1, 2, { key: 1, set: { name: New } }]", "projects: [1, 2, { key: 1, set: { team_id: 2 } }]");
    team("{ key: 6, fields: [id, name, email] }", "{ key: 6, fields: [id, name, phone] }");
    team("delete: { projects: [1] }", "delete: { projects: [1, 2] }");
    team(
        "do: { accept_invitation: [{ token: 00000000-0000-4000-8000-000000000004 }] }",
        "do: { accept_invitation: [{ token: 00000000-0000-4000-8000-000000000002 }] }",
    );
    team(
        "team_members: [{ user_id: 11, team_id: 1, role_id: 2, phone: null, pay: null }]",
        "team_members: [{ user_id: 11, team_id: 2 }]",
    );
}

fn told(folder: &Path) -> Result<(), String> {
    broken(folder);
    transcript(
        folder,
        "failing_cells_are_told_with_their_reasons",
        &[
            &["test", "user_items"],
            &["test", "user_items", "--scenario", "bob", "--format", "tap"],
            &["test", "user_items", "--scenario", "Bob", "--format", "json"],
            &["test", "user_items", "--format", "junit"],
            &["test", "team_rbac", "--scenario", "adam, an", "--scenario", "mara", "--scenario", "inga, once"],
            &["check", "user_items"],
        ],
    )?;
    let (_, coloured, _) = rowgate(folder, &["test", "user_items", "--color", "always"])?;
    assert_snapshot("commands", "failing_cells_have_colours", &coloured.replace('\u{1b}', "^"));
    let dull: String = coloured
        .split('\u{1b}')
        .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest))
        .collect();
    expect(dull == rowgate(folder, &["test", "user_items"])?.1, "colours change nothing else")
}

fn noticed(folder: &Path) -> Result<(), String> {
    let (code, stdout, stderr) = rowgate(folder, &["test", "--mutate"])?;
    expect(code == 0 && stdout.contains(" noticed, 100 %"), &format!("{stdout}{stderr}"))
}

fn depth(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items", "recipes", "patterns"]);
    // Without what tells the two denials apart, without two people, and with a rule that nobody has.
    edit(folder, "recipes/recipes.test.yaml", ", outcome: no row", "");
    edit(folder, "recipes/recipes.test.yaml", "- { id: 4, file_id: 2, user_id: 3,", "- { id: 4, file_id: 4, user_id: 3,");
    edit(folder, "recipes/recipes.test.yaml", "files: [2], shares: [4] }", "files: [4], shares: [4] }");
    edit(folder, "recipes/recipes.test.yaml", "update: { files: [2], payments", "update: { files: [4], payments");
    let file = "user_items/items.test.yaml";
    let text = files(folder)[file].clone();
    let kept = text.split("  - name: Bob has his").next().unwrap_or_default();
    write(folder, file, kept.replace("delete: { items: [11, 12] }", "delete: { items: [] }"));
    edit(folder, "user_items/items.policy", "update, delete", "update");
    transcript(
        folder,
        "what_scenarios_do_not_see_is_named",
        &[
            &["test", "user_items", "--coverage", "--mutate", "--format", "json"],
            &["test", "patterns", "--coverage", "--scenario", "lead"],
            &["test", "recipes", "--mutate", "--coverage"],
            &["test", "recipes", "--mutate", "--coverage", "--color", "always"],
            &["test", "recipes", "--coverage", "--format", "tap", "--scenario", "visitor"],
        ],
    )
}

/// What the session says stands to the left, and a day beside moments is said as a day.
fn directions(folder: &Path) -> Result<(), String> {
    write(
        folder,
        "rowgate.yaml",
        "version: 1\nidentity: { provider: setting, setting: app.user_id, claims: app.claims, user_table: users, signed_in_role: app_user }\nclosed_tables: { users: no }\n",
    );
    let schema = "version: 1\ntables:\n  users: { columns: { id: integer } }\n  items: { columns: { id: integer, due_at: timestamptz, name: text } }\n";
    write(folder, "schema.yaml", schema);
    let conditions = [
        "Claim \"exp\" is after now",
        "Claim \"until\" is not before today",
        "Due At is after today",
        "Due At is not after today",
        "Due At equals today",
        "Due At does not equal today",
        "Name equals Claim \"name\"",
    ];
    let rules: Vec<String> = conditions
        .iter()
        .enumerate()
        .map(|(number, condition)| {
            format!("  rule \"{number}\" for Authenticated {{ where Name is \"{number}\" and {condition} allow read }}\n")
        })
        .collect();
    write(folder, "items.policy", format!("table items {{\n{}}}\n", rules.concat()));
    write(folder, "a.test.yaml", "users: { Ann: 1 }\nrows: { users: [{ id: 1 }], items: [{ id: 1, name: a }] }\nscenarios: []\n");
    let (_, said, stderr) = rowgate(folder, &["why", "read", "items", "1", "--as", "Ann"])?;
    let missing: Vec<&&str> = conditions.iter().filter(|condition| !said.contains(**condition)).collect();
    expect(missing.is_empty(), &format!("{missing:?}\n{said}{stderr}"))
}

fn bad_input(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let broken = [
        ("user", "as: Bob", "as: Bop"),
        ("table", "read: { items: [31, 32] }", "read: { itms: [31, 32] }"),
        ("key", "delete: { items: [31, 32] }", "delete: { items: [31, 99] }"),
        ("type", "delete: { items: [31, 32] }", "delete: { items: [[31, 1]] }"),
        ("fixture", "{ id: 11, user_id: 1, name: Tent }", "{ id: 11, user_id: one, nam: Tent }"),
        ("word", "    can:\n      read: { items: [21", "    may:\n      read: { items: [21"),
        ("now", "users: {", "now: tomorrow\nusers: {"),
        ("both", "delete: { items: [31, 32] }", "delete: { items: [31, 32] }\n    cannot: { delete: { items: [31] } }"),
    ];
    for (name, from, to) in broken {
        copy_examples(&folder.join(name), &["user_items"]);
        edit(&folder.join(name), "user_items/items.test.yaml", from, to);
    }
    let pair = root().join("tests/cases/a_reference_of_several_columns_reaches_the_row_that_has_all_of_them");
    files(&pair).into_iter().for_each(|(name, text)| write(folder, &format!("pair/{name}"), text));
    edit(folder, "pair/main.test.yaml", "delete: { pages: [[1, 7], [1, 8]]", "delete: { pages: [7, [1, 9]]");
    write(folder, "empty/rowgate.yaml", std::fs::read(folder.join("user_items/rowgate.yaml")).unwrap());
    write(folder, "empty/schema.yaml", std::fs::read(folder.join("user_items/schema.yaml")).unwrap());
    write(folder, "empty/items.policy", std::fs::read(folder.join("user_items/items.policy")).unwrap());
    let mut commands: Vec<Vec<String>> =
        broken.iter().map(|(name, ..)| vec!["test".to_owned(), format!("{name}/user_items")]).collect();
    for more in [
        &["empty"][..],
        &["pair"],
        &["user_items", "--scenario", "nobody at all"],
        &["user_items", "--table", "itens"],
        &["user_items", "--both"],
        &["user_items", "--database-url", "postgresql://127.0.0.1:1/nothing"],
        &["user_items", "--postgres=/nowhere"],
    ] {
        commands.push(std::iter::once("test").chain(more.iter().copied()).map(str::to_owned).collect());
    }
    let commands: Vec<Vec<&str>> = commands.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    transcript(folder, "what_no_scenario_can_say_is_an_error", &commands)
}

fn chosen(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    let said = |arguments: &[&str]| rowgate(folder, &[&["test", "team_rbac"], arguments].concat());
    let of_all = said(&[])?;
    expect(of_all.0 == 0 && of_all.2.contains("19 scenarios hold"), &of_all.2)?;
    let one = said(&["--scenario", "MARA"])?;
    expect(one.0 == 0 && one.2.contains("1 scenario holds"), &one.2)?;
    // Four operations on two rows.
    let table = said(&["--scenario", "mara", "--table", "teams"])?;
    expect(table.2.contains("8 expectations"), &table.2)
}

/// The rules ask what is after now: at a moment before it is not, what expires has not yet.
fn frozen(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    let file = "team_rbac/team_rbac.test.yaml";
    edit(folder, file, "users: { Root", "now: \"2000-06-01 12:00:00+00\"\n\nusers: { Root");
    let (code, stdout, stderr) = rowgate(folder, &["test", "team_rbac", "--scenario", "Vic, a Viewer"])?;
    expect(code == 1, &stderr)?;
    expect(stdout.contains("read projects 3, 4, 5: each is possible"), &stdout)?;
    // Beside a server, too: it cannot be told, and what was tried is no less than without.
    let (code, stdout, stderr) = rowgate(folder, &["test", "team_rbac", "--postgres", "--both", "--scenario", "Vic, a Viewer"])?;
    expect(code == 1 && stdout.contains("read projects 3, 4, 5: each is possible"), &stdout)?;
    expect(stderr.contains("in memory alone, since a server's clock does not stand still: team_rbac.test.yaml"), &stderr)
}

/// A server asks for the right to assign a field, whatever is assigned: memory says the same, also of the value that is there.
fn kept(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/items.policy", "allow create, read, update, delete", "allow create, read, update (name), delete");
    let set =
        |set: &str| edit(folder, "user_items/items.test.yaml", "set: { name: Big tent", &format!("set: {{ name: Big tent{set}"));
    expect(rowgate(folder, &["test", "user_items"])?.0 == 0, "without the field, it is changed")?;
    set(", user_id: 1");
    let (code, stdout, _) = rowgate(folder, &["test", "user_items"])?;
    expect(code == 1 && stdout.contains("a rule allows update (user_id)"), &stdout)?;
    let (code, stdout, _) = rowgate(folder, &["test", "user_items", "--both", "--postgres"])?;
    expect(code == 1 && stdout.contains("42501") && !stdout.contains("in memory"), &stdout)
}

/// Where nobody can ever use a grant, the role has no right, and every statement is rejected.
fn contradicting(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    for (delete, is_right) in [("when Logged in User is empty", false), ("when Name is \"a\"", true)] {
        let rules =
            format!("table items {{ rule \"a\" for Authenticated {{ allow create, read, update allow delete {delete} }} }}");
        std::fs::write(folder.join("user_items/items.policy"), rules).map_err(|error| error.to_string())?;
        let tests = "users: { Ann: 1 }\nrows: { users: [{ id: 1, name: Ann }], items: [{ id: 11, user_id: 1, name: x }] }\nscenarios:\n  - name: Ann\n    as: Ann\n    can: { create: { items: all }, read: { items: all }, update: { items: all } }\n    cannot: { delete: { items: [{ key: 11, outcome: OUTCOME }] } }\n";
        let outcome = if is_right { "no row" } else { "rejected" };
        std::fs::write(folder.join("user_items/items.test.yaml"), tests.replace("OUTCOME", outcome))
            .map_err(|error| error.to_string())?;
        let (code, stdout, stderr) = rowgate(folder, &["test", "user_items", "--postgres", "--both"])?;
        expect(code == 0, &format!("{delete}\n{stdout}{stderr}"))?;
    }
    Ok(())
}

/// A database in which the rules of the example are in force, and nobody else's sessions have this role.
fn deployed(folder: &Path, role: &str) -> Result<(Database, String), String> {
    copy_examples(folder, &["user_items"]);
    edit(folder, "user_items/rowgate.yaml", "app_user", role);
    let compiled = project::compile(&folder.join("user_items"))?;
    let database = Database::create("testing")?;
    database.apply(DEPLOYER, &ddl::create(&project::model(&compiled)?.catalog))?;
    database.apply_rules(&rowgate::plan::desired_state(&compiled.state().ok_or("no state")?))?;
    let url = format!("host={} user=postgres dbname={}", cluster::host()?, database.name());
    Ok((database, url))
}

fn differing(folder: &Path) -> Result<(), String> {
    let (database, url) = deployed(folder, "testing_user")?;
    let run = |more: &[&str]| rowgate(folder, &[&["test", "user_items", "--database-url", &url], more].concat());
    let (code, stdout, stderr) = run(&["--both"])?;
    expect(code == 0 && stderr.contains("5 scenarios hold, 185 expectations"), &format!("{stdout}{stderr}"))?;
    // Nothing stays.
    let mut admin = database.connect("postgres")?;
    let left = "SELECT (SELECT count(*) FROM items) + (SELECT count(*) FROM users) + (SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%probe%')";
    let left: i64 = admin.query_one(left, &[]).map_err(|error| error.to_string())?.get(0);
    expect(left == 0, "rows or triggers are left")?;
    // What is in force is not what the rules say: too much of reading, and an update that misses where it was refused.
    database.apply(
        "postgres",
        "ALTER POLICY rowgate_read_testing_user ON items USING (user_id < 2); \
         ALTER POLICY rowgate_delete_testing_user ON items USING (true)",
    )?;
    let (code, stdout, stderr) = run(&["--both"])?;
    expect(code == 1, &stderr)?;
    assert_snapshot("commands", "where_a_server_differs_is_told", &format!("{stdout}{stderr}"));
    // Without rights, nothing is rejected by a policy: it is no row where a policy hides it, and rejected where there is no right.
    database.apply("postgres", "REVOKE DELETE ON items FROM testing_user")?;
    let json = run(&["--format", "json", "--scenario", "cleo"])?.1;
    expect(json.contains("\"outcome\": \"rejected\"") && json.contains("\"outcome\": \"no row\""), &json)
}

/// Whatever the rules of an example, the first file holds, and shows most of them.
/// What decides beside the rules: which memberships count, and what actions do and refuse.
fn beside(folder: &Path) -> Result<(), String> {
    let project = [
        (
            "rowgate.yaml",
            "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role, where: Left is not true } }
roles: { Member: { membership: Team, equals: member } }
guards: { schema: guard }
actions:
  join: { on: teams, by: id, where: Open is true, set: { open: 'false' }, create: { members: { user_id: Logged in User, team_id: Id, role: '\"member\"' } } }
closed_tables: { users: closed, members: closed }
",
        ),
        (
            "schema.yaml",
            "version: 1
tables:
  users: { columns: { id: integer } }
  teams: { columns: { id: integer, open: boolean } }
  members: { columns: { id: { type: integer, generated: true }, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text, left: boolean } }
",
        ),
        ("main.policy", "table teams { rule \"own\" for Authenticated { where Id is one of User's Team allow read } }\n"),
    ];
    project.iter().for_each(|(name, text)| write(folder, name, text));
    let scenarios = |members: &str, more: &str| {
        format!(
            "rows:
  users: [{{ id: 1 }}]
  teams: [{{ id: 1, open: true }}, {{ id: 2, open: false }}]
  members: [{{ id: 1, user_id: 1, team_id: 1, role: member, left: false }}{members}]
scenarios:
  - name: a member
    as: 1
    can: {{ read: {{ teams: [1] }}, do: {{ join: [{{ id: 1 }}] }} }}
{more}"
        )
    };
    let coverage = || {
        let (code, stdout, stderr) = rowgate(folder, &["test", ".", "--coverage", "--color", "never"])?;
        Ok::<_, String>((code, stdout + &stderr))
    };
    write(folder, "main.test.yaml", scenarios("", ""));
    let (code, said) = coverage()?;
    let is_named = [
        "1 of 2 statements, 0 of 1 action",
        "membership Team: Left is not true: was never false or unknown",
        "action join: nobody is refused it",
    ]
    .iter()
    .all(|named| said.contains(named));
    expect(code == 1 && is_named, &said)?;
    let members = ", { id: 2, user_id: 1, team_id: 2, role: member, left: true }, { id: 3, user_id: 1, team_id: 2, role: member, left: null }";
    write(folder, "main.test.yaml", scenarios(members, "    cannot: { do: { join: [{ id: 2 }] } }\n"));
    let (code, said) = coverage()?;
    expect(code == 0 && said.contains("2 of 2 statements, 1 of 1 action"), &said)
}

fn watched(folder: &Path) -> Result<(), String> {
    use std::io::BufRead;
    copy_examples(folder, &["user_items"]);
    let failed = |error: std::io::Error| error.to_string();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_rowgate"))
        .args(["test", "user_items", "--watch"])
        .current_dir(folder)
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut lines = std::io::BufReader::new(child.stderr.take().ok_or("no stderr")?).lines().map_while(Result::ok);
    let mut wait = |text: &str| lines.by_ref().take(20).any(|line| line.contains(text));
    let first = wait("5 scenarios hold") && wait("waiting for a change");
    edit(folder, "user_items/items.test.yaml", "read: { items: [21, 22] }", "read: { items: [21] }");
    let second = wait("1 of 5 scenarios failed") && wait("waiting for a change");
    child.kill().map_err(failed)?;
    child.wait().map_err(failed)?;
    expect(first && second, "it runs once, and again when a file changes")
}

/// With the real pgTAP, where it is installed.
fn pgtap(folder: &Path) -> Result<(), String> {
    let examples = ["user_items", "team_rbac", "real_estate", "recipes"];
    copy_examples(folder, &examples);
    let Some(psql) = cluster::client_program("psql")? else { return Ok(()) };
    for example in examples {
        let compiled = project::compile(&folder.join(example))?;
        let database = Database::create("pgtap")?;
        let mut admin = database.connect("postgres")?;
        let there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'pgtap'";
        let there: i64 = admin.query_one(there, &[]).map_err(|error| error.to_string())?.get(0);
        if there == 0 {
            // Binaries that were fetched come without it.
            let fetched = std::env::var_os("ROWGATE_POSTGRES_BIN").is_some();
            return if fetched {
                Ok(())
            } else {
                clients::skipped("there is no pgTAP (Debian: apt-get install postgresql-15-pgtap)".to_owned())
            };
        }
        database.apply(DEPLOYER, &ddl::create(&project::model(&compiled)?.catalog))?;
        database.apply_rules(&rowgate::plan::desired_state(&compiled.state().ok_or("no state")?))?;
        let (code, written, stderr) = rowgate(folder, &["test", example, "--emit", "pgtap", "--output", example])?;
        expect(code == 0, &stderr)?;
        let run = |script: &str| {
            let script = folder.join(script.trim_start_matches("<folder>/"));
            let output = std::process::Command::new(&psql)
                .args(["-X", "-q", "-A", "-t", "-U", "postgres", "-h", &cluster::host()?, "-d", database.name(), "-f"])
                .arg(script)
                .output()
                .map_err(|error| error.to_string())?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            Ok::<_, String>(text(&output.stdout) + &text(&output.stderr))
        };
        for script in written.lines() {
            let said = run(script)?;
            let oks = said.lines().filter(|line| line.starts_with("ok ")).count();
            let is_well = !said.contains("not ok") && !said.contains("ERROR") && said.contains(&format!("1..{oks}\n"));
            expect(oks > 10 && is_well, &format!("{script}:\n{}", wrong_lines(&said)))?;
        }
        if example == "user_items" {
            database.apply("postgres", "ALTER POLICY rowgate_read_app_user ON items USING (true)")?;
            let said = run(written.lines().next().unwrap_or_default())?;
            expect(said.contains("not ok") && said.contains("Bob has his: read items 11"), &said)?;
        }
    }
    Ok(())
}

/// What is not well of what pgTAP says.
fn wrong_lines(said: &str) -> String {
    said.lines().filter(|line| !line.starts_with("ok ")).take(30).collect::<Vec<_>>().join("\n")
}

fn refused(folder: &Path) -> Result<(), String> {
    let (database, url) = deployed(folder, "testing_bound")?;
    let before = files(folder);
    let mut admin = database.connect("postgres")?;
    let mut refuses = |before: &str, after: &str, url: &str, said: &str| {
        // Others ask who is a member of the owner.
        let _roles = crate::cluster::lock_roles();
        admin.batch_execute(before).map_err(|error| format!("{before}: {error}"))?;
        let outcome = rowgate(folder, &["test", "user_items", "--database-url", url]);
        admin.batch_execute(after).map_err(|error| format!("{after}: {error}"))?;
        let (code, stdout, stderr) = outcome?;
        expect(
            code == 2 && stdout.is_empty() && stderr.contains(said) && stderr.contains("help: "),
            &format!("{said}: {stdout}{stderr}"),
        )
    };
    refuses(
        "ALTER ROLE testing_bound SUPERUSER",
        "ALTER ROLE testing_bound NOSUPERUSER",
        &url,
        "`testing_bound`: it is a superuser",
    )?;
    refuses(
        "ALTER ROLE testing_bound BYPASSRLS",
        "ALTER ROLE testing_bound NOBYPASSRLS",
        &url,
        "`testing_bound`: it is a role with BYPASSRLS",
    )?;
    refuses(
        "CREATE ROLE testing_boss BYPASSRLS; GRANT testing_boss TO testing_bound",
        "DROP ROLE testing_boss",
        &url,
        "`testing_bound`: it may act as `testing_boss`, which is a role with BYPASSRLS",
    )?;
    refuses(
        "ALTER TABLE items NO FORCE ROW LEVEL SECURITY; GRANT deployer TO testing_bound",
        "ALTER TABLE items FORCE ROW LEVEL SECURITY; REVOKE deployer FROM testing_bound",
        &url,
        "`testing_bound`: it may act as the owner of `items`, whose row security is not forced",
    )?;
    refuses("INSERT INTO users (id, name) VALUES (1, 'x')", "DELETE FROM users", &url, "`users` has rows already")?;
    let of_deployer = url.replace("user=postgres", &format!("user={DEPLOYER}"));
    refuses("", "", &of_deployer, "`deployer` is no superuser")?;
    let elsewhere = Database::create("testing_empty")?;
    refuses("", "", &url.replace(database.name(), elsewhere.name()), "the table `items` is not in this database")?;
    expect(files(folder) == before, "nothing is written")
}
