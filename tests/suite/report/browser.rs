//! The page in a real browser, where there is one: on a phone and a desktop, light and dark, with the keyboard alone, and without scripts. Without a browser the test is
//! ignored, and says so in the list.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;
use serde_json::Value;

use super::colours::LEAST;
use crate::commands::{copy_examples, expect, rowgate};
use crate::pages::temporary;

/// What stands in fewer than all tables of the example, and in more than none.
const WORDS: &str = "invit";

/// What the browser is called, where there is one and what speaks to it.
fn browser() -> Option<&'static str> {
    let runs = |name: &&str| {
        let mut command = Command::new(name);
        let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs).filter(|_| runs(&"node"))
}

pub fn trial() -> Trial {
    let found = browser();
    let body = move || looked_at(&temporary("report_in_a_browser")?, found.ok_or("there is no chromium, or no node")?);
    crate::trial("report::a_browser_shows_it_to_everybody", body).with_ignored_flag(found.is_none())
}

fn looked_at(folder: &Path, browser: &str) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    rowgate(folder, &["report", "team_rbac", "--output", "page.html"])?;
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/look.mjs"))
        .args([browser, &format!("file://{}", folder.join("page.html").display())])
        .args([folder.as_os_str(), WORDS.as_ref()])
        .output()
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let looked: Value = serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))?;
    views(&looked["views"])?;
    keyboard(&looked["keyboard"])?;
    let still = &looked["withoutScripts"];
    expect(still["tables"] == looked["views"][0]["tables"], "without scripts all tables are there")?;
    expect(still["filters"] == false, "without scripts there are no filters, which would do nothing")?;
    let quiet = |what: &str| expect(list(&looked[what]).is_empty(), &format!("{what}: {}", looked[what]));
    quiet("elsewhere")?;
    quiet("complaints")
}

/// Nothing sticks out, everything can be read, and the script runs under the page's own security policy.
fn views(views: &Value) -> Result<(), String> {
    let views = list(views);
    expect(views.len() == 4, "phone and desktop, light and dark")?;
    for view in views {
        let of = format!("{} {}", view["device"], view["scheme"]);
        let number = |what: &str| view[what].as_f64().unwrap_or(f64::NAN);
        expect(number("width") <= number("viewport"), &format!("{of}: it is {} wide", view["width"]))?;
        expect(number("texts") > 500.0, &format!("{of}: {} texts", view["texts"]))?;
        expect(number("leastContrast") >= LEAST, &format!("{of}: {}", view["faintest"]))?;
        expect(number("leastSize") >= 11.0, &format!("{of}: {}", view["smallest"]))?;
        expect(view["filters"] == true, &format!("{of}: the script did not run"))?;
    }
    let ground = |at: usize| &views[at]["ground"];
    expect(ground(0) != ground(1) && ground(2) != ground(3), "dark is not light")
}

/// Whatever can be pressed is reached, each time visibly; and words in the filter leave fewer tables.
fn keyboard(keyboard: &Value) -> Result<(), String> {
    let stops = list(&keyboard["stops"]);
    expect(stops.len() > 100 && keyboard["wanted"] == stops.len(), &format!("{} of {}", stops.len(), keyboard["wanted"]))?;
    let unseen: Vec<&Value> = stops.iter().filter(|stop| stop["outlined"] != true).collect();
    expect(unseen.is_empty(), &format!("the focus is not seen on {unseen:?}"))?;
    let (before, after) = (keyboard["before"].as_u64(), keyboard["after"].as_u64());
    expect(after > Some(0) && after < before, &format!("{before:?} tables, and with words {after:?}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
