//! `rowgate init`: a project to start from. It is the example `policies/user_items`, so it is known to work.

use std::path::PathBuf;

use clap::Args;

use super::output::{Output, write_file};
use super::{Error, Verdict};

const FILES: [(&str, &str); 4] = [
    ("rowgate.yaml", include_str!("../../policies/user_items/rowgate.yaml")),
    ("schema.yaml", include_str!("../../policies/user_items/schema.yaml")),
    ("items.policy", include_str!("../../policies/user_items/items.policy")),
    ("items.test.yaml", include_str!("../../policies/user_items/items.test.yaml")),
];

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder to write to; made where it is missing.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let folder = &arguments.folder;
    if let Some((name, _)) = FILES.iter().find(|(name, _)| folder.join(name).exists()) {
        return Err(Error::Exists(folder.join(name)));
    }
    std::fs::create_dir_all(folder).map_err(|source| Error::Write { path: folder.clone(), source })?;
    for (name, text) in FILES {
        write_file(&folder.join(name), text)?;
        output.result(&format!("{}\n", folder.join(name).display()))?;
    }
    output.message(&format!("next: describe your tables in schema.yaml, write rules, then `rowgate build {}`", folder.display()));
    Ok(Verdict::Clean)
}
