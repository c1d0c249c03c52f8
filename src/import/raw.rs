//! What the language does not say, as it may stand in `sql "…"`. In: text as the server prints it. Out: one line without escapes, or why there is none.

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
                out.push('\'');
                quoted(&mut letters, &mut out, escaped)?;
                escaped = false;
            }
            '\n' | '\t' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    Ok(out.split_whitespace().collect::<Vec<_>>().join(" "))
        .map(|short| if out.contains('\'') { out.trim().to_owned() } else { short })
}

/// Takes over a text to its end.
fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String, escaped: bool) -> Result<(), String> {
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if escaped => match letters.next() {
                Some(letter @ ('\\' | '\'')) => out.push_str(if letter == '\'' { "''" } else { "\\" }),
                _ => return Err("it has a text with escapes that SQL in a rule cannot have".to_owned()),
            },
            '\n' | '\r' => return Err("it has a text of several lines".to_owned()),
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
    use super::as_sql;

    #[test]
    fn escapes_are_written_out() {
        assert_eq!(as_sql(r"(name ~ E'^\\d+\\.''x'::text)"), Ok(r"(name ~ '^\d+\.''x'::text)".to_owned()));
        assert_eq!(as_sql("(a\n   = b)"), Ok("(a = b)".to_owned()));
        assert_eq!(as_sql("some_type'x'"), Ok("some_type'x'".to_owned()));
        assert!(as_sql(r"E'\n'").is_err());
    }
}
