//! Warnings that take the whole meaning of a project: what fires, and what looks alike and does not. Each line is a project of one table's
//! rules beside the same others.

use libtest_mimic::Trial;
use rowgate::diagnostic::{Code, Diagnostic, Sources};
use rowgate::project::{self, Compiled, Texts};

use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("lints::who_gains_by_a_column_of_the_own_row", || all(Code::EditableRole, &OWN_ROW)),
        trial("lints::who_gains_by_a_membership", || all(Code::EditableRole, &MEMBERSHIPS)),
        trial("lints::who_gains_by_what_the_own_row_leads_to", || all(Code::EditableRole, &BEYOND)),
        trial("lints::what_is_created_and_cannot_be_read", || all(Code::NotReturned, &RETURNING)),
        trial("lints::what_is_masked_and_cannot_be_named", || all(Code::NotReadable, &UNNAMED)),
        trial("lints::claims_that_users_write", || all(Code::EditableRole, &CLAIMS)),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user, claims: app.claims }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: rank, where: Accepted is true }
  Ban: { table: bans, user: user_id, within: team_id }
  Group: { table: group_members, user: user_id, within: group_id, role: role_id.name }
roles:
  Clerk: { column: kind, equals: clerk }
  Boss: { column: kind, equals: boss, includes: [Clerk] }
  Auditor: { column: kind, equals: auditor }
  Junior: { column: grade, equals: junior }
  Senior: { column: grade, equals: senior }
  Staff: { claim: role, equals: staff }
  Viewer: { membership: Team, equals: viewer }
  Admin: { membership: Team, equals: admin, includes: [Viewer] }
  Owner: { membership: Team, equals: owner }
  Root: { membership: Team, equals: root, global: true }
  Writer: { membership: Group, path: role_id.permissions, contains: write }
  Manager: { membership: Group, path: role_id.permissions, contains: manage }
  Lead: { membership: Group, equals: lead }
  Helper: { membership: Group, equals: helper }
  Elder: { membership: Group, path: role_id.level, at_least: 2 }
masking: { schema: masked }
";

const SCHEMA: &str = "version: 1
enums: { user_kind: [clerk, boss, auditor, guest] }
tables:
  users:
    columns:
      id: integer
      name: text
      kind: user_kind
      grade: text
      email: text
      active: boolean
      company_id: { type: integer, references: companies }
      lead_id: { type: integer, references: users }
  companies: { columns: { id: integer, name: text, plan: text, owner_id: { type: integer, references: users } } }
  teams: { columns: { id: integer, name: text, public: boolean, owner_id: { type: integer, references: users }, company_id: { type: integer, references: companies } } }
  members:
    columns:
      id: integer
      user_id: { type: integer, references: users }
      team_id: { type: integer, references: teams }
      rank: text
      accepted: boolean
      nickname: text
      invited_by_id: { type: integer, references: users }
  bans: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams } } }
  groups: { columns: { id: integer } }
  group_roles: { columns: { id: integer, name: text, level: integer, permissions: 'text[]', group_id: { type: integer, references: groups } } }
  group_members: { columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups }, role_id: { type: integer, references: group_roles } } }
  invitations: { columns: { id: integer, team_id: { type: integer, references: teams }, email: text } }
  docs:
    columns:
      id: integer
      title: text
      email: text
      status: text
      team_id: { type: integer, references: teams }
      group_id: { type: integer, references: groups }
      company_id: { type: integer, references: companies }
      owner_id: { type: integer, references: users }
";

