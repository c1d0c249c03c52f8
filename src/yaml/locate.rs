//! Finds the place of a key in YAML text, for messages about values that parsed well but mean nothing.

use crate::diagnostic::{FileId, Span};

/// The span of the last key of `path` (`["roles", "Agent", "column"]`), or of the deepest one found, or the start of
/// the file. Works line by line for block mappings and looks inside the line for flow mappings; it is only
/// used to point, so a rare miss costs precision and nothing else.
pub fn locate(text: &str, file: FileId, path: &[&str]) -> Span {
    let mut found = Span::new(file, 0, 0);
    let (mut from, mut until) = (0, text.len());
    for (depth, key) in path.iter().enumerate() {
        let Some((start, end)) = find_key(text, from, until, key, depth == 0) else { break };
        found = Span::new(file, start, end);
        (from, until) = (end, block_end(text, start, until));
    }
    found
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
        if !content.is_empty() && !content.starts_with('#') && line.len() - content.len() <= indent {
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
}
