//! Faults that are a replacement in single statements. In: a statement of an object. Out: the statement as an emitter with that fault would write
//! it; the same where it has nothing of it.

use rowgate::objects::quote::identifier;
use rowgate::objects::{Kind, Recorded as Object};

use super::super::generate::Project;
use crate::mutations::{closing, groups, operands};

const PATH: &str = "SET search_path = pg_catalog, pg_temp";

pub fn empty_path(_: &Object, one: &str, _: &Project) -> String {
    one.replace(PATH, "SET search_path = ''")
}

pub fn no_path(_: &Object, one: &str, _: &Project) -> String {
    one.replace(&format!("\n  {PATH}"), "")
}

/// Of a table all of whose columns some grant names.
pub fn whole_table(object: &Object, one: &str, project: &Project) -> String {
    let Some(table) = of_project(object, project).filter(|_| object.kind == Kind::Privileges && one.starts_with("GRANT")) else {
        return one.to_owned();
    };
    let names: Vec<String> = table.columns.iter().map(|column| identifier(&column.name).into_owned()).collect();
    let all = format!(" ({})", names.join(", "));
    one.replace(&format!("INSERT{all}"), "INSERT").replace(&format!("UPDATE{all}"), "UPDATE")
}

fn of_project<'a>(object: &Object, project: &'a Project) -> Option<&'a super::super::schema::Table> {
    let name = object.table.as_deref()?.strip_prefix("public.")?;
    project.schema.tables.iter().find(|table| table.name == name)
}

pub fn bare_operators(_: &Object, one: &str, _: &Project) -> String {
    bare(one, |_| true)
}

pub fn bare_operators_of_elements(_: &Object, one: &str, _: &Project) -> String {
    bare(one, |rest| rest.starts_with(" ANY (") || rest.starts_with(" ALL ("))
}

fn bare(one: &str, is_meant: impl Fn(&str) -> bool) -> String {
    const START: &str = "OPERATOR(ext.";
    replaced(one, START, |inner, rest| is_meant(rest).then(|| inner.to_owned()))
}

/// Replaces what begins with `start`, up to the parenthesis that closes it, by what is made of the part between, and of what follows.
pub fn replaced(text: &str, start: &str, make: impl Fn(&str, &str) -> Option<String>) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(start) {
        let inner = &rest[at + start.len()..];
        let Some(end) = closing(inner) else { break };
        let after = &inner[end + 1..];
        done.push_str(&rest[..at]);
        match make(&inner[..end], after) {
            Some(new) => {
                done.push_str(&new);
                rest = after;
            }
            None => {
                done.push_str(start);
                rest = inner;
            }
        }
    }
    done + rest
}

