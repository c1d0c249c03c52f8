//! What somebody would do with one record: by the rules on samples, by the statement itself in a database, which keeps nothing of it; and what is lacking is enough.

use serde_json::{Value, json};

use super::{Live, lab};
use crate::commands::{expect, rowgate};

/// Each way that is named, taken, allows it: the rows of the test files are changed so.
pub(super) fn enough() -> Result<(), String> {
    let live = lab::live("enough")?;
    let why = |more: &[&str]| -> Result<Vec<String>, String> {
        let (code, out, err) = rowgate(&live.folder, &[&["why"], more, &["--samples"]].concat())?;
        expect(code == 0, &format!("{out}{err}"))?;
        Ok(out.lines().map(str::to_owned).collect())
    };
    // The question, its first lines, and the same question with what they name.
    for (who, question, wanted, then) in [
        (
            "Ann",
            "update orders 1 lab_id=2",
            "lacks    \"Own orders\" allows update (lab_id) when Lab is one of User's Lab (Lab is 2, User's Lab is [1])",
            "update orders 1 lab_id=1",
        ),
        (
            "Ann",
            "update orders 1 state=draft",
            "lacks    \"Own orders\" allows update (state) when State is \"new\" then State is \"sent\" (State is draft)",
            "update orders 1 state=sent",
        ),
        (
            "Ann",
            "update orders 1 lab_id=2 state=draft",
            "lacks    \"Own orders\" allows update (lab_id) when Lab is one of User's Lab (Lab is 2, User's Lab is [1]) and \"Own orders\" allows update (state) when State is \"new\" then State is \"sent\" (State is draft)",
            "update orders 1 lab_id=1 state=sent",
        ),
        (
            "Ann",
            "update orders 2 state=new",
            "lacks    \"Own orders\" where Owner equals Logged in User (Owner is 2, Logged in User is 1) and as it is, State is \"new\" (State is sent) and State is \"sent\" (State is new)",
            "update orders 1 state=sent",
        ),
        (
            "Ann",
            "create orders - id=9 lab_id=1 owner_id=2",
            "lacks    \"Own orders\" where Owner equals Logged in User (Owner is 2, Logged in User is 1)",
            "create orders - id=9 lab_id=1 owner_id=1",
        ),
        (
            "Bob",
            "create samples - lab_id=2 name=X",
            "lacks    the session holds Tech of Lab (Lab is 2)",
            "create samples - lab_id=1 name=X",
        ),
        (
            "Bob",
            "create samples - lab_id=2 result=X",
            "lacks    the session holds Tech of Lab (Lab is 2) and a rule allows create (result)",
            "create samples - lab_id=1",
        ),
        ("Ann", "update orders 1 made_at=2026-01-01", "lacks    a rule allows update (made_at)", "update orders 1 state=sent"),
    ] {
        let ask = |question: &str| {
            let words: Vec<&str> = question.split(' ').collect();
            let set: Vec<&str> = words[3..].iter().flat_map(|pair| ["--set", pair]).collect();
            why(&[&words[..3], &set, &["--as", who]].concat())
        };
        let lines = ask(question)?;
        expect(lines.first().is_some_and(|line| line == wanted), &format!("{question}: {lines:#?}\nand not {wanted}"))?;
        let lines = ask(then)?;
        expect(lines.first().is_some_and(|line| line.starts_with("yes ")), &format!("{then}: {lines:#?}"))?;
    }
    Ok(())
}

fn told(live: &Live, place: &[&str], words: &str) -> Result<(i32, String, String), String> {
    let words: Vec<&str> = words.split(' ').collect();
    rowgate(&live.folder, &[&["as"], &words[..], place].concat())
}

fn shown(live: &Live, place: &[&str], words: &str, code: i32, wanted: &[&str]) -> Result<(), String> {
    let (found, out, err) = told(live, place, words)?;
    let lines: Vec<String> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let is_told = lines.iter().map(String::as_str).eq(wanted.iter().copied());
    expect(found == code && is_told, &format!("{words}: {found}\n{out}{err}\nand not {wanted:#?}"))
}

const DENIED: &str =
    "create orders denied: lacks \"Own orders\" where Owner equals Logged in User (Owner is 2, Logged in User is 1)";

