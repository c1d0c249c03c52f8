//! Roles, memberships and classes of fields.

use maud::{Markup, html};

use super::super::data::Report;
use super::super::roles::Role;
use super::anchors::Anchors;
use super::part::{list, scrolls};
use super::picture;

/// A picture of what includes what, and the same in words.
pub(super) fn section(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        (picture::roles(report, anchors))
        (scrolls("Roles", &html! {
            table.roles {
                thead { tr {
                    th scope="col" { "Role" } th scope="col" { "Held by" } th scope="col" { "Includes" } th scope="col" { "Included by" }
                    th scope="col" { "Who can give or take it" }
                } }
                tbody { @for role in &report.roles { (of_role(role, anchors)) } }
            }
        }))
        @if !report.memberships.is_empty() {
            h3 { "Memberships" }
            (scrolls("Memberships", &html! {
                table {
                    thead { tr {
                        th scope="col" { "Membership" } th scope="col" { "Table" } th scope="col" { "User" } th scope="col" { "Within" } th scope="col" { "Counts where" }
                    } }
                    tbody { @for one in &report.memberships {
                        tr {
                            th scope="row" { bdi { (one.name) } }
                            td { a href={ "#" (anchors.table(&one.table)) } { bdi { (one.table) } } }
                            td.text { bdi { (one.user) } }
                            td {
                                bdi { (one.within.as_deref().unwrap_or("everywhere")) }
                                @if let Some(below) = &one.below { ", and all beneath by " bdi { (below) } }
                            }
                            td.text { bdi { (one.condition.as_deref().unwrap_or("always")) } }
                        }
                    } }
                }
            }))
        }
    }
}

fn of_role(role: &Role, anchors: &Anchors<'_>) -> Markup {
    let link = |names: &[String]| {
        html! {
            @if names.is_empty() { span.none { "none" } }
            @for (index, name) in names.iter().enumerate() {
                @if index > 0 { ", " }
                a href={ "#" (anchors.role(name)) } { bdi { (name) } }
            }
        }
    };
    html! {
        tr id=(anchors.role(&role.name)) {
            th scope="row" { bdi { (role.name) } }
            td.text { bdi { (role.held) } }
            td { (link(&role.includes)) }
            td { (link(&role.held_by)) }
            td.text {
                @match role.by {
                    "everybody" | "signed in" => { "nobody: it is no role of its own" }
                    "claim" => { "whoever makes the session's token" }
                    "database role" => { "whoever may grant the database role" }
                    _ => {
                        @if role.given.is_empty() { "nobody by these rules" }
                        @for given in &role.given { div { bdi { (given.what) } ": " (link(&given.roles)) } }
                    }
                }
            }
        }
    }
}

/// What kind of data is where, and who reaches it.
pub(super) fn classes(report: &Report, anchors: &Anchors<'_>) -> Markup {
    html! {
        @for class in &report.classes {
            h3 { bdi { (class.name) } }
            (scrolls(&format!("Fields of the class {}", class.name), &html! {
                table {
                    thead { tr {
                        th scope="col" { "Field" } th scope="col" { "Seen in every record by" } th scope="col" { "Seen in some records by" } th scope="col" { "Written by" }
                    } }
                    tbody { @for field in &class.fields {
                        tr {
                            th scope="row" { a href={ "#" (anchors.table(&field.table)) } { bdi { (field.table) } } "." bdi { (field.field) } }
                            td.text { (list(&field.read, "nobody")) }
                            td.text { (list(&field.read_some, "nobody")) }
                            td.text { (list(&field.written_by, "nobody")) }
                        }
                    } }
                }
            }))
        }
    }
}
