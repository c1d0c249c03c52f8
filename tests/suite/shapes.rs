//! Which shape each kind of rule gets, and which indexes it asks for, side by side in one text that a person has read. Shapes mean the same, so
//! no test of meaning can tell them apart; this one can.

use libtest_mimic::Trial;
use rowgate::diagnostic::Sources;
use rowgate::model::Model;
use rowgate::objects::Kind;
use rowgate::sql;

use crate::snapshots::{assert_only, assert_snapshot};
use crate::{project, trial};

pub fn trials() -> Vec<Trial> {
    vec![trial("shapes::are_chosen_by_what_rules_say", chosen)]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user, claims: app.claims }
memberships:
  Team: { table: members, user: user_id, within: team_id, role: role }
roles:
  Member: { membership: Team, equals: member }
  Root: { membership: Team, equals: root, global: true }
  Admin: { column: kind, equals: admin }
  Clerk: { column: kind, equals: clerk }
  Support: { database_role: support }
  Lead: { column: branch_id.kind, equals: lead }
masking: { schema: masked }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, kind: text, lead_id: { type: integer, references: users }, company_id: { type: integer, references: companies }, branch_id: { type: integer, references: companies } } }
  companies: { columns: { id: integer, kind: text, above_id: { type: integer, references: companies }, owner_id: { type: integer, references: users } } }
  teams: { columns: { id: integer, company_id: { type: integer, references: companies }, owner_id: { type: integer, references: users } } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text } }
  projects: { columns: { id: integer, team_id: { type: integer, references: teams }, owner_id: { type: integer, references: users }, open: boolean } }
  parts: { columns: { id: integer, doc_id: { type: integer, references: docs }, owner_id: { type: integer, references: users }, flag: boolean } }
  docs:
    indexes: [clerk_id]
    columns: &columns
      id: integer
      owner_id: { type: integer, references: users }
      clerk_id: { type: integer, references: users }
      team_id: { type: integer, references: teams }
      company_id: { type: integer, references: companies }
      project_id: { type: integer, references: projects }
      status: text
      day: date
";

