//! Grants that can never be used: of new records, of steps, of texts. Rules, and what is said of them.

const EMPTY: &str =
    "this can never be used: `plan` is empty in every new record, because no grant lets anybody give it another value";
const ROWS: &str = "this can never be used: it asks for rows that point at the record, and at a new one none do";
const STEP: &str =
    "this can never be used: what `then` asks differs from what `when` asks in a field that no grant for such a step names";

pub(super) const NEW_RECORDS: [(&str, &str); 15] = [
    // A boundary asks as a rule does.
    (
        r#"boundary "Paid" on companies { where Plan is "x" } table companies { rule "a" for Clerk { allow read, create (id, name) } }"#,
        "this can never be used: other rules of the role, or boundaries, leave no record",
    ),
    (
        r#"boundary "Paid" on companies { where Plan is not "x" or Plan is empty } table companies { rule "a" for Clerk { allow read, create (id, name) } }"#,
        "",
    ),
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

pub(super) const STEPS: [(&str, &str); 7] = [
    (r#"table companies { rule "a" for Clerk { allow read, update (name) when Plan is "x" then Plan is "y" } }"#, STEP),
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

/// `open` is a boolean that is never empty, `plan` may be; of the kinds of users there are four.
pub(super) const ALWAYS: [(&str, &str); 19] = [
    (
        r#"table squads { rule "a" for Clerk { where Open is true or Open is not true allow read } }"#,
        "this is true of every record: Open equals true or Open does not equal true",
    ),
    (
        r#"table squads { rule "a" for Clerk { where Owner is Logged in User and (Open is true or Open is false) allow read } }"#,
        "this is true of every record: Open equals true or Open equals false",
    ),
    (
        r#"table squads { rule "a" for Clerk { allow read when Id is at least 0 or Id is less than 0 or Owner is Logged in User } }"#,
        "this is true of every record: Id is at least 0 or Id is less than 0 or Owner equals Logged in User",
    ),
    (r#"table squads { rule "a" for Clerk { allow read when Id is at least 1 or Id is less than 0 } }"#, ""),
    // What is empty is neither, and nothing else is left out.
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" or Plan is not "x" allow read } }"#,
        "this is true of every record in which Plan is not empty: Plan equals \"x\" or Plan does not equal \"x\"",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Plan is not "x" or Plan is not "y" allow read } }"#,
        "this is true of every record in which Plan is not empty: Plan does not equal \"x\" or Plan does not equal \"y\"",
    ),
    (
        r#"table companies { rule "a" for Clerk { where not (Plan is "x" and Plan is "y") allow read } }"#,
        "this is true of every record in which Plan is not empty: not (Plan equals \"x\" and Plan equals \"y\")",
    ),
    (
        r#"table companies { rule "a" for Clerk { where Owner is Logged in User or not (Name is "n" and Plan is "y") allow read } }"#,
        "",
    ),
    (r#"table companies { rule "a" for Clerk { where not (Plan is "x" and Name is "y") allow read } }"#, ""),
    (r#"table companies { rule "a" for Clerk { where Plan is not "x" or Name is not "x" allow read } }"#, ""),
    // Who says so has thought of it.
    (r#"table companies { rule "a" for Clerk { where Plan is "x" or Plan is not empty allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { where Plan is "x" or Plan is not "x" or Plan is empty allow read } }"#,
        "this is true of every record: Plan equals \"x\" or Plan does not equal \"x\" or Plan is empty",
    ),
    (r#"table companies { rule "a" for Clerk { where Plan is empty or Plan is "x" allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Clerk { where Plan is empty or Plan is not empty allow read } }"#,
        "this is true of every record: Plan is empty or Plan is not empty",
    ),
    // Nobody says that there is a user, or what is theirs.
    (r#"table companies { rule "a" for Clerk { where Owner is Logged in User or Owner is not Logged in User allow read } }"#, ""),
    (
        r#"table companies { rule "a" for Anyone { where Logged in User is empty or Logged in User is not empty allow read } }"#,
        "this is true of every record: Logged in User is empty or Logged in User is not empty",
    ),
    (
        r#"table users { rule "a" for Clerk { where Kind is empty or Kind is one of ("clerk", "boss") or Kind is one of ("auditor", "guest") allow read } }"#,
        "this is true of every record: Kind is empty or Kind is one of (\"clerk\", \"boss\") or Kind is one of (\"auditor\", \"guest\")",
    ),
    (
        r#"table users { rule "a" for Clerk { where Kind is empty or Kind is one of ("clerk", "boss") or Kind is "auditor" allow read } }"#,
        "",
    ),
    (
        r#"table squads { rule "a" for Clerk { allow read } } boundary "b" on squads { where Open is true or Open is false }"#,
        "this is true of every record: Open equals true or Open equals false",
    ),
];
