//! What became of what others made around the rules: functions, views, foreign keys, sequences, casts, event triggers, the database. In: facts as the record has them
//! and as they are. Out: what is said.

use super::place::{around, first_word, of_table};
use super::{Change, Said, word};
use crate::objects::quote;

/// Runs as somebody else than who calls it.
const DEFINER: &str = "runs as its owner";
/// Is asked about rows before policies are.
const LEAKPROOF: &str = "leakproof";
/// Stands in a schema of ours.
const GENERATED: &str = "among what is generated";

/// `owned by "a b" (runs as its owner)`: whose it is, and what it is.
pub(super) fn owned(text: &str) -> (&str, &str) {
    text.strip_prefix("owned by ").map_or(("", text), first_word)
}

pub(super) fn function(name: &str, change: Change, was: &str, now: &str) -> Said {
    let ((before, _), (owner, is)) = (owned(was), owned(now));
    let has = |word: &str| now.contains(word) && !was.contains(word);
    let mut means = Vec::new();
    let mut undo = Vec::new();
    match change {
        Change::Gone => means.push("what asks it fails, or it no longer runs as somebody else".to_owned()),
        Change::Altered => means
            .push("policies, triggers, views or the application ask it, and it answers otherwise or as another role".to_owned()),
        Change::Added if is.contains(GENERATED) => {
            means.push("it stands among what is generated, and is not of these rules".to_owned())
        }
        Change::Added if !has(DEFINER) && !has(LEAKPROOF) => means.push("policies, triggers or views call it".to_owned()),
        Change::Added => {}
    }
    if has(DEFINER) {
        means.push(format!("it runs as {owner}, whoever calls it"));
        undo.push(format!("ALTER ROUTINE {name} SECURITY INVOKER"));
    }
    if has(LEAKPROOF) {
        means.push("as it is LEAKPROOF, it is asked about rows before policies hide them".to_owned());
        undo.push(format!("ALTER FUNCTION {name} NOT LEAKPROOF"));
    }
    if change == Change::Altered && before != owner {
        means.push(format!("it belongs to {owner}, who may replace it"));
        undo.push(format!("ALTER ROUTINE {name} OWNER TO {before}"));
    }
    // To make it harmless needs nothing that depends on it to go; what calls it by itself has to go first, and is told before it.
    if change == Change::Added && (is.contains(GENERATED) || undo.is_empty()) {
        undo = vec![format!("DROP ROUTINE {name}")];
    }
    (format!("function {name}"), means.join("; "), joined(undo))
}

/// `owned by "a b" with security_barrier=true`, and the query behind two spaces, with which the server begins it.
pub(super) fn view(name: &str, sort: Option<&str>, change: Change, was: &str, now: &str) -> Said {
    let kind = sort.unwrap_or("view").to_uppercase();
    let mut undo = Vec::new();
    let mut means = vec!["what is read through it is not what was looked at when the rules were applied".to_owned()];
    match change {
        Change::Added => undo.push(format!("DROP {kind} {name}")),
        Change::Altered => {
            let ((before, said), (owner, says)) = (owned(was), owned(now));
            let (options, query) = said.split_once("  ").unwrap_or((said, ""));
            let (given, asked) = says.split_once("  ").unwrap_or((says, ""));
            let of = |text: &str| -> Vec<String> {
                let list = text.trim().strip_prefix("with ").unwrap_or_default();
                list.split(", ").filter(|option| !option.is_empty()).map(str::to_owned).collect()
            };
            let (options, given) = (of(options), of(given));
            let lost: Vec<String> = given
                .iter()
                .filter_map(|option| option.split_once('=').map(|(key, _)| key))
                .filter(|key| !options.iter().any(|option| option.split_once('=').is_some_and(|(other, _)| other == *key)))
                .map(str::to_owned)
                .collect();
            if before != owner {
                means.push(format!("it belongs to {owner}, and reads as them"));
                undo.push(format!("ALTER {kind} {name} OWNER TO {before}"));
            }
            if !lost.is_empty() {
                undo.push(format!("ALTER {kind} {name} RESET ({})", lost.join(", ")));
            }
            if options != given && !options.is_empty() {
                undo.push(format!("ALTER {kind} {name} SET ({})", options.join(", ")));
            }
            // Columns that came since do not go that way, and what a materialized view has stored stays.
            if query != asked && !query.is_empty() && sort.is_none() {
                let options = if options.is_empty() { String::new() } else { format!(" WITH ({})", options.join(", ")) };
                undo.push(format!("CREATE OR REPLACE VIEW {name}{options} AS {}", query.trim().trim_end_matches(';')));
            }
        }
        Change::Gone => {}
    }
    (format!("view {name}"), means.join("; "), joined(undo))
}

