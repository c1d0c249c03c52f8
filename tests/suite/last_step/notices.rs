//! What the last step only tells of, and its query run plainly, as a command that changes nothing would.

use libtest_mimic::Trial;
use rowgate::project::Compiled;
use rowgate::sql;

use super::{Place, alone, compiled, script, text};
use crate::cluster::DEPLOYER;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    [
        (
            "an_owner_that_is_a_member_of_the_application's_role",
            "CREATE ROLE \"@_group\" IN ROLE \"@\"; GRANT \"@_group\" TO deployer",
            "deployer: can act as @, and can undo any policy",
        ),
        (
            "a_publication_of_some_tables",
            "CREATE PUBLICATION feed FOR TABLE items, ONLY notes; ALTER PUBLICATION feed ADD TABLES IN SCHEMA public",
            "feed: copies the rows of public.bans, public.items, public.log, public.notes, public.users to other servers, and no policy is asked",
        ),
        ("a_publication_of_all_tables", "CREATE PUBLICATION \"All\" FOR ALL TABLES", "\"All\": copies the rows of public.bans, public.items"),
        (
            "a_subscription",
            "CREATE SUBSCRIPTION feed CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE);
             INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, 'items'::regclass, 'r' FROM pg_subscription
             WHERE subname = 'feed'",
            "feed: writes what another server sends to public.items, with the rights of postgres or of the tables' owner, and no policy is asked",
        ),
        (
            "a_column_whose_sequence_nobody_may_use",
            "SET ROLE deployer; CREATE SEQUENCE counter OWNED BY items.id; ALTER TABLE items ALTER id SET DEFAULT nextval('counter')",
            "public.counter: @ may create records of public.items, whose column id draws from it, and may not use it",
        ),
        (
            "default_privileges_of_the_application",
            "ALTER DEFAULT PRIVILEGES FOR ROLE deployer IN SCHEMA public GRANT SELECT ON TABLES TO \"@\"",
            "public: what deployer makes there will be open to @: SELECT on TABLES",
        ),
        (
            "default_privileges_everywhere",
            "ALTER DEFAULT PRIVILEGES FOR ROLE deployer GRANT UPDATE ON SEQUENCES TO PUBLIC",
            "every schema: what deployer makes there will be open to PUBLIC: UPDATE on SEQUENCES",
        ),
        (
            "a_foreign_table_elsewhere",
            "CREATE FOREIGN DATA WRAPPER f; CREATE SERVER away FOREIGN DATA WRAPPER f; CREATE SCHEMA x; CREATE FOREIGN TABLE x.p (id integer) SERVER away;
             GRANT SELECT ON x.p TO \"@\"",
            "x.p: is a foreign table that @ can use: no policy is asked",
        ),
        (
            "a_foreign_server",
            "CREATE FOREIGN DATA WRAPPER f; CREATE SERVER away FOREIGN DATA WRAPPER f; GRANT USAGE ON FOREIGN SERVER away TO PUBLIC",
            "server away: is a foreign server that PUBLIC can make tables of: no policy is asked",
        ),
        (
            "a_login_that_begins_as_somebody",
            "CREATE ROLE \"@_web\" LOGIN IN ROLE \"@\"; ALTER ROLE \"@_web\" SET app.user_id = '1'",
            "@_web: begins its sessions with app.user_id set to '1'",
        ),
        (
            "a_login_that_bypasses_and_may_read",
            "CREATE ROLE \"@_job\" LOGIN BYPASSRLS; CREATE ROLE \"@_jobs\"; GRANT SELECT (id) ON items TO \"@_jobs\"; GRANT \"@_jobs\" TO \"@_job\"",
            "@_job: bypasses row-level security, and has rights at public.items",
        ),
        (
            "a_login_that_bypasses_and_may_read_all",
            "CREATE ROLE \"@_job\" LOGIN BYPASSRLS; GRANT pg_read_all_data TO \"@_job\"",
            "@_job: bypasses row-level security, and has rights at public.bans, public.items",
        ),
        (
            "an_invalid_index",
            "CREATE INDEX half ON items (name); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half'::regclass",
            "public.half: is an invalid index of public.items",
        ),
    ]
    .into_iter()
    .enumerate()
    .map(|(index, (name, statements, told))| {
        let role = format!("lsn{index}");
        trial(format!("last_step::tells_of_{name}"), move || alone(|| is_told(&role, statements, told)))
    })
    .chain([
        trial("last_step::tells_of_a_deployer_who_makes_roles", || alone(makes_roles)),
        trial("last_step::tells_of_a_column_that_the_schema_file_does_not_know", || alone(unknown_column)),
        trial("last_step::tells_of_an_owner_that_can_act_as_the_lookup_role", || alone(acts_as_lookup)),
    ])
    .collect()
}

