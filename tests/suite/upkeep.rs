//! What keeps the record of changes in order: entries go when their time has come, people are taken out of it, and nobody else takes anything away.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::objects::{Check, State};
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::hostile::refused;
use crate::{ddl, random, trial};

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, user_key: subject, signed_in_role: \"@_user\" }
memberships: { Deputy: { table: deputies, user: deputy_id, within: user_id, role: role } }
roles: { Helper: { membership: Deputy, equals: helper }, Root: { column: mail, equals: root } }
lookup: { role: \"@_lookup\" }
closed_tables: { teams: closed, deputies: closed }
audit:
  table: log
  of: { users: [name], members: [user_id, phone], docs: [owner_id, reader_ids, title] }
  keep: 30 days
  erase: [personal]
  upkeep: { schema: upkeep, role: \"@_keeper\", for: \"@_office\" }
";

const SCHEMA: &str = "
version: 1
tables:
  users:
    unique: [subject, mail]
    columns: { id: integer, subject: uuid not null, name: { type: text, class: personal }, mail: text }
  teams: { columns: { id: integer } }
  deputies: { columns: { id: integer, deputy_id: { type: integer, references: users }, user_id: { type: integer, references: users }, role: text } }
  members:
    columns:
      id: integer
      user_id: { type: integer, references: users }
      team_id: { type: integer, references: teams }
      phone: { type: text, class: personal }
  docs:
    columns:
      id: integer
      owner_id: { type: integer, references: users }
      reader_ids: { type: \"integer[]\", references: users }
      title: text
  log:
    columns:
      { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb,
        changed: 'text[]', address: text }
";

const RULES: &str = "
table users { rule \"own\" for Authenticated { where this record is Logged in User allow read, update (name) } }
table members { rule \"own\" for Authenticated { where User is Logged in User allow all } }
table docs {
  rule \"own\" for Authenticated { where Owner is Logged in User allow all }
  rule \"of others\" for Helper of Owner { allow read, update (title) }
}
table log { rule \"everybody\" for Authenticated { allow read } }
";

const ROWS: &str = "
INSERT INTO users (id, subject, name, mail) VALUES
  (1, '00000000-0000-0000-0000-00000000000a', 'Ann', 'ann@x'), (2, '00000000-0000-0000-0000-00000000000b', 'Bob', 'bob@x');
INSERT INTO teams VALUES (1);
INSERT INTO deputies (id, deputy_id, user_id, role) VALUES (1, 2, 1, 'helper');
";

pub fn trials() -> Vec<Trial> {
    vec![
        trial("upkeep::entries_go_when_their_time_has_come_and_not_before", purged),
        trial("upkeep::nobody_else_takes_anything_away", closed),
        trial("upkeep::somebody_is_taken_out_of_all_entries", erased),
        trial("upkeep::a_login_is_taken_out_in_whichever_letters", logins),
        trial("upkeep::what_guards_recorded_of_somebody_goes_too", of_guards),
        trial("upkeep::what_cannot_be_kept_so_is_told", told),
        trial("upkeep::a_project_comes_to_keep_its_record_otherwise", migrated),
    ]
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn state(test: &str, config: &str) -> Result<(rowgate::project::Compiled, State), String> {
    let compiled = random::compile(&config.replace('@', test), SCHEMA, &[("main.policy".to_owned(), RULES.to_owned())]);
    let state = compiled.state().ok_or_else(|| crate::project::messages(&compiled))?;
    Ok((compiled, state))
}

/// The database, somebody past all policies, and a session of the application.
fn deployed(test: &str, config: &str) -> Result<(Database, Client, Client, State), String> {
    let (compiled, state) = state(test, config)?;
    let database = Database::create(test)?;
    database.apply(DEPLOYER, &ddl::create(&compiled.meaning.as_ref().ok_or("errors")?.model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    let (mut admin, mut client) = (database.connect("postgres")?, database.connect("postgres")?);
    admin.batch_execute(ROWS).map_err(text)?;
    admin.batch_execute("DELETE FROM log").map_err(text)?;
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {test}_user")).map_err(text)?;
    Ok((database, admin, client, state))
}

fn one(client: &mut Client, query: &str) -> Result<String, String> {
    let row = client.query_one(&format!("SELECT ({query})::text"), &[]).map_err(text)?;
    Ok(row.get::<_, Option<String>>(0).unwrap_or_default())
}

fn expect(found: &str, expected: &str) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("found:\n{found}\ninstead of\n{expected}")) }
}

const ENTRIES: &str = "INSERT INTO log (id, at, operation, table_name, roles, key) VALUES
  (gen_random_uuid(), now() - interval '31 days', 'update', 'docs', '{}', '{\"id\": 1}'),
  (gen_random_uuid(), now() - interval '30 days 1 minute', 'update', 'docs', '{}', '{\"id\": 2}'),
  (gen_random_uuid(), now() - interval '29 days 23 hours', 'update', 'docs', '{}', '{\"id\": 3}'),
  (gen_random_uuid(), now(), 'update', 'docs', '{}', '{\"id\": 4}')";

fn purged() -> Result<(), String> {
    let (_database, mut admin, _, _) = deployed("purged", CONFIG)?;
    admin.batch_execute(ENTRIES).map_err(text)?;
    // Whoever came to act as the role that takes entries away would still take none before its time.
    admin
        .batch_execute("SET ROLE purged_keeper; DELETE FROM log WHERE at > now() - interval '30 days'; RESET ROLE")
        .map_err(text)?;
    expect(&one(&mut admin, "SELECT count(*) FROM log")?, "4")?;
    admin.batch_execute("SET ROLE purged_office").map_err(text)?;
    expect(&one(&mut admin, "SELECT upkeep.purge_log()")?, "2")?;
    expect(&one(&mut admin, "SELECT upkeep.purge_log()")?, "0")?;
    admin.batch_execute("RESET ROLE").map_err(text)?;
    let left = "SELECT string_agg(concat_ws(' ', operation, table_name, key, after, database_role, login_role), '; ' ORDER BY operation, at) FROM log";
    expect(
        &one(&mut admin, left)?,
        "purge log {\"entries\": \"2\"} purged_office postgres; update docs {\"id\": 3}; update docs {\"id\": 4}",
    )
}

/// Neither the application, whatever role it acts as, nor who may call the functions.
fn closed() -> Result<(), String> {
    let (database, mut admin, mut client, state) = deployed("unkept", CONFIG)?;
    admin.batch_execute(ENTRIES).map_err(text)?;
    client.batch_execute("SET app.user_id = '00000000-0000-0000-0000-00000000000a'").map_err(text)?;
    expect(&one(&mut client, "SELECT count(*) FROM log")?, "4")?;
    for statement in [
        "SELECT upkeep.purge_log()",
        "SELECT upkeep.erase_from_log('00000000-0000-0000-0000-00000000000a', 1)",
        "SET ROLE unkept_keeper",
        "SET ROLE unkept_office",
        "DELETE FROM log",
        "UPDATE log SET actor = NULL",
        "INSERT INTO log (id) VALUES (gen_random_uuid())",
        "TRUNCATE log",
    ] {
        refused(&mut client, statement, "42501")?;
    }
    admin.batch_execute("SET SESSION AUTHORIZATION unkept_office").map_err(text)?;
    for statement in [
        "SELECT * FROM log",
        "DELETE FROM log",
        "UPDATE log SET actor = NULL",
        "INSERT INTO log (id) VALUES (gen_random_uuid())",
        "SET ROLE unkept_keeper",
        "CREATE FUNCTION upkeep.own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ] {
        refused(&mut admin, statement, "42501")?;
    }
    // Who could come to act as one of these roles is found by the last step.
    admin.batch_execute("RESET SESSION AUTHORIZATION").map_err(text)?;
    for (role, told) in [("office", "unkept_office holds USAGE on the schema"), ("keeper", "can act as unkept_keeper")] {
        expect(&findings(&database, &state)?, "")?;
        admin.batch_execute(&format!("GRANT unkept_{role} TO unkept_user")).map_err(text)?;
        let found = findings(&database, &state)?;
        if !found.contains(told) {
            return Err(format!("`{told}` is not told: {found}"));
        }
        admin.batch_execute(&format!("REVOKE unkept_{role} FROM unkept_user")).map_err(text)?;
    }
    // Nor does anybody get more than was meant.
    for grant in [
        "EXECUTE ON FUNCTION upkeep.purge_log() TO unkept_user",
        "UPDATE (operation) ON log TO unkept_keeper",
        "DELETE ON docs TO unkept_keeper",
    ] {
        admin.batch_execute(&format!("GRANT {grant}")).map_err(text)?;
        if findings(&database, &state)?.is_empty() {
            return Err(format!("nothing is told of {grant}"));
        }
        admin.batch_execute(&format!("REVOKE {}", grant.replace(" TO ", " FROM "))).map_err(text)?;
    }
    Ok(())
}

/// What the last step of a script fails for.
fn findings(database: &Database, state: &State) -> Result<String, String> {
    let Some(Check::Findings(query)) = &state.check else { return Err("no last step".to_owned()) };
    let mut deployer = database.connect(DEPLOYER)?;
    deployer.batch_execute("SET search_path = pg_catalog").map_err(text)?;
    let rows = deployer.query(query, &[]).map_err(text)?;
    let failing = rows
        .iter()
        .filter(|row| row.get("fails"))
        .map(|row| format!("{}: {}", row.get::<_, String>("what"), row.get::<_, String>("lets")));
    Ok(failing.collect::<Vec<_>>().join("\n"))
}

fn erased() -> Result<(), String> {
    let (_database, mut admin, mut client, _) = deployed("erased", CONFIG)?;
    let (ann, bob) = ("00000000-0000-0000-0000-00000000000a", "00000000-0000-0000-0000-00000000000b");
    for (user, statement) in [
        (ann, "UPDATE users SET name = 'Anna' WHERE id = 1"),
        (ann, "INSERT INTO members (id, user_id, team_id, phone) VALUES (1, 1, 1, '555')"),
        (ann, "INSERT INTO docs (id, owner_id, reader_ids, title) VALUES (7, 1, '{2,1,11}', 'about 1')"),
        (bob, "UPDATE docs SET title = 'more' WHERE id = 7"),
        (bob, "INSERT INTO docs (id, owner_id, reader_ids, title) VALUES (1, 2, '{1}', 'x')"),
        (bob, "INSERT INTO members (id, user_id, team_id, phone) VALUES (2, 2, 1, '777')"),
    ] {
        client.batch_execute(&format!("SET app.user_id = '{user}'; {statement}")).map_err(text)?;
    }
    admin.batch_execute("UPDATE log SET address = '10.0.0.1'; SET ROLE erased_office").map_err(text)?;
    // Of somebody whose keys are not all said, nothing goes.
    refused(&mut admin, "SELECT upkeep.erase_from_log(NULL, 1)", "22004")?;
    expect(&one(&mut admin, &format!("SELECT upkeep.erase_from_log(subject => '{}', id => 1)", ann.to_uppercase()))?, "5")?;
    admin.batch_execute("RESET ROLE").map_err(text)?;
    let pseudonyms =
        "SELECT string_agg(DISTINCT found[1], ' ') FROM log, regexp_matches(log::text, 'erased-[0-9a-f-]{36}', 'g') AS found";
    let pseudonym = one(&mut admin, pseudonyms)?;
    if pseudonym.split_whitespace().count() != 1 {
        return Err(format!("one pseudonym for all, instead of {pseudonym}"));
    }
    let all = "SELECT string_agg(concat_ws(' | ', actor, scope, operation, table_name, key::text, before::text, after::text, address), E'\\n' ORDER BY at) FROM log";
    let found = one(&mut admin, all)?.replace(&pseudonym, "X").replace(ann, "ANN").replace(bob, "BOB");
    expect(
        &found,
        "X | update | users | {\"id\": \"X\"} | {} | {}\n\
         X | insert | members | {\"id\": 1} | {\"user_id\": \"X\"}\n\
         X | X | insert | docs | {\"id\": 7} | {\"title\": \"about 1\", \"owner_id\": \"X\", \"reader_ids\": \"{2,X,11}\"}\n\
         BOB | X | update | docs | {\"id\": 7} | {\"title\": \"about 1\", \"owner_id\": \"X\", \"reader_ids\": \"{2,X,11}\"} | \
         {\"title\": \"more\", \"owner_id\": \"X\", \"reader_ids\": \"{2,X,11}\"} | 10.0.0.1\n\
         BOB | 2 | insert | docs | {\"id\": 1} | {\"title\": \"x\", \"owner_id\": \"2\", \"reader_ids\": \"{X}\"} | 10.0.0.1\n\
         BOB | insert | members | {\"id\": 2} | {\"phone\": \"777\", \"user_id\": \"2\"} | 10.0.0.1\n\
         erase | log | {\"entries\": \"5\"}",
    )?;
    // The same person acts again, and is another one then.
    client.batch_execute(&format!("SET app.user_id = '{ann}'; UPDATE users SET name = 'A'")).map_err(text)?;
    admin
        .batch_execute(&format!("SET ROLE erased_office; SELECT upkeep.erase_from_log('{ann}', 1); RESET ROLE"))
        .map_err(text)?;
    let pseudonyms = one(&mut admin, pseudonyms)?;
    if pseudonyms.split_whitespace().count() != 2 { Err(format!("another pseudonym, beside {pseudonyms}")) } else { Ok(()) }
}

/// Where whoever logs in is the user, and letters count alike.
fn logins() -> Result<(), String> {
    let config = CONFIG.replace("provider: setting, setting: app.user_id", "provider: database_user").replace(
        "  of: { users: [name], members: [user_id, phone], docs: [owner_id, reader_ids, title] }",
        "  of: { docs: [writer, seen_by] }",
    );
    let schema = SCHEMA
        .replace("subject: uuid", "subject: public.citext")
        .replace("owner_id: {", "writer: { type: public.citext, references: users.subject }\n      seen_by: { type: \"public.citext[]\", references: users.subject }\n      owner_id: {");
    let compiled = random::compile(&config.replace('@', "logins"), &schema, &[("main.policy".to_owned(), RULES.to_owned())]);
    let state = compiled.state().ok_or_else(|| crate::project::messages(&compiled))?;
    let database = Database::create("logins")?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute("CREATE EXTENSION citext").map_err(text)?;
    database.apply(DEPLOYER, &ddl::create(&compiled.meaning.as_ref().ok_or("errors")?.model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    admin
        .batch_execute(
            "CREATE ROLE logins_ann LOGIN; GRANT logins_user TO logins_ann; INSERT INTO users (id, subject) VALUES (1, 'Logins_Ann');
             SET SESSION AUTHORIZATION logins_ann;
             INSERT INTO docs (id, owner_id, writer, seen_by) VALUES (1, 1, 'LOGINS_ANN', '{x,Logins_ANN}');
             RESET SESSION AUTHORIZATION; DELETE FROM log WHERE actor IS DISTINCT FROM 'logins_ann'; SET ROLE logins_office",
        )
        .map_err(text)?;
    expect(&one(&mut admin, "SELECT upkeep.erase_from_log('LOGINS_ann')")?, "1")?;
    admin.batch_execute("RESET ROLE").map_err(text)?;
    let entry =
        "SELECT concat_ws(' | ', actor, database_role, login_role, operation, after::text) FROM log WHERE operation = 'insert'";
    let pseudonym = one(&mut admin, "SELECT actor FROM log WHERE operation = 'insert'")?;
    let found = one(&mut admin, entry)?.replace(&pseudonym, "X");
    expect(&found, "X | X | X | insert | {\"writer\": \"X\", \"seen_by\": \"{x,X}\"}")
}

fn with_guards() -> String {
    CONFIG.replace("audit:\n", "guards: { schema: guard }\naudit:\n  refusals: true\n  reads_by: [Root]\n")
}

/// Also by the key of a table whose changes are not recorded.
fn of_guards() -> Result<(), String> {
    let config = with_guards().replace("users: [name], ", "");
    let (_database, mut admin, mut client, _) = deployed("of_guards", &config)?;
    admin.batch_execute("UPDATE users SET mail = 'root' WHERE id = 2").map_err(text)?;
    client.batch_execute("SET app.user_id = '00000000-0000-0000-0000-00000000000b'").map_err(text)?;
    for key in [1, 2] {
        client.batch_execute(&format!("SELECT guard.ask_for_access_to_users('read', {key})")).map_err(text)?;
    }
    admin.batch_execute("SET ROLE of_guards_office").map_err(text)?;
    expect(&one(&mut admin, "SELECT upkeep.erase_from_log('00000000-0000-0000-0000-00000000000a', 1)")?, "1")?;
    admin.batch_execute("RESET ROLE").map_err(text)?;
    let all = "SELECT string_agg(concat_ws(' | ', right(actor, 1), operation, regexp_replace(key::text, 'erased-[0-9a-f-]*', 'X')), '; ' ORDER BY at) FROM log";
    expect(&one(&mut admin, all)?, "b | refused read | {\"id\": \"X\"}; b | read | {\"id\": 2}; erase")
}

fn told() -> Result<(), String> {
    for (written, instead, told) in [
        ("keep: 30 days", "keep: 30", "`30` is no length of time"),
        ("keep: 30 days", "keep: 0 days", "`0 days` is no length of time"),
        ("keep: 30 days", "keep: 1001 years", "`1001 years` is no length of time"),
        ("erase: [personal]", "erase: [private]", "no column is of the class `private`"),
        ("[user_id, phone]", "[phone]", "nothing that is recorded of `members` says whose `phone` it is"),
        ("audit:\n", "audit:\n  refusals: true\n", "is recorded by guards, and there are none"),
        ("audit:\n", "guards: { schema: guard }\naudit:\n  reads_by: [Helper]\n", "`Helper` is held within something"),
        ("audit:\n", "guards: { schema: guard }\naudit:\n  reads_by: [Rot]\n", "there is no role `Rot`"),
        ("  keep: 30 days\n  erase: [personal]\n", "", "`upkeep` says who may call what is not there"),
        ("for: \"@_office\"", "for: \"@_user\"", "has other uses"),
        ("role: \"@_keeper\"", "role: \"@_lookup\"", "has other uses"),
        ("schema: upkeep", "schema: public", "the schema `public` is used already"),
    ] {
        let config = CONFIG.replace(written, instead);
        let compiled = random::compile(&config.replace('@', "told"), SCHEMA, &[("main.policy".to_owned(), RULES.to_owned())]);
        let messages = crate::project::messages(&compiled);
        if compiled.state().is_some() || !messages.contains(told) {
            return Err(format!("`{instead}`: `{told}` is not told, but\n{messages}"));
        }
    }
    Ok(())
}

/// From a record that is kept for good to one that is kept in order, and to another order; what has been recorded stays, and what is applied is what is found.
fn migrated() -> Result<(), String> {
    let (before, rest) = CONFIG.split_once("  keep:").ok_or("no keep")?;
    _ = rest;
    let (database, mut admin, _, first) = deployed("rekept", before)?;
    admin.batch_execute(ENTRIES).map_err(text)?;
    let mut current = first;
    let steps = [
        (CONFIG.to_owned(), "2"),
        (with_guards(), "0"),
        (CONFIG.replace("30 days", "1 week").replace("  erase: [personal]\n", ""), "1"),
        (CONFIG.replace("30 days", "2 hours").replace("[user_id, phone]", "[user_id, team_id]"), "0"),
        (before.to_owned(), ""),
    ];
    for (config, gone) in steps {
        let (_, next) = state("rekept", &config)?;
        let script = plan::migration("next", &current, &next).ok_or("nothing changes")?;
        database.apply(DEPLOYER, &script)?;
        let record = next.record().ok_or("no record")?;
        let differences = db::read_differences(&mut admin, record).map_err(|error| error.to_string())?;
        if !differences.is_empty() {
            return Err(format!("verify tells of {differences:?}"));
        }
        match gone {
            "" => refused(&mut admin, "SELECT upkeep.purge_log()", "3F000")?,
            gone => {
                admin.batch_execute("SET ROLE rekept_office").map_err(text)?;
                expect(&one(&mut admin, "SELECT upkeep.purge_log()")?, gone)?;
                admin.batch_execute("RESET ROLE").map_err(text)?;
            }
        }
        current = next;
    }
    expect(&one(&mut admin, "SELECT string_agg(operation, ' ' ORDER BY operation) FROM log")?, "purge purge update")
}
