//! The service file (manual section 34.17): connections by name. In: a name and where files may be. Out: what the file says below `[name]`, in its order.

use std::path::{Path, PathBuf};

use super::error::ConnectError;
use super::surroundings::Surroundings;
use super::text::Pair;

/// Where Debian and PostgreSQL's own packages put the file for all accounts.
const SYSTEM_FOLDERS: [&str; 2] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql"];

/// What is said of a service: in the file that is named, else in that of the account, else in that of the system.
pub(super) fn read(service: &str, file: Option<&str>, around: &Surroundings) -> Result<Vec<Pair>, ConnectError> {
    let mut files: Vec<PathBuf> = match file {
        Some(file) => vec![PathBuf::from(file)],
        None => around.in_home(".pg_service.conf").into_iter().filter(|path| path.exists()).collect(),
    };
    let folders = match around.variable("PGSYSCONFDIR") {
        Some(folder) => vec![folder],
        None => SYSTEM_FOLDERS.to_vec(),
    };
    files.extend(folders.into_iter().map(|folder| Path::new(folder).join("pg_service.conf")).filter(|path| path.exists()));
    for path in &files {
        let text = std::fs::read_to_string(path).map_err(|source| ConnectError::file("the service file", path, &source))?;
        if let Some(found) = section(&text, service, path)? {
            return Ok(found);
        }
    }
    Err(ConnectError::NoService { service: service.to_owned(), files })
}

/// The lines below `[service]`.
fn section(text: &str, service: &str, path: &Path) -> Result<Option<Vec<Pair>>, ConnectError> {
    let mut found: Option<Vec<Pair>> = None;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if name.strip_suffix(']') == Some(service) {
                found = Some(Vec::new());
            }
            continue;
        }
        let Some(pairs) = &mut found else { continue };
        let wrong = |reason: &str| ConnectError::ServiceLine { path: path.to_owned(), line: number, reason: reason.to_owned() };
        if line.starts_with("ldap") {
            return Err(wrong("rowgate does not ask LDAP"));
        }
        match line.split_once('=') {
            Some(("service" | "servicefile", _)) => return Err(wrong("a service cannot name another")),
            Some((name, value)) => pairs.push((name.to_owned(), value.to_owned())),
            None => return Err(wrong("there is no `=`")),
        }
    }
    Ok(found)
}
