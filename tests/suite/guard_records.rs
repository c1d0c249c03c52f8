//! Guard functions about records, on a project that has what the examples have not: a key of two columns, several database roles, raw SQL,
//! look-ups that grant by finding nothing, fields that only some grants name, defaults, a column that the database computes.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};
use rowgate::plan;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("guards::know_keys_of_several_columns_roles_of_the_database_and_raw_sql", permissions),
        trial("guards::answer_for_a_record_as_a_statement_would", creating),
        trial("guards::answer_for_a_record_of_which_the_database_fills_in_some", filled_in),
        trial("guards::refuse_what_is_no_record", badly_formed),
        trial("guards::tell_whom_they_refuse_which_rules_grant_it", rules_are_told),
        trial("guards::let_several_fields_be_several_grants_as_a_statement_does", several_fields),
        trial("guards::tell_of_another_user_whom_the_configuration_lets_ask", another_user),
        trial("guards::let_nobody_ask_about_others_who_is_not_everywhere", who_may_ask),
        trial("guards::ask_for_many_keys_in_one_pass", one_pass),
    ]
}

const CONFIG: &str = "
version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: guarded_user, anonymous_role: guarded_guest }
memberships: { Crew: { table: crews, user: user_id, within: ship_id, role: role } }
roles:
  Clerk: { database_role: guarded_clerk }
  Mate: { membership: Crew, equals: mate }
  Admiral: { membership: Crew, equals: admiral, global: true }
closed_tables: { users: closed, ships: closed, crews: closed, bans: closed }
guards: { schema: guard, ask_about: [Admiral] }
masking: { schema: masked, role: guarded_masking }
lookup: { role: guarded_lookup }
";

const SCHEMA: &str = "
version: 1
enums: { state: [draft, open] }
tables:
  users: { columns: { id: integer } }
  ships: { columns: { id: integer } }
  crews:
    columns:
      { id: integer, user_id: { type: integer, references: users }, ship_id: { type: integer, references: ships }, role: text }
  bans: { columns: { id: integer, user_id: { type: integer, references: users } } }
  berths:
    primary_key: [ship_id, number]
    columns:
      ship_id: { type: integer, references: ships }
      number: integer
      user_id: { type: integer, references: users }
      price: { type: integer, default: '7' }
      state: { type: state, default: \"'draft'\", nullable: false }
      note: text
      made_at: { type: timestamptz, default: now() }
      batch: { type: integer, default: 'next_batch()' }
      double: { type: integer, default: 'price * 2', generated: true }
  labels:
    columns: { id: integer, user_id: { type: integer, references: users }, batch: { type: integer, default: 'next_batch()' } }
  memos:
    columns: { id: integer, user_id: { type: integer, references: users }, made_at: timestamptz, body: text }
";

const POLICY: &str = "
table berths {
  rule \"Own\" for Authenticated {
    where User equals Logged in User and no record of bans where (User equals Logged in User)
    allow read
    allow create (ship_id, number, user_id, price, made_at, batch) when sql \"price < 100\" and Made At is after 1 hours ago
    allow create except (note) when State is \"open\"
    allow update (note) when State is \"open\"
    allow update (price) when sql \"price < 50\"
    allow delete when State is \"draft\"
  }
  rule \"Mates\" for Mate of Ship {
    allow read, update (state)
    allow create (ship_id, number, note, made_at, batch) when Price is 7
  }
  rule \"Clerks\" for Clerk { where Number is 2 allow read (ship_id, number), delete }
  rule \"All\" for Anyone { where Number is 3 allow read (ship_id, number) }
}
table labels {
  rule \"Own\" for Authenticated { where User equals Logged in User allow create (user_id, batch) when Batch is at least 3 }
}
table memos {
  rule \"Narrows\" for Anyone { where Body is not \"hidden\" }
  rule \"What is set\" for Anyone { allow read, create (id, body) setting User to Logged in User and Made At to now when Body is not \"x\" }
}
";

const ROWS: &str = "
INSERT INTO users VALUES (1), (2), (3), (4);
INSERT INTO ships VALUES (1), (2);
INSERT INTO crews (id, user_id, ship_id, role) VALUES (1, 2, 1, 'mate'), (2, 4, NULL, 'admiral');
INSERT INTO bans (id, user_id) VALUES (1, 3);
INSERT INTO berths (ship_id, number, user_id, price, state) VALUES
  (1, 1, 1, 10, 'draft'), (1, 2, 1, 80, 'open'), (2, 1, 1, 20, 'open'), (1, 3, 3, 5, 'draft'), (2, 2, 2, 5, 'open'), (2, 3, NULL, 1, 'open');
