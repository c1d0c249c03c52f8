//! What single people reach: the numbers are those of the reasons, record by record, and of a server that counts as each of them; what is left out is said.

use std::collections::BTreeMap;
use std::path::Path;

use rowgate::access::evaluate::Evaluator;
use rowgate::db::{Outcome, Viewer};
use rowgate::model::Operation;
use rowgate::scenario::{self, Actor};
use serde_json::Value;

use super::check;
use crate::cluster;
use crate::commands::{copy_examples, edit, expect, rowgate};
use crate::project;

/// Records by who, table and operation.
type Numbers = BTreeMap<(String, String, usize), u64>;

fn numbers(text: &str) -> Result<Numbers, String> {
    let all: Value = serde_json::from_str(text).map_err(|error| format!("{error}: {text}"))?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Numbers::new();
    for person in list(&all["people"]).iter().flat_map(|place| list(&place["people"])) {
        for table in list(&person["tables"]) {
            for (index, cell) in list(&table["cells"]).iter().enumerate() {
                let number = cell["records"].as_u64().unwrap_or_default();
                expect((number > 0) != list(&cell["roles"]).is_empty(), &format!("by which roles: {person}"))?;
                if number > 0 {
                    found.insert((text(&person["who"]), text(&table["table"]), index), number);
                }
            }
        }
    }
    Ok(found)
}

/// Of the test file, what `why` says of each record.
pub fn in_samples(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac", "real_estate"]);
    for example in ["team_rbac", "real_estate"] {
        let (code, out, err) = rowgate(folder, &["report", example, "--samples", "--format", "json"])?;
        expect(code == 0, &err)?;
        let found = numbers(&out)?;
        if example == "team_rbac" {
            let all: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
            let people = all["people"][0]["people"].as_array().cloned().unwrap_or_default();
            let may = |person: &Value| person["actions"][0]["action"] == "accept_invitation";
            expect(people.len() > 5 && people.iter().all(may), "who may call an action is not told")?;
            let (_, page, _) = rowgate(folder, &["report", example, "--samples"])?;
            expect(
                page.contains("May do <code>accept_invitation</code> when Email equals User's Email ignoring case"),
                "nor on the page",
            )?;
        }
        let compiled = project::compile(&folder.join(example))?;
        let model = project::model(&compiled)?;
        let mut wanted = Numbers::new();
        for (_, file) in &compiled.scenarios().0 {
            let now = file.now.map_or_else(now, Ok)?;
            let data = scenario::data(model, file, now).map_err(|error| error.to_string())?;
            for (name, identity) in &file.users {
                let session =
                    scenario::session(model, &Actor::signed_in(identity.clone()), now).map_err(|error| error.to_string())?;
                let evaluator = Evaluator::new(model, &data, &session);
                for &table in file.rows.keys().filter(|table| model.tables.contains_key(table)) {
                    for (index, operation) in Operation::ALL.into_iter().enumerate().filter(|(_, one)| *one != Operation::Create)
                    {
                        let can = |row: &&Vec<_>| evaluator.why(table, operation, row).truth == Some(true);
                        let number = data.rows(table).iter().filter(can).count() as u64;
                        if number > 0 {
                            wanted.insert((name.clone(), model.catalog.table(table).name.to_string(), index), number);
                        }
                    }
                }
            }
        }
        let is_compared = |(name, _, operation): &(String, String, usize)| *operation != 1 && name != "nobody";
        let compared: Numbers = found.clone().into_iter().filter(|(of, _)| is_compared(of)).collect();
        expect(compared == wanted && wanted.len() > 20, &format!("{example}: {compared:?}\nand not {wanted:?}"))?;
        expect(found.keys().any(|(.., operation)| *operation == 1), "nobody creates anything")?;
        let (_, page, _) = rowgate(folder, &["report", example, "--samples"])?;
        check(&page).map_err(|error| format!("{example}: {error}"))?;
        expect(page.contains("On the rows of"), "the page says nothing of people")?;
    }
    let (_, page, _) = rowgate(folder, &["report", "team_rbac", "--samples", "--only", "Mara"])?;
    expect(page.matches("class=\"person\"").count() == 1, "only one person was asked about")?;
    let (code, page, said) = rowgate(folder, &["report", "team_rbac", "--samples", "--only", "Maara"])?;
    expect(code == 2 && page.is_empty() && said.contains("did you mean `Mara`?"), &said)
}

