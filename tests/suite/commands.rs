//! The command line: exit code, standard output and standard error of each command, pinned together; and that a command that fails leaves
//! everything as it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::{root, trial};

/// The snapshots that these tests pin.
pub const SNAPSHOTS: [&str; 17] = [
    "a_change_is_told_person_by_person",
    "a_change_is_told_by_who_may_do_what",
    "a_difference_is_readable",
    "a_project_is_started_checked_and_built",
    "codes_are_explained",
    "help_is_printed",
    "indexes_are_named_written_and_listed",
    "messages_are_also_json",
    "migrations_are_written_once_and_undone",
    "migrations_have_the_layout_of_a_tool",
    "samples_are_seen_as_somebody_else",
    "sessions_are_given_what_they_say",
    "stages_are_shown",
    "the_matrix_says_never_always_or_when",
    "what_cannot_run_ends_with_two",
    "who_reaches_a_record",
    "why_is_told_down_to_the_statement",
];

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 16] = [
        ("help_is_printed", help),
        ("a_project_is_started_checked_and_built", start),
        ("a_stale_file_is_found", stale),
        ("indexes_are_named_written_and_listed", indexes),
        ("migrations_are_written_once_and_undone", migrate),
        ("errors_end_with_one_and_write_nothing", errors),
        ("what_cannot_run_ends_with_two", cannot_run),
        ("messages_are_also_json", json),
        ("colours_switch_off", colours),
        ("stages_are_shown", show),
        ("codes_are_explained", explain),
        ("shells_get_completions", completions),
        ("samples_are_seen_as_somebody_else", view),
        ("sessions_are_given_what_they_say", said),
        ("the_matrix_says_never_always_or_when", matrix),
        ("why_is_told_down_to_the_statement", why),
    ];
    all.into_iter()
        .map(|(name, body)| trial(format!("commands::{name}"), move || body(&temporary(&format!("command_{name}"))?)))
        .collect()
}

/// Runs `rowgate` in a folder: exit code, standard output, standard error.
pub fn rowgate(folder: &Path, arguments: &[&str]) -> Result<(i32, String, String), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .env_remove("DATABASE_URL")
        .env("COLUMNS", "100")
        .output()
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&folder.display().to_string(), "<folder>");
    Ok((output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr)))
}

/// Runs a list of commands and pins what they say.
pub fn transcript(folder: &Path, name: &str, commands: &[&[&str]]) -> Result<(), String> {
    let mut text = String::new();
    for arguments in commands {
        let (code, stdout, stderr) = rowgate(folder, arguments)?;
        text.push_str(&format!("$ rowgate {}\n[exit {code}]\n", arguments.join(" ")));
        for (stream, output) in [("stdout", stdout), ("stderr", stderr)] {
            if !output.is_empty() {
                text.push_str(&format!("--- {stream}\n{}\n", output.trim_end()));
            }
        }
        text.push('\n');
    }
    assert_snapshot("commands", name, text.trim_end());
    Ok(())
}

pub fn expect(condition: bool, what: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(what.to_owned()) }
}

/// The names and contents of all files below a folder.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
            }
        }
    }
    found
}

pub fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
}

pub fn edit(folder: &Path, name: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(text.contains(from), "{name} has no `{from}`");
    write(folder, name, text.replace(from, to));
}

fn help(folder: &Path) -> Result<(), String> {
    let mut commands: Vec<Vec<&str>> = vec![vec!["--help"]];
    for command in ["init", "check", "test", "build", "migrate", "diff", "report", "why", "show", "explain", "completions"] {
        commands.push(vec![command, "--help"]);
    }
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    transcript(folder, "help_is_printed", &commands)
}

fn start(folder: &Path) -> Result<(), String> {
    transcript(
        folder,
        "a_project_is_started_checked_and_built",
        &[
            &["init", "shop"],
            &["init", "shop"],
            &["check", "shop"],
            &["build", "shop", "--output"],
            &["build", "shop", "--check"],
        ],
    )?;
    // From inside the project, none has to be named.
    let inside = folder.join("shop/deeper");
    std::fs::create_dir_all(&inside).map_err(|error| error.to_string())?;
    let (code, printed, _) = rowgate(&inside, &["build"])?;
    expect(code == 0 && printed == files(folder)["shop/rls.sql"], "build prints what build --output writes")
}

