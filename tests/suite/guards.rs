//! Guard functions of an example project, as its application calls them.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::cluster::Database;
use crate::{project, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("guards::answer_and_refuse_as_the_policies_do", answers),
        trial("guards::agree_with_the_policies_on_every_record", agree),
        trial("guards::are_for_the_application_only", callers),
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
        ("5", "has_team_role('No such role', 1)", "f"),
        ("11", "has_team_role('Admin', 1)", "f"),
        ("6", "is_team_member(1)", "t"),
        ("6", "is_team_member(2)", "f"),
        ("", "is_team_member(1)", "f"),
        ("1", "has_role('System Admin')", "t"),
        ("5", "has_role('System Admin')", "f"),
        ("", "has_role('System Admin')", "f"),
        ("6", "can_access_projects('update', 1)", "t"),
        ("6", "can_access_projects('update', 2)", "f"),
        ("6", "can_access_projects('read', 3)", "f"),
        ("6", "can_access_projects('read', 99)", "f"),
        ("6", "can_access_projects('create', 1)", "f"),
        ("5", "require_team_role('Admin', 1)", ""),
        ("5", "require_team_role('Owner', 1)", "42501 the role \"Owner\" is required: Owner"),
        ("5", "require_team_role('Nonsense', 1)", "22023 there is no role \"Nonsense\" there: "),
        ("6", "require_team_member(1)", ""),
        ("6", "require_team_member(2)", "42501 a membership of this Team is required: Team"),
        ("6", "require_role('System Admin')", "42501 the role \"System Admin\" is required: System Admin"),
        ("1", "require_role('System Admin')", ""),
        ("6", "require_access_to_projects('delete', 1)", ""),
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
        ("6", "require_access_to_projects('touch', 1)", "22023 there is no operation \"touch\": "),
    ] {
        sign_in(&mut client, user)?;
        let found = match client.query_one(&format!("SELECT guard.{call}::text"), &[]) {
            Ok(row) => row.get::<_, Option<String>>(0).unwrap_or_default().chars().take(1).collect(),
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
