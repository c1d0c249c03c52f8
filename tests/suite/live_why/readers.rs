//! Who may read every row to tell why: nobody who is not let, no session of the application without its being found, and never less than all of it.

use rowgate::db;
use rowgate::objects::Check;

use super::{Live, fails};
use crate::commands::{edit, rowgate};
use crate::{cluster, project};

pub(super) fn readers() -> Result<(), String> {
    let live = Live::new("readers")?;
    let (outsider, app) = (live.login("outsider", &[])?, live.login("app", &["@"])?);
    let question = ["why", "read", "notes", "1", "--as", "Ann"];
    for login in [&outsider, &app] {
        let wanted =
            [format!("`{login}` sees only the rows that policies show it"), format!("GRANT {}_eye TO {login}", live.prefix)];
        fails(login, live.run(login, &question)?, &[&wanted[0], &wanted[1]])?;
        fails(login, live.run(login, &["who", "read", "notes", "1"])?, &[&wanted[0], &wanted[1]])?;
    }
    live.sql(&format!("GRANT @_eye TO {app}"))?;
    let (code, out, err) = live.run(&app, &question)?;
    if code != 0 || !out.starts_with("allowed  by the rules and by the database\n") {
        return Err(format!("{code}\n{out}{err}"));
    }
    // A project without such a role.
    edit(&live.folder, "rowgate.yaml", &format!("lookup: {{ inspection_role: {}_eye }}\n", live.prefix), "");
    fails(
        "no role",
        live.run(&app, &question)?,
        &["sees only the rows that policies show it", "help: name a role that sees every row in rowgate.yaml"],
    )
}

/// A row that is kept from the role of inspection is no row that is not there.
pub(super) fn narrowed() -> Result<(), String> {
    let live = Live::new("narrowed")?;
    let eye = live.login("reader", &["@_eye"])?;
    for (change, undo, why, verified) in [
        (
            "CREATE POLICY old ON members AS RESTRICTIVE USING (false)",
            "DROP POLICY old ON members",
            "the policy old takes rows away",
            "policy old on public.members was added",
        ),
        (
            "ALTER POLICY rowgate_inspection ON members USING (id > 1)",
            "ALTER POLICY rowgate_inspection ON members USING (true)",
            "no policy shows it all of them",
            "policy rowgate_inspection on public.members was altered",
        ),
    ] {
        live.sql(change)?;
        let wanted = format!("does not see every row of `members`: {why}");
        fails(change, live.run(&eye, &["why", "read", "plans", "1", "--as", "Ann"])?, &[&wanted, "help: `rowgate verify`"])?;
        // Whoever verifies is told.
        let (code, out, err) = live.run("postgres", &["verify"])?;
        if code != 1 || !out.contains(verified) {
            return Err(format!("{change}: {code}\n{out}{err}"));
        }
        // Of what has nothing to do with it, it is told.
        let (code, out, err) = live.run(&eye, &["why", "read", "notes", "1", "--as", "Ann"])?;
        if code != 0 {
            return Err(format!("{out}{err}"));
        }
        live.sql(undo)?;
    }
    Ok(())
}

pub(super) fn members() -> Result<(), String> {
    let live = Live::new("members")?;
    let (app, person) = (live.login("app", &["@"])?, live.login("person", &[])?);
    let found = |what: &str| -> Result<Vec<bool>, String> {
        let state = project::compile(&live.folder)?.state().ok_or("there is no state")?;
        let Some(Check::Findings(query)) = &state.check else { return Err("nothing is asked".to_owned()) };
        let mut client = live.database.connect(cluster::DEPLOYER)?;
        let all = db::ask_last_step(&mut client, query).map_err(|error| error.to_string())?;
        let eye = format!("{}_eye", live.prefix);
        Ok(all.iter().filter(|one| one.what == what && one.lets.contains(&eye)).map(|one| one.fails).collect())
    };
    let mut cases = vec![
        ("GRANT @_eye TO @", "REVOKE @_eye FROM @", live.prefix.as_str(), &[true][..]),
        ("GRANT @_eye TO @_app", "REVOKE @_eye FROM @_app", &app, &[true]),
        ("GRANT @_eye TO @_person; GRANT @_person TO @", "REVOKE @_person FROM @; REVOKE @_eye FROM @_person", &person, &[true]),
        ("GRANT @_eye TO @_app WITH ADMIN OPTION", "REVOKE @_eye FROM @_app", &app, &[true]),
        // Somebody who is there to ask.
        ("GRANT @_eye TO @_person", "REVOKE @_eye FROM @_person", &person, &[false]),
    ];
    let version = live.database.connect("postgres")?.query_one("SELECT current_setting('server_version_num')::int", &[]);
    if version.map_err(|error| error.to_string())?.get::<_, i32>(0) >= 160_000 {
        for grant in [
            "GRANT @_eye TO @_app WITH SET TRUE, INHERIT FALSE",
            "GRANT @_eye TO @_app WITH SET FALSE, INHERIT TRUE",
            "GRANT @_eye TO @_app WITH ADMIN TRUE, SET FALSE, INHERIT FALSE",
        ] {
            cases.push((grant, "REVOKE @_eye FROM @_app", &app, &[true]));
        }
    }
    for (change, undo, who, wanted) in cases {
        live.sql(change)?;
        let told = found(who)?;
        live.sql(undo)?;
        if told != wanted || !found(who)?.is_empty() {
            return Err(format!("{change}: {told:?} and not {wanted:?}"));
        }
    }
    Ok(())
}

