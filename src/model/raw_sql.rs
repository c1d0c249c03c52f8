//! Whether raw SQL may say something else to another role. Policies ask it as the caller; a look-up runs as the lookup role, under another
//! search path, and sees all rows. So what stands in a look-up has to be made of the record's own columns, of constants, operators and functions
//! that know nothing else. What is not known to be harmless is not.

/// Built-in functions whose answer is that of their arguments, and words that look like calls (manual, chapter 9).
const HARMLESS: &[&str] = &[
    "abs",
    "all",
    "and",
    "any",
    "array_length",
    "array_position",
    "as",
    "between",
    "bit",
    "btrim",
    "cardinality",
    "case",
    "cast",
    "ceil",
    "ceiling",
    "char",
    "char_length",
    "character",
    "character_length",
    "coalesce",
    "date_part",
    "date_trunc",
    "decimal",
    "else",
    "ends_with",
    "extract",
    "floor",
    "greatest",
    "ilike",
    "in",
    "initcap",
    "interval",
    "is",
    "jsonb_array_length",
    "jsonb_typeof",
    "least",
    "left",
    "length",
    "like",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "mod",
    "not",
    "nullif",
    "numeric",
    "octet_length",
    "on",
    "or",
    "overlay",
    "position",
    "power",
    "regexp_match",
    "replace",
    "reverse",
    "right",
    "round",
    "row",
    "rpad",
    "rtrim",
    "sign",
    "similar",
    "some",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "substring",
    "symmetric",
    "then",
    "time",
    "timestamp",
    "translate",
    "trim",
    "trunc",
    "upper",
    "varbit",
    "varchar",
    "when",
];

/// Words that ask the session or other rows without being calls.
const ASKING: &[&str] = &[
    "array",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "exists",
    "from",
    "localtime",
    "localtimestamp",
    "operator",
    "select",
    "session_user",
    "system_user",
    "table",
    "user",
    "values",
    "with",
];

/// The first word of an expression that may depend on who asks; `None` where its columns decide alone.
pub fn word_of_caller(text: &str) -> Option<String> {
    let mut rest = text;
    let mut is_type = false;
    while let Some(first) = rest.chars().next() {
        if first == '\'' || first == '"' {
            let (quoted, after) = quoted(rest, first);
            let is_called = first == '"' && after.trim_start().starts_with('(');
            if is_called || (first == '"' && is_type) {
                return Some(quoted.to_owned());
            }
            (rest, is_type) = (after, false);
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let lower = word.to_lowercase();
            let is_called = after.trim_start().starts_with('(');
            let is_harmless = HARMLESS.contains(&lower.as_str());
            // `::regclass` and its kind look names up, `::schema.type` may be anything.
            let is_lookup_type = is_type && (lower.starts_with("reg") || after.trim_start().starts_with('.'));
            if ASKING.contains(&lower.as_str()) && !(lower == "array" && after.trim_start().starts_with('[')) || is_lookup_type {
                return Some(word.to_owned());
            }
            if is_called && !is_harmless {
                return Some(word.to_owned());
            }
            (rest, is_type) = (after, false);
        } else {
            let is_cast = rest.starts_with("::");
            let width = if is_cast { 2 } else { first.len_utf8() };
            is_type = is_cast || (is_type && first.is_whitespace());
            rest = &rest[width..];
        }
    }
    None
}

/// A text or name in quotes, and what follows.
fn quoted(text: &str, quote: char) -> (&str, &str) {
    let mut end = 1;
    while let Some(at) = text[end..].find(quote) {
        end += at + 1;
        if !text[end..].starts_with(quote) {
            return text.split_at(end);
        }
        end += 1;
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::word_of_caller;

    #[test]
    fn what_columns_decide_alone_is_told_from_what_asks() {
        for harmless in [
            "price < 100",
            "lower(name) = 'select from (x)'",
            "width = height AND \"odd name\" IS NULL",
            "price::numeric(10, 2) IN (1, 2)",
            "tags @> ARRAY['a']",
            "coalesce(a, b) LIKE 'x%'",
        ] {
            assert_eq!(word_of_caller(harmless), None, "{harmless}");
        }
        for (asking, word) in [
            ("current_user <> 'a'", "current_user"),
            ("pg_has_role(current_user, 'a', 'member')", "pg_has_role"),
            ("EXISTS (SELECT 1)", "EXISTS"),
            ("app.allowed (id)", "allowed"),
            ("\"f\"(id)", "\"f\""),
            ("kind::regclass IS NULL", "regclass"),
            ("x = current_setting('a')", "current_setting"),
            ("a OPERATOR(public.=) b", "OPERATOR"),
        ] {
            assert_eq!(word_of_caller(asking).as_deref(), Some(word), "{asking}");
        }
    }
}
