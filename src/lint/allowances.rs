//! Comments that allow a finding at one place: `# allow RG1305: why`, or several: `# allow RG1305, RG1309: why`. In: a text, line by line. Out: what each
//! allows, and where. It covers the line that it stands in or, alone in its line, the line below it; all of a rule, where that begins one. What it allows is
//! not known here.

use std::ops::Range;

use crate::diagnostic::{Code, Diagnostic, FileId, Span};
use crate::syntax::{block_length, comment_start};

/// A part of every such comment, whatever its letters, so that texts without one are looked through once and quickly.
const SIGN: &str = "llow ";

/// A comment that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The code that it names, as it is written.
    named: String,
    /// Where that is written.
    pub(super) place: Span,
    /// Whether it says why.
    has_reason: bool,
    pub(super) covers: Covered,
}

/// What is allowed to have the finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Covered {
    Line(Range<u32>),
    Rule(Range<u32>),
    /// There is nothing directly below.
    Nothing,
}

impl Covered {
    pub(super) fn range(&self) -> Range<u32> {
        match self {
            Covered::Line(range) | Covered::Rule(range) => range.clone(),
            Covered::Nothing => 0..0,
        }
    }
}

impl Allowance {
    /// What it allows; `None` where it is not written as it has to be, which [`Self::problem`] tells.
    pub(super) fn code(&self) -> Option<Code> {
        Code::parse(&self.named).filter(|code| self.has_reason && code.can_be_allowed())
    }

    /// What is wrong with how it is written.
    pub(super) fn problem(&self) -> Option<Diagnostic> {
        let named = &self.named;
        let found = |code: Code, title: String| Diagnostic::new(code, self.place, title);
        let known = || Code::ALL.iter().map(|code| code.as_str());
        Some(match Code::parse(named) {
            None => found(Code::UnknownAllowance, format!("there is no code `{named}`"))
                .with_suggestion(self.place, named, known())
                .with_help("`rowgate explain` lists all codes"),
            Some(code) if !code.can_be_allowed() => {
                found(Code::AllowanceOfError, format!("{named} cannot be allowed")).with_label(code.summary())
            }
            Some(_) if !self.has_reason => {
                found(Code::AllowanceWithoutReason, format!("this does not say why {named} is allowed"))
                    .with_help(format!("write the reason behind a colon: `# allow {named}: …`; without one, nothing is allowed"))
            }
            Some(_) => return None,
        })
    }
}

/// The allowances of a policy file, in their order.
pub fn allowances(text: &str, file: FileId) -> Vec<Allowance> {
    read(text, file, comment_start)
}

/// Those of a YAML file.
pub fn allowances_of_yaml(text: &str, file: FileId) -> Vec<Allowance> {
    read(text, file, comment_start_of_yaml)
}

/// Where the comment of a line begins: at a `#` outside of quotes, at the beginning or behind a blank.
fn comment_start_of_yaml(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            // An apostrophe within a word opens nothing.
            None if matches!(c, '"' | '\'') && !before.is_alphanumeric() => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}

fn read(text: &str, file: FileId, comment: impl Fn(&str) -> Option<usize>) -> Vec<Allowance> {
    let mut found: Vec<Allowance> = Vec::new();
    if !text.contains('#') || !text.contains(SIGN) {
        return found;
    }
    // Those from here on still look for what stands below.
    let (mut open, mut offset) = (0, 0);
    for line in text.split_inclusive('\n') {
        let start = comment(line);
        let is_alone = start.is_some_and(|start| line[..start].trim().is_empty());
        if let Some(start) = start.filter(|_| line.contains(SIGN)) {
            found.extend(parse(&line[start + 1..], offset + start + 1, file));
        }
        if !is_alone {
            let covers = covered(line, offset, text);
            found[open..].iter_mut().for_each(|allowance| allowance.covers = covers.clone());
            open = found.len();
        }
        offset += line.len();
    }
    found
}