pub(super) fn in_samples() -> Result<(), String> {
    let live = lab::live("would_samples")?;
    let place = ["--samples"];
    let columns = "id lab_id owner_id taken_by state made_at";
    shown(
        &live,
        &place,
        "Ann update orders 1 --set state=sent",
        0,
        &["update orders 1 allowed", columns, "1 1 1 sent", "gives state"],
    )?;
    shown(
        &live,
        &place,
        "Ann update orders 1",
        0,
        &["update orders 1 allowed", columns, "1 1 1 new", "may change lab_id, state"],
    )?;
    shown(&live, &place, "Ann delete orders 1", 0, &["delete orders 1 allowed", columns, "1 1 1 new", "it is gone then"])?;
    shown(
        &live,
        &place,
        "Ann update orders 1 --set lab_id=2",
        1,
        &[
            "update orders 1 denied: lacks \"Own orders\" allows update (lab_id) when Lab is one of User's Lab (Lab is 2, User's Lab is [1])",
            "why: rowgate why update orders 1 --as Ann --set lab_id=2",
        ],
    )?;
    shown(
        &live,
        &place,
        "Ann create orders --set id=9 --set owner_id=2 --set lab_id=1",
        1,
        &[DENIED, "why: rowgate why create orders - --as Ann --set id=9 --set owner_id=2 --set lab_id=1"],
    )?;
    // Fields that they do not see are dots, and what the rules fill in is told.
    let made = [
        "create samples allowed",
        "id lab_id owner_id name result",
        "(default) 1 2 New ·",
        "gives lab_id, name",
        "the database fills in owner_id with Logged in User",
    ];
    shown(&live, &place, "Bob create samples --set lab_id=1 --set name=New", 0, &made)?;
    // A key that is there, and a reference to nothing.
    for words in [
        "Ann create orders --set id=1 --set owner_id=1 --set lab_id=1",
        "Ann create samples --set lab_id=1 --set name=x --set id=1",
    ] {
        let (code, out, err) = told(&live, &place, words)?;
        expect(code == 1 && !out.contains("allowed\n"), &format!("{words}: {out}{err}"))?;
    }
    for (words, wanted) in [
        ("Ann read orders 1", "there are create, update and delete"),
        ("Ann update orders", "the record's key is needed"),
        ("Ann update", "the record's table is needed"),
        ("Ann --set id=1", "`--set` says what a record is to have"),
        ("Ann update orders 1 --table orders", "is told by itself"),
        ("Ann delete orders 1 --set id=2", "`delete` sets nothing"),
        ("Ann update order 1", "did you mean `orders`?"),
        ("Ann update orders 99", "no test file has a record of `orders` with the key `99`"),
        ("Ann update orders 1 --set lab_ix=2", "did you mean `lab_id`?"),
    ] {
        let (code, out, err) = told(&live, &place, words)?;
        expect(code == 2 && err.contains(wanted), &format!("{words}: {code}\n{out}{err}\nand not {wanted}"))?;
    }
    // A folder stands behind.
    let folder = live.folder.to_string_lossy().into_owned();
    let elsewhere = rowgate(std::path::Path::new("/"), &["as", "Ann", "delete", "orders", "1", &folder, "--samples"])?;
    expect(elsewhere.0 == 0 && elsewhere.1.starts_with("delete orders 1  allowed"), &format!("{elsewhere:?}"))
}

