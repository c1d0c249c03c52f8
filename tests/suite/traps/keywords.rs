//! Names that are words of the language, too.

use rowgate::diagnostic::Code;

use super::Trap;

const CLOCKS: &str = "  clocks: { columns: { id: uuid, now: timestamptz, today: date, 'true': text, due: timestamptz, open: boolean, logged_in_user: uuid } }\n";

const fn clocks(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: CLOCKS, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 8] = [
    clocks(
        "a column is called now",
        r#"table clocks { rule "a" for Authenticated { where Due is after now allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`now`",
    ),
    clocks(
        "the moment is meant beside a column",
        r#"table clocks { rule "a" for Authenticated { where Due is after Now allow read } }"#,
        Some(Code::AmbiguousLabel),
        "0 seconds ago",
    ),
    clocks(
        "a column is called today",
        r#"table clocks { rule "a" for Authenticated { where today is before 2 days ago allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`today`",
    ),
    clocks(
        "the day is meant beside a column",
        r#"table clocks { rule "a" for Authenticated { where Due is before Today allow read } }"#,
        Some(Code::AmbiguousLabel),
        "0 days ago",
    ),
    clocks(
        "a column is called logged in user",
        r#"table clocks { rule "a" for Authenticated { where Logged in User is Claim "x" allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`logged_in_user`",
    ),
    clocks(
        "a text is called true",
        r#"table clocks { rule "a" for Authenticated { where Open is true and `true` is "x" allow read } }"#,
        None,
        "",
    ),
    clocks(
        "a column of the row further out loses nothing",
        r#"table clocks { rule "a" for Authenticated { where any record of users where (Email is Claim "email" and this record's `now` is after 2 days ago) allow read } }"#,
        None,
        "",
    ),
    Trap {
        name: "no column is called now",
        tables: "  clocks: { columns: { id: uuid, due: timestamptz } }\n",
        roles: "",
        policy: r#"table clocks { rule "a" for Authenticated { where Due is after now allow read } }"#,
        code: None,
        help: "",
    },
];