";

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn database() -> Result<Database, String> {
    let compiled = random::compile(CONFIG, SCHEMA, &[("rules.policy".to_owned(), POLICY.to_owned())]);
    let meaning = compiled.meaning.as_ref().ok_or(format!("{:?}", compiled.diagnostics))?;
    let state = compiled.state().ok_or(format!("{:?}", compiled.diagnostics))?;
    let database = Database::create("guarded")?;
    let batch = "CREATE SEQUENCE batches; CREATE FUNCTION next_batch() RETURNS integer LANGUAGE sql AS $$ SELECT nextval('public.batches')::integer $$;
      GRANT USAGE ON SEQUENCE batches TO PUBLIC;";
    database.apply(DEPLOYER, batch)?;
    database.apply(DEPLOYER, &ddl::create(&meaning.model.catalog))?;
    database.apply(DEPLOYER, &plan::desired_state(&state))?;
    database.apply("postgres", ROWS)?;
    Ok(database)
}

/// A session of a database role, with somebody signed in or nobody.
fn session(database: &Database, role: &str, user: &str) -> Result<Client, String> {
    let mut client = database.connect("postgres")?;
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {role}; SET app.user_id = '{user}'")).map_err(text)?;
    Ok(client)
}

/// The answer as a text, or the error's code and message.
fn ask(client: &mut Client, query: &str) -> Result<String, String> {
    match client.query_one(&format!("SELECT ({query})::text"), &[]) {
        Ok(row) => Ok(row.get::<_, Option<String>>(0).unwrap_or_default()),
        Err(error) => match error.as_db_error() {
            Some(server) => Ok(format!("{} {}", server.code().code(), server.message())),
            None => Err(text(error)),
        },
    }
}

