//! How results look: their colours, and the width that they have to fit into. In: what is known of standard output. Out: text with colours or without, in lines that a terminal
//! shows whole.

use std::io::IsTerminal;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a result is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) styled: bool,
    /// That of the terminal; nothing is cut or broken where there is none.
    pub(super) width: Option<usize>,
}

/// Narrower than this, a terminal breaks lines better than we do.
const NARROWEST: usize = 20;

impl Look {
    /// For files, pipes and programs.
    pub(super) const PLAIN: Look = Look { styled: false, width: None };

    /// On a stream; `COLUMNS` says how wide a terminal is, or it does so itself.
    pub(super) fn of(stream: &impl IsTerminal, styled: bool) -> Look {
        if !stream.is_terminal() {
            return Look { styled, width: None };
        }
        let said = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok()).filter(|&width| width > 0);
        let width = said.or_else(|| terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)));
        Look { styled, width: width.map(|width| width.max(NARROWEST)) }
    }

    /// What is left behind an indentation.
    pub(super) fn within(self, indent: usize) -> Look {
        Look { width: self.width.map(|width| width.saturating_sub(indent).max(NARROWEST)), ..self }
    }

    /// A text in a colour of SGR: `31`, `1`.
    pub(super) fn paint(self, text: &str, colour: &str) -> String {
        if self.styled && !colour.is_empty() { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// What is less important.
    pub(super) fn dim(self, text: &str) -> String {
        self.paint(text, "2")
    }

    /// Lines, each as [`Look::wrapped`].
    pub(super) fn all_wrapped(self, text: &str, hang: usize) -> String {
        text.split('\n').map(|line| self.wrapped(line, hang)).collect::<Vec<_>>().join("\n")
    }

    /// A line, broken between words where it is too long; what goes on stands below, `hang` letters from the left. Words that are longer than a line stay whole.
    pub(super) fn wrapped(self, line: &str, hang: usize) -> String {
        let Some(width) = self.width.filter(|&width| shown_width(line) > width) else { return line.to_owned() };
        let hang = hang.min(width / 2);
        let (mut out, mut at, mut is_empty) = (String::new(), 0, true);
        let mut rest = line;
        while !rest.is_empty() {
            let begin = rest.find(|letter| letter != ' ').unwrap_or(rest.len());
            let end = rest[begin..].find(' ').map_or(rest.len(), |end| begin + end);
            let word = shown_width(&rest[begin..end]);
            if !is_empty && at + begin + word > width {
                out.push_str(&format!("\n{}{}", " ".repeat(hang), &rest[begin..end]));
                at = hang + word;
            } else {
                out.push_str(&rest[..end]);
                at += begin + word;
            }
            is_empty = false;
            rest = &rest[end..];
        }
        out
    }
}

/// How wide a terminal shows a text that may have colours.
fn shown_width(text: &str) -> usize {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.map(|part| part.split_once('m').map_or(part, |(_, behind)| behind).width()).sum::<usize>()
}

/// A text that is no wider than this: what is cut off is told by `…`.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let (mut end, mut at) = (0, 0);
    for (begin, letter) in text.char_indices() {
        at += letter.width().unwrap_or(0);
        if at >= width {
            break;
        }
        end = begin + letter.len_utf8();
    }
    format!("{}…", text[..end].trim_end())
}

/// A value of somebody else on one line: letters that would steer the terminal, or turn around what stands beside them, are written as what they are.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push('⏎'),
            '\t' => out.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(letter))),
            _ if letter.is_control() => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Look, harmless, shortened, shown_width};

    #[test]
    fn lines_are_broken_between_words_and_go_on_below() {
        let look = Look { styled: true, width: Some(24) };
        let line = format!("{}  \"Own\" where User equals Logged in User", look.paint("no     ", "31"));
        let found = look.wrapped(&line, 9);
        assert_eq!(found, "\u{1b}[31mno     \u{1b}[0m  \"Own\" where\n         User equals\n         Logged in User");
        assert!(found.lines().all(|line| shown_width(line) <= 24), "{found}");
        assert_eq!(Look::PLAIN.wrapped(&line, 9), line);
        assert_eq!(look.wrapped("  a-word-that-is-longer-than-a-line is", 4), "  a-word-that-is-longer-than-a-line\n    is");
    }

    #[test]
    fn texts_are_cut_where_a_terminal_shows_the_end() {
        assert_eq!(shortened("山田太郎", 8), "山田太郎");
        assert_eq!(shortened("山田太郎", 7), "山田太…");
        assert_eq!(shortened("山田太郎", 6), "山田…");
        assert_eq!(shortened("Rene\u{301}e von", 6), "Rene\u{301}e…");
        assert_eq!(shortened("ab", 1), "…");
    }

    #[test]
    fn what_others_wrote_does_not_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\td\u{202e}e"), "a⟨U+001B⟩[2Jb⏎c d⟨U+202E⟩e");
    }
}
