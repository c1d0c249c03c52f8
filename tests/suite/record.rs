//! The record of what was applied to a database: what is otherwise since then is told, and nothing else.

use libtest_mimic::Trial;
use rowgate::db::{self, Client, Standing};
use rowgate::objects::State;
use rowgate::plan;
use rowgate::project::Compiled;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, random, trial};

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: record_user }
memberships: { Team: { table: members, user: user_id, within: team_id, role: role } }
roles: { Admin: { membership: Team, equals: admin }, Auditor: { database_role: record_auditor } }
lookup: { role: record_lookup }
masking: { schema: record_masked }
guards: { schema: record_guard }
closed_tables: { users: closed, teams: closed, members: closed, billing: closed }
";

const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer, name: text } }
  teams: { columns: { id: integer, name: text } }
  members: { columns: { id: integer, user_id: { type: integer, references: users }, team_id: { type: integer, references: teams }, role: text } }
  docs: { columns: { id: integer, team_id: { type: integer, references: teams }, owner_id: { type: integer, references: users }, title: text, body: text } }
  people: { columns: { id: integer, owner_id: { type: integer, references: users }, pay: integer, name: text } }
  billing: { columns: { id: integer, amount: integer } }
";

const RULES: &str = "
table docs {
  rule \"Owners\" for Authenticated { where Owner is Logged in User allow read, create, update (title, body), delete }
  rule \"Admins\" for Admin of Team { allow read, update (team_id) }
  rule \"Auditors\" for Auditor { allow read }
}
table people {
  rule \"Names\" for Authenticated { allow read (id, name) }
  rule \"Own\" for Authenticated { allow read when Owner is Logged in User }
}
";

const REPAIR: plan::Deployment<'static> = plan::Deployment { title: "repair", sources: &[], repairs: true };

pub fn trials() -> Vec<Trial> {
    vec![
        trial("record::each_kind_of_tampering_is_told_and_undone", tampering),
        trial("record::what_means_nothing_is_not_told", innocent),
        trial("record::a_script_that_is_not_the_next_step_changes_nothing", next_step),
        trial("record::nobody_but_the_deployer_reads_it", closed),
    ]
}

/// With roles and schemas of its own: tests run side by side, and roles are the server's.
fn named(test: &str, text: &str) -> String {
    text.replace("record_", &format!("{test}_"))
}

fn state(test: &str, rules: &str) -> Result<(Compiled, State), String> {
    let compiled = random::compile(&named(test, CONFIG), SCHEMA, &[("docs.policy".to_owned(), rules.to_owned())]);
    let state = compiled.state().ok_or("errors in the rules")?;
    Ok((compiled, state))
}

