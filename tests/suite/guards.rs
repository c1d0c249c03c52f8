//! Guard functions of an example project, as its application calls them.

use libtest_mimic::Trial;
use postgres::SimpleQueryMessage;
use rowgate::db::{self, Client};

use crate::cluster::Database;
use crate::documentation;
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("guards::answer_and_refuse_as_the_policies_do", answers),
        trial("guards::agree_with_the_policies_on_every_record", agree),
        trial("guards::agree_with_what_a_statement_does", agree_with_statements),
        trial("guards::are_for_the_application_only", callers),
        trial("guards::answer_what_the_readme_says", readme),
        trial("guards::actions_do_what_the_readme_says", readme_of_actions),
    ]
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// The example with its rows, and a session of its application.
pub fn session() -> Result<(Database, Client), String> {
    let folder = root().join("policies/team_rbac");
    let compiled = project::compile(&folder)?;
    let (files, _) = compiled.scenarios();
    let (_, scenarios) = files.first().ok_or("no scenarios")?;
    let database = project::deploy(&folder, &compiled, scenarios)?;
    let mut client = database.connect("postgres")?;
    client.batch_execute("SET SESSION AUTHORIZATION team_user").map_err(text)?;
    Ok((database, client))
}

pub fn sign_in(client: &mut Client, user: &str) -> Result<(), String> {
    client.execute("SELECT set_config('app.user_id', $1, false)", &[&user]).map_err(text)?;
    Ok(())
}

