//! Entry points of the parser. A text is parsed item by item; one that has an error is cut again, so that the error costs a rule.

use std::ops::Range;

use pest::Parser as _;
use pest::iterators::Pairs;

use super::grammar::{Grammar, Rule};
use super::{ast, build::Builder, cut::cut, limits, recover, symbols};
use crate::diagnostic::{Code, Diagnostic, FileId, Sources, Span, Spanned};

/// What could be read of one item.
#[derive(Debug)]
pub struct Piece {
    /// The item; several where a text could not be told apart.
    pub file: ast::File,
    /// What is wrong in it.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether it was read as it stands, without leaving anything out.
    pub is_whole: bool,
}

/// Parses one `.policy` file. A syntax error costs the rule that it stands in; what could be read is in the
/// tree, and every broken rule has a message.
pub fn parse_file(sources: &Sources, file: FileId, diagnostics: &mut Vec<Diagnostic>) -> ast::File {
    let text = &sources.get(file).text;
    let pieces = match check_file(text, file) {
        Ok(()) => pieces(text, |range| parse_piece(&text[range.clone()], file, range.start)),
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            return ast::File { file, items: Vec::new() };
        }
    };
    let mut items = Vec::new();
    let mut found = Vec::new();
    for mut piece in pieces {
        items.append(&mut piece.file.items);
        found.append(&mut piece.diagnostics);
    }
    found.extend(if items.is_empty() && found.is_empty() { Some(without_rules(file)) } else { None });
    diagnostics.append(&mut found);
    ast::File { file, items }
}

/// What keeps a file from being read at all: its size, its nesting.
pub fn check_file(text: &str, file: FileId) -> Result<(), Box<Diagnostic>> {
    limits::check(text, file)
}

/// What is said of a file that has nothing in it.
pub fn without_rules(file: FileId) -> Diagnostic {
    Diagnostic::new(Code::EmptyFile, Span::new(file, 0, 0), "this file has no rules")
        .with_help("write `table <name> { rule \"…\" for <role> { … } }`, or delete the file")
}

/// How many pieces are tried as the rest of one that is not whole.
const MAX_JOINED: usize = 8;

/// The pieces of a text as `read` gives them, from the first byte on. Where one is not whole and may have lost its end to the next ones, they
/// are read together.
pub fn pieces<P: std::borrow::Borrow<Piece>>(text: &str, mut read: impl FnMut(Range<usize>) -> P) -> Vec<P> {
    let cuts = cut(text);
    let (mut pieces, mut next) = (Vec::new(), 0);
    while let Some(one) = cuts.get(next) {
        next += 1;
        let mut piece = read(one.range.clone());
        let more = cuts[next..].iter().take_while(|other| other.may_belong_to_last).take(MAX_JOINED);
        for (index, other) in more.enumerate().take_while(|_| !piece.borrow().is_whole) {
            let joined = read(one.range.start..other.range.end);
            if joined.borrow().is_whole {
                (piece, next) = (joined, next + index + 1);
                break;
            }
        }
        pieces.push(piece);
    }
    pieces
}

/// Parses a text of [`pieces`], which starts at byte `offset` of `file`.
pub fn parse_piece(text: &str, file: FileId, offset: usize) -> Piece {
    let mut builder = Builder::new(file, offset);
    let (parsed, is_whole) = match Grammar::parse(Rule::file, text) {
        Ok(pairs) => (builder.file(pairs), true),
        Err(error) => (recover::parse_pieces(text, offset, file, &error, &mut builder), false),
    };
    Piece { file: parsed, diagnostics: builder.diagnostics, is_whole }
}

/// Parses a condition that stands in another file, `text` starting at byte `offset` of `file`.
pub fn parse_condition(text: &str, file: FileId, offset: usize, diagnostics: &mut Vec<Diagnostic>) -> Option<ast::Condition> {
    parse_only(Rule::only_condition, text, (file, offset), diagnostics, Builder::only_condition)
}