/// A database that has the rules gets the role, and loses what it was given.
pub(super) fn comes_and_goes() -> Result<(), String> {
    let live = Live::new("comes")?;
    let eye = live.login("reader", &["@_eye"])?;
    let (key, question) =
        (format!("lookup: {{ inspection_role: {}_eye }}\n", live.prefix), ["why", "read", "plans", "1", "--as", "Bob"]);
    let apply = || -> Result<(), String> {
        let _guard = cluster::lock_roles();
        match live.run(cluster::DEPLOYER, &["apply", "--yes", "--allow-widening", "--repair"])? {
            (0, ..) => Ok(()),
            (code, out, err) => Err(format!("{code}\n{out}{err}")),
        }
    };
    edit(&live.folder, "rowgate.yaml", &key, "");
    apply()?;
    let left = "SELECT count(*) FROM pg_policy WHERE polname = 'rowgate_inspection'";
    let mut client = live.database.connect("postgres")?;
    let policies: i64 = client.query_one(left, &[]).map_err(|error| error.to_string())?.get(0);
    let role = format!("{}_eye", live.prefix);
    let query = "SELECT has_table_privilege($1::text::name, 'plans', 'SELECT')";
    let reads: bool = client.query_one(query, &[&role]).map_err(|error| error.to_string())?.get(0);
    if policies != 0 || reads {
        return Err(format!("{policies} policies are left, and it reads: {reads}"));
    }
    edit(&live.folder, "rowgate.yaml", "memberships:", &format!("{key}memberships:"));
    apply()?;
    let (code, out, err) = live.run(&eye, &question)?;
    if code == 0 && out.contains("lacks    the session holds Member of Team (Team is 7)") {
        Ok(())
    } else {
        Err(format!("{code}\n{out}{err}"))
    }
}

/// Whoever has another of the roles would read everything.
pub(super) fn of_its_own() -> Result<(), String> {
    let live = Live::new("own")?;
    let role = format!("{}_eye", live.prefix);
    for (other, wanted) in [
        (live.prefix.as_str(), "has other uses, and whoever has it could read every row"),
        ("rowgate_lookup", "the lookup role reads what no application role may read"),
        ("public", "PUBLIC is every role of the server"),
    ] {
        edit(&live.folder, "rowgate.yaml", &format!("inspection_role: {role}"), &format!("inspection_role: {other}"));
        let (code, out, err) = rowgate(&live.folder, &["check"])?;
        edit(&live.folder, "rowgate.yaml", &format!("inspection_role: {other}"), &format!("inspection_role: {role}"));
        if code != 1 || !err.contains(wanted) {
            return Err(format!("{other}: {code}\n{out}{err}"));
        }
    }
    Ok(())
}

/// Whoever inspects is told that nobody has an identity, as a superuser is; and of several statements in one, what to do.
pub(super) fn strangers() -> Result<(), String> {
    let live = Live::new("strangers")?;
    let inspector = live.login("inspector", &["@_eye", "@"])?;
    for login in ["postgres", &inspector] {
        let (_, out, err) = live.run(login, &["as", "999", "--table", "notes"])?;
        if !err.contains("the id `999`: somebody signed in without one") {
            return Err(format!("{login}: {out}{err}"));
        }
        let url = format!("host={} user={login} dbname={}", cluster::host()?, live.database.name());
        let asked = ["report", "--format", "json", "--database-url", &url, "--only", "999"];
        let (code, out, err) = crate::commands::rowgate(&live.folder, &asked)?;
        if code != 0 || !err.contains("the id `999`: somebody signed in without one") {
            return Err(format!("{login}: {out}{err}"));
        }
    }
    let (code, out, err) = live.run("postgres", &["as", "Ann", "--sql", "select 1; select 1"])?;
    if code == 1 && out.contains("more than one statement") { Ok(()) } else { Err(format!("{code}: {out}{err}")) }
}
