//! Which database a command is about: the one that is named, or the one that the environment names.

use super::Error;
use crate::db::{self, Client, Surroundings};

/// Connects to it.
pub(super) fn connect(url: Option<&str>) -> Result<Client, Error> {
    let around = Surroundings::of_process();
    Ok(db::connect_in(named(url, &around)?, &around)?)
}

/// The text that says which it is; what it leaves out is in the environment.
pub(super) fn named<'a>(url: Option<&'a str>, around: &Surroundings) -> Result<&'a str, Error> {
    match url.filter(|url| !url.is_empty()) {
        Some(url) => Ok(url),
        None if db::names_a_server(around) => Ok(""),
        None => Err(Error::NoDatabase),
    }
}
