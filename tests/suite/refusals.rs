//! What guards record of an example project: who was refused what, and who read what is not theirs. The answer never depends on whether it can be written.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::State;
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::guards::{session, sign_in};
use crate::hostile::refused;
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("refusals::what_is_refused_by_an_answer_stays", answered),
        trial("refusals::who_reads_them_is_for_rules_to_say", readers),
        trial("refusals::an_answer_is_what_the_error_says", as_required),
        trial("refusals::what_raises_takes_its_entry_with_it", raised),
        trial("refusals::whose_reading_is_recorded_is_named", reading),
        trial("refusals::what_cannot_be_written_is_answered_all_the_same", unwritable),
        trial("refusals::nobody_writes_an_entry_by_hand", forged),
        trial("refusals::rules_change_under_guards_that_call_each_other", changed),
    ]
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// The example with an empty record, a session of its application, and somebody past all policies.
fn started() -> Result<(Database, Client, Client), String> {
    let (database, client) = session()?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute("TRUNCATE public.change_log").map_err(text)?;
    Ok((database, client, admin))
}

fn call(client: &mut Client, user: &str, call: &str) -> Result<String, String> {
    sign_in(client, user)?;
    let row = client.query_one(&format!("SELECT (guard.{call})::text"), &[]).map_err(text)?;
    Ok(row.get::<_, Option<String>>(0).unwrap_or_default())
}

fn entries(admin: &mut Client) -> Result<String, String> {
    let query = "SELECT concat_ws(' | ', actor, roles::text, database_role, operation, table_name, key::text, changed::text, after::text, address)
        FROM public.change_log ORDER BY at";
    let rows = admin.query(query, &[]).map_err(text)?;
    Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

fn expect(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("found:\n{found}\ninstead of\n{expected}")) }
}

