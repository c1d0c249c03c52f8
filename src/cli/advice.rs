//! What would make the policies fast: indexes that are missing, keys that are, and indexes that policies keep clients' filters from.

use super::output::{Output, count};
use crate::project::Compiled;
use crate::sql;

/// Tells all that on stderr; nothing where there is nothing to do.
pub(super) fn print(compiled: &Compiled, output: &Output) {
    let wanted = compiled.wanted_indexes();
    if !wanted.is_empty() {
        output.note(&format!("the policies need {} that the schema file does not list", count(wanted.len(), "index")));
        for index in &wanted {
            output.message(&format!("  {}  -- {}", index.create(false), index.purpose));
        }
        output
            .message("help: `rowgate build --indexes` prints them; list what exists in the schema file: `indexes: [column, …]`");
    }
    let ungated =
        compiled.meaning.as_ref().map_or_else(Vec::new, |meaning| sql::tables_without_gate(&meaning.model, &meaning.matrix));
    if !ungated.is_empty() {
        output.note(&format!("a role that sees all rows makes everybody read the whole of {}", ungated.join(", ")));
        output.message(
            "help: give the table a key, or an index on a column without empty values, of the type integer, uuid, date or timestamp; or the role \
             a database role of its own",
        );
    }
    let lost = compiled.meaning.as_ref().map_or_else(Vec::new, |meaning| sql::lost_indexes(&meaning.model));
    if !lost.is_empty() {
        output.note(&format!("filters of clients cannot use the index on {}", lost.join(", ")));
        output.message("help: their operators are not leakproof, so PostgreSQL applies the policy first (manual section 41.5)");
    }
}
