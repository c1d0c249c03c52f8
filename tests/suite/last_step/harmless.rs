//! What is beside the rules and changes nothing of what they mean.

use libtest_mimic::Trial;

use super::{Place, alone, compiled, foreseen, script, text};
use crate::trial;

const HARMLESS: [(&str, &str); 15] = [
    ("a policy for a role of another application", "CREATE ROLE \"@_other\"; CREATE POLICY other ON items TO \"@_other\" USING (true)"),
    ("a new login of the application's role", "CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\""),
    ("a login that holds what its role may do anyway", "CREATE ROLE \"@_login\" LOGIN IN ROLE \"@\"; GRANT SELECT, INSERT ON items TO \"@_login\""),
    (
        "superusers and logins that bypass and are members of both roles",
        "CREATE ROLE \"@_super\" LOGIN SUPERUSER IN ROLE \"@\", \"@_lead\"; CREATE ROLE \"@_free\" LOGIN BYPASSRLS REPLICATION IN ROLE \"@\", \"@_lead\";
         GRANT ALL ON ALL TABLES IN SCHEMA public TO \"@_super\", \"@_free\"",
    ),
    ("grants to a role that cannot act for the application", "CREATE ROLE \"@_reports\" LOGIN; CREATE VIEW shown AS SELECT * FROM items; CREATE TABLE unknown (id integer); GRANT ALL ON ALL TABLES IN SCHEMA public TO \"@_reports\""),
    (
        "a view with the rights of its reader",
        "CREATE VIEW shown WITH (security_invoker = true) AS SELECT * FROM items; CREATE VIEW numbers WITH (security_invoker = true) AS SELECT 1 AS n;
         GRANT SELECT ON shown, numbers TO \"@\"",
    ),
    ("a view that nobody of the application may read", "CREATE VIEW shown AS SELECT * FROM items"),
    ("an unknown table that nobody of the application may touch", "CREATE TABLE schema_migrations (version text)"),
    (
        "a table of another schema",
        "CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.t (id integer); GRANT ALL ON elsewhere.t TO PUBLIC",
    ),
    (
        "functions that the application cannot call",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
         REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; CREATE SCHEMA closed;
         CREATE ROLE \"@_other\"; GRANT USAGE ON SCHEMA closed TO \"@_other\";
         CREATE FUNCTION closed.f() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
    ),
    ("a definer whom the policies hold", "CREATE ROLE \"@_plain\"; CREATE FUNCTION g() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
         ALTER FUNCTION g() OWNER TO \"@_plain\""),
    (
        "what an extension of a superuser brings",
        "CREATE EXTENSION citext; CREATE TABLE brought (id integer); GRANT SELECT ON brought TO PUBLIC;
         CREATE FUNCTION brought() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
         ALTER EXTENSION citext ADD TABLE brought; ALTER EXTENSION citext ADD FUNCTION brought()",
    ),
    (
        "the application's own trigger and an index",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE INDEX ON items (name);
         CREATE TRIGGER t BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    ("a plain child of a table without triggers", "CREATE TABLE child () INHERITS (notes)"),
    ("rights of the sequence that new rows draw from", "SET ROLE deployer; CREATE SEQUENCE counter OWNED BY items.id;
         GRANT USAGE ON SEQUENCE counter TO \"@\""),
];

pub fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = HARMLESS
        .into_iter()
        .enumerate()
        .map(|(index, (name, statements))| {
            let role = format!("lsh{index}");
            trial(format!("last_step::passes_{}", name.replace(' ', "_")), move || alone(|| passes(&role, statements)))
        })
        .collect();
    trials.push(trial("last_step::passes_a_membership_that_cannot_act", || alone(without_options)));
    trials.push(trial("last_step::passes_a_temporary_view_of_a_session", || alone(temporary)));
    trials
}

fn passes(role: &str, statements: &str) -> Result<(), String> {
    let mut place = Place::new(role)?;
    place.execute(&format!("CREATE ROLE \"@\"; CREATE ROLE \"@_lead\"; {statements}"))?;
    let project = compiled(role, "", str::to_owned);
    match foreseen(&mut place, &project)? {
        nothing if nothing.is_empty() => {}
        found => return Err(format!("in the way is {found}")),
    }
    place.apply(&script(&compiled(role, "", str::to_owned), true)?)
}

/// From version 16, a grant may give neither the rights nor the role.
fn without_options() -> Result<(), String> {
    let mut place = Place::new("lsh_options")?;
    if place.version()? < 160_000 {
        return Ok(());
    }
    let project = compiled("lsh_options", "", str::to_owned);
    place.apply(&script(&project, true)?)?;
    place.execute("GRANT \"@_lookup\", \"@_lead\" TO \"@\" WITH INHERIT FALSE, SET FALSE")?;
    place.apply(&script(&project, false)?)
}

/// What a session makes for itself does not keep anybody from deploying.
fn temporary() -> Result<(), String> {
    let mut place = Place::new("lsh_temporary")?;
    place.execute("CREATE ROLE \"@\" LOGIN; GRANT SELECT ON items TO \"@\"")?;
    let mut session = place.database.connect("lsh_temporary")?;
    let view = "CREATE TEMP VIEW v AS SELECT * FROM items; GRANT SELECT ON v TO PUBLIC";
    session.batch_execute(view).map_err(text)?;
    place.execute(view)?;
    place.apply(&script(&compiled("lsh_temporary", "", str::to_owned), true)?)
}