/// What stands between the commas that are in no parentheses and no quotes.
pub fn arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut start) = (0usize, false, 0);
    let mut found = Vec::new();
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' | b'[' if !quoted => depth += 1,
            b')' | b']' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                found.push(text[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(text[start..].trim());
    found
}

const HAS_ROLE: &str = "pg_has_role(current_user, ";

pub fn steps_of_roles_only(object: &Object, one: &str, _: &Project) -> String {
    let roles: Vec<&str> = one.split(HAS_ROLE).skip(1).filter_map(|rest| rest.split(',').next()).collect();
    if object.kind != Kind::Trigger || roles.is_empty() {
        return one.to_owned();
    }
    let any: Vec<String> = roles.iter().map(|role| format!("{HAS_ROLE}{role}, 'USAGE')")).collect();
    one.replacen("row_security_active(", &format!("({}) AND row_security_active(", any.join(" OR ")), 1)
}

pub fn steps_of_any_role(object: &Object, one: &str, _: &Project) -> String {
    // With one role there is no other.
    if object.kind != Kind::Trigger || one.matches(HAS_ROLE).count() < 2 {
        return one.to_owned();
    }
    replaced(one, HAS_ROLE, |_, _| Some("true".to_owned()))
}

pub fn printed(_: &Object, one: &str, _: &Project) -> String {
    let told = |inner: &str, operator: &str| {
        let rows: Vec<String> = arguments(inner).iter().map(|row| format!("{row}::text")).collect();
        Some(format!("({})", rows.join(operator)))
    };
    let one = replaced(one, "record_image_eq(", |inner, _| told(inner, " IS NOT DISTINCT FROM "));
    if one.contains("EXECUTE format(") {
        return one;
    }
    replaced(&one, "record_image_ne(", |inner, _| told(inner, " IS DISTINCT FROM "))
}

/// By column; one whose type has no such operator stays as it was.
pub fn equal(object: &Object, one: &str, project: &Project) -> String {
    let Some(table) = of_project(object, project).filter(|_| object.kind == Kind::Trigger && !one.starts_with("DO")) else {
        return one.to_owned();
    };
    let told = |inner: &str| -> Option<String> {
        let rows = arguments(inner);
        let row = |index: usize| rows.get(index)?.strip_prefix("ROW(")?.strip_suffix(')').map(arguments);
        let (left, right) = (row(0)?, row(1)?);
        let columns = left.iter().zip(right).map(|(left, right)| {
            let name = left.split_once('.').map_or("", |(_, name)| name);
            match table.columns.iter().find(|column| column.name == name) {
                Some(column) if column.r#type != "point" => format!("{left} IS NOT DISTINCT FROM {right}"),
                _ => format!("record_image_eq (ROW({left}), ROW({right}))"),
            }
        });
        Some(columns.collect::<Vec<_>>().join(" AND "))
    };
    let one = replaced(one, "record_image_eq(", |inner, _| told(inner).map(|all| format!("({all})")));
    replaced(&one, "record_image_ne(", |inner, _| told(inner).map(|all| format!("(NOT ({all}))")))
}

pub fn untied(object: &Object, one: &str, _: &Project) -> String {
    if object.kind != Kind::Policy {
        return one.to_owned();
    }
    let one = replaced(one, "EXISTS (SELECT 1\n", |inner, _| inner.contains("pg_trigger").then(|| "true".to_owned()));
    // Nothing but the tie has a row of columns in a policy.
    replaced(&one, "ROW(", |_, rest| rest.starts_with(" IS NULL").then(|| "(true)".to_owned()))
}

pub fn asked_before(object: &Object, one: &str, _: &Project) -> String {
    match object.kind {
        Kind::Trigger if one.starts_with("CREATE TRIGGER") => one.replacen(" AFTER ", " BEFORE ", 1),
        _ => one.to_owned(),
    }
}

pub fn json_null(_: &Object, one: &str, _: &Project) -> String {
    one.replace("'null'::jsonb)", "NULL::jsonb)")
        .replace("END) AS element\n", "END) AS element\n    WHERE jsonb_typeof(element) = 'string'\n")
}

pub fn unguarded(object: &Object, one: &str, project: &Project) -> String {
    let one = sees_little(object, one, project);
    if object.kind != Kind::Function {
        return one;
    }
    let (start, end) = ("IF current_user <> ", " THEN\n    RAISE EXCEPTION 'a look-up has lost");
    let one = match (one.find(start), one.find(end)) {
        (Some(from), Some(to)) if from < to => format!("{}IF false{}", &one[..from], &one[to..]),
        _ => one,
    };
    one.replace("1 / (length(current_user) - length(current_user))", "1")
}

pub fn sees_little(object: &Object, one: &str, _: &Project) -> String {
    match one.split_once("DECLARE\n  looked_up regclass;\n") {
        Some((head, _)) if object.kind == Kind::Function => format!("{head}BEGIN\n  RETURN tables;\nEND\n$rowgate$"),
        _ => one.to_owned(),
    }
}

pub fn transaction_start(_: &Object, one: &str, _: &Project) -> String {
    one.replace("statement_timestamp()", "now()")
}

/// Beside a negated question: that a claim is there, that the user's row has a value.
pub fn no_operands(object: &Object, one: &str, _: &Project) -> String {
    if !matches!(object.kind, Kind::Policy | Kind::View) || !one.starts_with("CREATE") {
        return one.to_owned();
    }
    let whole = one.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = whole.clone();
    let from_outside = |part: &&str| {
        let marks = ["'word'", "'words'", "deep", "rowgate.user_"];
        part.ends_with(" IS NOT NULL") && marks.iter().any(|mark| part.contains(mark)) && !part.contains(" AND ")
    };
    let is_negated = |part: &&str| (part.starts_with("NOT ") && part.contains("rowgate.")) || part.contains(" <> ALL (");
    while let Some(shorter) = groups(&text).into_iter().find_map(|(start, end)| {
        let parts = operands(&text[start..end]);
        let kept: Vec<&str> = parts.iter().copied().filter(|part| !from_outside(part)).collect();
        let is_meant = kept.len() < parts.len() && kept.iter().any(is_negated);
        is_meant.then(|| format!("{}{}{}", &text[..start], kept.join(" AND "), &text[end..]))
    }) {
        text = shorter;
    }
    if text == whole { one.to_owned() } else { text }
}

pub fn moves(object: &Object, one: &str, _: &Project) -> String {
    let is_meant = object.kind == Kind::Trigger && object.name.contains("rowgate_move");
    if is_meant { "SELECT 'records may move'".to_owned() } else { one.to_owned() }
}

pub fn not_always(_: &Object, one: &str, _: &Project) -> String {
    one.replace("ENABLE ALWAYS TRIGGER", "ENABLE TRIGGER").replace("pg_trigger.tgenabled = 'A'", "pg_trigger.tgenabled = 'O'")
}

pub fn no_barrier(_: &Object, one: &str, _: &Project) -> String {
    one.replace("security_barrier = true", "security_barrier = false")
}

/// As they are: `substring(text, '^…$')::type` is `nullif(text, '')::type`.
pub fn casts(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "substring(", |inner, _| {
        let parts = arguments(inner);
        let [text, pattern] = parts[..] else { return None };
        pattern.contains('^').then(|| format!("nullif({text}, '')"))
    })
}

pub fn refused_late(object: &Object, one: &str) -> String {
    let (start, middle) = ("AND CASE\n        WHEN ", "\n        THEN rowgate.refuse_step_");
    match (one.find(start), one.find(middle)) {
        (Some(from), Some(to)) if object.kind == Kind::Trigger && from < to => {
            let rest = one[to + middle.len()..].split_once("END").map_or("", |(_, rest)| rest);
            format!("{}AND ({}){rest}", &one[..from], &one[from + start.len()..to])
        }
        _ => one.to_owned(),
    }
}
