//! The page in a real browser, where there is one: its script runs under its own security policy. Without one the test is ignored, and says so in the list.

use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Trial;

use super::html::elements;
use crate::commands::{copy_examples, expect, rowgate};
use crate::pages::temporary;

/// What the browser is called.
fn browser() -> Option<&'static str> {
    let runs = |name: &&str| {
        Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(runs)
}

pub fn trial() -> Trial {
    let found = browser();
    let body = move || opened(&temporary("report_in_a_browser")?, found.ok_or("there is no chromium")?);
    crate::trial("report::a_browser_runs_its_script", body).with_ignored_flag(found.is_none())
}

fn opened(folder: &Path, browser: &str) -> Result<(), String> {
    copy_examples(folder, &["team_rbac"]);
    rowgate(folder, &["report", "team_rbac", "--output", "page.html"])?;
    let profile = folder.join("profile");
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("file://{}", folder.join("page.html").display()))
        .stderr(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    let page = String::from_utf8_lossy(&output.stdout);
    // A browser writes what it has in another way than a strict reader wants it; one tag is enough.
    let form = page.find("<form id=\"filters\"").ok_or("the page is not there")?;
    let tag = &page[form..form + page[form..].find('>').unwrap_or_default()];
    expect(!tag.contains("hidden"), &format!("the script did not run: {tag}"))?;
    let (_, text, _) = rowgate(folder, &["report", "team_rbac"])?;
    let written = elements(&text)?;
    let form = written.iter().find(|element| element.attribute("id") == Some("filters")).ok_or("no filters")?;
    expect(form.attribute("hidden").is_some(), "without a script the filters are not shown")
}
