//! What `rowgate plan` and `apply` tell before anything is done to a database that exists: who loses what, and which rights are missing.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use rowgate::db;
use serde_json::Value;

use crate::cluster::{self, DEPLOYER};
use crate::commands::{edit, expect, rowgate};
use crate::deploying::Site;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("beforehand::whoever_loses_something_is_told", losses),
        trial("beforehand::who_may_not_act_as_the_application_is_told_what_lets_him", acting),
        trial("beforehand::what_stands_in_the_way_is_listed_with_its_way_out", obstacles),
        trial("beforehand::rights_that_are_missing_are_told_with_what_gives_them", missing_rights),
    ]
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: db::DatabaseError) -> String {
    db::describe_error(&error)
}

/// Roles of one test, made once for the whole server.
fn roles(site: &Site, prefix: &str, names: &[(&str, &str)]) -> Result<(), String> {
    let made: Vec<String> = names
        .iter()
        .map(|(name, how)| format!("IF to_regrole('{prefix}_{name}') IS NULL THEN CREATE ROLE {prefix}_{name} {how}; END IF;"))
        .collect();
    site.database.apply("postgres", &format!("DO $$ BEGIN {} END $$", made.join(" ")))
}

/// Rights at whole tables, or at all of their columns, of all roles of a test.
fn rights(site: &Site, prefix: &str) -> Result<BTreeSet<(String, String, String)>, String> {
    let query = "SELECT role.rolname::text, class.relname::text, privilege.name
        FROM pg_roles AS role, pg_class AS class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES']) AS privilege (name)
        WHERE role.rolname LIKE $1 AND class.relname IN ('docs', 'users', 'docs_id_seq') AND class.relkind = 'r'
          AND CASE WHEN privilege.name IN ('DELETE', 'TRUNCATE') THEN has_table_privilege(role.oid, class.oid, privilege.name) ELSE (
            SELECT bool_and(has_column_privilege(role.oid, class.oid, attnum, privilege.name)) FROM pg_attribute WHERE attrelid = class.oid AND attnum > 0) END";
    let rows = site.database.connect("postgres")?.query(query, &[&format!("{prefix}\\_%")]).map_err(failed)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Rows of a table that a role finds; none where it may not look.
fn rows_of(site: &Site, role: &str, table: &str) -> Result<usize, String> {
    let mut client = site.database.connect("postgres")?;
    client.batch_execute(&format!("SET ROLE {role}")).map_err(failed)?;
    Ok(client.query(&format!("SELECT FROM {table}"), &[]).map_or(0, |rows| rows.len()))
}

fn planned(site: &Site, more: &[&str]) -> Result<Value, String> {
    let (_, out, err) = site.run(&[&["plan", "--format", "json"], more].concat())?;
    serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))
}

fn texts<'a>(value: &'a Value, list: &str, keys: [&str; 3]) -> Vec<[&'a str; 3]> {
    let one = |one: &'a Value| keys.map(|key| one[key].as_str().unwrap_or_default());
    value[list].as_array().into_iter().flatten().map(one).collect()
}