fn stale(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init"])?;
    let missing = rowgate(folder, &["build", "--check"])?;
    expect(missing.0 == 1 && missing.2.contains("does not exist"), "a missing file is stale")?;
    rowgate(folder, &["build", "--output=out.sql"])?;
    expect(rowgate(folder, &["build", "--check", "--output=out.sql"])?.0 == 0, "what was just written is not stale")?;
    edit(folder, "items.policy", "create, ", "");
    let before = files(folder);
    let found = rowgate(folder, &["build", "--check", "--output=out.sql"])?;
    expect(found.0 == 1 && found.2.contains("is stale"), "a changed rule makes the file stale")?;
    let named = rowgate(folder, &["build", ".", "--check", "--output=out.sql"])?.2;
    expect(named.contains("run `rowgate build . --output=out.sql` and commit it"), &named)?;
    expect(files(folder) == before, "--check writes nothing")
}

fn migrate(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init"])?;
    expect(rowgate(folder, &["diff", "--exit-code"])?.0 == 1, "everything is a difference to nothing")?;
    let first = rowgate(folder, &["migrate", "First rules!"])?;
    expect(first.0 == 0 && first.2.contains("a database takes one of the two"), &first.2)?;
    let names: Vec<String> = files(folder).into_keys().filter(|name| name.starts_with("migrations/")).collect();
    let is_stem = |name: &str| name.len() > 26 && name[11..25].bytes().all(|byte| byte.is_ascii_digit());
    let as_expected = names.len() == 3
        && is_stem(&names[0])
        && names[0].ends_with("_first_rules.down.sql")
        && names[1].ends_with("_first_rules.up.sql")
        && names[2] == "migrations/state.json";
    expect(as_expected, &format!("{names:?}"))?;
    let before = files(folder);
    transcript(folder, "migrations_are_written_once_and_undone", &[&["migrate", "again"], &["diff"], &["diff", "--exit-code"]])?;
    expect(files(folder) == before, "nothing to do writes nothing")?;
    // A rule that moves to another line means the same.
    edit(folder, "items.policy", "table items", "\n\ntable items");
    expect(rowgate(folder, &["diff", "--exit-code"])?.0 == 0, "moving a rule is no difference")?;
    edit(folder, "items.policy", "create, read, update, delete", "create, read");
    let (code, diff, _) = rowgate(folder, &["diff", "--exit-code"])?;
    expect(code == 1, "a taken grant is a difference")?;
    assert_snapshot("commands", "a_difference_is_readable", &diff);
    let second = rowgate(folder, &["migrate", "readers only"])?;
    expect(second.2.is_empty(), &second.2)?;
    let written: Vec<&str> = second.1.lines().map(|line| line.trim_start_matches("<folder>/")).collect();
    // The last step names all policies.
    let steps = |name: &str| {
        let script = std::fs::read_to_string(folder.join(name)).unwrap();
        script.split("-- Nobody may do more").next().unwrap_or_default().to_owned()
    };
    let (up, down) = (steps(written[0]), steps(written[1]));
    expect(up.contains("DROP POLICY rowgate_delete_app_user") && !up.contains("rowgate_read_app_user"), &up)?;
    expect(down.contains("CREATE POLICY rowgate_delete_app_user") && !down.contains("rowgate_read_app_user"), &down)?;
    // The record without what leads to it is no reason to say that nothing is to be done.
    let migrations = |folder: &Path| files(folder).into_keys().filter(|name| name.ends_with(".sql") && name.contains('/'));
    let kept: Vec<(String, String)> =
        migrations(folder).map(|name| (name.clone(), std::fs::read_to_string(folder.join(&name)).unwrap())).collect();
    kept.iter().for_each(|(name, _)| std::fs::remove_file(folder.join(name)).unwrap());
    let gone = rowgate(folder, &["migrate", "gone"])?;
    expect(gone.0 == 2 && gone.2.contains("none of the migrations that lead there"), &gone.2)?;
    // Nor is the next step one that leads there from nothing.
    let record = std::fs::read_to_string(folder.join("migrations/state.json")).unwrap();
    edit(folder, "items.policy", "create, read", "read");
    let step = rowgate(folder, &["migrate", "on"])?;
    expect(step.0 == 0 && step.2.contains("none of the migrations that lead to what `state.json` recorded"), &step.2)?;
    let of_step: Vec<String> = migrations(folder).collect();
    of_step.iter().for_each(|name| std::fs::remove_file(folder.join(name)).unwrap());
    write(folder, "migrations/state.json", record);
    edit(folder, "items.policy", "allow read", "allow create, read");
    kept.iter().for_each(|(name, text)| write(folder, name, text));
    // Without the record, the next step is not known, and nothing is guessed.
    std::fs::remove_file(folder.join("migrations/state.json")).unwrap();
    let before = files(folder);
    let lost = rowgate(folder, &["migrate", "lost"])?;
    expect(lost.0 == 2 && lost.2.contains("restore state.json"), &lost.2)?;
    write(folder, "migrations/state.json", "{ not a record");
    expect(rowgate(folder, &["migrate", "lost"])?.0 == 2, "a broken record ends with 2")?;
    std::fs::remove_file(folder.join("migrations/state.json")).unwrap();
    expect(files(folder) == before, "a failed migration writes nothing")
}

