//! What is wrong with a login by which a session is to act as a role: it is about the role that the asked session has, and the statement that is named lets the login be that.

use super::{CONFIG, Live, ROWS, RULES, SCHEMA, fails};
use crate::commands::expect;

pub(super) fn told() -> Result<(), String> {
    let live = Live::new("logins")?;
    let (none, gate) = (live.login("none", &[])?, live.login("gate", &["@"])?);
    let question = ["read", "notes", "1", "--as", "Ann", "--login"];
    let wanted =
        [format!("cause    `{none}` can act as no role of the application"), format!("mends    GRANT {} TO {none}", live.prefix)];
    live.tells(&[&question[..], &[&none]].concat(), &["allowed", &wanted[0], &wanted[1]])?;
    let wanted = format!("cause    `{gate}` inherits no role of the application");
    live.tells(&[&question[..], &[&gate]].concat(), &["allowed", &wanted])?;
    let unknown = live.run("postgres", &[&["why"], &question[..], &["lw_nowhere"]].concat())?;
    fails("a login that is not there", unknown, &["role \"lw_nowhere\" does not exist"])?;
    let missing = live.run("postgres", &[&["why"], &question[..], &["lw_nowhere"]].concat())?;
    fails("and what to do", missing, &["`lw_nowhere` was not looked at", "help: name the role that the application logs in as"])?;
    let asker = live.login("asker", &["@", "@_eye"])?;
    let refused = live.run(&asker, &[&["why"], &question[..], &[&gate]].concat())?;
    fails(
        "by who may not become it",
        refused,
        &["permission denied to set session authorization", "help: superusers can ask so"],
    )?;
    // By a login that reads everything, and may not act as the application.
    let eye = live.login("reader", &["@_eye"])?;
    let (_, out, err) = live.run(&eye, &["why", "read", "notes", "1", "--as", "Ann"])?;
    let wanted = format!("allowed  by the rules; the database was not asked: `{eye}` may not act as `{}`", live.prefix);
    if out.starts_with(&wanted) { Ok(()) } else { Err(format!("{out}{err}")) }
}

/// Two roles of sessions, and one that another application acts as.
const ROLES: [(&str, &str); 2] = [
    ("signed_in_role: @ }", "signed_in_role: @, anonymous_role: @_anon }"),
    ("equals: member }", "equals: member }, Agent: { database_role: @_agent }"),
];

pub(super) fn mended() -> Result<(), String> {
    let config = ROLES.iter().fold(CONFIG.to_owned(), |text, (from, to)| text.replace(from, to));
    let rules = format!("{RULES}table users {{ rule \"Agents\" for Agent {{ allow read }} }}\n");
    let live = Live::of("mended", [&config.replace("users: no, ", ""), SCHEMA, &rules, ROWS])?;
    let server: i32 = live
        .database
        .connect("postgres")?
        .query_one("SELECT current_setting('server_version_num')::int", &[])
        .map_err(|error| error.to_string())?
        .get(0);
    let (note, user) = (["read", "notes", "1"], ["read", "users", "1"]);
    let is_new = server >= 160_000;
    // What the login is, who asks what, and what is said and mends it; nothing where nothing is wrong.
    let mut all = vec![
        (
            "GRANT @_anon TO @_web",
            "Ann",
            note,
            "acts as `@_anon`, and may not act as `@`, which this session has",
            "GRANT @ TO @_web",
        ),
        (
            "GRANT @_agent, @ TO @_web",
            "anonymous",
            note,
            "acts as `@` and `@_agent`, and may not act as `@_anon`",
            "GRANT @_anon TO @_web",
        ),
        ("GRANT @_anon, @ TO @_web", "@_agent", user, "and may not act as `@_agent`", "GRANT @_agent TO @_web"),
        ("", "Ann", note, "can act as no role of the application, and so not as `@`", "GRANT @ TO @_web"),
        (
            "GRANT @ TO @_web; ALTER ROLE @_web NOLOGIN",
            "Ann",
            note,
            "`@_web` is a role that does not log in",
            "ALTER ROLE @_web LOGIN",
        ),
        (
            "GRANT @ TO @_web; ALTER ROLE @_web VALID UNTIL '2020-01-01'",
            "Ann",
            note,
            "the password of `@_web` is no longer valid",
            "ALTER ROLE @_web VALID UNTIL 'infinity'",
        ),
        ("GRANT @ TO @_web", "Ann", note, "", ""),
        ("GRANT @, @_anon TO @_web", "anonymous", note, "", ""),
    ];
    if is_new {
        let both = "WITH INHERIT FALSE, SET FALSE";
        all.push((
            "GRANT @ TO @_web WITH INHERIT FALSE, SET FALSE",
            "Ann",
            note,
            "is a member of `@` that may neither act as it nor has its rights",
            "GRANT @ TO @_web WITH SET TRUE",
        ));
        expect(all.iter().any(|(change, ..)| change.contains(both)), "no such membership")?;
    }
    for (change, who, question, says, mends) in all {
        live.sql("DROP ROLE IF EXISTS @_web; CREATE ROLE @_web LOGIN")?;
        live.sql(change)?;
        let [who, says, mends] = [who, says, mends].map(|text| text.replace('@', &live.prefix));
        let web = format!("{}_web", live.prefix);
        let ask = || live.run("postgres", &[&["why"], &question[..], &["--as", &who, "--login", &web]].concat());
        let (code, out, err) = ask()?;
        let is_told = match says.is_empty() {
            true => !out.contains("cause"),
            false => {
                out.lines().any(|line| line.starts_with("cause    ") && line.contains(&says))
                    && out.lines().any(|line| line == format!("mends    {mends}"))
            }
        };
        expect(code == 0 && is_told, &format!("{change}, as {who}: {code}, and not {says}, {mends}\n{out}{err}"))?;
        if !mends.is_empty() {
            live.sql(&mends)?;
            let (_, out, err) = ask()?;
            expect(!out.contains("cause"), &format!("{change}, as {who}, is not mended\n{out}{err}"))?;
        }
    }
    // Inherited is another than what the session is: it has to be said.
    live.sql("DROP ROLE @_web; CREATE ROLE @_group NOINHERIT; CREATE ROLE @_web LOGIN; GRANT @ TO @_group; GRANT @_anon, @_group TO @_web")?;
    let web = format!("{}_web", live.prefix);
    let (_, out, err) = live.run("postgres", &[&["why"], &note[..], &["--as", "Ann", "--login", &web]].concat())?;
    let wanted = [
        "cause    `@_web` inherits `@_anon`, and not `@`: a session has to say that it acts as it",
        "mends    begin each transaction of somebody like this with SET LOCAL ROLE @",
    ];
    let is_told = wanted.iter().all(|line| out.contains(&line.replace('@', &live.prefix)));
    live.sql("DROP ROLE @_web; DROP ROLE @_group")?;
    expect(is_told || is_new, &format!("{out}{err}"))
}
