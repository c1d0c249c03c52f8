//! `rowgate pull`: what a server says of its tables, as a schema file; and a schema file that is there, brought up to date.

mod annotated;
mod commands;
mod from_sql;
mod hostile;
mod kinds;

use std::collections::BTreeMap;
use std::time::Instant;

use libtest_mimic::Trial;
use rowgate::catalog::{Catalog, ColumnRef, QualifiedName, Table};
use rowgate::db;
use rowgate::diagnostic::{Diagnostic, Sources};
use rowgate::objects::quote::{identifier, qualified};
use rowgate::pull;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, folders, platforms, root, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("pull::names_of_any_letters_go_all_the_way", hostile::all_the_way),
        trial("pull::what_it_writes_for_an_example_is_its_schema_file", examples),
        trial("pull::every_kind_of_thing_is_written_or_said", kinds::every_kind),
        trial("pull::types_are_never_others", kinds::types),
        trial("pull::tables_of_others_are_marked", kinds::others),
        trial("pull::what_somebody_added_stays", annotated::added),
        trial("pull::forms_of_writing_stay", annotated::forms),
        trial("pull::the_command_writes_checks_and_refuses", commands::command),
        trial("pull::files_give_what_the_database_gives", from_sql::same_as_database),
        trial("pull::migrations_are_run_upward_as_their_tools_do", from_sql::migrations),
        trial("pull::what_is_wrong_with_files_is_told_by_its_line", from_sql::refused),
        trial("pull::no_server_is_left_by_who_is_killed", from_sql::killed),
        trial("pull::a_thousand_tables_take_a_second_or_two", many),
    ]
}

/// The catalog of a text, which has to be without errors.
fn load(text: &str) -> Result<Catalog, String> {
    let (mut sources, mut found): (Sources, Vec<Diagnostic>) = (Sources::default(), Vec::new());
    let file = sources.add("schema.yaml", text);
    let catalog = rowgate::catalog::load(&sources, file, &mut found);
    match (catalog, found.as_slice()) {
        (Some(catalog), []) => Ok(catalog),
        _ => Err(format!("{text}\n{}", crate::project::render(&found, &sources))),
    }
}

/// What a role reads of a database.
fn read(database: &Database, role: &str, schemas: &[&str], patterns: &[&str]) -> Result<pull::Facts, String> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let read =
        db::read_schema(&mut database.connect(role)?, &owned(schemas), &owned(patterns)).map_err(|error| error.to_string())?;
    Ok(read.facts)
}

/// A table in words that do not depend on the order of its columns.
fn meaning(catalog: &Catalog, table: &Table, id: rowgate::catalog::TableId) -> String {
    let name = |index: &u32| table.columns.get(*index as usize).map_or("?", |column| column.name.as_str());
    let names = |key: &Vec<u32>| key.iter().map(name).collect::<Vec<_>>().join(",");
    let mut lists: Vec<String> = table.unique.iter().map(|key| format!("unique {}", names(key))).collect();
    // Those on what is derived are of the file alone.
    let of_columns = table.indexes.iter().filter(|index| index.iter().all(|&column| (column as usize) < table.columns.len()));
    lists.extend(of_columns.map(|key| format!("index {}", names(key))));
    for (index, column) in table.values() {
        let own = ColumnRef { table: id, column: index };
        if catalog.derivation(own).is_some() && !catalog.is_tuple(own) {
            continue;
        }
        if catalog.is_tuple(own) && column.references.is_none() {
            continue;
        }
        let part = |column: ColumnRef| format!("{}.{}", catalog.table(column.table).name, catalog.column(column).name);
        let parts: Vec<String> = catalog.parts(own).into_iter().map(part).collect();
        let target = column.references.map(|target| catalog.parts(target).into_iter().map(part).collect::<Vec<_>>());
        lists.push(format!(
            "{parts:?} {} {:?} {} {target:?} {:?} {:?} {} {}",
            column.r#type,
            column.collation,
            column.nullable,
            column.default_by_value(),
            column.sequence,
            column.generated,
            column.identity
        ));
    }
    lists.sort();
    format!("{} key {}\n  {}", table.name, names(&table.primary_key), lists.join("\n  "))
}

