//! Expressions of SQL and of programs: `auth.uid()`, `posts.owner_id`, `lower(Email)`, `now - 7 days`, `[1, 2]`. In: a place that does not parse. Out: what
//! is said here instead.

use std::ops::Range;

use super::tokens::{Kind, Token, tokens};
use super::{Advice, Place, ends_with_word};

/// Who is signed in, in other languages, without signs before it and parentheses behind it.
const SIGNED_IN: [&str; 17] = [
    "auth.uid",
    "auth.user_id",
    "auth.id",
    "uid",
    "user",
    "user.id",
    "user.uid",
    "user_id",
    "userid",
    "current_user",
    "current_user.id",
    "current_user_id",
    "request.auth.id",
    "request.auth.uid",
    "request.user.id",
    "session.user.id",
    "session.user_id",
];

/// What the record is called before a point.
const RECORD: [&str; 9] = ["this", "self", "record", "row", "new", "old", "resource", "doc", "it"];

/// A name with points or parentheses, or with a sign before it.
pub(super) fn expression(place: &Place<'_>) -> Option<Advice> {
    let is_sign = place.found.len() == 1 && [".", "(", "@", "$", ":"].contains(&place.found);
    let range = around(place.text, place.position);
    let written = place.text.get(range.clone()).filter(|_| is_sign)?;
    let name = written.trim_start_matches(['@', '$', ':']);
    let has_sign = name.len() < written.len();
    let (name, inside) =
        name.split_once('(').map_or((name, None), |(name, rest)| (name, Some(rest.trim_end_matches(')').trim())));
    let lower = name.to_ascii_lowercase();
    if !lower.starts_with(|c: char| c.is_alphabetic() || c == '_') {
        return None;
    }
    if SIGNED_IN.contains(&lower.as_str()) && (has_sign || lower.contains('.') || inside == Some("")) {
        return place.edit(range, "Logged in User");
    }
    if has_sign {
        return place.help(
            "what the session says besides who is signed in has a name, which `session:` in rowgate.yaml declares: `Session's Tenant`",
        );
    }
    match inside {
        Some(inside) => call(place, range, &lower, inside),
        None => dotted(place, range, name),
    }
}

/// The characters around a place that may be one expression: a name with points, signs before it, and what is in parentheses behind it.
fn around(text: &str, position: usize) -> Range<usize> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '@' | '$');
    let begin = text[..position].trim_end_matches(is_part).len();
    let signs = text[begin..].len() - text[begin..].trim_start_matches(':').len();
    let name = begin + signs;
    let mut end = name + text[name..].find(|c: char| !is_part(c)).unwrap_or(text.len() - name);
    if text[end..].starts_with('(') {
        let close = text[end..].lines().next().and_then(|line| line.find(')'));
        end += close.map_or(1, |close| close + 1);
    }
    begin..end
}

/// `name(…)`
fn call(place: &Place<'_>, range: Range<usize>, name: &str, inside: &str) -> Option<Advice> {
    match name {
        "now" | "current_timestamp" | "getdate" | "localtimestamp" => place.edit(range, "now"),
        "today" | "current_date" => place.edit(range, "today"),
        "claim" | "claims" => place.edit(range, &format!("Claim \"{}\"", inside.trim_matches(['\'', '"']))),
        "lower" | "upper" | "lcase" | "ucase" => {
            place.help("upper and lower case are the same where a comparison ends so: `Email equals User's Email ignoring case`")
        }
        "count" => place.help("rows are counted by `number of Comments is less than 3`, `at least 2 Comments where (…)`"),
        "exists" | "any" | "some" => place.help("other rows are asked for by `any Comments where (…)`, `any record of comments where (…)`"),
        "sql" => place.help("the expression stands in double quotes: `sql \"…\"`"),
        "current_setting" | "auth.jwt" | "jwt" => place.help(
            "what the session's token says is `Claim \"role\"`; what a setting says has a name, which `session:` in rowgate.yaml declares: `Session's Tenant`",
        ),
        _ if name.starts_with("has_") || name.starts_with("is_") || name.starts_with("in_") => {
            place.help("who holds a role is said behind the name of the rule: `rule \"…\" for Admin of Team { … }`")
        }
        _ if inside.is_empty() || name.contains(|c: char| !c.is_alphabetic()) || is_function(name) => place.help(
            "there are no functions: `sql \"…\"` takes an expression of SQL, and `derived:` in the schema file names what is computed of a record",
        ),
        _ => None,
    }
}

