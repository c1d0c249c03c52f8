//! Entry points of the parser: the whole text first; only when that fails, piece by piece.

use pest::Parser as _;
use pest_derive::Parser;

use super::{ast, build::Builder, limits, recover, symbols};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span};

#[derive(Parser)]
#[grammar = "../grammar/policy.pest"]
pub(super) struct Grammar;

/// Parses one `.policy` file. A syntax error costs the rule that it stands in; what could be read is in the
/// tree, and every broken rule has a message.
pub fn parse_file(sources: &Sources, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> ast::File {
    let text = &sources.get(file).text;
    let empty = ast::File { file, items: Vec::new() };
    if let Err(diagnostic) = limits::check(text, file) {
        diagnostics.push(*diagnostic);
        return empty;
    }
    let mut builder = Builder::new(file, 0);
    let parsed = match Grammar::parse(Rule::file, text) {
        Ok(pairs) => builder.file(pairs),
        Err(error) => recover::parse_pieces(text, file, &error, &mut builder),
    };
    if parsed.items.is_empty() && builder.diagnostics.is_empty() {
        builder.diagnostics.push(
            Diagnostic::new(Code::EmptyFile, Span::new(file, 0, 0), "this file has no rules")
                .with_help("write `table <name> { rule \"…\" for <role> { … } }`, or delete the file"),
        );
    }
    diagnostics.append(&mut builder.diagnostics);
    parsed
}

/// Parses a condition that stands in another file, `text` starting at byte `offset` of `file`.
pub fn parse_condition(text: &str, file: FileId, offset: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<ast::Condition> {
    if let Err(mut diagnostic) = limits::check(text, file) {
        diagnostic.primary.span = Span::new(file, offset, offset + text.len());
        diagnostics.push(*diagnostic);
        return None;
    }
    let mut builder = Builder::new(file, offset);
    let condition = match Grammar::parse(Rule::only_condition, text) {
        Ok(pairs) => builder.only_condition(pairs),
        Err(error) => {
            builder.diagnostics.push(symbols::syntax_error(&error, text, file, offset));
            None
        }
    };
    diagnostics.append(&mut builder.diagnostics);
    condition
}
