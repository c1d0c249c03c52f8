//! What a connection takes from the process that makes it, as data, so that tests can give other things. In: the process. Out: its environment, the
//! home folder, the account's name. It does not know which of it means something.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What surrounds a connection.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Variables of the environment.
    pub variables: BTreeMap<String, String>,
    /// The name of the account.
    pub user: Option<String>,
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Surroundings {
        let text =
            |(name, value): (std::ffi::OsString, std::ffi::OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        Surroundings { variables: std::env::vars_os().filter_map(text).collect(), user: whoami::username().ok() }
    }

    /// A variable that is set, and not to nothing.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A file below the home folder.
    pub(super) fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.variable("HOME").map(|home| PathBuf::from(home).join(path))
    }

    /// A file of libpq's below the home folder: `~/.postgresql/root.crt`.
    pub(super) fn in_settings(&self, name: &str) -> Option<PathBuf> {
        self.in_home(".postgresql").map(|folder| folder.join(name))
    }
}