/// A title, and the rules.
const RULES: [(&str, &str); 53] = [
    ("own rows", "rule \"a\" for Authenticated { where Owner equals Logged in User allow read }"),
    (
        "own rows by another column that has an index",
        "rule \"a\" for Authenticated { where Owner equals Logged in User and Clerk equals Logged in User allow read }",
    ),
    (
        "own rows of the own team: one index will do, that of the own rows",
        "rule \"a\" for Authenticated { where Team equals User's Team and Owner equals Logged in User allow read }",
    ),
    (
        "nobody's and others' rows",
        "rule \"a\" for Authenticated { where Owner is not Logged in User or Owner is empty allow read }",
    ),
    ("a status", "rule \"a\" for Authenticated { where Status is one of (\"x\", \"y\") and Day is before today allow read }"),
    ("the own team's", "rule \"a\" for Authenticated { where Team equals User's Team allow read }"),
    ("not the own team's", "rule \"a\" for Authenticated { where Team is not User's Team allow read }"),
    ("a scoped role's", "rule \"a\" for Member of Team { allow read, update (status), delete }"),
    ("by a claim", "rule \"a\" for Authenticated { where Status equals Claim \"status\" allow read }"),
    (
        "own or the team's",
        "rule \"a\" for Authenticated { where Owner equals Logged in User or Team equals User's Team allow read }",
    ),
    ("the own company's", "rule \"a\" for Authenticated { where Company equals User's Company allow read }"),
    ("by a path of one step", "rule \"a\" for Authenticated { where Project's Owner equals Logged in User allow read, create }"),
    ("by a path of two steps", "rule \"a\" for Authenticated { where Project's Team's Owner equals Logged in User allow read }"),
    ("by a path to what many have", "rule \"a\" for Authenticated { where Project's Open is true allow read }"),
    ("the same by list", "rule \"a\" for Authenticated { look up by list where Project's Open is true allow read }"),
    (
        "by a path, row by row",
        "rule \"a\" for Authenticated { look up by row where Project's Owner equals Logged in User allow read }",
    ),
    (
        "its own column, whatever is said of look-ups",
        "rule \"a\" for Authenticated { look up by row where Owner equals Logged in User allow read }",
    ),
    ("by own children", "rule \"a\" for Authenticated { where any Parts where (Owner equals Logged in User) allow read }"),
    ("by any children", "rule \"a\" for Authenticated { where any Parts where (Flag is true) allow read }"),
    (
        "without children, by list",
        "rule \"a\" for Authenticated { look up by list where no Parts where (Owner equals Logged in User) allow read }",
    ),
    ("by access to the project", "rule \"a\" for Authenticated { where can read Project allow read }"),
    ("by another table's row", "rule \"a\" for Authenticated { where any record of parts where (Flag is true) allow read }"),
    (
        "all, or own",
        "rule \"a\" for Authenticated { where Owner equals Logged in User allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all for several roles, or own",
        "rule \"a\" for Authenticated { where Owner equals Logged in User allow read } rule \"b\" for Admin, Root { allow read } rule \"c\" for Lead { allow read }",
    ),
    (
        "some for a role, or own",
        "rule \"a\" for Authenticated { where Owner equals Logged in User and Status is \"x\" allow read } rule \"b\" for Admin { where Status is \"y\" allow read }",
    ),
    (
        "all for members of anything, or own",
        "rule \"a\" for Authenticated { where User's Team is not empty or Owner equals Logged in User allow read }",
    ),
    (
        "all, or the team's",
        "rule \"a\" for Authenticated { where Team equals User's Team allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all, or own by a path",
        "rule \"a\" for Authenticated { where Project's Owner equals Logged in User allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all, or what many have",
        "rule \"a\" for Authenticated { where Status is \"x\" allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all, or own, or what many have",
        "rule \"a\" for Authenticated { where Status is \"x\" or Owner equals Logged in User allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all, or own, within something",
        "rule \"a\" for Authenticated { where (Owner equals Logged in User or User's Kind is \"boss\") and Status is \"x\" allow read }",
    ),
    (
        "a new row beside many",
        "rule \"a\" for Authenticated { where Owner equals Logged in User or Project's Owner equals Logged in User allow create, read } rule \"b\" for Admin { allow create, read, update }",
    ),
    ("a role by a path of the user, alone", "rule \"a\" for Lead { allow read }"),
    (
        "some fields of own rows, all of all, and a role of the database that sees all",
        "rule \"a\" for Authenticated { where Owner equals Logged in User allow read (id, owner_id) } rule \"b\" for Admin { allow read } rule \"c\" for Support { allow read }",
    ),
    (
        "all, or where the user is the owner, the other way around",
        "rule \"a\" for Authenticated { where Logged in User equals Owner allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "own, or everything for most users",
        "rule \"a\" for Authenticated { where Owner equals Logged in User or User's Kind is not \"guest\" allow read }",
    ),
    (
        "own, or what begins as the user's kind",
        "rule \"a\" for Authenticated { where Owner equals Logged in User or Status starts with User's Kind allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "own, or at some time",
        "rule \"a\" for Authenticated { where Owner equals Logged in User or Day is before date \"2026-01-01\" allow read }",
    ),
    (
        "all, or with children, by list",
        "rule \"a\" for Authenticated { look up by list where any Parts where (Flag is true) allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "all, or without children, by list",
        "rule \"a\" for Authenticated { look up by list where no Parts where (Flag is true) allow read } rule \"b\" for Admin { allow read }",
    ),
    (
        "fields of own rows, and a role of the database that sees all",
        "rule \"a\" for Authenticated { where Owner equals Logged in User allow read (id, owner_id) allow read (status) when Status is \"x\" } rule \"c\" for Support { allow read }",
    ),
    (
        "fields of what many have, and a role of the database that sees all",
        "rule \"a\" for Authenticated { where Status is \"x\" allow read (id, status) allow read (day) when Day is before today } rule \"c\" for Support { allow read }",
    ),
    ("a role's own rows", "rule \"a\" for Admin { where Owner equals Logged in User allow read, update (status) }"),
    (
        "a role's company, beside the own rows",
        "rule \"a\" for Authenticated { where Owner equals Logged in User allow read } rule \"b\" for Admin { where Company equals User's Company allow read }",
    ),
    ("a role's rows by a path", "rule \"a\" for Admin { where Project's Owner equals Logged in User allow read, create }"),
    (
        "a role's rows by either of two keys",
        "rule \"a\" for Admin { where Owner equals Logged in User or Team equals User's Team allow read }",
    ),
    (
        "a role's rows of which only some have a key",
        "rule \"a\" for Admin { where Team equals User's Team and Owner equals Logged in User and Status is \"x\" allow read, update }",
    ),
    ("everything", "rule \"a\" for Anyone { allow read }"),
    (
        "rows above: from the user's down",
        "rule \"a\" for Authenticated { where any Company or its Above at any level where (Owner is Logged in User) allow read, create }",
    ),
    (
        "rows above, by row",
        "rule \"a\" for Authenticated { look up by row where any Company or its Above at any level where (Owner is Logged in User) allow read }",
    ),
    (
        "nothing above that is not the user's, beside own rows",
        "rule \"a\" for Authenticated { where Owner is Logged in User and no Company's Above at any level where (Kind is \"closed\") allow read }",
    ),
    (
        "whoever is above the user",
        "rule \"a\" for Authenticated { look up by row where Owner is User's Lead at any level allow read }",
    ),
    (
        "nobody above the user, and whoever the user is above",
        "rule \"a\" for Authenticated { where Clerk is not Logged in User or its Lead at any level and Owner's Lead at any level is Logged in User allow read }",
    ),
];