fn permissions() -> Result<(), String> {
    let database = database()?;
    let all = "SELECT string_agg(format('%s/%s %s %s %s', ship_id, number, cardinality(readable), updatable, deletable), '; ' ORDER BY ship_id, number) \
      FROM guard.permissions_of_berths(ARRAY[1, 1, 2, 1, 2, 2, 9, 1], ARRAY[1, 2, 1, 3, 2, 3, 9, 1])";
    for (role, user, expected) in [
        ("guarded_user", "1", "1/1 9 {price} t; 1/2 9 {note} f; 1/3 2 {} f; 2/1 9 {price,note} f; 2/3 2 {} f"),
        ("guarded_user", "2", "1/1 9 {state} f; 1/2 9 {state} f; 1/3 9 {state} f; 2/2 9 {price,note} f; 2/3 2 {} f"),
        ("guarded_user", "3", "1/3 2 {} f; 2/3 2 {} f"),
        ("guarded_user", "", "1/3 2 {} f; 2/3 2 {} f"),
        ("guarded_guest", "1", "1/3 2 {} f; 2/3 2 {} f"),
        ("guarded_clerk", "", "1/2 2 {} t; 1/3 2 {} f; 2/2 2 {} t; 2/3 2 {} f"),
    ] {
        let mut client = session(&database, role, user)?;
        let found = ask(&mut client, all)?;
        if found != expected {
            return Err(format!("{role} as `{user}`: {found}"));
        }
    }
    let mut client = session(&database, "guarded_user", "1")?;
    let pairs = "SELECT string_agg(ship_id || '/' || number, '; ') FROM guard.permissions_of_berths('{1, 2}', '{2, 1}')";
    let found = ask(&mut client, &format!("{pairs} WHERE number <> 3"))?;
    let crossed = ask(&mut client, &pairs.replace("{2, 1}", "{1, 3}"))?;
    if !["1/2; 2/1", "2/1; 1/2"].contains(&found.as_str()) || !["1/1; 2/3", "2/3; 1/1"].contains(&crossed.as_str()) {
        return Err(format!("pairs of keys: {found}, {crossed}"));
    }
    for (call, expected) in [
        ("can_access_berths('delete', 1, 1)", "true"),
        ("can_access_berths('delete', 2, 1)", "false"),
        ("can_access_berths('read', 2, 2)", "false"),
        ("can_access_berths('read', 1, NULL)", "false"),
        ("roles_on_berths(1, 1)", r#"{"roles": ["Anyone", "Authenticated"], "permissions": ["read", "update", "delete"]}"#),
        ("roles_on_berths(2, 2)", ""),
        ("require_access_to_berths('delete', 2, 1)", "42501 this record of berths cannot be reached so, or is not there"),
        ("can_update_berths('{note}', 1, 1)", "false"),
        ("can_update_berths('{price,note}', 2, 1)", "true"),
        ("can_update_berths('{price,note}', 1, 1)", "false"),
        ("can_update_berths('{double}', 1, 1)", "false"),
        ("can_update_berths('{prize}', 1, 1)", "42703 there is no field \"prize\" of berths"),
        ("can_update_berths('{price,NULL}', 1, 1)", "42703 there is no field \"<NULL>\" of berths"),
        ("can_update_berths('{}', 1, 1)", "22023 no field of berths is named"),
        ("can_update_berths(NULL, 1, 1)", "22023 no field of berths is named"),
        (
            "require_update_of_berths('{price}', 1, 2)",
            "42501 these fields of this record of berths cannot be changed, or it is not there",
        ),
        ("require_update_of_berths('{note}', 1, 2)->'permissions'", r#"["read", "update"]"#),
    ] {
        let found = ask(&mut client, &format!("SELECT guard.{call}"))?;
        if found != expected {
            return Err(format!("{call}: {found}"));
        }
    }
    Ok(())
}

/// Each of several fields may be another grant's, of one rule or of several, where each of these grants allows the whole step; and a statement that ends
/// where they do is allowed just where the guard says that it may begin.
fn several_fields() -> Result<(), String> {
    let database = database()?;
    let rows = "INSERT INTO berths (ship_id, number, user_id, price, state) VALUES (1, 4, 2, 10, 'draft'), (1, 5, 2, 70, 'draft'), (1, 6, 2, 10, 'open')";
    database.apply("postgres", rows)?;
    let fields = [("price", "11"), ("note", "'x'"), ("state", "'open'"), ("made_at", "now()")];
    let mut answers = [0; 2];
    for (role, user) in [("guarded_user", "1"), ("guarded_user", "2"), ("guarded_user", "3"), ("guarded_clerk", "1")] {
        let mut client = session(&database, role, user)?;
        for key in ["1, 1", "1, 2", "1, 4", "1, 5", "1, 6", "2, 1", "2, 2"] {
            for chosen in 1..1_u32 << fields.len() {
                let chosen: Vec<_> =
                    (0..).zip(&fields).filter(|(bit, _)| chosen >> bit & 1 == 1).map(|(_, field)| field).collect();
                let (names, set): (Vec<&str>, Vec<String>) =
                    chosen.iter().map(|(name, value)| (*name, format!("{name} = {value}"))).unzip();
                let says = ask(&mut client, &format!("SELECT guard.can_update_berths('{{{}}}', {key})", names.join(",")))?;
                let update = format!("UPDATE berths SET {} WHERE (ship_id, number) = ({key})", set.join(", "));
                let mut transaction = client.transaction().map_err(text)?;
                let does = match transaction.execute(&update, &[]) {
                    Ok(count) => count == 1,
                    Err(error) if error.code().is_some_and(|code| code.code() == "42501") => false,
                    Err(error) => return Err(text(error)),
                };
                transaction.rollback().map_err(text)?;
                // What is open already is not changed by becoming so.
                let stays = names.contains(&"state") && ["1, 2", "1, 6", "2, 1", "2, 2"].contains(&key);
                if says != does.to_string() && !stays {
                    return Err(format!("{names:?} of {key} by {role} as `{user}`: {says}, and a statement: {does}"));
                }
                answers[usize::from(does && names.len() > 1)] += 1;
            }
        }
    }
    if answers.iter().all(|count| *count > 3) { Ok(()) } else { Err(format!("refused and allowed: {answers:?}")) }
}

/// Who is refused is told which rules grant what was asked for: where each field is named by some grant, those with a grant that names one of them, and none
/// that only narrows.
fn rules_are_told() -> Result<(), String> {
    let database = database()?;
    let mut client = session(&database, "guarded_user", "3")?;
    for (call, expected) in [
        ("require_update_of_berths('{price}', 1, 1)", r#"allowed by Authenticated: "Own""#),
        ("require_update_of_berths('{note}', 1, 1)", r#"allowed by Authenticated: "Own""#),
        ("require_update_of_berths('{state}', 1, 1)", r#"allowed by Mate of Ship: "Mates""#),
        ("require_update_of_berths('{price,note}', 1, 1)", r#"allowed by Authenticated: "Own""#),
        ("require_update_of_berths('{state,price}', 1, 1)", r#"allowed by Authenticated: "Own"; Mate of Ship: "Mates""#),
        ("require_update_of_berths('{price,batch}', 1, 1)", "allowed by no rule"),
        ("require_update_of_berths('{batch}', 1, 1)", "allowed by no rule"),
        ("require_access_to_berths('update', 1, 1)", r#"allowed by Authenticated: "Own"; Mate of Ship: "Mates""#),
        ("require_access_to_memos('read', 1)", r#"allowed by Anyone: "What is set""#),
        ("require_access_to_memos('update', 1)", "allowed by no rule"),
    ] {
        let error = client.query_one(&format!("SELECT guard.{call}"), &[]).err().ok_or(format!("{call} is not refused"))?;
        let found = error.as_db_error().and_then(|server| server.detail()).unwrap_or_default();
        if found != expected {
            return Err(format!("{call}: {found}"));
        }
    }
    Ok(())
}

fn another_user() -> Result<(), String> {
    let database = database()?;
    let refused = "42501 who asks about another user has to hold another role";
    let of_nothing = r#"{"roles": [], "permissions": []}"#;
    for (role, user, call, expected) in [
        ("guarded_user", "4", "roles_of_user(1)", r#"{"roles": ["Anyone", "Authenticated"], "permissions": []}"#),
        ("guarded_user", "4", "roles_of_user(4)->'roles'", r#"["Admiral", "Anyone", "Authenticated"]"#),
        ("guarded_user", "4", "roles_of_user(NULL)->'roles'", r#"["Anyone"]"#),
        ("guarded_user", "4", "crew_roles_of_user(2, 1)", r#"{"roles": ["Mate"], "permissions": []}"#),
        ("guarded_user", "4", "crew_roles_of_user(2, 2)", of_nothing),
        ("guarded_user", "4", "crew_roles_of_user(1, 1)", of_nothing),
        ("guarded_user", "4", "user_can_access_berths(2, 'update', 1, 3)", "true"),
        ("guarded_user", "4", "user_can_access_berths(1, 'update', 1, 3)", "false"),
        // What the caller cannot read looks like what is not there, whatever the other may do.
        ("guarded_user", "4", "user_can_access_berths(2, 'read', 1, 1)", "false"),
        (
            "guarded_user",
            "4",
            "user_can_access_berths(2, 'touch', 1, 3)",
            "22023 there is no operation \"touch\" on a record that is there",
        ),
        (
            "guarded_user",
            "4",
            "user_can_access_berths(2, NULL, 1, 3)",
            "22023 there is no operation \"\" on a record that is there",
        ),
        ("guarded_user", "1", "roles_of_user(4)", refused),
        ("guarded_user", "2", "roles_of_user(2)", refused),
        ("guarded_user", "1", "crew_roles_of_user(2, 1)", refused),
        ("guarded_user", "1", "user_can_access_berths(2, 'update', 1, 3)", refused),
        ("guarded_user", "1", "user_can_access_berths(4, 'touch', 1, 3)", refused),
        ("guarded_user", "", "roles_of_user(4)", refused),
        ("guarded_guest", "4", "roles_of_user(4)", refused),
        ("guarded_clerk", "4", "roles_of_user(4)", refused),
    ] {
        let found = ask(&mut session(&database, role, user)?, &format!("SELECT guard.{call}"))?;
        if found != expected {
            return Err(format!("{call} by {role} as `{user}`: {found}"));
        }
    }
    Ok(())
}

fn who_may_ask() -> Result<(), String> {
    for (asking, expected) in [
        ("Mate", "`Mate` is held within something, and who asks about another user asks about all of it"),
        ("Admirl", "there is no role `Admirl` whose holders could ask about others"),
        ("Authenticated", "there is no role `Authenticated` whose holders could ask about others"),
    ] {
        let config = CONFIG.replace("[Admiral]", &format!("[{asking}]"));
        let compiled = random::compile(&config, SCHEMA, &[("rules.policy".to_owned(), POLICY.to_owned())]);
        let found: Vec<&str> = compiled.diagnostics.iter().map(|one| one.title.as_str()).collect();
        if found != [expected] {
            return Err(format!("{asking}: {found:?}"));
        }
    }
    Ok(())
}

/// What is said of a record is what happens to it.
fn creating() -> Result<(), String> {
    let database = database()?;
    let mut answers = [0; 2];
    for (role, user) in [
        ("guarded_user", "1"),
        ("guarded_user", "2"),
        ("guarded_user", "3"),
        ("guarded_user", ""),
        ("guarded_guest", "1"),
        ("guarded_clerk", "1"),
    ] {
        let mut client = session(&database, role, user)?;
        for ship in ["1", "2"] {
            for more in [
                r#"{"user_id": 1}"#,
                r#"{"user_id": 1, "price": 99}"#,
                r#"{"user_id": 1, "price": 100}"#,
                r#"{"user_id": 1, "price": 100, "state": "open"}"#,
                r#"{"user_id": 1, "price": 7, "state": "draft"}"#,
                r#"{"user_id": 1, "state": "open", "note": null}"#,
                r#"{"user_id": 1, "state": "open", "note": "x"}"#,
                r#"{"user_id": 1, "made_at": "2001-01-01"}"#,
                r#"{"user_id": 1, "made_at": "2001-01-01", "state": "open"}"#,
                r#"{"user_id": 2}"#,
                r#"{"user_id": 3}"#,
                r#"{"note": "x"}"#,
                r#"{"note": "x", "price": 7}"#,
                r#"{"note": "x", "price": 8}"#,
                r#"{"note": "x", "state": "open"}"#,
                r#"{"note": "x", "made_at": null}"#,
            ] {
                let record = format!(r#"('{more}'::jsonb || '{{"ship_id": {ship}, "number": 77}}')"#);
                let names = format!("SELECT string_agg(name, ', ') FROM jsonb_object_keys({record}) AS name");
                let names = ask(&mut client, &names)?;
                let insert =
                    format!("INSERT INTO berths ({names}) SELECT {names} FROM jsonb_populate_record(NULL::berths, {record})");
                // What the database computes may be told; nobody supplies it.
                let told = format!(r#"{record} || '{{"double": 0}}'"#);
                let says = ask(&mut client, &format!("SELECT guard.can_create_berths({told})"))?;
                let mut transaction = client.transaction().map_err(text)?;
                let does = match transaction.execute(&insert, &[]) {
                    Ok(_) => "true",
                    Err(error) if error.code().is_some_and(|code| code.code() == "42501") => "false",
                    Err(error) => return Err(text(error)),
                };
                transaction.rollback().map_err(text)?;
                if says != does {
                    return Err(format!("{record} by {role} as `{user}`: {says}, and a statement: {does}"));
                }
                answers[usize::from(does == "true")] += 1;
            }
        }
    }
    if answers.iter().all(|count| *count > 12) { Ok(()) } else { Err(format!("refused and allowed: {answers:?}")) }
}

fn filled_in() -> Result<(), String> {
    let database = database()?;
    for (user, record, expected) in [
        ("1", r#"{"id": 1, "body": "a"}"#, "true"),
        ("1", r#"{"id": 1, "body": "x"}"#, "false"),
        ("1", r#"{"id": 1, "body": "a", "user_id": 1}"#, "false"),
        ("1", r#"{"id": 1, "body": "a", "made_at": "2001-01-01"}"#, "false"),
        ("", r#"{"id": 1, "body": "a"}"#, "false"),
    ] {
        let mut client = session(&database, "guarded_user", user)?;
        let says = ask(&mut client, &format!("SELECT guard.can_create_memos('{record}')"))?;
        let fields = ask(&mut client, "SELECT guard.creatable_fields_of_memos()::text")?;
        let wanted = if user.is_empty() { "{}" } else { "{id,body}" };
        if says != expected || fields != wanted {
            return Err(format!("{record} by `{user}`: {says}, {fields}"));
        }
    }
    Ok(())
}

fn badly_formed() -> Result<(), String> {
    let database = database()?;
    let mut client = session(&database, "guarded_user", "1")?;
    let good = r#"{"ship_id": 1, "number": 77, "user_id": 1, "double": 14}"#;
    for (call, expected) in [
        (format!("require_create_of_berths('{good}')->'permissions'"), r#"["create"]"#),
        (format!("require_create_of_berths('{good}')->'roles'"), r#"["Anyone", "Authenticated"]"#),
        (
            r#"require_create_of_berths('{"user_id": 2, "double": 1}')"#.to_owned(),
            "42501 this record of berths cannot be created so",
        ),
        ("can_create_berths(NULL)".to_owned(), "22023 a record of berths is a JSON object of its fields"),
        ("can_create_berths('[]')".to_owned(), "22023 a record of berths is a JSON object of its fields"),
        (r#"can_create_berths('{"prize": 1}')"#.to_owned(), "42703 there is no field \"prize\" of berths"),
        (
            r#"can_create_berths('{"double": 1, "price": "much"}')"#.to_owned(),
            "22P02 invalid input syntax for type integer: \"much\"",
        ),
        (
            r#"can_create_berths('{"double": 1, "state": "shut"}')"#.to_owned(),
            "22P02 invalid input value for enum public.state: \"shut\"",
        ),
        (
            r#"can_create_labels('{"user_id": 1}')"#.to_owned(),
            "22023 the record of labels has to say \"batch\": rules depend on it, and the database computes it",
        ),
        (r#"can_create_labels('{"user_id": 1, "batch": 3}')"#.to_owned(), "true"),
        // No grant names that field.
        (r#"can_create_labels('{"id": null, "user_id": 1, "batch": 3}')"#.to_owned(), "false"),
        (r#"can_create_labels('{"user_id": 1, "batch": 2}')"#.to_owned(), "false"),
        (r#"can_create_labels('{"user_id": 1, "batch": null}')"#.to_owned(), "false"),
        ("creatable_fields_of_berths()".to_owned(), "{ship_id,number,user_id,price,state,made_at,batch}"),
    ] {
        let found = ask(&mut client, &format!("SELECT guard.{call}"))?;
        if found != expected {
            return Err(format!("{call}: {found}"));
        }
    }
    for (role, user, expected) in [
        ("guarded_user", "2", "{ship_id,number,user_id,price,state,note,made_at,batch}"),
        ("guarded_user", "", "{}"),
        ("guarded_clerk", "1", "{}"),
    ] {
        let found = ask(&mut session(&database, role, user)?, "SELECT guard.creatable_fields_of_berths()")?;
        if found != expected {
            return Err(format!("fields of a new record for {role} as `{user}`: {found}"));
        }
    }
    Ok(())
}

/// The table is read once, by an index, whatever the number of keys.
fn one_pass() -> Result<(), String> {
    let database = database()?;
    let rows =
        "INSERT INTO berths (ship_id, number, user_id) SELECT 1, n, 1 FROM generate_series(1000, 5999) AS n; ANALYZE berths";
    database.apply("postgres", rows)?;
    let scans =
        "SELECT coalesce(seq_scan, 0) || '/' || coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'berths'";
    let mut admin = database.connect("postgres")?;
    let mut counted = Vec::new();
    for count in [0, 500] {
        let mut client = session(&database, "guarded_user", "1")?;
        let call = format!(
            "SELECT count(*) FROM guard.permissions_of_berths(array_fill(1, ARRAY[{count}]), ARRAY(SELECT n FROM generate_series(1000, 999 + {count}) AS n))"
        );
        let found = ask(&mut client, &call)?;
        if found != count.to_string() {
            return Err(format!("{count} keys: {found}"));
        }
        client.batch_execute("RESET SESSION AUTHORIZATION; SELECT pg_stat_force_next_flush()").map_err(text)?;
        drop(client);
        std::thread::sleep(std::time::Duration::from_millis(300));
        counted.push(ask(&mut admin, scans)?);
    }
    let (Some((before, _)), Some((after, fetched))) = (counted[0].split_once('/'), counted[1].split_once('/')) else {
        return Err(format!("{counted:?}"));
    };
    let fetched: i64 = fetched.parse().map_err(|_| fetched.to_owned())?;
    if before == after && fetched < 2_000 { Ok(()) } else { Err(format!("{counted:?}")) }
}
