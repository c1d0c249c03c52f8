//! `rowgate import`: the policies and grants of a database as rules, in a project of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::beside::{SCHEMA, There};
use super::output::{Format, Output, count};
use super::{Error, FormatArgument, Verdict, database, from_sql, names, proof};
use crate::catalog::QualifiedName;
use crate::db;
use crate::import::{self, How, Imported, NotImported, Policy};
use crate::yaml;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    rowgate import --database-url postgresql://deployer@localhost/shop\n      \
    tells what the rules would be, and writes nothing\n  \
    rowgate import --schema public --output rules\n      \
    writes rules/rowgate.yaml, rules/schema.yaml and a policy file for each table\n\n\
    In a folder with a rowgate.yaml, its `identity` says who is signed in. Without one, it is what the policies compare most columns with. A rowgate.yaml and a schema file\n\
    that are in the folder to be written to stay as they are: what the first has to be given is printed, and whether the second is stale is told.\n\
    Exit codes: 0 all policies are rules, 1 some are left out, decide otherwise for no known reason, or were tried on no row, 2 could not run.")]
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
        Some(copy) => Some(proof::prove(&mut client, (copy, &tables), (&imported, &facts), output)?),
        None => None,
    };
    match arguments.format.format {
        Format::Json => output.result(&format!("{:#}\n", as_json(&imported, proved.as_ref())))?,
        Format::Text => {
            output.result(&as_text(&imported, &there, arguments.output.as_deref()))?;
            proved.iter().try_for_each(|proved| output.result(&proof::as_text(proved)))?;
        }
    }
    imported.remarks.iter().for_each(|remark| output.note(remark));
    let is_left_out = |policy: &Policy| matches!(policy.how, How::LeftOut(_));
    let is_found = |difference: &db::Difference| difference.is_wider || difference.reason.is_none();
    let is_unexplained = proved.iter().flat_map(|proved| &proved.differences).any(is_found);
    let is_unproved = proved.iter().any(|proved| !proved.unproved.is_empty());
    Ok(if is_unexplained || is_unproved || imported.policies.iter().any(is_left_out) {
        Verdict::Findings
    } else {
        Verdict::Clean
    })
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
    text.push_str(&format!("{}: {said} said in the language", count(imported.policies.len(), "policy")));
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
            text.push_str(&format!("  {}: {why}\n", yaml::seen(&format!("{} \"{}\"", policy.table, policy.name))));
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
    let proof = proved.map(proof::as_json);
    json!({ "policies": policies, "files": files, "additions": imported.additions, "remarks": imported.remarks, "removals": imported.removals, "proof": proof })
}