/// Everything that anybody could do before and cannot do afterwards, found by asking the server, was told; and nothing else was.
fn losses() -> Result<(), String> {
    let site = Site::new("losing")?;
    let members = "LOGIN IN ROLE losing_group";
    roles(
        &site,
        "losing",
        &[
            ("user", "NOLOGIN"),
            ("web", "LOGIN IN ROLE losing_user"),
            ("group", "NOLOGIN"),
            ("analyst", members),
            ("reporter", "LOGIN"),
            ("backup", "LOGIN BYPASSRLS"),
            ("dump", "LOGIN IN ROLE pg_read_all_data"),
            ("auditor", "LOGIN"),
        ],
    )?;
    site.deployer(
        "GRANT SELECT ON docs TO PUBLIC; GRANT SELECT, INSERT, UPDATE, TRUNCATE, REFERENCES ON docs TO losing_user; GRANT SELECT ON users TO losing_group; \
         GRANT UPDATE (name) ON users TO losing_user; ALTER TABLE docs ENABLE ROW LEVEL SECURITY; GRANT INSERT ON docs TO losing_auditor; \
         CREATE POLICY old ON docs USING (true); GRANT SELECT ON docs TO losing_reporter, losing_web",
    )?;
    let before = rights(&site, "losing")?;
    let plan = planned(&site, &["--replace-policies"])?;
    let told = texts(&plan, "losses", ["role", "relation", "rights"]);
    let is_told = |role: &str, table: &str, right: &str| {
        told.iter().any(|[who, relation, rights]| {
            *who == role && *relation == format!("public.{table}") && rights.split(", ").any(|told| told.starts_with(right))
        })
    };
    let seen = |role: &str, table: &str| rows_of(&site, &format!("losing_{role}"), table);
    expect(seen("reporter", "docs")? == 3 && seen("analyst", "users")? == 2 && seen("backup", "docs")? == 3, "what is there")?;
    let (out, err) = site.ends(0, &["plan", "--replace-policies"])?;
    expect(err.contains("everybody had it (PUBLIC)") && err.contains("no rule is for the role"), &format!("{out}{err}"))?;
    let (_, err) = site.ends(0, &["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies"])?;
    // Who that is beside the first ten stands in the other format: other tests have roles on this server.
    expect(err.contains("lose SELECT on public.docs: everybody had it (PUBLIC)"), &err)?;
    let after = rights(&site, "losing")?;
    let gone: Vec<_> = before.difference(&after).collect();
    // Members are told by what they are members of.
    let of_members = ["losing_web"];
    for (role, table, right) in gone.iter().filter(|(role, ..)| !of_members.contains(&role.as_str())) {
        expect(is_told(role, table, right), &format!("{role} loses {right} on {table} and is not told: {told:?}"))?;
    }
    expect(gone.len() >= 6, &format!("too little is lost to say anything: {gone:?}"))?;
    // Who keeps the right and finds nothing is told, too; and what stays is not.
    for (role, table) in [("reporter", "docs"), ("group", "users")] {
        expect(is_told(&format!("losing_{role}"), table, "SELECT") && seen(role, table)? == 0, &format!("{role}: {told:?}"))?;
    }
    let owner = rows_of(&site, "deployer", "docs")?;
    expect(is_told("deployer", "docs", "SELECT") && owner == 0, &format!("the owner sees {owner} rows: {told:?}"))?;
    // By the rules, these find rows as soon as somebody is signed in.
    for of_application in ["losing_user", "losing_web"] {
        let is_lost = is_told(of_application, "docs", "SELECT") || is_told(of_application, "users", "SELECT");
        expect(!is_lost, &format!("{of_application}: {told:?}"))?;
    }
    expect(is_told("losing_auditor", "docs", "INSERT"), &format!("{told:?}"))?;
    // A list of all columns is no loss; one of some is.
    let is_lost = |right: &str| is_told("losing_user", "docs", right);
    expect(!is_lost("INSERT") && is_lost("UPDATE (all but title)"), &format!("{told:?}"))?;
    for [who, relation, rights] in &told {
        for right in rights.split(", ").filter(|right| !right.contains(['(', ')'])) {
            let table = relation.trim_start_matches("public.");
            let had = before.contains(&((*who).to_owned(), table.to_owned(), right.to_owned()));
            let has = after.contains(&((*who).to_owned(), table.to_owned(), right.to_owned()));
            expect(
                !who.starts_with("losing_") || had && (!has || seen(who.trim_start_matches("losing_"), table)? == 0),
                &format!("{who} {right} {table}"),
            )?;
        }
    }
    expect(!is_told("losing_dump", "docs", "SELECT"), &format!("pg_read_all_data reads all the same: {told:?}"))?;
    // Applied, nobody loses anything more.
    expect(texts(&planned(&site, &[])?, "losses", ["role", "relation", "rights"]).is_empty(), "nothing changes")
}

