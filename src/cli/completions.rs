//! `rowgate completions`: a script that teaches a shell the commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::output::Output;
use super::{Cli, Error, Verdict};

#[derive(Debug, Args)]
#[command(after_help = "Bash: rowgate completions bash > ~/.local/share/bash-completion/completions/rowgate\n\
    Zsh:  rowgate completions zsh > a folder of $fpath, as _rowgate\n\
    Fish: rowgate completions fish > ~/.config/fish/completions/rowgate.fish")]
pub(super) struct Arguments {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "rowgate", &mut script);
    output.result(&String::from_utf8_lossy(&script))?;
    Ok(Verdict::Clean)
}