pub(super) fn in_database() -> Result<(), String> {
    let live = lab::live("would_live")?;
    let (eye, gate) = (live.login("reader", &["@", "@_eye"])?, live.login("gate", &["@"])?);
    live.sql("SELECT setval(pg_get_serial_sequence('samples', 'id'), 10)")?;
    let state = "SELECT (SELECT jsonb_agg(o ORDER BY id) FROM orders AS o)::text || (SELECT jsonb_agg(s ORDER BY id) FROM samples AS s)::text";
    let mut client = live.database.connect("postgres")?;
    let mut read = || client.query_one(state, &[]).map(|row| row.get::<_, String>(0)).map_err(|error| error.to_string());
    let before = read()?;
    for login in ["postgres", &eye, &gate] {
        let url = live.url(login)?;
        let place = ["--database-url", &*url];
        let is_reader = login != gate;
        for (words, says, ends) in [
            ("Ann update orders 1 --set state=sent", "update orders 1  allowed\n", "  gives state\n"),
            ("Ann delete orders 1", "delete orders 1  allowed\n", "  it is gone then\n"),
        ] {
            let (code, out, err) = told(&live, &place, words)?;
            let is_shown = out.starts_with(says) && out.contains("owner_id") && out.ends_with(ends);
            expect(code == 0 && is_shown && out.contains("sent") == words.contains("sent"), &format!("{out}{err}"))?;
        }
        let words = "Ann create orders --set id=9 --set owner_id=2 --set lab_id=1";
        let ask = "why: rowgate why create orders - --as Ann --set id=9 --set owner_id=2 --set lab_id=1";
        let by_server = "create orders denied: new row violates row-level security policy for table \"orders\" (42501)";
        shown(&live, &place, words, 1, &[if is_reader { DENIED } else { by_server }, ask])?;
        let (_, out, err) = told(&live, &place, "Ann create orders --set id=9 --set owner_id=1 --set lab_id=1 --format json")?;
        let json: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
        let row = &json[0]["rows"][0]["values"];
        let fills_in = json!({ "kind": "fills_in", "values": { "made_at": "now" } });
        let is_told = json[0]["answer"] == "allowed" && row["id"] == "9" && row["state"] == "new" && row["made_at"].is_string();
        expect(is_told && json[0]["remarks"].as_array().is_some_and(|all| all.contains(&fills_in)), &out)?;
        // A key that the database makes, and a field that is hidden.
        let (code, out, err) = told(&live, &place, "Bob create samples --set lab_id=1 --set name=New")?;
        let hidden = out.contains('·');
        expect(code == 0 && out.contains("New") && hidden == is_reader, &format!("{login}: {out}{err}"))?;
        // What a constraint refuses, the rules allow.
        let (code, out, err) = told(&live, &place, "Ann create orders --set id=1 --set owner_id=1 --set lab_id=1")?;
        let is_told =
            out.contains("not done: a constraint refuses it: duplicate key") && out.contains("the rules allow it") == is_reader;
        expect(code == 1 && is_told, &format!("{login}: {out}{err}"))?;
        // How to be told more is said where less is told.
        let (_, _, err) = told(&live, &place, "Ann update orders 2")?;
        expect(err.contains("GRANT lw_would_live_eye TO") != is_reader, &err)?;
    }
    let url = live.url(&eye)?;
    live.sql("CREATE POLICY closed ON orders AS RESTRICTIVE TO @ USING (false)")?;
    shown(
        &live,
        &["--database-url", &url],
        "Ann delete orders 1",
        1,
        &[
            "delete orders 1 denied: there is no such record for them",
            "differs: the rules allow it",
            "why: rowgate why delete orders 1 --as Ann",
        ],
    )?;
    live.sql("DROP POLICY closed ON orders")?;
    expect(read()? == before, "something is left")
}

/// The tables of somebody in a database: with their roles, and what may be done, where somebody sees every row.
pub(super) fn held() -> Result<(), String> {
    let live = lab::live("held")?;
    let (eye, gate) = (live.login("reader", &["@", "@_eye"])?, live.login("gate", &["@"])?);
    let row = "  1   1       2         Blood  ";
    for login in ["postgres", &eye] {
        let (code, out, err) = live.run(login, &["as", "Bob", "--table", "samples"])?;
        for wanted in [
            "Bob  holds Authenticated, Tech of Lab 1\n\nsamples  1 row\n",
            &format!("{row}·       read, update (lab_id, name)\n"),
            "  may create (lab_id, name) as Tech when Lab is where the role is held, which sets Owner to Logged in User\n",
        ] {
            expect(code == 0 && out.contains(wanted), &format!("{login}, not {wanted:?}: {out}{err}"))?;
        }
    }
    let (code, out, err) = live.run(&gate, &["as", "Bob", "--table", "samples"])?;
    let is_plain = out.starts_with("samples  1 row\n") && out.contains("read from shown.samples") && !out.contains("may ");
    let is_helped = err.contains("which roles Bob holds, and what may be done with each row, is not told")
        && err.contains("GRANT lw_held_eye TO lw_held_gate");
    expect(code == 0 && is_plain && is_helped && err.matches("note: ").count() == 1, &format!("{out}{err}"))?;
    // What no rule shows them.
    live.sql("CREATE POLICY open ON orders FOR SELECT USING (true)")?;
    let (_, out, err) = live.run(&eye, &["as", "Bob", "--table", "orders", "--format", "json"])?;
    let json: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))?;
    let beyond = json!({ "kind": "beyond", "number": 1, "ask": "rowgate why read orders 1 --as Bob" });
    let may: Vec<bool> = json[1]["rows"].as_array().into_iter().flatten().map(|row| row["may"] == json!([])).collect();
    let is_told = json[0]["kind"] == "actor" && json[1]["remarks"].as_array().is_some_and(|all| all.contains(&beyond));
    expect(is_told && may == [true, false], &out)
}
