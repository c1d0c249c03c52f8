//! What a project says of findings: levels in rowgate.yaml, and comments that allow one at one place. What is allowed is not told, what is allowed in vain
//! is, and exit codes follow.

use std::path::Path;

use libtest_mimic::Trial;
use rowgate::project::Workspace;

use crate::commands::rowgate;
use crate::pages::temporary;
use crate::{random, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("levels::are_set_for_a_code", set),
        trial("levels::of_advice_are_set_too", advice),
        trial("levels::comments_allow_one_place", places),
        trial("levels::comments_between_items_are_found_after_changes", changes),
    ]
}

const CONFIG: &str = "version: 1
identity: { provider: setting, setting: app.user_id, user_table: users, signed_in_role: app_user }
roles: { Clerk: { column: kind, equals: clerk } }
closed_tables: { users: closed }
";

const SCHEMA: &str = "version: 1
tables:
  users: { columns: { id: integer, kind: text } }
  notes:
    indexes: [owner]
    columns: { id: integer, title: text, hidden: boolean, owner: { type: integer, references: users } }
";

const POLICY: &str = r#"table notes {
  rule "own" for Clerk {
    where Owner is Logged in User
    allow read
  }
  rule "shown" for Clerk { where Hidden is false allow read }
}
"#;

fn expect(condition: bool, what: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(what.to_owned()) }
}

fn write(folder: &Path, files: &[(&str, &str)]) -> Result<(), String> {
    files.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text)).map_err(|error| error.to_string())
}

/// Codes and severities that `check` gives to machines, and its exit code; with `--strict` the second one.
fn check(folder: &Path) -> Result<(Vec<String>, i32, i32), String> {
    let (exit, json, _) = rowgate(folder, &["check", "--format", "json"])?;
    let told: Vec<serde_json::Value> = serde_json::from_str(&json).map_err(|error| format!("{error}: {json}"))?;
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let told = told.iter().map(|one| format!("{} {}", word(&one["code"]), word(&one["severity"]))).collect();
    let (as_text, _, _) = rowgate(folder, &["check"])?;
    expect(as_text == exit, "the format decides about the exit code")?;
    Ok((told, exit, rowgate(folder, &["check", "--strict"])?.0))
}

fn set() -> Result<(), String> {
    let folder = temporary("levels_set")?;
    write(&folder, &[("schema.yaml", SCHEMA), ("notes.policy", POLICY)])?;
    // The level, what is told, and the exit codes of `check`, `check --strict` and `build`.
    let expected = [
        ("", vec!["RG1305 warning"], [0, 1, 0]),
        ("lints: { RG1305: warn }", vec!["RG1305 warning"], [0, 1, 0]),
        ("lints: { RG1305: allow }", vec![], [0, 0, 0]),
        ("lints: { RG1305: deny, RG1308: allow }", vec!["RG1305 error"], [1, 1, 1]),
        ("lints: { RG1308: deny }", vec!["RG1305 warning"], [0, 1, 0]),
        ("lints: { RG1305: forbid }", vec!["RG0201 error"], [1, 1, 1]),
        ("lints: { RG1110: allow }", vec!["RG0216 error"], [1, 1, 1]),
    ];
    for (lints, told, exits) in expected {
        write(&folder, &[("rowgate.yaml", &format!("{CONFIG}{lints}\n"))])?;
        let (found, plain, strict) = check(&folder)?;
        let (build, sql, _) = rowgate(&folder, &["build"])?;
        expect(found == told && [plain, strict, build] == exits, &format!("{lints}: {found:?} {plain} {strict} {build}"))?;
        expect(sql.is_empty() == (build == 1), "what is denied is not built")?;
    }
    Ok(())
}

fn advice() -> Result<(), String> {
    let folder = temporary("levels_advice")?;
    let policy = r#"table notes { rule "own" for Authenticated { where Owner is Logged in User allow read } }"#;
    let schema = SCHEMA.replace("    indexes: [owner]\n", "");
    let allowed = schema.replace("  notes:", "  # allow RG1501: there are a dozen\n  notes:");
    let in_vain = allowed.replace("    columns: { id: integer, title", "    indexes: [owner]\n    columns: { id: integer, title");
    // The schema, the level, what is told, exit codes as above, and whether `build` notes it.
    let expected = [
        (&schema, "", "RG1501 advice", [0, 0, 0], true),
        (&schema, "lints: { RG1501: allow }", "", [0, 0, 0], false),
        (&schema, "lints: { RG1501: warn }", "RG1501 warning", [0, 1, 0], true),
        // Only `check` looks for it, so that nothing else fails.
        (&schema, "lints: { RG1501: deny }", "RG1501 error", [1, 1, 0], true),
        (&allowed, "", "", [0, 0, 0], false),
        (&in_vain, "", "RG1604 warning", [0, 1, 0], false),
        (&in_vain, "lints: { RG1604: allow }", "", [0, 0, 0], false),
    ];
    for (schema, lints, told, exits, noted) in expected {
        write(&folder, &[("rowgate.yaml", &format!("{CONFIG}{lints}\n")), ("schema.yaml", schema), ("notes.policy", policy)])?;
        let (found, plain, strict) = check(&folder)?;
        let (build, _, notes) = rowgate(&folder, &["build"])?;
        expect(
            found.join(", ") == told && [plain, strict, build] == exits,
            &format!("{lints}: {found:?} {plain} {strict} {build}"),
        )?;
        expect(notes.contains("RG1501") == noted && !notes.contains("RG1604"), &format!("{lints}: build says {notes}"))?;
    }
    Ok(())
}

