//! What is told of files that mean nothing to a reader who does not know the tool: where it is, what it is, what to do. Each line is a change to one example.

use libtest_mimic::Trial;

use crate::commands::{rowgate, write};
use crate::pages::{copy_files, temporary};
use crate::{root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("manners::each_wrong_file_is_told_at_its_place", places),
        trial("manners::edits_of_conditions_in_the_configuration_leave_yaml", edits),
    ]
}

/// The file, what is replaced in it, by what, and what is told: code and place, and a part of the message; nothing where all is well.
const CASES: [(&str, &str, &str, &str, &str); 32] = [
    // Of a test file, nothing says that there are no errors.
    ("items.test.yaml", "id: 11, user_id", "id: 11, usr_id", "RG0220 items.test.yaml:9:7", "`items` has no column `usr_id`"),
    ("items.test.yaml", "as: Ann", "as: Anm", "RG0201 items.test.yaml:19:5", "did you mean `Ann`?"),
    ("items.test.yaml", "id: 11, user_id: 1", "id: eleven, user_id: 1", "RG0220 items.test.yaml:9:9", "`eleven` is none"),
    (
        "items.test.yaml",
        "name: Tent }",
        "name: Tent, created_at: 2026-02-30 }",
        "RG0220 items.test.yaml:9:41",
        "`2026-02-30` is none",
    ),
    ("items.test.yaml", "name: Tent }", "name: Tent, created_at: soon }", "RG0220 items.test.yaml:9:41", "`soon` is none"),
    (
        "items.test.yaml",
        "read: { items: [11, 12] }",
        "read: { items: [11, 99] }",
        "RG0220 items.test.yaml",
        "no row of `items` has the key 99",
    ),
    ("rowgate.yaml", "guards:", "time_zone: Europe/Berln\nguards:", "RG0211 rowgate.yaml:16:1", "did you mean `Europe/Berlin`?"),
    ("schema.yaml", "name: text not null", "name: txt not null", "RG0204 schema.yaml:6:7", "did you mean `text`?"),
    ("schema.yaml", "type: integer, references", "type: text, references", "RG0218 schema.yaml:11:30", "which is `integer`"),
    ("schema.yaml", "default: now()", "default: \"\"", "RG0219 schema.yaml", "single quotes"),
    ("schema.yaml", "default: now()", "default: draft", "RG0219 schema.yaml", "`default: \"'draft'\"`"),
    // What editors write and nobody sees.
    ("rowgate.yaml", "version: 1", "\u{feff}version: 1", "", ""),
    ("schema.yaml", "version: 1", "\u{feff}version: 1", "", ""),
    ("items.policy", "# Everybody", "\u{feff}# Everybody", "", ""),
    ("rowgate.yaml", "  provider:", "\tprovider:", "RG0201 rowgate.yaml:7:1", "YAML takes no tabs there"),
    (
        "rowgate.yaml",
        "guards:",
        "actions: { a: { on: items, where: 'Owner's Name is empty' } }\nguards:",
        "RG0201 rowgate.yaml:16:42",
        "is written twice: `'Project''s Owner is …'`",
    ),
    ("items.policy", "Logged in", "Logged\u{a0}in", "RG0101 items.policy:5:30", "this is no ordinary blank (U+00A0)"),
    (
        "rowgate.yaml",
        "policies: \"**/*.policy\"",
        "policies: rules/*.policy",
        "RG0212 rowgate.yaml:3:1",
        "no file fits `rules/*.policy`",
    ),
    (
        "rowgate.yaml",
        "policies: \"**/*.policy\"",
        "policies: [items.policy, \"more/*.policy\"]",
        "RG0212 rowgate.yaml:3:26",
        "there is `items.policy`",
    ),
    // What is expected is said in words.
    ("rowgate.yaml", "guards: {", "guards: true # {", "RG0201 rowgate.yaml:16:9", "has to be a mapping: `{ schema: guard }`"),
    (
        "rowgate.yaml",
        "guards:",
        "masking: yes\nguards:",
        "RG0201 rowgate.yaml:16:10",
        "is the text \"yes\", and has to be a mapping",
    ),
    ("rowgate.yaml", "guards:", "whole_rows: \"yes\"\nguards:", "RG0201 rowgate.yaml:16:13", "has to be `true` or `false`"),
    (
        "rowgate.yaml",
        "guards:",
        "roles: { Boss: { column: name, equals: [a] } }\nguards:",
        "RG0201 rowgate.yaml:16:40",
        "`roles.Boss.equals` is a list, and has to be one value",
    ),
    (
        "rowgate.yaml",
        "guards:",
        "roles: { Boss: { column: name, equals: true } }\nguards:",
        "RG0207 rowgate.yaml:16:32",
        "write `equals: \"true\"`",
    ),
    (
        "rowgate.yaml",
        "guards:",
        "memberships: { Team: { table: items, user: user_id or id } }\nguards:",
        "RG0203 rowgate.yaml:16:38",
        "`holder: '`user_id` is Logged in User or `id` is Logged in User'`",
    ),
    (
        "rowgate.yaml",
        "guards:",
        "audit: { table: changes, of: [items] }\nguards:",
        "RG0202 rowgate.yaml:16:10",
        "changes:\n               columns:\n                 id: uuid\n                 at: timestamptz",
    ),
    ("rowgate.yaml", "  user_key:", "  user_kee:", "RG0201 rowgate.yaml:10:3", "did you mean `user_key`?"),
    (
        "items.test.yaml",
        "set: { user_id: 1 } }",
        "set: 1 }",
        "RG0201 items.test.yaml:30:13",
        "`{ key: 11, set: { name: Tent } }`",
    ),
    // A key that is there already, where it stands again.
    ("rowgate.yaml", "guards:", "schema: other.yaml\nguards:", "RG0201 rowgate.yaml:16:1", "`schema` is defined twice"),
    ("rowgate.yaml", "  user_key: id", "  user_table: users", "RG0201 rowgate.yaml:10:3", "`user_table` is defined twice"),
    ("schema.yaml", "  items:", "  users:", "RG0201 schema.yaml:7:3", "`users` is defined twice"),
    ("items.test.yaml", "id: 11, user_id", "id: 10, id: 11, user_id", "RG0201 items.test.yaml:9:17", "`id` is defined twice"),
];

