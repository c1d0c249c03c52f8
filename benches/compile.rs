//! How long the compiler takes for 100 to 100,000 rules, ten on each table: `cargo bench --bench compile`. Time should grow tenfold from line
//! to line. The rules are of the usual shapes: owner, team by membership, hierarchy, a parent's team, a parent's owner.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fmt::Write;

use divan::{Bencher, black_box};
use rowgate::diagnostic::Sources;
use rowgate::project::{self, Compiled, Texts};
use rowgate::sql;

const RULES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// As in a real project, the rules stand in several files.
const TABLES_PER_FILE: usize = 200;
const RULES_PER_TABLE: usize = 10;

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

fn texts(rules: usize) -> Texts {
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
    let mut sources = Sources::default();
    let config_file = sources.add("rowgate.yaml", CONFIG);
    let config = project::load_config(&sources, config_file, &mut Vec::new()).unwrap();
    let schema_file = sources.add("schema.yaml", schema);
    let files = policies.into_iter().enumerate();
    let policy_files = files.map(|(number, policy)| sources.add(format!("rules_{number}.policy"), policy)).collect();
    Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 }
}

fn compile(texts: Texts) -> Compiled {
    let compiled = project::compile(texts, Vec::new());
    assert!(compiled.meaning.is_some(), "the rules have errors: {:?}", compiled.diagnostics.first());
    compiled
}

/// What `rowgate check` does.
#[divan::bench(args = RULES, sample_count = 10)]
fn check(bencher: Bencher, rules: usize) {
    bencher.with_inputs(|| texts(rules)).bench_values(compile);
}

/// What `rowgate build` does on top.
#[divan::bench(args = RULES, sample_count = 10)]
fn generate(bencher: Bencher, rules: usize) {
    let compiled = compile(texts(rules));
    bencher.bench_local(|| black_box(sql::desired_state(&compiled.state().unwrap())));
}

fn main() {
    divan::main();
}
