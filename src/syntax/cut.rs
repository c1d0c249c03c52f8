//! A text in pieces: one item with what stands behind it, or what stands before the first. Each is parsed on its own, so that an error costs
//! one item, and whoever edits a text parses one piece again.

use std::ops::Range;

use super::limits::{Significant, significant};

/// Where a text is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) range: Range<usize>,
    /// It begins with a word that could also belong to the item before: a column may be called `Condition`.
    pub(super) may_belong_to_last: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Beginning {
    /// `table … {`, `boundary "…"`
    Block,
    /// `condition …:`, also in a table's block
    Condition,
    /// `never`, a word that no name has
    Never,
}

/// Cuts a text before each item. An item begins with its keyword outside of all braces, or, where a brace may be missing, with
/// `table … {` or `boundary "…"` at the start of a line, which are nothing else anywhere.
pub(super) fn cut(text: &str) -> Vec<Cut> {
    let mut cuts = vec![Cut { range: 0..text.len(), may_belong_to_last: false }];
    let (mut depth, mut word, mut line_is_blank, mut word_starts_line) = (0usize, None, true, true);
    let (mut previous, mut last) = ("", 0);
    for token in significant(text).chain(std::iter::once(Significant { offset: text.len(), byte: b'\n' })) {
        let is_word = token.byte.is_ascii_alphanumeric() || token.byte == b'_' || !token.byte.is_ascii();
        if is_word && word.is_none_or(|_| token.offset != last + 1) {
            word = Some(token.offset);
            word_starts_line = line_is_blank;
        }
        if let (false, Some(start)) = (is_word, word) {
            let found = &text[start..last + 1];
            let beginning = begins_item(found, previous, &text[last + 1..]);
            if beginning.is_some_and(|beginning| depth == 0 || (beginning == Beginning::Block && word_starts_line)) {
                cuts.last_mut().into_iter().for_each(|cut| cut.range.end = start);
                cuts.push(Cut { range: start..text.len(), may_belong_to_last: beginning == Some(Beginning::Condition) });
                depth = 0;
            }
            (previous, word) = (found, None);
        }
        match token.byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        line_is_blank = token.byte == b'\n' || (line_is_blank && token.byte.is_ascii_whitespace());
        last = token.offset;
    }
    cuts.retain(|cut| cut.range.start > 0 || !is_blank(&text[cut.range.clone()]));
    cuts
}

fn is_blank(text: &str) -> bool {
    significant(text).all(|token| token.byte.is_ascii_whitespace())
}

/// What a word begins, if it begins an item.
fn begins_item(word: &str, previous: &str, rest: &str) -> Option<Beginning> {
    let line = rest.lines().next().unwrap_or("");
    match word.to_ascii_lowercase().as_str() {
        "table" if !previous.eq_ignore_ascii_case("every") && line.contains('{') => Some(Beginning::Block),
        "boundary" if line.trim_start_matches([' ', '\t']).starts_with('"') => Some(Beginning::Block),
        "condition" if line.contains(':') => Some(Beginning::Condition),
        "never" => Some(Beginning::Never),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn pieces(text: &str) -> Vec<&str> {
        cut(text).into_iter().map(|cut| text[cut.range].trim()).collect()
    }

    #[test]
    fn items_are_cut_outside_of_braces() {
        let text = "# a remark\ntable a { rule \"never\" for B { where condition is 1 } condition c: x }\ncondition d: Condition is \"1:2\"\nboundary \"b\" on every table with X { where Y }";
        let expected = [
            "table a { rule \"never\" for B { where condition is 1 } condition c: x }",
            "condition d:",
            "Condition is \"1:2\"",
            "boundary \"b\" on every table with X { where Y }",
        ];
        assert_eq!(pieces(text), expected);
    }

    #[test]
    fn a_table_ends_a_piece_that_lacks_a_brace() {
        assert_eq!(pieces("table a { rule \"x\" for B {\n  table b { }"), ["table a { rule \"x\" for B {", "table b { }"]);
        assert_eq!(pieces("rule \"x\" for B { allow }\ntable b { }"), ["rule \"x\" for B { allow }", "table b { }"]);
    }

    #[test]
    fn every_byte_but_remarks_at_the_top_is_in_one_piece() {
        let text = "table a { } never B can read a\n\ntable c { } # end\n";
        let cuts = cut(text);
        assert!(cuts.windows(2).all(|two| two[0].range.end == two[1].range.start));
        assert_eq!(cuts.last().map(|cut| cut.range.end), Some(text.len()));
    }
}
