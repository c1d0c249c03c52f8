//! Derived columns in the place of fields, and beside columns of their name.

use rowgate::diagnostic::Code;

use super::Trap;

const FILES: &str = "  files:
    columns: { id: uuid, name: text, holder_id: { type: uuid, references: users } }
    derived:
      owner: { type: uuid, sql: \"split_part(name, '/', 1)\", references: users }
      keeper: { type: uuid, sql: \"split_part(name, '/', 2)\", references: users, label: Holder }
";

const fn files(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: FILES, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 6] = [
    files(
        "a derived column leads to the user",
        r#"table files { rule "a" for Authenticated { where Owner is Logged in User or Owner's Status is "open" allow read, update (name) } }"#,
        None,
        "",
    ),
    files(
        "children by a derived column",
        r#"table files { rule "a" for Authenticated { where any Owner's Files by Owner where (Name is "x") allow read } }"#,
        None,
        "",
    ),
    files(
        "a derived column is no field to write",
        r#"table files { rule "a" for Authenticated { where Owner is Logged in User allow read allow update (owner) } }"#,
        Some(Code::UnknownColumn),
        "name what it is derived from: `name`",
    ),
    files(
        "a derived column is no field to leave out",
        r#"table files { rule "a" for Authenticated { where Owner is Logged in User allow read except (keeper) } }"#,
        Some(Code::UnknownColumn),
        "name what it is derived from: `name`",
    ),
    files(
        "a derived column has the label of another one",
        r#"table files { rule "a" for Authenticated { where Holder is Logged in User allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`holder_id`",
    ),
    files(
        "what is derived and decides about its writer",
        r#"table files { rule "a" for Authenticated { where `keeper` is Logged in User allow read, create (id, name) } }"#,
        None,
        "",
    ),
];
