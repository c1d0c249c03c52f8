//! A report as one page that needs nothing else: no network, no script to be read, all of it escaped. In: a [`Report`]. Out: HTML.

mod access;
mod anchors;
mod frame;
mod inline;
mod part;
mod people;
mod picture;
mod roles;
mod rules;
mod status;

use maud::Markup;

use super::data::Report;
use anchors::Anchors;
pub use inline::{SCRIPT, STYLE};

/// How a file is known to be such a page.
pub const MARK: &str = "<meta name=\"generator\" content=\"rowgate report\">";

/// The page. Letters that turn around what stands beside them, or that nobody sees, are written as what they are.
pub fn page(report: &Report) -> String {
    let anchors = Anchors::new(report);
    let parts = parts(report, &anchors);
    visible(frame::page(report, &parts).into_string())
}

/// The sections in their order: anchor, heading, content. What a project does not have is left out.
fn parts(report: &Report, anchors: &Anchors<'_>) -> Vec<(&'static str, &'static str, Markup)> {
    let mut parts = Vec::new();
    let mut add = |id, heading, is_there: bool, content: &dyn Fn() -> Markup| {
        if is_there {
            parts.push((id, heading, content()));
        }
    };
    add("reviews", "Reviews", true, &|| status::reviews(report));
    add("changes", "Changes", report.since.is_some(), &|| status::changes(report));
    add("overview", "Who reaches what", true, &|| picture::section(report, anchors));
    add("matrix", "Who may do what", true, &|| access::section(report, anchors));
    add("people", "People", !report.people.is_empty(), &|| people::section(report, anchors));
    add("roles", "Roles", true, &|| roles::section(report, anchors));
    add("classes", "Classes of fields", !report.classes.is_empty(), &|| roles::classes(report, anchors));
    let is_bounded = !report.boundaries.is_empty();
    add("boundaries", "Boundaries", is_bounded, &|| rules::boundaries(report, anchors));
    add("delegation", "Delegation", rules::delegates(report), &|| rules::delegation(report, anchors));
    add("actions", "Actions", !report.actions.is_empty(), &|| rules::actions(report));
    add("never", "Never", !report.never.is_empty(), &|| rules::never(report));
    add("rules", "Rules", !report.rules.is_empty(), &|| rules::section(report, anchors));
    add("tests", "Tests", true, &|| status::tests(report));
    add("findings", "Findings", true, &|| status::findings(report));
    parts
}

/// Replaces letters that change how others are shown.
fn visible(page: String) -> String {
    let is_hidden = |letter: char| {
        matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
            || letter.is_control() && letter != '\n' && letter != '\t'
    };
    if !page.contains(is_hidden) {
        return page;
    }
    let mut out = String::with_capacity(page.len());
    for letter in page.chars() {
        if is_hidden(letter) {
            out.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}
