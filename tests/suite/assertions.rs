//! Assertions (`never …`): `check` tries them on the rows of the test files and on everybody whom these name, says where nobody could be tried, and
//! no other command looks into a test file for that.

use libtest_mimic::Trial;
use rowgate::diagnostic::Sources;
use rowgate::project::{self, Texts};

use crate::commands::rowgate;
use crate::pages::temporary;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![trial("assertions::are_tried_on_whoever_is_named", tried), trial("assertions::are_tried_by_check_alone", by_check)]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles:
  Clerk: { column: kind, equals: clerk }
  Boss: { column: kind, equals: boss, includes: [Clerk] }
  Support: { database_role: support }
closed_tables: { users: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { indexes: [kind], columns: { id: integer, kind: text } }
  notes:
    indexes: [owner]
    columns: { id: integer, title: text, day: date, owner: { type: integer, references: users } }
";

const RULES: &str = r#"table notes {
  rule "own" for Authenticated { where Owner is Logged in User allow read }
  rule "all" for Clerk { allow read, delete }
  rule "help" for Support { allow read }
}
"#;

const ROWS: &str = "users: { Ann: 1, Bea: 2 }
rows:
  users: [{ id: 1, kind: guest }, { id: 2, kind: clerk }]
  notes: [{ id: 1, owner: 1 }, { id: 2, owner: 2, title: x }]
";

/// Codes and titles of what `check` says of an assertion.
fn check(never: &str, files: &[&str]) -> Result<String, String> {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let (config_file, schema_file) = (sources.add("rowgate.yaml", CONFIG), sources.add("schema.yaml", SCHEMA));
    let policy_files = vec![sources.add("rules.policy", format!("{RULES}{never}"))];
    let test_files = (1..).zip(files).map(|(number, text)| sources.add(format!("{number}.test.yaml"), *text)).collect();
    let config = project::load_config(&sources, config_file, &mut diagnostics).ok_or("no configuration")?;
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files, now: 0 };
    let compiled = project::compile(texts, diagnostics);
    if !compiled.diagnostics.is_empty() {
        return Err(crate::project::render(&compiled.diagnostics, &compiled.sources));
    }
    let told: Vec<String> = compiled.check().iter().map(|one| format!("{} {}", one.code.as_str(), one.title)).collect();
    Ok(told.join("; "))
}

