//! Names that other languages have for what has another one here. In: a name that nothing has. Out: what is meant.

use super::key;
use crate::ast;

/// What somebody probably meant.
pub(super) struct Habit {
    pub(super) help: &'static str,
    pub(super) meant: &'static str,
}

/// For values.
pub(super) fn of_value(label: &ast::Label) -> Option<Habit> {
    let (help, meant) = match key(&label.text).as_str() {
        _ if label.exact => return None,
        "null" | "nothing" | "none" | "not null" => ("write `is empty` or `is not empty`", "empty"),
        "current user" | "logged in" | "current user id" | "me" | "myself" | "auth uid" => {
            ("write `Logged in User`", "Logged in User")
        }
        "current date" => ("write `today`", "today"),
        "current timestamp" | "current time" => ("write `now`", "now"),
        _ => return None,
    };
    Some(Habit { help, meant })
}

/// For roles.
pub(super) fn of_role(label: &ast::Label) -> Option<Habit> {
    let (help, meant) = match key(&label.text).as_str() {
        "everyone" | "everybody" | "anybody" | "all" | "public" | "anon" | "anonymous" => {
            ("`Anyone` is everybody, signed in or not", "Anyone")
        }
        "user" | "users" | "logged in user" | "signed in" | "logged in" | "authenticated user" | "authenticated users" => {
            ("`Authenticated` is everybody who is signed in", "Authenticated")
        }
        _ => return None,
    };
    Some(Habit { help, meant })
}
