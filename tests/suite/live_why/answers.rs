//! What is answered: the same as of a test file and by the server, for people and for programs, and nothing where that would take too much.

use rowgate::access::evaluate::{Evaluator, Reason};
use rowgate::db::{self, Deed, Tried, Viewer};
use rowgate::model::Operation;
use rowgate::scenario::{self, Actor};
use serde_json::Value;

use super::{Live, deploy, fails};
use crate::commands::{edit, expect, files, rowgate, write};
use crate::pages::temporary;
use crate::{cluster, project, root};

/// Truths and texts; what is compared is not the same where the test file leaves it to the database.
fn outline(reason: &Reason) -> String {
    let parts: Vec<String> = reason.parts.iter().map(outline).collect();
    format!("{:?} {} [{}]", reason.truth, reason.text, parts.join(", "))
}

/// Every user, row and operation of two examples, read by a login that is a member of the role of inspection; and what the server does as the user.
pub(super) fn agrees() -> Result<(), String> {
    for (example, least) in [("team_rbac", 1000), ("real_estate", 500)] {
        let folder = temporary(&format!("live_{example}"))?;
        files(&root().join("policies").join(example)).into_iter().for_each(|(name, text)| write(&folder, &name, text));
        let (eye, login) = (format!("lw_{example}_eye"), format!("lw_{example}_login"));
        edit(&folder, "rowgate.yaml", "version: 1\n", &format!("version: 1\nlookup: {{ inspection_role: {eye} }}\n"));
        let database = deploy(&folder)?;
        database.apply("postgres", &format!("DROP ROLE IF EXISTS {login}; CREATE ROLE {login} LOGIN; GRANT {eye} TO {login}"))?;
        let compiled = project::compile(&folder)?;
        let model = project::model(&compiled)?;
        let files = compiled.scenarios().0;
        let scenarios = &files.first().ok_or("no rows")?.1;
        let (mut reader, mut asker) = (database.connect(&login)?, database.connect("postgres")?);
        let rows = db::look(&mut reader, model).map_err(|error| error.to_string())?;
        let now = rows.now();
        let data = scenario::data(model, scenarios, now).map_err(|error| error.to_string())?;
        let (mut compared, mut allowed, mut masked) = (0, 0, 0);
        let users = scenarios.users.values().map(|identity| Actor::signed_in(identity.clone()));
        for actor in users.chain([Actor::nobody()]) {
            let session = scenario::session(model, &actor, now).map_err(|error| error.to_string())?;
            let viewer = Viewer { model, actor: &actor, sign_in: None };
            for &table in scenarios.rows.keys().filter(|table| model.tables.contains_key(table)) {
                let entry = model.catalog.table(table);
                for row in data.rows(table) {
                    let key: Vec<_> = entry.primary_key.iter().map(|&column| (column, row[column as usize].clone())).collect();
                    let there = rows.by_key(table, &key).ok_or_else(|| format!("{} {key:?} is not found", entry.name))?;
                    for operation in [Operation::Read, Operation::Update, Operation::Delete] {
                        let wanted = Evaluator::new(model, &data, &session).why(table, operation, row);
                        let found = Evaluator::new(model, &rows, &session).why(table, operation, there);
                        if outline(&wanted) != outline(&found) {
                            return Err(format!("{example} {} {key:?}: {found:#?}\nand not {wanted:#?}", entry.name));
                        }
                        compared += 1;
                        let evaluator = Evaluator::new(model, &rows, &session);
                        let read =
                            if operation == Operation::Read { evaluator.read_fields(table, there) } else { Default::default() };
                        let name = |field: u32| entry.columns[field as usize].name.clone();
                        let fields: Vec<String> = read.iter().map(|&field| name(field)).collect();
                        let all = (0u32..).take(entry.columns.len());
                        let hidden = all.filter(|field| !read.is_empty() && !read.contains(field)).map(name).collect();
                        let record = rows.written(table, there);
                        let deed = Deed { table, operation, record, fields, hidden, set: Default::default() };
                        let places = viewer.try_deed(&mut asker, &deed).map_err(|error| db::describe_error(&error))?;
                        allowed += usize::from(places.iter().any(|place| place.tried == Tried::Allowed));
                        masked += usize::from(places.len() > 1);
                        // Through a masking view and below it.
                        for place in places {
                            let is_allowed = place.tried == Tried::Allowed;
                            let is_told = !matches!(place.tried, Tried::Untold(_));
                            if is_told && is_allowed != (found.truth == Some(true)) || !place.beyond.is_empty() {
                                let what = operation.word();
                                return Err(format!("{example} {what} {} {key:?}: {place:?}, {found:#?}", entry.name));
                            }
                        }
                    }
                }
            }
        }
        rows.finish().map_err(|error| error.to_string())?;
        if compared < least || allowed < least / 20 || (masked == 0) == model.masking.is_some() {
            return Err(format!("{example}: only {compared} compared, {allowed} allowed"));
        }
    }
    Ok(())
}