/// `rowgate as` by who deploys and may not act as the application: the statement that it names is enough, also where a membership is there that does not let.
fn acting() -> Result<(), String> {
    let site = Site::new("acting")?;
    roles(&site, "acting", &[("login", "LOGIN NOINHERIT")])?;
    site.ends(0, &["apply", "--yes"])?;
    let url = format!("host={} user=acting_login dbname={}", cluster::host()?, site.database.name());
    let look = || rowgate(&site.folder, &["as", "2", "--table", "docs", "--database-url", &url]);
    let given = |err: &str| err.split("let this one act so: ").nth(1).map(|statement| statement.trim().to_owned());
    let version: i32 = site
        .database
        .connect("postgres")?
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .map_err(failed)?
        .get(0);
    if version >= 160_000 {
        site.database.apply("postgres", "GRANT acting_user TO acting_login WITH SET FALSE")?;
    }
    let (code, out, err) = look()?;
    expect(
        code == 2 && err.contains("`acting_login` may not act as `acting_user`") && err.contains("connect as the login"),
        &format!("{out}{err}"),
    )?;
    let statement = given(&err).ok_or(err)?;
    site.database.apply("postgres", &statement)?;
    let (code, out, err) = look()?;
    expect(code == 0 && out.contains("of Ben, public") && !out.contains("of Ann"), &format!("{statement}: {out}{err}"))?;
    site.database.apply("postgres", "REVOKE acting_user FROM acting_login")
}

/// A login that may do nothing: the plan says what is missing, `apply` begins nothing, and what is said to give it is enough.
fn missing_rights() -> Result<(), String> {
    let site = Site::new("lacking")?;
    roles(&site, "lacking", &[("login", "LOGIN NOINHERIT")])?;
    edit(&site.folder, "rowgate.yaml", "lookup: { role: lacking_lookup }", "lookup: { role: lacking_lookup, schema: lacking }");
    edit(
        &site.folder,
        "docs.policy",
        "where Owner is Logged in User",
        "where any record of users where (Id is Logged in User and Name is \"Ann\")",
    );
    let url = format!("host={} user=lacking_login dbname={}", cluster::host()?, site.database.name());
    let run = |arguments: &[&str]| {
        let _roles = cluster::lock_roles();
        rowgate(&site.folder, &[arguments, &["--database-url", &url]].concat())
    };
    let (code, out, err) = run(&["plan"])?;
    expect(
        code == 1 && out.contains("missing right: public.docs, public.users: the owner is deployer"),
        &format!("{code} {out}{err}"),
    )?;
    let (code, out, err) = run(&["apply", "--yes", "--allow-widening"])?;
    expect(
        code == 2 && err.contains("rights are missing") && err.contains("GRANT deployer TO lacking_login"),
        &format!("{code} {out}{err}"),
    )?;
    let made =
        site.database.connect("postgres")?.query("SELECT FROM pg_namespace WHERE nspname = 'lacking'", &[]).map_err(failed)?;
    expect(made.is_empty(), "something was done")?;
    // Inheriting is what the owner's rights are had by.
    site.database.apply("postgres", "ALTER ROLE lacking_login INHERIT")?;
    let (_, out, _) = run(&["plan", "--format", "json"])?;
    let plan: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    let missing = texts(&plan, "missing_rights", ["what", "gives", ""]);
    expect(missing.len() == 4, &format!("{missing:?}"))?;
    // Whoever may make roles is told by every other deployment on the server: there is none meanwhile.
    let mut admin = site.database.connect("postgres")?;
    let _roles = cluster::lock_roles();
    for [_, gives, _] in &missing {
        admin.batch_execute(gives).map_err(failed)?;
    }
    let run = |arguments: &[&str]| rowgate(&site.folder, &[arguments, &["--database-url", &url]].concat());
    let planned = run(&["plan"]);
    let applied = run(&["apply", "--yes", "--allow-widening"]);
    admin.batch_execute("REVOKE deployer FROM lacking_login; ALTER ROLE lacking_login NOCREATEROLE").map_err(failed)?;
    let (code, out, err) = planned?;
    expect(code == 0 && !out.contains("missing right"), &format!("{code} {out}{err}"))?;
    let (code, out, err) = applied?;
    expect(code == 0 && site.seen_by(1)? == [1, 2, 3], &format!("{code} {out}{err}"))
}

