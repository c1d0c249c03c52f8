//! `rowgate import`: the policies and grants of a database as rules, in a project of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::beside::{SCHEMA, There};
use super::output::{Format, Output, count};
use super::{Error, FormatArgument, Verdict, database, from_sql, names};
use crate::catalog::QualifiedName;
use crate::db::{self, Surroundings};
use crate::import::{self, Facts, How, Imported, NotImported, Policy};
use crate::plan;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    rowgate import --database-url postgresql://deployer@localhost/shop\n      \
    tells what the rules would be, and writes nothing\n  \
    rowgate import --schema public --output rules\n      \
    writes rules/rowgate.yaml, rules/schema.yaml and a policy file for each table\n\n\
    In a folder with a rowgate.yaml, its `identity` says who is signed in. Without one, it is what the policies compare most columns with. A rowgate.yaml and a schema file\n\
    that are in the folder to be written to stay as they are: what the first has to be given is printed, and whether the second is stale is told.\n\
    Exit codes: 0 all policies are rules, 1 some are left out or decide otherwise for no known reason, 2 could not run.")]
pub(super) struct Arguments {
    /// The database: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(flatten)]
    files: from_sql::FromSql,
    /// Only this schema; can be given several times [default: those where the connection's role may act as the owner of a table]
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Only tables whose names fit, such as `billing.*` or `*_log`; can be given several times.
    #[arg(long, value_name = "PATTERN")]
    table: Vec<String>,
    /// The folder that the project is written to, or beside which the rules are written where one is there; nothing is written without it.
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Decide everything twice, by the policies and by the rules, in this copy of the database, and list what differs.
    ///
    /// A copy is another database with the same tables, functions, policies and grants, such as `pg_dump --schema-only` makes; with rows or without. It needs a superuser. Rows are made,
    /// everybody tries everything under the policies, also with nobody signed in, the rules take their place, everybody tries the same again, and all of it is rolled back.
    #[arg(long, value_name = "URL_OF_A_COPY")]
    prove: Option<String>,
    /// Write over files that are there.
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let there = There::find(arguments.output.as_deref(), output)?;
    let url = arguments.database_url.as_deref();
    // Whose server it is outlives the connection.
    let (mut client, _server) = match arguments.files.make(url, output)? {
        Some(made) => (made.client, Some(made.server)),
        None => (database::connect(url)?, None),
    };
    let read = db::read_schema(&mut client, &arguments.schema, &arguments.table)?;
    let schema = there.schema(&read.facts, output)?;
    let tables: BTreeSet<QualifiedName> = read.facts.tables.iter().map(|table| table.name.clone()).collect();
    let facts = db::read_policies(&mut client, &tables).map_err(Error::Database)?;
    let imported = match import::import(&facts, &schema, there.project()) {
        Ok(imported) => imported,
        Err(NotImported::Reason(reason)) => return Err(Error::NotImported(reason)),
        Err(NotImported::Refused(imported)) => {
            output.diagnostics(&imported.compiled.diagnostics, &imported.compiled.sources);
            return Err(Error::NotImported("the rules that were made of the policies are refused, see above".to_owned()));
        }
    };
    if let Some(folder) = &arguments.output {
        there.write(folder, &imported, arguments.force)?;
    }
    let proved = match &arguments.prove {
        Some(copy) => Some(prove(&mut client, copy, &imported, &facts, &tables)?),
        None => None,
    };
    match arguments.format.format {
        Format::Json => output.result(&format!("{:#}\n", as_json(&imported, proved.as_ref())))?,
        Format::Text => {
            output.result(&as_text(&imported, &there, arguments.output.as_deref()))?;
            proved.iter().try_for_each(|proved| output.result(&proof_text(proved)))?;
        }
    }
    imported.remarks.iter().for_each(|remark| output.note(remark));
    let is_left_out = |policy: &Policy| matches!(policy.how, How::LeftOut(_));
    let is_unexplained = proved.iter().flat_map(|proved| &proved.differences).any(|difference| difference.reason.is_none());
    Ok(if is_unexplained || imported.policies.iter().any(is_left_out) { Verdict::Findings } else { Verdict::Clean })
}

