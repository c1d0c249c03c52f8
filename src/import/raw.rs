//! What the language does not say, as it may stand in `sql "…"`. In: text as the server prints it. Out: one line without escapes, or why there is none. A constant of several lines is put together
//! of its lines.

/// A part of a policy as it may stand in `sql "…"`: in one line, without escapes.
pub(super) fn as_sql(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = text.chars().peekable();
    let mut escaped = false;
    while let Some(letter) = letters.next() {
        match letter {
            'E' if letters.peek() == Some(&'\'') && !out.ends_with(|before: char| before.is_alphanumeric() || before == '_') => {
                escaped = true;
            }
            '\'' => {
                constant(&mut letters, &mut out, std::mem::take(&mut escaped))?;
            }
            '\n' | '\t' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    Ok(out.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|short| if out.contains('\'') { out.trim().to_owned() } else { short })
}

/// Whether SQL compares without saying by which operator: the one of that name that is found first where the text is read again.
pub(super) fn hides_operator(text: &str) -> bool {
    let is_hidden = |part: &str| {
        let part = part.to_uppercase();
        let is_case = part.match_indices("CASE ").any(|(at, word)| !part[at + word.len()..].trim_start().starts_with("WHEN"));
        is_case || ["DISTINCT FROM", "NULLIF", "USING"].iter().any(|word| part.contains(word))
    };
    text.split('\'').step_by(2).any(is_hidden)
}

/// Takes over a text to its end.
fn constant(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String, escaped: bool) -> Result<(), String> {
    let mut text = String::new();
    quoted(letters, &mut text, escaped)?;
    let breaks = [('\n', "' || chr(10) || '"), ('\r', "' || chr(13) || '"), ('\t', "' || chr(9) || '")];
    let whole = breaks.iter().fold(format!("'{text}"), |whole, (letter, call)| whole.replace(*letter, call));
    // Only as texts they are put together; a type that stands behind it is that of the whole.
    out.push_str(&if text.contains(['\n', '\r', '\t']) { format!("({whole})") } else { whole });
    Ok(())
}

/// The letters of a text to its end.
fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String, escaped: bool) -> Result<(), String> {
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if escaped => match letters.next() {
                Some(letter @ ('\\' | '\'')) => out.push_str(if letter == '\'' { "''" } else { "\\" }),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                _ => return Err("it has a text with escapes that SQL in a rule cannot have".to_owned()),
            },
            '\'' if letters.peek() == Some(&'\'') => {
                letters.next();
                out.push_str("''");
            }
            '\'' => {
                out.push('\'');
                return Ok(());
            }
            other => out.push(other),
        }
    }
    Err("it has a text that does not end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{as_sql, hides_operator};

    #[test]
    fn what_is_printed_without_its_operator_is_told() {
        for text in
            ["(a IS DISTINCT FROM b)", "NULLIF(a, b) IS NULL", "CASE a WHEN 1 THEN b END", "SELECT FROM t JOIN u USING (b)"]
        {
            assert!(hides_operator(text), "{text}");
        }
        for text in ["a = 'IS DISTINCT FROM'", "CASE WHEN a THEN b END", "a = b"] {
            assert!(!hides_operator(text), "{text}");
        }
    }

    #[test]
    fn escapes_are_written_out() {
        assert_eq!(as_sql(r"(name ~ E'^\\d+\\.''x'::text)"), Ok(r"(name ~ '^\d+\.''x'::text)".to_owned()));
        assert_eq!(as_sql("(a\n   = b)"), Ok("(a = b)".to_owned()));
        assert_eq!(as_sql("some_type'x'"), Ok("some_type'x'".to_owned()));
        assert!(as_sql(r"E'\x41'").is_err());
        let lines = "('x' || chr(10) || '-' || chr(10) || '')";
        assert_eq!(as_sql("(a <> 'x\n-\n'::text)"), Ok(format!("(a <> {lines}::text)")));
        assert_eq!(as_sql("(a <> E'x\n-\n'::text)"), Ok(format!("(a <> {lines}::text)")));
    }
}
