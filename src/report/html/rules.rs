//! Rules with their texts, words, tests and policies; boundaries, delegation, actions, assertions.

use maud::{Markup, html};

use super::super::data::Report;
use super::super::rules::{Policy, Rule};
use super::anchors::Anchors;
use super::part::{OPERATIONS, list, place, scrolls};
use crate::diagnostic::count;

/// All rules, table by table, and below them the policies.
pub(super) fn section(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let policies: Vec<(usize, &Policy)> = report.policies.iter().enumerate().collect();
    html! {
        @for rules in report.rules.chunk_by(|one, other| one.table == other.table) {
            @let table = rules[0].table.as_str();
            @let of_table: Vec<&(usize, &Policy)> = policies.iter().filter(|(_, policy)| policy.table == table).collect();
            div.rules data-table=(table) {
                h3 { a href={ "#" (anchors.table(table)) } { bdi { (table) } } }
                @for rule in rules { (of_rule(rule, &of_table, anchors)) }
                @if !of_table.is_empty() {
                    details {
                        summary { "SQL: " (count(of_table.len(), "policy")) " on " bdi { (table) } }
                        @for (position, policy) in &of_table { (of_policy(*position, policy, anchors)) }
                    }
                }
            }
        }
    }
}

fn of_rule(rule: &Rule, policies: &[&(usize, &Policy)], anchors: &Anchors<'_>) -> Markup {
    let mut carried: Vec<_> = policies.iter().filter(|(_, policy)| policy.rules.contains(&rule.id)).collect();
    carried.sort_by_key(|(_, policy)| OPERATIONS.iter().position(|word| *word == policy.operation));
    html! {
        article.rule id=(anchors.rule(&rule.id)) {
            h4 { bdi { (rule.name) } " " (place(&rule.file, rule.line)) }
            div.sides {
                pre tabindex="0" aria-label="The rule as it is written" { code { (rule.text) } }
                dl {
                    dt { "For" } dd { bdi { (rule.roles) } }
                    @if !rule.filters.is_empty() { dt { "Where" } dd { @for filter in &rule.filters { div { bdi { (filter) } } } } }
                    dt { "Allows" } dd { @for grant in &rule.grants { div { bdi { (grant) } } } }
                    @if !rule.remarks.is_empty() { dt { "Understood as" } dd { @for remark in &rule.remarks { div { bdi { (remark) } } } } }
                    @if !rule.delegates.is_empty() { dt { "Asks" } dd { (list(&rule.delegates, "")) } }
                    dt { "Becomes" }
                    dd {
                        @if carried.is_empty() { "nothing: nobody can use it" }
                        @for (index, (position, policy)) in carried.iter().enumerate() {
                            @if index > 0 { ", " }
                            a href={ "#" (anchors.policy(*position)) } { (policy.operation) " by " bdi { (policy.role) } }
                        }
                    }
                    dt { "Tests" }
                    dd {
                        @if rule.tests.is_empty() { span.badge.warn { "No scenario uses it" } }
                        @else {
                            details {
                                summary { (count(rule.tests.len(), "scenario")) }
                                ul { @for test in &rule.tests { li { bdi { (test) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn of_policy(position: usize, policy: &Policy, anchors: &Anchors<'_>) -> Markup {
    html! {
        div.policy id=(anchors.policy(position)) {
            h4 { (policy.operation) " by " bdi { (policy.role) } }
            @if !policy.boundaries.is_empty() { p.muted { "Within " a href="#boundaries" { (list(&policy.boundaries, "")) } } }
            pre tabindex="0" aria-label="The policy as SQL" { code { (policy.sql.trim_end()) } }
        }
    }
}

/// What every role is held to.
pub(super) fn boundaries(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        p { "A boundary holds for every role, whatever else is granted." }
        @for boundary in &report.boundaries {
            h3 { bdi { (boundary.name) } " " (place(&boundary.file, boundary.line)) }
            @if let Some(operations) = &boundary.operations { p { "Limits " (operations) " alone." } }
            (scrolls(&format!("The boundary {}", boundary.name), &html! {
                table {
                    thead { tr { th scope="col" { "Table" } th scope="col" { "Records must match" } th scope="col" { "Except for" } } }
                    tbody { @for clause in &boundary.clauses {
                        tr {
                            th scope="row" { a href={ "#" (anchors.table(&clause.table)) } { bdi { (clause.table) } } }
                            td.text { bdi { (clause.condition) } }
                            td.text { @if clause.except.is_empty() { "nobody" } @else { bdi { (clause.except) } } }
                        }
                    } }
                }
            }))
        }
    }
}

/// Whether something asks for the access to another record.
pub(super) fn delegates(report: &Report) -> bool {
    let clauses = report.boundaries.iter().flat_map(|boundary| &boundary.clauses);
    report.rules.iter().any(|rule| !rule.delegates.is_empty()) || clauses.into_iter().any(|clause| !clause.delegates.is_empty())
}

/// Who asks for the access to which other records.
pub(super) fn delegation(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        p { "These rules let the access to another record decide, with all that the rules say of that one." }
        (scrolls("Delegation", &html! {
            table {
                thead { tr { th scope="col" { "Table" } th scope="col" { "Rule or boundary" } th scope="col" { "Asks" } } }
                tbody {
                    @for rule in report.rules.iter().filter(|rule| !rule.delegates.is_empty()) {
                        tr {
                            th scope="row" { a href={ "#" (anchors.table(&rule.table)) } { bdi { (rule.table) } } }
                            td.text { a href={ "#" (anchors.rule(&rule.id)) } { bdi { (rule.name) } } }
                            td.text { (list(&rule.delegates, "")) }
                        }
                    }
                    @for boundary in &report.boundaries { @for clause in boundary.clauses.iter().filter(|clause| !clause.delegates.is_empty()) {
                        tr {
                            th scope="row" { a href={ "#" (anchors.table(&clause.table)) } { bdi { (clause.table) } } }
                            td.text { a href="#boundaries" { bdi { (boundary.name) } } }
                            td.text { (list(&clause.delegates, "")) }
                        }
                    } }
                }
            }
        }))
    }
}

/// What can be done by a call.
pub(super) fn actions(report: &Report) -> Markup {
    html! {
        p { "An action does what it says for whoever may call it, whatever the rules grant." }
        @for action in &report.actions {
            h3 { bdi { (action.name) } }
            pre tabindex="0" aria-label="The action in words" { code { (action.text.trim_end()) } }
        }
    }
}

/// What the rules must never allow.
pub(super) fn never(report: &Report) -> Markup {
    html! {
        p { "Tried by " code { "rowgate check" } " on the rows of the test files." }
        ul { @for one in &report.never { li { bdi { (one.text) } " " (place(&one.file, one.line)) } } }
    }
}
