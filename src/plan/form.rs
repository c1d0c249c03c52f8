//! How a script is run, as far as that decides how it is written: whose the transaction is, and whether somebody cuts the script into statements. In: the
//! form. Out: `DO` statements, without semicolons.

use super::statements::quote_do;
use crate::objects::quote;

/// How a script is run. As it is by default, it begins and ends its transaction itself, and is sent as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Form {
    /// Whoever runs the script does it in a transaction, to which more may belong: the script has neither BEGIN nor COMMIT.
    pub is_wrapped: bool,
    /// Whoever runs the script cuts it at semicolons, and knows which of them stand in quotes, and no more.
    pub is_cut: bool,
}

/// What a script sets until its transaction ends, which is not its own end where it is wrapped. The path is the last to be given back: until then names are
/// found without one.
const KEPT: [&str; 7] = [
    "lock_timeout",
    "statement_timeout",
    "idle_in_transaction_session_timeout",
    "createrole_self_grant",
    "jit",
    "quote_all_identifiers",
    "search_path",
];

/// Remembers what the session had, and in which transaction that was.
pub(super) fn keep_settings() -> String {
    quote_do(&format!(
        "DECLARE
  kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY[{}] LOOP
    PERFORM pg_catalog.set_config(pg_catalog.concat('rowgate.kept_', kept), pg_catalog.current_setting(kept, true), true);
  END LOOP;
  PERFORM pg_catalog.set_config('rowgate.transaction', pg_catalog.concat(pg_catalog.pg_current_xact_id()), true);
END",
        kept()
    ))
}

/// Fails where the statement that remembered was another transaction: then each would be one, and what is half done would stay.
pub(super) fn is_one_transaction() -> String {
    quote_do(
        "BEGIN
  IF current_setting('rowgate.transaction', true) IS DISTINCT FROM concat(pg_current_xact_id()) THEN
    RAISE EXCEPTION 'this has to run in one transaction, and each of its statements runs in one of its own'
      USING HINT = 'Nothing was changed. Take away what tells the migration tool not to use a transaction, or to send statements one by one.';
  END IF;
END",
    )
}

/// What belongs to the same transaction finds what it had: the tool's note that the migration was run, and the migrations behind it.
pub(super) fn give_back_settings() -> String {
    quote_do(&format!(
        "DECLARE
  kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY[{}] LOOP
    -- A server may not know one of them.
    IF current_setting(kept, true) IS NOT NULL THEN
      PERFORM set_config(kept, current_setting(concat('rowgate.kept_', kept)), true);
    END IF;
  END LOOP;
END",
        kept()
    ))
}

/// A statement as it can be cut out at its last semicolon: the bodies of functions in SQL have bare ones of their own.
pub(super) fn as_one(statement: &str) -> String {
    if statement.contains("BEGIN ATOMIC") {
        quote_do(&format!("BEGIN\n  EXECUTE {};\nEND", quote::dollar(statement)))
    } else {
        statement.to_owned()
    }
}

fn kept() -> String {
    KEPT.map(quote::literal).join(", ")
}