/// Each finding as a line, and whether the script fails for it.
fn lines(place: &mut Place, role: &str) -> Result<Vec<(String, bool)>, String> {
    lines_of(place, &compiled(role, "", str::to_owned))
}

fn lines_of(place: &mut Place, project: &Compiled) -> Result<Vec<(String, bool)>, String> {
    let (meaning, state) = (project.meaning.as_ref().ok_or("errors")?, project.state().ok_or("errors")?);
    let query = sql::findings(&meaning.model, &meaning.encoding, &state.objects);
    place.deployer.batch_execute("SET search_path = pg_catalog; SET jit = off").map_err(text)?;
    let rows = place.deployer.query(&query, &[]).map_err(text)?;
    let line = |row: &rowgate::db::Row| {
        let closes: Option<String> = row.get("closes");
        (
            format!(
                "{}: {}; close it: {}",
                row.get::<_, String>("what"),
                row.get::<_, String>("lets"),
                closes.unwrap_or_default()
            ),
            row.get("fails"),
        )
    };
    Ok(rows.iter().map(line).collect())
}

fn is_told(role: &str, statements: &str, told: &str) -> Result<(), String> {
    let mut place = Place::new(role)?;
    place.apply(&script(&compiled(role, "", str::to_owned), true)?)?;
    place.execute(statements)?;
    // A notice keeps nobody from applying.
    place.apply(&script(&compiled(role, "", str::to_owned), false)?)?;
    let (found, told) = (lines(&mut place, role)?, told.replace('@', role));
    let Some((line, false)) = found.iter().find(|(line, _)| line.starts_with(&told)) else {
        return Err(format!("expected `{told}`, found {found:?}"));
    };
    let closing = line.split_once("; close it: ").map(|(_, closing)| closing).ok_or("nothing closes it")?.to_owned();
    place.execute(&format!("RESET ROLE; {closing}").replace("REINDEX INDEX CONCURRENTLY", "REINDEX INDEX"))?;
    let found = lines(&mut place, role)?;
    if found.iter().any(|(line, _)| line.starts_with(&told)) { Err(format!("closed, and yet: {found:?}")) } else { Ok(()) }
}

/// Before version 16, that is the right to grant oneself every role.
fn makes_roles() -> Result<(), String> {
    let mut place = Place::new("lsn_roles")?;
    place.apply(&script(&compiled("lsn_roles", "", str::to_owned), true)?)?;
    let expected = place.version()? < 160_000;
    let found = lines(&mut place, "lsn_roles")?;
    let is_told = found.iter().any(|(line, fails)| line.starts_with(&format!("{DEPLOYER}: can act as every role")) && !fails);
    if is_told == expected { Ok(()) } else { Err(format!("{found:?}")) }
}

/// Where a grant is of fields, a new one is in none; where it is of the whole table, in all.
fn unknown_column() -> Result<(), String> {
    let mut place = Place::new("lsn_column")?;
    place.apply(&script(&compiled("lsn_column", "", str::to_owned), true)?)?;
    place.execute("ALTER TABLE items ADD salary integer; ALTER TABLE bans ADD reason text")?;
    place.apply(&script(&compiled("lsn_column", "", str::to_owned), false)?)?;
    let found = lines(&mut place, "lsn_column")?;
    let told: Vec<_> = found.iter().filter(|(line, _)| line.contains("is a column that the schema file does not know")).collect();
    let [(line, false)] = told[..] else { return Err(format!("{found:?}")) };
    if line.starts_with("public.items.salary: ") && line.contains(", and lsn_column may use it") {
        Ok(())
    } else {
        Err(line.clone())
    }
}

/// Who owns the tables can undo any policy; what only acts gives no more, and before version 16 a deployer may have no other way.
fn acts_as_lookup() -> Result<(), String> {
    let mut place = Place::new("lsn_acts")?;
    let by_option = place.version()? >= 160_000;
    let (given, back) = if by_option {
        ("GRANT \"@_lookup\" TO deployer WITH INHERIT FALSE, SET TRUE", "")
    } else {
        // Roles belong to the whole server.
        ("ALTER ROLE deployer NOINHERIT; GRANT \"@_lookup\" TO deployer", "ALTER ROLE deployer INHERIT")
    };
    place.apply(&script(&compiled("lsn_acts", "", str::to_owned), true)?)?;
    let told = place.execute(given).and_then(|()| {
        place.apply(&script(&compiled("lsn_acts", "", str::to_owned), false)?)?;
        lines(&mut place, "lsn_acts")
    });
    place.execute(back)?;
    let told = told?;
    let expected = "deployer: can act as lsn_acts_lookup, whom the policies show everything that is looked up; close it: ";
    if told.iter().any(|(line, fails)| line.starts_with(expected) && !fails) { Ok(()) } else { Err(format!("{told:?}")) }
}
