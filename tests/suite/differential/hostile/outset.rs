//! What hostile sessions need of the server before they begin: logins, schemas of the attacker's, the alarm; and which of their objects
//! take the place of the server's.

use rowgate::db::Client;

use super::super::probe::text;
use super::coverage::Coverage;
use super::names::Names;
use super::shadows::{self, SCHEMAS};

/// Made once in a database. `ext.try` runs statements one by one and says how many were refused; the alarm is a lock, since nothing undoes
/// that when the statement is undone.
pub const HELPERS: &str = "
CREATE FUNCTION ext.try(statements pg_catalog.text[], OUT accepted pg_catalog.int4, OUT refused pg_catalog.int4) LANGUAGE plpgsql AS $$
DECLARE statement pg_catalog.text;
BEGIN
  accepted := 0;
  refused := 0;
  FOREACH statement IN ARRAY statements LOOP
    BEGIN
      EXECUTE statement;
      accepted := accepted + 1;
    EXCEPTION WHEN OTHERS THEN refused := refused + 1;
    END;
  END LOOP;
END $$;
CREATE FUNCTION ext.alarm() RETURNS pg_catalog.void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT pg_catalog.pg_has_role(session_user, current_user, 'MEMBER') THEN
    PERFORM pg_catalog.pg_advisory_lock(6042, (SELECT oid::pg_catalog.int8::pg_catalog.int4 FROM pg_catalog.pg_roles WHERE rolname = current_user));
  END IF;
END $$;
";

/// The role of a login for a role of the application.
pub fn login(role: &str) -> String {
    format!("{role}_login")
}

/// Logins that do not inherit: they act as the application's role, as themselves, and as an unrelated role.
pub fn logins(roles: &[String], unrelated: &str) -> String {
    let mut script = String::new();
    let mut create = |name: &str, options: &str| {
        script.push_str(&format!(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN CREATE ROLE {name} {options}; END IF; END $$;\n"
        ));
    };
    create(unrelated, "");
    for role in roles {
        create(&login(role), "LOGIN NOINHERIT");
    }
    for role in roles {
        script.push_str(&format!("GRANT {role}, {unrelated} TO {};\n", login(role)));
    }
    script
}

/// Runs statements one by one. How many the server took, and refused.
pub fn attempt(client: &mut Client, statements: &[String]) -> Result<(usize, usize), String> {
    let row = client.query_one("SELECT accepted, refused FROM ext.try($1)", &[&statements]).map_err(text)?;
    let number = |index: usize| usize::try_from(row.get::<_, i32>(index)).unwrap_or(0);
    Ok((number(0), number(1)))
}

/// Without the attacker's schemas.
pub fn clear(admin: &mut Client) -> Result<(), String> {
    admin.batch_execute(&format!("DROP SCHEMA IF EXISTS {} CASCADE", SCHEMAS.join(", "))).map_err(text)
}

/// The attacker's schemas, owned by a login.
pub fn schemas(admin: &mut Client, attacker: &mut Client, login: &str, names: &Names, other: &str) -> Result<Coverage, String> {
    let mut coverage = Coverage::default();
    clear(admin)?;
    for schema in SCHEMAS {
        admin
            .batch_execute(&format!("CREATE SCHEMA {schema} AUTHORIZATION {login}; GRANT USAGE ON SCHEMA {schema} TO PUBLIC"))
            .map_err(text)?;
    }
    for (name, statements) in shadows::schemas(names, other) {
        let (accepted, refused) = attempt(attacker, &statements)?;
        coverage.prepared(name, accepted, refused);
    }
    Ok(coverage)
}

/// How many names mean an object of the session's now.
pub fn taken(client: &mut Client, names: &Names) -> Result<Vec<(&'static str, usize)>, String> {
    let types: Vec<String> = names.types.iter().map(|(name, _)| name.clone()).collect();
    let relations: Vec<String> = names.relations.iter().map(|relation| relation.name.clone()).collect();
    let functions: Vec<String> =
        names.functions.iter().map(|function| format!("{}({})", function.name, function.arguments.join(", "))).collect();
    let operators: Vec<String> =
        names.operators.iter().map(|operator| format!("{}({}, {})", operator.symbol, operator.left, operator.right)).collect();
    let mut counts = Vec::new();
    for (kind, catalog, column, list) in [
        ("type", "pg_type", "typnamespace", types),
        ("class", "pg_class", "relnamespace", relations),
        ("procedure", "pg_proc", "pronamespace", functions),
        ("operator", "pg_operator", "oprnamespace", operators),
    ] {
        let query = format!(
            "SELECT pg_catalog.count(*) FILTER (WHERE n.nspname OPERATOR(pg_catalog.~) '^play'), pg_catalog.count(*) FILTER (WHERE n.nspname OPERATOR(pg_catalog.~) '^pg_temp')
             FROM pg_catalog.unnest($1::pg_catalog.text[]) AS one
             JOIN pg_catalog.{catalog} AS o ON o.oid OPERATOR(pg_catalog.=) pg_catalog.to_reg{kind}(one)
             JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.{column}"
        );
        let row = client.query_one(&query, &[&list]).map_err(text)?;
        let count = |index: usize| usize::try_from(row.get::<_, i64>(index)).unwrap_or(0);
        let (in_schema, temporary) = match kind {
            "type" => ("types in a schema", "temporary types"),
            "class" => ("relations in a schema", "temporary relations"),
            "procedure" => ("functions in a schema", "temporary functions"),
            _ => ("operators in a schema", "temporary operators"),
        };
        counts.push((in_schema, count(0)));
        if kind != "operator" {
            counts.push((temporary, count(1)));
        }
    }
    Ok(counts)
}