pub(super) fn who() -> Result<(), String> {
    let live = Live::new("who")?;
    let eye = live.login("reader", &["@_eye"])?;
    for question in [["read", "plans", "1"], ["update", "notes", "3"], ["read", "tickets", "3"]] {
        let names = |json: &Value| {
            let can = json["can"].as_array().cloned().unwrap_or_default();
            can.iter().map(|one| one["through"].to_string()).collect::<Vec<_>>()
        };
        let of = |out: &str| serde_json::from_str::<Value>(out).map_err(|error| format!("{error}: {out}"));
        let all = [&["who"], &question[..], &["--format", "json"]].concat();
        let (_, in_samples, _) = rowgate(&live.folder, &all)?;
        let (_, in_database, err) = live.run(&eye, &all)?;
        let (wanted, found) = (names(&of(&in_samples)?), names(&of(&in_database).map_err(|error| error + &err)?));
        if wanted != found || wanted.is_empty() {
            return Err(format!("{question:?}: {found:?} and not {wanted:?}"));
        }
    }
    let holders = |login: &str| live.run(login, &["who", "--role", "Member", "--samples"]);
    let (_, out, err) = live.run(&eye, &["who", "--role", "Member"])?;
    if out != "Member: 1 holder\n  1  Member of Team 7\n" || !holders(&eye)?.1.contains("  Ann  Member of Team 7") {
        return Err(format!("{out}{err}"));
    }
    let (code, out, err) = live.run(&eye, &["who", "read", "notes", "1", "--users", "1"])?;
    let is_cut = out == "read notes 1: 1 of 2\n  1  Authenticated  \"Own notes\"\nnot nobody\n";
    if code == 0 && is_cut && err.contains("only 1 user is asked about") { Ok(()) } else { Err(format!("{code}\n{out}{err}")) }
}

/// Whom an identity belongs to, where the project says which column knows it.
pub(super) fn named() -> Result<(), String> {
    let live = Live::new("named")?;
    let eye = live.login("reader", &["@_eye"])?;
    edit(&live.folder, "rowgate.yaml", "user_table: users", "user_table: users, user_name: name");
    let told = |arguments: &[&str], wanted: &str| {
        let (_, out, err) = live.run(&eye, arguments)?;
        expect(out.contains(wanted), &format!("{arguments:?}: {out}{err}"))
    };
    told(&["who", "--role", "Member"], "  1 (Ann)  Member of Team 7\n")?;
    told(&["who", "read", "notes", "2"], "not 1 (Ann)")?;
    told(&["who", "--role", "Member", "--format", "json"], "\"name\": \"Ann\"")?;
    told(&["report", "--only", "1"], "<bdi>1</bdi> <bdi>Ann</bdi>")?;
    // What people are called are no words of the terminal.
    live.sql("UPDATE users SET name = E'a\\x07\\nb' WHERE id = 1; UPDATE users SET name = ' ' WHERE id = 2")?;
    told(&["who", "--role", "Member"], "  1 (a⟨U+0007⟩⏎b)  Member of Team 7\n")?;
    told(&["who", "read", "notes", "1"], "not 2, nobody")?;
    edit(&live.folder, "rowgate.yaml", "user_name: name", "user_name: nam");
    let (code, _, err) = live.run(&eye, &["who", "--role", "Member"])?;
    expect(code == 1 && err.contains("user_name: nam"), &err)
}

