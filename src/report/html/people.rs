//! What single people reach: for each the roles and a table of numbers, folded up.

use maud::{Markup, html};

use super::super::data::Report;
use super::super::people::{May, People, Person, Reach, Reached, Who};
use super::anchors::Anchors;
use super::part::{OPERATIONS, list, scrolls};
use crate::diagnostic::{count, count_that};

/// Everybody, place by place.
pub(super) fn section(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        p {
            @if let Some(last) = report.reviews.first() {
                "The rules were last reviewed on " time datetime=(last.reviewed) { (last.reviewed) } " by " bdi { (last.by) }
                @if last.is_same() { ", and are unchanged. " } @else { ", and have changed since. " }
            } @else { "Nobody has reviewed the rules yet. " }
            "A number is of records that are there; to create means that so many of them could be made if they were not there yet. The roles below a number are those by which it is so."
        }
        form id="people-filter" hidden role="search" aria-label="Filter the people" {
            label { "Name, role or table " input type="search" name="who" autocomplete="off"; }
            button type="reset" { "Show all" }
            output aria-live="polite" {}
        }
        @for people in &report.people { (of_place(people, anchors)) }
    }
}

fn of_place(people: &People, anchors: &Anchors<'_>) -> Markup {
    html! {
        h3 { "On the rows of " bdi { (people.place) } @if let Some(at) = &people.at { ", " time datetime=(at) { (at) } } }
        @if let Some(users) = people.users {
            p { span.badge.warn { "Not everybody" } " Only " (count_that(users, "user", "is", "are")) " told of, the first by their keys; " code { "--users" } " asks about more, " code { "--only" } " about single ones." }
        }
        @if !people.cut.is_empty() {
            p { span.badge.warn { "Not every record" } " Of each of these tables, the first " (count_that(people.records, "record", "is", "are")) " counted, by key: " (list(&people.cut, "none")) "." }
        }
        @if people.raw_sql {
            p { span.badge.warn { "Not all is known" } " Raw SQL is taken as denied here; a server might allow more." }
        }
        @if !people.unsaid.is_empty() {
            p { span.badge.warn { "Not all is known" } " No session here has what rules ask for, and each is told as without it: " (list(&people.unsaid.iter().cloned().collect::<Vec<_>>(), "")) ". " code { "--claims" } " and " code { "--session" } " say it." }
        }
        @if let Some(otherwise) = &people.otherwise {
            p { span.badge.warn { "Not what is in force" } " This is by the rules of the folder, and " (otherwise) ". " code { "rowgate verify" } " lists what is otherwise." }
        }
        @if !people.said.is_empty() { p.muted { "Each session of somebody has: " (list(&people.said, "")) "." } }
        @for person in &people.people { (of_person(person, anchors)) }
        @if !people.nothing.is_empty() { p.muted { "Hold no role and reach nothing: " (list(&people.nothing.iter().map(Who::to_string).collect::<Vec<_>>(), "")) "." } }
    }
}

fn of_person(person: &Person, anchors: &Anchors<'_>) -> Markup {
    html! {
        details.person {
            summary {
                bdi { (person.who.who) } @if let Some(name) = &person.who.name { " " bdi { (name) } } " "
                span.muted { "– " (list(&person.roles, "no role of the project")) ", " (count(person.tables.len(), "table")) }
            }
            @if person.tables.is_empty() { p { "Reaches no record." } }
            @else {
                (scrolls(&format!("What {} reaches", person.who), &html! {
                    table.matrix {
                        thead { tr { th scope="col" { "Table" } @for operation in OPERATIONS { th scope="col" { (operation) } } } }
                        tbody { @for reach in &person.tables { (of_table(reach, anchors)) } }
                    }
                }))
            }
            @for May { action, when } in &person.actions {
                p { "May do " code { (action) } @if !when.is_empty() { " when " (when) } }
            }
        }
    }
}

fn of_table(reach: &Reach, anchors: &Anchors<'_>) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "#" (anchors.table(&reach.table)) } { bdi { (reach.table) } } }
            @for cell in &reach.cells { (of_cell(cell, reach.of)) }
        }
    }
}

fn of_cell(cell: &Reached, of: usize) -> Markup {
    let roles: Vec<String> = cell.roles.iter().cloned().collect();
    html! {
        td class=(if cell.records == 0 { "never" } else if cell.records == of && !cell.some_fields { "always" } else { "when" }) {
            @if cell.records == 0 { "none" }
            @else {
                (cell.records) " of " (of) @if cell.some_fields { ", some fields" }
                div.by { (list(&roles, "an exception")) }
            }
        }
    }
}
