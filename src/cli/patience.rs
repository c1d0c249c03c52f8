//! Questions that wait for tables which somebody holds. In: a question. Out: its answer, or who is in the way, and since when.

use super::Error;
use super::output::Output;
use crate::db::{self, Client, RecordError};

/// How often it is asked; each time it waits for two seconds.
const TRIES: u32 = 5;

/// Asks until somebody lets go, or it has been long enough.
pub(super) fn patiently<T>(
    client: &mut Client,
    output: &Output,
    mut ask: impl FnMut(&mut Client) -> Result<T, RecordError>,
) -> Result<T, Error> {
    let mut number = 1;
    loop {
        let error = match ask(client) {
            Err(RecordError::Database(error)) if db::is_held_up(&error) => error,
            other => return Ok(other?),
        };
        let holders = db::read_holders(client).map_err(Error::Database)?;
        let holders = if holders.is_empty() { "somebody holds a table".to_owned() } else { holders.join("; ") };
        if number == TRIES {
            return Err(Error::Waited { tries: TRIES as usize, holders, error });
        }
        output.message(&format!("{holders}; again (try {number} of {TRIES})"));
        number += 1;
    }
}