/// Decides everything twice in a copy, which has to say the same of itself as the database.
fn prove(
    client: &mut db::Client,
    copy: &str,
    imported: &Imported,
    facts: &Facts,
    tables: &BTreeSet<QualifiedName>,
) -> Result<db::Compared, Error> {
    let mut copy = db::connect_in(copy, &Surroundings::of_process())?;
    let place = "SELECT pg_postmaster_start_time()::text, oid::text FROM pg_database WHERE datname = current_database()";
    let of = |client: &mut db::Client| -> Result<[String; 2], Error> {
        let row = client.query_one(place, &[]).map_err(Error::Database)?;
        Ok([row.get(0), row.get(1)])
    };
    if of(client)? == of(&mut copy)? {
        return Err(Error::NotImported(
            "the copy is the database itself, whose tables would be locked: name another one".to_owned(),
        ));
    }
    let there = db::read_policies(&mut copy, tables).map_err(Error::Database)?;
    if there.policies != facts.policies {
        return Err(Error::NotImported("the policies of the copy are not those of the database".to_owned()));
    }
    if there.tables != facts.tables || there.functions != facts.functions {
        return Err(Error::NotImported(
            "the tables' grants and owners, or the functions, of the copy are not those of the database".to_owned(),
        ));
    }
    let (Some(meaning), Some(mut state)) = (&imported.compiled.meaning, imported.compiled.state()) else {
        return Err(Error::NotImported("the rules have errors".to_owned()));
    };
    // What else is in the database is no question of what the policies said.
    state.check = None;
    let script = plan::desired_state(&state).replacen("\nBEGIN;\n", "\n", 1);
    let script = script.trim_end().strip_suffix("COMMIT;").unwrap_or(&script);
    let proof = db::Proof { imported, model: &meaning.model, script, facts };
    db::prove(&mut copy, &proof).map_err(|reason| Error::NotProved(Box::new(reason)))
}

/// What was compared, and each difference.
fn proof_text(proved: &db::Compared) -> String {
    let (wider, narrower): (Vec<_>, Vec<_>) = proved.differences.iter().partition(|difference| difference.is_wider);
    let mut text = format!(
        "\n{} decisions were made by the policies ({} allowed) and by the rules, in {}, {} of them with nobody signed in: {} differ, {} of them allow more\n",
        proved.decisions,
        proved.allowed,
        count(proved.sessions.len(), "session"),
        proved.with_nobody,
        proved.differences.len(),
        wider.len()
    );
    for reason in db::Reason::ALL {
        let of_reason: Vec<_> = narrower.iter().filter(|one| one.reason == Some(reason)).collect();
        if let Some(one) = of_reason.first() {
            let by = if reason.is_of_all_rules() { "narrower by how rules are" } else { "narrower by how it was imported" };
            text.push_str(&format!("  {by}, {} times: {}, as in\n{}", of_reason.len(), reason.words(), difference_text(one)));
        }
    }
    for (word, differences) in [("WIDER", wider), ("narrower", narrower)] {
        for one in differences.into_iter().filter(|one| one.reason.is_none()) {
            text.push_str(&format!("  {word}\n{}", difference_text(one)));
        }
    }
    if !proved.empty.is_empty() {
        let names: Vec<String> = proved.empty.iter().map(ToString::to_string).collect();
        text.push_str(&format!("  no row could be made of {}: little is known of them\n", names.join(", ")));
    }
    text
}