/// What the other tables allow: each role something, each above the one before.
const OTHERS: &str = r#"
table docs {
  rule "Colleagues" for Authenticated { where Company equals User's Company or Email equals User's Email or Company's Plan is User's Company's Plan allow read (id) }
  rule "Clerks" for Clerk { allow read (id, title) }
  rule "Bosses" for Boss { allow update }
  rule "Auditors" for Auditor { allow read (id, status) }
  rule "Viewers" for Viewer of Team { allow read (id, title) }
  rule "Admins" for Admin of Team { allow update (title) }
  rule "Owners" for Owner of Team { allow read, update, delete }
  rule "Roots" for Root { allow all }
  rule "Writers" for Writer of Group { allow read, update }
  rule "Managers" for Manager of Group { allow read }
}
boundary "Tenant" on docs { where Company equals User's Company except Boss, Root }
boundary "Team" on docs { where Team is empty or Team is one of User's Team or Team's Company is one of User's Team's Company except Root }
boundary "Bans" on docs { where Team is empty or Team is not one of User's Ban }
"#;

/// The tables that a text has no rules for are closed.
fn compile(policy: &str) -> Compiled {
    let mut config = format!("{CONFIG}closed_tables:\n");
    for line in SCHEMA.lines().filter_map(|line| line.strip_prefix("  ")) {
        let name = line.split(':').next().unwrap_or_default();
        if !name.starts_with(' ') && !policy.contains(&format!("table {name} {{")) {
            config.push_str(&format!("  {name}: closed\n"));
        }
    }
    let mut sources = Sources::default();
    let (config_file, schema_file) = (sources.add("rowgate.yaml", config), sources.add("schema.yaml", SCHEMA));
    let policy_files = vec![sources.add("rules.policy", policy)];
    let mut diagnostics = Vec::new();
    let config = project::load_config(&sources, config_file, &mut diagnostics).unwrap();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 };
    project::compile(texts, diagnostics)
}

/// Each text with the titles of the warnings of one code, joined; an empty one fires nothing.
fn all(code: Code, cases: &[(&str, &str)]) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (rules, expected) in cases {
        let compiled = compile(&format!("{OTHERS}{rules}"));
        if compiled.meaning.is_none() {
            return Err(format!("{rules}\n{}", crate::project::render(&compiled.diagnostics, &compiled.sources)));
        }
        let of_code = |one: &&Diagnostic| one.code == code;
        let titles: Vec<&str> = compiled.diagnostics.iter().filter(of_code).map(|one| one.title.as_str()).collect();
        if titles.join("; ") != *expected {
            wrong.push(format!("{rules}\n  fires    {}\n  expected {expected}", titles.join("; ")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
}

const OWN_ROW: [(&str, &str); 32] = [
    // Roles, the classic.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name, kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update except (kind, grade, company_id, email) } }"#,
        "",
    ),
    // A new row of one's own, by an identity that has none yet.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, name) } }"#, ""),
    (r#"table users { rule "Own" for Authenticated { allow create (name, kind) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) when Kind is "guest" } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow create (id, kind) when Kind is not "boss" } }"#,
        "users can make themselves `Auditor` or `Clerk`",
    ),
    // Who has a row cannot make another one of their own.
    (r#"table users { rule "New" for Clerk { allow create (id, kind) } }"#, ""),
    (
        r#"table users { rule "New" for Staff { where this record is Logged in User allow create (id, kind) } }"#,
        "whoever is `Staff` can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "New" for Root { where this record is Logged in User allow create (id, company_id) } }"#, ""),
    (
        r#"table users { rule "New" for Viewer in any Team { where this record is Logged in User allow create (id, company_id) } }"#,
        "",
    ),
    // A step says which values may be written.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) when Kind is "clerk" then Kind is "guest" } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is one of ("guest", "auditor") } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is not one of ("boss", "auditor") } }"#,
        "users can make themselves `Clerk`",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (kind) then Kind is not empty } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    // Rows of others.
    (
        r#"table users { rule "All" for Authenticated { allow read, update (kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (r#"table users { rule "All" for Authenticated { where this record is not Logged in User allow read, update (kind) } }"#, ""),
    (r#"table users { rule "Led" for Authenticated { where Lead is Logged in User allow read, update (kind) } }"#, ""),
    (
        r#"table users { rule "Led" for Authenticated { where Lead is Logged in User or this record is Logged in User allow read, update (kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    // Managers: only what is above them counts, and only where it comes from the same place.
    (
        r#"table users { rule "Clerks" for Clerk { allow read, update (kind) } }"#,
        "whoever is `Clerk` can make themselves `Auditor` or `Boss`",
    ),
    (r#"table users { rule "Bosses" for Boss { allow read, update (kind) } }"#, ""),
    (r#"table users { rule "Staff" for Staff { allow read, update (kind) } }"#, ""),
    (
        r#"table users { rule "Own" for Boss { where this record is Logged in User allow read, update (kind) } }"#,
        "whoever is `Boss` can make themselves `Auditor`",
    ),
    // What is no role: columns that others read of the user.
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (name, company_id) } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (
        r#"table users { rule "Own" for Clerk { where this record is Logged in User allow read, update (company_id) } }"#,
        "whoever is `Clerk` can choose what the rule \"Colleagues\" reads of them",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (email) } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (active) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) then Company is User's Company } }"#,
        "",
    ),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) } } boundary "Users" on users { where Company is User's Company }"#,
        "",
    ),
    (r#"table users { rule "HR" for Staff { allow read, update (company_id) } }"#, ""),
    (
        r#"table users { rule "Own" for Authenticated { where this record is Logged in User allow read, update (company_id) when sql "company_id is null" } }"#,
        "",
    ),
];

const MEMBERSHIPS: [(&str, &str); 30] = [
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow all } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (nickname), delete } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (rank) } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Rank is "viewer" } }"#, ""),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Rank is not "root" and Team is not empty } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    // A request that somebody else accepts.
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Accepted is false } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (accepted) when Accepted is empty then Accepted is true } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (accepted) } }"#,
        "users can write whether their own row counts as a `Team`",
    ),
    // Membership itself, without a role.
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) } }"#,
        "users can make themselves members of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) when Team's Public is true } }"#,
        "",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create (user_id, team_id, accepted) when any record of invitations where (Email is User's Email) } }"#,
        "users can make themselves members of any `Team`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow create when Team is one of User's Ban and any record of invitations where (Email is User's Email) } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    (
        r#"table members { rule "Own" for Authenticated { where User is Logged in User allow read, update (team_id) } }"#,
        "users can make themselves members of any `Team`",
    ),
    // Who founds a team is its first owner.
    (r#"table members { rule "Founder" for Authenticated { where Team's Owner is Logged in User allow create } }"#, ""),
    (
        r#"table members { rule "Invites" for Authenticated { where Invited By is Logged in User allow create } }"#,
        "users can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (r#"table members { rule "Others" for Authenticated { where User is not Logged in User allow create } }"#, ""),
    (
        r#"table members { rule "Mates" for Authenticated { where Team is one of User's Team allow read, update (rank) } }"#,
        "users can make themselves `Admin`, `Owner` or `Viewer`",
    ),
    // Who manages a team is not warned of, unless there is a role above.
    (r#"table members { rule "Owners" for Owner of Team { allow all } }"#, ""),
    (r#"table members { rule "Admins" for Admin of Team { allow all } }"#, "whoever is `Admin` can make themselves `Owner`"),
    (r#"table members { rule "Admins" for Admin of Team { allow all when Rank is not "owner" } }"#, ""),
    (r#"table members { rule "Admins" for Admin of Team { allow all when User is not Logged in User } }"#, ""),
    (
        r#"table members { rule "Admins" for Admin of Team { allow read, create, update (rank) then Rank is one of ("viewer", "admin") } }"#,
        "whoever is `Admin` can make themselves `Owner`",
    ),
    (
        r#"table members { rule "Admins" for Admin of Team { allow create, read, update, delete when Rank is one of ("viewer", "admin") } }"#,
        "",
    ),
    (
        r#"table members { rule "Viewers" for Viewer of Team { allow read, update (rank) } }"#,
        "whoever is `Viewer` can make themselves `Admin` or `Owner`",
    ),
    (
        r#"table members { rule "Anywhere" for Owner in any Team { allow create } }"#,
        "whoever is `Owner` can make themselves `Admin`, `Owner`, `Root` or `Viewer`",
    ),
    (r#"table members { rule "Roots" for Root { allow all } }"#, ""),
    (r#"table members { rule "Staff" for Staff { allow all } }"#, ""),
    // What stands against the user.
    (
        r#"table bans { rule "Own" for Authenticated { where User is Logged in User allow read, delete } }"#,
        "users can take away what the boundary \"Bans\" asks not to be there",
    ),
    (r#"table bans { rule "Admins" for Admin of Team { allow all } }"#, ""),
    (r#"table bans { rule "Own" for Authenticated { where User is Logged in User allow read, create } }"#, ""),
];

const BEYOND: [(&str, &str); 11] = [
    (
        r#"table companies { rule "All" for Authenticated { allow read, update } }"#,
        "users can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table companies { rule "All" for Authenticated { allow read, update (name) } }"#, ""),
    (
        r#"table companies { rule "Own" for Clerk { where this record is User's Company allow read, update } }"#,
        "whoever is `Clerk` can choose what the rule \"Colleagues\" reads of them",
    ),
    (r#"table companies { rule "Others" for Authenticated { where this record is not User's Company allow read, update } }"#, ""),
    (r#"table companies { rule "Staff" for Staff { allow all } }"#, ""),
    (r#"table teams { rule "Admins" for Admin of this record { allow read, update (name) } }"#, ""),
    (
        r#"table teams { rule "Admins" for Admin of this record { allow read, update } }"#,
        "whoever is `Admin` can choose what the boundary \"Team\" reads of them",
    ),
    (
        r#"table group_roles { rule "All" for Authenticated { allow read, update (permissions) } }"#,
        "users can make themselves `Manager` or `Writer`",
    ),
    (
        r#"table group_roles { rule "Managers" for Manager of Group { allow read, update (permissions) } }"#,
        "whoever is `Manager` can make themselves `Writer`",
    ),
    (r#"table group_roles { rule "Managers" for Manager of Group { allow read, update (name) } }"#, ""),
    (r#"table group_roles { rule "Writers" for Writer of Group { allow read, update (permissions) } }"#, ""),
];

const CLAIMS: [(&str, &str); 5] = [
    (
        r#"table teams { rule "a" for Authenticated { where Name is Claim "/user_metadata/team" allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { where Claim "/user_metadata/teams" contains Name allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { where Claim "https://example.com/user_metadata" is empty allow read } }"#,
        "whoever holds a token can write what this compares",
    ),
    (
        r#"table teams { rule "a" for Authenticated { allow read } } boundary "b" on teams { where Name is Claim "/user_metadata/team" }"#,
        "whoever holds a token can write what this compares",
    ),
    (r#"table teams { rule "a" for Authenticated { where Name is Claim "/app_metadata/team" allow read } }"#, ""),
];

const UNNAMED: [(&str, &str); 3] = [
    (
        r#"table invitations { rule "R" for Authenticated { allow read (email) allow read (id) when Email is empty allow delete } }"#,
        "who may delete these records cannot say which: `id` is not readable in all of them",
    ),
    (
        r#"table invitations { rule "R" for Authenticated { allow read (id) allow read (email) when Email is empty allow delete } }"#,
        "",
    ),
    // Together the grants show it in all.
    (
        r#"table invitations { rule "R" for Authenticated { allow read (id, email) when Team is empty allow read (id) when Team is not empty allow delete } }"#,
        "",
    ),
];

const RETURNING: [(&str, &str); 35] = [
    (
        r#"table teams { rule "F" for Authenticated { where Owner is Logged in User allow create } rule "M" for Viewer of this record { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { where Owner is Logged in User allow create, read } rule "M" for Viewer of this record { allow read } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Owner is Logged in User allow read when any Members where (User is Logged in User) } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Owner is Logged in User allow read when no Members where (User is not Logged in User) } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Name is "b" } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Name is one of ("a", "b") } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is one of ("a", "b") allow read when Name is "b" } }"#,
        "",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Company is empty allow read when Company is not empty } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when Public is true } }"#, ""),
    (
        r#"table teams { rule "F" for Authenticated { allow create when Name is "a" allow read when Public is true and Owner is Logged in User } }"#,
        "",
    ),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when sql "public" } }"#, ""),
    (r#"table teams { rule "F" for Authenticated { allow create allow read when User's Active is true } }"#, ""),
    (
        r#"table teams { rule "F" for Authenticated { allow create } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Authenticated { allow create } rule "B" for Boss { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Boss { allow create } rule "B" for Clerk { allow read } }"#, ""),
    (
        r#"table teams { rule "F" for Clerk { allow create } rule "B" for Boss { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Staff { allow create } rule "B" for Boss, Clerk { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table teams { rule "F" for Staff { allow create } rule "B" for Authenticated { allow read } }"#, ""),
    (r#"table teams { rule "F" for Anyone { allow create } rule "B" for Authenticated { allow read } }"#, ""),
    (
        r#"table teams { rule "F" for Anyone { allow create } rule "B" for Root { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table teams { rule "F" for Root { allow create } rule "B" for Viewer in any Team { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Admin of Team { allow create } rule "O" for Owner of Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Admin of Team { allow create } rule "O" for Viewer of Team { allow read } }"#, ""),
    (
        r#"table invitations { rule "A" for Authenticated { allow create when Team is one of User's Team } rule "O" for Owner of Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Authenticated { allow create } rule "O" for Owner of Team { allow read } }"#, ""),
    (
        r#"table invitations { rule "A" for Staff { allow create } rule "O" for Owner in any Team { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table group_members { rule "A" for Writer of Group { allow create } rule "O" for Manager of Group { allow read } }"#, ""),
    (
        r#"table group_members { rule "A" for Writer of Group { allow create } rule "O" for Manager in any Group { allow read } }"#,
        "",
    ),
    (
        r#"table members { rule "A" for Authenticated { allow create when can read Team allow read when can update Team } } table teams { rule "T" for Authenticated { allow read, update when Owner is Logged in User } }"#,
        "",
    ),
    (
        r#"table invitations { rule "A" for Authenticated { allow create, read } } boundary "b" on invitations { where Email is User's Email }"#,
        "",
    ),
    (
        r#"table teams { rule "J" for Junior { allow create } rule "S" for Senior { allow read } }"#,
        "not everybody who creates these records of `teams` can read them, so `INSERT … RETURNING` fails",
    ),
    (r#"table invitations { rule "A" for Authenticated { allow create } rule "O" for Owner of Team's Id { allow read } }"#, ""),
    (r#"table group_members { rule "A" for Lead of Group { allow create } rule "O" for Elder of Group { allow read } }"#, ""),
    (
        r#"table group_members { rule "A" for Lead of Group { allow create } rule "O" for Helper of Group { allow read } }"#,
        "not everybody who creates these records of `group_members` can read them, so `INSERT … RETURNING` fails",
    ),
    (
        r#"table invitations { rule "A" for Viewer of Team { allow create } rule "O" for Writer in any Group { allow read } }"#,
        "not everybody who creates these records of `invitations` can read them, so `INSERT … RETURNING` fails",
    ),
];
