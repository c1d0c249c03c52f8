//! What writers of other languages and of word processors write, and what is meant. In: what was found where something else is expected. Out: advice, with an
//! edit where there is one.

mod amounts;
mod filters;
mod foreign;
mod grants;
mod heads;
mod levels;
mod phrases;
mod places;
mod roles;
mod tokens;
mod values;
mod words;

use std::ops::Range;

pub use amounts::{number_in_words, quantity};
pub(super) use filters::parenthesized;

use super::limits::significant;
use crate::diagnostic::{Diagnostic, FileId, Span};
use words::{NEARLY_OPERATORS, OPERATIONS, SIGNS, WORDS};

/// Where a text stops to be one of the language.
pub(super) struct Place<'a> {
    /// All that was parsed at once.
    pub(super) text: &'a str,
    /// Where, in bytes.
    pub(super) position: usize,
    /// What stands there.
    pub(super) found: &'a str,
    /// What may stand there, in words.
    pub(super) expected: &'a [&'static str],
}

/// What to do instead.
struct Advice {
    help: String,
    edit: Option<(Range<usize>, String)>,
    /// Another place that has to do with it.
    secondary: Option<(Range<usize>, &'static str)>,
}

/// What is looked for, the more special before the more general.
const RULES: &[fn(&Place<'_>) -> Option<Advice>] = &[
    odd_blank,
    possessive_name,
    levels::possessive,
    roles::possessive,
    foreign::apostrophe,
    quotes,
    contraction,
    comment,
    filters::rows,
    foreign::filter,
    foreign::word_before,
    foreign::separators,
    foreign::brackets,
    foreign::number,
    places::day,
    places::truth,
    places::case,
    places::excepted,
    places::joined,
    places::counted,
    places::until,
    places::preset,
    heads::signed_in,
    places::within,
    grants::preset,
    heads::text,
    grants::definition,
    values::list,
    values::bound,
    values::equal,
    values::between,
    values::have,
    phrases::known,
    phrases::pattern,
    phrases::element,
    phrases::unit,
    phrases::name,
    phrases::comma,
    phrases::clause,
    phrases::subject,
    foreign::variable,
    foreign::expression,
    foreign::operator,
    sign,
    grants::operations,
    roles::several,
    roles::any,
    roles::membership,
    roles::condition,
    class_list,
    known_word,
    heads::missing,
    amounts::moment,
    operator,
    amounts::rows,
    values::by,
    missing,
    reserved,
    parenthesis,
    unjoined,
];

/// Adds the advice for a place that starts at byte `offset` of `file`.
pub(super) fn advise(diagnostic: Diagnostic, place: &Place<'_>, file: FileId, offset: usize) -> Diagnostic {
    let Some(advice) = RULES.iter().find_map(|rule| rule(place)) else { return diagnostic };
    let span = |range: Range<usize>| Span::new(file, offset + range.start, offset + range.end);
    let diagnostic = match advice.secondary {
        Some((range, label)) => diagnostic.with_secondary(span(range), label),
        None => diagnostic,
    };
    match advice.edit {
        Some((range, text)) => diagnostic.with_edit(advice.help, span(range), text),
        None => diagnostic.with_help(advice.help),
    }
}

/// The first words of a text that are nearly an operator, with something before and behind them, and the operator.
pub fn nearly_operator(text: &str) -> Option<(Range<usize>, &'static str)> {
    let lower = text.to_ascii_lowercase();
    NEARLY_OPERATORS.iter().find_map(|(words, operator)| {
        let start = lower.find(&format!(" {words} "))? + 1;
        (!lower[..start].trim().is_empty()).then(|| (start..start + words.len(), *operator))
    })
}

impl Place<'_> {
    fn expects(&self, symbol: &str) -> bool {
        self.expected.iter().any(|words| words.contains(symbol))
    }

    fn is_word(&self) -> bool {
        self.found.starts_with(char::is_alphabetic)
    }

    fn before(&self) -> &str {
        self.text[..self.position].trim_end()
    }

    fn help(&self, help: impl Into<String>) -> Option<Advice> {
        Some(Advice { help: help.into(), edit: None, secondary: None })
    }

    fn edit(&self, range: Range<usize>, text: &str) -> Option<Advice> {
        let help = if text.is_empty() { "take it out".to_owned() } else { format!("write `{}`", text.trim()) };
        Some(Advice { help, edit: Some((range, text.to_owned())), secondary: None })
    }

    fn instead(&self, text: &str) -> Option<Advice> {
        self.edit(self.position..self.position + self.found.len(), text)
    }
}

/// A character that looks like a blank or like nothing and is none, at the position or in the blanks before it.
fn odd_blank(place: &Place<'_>) -> Option<Advice> {
    let is_odd = |c: char| {
        (!c.is_ascii() && c.is_whitespace())
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{00ad}' | '\u{202a}'..='\u{202e}')
    };
    let before = place.text[..place.position].char_indices().rev().take_while(|(_, c)| c.is_whitespace());
    let at = place.text[place.position..].chars().next().map(|c| (place.position, c));
    let (start, character) = at.into_iter().chain(before).find(|(_, c)| is_odd(*c))?;
    let number = u32::from(character);
    let (help, meant) = match character.is_whitespace() {
        true => (format!("this is no ordinary blank (U+{number:04X}): type one"), " "),
        false => (format!("this character cannot be seen (U+{number:04X}): take it out"), ""),
    };
    Some(Advice { help, edit: Some((start..start + character.len_utf8(), meant.to_owned())), secondary: None })
}

fn quotes(place: &Place<'_>) -> Option<Advice> {
    if place.found.starts_with(['“', '”', '„', '«', '»', '‘', '’']) {
        return place.help("write texts in straight double quotes: `\"…\"`");
    }
    if place.found.starts_with('"') && !place.found[1..].contains('"') {
        return place.help("close the text with a double quote on the same line");
    }
    if place.found.starts_with('"') && place.found.ends_with("\\\"") {
        return place.help(
            "`\\\"` is a quote within the text: a backslash is written `\\\\`, and the text is closed by a quote of its own",
        );
    }
    let is_plural = place.before().len() == place.position && ends_with_letter_s(place.before());
    if place.found.starts_with('\'') && is_plural {
        return place.help(
            "a path goes on behind `'s`, `Owner's Team`; many rows are asked inside parentheses: `any Comments where (Author …)`",
        );
    }
    let is_contraction = ["isn", "doesn", "don", "aren", "can"].iter().any(|word| ends_with_word(place.before(), word));
    if place.found.starts_with('\'') && !is_contraction { place.help("write texts in double quotes") } else { None }
}

fn ends_with_letter_s(text: &str) -> bool {
    text.ends_with(['s', 'S'])
}

/// `isn't`, `doesn't`.
fn contraction(place: &Place<'_>) -> Option<Advice> {
    let rest = place.text[place.position..].to_ascii_lowercase();
    if !rest.starts_with("'t") {
        return None;
    }
    let known = [("isn", "is not"), ("aren", "is not"), ("doesn", "does not"), ("don", "does not"), ("can", "not can")];
    let (word, meant) = known.iter().find(|(word, _)| ends_with_word(place.before(), word))?;
    place.edit(place.position - word.len()..place.position + 2, meant)
}

/// `condition My Document's Owner: …`, whose `'s` would begin a path wherever it is used.
fn possessive_name(place: &Place<'_>) -> Option<Advice> {
    if !place.before().to_lowercase().ends_with("condition") {
        return None;
    }
    let (name, _) = place.text[place.position..].split_once(':')?;
    let is_name = name.contains('\'') && !name.contains(['\n', '{', '`']);
    let range = place.position..place.position + name.len();
    is_name.then(|| Advice {
        help: "`'s` begins a path: a name with it stands in backticks, here and wherever it is used".to_owned(),
        edit: Some((range, format!("`{}`", name.trim_end()))),
        secondary: None,
    })
}

fn comment(place: &Place<'_>) -> Option<Advice> {
    if ["//", "--", "/*"].iter().any(|sign| place.text[place.position..].starts_with(sign)) {
        return place.help("start comments with `#`");
    }
    None
}

fn sign(place: &Place<'_>) -> Option<Advice> {
    let rest = &place.text[place.position..];
    let (sign, words) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign))?;
    place.edit(place.position..place.position + sign.len(), words)
}

