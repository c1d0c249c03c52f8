//! How a session of the application begins: the server, settings, who it already is, what a pooler leaves.

use super::facts::{Facts, GivenSetting};
use super::{Finding, Severity, VERSIONS, identity_settings};
use crate::model::Model;
use crate::objects::quote::identifier;

/// Whether the server is one that the SQL is made for.
pub(super) fn server(facts: &Facts) -> Vec<Finding> {
    let (major, version) = (facts.server_number / 10_000, &facts.server_version);
    if major < *VERSIONS.start() {
        let says = format!("the server is PostgreSQL {version}");
        let means = "the generated SQL needs 15 or later, and what it does here nobody has tried";
        return vec![Finding::new("server-old", Severity::Failure, says, means).mended_by("use PostgreSQL 15 or later")];
    }
    if major > *VERSIONS.end() {
        let says = format!("the server is PostgreSQL {version}, which is newer than this rowgate");
        let means = "what is new in it is not known here";
        return vec![Finding::new("server-new", Severity::Notice, says, means).mended_by("use a newer rowgate, if there is one")];
    }
    Vec::new()
}

pub(super) fn examine(model: &Model, facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = identity_settings(model).iter().filter_map(|(name, what)| preset(facts, name, what)).collect();
    found.extend(function(facts));
    found.extend(pooling(facts));
    found.extend(settings(facts));
    found
}

/// A fresh connection that already says who somebody is.
fn preset(facts: &Facts, name: &str, what: &str) -> Option<Finding> {
    facts.setting(name).filter(|value| !value.is_empty())?;
    let says = format!("a fresh connection already has a value for `{name}`, which says {what}");
    let means = "who forgets to say who is signed in acts as somebody, and nobody notices";
    let given = facts.given.iter().filter(|given| given.name.eq_ignore_ascii_case(name)).max_by_key(|given| precedence(given));
    let mends = given.map_or_else(
        || "somebody set it without LOCAL and gave the connection back to a pool: set it in a transaction, by set_config(…, true)".to_owned(),
        |given| reset(given, &facts.database),
    );
    Some(Finding::new("identity-preset", Severity::Danger, says, means).mended_by(mends))
}

/// That of a role in a database is stronger than that of the role, and that than the database's.
fn precedence(given: &GivenSetting) -> (bool, bool) {
    (given.role.is_some(), given.in_database)
}

/// The statement that takes a setting away.
fn reset(given: &GivenSetting, database: &str) -> String {
    let database = identifier(database);
    let name: Vec<_> = given.name.split('.').map(identifier).collect();
    let name = name.join(".");
    match (&given.role, given.in_database) {
        (Some(role), true) => format!("ALTER ROLE {} IN DATABASE {database} RESET {name}", identifier(role)),
        (Some(role), false) => format!("ALTER ROLE {} RESET {name}", identifier(role)),
        (None, true) => format!("ALTER DATABASE {database} RESET {name}"),
        (None, false) => format!("ALTER ROLE ALL RESET {name}"),
    }
}

/// The project's own function, asked by nobody.
fn function(facts: &Facts) -> Option<Finding> {
    match facts.identity.as_ref()? {
        Ok(None) => None,
        Ok(Some(_)) => {
            let says = "the function that says who is signed in names somebody on a fresh connection";
            let means = "who forgets to say who is signed in acts as somebody, and nobody notices";
            let mends = "let it answer NULL until the application has said who it is";
            Some(Finding::new("identity-preset", Severity::Danger, says, means).mended_by(mends))
        }
        Err(reason) => {
            let says = format!("the function that says who is signed in fails where nobody is: {reason}");
            let means = "visitors see errors instead of what they may see";
            let mends = "let it answer NULL where nobody is signed in, and grant EXECUTE on it to the application's roles";
            Some(Finding::new("identity-fails", Severity::Notice, says, means).mended_by(mends))
        }
    }
}

fn pooling(facts: &Facts) -> Option<Finding> {
    let pooling = facts.pooling;
    if !pooling.is_shared && !pooling.keeps_settings {
        return None;
    }
    let (id, says) = match (pooling.is_shared, pooling.keeps_settings) {
        (true, true) => (
            "pool-by-transaction",
            "a pooler gives one connection of the server to several clients, and what one sets for its session, the next one has",
        ),
        (true, false) => ("pool-by-transaction", "a pooler gives one connection of the server to several clients"),
        (false, _) => {
            ("pool-keeps-settings", "a pooler gives a connection on with what the client before has set for its session")
        }
    };
    let means = "an identity that is set without LOCAL is the next client's, who then acts as somebody else";
    let mends = "say who is signed in inside of each transaction, by set_config(…, true) or SET LOCAL, and never by SET";
    Some(Finding::new(id, Severity::Notice, says, means).mended_by(mends))
}

