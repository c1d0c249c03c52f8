//! What is around the sections: the head, the heading, the numbers, the list of contents.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::data::{KIND, Report};
use super::inline::{SCRIPT, STYLE, policy};
use crate::diagnostic::{count, count_that};

/// From so many tables on, a browser draws what is looked at, and finds places of the rest less exactly.
const MANY: usize = 100;

/// The whole page.
pub(super) fn page(report: &Report, parts: &[(&'static str, &'static str, Markup)]) -> Markup {
    html! {
        (DOCTYPE)
        html.large[report.tables.len() > MANY] lang="en" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(KIND);
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (report.project) " – access report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "Skip to content" }
                header.top {
                    p.kicker { "Access report" }
                    h1 { bdi { (report.project) } }
                    p.lead {
                        (count(report.summary.rules, "rule")) " for " (count(report.summary.roles, "role")) " on "
                        (count(report.summary.tables, "table"))
                        @if report.summary.closed > 0 { ", and " (count(report.summary.closed, "table")) " closed to all" }
                        ". Who somebody is, is told by " bdi { (report.summary.identity) } "."
                    }
                    (tiles(report))
                }
                div.columns {
                    nav aria-label="Contents" {
                        ul { @for (id, heading, _) in parts { li { a href={ "#" (id) } { (heading) } } } }
                    }
                    main id="main" tabindex="-1" {
                        @for (id, heading, content) in parts {
                            section id=(id) aria-labelledby={ (id) "-heading" } {
                                h2 id={ (id) "-heading" } { (heading) }
                                (content)
                            }
                        }
                    }
                }
                footer { p { "Made by rowgate from the rules themselves. The page is one file: it loads nothing and sends nothing." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// What one looks for first.
fn tiles(report: &Report) -> Markup {
    let of = |severity: &str| report.findings.iter().filter(|one| one.severity == severity).count();
    let tests = &report.tests;
    let (rules, last) = (tests.coverage.first(), report.reviews.first());
    html! {
        dl.tiles {
            div {
                dt { "Findings" }
                dd {
                    a href="#findings" {
                        @match (of("error"), of("warning")) {
                            (0, 0) => { "No warnings" }
                            (0, warnings) => { (count(warnings, "warning")) }
                            (errors, warnings) => { (count(errors, "error")) ", " (count(warnings, "warning")) }
                        }
                    }
                }
            }
            div {
                dt { "Tests" }
                dd {
                    a href="#tests" {
                        @if tests.scenarios == 0 { "No scenarios" }
                        @else if tests.failed.is_empty() { (count_that(tests.scenarios, "scenario", "holds", "hold")) }
                        @else { (tests.failed.len()) " of " (count(tests.scenarios, "scenario")) @if tests.failed.len() == 1 { " fails" } @else { " fail" } }
                    }
                }
            }
            div {
                dt { "Rules seen at work" }
                dd {
                    a href="#tests" {
                        @if let Some(part) = rules { (part.seen) " of " (part.of) } @else { "Not known" }
                    }
                }
            }
            div {
                dt { "Last review" }
                dd {
                    a href="#reviews" {
                        @if let Some(last) = last {
                            (last.reviewed) ", "
                            @if last.is_same() { "unchanged" } @else { "changed since" }
                        } @else { "Never" }
                    }
                }
            }
        }
    }
}
