//! Project loader: finds a folder, reads its files into texts, leaves everything else to the stages.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::names::CONFIG;
use crate::config::{self, Config};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span};
use crate::project::{self, Compiled, Texts};
use crate::syntax::MAX_FILE_BYTES;

/// A project whose configuration cannot be used.
#[derive(Debug)]
pub struct Failed {
    /// The texts, for pointing into them.
    pub sources: Sources,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
}

/// The folder that was named, or the nearest one upward from here that has a `rowgate.yaml`.
pub fn find(named: Option<&Path>) -> Result<PathBuf, Error> {
    if let Some(folder) = named {
        // Naming the file itself is understood.
        let folder =
            if folder.file_name().is_some_and(|name| name == CONFIG) { folder.parent().unwrap_or(folder) } else { folder };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        return if folder.join(CONFIG).is_file() { Ok(folder.to_owned()) } else { Err(Error::NoProjectIn(folder.to_owned())) };
    }
    let here = std::env::current_dir().map_err(|source| Error::Read { path: PathBuf::from("."), source })?;
    let found = here.ancestors().find(|folder| folder.join(CONFIG).is_file());
    found.map(Path::to_owned).ok_or(Error::NoProject(here))
}

/// Reads and compiles the project in a folder. The outer error is a file that cannot be read, the inner one a configuration that
/// leaves nothing to compile.
pub fn compile(root: &Path) -> Result<Result<Compiled, Failed>, Error> {
    Ok(texts(root)?.map(|(texts, diagnostics)| project::compile(texts, diagnostics)))
}

/// Reads the project in a folder, with the messages about its files; errors as for [`compile`].
pub fn texts(root: &Path) -> Result<Result<(Texts, Vec<Diagnostic>), Failed>, Error> {
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let config_file = read(root, Path::new(CONFIG), &mut sources, &mut diagnostics)?;
    let config = match diagnostics.is_empty() {
        true => project::load_config(&sources, config_file, &mut diagnostics),
        false => None,
    };
    let Some(config) = config else { return Ok(Err(Failed { sources, diagnostics })) };
    patterns_without_files(root, &config, &sources, config_file, &mut diagnostics)?;
    let schema_file = read(root, Path::new(&config.schema), &mut sources, &mut diagnostics)?;
    let mut read_all = |patterns: &[String]| -> Result<Vec<FileId>, Error> {
        let mut files = Vec::new();
        for name in names(root, patterns)? {
            let before = diagnostics.len();
            let file = read(root, &name, &mut sources, &mut diagnostics)?;
            if diagnostics.len() == before {
                files.push(file);
            }
        }
        Ok(files)
    };
    let policy_files = read_all(&config.policies.0)?;
    let test_files = read_all(&["**/*.test.yaml".to_owned()])?;
    let now = jiff::Timestamp::now().as_microsecond();
    let texts = Texts { sources, config_file, config, schema_file, policy_files, test_files, now };
    Ok(Ok((texts, diagnostics)))
}

/// What every policy file fits, wherever it is: it names none that could be missing.
const EVERYWHERE: &str = "**/*.policy";

/// A pattern that no file fits: the rules and boundaries that it is to name would be missing without a word.
fn patterns_without_files(
    root: &Path,
    config: &Config,
    sources: &Sources,
    config_file: FileId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<(), Error> {
    let patterns = &config.policies.0;
    for (position, pattern) in patterns.iter().enumerate().filter(|(_, pattern)| *pattern != EVERYWHERE) {
        if !names(root, std::slice::from_ref(pattern))?.is_empty() {
            continue;
        }
        let item = format!("[{position}]");
        let path = ["policies", item.as_str()];
        let place = config::place(sources, config_file, if patterns.len() == 1 { &path[..1] } else { &path });
        let there = names(root, &[EVERYWHERE.to_owned()])?;
        let shown: Vec<String> = there.iter().take(3).map(|name| format!("`{}`", name.display())).collect();
        let help = match there.len() - shown.len() {
            _ if shown.is_empty() => {
                format!(
                    "write rules into a file that it fits, or another pattern, such as `{EVERYWHERE}`, from the folder of {CONFIG} on"
                )
            }
            0 => format!(
                "there is {}: write a pattern that fits, from the folder of {CONFIG} on, such as `{EVERYWHERE}`",
                shown.join(", ")
            ),
            more => format!(
                "there are {} and {more} more: write a pattern that fits, from the folder of {CONFIG} on, such as `{EVERYWHERE}`",
                shown.join(", ")
            ),
        };
        diagnostics.push(Diagnostic::new(Code::NoPolicyFile, place, format!("no file fits `{pattern}`")).with_help(help));
    }
    Ok(())
}

/// The files below the folder that a pattern fits, by name.
fn names(root: &Path, globs: &[String]) -> Result<Vec<PathBuf>, Error> {
    let mut names = Vec::new();
    for pattern in globs {
        let root_text = root.to_str().ok_or_else(|| Error::NotUtf8(root.to_owned()))?;
        let full = format!("{}/{pattern}", glob::Pattern::escape(root_text));
        let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
        let entries = glob::glob_with(&full, options).map_err(|source| Error::Pattern { pattern: pattern.clone(), source })?;
        for entry in entries {
            let path = entry.map_err(|error| Error::Read { path: error.path().to_owned(), source: error.into() })?;
            if path.is_file() {
                names.push(path.strip_prefix(root).map(Path::to_owned).unwrap_or(path));
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Adds a file to the sources. One that is too large or not UTF-8 is added as far as it can be shown, with a message.
fn read(root: &Path, name: &Path, sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Result<FileId, Error> {
    let path = root.join(name);
    let fail = |source| Error::Read { path: path.clone(), source };
    let shown = name.to_string_lossy().replace('\\', "/");
    let size = std::fs::metadata(&path).map_err(fail)?.len();
    if size > MAX_FILE_BYTES as u64 {
        let file = sources.add(shown, "");
        let title = format!("`{}` has {size} bytes; at most {MAX_FILE_BYTES} are read", name.display());
        let help = "split it: rules of one table may stand in several files";
        diagnostics.push(Diagnostic::new(Code::FileTooLarge, Span::new(file, 0, 0), title).with_help(help));
        return Ok(file);
    }
    let bytes = std::fs::read(&path).map_err(fail)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(sources.add(shown, text)),
        Err(error) => {
            let start = error.utf8_error().valid_up_to();
            let file = sources.add(shown, String::from_utf8_lossy(error.as_bytes()));
            let title = format!("`{}` is not UTF-8", name.display());
            diagnostics.push(
                Diagnostic::new(Code::NotUtf8, Span::new(file, start, start + 3), title)
                    .with_label("this byte is not part of a character")
                    .with_help("save the file as UTF-8"),
            );
            Ok(file)
        }
    }
}
