//! The password file (manual section 34.16). In: the file, and which host, port, database and role are meant. Out: the password of the first line that fits.
//! No message repeats a line.

use std::path::Path;

/// A password that was found, or why the file was not used.
pub(super) enum Found {
    Password(String),
    Nothing,
    Ignored(String),
}

/// Looks for the password of `[host, port, database, user]`.
pub(super) fn look_up(path: &Path, wanted: [&str; 4]) -> Found {
    let Ok(metadata) = std::fs::metadata(path) else { return Found::Nothing };
    if !metadata.is_file() {
        return Found::Ignored(format!("the password file `{}` is no plain file, and was not read", path.display()));
    }
    if is_open(&metadata) {
        return Found::Ignored(format!(
            "the password file `{0}` can be read by others, and was not used; `chmod 600 {0}`",
            path.display()
        ));
    }
    let Ok(bytes) = std::fs::read(path) else {
        return Found::Ignored(format!("the password file `{}` cannot be read", path.display()));
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| password(line, wanted)).next().map_or(Found::Nothing, Found::Password)
}

/// Whether the group or others have any right.
#[cfg(unix)]
fn is_open(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &std::fs::Metadata) -> bool {
    false
}

/// The last field of a line whose other fields fit: `host:port:database:user:password`, each `*` or the value.
fn password(line: &str, wanted: [&str; 4]) -> Option<String> {
    let mut rest = line;
    for value in wanted {
        let (field, behind) = field(rest);
        rest = behind?;
        if field != "*" && unescaped(field) != value {
            return None;
        }
    }
    Some(unescaped(field(rest).0))
}

/// The text up to a colon, and what is behind it.
fn field(text: &str) -> (&str, Option<&str>) {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
    }
    (text, None)
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' { characters.next().unwrap_or(character) } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::password;

    #[test]
    fn a_line_fits_or_not() {
        let wanted = ["::1", "5432", "a:b", "ann"];
        for (line, found) in [
            (r"\:\:1:5432:a\:b:ann:it\:s \\ me", Some(r"it:s \ me")),
            ("*:*:*:*:word", Some("word")),
            ("*:*:*:ann:", Some("")),
            ("*:*:*:*:word:more", Some("word")),
            ("*:*:*:bob:word", None),
            ("*:*:*", None),
            (r"\*:*:*:*:word", None),
        ] {
            assert_eq!(password(line, wanted).as_deref(), found, "{line}");
        }
    }
}
