//! Who makes a record, or changes one, and does not see it: what is suggested shows them no more than what they have made.

use rowgate::diagnostic::Code;

use super::Trap;

const TEAMS: &str = "  teams: { columns: { id: uuid, created_by: { type: uuid, references: users }, name: text } }
  places: { columns: { id: uuid, name: text } }
";

pub const TRAPS: [Trap; 6] = [
    Trap {
        name: "reading in the allow of a step",
        tables: TEAMS,
        roles: "",
        policy: r#"table teams { rule "a" for Authenticated { allow read, update (name) when Name is "new" then Name is "old" } }"#,
        code: Some(Code::Frozen),
        help: "write `allow read` by itself",
    },
    Trap {
        name: "reading beside the allow of a step",
        tables: TEAMS,
        roles: "",
        policy: r#"table teams { rule "a" for Authenticated { allow read allow update (name) when Name is "new" then Name is "old" } }"#,
        code: None,
        help: "",
    },
    Trap {
        name: "who made it is noted already",
        tables: TEAMS,
        roles: "",
        policy: r#"table teams { rule "a" for Authenticated { allow create when Created By is Logged in User allow read when Name is empty and Created By is empty } }"#,
        code: Some(Code::NotReturned),
        help: "`allow read when Created By equals Logged in User`",
    },
    Trap {
        name: "who made it is to be noted",
        tables: TEAMS,
        roles: "",
        policy: r#"table teams { rule "a" for Authenticated { allow create when Name is "new" allow read when Name is "old" } }"#,
        code: Some(Code::NotReturned),
        help: "setting Created By to Logged in User`, `allow read when Created By is Logged in User`",
    },
    Trap {
        name: "who made anything is to be noted",
        tables: TEAMS,
        roles: "",
        policy: r#"table teams { rule "a" for Authenticated { allow create } }"#,
        code: Some(Code::NotReturned),
        help: "setting Created By to Logged in User`, `allow read when Created By is Logged in User`",
    },
    Trap {
        name: "who made it cannot be noted",
        tables: TEAMS,
        roles: "",
        policy: r#"table places { rule "a" for Authenticated { allow create } }"#,
        code: Some(Code::NotReturned),
        help: "insert without RETURNING; or let those read new records who are to see them",
    },
];