/// The codes of a project's messages, in their order.
fn codes(policy: &str) -> Vec<String> {
    let compiled = random::compile(CONFIG, SCHEMA, &[("notes.policy".to_owned(), policy.to_owned())]);
    compiled.diagnostics.iter().map(|one| format!("{} {}", one.code.as_str(), one.title)).collect()
}

fn places() -> Result<(), String> {
    let narrowing = "RG1305 Clerk reaches only records that match both of these rules";
    let unneeded = "RG1604 RG1305 is allowed here, and not found";
    let above = |line: &str, comment: &str| POLICY.replacen(line, &format!("{comment}\n{line}"), 1);
    let allow = "# allow RG1305: both are meant";
    let unreadable = |of_rule: &str, of_line: &str| {
        format!("table notes {{\n{of_rule}\nrule \"own\" for Clerk {{\n where Hidden is false\n{of_line}\n allow delete }} }}")
    };
    let cases = [
        (POLICY.to_owned(), vec![narrowing]),
        (above("  rule \"shown\"", allow), vec![]),
        // Below other comments, at the end of the line, and not in another line.
        (above("  rule \"shown\"", &format!("{allow}\n# and more\n\t#")), vec![]),
        (POLICY.replace("allow read }\n", &format!("allow read }} {allow}\n")), vec![]),
        (above("  rule \"shown\"", &format!("{allow}\n")), vec![unneeded, narrowing]),
        (above("  rule \"own\"", allow), vec![unneeded, narrowing]),
        (above("table notes", allow), vec![unneeded, narrowing]),
        // Twice is once too often; another code is another thing; what has no reason allows nothing.
        (above("  rule \"shown\"", &format!("{allow}\n{allow}")), vec![unneeded]),
        (above("  rule \"shown\"", "# allow RG1309: a"), vec!["RG1604 RG1309 is allowed here, and not found", narrowing]),
        (above("  rule \"shown\"", "# allow RG1305:"), vec!["RG1601 this does not say why RG1305 is allowed", narrowing]),
        // A rule is all of it, also beside a line of it.
        (unreadable("", ""), vec!["RG1304 nobody can delete these records"]),
        (unreadable("# allow RG1304: by a function", ""), vec![]),
        (unreadable("", "# allow RG1304: by a function"), vec![]),
        (unreadable("# allow RG1304: by a function", "# allow RG1304: by another"), vec![]),
        // With an error nothing has been looked for, so that nothing is known to be in vain.
        (format!("# allow RG1308: soon\n{}", POLICY.replace("Owner", "Owned")), vec!["RG1102 "]),
        (
            format!("# allow RG1350: soon\n{}", POLICY.replace("Owner", "Owned")),
            vec!["RG1602 there is no code `RG1350`", "RG1102 "],
        ),
    ];
    for (policy, expected) in cases {
        let found = codes(&policy);
        let is_same = found.len() == expected.len() && std::iter::zip(&found, &expected).all(|(a, b)| a.starts_with(b));
        expect(is_same, &format!("{policy}\n{found:#?}\ninstead of {expected:#?}"))?;
    }
    Ok(())
}

/// A workspace keeps items, and comments stand between them.
fn changes() -> Result<(), String> {
    let condition = "condition Later: Hidden is true\n";
    let allow = "# allow RG1308: rules for it come with the next version\n";
    let table = r#"table notes { rule "own" for Clerk { where Owner is Logged in User allow read } }"#;
    let texts = [
        (format!("{table}\n{condition}"), vec!["RG1308"]),
        (format!("{table}\n{allow}{condition}"), vec![]),
        (format!("{allow}{condition}{table}"), vec![]),
        (format!("{allow}{table}\n{condition}"), vec!["RG1604", "RG1308"]),
        (
            format!("{table}\n{}{condition}", allow.replace("rules for it come with the next version", "")),
            vec!["RG1601", "RG1308"],
        ),
        (format!("\n\n{allow}{condition}{table}"), vec![]),
    ];
    let mut workspace = Workspace::open([("rowgate.yaml", CONFIG), ("schema.yaml", SCHEMA)]);
    for (text, expected) in texts {
        workspace.set("notes.policy", text.as_str());
        let found: Vec<&str> = workspace.diagnostics().iter().map(|one| one.code.as_str()).collect();
        expect(found == expected, &format!("{text}\n{found:?}"))?;
    }
    workspace.set("rowgate.yaml", format!("{CONFIG}lints: {{ RG1308: deny }}\n"));
    workspace.set("notes.policy", format!("{table}\n{condition}"));
    expect(workspace.meaning().is_none() && workspace.diagnostics().len() == 1, "what is denied has no meaning")?;
    workspace.set("notes.policy", format!("{table}\n{allow}{condition}"));
    expect(workspace.meaning().is_some() && workspace.diagnostics().is_empty(), "what is allowed is not denied")
}
