//! Names that words of the language tear apart: `Mark As Read`, `Terms and Conditions`. In: what was found wrong, and the names of the catalog. Out: the
//! same, with the exact name in backticks where such a name is written bare around the place. It does not know what else may be wrong there.

use crate::catalog::{Catalog, words};
use crate::diagnostic::{Code, Diagnostic, Sources, Span};
use crate::syntax;

/// What such a name may have been taken for.
const CODES: [Code; 5] = [Code::Syntax, Code::UnknownTable, Code::UnknownColumn, Code::UnknownCondition, Code::NotARelation];

const HELP: &str = "a name that contains a word of the language stands in backticks";

/// Names of this many words are looked for.
const MAX_WORDS: usize = 12;

/// Puts the advice of a torn name in the place of all other. What follows from one that is torn is not told again.
pub(super) fn mend(sources: &Sources, catalog: &Catalog, diagnostics: &mut Vec<Diagnostic>) {
    if !diagnostics.iter().any(|found| CODES.contains(&found.code)) {
        return;
    }
    let names = torn_names(catalog);
    let mut mended: Vec<Span> = Vec::new();
    diagnostics.retain_mut(|found| {
        let place = found.primary.span;
        // `not Available` may be a column that is called so.
        let is_told = found.code == Code::UnknownCondition && found.helps.iter().any(|help| help.edit.is_some());
        if !CODES.contains(&found.code) || is_told {
            return true;
        }
        let is_within = |known: &&Span| known.file == place.file && known.start <= place.start && place.start <= known.end;
        let Some((span, exact)) = torn_at(sources, &names, place) else { return mended.iter().find(is_within).is_none() };
        if mended.contains(&span) {
            return false;
        }
        mended.push(span);
        (found.helps, found.notes, found.secondary) = (Vec::new(), Vec::new(), Vec::new());
        for name in exact {
            found.helps.push(crate::diagnostic::Help { text: HELP.to_owned(), edit: Some((span, format!("`{name}`"))) });
        }
        true
    });
}

/// Spellings that are no label, and the exact names behind them.
type Names<'c> = Vec<(String, &'c str)>;

fn torn_names(catalog: &Catalog) -> Names<'_> {
    let of_table = |table: &'_ crate::catalog::Table| words(&table.name.name);
    let tables = catalog.tables().map(|(_, table)| (of_table(table), table.name.name.as_str()));
    let values = catalog.tables().flat_map(|(_, table)| table.values());
    let columns = values.flat_map(|(_, column)| column.keys.iter().map(|key| (key.clone(), column.name.as_str())));
    let mut names: Names<'_> = tables.chain(columns).filter(|(spelling, _)| !syntax::is_label(spelling)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The torn name that is written where something was found, or before it with nothing but an operator between: the longest one; with all that are
/// spelled so.
fn torn_at<'c>(sources: &Sources, names: &[(String, &'c str)], place: Span) -> Option<(Span, Vec<&'c str>)> {
    let text = &sources.get(place.file).text;
    let (at, to) = (place.start as usize, place.end as usize);
    let start = text.get(..at)?.trim_end().rfind('\n').map_or(0, |end| end + 1);
    let end = text.get(at..)?.find('\n').map_or(text.len(), |end| at + end);
    let written = bare_words(text, start, end);
    let phrases = written.iter().enumerate().flat_map(|(index, first)| {
        written[index..].iter().take(MAX_WORDS).map(|last| (first.0, last.1)).take_while(|(begin, _)| *begin < to.max(at + 1))
    });
    let found = phrases.filter_map(|(begin, end)| {
        let phrase = text.get(begin..end).filter(|phrase| !phrase.contains(['"', '`', '\'', '\n']))?;
        let is_near = text.get(end..at).is_none_or(|between| between.split_whitespace().all(is_operator_word));
        let spelling = words(phrase);
        let is_meant = is_near && names.iter().any(|(known, _)| *known == spelling);
        // Names are written large, words of the language small.
        let is_large = phrase.starts_with(char::is_uppercase);
        is_meant.then_some(((end - begin, is_large, end > at, begin), spelling))
    });
    let ((length, _, _, begin), spelling) = found.max()?;
    let exact = names.iter().filter(|(known, _)| *known == spelling).map(|(_, exact)| *exact).collect();
    Some((Span::new(place.file, begin, begin + length), exact))
}

fn is_operator_word(word: &str) -> bool {
    const WORDS: [&str; 14] =
        ["is", "not", "one", "of", "equals", "does", "equal", "contain", "contains", "starts", "start", "ends", "end", "with"];
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The words of a line that stand in no quotes and in no remark, with the places where they begin and end.
fn bare_words(text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut words: Vec<(usize, usize)> = Vec::new();
    let (mut quote, mut is_in_word) = (None, false);
    for (index, character) in text[start..end].char_indices() {
        let at = start + index;
        let is_word = quote.is_none() && (character.is_alphanumeric() || character == '_');
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '`') => quote = Some(character),
            (None, '#') => break,
            _ => {}
        }
        if is_word && !is_in_word {
            words.push((at, at));
        }
        if let (true, Some(last)) = (is_word, words.last_mut()) {
            last.1 = at + character.len_utf8();
        }
        is_in_word = is_word;
    }
    words
}