fn is_function(name: &str) -> bool {
    ["coalesce", "length", "substring", "split_part", "date", "extract", "cast", "concat", "array", "unnest", "trim", "nullif"]
        .contains(&name)
}

/// `posts.owner_id`: a column of the record is named alone, and `'s` leads on.
fn dotted(place: &Place<'_>, range: Range<usize>, name: &str) -> Option<Advice> {
    if place.expects("`of`") {
        return None;
    }
    let (first, rest) = name.split_once('.').filter(|(first, rest)| !first.is_empty() && !rest.is_empty())?;
    let path = rest.replace('.', "'s ");
    let is_first = |words: &[&str]| words.iter().any(|word| first.eq_ignore_ascii_case(word));
    let alone = "a column of the record is named alone";
    if is_first(&RECORD) {
        return Some(Advice { help: format!("{alone}: `{path}`"), ..place.edit(range, &path)? });
    }
    if is_first(&["user", "current_user", "me"]) {
        return place.edit(range, &format!("User's {path}"));
    }
    // Which of both it is, the table says, and it is not known here.
    place.help(format!("{alone}: `{path}`; a path that leads on is written with `'s`: `{first}'s {path}`"))
}

/// `x-hasura-user-id`: a session variable of another tool.
pub(super) fn variable(place: &Place<'_>) -> Option<Advice> {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    let begin = place.text[..place.position].trim_end_matches(is_part).len();
    let end = begin + place.text[begin..].find(|c: char| !is_part(c)).unwrap_or(place.text.len() - begin);
    let lower = place.text[begin..end].to_ascii_lowercase();
    if place.found != "-" || !lower.starts_with("x-") {
        return None;
    }
    let meant =
        if lower.ends_with("-user-id") { "Logged in User".to_owned() } else { format!("Claim \"{}\"", &place.text[begin..end]) };
    place.edit(begin..end, &meant)
}

/// Signs of SQL and of arithmetic.
pub(super) fn operator(place: &Place<'_>) -> Option<Advice> {
    let rest = &place.text[place.position..];
    if place.expected.is_empty()
        || ["a role", "`of`", "`delete`", "a class of fields", "`every table`"].iter().any(|other| place.expects(other))
    {
        return None;
    }
    let sign = ["->>", "->", "#>>", "#>", "@>", "&&", "::", "~", "+", "-", "*", "/", "%"]
        .into_iter()
        .find(|sign| rest.starts_with(sign))?;
    let behind = tokens(rest.get(sign.len()..)?);
    let is_list = behind.first().is_some_and(|next| next.is("("));
    match sign {
        "->>" | "->" | "#>>" | "#>" => place
            .help("name the part of a document in the schema file: `derived: { part: { type: text, sql: \"meta ->> 'part'\" } }`"),
        "@>" => place.edit(place.position..place.position + 2, if is_list { "has all of" } else { "contains" }),
        // Between two conditions, it is `and`.
        "&&" if is_list && behind.get(1)?.is_literal() && behind.get(2)?.is_any(&[",", ")"]) => {
            place.edit(place.position..place.position + 2, "has any of")
        }
        "&&" => None,
        "::" => {
            let r#type = rest[2..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len() - 2);
            let advice = place.edit(place.position..place.position + 2 + r#type, "")?;
            Some(Advice { help: "types are those of the columns: leave the cast out".to_owned(), ..advice })
        }
        "~" => place.help("texts `contain`, `start with` or `end with` others; there are no patterns"),
        "/" if behind.first().is_some_and(|next| next.kind == Kind::Number) && ends_with_digit(place.before()) => {
            place.help("days are written `date \"2026-01-31\"`")
        }
        _ => moved(place, sign).or_else(|| {
            place.help(
                "nothing is computed here: `sql \"…\"` takes an expression of SQL, and `derived:` in the schema file names what is computed of a record",
            )
        }),
    }
}

fn ends_with_digit(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit())
}

