//! What may stand in `sql "…"`: one expression that stays within its parentheses, whatever it says. What it means is PostgreSQL's
//! business.

/// Checks that a text cannot end the expression that it is put into: parentheses balance, quotes are closed, and no comment or
/// semicolon stands outside of quotes (manual section 4.1).
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("the SQL is empty".to_owned());
    }
    let mut open: Vec<char> = Vec::new();
    let mut characters = text.chars().peekable();
    let mut previous = ' ';
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            // A doubled quote closes and opens again, which comes to the same.
            '\'' | '"' => {
                let is_escaped = matches!(previous, 'e' | 'E' | '&');
                let end = characters.find(|&inside| inside == character || (is_escaped && inside == '\\'));
                if end != Some(character) {
                    return Err(match end {
                        Some(_) => "the SQL has a text with escapes; write it without `E` and `U&`".to_owned(),
                        None => format!("the SQL has a {character} that is not closed"),
                    });
                }
            }
            '$' if next.is_some_and(|next| next == '$' || next.is_alphabetic() || next == '_') => {
                return Err("the SQL has a dollar quote; write the text in single quotes".to_owned());
            }
            '-' if next == Some('-') => return Err("the SQL has a comment".to_owned()),
            '/' if next == Some('*') => return Err("the SQL has a comment".to_owned()),
            ';' => return Err("the SQL has a semicolon".to_owned()),
            '(' | '[' => open.push(character),
            ')' | ']' => {
                let expected = if character == ')' { '(' } else { '[' };
                if open.pop() != Some(expected) {
                    return Err(format!("the SQL closes a `{character}` that it has not opened"));
                }
            }
            _ => {}
        }
        previous = character;
    }
    match open.pop() {
        Some(left) => Err(format!("the SQL has a `{left}` that is not closed")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn an_expression_stays_within_its_parentheses() {
        for good in [
            "price < 100",
            "name = 'it''s (fine; --'",
            "tags @> ARRAY['a']",
            "\"odd \"\" name\" IS NULL",
            "code ~ '^\\d+$'",
            "a - -1 > 0",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in
            ["true) OR (true", "true; DROP TABLE x", "true -- ", "a /* b", "'a", "E'\\' OR true", "$$ a $$", " ", "(a]", "a)"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
