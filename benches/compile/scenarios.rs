//! A test file of 100,000 rows with 10,000 expectations. In: nothing. Out: the project as texts.

use rowgate::diagnostic::Sources;
use rowgate::project::Texts;

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role } }
roles: { Member: { membership: Team, equals: member }, Lead: { membership: Team, equals: lead } }
closed_tables: { users: closed, teams: closed, members: closed, comments: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: integer } }
  teams: { columns: { id: integer } }
  members: { columns: { id: integer, user_id: { type: integer, references: users.id }, team_id: { type: integer, references: teams.id }, role: text } }
  documents: { columns: { id: integer, team_id: { type: integer, references: teams.id }, owner_id: { type: integer, references: users.id }, title: text } }
  comments: { columns: { id: integer, document_id: { type: integer, references: documents.id }, author_id: { type: integer, references: users.id } } }
";

const POLICY: &str = "table documents {
  rule \"Members read\" for Member of Team { allow read when any Comments where (Author is Logged in User) or Owner is Logged in User }
  rule \"Leads do all\" for Lead of Team { allow all }
}
";

const USERS: usize = 1_000;
const TEAMS: usize = 500;
const DOCUMENTS: usize = 250;
const COMMENTS: usize = 88_250;
const MEMBERS: usize = 10_000;

/// 100,000 rows; ten people, of whom each tries four operations on 250 documents.
pub fn texts() -> Texts {
    let mut file = "users: { ".to_owned();
    (1..=10).for_each(|user| file.push_str(&format!("U{user}: {user}, ")));
    file.push_str("}\nrows:\n  users:\n");
    let mut rows = |table: &str, count: usize, row: &dyn Fn(usize) -> String| {
        file.push_str(&format!("  {table}:\n"));
        (1..=count).for_each(|number| file.push_str(&format!("    - {{ id: {number}{} }}\n", row(number))));
    };
    rows("users", USERS, &|_| String::new());
    rows("teams", TEAMS, &|_| String::new());
    rows("members", MEMBERS, &|number| {
        let role = if number % 7 == 0 { "lead" } else { "member" };
        format!(", user_id: {}, team_id: {}, role: {role}", number % USERS + 1, number * 13 % TEAMS + 1)
    });
    rows("documents", DOCUMENTS, &|number| {
        format!(", team_id: {}, owner_id: {}, title: t", number * 3 % TEAMS + 1, number % USERS + 1)
    });
    rows("comments", COMMENTS, &|number| {
        format!(", document_id: {}, author_id: {}", number % DOCUMENTS + 1, number * 11 % USERS + 1)
    });
    let mut file = file.replacen("  users:\n  users:\n", "  users:\n", 1);
    file.push_str("scenarios:\n");
    (1..=10).for_each(|user| file.push_str(&format!("  - {{ name: U{user}, as: U{user}, tables: [documents] }}\n")));
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let config_file = sources.add("rowgate.yaml", CONFIG);
    let schema_file = sources.add("schema.yaml", SCHEMA);
    let policy_files = vec![sources.add("main.policy", POLICY)];
    let test_files = vec![sources.add("main.test.yaml", file)];
    let config = rowgate::project::load_config(&sources, config_file, &mut diagnostics).unwrap();
    Texts { sources, config_file, config, schema_file, policy_files, test_files, now: 0 }
}
