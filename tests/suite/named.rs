//! Who acts in a test file: identities as they are, an empty one, and what is written in names, which others read on a terminal.

use std::path::Path;

use libtest_mimic::Trial;

use crate::commands::{edit, expect, rowgate, write};
use crate::pages::temporary;
use crate::trial;

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 3] = [
        ("an_empty_identity_is_nobody_in_memory_and_on_a_server", empty),
        ("identities_are_named_as_they_are", identities),
        ("names_of_scenarios_do_not_steer_the_terminal", steering),
    ];
    let one = |(name, body): (&'static str, Body)| {
        trial(format!("testing::{name}"), move || body(&temporary(&format!("testing_{name}"))?))
    };
    all.into_iter().map(one).collect()
}

fn project(folder: &Path, r#type: &str, rows: &str) {
    let config = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: named_app }\nclosed_tables: { users: elsewhere }\n";
    write(folder, "rowgate.yaml", config);
    let schema = format!(
        "version: 1\ntables:\n  users: {{ columns: {{ id: {type} }} }}\n  docs: {{ indexes: [owner_id], columns: {{ id: integer, owner_id: {{ type: {type}, references: users }} }} }}\n"
    );
    write(folder, "schema.yaml", schema);
    write(
        folder,
        "docs.policy",
        "table docs {\n  rule \"own\" for Authenticated { where Owner is Logged in User allow read }\n}\n",
    );
    write(folder, "docs.test.yaml", rows);
}

/// The row is there, and who says that it is theirs says nothing: on a server, the setting is as good as missing.
fn empty(folder: &Path) -> Result<(), String> {
    project(
        folder,
        "text",
        "users: { Ann: a, Empty: \"\" }
rows:
  users: [{ id: a }, { id: \"\" }]
  docs: [{ id: 1, owner_id: a }, { id: 2, owner_id: \"\" }]
scenarios:
  - { name: Ann has hers, as: Ann, can: { read: { docs: [1] } } }
  - { name: an empty identity has nothing, as: Empty }
",
    );
    let (code, out, err) = rowgate(folder, &["test", "--postgres", "--both"])?;
    expect(code == 0 && err.contains("2 scenarios hold"), &format!("{out}{err}"))?;
    let (_, out, _) = rowgate(folder, &["as", "Empty", "--samples", "--table", "docs"])?;
    expect(!out.contains("Authenticated") && out.contains("0 of 2 rows"), &out)
}

fn identities(folder: &Path) -> Result<(), String> {
    let id = |number: u32| format!("00000000-0000-4000-8000-{number:012}");
    for (r#type, [one, two], unknown) in [
        ("uuid", [id(1), id(2)], "Anna"),
        ("text", ["auth0|1".to_owned(), "auth0|2".to_owned()], "auth0|3"),
        ("integer", ["1".to_owned(), "2".to_owned()], "Anna"),
    ] {
        let rows = format!(
            "users: {{ Ann: {one} }}
rows:
  users: [{{ id: {one} }}, {{ id: {two} }}]
  docs: [{{ id: 1, owner_id: {one} }}, {{ id: 2, owner_id: {two} }}]
scenarios:
  - {{ name: by name, as: Ann, can: {{ read: {{ docs: [1] }} }} }}
  - {{ name: by identity, as: {two}, can: {{ read: {{ docs: [2] }} }} }}
  - {{ name: by identity in a mapping, as: {{ user: \"{two}\" }}, can: {{ read: {{ docs: [2] }} }} }}
"
        );
        project(folder, r#type, &rows);
        let (code, out, err) = rowgate(folder, &["test"])?;
        expect(code == 0 && err.contains("3 scenarios hold"), &format!("{type}: {out}{err}"))?;
        // A name that is misspelt is nobody's identity.
        edit(folder, "docs.test.yaml", "as: Ann,", &format!("as: \"{unknown}\","));
        let (code, _, err) = rowgate(folder, &["test"])?;
        let is_told = err.contains(&format!("there is no user `{unknown}` under `users`")) && err.contains("help: ");
        expect(code != 0 && is_told, &format!("{type}: {err}"))?;
    }
    Ok(())
}

fn steering(folder: &Path) -> Result<(), String> {
    let rows = "users: { Ann: 1 }
rows:
  users: [{ id: 1 }]
  docs: [{ id: 1, owner_id: 1 }]
scenarios:
  - { name: \"clears \\e[2J\\nok 2 - all\", as: Ann, can: { read: { docs: [] } } }
";
    project(folder, "integer", rows);
    for arguments in [&["test"][..], &["test", "--format", "tap"], &["test", "--scenario", "\u{1b}[31m"]] {
        let (code, out, err) = rowgate(folder, arguments)?;
        let all = format!("{out}{err}");
        let is_plain = !all.contains('\u{1b}') && !all.lines().any(|line| line.starts_with("ok 2"));
        expect(code != 0 && is_plain && all.contains("⟨U+001B⟩"), &format!("{arguments:?}: {all:?}"))?;
    }
    Ok(())
}
