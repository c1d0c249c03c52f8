//! Objects of a session that have the names of what the generated SQL uses: in schemas that stand on the path before pg_catalog, and in the
//! session's temporary schema, which PostgreSQL asks first for types and relations. In: [`Names`]. Out: statements; the server may refuse some.

use super::names::{Function, Names, Relation};
use crate::random::Random;

/// The schemas of the attacker, one for each kind of object, so that a path may have any of them.
pub const SCHEMAS: [&str; 4] = ["play_types", "play_functions", "play_operators", "play_relations"];

/// Raises the alarm when it runs with rights that the session has not. Its schema is not the session's, so that nothing hides it.
pub const ALARM: &str = "ext.alarm()";

fn body(result: &str, other: &str) -> String {
    let other = rowgate::objects::quote::literal(other);
    let value = match result {
        "pg_catalog.bool" => "true".to_owned(),
        "pg_catalog.text" | "pg_catalog.\"varchar\"" | "ext.citext" => format!("{other}::{result}"),
        "pg_catalog.int4" | "pg_catalog.int8" | "pg_catalog.int2" | "pg_catalog.\"numeric\"" => format!("1::{result}"),
        _ => format!("NULL::{result}"),
    };
    format!("LANGUAGE plpgsql AS $play$ BEGIN PERFORM {ALARM}; RETURN {value}; END $play$")
}

fn function(schema: &str, function: &Function, other: &str) -> String {
    let arguments = function.arguments.join(", ");
    format!(
        "CREATE FUNCTION {schema}.{}({arguments}) RETURNS {} {}",
        quote(&function.name),
        function.result,
        body(&function.result, other)
    )
}

fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn relation(kind: &str, schema: &str, relation: &Relation) -> String {
    let columns: Vec<String> = relation.columns.iter().map(|(name, r#type)| format!("{} {}", quote(name), r#type)).collect();
    match kind {
        "TABLE" => format!("CREATE TABLE {schema}.{} ({})", quote(&relation.name), columns.join(", ")),
        _ => {
            let columns: Vec<String> =
                relation.columns.iter().map(|(name, r#type)| format!("NULL::{} AS {}", r#type, quote(name))).collect();
            format!("CREATE VIEW {schema}.{} AS SELECT {} WHERE false", quote(&relation.name), columns.join(", "))
        }
    }
}

/// A domain over each type, whose CHECK calls a function.
fn types(schema: &str, names: &Names) -> Vec<String> {
    let mut statements = Vec::new();
    for (name, whole) in &names.types {
        let check = format!("{schema}.{}", quote(&format!("check_{name}")));
        statements.push(format!("CREATE FUNCTION {check}({whole}) RETURNS pg_catalog.bool {}", body("pg_catalog.bool", "")));
        statements.push(format!("CREATE DOMAIN {schema}.{} AS {whole} CHECK ({check}(VALUE))", quote(name)));
    }
    statements
}

/// All that stands in the attacker's schemas, by kind.
pub fn schemas(names: &Names, other: &str) -> Vec<(&'static str, Vec<String>)> {
    let operators = names.operators.iter().enumerate().flat_map(|(index, operator)| {
        let (left, right) = (&operator.left, &operator.right);
        let function = format!("play_operators.f{index}");
        [
            format!("CREATE FUNCTION {function}({left}, {right}) RETURNS {} {}", operator.result, body(&operator.result, other)),
            format!(
                "CREATE OPERATOR play_operators.{} (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = {function})",
                operator.symbol
            ),
        ]
    });
    let casts = [
        "CREATE TYPE play_types.word AS ENUM ('a', '1')".to_owned(),
        format!("CREATE FUNCTION play_types.spoken(play_types.word) RETURNS pg_catalog.text {}", body("pg_catalog.text", other)),
        "CREATE CAST (play_types.word AS pg_catalog.text) WITH FUNCTION play_types.spoken(play_types.word) AS IMPLICIT"
            .to_owned(),
        "CREATE CAST (pg_catalog.text AS pg_catalog.uuid) WITH INOUT AS IMPLICIT".to_owned(),
    ];
    vec![
        ("types in a schema", types("play_types", names)),
        ("casts", casts.to_vec()),
        ("functions in a schema", names.functions.iter().map(|one| function("play_functions", one, other)).collect()),
        ("operators in a schema", operators.collect()),
        ("relations in a schema", names.relations.iter().map(|one| relation("VIEW", "play_relations", one)).collect()),
    ]
}

/// Temporary types.
pub fn temporary_types(_: &mut Random, names: &Names) -> Vec<String> {
    types("pg_temp", names)
}

/// Temporary functions.
pub fn temporary_functions(_: &mut Random, names: &Names) -> Vec<String> {
    names.functions.iter().map(|one| function("pg_temp", one, "1")).collect()
}

/// Temporary tables and views.
pub fn temporary_relations(random: &mut Random, names: &Names) -> Vec<String> {
    names.relations.iter().map(|one| relation(["TABLE", "VIEW"][random.below(2)], "pg_temp", one)).collect()
}
