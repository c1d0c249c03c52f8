//! What is in force is another thing than the rules of the folder: nothing of what was applied is taken for somebody else's, whoever only looks is no cause, and whoever asks by the rules alone is
//! told that the database decides otherwise, and what the sessions that are asked about do not say.

use serde_json::Value;

use super::{CONFIG, Live, ROWS, RULES, SCHEMA, fails};
use crate::commands::{edit, expect, rowgate};

/// Applies the folder by the command, which records its texts.
fn apply(live: &Live) -> Result<(), String> {
    let all = ["apply", "--yes", "--repair", "--allow-widening", "--database-url", &live.url("postgres")?];
    let (code, out, err) = rowgate(&live.folder, &all)?;
    expect(code == 0, &format!("{out}{err}"))
}

/// Rules that were not applied: what was is named as that, and nothing that it made is to be taken away.
pub(super) fn rules_of_then() -> Result<(), String> {
    let live = Live::new("then")?;
    let question = ["why", "read", "plans", "1", "--as", "Ann"];
    let ask = |login: &str, wanted: &[&str]| -> Result<(), String> {
        let (code, out, err) = live.run(login, &question)?;
        let first = "cause    other rules are in force than those of the folder";
        let is_told = out.lines().nth(1).is_some_and(|line| line.starts_with(first));
        let is_left = !out.contains("stands among what is generated") && !out.contains("of these rules:");
        let has_all = wanted.iter().all(|text| out.contains(text));
        expect(code == 0 && is_told && is_left && has_all, &format!("{login}: {code}, and not {wanted:?}\n{out}{err}"))
    };
    // A file brought it there, whose texts nobody knows; and then texts are known.
    let changed = ("for Member of Team { allow read }", "for Authenticated { where Id is 3 allow read }");
    for is_known in [false, true] {
        if is_known {
            live.sql("DROP ROLE @_person")?;
            edit(&live.folder, "rules.policy", changed.1, changed.0);
            edit(&live.folder, "rules.policy", "less than 10", "less than 11");
            apply(&live)?;
        }
        edit(&live.folder, "rules.policy", changed.0, changed.1);
        let person = live.login("person", &["@", "@_eye"])?;
        for login in ["postgres", &person] {
            ask(login, &[])?;
        }
    }
    let person = format!("{}_person", live.prefix);
    // The last step of what was applied is asked, and tells what that did not make.
    live.sql(
        "CREATE FUNCTION rowgate.guest() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE POLICY old ON plans USING (true)",
    )?;
    for login in ["postgres", &person] {
        let (_, out, err) = live.run(login, &question)?;
        let is_told = out.contains("rowgate.guest()") && out.contains("cause    policy old on public.plans was added");
        expect(is_told && !out.contains("user_team_as_member"), &format!("{login}: {out}{err}"))?;
    }
    Ok(())
}

/// Who only inspects decides nothing; nor do rights at other tables, where something explains the answer.
pub(super) fn inspectors() -> Result<(), String> {
    let live = Live::new("inspectors")?;
    let person = live.login("person", &["@", "@_eye"])?;
    live.sql("CREATE POLICY old ON notes AS RESTRICTIVE TO @ USING (false); REVOKE SELECT ON tickets FROM @; GRANT SELECT (name) ON users TO @")?;
    for login in ["postgres", &person] {
        let (code, out, err) = live.run(login, &["why", "read", "notes", "1", "--as", "Ann"])?;
        let causes: Vec<&str> = out.lines().filter(|line| line.starts_with("cause")).collect();
        expect(code == 0 && causes == ["cause    policy old on public.notes was added"], &format!("{login}: {out}{err}"))?;
    }
    // A session of the application that may inspect reads everything.
    live.sql("DROP POLICY old ON notes; GRANT @_eye TO @")?;
    let (_, out, err) = live.run("postgres", &["why", "read", "notes", "3", "--as", "Ann"])?;
    let wanted = format!("cause    membership of {0} in {0}_eye was added", live.prefix);
    live.sql("REVOKE @_eye FROM @")?;
    expect(out.contains(&wanted), &format!("{out}{err}"))
}