/// What a key may be for a gate.
const KEYS: [&str; 12] = [
    "id: smallint",
    "id: integer",
    "id: bigint",
    "id: uuid",
    "id: date",
    "id: timestamp",
    "id: timestamptz",
    "id: text",
    "id: numeric",
    "id: text, born: { type: date, nullable: false }",
    "id: text, born: date",
    "id: text, born: { type: text, nullable: false }",
];

fn model(schema: &str, rules: &str, table: &str) -> Result<(Model, Sources), String> {
    let closed: Vec<String> = ["users", "companies", "teams", "members", "projects", "parts", "docs"]
        .iter()
        .filter(|name| **name != table && !(**name == "projects" && rules.contains("can read Project")))
        .filter(|name| schema.contains(&format!("\n  {name}:")))
        .map(|name| format!("{name}: closed"))
        .collect();
    let config = format!("{CONFIG}closed_tables: {{ {} }}\n", closed.join(", "));
    let projects = "table projects { rule \"p\" for Authenticated { where Team equals User's Team allow read } }";
    let projects = if rules.contains("can read Project") { projects } else { "" };
    project::model_of(&config, schema, &format!("table {table} {{ {rules} }} {projects}"))
}

/// The policies and the functions that they call, without what stands around them.
fn describe((model, sources): &(Model, Sources)) -> String {
    let (encoding, _) = project::encode(model);
    let state = sql::generate(model, &encoding, sources);
    let mut text = String::new();
    for object in state.objects.iter().filter(|object| matches!(object.kind(), Kind::Function | Kind::Policy | Kind::View)) {
        let create = object.create();
        let Some(create) = create.first() else { continue };
        let flat = create.split_whitespace().collect::<Vec<_>>().join(" ");
        let short = match flat.split_once(" AS PERMISSIVE ") {
            Some((_, rest)) => rest.replace("TO app_user ", ""),
            None => flat.replace("STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = '' LANGUAGE plpgsql AS ", ""),
        };
        text.push_str(&format!("  {short}\n"));
    }
    for index in sql::wanted_indexes(model, &encoding) {
        text.push_str(&format!("  index {}({}) for {}\n", index.table, index.column, index.purpose));
    }
    for table in sql::tables_without_gate(model, &encoding) {
        text.push_str(&format!("  no gate for {}\n", model.catalog.table(table).name));
    }
    text
}

fn chosen() -> Result<(), String> {
    let schema = SCHEMA.replace("&columns\n", "\n");
    let mut text = String::new();
    for (title, rules) in RULES {
        text.push_str(&format!("{title}\n{}\n", describe(&model(&schema, rules, "docs")?)));
    }
    assert_snapshot("shapes", "rules", text.trim_end());
    // Guards and the record of changes look up every role, whatever the rules say.
    let own = "rule \"a\" for Authenticated { where Owner equals Logged in User allow read }";
    for more in ["guards: { schema: guard }\n", "audit: { table: log, of: [docs] }\n"] {
        let columns: Vec<String> = rowgate::model::AUDIT_COLUMNS.iter().map(|(name, of)| format!("{name}: \"{of}\"")).collect();
        let log = format!("  log: {{ columns: {{ {} }} }}\n", columns.join(", "));
        let policy = format!("table docs {{ {own} }} table log {{ rule \"l\" for Admin {{ allow read }} }}");
        let closed = "closed_tables: { users: c, companies: c, teams: c, members: c, projects: c, parts: c }";
        let (model, _) = project::model_of(&format!("{CONFIG}{more}{closed}"), &format!("{schema}{log}"), &policy)?;
        let (encoding, _) = project::encode(&model);
        let indexes = sql::wanted_indexes(&model, &encoding);
        if !indexes.iter().any(|index| index.table == "public.members" && index.column == "user_id") {
            return Err(format!("{more}: {indexes:?}"));
        }
    }
    let mut text = String::new();
    for key in KEYS {
        let indexes = if key.contains("born") { "indexes: [born], " } else { "" };
        let table = format!("  things: {{ {indexes}columns: {{ {key}, owner: {{ type: integer, references: users }} }} }}\n");
        let schema = format!("{schema}{table}");
        let rules =
            "rule \"a\" for Authenticated { where Owner equals Logged in User allow read } rule \"b\" for Admin { allow read }";
        let described = describe(&model(&schema, rules, "things")?);
        let policy: Vec<&str> =
            described.lines().filter(|line| line.contains("FOR SELECT") || line.contains("no gate")).collect();
        text.push_str(&format!("{key}\n{}\n\n", policy.join("\n")));
    }
    assert_snapshot("shapes", "gates", text.trim_end());
    // Where nobody sees all, none is missing.
    let schema = format!("{schema}  things: {{ columns: {{ id: text, owner: {{ type: integer, references: users }} }} }}\n");
    let described = describe(&model(&schema, own, "things")?);
    if described.contains("no gate") {
        return Err(described);
    }
    assert_only("shapes", &["gates", "rules"])
}
