//! Names of database objects, and how the words of a label find them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Longest identifier that PostgreSQL keeps, in bytes (NAMEDATALEN - 1, manual section 4.1.1).
pub const MAX_IDENTIFIER_BYTES: usize = 63;

/// A schema and a name in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QualifiedName {
    /// The schema, `public` where none was written.
    pub schema: String,
    /// The name, exactly as the database has it.
    pub name: String,
}

impl QualifiedName {
    /// A name in a schema.
    pub fn new(schema: impl Into<String>, name: impl Into<String>) -> QualifiedName {
        QualifiedName { schema: schema.into(), name: name.into() }
    }

    /// Reads `name`, `schema.name` or `"Any. Name"."other"`; what is not quoted is taken as it is.
    pub fn parse(text: &str) -> Result<QualifiedName, String> {
        let mut parts = split(text)?;
        match (parts.pop(), parts.pop(), parts.pop()) {
            (Some(name), None, None) => Ok(QualifiedName::new("public", name)),
            (Some(name), Some(schema), None) => Ok(QualifiedName::new(schema, name)),
            _ => Err(format!("`{text}` is not a name; write `name` or `schema.name`")),
        }
    }
}

impl QualifiedName {
    /// As [`QualifiedName::parse`] reads it again: without `public`, and with double quotes where its letters mean something.
    pub fn written(&self) -> String {
        match self.schema.as_str() {
            "public" => written_part(&self.name),
            schema => format!("{}.{}", written_part(schema), written_part(&self.name)),
        }
    }
}

/// One name among several with dots between them.
pub fn written_part(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$' || c == '-';
    if !name.is_empty() && name.chars().all(is_plain) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// As people write it: without `public`.
impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schema.as_str() {
            "public" => f.write_str(&self.name),
            schema => write!(f, "{schema}.{}", self.name),
        }
    }
}

/// Splits at the dots outside double quotes and checks that each part can be an identifier.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut parts = Vec::new();
    let mut current = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                current.push('"');
                characters.next();
            }
            '"' => {
                quoted = !quoted;
                was_quoted = true;
            }
            '.' if !quoted => parts.push(std::mem::take(&mut current)),
            other => current.push(other),
        }
    }
    if quoted {
        return Err(format!("`{text}` has a quote that is not closed"));
    }
    parts.push(current);
    if was_quoted && parts.len() == 1 && parts[0].is_empty() {
        return Err("a name cannot be empty".to_owned());
    }
    parts.iter().try_for_each(|part| check_identifier(part))?;
    Ok(parts)
}

/// Whether PostgreSQL can keep this identifier as it is.
pub fn check_identifier(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("a name cannot be empty".to_owned());
    }
    if name.contains('\0') {
        return Err("a name cannot contain a NUL character".to_owned());
    }
    if name.len() > MAX_IDENTIFIER_BYTES {
        return Err(format!("`{name}` has {} bytes; PostgreSQL cuts names off after {MAX_IDENTIFIER_BYTES}", name.len()));
    }
    Ok(())
}

/// The words of a name or label in lower case with single spaces: `assignedAgentId`, `assigned_agent_id` and `Assigned
/// Agent ID` are all `assigned agent id`.
pub fn words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut previous_lower = false;
    for character in name.chars() {
        let separates = character == '_' || character == '-' || character.is_whitespace();
        if (separates || (previous_lower && character.is_uppercase())) && !words.is_empty() && !words.ends_with(' ') {
            words.push(' ');
        }
        if !separates {
            words.extend(character.to_lowercase());
        }
        previous_lower = character.is_lowercase() || character.is_numeric();
    }
    words.truncate(words.trim_end().len());
    words
}

#[cfg(test)]
mod tests {
    use super::{QualifiedName, words};

    #[test]
    fn spellings_of_one_name_have_the_same_words() {
        for spelling in ["assignedAgentId", "assigned_agent_id", "Assigned Agent  ID", "assigned-agent-id"] {
            assert_eq!(words(spelling), "assigned agent id");
        }
    }

    #[test]
    fn quoted_names_may_contain_dots_and_quotes() {
        assert_eq!(QualifiedName::parse("a.b"), Ok(QualifiedName::new("a", "b")));
        assert_eq!(QualifiedName::parse("\"a.b\""), Ok(QualifiedName::new("public", "a.b")));
        assert_eq!(QualifiedName::parse("s.\"a\"\"b\""), Ok(QualifiedName::new("s", "a\"b")));
        for bad in ["", "a.", "a.b.c", "\"a", &"x".repeat(64)] {
            assert!(QualifiedName::parse(bad).is_err(), "{bad}");
        }
    }
}
