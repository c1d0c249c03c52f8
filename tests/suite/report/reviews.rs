//! What is signed off, what later reports say of it, and what they say of other rules.

use std::path::Path;

use serde_json::Value;

use crate::commands::{copy_examples, edit, expect, files, rowgate};

fn report(folder: &Path, arguments: &[&str]) -> Result<Value, String> {
    let all: Vec<&str> = ["report", "--format", "json"].into_iter().chain(arguments.iter().copied()).collect();
    let (code, text, said) = rowgate(folder, &all)?;
    expect(code == 0, &said)?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The one record that there is.
fn record(folder: &Path) -> Result<String, String> {
    let names: Vec<String> = files(folder).into_keys().filter(|name| name.contains("/reviews/")).collect();
    match names.as_slice() {
        [only] => Ok(only.clone()),
        other => Err(format!("records are {other:?}")),
    }
}

const SIGN: [&str; 6] = ["report", "user_items", "--sign-off", "Ann Lee", "--for", "2026 Q4"];

pub fn cycle(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let (code, out, said) = rowgate(folder, &SIGN)?;
    let name = record(folder)?;
    expect(code == 0 && out.is_empty() && said.starts_with(&format!("wrote `{name}`")), &format!("{code}: {out}{said}"))?;
    let day = name.strip_prefix("user_items/reviews/").and_then(|name| name.strip_suffix("-2026-q4-ann-lee.json"));
    let day = day.ok_or(format!("the name is {name}"))?.to_owned();
    expect(day.len() == 10 && day.split('-').count() == 3, &format!("the day is {day}"))?;
    let told = report(folder, &["user_items"])?["reviews"][0].clone();
    expect(told["reviewed"] == day.as_str() && told["by"] == "Ann Lee" && told["for"] == "2026 Q4", &told.to_string())?;
    expect(told["is_same_sql"] == true && told["differences"] == serde_json::json!([]), &told.to_string())?;
    let page = rowgate(folder, &["report", "user_items"])?.1;
    expect(page.contains("Unchanged since") && page.contains(&format!("{day}, unchanged")), "the page says it")?;
    // Another answer.
    edit(
        folder,
        "user_items/items.policy",
        "where User equals Logged in User",
        "where User equals Logged in User or Name is \"free\"",
    );
    let told = report(folder, &["user_items"])?["reviews"][0].clone();
    let differences = told["differences"].as_array().cloned().unwrap_or_default();
    let update = differences.iter().find(|one| one["what"] == "items / Authenticated / update").ok_or(told.to_string())?;
    let has = |key: &str, words: &str| update[key].as_str().is_some_and(|text| text.contains(words));
    expect(!has("was", "free") && has("is", "free") && differences.len() == 4, &told.to_string())?;
    let page = rowgate(folder, &["report", "user_items"])?.1;
    expect(page.contains("4 answers changed since") && page.contains("changed since</a>"), "the page says what changed")?;
    // The same answers, and something else that the database is told.
    edit(folder, "user_items/items.policy", " or Name is \"free\"", "");
    edit(folder, "user_items/rowgate.yaml", "version: 1", "version: 1\nforce_row_security: false");
    let told = report(folder, &["user_items"])?["reviews"][0].clone();
    expect(told["is_same_sql"] == false && told["differences"] == serde_json::json!([]), &told.to_string())?;
    expect(rowgate(folder, &["report", "user_items"])?.1.contains("Same answers, other SQL"), "the page says that, too")
}

/// A second signature of the same day takes nothing away, and a record that somebody changed is none.
pub fn records(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    rowgate(folder, &SIGN)?;
    let before = files(folder);
    let (code, _, said) = rowgate(folder, &SIGN)?;
    expect(code == 2 && said.contains("exists") && files(folder) == before, &format!("{code}: {said}"))?;
    let (code, _, said) = rowgate(folder, &["report", "user_items", "--sign-off", " ", "--for", "x"])?;
    expect(
        code == 2 && said.starts_with("error: --sign-off says nothing\nhelp: ") && files(folder) == before,
        &format!("{code}: {said}"),
    )?;
    for lonely in [&["--sign-off", "Ann"][..], &["--for", "Q4"], &["--sign-off", "Ann", "--for", "Q4", "--output", "x"]] {
        let all: Vec<&str> = ["report", "user_items"].into_iter().chain(lonely.iter().copied()).collect();
        let (code, ..) = rowgate(folder, &all)?;
        expect(code == 2 && files(folder) == before, &format!("{lonely:?} ends with {code}"))?;
    }
    let name = record(folder)?;
    for (from, to, words) in [
        ("\"items / Authenticated / read\": \"", "\"items / Authenticated / read\": \"x ", "is not as it was signed"),
        ("\"version\": 1", "\"version\": 2", "has version 2"),
        ("\"by\"", "\"bye\"", "is not the record of a review"),
    ] {
        let text = before[&name].replacen(from, to, 1);
        expect(text != before[&name], &format!("there is no {from}"))?;
        crate::commands::write(folder, &name, text);
        let (code, out, said) = rowgate(folder, &["report", "user_items"])?;
        expect(code == 2 && out.is_empty() && said.contains(words), &format!("{words}: {code}: {said}"))?;
    }
    Ok(())
}

/// Two of one day: the later one is the last, whoever signed it; other people, and other rules, have files of their own.
pub fn several(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    let sign = |by: &str, what_for: &str| rowgate(folder, &["report", "user_items", "--sign-off", by, "--for", what_for]);
    let signed = |by: &str, what_for: &str| sign(by, what_for).and_then(|(code, _, said)| expect(code == 0, &said));
    signed("Zoë", "q")?;
    edit(
        folder,
        "user_items/items.policy",
        "where User equals Logged in User",
        "where User equals Logged in User or Name is \"free\"",
    );
    signed("Ann", "q")?;
    let last = report(folder, &["user_items"])?["reviews"].clone();
    expect(last[0]["by"] == "Ann" && last[0]["is_same_sql"] == true && last[1]["by"] == "Zoë", &last.to_string())?;
    expect(rowgate(folder, &["report", "user_items"])?.1.contains("Unchanged since"), "the page tells the last one")?;
    // The same person signs other rules, and another one whose name is written alike.
    signed("Zoë", "q")?;
    signed("A B", "q")?;
    signed("A-B", "q")?;
    signed("!!!", "???")?;
    let reviews = report(folder, &["user_items"])?["reviews"].clone();
    let by: Vec<&str> = reviews.as_array().into_iter().flatten().filter_map(|one| one["by"].as_str()).collect();
    expect(by == ["!!!", "A-B", "A B", "Zoë", "Ann", "Zoë"], &format!("{by:?}"))?;
    for by in ["Zoë", "A B", "A-B"] {
        let (code, _, said) = sign(by, "q")?;
        expect(code == 2 && said.contains("the same was signed off today"), &format!("{by}: {said}"))?;
    }
    Ok(())
}

pub fn since(folder: &Path) -> Result<(), String> {
    copy_examples(folder, &["user_items"]);
    for (name, text) in files(&folder.join("user_items")) {
        crate::commands::write(folder, &format!("before/{name}"), text);
    }
    let none = report(folder, &["user_items", "--from", "before"])?["since"].clone();
    expect(none["name"] == "before" && none["changed"] == serde_json::json!([]), &none.to_string())?;
    edit(
        folder,
        "user_items/items.policy",
        "where User equals Logged in User",
        "where User equals Logged in User or Name is \"free\"",
    );
    let told = report(folder, &["user_items", "--from", "before"])?["since"].clone();
    let diff = rowgate(folder, &["diff", "user_items", "--from", "before", "--format", "json"])?.1;
    let diff: Value = serde_json::from_str(&diff).map_err(|error| error.to_string())?;
    let changed = told["changed"].as_array().cloned().unwrap_or_default();
    expect(!changed.is_empty() && Some(changed.len()) == diff["changed"].as_array().map(Vec::len), &told.to_string())?;
    expect(changed.iter().all(|one| one["may_widen"] == true && one["role"] == "Authenticated"), &told.to_string())?;
    expect(rowgate(folder, &["report", "user_items", "--from", "before"])?.1.contains("id=\"changes\""), "the page has it")
}