fn known_word(place: &Place<'_>) -> Option<Advice> {
    let lower = place.found.to_lowercase();
    if let Some((_, meant)) = OPERATIONS.iter().find(|(word, _)| *word == lower).filter(|_| place.expects("`delete`")) {
        return place.instead(meant);
    }
    let (.., help, meant) = WORDS.iter().find(|(word, expected, ..)| *word == lower && place.expects(expected))?;
    match meant {
        Some(meant) => place.instead(meant).map(|advice| Advice { help: (*help).to_owned(), ..advice }),
        None => place.help(*help),
    }
}

/// A comparison whose operator was read as part of a name.
fn operator(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("a comparison") {
        return None;
    }
    let before = &place.text[..place.position];
    let start = condition_start(before);
    if let Some((range, operator)) = nearly_operator(&before[start..]) {
        return place.edit(start + range.start..start + range.end, operator);
    }
    let has_pattern =
        [" like", " ilike", " matches"].iter().any(|word| before[start..].trim_end().to_lowercase().ends_with(word));
    if has_pattern { place.help("texts `contain`, `start with` or `end with` others; there are no patterns") } else { None }
}

/// Where the words begin that may be one condition.
fn condition_start(before: &str) -> usize {
    let lower = before.to_ascii_lowercase();
    let words = ["where ", "when ", "then ", " and ", " or ", " not ", "("];
    words.iter().filter_map(|word| lower.rfind(word).map(|at| at + word.len())).max().unwrap_or(0)
}