fn now() -> Result<i64, String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| error.to_string())?;
    i64::try_from(since.as_micros()).map_err(|error| error.to_string())
}

/// Of a database, what the server counts as each of them; by a login that only reads every row.
pub fn in_database(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    let project = folder.join("team_rbac");
    edit(&project, "rowgate.yaml", "version: 1\n", "version: 1\nlookup: { inspection_role: report_eye }\n");
    let compiled = project::compile(&project)?;
    let model = project::model(&compiled)?;
    let files = compiled.scenarios().0;
    let file = &files.first().ok_or("no rows")?.1;
    let database = project::deploy(&project, &compiled, file)?;
    database.apply(
        "postgres",
        "DROP ROLE IF EXISTS report_login; CREATE ROLE report_login LOGIN; GRANT report_eye TO report_login",
    )?;
    let url = format!("host={} user=report_login dbname={}", cluster::host()?, database.name());
    let ask = |more: &[&str]| rowgate(folder, &[&["report", "team_rbac", "--database-url", &url], more].concat());
    let (code, out, err) = ask(&["--format", "json"])?;
    expect(code == 0, &err)?;
    let found = numbers(&out)?;
    let mut client = database.connect("postgres")?;
    let mut compared = 0;
    for identity in file.users.values() {
        let actor = Actor::signed_in(identity.clone());
        for &table in model.tables.keys() {
            let viewer = Viewer { model, actor: &actor, sign_in: None };
            let seen = viewer.rows(&mut client, table, 1000).map_err(|error| error.to_string())?;
            let seen = match seen.map(|found| found.outcome) {
                Some(Outcome::Rows { rows, .. }) => rows.len() as u64,
                _ => 0,
            };
            let of = (scenario::plain_text(identity), model.catalog.table(table).name.to_string(), 0);
            let told = found.get(&of).copied().unwrap_or_default();
            expect(seen == told, &format!("{of:?}: the server shows {seen}, and {told} are told"))?;
            compared += usize::from(seen > 0);
        }
    }
    expect(compared > 20, "hardly anything is seen")?;
    // The same as of the test file, but for what the people are called.
    let names: BTreeMap<String, &String> =
        file.users.iter().map(|(name, identity)| (scenario::plain_text(identity), name)).collect();
    let (_, in_samples, _) = rowgate(folder, &["report", "team_rbac", "--samples", "--format", "json"])?;
    let named = |((who, table, operation), number): ((String, String, usize), u64)| {
        ((names.get(&who).map_or(who.clone(), |name| (*name).clone()), table, operation), number)
    };
    let of_database: Numbers = found.into_iter().map(named).collect();
    let of_samples = numbers(&in_samples)?;
    expect(of_database == of_samples, &format!("{of_database:?}\nand not {of_samples:?}"))?;
    let (_, page, err) = ask(&["--users", "2", "--records", "1"])?;
    check(&page)?;
    let is_said = page.contains("Only 2 users are told of") && page.contains("the first 1 record is counted, by key");
    expect(is_said, &format!("what is left out is not said: {err}"))?;
    let (_, page, err) = ask(&["--only", "Mara"])?;
    expect(page.matches("class=\"person\"").count() == 1, &err)?;
    // Whoever sees not every row is told nothing.
    database.apply("postgres", "REVOKE report_eye FROM report_login")?;
    let (code, out, err) = ask(&[])?;
    expect(code == 2 && out.is_empty() && err.contains("sees only the rows that policies show it"), &format!("{code} {err}"))
}