/// The first plan lists what the last step would fail for, and following it is enough; what old policies call is not taken from them.
fn obstacles() -> Result<(), String> {
    let site = Site::new("obstructed")?;
    roles(&site, "obstructed", &[("user", "NOLOGIN"), ("web", "LOGIN IN ROLE obstructed_user")])?;
    let own = "owner_id = nullif(current_setting('app.user_id', true), '')::integer";
    site.deployer(&format!(
        "CREATE VIEW around AS SELECT * FROM docs; CREATE MATERIALIZED VIEW copied AS SELECT * FROM docs; GRANT SELECT ON around, copied TO obstructed_user; \
         CREATE SEQUENCE counter OWNED BY docs.id; CREATE SEQUENCE counting OWNED BY docs.owner_id; GRANT UPDATE ON SEQUENCE counter, counting TO obstructed_user; GRANT USAGE ON SCHEMA public TO PUBLIC; \
         CREATE FUNCTION may(doc integer) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS 'SELECT EXISTS (SELECT FROM docs WHERE id = doc AND public)'; \
         CREATE FUNCTION other() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS 'SELECT count(*) FROM docs'; \
         ALTER TABLE docs ENABLE ROW LEVEL SECURITY; GRANT SELECT ON docs TO obstructed_user; CREATE POLICY old ON docs USING ({own} OR may(id))"
    ))?;
    let (out, _) = site.ends(0, &["plan", "--replace-policies"])?;
    for piece in ["public.around", "public.copied", "public.counter", "public.other()"] {
        expect(out.contains(&format!("in the way: {piece}")), &format!("{piece}: {out}"))?;
    }
    // What only the old policy calls is closed with it; where that stays, the right cannot be taken.
    let is_closed = out.lines().any(|line| line.starts_with("+ privileges") && line.ends_with("public.may(integer)"));
    expect(is_closed && !out.contains("in the way: public.may"), &out)?;
    let (staying, _) = site.ends(0, &["plan"])?;
    let is_told =
        staying.contains("in the way: public.may(integer)") && staying.contains("the policy old on public.docs calls it");
    expect(is_told && !staying.contains("ON ROUTINE public.may"), &staying)?;
    expect(out.contains("way out: REVOKE UPDATE ON SEQUENCE public.counter, public.counting FROM obstructed_user"), &out)?;
    // Nothing is begun: somebody who reads the table goes on reading.
    let mut reader = site.database.connect(DEPLOYER)?;
    reader.batch_execute("BEGIN; SELECT FROM docs").map_err(failed)?;
    let apply = ["apply", "--yes", "--allow-widening", "--allow-destroy", "--replace-policies", "--tries", "1"];
    let (_, err) = site.ends(2, &apply)?;
    expect(err.contains("the policies would not hold") && err.contains("in the way: public.around"), &err)?;
    reader.batch_execute("COMMIT").map_err(failed)?;
    let plan = planned(&site, &["--replace-policies"])?;
    for [what, closes, _] in texts(&plan, "in_the_way", ["what", "closes", ""]) {
        expect(!closes.is_empty() && what != "public.may(integer)", &format!("{what}: {closes}"))?;
        if what != "public.other()" {
            site.deployer(closes)?;
        }
    }
    // What is closed so has broken nothing of what the old policies do.
    let mut web = site.database.connect("obstructed_web")?;
    let seen = web.query("SELECT FROM docs", &[]).map_err(failed)?.len();
    expect(seen == 1, &format!("{seen} rows by the old policy"))?;
    // What is to stay is accepted as the plan writes it; without a reason it is not.
    let (out, _) = site.ends(0, &["plan", "--replace-policies"])?;
    let block = out.split("between the quotes:\n").nth(1).ok_or(out.clone())?;
    let block: String = block.lines().take_while(|line| line.starts_with("  ")).map(|line| format!("{}\n", &line[2..])).collect();
    expect(block == "accepted:\n  functions:\n    public.other(): \"\"\n", &out)?;
    edit(&site.folder, "rowgate.yaml", "closed_tables:", &format!("{block}closed_tables:"));
    let (_, err) = site.ends(1, &["plan", "--replace-policies"])?;
    expect(err.contains("RG0215"), &err)?;
    edit(&site.folder, "rowgate.yaml", ": \"\"", ": answers about public documents");
    let (out, err) = site.ends(0, &["plan", "--replace-policies"])?;
    expect(!out.contains("in the way"), &format!("{out}{err}"))?;
    site.ends(0, &apply)?;
    Ok(())
}
