//! Memberships that are over: the last end is told, whatever led to the role: a row of the user, a group that they belonged to, what stands above the record, a role that includes it.

use super::Live;
use crate::commands::{expect, rowgate};

/// What is said of a document of the only project, by the rows of a test file and of a database.
fn told(live: &Live, who: &str, key: &str) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for place in [&["--samples"][..], &["--database-url", &live.url("postgres")?]] {
        let (code, out, err) = rowgate(&live.folder, &[&["why", "read", "docs", key, "--as", who], place].concat())?;
        expect(code == 0, &err)?;
        let is_said = |line: &&str| line.starts_with("lacks ") || line.starts_with("or ");
        let lines: Vec<&str> = out.lines().filter(is_said).collect();
        all.push(lines.iter().map(|line| line.split_at(9).1.to_owned()).collect::<Vec<_>>());
    }
    expect(all[0] == all[1], &format!("{who} {key}: {all:?}"))?;
    Ok(all.swap_remove(0))
}

pub(super) fn ends() -> Result<(), String> {
    let live = Live::of("over", [CONFIG, SCHEMA, RULES, ROWS])?;
    let member = |ends: &str, place: &str| format!("the session holds Member of Team{ends} (Team is {place})");
    let viewer = |ends: &str| format!("the session holds Viewer of Project{ends} (Project is 1)");
    let until = |day: &str| format!("; it was held until {day} 00:00:00, which is over");
    for (who, key, wanted) in [
        // Of several ends the last one, whichever row stands first.
        ("Ann", "1", member(&until("2021-01-01"), "1")),
        // Within another team nothing is over; beneath the one that was held, it is, and in the one above it is not.
        ("Bob", "1", member("", "1")),
        ("Bob", "2", member(&until("2020-01-01"), "2")),
        ("Bob", "3", member(&until("2020-01-01"), "3")),
        // What is over, and what is to come.
        ("Cy", "1", member(&format!("{}; it is held from 2999-01-01 00:00:00 on, which is to come", until("2019-01-01")), "1")),
        // A row that would not count either way is told as what it is.
        ("Dan", "1", "the session holds Member of Team; members 7 would give it, and does not count: ".to_owned()),
        // A group whose row is over, one that is over itself, and both: the first end counts.
        ("Eve", "4", viewer(&until("2022-01-01"))),
        ("Fay", "4", viewer(&until("2018-01-01"))),
        // Somebody else's group.
        ("Bob", "4", viewer("")),
        // By a role that includes it.
        ("Gil", "4", viewer(&until("2023-01-01"))),
    ] {
        let found = told(&live, who, key)?;
        expect(found.iter().any(|line| line.starts_with(&wanted)), &format!("{who} {key}: {found:?}, and not {wanted}"))?;
    }
    Ok(())
}

/// More ways than are told are counted.
pub(super) fn many() -> Result<(), String> {
    let rules = RULES.replace(
        "table docs {",
        "table docs { rule \"A\" for Authenticated { allow read when Id is 91 } rule \"B\" for Authenticated { allow read when Id is 92 } rule \"C\" for Authenticated { allow read when Id is 93 } rule \"D\" for Authenticated { allow read when Id is 94 }",
    );
    let live = Live::of("over_many", [CONFIG, SCHEMA, &rules, ROWS])?;
    let question = ["why", "read", "docs", "1", "--as", "Bob"];
    let (_, out, err) = live.run("postgres", &question)?;
    let (_, json, _) = live.run("postgres", &[&question[..], &["--format", "json"]].concat())?;
    let json: serde_json::Value = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let number = json["lacks"].as_array().map_or(0, Vec::len);
    let wanted = format!("or       {} other ways, which `--format json` has\n", number.saturating_sub(4));
    let is_counted = number > 5 && out.contains(&wanted);
    expect(is_counted && out.lines().filter(|line| line.starts_with("or ")).count() == 4, &format!("{number}: {out}{err}"))
}

