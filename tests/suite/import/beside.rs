//! The command beside a project that is there, and in a database that is not one's own alone: what it knows of memberships is written or told, and nothing that is there is written over.

use std::process::Command;

use super::ROLES;
use crate::cluster::{self, DEPLOYER, Database, lock_roles};
use crate::commands::{edit, expect, write};
use crate::pages::temporary;

/// Accounts of another owner's, teams with members, and helpers that look them up.
const SCRIPT: &str = "CREATE SCHEMA accounts AUTHORIZATION imp_owner; CREATE TABLE accounts.users (id integer PRIMARY KEY, email text); \
    ALTER TABLE accounts.users OWNER TO imp_owner; ALTER TABLE accounts.users ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY own ON accounts.users USING (id = nullif(current_setting('app.user_id', true), '')::integer); \
    GRANT USAGE ON SCHEMA accounts TO deployer; GRANT SELECT, REFERENCES ON accounts.users TO deployer; GRANT USAGE, CREATE ON SCHEMA public TO deployer; SET ROLE deployer; \
    CREATE TABLE teams (id integer PRIMARY KEY, name text); \
    CREATE TABLE members (team_id integer NOT NULL REFERENCES teams, user_id integer NOT NULL REFERENCES accounts.users, role text NOT NULL, PRIMARY KEY (team_id, user_id)); \
    CREATE TABLE items (id integer PRIMARY KEY, team_id integer NOT NULL REFERENCES teams, owner_id integer REFERENCES accounts.users, title text); \
    CREATE FUNCTION has_role(team integer, wanted text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT EXISTS \
      (SELECT 1 FROM members WHERE team_id = team AND user_id = nullif(current_setting('app.user_id', true), '')::integer AND role = wanted) $$; \
    ALTER TABLE teams ENABLE ROW LEVEL SECURITY; ALTER TABLE items ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY named ON teams FOR UPDATE USING (has_role(id, 'admin')); \
    CREATE POLICY own ON items FOR SELECT USING (owner_id = nullif(current_setting('app.user_id', true), '')::integer); \
    CREATE POLICY admins ON items FOR DELETE USING (has_role(team_id, 'admin')); \
    CREATE POLICY either ON items FOR UPDATE USING (owner_id = nullif(current_setting('app.user_id', true), '')::integer OR has_role(team_id, 'editor')); \
    GRANT SELECT, UPDATE, DELETE ON teams, items TO imp_app; RESET ROLE;";

pub fn beside() -> Result<(), String> {
    let folder = temporary("import_beside")?;
    let database = Database::create("import_beside")?;
    database.apply("postgres", &format!("{ROLES}{SCRIPT}"))?;
    let url = format!("host={} user={DEPLOYER} dbname={}", cluster::host()?, database.name);
    let run = |arguments: &[&str]| {
        let _guard = lock_roles();
        let output = Command::new(env!("CARGO_BIN_EXE_rowgate"))
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .env("DATABASE_URL", &url)
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ok::<_, String>((output.status.code().unwrap_or(-1), said))
    };
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|error| format!("{name}: {error}"));
    // Anew: all is written, and what is another owner's is neither closed nor given rules.
    let (code, said) = run(&["import", "--output", "rules"])?;
    let written = format!("{}{}{}", text("rules/rowgate.yaml")?, text("rules/schema.yaml")?, text("rules/items.policy")?);
    for piece in [
        "  Team: { table: members, user: user_id, within: team_id, role: role }\n",
        "  Admin: { membership: Team, equals: admin }\n  Editor: { membership: Team, equals: editor }\n",
        "  accounts.users:\n    external: true\n",
        "rule \"admins\" for Admin of Team {\n    allow delete\n",
    ] {
        expect(code == 0 && written.contains(piece), &format!("{piece}:\n{written}{said}"))?;
    }
    let head = written.split("tables:").next().unwrap_or_default();
    expect(!head.contains("accounts.users:") && head.contains("user_table: accounts.users"), head)?;
    expect(text("rules/teams.policy")?.contains("for Admin of this record {"), &text("rules/teams.policy")?)?;
    let removed = said.contains("DROP POLICY admins ON public.items") && !said.contains("ON accounts.users");
    expect(removed && said.contains("the policies of accounts.users stay as they are"), &said)?;
    let (code, said) = run(&["check", "rules"])?;
    expect(code == 0, &said)?;
    // Beside: what is there stays, names that it has are used, and what it lacks is told.
    let given = "version: 1\nidentity: { provider: setting, setting: app.user_id, user_table: accounts.users, signed_in_role: imp_app }\n\
        memberships:\n  Crew: { table: members, user: user_id, within: team_id, role: role }\nroles:\n  Admin: { column: email, equals: root }\n  \
        Writer: { membership: Crew, equals: editor }\n";
    std::fs::create_dir_all(folder.join("project")).map_err(|error| error.to_string())?;
    write(&folder, "project/rowgate.yaml", given);
    write(
        &folder,
        "project/schema.yaml",
        text("rules/schema.yaml")?.replace("      title: text", "      title: { type: text, label: Heading }"),
    );
    let (code, said) = run(&["import", "--output", "project"])?;
    expect(code == 0 && text("project/rowgate.yaml")? == given, &said)?;
    let told = "Give rowgate.yaml besides:\n\nroles:\n  Crew Admin: { membership: Crew, equals: admin }\n\nclosed_tables:\n  members: no application role has a right to it\n";
    expect(said.contains(told) && !said.contains("stale") && said.contains("wrote 2 files to `project`"), &said)?;
    let rules = text("project/items.policy")?;
    expect(rules.contains("for Crew Admin of Team {") && text("project/schema.yaml")?.contains("Heading"), &rules)?;
    let (code, said) = run(&["check", "project"])?;
    expect(code == 1 && said.contains("Crew Admin"), &format!("what is told has to be missing: {said}"))?;
    edit(&folder, "project/rowgate.yaml", "roles:\n", "roles:\n  Crew Admin: { membership: Crew, equals: admin }\n");
    edit(&folder, "project/rowgate.yaml", "memberships:\n", "closed_tables: { public.members: nobody }\nmemberships:\n");
    let (code, said) = run(&["check", "project"])?;
    expect(code == 0, &said)?;
    let (code, said) = run(&["import", "--output", "project"])?;
    expect(code == 2 && said.contains("exists"), &said)?;
    // A stale file is told and left, and the rules are made for what it should be.
    database
        .apply(DEPLOYER, "ALTER TABLE items ADD state text; CREATE POLICY done ON items FOR SELECT USING (state = 'done')")?;
    let (code, said) = run(&["import", "--output", "project", "--force"])?;
    expect(code == 0 && said.contains("schema.yaml` is stale") && !said.contains("besides"), &said)?;
    expect(
        text("project/items.policy")?.contains("State is \"done\"") && !text("project/schema.yaml")?.contains("state"),
        &said,
    )?;
    // Without a folder to be written to, it is for the project here.
    let (code, said) = run(&["import"])?;
    expect(code == 0 && said.contains("# rowgate.yaml") && !said.contains("besides"), &said)
}
