//! What each step of a plan means for people: whether somebody may do more or less by it, or whether something goes that is not made again.

use libtest_mimic::Trial;
use serde_json::Value;

use crate::commands::{edit, expect};
use crate::deploying::Site;
use crate::trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("effects::of_a_first_deployment_are_told_by_how_far_tables_are_open", first),
        trial("effects::of_a_change_are_told_step_by_step", changed),
        trial("effects::what_is_destroyed_needs_a_word_of_its_own", destroyed),
        trial("effects::a_record_that_is_kept_for_a_shorter_time_is_destroyed", kept),
    ]
}

/// The steps of the plan: kind, name without its schema's function arguments, effect.
fn steps(site: &Site, code: i32) -> Result<Vec<(String, String, String)>, String> {
    let (out, _) = site.ends(code, &["plan", "--format", "json"])?;
    let value: Value = serde_json::from_str(&out).map_err(|error| error.to_string())?;
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let steps = value["changes"].as_array().into_iter().flatten();
    Ok(steps.map(|change| (text(change, "kind"), text(change, "name"), text(change, "effect"))).collect())
}

fn effects_of(steps: &[(String, String, String)], kind: &str) -> Vec<String> {
    steps.iter().filter(|(found, ..)| found == kind).map(|(.., effect)| effect.clone()).collect()
}

fn first() -> Result<(), String> {
    let site = Site::new("effects_first")?;
    let cases = [
        ("", "widens"),
        ("CREATE ROLE effects_first_user; GRANT ALL ON docs TO effects_first_user", "narrows"),
        ("REVOKE DELETE ON docs FROM effects_first_user", "undecided"),
    ];
    for (before, expected) in cases {
        site.database.apply("postgres", before)?;
        let steps = steps(&site, 0)?;
        let policies = effects_of(&steps, "policy");
        expect(policies.len() == 4 && policies.iter().all(|effect| effect == expected), &format!("{before}: {steps:?}"))?;
        // What rules need for themselves opens nothing.
        expect(effects_of(&steps, "schema").iter().all(|effect| effect == "neutral"), &format!("{steps:?}"))?;
    }
    let (out, err) = site.ends(0, &["plan"])?;
    expect(out.contains("+ policy        undecided  public.docs rowgate_read_effects_first_user\n"), &out)?;
    expect(err.contains("undecided; 2 tables are locked"), &err)?;
    site.database.apply("postgres", "DROP OWNED BY effects_first_user")
}

fn changed() -> Result<(), String> {
    let site = Site::new("effects_changed")?;
    site.ends(0, &["apply", "--yes"])?;
    // Another name of the rule is said by the policies' comments, and lets nobody do anything.
    edit(&site.folder, "docs.policy", "\"Own\"", "\"Own documents\"");
    let renamed = steps(&site, 0)?;
    expect(!renamed.is_empty() && renamed.iter().all(|(.., effect)| effect == "neutral"), &format!("{renamed:?}"))?;
    let (_, err) = site.ends(0, &["apply", "--yes"])?;
    expect(err.contains("who may do what stays"), &err)?;
    // More of one operation, less of another, some of both of a third.
    edit(
        &site.folder,
        "docs.policy",
        "where Owner is Logged in User allow read, create, update (title), delete }",
        "allow read allow create when Owner is Logged in User allow update (title) when Public is true \
         allow delete when Owner is Logged in User and Public is false }",
    );
    let all = steps(&site, 0)?;
    let of = |command: &str| {
        let name = format!("public.docs rowgate_{command}_effects_changed_user");
        all.iter().find(|(_, found, _)| *found == name).map(|(.., effect)| effect.as_str())
    };
    expect(of("read") == Some("widens") && of("delete") == Some("narrows"), &format!("{all:?}"))?;
    expect(of("update") == Some("both ways") && of("create").is_none(), &format!("{all:?}"))?;
    // What somebody changed since is made again from nobody knows what.
    site.deployer("ALTER POLICY rowgate_read_effects_changed_user ON docs USING (true)")?;
    let all = steps(&site, 0)?;
    expect(effects_of(&all, "policy").iter().all(|effect| effect == "undecided"), &format!("{all:?}"))
}

