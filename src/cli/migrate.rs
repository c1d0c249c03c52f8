//! `rowgate migrate`: the step from the last recorded state to the present one, as files of the team's migration tool, and the new record.

use std::path::{Path, PathBuf};

use clap::Args;

use super::layout::{self, File, Migration, Unwritable};
use super::names::RECORD;
use super::output::{Output, write_file};
use super::{Error, ProjectArgument, Verdict, compile, loader};
use crate::config::Migrations;
use crate::objects::State;
use crate::{plan, sql};

#[derive(Debug, Args)]
#[command(after_help = layout::told())]
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
    let slug = slug(&arguments.name)?;
    let Some((root, compiled)) = compile(&arguments.project, output)? else { return Ok(Verdict::Findings) };
    let Some(desired) = compiled.state() else { return Ok(Verdict::Findings) };
    let Migrations { folder, layout } = &compiled.config.migrations;
    let folder = root.join(folder);
    let current = recorded(&folder)?;
    let is_first = !folder.join(RECORD).is_file();
    let is_cut_off = !is_first && !has_migrations(&folder);
    let title = format!("Migration: {}", arguments.name.trim());
    let [up, down] = layout::forms(*layout);
    let (Some(up), Some(down)) = (
        plan::migration_as(up, &title, &current, &desired),
        plan::migration_as(down, &format!("{title}, undone"), &desired, &current),
    ) else {
        if is_cut_off {
            return Err(Error::NoMigrations(folder));
        }
        output.message("nothing to do: the rules mean what the last migration recorded");
        return Ok(Verdict::Clean);
    };
    let wanted = compiled.wanted_indexes();
    let indexes = (arguments.indexes && !wanted.is_empty()).then(|| sql::index_script(&wanted, true));
    let there = names(&folder);
    let (name, version) = (layout::name(*layout, &slug, &there), layout::version(*layout, &there, times()));
    let migration = Migration { name: &name, version: &version, up: &up, down: &down, indexes: indexes.as_deref() };
    let mut files = layout::files(*layout, &migration).map_err(|Unwritable { text, why }| Error::NotInLayout {
        layout: layout.name(),
        text,
        why,
    })?;
    // Last: without the record the files would be a step from nowhere, without the files the record would be of nothing.
    files.push(File { path: RECORD.into(), text: format!("{}\n", serde_json::to_string_pretty(&desired)?) });
    write(&folder, &files)?;
    for file in &files[..files.len() - 1] {
        output.result(&format!("{}\n", folder.join(&file.path).display()))?;
    }
    if is_first {
        let name = &compiled.config.output;
        output.message(&format!(
            "the first migration has the whole state, as `{name}` has it: a database takes one of the two. Where `{name}` of these same rules was applied, count \
             this migration as applied; where it was one of other rules, put those back, migrate, and change the rules then"
        ));
    }
    if is_cut_off {
        output.message(&format!(
            "none of the migrations that lead to what `{RECORD}` recorded is in `{}`: this one is a step from there, and of no use to a new database",
            folder.display()
        ));
    }
    Ok(Verdict::Clean)
}

/// All of them, or none.
fn write(folder: &Path, files: &[File]) -> Result<(), Error> {
    for (index, file) in files.iter().enumerate() {
        let path = folder.join(&file.path);
        let parent = path.parent().unwrap_or(folder);
        let made = std::fs::create_dir_all(parent).map_err(|source| Error::Write { path: parent.to_owned(), source });
        if let Err(error) = made.and_then(|()| write_file(&path, &file.text)) {
            for written in &files[..index] {
                drop(std::fs::remove_file(folder.join(&written.path)));
            }
            return Err(error);
        }
    }
    Ok(())
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

/// Whether any is of this program: the folder may have those of others.
fn has_migrations(folder: &Path) -> bool {
    let is_ours =
        |path: PathBuf| std::fs::read(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains(plan::MIGRATION_HEAD));
    entries(folder).into_iter().any(is_ours)
}

/// What the folder has, in folders of its own as well, which some tools look into; without what they are not to find.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let is_found = |entry: &std::fs::DirEntry| entry.file_name() != layout::ASIDE;
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten().filter(is_found);
    all.flat_map(|entry| {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let within = if is_folder { entries(&entry.path()) } else { Vec::new() };
        std::iter::once(entry.path()).chain(within)
    })
    .collect()
}

fn names(folder: &Path) -> Vec<String> {
    entries(folder).iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned()).collect()
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

/// The time in UTC, and the seconds behind it.
fn times() -> impl Iterator<Item = String> {
    let now = jiff::Timestamp::now();
    (0..).map(move |second| (now + jiff::SignedDuration::from_secs(second)).strftime("%Y%m%d%H%M%S").to_string())
}
