//! What the stages have to say to the person who wrote the rules: coded messages with places, notes
//! and edits. In: facts from any stage. Out: text and JSON. This module knows nothing of
//! policies, tables or SQL.

mod codes;
mod count;
mod level;
mod render;
mod source;
mod suggest;

pub use codes::{Code, Page};
pub use count::{agree, count, count_that, times};
pub use level::Level;
pub use render::{render, render_json};
pub use source::{FileId, LineIndex, Source, Sources, Span, Spanned};
pub use suggest::{advice_for, did_you_mean};

use serde::Serialize;

/// How bad it is. Errors keep every command from producing output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is generated.
    Error,
    /// The output is right, but probably not what was meant.
    Warning,
    /// Output and meaning are right; this is what would make it faster.
    Advice,
}

/// A marked place with a sentence that says what the place is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it is; may be empty for a bare caret.
    pub text: String,
}

/// What to do about it, with the edit where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Help {
    /// The advice, an imperative.
    pub text: String,
    /// The place to replace and what to write there.
    pub edit: Option<(Span, String)>,
}

impl Help {
    /// The advice by itself, for where no edit can be shown: with what it writes, unless it says so already.
    pub fn in_words(&self) -> String {
        let written = self.edit.as_ref().map(|(_, text)| text.trim()).filter(|text| !self.text.contains(text));
        written.map_or_else(|| self.text.clone(), |text| format!("{}: `{text}`", self.text))
    }
}

/// One message. Built with [`Diagnostic::new`] and the `with_…` methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// How bad it is: as its code says, unless the project says something else.
    severity: Severity,
    /// One line that says what is wrong.
    pub title: String,
    /// The main place, marked with `^`.
    pub primary: Label,
    /// Other places that matter, marked with `-`.
    pub secondary: Vec<Label>,
    /// What PostgreSQL would do, or why this is asked for.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<Help>,
}

impl Diagnostic {
    /// A message about the place `span`.
    pub fn new(code: Code, span: Span, title: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            title: title.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
        }
    }

    /// With its places in files instead of in pieces of them.
    pub fn resolved(mut self, sources: &Sources) -> Self {
        let edits = self.helps.iter_mut().filter_map(|help| help.edit.as_mut()).map(|(span, _)| span);
        let labels = std::iter::once(&mut self.primary).chain(&mut self.secondary).map(|label| &mut label.span);
        labels.chain(edits).for_each(|span| *span = sources.resolve(*span));
        self
    }

    /// Says what the main place is.
    pub fn with_label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Marks another place.
    pub fn with_secondary(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a reason.
    pub fn with_note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds advice without an edit.
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(Help { text: text.into(), edit: None });
        self
    }

    /// Adds advice with the text that should stand at `span` instead.
    pub fn with_edit(mut self, text: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.helps.push(Help { text: text.into(), edit: Some((span, replacement.into())) });
        self
    }

    /// Adds `did you mean …` without an edit, if there is something near.
    pub fn with_nearest(self, near: Option<String>) -> Self {
        match near {
            Some(near) => self.with_help(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// Adds `did you mean …` with the edit, if some candidate is close to `written`.
    pub fn with_suggestion<'a>(self, span: Span, written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        match did_you_mean(written, candidates) {
            Some(candidate) => self.with_edit(format!("did you mean `{candidate}`?"), span, candidate.clone()),
            None => self,
        }
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// As bad as the project says. `None` where it is not to be told; what is an error by its code stays one.
    pub fn at(mut self, level: Level) -> Option<Self> {
        if self.code.severity() != Severity::Error {
            self.severity = level.severity()?;
        }
        Some(self)
    }
}

/// Orders messages by place, then code, and drops repetitions, so that a run prints the same
/// whatever order the stages found them in.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.primary.span, a.code, &a.title).cmp(&(b.primary.span, b.code, &b.title)));
    diagnostics.dedup();
}

/// Whether any of the messages is an error.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}
