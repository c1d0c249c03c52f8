//! Reads what a database says of who may do what: policies, rights, roles, helper functions. In: a connection, and which tables are meant. Out: facts. A fixed number of questions in one
//! transaction that changes nothing.

mod ours;
mod queries;

use std::collections::BTreeSet;

use postgres::{Client, SimpleQueryRow, Transaction};

use super::DatabaseError;
use super::rows::{ask, is, name, number, text};
use crate::catalog::QualifiedName;
use crate::import::{Equality, Facts, FunctionFacts, GrantFacts, Names, OfPart, PolicyFacts, RoleFacts, TableFacts};
use crate::model::Operation;

/// Reads what concerns some tables.
pub fn read_policies(client: &mut Client, tables: &BTreeSet<QualifiedName>) -> Result<Facts, DatabaseError> {
    let mut transaction =
        client.build_transaction().read_only(true).isolation_level(postgres::IsolationLevel::RepeatableRead).start()?;
    let paths = ask(&mut transaction, queries::SEARCH_PATHS)?;
    let paths = paths.iter().filter_map(|row| search_path(&[row.get(0).map(str::to_owned)]));
    let mut facts = Facts { search_paths: paths.collect(), ..Facts::default() };
    transaction.batch_execute(queries::PREPARE)?;
    facts.names = names(&mut transaction)?;
    for row in ask(&mut transaction, queries::ROLES)? {
        let own = BTreeSet::from([text(&row, 0)]);
        facts.roles.insert(
            text(&row, 0),
            RoleFacts { is_superuser: is(&row, 1), bypasses: is(&row, 2), is_login: is(&row, 3), has_rights_of: own },
        );
    }
    for row in ask(&mut transaction, queries::RIGHTS)? {
        if let Some(role) = facts.roles.get_mut(&text(&row, 0)) {
            role.has_rights_of.insert(text(&row, 1));
        }
    }
    for row in ask(&mut transaction, queries::SCHEMAS)? {
        let users = facts.schemas.entry(text(&row, 0)).or_default();
        users.extend(row.get(1).map(str::to_owned));
    }
    for row in ask(&mut transaction, queries::TABLES)?.iter().filter(|row| tables.contains(&name(row, 0))) {
        let table = TableFacts { owner: text(row, 2), is_enabled: is(row, 3), is_forced: is(row, 4), grants: Vec::new() };
        facts.tables.insert(name(row, 0), table);
    }
    for row in ask(&mut transaction, queries::GRANTS)? {
        let grant = operation(&text(&row, 3)).map(|operation| GrantFacts {
            role: row.get(2).map(str::to_owned),
            operation,
            column: row.get(4).map(str::to_owned),
        });
        if let Some(table) = facts.tables.get_mut(&name(&row, 0)) {
            table.grants.extend(grant);
        }
    }
    let policies = ask(&mut transaction, queries::POLICIES)?;
    let policies = policies.iter().filter(|row| tables.contains(&name(row, 0)));
    facts.policies = policies.map(|row| policy(row, &facts.names)).collect();
    let part = |row: &SimpleQueryRow| OfPart { part: name(row, 0), name: text(row, 2), whole: name(row, 3) };
    let of_parts = ask(&mut transaction, queries::OF_PARTS)?;
    // A part that was chosen itself is a table as any other.
    facts.of_parts = of_parts.iter().map(part).filter(|one| tables.contains(&one.whole) && !tables.contains(&one.part)).collect();
    let functions = ask(&mut transaction, queries::FUNCTIONS)?;
    facts.functions = functions.iter().map(|row| function(row, &facts.names)).collect();
    let ours = ours::read(&mut transaction)?;
    ours.leave_out(&mut facts);
    facts.unread = ours.unread;
    transaction.rollback()?;
    Ok(facts)
}

/// What an unqualified name could be.
fn names(transaction: &mut Transaction<'_>) -> Result<Names, DatabaseError> {
    let mut names = Names::default();
    for row in ask(transaction, queries::NAMES)? {
        let of_kind = match row.get(0) {
            Some("relation") => &mut names.relations,
            Some("function") => &mut names.functions,
            Some("type") => &mut names.types,
            _ => &mut names.operators,
        };
        of_kind.insert(name(&row, 1));
    }
    Ok(names)
}

