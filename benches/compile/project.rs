//! Projects of any size: rules of the usual shapes, ten on each table.

use std::fmt::Write;

use rowgate::diagnostic::Sources;
use rowgate::project::{self, Texts};

/// Rules on each table.
pub const RULES_PER_TABLE: usize = 10;
/// As in a real project, the rules stand in several files.
const TABLES_PER_FILE: usize = 200;

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: role }
roles:
  Admin: { membership: Team, equals: admin, includes: [Member] }
  Member: { membership: Team, equals: member }
  Boss: { column: kind, equals: boss }
closed_tables: { users: closed, teams: closed, members: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: uuid, kind: text } }
  teams: { columns: { id: uuid } }
  members:
    columns: { id: uuid, user_id: { type: uuid, references: users }, team_id: { type: uuid, references: teams }, role: text }
";

/// Role, condition and grant of the rules of a table.
const SHAPES: [(&str, &str, &str); RULES_PER_TABLE] = [
    ("Admin of Team", "Status is not \"archived\"", "allow read, create, update (name, amount), delete"),
    ("Member of Team", "Owner equals Logged in User or Parent's Owner equals Logged in User", "allow read, create, delete"),
    ("Boss", "Amount is at most 100 and Status is one of (\"a\", \"b\")", "allow read"),
    ("Authenticated", "Owner equals Logged in User", "allow read, create, delete"),
    ("Member of Parent's Team", "Parent's Owner is not empty", "allow read"),
    ("Admin of Team", "Name is not empty", ""),
    ("Member of Team", "Amount is greater than 0", ""),
    ("Boss", "Team is not empty", ""),
    ("Admin in any Team", "Owner equals Logged in User or Team equals User's Team", "allow read"),
    ("Member of Parent's Team", "Status is not \"secret\"", ""),
];

/// The files of a project with so many rules: their names and contents.
pub fn files(rules: usize) -> Vec<(String, String)> {
    let mut schema = SCHEMA.to_owned();
    let mut policies: Vec<String> = Vec::new();
    for table in 0..rules / RULES_PER_TABLE {
        let parent = table.saturating_sub(1);
        writeln!(
            schema,
            "  table_{table:05}:\n    columns:\n      id: uuid\n      owner_id: {{ type: uuid, references: users }}\n      \
             team_id: {{ type: uuid, references: teams }}\n      parent_id: {{ type: uuid, references: table_{parent:05} }}\n      \
             status: text\n      name: text\n      amount: numeric"
        )
        .unwrap();
        if table % TABLES_PER_FILE == 0 {
            policies.push(String::new());
        }
        let policy = policies.last_mut().unwrap();
        writeln!(policy, "table table_{table:05} {{").unwrap();
        for (number, (role, condition, allow)) in SHAPES.iter().enumerate() {
            writeln!(policy, "  rule \"rule {number}\" for {role} {{\n    where {condition}\n    {allow}\n  }}").unwrap();
        }
        policy.push_str("}\n");
    }
    let policies = policies.into_iter().enumerate().map(|(number, text)| (format!("rules_{number:03}.policy"), text));
    [("rowgate.yaml".to_owned(), CONFIG.to_owned()), ("schema.yaml".to_owned(), schema)].into_iter().chain(policies).collect()
}

/// The files of a project with so many roles, each with a rule of its own on the same table. What it compares cannot all be updated, so that it has to be
/// decided of every two whether they can be mixed up.
pub fn files_of_one_table(roles: usize) -> Vec<(String, String)> {
    let mut config = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
closed_tables: { users: closed }
roles:
"
    .to_owned();
    let schema = "version: 1
tables:
  users: { columns: { id: integer, kind: text } }
  things: { columns: { id: integer, amount: integer, state: integer, note: text } }
";
    let mut policy = "table things {\n".to_owned();
    for role in 0..roles {
        writeln!(config, "  Role{role:04}: {{ column: kind, equals: role_{role} }}").unwrap();
        writeln!(policy, "  rule \"rule {role}\" for Role{role:04} {{").unwrap();
        writeln!(policy, "    where Amount is at least {role} and State is {role}").unwrap();
        writeln!(policy, "    allow read, create, update (amount), delete\n  }}").unwrap();
    }
    policy.push_str("}\n");
    [("rowgate.yaml", config), ("schema.yaml", schema.to_owned()), ("rules.policy", policy)]
        .map(|(name, text)| (name.to_owned(), text))
        .into()
}

/// The same, as the compiler takes it.
pub fn texts(rules: usize) -> Texts {
    texts_of(files(rules))
}

/// Files as the compiler takes them: the configuration, the schema, then policies.
pub fn texts_of(files: Vec<(String, String)>) -> Texts {
    let mut sources = Sources::default();
    let ids: Vec<_> = files.into_iter().map(|(name, text)| sources.add(name, text)).collect();
    let config = project::load_config(&sources, ids[0], &mut Vec::new()).unwrap();
    Texts {
        sources,
        config_file: ids[0],
        config,
        schema_file: ids[1],
        policy_files: ids[2..].to_vec(),
        test_files: Vec::new(),
        now: 0,
    }
}

/// As many policies over as many entities for Cedar: the schema and the policies.
pub fn cedar(rules: usize) -> (String, String) {
    let mut schema = "entity Team;\nentity User in [Team] { kind: String };\n".to_owned();
    let mut policies = String::new();
    for table in 0..rules / RULES_PER_TABLE {
        let parent = table.saturating_sub(1);
        writeln!(
            schema,
            "entity T{table:05} {{ owner: User, team: Team, parent: T{parent:05}, status: String, name: String, amount: Long }};\n\
             action \"read_{table:05}\", \"create_{table:05}\", \"update_{table:05}\", \"delete_{table:05}\"\n  \
             appliesTo {{ principal: User, resource: T{table:05} }};"
        )
        .unwrap();
        for (number, condition) in CEDAR_SHAPES.iter().enumerate() {
            let action = ["read", "create", "update", "delete"][number % 4];
            writeln!(
                policies,
                "@id(\"{table:05} {number}\")\npermit (principal, action == Action::\"{action}_{table:05}\", resource is T{table:05}) when {{ {condition} }};"
            )
            .unwrap();
        }
    }
    (schema, policies)
}

/// What the conditions of [`SHAPES`] say, in the same order.
const CEDAR_SHAPES: [&str; RULES_PER_TABLE] = [
    "principal in resource.team && resource.status != \"archived\"",
    "principal in resource.team && (resource.owner == principal || resource.parent.owner == principal)",
    "principal.kind == \"boss\" && resource.amount <= 100 && [\"a\", \"b\"].contains(resource.status)",
    "resource.owner == principal",
    "principal in resource.parent.team && resource.parent.status != \"\"",
    "principal in resource.team && resource.name != \"\"",
    "principal in resource.team && resource.amount > 0",
    "principal.kind == \"boss\" && resource.name != \"\"",
    "resource.owner == principal || principal in resource.team",
    "principal in resource.parent.team && resource.status != \"secret\"",
];
