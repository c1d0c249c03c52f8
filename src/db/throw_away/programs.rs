//! Where the programs of a PostgreSQL server are. In: a folder that somebody named, or the system. Out: the folder that has them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ServerError;

/// Where distributions put one folder for each version.
const PARENTS: [&str; 4] = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt"];

/// The folder of `initdb` and `postgres`: the one that is named, on PATH, where `pg_config` says, or the newest where distributions put them.
pub(super) fn find(named: Option<&Path>) -> Result<PathBuf, ServerError> {
    let has_both = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    let found = match named {
        Some(folder) => Some(folder.to_owned()).filter(has_both),
        None => candidates().into_iter().find(has_both),
    };
    let none = || match named {
        Some(folder) => ServerError::NoPrograms(format!("in `{}`", folder.display())),
        None => ServerError::NoPrograms("on PATH, where `pg_config` says, or where distributions put them".to_owned()),
    };
    let found = found.ok_or_else(none)?;
    // A link leads away from the libraries that are found relative to the program.
    let real = found.join("postgres").canonicalize().ok();
    Ok(real.and_then(|real| real.parent().map(Path::to_owned)).filter(has_both).unwrap_or(found))
}

fn candidates() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let told = Command::new("pg_config").arg("--bindir").output().ok().filter(|output| output.status.success());
    all.extend(told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())));
    for parent in PARENTS {
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir(parent).into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        all.extend(versions.into_iter().rev());
    }
    all
}
