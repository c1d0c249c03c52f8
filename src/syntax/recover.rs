//! After a syntax error in an item: its text is cut at `table`, `boundary` and `rule`, and each piece is parsed on its own, so that
//! one broken rule does not hide the rest. Only broken texts come here; the cuts never change what a
//! valid one means.

use pest::Parser as _;
use pest::iterators::Pairs;

use super::{
    ast,
    build::Builder,
    grammar::{Grammar, Rule},
    limits::significant,
    symbols,
};
use crate::diagnostic::FileId;

/// A piece of the text that should be one item. Rules belong to the last table before them.
struct Piece {
    kind: PieceKind,
    /// Whether it stands inside a table's braces.
    in_table: bool,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum PieceKind {
    /// `table <name> {`, without its rules.
    TableHeader,
    Boundary,
    Rule,
    /// `condition <name>: …`, which no brace ends.
    Condition,
    /// `never …`, which no brace ends.
    Never,
}

impl PieceKind {
    /// The rule of the grammar for the piece alone.
    fn rule(self) -> Rule {
        match self {
            PieceKind::TableHeader => Rule::only_header,
            PieceKind::Boundary => Rule::only_boundary,
            PieceKind::Rule => Rule::only_rule,
            PieceKind::Condition => Rule::only_named,
            PieceKind::Never => Rule::only_never,
        }
    }
}

/// What could be read of a text that does not parse as a whole and starts at byte `offset` of its file; `error` is the whole text's.
pub(super) fn parse_pieces(
    text: &str,
    offset: usize,
    file: FileId,
    error: &pest::error::Error<Rule>,
    builder: &mut Builder,
) -> ast::File {
    let mut parsed = ast::File { file, items: Vec::new() };
    let whole = symbols::syntax_error(error, text, file, offset);
    let position = (whole.primary.span.start as usize).saturating_sub(offset);
    let mut explained = false;
    for piece in pieces(text) {
        let piece_text = &text[piece.start..piece.end];
        builder.offset = offset + piece.start;
        match Grammar::parse(piece.kind.rule(), piece_text) {
            Ok(pairs) => add(&mut parsed, &piece, builder, pairs),
            Err(error) => {
                explained |= (piece.start..=piece.end).contains(&position);
                let mut diagnostic = symbols::syntax_error(&error, piece_text, file, offset + piece.start);
                let braces = |brace: u8| significant(piece_text).filter(|token| token.byte == brace).count();
                if diagnostic.primary.span.start == diagnostic.primary.span.end && braces(b'{') > braces(b'}') {
                    diagnostic.title = "a `}` is missing before this".to_owned();
                }
                builder.diagnostics.push(diagnostic);
                if let Some(table) = last_table(&mut parsed) {
                    table.complete = false;
                }
            }
        }
    }
    if !explained {
        builder.diagnostics.push(whole);
        if let Some(table) = last_table(&mut parsed) {
            table.complete = false;
        }
    }
    parsed
}

/// Adds what a piece says to where it stands.
fn add(parsed: &mut ast::File, piece: &Piece, builder: &mut Builder, pairs: Pairs<'_, Rule>) {
    match piece.kind {
        PieceKind::TableHeader => parsed.items.extend(builder.only_header(pairs).map(ast::Item::Table)),
        PieceKind::Boundary => parsed.items.extend(builder.only_boundary(pairs).map(ast::Item::Boundary)),
        PieceKind::Never => parsed.items.extend(builder.only_never(pairs).map(ast::Item::Never)),
        PieceKind::Condition if piece.in_table => {
            let named = builder.only_named(pairs);
            if let Some(table) = last_table(parsed) {
                table.conditions.extend(named);
            }
        }
        PieceKind::Condition => parsed.items.extend(builder.only_named(pairs).map(ast::Item::Condition)),
        PieceKind::Rule => {
            let rule = builder.only_rule(pairs);
            if let Some(table) = last_table(parsed) {
                table.complete &= rule.is_some();
                table.rules.extend(rule);
            }
        }
    }
}

fn last_table(parsed: &mut ast::File) -> Option<&mut ast::Table> {
    parsed.items.iter_mut().rev().find_map(|item| match item {
        ast::Item::Table(table) => Some(table),
        ast::Item::Boundary(_) | ast::Item::Condition(_) | ast::Item::Never(_) => None,
    })
}

/// Cuts the text. An item starts where its keyword stands at the depth that belongs to it, or starts a line: the
/// second tells where things go on after a brace that was never closed.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut depth, mut word_start, mut line_is_blank) = (0usize, None, true);
    let (mut word_starts_line, mut previous_word) = (false, "");
    let mut open = false;
    let mut last = 0;
    for token in significant(text).chain(std::iter::once(super::limits::Significant { offset: text.len(), byte: b'\n' })) {
        let is_word = token.byte.is_ascii_alphanumeric() || token.byte == b'_' || !token.byte.is_ascii();
        if is_word && word_start.is_none_or(|_| token.offset != last + 1) {
            word_start = Some(token.offset);
            word_starts_line = line_is_blank;
        }
        if let (false, Some(start)) = (is_word, word_start) {
            let word = &text[start..last + 1];
            let kind = item_kind(word, previous_word, &text[last + 1..]);
            let own_depth = match kind {
                Some(PieceKind::Rule) => 1,
                Some(PieceKind::Condition) => depth.min(1),
                _ => 0,
            };
            if let Some(kind) = kind.filter(|_| depth == own_depth || word_starts_line) {
                close(&mut pieces, &mut open, start);
                pieces.push(Piece { kind, in_table: own_depth == 1, start, end: text.len() });
                open = true;
                depth = own_depth;
            }
            previous_word = word;
            word_start = None;
        }
        match token.byte {
            b'{' => {
                depth += 1;
                if pieces.last().is_some_and(|piece| open && piece.kind == PieceKind::TableHeader) {
                    close(&mut pieces, &mut open, token.offset + 1);
                }
            }
            b'}' => {
                depth = depth.saturating_sub(1);
                if pieces.last().is_some_and(|piece| piece.kind == PieceKind::Condition) {
                    close(&mut pieces, &mut open, token.offset);
                }
                let ends = pieces.last().is_some_and(|piece| match piece.kind {
                    PieceKind::Rule => depth == 1,
                    PieceKind::Boundary => depth == 0,
                    PieceKind::TableHeader | PieceKind::Condition | PieceKind::Never => false,
                });
                if ends {
                    close(&mut pieces, &mut open, token.offset + 1);
                }
            }
            _ => {}
        }
        line_is_blank = token.byte == b'\n' || (line_is_blank && token.byte.is_ascii_whitespace());
        last = token.offset;
    }
    pieces
}

