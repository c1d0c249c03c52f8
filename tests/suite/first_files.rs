//! The rows of test files: what `rowgate test --generate` writes holds, in memory and on a server, shows most of the rules at work, and is written over nothing; rows that no table would take are
//! told.

use std::path::Path;

use libtest_mimic::Trial;

use crate::commands::{copy_examples, expect, files, rowgate, write};
use crate::pages::temporary;
use crate::snapshots::assert_snapshot;
use crate::trial;

/// The snapshots that these tests pin.
pub const SNAPSHOTS: [&str; 2] = ["a_first_file_is_written", "a_first_file_is_within_boundaries"];

type Body = fn(&Path) -> Result<(), String>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Body); 6] = [
        ("a_first_file_is_written_and_holds", generated),
        ("boundaries_and_actions_are_shown", bounded),
        ("rows_that_no_table_would_take_are_told", impossible),
        ("memberships_name_people_by_their_own_key", other_keys),
        ("boundaries_about_people_let_some_through", about_people),
        ("whom_a_condition_names_is_nobody_else", holders),
    ];
    let one = |(name, body): (&'static str, Body)| {
        trial(format!("first_files::{name}"), move || body(&temporary(&format!("first_{name}"))?))
    };
    all.into_iter().map(one).collect()
}

fn generated(folder: &Path) -> Result<(), String> {
    let examples = ["user_items", "team_rbac", "real_estate", "recipes", "patterns", "postgrest"];
    copy_examples(folder, &examples);
    for example in examples {
        let tests: Vec<String> =
            files(folder).into_keys().filter(|name| name.starts_with(example) && name.ends_with(".test.yaml")).collect();
        tests.iter().try_for_each(|name| std::fs::remove_file(folder.join(name))).map_err(|error| error.to_string())?;
        let (code, stdout, stderr) = rowgate(folder, &["test", example, "--generate"])?;
        expect(code == 0 && stdout.ends_with("first.test.yaml\n"), &format!("{example}: {stdout}{stderr}"))?;
        let (code, _, again) = rowgate(folder, &["test", example, "--generate"])?;
        expect(code == 2 && again.contains("exists, and nothing was written"), &again)?;
        let (code, stdout, stderr) = rowgate(folder, &["test", example, "--format", "json", "--coverage"])?;
        let json: serde_json::Value = serde_json::from_str(&stdout).map_err(|error| format!("{example}: {error}: {stderr}"))?;
        let part = |name: &str| {
            (json["coverage"][name]["seen"].as_u64().unwrap_or(0), json["coverage"][name]["of"].as_u64().unwrap_or(0))
        };
        let failed = json["scenarios"].as_array().into_iter().flatten().any(|one| one["failures"] != serde_json::json!([]));
        expect(!failed && code < 2, &format!("{example}: {stdout}"))?;
        let ((grants, all_grants), (statements, all)) = (part("grants"), part("statements"));
        // Of the others, the roles take more than one row to hold.
        let is_most = grants * 4 >= all_grants * 3 && statements * 2 >= all;
        let is_shown = is_most || !["user_items", "team_rbac", "recipes"].contains(&example);
        expect(is_shown && grants > 0, &format!("{example}: {stderr}{}", json["coverage"]))?;
    }
    assert_snapshot("commands", "a_first_file_is_written", &files(folder)["user_items/first.test.yaml"]);
    Ok(())
}

/// Nobody may do anything without a token that has not ended; steps, a membership that ends, an attribute of the session, actions.
const CONFIG: &str = r#"version: 1
identity: { provider: setting, setting: app.user_id, claims: app.claims, user_table: staff, signed_in_role: app_user }
session: { Level: { claim: level, type: integer }, House: { setting: app.house, references: houses } }
memberships: { Ward: { table: postings, user: staff_id, within: ward_id, role: duty, where: Until is empty or Until is after now } }
roles:
  Nurse: { membership: Ward, equals: nurse }
  Chief: { membership: Ward, equals: chief }
  Registrar: { column: kind, equals: registrar }
  Auditor: { claim: role, equals: auditor }
guards: { schema: guard }
actions:
  accept_referral:
    on: referrals
    by: token
    where: Status is "open" and Email equals User's Email and Expires At is after now
    set: { status: '"done"' }
    create: { postings: { staff_id: Logged in User, ward_id: Ward, duty: '"nurse"' } }
  close_ward: { on: wards, by: id, where: Is Open is true, set: { is_open: 'false' }, for: [Registrar] }
closed_tables: { staff: made by the personnel office, houses: built by others }
"#;

const SCHEMA: &str = "version: 1
enums: { duty: [nurse, chief] }
tables:
  houses: { columns: { id: integer } }
  staff: { columns: { id: integer, email: text not null, kind: text } }
  wards: { columns: { id: integer, house_id: { type: integer, references: houses, nullable: false }, is_open: boolean not null } }
  postings:
    columns:
      id: { type: integer, identity: true }
      staff_id: { type: integer, references: staff, nullable: false }
      ward_id: { type: integer, references: wards, nullable: false }
      duty: duty not null
      until: timestamptz
    unique: [[staff_id, ward_id]]
  referrals:
    columns:
      id: integer
      token: uuid not null
      email: text not null
      ward_id: { type: integer, references: wards, nullable: false }
      status: text not null
      expires_at: timestamptz not null
    unique: [[token]]
  patients:
    columns: { id: integer, ward_id: { type: integer, references: wards, nullable: false }, age: integer, status: text }
