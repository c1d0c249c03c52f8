//! The statements of a script that are about the deployment itself: who may act as whom meanwhile, room for locks, the last step. In: roles and numbers.
//! Out: `DO` statements, without semicolons.

use crate::objects::template::fill;
use crate::objects::{Check, Owner, quote};

/// The query for how many locks the server has room: for those of all server processes, not of sessions alone (manual section 20.12).
pub const LOCK_ROOM: &str = "SELECT current_setting('max_locks_per_transaction')::int * (sum(setting::int) + 1) FROM pg_settings
    WHERE name IN ('max_connections', 'max_prepared_transactions', 'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders')";

/// Fails where a transaction would run out of room for its locks, which are held until it ends (manual section 20.12), and says what to set. There is room
/// for those of all server processes, not of sessions alone.
pub(super) fn room_for(locks: usize) -> String {
    quote_do(&format!(
        "DECLARE
  room int := ({LOCK_ROOM});
BEGIN
  IF room < {locks} THEN
    RAISE EXCEPTION 'this takes some {locks} locks, and the server has room for %', room
      USING HINT = format('Set max_locks_per_transaction to %s or more, restart the server, and apply again. `rowgate apply` does it in several transactions.',
        ceil({locks} * current_setting('max_locks_per_transaction')::numeric / room));
  END IF;
END"
    ))
}

/// Remembers who deploys, which may be a role that the session has switched to.
pub(super) fn remember() -> String {
    quote_do("BEGIN\n  PERFORM set_config('rowgate.deployer', current_user, true);\nEND")
}

/// Whoever makes a role is not to have its rights, whatever the setting for that says (manual section 20.11, from version 16).
pub(super) fn make_roles_for_others() -> String {
    quote_do(
        "BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    PERFORM set_config('createrole_self_grant', '', true);
  END IF;
END",
    )
}

/// Acts as the deploying role again.
pub(super) fn resume() -> String {
    quote_do("BEGIN\n  EXECUTE format('SET LOCAL ROLE %I', current_setting('rowgate.deployer'));\nEND")
}

pub(super) fn right_to_create(word: &str, preposition: &str, owner: &Owner) -> String {
    format!("{word} CREATE ON SCHEMA {} {preposition} {}", quote::identifier(&owner.schema), quote::identifier(&owner.role))
}

/// As the lookup role: lets the deploying role name what is in its schemas.
pub(super) fn open_schemas() -> String {
    for_each_schema("GRANT USAGE ON SCHEMA %I TO %I")
}

/// As the lookup role: takes back what [`open_schemas`] granted.
pub(super) fn close_schemas() -> String {
    for_each_schema("REVOKE USAGE ON SCHEMA %I FROM %I")
}

fn for_each_schema(statement: &str) -> String {
    quote_do(&format!(
        "DECLARE
  owned name;
BEGIN
  FOR owned IN SELECT nspname FROM pg_namespace WHERE pg_get_userbyid(nspowner) = current_user LOOP
    EXECUTE format({}, owned, current_setting('rowgate.deployer'));
  END LOOP;
END",
        quote::literal(statement)
    ))
}

/// Grants the lookup role to the deployer where it cannot act as it yet. On 16 and later the grant passes nothing on by inheritance;
/// before, it is inherited until the end of the transaction.
pub(super) fn assume(role: &str) -> String {
    let (name, text, setting) = (quote::identifier(role), quote::literal(role), assumed(role));
    quote_do(&format!(
        "BEGIN
  IF current_setting('server_version_num')::int >= 160000 THEN
    IF NOT pg_has_role(current_user, {text}, 'SET') THEN
      EXECUTE {grant_set};
      PERFORM set_config('{setting}', 'yes', true);
    END IF;
  ELSIF NOT pg_has_role(current_user, {text}, 'MEMBER') THEN
    GRANT {name} TO CURRENT_USER;
    PERFORM set_config('{setting}', 'yes', true);
  END IF;
END",
        // 15 cannot parse it, so it is a text there.
        grant_set = quote::literal(&format!("GRANT {name} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE"))
    ))
}

/// Takes back what [`assume`] granted.
pub(super) fn release(role: &str) -> String {
    let (name, setting) = (quote::identifier(role), assumed(role));
    quote_do(&format!(
        "BEGIN
  IF current_setting('{setting}', true) = 'yes' THEN
    REVOKE {name} FROM CURRENT_USER;
    PERFORM set_config('{setting}', '', true);
  END IF;
END"
    ))
}

/// The setting that remembers, until the transaction ends, that a role was granted.
fn assumed(role: &str) -> String {
    format!("rowgate.assumed_{}", quote::hash(role))
}

/// How often it is tried to lock all tables: some seven seconds in all.
const TRIES: u32 = 200;

/// How long a try waits for each of the tables, in milliseconds. Tables that are held by statements which need the others as well are got in none of many
/// long tries, and soon in short ones, that let go of everything between them; who holds one table for a while needs a long one.
const PATIENCE: &str = "CASE WHEN try % 50 = 0 THEN 500 WHEN try % 20 = 0 THEN 100 ELSE 10 END";

/// Tries to lock tables until all of them are locked; where that does not happen, none is. Where there is no transaction, none stays locked.
pub(super) fn try_to_lock(tables: &str) -> String {
    quote_do(&format!(
        "DECLARE
  kept text := current_setting('lock_timeout');
  patience integer;
BEGIN
  FOR patience IN SELECT {PATIENCE} FROM generate_series(1, {TRIES}) AS tries (try) LOOP
    PERFORM set_config('lock_timeout', concat(patience, 'ms'), true);
    BEGIN
      LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
      EXIT;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      -- All are free again, so that others get on.
      PERFORM pg_sleep(random() * least(patience, 50) / 500);
    END;
  END LOOP;
  PERFORM set_config('lock_timeout', kept, true);
END"
    ))
}

pub(super) fn quote_do(body: &str) -> String {
    format!("DO {}", quote::dollar(body))
}

/// The check as a statement that fails when there is a finding that fails a script; the others are notices.
pub fn check_statement(check: &Check) -> String {
    match check {
        Check::Findings(query) => quote_do(&fill(FINDINGS, &[("findings", query)])),
        Check::Statement(statement) => statement.clone(),
    }
}

/// Compiling a query of this size would take longer than running it.
const FINDINGS: &str = r"DECLARE
  finding record;
  line text;
  lines text[] := ARRAY[]::text[];
  summary text;
  told int := 0;
BEGIN
  PERFORM set_config('jit', 'off', true);
  FOR finding IN
@findings@
  LOOP
    line := concat(finding.what, ': ', finding.lets, '; close it: ' || finding.closes);
    IF finding.fails THEN
      lines := lines || line;
      summary := coalesce(summary, concat(finding.what, ': ', finding.lets));
    ELSE
      told := told + 1;
      IF told <= 50 THEN
        RAISE NOTICE '%', line;
      END IF;
    END IF;
  END LOOP;
  IF told > 50 THEN
    RAISE NOTICE 'and % more', told - 50;
  END IF;
  IF lines <> '{}' THEN
    RAISE EXCEPTION 'the policies would not hold: %', concat(summary, ' (and ' || nullif(cardinality(lines) - 1, 0) || ' more)')
      USING DETAIL = concat(array_to_string(lines[:50], E'\n'), E'\nand ' || nullif(greatest(cardinality(lines) - 50, 0), 0) || ' more'),
        HINT = 'Close what is not meant to be there, each by the statement behind it, and apply again. What is meant belongs '
          'under `accepted` in rowgate.yaml, with the reason: views, policies, functions, tables, logins, privileges.';
  END IF;
END";
