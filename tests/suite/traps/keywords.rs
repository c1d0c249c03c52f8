//! Names that are words of the language, too.

use rowgate::diagnostic::Code;

use super::Trap;

const CLOCKS: &str = "  clocks: { columns: { id: uuid, now: timestamptz, today: date, 'true': text, due: timestamptz, open: boolean, logged_in_user: uuid } }\n";

const WORDS: &str = "  words: { columns: { id: uuid, is_public: boolean, starts_at: timestamptz, ends_on: date, can_edit: boolean, can_read: boolean, can_read_receipts: boolean, any_role: text, no_show: boolean, invoice_no: text, does_it: boolean, contains_nuts: boolean, equals_sign: text, not_available: boolean, not_open: boolean, open: boolean, terms_and_conditions: text, parent_id: { type: uuid, references: words } } }\n";

const fn words(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: WORDS, roles: "", policy, code, help }
}

const fn clocks(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: CLOCKS, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 29] = [
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
    words(
        "a column begins with is",
        r#"table words { rule "a" for Authenticated { where Is Public is true and Parent's Is Public is not false allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with starts",
        r#"table words { rule "a" for Authenticated { where Starts At is after now and Ends On is before today allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with can",
        r#"table words { rule "a" for Authenticated { where Can Edit is true and Can Read is true and Can Read Receipts is false allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with any",
        r#"table words { rule "a" for Authenticated { where Any Role is "x" or Any Role starts with "y" allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with no",
        r#"table words { rule "a" for Authenticated { where No Show is false allow read } }"#,
        None,
        "",
    ),
    words(
        "a column ends with no",
        r#"table words { rule "a" for Authenticated { where Invoice No is "1" or Invoice No contains "2" allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with does",
        r#"table words { rule "a" for Authenticated { where Does It is true allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with contains",
        r#"table words { rule "a" for Authenticated { where Contains Nuts is true and Equals Sign contains "=" allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with not",
        r#"table words { rule "a" for Authenticated { where not Available is true allow read } }"#,
        None,
        "",
    ),
    words(
        "a column begins with not and is looked at in a list",
        r#"table words { rule "a" for Authenticated { where not Available is empty allow read } }"#,
        None,
        "",
    ),
    words(
        "not before a column and in a column",
        r#"table words { rule "a" for Authenticated { where not Open is true allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`open`",
    ),
    words(
        "not before an exact name",
        r#"table words { rule "a" for Authenticated { where not `open` is true allow read } }"#,
        None,
        "",
    ),
    words(
        "delegation is no column",
        r#"table words { rule "a" for Authenticated { where can read Parent allow read } }"#,
        Some(Code::Cycle),
        "or its Parent at any level",
    ),
    words(
        "a name with and needs backticks",
        r#"table words { rule "a" for Authenticated { where `terms_and_conditions` is "x" allow read } }"#,
        None,
        "",
    ),
    words(
        "a name with and",
        r#"table words { rule "a" for Authenticated { where Open is true and Terms and Conditions is "x" allow read } }"#,
        Some(Code::UnknownCondition),
        "`terms_and_conditions`",
    ),
    words(
        "a name with and at the end of a path",
        r#"table words { rule "a" for Authenticated { where Parent's Terms and Conditions is "x" allow read } }"#,
        Some(Code::Syntax),
        "`terms_and_conditions`",
    ),
    Trap {
        name: "a table with and",
        tables: "  terms_and_conditions: { columns: { id: uuid } }\n  words: { columns: { id: uuid } }\n",
        roles: "",
        policy: r#"table words { rule "a" for Authenticated { where any record of Terms and Conditions where (Id is not empty) allow read } }"#,
        code: Some(Code::UnknownTable),
        help: "`terms_and_conditions`",
    },
    Trap {
        name: "children with and",
        tables: "  terms_and_conditions: { columns: { id: uuid, word_id: { type: uuid, references: words } } }\n  words: { columns: { id: uuid } }\n",
        roles: "",
        policy: r#"table words { rule "a" for Authenticated { where any Terms and Conditions where (Id is not empty) allow read } }"#,
        code: Some(Code::UnknownTable),
        help: "`terms_and_conditions`",
    },
    words(
        "a possessive in the name of a condition",
        "condition My Document's Folder: Id is 1\ntable words { rule \"a\" for Authenticated { allow read } }",
        Some(Code::Syntax),
        "`My Document's Folder`",
    ),
    words(
        "a list of fields takes every name",
        r#"table words { rule "a" for Authenticated { allow read (Is Public, Terms and Conditions, Not Open, Can Read, No Show) } }"#,
        None,
        "",
    ),
    words(
        "an opposite in parentheses",
        r#"table words { rule "a" for Authenticated { where not (Is Public is true or No Show is true) allow read } }"#,
        None,
        "",
    ),
];