/// Settings that a session should not begin with: name, whether a value is bad, how bad, what it means.
type Habit = (&'static str, fn(&str) -> bool, Severity, &'static str);

const HABITS: [Habit; 4] = [
    (
        "row_security",
        |value| value == "off",
        Severity::Failure,
        "each statement on a table with policies fails instead of showing what somebody may see",
    ),
    (
        "session_replication_role",
        |value| value == "replica",
        Severity::Danger,
        "triggers do not fire: those of the application, and checks of foreign keys among them",
    ),
    (
        "standard_conforming_strings",
        |value| value == "off",
        Severity::Danger,
        "a text that a client quotes by doubling quotes can end early (`\\'`), and what follows is run as SQL",
    ),
    (
        "default_transaction_isolation",
        |value| value == "repeatable read" || value == "serializable",
        Severity::Notice,
        "a transaction keeps the rights that it began with for as long as it is open; idle_in_transaction_session_timeout bounds that",
    ),
];

fn settings(facts: &Facts) -> Vec<Finding> {
    let bad = HABITS.iter().filter_map(|(name, is_bad, severity, means)| {
        let value = facts.setting(name).filter(|value| is_bad(value))?;
        let given = facts.given.iter().filter(|given| given.name == *name).max_by_key(|given| precedence(given));
        let mends = given.map_or_else(
            || format!("where it is set (postgresql.conf, the connection's options): {name}"),
            |given| reset(given, &facts.database),
        );
        Some(Finding::new("setting", *severity, format!("sessions begin with {name} = {value}"), *means).mended_by(mends))
    });
    bad.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Login, Pooling};

    fn facts(server_number: u32) -> Facts {
        Facts {
            server_number,
            server_version: "x".to_owned(),
            database: "shop".to_owned(),
            login: Login::default(),
            roles: Vec::new(),
            powers: Vec::new(),
            tables: Vec::new(),
            settings: vec![("app.user_id".to_owned(), "7".to_owned()), ("row_security".to_owned(), "on".to_owned())],
            given: Vec::new(),
            identity: None,
            pooling: Pooling::default(),
            in_force: Ok(Vec::new()),
            seen_by_nobody: Ok(Vec::new()),
        }
    }

    #[test]
    fn servers_are_of_a_version_that_is_known() {
        let id = |number| server(&facts(number)).first().map(|finding| finding.id.clone());
        assert_eq!(id(140_012).as_deref(), Some("server-old"));
        assert_eq!((id(150_018), id(180_004)), (None, None));
        assert_eq!(id(190_000).as_deref(), Some("server-new"));
    }

    /// What is given to the role in the database is what holds.
    #[test]
    fn the_strongest_setting_is_the_one_to_take_away() {
        let mut facts = facts(150_000);
        let mends = |facts: &Facts| preset(facts, "app.user_id", "").and_then(|finding| finding.mends).unwrap_or_default();
        assert!(mends(&facts).contains("without LOCAL"));
        for (role, in_database, statement) in [
            (None, true, "ALTER DATABASE shop RESET app.user_id"),
            (Some("web"), false, "ALTER ROLE web RESET app.user_id"),
            (Some("web"), true, "ALTER ROLE web IN DATABASE shop RESET app.user_id"),
        ] {
            let given = GivenSetting { name: "app.user_id".to_owned(), role: role.map(str::to_owned), in_database };
            facts.given.insert(0, given);
            assert_eq!(mends(&facts), statement);
        }
        assert!(settings(&facts).is_empty() && preset(&facts, "app.tenant", "").is_none());
    }

    #[test]
    fn a_function_of_the_project_names_nobody_until_it_is_told() {
        let id = |identity| function(&Facts { identity, ..facts(150_000) }).map(|finding| finding.id);
        assert_eq!(id(Some(Ok(None))), None);
        assert_eq!(id(Some(Ok(Some("7".to_owned())))).as_deref(), Some("identity-preset"));
        assert_eq!(id(Some(Err("no".to_owned()))).as_deref(), Some("identity-fails"));
    }
}
