//! Finds the place of a key in YAML text, for messages about values that parsed well but mean nothing.

use crate::diagnostic::{FileId, Span};

/// The span of the last step of `path` (`["roles", "Agent", "column"]`), or of the deepest one found, or the start of
/// the file. A step is a key, or the position of an item in a list: `["rows", "items", "[2]", "id"]`. Works line by line for block mappings and
/// looks inside the line for flow mappings; it is only used to point, so a rare miss costs precision and nothing else.
pub fn locate<S: AsRef<str>>(text: &str, file: FileId, path: &[S]) -> Span {
    let mut found = Span::new(file, 0, 0);
    let (mut from, mut until) = (0, text.len());
    for (depth, step) in path.iter().map(AsRef::as_ref).enumerate() {
        let position = step.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        let place = match position {
            Some(position) => find_item(text, from, until, position),
            None => find_key(text, from, until, step, depth == 0)
                .map(|(start, end)| Place { shown: (start, end), inner: (end, block_end(text, start, until)) }),
        };
        let Some(place) = place else { break };
        found = Span::new(file, place.shown.0, place.shown.1);
        (from, until) = place.inner;
    }
    found
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

/// Where a step was found, in bytes: what is shown of it, and where the next step is looked for.
struct Place {
    shown: (usize, usize),
    inner: (usize, usize),
}

/// An item of the list that `text[from..until]` begins with, behind its key.
fn find_item(text: &str, from: usize, until: usize, position: usize) -> Option<Place> {
    let area = text.get(from..until)?;
    let list = area.find(|c: char| !c.is_whitespace() && c != ':')?;
    if area[list..].starts_with('[') {
        let (start, end) = flow_items(&area[list + 1..]).nth(position)?;
        let place = (from + list + 1 + start, from + list + 1 + end);
        return Some(Place { shown: place, inner: place });
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
    let start = *starts.get(position)?;
    let end = starts.get(position + 1).map_or(area.len(), |next| next - 1 - indent);
    let shown = area[start..end].lines().next().map_or("", str::trim_end);
    let blanks = shown.len() - shown.trim_start().len();
    Some(Place { shown: (from + start + blanks, from + start + shown.len()), inner: (from + start, from + end) })
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
