//! Looks at a database as an application does: by its login, on connections of its own. In: how to connect, the model, the query of the last step. Out:
//! facts. A fixed number of questions by the simple protocol, which any pooler passes on; nothing stays, but for a setting that means nothing.

mod pooling;
mod queries;

use postgres::{Client, Transaction};

use super::record::NAMES;
use super::rows::{ask, is, number, text};
use super::{ConnectError, DatabaseError, describe_error};
use crate::catalog::{QualifiedName, TableId};
use crate::doctor::{
    Facts, FoundTable, GivenSetting, InForce, KeptOut, Login, Power, PowerKind, RoleFacts, TableFacts, identity_settings,
};
use crate::model::{Model, Provider};
use crate::objects::quote::{identifier, literal, qualified};

/// What the doctor wants to know of a project.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The project.
    pub model: &'a Model,
    /// Its tables.
    pub tables: &'a [TableId],
    /// The query of the last step, as a session of the application asks it.
    pub last_step: &'a str,
}

/// Why a database could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The server refuses.
    #[error("the database says: {}", describe_error(.0))]
    Database(#[from] DatabaseError),
    /// A connection ended without a word.
    #[error("the second connection ended without an answer")]
    NoAnswer,
}

/// Settings that a session should not begin with, whichever the project is.
const SETTINGS: [&str; 4] =
    ["row_security", "session_replication_role", "standard_conforming_strings", "default_transaction_isolation"];

/// Questions have texts in them.
const READ_AS_WRITTEN: &str = "SET LOCAL standard_conforming_strings = on";

/// How long the tables may be looked through for rows that nobody should see.
const PATIENCE: &str = "2s";

/// Asks a database everything.
pub fn examine(connect: &(impl Fn() -> Result<Client, ConnectError> + Sync), asked: &Asked<'_>) -> Result<Facts, DoctorError> {
    let mut client = connect()?;
    let mut facts = catalog(&mut client, asked)?;
    let acting = acting_role(asked.model, &facts);
    names(&mut client, asked, acting.as_deref(), &mut facts)?;
    facts.identity = identity(&mut client, asked.model, acting.as_deref())?;
    facts.in_force = attempt(&mut client, acting.as_deref(), |transaction| in_force(transaction, asked.last_step))?;
    facts.seen_by_nobody = attempt(&mut client, acting.as_deref(), |transaction| seen_by_nobody(transaction, asked))?;
    facts.pooling = pooling::examine(client, connect)?;
    Ok(facts)
}

/// What the catalog says of a login and the tables, asked by somebody who may become that login: a superuser, or the login itself.
pub fn examine_login(client: &mut Client, login: &str, asked: &Asked<'_>) -> Result<Facts, DatabaseError> {
    client.batch_execute(&format!("SET SESSION AUTHORIZATION {}", identifier(login)))?;
    let facts = catalog(client, asked);
    client.batch_execute("RESET SESSION AUTHORIZATION")?;
    facts
}

/// What the catalog says of the login and the tables.
fn catalog(client: &mut Client, asked: &Asked<'_>) -> Result<Facts, DatabaseError> {
    let model = asked.model;
    let mut transaction = client.build_transaction().read_only(true).start()?;
    transaction.batch_execute(NAMES)?;
    let login = ask(&mut transaction, queries::LOGIN)?;
    let of_login = |column| login.first().map(|row| text(row, column)).unwrap_or_default();
    let is_so = |column| login.first().is_some_and(|row| is(row, column));
    let server_number = login.first().map(|row| number(row, 0)).unwrap_or_default();
    let names: Vec<String> =
        identity_settings(model).into_iter().map(|(name, _)| name).chain(SETTINGS.map(str::to_owned)).collect();
    let settings = ask(&mut transaction, &queries::settings(&names))?;
    let given = ask(&mut transaction, queries::GIVEN)?;
    let roles = ask(&mut transaction, &queries::roles(&model.application_roles(), server_number))?;
    let service: Vec<&str> = model.service_roles().collect();
    let powers = ask(&mut transaction, &queries::powers(&service, &table_names(asked), server_number))?;
    let found = ask(&mut transaction, &queries::tables(&table_names(asked)))?;
    transaction.rollback()?;
    let table = |(place, &id): (usize, &TableId)| {
        let row = found.iter().find(|row| number(row, 0) as usize == place + 1);
        let found = row.map(|row| FoundTable {
            is_enabled: is(row, 1),
            is_forced: is(row, 2),
            owner: text(row, 3),
            unbound: row.get(4).map(|words| words.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        });
        TableFacts { table: id, found, by_name: None }
    };
    let role = |row: &postgres::SimpleQueryRow| RoleFacts {
        name: text(row, 0),
        exists: is(row, 1),
        is_inherited: is(row, 2),
        is_settable: is(row, 3),
        is_member: is(row, 4),
    };
    let kept_out = [(7, KeptOut::NoLogin), (8, KeptOut::Expired), (9, KeptOut::NoConnect)];
    let kept_out = kept_out.into_iter().filter(|(column, _)| is_so(*column)).map(|(_, why)| why).collect();
    Ok(Facts {
        server_number,
        server_version: of_login(1),
        database: of_login(2),
        login: Login { name: of_login(3), begins_as: of_login(4), is_superuser: is_so(5), bypasses: is_so(6), kept_out },
        roles: roles.iter().map(role).collect(),
        powers: powers.iter().map(|row| Power { role: text(row, 0), kind: power(is(row, 1), is(row, 2)) }).collect(),
        tables: asked.tables.iter().enumerate().map(table).collect(),
        settings: settings.iter().map(|row| (text(row, 0), text(row, 1))).collect(),
        given: given
            .iter()
            .map(|row| GivenSetting { name: text(row, 0), role: row.get(1).map(str::to_owned), in_database: is(row, 2) })
            .collect(),
        identity: None,
        pooling: crate::doctor::Pooling::default(),
        in_force: Ok(Vec::new()),
        seen_by_nobody: Ok(Vec::new()),
    })
}

fn power(bypasses: bool, serves: bool) -> PowerKind {
    match (bypasses, serves) {
        (_, true) => PowerKind::Serves,
        (true, false) => PowerKind::Bypasses,
        (false, false) => PowerKind::Owns,
    }
}

fn table_names<'a>(asked: &Asked<'a>) -> Vec<&'a QualifiedName> {
    asked.tables.iter().map(|&table| &asked.model.catalog.table(table).name).collect()
}

