//! Grants that can never be used: of new records, of steps, of texts. Rules, and what is said of them.

const EMPTY: &str =
    "this can never be used: `plan` is empty in every new record, because no grant lets anybody give it another value";
const ROWS: &str = "this can never be used: it asks for rows that point at the record, and at a new one none do";
const STEP: &str =
    "this can never be used: what `then` asks differs from what `when` asks in a field that no grant for such a step names";

pub(super) const NEW_RECORDS: [(&str, &str); 13] = [
    (r#"table companies { rule "a" for Clerk { allow read, create (id, name) when Plan is "x" } }"#, EMPTY),
    (r#"table companies { rule "a" for Clerk { allow read, create (id, name) when Plan is "x" or Name is "y" } }"#, ""),
    (r#"table companies { rule "a" for Clerk { allow read, create (id, name) when Plan is empty } }"#, ""),
    (r#"table companies { rule "a" for Clerk { allow read, create (id, name, plan) when Plan is "x" } }"#, ""),
    // Fields of several grants unite, whosever they are.
    (
        r#"table companies { rule "a" for Clerk { allow read, create (id, name) when Plan is "x" } rule "b" for Auditor { allow create (plan) } }"#,
        "",
    ),
    (r#"table companies { rule "a" for Clerk { allow read, create (id, name) setting Plan to "x" when Plan is "x" } }"#, ""),
    // The default is what it has.
    (
        r#"table squads { rule "a" for Clerk { allow read, create (id) when Open is true } }"#,
        "this can never be used: `open` is false in every new record, because no grant lets anybody give it another value",
    ),
    (r#"table squads { rule "a" for Clerk { allow read, create (id) when Open is false } }"#, ""),
    (
        r#"table squads { rule "a" for Clerk { allow read, create (owner_id) } }"#,
        "this can never be used: `id` cannot be empty, has no default, and no grant lets anybody give it a value",
    ),
    // Of rows that point at it there are none yet.
    (r#"table companies { rule "a" for Clerk { allow read, create when any Docs where (Title is "x") } }"#, ROWS),
    (r#"table companies { rule "a" for Clerk { allow read, create when no Docs } }"#, ""),
    (r#"table teams { rule "a" for Authenticated { allow read, create when this record is one of User's Team } }"#, ROWS),
    (
        r#"table teams { rule "a" for Authenticated { allow read, create when this record is one of User's Team or Owner is Logged in User } }"#,
        "",
    ),
];

pub(super) const STEPS: [(&str, &str); 6] = [
    (r#"table companies { rule "a" for Clerk { allow read allow update (name) when Plan is "x" then Plan is "y" } }"#, STEP),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (name) when Plan is "x" then Plan is one of ("x", "y") } }"#,
        "",
    ),
    (r#"table companies { rule "a" for Clerk { allow read allow update (name, plan) when Plan is "x" then Plan is "y" } }"#, ""),
    // Another grant for such steps names it; or one for others.
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (name) when Plan is "x" then Plan is "y" } rule "b" for Auditor { allow update (plan) } }"#,
        "",
    ),
    (
        r#"table companies { rule "a" for Clerk { allow read allow update (name) when Plan is "x" then Plan is "y" } rule "b" for Auditor { allow update (plan) when Plan is "z" } }"#,
        STEP,
    ),
    // What is asked of other rows may change by itself.
    (r#"table teams { rule "a" for Clerk { allow read allow update (name) when no Members then any Members } }"#, ""),
];

pub(super) const TEXTS: [(&str, &str); 4] = [
    (
        r#"table companies { rule "a" for Clerk { where Name starts with "a" and Name is "b" allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (r#"table companies { rule "a" for Clerk { where Name starts with "a" and Name is "A" allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { where Name is one of ("ab", "ac") and Name does not start with "a" allow read } }"#,
        "no record matches the `where` of \"a\"",
    ),
    (r#"table companies { rule "a" for Clerk { where Name contains "ab" and Name contains "c" allow read } }"#, ""),
];