/// What a comment allows, if it is one that allows something. `offset` is where the comment's text begins.
fn parse(comment: &str, offset: usize, file: FileId) -> Vec<Allowance> {
    let words = comment.trim_start();
    let (word, codes) = words.split_at_checked("allow ".len()).unwrap_or((words, ""));
    let is_code = codes.get(..2).is_some_and(|letters| letters.eq_ignore_ascii_case("RG"));
    if !word.eq_ignore_ascii_case("allow ") || !is_code {
        return Vec::new();
    }
    let (codes, reason) = codes.split_once(':').unwrap_or((codes, ""));
    let start = offset + comment.len() - words.len() + word.len();
    let mut found = Vec::new();
    let mut at = 0;
    for part in codes.split_inclusive(',') {
        let named = part.trim_start();
        let length = named.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(named.len());
        let begin = start + at + part.len() - named.len();
        at += part.len();
        let has_reason = reason.contains(char::is_alphanumeric) && named[length..].trim_matches([' ', ',']).is_empty();
        let named = named[..length].to_ascii_uppercase();
        found.push(Allowance { named, place: Span::new(file, begin, begin + length), has_reason, covers: Covered::Nothing });
    }
    found
}

/// What begins in a line.
fn covered(line: &str, offset: usize, text: &str) -> Covered {
    let range = |length: usize| {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        clamp(offset)..clamp(offset + length)
    };
    let content = line.trim();
    match content.split_at_checked("rule".len()) {
        _ if content.is_empty() => Covered::Nothing,
        Some((word, name)) if word.eq_ignore_ascii_case("rule") && name.trim_start().starts_with('"') => {
            Covered::Rule(range(block_length(&text[offset..])))
        }
        _ => Covered::Line(range(line.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::{allowances, allowances_of_yaml};
    use crate::diagnostic::{Code, Sources};

    /// The code, and what is covered.
    fn read(text: &str, is_yaml: bool) -> Vec<(Option<Code>, String)> {
        let file = Sources::default().add("a", text);
        let found = if is_yaml { allowances_of_yaml(text, file) } else { allowances(text, file) };
        let shown = |range: std::ops::Range<u32>| text[range.start as usize..range.end as usize].trim().to_owned();
        found.iter().map(|one| (one.code(), shown(one.covers.range()))).collect()
    }

    #[test]
    fn a_comment_covers_its_line_or_what_stands_below() {
        let text = "# allow RG1305: a\n#allow RG1309: b\n# more\nrule \"x\" {\n  where \"}\" # allow RG1307: c\n} }\n# allow RG1306: d\n\nboundary";
        let rule = "rule \"x\" {\n  where \"}\" # allow RG1307: c\n}";
        let expected = [
            (Some(Code::Alternatives), rule.to_owned()),
            (Some(Code::EditableRole), rule.to_owned()),
            (Some(Code::Frozen), "where \"}\" # allow RG1307: c".to_owned()),
            (Some(Code::EmptyBoundary), String::new()),
        ];
        assert_eq!(read(text, false), expected);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        assert_eq!(
            read("where \"# allow RG1305: a\"\n# we allow RG1305: a\n# disallow RG1305: a\n`# allow RG1305: a`", false),
            []
        );
        assert_eq!(read("a: '# allow RG1502: a'\nb: it's#allow RG1502: a\nc: \"don't # allow RG1502: a\"", true), []);
    }

    #[test]
    fn without_a_reason_nothing_is_allowed() {
        for comment in [
            "# allow RG1305",
            "# allow RG1305:",
            "# allow RG1305: - .",
            "# allow RG1305 a",
            "# allow RG1305 a: b",
            "# Allow rg1305",
        ] {
            assert_eq!(read(&format!("{comment}\nrules"), false), [(None, "rules".to_owned())], "{comment}");
        }
        assert_eq!(read("  # allow RG1502: a\n  items:\n", true), [(Some(Code::WholeTable), "items:".to_owned())]);
    }

    #[test]
    fn however_it_is_spelled() {
        let line = "a: it's # Allow rg1502 , RG1305 : why";
        let both = [(Some(Code::WholeTable), line.to_owned()), (Some(Code::Alternatives), line.to_owned())];
        assert_eq!(read(line, true), both);
        assert_eq!(read("rules # allow RG1502,RG1305: why", false).len(), 2);
    }
}
