//! A project folder on the server: compiled, its schema made, its SQL applied by a deployer that is no superuser, its scenarios run as the
//! application's roles.

use rowgate::objects::quote;
use std::path::Path;

use rowgate::access;
use rowgate::db;
use rowgate::diagnostic::{self, Diagnostic, Sources};
use rowgate::encode::{self, Encoding, Target};
use rowgate::model::Model;
use rowgate::plan;
use rowgate::project::Compiled;
use rowgate::scenario::Scenarios;

use crate::cluster::{DEPLOYER, Database};
use crate::{ddl, platforms};

/// Compiles a folder as the command line does. The error is its diagnostics, rendered.
pub fn compile(folder: &Path) -> Result<Compiled, String> {
    match rowgate::cli::loader::compile(folder).map_err(|error| error.to_string())? {
        Ok(compiled) => Ok(compiled),
        Err(failed) => Err(render(&failed.diagnostics, &failed.sources)),
    }
}

/// Diagnostics as the terminal shows them, without colours.
pub fn render(diagnostics: &[diagnostic::Diagnostic], sources: &Sources) -> String {
    let rendered: Vec<String> = diagnostics.iter().map(|one| diagnostic::render(one, sources, false)).collect();
    rendered.join("\n\n")
}

/// What `check` says of a project, without advice.
pub fn messages(compiled: &Compiled) -> String {
    let mut all = compiled.check();
    all.retain(|one| one.severity() != diagnostic::Severity::Advice);
    render(&all, &compiled.sources)
}

/// The model of a project that must have no errors.
pub fn model(compiled: &Compiled) -> Result<&Model, String> {
    let whole = compiled.meaning.as_ref().map(|meaning| &meaning.model);
    whole.ok_or_else(|| render(&compiled.diagnostics, &compiled.sources))
}

/// The model of a project that is nowhere on a disk, with its texts. The error is its messages.
pub fn model_of(config: &str, schema: &str, policy: &str) -> Result<(Model, Sources), String> {
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let config_file = sources.add("rowgate.yaml", config);
    let schema_file = sources.add("schema.yaml", schema);
    let policy_file = sources.add("rules.policy", policy);
    let config = rowgate::project::load_config(&sources, config_file, &mut diagnostics);
    let catalog = rowgate::catalog::load(&sources, schema_file, &mut diagnostics);
    let files = [rowgate::syntax::parse_file(&sources, policy_file, &mut diagnostics)];
    let model = config.zip(catalog).and_then(|(config, catalog)| {
        let (catalog, files) = (std::sync::Arc::new(catalog), files.iter().collect::<Vec<_>>());
        let input =
            rowgate::model::Input { sources: &sources, config: &config, config_file, catalog, files: &files, memory: None };
        rowgate::model::bind(input, &mut diagnostics)
    });
    let broken = diagnostics.iter().any(|one| one.severity() == diagnostic::Severity::Error);
    match model.filter(|_| !broken) {
        Some(model) => Ok((model, sources)),
        None => Err(render(&diagnostics, &sources)),
    }
}

/// A database with the project's schema, its policies applied by the deployer, and the rows of one test file.
pub fn deploy(folder: &Path, compiled: &Compiled, rows: &Scenarios) -> Result<Database, String> {
    let model = model(compiled)?;
    let state = compiled.state().ok_or("there is no state")?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let database = platforms::database_of(&name)?;
    if let Ok(setup) = std::fs::read_to_string(folder.join("setup.sql")) {
        database.apply("postgres", &setup)?;
    }
    database.apply(DEPLOYER, &ddl::create(&model.catalog))?;
    database.apply_rules(&plan::desired_state(&state))?;
    let mut admin = database.connect("postgres")?;
    db::insert_rows(&mut admin, &model.catalog, rows).map_err(|error| db::describe_error(&error))?;
    Ok(database)
}

