//! `rowgate import`: small databases of one shape each, as the rules that are made of them; and the proof that these decide as the policies did.

mod at_once;
mod beside;
mod commands;
mod deployed;

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Trial;
use rowgate::catalog::QualifiedName;
use rowgate::import::{self, Facts, How, Imported, NotImported};
use rowgate::model::Model;
use rowgate::{db, plan, pull, sql};

use crate::cluster::{Database, lock_roles};
use crate::snapshots::assert_snapshot;
use crate::{folders, root, trial};

/// Roles of the whole server, and a schema whose tables a plain role owns.
pub const ROLES: &str = "DO $$ BEGIN
  IF to_regrole('imp_owner') IS NULL THEN
    CREATE ROLE imp_owner; CREATE ROLE imp_app; CREATE ROLE imp_anon; CREATE ROLE imp_staff; CREATE ROLE imp_service BYPASSRLS;
    CREATE ROLE imp_backup LOGIN; CREATE ROLE imp_reporter LOGIN; CREATE ROLE imp_deputy LOGIN IN ROLE imp_owner;
  END IF;
END $$;
CREATE SCHEMA owned AUTHORIZATION imp_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
";

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("import::what_is_falsified_is_found", falsified),
        trial("import::two_proofs_at_once_do_not_wait_without_a_word", at_once::at_once),
        trial("import::beside_a_project_nothing_is_written_over", beside::beside),
        trial("import::rules_that_were_applied_are_left_out", deployed::left_out),
        trial("import::the_command_writes_proves_and_refuses", commands::command),
    ];
    for folder in folders(&root().join("tests/import")) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trials.push(trial(format!("import::{name}"), move || shape(&name)));
    }
    trials
}

/// A database of a shape.
fn database(shape: &str) -> Result<Database, String> {
    let database = Database::create(&format!("import_{shape}"))?;
    let file = root().join("tests/import").join(shape).join("database.sql");
    let script = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    database.apply("postgres", &format!("{ROLES}{script}"))?;
    Ok(database)
}

fn imported(database: &Database) -> Result<(Facts, Imported), String> {
    let mut client = database.connect("postgres")?;
    let read = db::read_schema(&mut client, &[], &[]).map_err(|error| error.to_string())?;
    let tables: BTreeSet<QualifiedName> = read.facts.tables.iter().map(|table| table.name.clone()).collect();
    let mut facts = db::read_policies(&mut client, &tables).map_err(|error| db::describe_error(&error))?;
    // Roles of other tests come and go.
    let inherits = database.name().contains("whoinherits");
    facts.roles.retain(|name, _| name.starts_with("imp_") || name == "postgres" || inherits && name.starts_with("inherits_"));
    match import::import(&facts, &pull::new_file(&read.facts), import::Project::New) {
        Ok(imported) => Ok((facts, imported)),
        Err(NotImported::Reason(reason)) => Err(reason),
        Err(NotImported::Refused(imported)) => {
            let texts: Vec<&str> = imported.files.iter().map(|(_, text)| text.as_str()).collect();
            Err(format!(
                "{}\n{}",
                crate::project::render(&imported.compiled.diagnostics, &imported.compiled.sources),
                texts.join("\n")
            ))
        }
    }
}

/// Decides everything twice; the rules' script may be changed before.
fn proved(
    database: &Database,
    facts: &Facts,
    imported: &Imported,
    change: impl Fn(String) -> String,
) -> Result<db::Compared, String> {
    let (model, script) = rules(imported)?;
    let _guard = lock_roles();
    let proof = db::Proof { imported, model: &model, script: &change(script), facts, progress: &|_| () };
    db::prove(&mut database.connect("postgres")?, &proof).map_err(|error| error.to_string())
}

/// The rules with a role for look-ups of their own, and the statements that put them in force.
fn rules(imported: &Imported) -> Result<(Model, String), String> {
    let meaning = imported.compiled.meaning.as_ref().ok_or("no meaning")?;
    let mut model = meaning.model.clone();
    model.lookup_role = db::role_of_a_proof();
    let mut state = sql::generate(&model, &meaning.encoding, &imported.compiled.sources);
    state.check = None;
    let script = plan::desired_state(&state).replacen("\nBEGIN;\n", "\n", 1);
    Ok((model, script.trim_end().strip_suffix("COMMIT;").ok_or("no end")?.to_owned()))
}

