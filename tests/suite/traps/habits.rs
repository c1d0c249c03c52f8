//! What writers of SQL and of word processors write.

use rowgate::diagnostic::Code;

use super::Trap;

const THINGS: &str = "  things: { columns: { id: uuid, name: text, owner_id: { type: uuid, references: users } } }\n";

const fn things(name: &'static str, policy: &'static str, code: Code, help: &'static str) -> Trap {
    Trap { name, tables: THINGS, roles: "", policy, code: Some(code), help }
}

pub const TRAPS: [Trap; 36] = [
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
    things("a sign", r#"table things { rule "a" for Authenticated { where Name != "x" allow read } }"#, Code::Syntax, "is not"),
    things(
        "equal",
        r#"table things { rule "a" for Authenticated { where Owner equal Logged in User allow read } }"#,
        Code::UnknownCondition,
        "equals",
    ),
    things(
        "an operator between paths",
        r#"table things { rule "a" for Authenticated { where Owner's Name equal Name allow read } }"#,
        Code::Syntax,
        "equals",
    ),
    things(
        "begins with",
        r#"table things { rule "a" for Authenticated { where Name begins with "x" allow read } }"#,
        Code::Syntax,
        "starts with",
    ),
    things(
        "a contraction",
        r#"table things { rule "a" for Authenticated { where Name isn't "x" allow read } }"#,
        Code::Syntax,
        "is not",
    ),
    things(
        "a pattern",
        r#"table things { rule "a" for Authenticated { where Name like "x%" allow read } }"#,
        Code::Syntax,
        "starts with \"x\"",
    ),
    things(
        "at most so many",
        r#"table things { rule "a" for Authenticated { where at most 2 record of things where (Owner is Logged in User) allow read } }"#,
        Code::UnknownCondition,
        "fewer than 3",
    ),
    things(
        "more than so many",
        r#"table things { rule "a" for Authenticated { where more than 2 record of things where (Owner is Logged in User) allow read } }"#,
        Code::UnknownCondition,
        "at least 3",
    ),
    things(
        "a number in words",
        r#"table things { rule "a" for Authenticated { where at least two record of things where (Owner is Logged in User) allow read } }"#,
        Code::UnknownCondition,
        "at least 2",
    ),
    things(
        "exactly so many",
        r#"table things { rule "a" for Authenticated { where exactly 1 record of things where (Owner is Logged in User) allow read } }"#,
        Code::UnknownCondition,
        "fewer than 2 record of things",
    ),
    things(
        "all of them",
        r#"table things { rule "a" for Authenticated { where every record of things where (Owner is Logged in User) allow read } }"#,
        Code::UnknownCondition,
        "no record of things where (not",
    ),
    things(
        "if",
        r#"table things { rule "a" for Authenticated { allow read if Owner is Logged in User } }"#,
        Code::Syntax,
        "when",
    ),
    things(
        "denying",
        r#"table things { rule "a" for Authenticated { deny read } }"#,
        Code::Syntax,
        "what no rule allows is denied",
    ),
    things("a semicolon", r#"table things { rule "a" for Authenticated { allow read; } }"#, Code::Syntax, ""),
    things(
        "fields without parentheses",
        r#"table things { rule "a" for Authenticated { allow read Name } }"#,
        Code::Syntax,
        "in parentheses",
    ),
    things(
        "conditions that nothing joins",
        r#"table things { rule "a" for Authenticated { where Name is "x" Owner is Logged in User allow read } }"#,
        Code::Syntax,
        "join conditions",
    ),
    things(
        "a condition without where",
        r#"table things { rule "a" for Authenticated { Owner is Logged in User allow read } }"#,
        Code::Syntax,
        "begins with `where`",
    ),
    things(
        "nothing behind and",
        r#"table things { rule "a" for Authenticated { where Owner is Logged in User and allow read } }"#,
        Code::Syntax,
        "missing behind `and`",
    ),
    things(
        "the way of looking up too late",
        r#"table things { rule "a" for Authenticated { where Owner is Logged in User look up by row allow read } }"#,
        Code::UnknownColumn,
        "before the first `where`",
    ),
    things(
        "the access to the record itself",
        r#"table things { rule "a" for Authenticated { where can update this record allow read } }"#,
        Code::Cycle,
        "write out the condition",
    ),
    things(
        "where behind allow",
        r#"table things { rule "a" for Authenticated { allow read where Owner is Logged in User } }"#,
        Code::Syntax,
        "when",
    ),
    things(
        "where behind allow with when",
        r#"table things { rule "a" for Authenticated { allow read when Name is "x" where Owner is Logged in User } }"#,
        Code::Syntax,
        "join it",
    ),
    things(
        "has some of",
        r#"table things { rule "a" for Authenticated { where Claim "x" has some of ("a") allow read } }"#,
        Code::Syntax,
        "has any of",
    ),
    things(
        "ignoring case too early",
        r#"table things { rule "a" for Authenticated { where Name ignoring case is "a" allow read } }"#,
        Code::Syntax,
        "behind the whole comparison",
    ),
];
