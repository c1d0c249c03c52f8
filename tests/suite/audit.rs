//! The record of changes of an example project: what it says, and who can do what with it.

use libtest_mimic::Trial;
use rowgate::db::{self, Client};

use crate::guards::{session, sign_in};
use crate::hostile::refused;
use crate::{root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("audit::every_change_is_recorded_with_who_and_as_what", recorded),
        trial("audit::what_has_been_recorded_can_only_be_read", append_only),
        trial("audit::who_has_left_is_taken_out", taken_out),
        trial("audit::who_got_which_role_from_whom_is_one_query", one_query),
    ]
}

fn text(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

fn log(client: &mut Client) -> Result<Vec<String>, String> {
    let query = "SELECT concat_ws(' | ', actor, roles::text, scope, database_role, operation, table_name, key::text, changed::text, before::text, after::text, address)
        FROM public.change_log ORDER BY at";
    Ok(client.query(query, &[]).map_err(text)?.iter().map(|row| row.get(0)).collect())
}

fn recorded() -> Result<(), String> {
    let (database, mut client) = session()?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute("TRUNCATE public.change_log").map_err(text)?;
    for (user, statement) in [
        ("5", "UPDATE public.projects SET name = 'new', status = status WHERE id = 1"),
        ("6", "INSERT INTO public.projects (id, team_id, created_by, name, status) VALUES (77, 1, 6, 'x', 'open')"),
        ("6", "DELETE FROM public.projects WHERE id = 77"),
        ("1", "UPDATE public.projects SET name = 'by root' WHERE id = 3"),
    ] {
        sign_in(&mut client, user)?;
        client.batch_execute(statement).map_err(text)?;
    }
    // What is refused leaves nothing, and what a superuser does is recorded too.
    sign_in(&mut client, "6")?;
    refused(&mut client, "UPDATE public.projects SET team_id = 2 WHERE id = 1", "42501")?;
    admin.batch_execute("UPDATE public.projects SET name = 'by hand' WHERE id = 2").map_err(text)?;
    let admin_roles = "{\"Admin of Team\",\"Member of Team\",\"Project Editor of Team\",\"Viewer of Team\"}";
    let expected = [
        format!("5 | {admin_roles} | 1 | team_user | update | projects | {{\"id\": 1}} | {{name}}"),
        "6 | {\"Member of Team\",\"Viewer of Team\"} | 1 | team_user | insert | projects | {\"id\": 77}".to_owned(),
        "6 | {\"Member of Team\",\"Viewer of Team\"} | 1 | team_user | delete | projects | {\"id\": 77}".to_owned(),
        "1 | {\"System Admin\"} | 2 | team_user | update | projects | {\"id\": 3} | {name}".to_owned(),
        "{} | 1 | postgres | update | projects | {\"id\": 2} | {name}".to_owned(),
    ];
    let found = log(&mut admin)?;
    if found != expected {
        return Err(format!("recorded:\n{}\ninstead of\n{}", found.join("\n"), expected.join("\n")));
    }
    for (user, count) in [("1", 5), ("5", 0), ("", 0)] {
        sign_in(&mut client, user)?;
        let seen = log(&mut client)?.len();
        if seen != count {
            return Err(format!("`{user}` sees {seen} entries instead of {count}"));
        }
    }
    Ok(())
}

fn append_only() -> Result<(), String> {
    let (_database, mut client) = session()?;
    sign_in(&mut client, "1")?;
    for statement in [
        "INSERT INTO public.change_log (id, at) VALUES (gen_random_uuid(), now())",
        "UPDATE public.change_log SET actor = '2'",
        "DELETE FROM public.change_log",
        "TRUNCATE public.change_log",
        "DROP TABLE public.change_log",
        "ALTER TABLE public.projects DISABLE TRIGGER USER",
    ] {
        if let Ok(()) = client.batch_execute(statement) {
            return Err(format!("{statement} is not refused"));
        }
    }
    Ok(())
}

/// As the example's README says, by a member of the role that may.
fn taken_out() -> Result<(), String> {
    let (database, mut client) = session()?;
    let mut admin = database.connect("postgres")?;
    admin.batch_execute("TRUNCATE public.change_log").map_err(text)?;
    for (user, statement) in [
        ("5", "UPDATE public.team_members SET role_id = 2 WHERE id = 7"),
        ("4", "DELETE FROM public.team_members WHERE user_id = 5 AND team_id = 1"),
    ] {
        sign_in(&mut client, user)?;
        client.batch_execute(statement).map_err(text)?;
    }
    for call in ["purge_change_log()", "erase_from_change_log(5)"] {
        refused(&mut client, &format!("SELECT rowgate_upkeep.{call}"), "42501")?;
    }
    admin.batch_execute("SET ROLE records_office").map_err(text)?;
    let taken: i64 = admin.query_one("SELECT rowgate_upkeep.erase_from_change_log(5)", &[]).map_err(text)?.get(0);
    let purged: i64 = admin.query_one("SELECT rowgate_upkeep.purge_change_log()", &[]).map_err(text)?.get(0);
    admin.batch_execute("RESET ROLE").map_err(text)?;
    let left =
        "SELECT count(*) FROM public.change_log WHERE actor = '5' OR before ->> 'user_id' = '5' OR after ->> 'user_id' = '5'";
    let left: i64 = admin.query_one(left, &[]).map_err(text)?.get(0);
    let all = log(&mut admin)?.len();
    if (left, purged, all) == (0, 0, 4) && taken > 1 {
        Ok(())
    } else {
        Err(format!("{left} of {all} left, {taken} taken out, {purged} purged"))
    }
}

/// The query and the answer that the example's README shows; the moments differ.
fn one_query() -> Result<(), String> {
    let readme = std::fs::read_to_string(root().join("policies/team_rbac/README.md")).map_err(|error| error.to_string())?;
    let block = |fence: &str| {
        let text = readme.split_once(&format!("```{fence}\n")).and_then(|(_, rest)| rest.split_once("```"));
        text.map(|(text, _)| text.to_owned()).ok_or(format!("no block of {fence}"))
    };
    let shown = block("text")?;
    let cells = |line: &str| line.split('|').skip(1).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let expected: Vec<Vec<String>> = shown.lines().skip(2).map(cells).collect();
    let (database, mut client) = session()?;
    database.connect("postgres")?.batch_execute("TRUNCATE public.change_log").map_err(text)?;
    for (user, statement) in [
        ("5", "UPDATE public.team_members SET role_id = 2 WHERE id = 7"),
        ("5", "INSERT INTO public.team_members (id, user_id, team_id, role_id) VALUES (99, 11, 1, 1)"),
        ("4", "UPDATE public.team_members SET role_id = 3 WHERE id = 7"),
        ("1", "DELETE FROM public.team_members WHERE id = 6"),
    ] {
        sign_in(&mut client, user)?;
        client.batch_execute(statement).map_err(text)?;
    }
    let found: Vec<Vec<String>> = client
        .query(&block("sql")?, &[])
        .map_err(text)?
        .iter()
        .map(|row| (1..row.len()).map(|index| row.get::<_, Option<String>>(index).unwrap_or_default()).collect())
        .collect();
    if found == expected && found.len() == 4 { Ok(()) } else { Err(format!("{found:?} instead of {expected:?}")) }
}
