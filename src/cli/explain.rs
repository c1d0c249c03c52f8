//! `rowgate explain`: the pages of codes.

use clap::Args;

use super::output::Output;
use super::{Error, Named, Verdict};
use crate::diagnostic::Code;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The codes, such as RG1102; without one, all are listed.
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Verdict, Error> {
    if arguments.codes.is_empty() {
        let lines = Code::ALL.iter().map(|code| format!("{}  {}\n", code.as_str(), code.summary()));
        output.result(&lines.collect::<String>())?;
        return Ok(Verdict::Clean);
    }
    let known = || Code::ALL.iter().map(|code| code.as_str());
    let page = |text: &String| {
        let code = Code::parse(text).ok_or_else(|| Error::unknown(Named::Code, text, known()))?;
        Ok(code.explanation())
    };
    let pages: Vec<String> = arguments.codes.iter().map(page).collect::<Result<_, Error>>()?;
    output.result(&pages.join("\n"))?;
    Ok(Verdict::Clean)
}