fn destroyed() -> Result<(), String> {
    let site = Site::new("effects_destroyed")?;
    edit(&site.folder, "rowgate.yaml", "closed_tables:", "guards: { schema: effects_guard }\nclosed_tables:");
    site.ends(0, &["apply", "--yes"])?;
    edit(&site.folder, "rowgate.yaml", "guards: { schema: effects_guard }\n", "");
    let gone = steps(&site, 0)?;
    let guards = effects_of(&gone, "guard");
    expect(guards.len() > 4 && guards.iter().all(|effect| effect == "destroys"), &format!("{gone:?}"))?;
    let asked = "SELECT 1 / count(*) FROM pg_proc WHERE pronamespace::regnamespace::text = 'effects_guard'";
    let is_there = |site: &Site| site.database.connect("postgres").is_ok_and(|mut client| client.batch_execute(asked).is_ok());
    expect(is_there(&site), "there was no guard")?;
    let (_, err) = site.ends(2, &["apply", "--yes", "--allow-widening"])?;
    expect(err.contains("guard effects_guard.") && err.contains("--allow-destroy"), &err)?;
    expect(is_there(&site), "it was taken away in passing")?;
    site.ends(0, &["apply", "--yes", "--allow-widening", "--allow-destroy"])?;
    expect(!is_there(&site), "it is still there")?;
    // What is taken away to be made anew is there afterwards: nobody is asked.
    edit(&site.folder, "rowgate.yaml", "closed_tables:", "guards: { schema: effects_guard }\nclosed_tables:");
    site.ends(0, &["apply", "--yes", "--allow-widening"])?;
    site.database.apply("postgres", "DROP TABLE rowgate.applied, rowgate.object, rowgate.source, rowgate.scope, rowgate.fact; DROP FUNCTION rowgate.facts(boolean)")?;
    site.ends(0, &["apply", "--yes", "--adopt", "--allow-widening"])?;
    expect(is_there(&site), "it is gone")
}

/// What has been recorded may be taken away earlier than was said: somebody has to agree.
fn kept() -> Result<(), String> {
    let site = Site::new("effects_kept")?;
    let name = "effects_kept";
    let audit = |keep: &str| {
        format!(
            "audit: {{ table: log, of: [docs],{keep} upkeep: {{ schema: {name}_upkeep, role: {name}_keeper }} }}\nclosed_tables:"
        )
    };
    let log = "  log: { columns: { id: uuid, at: timestamptz, actor: text, roles: 'text[]', scope: text, database_role: text, login_role: text, operation: text, table_name: text, key: jsonb, new_key: jsonb, before: jsonb, after: jsonb, changed: 'text[]', address: text } }";
    edit(&site.folder, "schema.yaml", "tables:\n", &format!("tables:\n{log}\n"));
    edit(&site.folder, "rowgate.yaml", "{ users:", "{ log: read by nobody, users:");
    edit(&site.folder, "rowgate.yaml", "closed_tables:", "audit: { table: log, of: [docs] }\nclosed_tables:");
    site.ends(0, &["apply", "--yes"])?;
    let mut before = "audit: { table: log, of: [docs] }\nclosed_tables:".to_owned();
    for (keep, is_destroyed) in
        [(" keep: 365 days,", true), (" keep: 30 days,", true), (" keep: 2 years,", false), (" keep: 2 months,", true)]
    {
        let now = audit(keep);
        edit(&site.folder, "rowgate.yaml", &before, &now);
        before = now;
        let all = steps(&site, 0)?;
        let destroyed: Vec<_> = all.iter().filter(|(.., effect)| effect == "destroys").collect();
        expect(destroyed.len() == usize::from(is_destroyed), &format!("{keep}: {all:?}"))?;
        let code = if is_destroyed { 2 } else { 0 };
        let (_, err) = site.ends(code, &["apply", "--yes", "--allow-widening"])?;
        expect(is_destroyed == err.contains("--allow-destroy"), &format!("{keep}: {err}"))?;
        site.ends(0, &["apply", "--yes", "--allow-widening", "--allow-destroy"])?;
    }
    Ok(())
}
