//! `rowgate explain`: the page of a code.

use clap::Args;

use super::output::Output;
use super::{Error, Named, Verdict};
use crate::diagnostic::Code;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The code, such as RG1102; without one, all are listed.
    code: Option<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    let Some(text) = &arguments.code else {
        let lines = Code::ALL.iter().map(|code| format!("{}  {}\n", code.as_str(), code.summary()));
        output.result(&lines.collect::<String>())?;
        return Ok(Verdict::Clean);
    };
    let known = || Code::ALL.iter().map(|code| code.as_str());
    let code = Code::parse(text).ok_or_else(|| Error::unknown(Named::Code, text, known()))?;
    output.result(&format!("{}\n", code.page().markdown.trim_end()))?;
    Ok(Verdict::Clean)
}
