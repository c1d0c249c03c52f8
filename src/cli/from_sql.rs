//! A database that files of SQL make, on a server that is thrown away. In: files and folders. Out: a connection, or the file and line that the server refuses.

use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{Output, count};
use super::{Error, upward};
use crate::db::{Client, ScriptError, ThrowAway, run_script};
use crate::objects::quote::identifier;

#[derive(Debug, Args)]
pub(super) struct FromSql {
    /// Instead of a database: a file, or a folder of migrations, run on a server that is started for it and thrown away; can be given several times.
    ///
    /// Of a folder the files that lead upward are run, in the order of their names, where numbers count as numbers: those of the layouts that `rowgate migrate` knows. The files run as a superuser: take none that
    /// you would not run.
    #[arg(long, value_name = "PATH")]
    from_sql: Vec<PathBuf>,
    /// A role that the files name and do not make; can be given several times.
    #[arg(long, value_name = "NAME", requires = "from_sql")]
    role: Vec<String>,
    /// Where `initdb` and `postgres` are [default: on PATH, where `pg_config` says, or the newest that distributions installed]
    #[arg(long, value_name = "BIN_DIR", requires = "from_sql")]
    postgres: Option<PathBuf>,
}

/// A connection, and the server that it is to, which ends behind it.
pub(super) struct Made {
    pub(super) client: Client,
    pub(super) server: ThrowAway,
}

impl FromSql {
    /// How the files were given, for a command that somebody may type again.
    pub(super) fn typed(&self) -> String {
        let named = |option: &str, values: Vec<String>| {
            values.into_iter().map(|value| format!(" --{option} {}", word(&value))).collect::<String>()
        };
        let paths = self.from_sql.iter().map(|path| path.display().to_string()).collect();
        named("from-sql", paths) + &named("role", self.role.clone())
    }

    /// The database that the files make, if any are given.
    pub(super) fn make(&self, database_url: Option<&str>, output: &Output) -> Result<Option<Made>, Error> {
        let Some(first) = self.from_sql.first() else { return Ok(None) };
        // Of the environment it is none that anybody chose for this.
        if database_url.is_some_and(|url| std::env::var("DATABASE_URL").ok().as_deref() != Some(url)) {
            return Err(Error::FilesAndDatabase);
        }
        let mut scripts = Vec::new();
        for path in &self.from_sql {
            scripts.extend(read(path, output)?);
        }
        if scripts.is_empty() {
            return Err(Error::NoScripts(first.clone()));
        }
        let server = ThrowAway::start(self.postgres.as_deref()).map_err(|reason| Error::Server(Box::new(reason)))?;
        let mut client = server.connect()?;
        for role in &self.role {
            client.batch_execute(&format!("CREATE ROLE {}", identifier(role))).map_err(Error::Database)?;
        }
        for (path, text) in &scripts {
            // Each in a session of its own, as most tools do: what one sets is nothing to the next.
            run_script(&mut server.connect()?, text).map_err(|ScriptError { line, reason }| Error::Script {
                path: path.clone(),
                line,
                reason: Box::new(reason),
            })?;
        }
        output.message(&format!("ran {} on a server that is thrown away", count(scripts.len(), "file")));
        Ok(Some(Made { client, server }))
    }
}

/// A word for the command line. Names come from files of others: what a shell would run in them, it gets as text.
pub(super) fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "._-/=,:".contains(letter);
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let is_live = |letter: char| "\"\\$`".contains(letter);
    let escaped = |letter: char| if is_live(letter) { format!("\\{letter}") } else { letter.to_string() };
    format!("\"{}\"", text.chars().map(escaped).collect::<String>())
}

/// The scripts that a file or folder has.
fn read(path: &Path, output: &Output) -> Result<Vec<(PathBuf, String)>, Error> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Read { path, source }
    };
    let metadata = std::fs::metadata(path).map_err(unreadable(path))?;
    // Whoever names a single file means it, whatever it is called; it may have both ways all the same.
    let mut files = vec![path.to_owned()];
    if metadata.is_dir() {
        let (found, passed) = upward::order(&below(path, Path::new("")).map_err(unreadable(path))?);
        for folder in passed {
            output.note(&format!("the folder `{}` is passed over", path.join(folder).display()));
        }
        files = found.into_iter().map(|file| path.join(file)).collect();
    }
    let (mut scripts, mut own) = (Vec::new(), 0);
    for file in files {
        match upward::part(&std::fs::read_to_string(&file).map_err(unreadable(&file))?) {
            Some(text) => scripts.push((file, text)),
            None => own += 1,
        }
    }
    if own > 0 {
        output.note(&format!("{} of rowgate's own passed over, since no table is changed there", count(own, "migration")));
    }
    if scripts.is_empty() && own == 0 { Err(Error::NoScripts(path.to_owned())) } else { Ok(scripts) }
}

/// All files beneath a folder, by their paths in it.
fn below(root: &Path, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        // A link to a file is one; a link to a folder might lead round in a circle.
        if entry.file_type()?.is_dir() {
            found.extend(below(root, &path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}
