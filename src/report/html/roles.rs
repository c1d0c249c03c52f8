//! Roles, memberships and classes of fields.

use maud::{Markup, html};

use super::super::data::Report;
use super::super::roles::{Given, Role};
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
                } }
                tbody { @for role in &report.roles { (of_role(role, anchors)) } }
            }
        }))
        (giving(report, anchors))
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
    html! {
        tr id=(anchors.role(&role.name)) {
            th scope="row" { bdi { (role.name) } }
            td.text { bdi { (role.held) } }
            td { (links(&role.includes, anchors)) }
            td { (links(&role.held_by, anchors)) }
        }
    }
}

fn links(names: &[String], anchors: &Anchors<'_>) -> Markup {
    html! {
        @if names.is_empty() { span.none { "none" } }
        @for (index, name) in names.iter().enumerate() {
            @if index > 0 { ", " }
            a href={ "#" (anchors.role(name)) } { bdi { (name) } }
        }
    }
}

/// Who writes what decides about roles: each way once, with the roles that it decides about.
fn giving(report: &Report, anchors: &Anchors<'_>) -> Markup {
    let mut ways: Vec<(&Given, Vec<String>)> = Vec::new();
    for role in &report.roles {
        for given in &role.given {
            match ways.iter_mut().find(|(known, _)| *known == given) {
                Some((_, decided)) => decided.push(role.name.clone()),
                None => ways.push((given, vec![role.name.clone()])),
            }
        }
    }
    html! {
        h3 { "Who gives and takes roles" }
        p {
            "These roles may write what others are read from, of some records at least: under which conditions is said in the matrix. A role that the session's token tells is given by "
            "whoever makes the token, a database role by whoever may grant it."
        }
        @if ways.is_empty() { p { "Nobody does by these rules." } }
        @else {
            (scrolls("Who gives and takes roles", &html! {
                table {
                    thead { tr { th scope="col" { "By" } th scope="col" { "Who" } th scope="col" { "Decides about" } } }
                    tbody { @for (given, decided) in &ways {
                        tr {
                            th scope="row" { bdi { (given.what) } }
                            td.text { (links(&given.roles, anchors)) }
                            td.text { (links(decided, anchors)) }
                        }
                    } }
                }
            }))
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
