//! Small parts that several sections have.

use maud::{Markup, html};

/// All operations, in the order of the matrix.
pub(super) const OPERATIONS: [&str; 4] = ["read", "create", "update", "delete"];

/// Words behind commas; `nobody` or its like where there are none.
pub(super) fn list(words: &[String], nothing: &str) -> Markup {
    html! {
        @if words.is_empty() { span.none { (nothing) } }
        @for (index, word) in words.iter().enumerate() {
            @if index > 0 { ", " }
            bdi { (word) }
        }
    }
}

/// A file and a line.
pub(super) fn place(file: &str, line: usize) -> Markup {
    html! { span.place { bdi { (file) } ":" (line) } }
}

/// A box that what is too wide scrolls in, also by keyboard.
pub(super) fn scrolls(label: &str, content: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (content) } }
}