/// The role that the application's statements run as, where the session may say so.
fn acting_role(model: &Model, facts: &Facts) -> Option<String> {
    let settable = || facts.roles.iter().filter(|role| role.exists && (role.is_settable || facts.login.is_superuser));
    let wanted = settable().find(|role| role.name == model.identity.signed_in_role);
    wanted.or_else(|| settable().next()).map(|role| role.name.clone())
}

/// Begins a transaction as the application would.
fn begin<'a>(client: &'a mut Client, acting: Option<&str>) -> Result<Transaction<'a>, DatabaseError> {
    let mut transaction = client.build_transaction().read_only(true).start()?;
    transaction.batch_execute(READ_AS_WRITTEN)?;
    if let Some(role) = acting {
        transaction.batch_execute(&format!("SET LOCAL ROLE {}", identifier(role)))?;
    }
    Ok(transaction)
}

/// Something that may fail without the rest being in doubt.
fn attempt<T>(
    client: &mut Client,
    acting: Option<&str>,
    question: impl FnOnce(&mut Transaction<'_>) -> Result<T, DatabaseError>,
) -> Result<Result<T, String>, DatabaseError> {
    let mut transaction = begin(client, acting)?;
    let answer = question(&mut transaction).map_err(|error| describe_error(&error));
    transaction.rollback()?;
    Ok(answer)
}

/// What the names of tables mean to the application's statements.
fn names(client: &mut Client, asked: &Asked<'_>, acting: Option<&str>, facts: &mut Facts) -> Result<(), DatabaseError> {
    let mut transaction = begin(client, acting)?;
    let path = ask(&mut transaction, "SELECT pg_catalog.current_schemas(true)::pg_catalog.text")?;
    let path = path.first().map(|row| text(row, 0)).unwrap_or_default();
    transaction.batch_execute(NAMES)?;
    for row in ask(&mut transaction, &queries::by_name(&table_names(asked), &path))? {
        let place = (number(&row, 0) as usize).checked_sub(1);
        if let Some(table) = place.and_then(|place| facts.tables.get_mut(place)) {
            let name = asked.model.catalog.table(table.table).name.name.as_str();
            table.by_name = Some(QualifiedName::new(text(&row, 1), name));
        }
    }
    transaction.rollback()
}

/// What the project's own function says of a fresh session.
fn identity(
    client: &mut Client,
    model: &Model,
    acting: Option<&str>,
) -> Result<Option<Result<Option<String>, String>>, DatabaseError> {
    let Provider::Function(name) = &model.identity.provider else { return Ok(None) };
    let question = format!("SELECT {}()::pg_catalog.text", qualified(name));
    let answer = attempt(client, acting, |transaction| {
        Ok(ask(transaction, &question)?.first().and_then(|row| row.get(0)).filter(|text| !text.is_empty()).map(str::to_owned))
    });
    answer.map(Some)
}

fn in_force(transaction: &mut Transaction<'_>, query: &str) -> Result<Vec<InForce>, DatabaseError> {
    transaction.batch_execute(&format!("{NAMES}; SET LOCAL jit = off"))?;
    let rows = ask(transaction, query)?;
    let row = |row: &postgres::SimpleQueryRow| InForce {
        check: number(row, 0) as usize,
        what: text(row, 1),
        lets: text(row, 2),
        closes: row.get(3).map(str::to_owned),
        fails: is(row, 4),
    };
    Ok(rows.iter().map(row).collect())
}

/// Tables of which rows are seen with nobody signed in. One statement with a limit of time: where nobody sees anything, all rows are looked at.
fn seen_by_nobody(transaction: &mut Transaction<'_>, asked: &Asked<'_>) -> Result<Vec<TableId>, DatabaseError> {
    for (name, _) in identity_settings(asked.model) {
        transaction.batch_execute(&format!("SELECT pg_catalog.set_config({}, '', true)", literal(&name)))?;
    }
    let readable = ask(transaction, &queries::readable(&table_names(asked)))?;
    let readable: Vec<TableId> =
        readable.iter().filter_map(|row| asked.tables.get((number(row, 0) as usize).checked_sub(1)?).copied()).collect();
    if readable.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<String> = readable
        .iter()
        .enumerate()
        .map(|(place, &table)| {
            format!("SELECT {place} WHERE EXISTS (SELECT FROM {})", qualified(&asked.model.catalog.table(table).name))
        })
        .collect();
    transaction.batch_execute(&format!("SET LOCAL statement_timeout = '{PATIENCE}'"))?;
    let seen = ask(transaction, &questions.join(" UNION ALL "))?;
    Ok(seen.iter().filter_map(|row| readable.get(number(row, 0) as usize).copied()).collect())
}
