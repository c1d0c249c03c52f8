//! Random projects over one schema: valid rules with many shapes, from a seed.

use rowgate::diagnostic::Sources;
use rowgate::project::{self, Compiled, Texts};

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// The schema of every random project.
pub const SCHEMA: &str = r#"
version: 1
enums:
  state: [draft, open, done]
tables:
  users: { columns: { id: integer, name: text, kind: text, level: integer, tags: "text[]", company_id: { type: integer, references: companies } } }
  companies: { columns: { id: integer, name: text } }
  teams: { columns: { id: integer, company_id: { type: integer, references: companies } } }
  members:
    columns:
      id: integer
      user_id: { type: integer, references: users }
      team_id: { type: integer, references: teams }
      role: text
      rank: integer
      permissions: jsonb
  projects:
    columns:
      id: { type: integer, nullable: false, sequence: projects_id_seq }
      team_id: { type: integer, references: teams }
      owner_id: { type: integer, references: users }
      state: state
      budget: numeric
      due: date
      changed_at: timestamptz
  crm.tasks:
    columns:
      id: integer
      project_id: { type: integer, references: projects }
      assignee_id: { type: integer, references: users }
      title: text
      done: boolean
"#;

const ROLES: [(&str, &str); 8] = [
    ("Clerk", "{ column: kind, equals: clerk }"),
    ("Boss", "{ column: level, at_least: 5, includes: [Clerk] }"),
    ("Tagged", "{ column: tags, contains: vip }"),
    ("Root", "{ membership: Team, equals: root, global: true }"),
    ("Lead", "{ membership: Team, equals: lead, includes: [Member] }"),
    ("Member", "{ membership: Team, equals: member }"),
    ("Ranked", "{ membership: Team, path: rank, at_least: 3 }"),
    ("Helper", "{ database_role: app_helper }"),
];

/// Conditions on a project's row.
const PROJECT: [&str; 16] = [
    "Owner equals Logged in User",
    "Owner is not Logged in User",
    "Team equals User's Team",
    "Team is not one of User's Team",
    "Team's Company equals User's Company",
    "State is \"open\"",
    "State is one of (\"open\", \"draft\")",
    "State is not \"done\"",
    "Budget is at most 100",
    "Due is after today",
    "Changed At is before now",
    "Owner is empty",
    "Owner's Company is not empty",
    "Owner's Level is greater than User's Level",
    "Logged in User is empty",
    "Logged in User is not empty",
];

/// Conditions on a task's row.
const TASK: [&str; 9] = [
    "Assignee equals Logged in User",
    "Project's Owner equals Logged in User",
    "Project's Team equals User's Team",
    "Project's Team's Company equals User's Company",
    "Project's State is not \"done\"",
    "Done is true",
    "Done is not true",
    "Title is empty",
    "Assignee equals Project's Owner",
];

const USER: [&str; 4] =
    ["this record is Logged in User", "Company equals User's Company", "Kind is \"clerk\"", "Level is less than User's Level"];

/// A condition of up to `depth` levels.
fn condition(random: &mut Random, leaves: &[&str], depth: usize) -> String {
    let leaf = |random: &mut Random| (*random.pick(leaves)).to_owned();
    match random.below(if depth == 0 { 2 } else { 6 }) {
        0..=2 => leaf(random),
        3 => format!("not ({})", condition(random, leaves, depth - 1)),
        4 => format!("({} and {})", condition(random, leaves, depth - 1), condition(random, leaves, depth - 1)),
        _ => format!("({} or {})", condition(random, leaves, depth - 1), condition(random, leaves, depth - 1)),
    }
}

fn role_use(random: &mut Random, team: &str) -> String {
    match random.below(10) {
        0 => "Anyone".to_owned(),
        1 | 2 => "Authenticated".to_owned(),
        3 => "Clerk".to_owned(),
        4 => "Boss".to_owned(),
        5 => random.pick(&["Root", "Helper", "Tagged"]).to_owned(),
        6 => format!("Lead of {team}"),
        7 => format!("Member of {team}"),
        8 => format!("Ranked of {team}"),
        _ => "Member in any Team".to_owned(),
    }
}

