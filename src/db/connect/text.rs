//! Connection strings (manual section 34.1.1). In: a URL, or keys and values. Out: names of parameters with their values, in order. It does not know which
//! names there are. No message repeats a piece of the text that could be one of a password.

use super::error::ConnectError;

/// A name and its value.
pub(super) type Pair = (String, String);

/// Reads a connection string in either form; an empty one says nothing.
pub(super) fn parse(text: &str) -> Result<Vec<Pair>, ConnectError> {
    let text = text.trim();
    match text.strip_prefix("postgresql://").or_else(|| text.strip_prefix("postgres://")) {
        Some(rest) => url(rest),
        None if text.contains("://") && !text.contains(' ') => {
            Err(text_error("it is a URL of something else", "a URL of PostgreSQL begins with `postgresql://`"))
        }
        None => key_values(text),
    }
}

const QUOTING: &str =
    "write `host=… dbname=… user=…` or `postgresql://user@host/dbname`; a value with blanks stands in single quotes";
const ESCAPING: &str = "in the parts of a URL, `/` is written %2F, `@` %40, `:` %3A, `?` %3F, `#` %23 and `%` %25";

fn text_error(reason: &str, help: &str) -> ConnectError {
    ConnectError::Text { reason: reason.to_owned(), help: help.to_owned() }
}

/// `host=localhost password='it\'s'`
fn key_values(text: &str) -> Result<Vec<Pair>, ConnectError> {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let (key, behind) = rest.split_at(end);
        let Some(value) = behind.trim_start().strip_prefix('=') else {
            return Err(text_error("a word in it has no `=` behind it", QUOTING));
        };
        let (value, behind) = value_of(value.trim_start())?;
        // An unquoted password with a blank would otherwise be repeated as the name of a parameter.
        let behind_password = pairs.iter().any(|(key, _)| key == "password");
        if !is_name(key) || (behind_password && !super::parameters::is_known(key)) {
            return Err(text_error("something in it is no name of a parameter", QUOTING));
        }
        pairs.push((key.to_owned(), value));
        rest = behind.trim_start();
    }
    Ok(pairs)
}

/// The value that a text begins with, and what is behind it.
fn value_of(text: &str) -> Result<(String, &str), ConnectError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            blank if blank.is_whitespace() && !quoted => return Ok((value, &text[at..])),
            other => value.push(other),
        }
    }
    if quoted { Err(text_error("a quote in it is not closed", QUOTING)) } else { Ok((value, "")) }
}

fn is_name(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What is behind the scheme: `user:password@host:port,host:port/dbname?name=value&…`
fn url(rest: &str) -> Result<Vec<Pair>, ConnectError> {
    let mut pairs = Vec::new();
    let mut rest = rest;
    if let Some(end) = rest.find(['@', '/']).filter(|&end| rest[end..].starts_with('@')) {
        let (user, password) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        add(&mut pairs, "user", user)?;
        add(&mut pairs, "password", password)?;
        rest = &rest[end + 1..];
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    hosts(&rest[..end], &mut pairs)?;
    rest = &rest[end..];
    if let Some(path) = rest.strip_prefix('/') {
        let end = path.find('?').unwrap_or(path.len());
        add(&mut pairs, "dbname", &path[..end])?;
        rest = &path[end..];
    }
    let query = rest.strip_prefix('?').unwrap_or_default();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=').ok_or_else(|| text_error("a parameter behind its `?` has no `=`", ESCAPING))?;
        let key = decode(key)?;
        if !is_name(&key) || part.contains('@') {
            return Err(text_error("something behind its `?` is no name of a parameter", ESCAPING));
        }
        let value = decode(value)?;
        // As JDBC writes it.
        pairs.push(if key == "ssl" && value == "true" { ("sslmode".to_owned(), "require".to_owned()) } else { (key, value) });
    }
    Ok(pairs)
}

/// `host:port,[::1]:port`
fn hosts(text: &str, pairs: &mut Vec<Pair>) -> Result<(), ConnectError> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    for part in text.split(',') {
        let (host, port) = match part.strip_prefix('[') {
            Some(address) => {
                let (address, behind) = address
                    .split_once(']')
                    .ok_or_else(|| text_error("a `[` in it is not closed", "an IPv6 address is written `[::1]`"))?;
                (address, behind.strip_prefix(':').unwrap_or(behind))
            }
            None => part.split_once(':').unwrap_or((part, "")),
        };
        hosts.push(decode(host)?);
        ports.push(decode(port)?);
    }
    for (name, values) in [("host", hosts), ("port", ports)] {
        if values.iter().any(|value| !value.is_empty()) {
            pairs.push((name.to_owned(), values.join(",")));
        }
    }
    Ok(())
}

fn add(pairs: &mut Vec<Pair>, name: &str, value: &str) -> Result<(), ConnectError> {
    if !value.is_empty() {
        pairs.push((name.to_owned(), decode(value)?));
    }
    Ok(())
}

/// `%20` is a blank.
fn decode(text: &str) -> Result<String, ConnectError> {
    let wrong = || text_error("a `%` in it is not followed by the two digits of a character", ESCAPING);
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        rest = behind;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = rest.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).filter(|digits| !digits.starts_with('+'));
        let value = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|&value| value != 0);
        bytes.push(value.ok_or_else(wrong)?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn read(text: &str) -> Option<String> {
        let pairs: Vec<String> = parse(text).ok()?.into_iter().map(|(key, value)| format!("{key}=<{value}>")).collect();
        Some(pairs.join(" "))
    }

    #[test]
    fn both_forms_are_read_as_libpq_reads_them() {
        for (text, expected) in [
            ("", ""),
            ("host = localhost port=5433", "host=<localhost> port=<5433>"),
            (r"password='it\'s \\ a' user=a\ b host=''", r"password=<it's \ a> user=<a b> host=<>"),
            ("postgres://", ""),
            ("postgresql:///items", "dbname=<items>"),
            ("postgres://ann@db/items", "user=<ann> host=<db> dbname=<items>"),
            ("postgres://ann:p%40ss%2f:w@[::1]:5433/a%20b", "user=<ann> password=<p@ss/:w> host=<::1> port=<5433> dbname=<a b>"),
            ("postgres://ann:a?b@db", "user=<ann> password=<a?b> host=<db>"),
            ("postgres://a:1,b,c:3/", "host=<a,b,c> port=<1,,3>"),
            ("postgres://%2Fvar%2Frun?port=1&sslmode=require", "host=</var/run> port=<1> sslmode=<require>"),
            ("postgres:///?ssl=true&options=-c%20a%3Db", "sslmode=<require> options=<-c a=b>"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for wrong in [
            "items",
            "host",
            "host=a b",
            "password='a",
            "postgres://a%zz",
            "postgres://a%00",
            "postgres://[::1",
            "postgres:///?a",
            "mysql://a/b",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