/// A word that joins, and nothing behind it.
fn missing(place: &Place<'_>) -> Option<Advice> {
    if !place.expects("a condition") {
        return None;
    }
    let word = ["and", "or", "not", "where", "when", "then"].into_iter().find(|word| ends_with_word(place.before(), word))?;
    let ends = place.found.is_empty() || place.found == "}" || place.found == ")";
    let is_next = ["allow", "where", "and", "or", "when", "then"].iter().any(|next| place.found.eq_ignore_ascii_case(next));
    if ends || is_next { place.help(format!("a condition is missing behind `{word}`")) } else { None }
}

fn reserved(place: &Place<'_>) -> Option<Advice> {
    let is_reserved = super::symbols::RESERVED.contains(&place.found.to_ascii_lowercase().as_str());
    let are_names_expected = ["name", "role", "condition"].iter().any(|kind| place.expects(kind));
    // `User's Terms and Conditions`: a name goes on behind it.
    let is_large = |word: Option<&str>| word.is_some_and(|word| word.starts_with(char::is_uppercase));
    let behind = place.text[place.position..].split_whitespace().nth(1);
    let is_within = is_large(place.before().split_whitespace().last()) && is_large(behind);
    if !is_reserved || !(are_names_expected || is_within) {
        return None;
    }
    let found = place.found;
    place.help(format!("`{found}` is a reserved word: write a name that contains it in backticks, or give the column a `label:`"))
}

fn parenthesis(place: &Place<'_>) -> Option<Advice> {
    let open = open_parenthesis(&place.text[..place.position])?;
    if place.expects("`)`") || !place.expects("`and`") {
        return None;
    }
    Some(Advice {
        help: "close it with `)`".to_owned(),
        edit: None,
        secondary: Some((open..open + 1, "this parenthesis is not closed")),
    })
}

/// `read public fields, (id)`
fn class_list(place: &Place<'_>) -> Option<Advice> {
    let is_behind = place.found == "(" && place.before().to_lowercase().ends_with("fields,");
    if is_behind { place.help("a comma separates operations: join fields to those of a class by `and`") } else { None }
}

/// Words where only what joins, ends or begins a part of the rule may stand.
fn unjoined(place: &Place<'_>) -> Option<Advice> {
    let is_after = |text: &str| place.text[..place.position].trim_end().to_lowercase().ends_with(text);
    if place.expects("a class of fields") && place.is_word() {
        let except = if is_after("except") { "except " } else { "" };
        let found = place.found;
        let is_operation = ["create", "read", "update", "delete"].iter().any(|word| found.eq_ignore_ascii_case(word));
        if except.is_empty() && is_operation {
            let advice = place.edit(place.before().len()..place.position, ", ")?;
            return Some(Advice { help: format!("a comma stands between operations: `, {found}`"), ..advice });
        }
        return place.help(format!(
            "fields stand in parentheses: `{except}(Name, Status)`; those of a class are named by it: `{except}{found} fields`"
        ));
    }
    if !place.is_word() {
        return None;
    }
    if place.expects("`and`") {
        return place.help("join conditions with `and` or `or`");
    }
    let begins_clause = place.expects("`where`") && place.expects("`allow`");
    if begins_clause { place.help("what has to hold begins with `where`, what may be done with `allow`") } else { None }
}

/// Whether a text ends with a word.
fn ends_with_word(text: &str, word: &str) -> bool {
    let lower = text.to_lowercase();
    lower.strip_suffix(word).is_some_and(|rest| !rest.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The last parenthesis that is open at the end of a text.
fn open_parenthesis(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    for token in significant(text) {
        match token.byte {
            b'(' => open.push(token.offset),
            b')' => drop(open.pop()),
            // A rule ends with its brace, whatever stands open in it.
            b'{' | b'}' => open.clear(),
            _ => {}
        }
    }
    open.pop()
}