/// The rules of one table. Update grants name fields that no condition mentions, so that most projects are exact.
fn table(random: &mut Random, name: &str, leaves: &[&str], team: Option<&str>, fields: &[&str]) -> String {
    let mut text = format!("table {name} {{\n");
    for index in 0..1 + random.below(4) {
        let role = match team {
            Some(team) => role_use(random, team),
            None => random.pick(&["Authenticated", "Boss", "Root", "Helper"]).to_owned(),
        };
        text.push_str(&format!("  rule \"rule {index}\" for {role} {{\n"));
        if random.chance(70) {
            text.push_str(&format!("    where {}\n", condition(random, leaves, 2)));
        }
        if random.chance(85) || index == 0 {
            let update = format!("update ({})", fields.join(", "));
            let operations: Vec<&str> = ["read", "create", update.as_str(), "delete"]
                .into_iter()
                .filter(|word| *word == "read" || random.chance(50))
                .collect();
            let when = if random.chance(20) { format!(" when {}", condition(random, leaves, 1)) } else { String::new() };
            text.push_str(&format!("    allow {}{when}\n", operations.join(", ")));
        }
        text.push_str("  }\n");
    }
    text.push_str("}\n");
    text
}

/// The files of a random project: configuration and policies.
fn texts(random: &mut Random) -> (String, Vec<(String, String)>) {
    let lookup = random.pick(&["", "", "", "lookup: { schema: look, role: other_lookup }\n", "lookup: { role: other_lookup }\n"]);
    let mut config = format!(
        "version: 1\n{lookup}identity: {{ provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user{} }}\n\
         memberships:\n  Team: {{ table: members, user: user_id, within: team_id, role: role{} }}\nroles:\n",
        random.pick(&["", ", anonymous_role: app_anon"]),
        random.pick(&["", ", where: Rank is at least 1"]),
    );
    for (name, role) in ROLES {
        config.push_str(&format!("  {name}: {role}\n"));
    }
    config.push_str(random.pick(&["", "masking: { schema: masked }\n"]));
    config.push_str("closed_tables:\n  companies: closed\n  teams: closed\n");
    let mut files = Vec::new();
    for (name, leaves, team, fields) in [
        ("members", &USER[..0], None, &["Rank"][..]),
        ("users", &USER[..], None, &["Name"][..]),
        ("projects", &PROJECT[..], Some("Team"), &["Budget"][..]),
        ("crm.tasks", &TASK[..], Some("Project's Team"), &["Title"][..]),
    ] {
        if leaves.is_empty() || random.chance(10) {
            config.push_str(&format!("  {name}: closed\n"));
        } else {
            files.push((format!("{name}.policy"), table(random, name, leaves, team, fields)));
        }
    }
    if random.chance(40) {
        let text = "boundary \"Company\" on users { where Company equals User's Company except Root, Helper }\n";
        files.push(("boundary.policy".to_owned(), text.to_owned()));
    }
    (config, files)
}

/// Compiles texts.
pub fn compile(config: &str, schema: &str, files: &[(String, String)]) -> Compiled {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let config_file = sources.add("rowgate.yaml", config);
    let config = project::load_config(&sources, config_file, &mut diagnostics).unwrap_or_else(|| panic!("{diagnostics:?}"));
    let schema_file = sources.add("schema.yaml", schema);
    let policy_files = files.iter().map(|(name, text)| sources.add(name.clone(), text.clone())).collect();
    project::compile(
        Texts { sources, config_file, config, schema_file, policy_files, test_files: Vec::new(), now: 0 },
        diagnostics,
    )
}

/// A random project without errors: those that policies cannot say exactly are thrown away. Also gives its texts.
pub fn project(random: &mut Random) -> (Compiled, String, Vec<(String, String)>) {
    loop {
        let (config, files) = texts(random);
        let compiled = compile(&config, SCHEMA, &files);
        if compiled.meaning.is_some() {
            return (compiled, config, files);
        }
        let unexpected = compiled.diagnostics.iter().find(|diagnostic| {
            diagnostic.severity() == rowgate::diagnostic::Severity::Error && !diagnostic.code.as_str().starts_with("RG14")
        });
        if let Some(diagnostic) = unexpected {
            panic!("{}", rowgate::diagnostic::render(diagnostic, &compiled.sources, false));
        }
    }
}