/// `now - 7 days`, `now() + interval '1 day'`
fn moved(place: &Place<'_>, sign: &str) -> Option<Advice> {
    let before = place.before();
    let stem = before.strip_suffix("()").unwrap_or(before).trim_end();
    let word = ["now", "today", "current_timestamp", "current_date"].into_iter().find(|word| ends_with_word(stem, word))?;
    let behind = place.text.get(place.position + sign.len()..)?;
    let line = behind.lines().next()?;
    let words = line.trim_start().strip_prefix("interval").unwrap_or(line).trim_start().trim_start_matches('\'');
    let (number, rest) = words.split_at(words.find(|c: char| !c.is_ascii_digit()).unwrap_or(words.len()));
    let rest = rest.trim_start();
    let unit = &rest[..rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())];
    if number.is_empty() || unit.is_empty() {
        return place.help("moments are counted from now: `7 days ago`, `in 24 hours`");
    }
    let after = &line[line.len() - rest.len() + unit.len()..];
    let end = place.text.len() - behind.len() + line.len() - after.len() + usize::from(after.starts_with('\''));
    let meant = if sign == "-" { format!("{number} {unit} ago") } else { format!("in {number} {unit}") };
    place.edit(stem.len() - word.len()..end, &meant)
}

/// `is one of ["a", "b"]`, `is []`
pub(super) fn brackets(place: &Place<'_>) -> Option<Advice> {
    let close = match place.found {
        "[" => ']',
        "{" => '}',
        _ => return None,
    };
    let line = place.text[place.position..].lines().next()?;
    let end = line.find(close)?;
    let inside = line[1..end].trim();
    let range = place.position..place.position + end + 1;
    let before = place.before();
    if inside.is_empty() && (ends_with_word(before, "is") || ends_with_word(before, "not")) {
        return place.edit(range, "empty");
    }
    let is_behind = ["of", "in", "is", "equals", "contains"].iter().any(|word| ends_with_word(before, word));
    if !is_behind || inside.is_empty() {
        return None;
    }
    let meant = format!("({})", inside.replace('\'', "\""));
    match ends_with_word(before, "of") {
        true => place.edit(range, &meant),
        false => place.help(format!("values stand in parentheses, behind `is one of` or `has any of`: `{meant}`")),
    }
}

/// `is one of ("a" "b")`, `is one of ("a" or "b")`: a comma stands between values.
pub(super) fn separators(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.text);
    let near = tokens.windows(2).enumerate().filter(|(_, pair)| pair[0].is("of") && pair[1].is("("));
    let mut lists = near.filter_map(|(at, _)| {
        let open = at + 1;
        let length = tokens[open + 1..].iter().position(|token| token.is(")"))?;
        let list = &tokens[open + 1..open + 1 + length];
        let range = tokens[open].range.start..tokens[open + 1 + length].range.end;
        range.contains(&place.position).then_some((range, list))
    });
    let (range, list) = lists.next()?;
    let joins = |token: &Token<'_>| token.is_any(&[",", "or", "and", ";", "|"]);
    let values: Vec<&str> = list.iter().filter(|token| token.is_literal()).map(|token| token.text).collect();
    let is_joined = list.windows(2).all(|pair| pair[0].is(",") || pair[1].is(","));
    let are_values = values.len() > 1 && !is_joined && list.iter().all(|token| token.is_literal() || joins(token));
    let advice = place.edit(range, &format!("({})", values.join(", ")))?;
    are_values.then(|| Advice { help: "a comma stands between values".to_owned(), ..advice })
}

/// `1_000`
pub(super) fn number(place: &Place<'_>) -> Option<Advice> {
    let is_number = place.found.starts_with(|c: char| c.is_ascii_digit());
    let power = place.found.to_ascii_lowercase();
    if let Some((digits, zeros)) = power.split_once('e').filter(|_| is_number) {
        let is_whole = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let zeros: Option<usize> = zeros.trim_start_matches('+').parse().ok().filter(|zeros| *zeros <= 30);
        return match zeros.filter(|_| is_whole) {
            Some(zeros) => place.instead(&format!("{digits}{}", "0".repeat(zeros))),
            None => place.help("numbers are written with all their digits: `1500`, `0.25`"),
        };
    }
    let is_grouped = is_number && place.found.contains('_') && place.found.chars().all(|c| c.is_ascii_digit() || c == '_');
    if is_grouped { place.instead(&place.found.replace('_', "")) } else { None }
}