/// Example projects, each in a folder of its name.
pub fn copy_examples(folder: &Path, names: &[&str]) {
    for example in names {
        for (name, text) in files(&root().join("policies").join(example)) {
            write(folder, &format!("{example}/{name}"), text);
        }
    }
}

fn why(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac", "user_items"]);
    transcript(
        folder,
        "why_is_told_down_to_the_statement",
        &[
            &["why", "delete", "projects", "1", "team_rbac", "--as", "Vic"],
            &["why", "delete", "projects", "1", "team_rbac", "--as", "Vic", "--color", "always"],
            &["why", "read", "items", "21", "user_items", "--as", "nobody"],
            &["why", "read", "Items", "11", "user_items", "--as", "Ann", "--format", "json"],
            &["why", "read", "itens", "11", "user_items", "--as", "Ann"],
            &["why", "read", "items", "99", "user_items", "--as", "Ann"],
            &["why", "read", "items", "11", "user_items", "--as", "Zoe"],
            // Records that are made: one of the file, as if it were not there yet, and another one; what becomes of one.
            &["why", "create", "items", "11", "user_items", "--as", "Bob"],
            &["why", "create", "items", "11", "user_items", "--as", "Bob", "--set", "user id=2"],
            &["why", "create", "projects", "-", "team_rbac", "--as", "Mara", "--set", "team_id=1", "--set", "created_by=6"],
            &["why", "create", "projects", "-", "team_rbac", "--as", "Mara", "--set", "team_id=1", "--set", "created_by="],
            &["why", "update", "items", "11", "user_items", "--as", "Ann", "--set", "name=Lamp"],
            &["why", "update", "items", "11", "user_items", "--as", "Ann", "--set", "user_id=2", "--format", "json"],
            // What no grant names is not assigned, whatever it had.
            &["why", "update", "projects", "1", "team_rbac", "--as", "Mara", "--set", "team_id=1"],
            &["why", "create", "items", "-", "user_items", "--as", "Ann", "--set", "title=Lamp"],
            &["why", "create", "items", "-", "user_items", "--as", "Ann", "--set", "user_id=Ann"],
            &["why", "create", "items", "-", "user_items", "--as", "Ann", "--set", "user_id"],
            &["why", "delete", "items", "11", "user_items", "--as", "Ann", "--set", "user_id=2"],
        ],
    )
}

