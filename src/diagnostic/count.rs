//! How many there are of something, in words. In: a number, and the word for one. Out: both, and verbs that go with them.

/// `1 rule`, `2 rules`, `2 indexes`, `2 policies`
pub fn count(number: usize, word: &str) -> String {
    match (number, word.strip_suffix('y')) {
        (1, _) => format!("1 {word}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{number} {stem}ies"),
        _ if word.ends_with(['s', 'x']) => format!("{number} {word}es"),
        _ => format!("{number} {word}s"),
    }
}

/// What so many of something do: `1 differs`, `2 differ`.
pub fn agree(number: usize, does: &str, they_do: &str) -> String {
    format!("{number} {}", if number == 1 { does } else { they_do })
}

/// How many there are, and what they do: `1 scenario holds`, `2 scenarios hold`.
pub fn count_that(number: usize, word: &str, does: &str, they_do: &str) -> String {
    format!("{} {}", count(number, word), if number == 1 { does } else { they_do })
}

/// `once`, `3 times`
pub fn times(number: usize) -> String {
    if number == 1 { "once".to_owned() } else { count(number, "time") }
}

#[cfg(test)]
mod tests {
    use super::{count, count_that, times};

    #[test]
    fn one_is_one_and_all_else_are_several() {
        for (word, several) in
            [("rule", "rules"), ("index", "indexes"), ("policy", "policies"), ("key", "keys"), ("alias", "aliases")]
        {
            let said = [0, 1, 2].map(|number| count(number, word));
            assert_eq!(said, [format!("0 {several}"), format!("1 {word}"), format!("2 {several}")]);
        }
        assert_eq!(
            [1, 2].map(|number| count_that(number, "scenario", "holds", "hold")),
            ["1 scenario holds", "2 scenarios hold"]
        );
        assert_eq!([0, 1, 2].map(times), ["0 times", "once", "2 times"]);
    }
}
