//! What writers of SQL and of word processors write.

use rowgate::diagnostic::Code;

use super::Trap;

const THINGS: &str = "  things: { columns: { id: uuid, name: text, owner_id: { type: uuid, references: users } } }\n";

const fn things(name: &'static str, policy: &'static str, code: Code, help: &'static str) -> Trap {
    Trap { name, tables: THINGS, roles: "", policy, code: Some(code), help }
}

pub const TRAPS: [Trap; 12] = [
    things(
        "null",
        r#"table things { rule "a" for Authenticated { where Name is null allow read } }"#,
        Code::UnknownColumn,
        "empty",
    ),
    things(
        "a list of SQL",
        r#"table things { rule "a" for Authenticated { where Name in ("a", "b") allow read } }"#,
        Code::Syntax,
        "is one of",
    ),
    things("insert", r#"table things { rule "a" for Authenticated { allow insert } }"#, Code::Syntax, "create"),
    things("select", r#"table things { rule "a" for Authenticated { allow select } }"#, Code::Syntax, "read"),
    things(
        "the current user of SQL",
        r#"table things { rule "a" for Authenticated { where Owner is Current User allow read } }"#,
        Code::UnknownColumn,
        "Logged in User",
    ),
    things(
        "a parenthesis is not closed",
        r#"table things { rule "a" for Authenticated { where (Owner is Logged in User allow read } }"#,
        Code::Syntax,
        "close it with `)`",
    ),
    things(
        "quotes of a word processor",
        r#"table things { rule "a" for Authenticated { where Name is “x” allow read } }"#,
        Code::Syntax,
        "straight double quotes",
    ),
    things(
        "two conditions of an allow",
        r#"table things { rule "a" for Authenticated { allow read when Name is "x" when Name is "y" } }"#,
        Code::Syntax,
        "join the conditions with `and`",
    ),
    things(
        "a blank that does not break",
        "table things { rule \"a\" for Authenticated { where Owner\u{a0}is Logged in User allow read } }",
        Code::Syntax,
        " ",
    ),
    things(
        "a character that cannot be seen",
        "table things { rule \"a\" for Authenticated { where Owner is\u{200b} Logged in User allow read } }",
        Code::Syntax,
        "take it out",
    ),
    things("everyone", r#"table things { rule "a" for Everyone { allow read } }"#, Code::UnknownRole, "Anyone"),
    things("users", r#"table things { rule "a" for Users { allow read } }"#, Code::UnknownRole, "Authenticated"),
];
