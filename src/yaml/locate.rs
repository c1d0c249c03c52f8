//! Finds the place of a key in YAML text, for messages about values that parsed well but mean nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::diagnostic::{FileId, Span};

/// The span of the last step of `path` (`["roles", "Agent", "column"]`), or of the deepest one found, or the start of
/// the file; see [`Places`], which is for many of them.
pub fn locate<S: AsRef<str>>(text: &str, file: FileId, path: &[S]) -> Span {
    Places::new(text, file).locate(path)
}

/// Places in one text. A step to one is a key, or the position of an item in a list: `["rows", "items", "[2]", "id"]`. It works line by line for block mappings and
/// looks inside the line for flow mappings; it is only used to point, so a rare miss costs precision and nothing else. What was found on the way is kept: of a list of a
/// thousand items, each is found without going through the others again.
#[derive(Debug)]
pub struct Places<'t> {
    text: &'t str,
    file: FileId,
    /// By where it was looked for.
    keys: RefCell<HashMap<Area, HashMap<String, Option<Place>>>>,
    items: RefCell<HashMap<Area, Rc<[Place]>>>,
}

impl<'t> Places<'t> {
    /// Of a text.
    pub fn new(text: &'t str, file: FileId) -> Places<'t> {
        Places { text, file, keys: RefCell::default(), items: RefCell::default() }
    }

    /// As [`locate`].
    pub fn locate<S: AsRef<str>>(&self, path: &[S]) -> Span {
        let mut found = Span::new(self.file, 0, 0);
        let mut area = (0, self.text.len());
        for (depth, step) in path.iter().map(AsRef::as_ref).enumerate() {
            let position: Option<usize> = step.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse().ok());
            let place = match position {
                Some(position) => self.items(area).get(position).copied(),
                None => self.key(area, step, depth == 0),
            };
            let Some(place) = place else { break };
            found = Span::new(self.file, place.shown.0, place.shown.1);
            area = place.inner;
        }
        found
    }

    fn key(&self, area: Area, key: &str, top: bool) -> Option<Place> {
        if let Some(&known) = self.keys.borrow().get(&area).and_then(|keys| keys.get(key)) {
            return known;
        }
        let found = find_key(self.text, area.0, area.1, key, top)
            .map(|(start, end)| Place { shown: (start, end), inner: (end, block_end(self.text, start, area.1)) });
        self.keys.borrow_mut().entry(area).or_default().insert(key.to_owned(), found);
        found
    }

    fn items(&self, area: Area) -> Rc<[Place]> {
        self.items.borrow_mut().entry(area).or_insert_with(|| find_items(self.text, area.0, area.1).into()).clone()
    }
}

/// Where a key stands for the second time that a message names, in the mapping that begins at `offset`: the parser points at the mapping.
pub(super) fn repeated(text: &str, offset: usize, message: &str) -> Option<usize> {
    let name = match message.strip_suffix("` is defined twice") {
        Some(start) => start.rsplit('`').next()?,
        None => message.split_once("duplicate field `")?.1.strip_suffix('`')?,
    };
    let begin = text.get(..offset)?.rfind('\n').map_or(0, |newline| newline + 1);
    let indent = offset - begin;
    let is_key = |at: usize| {
        let before = text[..at].trim_end_matches(' ');
        let is_behind = before.is_empty() || before.ends_with(['\n', '{', ',']);
        let is_as_deep = before.ends_with(['{', ',']) || at - before.len() == indent || at == offset;
        is_behind && is_as_deep && text[at + name.len()..].trim_start().starts_with(':')
    };
    let mut found = text[offset..].match_indices(name).map(|(at, _)| offset + at).filter(|&at| is_key(at));
    found.nth(1)
}

/// A stretch of the text, in bytes.
type Area = (usize, usize);

/// Where a step was found: what is shown of it, and where the next step is looked for.
#[derive(Debug, Clone, Copy)]
struct Place {
    shown: Area,
    inner: Area,
}

/// The items of the list that `text[from..until]` begins with, behind its key; none where it begins with something else.
fn find_items(text: &str, from: usize, until: usize) -> Vec<Place> {
    let Some(area) = text.get(from..until) else { return Vec::new() };
    let Some(list) = area.find(|c: char| !c.is_whitespace() && c != ':') else { return Vec::new() };
    if area[list..].starts_with('[') {
        let begin = from + list + 1;
        let place = |(start, end)| Place { shown: (begin + start, begin + end), inner: (begin + start, begin + end) };
        return flow_items(&area[list + 1..]).map(place).collect();
    }
    let indent = list - area[..list].rfind('\n').map_or(0, |newline| newline + 1);
    let mut starts = Vec::new();
    let mut offset = 0;
    for line in area.split_inclusive('\n') {
        let is_item = line.len() > indent && line[..indent].trim().is_empty() && line[indent..].starts_with('-');
        if is_item && offset + indent >= list {
            starts.push(offset + indent + 1);
        }
        offset += line.len();
    }
    let ends = starts.iter().skip(1).map(|next| next - 1 - indent).chain([area.len()]);
    let place = |(&start, end): (&usize, usize)| {
        let shown = area[start..end].lines().next().map_or("", str::trim_end);
        let blanks = shown.len() - shown.trim_start().len();
        Place { shown: (from + start + blanks, from + start + shown.len()), inner: (from + start, from + end) }
    };
    std::iter::zip(&starts, ends).map(place).collect()
}

