//! Faults of how values are compared, and with how many. In: a statement of an object, or a project. Out: as an emitter with that fault would write it; the
//! same where it has nothing of it.

use rowgate::objects::Recorded as Object;

use super::super::generate::Project;
use super::super::server::compile;
use super::Texts;
use super::replace::replaced;

/// `lower(a) = lower(b)` is `a = b`.
pub fn as_written(_: &Object, one: &str, _: &Project) -> String {
    let (mut done, mut rest) = (String::new(), one);
    while let Some(at) = rest.find("lower(") {
        let is_word = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        done.push_str(&rest[..at]);
        done.push_str(if is_word { "lower(" } else { "(" });
        rest = &rest[at + "lower(".len()..];
    }
    done + rest
}

/// What is before the end of a day, or from there on, is compared with how the day begins.
pub fn first_moment(_: &Object, one: &str, _: &Project) -> String {
    const ENDS: [&str; 2] = [" < (", " >= ("];
    const DAY: &str = "'2026-02-01'::date";
    let one = one.replace("::date + 1)", "::date + 0)");
    ENDS.iter().fold(one, |one, end| {
        let one = one.replace(&format!("{end}{DAY}"), &format!("{end}'2026-01-31'::date"));
        let bare = end.trim_end_matches('(');
        one.replace(&format!("{bare}{DAY}::"), &format!("{bare}'2026-01-31'::date::"))
    })
}

/// References lead to the row of the user, and the session says another key of it.
pub fn session_is_the_key(texts: &Texts, project: &Project) -> Result<Texts, String> {
    let config = project.config.replace("user_key: auth_id", "user_key: id");
    rebuilt(texts, Project { config, ..project.clone() })
}

/// `regexp_split_to_array(…)` is what stands before the first comma.
pub fn first_that_is_said(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "regexp_split_to_array(", |inner, _| Some(format!("(regexp_split_to_array({inner}))[1:1]")))
}

/// Of two rows that are asked for one is found. That both triggers of a table are there is another question.
pub fn one_is_enough(_: &Object, one: &str, _: &Project) -> String {
    let one = replaced(one, "EXISTS (", |inner, _| {
        let rows = inner.strip_suffix("OFFSET 1").filter(|rows| !rows.contains("pg_trigger"))?;
        Some(format!("EXISTS ({rows}OFFSET 0)"))
    });
    one.replace("HAVING count(*) >= 2", "HAVING count(*) >= 1")
}

/// `NOT (… IN (SELECT unnest(…)))` is true.
pub fn excludes_nothing(_: &Object, one: &str, _: &Project) -> String {
    replaced(one, "NOT (", |inner, _| inner.contains(" IN (SELECT unnest(").then(|| "true".to_owned()))
}

/// Boundaries say nothing of operations.
pub fn all_operations(texts: &Texts, project: &Project) -> Result<Texts, String> {
    let boundary = |text: &String| match (text.find(" for "), text.find(" {")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &text[..from], &text[to..]),
        _ => text.clone(),
    };
    let boundaries = project.boundaries.iter().map(boundary).collect();
    rebuilt(texts, Project { boundaries, ..project.clone() })
}

/// Where the rest of the project does not go with the fault, there is nothing of it.
fn rebuilt(texts: &Texts, project: Project) -> Result<Texts, String> {
    Ok(compile(&project)?.state().map_or_else(|| texts.clone(), |state| Texts::of(&state)))
}