";

const RULES: &str = r#"boundary "Sessions end" on every table { where Claim "exp" is after now }
boundary "Second factor" on patients for update, delete { where Claim "aal" is "aal2" except Registrar }
boundary "The house" on wards { where House equals Session's House }
boundary "No guests" on referrals { where Session's Level is at least 2 }
table wards { rule "All wards" for Authenticated { allow read } }
table postings { rule "Chiefs" for Chief of Ward { allow read } rule "Own ones" for Authenticated { where Staff is Logged in User allow read } }
table referrals {
  rule "Registrars" for Registrar { allow read, create, update, delete }
  rule "Auditors" for Auditor { where Status is "done" allow read }
}
table patients {
  rule "Nurses" for Nurse of Ward { where Age is at least 18 allow read, update (status) when Status is not "closed" then Status is not "open" }
  rule "Chiefs" for Chief of Ward { allow all }
}
"#;

fn bounded(folder: &Path) -> Result<(), String> {
    write(folder, "rowgate.yaml", CONFIG);
    write(folder, "schema.yaml", SCHEMA);
    write(folder, "rules.policy", RULES);
    let (code, _, stderr) = rowgate(folder, &["test", "--generate"])?;
    expect(code == 0, &stderr)?;
    let first = files(folder)["first.test.yaml"].clone();
    assert_snapshot("commands", "a_first_file_is_within_boundaries", &first);
    let (_, stdout, stderr) = rowgate(folder, &["test", "--format", "json", "--coverage"])?;
    let json: serde_json::Value = serde_json::from_str(&stdout).map_err(|error| format!("{error}: {stderr}"))?;
    let failed = json["scenarios"].as_array().into_iter().flatten().any(|one| one["failures"] != serde_json::json!([]));
    expect(!failed && json["coverage"]["gaps"] == serde_json::json!([]), &format!("{}", json["coverage"]))?;
    // Steps, too: a row that may not be changed may be what a change ends as.
    let (code, stdout, stderr) = rowgate(folder, &["test", "--postgres", "--both"])?;
    expect(code == 0, &format!("{stdout}{stderr}"))
}

/// A server would refuse these rows; memory says where they are.
fn impossible(folder: &Path) -> Result<(), String> {
    write(
        folder,
        "rowgate.yaml",
        "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }\nclosed_tables: { users: no, pages: no, lines: no }\n",
    );
    write(
        folder,
        "schema.yaml",
        "version: 1
enums: { mood: [glad, sad] }
tables:
  users: { columns: { id: integer, email: text not null }, unique: [[email]] }
  pages: { columns: { book: integer, number: integer }, primary_key: [book, number] }
  lines:
    columns: { id: integer, owner_id: { type: integer, references: users }, book: integer, page: integer, mood: mood, key: { type: bigint, nullable: false } }
    unique: [[book, key]]
    foreign_keys: { where: { columns: [book, page], references: pages } }
",
    );
    let check = |rows: &str| -> Result<String, String> {
        let users =
            "users: [{ id: 1, email: a }, { id: 2, email: b }]\n  pages: [{ book: 1, number: 7 }, { book: 2, number: 8 }]";
        write(
            folder,
            "a.test.yaml",
            format!(
                "rows:\n  {users}\n  lines:\n    - {{ id: 1, owner_id: 1, book: 1, page: 7, key: 5 }}\n{rows}scenarios: []\n"
            ),
        );
        let (_, stdout, stderr) = rowgate(folder, &["check", "."])?;
        Ok(format!("{stdout}{stderr}"))
    };
    for row in
        ["id: 2, owner_id: null, book: 2, key: 5", "id: 2, owner_id: 2, book: 2, page: 8, key: '5'", "id: 2, page: 9, key: 5"]
    {
        let said = check(&format!("    - {{ {row} }}\n"))?;
        expect(!said.contains("RG0220") && said.contains("no errors"), &format!("{row}: {said}"))?;
    }
    for (row, column, wanted) in [
        ("id: 2, owner_id: 9, key: 1", 16, "`owner_id` of `lines` is 9, and `rows` has no such row of `users`"),
        ("id: 2, owner_id: 9, key: 1", 16, "help: add `{ id: 9, … }` to `users` under `rows`, or leave the field empty"),
        ("id: 2, book: 1, page: 8, key: 1", 16, "`book, page` of `lines` is 1, 8, and `rows` has no such row of `pages`"),
        ("id: 2, book: '01', key: '5'", 28, "two rows of `lines` have `book, key` 01, 5, which the schema file calls unique"),
        ("id: 2, key: null", 16, "`key` of `lines` cannot be empty"),
        ("id: 2, mood: gald, key: 1", 16, "did you mean"),
    ] {
        let said = check(&format!("    - {{ {row} }}\n"))?;
        expect(said.contains(wanted) && said.contains(&format!("a.test.yaml:6:{column}")), &format!("{row}: {said}"))?;
    }
    let said = check("  users: []\n")?;
    expect(said.contains("RG0201"), &said)
}

/// A first file of a project, which holds in memory and on a server; and what it shows.
fn first(folder: &Path, [config, schema, rules]: [&str; 3]) -> Result<(String, serde_json::Value), String> {
    write(folder, "rowgate.yaml", config);
    write(folder, "schema.yaml", schema);
    write(folder, "rules.policy", rules);
    let (code, stdout, stderr) = rowgate(folder, &["test", "--generate"])?;
    expect(code == 0, &format!("{stdout}{stderr}"))?;
    let (code, stdout, stderr) = rowgate(folder, &["test", "--postgres", "--both"])?;
    expect(code == 0, &format!("{stdout}{stderr}"))?;
    let (_, stdout, stderr) = rowgate(folder, &["test", "--format", "json", "--coverage"])?;
    let json: serde_json::Value = serde_json::from_str(&stdout).map_err(|error| format!("{error}: {stderr}"))?;
    Ok((files(folder)["first.test.yaml"].clone(), json["coverage"].clone()))
}

const PROJECT: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: first_app KEY }
";

/// The session says who somebody is by another key than the one that memberships reference.
fn other_keys(folder: &Path) -> Result<(), String> {
    let config = PROJECT.replace(" KEY", ", user_key: auth_id")
        + "memberships: { Team: { table: members, user: user_id, within: team_id, role: role, where: Until is empty or Until is after now } }
roles: { Member: { membership: Team, equals: member } }
closed_tables: { members: x, users: x, teams: x }
";
    let schema = "version: 1
tables:
  users: { unique: [[auth_id]], columns: { id: integer, auth_id: uuid not null } }
  teams: { columns: { id: integer } }
  members: { indexes: [user_id, team_id], columns: { id: integer, user_id: { type: integer, references: users, nullable: false }, team_id: { type: integer, references: teams }, role: text, until: timestamptz } }
  docs: { indexes: [team_id], columns: { id: integer, team_id: { type: integer, references: teams } } }
";
    let (text, coverage) = first(folder, [&config, schema, "table docs { rule \"m\" for Member of Team { allow read } }"])?;
    expect(coverage["gaps"] == serde_json::json!([]), &format!("{coverage}{text}"))
}

/// What a boundary asks of people's own rows is so of some, and of others not.
fn about_people(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["neon"]);
    let (code, stdout, stderr) = rowgate(folder, &["test", "neon", "--generate"])?;
    expect(code == 0 && stderr.contains("4 of 4 grants"), &format!("{stdout}{stderr}"))?;
    std::fs::remove_file(folder.join("neon/main.test.yaml")).map_err(|error| error.to_string())?;
    let (_, stdout, stderr) = rowgate(folder, &["test", "neon", "--format", "json", "--coverage"])?;
    let json: serde_json::Value = serde_json::from_str(&stdout).map_err(|error| format!("{error}: {stderr}"))?;
    let grants = &json["coverage"]["grants"];
    expect(grants["seen"] == 4 && grants["of"] == 4, &json["coverage"].to_string())
}