fn places() -> Result<(), String> {
    let example = root().join("policies/user_items");
    let folder = crate::pages::temporary("manners")?;
    let mut wrong = Vec::new();
    for (file, from, to, place, part) in CASES {
        copy_files(&example, &folder)?;
        let text = std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string())?;
        std::fs::write(folder.join(file), text.replacen(from, to, 1)).map_err(|error| error.to_string())?;
        let (exit, out, told) = rowgate(&folder, &["check"])?;
        let (code, position) = place.split_once(' ').unwrap_or_default();
        let is_placed = told.contains(&format!("[{code}]")) && told.contains(&format!("--> {position}")) && told.contains(part);
        let is_right = match place {
            "" => exit == 0 && out.is_empty() && told.ends_with("no errors\n"),
            _ => exit == 1 && out.is_empty() && is_placed && !told.contains("no errors"),
        };
        if !is_right || !text.contains(from) {
            wrong.push(format!("{file}: {to:?} exits with {exit}, {place} {part}:\n{out}{told}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

/// How a condition stands in the configuration, and what is there after the edit.
const WRITTEN: [(&str, &str); 9] = [
    // A backtick begins no text in YAML.
    ("where: Reviewer is \"a\" }", "where: '`reviewer` is \"a\"' }"),
    ("where: Role is \"b\" or Reviewer is \"a\" }", "where: Role is \"b\" or `reviewer` is \"a\" }"),
    ("where: 'Reviewer is \"a\"' }", "where: '`reviewer` is \"a\"' }"),
    ("where: \"Reviewer is not empty\" }", "where: \"`reviewer` is not empty\" }"),
    ("where: Rolee is \"a\" }", "where: Role is \"a\" }"),
    ("\n    where: Reviewer is one of (\"a\", \"b\")", "\n    where: '`reviewer` is one of (\"a\", \"b\")'"),
    ("\n    where: Rolee is one of (\"a\", \"b\")", "\n    where: Role is one of (\"a\", \"b\")"),
    ("\n    where: >-\n      Reviewer is \"a\"", "\n    where: >-\n      `reviewer` is \"a\""),
    ("\n    where: |\n      Reviewer is \"a\"", "\n    where: |\n      `reviewer` is \"a\""),
];

/// What an edit leaves is YAML, and read as what the edit says.
fn edits() -> Result<(), String> {
    let folder = temporary("manners-edits")?;
    let tables = "version: 1\ntables:\n  users: { columns: { id: integer } }\n  teams: { columns: { id: integer } }\n  docs: { columns: { id: integer, team_id: { type: integer, references: teams } } }\n  \
                  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text, reviewer: text, reviewer_id: { type: integer, references: users } } }\n";
    write(&folder, "schema.yaml", tables);
    write(&folder, "docs.policy", "table docs { rule \"a\" for Member of Team { allow read } }");
    for (before, after) in WRITTEN {
        let (open, keys) = if before.starts_with('\n') {
            ("\n    ", "table: members\n    user: user_id\n    within: team_id\n    role: role")
        } else {
            ("{ ", "table: members, user: user_id, within: team_id, role: role, ")
        };
        let config = format!(
            "version: 1\nidentity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }}\nmemberships:\n  Team: {open}{keys}{before}\n\
             roles: {{ Member: {{ membership: Team, equals: member }} }}\nclosed_tables: {{ users: closed, teams: closed, members: closed }}\n"
        );
        write(&folder, "rowgate.yaml", &config);
        let (_, out, err) = rowgate(&folder, &["check", "--format", "json"])?;
        let found: Vec<serde_json::Value> = serde_json::from_str(&out).map_err(|error| format!("{error}\n{out}{err}"))?;
        let edits: Vec<&serde_json::Value> = found
            .iter()
            .flat_map(|one| one["helps"].as_array().into_iter().flatten())
            .map(|help| &help["edit"])
            .filter(|edit| !edit.is_null())
            .collect();
        let [edit] = edits.as_slice() else { return Err(format!("{before}: {out}{err}")) };
        let number =
            |name: &str| edit["place"][name].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
        let mut lines: Vec<String> = config.lines().map(str::to_owned).collect();
        let line = &mut lines[number("line") - 1];
        line.replace_range(number("column") - 1..number("end_column") - 1, edit["replacement"].as_str().unwrap_or_default());
        let edited = lines.join("\n") + "\n";
        if !edited.contains(after) {
            return Err(format!("{before} becomes\n{edited}"));
        }
        write(&folder, "rowgate.yaml", &edited);
        let (code, out, err) = rowgate(&folder, &["check"])?;
        if code != 0 {
            return Err(format!("{edited}\n{out}{err}"));
        }
    }
    Ok(())
}