/// `Claims "role"`, `sql: "…"`, `any record of members with (…)`: the word before what is found is another one here.
pub(super) fn word_before(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    let last = tokens.last()?;
    let is_text = place.found.starts_with('"');
    if is_text && last.is_any(&["claims", "jwt", "token"]) {
        return place.edit(last.range.clone(), "Claim");
    }
    if is_text && last.is_any(&["raw", "expression", "query", "expr"]) {
        return place.edit(last.range.clone(), "sql");
    }
    if is_text && last.is_any(&["setting", "session", "config", "variable"]) {
        return place.help(
            "what a setting of the session says has a name, which `session:` in rowgate.yaml declares: `Session's Tenant`",
        );
    }
    if is_text && last.is_any(&["role", "roles", "permission"]) {
        return place.help("who holds a role is said behind the name of the rule: `rule \"…\" for Admin of Team { … }`");
    }
    if last.is("sql") && place.found == ":" {
        return place.edit(last.range.end..place.position + 1, "");
    }
    if last.is("sql") && place.found == "(" {
        return place.help("the expression stands in double quotes: `sql \"…\"`");
    }
    if place.found == "(" && last.is_any(&["exists", "exist"]) {
        return place.help("other rows are asked for by `any Comments where (…)`, `any record of comments where (…)`");
    }
    if place.found == "(" && (last.is_any(&["contains", "contain"]) || ends_with_word(place.before(), "subset of")) {
        return place.help("of several values, write `has any of (…)` or `has all of (…)`");
    }
    None
}

/// `any record of members with (…)`, `any Members (…)`: what is asked of rows begins with `where`.
pub(super) fn filter(place: &Place<'_>) -> Option<Advice> {
    let tokens = tokens(place.before());
    if place.found != "(" || !place.expects("`as`") {
        return None;
    }
    let of_rows = tokens.iter().rev().take_while(|token| token.kind == Kind::Word && !token.is("where"));
    if !of_rows.into_iter().any(|token| token.is_any(&["any", "no", "least", "than", "of"])) {
        return None;
    }
    let last = tokens.last()?;
    let such = tokens.len().checked_sub(2).and_then(|at| tokens.get(at)).filter(|such| such.is("such") && last.is("that"));
    match such {
        Some(such) => place.edit(such.range.start..last.range.end, "where"),
        None if last.is_any(&["with", "having", "if", "when", "whose", "that"]) => place.edit(last.range.clone(), "where"),
        None => place.edit(place.before().len()..place.position, " where "),
    }
}

/// `Users' Team`, `Claim "app_metadata"'s role`, `interval '7 days'`
pub(super) fn apostrophe(place: &Place<'_>) -> Option<Advice> {
    if !place.found.starts_with(['\'', '’']) {
        return None;
    }
    let length = place.found.chars().next().map_or(0, char::len_utf8);
    let behind = &place.text[place.position + length..];
    let tokens = tokens(&place.text[..place.position]);
    let last = tokens.last()?;
    if last.is("interval") {
        return place.help("lengths of time are written `7 days ago`, for a moment that has passed, and `in 24 hours`");
    }
    if last.range.end != place.position {
        return None;
    }
    let claim = tokens.len().checked_sub(2).is_some_and(|at| tokens[at].is("claim")) && last.kind == Kind::Text;
    if let (true, Some(step)) = (claim, behind.strip_prefix("s ")) {
        let step = &step[..step.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(step.len())];
        let path = last.text.trim_matches('"').trim_start_matches('/');
        let meant = format!("\"/{path}/{step}\"");
        return place.edit(last.range.start..place.position + length + "s ".len() + step.len(), &meant);
    }
    if last.is("users") && behind.starts_with(' ') {
        return place.edit(last.range.start..place.position + length, &format!("{}'s", &last.text[..last.text.len() - 1]));
    }
    None
}