fn said(folder: &Path) -> Result<(), String> {
    for (name, text) in files(&root().join("tests/cases/the_session_says_more_under_declared_names")) {
        write(folder, &name, text);
    }
    let tenant = "Tenant=00000000-0000-0000-0000-000000000001";
    let tables = ["of_tenant", "in_list", "in_claim"].map(|table| ["--table", table]).concat();
    let all = ["as", "Ann", "--session", tenant, "--session", "active teams=1, 7", "--session", "Teams=2"];
    transcript(
        folder,
        "sessions_are_given_what_they_say",
        &[
            &[&all[..], &tables].concat(),
            &["why", "read", "of_tenant", "1", "--as", "nobody", "--session", tenant],
            &["why", "read", "of_tenant", "1", "--as", "nobody"],
            &["as", "Ann", "--session", "Tenat=1"],
            &["as", "Ann", "--session", "Tenant"],
        ],
    )
}

fn view(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac", "user_items"]);
    transcript(
        folder,
        "samples_are_seen_as_somebody_else",
        &[
            &["as", "Adam", "team_rbac", "--table", "projects", "--table", "team_members", "--table", "users"],
            &["as", "12", "team_rbac", "--table", "billing"],
            &["as", "Root", "team_rbac", "--table", "billing"],
            &["as", "Inga", "team_rbac", "--table", "billing"],
            &["as", "nobody", "user_items"],
            &["as", "Ann", "user_items", "--format", "json"],
            &["as", "Ann", "user_items", "--color", "always"],
            &["as", "Zoe", "user_items"],
            &["as", "Ann", "user_items", "--sql", "DELETE FROM items"],
        ],
    )
}

fn matrix(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac", "patterns"]);
    for (name, text) in files(&root().join("tests/cases/what_rules_set_nobody_chooses")) {
        write(folder, &format!("setting/{name}"), text);
    }
    transcript(
        folder,
        "the_matrix_says_never_always_or_when",
        &[
            &["matrix", "team_rbac"],
            &["matrix", "team_rbac", "--table", "team_members", "--role", "viewer", "--format", "csv"],
            &["matrix", "team_rbac", "--table", "roles", "--role", "System Admin", "--format", "json"],
            &["matrix", "team_rbac", "--table", "billing", "--color", "always"],
            &["matrix", "team_rbac", "--role", "Ovner"],
            &["matrix", "team_rbac", "--table", "nothing_like_it"],
            &["matrix", "patterns", "--table", "grades"],
            &["matrix", "setting"],
            &["matrix", "setting", "--table", "reports", "--role", "Authenticated", "--format", "csv"],
            &["as", "1", "setting", "--table", "posts"],
        ],
    )
}

