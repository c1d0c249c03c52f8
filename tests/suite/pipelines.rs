//! What pipelines run: the step for GitHub's workflows, run as GitHub would, and the formats of other programs on a server that drifted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::Trial;
use serde::Deserialize;
use serde_json::Value;

use crate::commands::{edit, expect, write};
use crate::deploying::Site;
use crate::{root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("pipelines::the_action_checks_shows_and_verifies", action),
        trial("pipelines::drift_is_told_in_every_format", formats),
        trial("pipelines::hooks_name_commands_that_there_are", hooks),
    ]
}

#[derive(Deserialize)]
struct Action {
    inputs: BTreeMap<String, Input>,
    runs: Runs,
}

#[derive(Deserialize)]
struct Input {
    default: String,
}

#[derive(Deserialize)]
struct Runs {
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    name: String,
    #[serde(rename = "if")]
    condition: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    run: String,
}

/// What a run of all steps left.
struct Ran {
    /// The step that failed, if one did.
    failed: Option<String>,
    said: String,
    summary: String,
}

/// Runs the steps of `action.yml` in a folder, as a runner does: each by a bash of its own that stops at the first failure. `cargo install` puts the binary of
/// these tests where it would put the one that it built.
fn run_action(folder: &Path, inputs: &[(&str, &str)], base: Option<&str>) -> Result<Ran, String> {
    let text = std::fs::read_to_string(root().join("action.yml")).map_err(|error| error.to_string())?;
    let action: Action = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    let runner = folder.join(".runner");
    drop(std::fs::remove_dir_all(&runner));
    std::fs::create_dir_all(runner.join("stub")).map_err(|error| error.to_string())?;
    let installer = format!(
        "#!/bin/sh\nwhile [ \"$1\" != --root ]; do shift; done\nmkdir -p \"$2/bin\" && ln -s {} \"$2/bin/rowgate\"\n",
        env!("CARGO_BIN_EXE_rowgate")
    );
    executable(&runner.join("stub/cargo"), &installer)?;
    for (name, _) in inputs {
        expect(action.inputs.contains_key(*name), &format!("the action takes no {name}"))?;
    }
    let input = |name: &str| {
        let given = inputs.iter().find(|(given, _)| *given == name).map(|(_, value)| (*value).to_owned());
        given.or_else(|| action.inputs.get(name).map(|input| input.default.clone()))
    };
    let value = |expression: &str| match expression.trim() {
        "github.event.pull_request.base.sha" => Ok(base.unwrap_or_default().to_owned()),
        other => other.strip_prefix("inputs.").and_then(input).ok_or_else(|| format!("nothing is known of {other}")),
    };
    let [summary, path_file] = ["summary.md", "path"].map(|name| runner.join(name));
    let mut ran = Ran { failed: None, said: String::new(), summary: String::new() };
    for step in &action.runs.steps {
        let runs = match step.condition.as_deref() {
            None => true,
            Some("github.event_name == 'pull_request'") => base.is_some(),
            Some("inputs.database-url != ''") => input("database-url").is_some_and(|url| !url.is_empty()),
            Some(other) => return Err(format!("a condition that this test does not know: {other}")),
        };
        if !runs {
            continue;
        }
        expect(!step.run.contains("${{"), "what comes from outside is no part of a script")?;
        let installed = std::fs::read_to_string(&path_file).unwrap_or_default();
        let path =
            format!("{}:{}:{}", installed.trim(), runner.join("stub").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", &step.run]).current_dir(folder).env("PATH", path);
        command.env("RUNNER_TEMP", &runner).env("GITHUB_PATH", &path_file).env("GITHUB_STEP_SUMMARY", &summary);
        command.env("GITHUB_ACTION_PATH", root()).env_remove("DATABASE_URL");
        for (name, text) in &step.env {
            let expression = text.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).ok_or("not an expression")?;
            command.env(name, value(expression)?);
        }
        let output = command.output().map_err(|error| error.to_string())?;
        ran.said.push_str(&String::from_utf8_lossy(&output.stdout));
        ran.said.push_str(&String::from_utf8_lossy(&output.stderr));
        if !output.status.success() {
            ran.failed = Some(step.name.clone());
            break;
        }
    }
    ran.summary = std::fs::read_to_string(&summary).unwrap_or_default();
    Ok(ran)
}

fn executable(path: &Path, text: &str) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).map_err(|error| error.to_string())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())
}