/// The same of a value.
pub fn parse_operand(
    text: &str,
    file: FileId,
    offset: usize,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<ast::Operand>> {
    parse_only(Rule::only_operand, text, (file, offset), diagnostics, Builder::only_operand)
}

/// Whether some words say something by themselves, and are not only a name.
pub fn is_statement(words: &str) -> bool {
    let parsed = Grammar::parse(Rule::only_condition, words).ok();
    let condition = parsed.and_then(|pairs| Builder::new(FileId::default(), 0).only_condition(pairs));
    condition.is_some_and(|condition| !matches!(condition, ast::Condition::Named(_)))
}

/// Whether some words are a label as they stand, which no word of the language tears: on both sides of a comparison, or behind `not`.
pub fn is_label(words: &str) -> bool {
    let parse = |text: &str| {
        let pairs = Grammar::parse(Rule::only_condition, text).ok()?;
        Builder::new(FileId::default(), 0).only_condition(pairs)
    };
    let is_whole = |operand: &ast::Operand, words: &str| match operand {
        ast::Operand::Path(path) => matches!(path.steps.as_slice(), [only] if only.text == words),
        // These are told apart by what they mean.
        ast::Operand::Now | ast::Operand::Today | ast::Operand::Boolean(_) | ast::Operand::LoggedInUser => true,
        ast::Operand::ThisRecord(path) => path.is_none(),
        _ => false,
    };
    let is_left = match parse(&format!("{words} is x")) {
        Some(ast::Condition::Compare(compare)) => is_whole(&compare.left.value, words),
        Some(ast::Condition::Not(inner)) => matches!(*inner, ast::Condition::Compare(_)),
        _ => false,
    };
    let is_right = matches!(parse(&format!("x is {words}")), Some(ast::Condition::Compare(compare)) if is_whole(&compare.right.value, words));
    is_left && is_right
}

fn parse_only<T>(
    rule: Rule,
    text: &str,
    (file, offset): (FileId, usize),
    diagnostics: &mut Vec<Diagnostic>,
    build: impl FnOnce(&mut Builder, Pairs<'_, Rule>) -> Option<T>,
) -> Option<T> {
    if let Err(mut diagnostic) = limits::check(text, file) {
        diagnostic.primary.span = Span::new(file, offset, offset + text.len());
        diagnostics.push(*diagnostic);
        return None;
    }
    let mut builder = Builder::new(file, offset);
    let built = match Grammar::parse(rule, text) {
        Ok(pairs) => build(&mut builder, pairs),
        Err(error) => {
            builder.diagnostics.push(symbols::syntax_error(&error, text, file, offset));
            None
        }
    };
    diagnostics.append(&mut builder.diagnostics);
    built
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use pest::Parser as _;

    use super::super::build::Builder;
    use super::{Grammar, Rule, parse_file};
    use crate::diagnostic::Sources;

    /// The examples, and items that are hard to tell apart.
    const TEXTS: [&str; 14] = [
        "condition d: Condition is \"10:30\" or\nCondition is \"11:00\"\nnever B can read a",
        "table a\n{ rule \"x\" for B { allow read } } table b { } condition d: condition is 1",
        "# never\ntable a { condition c: `never` is 1 # table b {\n rule \"never\" for B { where c allow read } }",
        include_str!("../../policies/patterns/clients.policy"),
        include_str!("../../policies/patterns/owned.policy"),
        include_str!("../../policies/patterns/school.policy"),
        include_str!("../../policies/patterns/teams.policy"),
        include_str!("../../policies/real_estate/people.policy"),
        include_str!("../../policies/real_estate/properties.policy"),
        include_str!("../../policies/team_rbac/invitations.policy"),
        include_str!("../../policies/team_rbac/members.policy"),
        include_str!("../../policies/team_rbac/projects.policy"),
        include_str!("../../policies/team_rbac/teams.policy"),
        include_str!("../../policies/user_items/items.policy"),
    ];

    /// What the grammar reads as a whole is read the same in pieces.
    #[test]
    fn pieces_are_what_the_whole_is() {
        for text in TEXTS {
            let mut sources = Sources::default();
            let file = sources.add("a.policy", text);
            let (mut builder, mut found) = (Builder::new(file, 0), Vec::new());
            let whole = builder.file(Grammar::parse(Rule::file, text).unwrap());
            let pieces = parse_file(&sources, file, &mut found);
            found.retain(|diagnostic| diagnostic.code != crate::diagnostic::Code::EmptyFile);
            assert_eq!((&whole, &builder.diagnostics), (&pieces, &found), "{text}");
        }
    }
}
