//! Ways of saying a statement: prepared, from functions, through views, with the role or the identity changed on the way. In: a
//! [`Statement`] and the [`Scene`]. Out: what to send, and where the answer stands. It does not know what the answer should be, only what
//! may come out beside it.

use super::super::probe::Tolerance;
use super::super::statement::{Statement, Verb};

/// Who acts, and who else could.
pub struct Scene {
    /// The application's role, which the session acts as.
    pub role: String,
    /// A role that has nothing to do with the application, and that the login may act as, too.
    pub unrelated: String,
    /// An expression that makes the session's identity the other one, and one that makes it what it was. Neither is NULL.
    pub to_other: String,
    pub to_own: String,
    /// Counts what is made, for names of its own.
    pub number: usize,
}

/// Where the number of rows stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// In the command's tag; the rows of a query are the statement's rows.
    Rows,
    /// It is the value of the only row.
    Value,
    /// Each row is a JSON object.
    Json,
}

/// What is sent.
pub struct Spoken {
    pub before: Vec<String>,
    pub statement: String,
    pub answer: Answer,
}

/// A way of saying a statement.
pub struct Way {
    pub name: &'static str,
    pub tolerance: Tolerance,
    /// The identity changes on the way: rows and fields of either, steps that either may do.
    pub either: bool,
    pub say: fn(&Statement, &Scene) -> Option<Spoken>,
}

const fn way(name: &'static str, say: fn(&Statement, &Scene) -> Option<Spoken>) -> Way {
    Way { name, tolerance: Tolerance::Error, either: false, say }
}

/// The role changes on the way: whatever asks for it later may find less.
const fn switching(name: &'static str, say: fn(&Statement, &Scene) -> Option<Spoken>) -> Way {
    Way { name, tolerance: Tolerance::Narrower, either: false, say }
}

const fn changing(name: &'static str, say: fn(&Statement, &Scene) -> Option<Spoken>) -> Way {
    Way { name, tolerance: Tolerance::Narrower, either: true, say }
}

pub const WAYS: [Way; 25] = [
    way("as it is", |one, _| spoken([], one.text(), Answer::Rows)),
    way("prepared", |one, scene| prepared(one, scene, "true", "true")),
    way("prepared as somebody else", |one, scene| prepared(one, scene, &scene.to_other, &scene.to_own)),
    way("prepared and used as somebody else", used_as_another),
    way("prepared as another role", |one, scene| prepared(one, scene, &role(&scene.unrelated), &role(&scene.role))),
    way("PL/pgSQL function", |one, scene| function(one, scene, false)),
    way("repeated", |one, scene| function(one, scene, true)),
    way("SQL function", sql_function),
    way("DO", block),
    way("WITH", with),
    way("MERGE", |one, _| spoken([], one.merged()?, Answer::Rows)),
    way("savepoints", |one, _| spoken(["SAVEPOINT a", "ROLLBACK TO a", "SAVEPOINT b", "RELEASE b"], one.text(), Answer::Rows)),
    way("cursor", |one, scene| cursor(one, scene, "true")),
    way("view of the session's own", |one, scene| view(one, scene, "WITH (security_invoker = true)", false)),
    way("a function that looks on", onlooker),
    // The view's owner decides about policies and columns, the session about functions.
    switching("view of the application's role", |one, scene| view(one, scene, "", true)),
    switching("view of the application's role, used as the login", |one, scene| {
        let mut spoken = view(one, scene, "", true)?;
        spoken.before.push("SET LOCAL ROLE none".to_owned());
        Some(spoken)
    }),
    switching("view of the application's role, used as another", |one, scene| {
        let mut spoken = view(one, scene, "", true)?;
        spoken.before.push(format!("SET LOCAL ROLE {}", scene.unrelated));
        Some(spoken)
    }),
    switching("role none in the statement", |one, _| switched(one, &role("none"))),
    switching("another role in the statement", |one, scene| switched(one, &role(&scene.unrelated))),
    switching("role switched by the planner", folded),
    switching("role switched in RETURNING", |one, _| {
        let returned = one.returning.then(|| one.written(&one.table, "", &format!("id, {}", role("none"))))?;
        spoken([], returned, Answer::Rows)
    }),
    changing("identity changed in the statement", |one, scene| switched(one, &format!("{} IS NOT NULL", scene.to_other))),
    changing("identity changed before FETCH", |one, scene| cursor(one, scene, &scene.to_other)),
    way("claims and identity set again", |one, scene| {
        spoken([format!("SELECT {}", scene.to_own).as_str()], one.text(), Answer::Rows)
    }),
];