fn tried() -> Result<(), String> {
    let all = format!("{ROWS}scenarios: []\n");
    let nobody = all.replace("users: { Ann: 1, Bea: 2 }\n", "");
    let support = nobody.replace("scenarios: []", "scenarios: [{ name: s, as: { role: support } }]");
    let unreadable = all.replace("title: x", "day: January 8 1999");
    let bosses = all.replace("kind: guest", "kind: boss");
    let clerks = "never Clerk can read notes";
    let untried = |why: &str| format!("RG1312 this has been tried on nobody: {why}");
    let no_boss = untried("no test file names anybody who is Boss for a row of `notes`");
    let violated = "RG1310 the sample rows show that this is possible: ";
    let first = format!("{violated}read `notes` {{id: 1, owner: 1}}");
    let cases: Vec<(&str, Vec<&str>, String)> = vec![
        // A user is tried who is in no scenario, and a scenario's actor who is no user.
        (clerks, vec![&all], first.clone()),
        ("never Support can read notes", vec![&support], first.clone()),
        ("never Clerk can update notes", vec![&all], String::new()),
        // Whoever includes the role holds it.
        (clerks, vec![&bosses], first),
        (
            "never Boss can delete notes where Title is \"x\"",
            vec![&bosses],
            format!("{violated}delete `notes` {{id: 2, owner: 2, title: x}}"),
        ),
        // Who holds it in one file is enough for all, and each file shows its own.
        ("never Boss can update notes", vec![&all, &bosses], String::new()),
        // Nobody, for each reason.
        (clerks, vec![], untried("there is no test file")),
        (clerks, vec![&nobody], untried("no test file names anybody who is Clerk for a row of `notes`")),
        ("never Boss can read notes", vec![&all], no_boss.clone()),
        ("never Support can read, update notes", vec![&all], no_boss.replace("Boss", "Support")),
        ("never Anyone can read notes", vec![&nobody], no_boss.replace("Boss", "Anyone")),
        (clerks, vec!["users: { Bea: 2 }\nrows: {}\nscenarios: []"], untried("no test file has a row of `notes`")),
        (
            "never Clerk can read notes where Title is \"y\"",
            vec![&all],
            untried("its condition holds for no row of `notes` and anybody who is Clerk"),
        ),
        (
            "never Clerk can read notes where sql \"true\"",
            vec![&all],
            untried("its condition has raw SQL, which only a server knows"),
        ),
        (clerks, vec![&unreadable], untried("a value in the test files can only be read by a server")),
        // The closest is told.
        ("never Boss can read notes", vec![&unreadable, &all], no_boss),
        // It is allowed where it stands, as others are; an error is not, and what is allowed in vain is told.
        ("# allow RG1312: the test environment has bosses\nnever Boss can read notes", vec![&all], String::new()),
        (
            "# allow RG1312: there are clerks\nnever Clerk can update notes",
            vec![&all],
            "RG1604 RG1312 is allowed here, and not found".to_owned(),
        ),
        // In a broken file there may be somebody.
        ("never Boss can read notes", vec![&all, "rows: ["], "RG0201 ".to_owned()),
        ("# allow RG1312: soon\nnever Boss can read notes", vec!["rows: ["], "RG0201 ".to_owned()),
    ];
    let mut wrong = Vec::new();
    for (never, files, expected) in cases {
        let found = check(never, &files)?;
        if found != expected && !(expected.ends_with(' ') && found.starts_with(&expected) && !found.contains("; ")) {
            wrong.push(format!("{never}\n  {found}\n  instead of {expected}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

fn by_check() -> Result<(), String> {
    let folder = temporary("assertions_by_check")?;
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(|error| error.to_string());
    write("rowgate.yaml", CONFIG)?;
    write("schema.yaml", SCHEMA)?;
    write("rules.policy", &format!("{RULES}never Clerk can read notes\n"))?;
    let build = |what: &str| -> Result<(), String> {
        for command in [&["build"][..], &["build", "--indexes"], &["diff"], &["matrix"], &["show", "access"]] {
            let (exit, _, stderr) = rowgate(&folder, command)?;
            if exit != 0 || !stderr.is_empty() && !stderr.starts_with("note") {
                return Err(format!("{what}: {command:?} ends with {exit}: {stderr}"));
            }
        }
        Ok(())
    };
    for (what, text, code) in [
        ("violated", format!("{ROWS}scenarios: []\n"), "error[RG1310]"),
        ("broken", "rows: [".to_owned(), "error[RG0201]"),
        ("unknown", "rows: { nothing: [] }\nscenarios: []\n".to_owned(), "error[RG0202]"),
    ] {
        write("notes.test.yaml", &text)?;
        build(what)?;
        let (exit, _, stderr) = rowgate(&folder, &["check"])?;
        if exit != 1 || !stderr.contains(code) {
            return Err(format!("{what}: check ends with {exit}: {stderr}"));
        }
        // Whoever looks at rows is told what is wrong with them, and nothing of assertions.
        let (exit, _, stderr) = rowgate(&folder, &["as", "Ann"])?;
        let is_told = stderr.contains(code);
        if is_told != (what != "violated") || (exit == 0) == is_told {
            return Err(format!("{what}: as ends with {exit}: {stderr}"));
        }
    }
    let (exit, ..) = rowgate(&folder, &["migrate", "first"])?;
    if exit == 0 { Ok(()) } else { Err("no migration was written".to_owned()) }
}
