//! `rowgate explain`: the page of a code.

use clap::Args;

use super::output::Output;
use super::{Error, Verdict};
use crate::diagnostic::{Code, did_you_mean};

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
    let Some(code) = Code::parse(text) else {
        let near = did_you_mean(text, Code::ALL.iter().map(|code| code.as_str()));
        let help = near.map_or("`rowgate explain` lists all codes".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Error::Other(format!("there is no code `{text}`\nhelp: {help}")));
    };
    output.result(&code.explanation())?;
    Ok(Verdict::Clean)
}