/// Where the items of a flow list are, of which `text` has all behind the bracket.
fn flow_items(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let (mut items, mut start, mut depth, mut quote) = (Vec::new(), 0, 0usize, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ',' | ']') if depth == 0 => {
                let blanks = text[start..at].len() - text[start..at].trim_start().len();
                items.push((start + blanks, start + text[start..at].trim_end().len().max(blanks)));
                start = at + 1;
                if c == ']' {
                    break;
                }
            }
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    items.into_iter()
}

/// The key in `text[from..until]`, quoted or bare. At the top only unindented keys count.
fn find_key(text: &str, from: usize, until: usize, key: &str, top: bool) -> Option<(usize, usize)> {
    let area = text.get(from..until)?;
    let mut search = 0;
    while let Some(at) = area.get(search..)?.find(key) {
        let start = search + at;
        let end = start + key.len();
        search = end.max(start + 1);
        let before = area[..start].trim_end_matches(['"', '\'']);
        let after = area[end..].trim_start_matches(['"', '\'']).trim_start_matches(' ');
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let starts_entry = line.trim().is_empty() || line.trim_end().ends_with(['{', ',', '-', '[']);
        let is_key = after.starts_with(':') || (!top && after.starts_with([',', ']', '\n', '}']));
        if starts_entry && is_key && !line.contains('#') && (!top || line.is_empty()) {
            return Some((from + start, from + end));
        }
    }
    None
}

/// Where the value of the key at `start` ends: before the next line that is not indented deeper, or at the closing
/// brace when the key stands inside a flow mapping.
fn block_end(text: &str, start: usize, until: usize) -> usize {
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = text[line_start..].len() - text[line_start..].trim_start_matches(' ').len();
    if !text[line_start..start].trim().is_empty() {
        return until;
    }
    let mut position = text[start..].find('\n').map_or(until, |newline| start + newline + 1);
    while position < until {
        let line = text[position..].lines().next().unwrap_or("");
        let content = line.trim_start_matches(' ');
        let depth = line.len() - content.len();
        // A list may stand as deep as its key.
        let is_outside = depth < indent || depth == indent && !content.starts_with("- ");
        if !content.is_empty() && !content.starts_with('#') && is_outside {
            return position;
        }
        position += line.len() + 1;
    }
    until
}

#[cfg(test)]
mod tests {
    use super::locate;
    use crate::diagnostic::Sources;

    #[test]
    fn keys_are_found_below_their_parents() {
        let text = "a:\n  x: 1\nroles:\n  Agent: { column: x, equals: y }\n  \"Big One\":\n    column: z\n";
        let mut sources = Sources::default();
        let file = sources.add("t", text);
        let at = |path: &[&str]| {
            let span = locate(text, file, path);
            (sources.position(file, span.start), sources.slice(span).to_owned())
        };
        assert_eq!(at(&["roles", "Agent", "column"]), ((4, 12), "column".to_owned()));
        assert_eq!(at(&["roles", "Big One", "column"]), ((6, 5), "column".to_owned()));
        assert_eq!(at(&["a", "y"]).1, "a");
    }

    #[test]
    fn items_are_found_by_their_position() {
        let text = "rows:\n  items:\n    - { id: 1, name: \"a, b\" }\n    - id: 2\n      name: c\n\n    - id: 3\n  others: [11, { key: 12, set: [x] }, 13]\nlast:\n- a\n- b: c\n";
        let mut sources = Sources::default();
        let file = sources.add("t", text);
        let at = |path: &[&str]| sources.slice(locate(text, file, path)).to_owned();
        assert_eq!(at(&["rows", "items", "[0]"]), "{ id: 1, name: \"a, b\" }");
        assert_eq!(at(&["rows", "items", "[1]", "name"]), "name");
        assert_eq!(at(&["rows", "items", "[2]"]), "id: 3");
        assert_eq!(at(&["rows", "items", "[3]"]), "items");
        assert_eq!(at(&["rows", "others", "[1]"]), "{ key: 12, set: [x] }");
        assert_eq!(at(&["rows", "others", "[1]", "set", "[0]"]), "x");
        assert_eq!(at(&["rows", "others", "[2]"]), "13");
        assert_eq!(at(&["last", "[1]", "b"]), "b");
    }
}
