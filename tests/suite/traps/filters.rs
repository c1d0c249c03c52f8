//! Rows whose `where` has no parentheses, and what would be a clause of the rule.

use rowgate::diagnostic::Code;

use super::Trap;
use super::sayings::{ROLES, THINGS, saying};

/// Rows that have what the record has, too.
const APPROVALS: &str = "  approvals: { columns: { id: uuid, status: text, user_id: { type: uuid, references: users }, thing_id: { type: uuid, references: things } } }
  things: { columns: { id: uuid, status: text, parent_id: { type: uuid, references: things } } }
";

macro_rules! filter {
    ($name:literal, $inner:literal, $help:literal) => {
        filter!($name, $inner, Some(Code::Syntax), $help)
    };
    ($name:literal, $inner:literal, $code:expr, $help:literal) => {
        Trap {
            name: $name,
            tables: APPROVALS,
            roles: "  Boss: { column: name, equals: boss }\n",
            policy: concat!("table things { rule \"a\" for Boss { ", $inner, " } }"),
            code: $code,
            help: $help,
        }
    };
}

pub const TRAPS: &[Trap] = &[
    filter!(
        "a filter without parentheses that the record could have",
        r#"where any Approvals where Status is "a" allow read"#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "a filter without parentheses",
        "where any Approvals where User is Logged in User allow read",
        "where (User is Logged in User)"
    ),
    filter!(
        "no rows without parentheses",
        r#"where no Approvals by Thing where Status is "a" allow read"#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "so many without parentheses",
        r#"where at least 2 Approvals where Status is "a" allow read"#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "fewer without parentheses",
        r#"where fewer than 2 Approvals as A where A's Status is "a" allow read"#,
        r#"where (A's Status is "a")"#
    ),
    filter!(
        "any record without parentheses",
        r#"where any record of approvals where Status is "a" allow read"#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "rows above without parentheses",
        r#"where any this record or its Parent at any level where Status is "a" allow read"#,
        ""
    ),
    filter!(
        "a grant's rows without parentheses",
        r#"allow read when any Approvals where Status is "a""#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "rows of the new record without parentheses",
        r#"allow read, update (status) then no Approvals where Status is "a""#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "rows further in without parentheses",
        r#"where (any Approvals where Status is "a") allow read"#,
        r#"where (Status is "a")"#
    ),
    filter!(
        "joined behind rows without parentheses",
        r#"where any Approvals where Status is "a" and Status is "b" allow read"#,
        "`where (…)`"
    ),
    filter!(
        "a number without parentheses",
        r#"where number of Approvals where Status is "a" is less than 3 allow read"#,
        "`where (…)`"
    ),
    filter!(
        "a grant's number without parentheses",
        r#"allow read when number of Approvals where Status is "a" is less than 3"#,
        "`where (…)`"
    ),
    filter!("a clause on a line of its own", "where any Approvals\n where Status is \"a\" allow read", None, ""),
    filter!("a clause behind a comparison", r#"where Status is "a" where no Approvals allow read"#, None, ""),
    saying!(
        "raw SQL with rows of its own where access is asked for",
        "table things { rule \"a\" for Boss { allow read when sql \"exists (select from public.shares)\" } }
         table shares { rule \"a\" for Boss { where can read Thing allow read } }",
        RawSqlOfCaller,
        "in the language"
    ),
    saying!(
        "a named condition without parentheses",
        "condition Seen: any Shares where User is Logged in User\ntable things { rule \"a\" for Boss { allow read } }",
        Syntax,
        "where (User is Logged in User)"
    ),
    saying!(
        "a boundary without parentheses",
        "table things { rule \"a\" for Boss { allow read } } boundary \"b\" on things { where any Shares where User is Logged in User except Boss }",
        Syntax,
        "where (User is Logged in User)"
    ),
];