fn operation(word: &str) -> Option<Operation> {
    Some(match word {
        "SELECT" | "r" => Operation::Read,
        "INSERT" | "a" => Operation::Create,
        "UPDATE" | "w" => Operation::Update,
        "DELETE" | "d" => Operation::Delete,
        _ => return None,
    })
}

/// The operators `=` of some schemas.
fn equality(schemas: Option<&str>, names: &Names) -> Equality {
    let schemas = list(schemas);
    let is_of_built_in = |schema: &String| names.operators.contains(&QualifiedName::new(schema.as_str(), "="));
    Equality { is_needed: !schemas.is_empty(), is_of_built_in: schemas.iter().flatten().any(is_of_built_in) }
}

fn policy(row: &SimpleQueryRow, names: &Names) -> PolicyFacts {
    PolicyFacts {
        table: name(row, 0),
        name: text(row, 2),
        is_permissive: is(row, 3),
        operations: operation(&text(row, 4)).map_or_else(|| Operation::ALL.to_vec(), |operation| vec![operation]),
        // PUBLIC among others is everybody.
        roles: if is(row, 8) { Vec::new() } else { list(row.get(5)).into_iter().flatten().collect() },
        using: row.get(6).map(str::to_owned),
        check: row.get(7).map(str::to_owned),
        equality: equality(row.get(9), names),
    }
}

/// A list in JSON; what is nothing in it stays nothing.
fn list(text: Option<&str>) -> Vec<Option<String>> {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn function(row: &SimpleQueryRow, known: &Names) -> FunctionFacts {
    let (names, kinds) = (list(row.get(2)), list(row.get(3)));
    let is_input = |place: usize| kinds.get(place).is_none_or(|kind| matches!(kind.as_deref(), Some("i" | "b" | "v")));
    let count = usize::try_from(number(row, 4)).unwrap_or_default();
    let mut parameters: Vec<Option<String>> = if names.is_empty() {
        vec![None; count]
    } else {
        let inputs = names.into_iter().enumerate().filter(|(place, _)| is_input(*place));
        inputs.map(|(_, name)| name.filter(|name| !name.is_empty())).collect()
    };
    parameters.truncate(count);
    FunctionFacts {
        name: name(row, 0),
        parameters,
        parameter_types: list(row.get(16)).into_iter().flatten().collect(),
        defaults: usize::try_from(number(row, 5)).unwrap_or_default(),
        default_values: text(row, 15),
        language: text(row, 6),
        body: text(row, 7),
        is_parsed: is(row, 8),
        equality: equality(row.get(19), known),
        is_plain: is(row, 18),
        is_definer: is(row, 9),
        owner: text(row, 10),
        is_strict: is(row, 11),
        returns_set: is(row, 12),
        returns: text(row, 13),
        search_path: search_path(&list(row.get(14))),
        settings: settings(&list(row.get(14))),
        callers: list(row.get(17)).into_iter().collect(),
    }
}

/// The schemas of `search_path=…` among a function's settings; temporary tables are nobody's helper's.
fn search_path(settings: &[Option<String>]) -> Option<Vec<String>> {
    let setting = settings.iter().flatten().find_map(|setting| setting.strip_prefix("search_path="))?;
    let names = setting.split(',').map(|name| name.trim().trim_matches('"').to_owned());
    Some(names.filter(|name| !name.is_empty() && name != "pg_temp").collect())
}

/// The names of a function's settings that may change what it answers.
fn settings(settings: &[Option<String>]) -> Vec<String> {
    const OF_SPEED: [&str; 6] = ["search_path", "statement_timeout", "lock_timeout", "work_mem", "jit", "plan_cache_mode"];
    let names = settings.iter().flatten().filter_map(|setting| setting.split('=').next());
    names.filter(|name| !OF_SPEED.contains(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::search_path;

    #[test]
    fn a_path_has_the_schemas_that_are_everybodys() {
        let of = |text: &str| search_path(&[Some("work_mem=1".to_owned()), Some(format!("search_path={text}"))]);
        assert_eq!(of("app_public, pg_temp"), Some(vec!["app_public".to_owned()]));
        assert_eq!(of("\"$user\", \"A\""), Some(vec!["$user".to_owned(), "A".to_owned()]));
        assert_eq!(of("\"\""), Some(Vec::new()));
        assert_eq!(search_path(&[]), None);
    }
}