/// A guard's question, without the word before it.
const ASKED: [(&str, &str, bool); 16] = [
    ("6", "access_to_projects('delete', 3)", false),
    ("6", "access_to_projects('delete', 99)", false),
    ("6", "access_to_projects('delete', 1)", true),
    ("6", "update_of_projects('{name, team_id}', 1)", false),
    ("6", "update_of_projects('{name}', 1)", true),
    ("5", r#"create_of_projects('{"team_id": 2, "created_by": 5, "name": "Roof", "status": "open"}')"#, false),
    ("5", r#"create_of_projects('{"team_id": 1, "created_by": 5, "name": "Roof", "status": "open"}')"#, true),
    ("6", "role('System Admin')", false),
    ("1", "role('System Admin')", true),
    ("5", "team_role('Owner', 1)", false),
    ("5", "team_role('Admin', 1)", true),
    ("6", "team_permission('edit_projects', 1)", false),
    ("6", "team_member(2)", false),
    ("6", "team_member(1)", true),
    ("", "signed_in()", false),
    ("5", "signed_in()", true),
];

fn answered() -> Result<(), String> {
    let (_database, mut client, mut admin) = started()?;
    for (user, asked, is_granted) in ASKED {
        let answer = call(&mut client, user, &format!("ask_for_{asked}"))?;
        if answer.contains("\"refused\"") == is_granted {
            return Err(format!("ask_for_{asked} by `{user}`: {answer}"));
        }
    }
    let (mara, adam) = ("{Anyone,Authenticated} | team_user", "{Anyone,Authenticated} | team_user");
    let team = "{Anyone,Authenticated,Member,Viewer} | team_user";
    expect(
        &entries(&mut admin)?,
        &[
            format!("6 | {mara} | refused delete | projects | {{\"id\": 3}}"),
            format!("6 | {mara} | refused delete | projects | {{\"id\": 99}}"),
            format!("6 | {mara} | refused update | projects | {{\"id\": 1}} | {{name,team_id}}"),
            format!("5 | {adam} | refused create | projects | {{name,status,team_id,created_by}}"),
            format!("6 | {mara} | refused role | {{\"role\": \"System Admin\"}}"),
            "5 | {Admin,Anyone,Authenticated,Member,\"Project Editor\",Senior,Viewer} | team_user | refused role | teams | {\"id\": 1} | {\"role\": \"Owner\"}".to_owned(),
            format!("6 | {team} | refused permission | teams | {{\"id\": 1}} | {{\"permission\": \"edit_projects\"}}"),
            "6 | {Anyone,Authenticated} | team_user | refused membership | teams | {\"id\": 2}".to_owned(),
            "{Anyone} | team_user | refused sign-in".to_owned(),
        ]
        .join("\n"),
    )?;
    // Of no team, and of one that there is not, what is held everywhere is known all the same.
    admin.batch_execute("TRUNCATE public.change_log").map_err(text)?;
    for team in ["NULL", "99"] {
        call(&mut client, "1", &format!("ask_for_team_role('Owner', {team})"))?;
    }
    let (found, held) = (entries(&mut admin)?, "1 | {Anyone,Authenticated,\"System Admin\"");
    if found.lines().count() != 2 || found.lines().any(|entry| !entry.starts_with(held)) {
        return Err(found);
    }
    Ok(())
}

/// Who may read it is for the rules to say.
fn readers() -> Result<(), String> {
    let (_database, mut client, _) = started()?;
    for (user, asked, _) in ASKED {
        call(&mut client, user, &format!("ask_for_{asked}"))?;
    }
    for (user, count) in [("1", 9), ("5", 0), ("6", 0), ("", 0)] {
        sign_in(&mut client, user)?;
        let seen: i64 = client.query_one("SELECT count(*) FROM public.change_log", &[]).map_err(text)?.get(0);
        if seen != count {
            return Err(format!("`{user}` sees {seen} entries instead of {count}"));
        }
    }
    // What is no question is an error here, too.
    sign_in(&mut client, "6")?;
    refused(&mut client, "SELECT guard.ask_for_team_role('Adnim', 1)", "22023")?;
    refused(&mut client, "SELECT guard.ask_for_access_to_projects('touch', 1)", "22023")
}

fn as_required() -> Result<(), String> {
    let (_database, mut client, _) = started()?;
    for (user, asked, is_granted) in ASKED {
        let answer = call(&mut client, user, &format!("ask_for_{asked}"))?;
        let required = client.query_one(&format!("SELECT (guard.require_{asked})::text"), &[]);
        let expected = match required {
            Ok(row) => row.get::<_, Option<String>>(0).unwrap_or_default(),
            Err(error) => {
                let server = error.as_db_error().ok_or("no error of the server")?;
                serde_json::json!({ "refused": { "message": server.message(), "detail": server.detail() } }).to_string()
            }
        };
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).map_err(|error| format!("{text}: {error}"));
        if json(&answer)? != json(&expected)? || is_granted == answer.contains("\"refused\"") {
            return Err(format!("{asked} by `{user}`: {answer} instead of {expected}"));
        }
    }
    Ok(())
}

fn raised() -> Result<(), String> {
    let (_database, mut client, mut admin) = started()?;
    sign_in(&mut client, "6")?;
    refused(&mut client, "SELECT guard.require_access_to_projects('delete', 3)", "42501")?;
    refused(&mut client, "SELECT guard.require_team_role('Owner', 1)", "42501")?;
    client.batch_execute("BEGIN; SELECT guard.ask_for_team_role('Owner', 1); ROLLBACK").map_err(text)?;
    expect(&entries(&mut admin)?, "")?;
    client.batch_execute("BEGIN; SELECT guard.ask_for_team_role('Owner', 1); COMMIT").map_err(text)?;
    expect(
        &entries(&mut admin)?,
        "6 | {Anyone,Authenticated,Member,Viewer} | team_user | refused role | teams | {\"id\": 1} | {\"role\": \"Owner\"}",
    )
}

fn reading() -> Result<(), String> {
    let (_database, mut client, mut admin) = started()?;
    for (user, asked) in [
        ("1", "ask_for_access_to_projects('read', 3)"),
        ("1", "require_access_to_projects('read', 1)"),
        ("2", "require_access_to_tasks('read', 1)"),
        // Another operation, a role that is not named, and what only asks.
        ("1", "require_access_to_projects('update', 3)"),
        ("5", "require_access_to_projects('read', 1)"),
        ("1", "can_access_projects('read', 3)"),
        ("1", "roles_on_projects(3)"),
    ] {
        call(&mut client, user, asked)?;
    }
    expect(
        &entries(&mut admin)?,
        "1 | {\"System Admin\"} | team_user | read | projects | {\"id\": 3}\n\
         1 | {\"System Admin\"} | team_user | read | projects | {\"id\": 1}\n\
         2 | {\"Support Agent\"} | team_user | read | tasks | {\"id\": 1}",
    )
}

/// In a transaction that only reads; where the record is gone, or closed to who writes it.
fn unwritable() -> Result<(), String> {
    let (_database, mut client, mut admin) = started()?;
    let questions = [
        ("6", "ask_for_access_to_projects('delete', 3)"),
        ("6", "ask_for_access_to_projects('read', 1)"),
        ("1", "ask_for_access_to_projects('read', 3)"),
        ("1", "require_access_to_projects('read', 3)"),
        ("5", "ask_for_team_role('Owner', 1)"),
    ];
    let mut expected = Vec::new();
    for (user, asked) in questions {
        expected.push(call(&mut client, user, asked)?);
    }
    let before = entries(&mut admin)?;
    let answers = |client: &mut Client| -> Result<(), String> {
        for ((user, asked), expected) in std::iter::zip(questions, &expected) {
            expect(&call(client, user, asked)?, expected)?;
        }
        refused(client, "SELECT guard.require_team_role('Owner', 1)", "42501")
    };
    client.batch_execute("SET default_transaction_read_only = on").map_err(text)?;
    answers(&mut client)?;
    client.batch_execute("SET default_transaction_read_only = off").map_err(text)?;
    expect(&entries(&mut admin)?, &before)?;
    for (broken, mended) in [
        ("REVOKE INSERT ON public.change_log FROM rowgate_lookup", "GRANT INSERT ON public.change_log TO rowgate_lookup"),
        (
            "ALTER TABLE public.change_log ADD CONSTRAINT none CHECK (false) NOT VALID",
            "ALTER TABLE public.change_log DROP CONSTRAINT none",
        ),
        ("ALTER TABLE public.change_log RENAME TO elsewhere", "ALTER TABLE public.elsewhere RENAME TO change_log"),
    ] {
        admin.batch_execute(broken).map_err(text)?;
        answers(&mut client)?;
        admin.batch_execute(mended).map_err(text)?;
    }
    expect(&entries(&mut admin)?, &before)
}

fn forged() -> Result<(), String> {
    let (_database, mut client, mut admin) = started()?;
    sign_in(&mut client, "6")?;
    let query =
        "SELECT oid::regproc::text FROM pg_proc WHERE pronamespace = 'rowgate'::regnamespace AND proname ~ '^(record|reading)_'";
    let functions = admin.query(query, &[]).map_err(text)?;
    if functions.len() < 3 {
        return Err(format!("{} functions that write", functions.len()));
    }
    for row in functions {
        let name: String = row.get(0);
        refused(&mut client, &format!("SELECT {name}()"), "permission denied for schema rowgate")?;
        refused(&mut client, &format!("SELECT '{name}'::regproc"), "permission denied for schema rowgate")?;
    }
    expect(&entries(&mut admin)?, "")
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: changed_user }
lookup: { role: changed_lookup }
guards: { schema: guard }
closed_tables: { users: closed, log: closed }
audit: { table: log, of: [], refusals: true }
";
const SCHEMA: &str = "
version: 1
tables:
  users: { columns: { id: integer } }
  docs: { columns: { id: integer, owner_id: { type: integer, references: users } } }
  log:
    columns:
      { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb,
        changed: 'text[]', address: text }
";

fn changing(config: &str, rules: &str) -> Result<(String, State), String> {
    let compiled = random::compile(config, SCHEMA, &[("docs.policy".to_owned(), rules.to_owned())]);
    let meaning = compiled.meaning.as_ref().ok_or_else(|| crate::project::messages(&compiled))?;
    Ok((ddl::create(&meaning.model.catalog), compiled.state().ok_or_else(|| crate::project::messages(&compiled))?))
}

/// PostgreSQL knows which function such a guard calls, and lets go of none that another calls.
fn changed() -> Result<(), String> {
    let own = "table docs { rule \"own\" for Authenticated { where Owner is Logged in User allow read } }";
    let all =
        "table docs { rule \"all\" for Authenticated { allow read } rule \"some\" for Anyone { where Id is 1 allow read } }";
    let with_guests = CONFIG.replace("changed_user }", "changed_user, anonymous_role: changed_guest }");
    let ((tables, first), (_, second)) = (changing(CONFIG, own)?, changing(&with_guests, all)?);
    let database = Database::create("changed")?;
    database.apply(DEPLOYER, &tables)?;
    database.apply(DEPLOYER, &plan::desired_state(&first))?;
    let mut admin = database.connect("postgres")?;
    admin
        .batch_execute("INSERT INTO users (id) VALUES (1), (2); INSERT INTO docs (id, owner_id) VALUES (1, 1), (2, 1)")
        .map_err(text)?;
    // What is printed of them, as by pg_dump, can be read again.
    let unnamed = "SELECT string_agg(oid::regprocedure::text, ' ') FROM pg_proc WHERE prosqlbody IS NOT NULL AND pg_get_functiondef(oid) LIKE '%.\"\"%'";
    expect(&admin.query_one(unnamed, &[]).map_err(text)?.get::<_, Option<String>>(0).unwrap_or_default(), "")?;
    // What somebody made of a guard stays, too.
    admin.batch_execute("CREATE VIEW own AS SELECT guard.can_access_docs('read', 2) AS can").map_err(text)?;
    let mut is_refused = |role: &str| -> Result<String, String> {
        admin.batch_execute(&format!("SET ROLE {role}; SET app.user_id = '2'")).map_err(text)?;
        let found = match admin.query_one("SELECT (guard.ask_for_access_to_docs('read', 2) ? 'refused')::text", &[]) {
            Ok(row) => row.get::<_, String>(0),
            Err(error) => text(error),
        };
        admin.batch_execute("RESET ROLE").map_err(text)?;
        Ok(found)
    };
    expect(&is_refused("changed_user")?, "true")?;
    database.apply(DEPLOYER, &plan::migration("more", &first, &second).ok_or("no change")?)?;
    expect(&is_refused("changed_user")?, "false")?;
    expect(&is_refused("changed_guest")?, "true")?;
    database.apply(DEPLOYER, &plan::migration("less", &second, &first).ok_or("no change")?)?;
    expect(&is_refused("changed_user")?, "true")?;
    let found = is_refused("changed_guest")?;
    if found.contains("permission denied") { Ok(()) } else { Err(format!("guests still ask: {found}")) }
}
