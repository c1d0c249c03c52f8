//! `x OPERATOR(schema.=) ANY (…)`, which the parser does not read. In: a text. Out: the same as a call of a function that no database has, and back.

/// What stands for `ANY` and `ALL`.
const CALLS: [(&str, &str); 2] = [("ANY", " rowgate any"), ("ALL", " rowgate all")];

/// A text that is parsed: where `ANY (` or `ALL (` follows an operator with its schema, a call follows.
pub(super) fn as_calls(text: &str) -> String {
    let (mut made, mut rest, mut quote) = (String::new(), text, None);
    while let Some(letter) = rest.chars().next() {
        match quote {
            Some(end) if letter == end => quote = None,
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None if letter == ')' => {
                // Only behind `OPERATOR(…`, whose parenthesis this closes.
                let is_operator = made.rfind('(').is_some_and(|at| made[..at].ends_with("OPERATOR"));
                let behind = rest[1..].trim_start();
                let found = CALLS
                    .iter()
                    .find(|(word, _)| behind.strip_prefix(word).is_some_and(|behind| behind.trim_start().starts_with('(')));
                if let Some((word, call)) = found.filter(|_| is_operator) {
                    made.push_str(&format!(") \"{call}\""));
                    rest = behind[word.len()..].trim_start();
                    continue;
                }
            }
            _ => {}
        }
        made.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    made
}

/// What was parsed, as it is written in SQL.
pub(super) fn as_written(text: &str) -> String {
    CALLS.iter().fold(text.to_owned(), |text, (word, call)| text.replace(&format!("\"{call}\"("), &format!("{word} (")))
}

pub(super) fn is_any(name: &[String]) -> bool {
    matches!(name, [name] if name == CALLS[0].1)
}

pub(super) fn is_all(name: &[String]) -> bool {
    matches!(name, [name] if name == CALLS[1].1)
}

#[cfg(test)]
mod tests {
    use super::{as_calls, as_written};

    #[test]
    fn what_is_replaced_comes_back() {
        for text in [
            "(a OPERATOR(s.=) ANY (ARRAY['x'::s.citext]))",
            "(a OPERATOR(\"S 1\".<>) ALL (b)) OR c = ANY (d)",
            "a = 'OPERATOR(s.=) ANY (' AND f(x) = ANY (y)",
            "a = ANY (b)",
        ] {
            assert_eq!(as_written(&as_calls(text)), text);
        }
        assert_eq!(as_calls("a OPERATOR(s.=) ANY (b)"), "a OPERATOR(s.=) \" rowgate any\"(b)");
        assert_eq!(as_calls("a = 'OPERATOR(s.=) ANY ('"), "a = 'OPERATOR(s.=) ANY ('");
        assert_eq!(as_calls("f(x) = ANY (y)"), "f(x) = ANY (y)");
    }
}
