//! What begins a table, a rule, a boundary or a condition with a name, and what is left out there: `table posts:`, `rule "a" Boss {`, `condition Own {`. In: a place
//! that does not parse. Out: the head as it is written here.

use super::tokens::{Kind, Token, tokens};
use super::{Advice, Place, ends_with_word};

/// A name in quotes where a bare one stands, and an operation in quotes.
pub(super) fn text(place: &Place<'_>) -> Option<Advice> {
    let name = place.found.strip_prefix('"')?.strip_suffix('"')?;
    let is_name = ["table", "condition"].iter().any(|word| ends_with_word(place.before(), word));
    let is_field = place.expected.is_empty() && place.before().ends_with(['(', ',']);
    if is_name || is_field || place.expects("`delete`") { place.instead(name) } else { None }
}

/// A word or a sign of a head that is missing, or one too many.
pub(super) fn missing(place: &Place<'_>) -> Option<Advice> {
    let before = place.before();
    let tokens = tokens(before);
    let head = tokens.iter().rev().find(|token| token.is_any(&["table", "rule", "boundary", "condition", "{", "}"]));
    let insert = |text: &str| place.edit(place.position..place.position, text);
    if place.is_word() && before.ends_with('"') && place.expected == ["`for`"] && !is_preposition(place.found) {
        return insert("for ");
    }
    if place.is_word() && before.ends_with('"') && place.expected == ["`on`"] && !is_preposition(place.found) {
        return insert("on ");
    }
    let is_named = |line: &str, word: &str| line.trim_start().to_lowercase().starts_with(word);
    let line = place.text[before.rfind(['\n', '}']).map_or(0, |end| end + 1)..].lines().next().unwrap_or_default();
    if is_named(line, "condition ") && !before.rsplit('\n').next().is_some_and(|begun| begun.contains(':')) {
        return place
            .help("a colon stands between the name of a condition and what it says: `condition Own: Owner is Logged in User`");
    }
    if is_named(line, "table ") && line.contains("rule") && !line.split("rule").next().is_some_and(|head| head.contains('{')) {
        return place.help("what belongs to a table stands in braces: `table <name> { rule \"…\" for <role> { … } }`");
    }
    if place.is_word() && tokens.last().is_some_and(|last| last.is("table")) {
        let end = place.position + place.found.len();
        let colon = place.text[end..].trim_start().strip_prefix(':')?;
        return place.edit(end..place.text.len() - colon.len(), "");
    }
    if place.expects("`table`") && place.is_word() && is_followed_by_brace(place, 0) {
        return insert("table ");
    }
    if place.is_word() && place.expected == ["`where`"] && head.is_some_and(|head| head.is("{")) && !is_clause(place.found) {
        return insert("where ");
    }
    if place.is_word() && place.expects("`rule`") && is_followed_by_brace(place, 3) {
        return place.help("what is given to a role stands in a rule: `rule \"…\" for Boss { allow … }`");
    }
    ended(place, &tokens)
}

/// What a text lacks that ends too early, and what may begin one.
fn ended(place: &Place<'_>, tokens: &[Token<'_>]) -> Option<Advice> {
    let behind = place.text[place.position..].to_ascii_lowercase();
    let is_never = tokens.first().is_some_and(|first| first.is("never")) && place.expects("`can`");
    if is_never || (place.expects("`table`") && behind.contains(" never ")) {
        return place.help("what must not be is said so: `never Boss can read posts where …`");
    }
    if place.expects("`table`") {
        return place
            .help("a file has these: `table <name> { … }`, `boundary \"…\" on <name> { … }`, `condition <name>: …`, `never …`");
    }
    let is_boundary = tokens.first().is_some_and(|first| first.is("boundary"));
    if is_boundary && place.found.eq_ignore_ascii_case("for") && place.expected.is_empty() {
        return place.help("commas stand between the operations: `on invoices for update, delete { where … }`");
    }
    let is_field = place.expected.is_empty() && place.before().ends_with(['(', ',']);
    if is_field && place.found == "*" {
        return place.help("without a list, it is all fields");
    }
    if is_field && place.is_word() && behind[place.found.len()..].starts_with('.') {
        return place.edit(place.position..place.position + place.found.len() + 1, "");
    }
    if place.found.is_empty() && place.expects("`}`") { place.help("what begins with `{` ends with `}`") } else { None }
}

/// `for Logged in User`, which begins as a role within something does.
pub(super) fn signed_in(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    let begin = tokens.len().checked_sub(2)?;
    let is_said = tokens[begin].is_any(&["logged", "signed"]) && tokens[begin + 1].is("in");
    let is_user = ["user", "users", "people", "{"].iter().any(|word| place.found.eq_ignore_ascii_case(word));
    if !is_said || !is_user || place.expected != ["`any`"] {
        return None;
    }
    let end = if place.is_word() { place.position + place.found.len() } else { place.before().len() };
    let advice = place.edit(tokens[begin].range.start..end, "Authenticated")?;
    Some(Advice { help: "`Authenticated` is everybody who is signed in".to_owned(), ..advice })
}

fn is_preposition(word: &str) -> bool {
    ["to", "on", "for", "by", "of", "with", "where", "when", "as"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn is_clause(word: &str) -> bool {
    ["allow", "deny", "when", "except", "if", "forbid"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a brace stands behind it, and at most so many words before that.
fn is_followed_by_brace(place: &Place<'_>, words: usize) -> bool {
    let behind = tokens(&place.text[place.position + place.found.len()..]);
    behind.iter().take_while(|token| token.kind == Kind::Word).count() <= words
        && behind.iter().find(|token| token.kind != Kind::Word).is_some_and(|next| next.is("{"))
}
