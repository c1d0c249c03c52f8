//! What `setting` cannot set, and what else would write it.

use rowgate::diagnostic::Code;

use super::Trap;

const fn posts(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    let tables = "  posts: { columns: { id: integer, title: text, owner_id: { type: uuid, references: users }, sum: { type: integer, generated: true }, made_at: timestamptz, \
                  reports_to: { type: uuid, references: users }, day: date, file_id: { type: integer, references: files } } }\n  \
                  files: { columns: { id: integer, owner_id: { type: uuid, references: users } } }\n";
    Trap { name, tables, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 14] = [
    posts(
        "a value of the record is set",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Owner to Reports To } }"#,
        Some(Code::NotSettable),
        "set it to `Logged in User`",
    ),
    posts(
        "a column that is computed is set",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Sum to 3 } }"#,
        Some(Code::NotSettable),
        "take it out of `setting`",
    ),
    posts(
        "something is set where nothing is written",
        r#"table posts { rule "a" for Authenticated { allow read, delete setting Owner to Logged in User } }"#,
        Some(Code::NotSettable),
        "write it behind `create` or `update`",
    ),
    posts(
        "a moment is set to a day",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Made At to today } }"#,
        Some(Code::NotSettable),
        "`now`",
    ),
    posts(
        "a key of something else is set to the user",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting File to Logged in User } }"#,
        Some(Code::NotSettable),
        "set it to `Logged in User`",
    ),
    posts(
        "a field is set to a value of another type",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Title to 5 } }"#,
        Some(Code::LiteralMismatch),
        "\"5\"",
    ),
    posts(
        "a whole number is set to a fraction",
        r#"table posts { rule "a" for Authenticated { allow read, create (title) setting Id to 0.5 } }"#,
        Some(Code::LiteralMismatch),
        "correct the number",
    ),
    posts(
        "a field is set to two values",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Title to "a" allow create (owner_id) setting Title to "b" } }"#,
        Some(Code::SetTwice),
        "take one of the two out",
    ),
    posts(
        "a field is set and listed in another rule",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Title to "a" } rule "b" for Anyone { allow create (title, id) } }"#,
        Some(Code::SetTwice),
        "take one of the two out",
    ),
    posts(
        "a field is set in one operation and listed in another",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Title to "a" allow update (title) } }"#,
        None,
        "",
    ),
    posts(
        "a field is set to one value twice",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Title to "a" allow create (day) setting Title to "a" when Day is today } }"#,
        None,
        "",
    ),
    posts(
        "a list of exceptions does not name what is set",
        r#"table posts { rule "a" for Authenticated { allow read, create setting Title to "a" allow create except (day) } }"#,
        None,
        "",
    ),
    posts(
        "a field whose name ends in to is set",
        r#"table posts { rule "a" for Authenticated { allow read, create (id, day), update (day) setting Reports To to Logged in User and `title` to "x" when Day is today } }"#,
        None,
        "",
    ),
    posts(
        "a day is set to a day",
        r#"table posts { rule "a" for Authenticated { allow read, create (id) setting Day to today and Made At to in 7 days } }"#,
        None,
        "",
    ),
];
