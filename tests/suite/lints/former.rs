//! Lints beside `the former …`: steps that no update can take, and fields that cannot be gained by.

const NOTHING: &str = "this can never be used: no update leads from what `when` asks to what `then` asks of the former record";

pub const FORMER: [(&str, &str); 9] = [
    // A field that nobody may change is what it was.
    (r#"table companies { rule "a" for Clerk { allow read, update (name) then Plan is not the former Plan } }"#, NOTHING),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (name) then Id is greater than the former Id or the former Id is greater than Id } }"#,
        NOTHING,
    ),
    (r#"table companies { rule "a" for Clerk { allow read, update (name) then Id is at most the former Id } }"#, ""),
    (r#"table companies { rule "a" for Clerk { allow read, update (plan) then Plan is not the former Plan } }"#, ""),
    // Another grant changes it in the same statement.
    (
        r#"table companies { rule "a" for Clerk { allow read, update (name) then Plan is not the former Plan } rule "b" for Auditor { allow update (plan) } }"#,
        "",
    ),
    // What was is what `when` asks.
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (plan) when Plan is "x" then the former Plan is "y" and Plan is "z" } }"#,
        NOTHING,
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (plan) when Plan is "x" then the former Plan is "x" and Plan is "z" } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (plan) when Plan is empty then Plan is not the former Plan } }"#,
        NOTHING,
    ),
    // Of other rows, nothing is told.
    (
        r#"table teams { rule "a" for Clerk { allow read allow update (name) when no Members then any Members and Name is not the former Name } }"#,
        "",
    ),
];

pub const FORMER_ROLE: [(&str, &str); 4] = [
    (
        r#"table users { rule "a" for Authenticated { where this record is Logged in User allow read, update (kind) } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
    (
        r#"table users { rule "a" for Authenticated { where this record is Logged in User allow read allow update (kind) then Kind is at most the former Kind } }"#,
        "",
    ),
    (
        r#"table users { rule "a" for Authenticated { where this record is Logged in User allow read allow update (kind) then Kind is the former Kind } }"#,
        "",
    ),
    (
        r#"table users { rule "a" for Authenticated { where this record is Logged in User allow read allow update (kind) then Kind is at least the former Kind } }"#,
        "users can make themselves `Auditor`, `Boss` or `Clerk`",
    ),
];
