//! YAML text as it is written, to change single places and leave the rest as it is. In: a text of mappings, lists and values of one line, in block or flow style, with
//! remarks. Out: a tree that knows where each part stands. What else YAML has (anchors, tags, texts of several lines) is not read, and said.

use std::ops::Range;

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its place, without blanks and remarks around it; of a block, from its first key or dash to the end of its last value.
    pub span: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Nothing stands behind the key.
    Nothing,
    /// A text, without its quotes.
    Text(String),
    /// Keys and values.
    Map {
        /// Between braces.
        flow: bool,
        /// In their order.
        entries: Vec<Entry>,
    },
    /// Items.
    List {
        /// In their order.
        items: Vec<Node>,
    },
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Without its quotes.
    pub key: String,
    /// Where the key begins.
    pub start: usize,
    /// Right behind the colon.
    pub colon: usize,
    /// How far the key is indented, in a block.
    pub indent: usize,
    /// Its value.
    pub value: Node,
}

/// Where a text has something that is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRead {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub what: &'static str,
}

impl Node {
    /// The entry of a mapping.
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        if let Kind::Map { entries, .. } = &self.kind { entries } else { &[] }
    }

    /// The text of a value that is one.
    pub fn text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }

    /// A text, or the texts of a list.
    pub fn texts(&self) -> Vec<String> {
        match &self.kind {
            Kind::Text(text) => vec![text.clone()],
            Kind::List { items } => items.iter().filter_map(Node::text).map(str::to_owned).collect(),
            Kind::Nothing | Kind::Map { .. } => Vec::new(),
        }
    }
}

/// Reads a text whose top is a mapping in block style.
pub fn read(text: &str) -> Result<Node, NotRead> {
    let mut reader = Reader { text, at: text.len() - text.trim_start_matches('\u{feff}').len() };
    reader.skip_to_content();
    let start = reader.at;
    let top = reader.block(start - reader.line_start(start))?;
    reader.skip_to_content();
    if reader.at < text.len() { Err(reader.not_read("a line that is indented otherwise")) } else { Ok(top) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn not_read(&self, what: &'static str) -> NotRead {
        NotRead { line: self.text.get(..self.at).unwrap_or_default().matches('\n').count() + 1, what }
    }

    fn line_start(&self, at: usize) -> usize {
        self.text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1)
    }

    /// Goes over blanks, line breaks and remarks.
    fn skip_to_content(&mut self) {
        loop {
            let rest = self.rest();
            let blanks = rest.len() - rest.trim_start_matches([' ', '\n', '\r']).len();
            self.at += blanks;
            if !self.rest().starts_with('#') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Goes over blanks of this line; whether a value follows on it.
    fn has_value(&mut self) -> bool {
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
        !self.rest().is_empty() && !self.rest().starts_with(['\n', '\r', '#'])
    }

    fn column(&self) -> usize {
        self.at - self.line_start(self.at)
    }

    /// A mapping or a list whose keys or dashes stand in a column, at which the reader is.
    fn block(&mut self, indent: usize) -> Result<Node, NotRead> {
        let start = self.at;
        let is_list = self.is_item();
        let (mut entries, mut items, mut end) = (Vec::new(), Vec::new(), start);
        while !self.rest().is_empty() && self.column() == indent && self.is_item() == is_list {
            if is_list {
                self.at += 1;
                let item = self.item()?;
                end = item.span.end;
                items.push(item);
            } else {
                let entry = self.entry(indent)?;
                end = entry.value.span.end;
                entries.push(entry);
            }
            self.skip_to_content();
        }
        let kind = if is_list { Kind::List { items } } else { Kind::Map { flow: false, entries } };
        Ok(Node { span: start..end, kind })
    }

    fn is_item(&self) -> bool {
        self.rest().starts_with("- ") || self.rest().starts_with("-\n")
    }

    fn item(&mut self) -> Result<Node, NotRead> {
        if !self.has_value() {
            return Err(self.not_read("an item below its dash"));
        }
        let node = self.inline()?;
        if self.has_value() { Err(self.not_read("an item of several keys behind a dash")) } else { Ok(node) }
    }

    fn entry(&mut self, indent: usize) -> Result<Entry, NotRead> {
        let start = self.at;
        let key = self.key()?;
        let colon = self.at;
        if self.has_value() {
            let value = self.inline()?;
            return match self.has_value() {
                true => Err(self.not_read("something behind a value")),
                false => Ok(Entry { key, start, colon, indent, value }),
            };
        }
        let nothing = Node { span: colon..colon, kind: Kind::Nothing };
        self.skip_to_content();
        let deeper = !self.rest().is_empty() && (self.column() > indent || (self.column() == indent && self.is_item()));
        if !deeper {
            return Ok(Entry { key, start, colon, indent, value: nothing });
        }
        let column = self.column();
        Ok(Entry { key, start, colon, indent, value: self.block(column)? })
    }

    /// A key with its colon.
    fn key(&mut self) -> Result<String, NotRead> {
        if self.rest().starts_with('\t') {
            return Err(self.not_read("a tab in front of a key"));
        }
        let key = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            _ => {
                let rest = self.rest();
                let end = rest.match_indices(':').map(|(at, _)| at).find(|at| {
                    let behind = &rest[at + 1..];
                    behind.is_empty() || behind.starts_with([' ', '\n', '\r', ','])
                });
                let line = rest.find('\n').unwrap_or(rest.len());
                let Some(end) = end.filter(|&end| end < line || end == rest.len() - 1) else {
                    return Err(self.not_read("a line without a key"));
                };
                let key = rest[..end].trim_end().to_owned();
                // Between quotes, these are letters as any other.
                if key.starts_with(['&', '*', '!', '?', '|', '>', '{', '[']) {
                    return Err(self.not_read("an anchor, an alias or a tag"));
                }
                self.at += end;
                key
            }
        };
        self.at += self.rest().len() - self.rest().trim_start_matches(' ').len();
        if !self.rest().starts_with(':') {
            return Err(self.not_read("a line without a key"));
        }
        self.at += 1;
        Ok(key)
    }

    /// A value that begins on this line; a flow may go on over others.
    fn inline(&mut self) -> Result<Node, NotRead> {
        match self.rest().chars().next() {
            Some('{' | '[') => self.flow(),
            Some('&' | '*' | '!' | '|' | '>' | '@' | '`' | '%') => {
                Err(self.not_read("an anchor, a tag or a text of several lines"))
            }
            _ => self.scalar(false),
        }
    }

    fn scalar(&mut self, in_flow: bool) -> Result<Node, NotRead> {
        let start = self.at;
        if let Some(quote @ ('"' | '\'')) = self.rest().chars().next() {
            let text = self.quoted(quote)?;
            return Ok(Node { span: start..self.at, kind: Kind::Text(text) });
        }
        let rest = self.rest();
        let mut end = rest.find('\n').unwrap_or(rest.len());
        end = rest[..end].find(" #").unwrap_or(end);
        if in_flow {
            end = rest[..end].find([',', ']', '}']).unwrap_or(end);
        }
        let text = rest[..end].trim_end().to_owned();
        self.at += text.len();
        Ok(Node { span: start..self.at, kind: Kind::Text(text) })
    }

    fn quoted(&mut self, quote: char) -> Result<String, NotRead> {
        let mut text = String::new();
        let mut characters = self.rest()[1..].char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            match character {
                '\n' => break,
                '\\' if quote == '"' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\' | '/'))) => text.push(escaped),
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r')) => text.push('\r'),
                    Some((_, kind @ ('x' | 'u' | 'U'))) => {
                        let digits: String = characters.by_ref().take(digits_of(kind)).map(|(_, digit)| digit).collect();
                        let letter = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                        text.push(letter.ok_or_else(|| self.not_read("an escape in a text"))?);
                    }
                    _ => return Err(self.not_read("an escape in a text")),
                },
                _ if character == quote && quote == '\'' && characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                    characters.next();
                    text.push(quote);
                }
                _ if character == quote => {
                    self.at += at + 2;
                    return Ok(text);
                }
                other => text.push(other),
            }
        }
        Err(self.not_read("a text of several lines"))
    }

    fn flow(&mut self) -> Result<Node, NotRead> {
        let start = self.at;
        let is_map = self.rest().starts_with('{');
        let close = if is_map { '}' } else { ']' };
        self.at += 1;
        let (mut entries, mut items) = (Vec::new(), Vec::new());
        loop {
            self.skip_to_content();
            if self.rest().starts_with(close) {
                self.at += 1;
                break;
            }
            if self.rest().is_empty() {
                return Err(self.not_read("a bracket that is not closed"));
            }
            if is_map {
                let start = self.at;
                let key = self.key()?;
                let colon = self.at;
                self.skip_to_content();
                let value = self.flow_value()?;
                entries.push(Entry { key, start, colon, indent: 0, value });
            } else {
                items.push(self.flow_value()?);
            }
            self.skip_to_content();
            if self.rest().starts_with(',') {
                self.at += 1;
            } else if !self.rest().starts_with(close) {
                return Err(self.not_read("something between brackets"));
            }
        }
        let kind = if is_map { Kind::Map { flow: true, entries } } else { Kind::List { items } };
        Ok(Node { span: start..self.at, kind })
    }

    fn flow_value(&mut self) -> Result<Node, NotRead> {
        match self.rest().chars().next() {
            Some('{' | '[') => self.flow(),
            Some(',' | '}' | ']') => Ok(Node { span: self.at..self.at, kind: Kind::Nothing }),
            Some('&' | '*' | '!') => Err(self.not_read("an anchor, an alias or a tag")),
            _ => self.scalar(true),
        }
    }
}

