//! What a trigger asks of the table that the statement changes, once the record is stored, and what it reads beside that.

use rowgate::diagnostic::Code;

use super::Trap;

const TABLES: &str = "  crews: { columns: { id: uuid, role: text, member_id: { type: uuid, references: users }, folder_id: { type: uuid, references: folders } } }
  folders: { columns: { id: uuid, owner_id: { type: uuid, references: users } } }
  items:
    columns:
      id: uuid
      title: text
      note: text
      owner_id: { type: uuid, references: users }
      folder_id: { type: uuid, references: folders }
      next_id: { type: uuid, references: items }
";

const ROLES: &str = "  Clerk: { column: name, equals: clerk }
  Mate: { membership: Crew, equals: mate }
memberships:
  Crew: { table: crews, user: member_id, within: folder_id, role: role, where: 'no record of items where (Owner is Logged in User and Note is \"x\")' }
";

const fn items(name: &'static str, policy: &'static str, code: Option<Code>) -> Trap {
    Trap {
        name,
        tables: TABLES,
        roles: ROLES,
        policy,
        code,
        help: if code.is_some() { "compare with `this record's …`" } else { "" },
    }
}

const BESIDE: &str = "  plans: { columns: { id: uuid, name: text, due: date, made_at: timestamptz, ended_at: timestamp } }\n";

pub const TRAPS: [Trap; 12] = [
    Trap {
        name: "a day before this moment",
        tables: BESIDE,
        roles: "",
        policy: r#"table plans { rule "a" for Authenticated { where Due is before now allow read } }"#,
        code: Some(Code::LiteralMismatch),
        help: "today",
    },
    Trap {
        name: "a column of days and one of moments",
        tables: BESIDE,
        roles: "",
        policy: r#"table plans { rule "a" for Authenticated { where Due is before Made At allow read } }"#,
        code: Some(Code::Incomparable),
        help: "both moments, or both days",
    },
    Trap {
        name: "a column of moments in a zone and one without",
        tables: BESIDE,
        roles: "",
        policy: r#"table plans { rule "a" for Authenticated { where Ended At is before Made At allow read } }"#,
        code: Some(Code::Incomparable),
        help: "`timestamptz`",
    },
    Trap {
        name: "a text with a character that nobody sees",
        tables: BESIDE,
        roles: "",
        policy: "table plans { rule \"a\" for Authenticated { where Name is \"a\u{200b}b\" allow read } }",
        code: Some(Code::Literal),
        help: "",
    },
    Trap {
        name: "a name that turns around what stands behind it",
        tables: BESIDE,
        roles: "",
        policy: "table plans { rule \"a\u{202e}b\" for Authenticated { allow read } }",
        code: Some(Code::Literal),
        help: "",
    },
    Trap {
        name: "a text that steers the terminal",
        tables: BESIDE,
        roles: "",
        policy: "table plans { rule \"a\" for Authenticated { where Name is \"a\u{1b}[2Jb\" allow read } }",
        code: Some(Code::Literal),
        help: "",
    },
    Trap {
        name: "letters that are joined",
        tables: BESIDE,
        roles: "",
        policy: "table plans { rule \"a\" for Authenticated { where Name is one of (\"می\u{200c}خواهم\", \"👩\u{200d}🚀\", \"a\tb\") allow read } }",
        code: None,
        help: "",
    },
    items(
        "what is asked of the table beside a path through it",
        r#"table folders { rule "open" for Authenticated { where no Items where (Note is "locked") allow read } rule "owned" for Clerk { allow update (owner_id) } }
table items {
  rule "moved" for Authenticated { allow read } rule "put" for Clerk { allow update (folder_id) }
  rule "named" for Clerk { allow update (title) when Next's Folder's Owner is Logged in User }
  rule "noted" for Clerk { allow update (note) when can update Folder }
}"#,
        None,
    ),
    items(
        "what is asked of the table beside a role within the end of a path through it",
        r#"table folders { rule "open" for Authenticated { where no Items where (Note is "locked") allow read } rule "owned" for Clerk { allow update (owner_id) } }
table items {
  rule "moved" for Authenticated { allow read } rule "put" for Clerk { allow update (folder_id) }
  rule "named" for Mate of Next's Folder { allow update (title) }
  rule "noted" for Clerk { allow update (note) when can update Folder }
}"#,
        None,
    ),
    items(
        "what is asked of the table at the end of a path through it",
        r#"table folders { rule "open" for Authenticated { where no Items where (Note is "locked") allow read, update (owner_id) } }
table items {
  rule "moved" for Authenticated { allow read, update (folder_id) }
  rule "noted" for Clerk { allow update (note) when can update Next's Folder }
}"#,
        Some(Code::BackPath),
    ),
    items(
        "what is asked of the table of rows that lead back to the record",
        r#"table items {
  rule "moved" for Authenticated { allow read, update (folder_id) }
  rule "noted" for Clerk { allow update (note) when no record of items where (Owner is Logged in User and Next's Title is "locked") }
}"#,
        Some(Code::BackPath),
    ),
    items(
        "what is asked of the table by who is a member where it has no such row",
        r#"table folders { rule "open" for Mate of this record { where no Items where (Note is "locked") allow read, update (owner_id) } }
table items {
  rule "moved" for Authenticated { allow read, update (folder_id) }
  rule "noted" for Clerk { allow update (note) when can update Folder }
}"#,
        Some(Code::BackPath),
    ),
];
