//! Faults of what looks beyond the record, is a list, or is filled in: each a replacement in single statements, or a project whose configuration says less. In: a statement of an object, or a state.
//! Out: as an emitter with that fault would write it; the same where it has nothing of it.

use rowgate::objects::{Kind, Recorded as Object};

use super::super::generate::Project;
use super::super::server::compile;
use super::Texts;
use super::replace::{arguments, replaced};

/// Rows of the user that were looked up are not compared with the record.
pub fn rows_not_compared(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "EXISTS (SELECT 1", |inner, _| {
        inner.trim_start().starts_with("FROM unnest((SELECT rowgate.").then(|| "true".to_owned())
    })
}

/// What a statement changes is asked of the database as it was when the statement began.
pub fn not_anew(object: &Object, one: &str) -> String {
    if object.kind == Kind::Function {
        one.replace("VOLATILE SECURITY DEFINER", "STABLE SECURITY DEFINER")
    } else {
        one.to_owned()
    }
}

pub fn no_lock(_: &Object, one: &str) -> String {
    one.lines().filter(|line| !line.contains("PERFORM pg_advisory_xact_lock")).collect::<Vec<_>>().join("\n")
}

/// A tree is followed for one step.
pub fn one_step_up(_: &Object, one: &str, _: &Project) -> String {
    one.replace("= reached.next", "= reached.next AND false")
}

pub fn one_step_down(_: &Object, one: &str, _: &Project) -> String {
    one.replace("= reached.key", "= reached.key AND false")
}

pub fn one_step_beneath(_: &Object, one: &str, _: &Project) -> String {
    one.replace("= beneath.key", "= beneath.key AND false").replace("= above.key", "= above.key AND false")
}

/// Any list of permissions has the one that is asked for.
pub fn any_permission(_: &Object, one: &str, _: &Project) -> String {
    ["see", "edit"].iter().fold(one.to_owned(), |one, name| {
        one.replace(&format!(".permissions @> '[\"{name}\"]'::jsonb"), ".permissions IS NOT NULL")
    })
}

/// All of nothing is had by every list.
pub fn all_of_nothing(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "nullif(", |inner, _| match arguments(inner)[..] {
        [list, "'{}'"] => Some(list.to_owned()),
        _ => None,
    })
}

/// Of a key of several columns each part is looked for alone.
pub fn parts_apart(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "IN (SELECT listed.", |_, _| Some("IS NOT NULL".to_owned()))
}

/// What is set fills in what is empty.
pub fn fills_only(object: &Object, one: &str, _: &Project) -> String {
    if object.kind != Kind::Function || !object.name.contains("fill_") {
        return one.to_owned();
    }
    let mut parts = one.split("\n  NEW.");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let filled = part.split_once(" := ").and_then(|(column, rest)| {
            let (value, rest) = rest.split_once(";\n")?;
            Some(format!("{column} := coalesce(NEW.{column}, {value});\n{rest}"))
        });
        text.push_str("\n  NEW.");
        text.push_str(filled.as_deref().unwrap_or(part));
    }
    text
}

/// Where statements may name every column, nothing closes those that no grant names.
pub fn open_to_updates(object: &Object, one: &str, _: &Project) -> String {
    match object.kind == Kind::Trigger && object.name.contains("closed_update") {
        true => one.replacen("row_security_active(", "false AND row_security_active(", 1),
        false => one.to_owned(),
    }
}

/// A derived value is cast as it is.
pub fn derived_as_it_is(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "substring(", |inner, _| match arguments(inner)[..] {
        [text, pattern] if pattern.contains('^') && text.contains("COLLATE") => Some(format!("nullif({text}, '')")),
        _ => None,
    })
}

/// What the record was is not compared with what it is.
pub fn nothing_former(object: &Object, one: &str, _: &Project) -> String {
    if object.kind != Kind::Function || !object.name.contains("_update_") {
        return one.to_owned();
    }
    const OPERATORS: [&str; 8] = [" = ", " <> ", " <= ", " >= ", " < ", " > ", " OPERATOR(ext.=) ", " OPERATOR(ext.<>) "];
    let name = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let (mut done, mut rest) = (String::new(), one);
    while let Some(at) = rest.find("after.") {
        let behind = &rest[at + "after.".len()..];
        let behind = &behind[name(behind)..];
        let other = OPERATORS.iter().find_map(|operator| behind.strip_prefix(operator)?.strip_prefix("before."));
        match other {
            Some(other) => {
                done.push_str(&rest[..at]);
                done.push_str("true");
                rest = &other[name(other)..];
            }
            None => {
                done.push_str(&rest[..at + "after.".len()]);
                rest = &rest[at + "after.".len()..];
            }
        }
    }
    done + rest
}

/// Memberships count for whomever their column names, whatever else their condition says.
pub fn no_holder(_: &Texts, project: &Project) -> Result<Texts, String> {
    let start = project.config.find("holder: '");
    let end = start.and_then(|start| Some(start + project.config[start..].find(", within")?));
    with_config(
        project,
        match (start, end) {
            (Some(start), Some(end)) => format!("{}user: user_id{}", &project.config[..start], &project.config[end..]),
            _ => project.config.clone(),
        },
    )
}

/// Memberships count where they are, and not beneath.
pub fn not_below(_: &Texts, project: &Project) -> Result<Texts, String> {
    with_config(project, project.config.replace(", below: parent_id", ""))
}

/// Which memberships count depends on nothing.
pub fn no_filter(_: &Texts, project: &Project) -> Result<Texts, String> {
    let start = project.config.find(", where: ").unwrap_or(project.config.len());
    let (head, rest) = project.config.split_at(start);
    let end = [", below: ", " }\n"].iter().filter_map(|end| rest.find(end)).min().unwrap_or(rest.len());
    with_config(project, format!("{head}{}", &rest[end..]))
}

fn with_config(project: &Project, config: String) -> Result<Texts, String> {
    let other = Project { config, ..project.clone() };
    Ok(Texts::of(&compile(&other)?.state().ok_or("no state")?))
}
