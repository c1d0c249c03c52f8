//! Texts in an order, references to what is no key, and boundaries that except everybody.

use rowgate::diagnostic::Code;

use super::Trap;

const PAGES: &str = "  workspaces: { columns: { id: uuid } }
  pages: { primary_key: [workspace_id, id], columns: { workspace_id: { type: uuid, references: workspaces }, id: uuid, title: text } }
  page_blocks: { columns: { id: uuid, page_id: { type: uuid, references: pages.id } } }
";
const SHARES: &str =
    "  shares: { columns: { id: uuid, level: text, rank: level, nick: \"public.citext\", code: \"varchar(3)\", other: text } }\n";

const fn shares(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: SHARES, roles: "", policy, code, help }
}

const LETTERS: &str = "  letters: { columns: { id: uuid, sent_at: timestamptz, sent_on: date, pages: integer } }\n";

const fn letters(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: LETTERS, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 19] = [
    Trap {
        name: "a reference to a part of a key",
        tables: PAGES,
        roles: "",
        policy: r#"table page_blocks { rule "a" for Authenticated { where Page's Title is "x" allow read } }"#,
        code: Some(Code::NoKey),
        help: "references: 'pages (workspace_id, id)'",
    },
    Trap {
        name: "a reference to no key at all",
        tables: "  pages: { columns: { id: uuid, title: text } }\n  blocks: { columns: { id: uuid, page: { type: text, references: pages.title } } }\n",
        roles: "",
        policy: r#"table blocks { rule "a" for Authenticated { where Page is "x" allow read } }"#,
        code: Some(Code::NoKey),
        help: "`unique: [title]`",
    },
    Trap {
        name: "a reference to a unique column",
        tables: "  pages: { unique: [title], columns: { id: uuid, title: text } }\n  blocks: { columns: { id: uuid, page: { type: text, references: pages.title } } }\n",
        roles: "",
        policy: r#"table blocks { rule "a" for Authenticated { where Page is "x" allow read } }"#,
        code: None,
        help: "",
    },
    shares(
        "a level by the alphabet",
        r#"table shares { rule "a" for Authenticated { where Level is at least "edit" allow read } }"#,
        Some(Code::OperatorMismatch),
        "make the column an enum",
    ),
    Trap {
        name: "a role by the alphabet",
        tables: SHARES,
        roles: "  Elder: { column: name, at_least: member }\n",
        policy: r#"table shares { rule "a" for Elder { allow read } }"#,
        code: Some(Code::RoleDefinition),
        help: "make the column an enum",
    },
    shares(
        "a level by the order of its list",
        r#"table shares { rule "a" for Authenticated { where Rank is at least "high" allow read } }"#,
        None,
        "",
    ),
    shares(
        "two texts by the alphabet",
        r#"table shares { rule "a" for Authenticated { where Level is before Other allow read } }"#,
        Some(Code::OperatorMismatch),
        "`is one of (…)`",
    ),
    shares(
        "a text without case by the alphabet",
        r#"table shares { rule "a" for Authenticated { where Nick is greater than "edit" allow read } }"#,
        Some(Code::OperatorMismatch),
        "`is one of (…)`",
    ),
    shares(
        "a short text by the alphabet",
        r#"table shares { rule "a" for Authenticated { where "abc" is at most Code allow read } }"#,
        Some(Code::OperatorMismatch),
        "`is one of (…)`",
    ),
    shares(
        "a claim by the alphabet",
        r#"table shares { rule "a" for Authenticated { where Claim "level" is at least "edit" allow read } }"#,
        Some(Code::OperatorMismatch),
        "`is one of (…)`",
    ),
    shares(
        "a boundary that binds nobody",
        r#"table shares { rule "a" for Anyone { allow read } } boundary "b" on every table with level { where User's Status is "active" except Anyone }"#,
        Some(Code::ExceptsEverybody),
        "name the roles that the boundary does not bind",
    ),
    shares(
        "a boundary that binds who is not signed in",
        r#"table shares { rule "a" for Anyone { allow read } } boundary "b" on shares { where Level is "x" except Authenticated }"#,
        None,
        "",
    ),
    letters(
        "a moment less than some days ago",
        "table letters { rule \"a\" for Authenticated { where Sent At is less than 7 days ago allow read } }",
        Some(Code::OperatorMismatch),
        "is after",
    ),
    letters(
        "a moment less than some days ago or before it",
        "table letters { rule \"a\" for Authenticated { where Sent At is less than 7 days ago allow read } }",
        Some(Code::OperatorMismatch),
        "is before",
    ),
    letters(
        "a day at least some years ago",
        "table letters { rule \"a\" for Authenticated { where Sent On is at least 18 years ago allow read } }",
        Some(Code::OperatorMismatch),
        "is not after",
    ),
    letters(
        "a moment at most in some days",
        "table letters { rule \"a\" for Authenticated { where Sent At is at most in 7 days allow read } }",
        Some(Code::OperatorMismatch),
        "is not after",
    ),
    letters(
        "a moment on the left",
        "table letters { rule \"a\" for Authenticated { where 7 days ago is greater than Sent At allow read } }",
        Some(Code::OperatorMismatch),
        "is after",
    ),
    letters(
        "the words of moments",
        "table letters { rule \"a\" for Authenticated { where Sent At is before 7 days ago and Sent On is not before in 1 week allow read } }",
        None,
        "",
    ),
    letters(
        "sizes and fixed days",
        "table letters { rule \"a\" for Authenticated { where Pages is less than 7 and Sent On is at least date \"2026-01-01\" allow read } }",
        None,
        "",
    ),
];
