//! The matrix: filters, and for each table its rows and the notes behind them.

use maud::{Markup, html};

use super::super::access::{Cell, Note, Row, Table};
use super::super::data::Report;
use super::anchors::Anchors;
use super::part::{OPERATIONS, list, scrolls};

/// All tables.
pub(super) fn section(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        p {
            "Each role is looked at alone, with all that it includes. Whoever holds several roles may do what they allow together, and nothing that none of them allows. "
            "Roles that may do the same are one row."
        }
        (legend())
        (filters(report))
        @for table in &report.tables { (of_table(table, anchors)) }
        p id="nothing" hidden { "Nothing fits these filters." }
    }
}

fn legend() -> Markup {
    html! {
        dl.legend {
            @for (answer, words) in [
                ("always", "every record, every field"),
                ("only", "every record, some fields"),
                ("when", "under the condition of a note"),
                ("never", "no record"),
            ] {
                div { dt { (mark(answer)) " " (answer) } dd { (words) } }
            }
        }
    }
}

/// Shown by the script, without which they would do nothing.
fn filters(report: &Report) -> Markup {
    html! {
        form id="filters" hidden role="search" aria-label="Filter the matrix and the rules" {
            label { "Role " select name="role" {
                option value="" { "All" }
                @for role in &report.roles { option value=(role.name) { (role.name) } }
            } }
            label { "Table " select name="table" {
                option value="" { "All" }
                @for table in &report.tables { option value=(table.name) { (table.name) } }
            } }
            label { "Operation " select name="operation" {
                option value="" { "All" }
                @for operation in OPERATIONS { option value=(operation) { (operation) } }
            } }
            label { "Text " input type="search" name="text" autocomplete="off"; }
            button type="reset" { "Show all" }
            output aria-live="polite" {}
        }
    }
}

fn of_table(table: &Table, anchors: &Anchors<'_>) -> Markup {
    let id = anchors.table(&table.name);
    html! {
        section.table id=(id) data-table=(table.name) aria-labelledby={ (id) "-heading" } {
            h3 id={ (id) "-heading" } { bdi { (table.name) } }
            @if let Some(reason) = &table.closed {
                p { span.badge.good { "Closed" } " Nobody may do anything here: " bdi { (reason) } }
            } @else {
                (scrolls(&format!("What each role may do with {}", table.name), &grid(table, id, anchors)))
                @if !table.notes.is_empty() {
                    ol.notes { @for (number, note) in table.notes.iter().enumerate() {
                        li id={ (id) "-note-" (number + 1) } { (of_note(table, note, anchors)) }
                    } }
                }
            }
            @for (operation, fields) in &table.sets {
                p.muted {
                    "The database fills in at " (operation) ": "
                    @for (index, (field, value)) in fields.iter().enumerate() { @if index > 0 { ", " } bdi { (field) } " with " bdi { (value) } }
                    "."
                }
            }
            @for call in &table.calls {
                p.muted {
                    "By calling " a href="#actions" { bdi { (call.action) } } ", " (list(&call.roles, "nobody")) " may " (call.operation) " ("
                    (list(&call.fields, "no field")) ")" @if call.operation == "update" { " where" } " " bdi { (call.condition) } "."
                }
            }
        }
    }
}

fn grid(table: &Table, id: &str, anchors: &Anchors<'_>) -> Markup {
    html! {
        table.matrix {
            thead { tr {
                th scope="col" { "Role" }
                @for operation in OPERATIONS { th scope="col" data-op=(operation) { (operation) } }
            } }
            tbody { @for row in &table.rows { (of_row(row, id, anchors)) } }
        }
    }
}

fn of_row(row: &Row, id: &str, anchors: &Anchors<'_>) -> Markup {
    html! {
        tr.nothing[row.is_nothing()] data-roles=(row.roles.join("\n")) {
            th scope="row" {
                @for (index, role) in row.roles.iter().enumerate() {
                    @if index > 0 { ", " }
                    a href={ "#" (anchors.role(role)) } { bdi { (role) } }
                }
            }
            @for (operation, cell) in std::iter::zip(OPERATIONS, &row.cells) {
                td class=(cell.answer) data-op=(operation) { (of_cell(cell, id)) }
            }
        }
    }
}

fn of_cell(cell: &Cell, id: &str) -> Markup {
    html! {
        (mark(cell.answer)) " " (cell.answer)
        @for note in &cell.notes { " " a.note href={ "#" (id) "-note-" (note + 1) } aria-label={ "note " (note + 1) } { (note + 1) } }
    }
}

/// A sign beside the word; nobody needs it to understand the cell.
fn mark(answer: &str) -> Markup {
    let sign = match answer {
        "always" => "\u{25cf}",
        "only" => "\u{25e7}",
        "when" => "\u{25d0}",
        _ => "\u{2013}",
    };
    html! { span.mark aria-hidden="true" { (sign) } }
}

fn of_note(table: &Table, note: &Note, anchors: &Anchors<'_>) -> Markup {
    html! {
        @match &note.condition {
            Some(condition) => { bdi { (condition) } }
            None => { "every record" }
        }
        @if let Some(fields) = &note.fields { span.fields { " \u{2014} " @if fields.len() == 1 { "field " } @else { "fields " } (list(fields, "none")) } }
        span.by {
            " \u{2014} by "
            @for (index, rule) in note.rules.iter().enumerate() {
                @if index > 0 { ", " }
                a href={ "#" (anchors.rule_of(&table.name, rule)) } { bdi { (rule) } }
            }
        }
    }
}