/// How many digits an escape has.
fn digits_of(kind: char) -> usize {
    match kind {
        'x' => 2,
        'u' => 4,
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, read};

    #[test]
    fn places_are_known_or_the_text_is_refused() {
        let text = "version: 1 # x\n\ntables:\n  # remark\n  a: { columns: { id: integer, \"b c\": 'it''s' } } # y\n  d:\n    unique:\n      - e\n      - [f, g]\n    columns:\n      h: text not null\n      i:\n";
        let top = read(text).unwrap();
        let tables = &top.get("tables").unwrap().value;
        let columns = &tables.get("a").unwrap().value.get("columns").unwrap().value;
        assert_eq!(columns.get("b c").unwrap().value.text(), Some("it's"));
        assert_eq!(&text[columns.span.clone()], "{ id: integer, \"b c\": 'it''s' }");
        let unique = &tables.get("d").unwrap().value.get("unique").unwrap().value;
        assert!(matches!(&unique.kind, Kind::List { items } if items[1].texts() == ["f", "g"]));
        let columns = &tables.get("d").unwrap().value.get("columns").unwrap().value;
        assert_eq!(columns.get("h").unwrap().value.text(), Some("text not null"));
        assert!(matches!(columns.get("i").unwrap().value.kind, Kind::Nothing));
        for not_read in ["a: &x 1", "a: |\n  b", "a: \"b\n  c\"", "a:\n  b: 1\n c: 2", "a: [b", "a: b\n\tc: d", "- a:\n    b: c"]
        {
            assert!(read(not_read).is_err(), "{not_read}");
        }
    }
}
