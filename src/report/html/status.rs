//! How things stand: what was reviewed, what changed, what is tested, what was found.

use maud::{Markup, html};

use super::super::data::Report;
use super::super::reviews::Compared;
use super::part::{list, place, scrolls};
use crate::diagnostic::count;

/// What was signed off, and what is another since.
pub(super) fn reviews(report: &Report) -> Markup {
    html! {
        @if report.reviews.is_empty() {
            p { "Nobody has signed this off yet. " code { "rowgate report --sign-off NAME --for QUARTER" } " writes a record, to be committed beside the rules." }
        }
        @for (position, review) in report.reviews.iter().enumerate() { (of_review(review, position == 0)) }
    }
}

fn of_review(review: &Compared, is_last: bool) -> Markup {
    html! {
        div.review {
            p {
                strong { "Reviewed on " time datetime=(review.reviewed) { (review.reviewed) } }
                " by " bdi { (review.by) } " for " bdi { (review.r#for) } ". "
                @if review.is_same() { span.badge.good { "Unchanged since" } }
                @else if review.differences.is_empty() { span.badge.warn { "Same answers, other SQL" } }
                @else { span.badge.warn { (count(review.differences.len(), "answer")) " changed since" } }
            }
            @if review.differences.is_empty() && !review.is_same() {
                p { "Every answer is what it was, and what the database is told is not: other settings, another text, or another version of rowgate. Look at " code { "rowgate diff --sql" } "." }
            }
            @if !review.differences.is_empty() {
                details open[is_last] {
                    summary { "What changed" }
                    (scrolls("Changes since the review", &html! {
                        table {
                            thead { tr { th scope="col" { "What" } th scope="col" { "Was" } th scope="col" { "Is" } } }
                            tbody { @for one in &review.differences {
                                tr {
                                    th scope="row" { bdi { (one.what) } }
                                    td.text { bdi { (one.was.as_deref().unwrap_or("nothing")) } }
                                    td.text { bdi { (one.is.as_deref().unwrap_or("nothing")) } }
                                }
                            } }
                        }
                    }))
                }
            }
        }
    }
}

/// What a comparison with other rules says.
pub(super) fn changes(report: &Report) -> Markup {
    let Some(since) = &report.since else { return html! {} };
    html! {
        p { "Compared with " bdi { (since.name) } "." }
        @if let Some(reason) = &since.unknown { p { span.badge.warn { "Not known" } " " bdi { (reason) } } }
        @else if since.changed.is_empty() { p { "Nobody may do more or less than before." } }
        @else {
            (scrolls("Changes", &html! {
                table {
                    thead { tr { th scope="col" { "Who" } th scope="col" { "May" } th scope="col" { "Change" } th scope="col" { "Was" } th scope="col" { "Is" } th scope="col" { "Rules" } } }
                    tbody { @for one in &since.changed {
                        tr {
                            th scope="row" { bdi { (one.role) } }
                            td { (one.operation) " " bdi { (one.place) } }
                            td { span.badge.warn[one.may_widen].good[!one.may_widen] { (one.word) } }
                            td.text { (ways(&one.was)) }
                            td.text { (ways(&one.is)) }
                            td.text { (list(&one.rules, "none")) }
                        }
                    } }
                }
            }))
        }
    }
}

fn ways(ways: &[String]) -> Markup {
    html! {
        @if ways.is_empty() { "never" }
        @for (index, way) in ways.iter().enumerate() { @if index > 0 { br; "or " } bdi { (way) } }
    }
}

/// What the scenarios show.
pub(super) fn tests(report: &Report) -> Markup {
    let tests = &report.tests;
    html! {
        @if tests.scenarios == 0 { p { "There are no scenarios, so nothing of this was tried." } }
        @else {
            p {
                (count(tests.scenarios, "scenario")) " with " (count(tests.expectations, "expectation"))
                @if tests.failed.is_empty() { ", all of which hold." } @else { "." }
            }
        }
        @if !tests.failed.is_empty() {
            p { span.badge.warn { "These do not hold" } }
            ul { @for one in &tests.failed { li { bdi { (one.file) } ": " bdi { (one.name) } " (" (count(one.expectations, "expectation")) ")" } } }
        }
        @if !tests.unread.is_empty() { p { span.badge.warn { "Files with errors" } " " (list(&tests.unread, "")) } }
        @if !tests.coverage.is_empty() {
            table.coverage {
                caption { "How much of the rules scenarios saw at work" }
                thead { tr { th scope="col" { "What" } th scope="col" { "Seen" } th scope="col" { "Of" } } }
                tbody { @for part in &tests.coverage { tr { th scope="row" { (part.what) } td { (part.seen) } td { (part.of) } } } }
            }
            p.muted { "A rule or a grant is seen where somebody does something by it; a statement where it was true, false and, where it can be, unknown." }
        }
        @if !tests.gaps.is_empty() {
            details {
                summary { (count(tests.gaps.len(), "gap")) }
                ul { @for gap in &tests.gaps { li { bdi { (gap.what) } ": " bdi { (gap.missing) } " " (place(&gap.file, gap.line)) } } }
            }
        }
    }
}

/// What `check` says.
pub(super) fn findings(report: &Report) -> Markup {
    html! {
        @if report.findings.is_empty() { p { code { "rowgate check" } " has nothing to say." } }
        @else {
            ul.findings { @for one in &report.findings {
                li {
                    span.badge.warn[one.severity != "advice"] { (one.severity) } " " code { (one.code) } " " bdi { (one.text) } " " (place(&one.file, one.line))
                }
            } }
        }
    }
}