fn answers() -> Result<(), String> {
    let (_database, mut client) = session()?;
    // 1 is a system admin, 5 an admin of team 1, 6 a member of it, 8 the owner of team 2, 11 in no team.
    for (user, call, expected) in [
        ("5", "has_team_role('Admin', 1)", "t"),
        ("5", "has_team_role('Viewer', 1)", "t"),
        ("5", "has_team_role('Owner', 1)", "f"),
        ("5", "has_team_role('Admin', 2)", "f"),
        ("5", "has_team_role('Admin', NULL)", "f"),
        ("5", "has_team_role('Project Editor', 1)", "t"),
        ("6", "has_team_role('Project Editor', 1)", "f"),
        ("5", "has_team_role('No such role', 1)", "22023 there is no role \"No such role\" there: "),
        ("5", "has_team_role(NULL, 1)", "22023 there is no role \"\" there: "),
        // What is held everywhere is held in each team, and in none where none is named.
        ("1", "has_team_role('System Admin', 2)", "t"),
        ("1", "has_team_role('System Admin', NULL)", "f"),
        ("1", "has_team_role('Admin', 2)", "f"),
        ("5", "has_team_role('System Admin', 1)", "f"),
        ("12", "has_team_role('System Admin', 1)", "f"),
        ("5", "has_team_permission('edit_projects', 1)", "t"),
        ("6", "has_team_permission('edit_projects', 1)", "f"),
        ("6", "has_team_permission('edit_project', 1)", "22023 there is no permission \"edit_project\" there: "),
        ("11", "has_team_role('Admin', 1)", "f"),
        ("6", "is_team_member(1)", "t"),
        ("6", "is_team_member(2)", "f"),
        ("", "is_team_member(1)", "f"),
        ("1", "has_role('System Admin')", "t"),
        ("5", "has_role('System Admin')", "f"),
        ("", "has_role('System Admin')", "f"),
        ("5", "has_role('Authenticated')", "t"),
        ("", "has_role('Authenticated')", "f"),
        ("", "has_role('Anyone')", "t"),
        ("5", "has_role('Admin')", "22023 there is no role \"Admin\": "),
        ("6", "can_access_projects('update', 1)", "t"),
        ("6", "can_access_projects('update', 2)", "f"),
        ("6", "can_access_projects('read', 3)", "f"),
        ("6", "can_access_projects('read', 99)", "f"),
        ("6", "can_access_projects('create', 1)", "22023 there is no operation \"create\" on a record that is there: "),
        ("6", "can_access_projects(NULL, 1)", "22023 there is no operation \"\" on a record that is there: "),
        ("6", "can_access_projects('Read', 1)", "22023 there is no operation \"Read\" on a record that is there: "),
        ("6", "require_signed_in()", r#"{"roles": ["Anyone", "Authenticated"], "permissions": []}"#),
        ("", "require_signed_in()", "42501 nobody is signed in: Authenticated"),
        ("1", "roles()", r#"{"roles": ["Anyone", "Authenticated", "System Admin"], "permissions": []}"#),
        (
            "5",
            "require_team_role('Admin', 1)",
            r#"{"roles": ["Admin", "Member", "Project Editor", "Senior", "Viewer"], "permissions": ["edit_projects"]}"#,
        ),
        ("1", "team_roles(2)", r#"{"roles": ["System Admin"], "permissions": []}"#),
        ("6", "require_team_permission('edit_projects', 1)", "42501 the permission \"edit_projects\" is required: edit_projects"),
        ("5", "require_team_role('Owner', 1)", "42501 the role \"Owner\" is required: Owner"),
        ("5", "require_team_role('Nonsense', 1)", "22023 there is no role \"Nonsense\" there: "),
        ("6", "require_team_member(1)", r#"{"roles": ["Member", "Viewer"], "permissions": []}"#),
        ("6", "require_team_member(2)", "42501 a membership of this Team is required: Team"),
        ("6", "require_role('System Admin')", "42501 the role \"System Admin\" is required: System Admin"),
        ("1", "require_role('System Admin')", r#"{"roles": ["Anyone", "Authenticated", "System Admin"], "permissions": []}"#),
        (
            "6",
            "require_access_to_projects('delete', 1)",
            r#"{"roles": ["Member of Team", "Viewer of Team"], "permissions": ["read", "update", "delete"]}"#,
        ),
        // What is the record itself is not called after its key.
        (
            "6",
            "require_access_to_teams('delete', 1)",
            "42501 this record of teams cannot be reached so, or is not there: allowed by Owner of this record: \"Owners delete their team\"; \
             System Admin: \"System admins manage teams\"",
        ),
        ("6", "roles_on_projects(3)", ""),
        ("4", "roles_on_teams(1)->'roles'", r#"["Admin of this record", "Owner of this record", "Viewer of this record"]"#),
        (
            "6",
            "require_access_to_projects('delete', 3)",
            "42501 this record of projects cannot be reached so, or is not there: allowed by Admin of Team: \"Admins edit and delete all of the team\"; \
             Member of Team: \"Members create projects and edit their own\"; System Admin: \"System admins manage projects\"",
        ),
        (
            "6",
            "require_access_to_billing('update', 99)",
            "42501 this record of billing cannot be reached so, or is not there: allowed by System Admin: \"System admins manage billing\"",
        ),
        ("6", "require_access_to_projects('touch', 1)", "22023 there is no operation \"touch\" on a record that is there: "),
    ] {
        sign_in(&mut client, user)?;
        let found = match client.query_one(&format!("SELECT (guard.{call})::text"), &[]) {
            Ok(row) => match row.get::<_, Option<String>>(0).unwrap_or_default().as_str() {
                "true" => "t".to_owned(),
                "false" => "f".to_owned(),
                other => other.to_owned(),
            },
            Err(error) => match error.as_db_error() {
                Some(server) => {
                    format!("{} {}: {}", server.code().code(), server.message(), server.detail().unwrap_or_default())
                }
                None => text(error),
            },
        };
        if found != expected {
            return Err(format!("guard.{call} by `{user}`: `{found}` instead of `{expected}`"));
        }
    }
    Ok(())
}

/// What can be read is what the list shows, record by record, also of records that the caller cannot see.
fn agree() -> Result<(), String> {
    let (database, mut client) = session()?;
    let mut admin = database.connect("postgres")?;
    for table in ["billing", "invitations", "projects", "tasks", "team_members", "teams", "users"] {
        let keys = admin.query(&format!("SELECT id FROM {table} ORDER BY id"), &[]).map_err(text)?;
        for user in ["1", "2", "3", "4", "5", "6", "7", "8", "11", ""] {
            sign_in(&mut client, user)?;
            let list = client.query(&format!("SELECT id FROM {table}"), &[]).map_err(text)?;
            let list: Vec<i32> = list.iter().map(|row| row.get(0)).collect();
            for key in &keys {
                let key: i32 = key.get(0);
                let answer: bool =
                    client.query_one(&format!("SELECT guard.can_access_{table}('read', $1)"), &[&key]).map_err(text)?.get(0);
                if answer != list.contains(&key) {
                    return Err(format!("{table} {key} by `{user}`: the guard says {answer}"));
                }
            }
        }
    }
    Ok(())
}

/// Each table, each user, each record: what `permissions_of_…` and `can_create_…` say is what a statement does that is rolled back.
fn agree_with_statements() -> Result<(), String> {
    let (database, mut client) = session()?;
    let mut admin = database.connect("postgres")?;
    let mut tried = [0; 2];
    for table in ["billing", "invitations", "projects", "tasks", "team_members", "teams", "users"] {
        let rows = admin.query(&format!("SELECT id, to_jsonb(t)::text FROM {table} AS t ORDER BY id"), &[]).map_err(text)?;
        let keys: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
        let names = "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 ORDER BY attnum";
        let fields: Vec<String> = admin.query(names, &[&table]).map_err(text)?.iter().map(|row| row.get(0)).collect();
        for user in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", ""] {
            sign_in(&mut client, user)?;
            let all = client.query(&format!("SELECT * FROM guard.permissions_of_{table}($1)"), &[&keys]).map_err(text)?;
            for row in &rows {
                let (key, record): (i32, String) = (row.get(0), row.get(1));
                let record = record.replace('\'', "''");
                let found = all.iter().find(|row| row.get::<_, i32>(0) == key);
                let said: Vec<String> = found.map(|row| row.get(2)).unwrap_or_default();
                for field in &fields {
                    let does = allowed(&mut client, &update(table, field, &record, key))?;
                    let says = said.contains(field);
                    // That field may change to something else than it is.
                    let other = table == "invitations" && field == "status" && says;
                    if does != says && !other {
                        return Err(format!("update {field} of {table} {key} by `{user}`: {says}, and a statement: {does}"));
                    }
                    tried[usize::from(does)] += 1;
                }
                let says = found.is_some_and(|row| row.get(3));
                let does = allowed(&mut client, &format!("DELETE FROM {table} WHERE id = {key}"))?;
                if does != says {
                    return Err(format!("delete {table} {key} by `{user}`: {says}, and a statement: {does}"));
                }
                tried[usize::from(does)] += 1;
                let record = format!("jsonb_set('{}', '{{id}}', '{}')", record, key + 1000);
                // The record as it is, and one that does not say what is empty.
                for (record, is_short) in [(format!("({record})"), false), (format!("jsonb_strip_nulls({record})"), true)] {
                    let fields = client.query(&format!("SELECT jsonb_object_keys({record})"), &[]).map_err(text)?;
                    let fields: Vec<String> = fields.iter().map(|row| row.get(0)).collect();
                    let fields = fields.join(", ");
                    let insert = format!(
                        "INSERT INTO {table} ({fields}) SELECT {fields} FROM jsonb_populate_record(NULL::{table}, {record})"
                    );
                    let does = allowed(&mut client, &insert)?;
                    let says: bool =
                        client.query_one(&format!("SELECT guard.can_create_{table}({record})"), &[]).map_err(text)?.get(0);
                    let listed: bool = client
                        .query_one(&format!("SELECT guard.roles_for_new_{table}({record}) -> 'permissions' ? 'create'"), &[])
                        .map_err(text)?
                        .get(0);
                    if listed != says {
                        return Err(format!("roles_for_new_{table}({record}) says {listed}, and can_create_{table} {says}"));
                    }
                    if does != says {
                        return Err(format!("create {record} in {table} by `{user}`: {says}, and a statement: {does}"));
                    }
                    tried[usize::from(does)] += 1;
                    if does && is_short {
                        let some: Vec<String> =
                            client.query_one(&format!("SELECT guard.creatable_fields_of_{table}()"), &[]).map_err(text)?.get(0);
                        if !fields.split(", ").all(|field| some.iter().any(|one| one == field)) {
                            return Err(format!("fields of a new record in {table} by `{user}`: {some:?}, and {fields} can be"));
                        }
                    }
                }
            }
        }
    }
    if tried.iter().all(|count| *count > 200) { Ok(()) } else { Err(format!("refused and allowed: {tried:?}")) }
}

/// A statement that sets a field to what it is, without reading it.
fn update(table: &str, field: &str, record: &str, key: i32) -> String {
    format!("UPDATE {table} SET {field} = (jsonb_populate_record(NULL::{table}, '{record}')).{field} WHERE id = {key}")
}

/// Whether a statement that is rolled back is allowed and touches a row; another error than a refusal comes later, and of something else.
fn allowed(client: &mut Client, statement: &str) -> Result<bool, String> {
    let mut transaction = client.transaction().map_err(text)?;
    let outcome = transaction.execute(statement, &[]);
    transaction.rollback().map_err(text)?;
    match outcome {
        Ok(count) => Ok(count > 0),
        Err(error) => Ok(error.code().is_some_and(|code| code.code() != "42501")),
    }
}

fn callers() -> Result<(), String> {
    let (database, mut client) = session()?;
    let mut outsider = database.connect("outsider")?;
    for (who, call) in [(&mut outsider, "guard.has_role('System Admin')"), (&mut client, "rowgate.has_role_team_user('x')")] {
        match who.batch_execute(&format!("SELECT {call}")) {
            Err(error) if error.code().is_some_and(|code| code.code() == "42501") => {}
            other => return Err(format!("{call} is not refused: {other:?}")),
        }
    }
    Ok(())
}

/// Each statement of the README, with the rows that it gives or its error behind it.
fn readme() -> Result<(), String> {
    let (_database, mut client) = session()?;
    sign_in(&mut client, "5")?;
    let (mut tried, blocks) = (0, documentation::blocks(&documentation::readme()?));
    for (_, block) in blocks.into_iter().filter(|(info, _)| info == "sql guards") {
        for statement in block.split("SELECT ").skip(1) {
            let (query, expected) = statement.split_once('\n').ok_or(statement)?;
            let found = match client.simple_query(&format!("SELECT {query}")) {
                Ok(messages) => messages.iter().filter_map(line).collect::<String>(),
                Err(error) => {
                    format!("-- ERROR: {}\n", error.as_db_error().map_or(String::new(), |error| error.message().to_owned()))
                }
            };
            if found != expected {
                return Err(format!("{query}\n{found}"));
            }
            tried += 1;
        }
    }
    if tried >= 8 { Ok(()) } else { Err(format!("only {tried} statements were found")) }
}

/// The README's calls of an action, by whom they are made, with what they answer behind them.
fn readme_of_actions() -> Result<(), String> {
    let (database, mut client) = session()?;
    // The sample rows have their keys.
    database.apply("postgres", "ALTER TABLE public.team_members ALTER id RESTART WITH 101")?;
    let (mut tried, blocks) = (0, documentation::blocks(&documentation::readme()?));
    for (_, block) in blocks.into_iter().filter(|(info, _)| info == "sql actions") {
        let mut query = String::new();
        for one in block.lines() {
            let Some(expected) = one.strip_prefix("-- ") else {
                query.push_str(one);
                continue;
            };
            let found = match client.simple_query(&query) {
                Ok(messages) => messages.iter().filter_map(line).collect::<String>(),
                Err(error) => format!("-- ERROR: {}", error.as_db_error().map_or("", |error| error.message())),
            };
            if found.trim() != format!("-- {expected}") {
                return Err(format!("{query}\n{found}"));
            }
            query.clear();
            tried += 1;
        }
    }
    if tried == 4 { Ok(()) } else { Err(format!("{tried} statements were found")) }
}

fn line(message: &SimpleQueryMessage) -> Option<String> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let values: Vec<&str> = (0..row.len()).map(|index| row.get(index).unwrap_or_default()).collect();
    Some(format!("-- {}\n", values.join(" | ")))
}
