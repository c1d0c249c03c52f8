//! A project as a revision of version control has it. In: a folder and the name of a revision. Out: its texts by their names. The only user of git.

use std::path::Path;
use std::process::Command;

use super::Error;
use super::names::CONFIG;
use crate::config::Config;
use crate::diagnostic::Sources;
use crate::project;

/// The configuration, the schema file and the policy files of a project as they were.
pub(super) fn texts(root: &Path, revision: &str) -> Result<Vec<(String, String)>, Error> {
    let commit =
        git(root, revision, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    let commit = commit.trim();
    let show = |name: &str| git(root, revision, &["show", &format!("{commit}:./{name}")]);
    let config_text = show(CONFIG)?;
    let mut sources = Sources::default();
    let file = sources.add(CONFIG, config_text.as_str());
    let mut texts = vec![(CONFIG.to_owned(), config_text)];
    // One with errors is told by who reads the texts.
    let Some(config) = project::load_config(&sources, file, &mut Vec::new()) else { return Ok(texts) };
    texts.push((config.schema.clone(), show(&config.schema)?));
    let names = git(root, revision, &["ls-tree", "-r", "-z", "--name-only", commit, "--", "."])?;
    for name in names.split('\0').filter(|name| is_policy(&config, name)) {
        texts.push((name.to_owned(), show(name)?));
    }
    Ok(texts)
}

/// Whether a pattern of the configuration fits, as it would on the disk.
fn is_policy(config: &Config, name: &str) -> bool {
    let options =
        glob::MatchOptions { require_literal_leading_dot: true, require_literal_separator: true, ..glob::MatchOptions::new() };
    let patterns = config.policies.0.iter().filter_map(|pattern| glob::Pattern::new(pattern).ok());
    patterns.into_iter().any(|pattern| pattern.matches_with(name, options))
}

fn git(root: &Path, revision: &str, arguments: &[&str]) -> Result<String, Error> {
    let failed = |reason: String| Error::Revision { revision: revision.to_owned(), reason };
    let output = Command::new("git").arg("-C").arg(root).args(arguments).output();
    let output = output.map_err(|error| failed(format!("git cannot be run: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(failed(if said.is_empty() { "there is no such revision".to_owned() } else { said }));
    }
    String::from_utf8(output.stdout).map_err(|_| failed("a file of it is not UTF-8".to_owned()))
}
