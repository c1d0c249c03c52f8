//! Names of files that commands look for.

pub(super) use crate::project::CONFIG;

/// The recorded state, beside the migrations that lead to it.
pub(super) const RECORD: &str = "state.json";