fn as_text(imported: &Imported, there: &There, folder: Option<&Path>) -> String {
    let mut text = String::new();
    if folder.is_none() {
        for (name, content) in there.new_files(imported).filter(|(name, _)| name != SCHEMA) {
            text.push_str(&format!("# {name}\n{content}\n"));
        }
    }
    if !imported.additions.is_empty() {
        text.push_str(&format!("Give {} besides:\n\n{}\n", names::CONFIG, imported.additions));
    }
    let of = |is: fn(&How) -> bool| imported.policies.iter().filter(|policy| is(&policy.how)).count();
    let said = of(|how| matches!(how, How::Said));
    text.push_str(&format!("{}: {said} said in the language", count_policies(imported.policies.len())));
    for (number, words) in [
        (of(|how| matches!(how, How::Sql(_))), "with SQL"),
        (of(|how| matches!(how, How::Dead(_))), "that gave nobody anything"),
        (of(|how| matches!(how, How::LeftOut(_))), "left out, which denies"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number} {words}"));
        }
    }
    text.push('\n');
    for policy in &imported.policies {
        for why in reasons(&policy.how) {
            text.push_str(&format!("  {} \"{}\": {why}\n", policy.table, policy.name));
        }
    }
    if !imported.removals.is_empty() {
        text.push_str(
            "\nWhat takes the policies away when the rules come into force: `rowgate apply --replace-policies`, or, in a script, these statements behind its BEGIN; nothing was run:\n",
        );
        imported.removals.iter().for_each(|removal| text.push_str(&format!("  {removal}\n")));
    }
    if let Some(folder) = folder {
        text.push_str(&format!("\nwrote {} to `{}`\n", count(there.new_files(imported).count(), "file"), folder.display()));
    }
    text
}

fn difference_text(one: &db::Difference) -> String {
    let policies = one.policies.iter().map(|policy| format!("\"{policy}\"")).collect::<Vec<_>>().join(", ");
    format!("    {}: {}\n      the row: {}\n      policies: {policies}\n", one.who, one.what, one.row)
}

fn count_policies(number: usize) -> String {
    if number == 1 { "1 policy".to_owned() } else { format!("{number} policies") }
}

fn reasons(how: &How) -> Vec<String> {
    match how {
        How::Said => Vec::new(),
        How::Sql(parts) => parts.iter().map(|(text, why)| format!("SQL, as {why}: {text}")).collect(),
        How::LeftOut(why) => vec![format!("left out: {why}")],
        How::Dead(why) => vec![format!("gave nobody anything: {why}")],
    }
}

fn as_json(imported: &Imported, proved: Option<&db::Compared>) -> serde_json::Value {
    let policy = |policy: &Policy| {
        let (kind, parts) = match &policy.how {
            How::Said => ("said", json!([])),
            How::Sql(parts) => {
                let part = |(sql, reason): &(String, String)| json!({ "sql": sql, "reason": reason });
                ("sql", parts.iter().map(part).collect())
            }
            How::LeftOut(reason) => ("left_out", json!([{ "reason": reason }])),
            How::Dead(reason) => ("dead", json!([{ "reason": reason }])),
        };
        json!({ "table": policy.table.to_string(), "name": policy.name, "how": kind, "parts": parts, "helpers": policy.helpers })
    };
    let files: Vec<_> = imported.files.iter().map(|(name, text)| json!({ "name": name, "text": text })).collect();
    let policies: Vec<_> = imported.policies.iter().map(policy).collect();
    let difference = |one: &db::Difference| {
        json!({ "who": one.who, "table": one.table.to_string(), "statement": one.what, "row": one.row, "wider": one.is_wider,
            "policies": one.policies, "reason": one.reason.map(db::Reason::words) })
    };
    let proof = proved.map(|proved| {
        let differences: Vec<_> = proved.differences.iter().map(difference).collect();
        let empty: Vec<_> = proved.empty.iter().map(ToString::to_string).collect();
        json!({ "decisions": proved.decisions, "allowed": proved.allowed, "sessions": proved.sessions, "with_nobody": proved.with_nobody, "differences": differences, "without_rows": empty })
    });
    json!({ "policies": policies, "files": files, "additions": imported.additions, "remarks": imported.remarks, "removals": imported.removals, "proof": proof })
}