/// What is of the rules and has no statement that makes it again, `apply` makes.
pub(super) fn mended() -> Result<(), String> {
    let live = Live::new("made_again")?;
    apply(&live)?;
    let question = ["read", "notes", "1", "--as", "Ann"];
    for change in ["ALTER POLICY rowgate_read_@ ON notes USING (false)", "DROP POLICY rowgate_read_@ ON notes"] {
        live.sql(change)?;
        let wanted =
            ["differs", "cause    policy rowgate_read_@ on public.notes", "mends    `rowgate apply --repair` makes it again"];
        live.tells(&question, &wanted)?;
        apply(&live)?;
        live.tells(&question, &["allowed  by the rules and by the database"])?;
    }
    Ok(())
}

/// What `who` and `report` say by the rules alone, on the rows of a database that decides otherwise.
pub(super) fn otherwise() -> Result<(), String> {
    let live = Live::new("otherwise")?;
    let eye = live.login("reader", &["@_eye"])?;
    let json = |arguments: &[&str]| -> Result<(Value, String), String> {
        let (code, out, err) = live.run(&eye, &[arguments, &["--format", "json"]].concat())?;
        expect(code == 0, &err)?;
        Ok((serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?, err))
    };
    let told = |wanted: Option<&str>| -> Result<(), String> {
        let is_it = |text: &str| wanted.map_or(text.is_empty(), |wanted| text.contains(wanted));
        let is_noted = |err: &str| wanted.map_or(!err.contains("note: "), |wanted| err.contains(wanted));
        for arguments in [&["who", "read", "notes", "3"][..], &["who", "--role", "Member"]] {
            let (all, err) = json(arguments)?;
            let notes = all["notes"].as_array().ok_or("no notes")?;
            let notes = notes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n");
            expect(is_it(&notes) && is_noted(&err), &format!("{arguments:?}, and not {wanted:?}: {all}{err}"))?;
        }
        let (all, err) = json(&["report"])?;
        let found = all["people"][0]["otherwise"].as_str().unwrap_or_default();
        expect(is_it(found) && is_noted(&err), &format!("report, and not {wanted:?}: {found}{err}"))?;
        let (_, page, _) = live.run(&eye, &["report"])?;
        expect(page.contains(">Not what is in force</span>") == wanted.is_some(), &format!("{wanted:?}: the page"))
    };
    // Who reads that came, and decides nothing.
    told(None)?;
    for (change, undo) in [
        ("ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "ALTER TABLE notes ENABLE ROW LEVEL SECURITY"),
        ("CREATE POLICY old ON notes USING (true)", "DROP POLICY old ON notes"),
    ] {
        live.sql(change)?;
        told(Some("the database decides otherwise than the rules of the folder: 1 difference from what was applied"))?;
        live.sql(undo)?;
    }
    let first = "where Owner equals Logged in User\n    allow read, update";
    edit(&live.folder, "rules.policy", first, "where Id is 3\n    allow read, update");
    told(Some("the database decides otherwise than the rules of the folder: "))?;
    told(Some(" not applied"))?;
    edit(&live.folder, "rules.policy", "where Id is 3\n    allow read, update", first);
    told(None)?;
    // What was applied is not known: whoever reads every row, and not the record.
    live.sql(
        "DROP ROLE IF EXISTS @_all; CREATE ROLE @_all LOGIN BYPASSRLS; GRANT SELECT ON ALL TABLES IN SCHEMA public TO @_all",
    )?;
    let (_, out, err) = live.run(&format!("{}_all", live.prefix), &["who", "read", "notes", "1"])?;
    live.sql("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM @_all; DROP ROLE @_all")?;
    expect(err.contains("what decides in the database is not known"), &format!("{out}{err}"))
}

/// A session of nobody's token: what rules ask of it is not taken for a no without a word.
pub(super) fn unsaid() -> Result<(), String> {
    let config = CONFIG
        .replace("setting: app.user_id,", "setting: app.user_id, claims: app.claims,")
        .replace("memberships:", "session: { Desk: { setting: app.desk } }\nmemberships:")
        .replace("equals: member }", "equals: member }, Billing: { claim: roles, equals: billing }");
    let rules = format!(
        "boundary \"Sessions end\" on notes {{ where Claim \"exp\" is after now }}\n{}table users {{ rule \"Desk\" for Authenticated {{ where Name equals Session's Desk allow read }} }}\n",
        RULES.replace("for Authenticated { allow read when Number", "for Billing { allow read when Number")
    );
    let live = Live::of("unsaid", [&config.replace("users: no, ", ""), SCHEMA, &rules, ROWS])?;
    let eye = live.login("reader", &["@_eye"])?;
    let claims = r#"{"exp": 4102444800, "roles": "billing"}"#;
    // What is asked, what it is without, and what is found with what the session says.
    for (question, lacks, said, wanted) in [
        (&["who", "read", "notes", "1"][..], "Claim \"exp\"", ["--claims", claims], "read notes 1: 1 of 3"),
        (&["who", "--role", "Billing"], "Claim \"roles\"", ["--claims", claims], "Billing: 2 holders"),
        (&["who", "read", "users", "1"], "Session's Desk", ["--session", "Desk=Ann"], "read users 1: 2 of 3"),
    ] {
        for place in [None, Some("--samples")] {
            let run = |more: &[&str]| {
                let arguments = [question, more].concat();
                match place {
                    None => live.run(&eye, &arguments),
                    Some(place) => rowgate(&live.folder, &[&arguments[..], &[place]].concat()),
                }
            };
            let (_, _, err) = run(&[])?;
            let is_told = err.contains(&format!("are told as without it: {lacks}\n")) && err.contains("`--claims` says");
            expect(is_told, &format!("{question:?} {place:?}: {err}"))?;
            let (_, out, _) = run(&["--format", "json"])?;
            let all: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))?;
            expect(all["notes"].to_string().contains(&lacks.replace('"', "\\\"")), &out)?;
            let (_, out, err) = run(&said)?;
            expect(
                out.starts_with(wanted) && !err.contains("told as without it"),
                &format!("{question:?} {place:?}: {out}{err}"),
            )?;
        }
    }
    // A question that has nothing to do with it.
    let (_, _, err) = live.run(&eye, &["who", "read", "tickets", "1"])?;
    expect(!err.contains("note: "), &err)?;
    let badge = "No session here has what rules ask for";
    let (_, page, err) = live.run(&eye, &["report"])?;
    let is_told = page.contains(badge) && page.contains("Claim &quot;exp&quot;") && err.contains("Claim \"exp\"");
    expect(is_told && !page.contains("Each session of somebody has"), &err)?;
    let (_, page, err) = live.run(&eye, &["report", "--claims", claims, "--session", "Desk=Ann"])?;
    let has = page.find("Each session of somebody has: ").map(|at| &page[at..(at + 200).min(page.len())]).unwrap_or_default();
    expect(!page.contains(badge) && has.contains("4102444800") && has.contains("Desk=Ann"), &format!("{has}{err}"))?;
    // The times of a token that is made up are nothing to tell.
    let (_, out, err) = live.run(&eye, &["report", "--claims", claims, "--format", "json"])?;
    let all: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
    let said = serde_json::json!(["a token with {\"exp\":4102444800,\"roles\":\"billing\"}"]);
    expect(all["people"][0]["said"] == said && all["people"][0]["unsaid"] == serde_json::json!(["Session's Desk"]), &out)
}

/// What was applied is read by whoever may act as the role of inspection, whether they inherit or not.
pub(super) fn compared() -> Result<(), String> {
    let live = Live::new("applied")?;
    edit(&live.folder, "rules.policy", "less than 10", "less than 11");
    apply(&live)?;
    edit(&live.folder, "rules.policy", "where Owner equals Logged in User\n    allow read, update, delete", "allow read, update");
    let eye = live.login("reader", &["@_eye"])?;
    let all = |login: &str| live.run(login, &["who", "--changes-applied"]);
    let (wanted, found) = (all("postgres")?, all(&eye)?);
    expect(wanted.0 == 0 && wanted.1.contains("lost    delete notes") && found.1 == wanted.1, &format!("{wanted:?}\n{found:?}"))?;
    let diff = |login: &str| rowgate(&live.folder, &["diff", "--applied-to", &live.url(login)?]);
    let (wanted, found) = (diff("postgres")?, diff(&eye)?);
    expect(wanted.0 == 0 && wanted.1.contains("notes") && found.1 == wanted.1, &format!("{wanted:?}\n{found:?}"))?;
    // Who may not read it is told so.
    let none = live.login("none", &[])?;
    fails("nobody's", diff(&none)?, &["permission denied", "by that of inspection"])
}
