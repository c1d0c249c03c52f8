//! The last step of every script: what is in force on the project's tables, whoever made it, against what the rules say. In: the model, the
//! access matrix, the objects of the state. Out: one query whose rows are findings, and the `DO` statement that runs it and fails when
//! there are any. It asks catalogs only, never a function that looks at one privilege at a time, so it stays fast for a thousand tables.
//!
//! Each check is a `SELECT` of four columns: `what` is there, quoted by the server; what it `lets` whom do; the statement that `closes` it;
//! and whether the script `fails` for it (else it is a notice). Checks name the common table expressions of `data` (what this project is, the only part
//! that differs between projects) and of `shared` (what the server has, as several checks need it).

mod asked;
mod beforehand;
mod constants;
mod data;
mod functions;
mod grants;
mod inspection;
mod left_open;
mod others;
mod own;
mod policies;
mod privileges;
mod relations;
mod replication;
mod roles;
mod schemas;
mod sequences;
mod settings;
mod shared;
mod tables;
mod triggers;
mod upkeep;

pub use self::beforehand::{Closed, in_the_way};

use self::data::Asker;
use super::quote;
use crate::encode::Encoding;
use crate::model::Model;
use crate::objects::Object;

/// One question about the server.
struct Check {
    /// What its findings have in common, for readers of the script.
    about: &'static str,
    /// A `SELECT` of `what`, `lets`, `closes`, `fails`.
    query: &'static str,
}

/// In the order in which findings are told.
const CHECKS: [&[Check]; 14] = [
    roles::CHECKS,
    policies::CHECKS,
    tables::CHECKS,
    triggers::CHECKS,
    privileges::CHECKS,
    sequences::CHECKS,
    relations::CHECKS,
    own::CHECKS,
    functions::CHECKS,
    others::CHECKS,
    grants::CHECKS,
    schemas::CHECKS,
    settings::CHECKS,
    replication::CHECKS,
];

/// What each group is called where a finding needs a name.
const GROUPS: [&str; CHECKS.len()] = [
    "roles",
    "policies",
    "tables",
    "triggers",
    "privileges",
    "sequences",
    "relations",
    "generated",
    "functions",
    "others",
    "grants",
    "schemas",
    "settings",
    "replication",
];

/// The query whose rows are findings, with the number of their check. It expects `search_path = pg_catalog`.
pub fn findings(model: &Model, encoding: &Encoding, objects: &[Object]) -> String {
    query(model, encoding, objects, [Asker::Deployer; 2])
}

/// The same before a deployment, which may make tables that are not there yet.
pub fn findings_beforehand(model: &Model, encoding: &Encoding, objects: &[Object]) -> String {
    query(model, encoding, objects, [Asker::Session, Asker::Deployer])
}

/// The same for a session of the application, which is not who deploys.
pub fn findings_by_a_session(model: &Model, encoding: &Encoding, objects: &[Object]) -> String {
    query(model, encoding, objects, [Asker::Session; 2])
}

/// The query of policies that are not of these rules and decide about its tables, but for those that are accepted: schema, table and name of each. Tables that are made by the rules need not be there.
pub fn policies_of_others(model: &Model, encoding: &Encoding, objects: &[Object]) -> String {
    let expressions = data::expressions(model, encoding, objects, Asker::Session);
    format!("{expressions}{CONSTANT}{}{}", shared::EXPRESSIONS, policies::NAMES_OF_OTHERS)
}

/// The query of what a deployment closes besides: kind, schema, name, and each role that can use it (empty for everybody). With `gives_way`, policies of others are dropped.
pub fn left_open(model: &Model, encoding: &Encoding, objects: &[Object], gives_way: bool) -> String {
    let expressions = data::expressions(model, encoding, objects, Asker::Session);
    format!("{expressions}{CONSTANT}{}{}", shared::EXPRESSIONS, left_open::query(gives_way))
}

/// What the findings with the number of a check have in common: the name of the group, and a sentence.
pub fn about(number: usize) -> (&'static str, &'static str) {
    let all = std::iter::zip(GROUPS, CHECKS).flat_map(|(group, checks)| checks.iter().map(move |check| (group, check.about)));
    all.into_iter().nth(number).unwrap_or_default()
}

/// Whether the findings with the number of a check are of something about which nobody has decided: a script goes on, and whoever verifies is told.
pub fn is_undecided(number: usize) -> bool {
    about(number).1 == tables::COLUMNS.about
}

/// `constants` is who has to find all that the project names, `asker` whose rights count for nothing.
fn query(model: &Model, encoding: &Encoding, objects: &[Object], [constants, asker]: [Asker; 2]) -> String {
    let mut text = data::expressions(model, encoding, objects, constants);
    text.push_str(CONSTANT);
    match asker {
        Asker::Deployer => text.push_str(shared::EXPRESSIONS),
        Asker::Session => text.push_str(&asked::by_a_session(shared::EXPRESSIONS)),
    }
    text.push_str("\nSELECT number, what, lets, closes, fails FROM (");
    for (number, check) in CHECKS.iter().copied().flatten().enumerate() {
        let query = match asker {
            Asker::Deployer => check.query.to_owned(),
            Asker::Session => asked::by_a_session(check.query),
        };
        let query = upkeep::of(model, inspection::of(model, query));
        let union = if number == 0 { "" } else { "UNION ALL\n" };
        text.push_str(&format!("\n{union}-- {}\n", check.about));
        text.push_str(&format!("SELECT {number} AS number, found.* FROM ({query}\n) AS found (what, lets, closes, fails)"));
    }
    text.push_str("\n) AS finding\nORDER BY number, what, lets");
    text
}

/// The key of `accepted` in rowgate.yaml under which findings with the number of a check can be listed, which is what its query asks.
pub fn accepted_as(number: usize) -> Option<&'static str> {
    let check = CHECKS.iter().copied().flatten().nth(number)?;
    let keys = [
        ("accepted.kind = 'login'", "logins"),
        ("accepted.kind = 'function'", "functions"),
        ("accepted.kind = 'policy'", "policies"),
        ("accepted.kind = 'privilege'", "privileges"),
        ("accepted.kind = 'view'", "views"),
        ("THEN 'view' ELSE 'table' END", "tables"),
    ];
    keys.into_iter().find(|(condition, _)| check.query.contains(condition)).map(|(_, key)| key)
}

/// Whether findings with the number of a check are policies that are not of the rules.
pub fn is_about_policies_of_others(number: usize) -> bool {
    about(number).1 == policies::OTHERS.about
}

/// Whether the findings with the number of a check are about definer functions.
pub fn is_about_definers(number: usize) -> bool {
    about(number).1 == functions::DEFINERS.about
}

/// Where the text that differs between projects ends.
const CONSTANT: &str = "\n-- What follows is the same in every project.\n";

#[cfg(test)]
mod tests {
    use super::{CHECKS, shared};

    /// One call for each role, table and privilege is ten times slower than all of it at once, and does not know who can come to act as whom.
    #[test]
    fn privileges_are_never_asked_for_one_by_one() {
        let queries = CHECKS.iter().copied().flatten().map(|check| check.query);
        for query in queries.chain([shared::EXPRESSIONS]) {
            for function in ["pg_has_role", "_privilege("] {
                assert!(!query.contains(function), "{function} in {query}");
            }
        }
    }

    #[test]
    fn remarks_stay_on_their_line() {
        assert!(CHECKS.iter().copied().flatten().all(|check| check.about.ends_with('.') && !check.about.contains('\n')));
    }
}