fn indexes(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init"])?;
    edit(folder, "schema.yaml", "    indexes: [user_id]\n", "");
    transcript(
        folder,
        "indexes_are_named_written_and_listed",
        &[
            &["check"],
            &["build", "--indexes"],
            &["build", "--indexes", "--check"],
            &["build", "--indexes", "--output"],
            &["build", "--indexes", "--check"],
        ],
    )?;
    let (code, out, _) = rowgate(folder, &["migrate", "--indexes", "first"])?;
    let file = out.lines().find(|line| line.ends_with("_first.indexes.sql")).map(|line| line.trim_start_matches("<folder>/"));
    let text = std::fs::read_to_string(folder.join(file.ok_or("no file of indexes")?)).unwrap();
    let concurrent = "CREATE INDEX CONCURRENTLY IF NOT EXISTS items_user_id_idx ON public.items (user_id);";
    expect(code == 0 && text.contains(concurrent) && !text.contains("BEGIN;"), &text)?;
    // Where a role that sees all has no key to be told apart by, somebody has to know.
    write(
        folder,
        "items.policy",
        "table items { rule \"own\" for Authenticated { where User equals Logged in User allow read }\n  rule \"all\" for Root { allow read } }",
    );
    edit(folder, "rowgate.yaml", "closed_tables:", "roles: { Root: { column: name, equals: root } }\nclosed_tables:");
    let (_, _, notes) = rowgate(folder, &["check"])?;
    expect(!notes.contains("everybody read the whole"), &notes)?;
    edit(folder, "schema.yaml", "      user_id:", "      code: text\n      user_id:");
    edit(folder, "schema.yaml", "  items:\n", "  items:\n    primary_key: [code]\n");
    let (_, _, notes) = rowgate(folder, &["check"])?;
    expect(notes.contains("makes everybody read the whole of `items`"), &notes)?;
    // Machines are told the same, with places.
    let (_, json, _) = rowgate(folder, &["check", "--format", "json"])?;
    let told: serde_json::Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let of_code = |code: &str| told.as_array().and_then(|all| all.iter().find(|one| one["code"] == code)).cloned();
    let missing = of_code("RG1501").ok_or("the missing index is not in the JSON")?;
    expect(missing["severity"] == "advice" && missing["place"]["file"] == "schema.yaml", &json)?;
    expect(of_code("RG1502").is_some(), &json)?;
    // What is listed is not named again; a filter that cannot use its index is.
    edit(folder, "schema.yaml", "  items:\n", "  items:\n    indexes: [user_id, [tags, user_id]]\n");
    edit(folder, "schema.yaml", "      user_id:", "      tags: text[]\n      user_id:");
    let (_, _, notes) = rowgate(folder, &["check"])?;
    expect(!notes.contains("CREATE INDEX") && notes.contains("cannot use the index on `items.tags` (text[])"), &notes)?;
    edit(folder, "schema.yaml", "[tags, user_id]", "[tag, user_id]");
    let (code, _, message) = rowgate(folder, &["check"])?;
    expect(code == 1 && message.contains("did you mean `tags`"), &message)
}

