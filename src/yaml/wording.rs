//! What the YAML crate says, in words of people who write YAML. In: its message, without the place. Out: a title, and what to do where the message says that.

use crate::diagnostic::did_you_mean;

/// A message in words.
pub(super) struct Told {
    pub(super) title: String,
    pub(super) help: Option<String>,
}

/// How the crate's messages begin, behind the path of what they are about.
const BEGINNINGS: [&str; 6] =
    ["invalid type: ", "invalid value: ", "unknown field ", "unknown variant ", "missing field ", "duplicate field "];

/// Says a message of the crate; one that is not known stays as it is.
pub(super) fn told(message: &str) -> Told {
    let as_it_is = || Told { title: message.to_owned(), help: None };
    let begins = |beginning: &'static str| {
        let at = message.find(beginning)?;
        let before = message[..at].strip_suffix(": ");
        (at == 0 || before.is_some()).then(|| (before.unwrap_or_default(), beginning, &message[at + beginning.len()..]))
    };
    let Some((path, beginning, rest)) = BEGINNINGS.into_iter().find_map(begins) else { return as_it_is() };
    let subject = if path.is_empty() { "this".to_owned() } else { format!("`{path}`") };
    let owner = if path.is_empty() { "the file".to_owned() } else { subject.clone() };
    let named = |rest: &str| rest.split('`').nth(1).unwrap_or_default().to_owned();
    match beginning {
        "invalid type: " | "invalid value: " => match rest.rsplit_once(", expected ") {
            Some((found, expected)) => {
                Told { title: format!("{subject} is {}, and has to be {}", value(found), wanted(expected)), help: None }
            }
            None => as_it_is(),
        },
        "unknown field " => Told { title: format!("{owner} has no key `{}`", named(rest)), help: among(rest, "its keys are") },
        "unknown variant " => Told { title: format!("{subject} cannot be `{}`", named(rest)), help: among(rest, "it is one of") },
        "missing field " => Told { title: format!("{owner} has no `{}:`", named(rest)), help: None },
        _ => Told { title: format!("`{}` is defined twice", named(rest)), help: None },
    }
}

/// The names that a message lists behind the first, which is the one that is wrong.
fn among(rest: &str, word: &str) -> Option<String> {
    let mut names = rest.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    let known: Vec<&str> = names.collect();
    match did_you_mean(wrong, known.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if known.is_empty() => None,
        None => Some(format!("{word} `{}`", known.join("`, `"))),
    }
}

/// What stands there.
fn value(found: &str) -> String {
    let plain = found.strip_prefix("boolean ").or_else(|| found.strip_prefix("integer "));
    match plain.or_else(|| found.strip_prefix("floating point ")) {
        Some(value) => value.to_owned(),
        None => match found {
            "sequence" => "a list".to_owned(),
            "map" => "a mapping".to_owned(),
            "unit value" => "empty".to_owned(),
            other => other.strip_prefix("string ").map_or_else(|| other.to_owned(), |text| format!("the text {text}")),
        },
    }
}

/// What has to stand there.
fn wanted(expected: &str) -> &str {
    match expected {
        "a boolean" => "`true` or `false`",
        "a string" => "a text",
        "a sequence" => "a list",
        "a YAML tag starting with '!'" => "a name",
        "a map" | "any YAML mapping" => "a mapping",
        "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" => "a whole number",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn messages_of_the_crate_are_said_in_words() {
        for (message, title, help) in [
            ("guards: invalid type: boolean `true`, expected a mapping", "`guards` is `true`, and has to be a mapping", ""),
            ("invalid type: sequence, expected a map", "this is a list, and has to be a mapping", ""),
            (
                "a.b: invalid type: string \"yes\", expected a boolean",
                "`a.b` is the text \"yes\", and has to be `true` or `false`",
                "",
            ),
            ("a: unknown field `reed`, expected `read` or `do`", "`a` has no key `reed`", "did you mean `read`?"),
            (
                "unknown field `xyz`, expected one of `read`, `do`, `or`",
                "the file has no key `xyz`",
                "its keys are `read`, `do`, `or`",
            ),
            ("l: unknown variant `off`, expected `allow` or `deny`", "`l` cannot be `off`", "it is one of `allow`, `deny`"),
            ("l: invalid type: sequence, expected a YAML tag starting with '!'", "`l` is a list, and has to be a name", ""),
            ("missing field `identity`", "the file has no `identity:`", ""),
            ("a: duplicate field `b`", "`b` is defined twice", ""),
            ("found a tab", "found a tab", ""),
        ] {
            let told = told(message);
            assert_eq!((told.title.as_str(), told.help.unwrap_or_default().as_str()), (title, help), "{message}");
        }
    }
}