/// `public.members (user_id) to public.users (id)`; what it is, and `as` and its names behind that.
pub(super) fn foreign_key(name: &str, change: Change, was: &str, now: &str) -> Said {
    let (own, others) = around(name, " to ");
    let (table, columns) = first_word(own);
    let acts = ["CASCADE", "SET NULL", "SET DEFAULT"].into_iter().any(|word| now.contains(word));
    let means = match change {
        Change::Gone => format!("records of {table} may come to point nowhere, and paths of rules lead along it"),
        _ if acts => format!("records of {table} are deleted or changed along it, whatever rules say of that"),
        _ => format!("records of {table} have to point to one of {others}"),
    };
    let named = |text: &str| text.rsplit_once(" as ").map(|(definition, names)| (definition.to_owned(), names.to_owned()));
    let drop = || {
        named(now).map(|(_, names)| {
            let each: Vec<String> = names.split(", ").map(|name| format!("ALTER TABLE {table} DROP CONSTRAINT {name}")).collect();
            each.join("; ")
        })
    };
    let make = || {
        named(was).map(|(definitions, names)| {
            let each = definitions.split("; ").zip(names.split(", "));
            let each: Vec<String> =
                each.map(|(definition, name)| format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")).collect();
            each.join("; ")
        })
    };
    let undo = match change {
        Change::Added => drop(),
        Change::Gone => make(),
        Change::Altered => drop().zip(make()).map(|(drop, make)| format!("{drop}; {make}")),
    };
    (format!("foreign key{columns} of {table} to {others}"), means, undo)
}

/// `SELECT on tables of deployer in public to app_user`
pub(super) fn default_privilege(name: &str, change: Change, was: &str, now: &str) -> Said {
    let means = "what is made from now on is granted otherwise than it was when the rules were applied".to_owned();
    let undo = || {
        let (privilege, rest) = name.split_once(" on ")?;
        let (rest, whom) = of_table(rest);
        let (kind, rest) = rest.strip_suffix(" to")?.split_once(" of ")?;
        let (role, place) = first_word(rest);
        let place = match place.strip_prefix(" in ")? {
            "every schema" => String::new(),
            schema => format!(" IN SCHEMA {schema}"),
        };
        let what = format!("{privilege} ON {}", kind.to_uppercase());
        let passed_on = |text: &str| text.contains("passed on");
        let statement = match change {
            Change::Added => format!("REVOKE {what} FROM {whom}"),
            Change::Gone => format!("GRANT {what} TO {whom}{}", if passed_on(was) { " WITH GRANT OPTION" } else { "" }),
            Change::Altered if passed_on(now) => format!("REVOKE GRANT OPTION FOR {what} FROM {whom}"),
            Change::Altered => format!("GRANT {what} TO {whom} WITH GRANT OPTION"),
        };
        Some(format!("ALTER DEFAULT PRIVILEGES FOR ROLE {role}{place} {statement}"))
    };
    (format!("default privilege {name}"), means, undo())
}

/// Of a sequence that numbers records.
pub(super) fn sequence(name: &str, change: Change, was: &str, now: &str) -> Said {
    let means = match owned(now) {
        ("", _) => "it goes with a column, and belongs to whom the table belongs to".to_owned(),
        (owner, _) => format!("it belongs to {owner}, who may say which numbers come next"),
    };
    let undo = (change == Change::Altered).then(|| match was.strip_prefix("goes with ") {
        // It has to belong to the table's owner before it goes with it.
        Some(column) => {
            let table = column_of(column).0;
            let statement = format!("ALTER SEQUENCE {} OWNER TO %s", name.replace('%', "%%"));
            let body = format!(
                "BEGIN EXECUTE format({}, (SELECT relowner::regrole FROM pg_class WHERE oid = {}::regclass)); END",
                quote::literal(&statement),
                quote::literal(table)
            );
            format!("DO {}; ALTER SEQUENCE {name} OWNED BY {column}", quote::literal(&body))
        }
        None => format!("ALTER SEQUENCE {name} OWNED BY NONE; ALTER SEQUENCE {name} OWNER TO {}", owned(was).0),
    });
    (format!("sequence {name}"), means, undo)
}

/// `public.docs."a.b"`: the table, and the column.
fn column_of(name: &str) -> (&str, &str) {
    let is_outside = |at: usize| name[..at].matches('"').count().is_multiple_of(2);
    let dot = name.match_indices('.').rfind(|(at, _)| is_outside(*at));
    dot.map_or((name, ""), |(at, _)| (&name[..at], &name[at + 1..]))
}

pub(super) fn event_trigger(name: &str, change: Change, was: &str, now: &str) -> Said {
    let means = match change {
        Change::Gone => "what it did when somebody made or changed objects is no longer done".to_owned(),
        _ => "whenever somebody makes or changes objects, also whoever deploys, it does something with their rights".to_owned(),
    };
    let behind = |text: &str| text.split_once(" on ").map(|(_, rest)| rest.to_owned());
    let undo = match change {
        Change::Added => Some(format!("DROP EVENT TRIGGER {name}")),
        Change::Altered if behind(was.trim_start_matches("on ")) == behind(now.trim_start_matches("on ")) => {
            let how = match word(was) {
                "always" => "ENABLE ALWAYS",
                "on" => "ENABLE REPLICA",
                "disabled" => "DISABLE",
                _ => "ENABLE",
            };
            Some(format!("ALTER EVENT TRIGGER {name} {how}"))
        }
        _ => None,
    };
    (format!("event trigger {name}"), means, undo)
}

/// `text AS bigint`
pub(super) fn cast(name: &str, change: Change) -> Said {
    let means = "what rules compare may come to be something else where the one is taken for the other";
    (format!("cast {name}"), means.to_owned(), (change == Change::Added).then(|| format!("DROP CAST ({name})")))
}

/// The record does not say what it is called.
pub(super) fn database(was: &str, now: &str) -> Said {
    let means = format!("it belongs to {}, who may make schemas in it, and let everybody begin as somebody", owned(now).0);
    let statement = format!("ALTER DATABASE %I OWNER TO {}", owned(was).0.replace('%', "%%"));
    let body = format!("BEGIN EXECUTE format({}, current_database()); END", quote::literal(&statement));
    ("this database".to_owned(), means, Some(format!("DO {}", quote::literal(&body))))
}

fn joined(statements: Vec<String>) -> Option<String> {
    (!statements.is_empty()).then(|| statements.join("; "))
}