/// Somebody for each role, and somebody without, where a row may name a group.
fn holders(folder: &Path) -> Result<(), String> {
    let config = PROJECT.replace(" KEY", "")
        + "memberships:
  Binding: { table: bindings, holder: User is Logged in User or any Group's Group Members where (User is Logged in User), within: project_id, role: role, where: Ends At is empty or Ends At is after now }
roles: { Editor: { membership: Binding, equals: editor, includes: [Viewer] }, Viewer: { membership: Binding, equals: viewer } }
closed_tables: { users: x, projects: x, bindings: x, groups: x, group_members: x }
";
    let schema = "version: 1
tables:
  users: { columns: { id: integer } }
  groups: { columns: { id: integer } }
  projects: { columns: { id: integer } }
  group_members: { indexes: [user_id, group_id], columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups } } }
  bindings: { indexes: [user_id, group_id, project_id], columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups }, project_id: { type: integer, references: projects }, role: text, ends_at: timestamptz } }
  docs: { indexes: [project_id], columns: { id: integer, project_id: { type: integer, references: projects } } }
";
    let rules = "table docs {\n  rule \"v\" for Viewer of Project { allow read }\n  rule \"e\" for Editor of Project { allow delete }\n}\n";
    let (text, _) = first(folder, [&config, schema, rules])?;
    let of = |name: &str| {
        text.split("  - name: ").find(|part| part.starts_with(name)).map(str::to_owned).ok_or(format!("no {name}: {text}"))
    };
    let (editor, viewer) = (of("somebody who is Editor")?, of("somebody who is Viewer")?);
    expect(editor.contains("delete:") && viewer.contains("read:") && !viewer.contains("delete:"), &text)?;
    let stranger = text.split("  - name: ").find(|part| part.lines().next().is_some_and(|name| name.contains("who has no role")));
    expect(stranger.is_some_and(|part| !part.contains("read:") && !part.contains("delete:")), &text)
}