fn spoken<'a>(before: impl IntoIterator<Item = &'a str>, statement: String, answer: Answer) -> Option<Spoken> {
    Some(Spoken { before: before.into_iter().map(str::to_owned).collect(), statement, answer })
}

/// An expression that makes the session act as a role.
fn role(name: &str) -> String {
    format!("pg_catalog.set_config('role', '{name}', true) IS NOT NULL")
}

fn prepared(one: &Statement, scene: &Scene, meanwhile: &str, then: &str) -> Option<Spoken> {
    let name = format!("p{}", scene.number);
    let before = [
        format!("SELECT {meanwhile}"),
        "SET LOCAL plan_cache_mode = force_generic_plan".to_owned(),
        format!("PREPARE {name} AS {}", one.text()),
        format!("SELECT {then}"),
    ];
    spoken(before.iter().map(String::as_str), format!("EXECUTE {name}"), Answer::Rows)
}

/// The plan is made for somebody else, whose rows it then shows, or not.
fn used_as_another(one: &Statement, scene: &Scene) -> Option<Spoken> {
    if one.verb != Verb::Select {
        return None;
    }
    let mut spoken = prepared(one, scene, &scene.to_other, "true")?;
    spoken.before.push(format!("EXECUTE p{}", scene.number));
    spoken.before.push(format!("SELECT {}", scene.to_own));
    Some(spoken)
}

fn quoted(body: &str) -> String {
    format!("$play${body}$play$")
}

fn function(one: &Statement, scene: &Scene, repeated: bool) -> Option<Spoken> {
    let name = format!("pg_temp.way_{}", scene.number);
    if one.verb == Verb::Select {
        let body = format!("BEGIN RETURN QUERY {}; END", as_json(one));
        let create = format!("CREATE FUNCTION {name}() RETURNS SETOF pg_catalog.jsonb LANGUAGE plpgsql AS {}", quoted(&body));
        return spoken([create.as_str()], format!("SELECT * FROM {name}()"), Answer::Json);
    }
    // Seven times, of which the last ones may have a plan that is kept; each but the last is undone.
    let counted = match one.returning {
        true => format!("WITH w AS ({}) SELECT pg_catalog.count(*) FROM w INTO n;", one.text()),
        false => format!("{}; GET DIAGNOSTICS n = ROW_COUNT;", one.text()),
    };
    let again = format!(
        "FOR i IN 1..6 LOOP BEGIN {counted} RAISE EXCEPTION USING ERRCODE = 'RG000'; EXCEPTION WHEN SQLSTATE 'RG000' THEN NULL; END; END LOOP;"
    );
    let body = format!("DECLARE n pg_catalog.int8; BEGIN {} {counted} RETURN n; END", if repeated { again.as_str() } else { "" });
    let create = format!("CREATE FUNCTION {name}() RETURNS pg_catalog.int8 LANGUAGE plpgsql AS {}", quoted(&body));
    spoken([create.as_str()], format!("SELECT {name}()"), Answer::Value)
}

/// A query whose rows are objects: the key, and whether each field has a value.
fn as_json(one: &Statement) -> String {
    let fields = one.columns.iter().map(|(name, _)| match name.as_str() {
        "id" => "'id', id".to_owned(),
        other => format!("'{other}', one.{other} IS NOT NULL"),
    });
    let fields = fields.collect::<Vec<_>>().join(", ");
    format!("SELECT pg_catalog.jsonb_build_object({fields}) FROM ({}) AS one", one.text())
}

fn sql_function(one: &Statement, scene: &Scene) -> Option<Spoken> {
    let name = format!("pg_temp.way_{}", scene.number);
    let (result, body, answer) = match one.verb {
        Verb::Select => ("SETOF pg_catalog.jsonb", as_json(one), Answer::Json),
        _ if one.returning => ("SETOF pg_catalog.int4", one.text(), Answer::Rows),
        _ => return None,
    };
    let create = format!("CREATE FUNCTION {name}() RETURNS {result} LANGUAGE sql AS {}", quoted(&body));
    spoken([create.as_str()], format!("SELECT * FROM {name}()"), answer)
}