/// Every kind of bad input ends with 1, a place and a message, and no file is written.
fn errors(folder: &Path) -> Result<(), String> {
    let deep = format!(
        "table items {{ rule \"x\" for Anyone {{ where {}Name is \"x\"{} allow read }} }}",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let nots = format!("table items {{ rule \"x\" for Anyone {{ where {} Name is \"x\" allow read }} }}", "not ".repeat(10_001));
    let yaml = format!("version: {}1{}", "[".repeat(10_000), "]".repeat(10_000));
    let inputs: Vec<(&str, &str, Vec<u8>, &str)> = vec![
        ("items.policy", "syntax", b"table items {".to_vec(), "RG0101"),
        ("items.policy", "empty", Vec::new(), "RG0105"),
        ("items.policy", "large", vec![b' '; 10_000_000], "RG0104"),
        ("items.policy", "bytes", vec![0xff, 0xfe, 0x00, 0x41], "RG0103"),
        ("items.policy", "deep", deep.into_bytes(), "RG0102"),
        ("items.policy", "nul", b"table items { rule \"a\0b\" for Anyone { allow read } }".to_vec(), "RG0106"),
        ("schema.yaml", "empty schema", Vec::new(), "RG0201"),
        ("schema.yaml", "broken schema", b"tables: [".to_vec(), "RG0201"),
        ("schema.yaml", "deep schema", yaml.into_bytes(), "RG0201"),
        ("schema.yaml", "repeated key", b"version: 1\ntables:\n  a: { columns: {} }\n  a: { columns: {} }\n".to_vec(), "RG0201"),
        ("rowgate.yaml", "empty configuration", b"\n".to_vec(), "RG0201"),
        ("rowgate.yaml", "bytes in the configuration", vec![0xff], "RG0103"),
    ];
    for (file, what, bytes, code) in inputs {
        let project = folder.join(what);
        rowgate(folder, &["init", what])?;
        write(&project, file, bytes);
        let before = files(&project);
        for command in [&["check"][..], &["build", "--output"], &["migrate", "x"], &["diff"], &["show", "access"]] {
            let (exit, _, stderr) = rowgate(&project, command)?;
            expect(exit == 1 && stderr.contains(code), &format!("{what}: {command:?} exits with {exit}:\n{stderr}"))?;
            expect(stderr.contains(&format!("--> {file}:")), &format!("{what} has no place:\n{stderr}"))?;
        }
        expect(files(&project) == before, &format!("{what}: something was written"))?;
    }
    // A long chain that means something is no error.
    let project = folder.join("nots");
    rowgate(folder, &["init", "nots"])?;
    write(&project, "items.policy", nots);
    let (exit, _, stderr) = rowgate(&project, &["check"])?;
    expect(exit == 0, &stderr)
}

fn cannot_run(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init", "p"])?;
    std::fs::remove_file(folder.join("p/schema.yaml")).unwrap();
    transcript(
        folder,
        "what_cannot_run_ends_with_two",
        &[
            &["check", "nowhere"],
            &["check", "p"],
            &["build", "--no-such-option"],
            &["frobnicate"],
            &["explain", "RG1120"],
            &["migrate", "!!!", "p"],
        ],
    )
}

fn json(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init"])?;
    edit(folder, "items.policy", "User equals", "Usr equals");
    transcript(folder, "messages_are_also_json", &[&["check", "--format", "json"]])?;
    edit(folder, "items.policy", "Usr equals", "User equals");
    let (code, stdout, _) = rowgate(folder, &["check", "--format", "json"])?;
    expect(code == 0 && stdout == "[]\n", "no message is an empty list")
}

fn colours(folder: &Path) -> Result<(), String> {
    rowgate(folder, &["init"])?;
    edit(folder, "items.policy", "User equals", "Usr equals");
    let has_colour = |text: &str| text.contains('\u{1b}');
    expect(!has_colour(&rowgate(folder, &["check"])?.2), "a pipe has no colours")?;
    expect(has_colour(&rowgate(folder, &["check", "--color", "always"])?.2), "--color always has")?;
    expect(!has_colour(&rowgate(folder, &["check", "--color", "never"])?.2), "--color never has none")?;
    // Warnings fail only where that is asked for.
    edit(folder, "items.policy", "Usr equals", "User equals");
    edit(folder, "items.policy", "allow create, read, update, delete", "allow delete");
    let (code, _, warned) = rowgate(folder, &["check"])?;
    expect(code == 0 && warned.contains("warning[RG"), "a warning is no error")?;
    // Elsewhere it is said that there are some.
    let said = rowgate(folder, &["matrix"])?.2;
    expect(!said.contains("warning[RG") && said.contains("`rowgate check` says more"), &said)?;
    expect(rowgate(folder, &["check", "--strict"])?.0 == 1, "--strict makes it one")
}

fn show(folder: &Path) -> Result<(), String> {
    let copy = |name: &str| {
        write(folder, name, std::fs::read(root().join("policies/real_estate").join(name)).unwrap());
    };
    for name in ["rowgate.yaml", "schema.yaml", "properties.policy", "people.policy"] {
        copy(name);
    }
    transcript(folder, "stages_are_shown", &[&["show", "model"], &["show", "access"]])?;
    let sql = rowgate(folder, &["show", "sql"])?;
    expect(sql.1 == rowgate(folder, &["build"])?.1, "show sql is what build prints")?;
    let (_, ast, _) = rowgate(folder, &["show", "ast"])?;
    let tree: serde_json::Value = serde_json::from_str(&ast).map_err(|error| error.to_string())?;
    let name = &tree["people.policy"][0]["table"]["rules"][0]["name"]["value"];
    expect(name == "Colleagues know each other", &ast)
}

fn explain(folder: &Path) -> Result<(), String> {
    transcript(
        folder,
        "codes_are_explained",
        &[&["explain"], &["explain", "rg1401"], &["explain", "RG0106", "RG0105"], &["explain", "RG0105", "RG1120"]],
    )
}

fn completions(folder: &Path) -> Result<(), String> {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, stdout, _) = rowgate(folder, &["completions", shell])?;
        expect(code == 0 && stdout.contains("migrate"), shell)?;
    }
    Ok(())
}
