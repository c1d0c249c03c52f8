//! The tables that raw SQL reads. In: an expression. Out: the names behind FROM and JOIN, as far as they can be told without PostgreSQL's grammar. It does not
//! know which tables there are.

/// A schema, where it is written, and a name.
type Name = (Option<String>, String);

/// The names behind FROM, JOIN, and the commas of a FROM, of sub-selects.
pub fn tables_read(text: &str) -> Vec<Name> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    let mut index = 0;
    let mut is_selecting = false;
    while let Some(token) = tokens.get(index) {
        index += 1;
        is_selecting |= token.is_word("select");
        // `extract(year FROM day)` and its kind read nothing.
        if is_selecting && (token.is_word("from") || token.is_word("join")) {
            index = names(&tokens, index, &mut found);
        }
    }
    found
}

/// One table after another, with or without another name, as long as commas follow.
fn names(tokens: &[Token], mut index: usize, found: &mut Vec<Name>) -> usize {
    loop {
        while tokens.get(index).is_some_and(|token| token.is_word("only") || token.is_word("lateral")) {
            index += 1;
        }
        let Some(Token::Name(first, _)) = tokens.get(index) else { return index };
        index += 1;
        match (tokens.get(index), tokens.get(index + 1)) {
            (Some(Token::Sign('.')), Some(Token::Name(second, _))) => {
                found.push((Some(first.clone()), second.clone()));
                index += 2;
            }
            _ => found.push((None, first.clone())),
        }
        if tokens.get(index).is_some_and(|token| token.is_word("as")) {
            index += 1;
        }
        let ends = ["where", "join", "inner", "left", "right", "full", "cross", "natural", "group", "order", "limit", "union"];
        if matches!(tokens.get(index), Some(token @ Token::Name(..)) if !ends.iter().any(|word| token.is_word(word))) {
            index += 1;
        }
        if tokens.get(index) != Some(&Token::Sign(',')) {
            return index;
        }
        index += 1;
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    /// As PostgreSQL keeps it, and whether it was quoted, which no keyword is.
    Name(String, bool),
    Sign(char),
}

impl Token {
    fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Name(name, false) if name == word)
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        if first == '"' || first == '\'' {
            let end = rest[1..].find(first).map_or(rest.len(), |at| at + 2);
            if first == '"' {
                tokens.push(Token::Name(rest[1..end].trim_end_matches('"').to_owned(), true));
            }
            rest = &rest[end..];
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_lowercase(), false));
            rest = &rest[end..];
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Sign(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::tables_read;

    #[test]
    fn tables_stand_behind_from_join_and_commas() {
        for (text, names) in [
            ("(SELECT count(*) FROM public.spaces s WHERE s.owner_id = spaces.owner_id) < 3", "public.spaces"),
            ("EXISTS (select 1 from ONLY a as x, \"B c\" JOIN s.d ON true WHERE 'from e' = x.f)", "a, B c, s.d"),
            ("extract(year FROM day) > 2000", ""),
            ("id IN (SELECT id FROM a WHERE b IN (SELECT b FROM c))", "a, c"),
            ("EXISTS (SELECT FROM unnest(tags))", "unnest"),
        ] {
            let found = tables_read(text)
                .into_iter()
                .map(|(schema, name)| schema.map_or(name.clone(), |schema| format!("{schema}.{name}")));
            assert_eq!(found.collect::<Vec<_>>().join(", "), names, "{text}");
        }
    }
}
