//! Messages as text for people (annotate-snippets) and as JSON lines for machines.

use annotate_snippets::{AnnotationKind, Group, Level, Patch, Renderer, Snippet};
use serde_json::json;

use super::{Diagnostic, Severity, Sources, Span};

/// One message as the terminal shows it, without a final newline. `styled` adds ANSI colours.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, styled: bool) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::NOTE,
    };
    let title = level.primary_title(diagnostic.title.as_str()).id(diagnostic.code.as_str());
    let mut main = Group::with_title(title);
    for (index, span) in files_of(diagnostic).into_iter().enumerate() {
        let source = sources.get(span.file);
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        if index == 0 {
            let mut primary = AnnotationKind::Primary.span(clip(diagnostic.primary.span, &source.text));
            if !diagnostic.primary.text.is_empty() {
                primary = primary.label(diagnostic.primary.text.as_str());
            }
            snippet = snippet.annotation(primary);
        }
        for label in diagnostic.secondary.iter().filter(|label| label.span.file == span.file) {
            snippet = snippet.annotation(AnnotationKind::Context.span(clip(label.span, &source.text)).label(label.text.as_str()));
        }
        main = main.element(snippet);
    }
    for note in &diagnostic.notes {
        main = main.element(Level::NOTE.message(note.as_str()));
    }
    let mut report = Vec::new();
    for help in diagnostic.helps.iter().filter(|help| help.edit.is_none()) {
        main = main.element(Level::HELP.message(help.text.as_str()));
    }
    report.push(main);
    for help in &diagnostic.helps {
        let Some((span, replacement)) = &help.edit else { continue };
        let source = sources.get(span.file);
        report.push(
            Group::with_title(Level::HELP.secondary_title(help.text.as_str())).element(
                Snippet::source(source.text.as_str())
                    .path(source.name.as_str())
                    .patch(Patch::new(clip(*span, &source.text), replacement.as_str())),
            ),
        );
    }
    let renderer = if styled { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&report).to_string()
}

/// The first span of each file that the message marks, the main place's first.
fn files_of(diagnostic: &Diagnostic) -> Vec<Span> {
    let mut spans = vec![diagnostic.primary.span];
    for label in &diagnostic.secondary {
        if spans.iter().all(|span| span.file != label.span.file) {
            spans.push(label.span);
        }
    }
    spans
}

/// The span as a range of whole characters inside the text; an empty one covers one character where it can.
fn clip(span: Span, text: &str) -> std::ops::Range<usize> {
    let floor = |mut offset: usize| {
        offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let (start, end) = (floor(span.start as usize), floor(span.end as usize));
    if end > start {
        return start..end;
    }
    let next = text[start..].chars().next().filter(|&c| c != '\n').map_or(0, char::len_utf8);
    start..start + next
}

/// One message as a JSON object: `code`, `severity`, `message`, `file`, `line`, `column`, `end_line`,
/// `end_column` (from 1, columns in characters), `labels`, `notes`, `helps`.
pub fn render_json(diagnostic: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let place = |span: Span| {
        let (line, column) = sources.position(span.file, span.start);
        let (end_line, end_column) = sources.position(span.file, span.end);
        json!({ "file": sources.get(span.file).name, "line": line, "column": column,
                "end_line": end_line, "end_column": end_column })
    };
    let labels = std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary);
    let helps = diagnostic.helps.iter().map(|help| match &help.edit {
        Some((span, replacement)) => {
            json!({ "text": help.text, "edit": { "place": place(*span), "replacement": replacement } })
        }
        None => json!({ "text": help.text }),
    });
    json!({
        "code": diagnostic.code.as_str(),
        "severity": diagnostic.severity(),
        "message": diagnostic.title,
        "place": place(diagnostic.primary.span),
        "labels": labels.map(|label| json!({ "place": place(label.span), "text": label.text })).collect::<Vec<_>>(),
        "notes": diagnostic.notes,
        "helps": helps.collect::<Vec<_>>(),
    })
}
