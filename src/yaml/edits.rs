//! Changes of a YAML text in single places. In: a text, its tree, and what is to stand where. Out: the text with these changes and no others.

use std::ops::Range;

use super::document::{Entry, Kind, Node};

/// Changes that are made together.
#[derive(Debug, Default)]
pub struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a value in the place of an entry's.
    pub fn set(&mut self, entry: &Entry, value: &str) {
        match entry.value.kind {
            Kind::Map { flow: false, .. } | Kind::List { .. } | Kind::Nothing => {
                self.0.push((entry.colon..entry.value.span.end.max(entry.colon), format!(" {value}")));
            }
            _ => self.0.push((entry.value.span.clone(), value.to_owned())),
        }
    }

    /// Puts an entry behind another of the same mapping, or in front of all. `text` is `key: value`; in a block its further lines are indented as is, and it
    /// is set apart by an empty line where `apart`.
    pub fn insert(&mut self, text: &str, map: &Node, behind: Option<&Entry>, source: &str, apart: bool) {
        let Kind::Map { flow, entries } = &map.kind else { return };
        if *flow {
            match behind.or(entries.last()) {
                Some(entry) if behind.is_some() => self.0.push((entry.value.span.end..entry.value.span.end, format!(", {text}"))),
                Some(_) => self.0.push((entries[0].start..entries[0].start, format!("{text}, "))),
                None => self.0.push((map.span.clone(), format!("{{ {text} }}"))),
            }
            return;
        }
        let blank = if apart { "\n" } else { "" };
        match behind {
            Some(entry) => {
                let end = line_end(source, entry.value.span.end.max(entry.colon));
                self.0.push((end..end, format!("\n{blank}{}", indented(text, entry.indent))));
            }
            None => {
                let Some(first) = entries.first() else { return };
                let start = first.start - first.indent;
                self.0.push((start..start, format!("{}\n{blank}", indented(text, first.indent))));
            }
        }
    }

    /// Takes entries of one mapping out, in a block with their lines; remarks above them stay.
    pub fn remove(&mut self, map: &Node, gone: &[&Entry], source: &str) {
        let Kind::Map { flow, entries } = &map.kind else { return };
        if !*flow {
            for entry in gone {
                let end = line_end(source, entry.value.span.end.max(entry.colon));
                self.0.push((entry.start - entry.indent..(end + 1).min(source.len()), String::new()));
            }
            return;
        }
        let is_gone = |entry: &Entry| gone.iter().any(|other| other.start == entry.start);
        let mut kept: Option<&Entry> = None;
        for (position, entry) in entries.iter().enumerate() {
            match (is_gone(entry), kept) {
                (false, _) => kept = Some(entry),
                (true, Some(before)) => {
                    // From one that stays to the end of this one, behind what was taken out before.
                    let previous = position.checked_sub(1).and_then(|before| entries.get(before)).unwrap_or(before);
                    self.0.push((previous.value.span.end..entry.value.span.end, String::new()));
                }
                (true, None) => {
                    let end = entries.get(position + 1).map_or(entry.value.span.end, |next| next.start);
                    self.0.push((entry.start..end, String::new()));
                }
            }
        }
    }

    /// The text with the changes. Those at one place stand in the order in which they were asked for.
    pub fn apply(mut self, source: &str) -> String {
        self.0.sort_by_key(|(range, _)| (range.start, range.end));
        let (mut text, mut at) = (String::with_capacity(source.len()), 0);
        for (range, new) in self.0 {
            text.push_str(source.get(at..range.start).unwrap_or_default());
            text.push_str(&new);
            at = range.end.max(at);
        }
        text.push_str(source.get(at..).unwrap_or_default());
        text
    }
}

fn line_end(source: &str, at: usize) -> usize {
    source.get(at..).and_then(|rest| rest.find('\n')).map_or(source.len(), |newline| at + newline)
}

fn indented(text: &str, by: usize) -> String {
    let lines: Vec<String> =
        text.lines().map(|line| if line.is_empty() { String::new() } else { format!("{:by$}{line}", "") }).collect();
    lines.join("\n")
}
