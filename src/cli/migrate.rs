//! `rowgate migrate`: the step from the last recorded state to the present one, as two files, and the new record.

use std::path::{Path, PathBuf};

use clap::Args;

use super::names::RECORD;
use super::output::{Output, write_file};
use super::{Error, ProjectArgument, Verdict, compile, loader};
use crate::objects::State;
use crate::{plan, sql};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// What the migration is called, in a few words.
    name: String,
    #[command(flatten)]
    project: ProjectArgument,
    /// Also write the indexes that the policies need, as a file of its own that is applied outside of a transaction, before the rest.
    #[arg(long)]
    indexes: bool,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    if arguments.project.project.is_none() && loader::find(Some(Path::new(&arguments.name))).is_ok() {
        return Err(Error::ProjectAsName(arguments.name.clone()));
    }
    let name = slug(&arguments.name)?;
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(desired) = compiled.state() else { return Ok(Verdict::Findings) };
    let folder = root.join(&compiled.config.migrations);
    let current = recorded(&folder)?;
    let title = format!("Migration: {}", arguments.name.trim());
    let (Some(up), Some(down)) =
        (plan::migration(&title, &current, &desired), plan::migration(&format!("{title}, undone"), &desired, &current))
    else {
        if folder.join(RECORD).is_file() && !has_migrations(&folder) {
            return Err(Error::NoMigrations(folder));
        }
        output.message("nothing to do: the rules mean what the last migration recorded");
        return Ok(Verdict::Clean);
    };
    let is_first = !folder.join(RECORD).is_file();
    let record = serde_json::to_string_pretty(&desired)?;
    std::fs::create_dir_all(&folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    let stem = free_stem(&folder, &name);
    let (up_file, down_file) = (folder.join(format!("{stem}.up.sql")), folder.join(format!("{stem}.down.sql")));
    let written = write_file(&up_file, &up)
        .and_then(|()| write_file(&down_file, &down))
        .and_then(|()| write_file(&folder.join(RECORD), &format!("{record}\n")));
    if let Err(error) = written {
        // Without the record the two files would be a step from nowhere.
        drop(std::fs::remove_file(&up_file));
        drop(std::fs::remove_file(&down_file));
        return Err(error);
    }
    let wanted = compiled.wanted_indexes();
    if arguments.indexes && !wanted.is_empty() {
        let file = folder.join(format!("{stem}.indexes.sql"));
        write_file(&file, &sql::index_script(&wanted, true))?;
        output.result(&format!("{}\n", file.display()))?;
    }
    output.result(&format!("{}\n{}\n", up_file.display(), down_file.display()))?;
    if is_first {
        let name = &compiled.config.output;
        output.message(&format!(
            "the first migration has the whole state, as `{name}` has it: a database takes one of the two. Where `{name}` of these same rules was applied, count \
             this migration as applied; where it was one of other rules, put those back, migrate, and change the rules then"
        ));
    }
    Ok(Verdict::Clean)
}

/// The state that the migrations lead to; empty where there are none.
pub(super) fn recorded(folder: &Path) -> Result<State, Error> {
    let path = folder.join(RECORD);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return without_record(folder),
        read => read.map_err(|source| Error::Read { path: path.clone(), source })?,
    };
    State::read(&text).map_err(|reason| Error::Record { path, reason })
}

/// Migrations without a record would be written again from the start.
fn without_record(folder: &Path) -> Result<State, Error> {
    if has_migrations(folder) {
        return Err(Error::NoRecord(folder.to_owned()));
    }
    Ok(State::empty())
}

fn has_migrations(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().ends_with(".up.sql"))
}

/// The name in lower case, with underscores for everything that a file name might not bear.
fn slug(name: &str) -> Result<String, Error> {
    let slug: String =
        name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let slug = slug.trim_matches('_').to_owned();
    if slug.is_empty() || slug.len() > 100 {
        return Err(Error::MigrationName(name.to_owned()));
    }
    Ok(slug)
}

/// The time in UTC and the name; a later second where one migration was just written.
fn free_stem(folder: &Path, name: &str) -> String {
    let taken: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let is_taken =
        |time: &str| taken.iter().any(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(time)));
    let mut now = jiff::Timestamp::now();
    loop {
        let time = now.strftime("%Y%m%d%H%M%S").to_string();
        if !is_taken(&time) {
            return format!("{time}_{name}");
        }
        now += jiff::SignedDuration::from_secs(1);
    }
}