fn deployed(name: &str) -> Result<(Database, State), String> {
    let (compiled, state) = state(name, RULES)?;
    let database = Database::create(name)?;
    database.apply(DEPLOYER, &ddl::create(&compiled.meaning.as_ref().ok_or("errors")?.model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    Ok((database, state))
}

fn differences(client: &mut Client, state: &State) -> Result<Vec<rowgate::verify::Difference>, String> {
    let record = state.record().ok_or("no record")?;
    db::read_differences(client, record).map_err(|error| error.to_string())
}

/// Who does it, what is done, and what is told of it; nothing where it cannot be undone by a statement.
const TAMPERING: &[(&str, &str)] = &[
    (
        "CREATE FUNCTION as_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "function public.as_owner() was added",
    ),
    ("CREATE PROCEDURE as_owner() LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'", "function public.as_owner() was added"),
    ("ALTER POLICY rowgate_read_record_user ON docs USING (true)", "policy rowgate_read_record_user on public.docs was altered"),
    ("ALTER POLICY rowgate_read_record_user ON docs TO PUBLIC", "policy rowgate_read_record_user on public.docs was altered"),
    ("DROP POLICY rowgate_delete_record_user ON docs", "policy rowgate_delete_record_user on public.docs is gone"),
    ("CREATE POLICY open ON docs USING (true)", "policy open on public.docs was added"),
    ("CREATE POLICY narrow ON docs AS RESTRICTIVE USING (false)", "policy narrow on public.docs was added"),
    ("ALTER POLICY rowgate_delete_record_user ON docs RENAME TO other", "policy other on public.docs was added"),
    ("ALTER POLICY rowgate_lookup ON members USING (id < 3)", "policy rowgate_lookup on public.members was altered"),
    ("ALTER TABLE docs DISABLE ROW LEVEL SECURITY", "table public.docs was altered"),
    ("ALTER TABLE billing DISABLE ROW LEVEL SECURITY", "table public.billing was altered"),
    ("ALTER TABLE docs NO FORCE ROW LEVEL SECURITY", "table public.docs was altered"),
    ("GRANT SELECT ON billing TO record_user", "right of record_user to SELECT public.billing was added"),
    (
        "GRANT SELECT (amount) ON billing TO record_user",
        "right of record_user to SELECT column amount of public.billing was added",
    ),
    ("GRANT UPDATE ON docs TO record_user", "right of record_user to UPDATE public.docs was added"),
    ("GRANT SELECT ON members TO record_lookup", "right of record_lookup to SELECT public.members was added"),
    ("GRANT TRUNCATE ON docs TO record_user", "right of record_user to TRUNCATE public.docs was added"),
    ("GRANT SELECT ON docs TO PUBLIC", "right of PUBLIC to SELECT public.docs was added"),
    ("GRANT DELETE ON docs TO record_user WITH GRANT OPTION", "right of record_user to DELETE public.docs was altered"),
    ("GRANT UPDATE (owner_id) ON docs TO record_user", "right of record_user to UPDATE column owner_id of public.docs was added"),
    ("REVOKE DELETE ON docs FROM tampering_user", "right of record_user to DELETE public.docs is gone"),
    (
        "REVOKE SELECT (user_id) ON members FROM record_lookup",
        "right of record_lookup to SELECT column user_id of public.members is gone",
    ),
    ("GRANT SELECT ON rowgate.fact TO record_user", "right of record_user to SELECT rowgate.fact was added"),
    ("GRANT USAGE ON SCHEMA rowgate TO record_user", "right of record_user to USAGE schema rowgate was added"),
    ("GRANT CREATE ON SCHEMA rowgate TO record_lookup", "right of record_lookup to CREATE schema rowgate was added"),
    ("GRANT CREATE ON SCHEMA public TO record_user", "right of record_user to CREATE schema public was added"),
    (
        "GRANT EXECUTE ON FUNCTION rowgate.facts(boolean) TO PUBLIC",
        "right of PUBLIC to EXECUTE function rowgate.facts(boolean) was added",
    ),
    (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO record_user",
        "default privilege SELECT on tables of deployer in public to record_user was added",
    ),
    ("ALTER TABLE docs DISABLE TRIGGER \"!rowgate_update\"", "trigger \"!rowgate_update\" on public.docs was altered"),
    ("ALTER TABLE docs ENABLE TRIGGER \"!rowgate_update\"", "trigger \"!rowgate_update\" on public.docs was altered"),
    ("DROP TRIGGER \"!rowgate_update\" ON docs", "trigger \"!rowgate_update\" on public.docs is gone"),
    (
        "CREATE TRIGGER own BEFORE UPDATE ON docs FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "trigger own on public.docs was added",
    ),
    ("CREATE RULE own AS ON DELETE TO docs DO INSTEAD NOTHING", "rewrite rule own on public.docs was added"),
    ("CREATE VIEW around AS SELECT * FROM docs", "view public.around was added"),
    ("CREATE MATERIALIZED VIEW around AS SELECT * FROM docs", "view public.around was added"),
    ("CREATE TABLE child () INHERITS (docs)", "child public.child of public.docs was added"),
    ("ALTER FUNCTION rowgate.facts(boolean) SECURITY DEFINER", "function rowgate.facts(boolean) was altered"),
    ("CREATE PROCEDURE rowgate.own() LANGUAGE sql AS 'SELECT 1'", "function rowgate.own() was added"),
    ("CREATE FUNCTION rowgate.own() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function rowgate.own() was added"),
    ("CREATE TABLE rowgate.own ()", "right of"),
    ("ALTER TABLE members DROP CONSTRAINT members_user_id_fkey", "foreign key members_user_id_fkey of public.members is gone"),
];

/// The same by a superuser: roles, owners, settings.
const BY_SUPERUSER: &[(&str, &str)] = &[
    (
        "CREATE FOREIGN DATA WRAPPER nothing; CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing; CREATE FOREIGN TABLE faraway () INHERITS (docs) SERVER nowhere",
        "child public.faraway of public.docs was added",
    ),
    ("ALTER VIEW record_masked.people RESET (security_barrier)", "view record_masked.people was altered"),
    ("ALTER VIEW record_masked.people SET (security_invoker = true)", "view record_masked.people was altered"),
    ("DROP VIEW record_masked.people", "view record_masked.people is gone"),
    ("GRANT INSERT ON record_masked.people TO record_user", "right of record_user to INSERT record_masked.people was added"),
    ("ALTER ROLE record_user BYPASSRLS", "role record_user was altered"),
    ("ALTER ROLE record_user SUPERUSER", "role record_user was altered"),
    ("ALTER ROLE record_user CREATEROLE", "role record_user was altered"),
    ("ALTER ROLE record_lookup BYPASSRLS", "role record_lookup was altered"),
    ("GRANT pg_read_all_data TO record_user", "membership of record_user in pg_read_all_data was added"),
    ("GRANT record_lookup TO record_user", "membership of record_user in record_lookup was added"),
    (
        "ALTER ROLE record_user SET session_replication_role = replica",
        "setting session_replication_role of record_user was added",
    ),
    ("ALTER ROLE record_user SET row_security = off", "setting row_security of record_user was added"),
    (
        "GRANT SET ON PARAMETER session_replication_role TO record_user",
        "right of record_user to SET setting session_replication_role was added",
    ),
    ("GRANT record_auditor TO record_web", "membership of record_web in record_auditor was added"),
    ("GRANT record_auditor TO record_user", "membership of record_user in record_auditor was added"),
    ("GRANT record_user TO record_team", "membership of record_team in record_user was added"),
    ("GRANT record_web TO record_job", "membership of record_job in record_web was added"),
    ("GRANT record_user TO record_web WITH ADMIN OPTION", "ADMIN option of record_web for record_user was added"),
    ("GRANT pg_write_all_data TO record_web", "membership of record_web in pg_write_all_data was added"),
    // Nothing that is told in other databases of the server as well: their tests run at the same time.
    ("ALTER ROLE record_web BYPASSRLS", "BYPASSRLS of record_web was added"),
    ("ALTER ROLE record_web SUPERUSER", "SUPERUSER of record_web was added"),
    ("ALTER ROLE record_web REPLICATION", "REPLICATION of record_web was added"),
    ("ALTER ROLE record_report BYPASSRLS", "BYPASSRLS of record_report was added"),
    ("ALTER ROLE record_web SET app.user_id = '1'", "setting app.user_id of record_web was added"),
    ("ALTER ROLE record_web SET \"App\".\"User_ID\" = '1'", "setting App.User_ID of record_web was added"),
    ("ALTER ROLE record_user SET app.user_id = '1'", "setting app.user_id of record_user was added"),
    ("ALTER DATABASE @database@ SET app.user_id = '1'", "setting app.user_id of everybody in this database was added"),
    (
        "ALTER ROLE record_web IN DATABASE @database@ SET role = record_auditor",
        "setting role of record_web in this database was added",
    ),
    ("ALTER ROLE record_web SET session_replication_role = replica", "setting session_replication_role of record_web was added"),
    ("ALTER TABLE docs OWNER TO postgres", "table public.docs was altered"),
    ("ALTER SCHEMA rowgate OWNER TO postgres", "schema rowgate was altered"),
    ("ALTER VIEW record_masked.people OWNER TO postgres", "view record_masked.people was altered"),
];

/// Who uses the application, and who has to do with its tables otherwise.
const AROUND: &str = "DO $$ BEGIN IF to_regrole('record_web') IS NULL THEN
    CREATE ROLE record_web LOGIN; CREATE ROLE record_job LOGIN; CREATE ROLE record_report LOGIN; CREATE ROLE record_team;
  END IF; END $$;
  GRANT record_user TO record_web; GRANT SELECT ON docs TO record_report";

/// One at a time. What a statement undoes, its statement undoes; all else is made again by a repair.
fn tampering() -> Result<(), String> {
    let (database, state) = deployed("tampering")?;
    let mut deployer = database.connect(DEPLOYER)?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute(&named("tampering", AROUND)).map_err(|error| db::describe_error(&error))?;
    admin
        .batch_execute("DELETE FROM rowgate.fact; INSERT INTO rowgate.fact SELECT * FROM rowgate.facts(true)")
        .map_err(|error| db::describe_error(&error))?;
    let all = TAMPERING.iter().map(|one| (false, one)).chain(BY_SUPERUSER.iter().map(|one| (true, one)));
    for (by_superuser, (statement, expected)) in all {
        let (statement, expected) = (named("tampering", statement), named("tampering", expected));
        let statement = statement.replace("@database@", database.name());
        // A session keeps how a setting was written first.
        let client = if by_superuser { &mut database.connect("postgres")? } else { &mut deployer };
        client.batch_execute(&statement).map_err(|error| format!("{statement}: {}", db::describe_error(&error)))?;
        let found = differences(&mut admin, &state)?;
        let said: Vec<String> = found.iter().map(|difference| difference.explain().says).collect();
        if expected == "right of" {
            // A table that nobody may use is none of the rules' business until somebody may.
            if !said.is_empty() {
                return Err(format!("{statement}: {said:?}"));
            }
            deployer.batch_execute("DROP TABLE rowgate.own").map_err(|error| db::describe_error(&error))?;
            continue;
        }
        if !said.contains(&expected) {
            return Err(format!("{statement}: expected `{expected}`, found {said:#?}"));
        }
        undo(&database, &state, &found).map_err(|error| format!("{statement}: {error}"))?;
    }
    Ok(())
}

/// What is no part of the tables any more, and would be in the way of the next one.
const LEAVINGS: &str = "DROP TABLE IF EXISTS child, part; DROP FOREIGN DATA WRAPPER IF EXISTS nothing CASCADE";

/// By the statements that were told; what has none, by a repair. Then nothing is otherwise.
fn undo(database: &Database, state: &State, found: &[rowgate::verify::Difference]) -> Result<(), String> {
    let admin = &mut database.connect("postgres")?;
    let failed = |error: &db::DatabaseError| db::describe_error(error);
    for difference in found {
        match (difference.kind.as_str(), difference.explain().undo) {
            ("foreign key", _) => admin
                .batch_execute(
                    "ALTER TABLE members ADD CONSTRAINT members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id)",
                )
                .map_err(|error| failed(&error))?,
            ("default privileges", _) => admin
                .batch_execute(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public REVOKE SELECT ON TABLES FROM tampering_user",
                )
                .map_err(|error| failed(&error))?,
            (_, Some(undo)) => {
                // What follows from another difference is undone with it.
                admin
                    .batch_execute(&undo)
                    .map_err(|error| format!("{undo}: {}", failed(&error)))
                    .or_else(|error| if ["grant"].contains(&difference.kind.as_str()) { Ok(()) } else { Err(error) })?;
            }
            (_, None) => {}
        }
    }
    admin.batch_execute(LEAVINGS).map_err(|error| failed(&error))?;
    let left = differences(admin, state)?;
    if left.is_empty() {
        return Ok(());
    }
    if found.iter().all(|difference| difference.kind == "grant") {
        return Err(format!("the statements that were told leave {left:#?}"));
    }
    let repair = plan::repair(state, state, &left);
    if !repair.left.is_empty() {
        return Err(format!("nothing makes these again: {:#?}", repair.left));
    }
    let script = plan::transaction(REPAIR, state, state, &repair.changes);
    let script = format!("SET SESSION AUTHORIZATION {DEPLOYER};\n{script}\nRESET SESSION AUTHORIZATION;");
    admin.batch_execute(&script).map_err(|error| failed(&error))?;
    let left = differences(admin, state)?;
    if left.is_empty() { Ok(()) } else { Err(format!("still otherwise: {left:#?}")) }
}

const INNOCENT: &[&str] = &[
    "CREATE FUNCTION as_caller() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION of_owner() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION of_owner() FROM PUBLIC",
    "ANALYZE",
    "COMMENT ON TABLE docs IS 'documents'",
    "CREATE INDEX ON docs (owner_id)",
    "ALTER TABLE docs ALTER COLUMN title SET DEFAULT ''",
    "CREATE TABLE other (id integer)",
    "ALTER DATABASE @database@ SET app.user_id = ''",
    "ALTER DATABASE @database@ SET app.other = 'x'",
    "INSERT INTO users VALUES (7, 'Ann')",
    "ALTER DATABASE @database@ SET search_path = public, pg_catalog",
    "ALTER DATABASE @database@ SET quote_all_identifiers = on",
    "ALTER DATABASE @database@ SET timezone = 'Asia/Tokyo'",
    "ALTER DATABASE @database@ SET DateStyle = 'German'",
    "ALTER TABLE docs ADD COLUMN unknown text",
    "VACUUM docs",
];

fn innocent() -> Result<(), String> {
    let (database, state) = deployed("innocent")?;
    let mut admin = database.connect("postgres")?;
    let name = admin.query_one("SELECT quote_ident(current_database())", &[]).map_err(|error| db::describe_error(&error))?;
    let name: String = name.get(0);
    for statement in INNOCENT {
        let statement = named("innocent", statement).replace("@database@", &name);
        admin.batch_execute(&statement).map_err(|error| format!("{statement}: {}", db::describe_error(&error)))?;
        // On a connection that begins anew, as settings of the database ask.
        let found = differences(&mut database.connect(DEPLOYER)?, &state)?;
        if !found.is_empty() {
            return Err(format!("{statement}: {found:#?}"));
        }
    }
    logins(&mut admin, &state)
}

/// Logins of the application come and go: each is told, and is no drift.
fn logins(admin: &mut Client, state: &State) -> Result<(), String> {
    let failed = |error: db::DatabaseError| db::describe_error(&error);
    let made = "CREATE ROLE innocent_logins IN ROLE innocent_user; CREATE ROLE innocent_login LOGIN IN ROLE innocent_user";
    admin.batch_execute(made).map_err(failed)?;
    admin
        .batch_execute("DELETE FROM rowgate.fact; INSERT INTO rowgate.fact SELECT * FROM rowgate.facts(true)")
        .map_err(failed)?;
    let changed = "DROP ROLE innocent_login; CREATE ROLE innocent_next LOGIN IN ROLE innocent_logins; ALTER ROLE innocent_next SET role = innocent_user";
    admin.batch_execute(changed).map_err(failed)?;
    let found = differences(admin, state)?;
    admin.batch_execute("DROP ROLE innocent_next, innocent_logins").map_err(failed)?;
    let said: Vec<String> = found.iter().map(|one| one.explain().says).collect();
    let expected =
        ["membership of innocent_login in innocent_user is gone", "membership of innocent_next in innocent_logins was added"];
    if said == expected && found.iter().all(rowgate::verify::Difference::is_expected) {
        Ok(())
    } else {
        Err(format!("{found:#?}"))
    }
}

fn next_step() -> Result<(), String> {
    let (database, first) = deployed("next_step")?;
    let (_, second) = state(
        "next_step",
        &RULES.replace(
            "Owner is Logged in User allow read, create",
            "Owner is Logged in User or Title is \"x\" allow read, create",
        ),
    )?;
    let (_, third) = state("next_step", &RULES.replace("allow read, update (team_id)", "allow read"))?;
    let mut deployer = database.connect(DEPLOYER)?;
    let standing = |client: &mut Client| match db::read_record(client, first.record().ok_or("no record")?) {
        Ok(Standing::Recorded(applied)) => Ok((applied.number, applied.digest, applied.state.objects.len())),
        other => Err(format!("{other:?}")),
    };
    let before = standing(&mut deployer)?;
    if before != (1, first.digest(), first.objects.len()) {
        return Err(format!("after the whole state: {before:?}"));
    }
    let up = plan::migration("up", &first, &second).ok_or("nothing to do")?;
    database.apply(DEPLOYER, &up)?;
    if standing(&mut deployer)? != (2, second.digest(), second.objects.len()) {
        return Err("the migration is not recorded".to_owned());
    }
    // The same once more, and one from where the database is no more.
    for script in [up, plan::migration("other", &first, &third).ok_or("nothing to do")?] {
        match database.apply(DEPLOYER, &script) {
            Err(error) if error.contains("this is not the next step for this database: what was applied last is \"up\"") => {}
            other => return Err(format!("{other:?}")),
        }
    }
    // What is otherwise than it was applied is not taken for what was applied.
    deployer
        .batch_execute("ALTER POLICY rowgate_read_next_step_user ON people USING (true)")
        .map_err(|error| db::describe_error(&error))?;
    let down = plan::migration("down", &second, &first).ok_or("nothing to do")?;
    match database.apply(DEPLOYER, &down) {
        Err(error)
            if error.contains(
                "what is in force is not what was applied: policy public.people rowgate_read_next_step_user was altered",
            ) => {}
        other => return Err(format!("{other:?}")),
    }
    let found = differences(&mut deployer, &second)?;
    let repair = plan::repair(&second, &first, &found);
    database.apply(DEPLOYER, &plan::transaction(REPAIR, &second, &first, &repair.changes))?;
    if !differences(&mut deployer, &first)?.is_empty() || standing(&mut deployer)? != (3, first.digest(), first.objects.len()) {
        return Err("the repair is not whole".to_owned());
    }
    database.apply(DEPLOYER, &plan::migration("gone", &first, &State::empty()).ok_or("nothing to do")?)?;
    match db::read_record(&mut deployer, first.record().ok_or("no record")?) {
        Ok(Standing::Nothing) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// Whatever the database grants by default on new tables.
fn closed() -> Result<(), String> {
    // A masking view would be given away, too, and fails the script.
    let docs = RULES.split("table people").next().unwrap_or_default().to_owned();
    let (compiled, state) = state(
        "closed",
        &(docs + "table people { rule \"Own\" for Authenticated { where Owner is Logged in User allow read } }"),
    )?;
    let database = Database::create("closed")?;
    let mut deployer = database.connect(DEPLOYER)?;
    database.apply(DEPLOYER, &ddl::create(&compiled.meaning.as_ref().ok_or("errors")?.model.catalog))?;
    let failed = |error: db::DatabaseError| db::describe_error(&error);
    deployer
        .batch_execute(
            "DO $$ BEGIN IF to_regrole('closed_user') IS NULL THEN CREATE ROLE closed_user; END IF; END $$;
             ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO closed_user, PUBLIC",
        )
        .map_err(failed)?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let mut admin = database.connect("postgres")?;
    for table in ["applied", "object", "scope", "fact"] {
        admin.batch_execute("GRANT USAGE ON SCHEMA rowgate TO closed_user; SET ROLE closed_user").map_err(failed)?;
        let read = admin.query(&format!("SELECT FROM rowgate.{table}"), &[]);
        admin.batch_execute("RESET ROLE; REVOKE USAGE ON SCHEMA rowgate FROM closed_user").map_err(failed)?;
        match read {
            Err(error) if error.code().is_some_and(|code| code.code() == "42501") => {}
            other => return Err(format!("{table}: {other:?}")),
        }
    }
    Ok(())
}