fn git(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let settings = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"];
    let output =
        Command::new("git").arg("-C").arg(folder).args(settings).args(arguments).output().map_err(|error| error.to_string())?;
    expect(output.status.success(), &String::from_utf8_lossy(&output.stderr))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn action() -> Result<(), String> {
    let site = Site::new("action")?;
    let folder: &PathBuf = &site.folder;
    write(folder, ".gitignore", ".runner\n");
    git(folder, &["init", "--quiet"])?;
    git(folder, &["commit", "--quiet", "--allow-empty", "-m", "nothing"])?;
    let before = git(folder, &["rev-parse", "HEAD"])?;
    git(folder, &["add", "-A"])?;
    git(folder, &["commit", "--quiet", "-m", "rules"])?;
    let base = git(folder, &["rev-parse", "HEAD"])?;
    let ran = run_action(folder, &[], None)?;
    expect(ran.failed.is_none() && ran.summary.is_empty(), &ran.said)?;
    // The first rules are compared with none; whoever wants to see what is wider sees them.
    let ran = run_action(folder, &[], Some(&before))?;
    expect(ran.failed.is_none() && ran.summary.ends_with("There were no rules.\n"), &ran.said)?;
    let ran = run_action(folder, &[("fail-on-widening", "true")], Some(&before))?;
    expect(ran.failed.as_deref() == Some("Show what changes for whom"), &ran.said)?;
    // Somebody gives more.
    edit(folder, "docs.policy", "Owner is Logged in User", "Owner is Logged in User or Public is true");
    let ran = run_action(folder, &[], Some(&base))?;
    expect(ran.failed.is_none(), &ran.said)?;
    expect(ran.summary.contains("| **wider** | Authenticated | read docs |"), &ran.summary)?;
    let ran = run_action(folder, &[("fail-on-widening", "true")], Some(&base))?;
    expect(ran.failed.as_deref() == Some("Show what changes for whom"), &ran.said)?;
    // What is committed is old.
    write(folder, "rls.sql", "-- old");
    let ran = run_action(folder, &[], None)?;
    expect(ran.failed.as_deref() == Some("Compare what is committed with the rules"), &ran.said)?;
    expect(ran.said.contains("::error file=rls.sql,line=1"), &ran.said)?;
    std::fs::remove_file(folder.join("rls.sql")).map_err(|error| error.to_string())?;
    // A database that is as it should be, and one that is not.
    site.ends(0, &["apply", "--yes"])?;
    let url = site.url()?;
    let ran = run_action(folder, &[("database-url", &url)], None)?;
    expect(ran.failed.is_none(), &ran.said)?;
    site.deployer("ALTER TABLE docs DISABLE ROW LEVEL SECURITY")?;
    let ran = run_action(folder, &[("database-url", &url)], None)?;
    expect(ran.failed.as_deref() == Some("Verify the database"), &ran.said)?;
    expect(ran.said.contains("::error title=drift-table::table public.docs was altered"), &ran.said)?;
    // A project in a folder of its own, and a warning.
    std::fs::create_dir(folder.join("access")).map_err(|error| error.to_string())?;
    for name in ["rowgate.yaml", "schema.yaml", "docs.policy"] {
        std::fs::rename(folder.join(name), folder.join("access").join(name)).map_err(|error| error.to_string())?;
    }
    git(folder, &["add", "-A"])?;
    git(folder, &["commit", "--quiet", "-m", "moved"])?;
    let base = git(folder, &["rev-parse", "HEAD"])?;
    edit(folder, "access/docs.policy", "Public is true", "Public is true and Title is not empty");
    let inputs = [("project", "access"), ("database-url", url.as_str())];
    let ran = run_action(folder, &inputs, Some(&base))?;
    expect(ran.failed.as_deref() == Some("Verify the database"), &ran.said)?;
    expect(ran.summary.contains("| narrower | Authenticated | read docs |"), &ran.summary)?;
    let ran = run_action(folder, &[("project", "access"), ("strict", "true")], Some(&base))?;
    let warned = ran.said.contains("::warning file=access/docs.policy,line=2") && ran.said.contains("title=RG0107");
    expect(ran.failed.as_deref() == Some("Check the rules") && warned, &ran.said)?;
    for name in ["rowgate.yaml", "schema.yaml", "docs.policy"] {
        std::fs::rename(folder.join("access").join(name), folder.join(name)).map_err(|error| error.to_string())?;
    }
    // Scenarios are run where there are some.
    let scenarios = "users: { Ann: 1 }
rows: { users: [{ id: 1 }, { id: 2 }], docs: [{ id: 1, owner_id: 1, title: t }, { id: 2, owner_id: 2, title: t }] }
scenarios:
  - { name: Ann has her own, as: Ann, can: { read: { docs: [1] }, create: { docs: [1] }, update: { docs: [1] }, delete: { docs: [1] } } }
";
    write(folder, "docs.test.yaml", scenarios);
    let ran = run_action(folder, &[], None)?;
    expect(ran.failed.is_none() && ran.said.contains("1 scenario"), &ran.said)?;
    edit(folder, "docs.test.yaml", "read: { docs: [1] }", "read: { docs: [1, 2] }");
    let ran = run_action(folder, &[], None)?;
    expect(ran.failed.as_deref() == Some("Run the scenarios") && ran.said.contains("Ann has her own"), &ran.said)?;
    std::fs::remove_file(folder.join("docs.test.yaml")).map_err(|error| error.to_string())?;
    // Rules that do not fit.
    edit(folder, "docs.policy", "Owner is", "Owners is");
    let ran = run_action(folder, &[], None)?;
    expect(ran.failed.as_deref() == Some("Check the rules") && ran.said.contains("::error file=docs.policy,line=2"), &ran.said)
}

fn formats() -> Result<(), String> {
    let site = Site::new("formats")?;
    site.ends(0, &["apply", "--yes"])?;
    let (out, _) = site.ends(0, &["verify", "--format", "junit"])?;
    expect(out.contains("failures=\"0\"") && out.contains("nothing was found"), &out)?;
    site.deployer("CREATE POLICY \"a <door>\" ON docs USING (true)")?;
    let (out, _) = site.ends(1, &["verify", "--format", "junit"])?;
    expect(out.matches("<failure").count() == 1 && out.contains("&quot;a &lt;door&gt;&quot;"), &out)?;
    let (out, _) = site.ends(1, &["verify", "--format", "sarif"])?;
    let value: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    let results = value["runs"][0]["results"].as_array().cloned().unwrap_or_default();
    expect(results.len() == 1 && results[0]["ruleId"] == "drift-policy" && results[0]["level"] == "error", &out)?;
    expect(out.contains("DROP POLICY \\\"a <door>\\\" ON public.docs"), &out)?;
    // What lies beyond the rules, and what is not applied yet.
    site.deployer("DROP POLICY \"a <door>\" ON docs")?;
    site.database.apply("postgres", "CREATE TABLE notes (); GRANT SELECT ON notes TO formats_user")?;
    let kinds =
        |out: &str| ["beyond-the-rules", "not-applied"].map(|kind| out.matches(&format!("<failure type=\"{kind}\"")).count());
    let (out, _) = site.ends(1, &["verify", "--format", "junit"])?;
    expect(kinds(&out) == [1, 0] && out.contains("public.notes"), &out)?;
    edit(&site.folder, "docs.policy", "allow read, ", "allow ");
    let (out, _) = site.ends(1, &["verify", "--format", "junit"])?;
    expect(kinds(&out) == [1, 1], &out)?;
    // Where nothing could be compared, that is reported.
    edit(&site.folder, "docs.policy", "Owner is", "Owners is");
    let (verified, _) = site.ends(1, &["verify", "--format", "junit"])?;
    let (code, built, _) = crate::commands::rowgate(&site.folder, &["build", "--check", "--format", "junit"])?;
    let is_told = |out: &str| out.matches("<failure type=\"not-compared\"").count() == 1;
    expect(code == 1 && is_told(&verified) && is_told(&built), &format!("{verified}{built}"))
}

#[derive(Deserialize)]
struct Hook {
    entry: String,
    files: String,
}

fn hooks() -> Result<(), String> {
    let text = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).map_err(|error| error.to_string())?;
    let hooks: Vec<Hook> = serde_yaml::from_str(&text).map_err(|error| error.to_string())?;
    expect(hooks.len() == 2, "there are two hooks")?;
    for hook in hooks {
        let arguments: Vec<&str> = hook.entry.strip_prefix("rowgate ").ok_or("another program")?.split(' ').collect();
        let (code, _, err) = crate::commands::rowgate(&root().join("policies/team_rbac"), &arguments)?;
        expect(code == 0, &err)?;
        // All that a project is made of, however its schema file is called.
        for (file, runs) in
            [("access/docs.policy", true), ("rowgate.yaml", true), ("access/tables.yml", true), ("notes.md", false)]
        {
            let found = Command::new("bash").args(["-c", "[[ $0 =~ $1 ]]", file, &hook.files]).status();
            expect(found.is_ok_and(|status| status.success() == runs), &format!("{} and {file}", hook.files))?;
        }
    }
    Ok(())
}