/// Applies a project and runs all its scenarios. Gives the number of expectations that hold.
pub fn enforce(folder: &Path, compiled: &Compiled) -> Result<usize, String> {
    let model = model(compiled)?;
    let mut expectations = 0;
    for (name, scenarios) in &compiled.scenarios().0 {
        let database = deploy(folder, compiled, scenarios)?;
        let failures = run(&database, model, scenarios)?;
        if !failures.is_empty() {
            return Err(format!("{name}:\n{}", failures.join("\n")));
        }
        outsiders_see_nothing(&database, model, scenarios)?;
        expectations += scenarios.expectations();
    }
    Ok(expectations)
}

/// The expectations that do not hold, in words.
pub fn run(database: &Database, model: &Model, scenarios: &Scenarios) -> Result<Vec<String>, String> {
    let mut client = database.connect("postgres")?;
    let failures = db::run_scenarios(&mut client, model, scenarios).map_err(|error| db::describe_error(&error))?;
    Ok(failures.iter().map(|failure| format!("{}: {}: {}", failure.scenario, failure.attempt, failure.outcome)).collect())
}

/// A role that somebody granted every table to, and that the rules do not know: policies name their roles, so it sees no row and
/// makes none.
pub fn outsiders_see_nothing(database: &Database, model: &Model, scenarios: &Scenarios) -> Result<(), String> {
    let mut admin = database.connect("postgres")?;
    let describe = |error: db::DatabaseError| db::describe_error(&error);
    for (_, table) in model.catalog.tables().filter(|(_, table)| !table.is_external()) {
        let (schema, name) = (quote::identifier(&table.name.schema), quote::qualified(&table.name));
        admin
            .batch_execute(&format!("GRANT USAGE ON SCHEMA {schema} TO outsider; GRANT ALL ON {name} TO outsider"))
            .map_err(describe)?;
    }
    // Lookup functions are closed to outsiders as well; here the policies have to do without that.
    let lookup = quote::identifier(&model.lookup_schema).into_owned();
    let open = format!(
        "DO $$ BEGIN IF to_regnamespace({}) IS NOT NULL THEN GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {lookup} TO outsider; END IF; END $$",
        quote::literal(&lookup)
    );
    admin.batch_execute(&open).map_err(describe)?;
    let mut outsider = database.connect("outsider")?;
    for actor in scenarios.scenarios.iter().map(|scenario| &scenario.actor) {
        let Some(identity) = &actor.identity else { continue };
        for (setting, value) in &actor.settings {
            outsider.execute("SELECT set_config($1, $2, false)", &[setting, value]).map_err(describe)?;
        }
        if let rowgate::model::Provider::Setting(setting) = &model.identity.provider {
            let identity = identity.as_str().map_or_else(|| identity.as_i64().unwrap_or(0).to_string(), str::to_owned);
            outsider.execute("SELECT set_config($1, $2, false)", &[setting, &identity]).map_err(describe)?;
        }
        for (id, table) in model.catalog.tables().filter(|(_, table)| !table.is_external()) {
            let name = quote::qualified(&table.name);
            let rows = scenarios.rows.get(&id).into_iter().flatten();
            // Without a WHERE, an update or delete asks only the policies of its own command.
            let writable = table.columns.iter().find(|column| !column.generated);
            let update = writable.map(|column| format!("UPDATE {name} SET {} = DEFAULT", quote::identifier(&column.name)));
            let statements = rows.map(|row| db::insert(table, row)).chain(update).chain([format!("DELETE FROM {name}")]);
            for statement in statements.chain([format!("SELECT FROM {name}")]) {
                let mut transaction = outsider.transaction().map_err(describe)?;
                match transaction.execute(&statement, &[]) {
                    Ok(0) => {}
                    Err(error) if statement.starts_with("INSERT") && error.code().is_some_and(|code| code.code() == "42501") => {}
                    other => return Err(format!("a role that no policy names gets through: {statement}: {other:?}")),
                }
            }
        }
    }
    Ok(())
}

/// What the database is told of a model, and what is said of it.
pub fn encode(model: &Model) -> (Encoding, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let encoding = encode::encode(model, &access::combine(model), Target::postgresql(model), &mut diagnostics);
    (encoding, diagnostics)
}
