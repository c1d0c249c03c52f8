//! `rowgate as --shell`: statements of somebody, line by line. In: lines of a terminal, with completions, or of standard input. Out: what each would do, which is undone. Lines are kept
//! in no file.

mod completion;

use std::collections::BTreeSet;
use std::io::IsTerminal;

use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{CompletionType, Config, Editor};

use self::completion::Names;
use super::Error;
use super::actors::{self, TestFiles};
use crate::model::Model;
use crate::objects::quote;

/// What a line asks.
pub(super) enum Line<'l> {
    /// To be somebody else.
    As(&'l str),
    /// To run it.
    Statement(&'l str),
}

/// Where lines come from.
enum Source {
    Terminal(Box<Editor<Names, MemHistory>>),
    Input(std::io::Lines<std::io::StdinLock<'static>>),
}

/// Takes lines to their end, or to `quit`. `who` is whom the prompt names, until `told` is given another line that says so.
pub(super) fn run(
    model: &Model,
    files: &TestFiles,
    who: &str,
    mut told: impl FnMut(&Line<'_>) -> Result<bool, Error>,
) -> Result<(), Error> {
    let mut source = source(model, files)?;
    let mut who = who.to_owned();
    while let Some(text) = source.next(&who)? {
        let line = match text.trim() {
            "" => continue,
            "quit" | "exit" | "\\q" => break,
            text => text.strip_prefix("as ").map_or(Line::Statement(text), |name| Line::As(name.trim())),
        };
        let is_done = told(&line)?;
        if let (Line::As(name), true) = (&line, is_done) {
            who = (*name).to_owned();
        }
    }
    Ok(())
}

/// Whether somebody sits there.
pub(super) fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

fn source(model: &Model, files: &TestFiles) -> Result<Source, Error> {
    if !is_terminal() {
        return Ok(Source::Input(std::io::stdin().lines()));
    }
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor = Editor::with_history(config, MemHistory::new()).map_err(terminal)?;
    editor.set_auto_add_history(true);
    editor.set_helper(Some(names(model, files)));
    Ok(Source::Terminal(Box::new(editor)))
}

impl Source {
    /// The next line; nothing at the end.
    fn next(&mut self, who: &str) -> Result<Option<String>, Error> {
        let editor = match self {
            Source::Input(lines) => {
                let read = |source| Error::Read { path: "standard input".into(), source };
                return lines.next().transpose().map_err(read);
            }
            Source::Terminal(editor) => editor,
        };
        match editor.readline(&format!("{who}> ")) {
            Ok(line) => Ok(Some(line)),
            // The line is given up, and not the shell.
            Err(ReadlineError::Interrupted) => Ok(Some(String::new())),
            Err(ReadlineError::Eof) => Ok(None),
            Err(error) => Err(terminal(error)),
        }
    }
}

fn terminal(error: ReadlineError) -> Error {
    Error::Read { path: "the terminal".into(), source: std::io::Error::other(error) }
}

fn names(model: &Model, files: &TestFiles) -> Names {
    let mut of_tables = BTreeSet::new();
    for (_, table) in model.catalog.tables() {
        // As it is found without its schema, too.
        of_tables.insert(quote::identifier(&table.name.name).into_owned());
        of_tables.extend(
            model
                .masking
                .iter()
                .map(|masking| format!("{}.{}", quote::identifier(&masking.schema), quote::identifier(&table.name.name))),
        );
        of_tables.extend(table.columns.iter().map(|column| quote::identifier(&column.name).into_owned()));
    }
    Names { of_tables: of_tables.into_iter().collect(), people: actors::known(model, &files.read) }
}
