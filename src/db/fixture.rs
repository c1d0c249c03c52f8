//! A transaction in which scenarios are run: the rows of a test file, and nobody in whose hands the rules would not count. In: a connection of a superuser, in a database
//! where the rules are in force. Out: what came of each cell; nothing of it is left behind.

use std::collections::BTreeSet;

use postgres::{Client, Transaction};

use super::DatabaseError;
use super::probe::{insert_all, try_scenario};
use super::rows::{ask, is, text};
use super::session::relation;
use crate::model::Model;
use crate::objects::quote::{literal, qualified};
use crate::scenario::{Scenario, Scenarios, Tried};

/// Why scenarios say nothing in a database.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// A role of the application that is not there.
    #[error("the application's role `{0}` is not in this database")]
    NoRole(String),
    /// A role of the application for which no policy counts.
    #[error("no policy counts for the application's role `{role}`: {why}")]
    NotBound {
        /// The role.
        role: String,
        /// Why not.
        why: String,
    },
    /// A table that a test file has rows of, which is not there.
    #[error("the table `{0}` is not in this database")]
    NoTable(String),
    /// A table that has other rows than those of a test file.
    #[error("`{0}` has rows already, and scenarios know theirs alone")]
    HasRows(String),
    /// A login that cannot put rows where policies stand in the way.
    #[error(
        "`{0}` is no superuser: rows of test files are put past policies and triggers, and only the application's roles are held to them"
    )]
    Login(String),
    /// The server fails in another way than by denying.
    #[error("{}", super::describe_error(.0))]
    Database(#[from] DatabaseError),
}

/// Refuses a database in which scenarios would say nothing.
pub fn is_fit(client: &mut Client, model: &Model) -> Result<(), NotRun> {
    let mut transaction = client.transaction()?;
    let login = ask(&mut transaction, "SELECT rolname, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")?;
    if let Some(login) = login.first().filter(|login| !is(login, 1)) {
        return Err(NotRun::Login(text(login, 0)));
    }
    for role in model.application_roles() {
        held_to_policies(&mut transaction, model, role)?;
    }
    transaction.rollback()?;
    Ok(())
}

fn held_to_policies(transaction: &mut Transaction<'_>, model: &Model, role: &str) -> Result<(), NotRun> {
    let query = format!(
        "SELECT rolname, rolsuper, rolbypassrls FROM pg_catalog.pg_roles WHERE pg_catalog.pg_has_role({0}, oid, 'MEMBER') OR rolname = {0} ORDER BY rolname <> {0}, rolname",
        literal(role)
    );
    let is_there = format!("SELECT FROM pg_catalog.pg_roles WHERE rolname = {}", literal(role));
    if ask(transaction, &is_there)?.is_empty() {
        return Err(NotRun::NoRole(role.to_owned()));
    }
    let refused = |why: String| Err(NotRun::NotBound { role: role.to_owned(), why });
    for held in ask(transaction, &query)? {
        let name = text(&held, 0);
        let whose = if name == role { "it is".to_owned() } else { format!("it may act as `{name}`, which is") };
        match (is(&held, 1), is(&held, 2)) {
            (true, _) => return refused(format!("{whose} a superuser")),
            (_, true) => return refused(format!("{whose} a role with BYPASSRLS")),
            _ => {}
        }
    }
    for (_, table) in model.catalog.tables().filter(|(id, _)| model.tables.contains_key(id)) {
        let query = format!(
            "SELECT pg_catalog.pg_get_userbyid(relowner) FROM pg_catalog.pg_class \
             WHERE oid = {} AND NOT relforcerowsecurity AND pg_catalog.pg_has_role({}, relowner, 'MEMBER')",
            relation(&table.name),
            literal(role)
        );
        if let Some(owner) = ask(transaction, &query)?.first() {
            let whose = if text(owner, 0) == role { "it owns" } else { "it may act as the owner of" };
            return refused(format!("{whose} `{}`, whose row security is not forced", table.name));
        }
    }
    Ok(())
}

/// Runs scenarios of a file, in one transaction that is rolled back.
pub fn run_in_transaction(
    client: &mut Client,
    model: &Model,
    scenarios: &Scenarios,
    wanted: &[&Scenario],
) -> Result<Vec<Vec<Tried>>, NotRun> {
    let mut transaction = client.transaction()?;
    let about = wanted.iter().flat_map(|scenario| scenario.tables.iter().copied());
    let tables: BTreeSet<_> = scenarios.rows.keys().copied().chain(about).collect();
    for id in tables {
        let name = &model.catalog.table(id).name;
        let is_there = format!("SELECT {} IS NOT NULL", relation(name));
        if !ask(&mut transaction, &is_there)?.first().is_some_and(|row| is(row, 0)) {
            return Err(NotRun::NoTable(name.to_string()));
        }
        if !ask(&mut transaction, &format!("SELECT FROM {} LIMIT 1", qualified(name)))?.is_empty() {
            return Err(NotRun::HasRows(name.to_string()));
        }
    }
    insert_all(&mut transaction, &model.catalog, scenarios)?;
    transaction.batch_execute("SET LOCAL session_replication_role = origin")?;
    let mut tried = Vec::new();
    for scenario in wanted {
        tried.push(try_scenario(&mut transaction, model, scenarios, scenario)?);
    }
    transaction.rollback()?;
    Ok(tried)
}

/// Makes a database that is new the one of a project: its tables, then the rules, by a role as whoever deploys has.
pub fn furnish(mut client: Client, tables: &str, rules: &str) -> Result<Client, NotRun> {
    client.batch_execute(
        "CREATE ROLE rowgate_deployer CREATEROLE; \
         DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO rowgate_deployer', current_database()); END $$; GRANT ALL ON SCHEMA public TO rowgate_deployer; SET SESSION AUTHORIZATION rowgate_deployer",
    )?;
    client.batch_execute(tables)?;
    client.batch_execute(rules)?;
    client.batch_execute("RESET SESSION AUTHORIZATION")?;
    Ok(client)
}