fn block(one: &Statement, _: &Scene) -> Option<Spoken> {
    if one.verb == Verb::Select || one.returning {
        return None;
    }
    let body = format!(
        "DECLARE n pg_catalog.int8; BEGIN {}; GET DIAGNOSTICS n = ROW_COUNT; PERFORM pg_catalog.set_config('play.rows', n::pg_catalog.text, true); END",
        one.text()
    );
    let block = format!("DO {}", quoted(&body));
    spoken([block.as_str()], "SELECT pg_catalog.current_setting('play.rows')".to_owned(), Answer::Value)
}

fn with(one: &Statement, _: &Scene) -> Option<Spoken> {
    match one.verb {
        Verb::Select => spoken([], format!("WITH one AS MATERIALIZED ({}) SELECT * FROM one", one.text()), Answer::Rows),
        _ if one.returning => {
            spoken([], format!("WITH one AS ({}) SELECT pg_catalog.count(*) FROM one", one.text()), Answer::Value)
        }
        _ => None,
    }
}

fn cursor(one: &Statement, scene: &Scene, meanwhile: &str) -> Option<Spoken> {
    if one.verb != Verb::Select {
        return None;
    }
    let name = format!("c{}", scene.number);
    let (declare, change) = (format!("DECLARE {name} CURSOR FOR {}", one.text()), format!("SELECT {meanwhile}"));
    spoken([declare.as_str(), change.as_str()], format!("FETCH ALL FROM {name}"), Answer::Rows)
}

/// Through a temporary view, which can be written to as well. It names columns that the role can read, or PostgreSQL refuses to show it; so
/// it names those of the statement.
fn view(one: &Statement, scene: &Scene, options: &str, of_role: bool) -> Option<Spoken> {
    if one.conflict.is_some() {
        return None;
    }
    let name = format!("pg_temp.view_{}", scene.number);
    let mut columns: Vec<&str> = one.columns.iter().map(|(column, _)| column.as_str()).collect();
    if !columns.contains(&"id") {
        columns.push("id");
    }
    let create = format!("CREATE VIEW {name} {options} AS SELECT {} FROM {}", columns.join(", "), one.table);
    let owner = if of_role { format!("SET LOCAL ROLE {}", scene.role) } else { "SET LOCAL ROLE none".to_owned() };
    let grant = format!("GRANT ALL ON {name} TO PUBLIC");
    let back = format!("SET LOCAL ROLE {}", scene.role);
    spoken([owner.as_str(), create.as_str(), grant.as_str(), back.as_str()], one.on(&name), Answer::Rows)
}

/// A cheap function in the condition, which the planner would like to ask first: what it is given is what has been seen.
fn onlooker(one: &Statement, scene: &Scene) -> Option<Spoken> {
    if one.verb != Verb::Select {
        return None;
    }
    let (seen, function) = (format!("pg_temp.seen_{}", scene.number), format!("pg_temp.onlooker_{}", scene.number));
    let fields = one.columns.iter().map(|(name, _)| match name.as_str() {
        "id" => "'id', id".to_owned(),
        other => format!("'{other}', {other} IS NOT NULL"),
    });
    let fields = fields.collect::<Vec<_>>().join(", ");
    let body = format!("BEGIN INSERT INTO {seen} VALUES ($1); RETURN true; END");
    let before = [
        format!("CREATE TABLE {seen} (one pg_catalog.jsonb)"),
        format!(
            "CREATE FUNCTION {function}(pg_catalog.jsonb) RETURNS pg_catalog.bool COST 0.0001 LANGUAGE plpgsql AS {}",
            quoted(&body)
        ),
        one.when(&format!("{function}(pg_catalog.jsonb_build_object({fields}))")),
    ];
    spoken(before.iter().map(String::as_str), format!("SELECT one FROM {seen}"), Answer::Json)
}

fn switched(one: &Statement, condition: &str) -> Option<Spoken> {
    spoken([], one.when(condition), Answer::Rows)
}

/// The planner calls a function that says that it is immutable, between the rewriting and the execution.
fn folded(one: &Statement, scene: &Scene) -> Option<Spoken> {
    let name = format!("pg_temp.switch_{}", scene.number);
    let body = format!("BEGIN RETURN {}; END", role("none"));
    let create = format!("CREATE FUNCTION {name}() RETURNS pg_catalog.bool IMMUTABLE LANGUAGE plpgsql AS {}", quoted(&body));
    spoken([create.as_str()], one.when(&format!("{name}()")), Answer::Rows)
}
