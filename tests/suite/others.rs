//! Tables of others, looked up: each case and example once more with the tables that nobody may touch given to another role, of which the deployer may read
//! them and no more. What it means stays the same, and nothing of these tables changes.

use std::path::Path;

use libtest_mimic::Trial;
use rowgate::catalog::{Column, QualifiedName, TableId, Type};
use rowgate::cli::loader;
use rowgate::objects::quote;
use rowgate::plan;
use rowgate::project::{self as compiler, Compiled};
use rowgate::scenario::Scenarios;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, folders, project, root, trial};

pub fn trials() -> Vec<Trial> {
    let all = ["tests/cases", "policies"].into_iter().flat_map(|place| folders(&root().join(place)));
    let closed = all
        .filter(|folder| std::fs::read_to_string(folder.join("rowgate.yaml")).is_ok_and(|text| text.contains("closed_tables")));
    let of_folder = |folder: std::path::PathBuf| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        trial(format!("others::{name}"), move || looked_up(&folder))
    };
    closed.map(of_folder).collect()
}

/// The closed tables of a project that nothing writes.
fn convertible(compiled: &Compiled) -> Vec<TableId> {
    let Some(meaning) = &compiled.meaning else { return Vec::new() };
    let model = &meaning.model;
    let recorded =
        |table: &TableId| model.audit.as_ref().is_some_and(|audit| audit.log == *table || audit.tables.contains_key(table));
    let written = |table: &TableId| model.actions.iter().any(|action| action.written().any(|one| one == *table));
    let bounded = |table: &TableId| model.boundaries.iter().any(|boundary| boundary.tables.contains_key(table));
    // Of other schemas, look-ups name no types.
    let named = |column: &Column| matches!(&column.r#type, Type::Enum(name) if name.schema != "public");
    let mut tables: Vec<TableId> = model.closed.keys().copied().collect();
    tables.retain(|table| !model.catalog.table(*table).columns.iter().any(named));
    tables.retain(|table| !recorded(table) && !written(table) && !bounded(table) && !model.catalog.table(*table).is_of_others());
    tables
}

/// The schema file with `external: true` at some tables.
fn with_external(text: &str, names: &[QualifiedName]) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let entry = line.strip_prefix("  ").filter(|rest| !rest.starts_with([' ', '#'])).and_then(|rest| rest.split_once(':'));
        let name = entry.and_then(|(key, _)| QualifiedName::parse(key.trim().trim_matches('\'')).ok());
        match entry {
            Some((key, rest)) if name.is_some_and(|name| names.contains(&name)) => match rest.trim_start().strip_prefix('{') {
                Some(rest) => lines.push(format!("  {key}: {{ external: true,{rest}")),
                None => lines.push(format!("  {key}:{rest}\n    external: true")),
            },
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

/// The project with these tables as tables of others.
fn converted(folder: &Path, names: &[QualifiedName]) -> Result<Compiled, String> {
    let (mut texts, diagnostics) = loader::texts(folder).map_err(|error| error.to_string())?.map_err(|_| "it cannot be read")?;
    let text = with_external(&texts.sources.get(texts.schema_file).text, names);
    texts.sources.replace(texts.schema_file, text);
    texts.config.closed_tables.0.retain(|name, _| QualifiedName::parse(name).map_or(true, |name| !names.contains(&name)));
    Ok(compiler::compile(texts, diagnostics))
}

fn looked_up(folder: &Path) -> Result<(), String> {
    let before = project::compile(folder)?;
    let tables = convertible(&before);
    let Ok(model) = project::model(&before) else { return Ok(()) };
    let names: Vec<QualifiedName> = tables.iter().map(|table| model.catalog.table(*table).name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let after = converted(folder, &names)?;
    let model = project::model(&after)?;
    for (name, rows) in &after.scenarios().0 {
        let database = deploy(folder, &before, &after, &names, rows)?;
        let is_same = "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relowner = 'others'::regrole AND relkind IN ('r', 'p') AND (relrowsecurity OR relacl::text LIKE '%rowgate%'))";
        let mut admin = database.connect("postgres")?;
        if !admin.query_one(is_same, &[]).map_err(|error| error.to_string())?.get::<_, bool>(0) {
            return Err(format!("{name}: something has become of a table of others"));
        }
        let failures = project::run(&database, model, rows)?;
        if !failures.is_empty() {
            return Err(format!("{name}:\n{}", failures.join("\n")));
        }
    }
    Ok(())
}

fn deploy(
    folder: &Path,
    before: &Compiled,
    after: &Compiled,
    names: &[QualifiedName],
    rows: &Scenarios,
) -> Result<Database, String> {
    let model = project::model(before)?;
    let database = Database::create("others")?;
    if let Ok(setup) = std::fs::read_to_string(folder.join("setup.sql")) {
        database.apply("postgres", &setup)?;
    }
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    let mut given = "DO $$ BEGIN CREATE ROLE others; EXCEPTION WHEN duplicate_object THEN END $$;\n".to_owned();
    for name in names {
        let table = quote::qualified(name);
        given.push_str(&format!("ALTER TABLE {table} OWNER TO others; GRANT SELECT, REFERENCES ON {table} TO {DEPLOYER};\n"));
    }
    database.apply("postgres", &given)?;
    database.apply(DEPLOYER, &plan::desired_state(&after.state().ok_or("there is no state")?))?;
    let mut admin = database.connect("postgres")?;
    rowgate::db::insert_rows(&mut admin, &model.catalog, rows).map_err(|error| rowgate::db::describe_error(&error))?;
    Ok(database)
}
