//! Warnings about what a project means: what fires, and what looks alike and does not. Each line is a project of one table's
//! rules beside the same others.

mod actions;
mod former;
mod gain;
mod looked_at;
mod never;
mod on_the_way;
mod reading;
mod rules;

use former::{FORMER, FORMER_ROLE};
use gain::{BENEATH, BEYOND, CLAIMS, HOLDERS, MEMBERSHIPS, OWN_ROW};
use libtest_mimic::Trial;
use looked_at::{LOOKED_AT, UNTIED};
use never::{ALWAYS, NEW_RECORDS, STEPS, TEXTS};
use on_the_way::{HELD_ON_THE_WAY, ON_THE_WAY};
use reading::{RETURNING, UNNAMED, UNREADABLE};
use rowgate::diagnostic::{Code, Diagnostic, Sources};
use rowgate::project::{self, Compiled, Texts};
use rules::{ALTERNATIVES, COVERED, EMPTY, FROZEN, KEPT, NEVER, NOTHING, OWN_PLACE, RECURSIVE, UNUSED};

use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("lints::who_gains_by_a_column_of_the_own_row", || all(Code::EditableRole, &OWN_ROW)),
        trial("lints::who_gains_by_a_membership", || all(Code::EditableRole, &MEMBERSHIPS)),
        trial("lints::who_gains_by_what_the_own_row_leads_to", || all(Code::EditableRole, &BEYOND)),
        trial("lints::who_gains_by_what_is_beneath_what", || all(Code::EditableRole, &BENEATH)),
        trial("lints::who_gains_by_a_condition_on_a_membership", || all(Code::EditableRole, &HOLDERS)),
        trial("lints::who_gains_by_rows_that_rules_look_at", || all(Code::EditableRole, &LOOKED_AT)),
        trial("lints::who_gains_by_what_leads_from_records_to_them", || all(Code::EditableRole, &ON_THE_WAY)),
        trial("lints::who_gains_by_what_leads_from_memberships_to_them", held_on_the_way),
        trial("lints::what_is_created_and_cannot_be_read", || all(Code::NotReturned, &RETURNING)),
        trial("lints::what_is_masked_and_cannot_be_named", || all(Code::NotReadable, &UNNAMED)),
        trial("lints::what_is_changed_and_cannot_be_read", || all(Code::NotReadable, &UNREADABLE)),
        trial("lints::who_gains_by_an_action", actions::gains),
        trial("lints::claims_that_users_write", || all(Code::EditableRole, &CLAIMS)),
        trial("lints::roles_that_get_nothing", || all(Code::NothingGranted, &NOTHING)),
        trial("lints::rules_that_narrow_each_other", || all(Code::Alternatives, &ALTERNATIVES)),
        trial("lints::rules_that_add_nothing", || all(Code::Covered, &COVERED)),
        trial("lints::conditions_that_exclude_each_other", || all(Code::NeverUsed, &NEVER)),
        trial("lints::steps_that_the_former_value_leaves_nothing_of", || all(Code::NeverUsed, &FORMER)),
        trial("lints::records_that_nobody_can_make", || all(Code::NeverUsed, &NEW_RECORDS)),
        trial("lints::steps_of_fields_that_no_grant_names", || all(Code::NeverUsed, &STEPS)),
        trial("lints::alternatives_that_leave_nothing_out", || all(Code::AlwaysTrue, &ALWAYS)),
        trial("lints::texts_that_exclude_each_other", || all(Code::NeverUsed, &TEXTS)),
        trial("lints::who_gains_beside_the_former_value", || all(Code::EditableRole, &FORMER_ROLE)),
        trial("lints::fields_that_cannot_change", || all(Code::Frozen, &FROZEN)),
        trial("lints::fields_that_are_listed_and_stay", || all(Code::NeverChanges, &KEPT)),
        trial("lints::limits_on_what_is_beneath_a_place", || all(Code::OwnPlace, &OWN_PLACE)),
        trial("lints::what_nothing_ties_together", || all(Code::UntiedRows, &UNTIED)),
        trial("lints::raw_sql_that_leads_back", || all(Code::RecursiveSql, &RECURSIVE)),
        trial("lints::boundaries_on_no_table", || all(Code::EmptyBoundary, &EMPTY)),
        trial("lints::conditions_that_nothing_uses", || all(Code::UnusedCondition, &UNUSED)),
        trial("lints::a_project_with_errors_gets_none", with_errors),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user, claims: app.claims }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: rank, where: Accepted is true }
  Ban: { table: bans, user: user_id, within: team_id }
  Group: { table: group_members, user: user_id, within: group_id, below: above_id, role: role_id.name }
  Binding: { table: bindings, holder: User is Logged in User or any Squad's Squad Members where (User is Logged in User), within: team_id, role: rank }
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
  Boarder: { membership: Binding, equals: boarder }
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
  groups: { columns: { id: integer, name: text, above_id: { type: integer, references: groups }, owner_id: { type: integer, references: users } } }
  group_roles: { columns: { id: integer, name: text, level: integer, permissions: 'text[]', group_id: { type: integer, references: groups } } }
  group_members: { columns: { id: integer, user_id: { type: integer, references: users }, group_id: { type: integer, references: groups }, role_id: { type: integer, references: group_roles } } }
  invitations:
    unique: [token]
    columns: { id: integer, team_id: { type: integer, references: teams }, email: text, token: uuid, rank: text, used: boolean not null, by_id: { type: integer, references: users } }
  squads: { columns: { id: integer, owner_id: { type: integer, references: users }, open: { type: boolean, nullable: false, default: 'false' } } }
  squad_members: { columns: { id: integer, user_id: { type: integer, references: users }, squad_id: { type: integer, references: squads } } }
  bindings: { columns: { id: integer, user_id: { type: integer, references: users }, squad_id: { type: integer, references: squads }, team_id: { type: integer, references: teams }, rank: text } }
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
  rule "Boarders" for Boarder of Team { allow read, update }
}
boundary "Tenant" on docs { where Company equals User's Company except Boss, Root }
boundary "Team" on docs { where Team is empty or Team is one of User's Team or Team's Company is one of User's Team's Company except Root }
boundary "Bans" on docs { where Team is empty or Team is not one of User's Ban }
"#;

/// The tables that a text has no rules for are closed.
fn compile(policy: &str) -> Compiled {
    compile_with(CONFIG, policy)
}

fn compile_with(config: &str, policy: &str) -> Compiled {
    let mut config = format!("{config}closed_tables:\n");
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

fn held_on_the_way() -> Result<(), String> {
    let (holder, rules, expected) = HELD_ON_THE_WAY;
    let config = CONFIG.replace("User is Logged in User or any Squad's Squad Members where (User is Logged in User)", holder);
    let compiled = compile_with(&config, &format!("{OTHERS}{rules}"));
    let titles: Vec<&str> = compiled.diagnostics.iter().map(|one| one.title.as_str()).collect();
    if titles == [expected] { Ok(()) } else { Err(crate::project::render(&compiled.diagnostics, &compiled.sources)) }
}

/// What is wrong may be what is missing, so that only errors are told; those that show when rules are combined, too.
fn with_errors() -> Result<(), String> {
    let unused = "condition Unused: Title is empty\n";
    let unmasked = CONFIG.replace("masking: { schema: masked }\n", "");
    let inexact =
        r#"table companies { rule "a" for Clerk { allow read (name) when Plan is "x" allow read (plan) when Plan is "y" } }"#;
    let unknown = r#"table companies { rule "a" for Nobody { allow read } }"#;
    for (config, rules, expected) in [(CONFIG, unknown, "RG1104"), (&unmasked, inexact, "RG1402"), (CONFIG, inexact, "RG1308")] {
        let compiled = compile_with(config, &format!("{OTHERS}{unused}{rules}"));
        let mut codes: Vec<&str> = compiled.diagnostics.iter().map(|one| one.code.as_str()).collect();
        codes.dedup();
        if codes != [expected] {
            return Err(format!("{rules}\n{codes:?} instead of {expected}"));
        }
    }
    Ok(())
}
