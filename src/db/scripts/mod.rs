//! Runs SQL as it stands in files. In: a connection of its own for each text. Out: nothing, or the line that the server refuses.

mod cut;

use std::io::Write;

use postgres::error::ErrorPosition;
use postgres::{Client, Error};

use cut::{Piece, cut};

/// What a line says that is not run.
#[derive(Debug)]
pub struct ScriptError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub reason: ScriptReason,
}

/// Why a line is not run.
#[derive(Debug)]
pub enum ScriptReason {
    /// The server refuses it.
    Server(Error),
    /// It is a command of psql's.
    Psql(String),
}

/// What cannot stand in a transaction, and what one has to end before: active_sql_transaction, unsafe_new_enum_value_usage (manual, appendix A).
const NEEDS_NO_TRANSACTION: [&str; 2] = ["25001", "55P04"];

/// Runs all of a text: in one transaction, as most tools do, unless it has transactions of its own or something that cannot stand in one.
pub fn run_script(client: &mut Client, text: &str) -> Result<(), ScriptError> {
    let pieces = cut(text);
    if pieces.iter().any(Piece::is_about_transactions) {
        return run(client, &pieces);
    }
    let outside = |error| ScriptError { line: pieces.last().map_or(1, |piece| piece.line), reason: ScriptReason::Server(error) };
    client.batch_execute("BEGIN").map_err(outside)?;
    match run(client, &pieces) {
        Ok(()) => client.batch_execute("COMMIT").map_err(outside),
        Err(ScriptError { reason: ScriptReason::Server(error), .. })
            if error.code().is_some_and(|code| NEEDS_NO_TRANSACTION.contains(&code.code())) =>
        {
            client.batch_execute("ROLLBACK").map_err(outside)?;
            run(client, &pieces)
        }
        refused => refused,
    }
}

fn run(client: &mut Client, pieces: &[Piece<'_>]) -> Result<(), ScriptError> {
    for piece in pieces {
        if let Some(command) = piece.psql {
            return Err(ScriptError { line: piece.line, reason: ScriptReason::Psql(command.to_owned()) });
        }
        let done = match piece.rows {
            Some(rows) => copy(client, piece.text, rows),
            None => client.batch_execute(piece.text),
        };
        done.map_err(|error| ScriptError {
            line: piece.line + lines_before(piece.text, &error),
            reason: ScriptReason::Server(error),
        })?;
    }
    Ok(())
}

/// Rows that stand behind a `COPY … FROM stdin`.
fn copy(client: &mut Client, statement: &str, rows: &str) -> Result<(), Error> {
    let mut writer = client.copy_in(statement)?;
    // What the server thinks of them is said at the end.
    drop(writer.write_all(rows.as_bytes()));
    writer.finish().map(drop)
}

/// The lines of a statement before the place that the server means, if it says one.
fn lines_before(statement: &str, error: &Error) -> usize {
    let place = error.as_db_error().and_then(|error| error.position());
    let Some(ErrorPosition::Original(place)) = place else { return 0 };
    let before = statement.chars().take((*place as usize).saturating_sub(1));
    before.filter(|letter| *letter == '\n').count()
}