const CONFIG: &str = r#"version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: @ }
lookup: { inspection_role: @_eye }
memberships:
  Team:
    table: members
    user: user_id
    within: team_id
    role: role
    below: parent_id
    where: (Begins is empty or Begins is before now) and (Until is empty or Until is after now) and Blocked is not true
  Binding:
    table: bindings
    holder: "User is Logged in User or any Group's Group Members where (User is Logged in User and (Until is empty or Until is after now))"
    within: project_id
    role: role
    where: Ends At is empty or Ends At is after now
roles:
  Member: { membership: Team, equals: member }
  Editor: { membership: Binding, equals: editor, includes: [Viewer] }
  Viewer: { membership: Binding, equals: viewer }
closed_tables: { users: no, teams: no, members: no, groups: no, projects: no, group_members: no, bindings: no }
"#;

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: integer } }
  teams: { indexes: [parent_id], columns: { id: integer, parent_id: { type: integer, references: teams } } }
  members:
    indexes: [user_id, team_id]
    columns:
      id: integer
      user_id: { type: integer, references: users, nullable: false }
      team_id: { type: integer, references: teams }
      role: text
      begins: timestamptz
      until: timestamptz
      blocked: boolean not null
  groups: { columns: { id: integer } }
  projects: { columns: { id: integer } }
  group_members:
    indexes: [user_id, group_id]
    columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups }, until: timestamptz }
  bindings:
    indexes: [user_id, group_id, project_id]
    columns:
      id: integer
      user_id: { type: integer, references: users }
      group_id: { type: integer, references: groups }
      project_id: { type: integer, references: projects }
      role: text
      ends_at: timestamptz
  docs:
    indexes: [team_id, project_id]
    columns: { id: integer, team_id: { type: integer, references: teams }, project_id: { type: integer, references: projects } }
";

const RULES: &str = "table docs {
  rule \"Members\" for Member of Team { allow read }
  rule \"Viewers\" for Viewer of Project { allow read }
}
";

const ROWS: &str = "users: { Ann: 1, Bob: 2, Cy: 3, Dan: 4, Eve: 5, Fay: 6, Gil: 7 }
rows:
  users: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }, { id: 6 }, { id: 7 }]
  teams: [{ id: 1 }, { id: 2, parent_id: 1 }, { id: 3, parent_id: 2 }]
  members:
    - { id: 1, user_id: 1, team_id: 1, role: member, until: 2020-01-01 00:00:00+00, blocked: false }
    - { id: 2, user_id: 1, team_id: 1, role: member, until: 2021-01-01 00:00:00+00, blocked: false }
    - { id: 3, user_id: 1, team_id: 1, role: guest, until: 2022-01-01 00:00:00+00, blocked: false }
    - { id: 4, user_id: 2, team_id: 2, role: member, until: 2020-01-01 00:00:00+00, blocked: false }
    - { id: 5, user_id: 3, team_id: 1, role: member, begins: 2999-01-01 00:00:00+00, blocked: false }
    - { id: 6, user_id: 3, team_id: 1, role: member, until: 2019-01-01 00:00:00+00, blocked: false }
    - { id: 7, user_id: 4, team_id: 1, role: member, until: 2020-01-01 00:00:00+00, blocked: true }
  groups: [{ id: 1 }, { id: 2 }]
  projects: [{ id: 1 }]
  group_members:
    - { id: 1, user_id: 5, group_id: 1, until: 2022-01-01 00:00:00+00 }
    - { id: 2, user_id: 6, group_id: 2, until: 2024-01-01 00:00:00+00 }
  bindings:
    - { id: 1, group_id: 1, project_id: 1, role: viewer }
    - { id: 2, group_id: 2, project_id: 1, role: viewer, ends_at: 2018-01-01 00:00:00+00 }
    - { id: 3, user_id: 7, project_id: 1, role: editor, ends_at: 2023-01-01 00:00:00+00 }
  docs: [{ id: 1, team_id: 1 }, { id: 2, team_id: 2 }, { id: 3, team_id: 3 }, { id: 4, project_id: 1 }]
scenarios: []
";
