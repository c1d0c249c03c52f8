//! Conditions with names that begin with a word of the language.

use rowgate::diagnostic::Code;

use super::Trap;

const DOCS: &str = "  docs: { columns: { id: uuid, owner_id: { type: uuid, references: users } } }
  comments: { columns: { id: uuid, doc_id: { type: uuid, references: docs }, parent_id: { type: uuid, references: docs } } }
";

const fn either(name: &'static str, policy: &'static str, help: &'static str) -> Trap {
    Trap { name, tables: DOCS, roles: "", policy, code: Some(Code::AmbiguousLabel), help }
}

const fn right(name: &'static str, policy: &'static str) -> Trap {
    Trap { name, tables: DOCS, roles: "", policy, code: None, help: "" }
}

pub const TRAPS: [Trap; 9] = [
    either(
        "rows that are not there, and a condition of that name",
        r#"table comments { condition No Comments: Doc is not empty
rule "a" for Authenticated { where Doc is not empty allow read } }
table users { condition No Docs: Name is "x"
rule "a" for Authenticated { where No Docs allow read } }"#,
        "`No Docs`",
    ),
    either(
        "rows, and a condition of that name",
        r#"table docs { condition Any Comments by Doc: Owner is Logged in User
rule "a" for Authenticated { where any Comments by Doc allow read } }"#,
        "`Any Comments by Doc`",
    ),
    either(
        "the opposite of a condition, and another one of that name",
        r#"condition Mine: Owner is Logged in User
condition Not Mine: Owner is empty
table docs { rule "a" for Authenticated { where Mine allow all allow read when not Mine } }"#,
        "`Not Mine`",
    ),
    either(
        "the access to a record, and a condition of that name",
        r#"table docs { rule "a" for Authenticated { where Owner is Logged in User allow read } }
table comments { condition Can Read Doc: Id is not empty
rule "a" for Authenticated { where Parent is empty and can read Doc allow read } }"#,
        "`Can Read Doc`",
    ),
    right(
        "a condition that begins with not, and no other",
        r#"condition Not Mine: Owner is not Logged in User
table docs { rule "a" for Authenticated { where not Mine allow read allow delete when Not Mine } }"#,
    ),
    right(
        "a condition that begins with no, and no such table",
        r#"condition No Guests: Owner is Logged in User
table docs { rule "a" for Authenticated { where No Guests allow read } }"#,
    ),
    right(
        "a condition that begins with any, and no such table",
        r#"condition Any Guest: Owner is Logged in User
table docs { rule "a" for Authenticated { where any guest allow read } }"#,
    ),
    right(
        "a condition that begins with can, and no such path",
        r#"condition Can Read It: Owner is Logged in User
table docs { rule "a" for Authenticated { where Can Read It allow read } }"#,
    ),
    right(
        "a condition that begins with a word, in backticks",
        r#"condition Mine: Owner is Logged in User
condition Not Mine: Owner is empty
table docs { rule "a" for Authenticated { where `Not Mine` or Mine allow read } }"#,
    ),
];
