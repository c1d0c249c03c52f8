//! The project that an import stands beside. In: where it is written to. Out: its configuration, the schema file that rules are made for, and what of the files is new.

use std::path::{Path, PathBuf};

use super::output::{Output, write_file};
use super::{Error, loader, names};
use crate::config::Config;
use crate::diagnostic::Sources;
use crate::import::{Imported, Project};
use crate::{project, pull};

/// What an import calls the schema file.
pub(super) const SCHEMA: &str = "schema.yaml";

/// What is there.
pub(super) struct There {
    config: Option<Config>,
    /// The folder, where the rules are to stand beside that configuration.
    root: Option<PathBuf>,
}

impl There {
    /// In the folder that is written to; or here and above, which then only says who is signed in, unless nothing is written at all.
    pub(super) fn find(folder: Option<&Path>, output: &Output) -> Result<There, Error> {
        if let Some(folder) = folder.filter(|folder| folder.join(names::CONFIG).is_file()) {
            return Ok(There { config: Some(config(folder, output)?), root: Some(folder.to_owned()) });
        }
        match loader::find(None) {
            Err(Error::NoProject(_)) => Ok(There { config: None, root: None }),
            found => {
                let root = found?;
                Ok(There { config: Some(config(&root, output)?), root: Some(root).filter(|_| folder.is_none()) })
            }
        }
    }

    pub(super) fn project(&self) -> Project<'_> {
        match (&self.config, &self.root) {
            (Some(config), Some(_)) => Project::Beside(config),
            (Some(config), None) => Project::Like(config),
            (None, _) => Project::New,
        }
    }

    /// The schema file that there is.
    fn schema_file(&self) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(&self.config.as_ref()?.schema))
    }

    /// The schema file that rules are made for: the one that is there, with what the database says otherwise.
    pub(super) fn schema(&self, facts: &pull::Facts, output: &Output) -> Result<String, Error> {
        let new = || pull::new_file(facts);
        let Some(path) = self.schema_file().filter(|path| path.is_file()) else { return Ok(new()) };
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        if text.trim().is_empty() {
            return Ok(new());
        }
        let pulled = pull::updated(&text, facts).map_err(|reason| Error::NotUpdated { path: path.clone(), reason })?;
        if pulled.text != text {
            output.note(&format!("`{}` is stale: the rules are made for what `rowgate pull` would write there", path.display()));
        }
        Ok(pulled.text)
    }

    /// The files that are not there for the project already.
    pub(super) fn new_files<'i>(&self, imported: &'i Imported) -> impl Iterator<Item = &'i (String, String)> {
        let is_beside = self.root.is_some();
        let has_schema = self.schema_file().is_some_and(|path| path.is_file());
        imported.files.iter().filter(move |(name, _)| match name.as_str() {
            names::CONFIG => !is_beside,
            SCHEMA => !has_schema,
            _ => true,
        })
    }

    /// Writes all new files or none.
    pub(super) fn write(&self, folder: &Path, imported: &Imported, force: bool) -> Result<(), Error> {
        let path = |name: &str| match self.schema_file() {
            Some(file) if name == SCHEMA => file,
            _ => folder.join(name),
        };
        let there = self.new_files(imported).map(|(name, _)| path(name)).find(|path| path.exists());
        if let Some(path) = there.filter(|_| !force) {
            return Err(Error::Exists(path));
        }
        std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.to_owned(), source })?;
        self.new_files(imported).try_for_each(|(name, text)| write_file(&path(name), text))
    }
}

/// The configuration of a project.
fn config(root: &Path, output: &Output) -> Result<Config, Error> {
    let path = root.join(names::CONFIG);
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
    let (mut sources, mut diagnostics) = (Sources::default(), Vec::new());
    let file = sources.add(names::CONFIG, text);
    let config = project::load_config(&sources, file, &mut diagnostics);
    if config.is_none() {
        output.diagnostics(&diagnostics, &sources);
    }
    config.ok_or_else(|| Error::NotImported(format!("`{}` is not read", path.display())))
}
