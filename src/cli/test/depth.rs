//! How much scenarios say: what of the rules they have seen at work, and what could be left out with nobody noticing. In: what was counted. Out: text, or JSON of the same.

use serde_json::json;

use super::super::look::Look;
use super::super::output::{agree, count};
use crate::diagnostic::{Sources, Span};
use crate::scenario::{Coverage, Mutated, Part};

/// What was asked for of both.
#[derive(Debug, Default)]
pub(super) struct Depth {
    coverage: Option<Covered>,
    mutated: Option<Noticed>,
}

#[derive(Debug)]
struct Covered {
    parts: Vec<(&'static str, Part)>,
    gaps: Vec<Line>,
}

#[derive(Debug)]
struct Noticed {
    noticed: usize,
    same: usize,
    missed: Vec<Line>,
}

/// Something of the rules, with its place.
#[derive(Debug)]
struct Line {
    file: String,
    place: (usize, usize),
    what: String,
    missing: Option<String>,
}

impl Line {
    fn new(sources: &Sources, span: Span, what: String, missing: Option<String>) -> Line {
        let span = sources.resolve(span);
        let (file, place) = (sources.get(span.file).name.clone(), sources.position(span.file, span.start));
        Line { file, place, what, missing }
    }

    fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.place.0, self.place.1)
    }

    fn text(&self) -> String {
        match &self.missing {
            Some(missing) => format!("{}: {missing}", self.what),
            None => self.what.clone(),
        }
    }

    fn json(&self) -> serde_json::Value {
        let mut json = json!({ "file": self.file, "line": self.place.0, "column": self.place.1, "what": self.what });
        if let Some(missing) = &self.missing {
            json["missing"] = json!(missing);
        }
        json
    }
}

impl Depth {
    pub(super) fn cover(&mut self, coverage: &Coverage<'_>, sources: &Sources) {
        let gaps = coverage.gaps().into_iter().map(|gap| Line::new(sources, gap.span, gap.what, Some(gap.missing)));
        let parts = [("rule", coverage.rules()), ("grant", coverage.grants()), ("statement", coverage.statements())];
        let actions = Some(("action", coverage.actions())).filter(|(_, part)| part.of > 0);
        self.coverage = Some(Covered { parts: parts.into_iter().chain(actions).collect(), gaps: gaps.collect() });
    }

    pub(super) fn mutate(&mut self, mutated: Mutated, sources: &Sources) {
        let Mutated { noticed, same, missed } = mutated;
        let missed = missed.into_iter().map(|missed| Line::new(sources, missed.span, missed.what, None));
        self.mutated = Some(Noticed { noticed, same, missed: missed.collect() });
    }

    /// Whether nothing is missing of what was asked for.
    pub(super) fn is_whole(&self) -> bool {
        let is_covered = self.coverage.as_ref().is_none_or(|covered| covered.gaps.is_empty());
        is_covered && self.mutated.as_ref().is_none_or(|mutated| mutated.missed.is_empty())
    }

    /// For people.
    pub(super) fn text(&self, look: Look) -> String {
        let mut out = String::new();
        let list = |out: &mut String, title: &str, lines: &[Line]| {
            if !lines.is_empty() {
                out.push_str(&format!("  {}\n", look.paint(title, "31")));
            }
            for line in lines {
                let said = look.wrapped(&format!("    {}", look.paint(&line.text(), "1")), 6);
                out.push_str(&format!("{said}\n      {}\n", look.dim(&line.place())));
            }
        };
        if let Some(Covered { parts, gaps }) = &self.coverage {
            let said = parts.iter().map(|(word, part)| format!("{} of {}", part.seen, count(part.of, word)));
            out.push_str(&format!("{}\n  {}\n", look.paint("seen at work", "1"), said.collect::<Vec<_>>().join(", ")));
            list(&mut out, "not seen", gaps);
        }
        if let Some(Noticed { noticed, same, missed }) = &self.mutated {
            let all = noticed + missed.len();
            let percent = (noticed * 100).checked_div(all).unwrap_or(100);
            out.push_str(&format!("{}\n  {noticed} of {all} noticed, {percent} %", look.paint("left out in turn", "1")));
            match same {
                0 => out.push('\n'),
                same => out.push_str(&format!("; {}\n", agree(*same, "more changes nothing", "more change nothing"))),
            }
            list(&mut out, "nobody would notice", missed);
        }
        out
    }

    /// For programs: what was asked for, by name.
    pub(super) fn json(&self) -> Vec<(&'static str, serde_json::Value)> {
        let mut found = Vec::new();
        let lines = |lines: &[Line]| lines.iter().map(Line::json).collect::<Vec<_>>();
        if let Some(Covered { parts, gaps }) = &self.coverage {
            let part = |part: &Part| json!({ "seen": part.seen, "of": part.of });
            let mut said: serde_json::Map<_, _> = parts.iter().map(|(word, one)| (format!("{word}s"), part(one))).collect();
            said.insert("gaps".to_owned(), json!(lines(gaps)));
            found.push(("coverage", said.into()));
        }
        if let Some(Noticed { noticed, same, missed }) = &self.mutated {
            let of = noticed + missed.len();
            found.push(("left_out", json!({ "noticed": noticed, "of": of, "change_nothing": same, "missed": lines(missed) })));
        }
        found
    }
}