fn close(pieces: &mut [Piece], open: &mut bool, end: usize) {
    if let (true, Some(piece)) = (*open, pieces.last_mut()) {
        piece.end = end;
    }
    *open = false;
}

fn item_kind(word: &str, previous: &str, rest: &str) -> Option<PieceKind> {
    let quoted_next = rest.trim_start_matches([' ', '\t']).starts_with('"');
    match word.to_ascii_lowercase().as_str() {
        "table" if !previous.eq_ignore_ascii_case("every") => {
            let line = rest.lines().next().unwrap_or("");
            line.contains('{').then_some(PieceKind::TableHeader)
        }
        "boundary" if quoted_next => Some(PieceKind::Boundary),
        "rule" if quoted_next => Some(PieceKind::Rule),
        "condition" if rest.lines().next().is_some_and(|line| line.contains(':')) => Some(PieceKind::Condition),
        "never" => Some(PieceKind::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{PieceKind, pieces};

    fn cut(text: &str) -> Vec<(bool, &str)> {
        pieces(text).iter().map(|p| (p.kind == PieceKind::Rule, text[p.start..p.end].trim())).collect()
    }

    #[test]
    fn rules_and_tables_are_cut_at_their_braces() {
        let text = "table a { rule \"x\" for B { allow read } rule \"y\" for B { allow } }\ntable b {\n}";
        let expected = [
            (false, "table a {"),
            (true, "rule \"x\" for B { allow read }"),
            (true, "rule \"y\" for B { allow }"),
            (false, "table b {"),
        ];
        assert_eq!(cut(text), expected);
    }

    #[test]
    fn a_rule_that_is_not_closed_ends_where_the_next_begins() {
        let text = "table a {\n  rule \"x\" for B {\n    allow read\n  rule \"y\" for B { allow read }\n}";
        let expected =
            [(false, "table a {"), (true, "rule \"x\" for B {\n    allow read"), (true, "rule \"y\" for B { allow read }")];
        assert_eq!(cut(text), expected);
    }
}
