//! How a text is written as a value. In: a text. Out: it as it is where YAML reads it as itself, else in quotes.

/// Words that YAML, in one of its versions, takes for something else.
const WORDS: [&str; 11] = ["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A text as a value or key of one line, also between brackets.
pub fn scalar(text: &str) -> String {
    let starts_well = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_plain = |c: char| c.is_alphanumeric() || "_-. ()$".contains(c);
    if starts_well && text.chars().all(is_plain) && !text.ends_with(' ') && !WORDS.contains(&text.to_lowercase().as_str()) {
        return text.to_owned();
    }
    if text.chars().any(is_unseen) {
        return format!("\"{}\"", text.chars().map(escaped).collect::<String>());
    }
    if text.contains('\'') && !text.contains(['\\', '"']) {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A text of one line on a terminal: letters that end a line, or are not seen, are written as what they are.
pub fn seen(text: &str) -> String {
    text.chars().map(|letter| if is_unseen(letter) { escaped(letter) } else { letter.to_string() }).collect()
}

/// What ends a line, is not allowed in YAML, or would not be seen by who reads the file: control characters, line and paragraph separators, what turns the
/// direction of letters around, and what takes no room.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// A letter between double quotes.
fn escaped(letter: char) -> String {
    match letter {
        '\\' => "\\\\".to_owned(),
        '"' => "\\\"".to_owned(),
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        letter if !is_unseen(letter) => letter.to_string(),
        letter if u32::from(letter) < 0x100 => format!("\\x{:02X}", u32::from(letter)),
        letter => format!("\\u{:04X}", u32::from(letter)),
    }
}

/// Whether YAML reads a text as itself, between braces or on a line of its own.
pub fn is_itself(text: &str, between_braces: bool) -> bool {
    let yaml = if between_braces { format!("{{ k: {text} }}") } else { format!("k: {text}") };
    serde_yaml::from_str::<std::collections::BTreeMap<String, String>>(&yaml).is_ok_and(|read| read.values().eq([text]))
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "id",
            "numeric(10,2)",
            "text[]",
            "true",
            "",
            "a: b",
            "it's",
            "\"A b\".c",
            "'a'::\"X\"",
            "a #b",
            "- a",
            "1",
            "a\\b'",
            "a\n\"b\\",
            "a\r\nb",
            "\u{1}\u{7f}\u{85}",
            "\u{2028}\u{202e}\u{200b}\u{feff}'\\",
            "*",
        ] {
            let read: Vec<String> = serde_yaml::from_str(&format!("[{}, x]", scalar(text))).unwrap_or_default();
            assert_eq!(read, [text.to_owned(), "x".to_owned()], "{text}");
        }
    }
}
