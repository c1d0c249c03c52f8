//! Talking to a PostgreSQL server: the only user of the `postgres` crate. In: a connection and what to do. Out: what the server
//! said.

mod probe;
mod session;
mod statements;
mod steps;
mod view;

pub use postgres::{Client, Error as DatabaseError, Row};
pub use probe::{Failure, insert_rows, run_scenario, run_scenarios};
pub use statements::insert;
pub use view::{Outcome, TableRows, Viewer, is_about_rows};

use postgres::NoTls;

/// Connects. `url` is a connection URL or string (manual section 34.1.1).
pub fn connect(url: &str) -> Result<Client, DatabaseError> {
    Client::connect(url, NoTls)
}

/// An error of the server with its SQLSTATE, detail and hint, in words.
pub fn describe_error(error: &DatabaseError) -> String {
    let Some(server) = error.as_db_error() else {
        // What failed before there was a server has its reason behind it.
        let reason = std::error::Error::source(error).map(|reason| format!(": {reason}"));
        return format!("{error}{}", reason.unwrap_or_default());
    };
    let mut text = format!("{} ({})", server.message(), server.code().code());
    for part in [server.detail(), server.hint(), server.where_()].into_iter().flatten() {
        text.push_str(&format!("\n  {part}"));
    }
    text
}