/// What is answered of an action is what is answered of the rows of a test file; it is not done.
pub(super) fn actions() -> Result<(), String> {
    let folder = root().join("policies/team_rbac");
    let database = deploy(&folder)?;
    let url = format!("host={} user=postgres dbname={}", cluster::host()?, database.name());
    let count = "SELECT count(*) FROM team_members";
    let mut client = database.connect("postgres")?;
    let mut members = || client.query_one(count, &[]).map(|row| row.get::<_, i64>(0)).map_err(|error| error.to_string());
    let before = members()?;
    let mut truths = std::collections::BTreeSet::new();
    for who in ["Vic", "Mara", "Inga", "nobody"] {
        let question =
            ["why", "do", "accept_invitation", "00000000-0000-4000-8000-000000000001", "--as", who, "--format", "json"];
        let told = |place: &[&str]| -> Result<Value, String> {
            let (_, out, err) = rowgate(&folder, &[&question[..], place].concat())?;
            serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))
        };
        let (wanted, found) = (told(&["--samples"])?, told(&["--database-url", &url])?);
        let texts =
            |answer: &Value| (answer["truth"].to_string(), answer["lacks"].to_string(), answer["parts"].as_array().map(Vec::len));
        let says = found["database"]["says"].as_str().unwrap_or_default();
        if texts(&wanted) != texts(&found) || says != "an action is not done to see whether it can be" {
            return Err(format!("{who}: {found:#}\nand not {wanted:#}"));
        }
        truths.insert(found["truth"].to_string());
    }
    let wrong = rowgate(&folder, &["why", "do", "accept_invitation", "1,2", "--as", "Vic", "--database-url", &url])?;
    fails("two values", wrong, &["`1,2` is nothing that `accept_invitation` is called with, which takes (token uuid)"])?;
    if members()? == before && truths.len() > 1 { Ok(()) } else { Err(format!("{truths:?}")) }
}

/// What the text says, programs are told.
pub(super) fn data() -> Result<(), String> {
    let live = Live::new("data")?;
    let ask = |arguments: &[&str]| -> Result<Value, String> {
        let (_, out, err) = live.run("postgres", &[&["why"], arguments, &["--format", "json"]].concat())?;
        serde_json::from_str(&out).map_err(|error| format!("{error}: {out}{err}"))
    };
    let denied = ask(&["read", "plans", "2", "--as", "Ann"])?;
    let place = serde_json::json!({ "place": "plans", "answer": "denied", "says": "it shows no such record", "agrees": true, "beyond": [] });
    let database = serde_json::json!({
        "answer": "denied", "says": "it shows no such record", "agrees": true, "places": [place], "login": [], "causes": []
    });
    let lacks = serde_json::json!([["the session holds Member of Team"]]);
    if denied["database"] != database || denied["lacks"] != lacks || denied["truth"] != "false" || denied["kind"] != "record" {
        return Err(denied.to_string());
    }
    let values = serde_json::json!([{ "what": "Team", "value": null }]);
    if !denied.to_string().contains(&values.to_string()) {
        return Err(denied.to_string());
    }
    live.sql("ALTER TABLE notes DISABLE ROW LEVEL SECURITY")?;
    let found = ask(&["read", "notes", "3", "--as", "Ann"])?;
    let database = &found["database"];
    let mends = database["causes"].as_array().is_some_and(|all| all.iter().any(|one| one["mends"].is_string()));
    if database["answer"] == "allowed" && database["agrees"] == false && mends { Ok(()) } else { Err(found.to_string()) }
}

/// A question that looks through a whole table is answered as long as the table is small, and never in part.
pub(super) fn bounded() -> Result<(), String> {
    let live = Live::new("bounded")?;
    edit(
        &live.folder,
        "rules.policy",
        "allow create, read }",
        "allow create, read when any record of labels where (Number is 5) }",
    );
    let question = ["why", "read", "seats", "1,2", "--as", "Ann"];
    live.sql("INSERT INTO labels SELECT 'n' || number, number + 10 FROM generate_series(1, 9998) AS number")?;
    let (code, out, err) = live.run("postgres", &question)?;
    if code != 0 || !out.contains("no       read this record of seats") {
        return Err(format!("{code}\n{out}{err}"));
    }
    live.sql("INSERT INTO labels VALUES ('one more', 5)")?;
    fails("too many", live.run("postgres", &question)?, &["it takes more than 10000 rows of `labels` to tell"])?;
    // By a key, it is one row of many.
    live.tells(&["read", "labels", "n7", "--as", "Ann"], &["denied   by the rules and by the database"])
}

