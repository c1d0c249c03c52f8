//! What begins with `Session's`: attributes of the session, and paths of records that have a session.

use rowgate::diagnostic::Code;

use super::Trap;

/// What each trap's session says.
pub const ATTRIBUTES: &str = "session:
  Tenant: { setting: app.tenant, type: uuid }
  Person: { setting: app.person, references: users }
  People: { claim: people, list: true, references: users }
  Scopes: { claim: scopes, list: true }
";

const VISITS: &str = "  visits: { columns: { id: uuid, tenant: uuid, owner_id: { type: uuid, references: users }, own_id: { type: uuid, references: visits }, at: date, session_id: { type: uuid, references: sessions } } }
  sessions: { columns: { id: uuid, tenant: uuid, owner_id: { type: uuid, references: users } } }
  rooms: { columns: { id: uuid, tenant: uuid, visit_id: { type: uuid, references: visits }, name: text } }
";

const fn visits(name: &'static str, policy: &'static str, code: Option<Code>, help: &'static str) -> Trap {
    Trap { name, tables: VISITS, roles: "", policy, code, help }
}

pub const TRAPS: [Trap; 14] = [
    visits(
        "an attribute of the session is misspelt",
        r#"table rooms { rule "a" for Authenticated { where Tenant is Session's Tenent allow read } }"#,
        Some(Code::UnknownColumn),
        "Tenant",
    ),
    visits(
        "an attribute of the session is not declared",
        r#"table rooms { rule "a" for Authenticated { where Tenant is Session's Region allow read } }"#,
        Some(Code::UnknownColumn),
        "declare it in rowgate.yaml: `session: { Region: { setting: app.… } }`",
    ),
    visits(
        "the record has such a path too",
        r#"table visits { rule "a" for Authenticated { where Tenant is Session's Tenant allow read } }"#,
        Some(Code::AmbiguousLabel),
        "`session_id`",
    ),
    visits(
        "the session of the record by its exact name",
        r#"table visits { rule "a" for Authenticated { where Tenant is `session_id`'s Tenant allow read } }"#,
        None,
        "",
    ),
    visits(
        "a path of the record that no attribute is called like",
        r#"table visits { rule "a" for Authenticated { where Session's Owner is Logged in User allow read } }"#,
        None,
        "",
    ),
    visits(
        "an attribute beside a record whose session has none such",
        r#"table visits { rule "a" for Authenticated { where Owner is Session's Person or Owner is one of Session's People allow read } }"#,
        None,
        "",
    ),
    visits(
        "a list of the session is no single value",
        r#"table visits { rule "a" for Authenticated { where Owner equals Session's People allow read } }"#,
        Some(Code::ManyValued),
        "`is one of`",
    ),
    visits(
        "a list of the session among single values",
        r#"table visits { rule "a" for Authenticated { where Owner is one of (Session's Person, Session's People) allow read } }"#,
        Some(Code::ManyValued),
        "without parentheses",
    ),
    visits(
        "a path through what references nothing",
        r#"table rooms { rule "a" for Authenticated { where Name is Session's Tenant's Name allow read } }"#,
        Some(Code::NotARelation),
        "`Tenant: { …, references: … }`",
    ),
    visits(
        "a path through a list",
        r#"table rooms { rule "a" for Authenticated { where Name is Session's People's Name allow read } }"#,
        Some(Code::ManyValued),
        "`any record of users where (Id is one of Session's People and …)`",
    ),
    visits(
        "a path through one value",
        r#"table rooms { rule "a" for Authenticated { where Name is Session's Person's Name and any Session's Person's Visits where (At is today) allow read } }"#,
        None,
        "",
    ),
    visits(
        "a key of another table than the session's",
        r#"table visits { rule "a" for Authenticated { where Own is one of Session's People allow read } }"#,
        Some(Code::DifferentKeys),
        "",
    ),
    visits(
        "a value of another type than the session's",
        r#"table rooms { rule "a" for Authenticated { where Name is Session's Tenant allow read } }"#,
        Some(Code::Incomparable),
        "",
    ),
    visits(
        "an attribute of the session with itself",
        r#"table rooms { rule "a" for Authenticated { where Session's Tenant is Session's Tenant allow read } }"#,
        Some(Code::WithItself),
        "compare it with something else",
    ),
];
