//! The record of what was applied to a database: what is otherwise since then is told, and nothing else.

use libtest_mimic::Trial;
use rowgate::db::{self, Client, Standing};
use rowgate::objects::State;
use rowgate::plan;
use rowgate::project::Compiled;

use crate::cluster::{DEPLOYER, Database, lock_roles};
use crate::tampering::{AROUND, BY_SUPERUSER, INNOCENT, LEAVINGS, TAMPERING};
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
    // Other tests make somebody a member of who owns these tables, too, and hold the roles meanwhile.
    let _roles = lock_roles();
    db::read_differences(client, record).map_err(|error| error.to_string())
}

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
        let mut found = differences(&mut admin, &state)?;
        found.sort_by_key(rowgate::verify::Difference::weight);
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
        if statement.ends_with(" LOGIN") && said.len() != 1 {
            return Err(format!("{statement}: what is told besides would end the application's access: {said:#?}"));
        }
        undo(&database, &state, &found).map_err(|error| format!("{statement}: {error}"))?;
    }
    Ok(())
}

/// By the statements that were told; what has none, by a repair. Then nothing is otherwise.
fn undo(database: &Database, state: &State, found: &[rowgate::verify::Difference]) -> Result<(), String> {
    let admin = &mut database.connect("postgres")?;
    let failed = |error: &db::DatabaseError| db::describe_error(error);
    for difference in found {
        if let Some(undo) = difference.explain().undo {
            // What follows from another difference is undone with it.
            let outcome = admin.batch_execute(&undo);
            if difference.kind != "grant" {
                outcome.map_err(|error| format!("{undo}: {}", failed(&error)))?;
            }
        }
    }
    admin.batch_execute(LEAVINGS).map_err(|error| failed(&error))?;
    let left = differences(admin, state)?;
    if left.is_empty() {
        return Ok(());
    }
    let is_of_others = |one: &rowgate::verify::Difference| !plan::is_of_the_rules(state, one) || one.kind == "grant";
    if found.iter().all(is_of_others) {
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

fn innocent() -> Result<(), String> {
    let (database, state) = deployed("innocent")?;
    let mut admin = database.connect("postgres")?;
    let name = admin.query_one("SELECT quote_ident(current_database())", &[]).map_err(|error| db::describe_error(&error))?;
    let name: String = name.get(0);
    let around = "CREATE ROLE record_job; CREATE ROLE record_team; CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER tidy BEFORE INSERT ON docs FOR EACH ROW EXECUTE FUNCTION tidy();
        DELETE FROM rowgate.fact; INSERT INTO rowgate.fact SELECT * FROM rowgate.facts(true)";
    admin.batch_execute(&named("innocent", around)).map_err(|error| db::describe_error(&error))?;
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