fn meanings(catalog: &Catalog) -> BTreeMap<QualifiedName, String> {
    catalog.tables().map(|(id, table)| (table.name.clone(), meaning(catalog, table, id))).collect()
}

/// The indexes of a schema file, which `ddl` leaves to who needs them.
fn indexes(catalog: &Catalog) -> String {
    let mut script = String::new();
    for (_, table) in catalog.tables().filter(|(_, table)| !table.is_of_others()) {
        for index in table.indexes.iter().filter(|index| index.iter().all(|&column| (column as usize) < table.columns.len())) {
            let columns: Vec<_> = index.iter().map(|&column| identifier(&table.columns[column as usize].name)).collect();
            script.push_str(&format!("CREATE INDEX ON {} ({});\n", qualified(&table.name), columns.join(", ")));
        }
    }
    script
}

fn examples() -> Result<(), String> {
    for folder in folders(&root().join("policies")) {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(folder.join("schema.yaml")).map_err(|error| error.to_string())?;
        let catalog = load(&text)?;
        let database = platforms::database_of(&name)?;
        database.apply(DEPLOYER, &format!("{}{}", ddl::create(&catalog), indexes(&catalog)))?;
        let facts = read(&database, DEPLOYER, &[], &[])?;
        let pulled = pull::new_file(&facts);
        let (mut wanted, mut found) = (meanings(&catalog), meanings(&load(&pulled)?));
        // Of tables of others, the file has what its rules need.
        let of_others = |name: &QualifiedName| catalog.by_name(name).is_some_and(|id| catalog.table(id).is_of_others());
        [&mut wanted, &mut found].into_iter().for_each(|all| all.retain(|name, _| !of_others(name)));
        if wanted != found {
            let differ = wanted.iter().filter(|(name, text)| found.get(name) != Some(text));
            let differ: Vec<String> =
                differ.map(|(name, text)| format!("{text}\n{}", found.get(name).cloned().unwrap_or_default())).collect();
            return Err(format!("{name}:\n{}\n{pulled}", differ.join("\n")));
        }
        if catalog.enums() != load(&pulled)?.enums() {
            return Err(format!("{name}: {:?}", catalog.enums()));
        }
        // Written by hand or by itself, it has nothing to change.
        for file in [&text, &pulled] {
            let again = pull::updated(file, &read(&database, DEPLOYER, &[], &[])?).map_err(|error| error.to_string())?;
            if again.text != **file {
                return Err(format!("{name}:\n{}", again.text));
            }
        }
    }
    Ok(())
}

/// 1,000 tables of 10 columns and 3 constraints each.
fn many() -> Result<(), String> {
    let database = Database::create("pull_many")?;
    let mut admin = database.connect(DEPLOYER)?;
    let make = "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE t%s (id integer PRIMARY KEY, a text NOT NULL DEFAULT ''x'', b uuid UNIQUE, \
                c timestamptz DEFAULT now(), d integer, e numeric(10,2), f boolean, g jsonb, h date, parent_id integer REFERENCES t%s)', i, greatest(i - 1, 1)); \
                EXECUTE format('CREATE INDEX ON t%s (parent_id)', i); IF i % 100 = 0 THEN COMMIT; END IF; END LOOP; END $$";
    // A table references the one before it; the first itself.
    admin.batch_execute(make).map_err(|error| db::describe_error(&error))?;
    let mut texts = Vec::new();
    let mut shortest = f64::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        texts.push(pull::new_file(&read(&database, DEPLOYER, &[], &[])?));
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    let start = Instant::now();
    let again = pull::updated(&texts[0], &read(&database, DEPLOYER, &[], &[])?).map_err(|error| error.to_string())?;
    let update = start.elapsed().as_secs_f64();
    if texts.iter().any(|text| *text != texts[0]) || again.text != texts[0] {
        return Err("the bytes are others the next time".to_owned());
    }
    let catalog = load(&texts[0])?;
    if catalog.tables().count() != 1000 {
        return Err(format!("{} tables", catalog.tables().count()));
    }
    // Built for tests, and several share the machine: a limit that only another order of growth exceeds.
    eprintln!("1,000 tables: {shortest:.2} s, beside a file {update:.2} s");
    if shortest > 6.0 || update > 12.0 { Err(format!("{shortest:.2} s, {update:.2} s")) } else { Ok(()) }
}
