//! Texts of SQL with named holes: `@name@` stands for a value. In: a template and the values. Out: the text.

/// Fills the holes. What a value says is never read as a hole, and what looks like a hole and has no value stays as it is.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        text.push_str(before);
        let found = values.iter().find_map(|(name, value)| Some((value, after.strip_prefix(name)?.strip_prefix('@')?)));
        match found {
            Some((value, left)) => {
                text.push_str(value);
                rest = left;
            }
            None => {
                text.push('@');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_are_not_read_again() {
        let filled = fill("SELECT @a@, @b@ @> @a@ @c@ @", &[("a", "'@b@'"), ("b", "@a")]);
        assert_eq!(filled, "SELECT '@b@', @a @> '@b@' @c@ @");
    }
}
