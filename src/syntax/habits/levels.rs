//! What is asked of rows above: `any Parent at any level's Members where (…)`, `Parent at any level's Owner is …`. In: `'s` behind `at any level`. Out: the same with what is asked of each
//! of these rows in parentheses.

use super::tokens::{Kind, tokens};
use super::{Advice, Place, ends_with_word};

const BEGINS: [&str; 8] = ["any", "no", "where", "when", "then", "and", "or", "("];

/// What follows is asked of each row.
pub(super) fn possessive(place: &Place<'_>) -> Option<Advice> {
    let is_behind = place.before().len() == place.position && ends_with_word(place.before(), "at any level");
    let length = place.found.chars().next().filter(|c| is_behind && ['\'', '’'].contains(c))?.len_utf8();
    let start = place.position + length + place.text[place.position + length..].strip_prefix("s ").map(|_| "s ".len())?;
    let before = tokens(place.before());
    // `Team or its Parent at any level` is one way.
    let own =
        |at: usize| before[at].is_any(&BEGINS) && !(before[at].is("or") && before.get(at + 1).is_some_and(|next| next.is("its")));
    let begin = (0..before.len().saturating_sub(3)).rev().find(|&at| own(at))?;
    let is_quantified = before[begin].is_any(&["any", "no"]);
    let end = end_of_condition(place.text, start)?;
    let asked = place.text.get(start..end)?;
    let is_rows = is_quantified && tokens(asked).iter().any(|token| token.is("where"));
    let inner = if is_rows { format!("any {asked}") } else { asked.to_owned() };
    let (from, word) = match is_quantified {
        true => (place.position, ""),
        false => (before.get(begin + 1)?.range.start, "any "),
    };
    let way = place.text.get(from..place.position)?;
    let advice = place.edit(from..end, &format!("{word}{way} where ({inner})"))?;
    Some(Advice { help: "what is asked of each row above stands in parentheses".to_owned(), ..advice })
}

/// Where the condition that begins at a place ends: before the next word that joins or begins, outside of parentheses.
fn end_of_condition(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut end) = (0_u32, start);
    for token in tokens(text.get(start..)?) {
        let is_end =
            token.is_any(&["and", "or", "allow", "then", "}", ")", ","]) || (token.kind == Kind::Word && token.is("when"));
        if depth == 0 && is_end {
            break;
        }
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.checked_sub(1)?,
            _ => {}
        }
        end = start + token.range.end;
    }
    (depth == 0 && end > start).then_some(end)
}