/// The files, what became of each policy, and what is decided otherwise.
fn shape(name: &str) -> Result<(), String> {
    let database = database(name)?;
    let (facts, imported) = imported(&database)?;
    let compared = proved(&database, &facts, &imported, |script| script)?;
    let mut text = String::new();
    for (file, content) in imported.files.iter().filter(|(file, _)| file != "schema.yaml") {
        text.push_str(&format!("== {file}\n{content}"));
    }
    let schema = imported.files.iter().find(|(file, _)| file == "schema.yaml").map(|(_, text)| text.as_str()).unwrap_or_default();
    for (above, line) in schema.lines().zip(schema.lines().skip(1)).filter(|(_, line)| line.contains("force_row_security")) {
        text.push_str(&format!("== schema.yaml\n{above}\n{line}\n"));
    }
    text.push_str("== policies\n");
    for policy in &imported.policies {
        let how = match &policy.how {
            How::Said => "said".to_owned(),
            How::Sql(parts) => parts.iter().map(|(sql, why)| format!("sql, as {why}: {sql}")).collect::<Vec<_>>().join("; "),
            How::LeftOut(why) => format!("left out: {why}"),
            How::Dead(why) => format!("dead: {why}"),
        };
        text.push_str(&format!("{} {:?}: {how}\n", policy.table, policy.name));
    }
    for remark in &imported.remarks {
        text.push_str(&format!("{remark}\n"));
    }
    let mut narrower: BTreeMap<String, usize> = BTreeMap::new();
    for one in &compared.differences {
        let reason = one.reason.map_or("for no known reason", db::Reason::words);
        let error =
            one.error.as_ref().map_or_else(String::new, |error| format!(" ({})", error.lines().next().unwrap_or_default()));
        let more = if one.is_wider { "WIDER: " } else { "" };
        *narrower.entry(format!("{more}{}: {reason}{error}", one.table)).or_default() += 1;
    }
    text.push_str("== decided otherwise\n");
    narrower.keys().for_each(|what| text.push_str(&format!("{what}\n")));
    text.push_str("== not told apart\n");
    for seen in &compared.seen {
        let lacks = seen.lacks().map(|lacks| format!("{} {:?} {}: {lacks}\n", seen.table, seen.policy, seen.clause));
        text.push_str(&lacks.unwrap_or_default());
    }
    assert_snapshot("import", name, &text);
    let wider: Vec<_> = compared.differences.iter().filter(|one| one.is_wider && one.reason.is_none()).collect();
    if let Some(one) = wider.first() {
        return Err(format!("{} decisions are wider: {one:?}", wider.len()));
    }
    if let Some(one) = compared.differences.iter().find(|one| one.reason.is_none()) {
        return Err(format!("without a reason: {one:?}"));
    }
    // Sessions that have just begun try as well, where there is something that they may not have been told.
    let has_new = compared.sessions.iter().any(|session| session.ends_with(", nothing set"));
    if compared.with_nobody == 0
        || has_new != ["claims_and_settings", "a_cast_that_fails_denied", "settings_of_the_server"].contains(&name)
    {
        return Err(format!("who tried: {:?}", compared.sessions));
    }
    if compared.allowed < 40 || !compared.empty.is_empty() {
        return Err(format!(
            "of {} decisions, {} allow anything; empty: {:?}",
            compared.decisions, compared.allowed, compared.empty
        ));
    }
    eprintln!("{name}: {} decisions, {} allowed, {} differ", compared.decisions, compared.allowed, compared.differences.len());
    Ok(())
}

/// A rule that says something else is found, in both directions.
fn falsified() -> Result<(), String> {
    let database = database("what_a_user_owns")?;
    let (facts, imported) = imported(&database)?;
    let differ = |change: &dyn Fn(String) -> String| -> Result<(usize, usize), String> {
        let compared = proved(&database, &facts, &imported, change)?;
        let wider = compared.differences.iter().filter(|one| one.is_wider).count();
        Ok((wider, compared.differences.len() - wider))
    };
    if differ(&|script| script)?.0 > 0 {
        return Err("true rules are wider".to_owned());
    }
    for (from, to) in [("'open'", "'shut'"), ("items.is_public", "NOT items.is_public"), ("items.user_id =", "items.user_id <>")]
    {
        let change = |script: String| script.replace(from, to);
        let (wider, narrower) = differ(&change)?;
        if narrower == 0 || (wider == 0 && to != "'shut'") {
            return Err(format!("`{to}` for `{from}`: {wider} wider, {narrower} narrower"));
        }
    }
    // What grants more is found without anything that grants less.
    let (wider, _) = differ(&|script| format!("{script}\nCREATE POLICY more ON public.items FOR SELECT USING (true);"))?;
    if wider == 0 { Err("a policy that shows everything is not found".to_owned()) } else { Ok(()) }
}