/// Names are looked up by who asks, who may use no schema of the project before acting as somebody.
pub(super) fn elsewhere() -> Result<(), String> {
    let folder = temporary("live_elsewhere")?;
    let config = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: app.users, signed_in_role: lw_elsewhere }
lookup: { inspection_role: lw_elsewhere_eye }
";
    write(&folder, "rowgate.yaml", config);
    write(&folder, "schema.yaml", "version: 1\ntables:\n  app.users: { columns: { id: integer } }\n");
    write(
        &folder,
        "rules.policy",
        "table app.users { rule \"Own\" for Authenticated { where Id equals Logged in User allow read, delete } }\n",
    );
    write(&folder, "rows.test.yaml", "rows: { app.users: [{ id: 1 }, { id: 2 }] }\nscenarios: []\n");
    let database = deploy(&folder)?;
    database.apply("postgres", "DROP ROLE IF EXISTS lw_elsewhere_person; CREATE ROLE lw_elsewhere_person LOGIN NOINHERIT; GRANT lw_elsewhere, lw_elsewhere_eye TO lw_elsewhere_person")?;
    let url = format!("host={} user=lw_elsewhere_person dbname={}", cluster::host()?, database.name());
    for (question, wanted) in [
        (["read", "app.users", "1"], "allowed  by the rules and by the database\n"),
        (["delete", "app.users", "2"], "denied   by the rules and by the database: it finds"),
    ] {
        let (_, out, err) = rowgate(&folder, &[&["why"], &question[..], &["--as", "1", "--database-url", &url]].concat())?;
        if !out.starts_with(wanted) {
            return Err(format!("{question:?}: {out}{err}"));
        }
    }
    Ok(())
}

/// What changed for whom is told by the rows of a database as by those of a test file, and against what was applied there.
pub(super) fn changes() -> Result<(), String> {
    let live = Live::new("changes")?;
    let eye = live.login("reader", &["@_eye"])?;
    let before = temporary("live_changes_before")?;
    files(&live.folder).into_iter().for_each(|(name, text)| write(&before, &name, text));
    edit(&live.folder, "rules.policy", "where Owner equals Logged in User\n    allow read, update, delete", "allow read, update");
    edit(&live.folder, "rules.policy", "Status is \"open\"", "Status is \"closed\"");
    let from = before.display().to_string();
    let (code, in_samples, err) = rowgate(&live.folder, &["who", "--changes-from", &from])?;
    let lines =
        |out: &str| out.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    let named = lines(&in_samples).iter().map(|line| line.replace("Ann ", "1 ").replace("Bob ", "2 ")).collect::<Vec<_>>();
    if code != 0 || named.len() < 6 || !in_samples.contains("lost    delete notes  1 record: 1") {
        return Err(format!("{in_samples}{err}"));
    }
    let (_, in_database, err) = live.run(&eye, &["who", "--changes-from", &from])?;
    if lines(&in_database) != named {
        return Err(format!("{in_database}{err}\nand not {in_samples}"));
    }
    let (_, cut, err) = live.run(&eye, &["who", "--changes-from", &from, "--records", "1"])?;
    let is_cut = err.contains("of notes, the first 1 record is looked at") && !cut.contains("records");
    if !is_cut || cut.lines().count() >= in_database.lines().count() {
        return Err(format!("{cut}{err}"));
    }
    // By the record of what was applied, which only who deploys reads. A file records no texts.
    let (code, _, err) = live.run("postgres", &["who", "--changes-applied"])?;
    if code != 2 || !err.contains("a file brought it there") {
        return Err(err);
    }
    edit(&before, "rules.policy", "less than 10", "less than 11");
    // Somebody reads as the role of inspection by now.
    let apply = ["apply", "--yes", "--repair", "--allow-widening", "--database-url", &live.url("postgres")?];
    let (code, _, err) = rowgate(&before, &apply)?;
    if code != 0 {
        return Err(err);
    }
    let (_, applied, err) = live.run("postgres", &["who", "--changes-applied"])?;
    if lines(&applied) == named { Ok(()) } else { Err(format!("{applied}{err}")) }
}
