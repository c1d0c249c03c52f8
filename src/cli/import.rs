//! `rowgate import`: the policies and grants of a database as rules, in a project of their own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::output::{Format, Output, count, write_file};
use super::{Error, FormatArgument, Verdict, loader, names};
use crate::catalog::QualifiedName;
use crate::config::Config;
use crate::db::{self, Surroundings};
use crate::diagnostic::Sources;
use crate::import::{self, How, Imported, NotImported, Policy};
use crate::{project, pull};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    rowgate import --database-url postgresql://deployer@localhost/shop\n      \
    tells what the rules would be, and writes nothing\n  \
    rowgate import --schema public --output rules\n      \
    writes rules/rowgate.yaml, rules/schema.yaml and a policy file for each table\n\n\
    In a folder with a rowgate.yaml, its `identity` says who is signed in. Without one, it is what the policies compare most columns with.\n\
    Exit codes: 0 all policies are rules, 1 some are left out, 2 could not run.")]
pub(super) struct Arguments {
    /// The database: a URL or `host=… dbname=…`; what it leaves out is in the PG* variables.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    database_url: Option<String>,
    /// Only this schema; can be given several times [default: those where the connection's role may act as the owner of a table]
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Only tables whose names fit, such as `billing.*` or `*_log`; can be given several times.
    #[arg(long, value_name = "PATTERN")]
    table: Vec<String>,
    /// The folder that the project is written to; nothing is written without it.
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Write over files that are there.
    #[arg(long, requires = "output")]
    force: bool,
    #[command(flatten)]
    format: FormatArgument,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let config = config_here(output)?;
    let mut client = connect(arguments.database_url.as_deref())?;
    let read = db::read_schema(&mut client, &arguments.schema, &arguments.table)?;
    let schema = pull::new_file(&read.facts);
    let tables: BTreeSet<QualifiedName> = read.facts.tables.iter().map(|table| table.name.clone()).collect();
    let facts = db::read_policies(&mut client, &tables).map_err(Error::Database)?;
    let imported = match import::import(&facts, &schema, config.as_ref()) {
        Ok(imported) => imported,
        Err(NotImported::Reason(reason)) => return Err(Error::NotImported(reason)),
        Err(NotImported::Refused(imported)) => {
            output.diagnostics(&imported.compiled.diagnostics, &imported.compiled.sources);
            return Err(Error::NotImported("the rules that were made of the policies are refused, see above".to_owned()));
        }
    };
    if let Some(folder) = &arguments.output {
        write(folder, &imported, arguments.force)?;
    }
    match arguments.format.format {
        Format::Json => output.result(&format!("{:#}\n", as_json(&imported)))?,
        Format::Text => output.result(&as_text(&imported, arguments.output.as_deref()))?,
    }
    imported.remarks.iter().for_each(|remark| output.note(remark));
    let is_left_out = |policy: &Policy| matches!(policy.how, How::LeftOut(_));
    Ok(if imported.policies.iter().any(is_left_out) { Verdict::Findings } else { Verdict::Clean })
}

/// The configuration of the project that this is run in, if it is one.
fn config_here(output: &Output) -> Result<Option<Config>, Error> {
    let root = match loader::find(None) {
        Err(Error::NoProject(_)) => return Ok(None),
        found => found?,
    };
    let path = root.join(names::CONFIG);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path, source })?;
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let file = sources.add(names::CONFIG, text);
    let config = project::load_config(&sources, file, &mut diagnostics);
    if config.is_none() {
        output.diagnostics(&diagnostics, &sources);
        return Err(Error::NotImported("the rowgate.yaml of this folder is not read".to_owned()));
    }
    Ok(config)
}

/// Connects to the database that is named, or that the environment names.
fn connect(url: Option<&str>) -> Result<db::Client, Error> {
    let around = Surroundings::of_process();
    match url.filter(|url| !url.is_empty()) {
        Some(url) => Ok(db::connect_in(url, &around)?),
        None if db::names_a_server(&around) => Ok(db::connect_in("", &around)?),
        None => Err(Error::NoDatabase),
    }
}

/// Writes all files or none.
fn write(folder: &Path, imported: &Imported, force: bool) -> Result<(), Error> {
    let there = imported.files.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists());
    if let Some(path) = there.filter(|_| !force) {
        return Err(Error::Exists(path));
    }
    std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
    imported.files.iter().try_for_each(|(name, text)| write_file(&folder.join(name), text))
}

fn as_text(imported: &Imported, folder: Option<&Path>) -> String {
    let mut text = String::new();
    if folder.is_none() {
        for (name, content) in imported.files.iter().filter(|(name, _)| name != "schema.yaml") {
            text.push_str(&format!("# {name}\n{content}\n"));
        }
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
            "\nOnce the rules are in force, remove the policies behind the BEGIN of the same script; nothing was run:\n",
        );
        imported.removals.iter().for_each(|removal| text.push_str(&format!("  {removal}\n")));
    }
    if let Some(folder) = folder {
        text.push_str(&format!("\nwrote {} to `{}`\n", count(imported.files.len(), "file"), folder.display()));
    }
    text
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

fn as_json(imported: &Imported) -> serde_json::Value {
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
    json!({ "policies": policies, "files": files, "remarks": imported.remarks, "removals": imported.removals })
}
